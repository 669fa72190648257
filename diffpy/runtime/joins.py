"""Pullbacks of operations that join arrays or take them apart: stacking, splitting, repeating, padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from diffpy.runtime.arrays import Array, Shape, add_at, array_module, cast, is_inexact, shape_of, unbroadcast
from diffpy.runtime.sequences import like_sequence, scaled

# Joining


def converted_parts(parts: Any, dtype: object) -> Any:
    """The cotangents of what was joined in a type of its own: zeros through integers."""
    return parts if is_inexact(dtype) else scaled(parts, 0.0)


def concatenate_pullback(d: Array, arrays: Sequence[Array], axis: int | None = 0) -> Any:
    """The part of d that each of the arrays joined along an axis has."""
    return like_sequence(_cut(d, arrays, axis, [shape_of(one) for one in arrays]), arrays)


def stack_pullback(d: Array, arrays: Sequence[Array], axis: int = 0) -> Any:
    """The part of d that each of the stacked arrays has."""
    parts = array_module(d).moveaxis(d, axis, 0)
    return like_sequence([_like(part, one) for part, one in zip(parts, arrays, strict=True)], arrays)


def hstack_pullback(d: Array, arrays: Sequence[Array]) -> Any:
    shapes = [shape_of(one) or (1,) for one in arrays]
    return like_sequence(_cut(d, arrays, 0 if len(shapes[0]) == 1 else 1, shapes), arrays)


def vstack_pullback(d: Array, arrays: Sequence[Array]) -> Any:
    shapes = [_at_least_2d(shape_of(one)) for one in arrays]
    return like_sequence(_cut(d, arrays, 0, shapes), arrays)


def column_stack_pullback(d: Array, arrays: Sequence[Array]) -> Any:
    shapes = [shape if len(shape) > 1 else (*(shape or (1,)), 1) for shape in map(shape_of, arrays)]
    return like_sequence(_cut(d, arrays, 1, shapes), arrays)


def dstack_pullback(d: Array, arrays: Sequence[Array]) -> Any:
    shapes = [
        (*_at_least_2d(shape_of(one)), 1)[:3] if len(shape_of(one)) < 3 else shape_of(one) for one in arrays
    ]
    return like_sequence(_cut(d, arrays, 2, shapes), arrays)


def _at_least_2d(shape: Shape) -> Shape:
    return (1,) * (2 - len(shape)) + shape


def _cut(d: Array, arrays: Sequence[Array], axis: int | None, shapes: list[Shape]) -> list[Array]:
    """d cut along an axis into pieces of the shapes, each then in the shape of its array."""
    sizes = [int(numpy.prod(one)) if axis is None else one[axis] for one in shapes]
    ends = numpy.cumsum(sizes).tolist()
    along = 0 if axis is None else axis % d.ndim
    xp = array_module(d)
    return [
        _like(xp.reshape(d[(slice(None),) * along + (slice(end - size, end),)], shape_of(one)), one)
        for one, size, end in zip(arrays, sizes, ends, strict=True)
    ]


def _like(piece: Array, one: Any) -> Any:
    """A piece in the structure of what was joined: nested lists stay nested lists."""
    if isinstance(one, (list, tuple)):
        return type(one)(_like(part, entry) for part, entry in zip(piece, one, strict=True))
    return cast(piece, one)


def append_left(d: Array, arr_shape: Shape, axis: int | None = None) -> Array:
    """The cotangent of the array that values were appended to."""
    xp = array_module(d)
    if axis is None:
        return xp.reshape(d[: int(numpy.prod(arr_shape))], arr_shape)
    return d[(slice(None),) * (axis % d.ndim) + (slice(arr_shape[axis]),)]


def append_right(d: Array, arr_shape: Shape, values_shape: Shape, axis: int | None = None) -> Array:
    """The cotangent of the values appended."""
    xp = array_module(d)
    if axis is None:
        return xp.reshape(d[int(numpy.prod(arr_shape)) :], values_shape)
    return d[(slice(None),) * (axis % d.ndim) + (slice(arr_shape[axis], None),)]


# Taking apart: d is a list, None where nothing depends on a piece


def pieces_joined(d: Iterable[Array | None], y: Sequence[Array], axis: int = 0) -> Array:
    """The cotangent of an array from those of the pieces it was split into."""
    return array_module(y[0]).concatenate(filled(d, y), axis=axis)


def pieces_stacked(d: Iterable[Array | None], y: Sequence[Array], axis: int = 0) -> Array:
    """The cotangent of an array from those of its entries along an axis."""
    return array_module(y[0]).stack(filled(d, y), axis=axis)


def filled(d: Iterable[Array | None], y: Sequence[Array]) -> list[Array]:
    """The cotangents with zeros for None, in nested lists too."""
    return [_filled(one, of) for one, of in zip(d, y, strict=True)]


def _filled(one: Any, of: Any) -> Any:
    if isinstance(one, (list, tuple)):
        return filled(one, of)
    return _zeros_of(of) if one is None else one


def _zeros_of(x: Array) -> Array:
    return 0.0 * (x if hasattr(x, "dtype") else numpy.asarray(x))


def broadcast_arrays_pullback(d: Sequence[Array | None], args: Sequence[Array]) -> tuple:
    return tuple(
        None if one is None else unbroadcast(one, shape_of(of)) for one, of in zip(d, args, strict=True)
    )


def meshgrid_pullback(d: Sequence[Array | None], xi: Sequence[Array], indexing: str = "xy") -> tuple:
    """The cotangent of each coordinate vector: the sum over the axes that it was spread along."""
    order = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        order[:2] = [1, 0]
    return tuple(
        None if one is None else _sum_but(one, axis, shape_of(x))
        for one, axis, x in zip(d, order, xi, strict=True)
    )


def _sum_but(d: Array, axis: int, shape: Shape) -> Array:
    xp = array_module(d)
    return xp.reshape(xp.sum(d, axis=tuple(one for one in range(d.ndim) if one != axis)), shape)


# Repeating


def repeat_pullback(d: Array, a_shape: Shape, repeats: Array, axis: int | None = None) -> Array:
    """The sum over the copies of each element."""
    xp = array_module(d)
    shape = (int(numpy.prod(a_shape)),) if axis is None else a_shape
    place = 0 if axis is None else axis % len(shape)
    size = shape[place]
    times = numpy.broadcast_to(numpy.asarray(repeats), (size,))
    index = numpy.repeat(numpy.arange(size), times)
    total = xp.zeros((size, *shape[:place], *shape[place + 1 :]), d.dtype)
    add_at(total, index, xp.moveaxis(d, place, 0))
    return xp.reshape(xp.moveaxis(total, 0, place), a_shape)


def tile_pullback(d: Array, a_shape: Shape, reps: int | Sequence[int]) -> Array:
    """The sum over the copies of the array."""
    times = tuple(reps) if hasattr(reps, "__len__") else (reps,)  # type: ignore[arg-type]
    rank = max(len(times), len(a_shape))
    times = (1,) * (rank - len(times)) + times
    shape = (1,) * (rank - len(a_shape)) + a_shape
    split = tuple(size for pair in zip(times, shape, strict=True) for size in pair)
    xp = array_module(d)
    return xp.reshape(xp.sum(xp.reshape(d, split), axis=tuple(range(0, 2 * rank, 2))), a_shape)


def windows_pullback(
    d: Array, x_shape: Shape, window_shape: int | Sequence[int], axis: int | Sequence[int] | None
) -> Array:
    """Each element gets what the windows that it stands in have, for each place in a window."""
    xp = array_module(d)
    rank = len(x_shape)
    sizes = tuple(window_shape) if hasattr(window_shape, "__len__") else (window_shape,)  # type: ignore[arg-type]
    given = tuple(range(rank)) if axis is None else axis if hasattr(axis, "__len__") else (axis,)
    axes = [one % rank for one in given]  # type: ignore[union-attr]
    total = xp.zeros(x_shape, d.dtype)
    for place in numpy.ndindex(*sizes):
        widths = [(0, 0)] * rank
        part = d[(..., *place)]
        for k in range(rank):
            before = sum(p for p, a in zip(place, axes, strict=True) if a == k)
            widths[k] = (before, x_shape[k] - part.shape[k] - before)
        total = total + xp.pad(part, widths)
    return total


def pad_pullback(d: Array, array_shape: Shape, pad_width: Any, mode: str = "constant") -> Array:
    """Each element gets what its copies have; a constant border gives nothing."""
    widths = widths_of(pad_width, len(array_shape))
    if mode == "constant":
        return d[
            tuple(slice(before, before + size) for (before, _), size in zip(widths, array_shape, strict=True))
        ]
    xp = array_module(d)
    total = xp.zeros(int(numpy.prod(array_shape)), d.dtype)
    origin = numpy.pad(numpy.arange(total.size).reshape(array_shape), widths, mode=mode)  # type: ignore[call-overload]
    add_at(total, origin.ravel(), xp.reshape(d, -1))
    return xp.reshape(total, array_shape)


def widths_of(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """How many elements go before and after along each axis."""
    if isinstance(pad_width, dict):
        found = [(0, 0)] * rank
        for axis, width in pad_width.items():
            pair = numpy.broadcast_to(width, (2,))
            found[axis] = (int(pair[0]), int(pair[1]))
        return found
    return [(int(before), int(after)) for before, after in numpy.broadcast_to(pad_width, (rank, 2))]
