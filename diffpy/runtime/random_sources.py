"""Sources of random numbers: a function and what it is given in, the generators that it can reach at once out."""

from __future__ import annotations

import functools
import random
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from diffpy.functions import captured_by
from diffpy.runtime.stand_ins import wrapped
from diffpy.runtime.structures import structure_of


class Source:
    """A source of random numbers, whose state can be read and set."""

    def __init__(self, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
        self._get, self._put = get, put

    @property
    def state(self) -> Any:
        return self._get()

    @state.setter
    def state(self, state: Any) -> None:
        self._put(state)


def sources(function: Any, args: Iterable[Any], more: Iterable[Any] = ()) -> list[Source]:
    """NumPy's and Python's own sources, and the generators that a call can reach at once, or that are among `more`."""
    found = [Source(np.random.get_state, np.random.set_state), Source(random.getstate, random.setstate)]
    seen: set[int] = set()
    for value in (*_reachable(function), *args, *more):
        for one in _flat(value):
            if id(one) not in seen and is_generator(one):
                seen.add(id(one))
                found.append(_source_of(one))
    return found


def is_generator(one: Any) -> bool:
    return isinstance(one, np.random.Generator | np.random.RandomState | random.Random)


def _source_of(one: Any) -> Source:
    if isinstance(one, np.random.Generator):
        bits: Any = one.bit_generator
        return Source(lambda: bits.state, lambda state: setattr(bits, "state", state))
    if isinstance(one, np.random.RandomState):
        return Source(one.get_state, one.set_state)
    return Source(one.getstate, one.setstate)


def _reachable(function: Any) -> Iterator[Any]:
    """What a function has captured, is bound to, and the globals that it names."""
    if isinstance(function, functools.partial):
        yield from (*function.args, *function.keywords.values())
        function = function.func
    if isinstance(function, types.MethodType):
        yield function.__self__
        function = function.__func__
    function = wrapped(function)
    if isinstance(function, types.FunctionType):
        yield from captured_by(function).values()
        yield from (function.__globals__.get(name) for name in function.__code__.co_names)
        yield from function.__defaults__ or ()


def _flat(value: Any) -> Iterator[Any]:
    structure = structure_of(value)
    if structure is None:
        yield value
        return
    for one in structure.values(value):
        yield from _flat(one)


@contextmanager
def set_back(those: list[Source], states: list[Any]) -> Iterator[None]:
    """The sources as they were; afterwards as they are now."""
    present = [one.state for one in those]
    for one, state in zip(those, states, strict=True):
        one.state = state
    try:
        yield
    finally:
        for one, state in zip(those, present, strict=True):
            one.state = state
