"""Arrays of zeros whose elements a nest meets first: the lines of a kernel in; ones that this nest begins, out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_text import (
    Access,
    Block,
    Line,
    Made,
    Nest,
    Zeros,
    element_of,
    names_in,
    places_of,
    printed,
)


def begun_with_zeros(body: list[Any]) -> list[Any]:
    """The same where such a nest stores the zeros itself: nobody goes through the array only to clear it."""
    out: list[Any] = [
        replace(one, body=begun_with_zeros(one.body)) if isinstance(one, Block) else one for one in body
    ]
    for place, one in enumerate(out):
        if isinstance(one, Zeros):
            later = (n for n in range(place + 1, len(out)) if _names(out[n], one.name))
            first = next(later, place)
            nest = out[first]
            if isinstance(nest, Nest) and _is_its_own(nest, one):
                out[place] = Made(one.name, one.dims, one.dtype)
                out[first] = _begun(nest, one)
    return out


def _names(one: Any, name: str) -> bool:
    return any(name in names_in(line) for line in printed([one]))


def _is_its_own(nest: Nest, zeros: Zeros) -> bool:
    """Whether each place of the nest has one element of the array, and looks at no other one."""
    accesses = [a for a in (*nest.loads, *nest.stores) if zeros.name in (a.name, *a.memory)]
    places = places_of(nest.dims)
    return nest.dims == zeros.dims and all(a.name == zeros.name and a.places == places for a in accesses)


def _begun(nest: Nest, zeros: Zeros) -> Nest:
    places = places_of(nest.dims)
    line = Line(f"{element_of(zeros.name, places)} = {zeros.zero}", frozenset({zeros.name}))
    store = Access(zeros.name, frozenset({zeros.name}), True, places, True)
    return replace(nest, body=[line, *nest.body], stores=[store, *nest.stores])
