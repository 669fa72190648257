"""Statements that call methods of the user's own classes: normal form in, the same with the calls written out.

The statements are known by their numbers; the names are those of the functions that are called.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from diffpy.syntax.build import assign, at, call, constant, load, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import chain_of, site_of


@dataclass
class Methods:
    """By the number of an item, an attribute or a with: the functions that it calls."""

    stores: dict[int, str] = field(default_factory=dict)  # the setter of a property, __setitem__
    contexts: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # enter, exit, what leaves early
    # an operator's, __iter__; is it the right operand's?
    values: dict[int, tuple[str, bool]] = field(default_factory=dict)


def write_methods_out(tree: gast.FunctionDef, names: Names, methods: Methods) -> gast.FunctionDef:
    """In place.

    Before:                     After:
        o.half = x                  set_half(o, x)
        o[1] = x                    set_item(o, 1, x)
        del o[1]                    del_item(o, 1)
        y = o * x                   y = o_mul(o, x)
        o += x                      o = o_iadd(o, x)
        for v in o: ...             t2 = o_iter(o)
                                    for v in t2: ...
        with o as y:                y = enter(o)
            z = y * x               t1 = leaving(o)
                                    with t1:
                                        z = y * x
                                    exit(o, None, None, None)
    """
    tree.body = rebuild(tree.body, lambda s: _written(s, names, methods))
    return tree


def _written(s: gast.stmt, names: Names, methods: Methods) -> list[gast.stmt]:
    match s:
        case gast.Assign(targets=[gast.Attribute() | gast.Subscript() as target]):
            setter = methods.stores.get(site_of(target))
            return [s] if setter is None else _placed(_stored(target, s.value, setter, names), s)
        case gast.Delete(targets=[gast.Subscript() as target]) if site_of(target) in methods.stores:
            before, place = place_of(target, names)
            return _placed(
                [*before, gast.Expr(call(load(methods.stores[site_of(target)]), target.value, *place))], s
            )
        case gast.AugAssign(target=gast.Attribute() | gast.Subscript() as target):
            setter = methods.stores.get(site_of(target))
            return [s] if setter is None else _placed(_updated(s, setter, names), s)
        case gast.AugAssign(target=gast.Name(id=y)) if site_of(s) in methods.values:
            return _placed([assign(y, call(load(methods.values[site_of(s)][0]), load(y), s.value))], s)
        case gast.For(iter=gast.Name() as x) if site_of(s) in methods.values:
            held = names.temporary()
            made = assign(held, call(load(methods.values[site_of(s)][0]), x), s)
            s.iter = at(load(held), x)
            return [made, s]
        case gast.Assign(
            value=gast.BinOp() | gast.UnaryOp() | gast.Subscript() | gast.Attribute() | gast.Call() as value
        ):
            wanted = methods.values.get(site_of(value))
            if wanted is None:
                return [s]
            before, operands = _operands(value, names)
            made = call(load(wanted[0]), *(operands[::-1] if wanted[1] else operands))
            return _placed([*before, gast.Assign(s.targets, made, None)], s)
        case gast.With(items=[item]) if site_of(s) in methods.contexts:
            return _placed(_entered(s, item, methods.contexts[site_of(s)], names), s)
    return [s]


def _operands(value: gast.expr, names: Names) -> tuple[list[gast.stmt], list[gast.expr]]:
    match value:
        case gast.BinOp(left=left, right=right):
            return [], [left, right]
        case gast.UnaryOp(operand=operand):
            return [], [operand]
        case gast.Attribute(value=base) | gast.Call(args=[base]):
            return [], [base]
    before, place = place_of(value, names)
    return before, [value.value, *place]


def _placed(statements: list[gast.stmt], like: gast.stmt) -> list[gast.stmt]:
    for one in nodes(*statements):
        if isinstance(one, gast.Call) and not chain_of(one):
            one.chain = chain_of(like)
    return [at(one, like) for one in statements]


def _stored(target: gast.expr, value: gast.expr, setter: str, names: Names) -> list[gast.stmt]:
    before, place = place_of(target, names)
    return [*before, gast.Expr(call(load(setter), target.value, *place, value))]


def _updated(s: gast.AugAssign, setter: str, names: Names) -> list[gast.stmt]:
    before, place = place_of(s.target, names)
    held = names.temporary()
    if isinstance(s.target, gast.Attribute):
        taken: gast.expr = gast.Attribute(s.target.value, s.target.attr, gast.Load())
    else:
        taken = gast.Subscript(s.target.value, place[0], gast.Load())
    change = gast.AugAssign(store(held), s.op, s.value)
    last = gast.Expr(call(load(setter), s.target.value, *place, load(held)))
    return [*before, gast.Assign([store(held)], taken, None), change, last]


def place_of(target: gast.expr, names: Names) -> tuple[list[gast.stmt], list[gast.expr]]:
    """The index of an item as an atom."""
    if isinstance(target, gast.Attribute):
        return [], []
    index = target.slice
    if isinstance(index, gast.Name | gast.Constant | gast.UnaryOp):
        return [], [index]
    before: list[gast.stmt] = []
    held = names.temporary()
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    atoms = [_slice(one, names, before) for one in parts]
    whole = gast.Tuple(atoms, gast.Load()) if isinstance(index, gast.Tuple) else atoms[0]
    return [*before, gast.Assign([store(held)], whole, None)], [load(held)]


def _slice(part: gast.expr, names: Names, before: list[gast.stmt]) -> gast.expr:
    if not isinstance(part, gast.Slice):
        return part
    bounds = [b if b is not None else constant(None) for b in (part.lower, part.upper, part.step)]
    held = names.temporary()
    before.append(gast.Assign([store(held)], call("slice", *bounds), None))
    return load(held)


def _entered(
    s: gast.With, item: gast.withitem, functions: tuple[str, str, str], names: Names
) -> list[gast.stmt]:
    enter, leave, leaving = functions
    context = item.context_expr
    bound = item.optional_vars if item.optional_vars is not None else store(names.temporary())
    guard = names.temporary()
    nothing = [constant(None)] * 3
    return [
        gast.Assign([bound], call(load(enter), context), None),
        gast.Assign([store(guard)], call(load(leaving), context), None),
        gast.With([gast.withitem(load(guard), None)], s.body, None),
        gast.Expr(call(load(leave), context, *nothing)),
    ]
