"""Statements that call methods of the user's own classes unseen: an analysed function in, the calls written out, out."""

from __future__ import annotations

import inspect
import types
from typing import Any

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.calls import OPERATORS, special_method, updating_method
from diffpy.analysis.kinds import Kind, Known, Scalar, Struct, may_be_of_python
from diffpy.runtime.leaving import Leaving
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.known_objects import known_as
from diffpy.transforms.special_methods import Methods, write_methods_out

Functions = dict[int, Any]


def special_methods(found: Analysed, lively: frozenset[str]) -> tuple[Functions, Functions, Functions]:
    """By their numbers, stores that call a method, with statements, operators and loops that do, where it matters."""
    stores: Functions = {}
    contexts: Functions = {}
    values: Functions = {}
    for s in nodes(found.tree):
        match s:
            case (
                gast.Assign(targets=[gast.Attribute() | gast.Subscript() as target])
                | gast.AugAssign(target=gast.Attribute() | gast.Subscript() as target)
            ) if isinstance(target.value, gast.Name) and target.value.id in lively:
                setter = _setter(found.facts.kind(target.value), target)
                if setter is not None:
                    stores[site_of(target)] = setter
            case gast.Delete(targets=[gast.Subscript(value=gast.Name() as base) as target]) if (
                base.id in lively
            ):
                deleting = special_method(found.facts.kind(base), "__delitem__")
                if deleting is not None:
                    stores[site_of(target)] = deleting
            case gast.Assign(targets=[gast.Name(id=y)], value=value) if y in lively:
                method = _operator(found, value)
                if method is not None:
                    values[site_of(value)] = method
            case gast.AugAssign(target=gast.Name() as target, op=op):
                updating = updating_method(found.facts.kind(target), op)
                if updating is not None:
                    values[site_of(s)] = updating, False
            case gast.With(items=[gast.withitem(context_expr=gast.Name() as context)]):
                functions = own_context(found.facts.kind(context))
                if functions is not None and lively:
                    contexts[site_of(s)] = functions
    for one in (stores, contexts, values):
        one.pop(NO_SITE, None)
    return stores, contexts, values


def _operator(found: Analysed, value: gast.expr) -> tuple[types.FunctionType, bool] | None:
    """The method that an operator, an index or iter() comes to, and whether it is the right operand's."""
    match value:
        case gast.BinOp(left=left, op=op, right=right):
            name = OPERATORS[type(op)].__name__.strip("_")
            one, other = found.facts.kind(left), found.facts.kind(right)
            if isinstance(one, Struct) and not (isinstance(other, Struct) and other.cls is not one.cls):
                return _sure(one, f"__{name}__", False) if type(other) is not Kind else None
            if isinstance(one, Scalar) and may_be_of_python(one) and isinstance(other, Struct):
                return _sure(other, f"__r{name}__", True)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            kind = found.facts.kind(operand)
            return _sure(kind, "__neg__", False)
        case gast.Attribute(value=gast.Name() as base, attr=name) if found.aliases.is_shadowed(base.id):
            getter = _getter(found.facts.kind(base), name)
            return (getter, False) if getter is not None else None
        case gast.Subscript(value=gast.Name() as base):
            kind = found.facts.kind(base)
            return _sure(kind, "__getitem__", False)
        case gast.Call(func=gast.Name() as func, args=[gast.Name() as x], keywords=[]):
            asked = found.facts.kind(func)
            is_iter = isinstance(asked, Known) and asked.value is iter and found.aliases.is_shadowed(x.id)
            return _sure(found.facts.kind(x), "__iter__", False) if is_iter else None
    return None


def _sure(kind: Kind, name: str, turned: bool) -> tuple[types.FunctionType, bool] | None:
    method = special_method(kind, name)
    return None if method is None else (method, turned)


def _getter(kind: Any, name: str) -> types.FunctionType | None:
    """What computes a property of an object."""
    own = inspect.getattr_static(kind.cls, name, None) if isinstance(kind, Struct) else None
    found = own.fget if isinstance(own, property) else None
    return found if isinstance(found, types.FunctionType) else None


def _setter(kind: Any, target: gast.expr) -> types.FunctionType | None:
    if not isinstance(kind, Struct):
        return None
    if isinstance(target, gast.Subscript):
        found = getattr(kind.cls, "__setitem__", None)
    else:
        own = inspect.getattr_static(kind.cls, target.attr, None)
        found = own.fset if isinstance(own, property) else None
    return found if isinstance(found, types.FunctionType) else None


def own_context(kind: Any) -> tuple[types.FunctionType, types.FunctionType] | None:
    """What enters and leaves a context of a class of the user's own."""
    if not isinstance(kind, Struct):
        return None
    found = getattr(kind.cls, "__enter__", None), getattr(kind.cls, "__exit__", None)
    return found if all(isinstance(one, types.FunctionType) for one in found) else None  # type: ignore[return-value]


def with_methods(
    prepared: Prepared, stores: Functions, contexts: Functions, values: Functions, objects: dict[str, object]
) -> Prepared:
    tree, names = prepared.fresh()

    def named(function: Any, stem: str) -> str:
        return str(known_as(function, stem, names, objects).id)

    methods = Methods(
        {site: named(one, f"set_{one.__name__.strip('_')}") for site, one in stores.items()},
        {
            site: (named(enter, "enter"), named(leave, "leave"), named(Leaving, "leaving"))
            for site, (enter, leave) in contexts.items()
        },
        {site: (named(one, one.__name__.strip("_")), turned) for site, (one, turned) in values.items()},
    )
    return Prepared(prepared.source, write_methods_out(tree, names, methods), names, prepared.objects)
