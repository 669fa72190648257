"""Iterators that know how many items they have handed out: the cotangent of one is a list, an entry an item."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from diffpy.errors import UnsupportedSyntaxError


class Handing:
    """An iterator over items, which counts what it hands out and who asks for it."""

    __slots__ = ("consumers", "items", "last", "owner", "taken")
    __diffpy_carries__ = 1.0  # what it has not handed out yet is not known

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = iter(items)
        self.taken = 0
        self.last: Any = None
        self.owner: Follower | None = None
        self.consumers = 0

    def __iter__(self) -> Iterator[Any]:
        self.consumers += 1
        return self.left()

    def left(self) -> Generator[Any, None, Any]:
        """What is left; items that are handed out elsewhere meanwhile are left out."""
        self.check_free()
        while True:
            try:
                item = next(self.items)
            except StopIteration as stop:
                return stop.value
            self.taken += 1
            self.last = item
            yield item

    def __next__(self) -> Any:
        self.consumers += 1
        self.check_free()
        self.last = next(self.items)
        self.taken += 1
        return self.last

    def close(self) -> None:
        """No more items; a generator is told so."""
        getattr(self.items, "close", tuple)()
        self.items = iter(())

    def send(self, value: Any) -> Any:
        raise _spoken_to("send")

    def throw(self, *error: Any) -> Any:
        raise _spoken_to("throw")

    def follower(self) -> Follower:
        """The same items for someone else to take."""
        self.consumers += 1
        return Follower(self)

    def given_up(self) -> Follower:
        """The same items for someone who takes all of them at once."""
        self.owner = self.follower()
        return self.owner

    def check_free(self) -> None:
        """Refuse to hand out what someone took ahead of time."""
        if self.owner is not None and not self.owner.is_taking:
            raise UnsupportedSyntaxError(
                "an iterator hands out items beside a map over it",
                because="for a derivative of a derivative what maps takes all items at once",
                fix="make a list of the items first: items = list(it)",
            )

    def check_alone(self) -> None:
        """Refuse a loop that is not the only one to ask: which items were its own is not known."""
        if self.consumers > 1:
            raise UnsupportedSyntaxError(
                "a loop runs over an iterator that hands out items elsewhere too",
                because="what the iterator is was not known while deriving, so the loop's own items were not noted",
                fix="loop over iter(...) of it: for v in iter(items): ...",
            )


def _spoken_to(method: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"the iterator's '{method}' is called",
        because="what a generator makes of it is not known to the derivative, which counts the items that it hands out",
        fix="ask for items by next() or a loop, and pass the generator what it needs as arguments",
    )


class Follower(Handing):
    """An iterator over what is left in another one, which notes the place of each item there."""

    __slots__ = ("is_taking", "other", "places")

    def __init__(self, other: Handing) -> None:
        self.other = other
        self.is_taking = False
        self.places: list[int] = []
        super().__init__(self.taking())

    def taking(self) -> Generator[Any, None, Any]:
        while True:
            self.is_taking = True
            try:
                item = next(self.other)
            except StopIteration as stop:
                return stop.value
            finally:
                self.is_taking = False
            self.places.append(self.other.taken - 1)
            yield item

    def is_new(self) -> bool:
        return not self.taken and not self.consumers

    def placed(self, bars: Any) -> Any:
        """The cotangent of the other iterator for one of this."""
        if bars is None:
            return None
        found: list[Any] = [None] * self.other.taken
        for place, bar in zip(self.places, bars, strict=False):
            found[place] = bar
        return found


def followers(given: dict[Any, Any]) -> dict[Any, Follower]:
    """Iterators that count from zero, in place of those among the arguments of a call."""
    found = {k: x for k, x in given.items() if isinstance(x, Handing)}
    return {k: x.follower() for k, x in found.items() if not (isinstance(x, Follower) and x.is_new())}


def all_given_up(args: tuple, keywords: dict[str, Any]) -> dict[Any, Follower]:
    """Iterators in place of those among the arguments of a call, which takes all of their items at once."""
    given: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
    iterables = [x for x in args if hasattr(x, "__iter__")]
    if iterables and all(map(is_endless, iterables)):
        raise UnsupportedSyntaxError(
            "a map over an iterator without an end has no derivative of a derivative",
            because="for that what maps takes all items at once",
            fix="write a loop, or say how many: map(f, range(n))",
        )
    return {k: x.given_up() for k, x in given.items() if isinstance(x, Handing)}


def is_endless(x: Any) -> bool:
    """Whether an iterator is known to have no end."""
    items = x.items if isinstance(x, Handing) else x
    if isinstance(items, itertools.repeat):
        return operator.length_hint(items, -1) < 0
    return isinstance(items, itertools.count | itertools.cycle)


def taken_from(x: Any, places: list[int]) -> Iterator[Any]:
    """The items of x; the place of each among all that x hands out is noted as it is taken."""
    if isinstance(x, Handing):
        x.consumers += 1
        for item in x.left():
            places.append(x.taken - 1)
            yield item
        return
    for k, item in enumerate(x):
        places.append(getattr(x, "seen", k))  # a tangent alongside has the places of its iterator
        yield item


def handed_out_and_changed() -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        "what an iterator hands out is changed in place",
        because="the derivative would have to follow the change through the iterator",
        fix="go through the container by index: for k in range(len(xs)): ... xs[k] ...",
    )
