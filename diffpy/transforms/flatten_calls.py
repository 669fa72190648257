"""Calls: any function, arguments and stars in; a call of a dotted name with atoms as arguments out."""

from __future__ import annotations

import gast

from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import placed
from diffpy.transforms.flatten_values import settled
from diffpy.transforms.flattening import Flattening, busy_until, is_chain

# Builtins that take a generator's items one after the other and run nothing of the user's in between.
_SAMPLES = "mean fmean variance pvariance stdev pstdev median geometric_mean harmonic_mean".split()
_COLLECTIONS = "Counter deque OrderedDict tee".split()
CONSUMERS = frozenset("sum max min list tuple sorted dict set frozenset fsum prod fromiter".split())
CONSUMERS = CONSUMERS.union(_SAMPLES, _COLLECTIONS)
CONSUMING_METHODS = frozenset("join fsum prod fromiter extend".split()).union(_SAMPLES, _COLLECTIONS)


def call(flat: Flattening, node: gast.Call) -> gast.expr:
    slots, unpacked = _arguments(flat, node)
    function = _function(flat, node.func, slots)
    atoms = flat.operands(
        settled([function, *slots], {k + 1 for k in unpacked}), named={0, *(k + 1 for k in unpacked)}
    )
    return _called(node, function_of(node.func, function, atoms[0]), atoms[1:])


def _arguments(flat: Flattening, node: gast.Call) -> tuple[list[gast.expr], set[int]]:
    """The arguments in the order of their evaluation, and which of them two stars unpack."""
    slots = list(node.args)
    if slots and isinstance(slots[0], gast.GeneratorExp) and _consumes(flat, node.func):
        slots[0] = placed(gast.ListComp(slots[0].elt, slots[0].generators), slots[0])
    unpacked = {len(slots) + k for k, one in enumerate(node.keywords) if one.arg is None}
    return slots + [one.value for one in node.keywords], unpacked


def _consumes(flat: Flattening, function: gast.expr) -> bool:
    if isinstance(function, gast.Attribute):
        return function.attr in CONSUMING_METHODS
    return isinstance(function, gast.Name) and function.id in CONSUMERS and function.id not in flat.local


def _function(flat: Flattening, function: gast.expr, slots: list[gast.expr]) -> gast.expr:
    """The part of the function that is evaluated first: a name, or the object whose method is called."""
    if isinstance(function, gast.Name) or not isinstance(function, gast.Attribute):
        return function
    if function.attr == "__class__":
        return function  # what is called is known by its kind, as a name
    if not is_chain(function) or _may_change(flat, function, slots):
        return function.value
    root = function
    while isinstance(root, gast.Attribute):
        root = root.value
    return root


def _may_change(flat: Flattening, function: gast.Attribute, slots: list[gast.expr]) -> bool:
    """Whether an argument may replace the object: `self.state.update(self.step())`."""
    if isinstance(function.value, gast.Name) or busy_until(slots) < 0:
        return False
    root = function.value
    while isinstance(root, gast.Attribute):
        root = root.value
    return root.id in flat.local and any(isinstance(one, gast.Call) for slot in slots for one in nodes(slot))


def function_of(function: gast.expr, first: gast.expr, atom: gast.expr) -> gast.expr:
    """The function with the part that was evaluated first replaced by its atom."""
    if function is first:
        return atom
    return placed(
        gast.Attribute(function_of(function.value, first, atom), function.attr, gast.Load()), function
    )


def _called(node: gast.Call, function: gast.expr, atoms: list[gast.expr]) -> gast.Call:
    count = len(node.args)
    keywords = [
        placed(gast.keyword(one.arg, atom), one)
        for one, atom in zip(node.keywords, atoms[count:], strict=True)
    ]
    return placed(gast.Call(function, atoms[:count], keywords), node)


def is_builtin(flat: Flattening, node: gast.expr, names: frozenset[str]) -> bool:
    """Whether this calls, by its plain name, one of these builtins."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Name)
        and node.func.id in names
        and node.func.id not in flat.local
    )
