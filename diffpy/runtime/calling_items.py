"""Derivatives of functions that call another one for each item: map, starmap, filter, reduce, accumulate; of count.

They call when they are asked for the next item, as they do in Python.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

from diffpy.runtime.dispatch import effect, pulled
from diffpy.runtime.handing import Handing, taken_from
from diffpy.runtime.iteration import gathered, over_objects, rule_for, source_of
from diffpy.runtime.pulling import Full, Parts, Pulled
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangents import add_tangents


def _applied(function: Any, rows: Iterable[tuple], steps: list[Full]) -> Iterator[Any]:
    """What a function gives for each row of arguments; its pullbacks are kept."""
    for row in rows:
        value, own = pulled(function, row, {}, tuple(range(len(row))))
        steps.append(own)
        yield value


def _turned(steps: list[Full], y_bar: Any) -> tuple[Any, list[tuple]]:
    """The cotangent of the function, and those of each row of arguments."""
    callee: Any = None
    rows: list[tuple] = []
    for own, one in zip(steps, y_bar, strict=False):
        parts = own(one) if one is not None else Parts(None, (), {})
        callee = add_tangents(callee, parts.callee)
        rows.append(parts.args)
    return callee, rows


@rule_for(map)
@over_objects
def _map(function: Any, *iterables: Any) -> Pulled:
    places: list[list[int]] = [[] for _ in iterables]
    steps: list[Full] = []
    rows = zip(*map(taken_from, iterables, places), strict=False)

    def full(y_bar: Any) -> Parts:
        callee, found = _turned(steps, y_bar)
        columns = [[row[k] if row else None for row in found] for k in range(len(iterables))]
        return Parts(None, (callee, *map(gathered, iterables, columns, places)), {})

    return Handing(_applied(function, rows, steps)), full


@rule_for(itertools.starmap)
@over_objects
def _starmap(function: Any, iterable: Any) -> Pulled:
    places: list[int] = []
    steps: list[Full] = []
    rows: list[Any] = []

    def taken() -> Iterator[tuple]:
        for row in taken_from(iterable, places):
            rows.append(row)
            yield tuple(row)

    def full(y_bar: Any) -> Parts:
        callee, found = _turned(steps, y_bar)
        bars = [gathered(row, bar) if bar else None for row, bar in zip(rows, found, strict=False)]
        return Parts(None, (callee, gathered(iterable, bars, places)), {})

    return Handing(_applied(function, taken(), steps)), full


@rule_for(filter)
@over_objects
def _filter(function: Any, iterable: Any) -> Pulled:
    places: list[int] = []
    items: list[Any] = []
    kept: list[int] = []
    passes = bool if function is None else effect(function)

    def passing() -> Iterator[Any]:
        for one in taken_from(iterable, places):
            items.append(one)
            if passes(one):
                kept.append(places[-1])
                yield one

    def full(y_bar: Any) -> Parts:
        return Parts(None, (None, gathered(source_of(iterable, items), y_bar, kept)), {})

    return Handing(passing()), full


def _running(function: Any, items: Iterator[Any], start: tuple, steps: list[Full]) -> Iterator[Any]:
    """The running results of a function of two arguments."""
    for value in itertools.islice(itertools.chain(start, items), 1):
        yield value
        for one in items:
            value, own = pulled(function, (value, one), {}, (0, 1))
            steps.append(own)
            yield value


def _unwound(steps: list[Full], bars: list[Any]) -> tuple[Any, Any, list[Any]]:
    """Cotangents of the function, of the value at the start and of the items, for those of the running results."""
    callee: Any = None
    items: list[Any] = []
    running = bars[-1] if bars else None
    for own, before in zip(reversed(steps), reversed(bars[:-1]), strict=True):
        parts = own(running) if running is not None else Parts(None, (None, None), {})
        callee = add_tangents(callee, parts.callee)
        items.append(parts.args[1])
        running = add_tangents(before, parts.args[0])
    return callee, running, items[::-1]


@rule_for(functools.reduce)
@over_objects
def _reduce(function: Any, iterable: Any, *initial: Any) -> Pulled:
    places: list[int] = []
    items = list(taken_from(iterable, places))
    if not items and not initial:
        functools.reduce(function, items)  # Python says in its own words that there is nothing
    steps: list[Full] = []
    values = list(_running(function, iter(items), initial, steps))

    def full(y_bar: Any) -> Parts:
        callee, start, bars = _unwound(steps, [*[None] * (len(values) - 1), y_bar])
        bars = bars if initial else [start, *bars]
        x_bar = gathered(source_of(iterable, items), bars, places)
        return Parts(None, (callee, x_bar, *([start] if initial else [])), {})

    return values[-1], full


@rule_for(itertools.accumulate)
@over_objects
def _accumulate(iterable: Any, function: Any = None, *, func: Any = None, initial: Any = None) -> Pulled:
    places: list[int] = []
    steps: list[Full] = []
    apply = function or func or operator.add
    start = () if initial is None else (initial,)
    items = iter(taken_from(iterable, places))

    def full(y_bar: Any) -> Parts:
        callee, first, bars = _unwound(steps, [*y_bar, *[None] * (len(steps) + 1 - len(y_bar))])
        bars = bars if start else [first, *bars]
        named = {"initial": first if start else None, "func": callee}
        return Parts(None, (gathered(iterable, bars, places), callee), named)

    return Handing(_running(apply, items, start, steps)), full


@rule_for(itertools.count)
def _count(start: Any = 0, step: Any = 1) -> Pulled:
    def full(y_bar: Any) -> Parts:
        start_bar: Any = None
        step_bar: Any = None
        for k, one in enumerate(y_bar):
            start_bar = add_tangents(start_bar, one)
            step_bar = add_tangents(step_bar, None if one is None else k * one)
        found = (start_bar, step_bar)
        given = tuple(b if has_derivative(x) else None for b, x in zip(found, (start, step), strict=True))
        return Parts(None, given, dict(zip(("start", "step"), given, strict=True)))

    return Handing(itertools.count(start, step)), full
