"""Calls of operations in a run that is recorded: the pullback of the operation is the step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.buffers import repeats
from diffpy.runtime.by_rules import unknown
from diffpy.runtime.carrying import carries, is_free
from diffpy.runtime.extending import contents
from diffpy.runtime.leaves import is_array
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.recorded import Record, Recorded, flow, lost
from diffpy.runtime.struct_fields import is_struct
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangent_vectors import TangentVector, map_tangents, sequence_like
from diffpy.runtime.zeros import is_still

Pull = Callable[[tuple, dict[str, Any], tuple], Pulled]  # (args, keywords, wanted) -> value and pullback


def recorded_call(
    record: Record, function: Any, pull: Pull, args: tuple, keywords: dict, moves: Parts
) -> tuple[Any, Any]:
    """The value of a call, and its tangent: items keep theirs, views are taken of the buffers, all else is a step.

    The pullback reads copies: the program may change what it gave and what it got.
    """
    args, moves = tuple(map(_listed, args)), moves._replace(args=tuple(map(_listed, moves.args)))
    dots: dict[Any, Any] = {**dict(enumerate(moves.args)), **moves.keywords}
    wanted = tuple(k for k, dot in dots.items() if not is_still(dot))
    dots = {k: dots[k] for k in wanted}
    whole = (args, keywords)
    if any(is_struct(type(one)) for one in objects_in(whole)) or any(map(_holds_open, args)):
        return handed_on(function(*args, **keywords), whole, moves)
    given = copy_arguments(whole)
    value, full = pull(given[0], given[1], wanted)
    held = {id(one) for one in objects_in(given)}
    if any(id(one) in held for one in objects_in(value)):
        return handed_on(function(*args, **keywords), whole, moves)
    if any(np.may_share_memory(one, x) for one in arrays_in(value) for x in arrays_in(given)):
        value = function(*args, **keywords)
        return value, _mirrored(function, value, args, keywords, moves, record)
    zero = zero_tangent(value)
    if zero is None:
        if not is_free(value):
            raise unknown(function)
        return value, None
    return as_step(record, value, full, dots)


def as_step(
    record: Record, value: Any, full: Callable[[Any], Parts], dots: dict[Any, Any]
) -> tuple[Any, Any]:
    """A value and its tangent, from which the pullback hands cotangents to the tangents of what moves."""
    dots = {k: map_tangents(_itself, dot) for k, dot in dots.items()}  # containers as they are now
    found = map_tangents(lambda leaf: _Gathering(leaf, record), zero_tangent(value))

    def step() -> None:
        if any(one.is_filled for one in _every(found)):
            parts = full(map_tangents(_Gathering.taken, found))
            for k, dot in dots.items():
                flow(parts.args[k] if isinstance(k, int) else parts.keywords.get(k), dot)

    record.steps.append(step)
    (own,) = copy_arguments((value,))
    return own, map_tangents(lambda one: one.tangent, found)


def handed_on(value: Any, whole: tuple, moves: Parts) -> tuple[Any, Any]:
    """max(objects, key=...), sorted(rows): the tangents of the objects that come out are those of what went in."""
    known: dict[int, Any] = {}
    _note(whole, (moves.args, moves.keywords), known)

    def of(one: Any) -> Any:
        if id(one) in known:
            return known[id(one)]
        if isinstance(one, list | tuple):
            return sequence_like(one, [of(part) for part in one])
        if not is_free(one):
            raise lost("a function computes with objects that change")
        return None

    return value, of(value)


def _note(x: Any, dot: Any, known: dict[int, Any]) -> None:
    """The tangents of the objects in containers, by the objects."""
    if is_array(x) or is_struct(type(x)) or isinstance(x, TangentVector) or _is_open(x):
        known[id(x)] = dot
    elif isinstance(x, list | tuple | dict | deque):
        if not isinstance(x, tuple):
            known[id(x)] = dot
        for key, one in x.items() if isinstance(x, dict) else enumerate(x):
            inside = dot[key] if isinstance(dot, list | tuple | deque) else dot.get(key) if dot else None
            _note(one, inside, known)


def _is_open(x: Any) -> bool:
    """Whether it is a function with something of interest inside."""
    return callable(x) and carries(x)


def _holds_open(x: Any) -> bool:
    """Whether such functions stand in a container."""
    held = x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple | deque) else ()
    return any(_is_open(one) or _holds_open(one) for one in held)


def _listed(x: Any) -> Any:
    return list(x) if isinstance(x, deque) else contents(x)


def _itself(leaf: Any) -> Any:
    return leaf


class _Gathering:
    """A leaf of a result: where its cotangent gathers, and what it is like."""

    def __init__(self, leaf: Any, record: Record) -> None:
        self.leaf, bar = leaf, np.zeros_like(leaf)
        self.tangent = Recorded(bar, record, not is_array(leaf))

    @property
    def is_filled(self) -> bool:
        return bool(self.tangent.bar.any())

    def taken(self) -> Any:
        """The cotangent, which leaves the buffer empty."""
        bar = self.tangent.bar
        found = bar.copy() if is_array(self.leaf) else type(self.leaf)(bar[()])
        bar[...] = 0
        return found


def _every(tangent: Any) -> Iterator[_Gathering]:
    found: list[_Gathering] = []
    map_tangents(found.append, tangent)
    return iter(found)


def objects_in(x: Any) -> Iterator[Any]:
    """What can change in containers of any depth, these among it."""
    if isinstance(x, list | tuple | dict | deque):
        if not isinstance(x, tuple):
            yield x
        for one in x.values() if isinstance(x, dict) else x:
            yield from objects_in(one)
    elif is_array(x) or is_struct(type(x)):
        yield x


def arrays_in(x: Any) -> Iterator[np.ndarray]:
    return (one for one in objects_in(x) if isinstance(one, np.ndarray))


def _mirrored(function: Any, value: Any, args: tuple, keywords: dict, moves: Parts, record: Record) -> Any:
    """The tangent of views: the same views of the buffers."""
    bars = [_bar(dot, x) for dot, x in zip(moves.args, args, strict=True)]
    named = {k: _bar(moves.keywords.get(k), x) for k, x in keywords.items()}
    if function is np.lib.stride_tricks.as_strided and (bars[0].strides != args[0].strides or repeats(value)):
        raise lost("a view by strides repeats entries, or lies in memory otherwise than that of its tangent")
    found = function(*bars, **named)
    views = [*arrays_in(found)]
    buffers = [*arrays_in((bars, named))]
    for one, y in zip(views, arrays_in(value), strict=True):
        is_view = any(np.may_share_memory(y, x) for x in arrays_in((args, keywords)))
        if is_view and one.size and not any(np.may_share_memory(one, bar) for bar in buffers):
            raise lost("an operation gave a view of an array, but a copy of its tangent")
    return map_tangents(lambda one: Recorded(one, record), found)


def _bar(dot: Any, x: Any) -> Any:
    if isinstance(dot, Recorded):
        return dot.bar
    if isinstance(dot, list | tuple) and isinstance(x, list | tuple):
        return sequence_like(x, [*map(_bar, dot, x)])
    return np.zeros_like(x) if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else x
