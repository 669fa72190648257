"""Tangents of iterators: they follow what the iterator hands out, whoever asks it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable
from types import GeneratorType
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.handing import Follower, Handing
from diffpy.runtime.zeros import zero_like

# What hands out items and does nothing else: it may be handed on by an iterator that counts.
ITERATORS = {
    *(one for one in vars(itertools).values() if isinstance(one, type)),
    *(zip, enumerate, map, filter, reversed, GeneratorType),
    *map(type, map(iter, ([], (), range(0), {}, set(), ""))),
}


class Alongside:
    """The tangents of the items that an iterator hands out: each time that of the last one.

    The cotangent of such a tangent is a list, an entry an item, as that of the iterator is.
    """

    __diffpy_carries__ = 1.0

    def __init__(self, source: Handing, at: Callable[[int], Any]) -> None:
        self.source, self.at, self.seen = source, at, -1

    def __iter__(self) -> Alongside:
        return self

    def __next__(self) -> Any:
        place = self.source.taken - 1
        if place == self.seen:
            raise UnsupportedSyntaxError(
                "what an iterator hands out is taken all at once",
                because="what the iterator is was not known while deriving",
                fix="make a list of it first: xs = list(it)",
            )
        self.seen = place
        dot = self.at(place)
        return zero_like(self.source.last) if dot is None else dot

    def __getitem__(self, place: int) -> Any:
        return self.at(place)


def standing_still(source: Handing) -> Alongside:
    """Zeros for what an iterator hands out."""
    return Alongside(source, lambda place: None)


def at_rest(value: Any) -> tuple[Any, Any]:
    """A value and its zero tangent; an iterator is made one that counts, so that zeros can follow it."""
    if type(value) in ITERATORS:
        value = Handing(value)
    return value, standing_still(value) if isinstance(value, Handing) else zero_like(value)


def among(source: Handing, dots: list[Any]) -> Alongside:
    """Tangents that are at hand, by the place of the item."""
    return Alongside(source, lambda place: dots[place] if place < len(dots) else None)


def followed(follower: Follower, whole: Any) -> Any:
    """The (co)tangent of a follower, for one of the iterator that it follows."""
    if whole is None:
        return None
    if isinstance(whole, Alongside):
        return Alongside(follower, lambda place: whole.at(follower.places[place]))
    return [whole[place] for place in follower.places]


def in_pairs(pairs: Iterable[tuple[Any, Any]]) -> tuple[Handing, Alongside]:
    """An iterator over values, and their tangents."""
    dots: list[Any] = []

    def values() -> Generator[Any, None, Any]:
        waiting = iter(pairs)
        while True:
            try:
                value, dot = next(waiting)
            except StopIteration as stop:
                return None if stop.value is None else stop.value[0]
            dots.append(dot)
            yield value

    source = Handing(values())
    return source, among(source, dots)
