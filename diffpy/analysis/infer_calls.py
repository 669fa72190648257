"""Kinds of calls: a call in, its kind and what is known of the callee out."""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import operator
import random
import types
from dataclasses import is_dataclass, replace
from typing import Any

import gast
import numpy as np

from diffpy.analysis import calls, flow, movers, named_tuples, shapes
from diffpy.analysis.callees import Summary, bind, parameter_names, takes_rest
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.cotangent_kinds import cotangent_kind
from diffpy.analysis.infer_names import METHOD, inlinable
from diffpy.analysis.infer_operations import Operations, are_sequences
from diffpy.analysis.kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    RANGE,
    STRING,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    Closure,
    Cotangent,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Local,
    Maker,
    Mover,
    Object,
    Pullback,
    Rest,
    Scalar,
    Struct,
    SurelyArray,
    TupleOf,
    is_complex,
    is_real,
    join,
    join_all,
    named_tuple_of,
    struct_of,
)
from diffpy.analysis.out_arguments import is_given_out
from diffpy.rules import cotangents, structs
from diffpy.rules.marks import leaves
from diffpy.rules.table import TABLE, Row


class Calls(Operations):
    """With calls."""

    def method(self, node: gast.Call, site: str) -> Kind:
        """What the method of a value gives."""
        raise NotImplementedError

    def call(self, node: gast.Call, site: str) -> Kind:
        self.lookup_free(node)
        if any(
            isinstance(self.kind(a.value if isinstance(a, gast.Starred) else a), Bottom) for a in node.args
        ):
            return BOTTOM
        made = self.kind(node.func) if isinstance(node.func, gast.Name) else None
        if isinstance(made, Maker):
            return self.paired_call(node, made.function, site)
        if isinstance(made, Mover):
            return self.moved_call(node, made.function, site)
        if isinstance(made, Pullback):
            return self.open_call(node, None, site, Cotangent())
        target = self.callee(node.func)
        if target is METHOD:
            return self.method(node, site)
        if target is None:
            return self.open_call(node, None, site)
        return self.known_call(node, target, site)

    def paired_call(self, node: gast.Call, function: Known | Maker, site: str) -> Kind:
        """with_pullback(f)(x): the kind of f(x), beside a pullback; f may be a with_pullback(g) itself."""
        depth = 1
        while isinstance(function, Maker):
            function, depth = function.function, depth + 1
        value = self.known_call(node, function.value, site)
        self.facts.calls[id(node)] = OpenCall(
            node.func, tuple(node.args), tuple(node.keywords), None, function.value
        )
        if isinstance(value, Bottom):
            return value
        for _ in range(depth):
            value = TupleOf((value, Pullback()))
        return value

    def moved_call(self, node: gast.Call, function: Known | Maker, site: str) -> Kind:
        """with_differential(f, x_dot)(x): where f gives a number or an array, the kind of f(x), beside a tangent."""
        if isinstance(function, Maker):
            value = self.paired_call(node, function.function, site)
        else:
            value = self.known_call(node, function.value, site)
        self.open_call(node, None, site)
        called = self.facts.calls[id(node)]
        if isinstance(called, OpenCall):
            one = function.function if isinstance(function, Maker) else function
            self.facts.calls[id(node)] = replace(called, moved=one.value if isinstance(one, Known) else None)
        match value:
            case TupleOf() if isinstance(function, Maker):
                return TupleOf((value, Cotangent()))
            case Scalar() | Cotangent():
                return TupleOf((value, Cotangent()))
            case Array() if value.may_differ:
                return TupleOf((value, value))
            case Iterator(item=Scalar() | Cotangent()):
                return TupleOf((value, Iterator(Cotangent())))
            case Bottom():
                return value
        return UNKNOWN

    def known_call(self, node: gast.Call, target: object, site: str) -> Kind:
        row = TABLE.find(target)
        kinds = tuple(self.kind(a) for a in node.args)
        if any(target is one for one in (operator.add, operator.mul)) and are_sequences(kinds):
            return self.open_call(node, target, site, self.sequence_kind(target, kinds))
        if any(target is one for one in cotangents.CHANGING) and node.args:
            self.filled(target, node.args)
        if target is setattr and len(node.args) == 3:
            self.named_late(node)
        if target in (max, min) and self.gives_object(node):
            return self.open_call(node, target, site, UNKNOWN)
        special = _special_kind(self, node, target)
        if target in (cotangents.with_pullback, cotangents.with_differential) and node.args:
            special = self.maker(target, self.kind(node.args[0]))
        if target is cotangents.moved_items and len(kinds) == 2 and kinds[1] == Cotangent():
            special = Cotangent()
        if target is cotangents.varied and isinstance(self.kind(node.args[0]), Known | Maker):
            special = self.kind(node.args[0])
        if special is None and row is not None and not any(isinstance(a, gast.Starred) for a in node.args):
            key = calls.literal(node.args[1]) if len(node.args) > 1 else None
            special = cotangent_kind(row.name, [self.kind(a) for a in node.args], site, key)
        if row is not None:
            return self.table_call(node, row, target, node.args, site, special)
        is_constant = not self.any_active(node) and target is not super
        if is_constant and _is_foreign(target) and not structs.is_read(target):
            self.facts.calls[id(node)] = PlainCall()
            if isinstance(target, type) and is_dataclass(target):
                return self.constructed(node, target)
            return self.constant_result(node, target, site) if special is None else special
        if special is None and id(target) in TABLE.pure:
            special = self.written_kind(node, target, site)
        return self.open_call(node, target, site, special)

    def named_late(self, node: gast.Call) -> None:
        """setattr(o, name, x): which field takes the value is not known, and so neither is what o holds."""
        base, _, value = node.args
        if (
            isinstance(base, gast.Name)
            and isinstance(self.kind(base), Struct)
            and self.kind(value).may_differ
        ):
            self.bind(base.id, UNKNOWN)

    def gives_object(self, node: gast.Call) -> bool:
        """Whether max or min gives one of the lists or arrays that it was given: no number, but the object itself."""
        kinds = [self.kind(a) for a in node.args if not isinstance(a, gast.Starred)]
        chosen = [shapes.element_kind(kinds[0], "item")] if len(kinds) == 1 else kinds
        objects = ListOf | DictOf | TupleOf | Struct | Object
        return any(
            isinstance(k, Array if node.keywords else objects) or isinstance(k, objects) for k in chosen
        )

    def written_kind(self, node: gast.Call, target: Any, site: str) -> Kind | None:
        """What a function of NumPy that is derived by a text gives."""
        given = [*node.args, *(k.value for k in node.keywords)]
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return None
        if not all(self.inlinable(a) for a in given):
            return None
        keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
        args = tuple(self.static(a, self.kind(a)) for a in node.args)
        found = shapes.general_kind(target, args, keywords, site)
        return None if found == UNKNOWN else found

    def maker(self, target: object, kind: Kind) -> Kind | None:
        """The kind of with_pullback(f), or with_differential(f, x_dot), where it is known what calls of f give."""
        if isinstance(kind, Maker):
            return Maker(kind) if target is cotangents.with_pullback else Mover(kind)
        if not isinstance(kind, Known):
            return None
        written = isinstance(kind.value, types.FunctionType) and not cotangents.is_of_ours(kind.value)
        if written and not TABLE.find(kind.value) and not movers.depths(kind.value):
            return None
        return Maker(kind) if target is cotangents.with_pullback else Mover(kind)

    def filled(self, target: object, args: list[gast.expr]) -> None:
        """A buffer starts with None for its entries; what is put there later is of any kind."""
        buffer, kind = args[0], self.kind(args[0])
        if not isinstance(buffer, gast.Name) or not isinstance(kind, ListOf | DictOf):
            return
        key = calls.literal(args[1]) if len(args) > 1 and target is not cotangents.accumulate_into else None
        entry = self.kind(args[2]) if target is cotangents.set_item and len(args) > 2 else BOTTOM
        if not isinstance(entry, Bottom | Cotangent | Inert | Scalar):  # a buffer that has a name, too
            made = kind.storing(key, entry, buffer.id) if isinstance(kind, DictOf) else None
            self.bind(buffer.id, made or type(kind)(join(kind.item, entry, buffer.id)))
        elif isinstance(kind, DictOf) and (key is not None or target is cotangents.accumulate_into):
            self.bind(buffer.id, kind.filled(key))
        elif isinstance(kind.item, Inert | Bottom | Cotangent):
            self.bind(buffer.id, type(kind)(Cotangent()))
        elif not isinstance(kind.item, Array):
            self.bind(buffer.id, type(kind)(UNKNOWN))

    def table_call(
        self, node: gast.Call, row: Row, target: object, args: list, site: str, special: Kind | None
    ) -> Kind:
        if row.of_complex is not None and not all(is_real(self.kind(a)) for a in args):
            if not any(is_complex(self.kind(a)) for a in args):
                return self.open_call(node, target, site, special, args)
            row = row.of_complex
        bound = calls.bind(row, args, node.keywords)
        if row.family == "constant" and is_given_out(target, node, args):  # it changes that array
            return self.open_call(node, target, site, special, args)
        if row.family == "constant" and not (target in _ASKING and self.may_answer(args)):
            self.facts.calls[id(node)] = PlainCall()
            return special if special is not None else self.constant_result(node, target, site, args)
        if bound is None or not all(self.inlinable(a) for a in bound.arguments.values()):
            # An option, or an argument, that no line is written for: the run finds the derivative.
            found = special if special is not None else self.constant_result(node, target, site, args)
            return self.open_call(node, target, site, None if found == UNKNOWN else found, args)
        found = self.table_kind(row, target, args, node, site) if special is None else special
        if found == UNKNOWN or calls.refused_option(row, bound):
            return self.open_call(node, target, site, UNKNOWN, args)
        self.facts.calls[id(node)] = TableCall(row, target, bound.arguments)
        return found

    def table_kind(self, row: Row, target: object, args: list, node: gast.Call, site: str) -> Kind:
        return self.row_kind(row, target, args, {k.arg: k.value for k in node.keywords}, site)

    def constant_result(self, node: gast.Call, target: Any, site: str, args: list | None = None) -> Kind:
        args = node.args if args is None else args
        plain = not any(isinstance(a, gast.Starred) for a in args) and all(k.arg for k in node.keywords)
        if plain and getattr(target, "__module__", "") is not None and TABLE.find(target) is not None:
            keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
            safe = target not in _EFFECTS
            if safe:
                return shapes.general_kind(
                    target, tuple(self.static(a, self.kind(a)) for a in args), keywords, site
                )
        return UNKNOWN

    def open_call(
        self,
        node: gast.Call,
        target: object,
        site: str,
        special: Kind | None = None,
        args: list | None = None,
    ) -> Kind:
        self.facts.calls[id(node)] = OpenCall(node.func, tuple(node.args), tuple(node.keywords), target)
        if special is not None:
            return special
        if isinstance(target, type) and is_dataclass(target) and not structs.is_completed(target):
            return self.constructed(node, target)
        made_of = named_tuples.display(self.facts, node)
        if made_of is not None:
            return named_tuple_of(target, map(self.kind, made_of.elts))
        if isinstance(target, types.MethodType) and isinstance(target.__self__, type):
            of = node.func.value if isinstance(node.func, gast.Attribute) else None
            if of is not None and self.kind(of) == Known(target.__self__):
                return self.summarised(node, target.__func__, [of, *node.args])
        made = self.kind(node.args[0]) if target is structs.built else None
        if isinstance(made, Known) and isinstance(made.value, type):
            fields = {str(k.arg): self.kind(k.value) for k in node.keywords}
            return Struct(made.value, tuple(sorted(fields.items())))
        called = self.kind(node.func) if isinstance(node.func, gast.Name) else UNKNOWN
        if isinstance(called, Struct | Object) and isinstance(node.func, gast.Name):
            function = called.cls.__call__
            return self.summarised(node, function, [node.func, *node.args])
        if isinstance(called, Local):
            target = called.node
        elif isinstance(called, Closure):
            return self.summarised(node, called.example, list(node.args), called.cells)
        return self.summarised(node, target, list(node.args))

    def constructed(self, node: gast.Call, cls: type) -> Kind:
        """What a dataclass makes of its arguments."""
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return UNKNOWN
        given = [self.kind(a) for a in node.args]
        try:
            bound = inspect.signature(cls).bind(
                *given, **{str(k.arg): self.kind(k.value) for k in node.keywords}
            )
        except (TypeError, ValueError):
            return UNKNOWN
        return struct_of(cls, bound.arguments)

    def summarised(
        self,
        node: gast.Call,
        target: object,
        args: list[gast.expr],
        cells: tuple[tuple[str, Kind], ...] | None = None,
    ) -> Kind:
        """The kind of what a Python function returns; what else it does is noted."""
        if target is None or TABLE.find(target) is not None:
            return UNKNOWN
        given = self.spread(target, args, node.keywords)
        found = self.summarise(target, *given, self.name, cells) if given is not None else None
        if found is None:
            self.facts.summaries.pop(id(node), None)  # of an earlier round, which knew less of what * spreads
            return UNKNOWN
        bound = bind(found.tree.args, args, node.keywords)
        self.facts.summaries[id(node)] = found, bound
        if bound is None:
            self.facts.hidden[id(node)] = args
        if isinstance(target, type) and isinstance(
            init := getattr(target, "__init__", None), types.FunctionType
        ):
            self.facts.methods[target, "__init__"] = init
        for name, kind in found.grown:
            for one in (bound or {}).get(name, []):
                if isinstance(one, gast.Name):
                    self.grow(one.id, kind)
        if found.is_local:
            self.grow_outside(found)
        return found.kind

    def grow_outside(self, found: Summary) -> None:
        """A nested function stores into variables of the functions around it."""
        own = flow.argument_names(found.tree)
        for name, kind in found.grown:
            if name not in own:
                self.grow(name, kind)

    def grow(self, name: str, kind: Kind) -> None:
        if type(self.name(name)) is type(kind):
            self.bind(name, kind)

    def spread(
        self, target: object, args: list[gast.expr], keywords: list[gast.keyword]
    ) -> tuple[list[Kind], dict[str, Kind]] | None:
        """Kinds by position and by name; what * spreads goes to the parameters that nothing else goes to."""
        given: list[Kind] = []
        names = parameter_names(target)
        for a in args:
            kind = self.kind(a.value if isinstance(a, gast.Starred) else a)
            if not isinstance(a, gast.Starred):
                given.append(kind)
            elif isinstance(kind, TupleOf):
                given += kind.items
            elif (
                isinstance(kind, ListOf)
                and a is args[-1]
                and all(k.arg for k in keywords)
                and takes_rest(target) is not None
            ):
                given += [kind.item] * (len(names) - len(given) - len(keywords))
                given += [Rest(kind.item)] if takes_rest(target) else []
            else:
                return None
        named = {str(k.arg): self.kind(k.value) for k in keywords if k.arg}
        for k in keywords:
            kind = self.kind(k.value)
            if k.arg is None and isinstance(kind, DictOf) and kind.fields is not None:
                named |= dict(kind.fields)
            elif k.arg is None and kind != DictOf(BOTTOM):  # an empty one
                return None
        return given, named


_MAKERS: dict[object, str] = {
    np.random.RandomState: "RandomState",
    np.random.default_rng: "Generator",
    random.Random: "Random",
}


_SPLITTING = (np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit)


_ASKING = {round, math.floor, math.ceil, math.trunc}  # that call a method of their argument's class


_EFFECTS = {print, builtins.input, builtins.open}


def _is_foreign(target: object) -> bool:
    """Whether the callee is no Python function of the user's: what it changes cannot hold derivatives."""
    of_class = isinstance(target, types.MethodType) and structs.is_followed(target.__self__)
    return not isinstance(target, types.FunctionType) and not of_class


def _applied_kind(inference: Calls, function: Kind, args: list[Kind]) -> Kind:
    """What a function gives that another one calls."""
    if isinstance(function, Local):
        found = inference.summarise(function.node, args, {}, inference.name)
        return UNKNOWN if found is None else found.kind
    if not isinstance(function, Known):
        return UNKNOWN
    row = TABLE.find(function.value)
    if row is not None and row.name in ("sum", "max", "min") and len(args) == 1:
        item = shapes.element_kind(args[0], "applied")
        return item if isinstance(item, Scalar) else UNKNOWN
    if row is not None and row.family == "elementwise":
        return shapes.elementwise_kind(function.value, tuple(args), "applied")  # type: ignore[arg-type]
    if row is not None and row.family != "constant" and all(map(inlinable, args)):
        return shapes.general_kind(function.value, tuple(args), {}, "applied")  # type: ignore[arg-type]
    return UNKNOWN


def _special_kind(inference: Calls, node: gast.Call, target: object) -> Kind | None:
    """Results of builtins that take kinds apart: range, len, enumerate, zip ..."""
    if any(isinstance(a, gast.Starred) for a in node.args):
        if target is not zip:
            return movers.result_kind(target, node, inference.kind)
        rows = [inference.kind(a.value) for a in node.args if isinstance(a, gast.Starred)]
        if len(node.args) > 1 or not isinstance(rows[0], ListOf | TupleOf | Array):
            return Iterator(UNKNOWN)
        return Iterator(AnyTuple(shapes.element_kind(shapes.element_kind(rows[0], "row"), "item")))
    kinds = [inference.kind(a) for a in node.args]
    if any(isinstance(k, Bottom) for k in kinds):
        return BOTTOM
    if getattr(target, "__module__", "") == "diffpy.runtime.attempts" and isinstance(kinds[0], Local):
        found = inference.summarise(kinds[0].node, kinds[2:], {}, inference.name)
        return TupleOf((INT, UNKNOWN, UNKNOWN if found is None else found.kind))
    element = [shapes.element_kind(k, "item") for k in kinds]
    if target is map and len(element) > 1:
        return Iterator(_applied_kind(inference, kinds[0], element[1:]))
    moved = movers.result_kind(target, node, inference.kind)
    if moved is not None:
        return moved
    if target is functools.reduce and len(kinds) > 1:
        start = join_all(element[1:2] + kinds[2:], "reduced")
        return join(start, _applied_kind(inference, kinds[0], [start, element[1]]), "reduced")
    if target in (max, min) and kinds:
        chosen = element if len(kinds) == 1 else kinds
        if all(isinstance(k, Inert) for k in chosen):
            return chosen[0]
        return join_all(chosen, "chosen") if all(isinstance(k, Scalar) for k in chosen) else None
    if target is sum and len(kinds) == 1 and isinstance(kinds[0], Iterator):
        return element[0] if isinstance(element[0], Scalar | Array) else None
    if target is range:
        return RANGE
    if any(target is one for one in _MAKERS):
        return Inert(_MAKERS[target])
    if target is np.ndindex:
        return Iterator(AnyTuple(INT))
    if target is type and len(kinds) == 1 and isinstance(kinds[0], Struct | Object):
        return Known(kinds[0].cls)
    if target in (len, int, id, hash, ord):
        return INT
    if target in (bool, isinstance, callable, hasattr, issubclass):
        return BOOL
    if target is float:
        return FLOAT
    if target in (str, repr, format):
        return STRING
    if target is print:
        return NONE
    if leaves(target):
        return Inert("left")
    if target is enumerate and element:
        return Iterator(TupleOf((INT, element[0])))
    if target is zip:
        return Iterator(TupleOf(tuple(element)))
    if target in (reversed, iter) and element:
        return Iterator(element[0])
    if any(target is one for one in _SPLITTING) and kinds and isinstance(kinds[0], Array) and kinds[0].dims:
        return ListOf(SurelyArray(kinds[0].dtype))  # of sizes of their own
    if target in (list, sorted) and element:
        return ListOf(element[0])
    if target in (set, frozenset) and element and not element[0].may_differ:
        return Inert("set")
    if target is list:
        return ListOf(BOTTOM)
    if target is dict:
        given = {k.arg: inference.kind(k.value) for k in node.keywords}
        return movers.dict_kind(kinds, given)
    if target is tuple and kinds:
        return TupleOf(kinds[0].items) if isinstance(kinds[0], TupleOf) else AnyTuple(element[0])
    return None
