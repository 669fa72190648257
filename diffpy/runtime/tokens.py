"""Functions that only move items: they are run over tokens that stand for the items, and tell by them what went where."""

from __future__ import annotations

import itertools
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.alongside import Alongside
from diffpy.runtime.buffers import add_element
from diffpy.runtime.by_rules import unknown
from diffpy.runtime.carrying import carries, is_free, own_iterator
from diffpy.runtime.differentials import Moved, moved_items, pushed
from diffpy.runtime.dispatch import _is_view, effect, pulled
from diffpy.runtime.handing import Handing, taken_from
from diffpy.runtime.pulling import Full, Parts, Pulled
from diffpy.runtime.stand_ins import as_dict, made_of, replaced
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangent_vectors import add_tangents
from diffpy.runtime.tangents import item_of
from diffpy.runtime.zeros import is_still, zero_like

# How deep the items lie in the arguments: items of each (1), items of its items (2), the arguments themselves (0).
ITEMS, ITEMS_OF_ITEMS, ITSELF = 1, 2, 0


class Token:
    """An item on its way: it compares as the item does, and remembers the place that it was taken from."""

    __slots__ = ("dot", "item", "place", "source")

    def __init__(self, item: Any, place: tuple, source: Source | None, dot: Any = None) -> None:
        self.item, self.place, self.source, self.dot = item, place, source, dot

    def __eq__(self, other: object) -> bool:
        return self.item == (other.item if isinstance(other, Token) else other)

    def __hash__(self) -> int:
        return hash(self.item)

    def __bool__(self) -> bool:
        return bool(self.item)


class Made(Token):
    """What a function made of items, and the pullback of that call."""

    __slots__ = ("full", "given")

    def __init__(
        self, item: Any, place: tuple, dot: Any, full: Full | None, given: tuple[Token, ...]
    ) -> None:
        super().__init__(item, place, None, dot)
        self.full, self.given = full, given


class Source:
    """An argument whose items are moved: their tokens in; their cotangents gathered."""

    def __init__(self, key: Any, x: Any, depth: int, dots: Any = None, around: Source | None = None) -> None:
        self.key, self.x, self.depth, self.dots, self.around = key, x, depth, dots, around
        self.places: list[int] = []
        self.inner: list[Source] = []

    def tokens(self) -> Any:
        if self.depth == ITSELF:
            return Token(self.x, (self.key,), self, self.dots)
        found = self.listed() if self.depth == ITEMS else self.deeper()
        return list(found) if hasattr(self.x, "__len__") else found

    def stepped(self) -> Iterator[tuple[Any, Any]]:
        """The items, each with its tangent."""
        dots = itertools.repeat(None) if is_still(self.dots) else moved_items(self.x, self.dots)
        return zip(taken_from(self.x, self.places), dots, strict=False)

    def listed(self) -> Iterator[Token]:
        for k, (item, dot) in enumerate(self.stepped()):
            yield Token(item, (self.key, k), self, dot)

    def deeper(self) -> Iterator[Any]:
        for k, (item, dot) in enumerate(self.stepped()):
            self.inner.append(Source((self.key, k), item, self.depth - 1, dot, self))
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
        for place, one in zip(self.places, found, strict=False) if self.takes() else ():
            x_bar = add_element(x_bar, self.x, place, one)
        return x_bar

    def takes(self) -> bool:
        return carries(self.x) or _is_view(self.x)

    def part(self, place: tuple, given: dict[Any, Any]) -> Any:
        """The part that a token stands for, of a tangent of the argument, or a cotangent."""
        whole = given.get(self.key) if self.around is None else self.around.part(self.key, given)
        if whole is None or self.depth == ITSELF:
            return whole
        at = self.places[place[1]]
        if isinstance(whole, KeysView | ValuesView | ItemsView):
            whole = list(whole)
        if isinstance(whole, Handing):
            raise UnsupportedSyntaxError(
                "an iterator stands for the tangents of what another one hands over",
                because="what it has handed over is gone, and the tangents are asked for by their places",
                fix="build and return a list",
            )
        if isinstance(whole, dict):
            return whole.get(next(itertools.islice(self.x, at, None))) if isinstance(self.x, set) else None
        if isinstance(whole, list) and at >= len(whole):
            return None
        return whole[at] if isinstance(whole, Alongside) else item_of(whole, at)


class Run:
    """One call of a function that moves items: its value, and the ways of cotangents and tangents along the items."""

    def __init__(self, function: Any, args: tuple, keywords: dict, moves: Parts | None = None) -> None:
        self.function, self.args, self.keywords, self.moves = function, args, keywords, moves
        self.sources: dict[Any, Source] = {}
        self.made: list[Made] = []
        depths = DEPTHS[function]
        tokens = [self.passed(k, x, depths(k)) for k, x in enumerate(args)]
        named = {n: self.passed(n, x, depths(n)) for n, x in keywords.items()}
        self.moved = _entry(function(*tokens, **named), lazily=True)

    def passed(self, key: Any, x: Any, depth: int | None) -> Any:
        """An argument as the function gets it: tokens for items, a predicate that sees the items themselves."""
        if depth is not None and x is not None:
            self.sources[key] = Source(key, x, depth, self.given(key))
            return self.sources[key].tokens()
        if not callable(x) or isinstance(x, type):
            return x
        if self.function is itertools.groupby:
            return lambda token: self.key_of(key, x, token)
        if not is_still(self.given(key)):
            return lambda token: self.pushed(key, x, token)[0]
        asked = effect(x) if self.moves is None else x
        return lambda token: asked(token.item)

    def given(self, key: Any) -> Any:
        """The tangent of an argument."""
        if self.moves is None:
            return None
        return self.moves.args[key] if isinstance(key, int) else self.moves.keywords[key]

    def key_of(self, key: Any, function: Any, token: Token) -> Any:
        """A key is handed out as well: it is an item of its own where derivatives flow through it."""
        full, dot = None, None
        if self.moves is None:
            value, full = pulled(function, (token.item,), {}, (0,))
        else:
            value, dot = self.pushed(key, function, token)
        if is_free(value):
            return value
        self.made.append(Made(value, (key, len(self.made)), dot, full, (token,)))
        return self.made[-1]

    def pushed(self, key: Any, function: Any, token: Token) -> Moved:
        """A call with an item, with which the tangents of what the function captured change as that does."""
        return pushed(function, (token.item,), {}, Parts(self.given(key), (token.dot,), {}))

    def value(self) -> Any:
        return _value(self.moved)

    def back(self, y_bar: Any) -> Parts:
        """The cotangents of the arguments: those of the result, back along the items."""
        bars: dict[tuple, Any] = {}
        self.collect(self.moved, y_bar, bars)
        own: dict[Any, Any] = {}
        for one in self.made:
            if bars.get(one.place) is not None and one.full is not None:
                parts = one.full(bars[one.place])
                own[one.place[0]] = add_tangents(own.get(one.place[0]), parts.callee)
                place = one.given[0].place
                bars[place] = add_tangents(bars.get(place), parts.args[0])
        found = own | {key: source.gathered(bars) for key, source in self.sources.items()}
        return Parts(
            None, tuple(found.get(k) for k in range(len(self.args))), {n: found.get(n) for n in self.keywords}
        )

    def collect(self, one: Any, y_bar: Any, bars: dict[tuple, Any]) -> None:
        if y_bar is None:
            return
        if isinstance(one, Token):
            bars[one.place] = add_tangents(bars.get(one.place), y_bar)
        elif isinstance(one, _Handout) or _parts(one) is not None:
            noted = one.noted if isinstance(one, _Handout) else _parts(one)
            given = [y_bar.get(_item(key)) for key in one] if isinstance(one, dict) else y_bar
            for part, part_bar in zip(noted or (), given, strict=False):
                self.collect(part, part_bar, bars)
        elif has_derivative(one) and not is_free(one):
            raise unknown(self.function)

    def leaf(self, bar: Parts) -> Callable[[Any], Any]:
        """What stands for a token in the result, by tangents or cotangents of the arguments."""
        given: dict[Any, Any] = {**dict(enumerate(bar.args)), **bar.keywords}

        def part(one: Any) -> Any:
            if isinstance(one, Made):
                raise unknown(self.function)
            return one.source.part(one.place, given) if isinstance(one, Token) and one.source else None

        return part

    def along(self, bar: Parts) -> Any:
        """The transpose of `back`: cotangents of the arguments, moved as their items were."""
        return _listed(self.moved, self.leaf(bar))

    def alongside(self, moves: Parts) -> Any:
        """The same for tangents, which follow what iterators hand out."""
        part = self.leaf(moves)

        def leaf(one: Any) -> Any:
            found = part(one)
            return zero_like(_item(one)) if found is None else found

        return _following(self.moved, leaf)


class Along:
    """The transpose of `back` of a run, as a map."""

    def __init__(self, run: Any) -> None:
        self.alongside, self.along = run.alongside, run.along

    def __call__(self, bar: Parts) -> Any:
        return self.along(bar)


class _Handout:
    """What an iterator hands out: entries that are kept, as they are taken or all at once."""

    def __init__(self, entries: Iterator[Any], lazily: bool) -> None:
        self.entries, self.noted = entries, [] if lazily else list(entries)
        self.lazily = lazily
        self.handing: Handing | None = None

    def __iter__(self) -> Iterator[Any]:
        if not self.lazily:
            yield from self.noted
        for one in self.entries:
            self.noted.append(one)
            yield one


def _parts(one: Any) -> list | None:
    """The parts of a container that a result is made of; None for what stands for itself."""
    if type(one) is dict:
        return list(one.values())
    if type(one) in (list, tuple) or hasattr(type(one), "_fields"):
        return list(one)
    return None


def _rebuilt(one: Any, parts: list) -> Any:
    if type(one) is dict:
        return dict(zip(map(_item, one), parts, strict=True))
    return tuple.__new__(type(one), parts) if hasattr(type(one), "_fields") else type(one)(parts)


def _entry(one: Any, lazily: bool = False) -> Any:
    """A part of a result; iterators are noted as they run, those among what is handed out at once."""
    parts = _parts(one)
    if parts is not None:
        return _rebuilt(one, [_entry(part, lazily) for part in parts])
    if not hasattr(type(one), "__next__"):
        return one
    return _Handout(map(_entry, one), lazily)


def _value(one: Any) -> Any:
    """A part of a result with the items in place of their tokens."""
    if isinstance(one, _Handout):
        one.handing = Handing(map(_value, one))
        return one.handing
    parts = _parts(one)
    return _item(one) if parts is None else _rebuilt(one, [*map(_value, parts)])


def _listed(one: Any, leaf: Callable[[Any], Any]) -> Any:
    """A part of a result with a leaf for each token, and lists of what iterators handed out."""
    if isinstance(one, _Handout):
        return [_listed(part, leaf) for part in one.noted]
    parts = _parts(one)
    return leaf(one) if parts is None else _rebuilt(one, [_listed(part, leaf) for part in parts])


def _following(one: Any, leaf: Callable[[Any], Any]) -> Any:
    """A part of a result with a leaf for each token, beside the iterators of its value."""
    if isinstance(one, _Handout):
        assert one.handing is not None  # the value was made first
        return Alongside(one.handing, lambda place: _following(one.noted[place], leaf))
    parts = _parts(one)
    return leaf(one) if parts is None else _rebuilt(one, [_following(part, leaf) for part in parts])


def _dot(one: Any) -> Any:
    """The tangent that came with a token; zeros for what is none."""
    dot = one.dot if isinstance(one, Token) else None
    return zero_like(_item(one)) if dot is None else dot


def _item(one: Any) -> Any:
    return one.item if isinstance(one, Token) else one


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
    dict: lambda key: ITEMS_OF_ITEMS if key == 0 else ITSELF,
    next: lambda key: ITEMS if key == 0 else ITSELF,
    itertools.repeat: lambda key: ITSELF if key in (0, "object") else None,
    replaced: lambda key: None if key == 0 else ITEMS if key == 1 else ITSELF,
    as_dict: lambda key: None if key == 0 else ITEMS,
    made_of: lambda key: None if key == 0 else ITEMS,
}
if hasattr(itertools, "batched"):
    DEPTHS[itertools.batched] = _first
# Those that have no rule of their own.
MOVERS = tuple(f for f in DEPTHS if f not in (list, tuple, iter, enumerate, reversed, zip, dict, next))


def hands_on(function: Any, args: tuple) -> bool:
    """Whether a call moves items that can be taken but once, or hands out what it moves."""
    try:
        depth = DEPTHS.get(function)
    except TypeError:  # not hashable
        return False
    if depth is None or any(own_iterator(x) for k, x in enumerate(args) if depth(k)):
        return False
    return function not in (list, tuple, dict) or any(hasattr(type(x), "__next__") for x in args)


def by_tokens(function: Any, args: tuple, keywords: dict) -> Pulled:
    """The value of a call that moves items, and its pullback."""
    run = Run(function, args, keywords)
    return run.value(), run.back


def moved_by_tokens(function: Any, args: tuple, keywords: dict, moves: Parts) -> tuple[Any, Any]:
    """The value of such a call and its tangent."""
    run = Run(function, args, keywords, moves)
    return run.value(), _following(run.moved, _dot)
