"""Calls met before: a callee and its arguments in, the value and the pullback by what was generated for such a call out.

A look-up costs a few microseconds, whoever is called: a function, a closure, a method, an operator of objects.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy

from diffpy.backends import devices
from diffpy.constructing import known_factory
from diffpy.placing import runs
from diffpy.runtime.buffers import WithoutPositions
from diffpy.runtime.call_keys import call_key, cells_key
from diffpy.runtime.pulling import Full, Order, Parts
from diffpy.runtime.signatures import PLAIN, Unkeyed
from diffpy.runtime.tangents import item_of
from diffpy.transforms.simplify import CALLS_MET, left_out


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


class Callee:
    """What was generated for calls of a function with arguments of one key, over what this function captured."""

    __slots__ = ("made", "text")

    def __init__(self, text: Text, made: Callable[..., Any]) -> None:
        self.text, self.made = text, made

    def full(self, back: Callable[[Any], Any]) -> Full:
        """A generated pullback as one that gives parts."""
        return lambda y_bar: self.text.made.parts(back(y_bar))

    def order(self, callee: bool, is_method: bool) -> Order:
        return self.text.orders.get((callee, is_method)) or self.text.order(callee, is_method)


@dataclass(frozen=True)
class Text:
    """What was generated for calls of a function with arguments of one key."""

    holds: Callable[[], bool]
    defaults: tuple | None  # those of the function, which a program may set anew
    wanted: tuple
    made: Made
    places: tuple[int | None, ...]
    cells: tuple
    orders: dict[tuple[bool, bool], Order] = field(default_factory=dict)

    def over(self, closure: tuple | None) -> Callee:
        """The generated function over the cells of one function object."""
        if closure is None:
            return self.alone
        cells = [one if k is None else closure[k] for k, one in zip(self.places, self.cells, strict=True)]
        made = self.made.function
        return Callee(
            self, types.FunctionType(made.__code__, made.__globals__, made.__name__, None, tuple(cells))
        )

    @cached_property
    def alone(self) -> Callee:
        return Callee(self, runs(self.made.function))

    def order(self, callee: bool, is_method: bool) -> Order:
        """What is handed out; of a method the callee's own cotangent is that of its first argument."""
        rest = tuple(k for k in self.wanted if k != 0) if is_method else self.wanted
        first: tuple = ()
        if callee:
            first = ((0 if 0 in self.wanted else None) if is_method else _CELLS,)
        found = self.orders[callee, is_method] = ordered(self.made, (*first, *rest))
        return found


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


class Texts(NamedTuple):
    """What was generated for the calls of a function, by what is asked and the key of the arguments."""

    of: weakref.ref  # the function, or the code of one that captures
    every: dict[Hashable, Text]
    plain: dict[tuple[Any, tuple[type, ...]], Text]  # of numbers alone, by their types


_texts: dict[int, Texts] = {}


def met(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple | None) -> Callee | None:
    """What was generated for such a call, if it is up to date; wanted None: for all arguments."""
    closure = function.__closure__
    who: Any = function if closure is None else function.__code__
    texts = _texts.get(id(who))
    if texts is None or texts.of() is not who:
        return None
    found = texts.plain.get((wanted, tuple(map(type, args)))) if _is_usual() and not keywords else None
    if found is None:
        try:
            found = texts.every.get((wanted, *_key(function, args, keywords)))
        except Unkeyed:
            return None
    if found is None or found.defaults is not function.__defaults__ or function.__kwdefaults__:
        return None
    return found.over(closure) if found.holds() else None


def _is_usual() -> bool:
    """Whether all passes are on, and the program runs on the host."""
    return not left_out() and devices.here() is None


def _key(function: types.FunctionType, args: tuple, keywords: dict) -> tuple:
    """What a function is given, and where its text is written; of a closure also what it captured."""
    if CALLS_MET in left_out():
        raise Unkeyed
    named = (tuple(keywords), call_key(tuple(keywords.values()))) if keywords else None
    if function.__closure__ is None:
        return call_key(args), named, left_out(), devices.here()
    return call_key(args), named, left_out(), cells_key(function), id(function.__globals__)


def keep(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple, made: Made) -> None:
    """Note what was generated for a call."""
    if function.__kwdefaults__ or not _has_plain_defaults(function):
        return
    if function.__closure__ is not None and (function.__defaults__ or devices.present()):
        return
    try:
        key = _key(function, args, keywords)
    except Unkeyed:
        return
    who: Any = function if function.__closure__ is None else function.__code__
    texts = _texts.get(id(who))
    if texts is None or texts.of() is not who:
        texts = _texts[id(who)] = Texts(weakref.ref(who, partial(_forget, _texts, id(who))), {}, {})
    if len(texts.every) >= 256:
        texts.every.clear()
        texts.plain.clear()
    text = Text(made.holds(function), function.__defaults__, wanted, made, *_cells(made.function, function))
    is_plain = function.__closure__ is None and not keywords and all(type(a) in PLAIN for a in args)
    for asked in {wanted, None} if wanted == (*range(len(args)), *keywords) else {wanted}:
        texts.every[asked, *key] = text
        if is_plain and _is_usual():
            texts.plain[asked, tuple(map(type, args))] = text


def _has_plain_defaults(function: types.FunctionType) -> bool:
    """Whether its defaults are of kinds that stay what they are."""
    return all(one is None or type(one) in _STILL for one in function.__defaults__ or ())


_STILL = {bool, int, float, complex, str}


def _cells(made: types.FunctionType, function: types.FunctionType) -> tuple[tuple[int | None, ...], tuple]:
    """Which of the function's cells the generated text has in each place, and the cells that are its own."""
    own = function.__code__.co_freevars
    places = (own.index(name) if name in own else None for name in made.__code__.co_freevars)
    return tuple(places), made.__closure__ or ()


def _forget(texts: dict, number: int, dead: weakref.ref) -> None:
    if number in texts and texts[number].of is dead:
        del texts[number]


# What has no text of its own

# Operations of the table as functions, by identity and number of arguments: those that are called often.
_rows: dict[tuple[int, int], tuple[object, types.FunctionType]] = {}
_counts: dict[Hashable, int] = {}
_OFTEN = 8  # to derive a call takes as long as to look at it some hundred times
_NUMBERS = frozenset({float, int, complex, numpy.float64, numpy.float32})


def standing_for(function: Any, count: int) -> types.FunctionType | None:
    """The function with text in place of a class, or of an operation of the table, if there is one."""
    if isinstance(function, type):
        return known_factory(function)
    found = _rows.get((id(function), count))
    return found[1] if found is not None and found[0] is function else None


def stand_for(function: Any, called: types.FunctionType, count: int) -> None:
    _rows[id(function), count] = function, called


def is_often(function: Any, args: tuple, wanted: tuple) -> bool:
    """Whether this is the call after which an operation has been met often with such numbers and arrays."""
    if devices.present() or not all(map(_is_number_or_array, args)):
        return False
    key = id(function), wanted, call_key(args)
    _counts[key] = _counts.get(key, 0) + 1
    return _counts[key] == _OFTEN


def _is_number_or_array(x: Any) -> bool:
    return x.dtype.kind in "fc" if type(x) is numpy.ndarray else type(x) in _NUMBERS
