"""Lazy expressions, whose parts may stay unevaluated: and, or, if-else, chained comparisons in; ifs out."""

from __future__ import annotations

import gast

from diffpy.syntax.trees import copied
from diffpy.transforms.blocks import branch, load, placed
from diffpy.transforms.flattening import Flattening, is_atom

# More operands than this are halved, so that the ifs nest no deeper than the logarithm of their number.
MOST = 6


def conditional(flat: Flattening, node: gast.IfExp, name: str) -> None:
    test = flat.atom(node.test)
    with flat.collected() as body:
        flat.store(name, node.body, node.body)
    with flat.collected() as orelse:
        flat.store(name, node.orelse, node.orelse)
    flat.emit(branch(test, body, orelse, node))


def boolean(flat: Flattening, node: gast.BoolOp, name: str) -> None:
    """The variable holds the operand looked at last; the next one replaces it if it does not decide."""
    first, *others = _grouped(node)
    flat.store(name, first, first)
    _more(flat, node, others, name)


def _more(flat: Flattening, node: gast.BoolOp, values: list[gast.expr], name: str) -> None:
    if not values:
        return
    with flat.collected() as block:
        flat.assign(name, flat.value(values[0]), values[0])
        _more(flat, node, values[1:], name)
    test = load(name, node)
    if isinstance(node.op, gast.And):
        flat.emit(branch(test, block, [], values[0]))
    else:
        flat.emit(branch(test, [], block, values[0]))


def _grouped(node: gast.BoolOp) -> list[gast.expr]:
    values = node.values
    if len(values) <= MOST:
        return values
    half = len(values) // 2
    return [placed(gast.BoolOp(node.op, part), part[0]) for part in (values[:half], values[half:])]


def chained(flat: Flattening, node: gast.Compare, name: str) -> None:
    """`a < b < c`: b is evaluated once, c only if a < b."""
    left, right = flat.operands([node.left, node.comparators[0]])
    later = node.comparators[1:]
    if (
        later
        and isinstance(right, gast.Name)
        and right.id in flat.rebindable
        and not all(map(is_atom, later))
    ):
        right = flat.temporary(right, right)
    flat.assign(name, placed(gast.Compare(left, [node.ops[0]], [right]), node), node)
    if later:
        with flat.collected() as block:
            chained(flat, placed(gast.Compare(copied(right), node.ops[1:], later), node), name)
        flat.emit(branch(load(name, node), block, [], node))
