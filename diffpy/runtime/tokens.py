"""Functions that only move items: they are run over tokens that stand for the items, and tell by them what went where."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from diffpy.runtime.buffers import accumulate_element
from diffpy.runtime.dispatch import Parts, carries, is_free, unknown
from diffpy.runtime.handing import Handing, taken_from
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangent_vectors import add_tangents
from diffpy.runtime.tangents import item_of
from diffpy.runtime.zeros import zero_like

# How deep the items lie in the arguments: items of each (1), items of its items (2), the arguments themselves (0).
ITEMS, ITEMS_OF_ITEMS, ITSELF = 1, 2, 0


class Token:
    """An item on its way: it compares as the item does, and remembers the place that it was taken from."""

    __slots__ = ("dot", "item", "place")

    def __init__(self, item: Any, place: tuple, dot: Any = None) -> None:
        self.item, self.place, self.dot = item, place, dot

    def __eq__(self, other: object) -> bool:
        return self.item == (other.item if isinstance(other, Token) else other)

    def __hash__(self) -> int:
        return hash(self.item)

    def __bool__(self) -> bool:
        return bool(self.item)


class Source:
    """An argument whose items are moved: their tokens in; their cotangents gathered."""

    def __init__(self, key: Any, x: Any, depth: int, dots: Any = None) -> None:
        self.key, self.x, self.depth, self.dots = key, x, depth, dots
        self.places: list[int] = []
        self.inner: list[Source] = []

    def tokens(self) -> Any:
        if self.depth == ITSELF:
            return Token(self.x, (self.key,), self.dots)
        found = self.listed() if self.depth == ITEMS else self.deeper()
        return list(found) if hasattr(self.x, "__len__") else found

    def stepped(self) -> Iterator[tuple[Any, Any]]:
        """The items, each with its tangent."""
        dots = itertools.repeat(None) if self.dots is None else self.dots
        return zip(taken_from(self.x, self.places), dots, strict=False)

    def listed(self) -> Iterator[Token]:
        for k, (item, dot) in enumerate(self.stepped()):
            yield Token(item, (self.key, k), dot)

    def deeper(self) -> Iterator[Any]:
        for k, (item, dot) in enumerate(self.stepped()):
            self.inner.append(Source((self.key, k), item, self.depth - 1, dot))
            yield self.inner[k].tokens()

    def gathered(self, bars: dict[tuple, Any]) -> Any:
        """The cotangent of the argument from those of the places that tokens came from."""
        if self.depth == ITSELF:
            return bars.get((self.key,))
        if self.depth == ITEMS:
            found = [bars.get((self.key, k)) for k in range(len(self.places))]
        else:
            found = [one.gathered(bars) for one in self.inner]
        x_bar: Any = None
        for place, one in zip(self.places, found, strict=False):
            x_bar = accumulate_element(x_bar, self.x, place, one) if self.takes() else None
        return x_bar

    def takes(self) -> bool:
        return carries(self.x) or not hasattr(self.x, "__len__") or hasattr(self.x, "isdisjoint")

    def scattered(self, x_bar: Any, into: dict[tuple, Any]) -> None:
        """A cotangent of the argument, by the places that its items were taken from."""
        if x_bar is None:
            return
        if self.depth == ITSELF:
            into[(self.key,)] = x_bar
            return
        for k, place in enumerate(self.places):
            one = self.part(x_bar, place)
            if self.depth == ITEMS:
                into[(self.key, k)] = one
            elif k < len(self.inner):
                self.inner[k].scattered(one, into)

    def part(self, x_bar: Any, place: int) -> Any:
        if isinstance(x_bar, dict):
            return x_bar.get(next(itertools.islice(self.x, place, None))) if isinstance(self.x, set) else None
        return item_of(x_bar, place) if place < len(x_bar) else None


class Handout(list):
    """What an iterator handed out: an entry an item, made of tokens."""


class Run:
    """One call of a function that moves items: its value, and the ways of cotangents and tangents along the items."""

    def __init__(self, function: Any, args: tuple, keywords: dict, dots: Parts | None = None) -> None:
        self.function, self.args, self.keywords = function, args, keywords
        self.sources: dict[Any, Source] = {}
        given = dots or Parts(None, (None,) * len(args), dict.fromkeys(keywords))
        depths = DEPTHS[function]
        tokens = [self.passed(k, x, depths(k), given.args[k]) for k, x in enumerate(args)]
        named = {n: self.passed(n, x, depths(n), given.keywords[n]) for n, x in keywords.items()}
        self.result = function(*tokens, **named)
        self.moved = self.entry(self.result, lazily=True)

    def passed(self, key: Any, x: Any, depth: int | None, dot: Any) -> Any:
        """An argument as the function gets it: tokens for items, a predicate that sees the items themselves."""
        if depth is None or x is None:
            return _seeing_items(x) if callable(x) else x
        self.sources[key] = Source(key, x, depth, dot)
        return self.sources[key].tokens()

    # What is handed out

    def entry(self, one: Any, lazily: bool = False) -> Any:
        """A part of the result with the iterators in it noted as they run."""
        if isinstance(one, tuple):
            return tuple(self.entry(part, lazily) for part in one)
        if isinstance(one, list):
            return [self.entry(part) for part in one]
        if not hasattr(one, "__next__"):
            return one
        return _Noted(map(self.entry, one)) if lazily else Handout(map(self.entry, one))

    def value(self) -> Any:
        return _read(self.moved, _item)

    def tangent_pair(self) -> tuple[Any, Any]:
        """The value and its tangent, that hand out in step."""
        return _pair(self.moved)

    # Cotangents

    def back(self, y_bar: Any) -> Parts:
        bars: dict[tuple, Any] = {}
        self.collect(self.moved, y_bar, bars)
        return self.parts({key: source.gathered(bars) for key, source in self.sources.items()})

    def collect(self, one: Any, y_bar: Any, bars: dict[tuple, Any]) -> None:
        if y_bar is None:
            return
        if isinstance(one, Token):
            bars[one.place] = add_tangents(bars.get(one.place), y_bar)
        elif isinstance(one, list | tuple | _Noted):
            noted = one.noted if isinstance(one, _Noted) else one
            for k, part in enumerate(noted[: len(y_bar)]):
                self.collect(part, y_bar[k], bars)
        elif has_derivative(one) and not is_free(one):
            raise unknown(self.function)

    def parts(self, found: dict[Any, Any]) -> Parts:
        args = tuple(found.get(k) for k in range(len(self.args)))
        return Parts(None, args, {n: found.get(n) for n in self.keywords})

    def along(self, bar: Parts) -> Any:
        """The transpose of `back`: cotangents of the arguments, moved as their items were."""
        given = {**dict(enumerate(bar.args)), **bar.keywords}
        bars: dict[tuple, Any] = {}
        for key, source in self.sources.items():
            source.scattered(given.get(key), bars)
        return _read(self.moved, lambda one: bars.get(one.place) if isinstance(one, Token) else None, list)


class _Noted:
    """Entries that are handed out one by one, and kept."""

    def __init__(self, entries: Iterator[Any]) -> None:
        self.entries, self.noted = entries, Handout()

    def __iter__(self) -> Iterator[Any]:
        for one in self.entries:
            self.noted.append(one)
            yield one


def _seeing_items(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *tokens: function(*map(_item, tokens))


def _item(one: Any) -> Any:
    return one.item if isinstance(one, Token) else one


def _dot(one: Any) -> Any:
    return zero_like(one.item) if one.dot is None else one.dot


def _read(one: Any, leaf: Callable[[Any], Any], handed: Callable[[Any], Any] = Handing) -> Any:
    """An entry with a leaf for each token; `handed` makes what stands for an iterator."""
    if isinstance(one, _Noted):
        parts = one.noted if handed is list else one
        return handed(_read(part, leaf, handed) for part in parts)
    if isinstance(one, Handout):
        return handed(_read(part, leaf, handed) for part in one)
    if isinstance(one, list | tuple):
        return type(one)(_read(part, leaf, handed) for part in one)
    return leaf(one)


def _pair(one: Any) -> tuple[Any, Any]:
    if isinstance(one, _Noted):
        first, second = itertools.tee(map(_pair, one))
        return (value for value, _ in first), (dot for _, dot in second)
    if isinstance(one, Handout):
        pairs = [*map(_pair, one)]
        return iter([value for value, _ in pairs]), iter([dot for _, dot in pairs])
    if isinstance(one, list | tuple):
        pairs = [*map(_pair, one)]
        return type(one)(value for value, _ in pairs), type(one)(dot for _, dot in pairs)
    if isinstance(one, Token):
        return one.item, _dot(one)
    if has_derivative(one) and not is_free(one):
        raise unknown(itertools.groupby)
    return one, zero_like(one)


def _every(key: Any) -> int | None:
    return ITEMS if isinstance(key, int) else None


def _first(key: Any) -> int | None:
    return ITEMS if key in (0, "iterable", "iterator", "data") else None


def _second(key: Any) -> int | None:
    return ITEMS if key == 1 else None


def _filled(key: Any) -> int | None:
    return ITSELF if key == "fillvalue" else ITEMS


# A function -> how deep the items lie in an argument, by position or name; None: it is no argument of items.
DEPTHS: dict[Any, Callable[[Any], int | None]] = {
    **dict.fromkeys((list, tuple, iter, enumerate, reversed), _first),
    **dict.fromkeys((zip, itertools.chain, itertools.product), _every),
    itertools.chain.from_iterable: lambda key: ITEMS_OF_ITEMS,
    **dict.fromkeys((itertools.combinations, itertools.combinations_with_replacement), _first),
    **dict.fromkeys((itertools.permutations, itertools.islice, itertools.compress), _first),
    **dict.fromkeys((itertools.groupby, itertools.tee, itertools.pairwise, itertools.cycle), _first),
    **dict.fromkeys((itertools.takewhile, itertools.dropwhile, itertools.filterfalse), _second),
    itertools.zip_longest: _filled,
}
if hasattr(itertools, "batched"):
    DEPTHS[itertools.batched] = _first
MOVERS = [f for f in DEPTHS if getattr(f, "__module__", "") == "itertools" or f == itertools.chain.from_iterable]
