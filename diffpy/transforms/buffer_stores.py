"""What derivatives do to buffers, in plain stores: a call and its arguments in, the same program in other words out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from diffpy.analysis.kinds import Array, Bottom, Cotangent, Inert, ListOf
from diffpy.rules import cotangents
from diffpy.syntax.build import constant, load

Written = list[gast.stmt] | None


def gathers(kind: object) -> bool:
    """Whether a buffer is a list of cotangents, none of them a buffer that others see."""
    return isinstance(kind, ListOf) and isinstance(kind.item, Cotangent | Bottom | Inert)


def _accumulate_into(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """a[...] += v of an array; of a list each entry."""
    if isinstance(args[0], gast.Name) and isinstance(self.kind(args[0]), Array):
        part = self.temporary()
        own = self.known_as("own", cotangents.own)
        return [
            *self.said(f"{part} = own(v, a)", s, own=own, v=args[1], a=args[0]),
            *self.said(f"a[...] += {part}", s, a=args[0]),
        ]
    if not gathers(self.kind(args[0])):
        return None
    size, every, k, part = (self.temporary() for _ in range(4))
    item_of = self.known_as("item_of", cotangents.item_of)
    loop = gast.For(
        gast.Name(k, gast.Store(), None, None),
        load(every),
        [
            *self.said(f"{part} = item_of(v, {k})", s, item_of=item_of, v=args[1]),
            *_added(self, s, args[0], load(k), load(part)),
        ],
        [],
        None,
    )
    return [
        *self.said(f"{size} = len(a)", s, a=args[0]),
        *self.said(f"{every} = range({size})", s),
        gast.copy_location(loop, s),
    ]


def _added(self: Any, s: gast.stmt, base: gast.expr, key: gast.expr, value: gast.expr) -> list[gast.stmt]:
    old, new = self.temporary(), self.temporary()
    accumulate = self.known_as("accumulate", cotangents.add_tangents)
    return [
        *self.said(f"{old} = a[k]", s, a=base, k=key),
        *self.said(f"{new} = accumulate({old}, v)", s, accumulate=accumulate, v=value),
        *self.said(f"a[k] = {new}", s, a=base, k=key),
    ]


def _add_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    if len(args) != 3 or not gathers(self.kind(args[0])):
        return None
    return _added(self, s, *args)


def _set_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """old = (True, a[k]); a[k] = v."""
    if (
        len(args) != 3
        or not gathers(self.kind(args[0]))
        or not isinstance(self.kind(args[2]), Inert | Cotangent)
    ):
        return None
    old, entry = self.temporary(), self.temporary()
    return [
        *self.said(f"{old} = a[k]", s, a=args[0], k=args[1]),
        *self.said(f"{entry} = v", s, v=args[2]),
        *self.said(f"a[k] = {entry}", s, a=args[0], k=args[1]),
        *_given(s, gast.Tuple([constant(True), load(old)], gast.Load())),
    ]


def _restore_item(self: Any, s: gast.stmt, args: list, keywords: dict) -> Written:
    """gathered = a[k]; a[k] = old[1]."""
    if len(args) != 3 or not gathers(self.kind(args[0])):
        return None
    gathered, old = self.temporary(), self.temporary()
    return [
        *self.said(f"{gathered} = a[k]", s, a=args[0], k=args[1]),
        *self.said(f"{old} = old[1]", s, old=args[2]),
        *self.said(f"a[k] = {old}", s, a=args[0], k=args[1]),
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
}
GIVING: dict[object, Callable[..., Written]] = {
    cotangents.set_item: _set_item,
    cotangents.restore_item: _restore_item,
}
