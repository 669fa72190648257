"""Strict expressions, whose parts are all evaluated: nested ones in, one operation on atoms out."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.syntax import build
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import load, placed
from diffpy.transforms.flattening import Flattening, ValueForm, busy_until, is_atom, is_chain
from diffpy.transforms.refusal import refused

Block = list[gast.stmt]


def binary(flat: Flattening, node: gast.BinOp) -> gast.expr:
    """Down the left side in a loop, because sums of many terms are deep there."""
    spine = [node]
    while isinstance(spine[-1].left, gast.BinOp):
        spine.append(spine[-1].left)
    left = spine[-1].left
    while spine:
        one = spine.pop()
        left, right = flat.operands([left, one.right])
        value = placed(gast.BinOp(left, one.op, right), one)
        if spine:
            left = flat.temporary(value, one)
    return value


def unary(flat: Flattening, node: gast.UnaryOp) -> gast.expr:
    return placed(gast.UnaryOp(node.op, flat.atom(node.operand)), node)


def comparison(flat: Flattening, node: gast.Compare) -> gast.expr:
    left, right = flat.operands([node.left, node.comparators[0]])
    return placed(gast.Compare(left, node.ops, [right]), node)


def walrus(flat: Flattening, node: gast.NamedExpr) -> gast.expr:
    flat.assign(node.target.id, flat.value(node.value), node)
    return load(node.target.id, node)


def attribute(flat: Flattening, node: gast.Attribute) -> gast.expr:
    if is_chain(node):
        return node
    return placed(gast.Attribute(flat.name(node.value), node.attr, gast.Load()), node)


def subscript(flat: Flattening, node: gast.Subscript) -> gast.expr:
    base, *index = flat.operands([node.value, *index_parts(node.slice)], named={0})
    return placed(gast.Subscript(base, with_parts(node.slice, iter(index)), gast.Load()), node)


def index_parts(index: gast.expr) -> list[gast.expr]:
    """The expressions in an index, left to right."""
    match index:
        case gast.Slice():
            return [one for one in (index.lower, index.upper, index.step) if one is not None]
        case gast.Tuple(elts=elements) if not _has_star(elements):
            return [
                part
                for one in elements
                for part in (index_parts(one) if isinstance(one, gast.Slice) else [one])
            ]
        case gast.Tuple(elts=elements):
            plain = [_slice_call(one) if isinstance(one, gast.Slice) else one for one in elements]
            return [placed(gast.Tuple(plain, gast.Load()), index)]
    return [index]


def with_parts(index: gast.expr, parts: Iterator[gast.expr]) -> gast.expr:
    """The index with its expressions replaced."""
    match index:
        case gast.Slice():
            bounds = [None if one is None else next(parts) for one in (index.lower, index.upper, index.step)]
            return placed(gast.Slice(*bounds), index)
        case gast.Tuple(elts=elements) if not _has_star(elements):
            new = [with_parts(one, parts) if isinstance(one, gast.Slice) else next(parts) for one in elements]
            return placed(gast.Tuple(new, gast.Load()), index)
    return next(parts)


def _has_star(elements: list[gast.expr]) -> bool:
    return any(isinstance(one, gast.Starred) for one in elements)


def _slice_call(node: gast.Slice) -> gast.expr:
    bounds = [
        one if one is not None else build.constant(None, node) for one in (node.lower, node.upper, node.step)
    ]
    return build.call("slice", *bounds, like=node)


def display(flat: Flattening, node: gast.expr) -> gast.expr:
    """A tuple, list or set written out."""
    elements = flat.operands(node.elts)
    if isinstance(node, gast.Set):
        return placed(gast.Set(elements), node)
    return placed(type(node)(elements, gast.Load()), node)


def mapping(flat: Flattening, node: gast.Dict) -> gast.expr:
    slots: list[gast.expr] = []
    unpacked: set[int] = set()
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            unpacked.add(len(slots))
        else:
            slots.append(key)
        slots.append(value)
    atoms = iter(flat.operands(settled(slots, unpacked), named=unpacked))
    keys: list[gast.expr | None] = []
    values: list[gast.expr] = []
    for key in node.keys:
        keys.append(None if key is None else next(atoms))
        values.append(next(atoms))
    return placed(gast.Dict(keys, values), node)


def settled(slots: list[gast.expr], unpacked: set[int]) -> list[gast.expr]:
    """What two stars unpack is copied where something is evaluated after it, as Python does."""
    busy = busy_until(slots)
    return [
        placed(gast.Dict([None], [one]), one) if k in unpacked and k < busy else one
        for k, one in enumerate(slots)
    ]


def formatted(flat: Flattening, node: gast.JoinedStr) -> gast.expr:
    """An f-string: each value is formatted before what is right of it is evaluated."""
    fields = [one for one in node.values if isinstance(one, gast.FormattedValue)]
    busy = max((k for k, one in enumerate(fields) if not _plain(one)), default=-1)
    parts: list[gast.expr] = []
    for one in node.values:
        if not isinstance(one, gast.FormattedValue):
            parts.append(one)
            continue
        field = _field(flat, one)
        if fields.index(one) < busy:
            text = flat.temporary(placed(gast.JoinedStr([field]), one), one)
            field = placed(gast.FormattedValue(text, -1, None), one)
        parts.append(field)
    return placed(gast.JoinedStr(parts), node)


def _plain(field: gast.FormattedValue) -> bool:
    return is_atom(field.value) and field.format_spec is None


def _field(flat: Flattening, node: gast.FormattedValue) -> gast.FormattedValue:
    if node.format_spec is None:
        return placed(gast.FormattedValue(flat.atom(node.value), node.conversion, None), node)
    spec = node.format_spec
    inner = [one.value for one in spec.values if isinstance(one, gast.FormattedValue)]
    if all(is_atom(one) for one in inner):
        value: gast.expr = flat.atom(node.value)
    else:
        value, spec_text = flat.operands([node.value, spec])
        text = placed(gast.FormattedValue(spec_text, -1, None), spec)
        spec = placed(gast.JoinedStr([text]), spec)
    return placed(gast.FormattedValue(value, node.conversion, spec), node)


def nested_function(flat: Flattening, node: gast.Lambda) -> gast.expr:
    """A lambda becomes a def just before; its body stays as it is."""
    settle_defaults(flat, node.args)
    name = flat.names.fresh("lambda")
    body = [placed(gast.Return(node.body), node.body)]
    flat.emit(placed(gast.FunctionDef(name, node.args, body, [], None, None, []), node))
    return load(name, node)


def settle_defaults(flat: Flattening, arguments: gast.arguments) -> None:
    slots = [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
    atoms = iter(flat.operands(slots))
    arguments.defaults = [next(atoms) for _ in arguments.defaults]
    arguments.kw_defaults = [None if one is None else next(atoms) for one in arguments.kw_defaults]


def generator(flat: Flattening, node: gast.GeneratorExp) -> gast.expr:
    """A generator that is not consumed where it stands: a call of a generator function.

    What it runs through first is evaluated here, all else when items are asked for.
    """
    if any(isinstance(one, gast.NamedExpr) for one in nodes(node)):
        raise refused(
            node,
            "a generator with ':=' that is not consumed at once",
            because="its steps would run in between other code",
            fix="make it a list: [... for ... in ...]",
        )
    iterable = flat.name(node.generators[0].iter)
    parameter, function = flat.names.fresh("items"), flat.names.fresh("generator")
    body: list[gast.stmt] = [gast.Expr(gast.Yield(node.elt))]
    for one in reversed(node.generators):
        for test in reversed(one.ifs):
            body = [gast.If(test, body, [])]
        body = [gast.For(one.target, one.iter, body, [], None)]
    body[0].iter = load(parameter, node)
    given = gast.arguments([gast.Name(parameter, gast.Param(), None, None)], [], None, [], [], None, [])
    flat.emit(build.at(gast.FunctionDef(function, given, body, [], None, None, []), node))
    return build.call(load(function, node), iterable, like=node)


FORMS: dict[type, ValueForm] = {
    gast.BinOp: binary,
    gast.UnaryOp: unary,
    gast.Compare: comparison,
    gast.NamedExpr: walrus,
    gast.Attribute: attribute,
    gast.Subscript: subscript,
    gast.Tuple: display,
    gast.List: display,
    gast.Set: display,
    gast.Dict: mapping,
    gast.JoinedStr: formatted,
    gast.Lambda: nested_function,
    gast.GeneratorExp: generator,
}
