"""Slices under a name: renamed normal form and its facts in, the same program with their bounds written out, out."""

from __future__ import annotations

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import AnyTuple, Inert, ListOf, TupleOf
from diffpy.syntax.build import said
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild


def expand_slices(tree: gast.FunctionDef, facts: Facts, names: Names) -> bool:
    """Ask a list or a tuple for a slice as such, not for an item; in place. Whether there was one.

    Before:                         After:
        y = xs[s]                       t1 = s.start
                                        t2 = s.stop
                                        t3 = s.step
                                        y = xs[t1:t2:t3]
    """
    found: list[gast.stmt] = []

    def expand(s: gast.stmt) -> list[gast.stmt]:
        place = _place(s, facts)
        if place is None:
            return [s]
        found.append(s)
        held, bounds = place.slice.id, [names.temporary() for _ in range(3)]
        text = "\n".join(f"{one} = {held}.{part}" for one, part in zip(bounds, _PARTS, strict=True))
        place.slice = gast.Slice(*(gast.Name(one, gast.Load(), None, None) for one in bounds))
        return [*said(text, s), s]

    body = rebuild(tree.body, expand)
    if found:
        tree.body = body
    return bool(found)


_PARTS = ("start", "stop", "step")


def _place(s: gast.stmt, facts: Facts) -> gast.Subscript | None:
    """What a statement reads, stores or deletes, where that is a slice which a name stands for."""
    match s:
        case gast.Assign(value=gast.Subscript() as place):
            pass
        case (
            gast.Assign(targets=[gast.Subscript() as place])
            | gast.AugAssign(target=gast.Subscript() as place)
        ):
            pass
        case gast.Delete(targets=[gast.Subscript() as place]):
            pass
        case _:
            return None
    holds_items = isinstance(facts.kind(place.value), ListOf | TupleOf | AnyTuple)
    named = isinstance(place.slice, gast.Name) and facts.kind(place.slice) == Inert("slice")
    return place if holds_items and named else None
