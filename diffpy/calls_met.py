"""Calls met before: a callee and its arguments in, the value and the pullback by what was generated for such a call out.

A look-up costs a few microseconds, whoever is called: a function, a closure, a method, an operator of objects.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from diffpy.backends import devices
from diffpy.placing import runs
from diffpy.runtime.buffers import WithoutPositions
from diffpy.runtime.call_keys import call_key, cells_key
from diffpy.runtime.pulling import Full, Order, Parts
from diffpy.runtime.signatures import Unkeyed
from diffpy.runtime.tangents import item_of
from diffpy.transforms.simplify import left_out


@dataclass(frozen=True)
class Made:
    """Generated value and pullback for one call; what the pullback gives as parts, and the transpose of that."""

    function: types.FunctionType
    holds: Callable[
        [types.FunctionType], Callable[[], bool]
    ]  # of a function object: a test that this is up to date
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


@dataclass(frozen=True)
class Callee:
    """What was generated for calls of a function with arguments of one key."""

    holds: Callable[[], bool]
    over: Callable[[types.FunctionType], Callable[..., Any]]  # the generated function for one function object
    defaults: tuple | None  # those of the function, which a program may set anew
    wanted: tuple
    made: Made
    orders: dict[tuple[bool, bool], Order] = field(default_factory=dict)

    def order(self, callee: bool, is_method: bool) -> Order:
        """What is handed out; of a method the callee's own cotangent is that of its first argument."""
        key = callee, is_method
        found = self.orders.get(key)
        if found is None:
            found = self.orders[key] = self._order(*key)
        return found

    def full(self, back: Callable[[Any], Any]) -> Full:
        """A generated pullback as one that gives parts."""
        return lambda y_bar: self.made.parts(back(y_bar))

    def _order(self, callee: bool, is_method: bool) -> Order:
        rest = tuple(k for k in self.wanted if k != 0) if is_method else self.wanted
        first: tuple = ()
        if callee:
            first = ((0 if 0 in self.wanted else None) if is_method else _CELLS,)
        return ordered(self.made, (*first, *rest))


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


_callees: dict[int, tuple[weakref.ref, dict[Hashable, Callee]]] = {}


def met(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> Callee | None:
    """What was generated for such a call, if it is up to date."""
    who: Any = function if function.__closure__ is None else function.__code__
    entry = _callees.get(id(who))
    if entry is None or entry[0]() is not who:
        return None
    try:
        found = entry[1].get(_key(function, args, keywords, wanted))
    except Unkeyed:
        return None
    if found is None or found.defaults is not function.__defaults__ or function.__kwdefaults__:
        return None
    return found if found.holds() else None


def _key(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> Hashable:
    """Where the text is written and what it is given; of a closure also what it captured."""
    where = wanted, left_out(), devices.here()
    named = (tuple(keywords), call_key(tuple(keywords.values()))) if keywords else None
    if function.__closure__ is None:
        return where, call_key(args), named
    return where, call_key(args), named, cells_key(function), id(function.__globals__)


def keep(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple, made: Made) -> None:
    """Note what was generated for a call."""
    if function.__kwdefaults__ or not _has_plain_defaults(function):
        return
    if function.__closure__ is not None and (function.__defaults__ or devices.present()):
        return
    try:
        key = _key(function, args, keywords, wanted)
    except Unkeyed:
        return
    who: Any = function if function.__closure__ is None else function.__code__
    entry = _callees.get(id(who))
    if entry is None or entry[0]() is not who:
        entry = _callees[id(who)] = weakref.ref(who, partial(_forget, id(who))), {}
    if len(entry[1]) >= 256:
        entry[1].clear()
    over = _over(made.function, function)
    entry[1][key] = Callee(made.holds(function), over, function.__defaults__, wanted, made)


def _has_plain_defaults(function: types.FunctionType) -> bool:
    """Whether its defaults are of kinds that stay what they are."""
    return all(one is None or type(one) in _STILL for one in function.__defaults__ or ())


_STILL = {bool, int, float, complex, str}


def _over(made: types.FunctionType, function: types.FunctionType) -> Callable[..., Any]:
    """Generated code for any function object with the same code: over the cells of that one."""
    if function.__closure__ is None:
        generated = runs(made)
        return lambda function: generated
    own = function.__code__.co_freevars
    places = [own.index(name) if name in own else None for name in made.__code__.co_freevars]
    shared = made.__closure__ or ()

    def over(function: types.FunctionType) -> types.FunctionType:
        held: Any = function.__closure__
        cells = [one if k is None else held[k] for k, one in zip(places, shared, strict=True)]
        return types.FunctionType(made.__code__, made.__globals__, made.__name__, None, tuple(cells))

    return over


def _forget(number: int, dead: weakref.ref) -> None:
    if number in _callees and _callees[number][0] is dead:
        del _callees[number]
