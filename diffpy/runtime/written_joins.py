"""Arrays put together, written out: blocks, insertions, borders, sums over named axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array
from diffpy.runtime.counting import border_matrix, inserted_places, nesting_of, padded_places
from diffpy.runtime.joins import widths_of
from diffpy.runtime.refusals import refuse


def block_of(arrays: Any) -> Array:
    """Innermost lists are joined along the last axis, those around them along the one before, and so on."""
    depth, rank = nesting_of(arrays)
    return joined(arrays, depth, max(depth, rank))


def joined(arrays: Any, depth: int, rank: int) -> Array:
    if depth == 0:
        a = np.asarray(arrays)
        return np.array(np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a)))
    # A list of parts, which recursion fills, would have no second derivative.
    whole = joined(arrays[0], depth - 1, rank)
    for k in range(1, len(arrays)):
        whole = np.concatenate([whole, joined(arrays[k], depth - 1, rank)], axis=-depth)
    return whole


def item_of_joiner(joiner: Any, key: Any) -> Array:
    """np.r_[a, b] and np.c_[a, b]: parts with as many axes as the widest are joined along one of them."""
    parts = key if isinstance(key, tuple) else (key,)
    if isinstance(parts[0], str):
        refuse(
            type(joiner).__name__, "a text as first part", "say which axis with np.concatenate or np.stack"
        )
    dtype = np.result_type(*[type_among(part) for part in parts])
    arrays = [part_of_join(part, joiner.ndmin, joiner.trans1d) for part in parts]
    return np.concatenate(arrays, axis=joiner.axis).astype(dtype)


def type_among(part: Any) -> Any:
    """What a part says of the type of a join: a number of Python less than an array."""
    if isinstance(part, slice):
        return np.asarray(range_of(part)).dtype
    return part if isinstance(part, int | float | complex) else np.asarray(part).dtype


def part_of_join(part: Any, rank: int, place: int) -> Array:
    """One part as an array of at least so many axes, its own at a place among them."""
    array = range_of(part) if isinstance(part, slice) else np.asarray(part)
    missing = rank - array.ndim
    if missing <= 0:
        return np.array(array)
    if array.ndim == 0 or place < 0:
        return np.array(np.reshape(array, (1,) * missing + array.shape))
    return np.array(np.reshape(array, array.shape + (1,) * missing))


def range_of(part: slice) -> Array:
    """start:stop:step as numbers; a step 5j asks for five of them, both ends among them."""
    start = 0 if part.start is None else part.start
    if isinstance(part.step, complex):
        return np.linspace(start, part.stop, int(abs(part.step)))
    return np.arange(start, part.stop, 1 if part.step is None else part.step)


def insert_of(arr: Array, obj: Any, values: Array, axis: Any = None) -> Array:
    a, values = np.asarray(arr), np.asarray(values)
    if axis is None:
        a, axis = np.ravel(a), 0
    rows = np.moveaxis(a, axis, 0)
    values = np.reshape(values, (1,) * (a.ndim - np.ndim(values)) + np.shape(values))
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        added = values
    else:
        added = np.moveaxis(values, axis, 0)
    new, rest = inserted_places(len(rows), obj, len(added))
    added = np.broadcast_to(added, (len(new), *rows.shape[1:]))
    order = np.argsort(np.concatenate([np.flatnonzero(rest), new]))
    return np.moveaxis(np.take(np.concatenate([rows, added]), order, 0), 0, axis)


# Borders


def pad_of(
    array: Array,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Array:
    array = np.asarray(array)
    if not isinstance(mode, str):
        refuse("pad", "mode", "the function fills the border in place; write the border out")
    widths = widths_of(pad_width, array.ndim)
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and reflect_type == "even"):
        return np.ravel(array)[padded_places(array.shape, widths, mode)]
    for axis in range(array.ndim):
        before, after = widths[axis]
        rows = np.moveaxis(array, axis, 0)
        if mode == "constant":
            first, last = pair_of(constant_values, axis, array.ndim)
            rows = np.concatenate([filled(rows, first, before), rows, filled(rows, last, after)])
        elif mode == "linear_ramp":
            first, last = pair_of(end_values, axis, array.ndim)
            start, end = ramp(rows[0], first, before), ramp(rows[-1], last, after)[::-1]
            rows = np.concatenate([start, rows, end])
        elif mode in ("mean", "median", "maximum", "minimum"):
            first, last = (None, None) if stat_length is None else pair_of(stat_length, axis, array.ndim)
            size = len(rows)
            low = statistic(rows[: size if first is None else min(int(first), size)], mode)
            high = statistic(rows[size - (size if last is None else min(int(last), size)) :], mode)
            rows = np.concatenate([filled(rows, low, before), rows, filled(rows, high, after)])
        elif mode == "empty":
            rows = np.concatenate([filled(rows, 0.0, before), rows, filled(rows, 0.0, after)])
        else:
            rows = np.tensordot(border_matrix(len(rows), before, after, mode), rows, 1)
        array = np.moveaxis(rows, 0, axis)
    return array


def pair_of(value: Any, axis: int, rank: int) -> tuple[Any, Any]:
    """The values before and after along an axis."""
    both = np.broadcast_to(np.asarray(value), (rank, 2))[axis]
    return both[0], both[1]


def filled(rows: Array, value: Any, count: int) -> Array:
    return np.broadcast_to(value, (count, *rows.shape[1:]))


def ramp(edge: Array, end: Any, count: int) -> Array:
    """From the end value, which the outermost element has, to what stands at the edge."""
    parts = np.reshape(np.arange(count) / max(count, 1), (count,) + (1,) * np.ndim(edge))
    return end + (edge - end) * parts


def statistic(rows: Array, mode: str) -> Array:
    if mode == "mean":
        return np.mean(rows, axis=0)
    if mode == "median":
        return np.median(rows, axis=0)
    return np.max(rows, axis=0) if mode == "maximum" else np.min(rows, axis=0)


def atleast_1d_of(*arys: Any) -> Any:
    """Of several arrays a tuple."""
    return tuple([np.atleast_1d(one) for one in arys])


def atleast_2d_of(*arys: Any) -> Any:
    return tuple([np.atleast_2d(one) for one in arys])


def atleast_3d_of(*arys: Any) -> Any:
    return tuple([np.atleast_3d(one) for one in arys])
