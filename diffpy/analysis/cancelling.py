"""Extremes that nothing depends on: a tree in normal form and facts in, the assignments whose results cancel out.

In top + log(sum(exp(x - top))) the number that is taken off comes back: whatever top is, the result is the same, and so
is its derivative. Whether it is so is computed: top gets any tangent, all else has none, and what follows is evaluated
modulo a large prime, with any numbers in place of values and exponentials. A tangent that is zero there is zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Scalar

_PRIME = 2**61 - 1
_SIZE = 3  # of each axis that is not known to be 1
_EXTREMES = frozenset(("max", "amax", "min", "amin"))


def cancelling(
    tree: gast.FunctionDef, results: Iterable[str], facts: Facts, aliases: Aliases
) -> frozenset[int]:
    """The ids of the assignments of extremes whose results change nothing but what nobody else reads."""
    extremes = [pair for pair in _followed(tree.body) if _is_extreme(pair[0], facts)]
    if not extremes:
        return frozenset()
    loads = flow.loads(*tree.body) + Counter(results)
    return frozenset(id(s) for s, behind in extremes if _cancels(s, behind, facts, aliases, loads))


def _followed(block: list[gast.stmt]) -> Iterator[tuple[gast.stmt, list[gast.stmt]]]:
    """Each statement with those behind it in its block."""
    for place, s in enumerate(block):
        yield s, block[place + 1 :]
        if not isinstance(s, gast.FunctionDef):
            for name in ("body", "orelse", "finalbody"):
                yield from _followed(getattr(s, name, []))


def _is_extreme(s: gast.stmt, facts: Facts) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Call() as call):
            found = facts.calls.get(id(call))
            return isinstance(found, TableCall) and found.row.name in _EXTREMES
    return False


class _Moved(NamedTuple):
    """A value, and its tangent where it has one."""

    value: Any
    tangent: Any = None


class _NotKnown(Exception):
    """What is not evaluated here."""


def _cancels(
    s: gast.stmt, behind: list[gast.stmt], facts: Facts, aliases: Aliases, loads: Counter[str]
) -> bool:
    """Whether all that has a tangent is read by these statements alone, which lose it."""
    assert isinstance(s, gast.Assign)
    numbers = _Numbers(facts, aliases)
    try:
        numbers.begin(s.targets[0].id)
        for one in behind:
            numbers.statement(one)
    except _NotKnown:
        return False
    inside = flow.loads(*behind)
    return all(loads[one] == inside[one] for one in numbers.carriers)


class _Numbers:
    """Any numbers in place of values, and what follows from them."""

    def __init__(self, facts: Facts, aliases: Aliases) -> None:
        self.facts, self.aliases = facts, aliases
        self.random = Random(0)
        self.known: dict[str, _Moved] = {}
        self.carriers: set[str] = set()  # names of what had a tangent at any time

    def begin(self, name: str) -> None:
        top = self.of(name).value
        self.known[name] = _Moved(top, self.any(top.shape).value)
        self.carriers.add(name)

    def of(self, name: str) -> _Moved:
        if self.aliases.is_changed(name):
            raise _NotKnown
        if name not in self.known:
            match self.facts.kind(name):
                case Scalar():
                    shape: tuple[int, ...] = ()
                case Array(dims=dims) if dims is not None:
                    shape = tuple(1 if dim == 1 else _SIZE for dim in dims)
                case _:
                    raise _NotKnown
            self.known[name] = self.any(shape)
        return self.known[name]

    def any(self, shape: tuple[int, ...]) -> _Moved:
        made = np.empty(shape, object)
        for place in np.ndindex(*shape):
            made[place] = self.random.randrange(1, _PRIME)
        return _Moved(made)

    def has_tangent(self, name: str) -> bool:
        return name in self.known and self.known[name].tangent is not None

    def statement(self, s: gast.stmt) -> None:
        """What becomes of a statement; one that hands a tangent on in ways that are not known is none of these."""
        moved = [n for n in flow.names_read(s) if self.has_tangent(n)]
        written = flow.names_written(s) | flow.all_written([s])
        if moved:
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value):
                    self.known[name] = self.value(value)
                    self.carriers |= {name} if self.has_tangent(name) else set()
                    return
            raise _NotKnown
        for name in written:
            self.known.pop(name, None)
        if flow.blocks_of(s) and any(self.has_tangent(n) for n in flow.loads(s)):
            raise _NotKnown

    def value(self, node: gast.expr) -> _Moved:
        match node:
            case gast.Name(id=name):
                return self.of(name)
            case gast.Constant(value=int(value)) if type(value) is int:
                return _Moved(np.asarray(value % _PRIME, object))
            case gast.BinOp(left=left, op=op, right=right):
                return self.operation(type(op), self.value(left), self.value(right))
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return _map(self.value(operand), lambda x: -x)
            case gast.Subscript(value=value, slice=place):
                index = _index(place)
                return _map(self.value(value), lambda x: x[index])
            case gast.Call():
                return self.call(node)
        raise _NotKnown

    def operation(self, op: type[gast.operator], a: _Moved, b: _Moved) -> _Moved:
        x, y, dx, dy = a.value, b.value, a.tangent, b.tangent
        try:
            if op is gast.Add:
                return _made(x + y, _plus(dx, dy))
            if op is gast.Sub:
                return _made(x - y, _plus(dx, None if dy is None else -dy))
            if op is gast.Mult:
                return _made(x * y, _plus(_times(dx, y), _times(dy, x)))
            if op is gast.Div:
                back = _inverse(y)
                return _made(x * back, _plus(_times(dx, back), _times(dy, -x * back * back)))
        except ValueError:  # shapes that are not these
            raise _NotKnown from None
        raise _NotKnown

    def call(self, node: gast.Call) -> _Moved:
        found = self.facts.calls.get(id(node))
        if not isinstance(found, TableCall):
            raise _NotKnown
        given = {name: one for name, one in found.arguments.items() if not _is_none(one)}
        name = found.row.name
        if name in ("exp", "log") and {*given} == {"x"}:
            x = self.value(given["x"])
            y = self.any(x.value.shape).value
            return _made(y, _times(x.tangent, y if name == "exp" else _inverse(x.value)))
        if name == "sum" and {*given} <= {"a", "axis", "keepdims"}:
            axis, keepdims = _literal(given.get("axis")), _literal(given.get("keepdims")) or False
            return _map(self.value(given["a"]), lambda x: np.sum(x, axis, keepdims=keepdims))
        raise _NotKnown


def _map(one: _Moved, change: Any) -> _Moved:
    try:
        tangent = None if one.tangent is None else change(one.tangent)
        return _made(change(one.value), tangent)
    except (IndexError, ValueError):
        raise _NotKnown from None


def _made(value: Any, tangent: Any) -> _Moved:
    """The numbers modulo the prime; a tangent that is zero is none."""
    value = np.asarray(value % _PRIME, object)
    if tangent is not None:
        tangent = np.broadcast_to(np.asarray(tangent % _PRIME, object), value.shape)
    return _Moved(value, tangent if tangent is not None and tangent.any() else None)


def _plus(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def _times(one: Any, other: Any) -> Any:
    return None if one is None else one * other


def _inverse(value: Any) -> Any:
    found = np.empty(value.shape, object)
    for place in np.ndindex(*value.shape):
        found[place] = pow(int(value[place]) or 1, -1, _PRIME)
    return found


def _index(node: gast.expr) -> Any:
    """An index of whole axes, new ones, and first places, which there are for any size."""
    match node:
        case gast.Tuple(elts=items):
            return tuple(map(_index, items))
        case gast.Slice(lower=None, upper=None, step=None):
            return slice(None)
        case gast.Constant(value=None):
            return None
        case gast.Constant(value=int(value)) if type(value) is int and value == 0:
            return 0
    raise _NotKnown


def _is_none(node: Any) -> bool:
    return node is None or (isinstance(node, gast.Constant) and node.value is None)


def _literal(node: Any) -> Any:
    match node:
        case None:
            return None
        case gast.Constant(value=bool() | int() as value):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(value))):
            return -value
    raise _NotKnown
