"""Indices: what kind of place one names, and the same as an expression that stays the same."""

from __future__ import annotations

import gast

from diffpy.analysis.facts import index_parts
from diffpy.analysis.indices import takes
from diffpy.analysis.kinds import (
    Array,
    Scalar,
)
from diffpy.syntax.build import call, constant
from diffpy.transforms.open_calls import OpenCalls


def key_of(index: gast.expr) -> gast.expr:
    """An index as an expression of its own: slices written as slice(...)."""
    if isinstance(index, gast.Slice):
        bounds = [b if b is not None else constant(None) for b in (index.lower, index.upper, index.step)]
        return call("slice", *(bounds if index.step is not None else bounds[:2]))
    if isinstance(index, gast.Tuple):
        return gast.Tuple([key_of(e) for e in index.elts], gast.Load())
    return index


def is_known_index(r: OpenCalls, index: gast.expr) -> bool:
    """Whether it is known if an array gives a view for this index, or a copy."""
    parts = index_parts(index)
    return all(isinstance(p, gast.Slice) or takes(r.facts.kind(p), len(parts) == 1) for p in parts)


def is_advanced(r: OpenCalls, index: gast.expr) -> bool:
    """Whether the index may name a place more than once: arrays and lists in it, or what is not known."""
    parts = index_parts(index)
    kinds = [r.facts.kind(p) for p in parts if not isinstance(p, gast.Slice)]
    return any(takes(k, len(parts) == 1) != "view" for k in kinds)


def is_mask(r: OpenCalls, index: gast.expr) -> bool:
    kinds = [r.facts.kind(p) for p in index_parts(index) if not isinstance(p, gast.Slice)]
    return all(isinstance(k, Array) and k.dtype == "bool" for k in kinds) and len(kinds) == len(
        index_parts(index)
    )


def whole_axes(r: OpenCalls, x: str, index: gast.expr) -> bool:
    """Whether x[index] is all of x with new axes: x[:, None]."""
    kind = r.facts.kind(x)
    known = isinstance(kind, Array) and kind.dims is not None and not r.shadowed(x)
    return known and all(is_new_axis(p) or _is_whole(p) for p in index_parts(index))


def is_new_axis(p: gast.expr) -> bool:
    return isinstance(p, gast.Constant) and p.value is None


def _is_whole(p: gast.expr) -> bool:
    if isinstance(p, gast.Slice):
        return p.lower is p.upper is p.step is None
    return _is_rest(p)


def _is_rest(p: gast.expr) -> bool:
    """Whether it is `...`: what follows it counts from the last axis."""
    return isinstance(p, gast.Constant) and p.value is Ellipsis


def without_new_axes(value: gast.expr, index: gast.expr) -> gast.expr:
    """value[:, 0] for x[:, None]."""
    parts = [constant(0) if is_new_axis(p) else p for p in index_parts(index)]
    while parts and _is_whole(parts[-1]) and not any(map(_is_rest, parts[:-1])):
        parts.pop()
    if not parts:
        return value
    place = gast.Tuple(parts, gast.Load()) if len(parts) > 1 else parts[0]
    return gast.Subscript(value, place, gast.Load())


def stable_index(r: OpenCalls, index: gast.expr, s: gast.stmt) -> tuple[list[gast.stmt], gast.expr]:
    """The index with arrays in it that the function changes put aside."""
    before: list[gast.stmt] = []
    parts = []
    for p in index_parts(index):
        if isinstance(p, gast.Name) and r.may_change(p.id, s):
            p, saved = r.snapshot(p.id, s)
            before += saved
        parts.append(p)
    return before, gast.Tuple(parts, gast.Load()) if isinstance(index, gast.Tuple) else parts[0]


def scalar_place(r: OpenCalls, x: str, index: gast.expr) -> bool:
    kind = r.facts.kind(x)
    parts = index_parts(index)
    return (
        isinstance(kind, Array)
        and kind.dims is not None
        and len(parts) == len(kind.dims)
        and all(not isinstance(p, gast.Slice) and isinstance(r.facts.kind(p), Scalar) for p in parts)
    )
