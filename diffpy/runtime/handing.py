"""Iterators that know how many items they have handed out: the cotangent of one is a list, an entry an item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from diffpy.errors import UnsupportedSyntaxError


class Handing:
    """An iterator over items, which counts what it hands out and who asks for it."""

    __slots__ = ("consumers", "items", "taken")

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = iter(items)
        self.taken = 0
        self.consumers = 0

    def __iter__(self) -> Iterator[Any]:
        self.consumers += 1
        return self.left()

    def left(self) -> Iterator[Any]:
        """What is left; items that are handed out elsewhere meanwhile are left out."""
        for item in self.items:
            self.taken += 1
            yield item

    def __next__(self) -> Any:
        self.consumers += 1
        item = next(self.items)
        self.taken += 1
        return item

    def check_alone(self) -> None:
        """Refuse a loop that is not the only one to ask: which items were its own is not known."""
        if self.consumers > 1:
            raise UnsupportedSyntaxError(
                "a loop runs over an iterator that hands out items elsewhere too",
                because="what the iterator is was not known while deriving, so the loop's own items were not noted",
                fix="loop over iter(...) of it: for v in iter(items): ...",
            )


def taken_from(x: Any, places: list[int]) -> Iterator[Any]:
    """The items of x; the place of each among all that x hands out is noted as it is taken."""
    if isinstance(x, Handing):
        x.consumers += 1
        for item in x.left():
            places.append(x.taken - 1)
            yield item
        return
    for k, item in enumerate(x):
        places.append(k)
        yield item
