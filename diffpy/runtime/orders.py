"""Pullbacks that depend on an order or a place: sorting, quantiles, taking elements, interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import numpy as np

from diffpy.runtime.arrays import Array, Axis, Shape, array_module, placed, shape_of, unbroadcast
from diffpy.runtime.reductions import as_rows, from_rows

# Sorting


def unsorted(d: Array, y: Array, a: Array, axis: int | None = -1) -> Array:
    """The cotangent of a from that of y, which holds the same elements in another order along an axis.

    Equal elements are matched in the order in which they stand.
    """
    xp = array_module(a)
    flat = xp.reshape(a, -1) if axis is None else a
    along = -1 if axis is None else axis
    ranked = xp.take_along_axis(d, xp.argsort(y, along, kind="stable"), along)
    return xp.reshape(xp.take_along_axis(ranked, _ranks(flat, along), along), shape_of(a))


def reordered(d: Array, y: Array, a: Array, axis: int | None = -1) -> Array:
    """The tangent of y, which holds the elements of a in another order along an axis; None: of all elements."""
    if axis is None:
        xp = array_module(a)
        return unsorted(xp.ravel(d), xp.ravel(a), y)
    return unsorted(d, a, y, axis)


def _ranks(a: Array, axis: int) -> Array:
    """The place of each element in the stable order along an axis."""
    xp = array_module(a)
    return xp.argsort(xp.argsort(a, axis, kind="stable"), axis, kind="stable")


def quantile_weights(a: Array, q: float, axis: Axis = None) -> Array:
    """The derivative of a quantile (method 'linear') in each element: the weights of the two nearest."""
    xp = array_module(a)
    rows = as_rows(a, axis)
    ranks = _ranks(rows, 1)
    weights = xp.maximum(0, 1 - abs(ranks - q * (rows.shape[1] - 1)))
    return from_rows(weights.astype(xp.result_type(a)), shape_of(a), axis)


def quantile_slopes(a: Array, q: float, axis: Axis = None) -> Array:
    """The derivative of these weights in q: what the one loses the other gains."""
    xp = array_module(a)
    rows = as_rows(a, axis)
    last = rows.shape[1] - 1
    away = _ranks(rows, 1) - q * last
    slopes = xp.where(abs(away) < 1, last * xp.sign(away), 0)
    return from_rows(slopes.astype(xp.result_type(a)), shape_of(a), axis)


def quantile_pullback(d: Array, a: Array, q: Array, axis: Axis = None, scale: float = 1.0) -> Array:
    """The cotangent of a from that of quantile(a, scale * q), of one or of several q."""
    xp = array_module(a)
    levels = xp.reshape(xp.asarray(q) * scale, -1)
    values = xp.reshape(d, (len(levels), -1))
    parts = [
        as_column(value) * as_rows(quantile_weights(a, level, axis), axis)
        for value, level in zip(values, levels, strict=True)
    ]
    return from_rows(sum(parts), shape_of(a), axis)


def quantile_tangent(
    d: Array, a: Array, q: Array, axis: Axis = None, keepdims: bool = False, scale: float = 1.0
) -> Array:
    """The tangent of quantile(a, scale * q) from that of a."""
    xp = array_module(a)
    levels = xp.reshape(xp.asarray(q) * scale, -1)
    parts = [xp.sum(quantile_weights(a, level, axis) * d, axis=axis, keepdims=keepdims) for level in levels]
    return xp.stack(parts) if shape_of(q) else parts[0]


def as_column(values: Array) -> Array:
    return values[:, None]


def quantile_level(d: Array, a: Array, q: Array, axis: Axis = None, scale: float = 1.0) -> Array:
    """The cotangent of q: the step between the two nearest elements."""
    xp = array_module(a)
    rows = xp.sort(as_rows(a, axis), axis=1)
    last = rows.shape[1] - 1
    levels = xp.reshape(xp.asarray(q) * scale, -1)
    lower = xp.clip(xp.floor(levels * last).astype(int), 0, max(last - 1, 0))
    steps = (rows[:, xp.minimum(lower + 1, last)] - rows[:, lower]) * last * scale
    return xp.reshape(xp.sum(xp.reshape(d, (len(levels), -1)) * steps.T, axis=1), shape_of(q))


# Taking elements


def take_pullback(d: Array, a_shape: Shape, indices: Any, axis: int | None = None) -> Array:
    """Zeros with each part of d added where it was taken."""
    xp = array_module(d)
    index = indices if hasattr(indices, "dtype") else numpy.asarray(indices, dtype=int)
    if axis is None:
        return xp.reshape(placed(d, (int(numpy.prod(a_shape)),), index), a_shape)
    return placed(d, a_shape, (slice(None),) * (axis % len(a_shape)) + (index,))


def take_along_axis_pullback(d: Array, shape: Shape, indices: Array, axis: int | None = -1) -> Array:
    xp = array_module(d)
    if axis is None:
        return xp.reshape(placed(d, (int(numpy.prod(shape)),), indices), shape)
    grid: list[Any] = [
        xp.reshape(xp.arange(size), _alone(place, len(shape))) for place, size in enumerate(shape)
    ]
    grid[axis] = indices
    return placed(d, shape, tuple(grid))


def _alone(place: int, rank: int) -> Shape:
    return tuple(-1 if one == place else 1 for one in range(rank))


def kept_indices(condition: Any) -> Array:
    """The places where a condition holds."""
    return array_module(condition).flatnonzero(condition)


def delete_pullback(d: Array, shape: Shape, obj: Any, axis: int | None = None) -> Array:
    """Zeros where elements were deleted."""
    size = int(numpy.prod(shape)) if axis is None else shape[axis]
    return take_pullback(d, shape, numpy.delete(numpy.arange(size), obj), axis)


def item_pullback(d: Array, shape: Shape, args: tuple) -> Array:
    """The cotangent of a from that of a.item(*args)."""
    if len(args) <= 1 and not (args and isinstance(args[0], tuple)):
        xp = array_module(d)
        flat = placed(d, (int(numpy.prod(shape)),), args[0] if args else 0)
        return xp.reshape(flat, shape)
    return placed(d, shape, args[0] if len(args) == 1 else args)


def select_pullback(d: Array, condlist: Sequence[Array], choicelist: Sequence[Array]) -> list[Array]:
    """d for the first condition that holds, to each choice."""
    xp = array_module(d)
    free = xp.ones(shape_of(d), bool)
    parts = []
    for condition, choice in zip(condlist, choicelist, strict=True):
        parts.append(unbroadcast(xp.where(free & condition, d, 0), shape_of(choice)))
        free = free & ~xp.asarray(condition)
    return parts


def select_default(d: Array, condlist: Sequence[Array], default_shape: Shape) -> Array:
    xp = array_module(d)
    taken = sum((xp.asarray(one) for one in condlist), xp.zeros(shape_of(d), bool))
    return unbroadcast(xp.where(taken, 0, d), default_shape)


# Interpolation and differences


def interp_slope(x: Array, points: Array, values: Array) -> Array:
    """The derivative of interp in x: the slope of the segment, 0 outside."""
    x, points, values = np.asarray(x), np.asarray(points), np.asarray(values)
    xp = array_module(points)
    left = _segment(x, points)
    slope = (values[left + 1] - values[left]) / (points[left + 1] - points[left])
    return xp.where((x >= points[0]) & (x <= points[-1]), slope, 0)


def interp_values(d: Array, x: Array, points: Array) -> Array:
    """The cotangent of the values that interp joins by straight lines."""
    x, points = np.asarray(x), np.asarray(points)
    left, part = _segment(x, points), _fraction(x, points)
    return placed(d * (1 - part), points.shape, left) + placed(d * part, points.shape, left + 1)


def interp_points(d: Array, x: Array, points: Array, values: Array) -> Array:
    """The cotangent of the places of the values."""
    x, points, values = np.asarray(x), np.asarray(points), np.asarray(values)
    left, part = _segment(x, points), _fraction(x, points)
    slope = -d * interp_slope(x, points, values)
    return placed(slope * (1 - part), points.shape, left) + placed(slope * part, points.shape, left + 1)


def _segment(x: Array, points: Array) -> Array:
    xp = array_module(points)
    return xp.clip(xp.searchsorted(points, x, side="right") - 1, 0, len(points) - 2)


def _fraction(x: Array, points: Array) -> Array:
    xp = array_module(points)
    left = _segment(x, points)
    return xp.clip((x - points[left]) / (points[left + 1] - points[left]), 0, 1)


def interp_points_tangent(d: Array, x: Array, points: Array, values: Array) -> Array:
    """The tangent of interp from that of the places of the values."""
    x, points, values = np.asarray(x), np.asarray(points), np.asarray(values)
    left, part = _segment(x, points), _fraction(x, points)
    return -interp_slope(x, points, values) * (d[left] * (1 - part) + d[left + 1] * part)


def diff_pullback(d: Array, n: int = 1, axis: int = -1) -> Array:
    """Each difference adds to its right end and takes from its left."""
    xp = array_module(d)
    for _ in range(n):
        edge = xp.zeros_like(xp.take(d, [0], axis=axis)) if d.shape[axis] else _edge(d, axis)
        d = xp.concatenate([edge, d], axis=axis) - xp.concatenate([d, edge], axis=axis)
    return d


def _edge(d: Array, axis: int) -> Array:
    shape = tuple(1 if place == axis % d.ndim else size for place, size in enumerate(d.shape))
    return array_module(d).zeros(shape, d.dtype)


def trapezoid_values(d: Array, shape: Shape, x: Array | None, dx: Array, axis: int = -1) -> Array:
    """The cotangent of the values that trapezoid integrates: half of each neighbouring step."""
    xp = array_module(d)
    steps = xp.full(max(shape[axis] - 1, 0), dx, xp.asarray(d).dtype) if x is None else _steps(x, axis)
    edge = xp.zeros((*steps.shape[:-1], 1), steps.dtype)
    weights = (xp.concatenate([edge, steps], -1) + xp.concatenate([steps, edge], -1)) / 2
    return xp.moveaxis(xp.broadcast_to(xp.expand_dims(d, -1) * weights, _moved(shape, axis)), -1, axis)


def trapezoid_points(d: Array, values: Array, x_shape: Shape, axis: int = -1) -> Array:
    """The cotangent of the places of the values."""
    xp = array_module(d)
    middle = _middle(values, axis) * xp.expand_dims(d, -1)
    edge = xp.zeros((*middle.shape[:-1], 1), middle.dtype)
    result = xp.concatenate([edge, middle], -1) - xp.concatenate([middle, edge], -1)
    return unbroadcast(result, x_shape) if len(x_shape) == 1 else xp.moveaxis(result, -1, axis)


def trapezoid_step(d: Array, values: Array, dx_shape: Shape, axis: int = -1) -> Array:
    """The cotangent of the distance of the values."""
    return unbroadcast(array_module(d).sum(d * _middle(values, axis).sum(-1)), dx_shape)


def _middle(values: Array, axis: int) -> Array:
    moved = array_module(values).moveaxis(values, axis, -1)
    return (moved[..., 1:] + moved[..., :-1]) / 2


def _steps(x: Array, axis: int) -> Array:
    xp = array_module(x)
    moved = xp.asarray(x) if numpy.ndim(x) == 1 else xp.moveaxis(x, axis, -1)
    return moved[..., 1:] - moved[..., :-1]


def _moved(shape: Shape, axis: int) -> Shape:
    place = axis % len(shape)
    return shape[:place] + shape[place + 1 :] + (shape[place],)


def linspace_part(d: Array, shape: Shape, num: int, endpoint: bool, start: bool) -> Array:
    """The cotangent of the start, or of the stop, of linspace."""
    xp = array_module(d)
    weights = xp.linspace(0, 1, num, endpoint=endpoint, dtype=d.dtype)
    return unbroadcast(xp.tensordot((1 - weights) if start else weights, d, 1), shape)
