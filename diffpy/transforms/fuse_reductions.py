"""Sums, means and extremes of arrays in a kernel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    dtype_of,
    element,
    elementwise,
    ints,
    is_array,
    made,
    shape_tuple,
    summed,
    total,
    types_of,
)
from diffpy.transforms.fuse_calls import CALLS, METHODS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy
from diffpy.transforms.fuse_making import count_of, filled, is_set
from diffpy.transforms.fuse_runtime import kept_axes
from diffpy.transforms.fuse_values import NONE, Listed, NotCompiled, Number, Tuple, literal, number


@stands_for(np.sum)
@method("sum")
def _np_sum(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    if isinstance(x, Tuple | Listed):
        raise NotCompiled("a sum of a list")
    if isinstance(x, Number):
        return as_numpy(k.atom(x))
    if axis is NONE and not is_set(keepdims):
        return total(k, x)
    axes = range(len(x.dims)) if axis is NONE else ints(axis)
    return summed(k, x, list(axes), is_set(keepdims))


@stands_for(np.mean)
@method("mean")
def _np_mean(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled("a mean of what is no array of floats")
    size = k.atom(count_of(k, shape_tuple(x), axis), "count")
    k.redo_if(f"{size.text} == 0")
    return arithmetic(k, gast.Div(), _np_sum(k, x, axis, keepdims), size)


def _extreme(sign: str, worst: str) -> Handler:
    """The greatest, or the least: NaN where there is one."""

    def call(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
        if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
            raise NotCompiled("an extreme of what is no array of floats")
        rank = len(x.dims)
        over = set(range(rank)) if axis is NONE else {one % rank for one in ints(axis)}
        for place in over:
            if not x.dims[place].isdigit() or x.dims[place] == "0":
                k.redo_if(f"{x.dims[place]} == 0")
        dims = tuple(
            "1" if a in over else x.dims[a] for a in range(rank) if is_set(keepdims) or a not in over
        )
        if not dims:
            return _whole_extreme(k, x, sign, worst)
        found = made(k, filled(k, dims, literal(float(worst)), dtype_of(types_of(x))), "best")

        def better(places: tuple[str, ...]) -> None:
            kept = tuple(
                "0" if a in over else places[a] for a in range(rank) if is_set(keepdims) or a not in over
            )
            one, old = k.atom(element(k, x, places)), k.read(found, kept)
            k.access(found, kept, "stores")
            k.line(f"{old.text} = {_better(one.text, old.text, sign)}", found.name)

        k.loop(x.dims, better)
        return found

    return call


def _better(one: str, old: str, sign: str) -> str:
    return f"({one} if {one} {sign} {old} or {one} != {one} else {old})"


def _whole_extreme(k: Kernel, x: Any, sign: str, worst: str) -> Number:
    found = k.fresh("best")
    kind = dtype_of(types_of(x))
    k.assign(found, filled(k, (), literal(float(worst)), kind).element(()).text)

    def better(places: tuple[str, ...]) -> None:
        one = k.atom(element(k, x, places))
        k.line(f"{found} = {_better(one.text, found, sign)}", found)

    k.loop(x.dims, better).sums.add(found)
    return number(kind, found)


CALLS[np.max] = CALLS[np.amax] = METHODS["max"] = _extreme(">", "-inf")
CALLS[np.min] = CALLS[np.amin] = METHODS["min"] = _extreme("<", "inf")


@stands_for("diffpy.runtime.reductions.to_winners")
def _to_winners(k: Kernel, d: Any, y: Any, a: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    """The cotangent of an extreme, shared by the elements that are it."""
    kind = dtype_of(types_of(a))
    if kind not in ("float64", "float32") or not is_array(a):
        raise NotCompiled("the winners of what is no array of floats")
    one_more, zero = (filled(k, (), literal(value), kind).element(()).text for value in (1.0, 0.0))
    rank = len(a.dims)
    over = set(range(rank)) if axis is NONE else {one % rank for one in ints(axis)}
    if is_array(y) and not is_set(keepdims):
        y, d = kept_axes(k, y, over, rank), kept_axes(k, d, over, rank)
    if is_array(y):
        y = made(k, y, "best")
    wins = elementwise(
        k, lambda one, best: number(kind, f"({one_more} if {one.text} == {best.text} else {zero})"), a, y
    )
    ties = summed(k, wins, sorted(over), True) if is_array(y) else total(k, wins)
    part = arithmetic(k, gast.Div(), d, ties)
    part = made(k, part, "part") if is_array(part) else k.atom(part)

    def share(one: Number, best: Number, given: Number) -> Number:
        return replace(given, text=f"({given.text} if {one.text} == {best.text} else {zero})", value=None)

    return elementwise(k, share, a, y, part)
