"""Calls met before: a callee and its arguments in, the value and the pullback by what was generated for such a call out.

A look-up costs a few microseconds, whoever is called: a function, a closure, a method, an operator of objects.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy

from diffpy import kept_texts
from diffpy.backends import devices
from diffpy.constructing import known_factory
from diffpy.runtime.buffers import WithoutPositions
from diffpy.runtime.call_keys import call_key
from diffpy.runtime.pulling import Full, Order, Parts
from diffpy.runtime.tangents import item_of


@dataclass(frozen=True)
class Made:
    """Generated value and pullback for one call; what the pullback gives as parts, and the transpose of that."""

    function: types.FunctionType
    # of a function object: a test that this is up to date
    holds: Callable[[types.FunctionType], Callable[[], bool]]
    wrt: tuple[str, ...]
    captured: tuple[str, ...]
    places: dict[Any, Any]
    count: int
    keywords: tuple[str, ...]
    lost: tuple[str, ...] = ()  # captured sets of numbers, whose items have no positions

    def parts(self, found: Any) -> Parts:
        found = (found,) if len(self.wrt) + len(self.captured) == 1 else found or ()
        parts = dict(zip(self.wrt, found, strict=False))
        callee = dict(zip(self.captured, found[len(self.wrt) :], strict=False)) or None
        if self.lost:
            callee = {**(callee or {}), **{n: WithoutPositions(n) for n in self.lost}}

        def part(where: Any) -> Any:
            if isinstance(where, tuple):
                return item_of(parts.get(where[0]), where[1])
            return parts.get(where)

        places = self.places
        return Parts(
            callee,
            tuple(part(places[k]) for k in range(self.count)),
            {k: part(places[k]) for k in self.keywords},
        )

    def found(self, bar: Parts) -> Any:
        """Cotangents of the parts as cotangents of what the pullback returned."""
        by_name: dict[str, Any] = {}
        for key, where in self.places.items():
            part = bar.args[key] if isinstance(key, int) else bar.keywords.get(key)
            if isinstance(where, tuple):
                rest = by_name.setdefault(where[0], {})
                rest[where[1]] = part
            else:
                by_name[where] = part
        for name, rest in by_name.items():
            if (
                isinstance(rest, dict)
                and rest
                and all(isinstance(k, int) for k in rest)
                and name not in self.places
            ):
                by_name[name] = tuple(rest[k] for k in sorted(rest))
        callee = bar.callee or {}
        every = (*(by_name.get(n) for n in self.wrt), *(callee.get(n) for n in self.captured))
        return every[0] if len(every) == 1 else every


class Asked:
    """How a generated pullback answers what is asked of a call."""

    def __init__(self, made: Made, wanted: tuple) -> None:
        self.made, self.wanted = made, wanted
        self.orders: dict[tuple[bool, bool], Order] = {}

    def order(self, callee: bool, is_method: bool) -> Order:
        """What is handed out; of a method the callee's own cotangent is that of its first argument."""
        found = self.orders.get((callee, is_method))
        if found is None:
            rest = tuple(k for k in self.wanted if k != 0) if is_method else self.wanted
            first: tuple = ()
            if callee:
                first = ((0 if 0 in self.wanted else None) if is_method else _CELLS,)
            found = self.orders[callee, is_method] = ordered(self.made, (*first, *rest))
        return found

    def full(self, back: Callable[[Any], Any]) -> Full:
        """A generated pullback as one that gives parts."""
        return lambda y_bar: self.made.parts(back(y_bar))


_CELLS = object()  # what a closure captured


def ordered(made: Made, asked: tuple) -> Order:
    """How what a generated pullback gives becomes what was asked for."""
    results = (*made.wrt, *made.captured)
    places = [made.places.get(k) for k in asked]
    none = None if len(asked) == 1 else (None,) * len(asked)
    if made.lost or any(isinstance(one, tuple) for one in places):
        return Order(partial(_by_parts, made, asked), none)
    indices = [results.index(name) if name in results else None for name in places]
    if len(results) == len(asked) and indices == [*range(len(results))]:
        return Order(None, none)
    cells = {name: results.index(name) for name in made.captured} if _CELLS in asked else {}
    return Order(partial(_by_index, tuple(indices), cells, len(results) == 1), none)


def _by_index(indices: tuple[int | None, ...], cells: dict[str, int], is_bare: bool, found: Any) -> Any:
    parts = (found,) if is_bare else found
    every = [None if k is None else parts[k] for k in indices]
    if cells:
        every[0] = {name: parts[k] for name, k in cells.items()}
    return every[0] if len(every) == 1 else tuple(every)


def _by_parts(made: Made, asked: tuple, found: Any) -> Any:
    parts = made.parts(found)
    every = [parts.callee if k is _CELLS else part_of(parts, k) for k in asked]
    return every[0] if len(every) == 1 else tuple(every)


def part_of(parts: Parts, k: Any) -> Any:
    return None if k is None else parts.args[k] if isinstance(k, int) else parts.keywords.get(k)


def met(
    function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple | None
) -> tuple[Callable[..., Any], Asked] | None:
    """What was generated for such a call, if it is up to date; wanted None: for all arguments."""
    found = kept_texts.look_up(function, args, keywords, wanted)
    return None if found is None else (found.over(function.__closure__), found.how)


def keep(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple, made: Made) -> None:
    """Note what was generated for a call."""
    kept = kept_texts.Kept(made.function, function, made.holds(function), Asked(made, wanted))
    every = {wanted, None} if wanted == (*range(len(args)), *keywords) else {wanted}
    kept_texts.keep(function, args, keywords, every, kept)


# What has no text of its own

# Operations of the table as functions, by identity and number of arguments: those that are called often.
_rows: dict[tuple[int, int], tuple[object, types.FunctionType]] = {}
_counts: dict[Hashable, int] = {}
_OFTEN = 8  # to derive a call takes as long as to look at it some hundred times


def standing_for(function: Any, count: int) -> types.FunctionType | None:
    """The function with text in place of a class, or of an operation of the table, if there is one."""
    if isinstance(function, type):
        return known_factory(function)
    found = _rows.get((id(function), count))
    return found[1] if found is not None and found[0] is function else None


def stand_for(function: Any, called: types.FunctionType, count: int) -> None:
    _rows[id(function), count] = function, called


def is_often(row: Any, function: Any, args: tuple, wanted: tuple) -> bool:
    """Whether this is the call after which an operation has been met often with such numbers and arrays."""
    if row.family == "constant" or devices.present():
        return False
    numbers = _NUMBERS if row.family == "elementwise" else _REALS  # an int may be an axis, or a size
    if not all(_is_floating(x) if type(x) is numpy.ndarray else type(x) in numbers for x in args):
        return False
    key = id(function), wanted, call_key(args)
    if len(_counts) > 4096:
        _counts.clear()
    _counts[key] = _counts.get(key, 0) + 1
    return _counts[key] == _OFTEN


_REALS = frozenset({float, complex, numpy.float64, numpy.float32})
_NUMBERS = _REALS | {int}


def _is_floating(array: numpy.ndarray) -> bool:
    return array.dtype.kind in "fc"
