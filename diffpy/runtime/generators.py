"""Generator functions: they run as they stand, and are differentiated as lists of what they have handed over.

The pullback runs the function once more, up to the last item that was taken. So a generator may not do anything but
hand over values, and what it reads must not change meanwhile: the items are compared.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.handing import Follower, Handing
from diffpy.runtime.leaves import is_array


def is_generator(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and bool(
        function.__code__.co_flags & inspect.CO_GENERATOR
    )


class Noted:
    """An iterator among the arguments of a generator function: what was taken from it."""

    def __init__(self, iterator: Any) -> None:
        self.follower = iterator if isinstance(iterator, Follower) else None
        if isinstance(iterator, Handing) and self.follower is None:
            self.follower = iterator.follower()
        self.items: list[Any] = []
        self.source = iterator if self.follower is None else self.follower

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self.items.append(next(self.source))
        return self.items[-1]

    def again(self) -> Handing:
        """The same items once more."""
        return Handing(list(self.items))

    def placed(self, bars: Any) -> Any:
        """The cotangent of the iterator; of one that does not count, what was taken here is all that there was."""
        return bars if self.follower is None else self.follower.placed(bars)


class Run:
    """One run of a generator function: its items, and how to run it again."""

    def __init__(self, function: types.FunctionType, args: tuple, keywords: dict) -> None:
        self.name = function.__name__
        given: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
        self.noted = {k: Noted(x) for k, x in given.items() if hasattr(type(x), "__next__")}
        self.given, self.count = given, len(args)
        self.kept: list[Any] = []
        run = self.arguments({**given, **self.noted})
        self.value = Handing(self.items(function(*run[0], **run[1])))

    def arguments(self, given: dict[Any, Any]) -> tuple[tuple, dict[str, Any]]:
        args = tuple(given[k] for k in range(self.count))
        return args, {k: x for k, x in given.items() if isinstance(k, str)}

    def again(self) -> tuple[tuple, dict[str, Any]]:
        """The arguments of the first run."""
        return self.arguments({**self.given, **{k: one.again() for k, one in self.noted.items()}})

    def items(self, generator: Any) -> Generator[Any, None, Any]:
        while True:
            try:
                item = next(generator)
            except StopIteration as stop:
                return stop.value
            self.kept.append(copy_arguments((item,))[0])
            yield item

    def check(self, items: list[Any]) -> None:
        if len(items) != self.value.taken or not same(items, self.kept[: len(items)]):
            raise UnsupportedSyntaxError(
                f"the generator function '{self.name}' handed over other values when it was run again",
                because="what it reads has changed while it ran, or is random; its derivative runs it a second time",
                fix="build and return a list: items = []; items.append(...); return items",
            )


def same(x: Any, y: Any) -> bool:
    """Whether two items are equal, a NaN being equal to a NaN."""
    if is_array(x):
        return is_array(y) and x.shape == y.shape and bool(np.all((x == y) | ((x != x) & (y != y))))
    if isinstance(x, list | tuple):
        return type(x) is type(y) and len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, dict):
        return isinstance(y, dict) and x.keys() == y.keys() and all(same(x[k], y[k]) for k in x)
    if isinstance(x, float | complex | np.number):
        return bool(x == y or (x != x and y != y))
    return x is y or x == y or type(x) is type(y)


def check_kept(function: Any) -> None:
    """Refuse a generator whose arguments the caller changes: it would see the change, or not, by how far it is."""
    if is_generator(function):
        raise UnsupportedSyntaxError(
            f"what the generator function '{function.__name__}' is given is changed afterwards",
            because="how much of the change it sees depends on how far it has run",
            fix="build and return a list, or pass a copy",
        )


def check_once(function: Any) -> None:
    """Refuse the derivative of a generator's pullback."""
    if is_generator(function):
        raise UnsupportedSyntaxError(
            f"a second derivative goes through the generator function '{function.__name__}'",
            because="its pullback runs it again, up to the item that was taken last",
            fix="build and return a list",
        )
