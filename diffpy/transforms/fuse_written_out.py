"""Loops of few rounds over arrays: the lines of a round in; whether all rounds become one nest, written out, out."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from diffpy.transforms.fuse_text import Access, Block, Deed, Line, Made, Nest, is_check, places_of, printed

_LINES = 400  # that all rounds may come to


def pays_written_out(rounds: int, body: list[Any], tapes: Set[str]) -> bool:
    """Whether a round goes through arrays at the very places where the next one does, and does nothing else.

    An array that all rounds add to, as a filter of 3 x 3 does to what it filters, then waits in a register;
    and what `tapes` are for is there, in variables of its own.
    """
    found = [*_round(body)]
    if rounds * len(printed(found)) > _LINES or not all(map(_is_simple, found)):
        return False
    nests = [one for one in found if isinstance(one, Nest)]
    every = ((store, nest) for nest in nests for store in nest.stores if store.name not in tapes)
    written = [store for store, nest in every if not _is_sum(store, nest, nests)]
    return bool(written) and all(_is_at_its_place(store, nests) for store in written)


def _is_sum(store: Access, nest: Nest, nests: list[Nest]) -> bool:
    """Whether a nest adds up what no other one looks at."""
    others = [other for other in nests if other is not nest]
    return not store.is_full and not any(store.may_meet(a) for other in others for a in _accesses(other))


def _is_at_its_place(store: Access, nests: list[Nest]) -> bool:
    """Whether nobody reads or writes another place of what is stored than the one that it is at."""
    meeting = [(a, nest) for nest in nests for a in _accesses(nest) if store.may_meet(a)]
    return all(a.places == places_of(nest.dims) for a, nest in meeting)


def _accesses(nest: Nest) -> list[Access]:
    return [*nest.loads, *nest.stores]


def _round(body: list[Any]) -> Iterator[Any]:
    """What a round does, with the loops in it that are to be written out."""
    for one in body:
        if isinstance(one, Block) and one.rounds > 1:
            for _ in range(one.rounds):
                yield from _round(one.body)
        else:
            yield one


def _is_simple(one: Any) -> bool:
    return (isinstance(one, Line | Made | Nest) and not isinstance(one, Deed)) or is_check(one)
