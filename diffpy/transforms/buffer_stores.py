"""What derivatives do to buffers, in plain stores: a call and its arguments in, the same program in other words out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from diffpy.analysis.calls import literal
from diffpy.analysis.kinds import Array, Bottom, Cotangent, DictOf, Inert, ListOf
from diffpy.rules import cotangents
from diffpy.syntax.build import constant, load
from diffpy.transforms.inline import NO_SITE

Written = list[gast.stmt] | None


def gathers(kind: object) -> bool:
    """Whether a buffer is a list or dict of cotangents, none of them a buffer that others see."""
    return isinstance(kind, ListOf | DictOf) and isinstance(kind.item, Cotangent | Bottom | Inert)


def _gathers(self: Any, args: list) -> bool:
    """The same of one entry, where the key says which."""
    return isinstance(_entry(self, args), Cotangent | Bottom | Inert)


def _holds_arrays(self: Any, args: list) -> bool:
    return isinstance(_entry(self, args), Array)


def _entry(self: Any, args: list) -> object:
    """The kind of what stands under a key of a buffer."""
    kind = self.kind(args[0])
    if isinstance(kind, DictOf):
        return kind.entry(literal(args[1]))
    return kind.item if isinstance(kind, ListOf) else None


def _accumulate_into(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """a[...] += v of an array; of a list each entry, of a dict those that v has."""
    if isinstance(args[0], gast.Name) and isinstance(self.kind(args[0]), Array):
        part = self.temporary()
        own = self.known_as("own", cotangents.own)
        return [
            *self.said(f"{part} = own(v, a)", s, own=own, v=args[1], a=args[0]),
            *self.said(f"a[...] += {part}", s, a=args[0]),
        ]
    if not gathers(self.kind(args[0])):
        return None
    base, value = args[:2]
    places, size = self.temporary(), self.temporary()
    if isinstance(self.kind(base), DictOf):
        found = self.said(f"{places} = places_of(v)", s, places_of=_known(self, "places_of"), v=value)
    else:
        found = self.said(f"{size} = len(a)\n{places} = range({size})", s, a=base)
    k = self.temporary()
    return [*found, _loop(k, places, _part_added(self, s, base, load(k), value, k), s)]


def _known(self: Any, name: str) -> gast.Name:
    return self.known_as(name, getattr(cotangents, name))


def _part_added(
    self: Any, s: gast.stmt, base: gast.expr, key: gast.expr, value: gast.expr, place: str
) -> list[gast.stmt]:
    """Add what stands in a cotangent at a place to the entry under a key."""
    part = self.temporary()
    taken = self.said(f"{part} = item_of(v, {place})", s, item_of=_known(self, "item_of"), v=value)
    return [*taken, *_added(self, s, base, key, load(part))]


def _loop(name: str, over: str, body: list[gast.stmt], s: gast.stmt) -> gast.stmt:
    made = gast.For(gast.Name(name, gast.Store(), None, None), load(over), body, [], None)
    made.site = NO_SITE
    return gast.copy_location(made, s)


def _added(self: Any, s: gast.stmt, base: gast.expr, key: gast.expr, value: gast.expr) -> list[gast.stmt]:
    old, new = self.temporary(), self.temporary()
    accumulate = self.known_as("accumulate", cotangents.add_tangents)
    return [
        *_taken(self, s, old, base, key),
        *self.said(f"{new} = accumulate({old}, v)", s, accumulate=accumulate, v=value),
        *self.said(f"a[k] = {new}", s, a=base, k=key),
    ]


def _taken(self: Any, s: gast.stmt, name: str, base: gast.expr, key: gast.expr) -> list[gast.stmt]:
    """name = a[k], and None where a dict has no such entry yet."""
    if not isinstance(self.kind(base), DictOf):
        return self.said(f"{name} = a[k]", s, a=base, k=key)
    there = self.temporary()
    asked = self.said(f"{there} = k in a", s, a=base, k=key)
    branches = [self.said(f"{name} = a[k]", s, a=base, k=key), self.said(f"{name} = None", s)]
    return [*asked, gast.copy_location(gast.If(load(there), *branches), s)]


def _add_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    if len(args) != 3 or not _gathers(self, args):
        return None
    return _added(self, s, *args)


def _add_items(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """The cotangents of a slice, each to the entry of its place."""
    if len(args) != 3 or not gathers(self.kind(args[0])):
        return None
    places, size, every, number, k = (self.temporary() for _ in range(5))
    found = self.said(
        f"{places} = places_of(a, k)\n{size} = len({places})\n{every} = range({size})",
        s,
        places_of=_known(self, "places_of"),
        a=args[0],
        k=args[1],
    )
    body = self.said(f"{k} = {places}[{number}]", s)
    return [
        *found,
        _loop(number, every, [*body, *_part_added(self, s, args[0], load(k), args[2], number)], s),
    ]


def _set_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """old = (True, a[k]); a[k] = v."""
    if len(args) != 3 or not _may_be_set(self, args):
        return None
    old, entry = self.temporary(), self.temporary()
    return [
        *_taken(self, s, old, args[0], args[1]),
        *self.said(f"{entry} = v", s, v=args[2]),
        *self.said(f"a[k] = {entry}", s, a=args[0], k=args[1]),
        *_given(s, gast.Tuple([constant(True), load(old)], gast.Load())),
    ]


def _may_be_set(self: Any, args: list) -> bool:
    entry = self.kind(args[2])
    if _holds_arrays(self, args):
        return isinstance(entry, Array)
    return _gathers(self, args) and isinstance(entry, Inert | Cotangent)


def _restore_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """gathered = a[k]; a[k] = old[1]: None, where a dict had no entry."""
    if len(args) != 3 or not (_gathers(self, args) or _holds_arrays(self, args)):
        return None
    gathered, old = self.temporary(), self.temporary()
    return [
        *self.said(f"{gathered} = a[k]", s, a=args[0], k=args[1]),
        *self.said(f"{old} = old[1]", s, old=args[2]),
        *self.said(f"a[k] = {old}", s, a=args[0], k=args[1]),
        *_given(s, load(gathered)),
    ]


def _place_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """there = k in a; a[k] = None."""
    if len(args) != 2 or not _gathers(self, args):
        return None
    there = self.temporary()
    return [
        *self.said(f"{there} = k in a", s, a=args[0], k=args[1]),
        *self.said("a[k] = None", s, a=args[0], k=args[1]),
        *_given(s, load(there)),
    ]


def _take_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """gathered = a[k]; a[k] = None."""
    if len(args) not in (2, 3) or not _gathers(self, args):
        return None
    gathered = self.temporary()
    return [
        *self.said(f"{gathered} = a[k]", s, a=args[0], k=args[1]),
        *self.said("a[k] = None", s, a=args[0], k=args[1]),
        *_given(s, load(gathered)),
    ]


def _given(s: gast.stmt, value: gast.expr) -> list[gast.stmt]:
    """The result of the call."""
    if not isinstance(s, gast.Assign):
        return []
    return [gast.copy_location(gast.Assign(s.targets, value, None), s)]


# Calls that return nothing, and calls with a result of their own.
WRITING: dict[object, Callable[..., Written]] = {
    cotangents.accumulate_into: _accumulate_into,
    cotangents.add_item: _add_item,
    cotangents.add_items: _add_items,
}
GIVING: dict[object, Callable[..., Written]] = {
    cotangents.set_item: _set_item,
    cotangents.restore_item: _restore_item,
    cotangents.place_item: _place_item,
    cotangents.take_item: _take_item,
}
