"""Pullbacks of reductions and scans that need more than one expression: products, extremes, deviations."""

from __future__ import annotations

import numpy

from diffpy.runtime.arrays import (
    Array,
    Axis,
    Shape,
    array_module,
    axes_of,
    count,
    kept_shape,
    shape_of,
    spread,
    unbroadcast,
)


def products_of_others(a: Array, axis: Axis = None) -> Array:
    """For each element the product of all others of its group: right with any number of zeros.

    >>> products_of_others(numpy.array([2.0, 0.0, 3.0]))
    array([0., 6., 0.])
    """
    xp = array_module(a)
    rows = as_rows(a, axis)
    ones = xp.ones_like(rows[:, :1])
    before = xp.cumprod(xp.concatenate([ones, rows[:, :-1]], axis=1), axis=1)
    after = xp.flip(xp.cumprod(xp.concatenate([ones, xp.flip(rows[:, 1:], 1)], axis=1), axis=1), 1)
    return from_rows(before * after if rows.shape[1] else rows, shape_of(a), axis)


def as_rows(a: Array, axis: Axis) -> Array:
    """The array as a matrix: a row for each group of a reduction over `axis`."""
    xp = array_module(a)
    shape = shape_of(a)
    moved = xp.transpose(a, _axes_last(axis, len(shape)))
    size = count(shape, axis)
    return xp.reshape(moved, (numpy.size(a) // size if size else 0, size))


def from_rows(rows: Array, shape: Shape, axis: Axis) -> Array:
    """Undo as_rows."""
    xp = array_module(rows)
    order = _axes_last(axis, len(shape))
    moved = xp.reshape(rows, tuple(shape[one] for one in order))
    return xp.transpose(moved, tuple(sorted(range(len(order)), key=order.__getitem__)))


def _axes_last(axis: Axis, rank: int) -> tuple[int, ...]:
    axes = axes_of(axis, rank) if rank else ()
    return tuple(one for one in range(rank) if one not in axes) + axes


def to_winners(d: Array, y: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The cotangent of a maximum or minimum y of a: to the elements that equal it, ties in equal parts."""
    xp = array_module(a)
    won = _won(y, a, axis, keepdims)
    ties = xp.sum(won, axis=axis, keepdims=True, dtype=xp.result_type(a))
    return xp.where(won, _kept(d, a, axis, keepdims) / xp.maximum(ties, 1), 0)


def from_winners(d: Array, y: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The tangent of a maximum or minimum y of a: that of the elements that equal it, of ties their mean."""
    xp = array_module(a)
    won = _won(y, a, axis, keepdims)
    ties = xp.sum(won, axis=axis, keepdims=keepdims, dtype=xp.result_type(a))
    return xp.sum(xp.where(won, d, 0), axis=axis, keepdims=keepdims) / xp.maximum(ties, 1)


def _won(y: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    """Which elements of a are the maximum or minimum y; NaN is that of a group with NaN in it."""
    best = _kept(y, a, axis, keepdims)
    won = a == best
    return won if (best == best).all() else won | ((a != a) & (best != best))


def _kept(value: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    """The result of a reduction of a, with the axes that it put together as axes of size 1, where NumPy needs them."""
    if keepdims or axis is None or axis == 0:
        return value
    return array_module(a).reshape(value, kept_shape(shape_of(a), axis))


def winner_weights(y: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """For each element 1 over the number of winners where it is one, else 0."""
    xp = array_module(a)
    won = _won(y, a, axis, keepdims) * xp.ones_like(a)
    return won / xp.maximum(xp.sum(won, axis=axis, keepdims=True), 1)


def deviations(a: Array, axis: Axis = None) -> Array:
    """a minus its mean; exactly 0 where all elements are equal, whatever the rounding of the mean."""
    xp = array_module(a)
    differs = xp.max(a, axis=axis, keepdims=True) != xp.min(a, axis=axis, keepdims=True)
    return (a - xp.mean(a, axis=axis, keepdims=True)) * differs


def centred(a: Array, axis: Axis = None) -> Array:
    """a minus its mean."""
    return a - array_module(a).mean(a, axis=axis, keepdims=True)


def reversed_cumsum(d: Array, axis: int | None, shape: Shape) -> Array:
    """The pullback of cumsum: each element gets the sum of what comes at and after it."""
    xp = array_module(d)
    return xp.reshape(xp.flip(xp.cumsum(xp.flip(d, axis), axis), axis), shape)


def cumulated(d: Array, axis: int | None, shape: Shape) -> Array:
    """Undo reversed_cumsum."""
    xp = array_module(d)
    return xp.reshape(xp.cumsum(d, axis), shape)


def cumprod_pullback(d: Array, y: Array, a: Array, axis: int | None = None) -> Array:
    """The pullback of cumprod; a recurrence from the end where a division by zero would be needed."""
    xp = array_module(a)
    if xp.all(y != 0):
        return reversed_cumsum(d * y, axis, shape_of(a)) / a
    return _gathered_products(d, a, axis)


def _gathered_products(d: Array, a: Array, axis: int | None) -> Array:
    xp = array_module(a)
    flat = xp.reshape(a, -1) if axis is None else xp.moveaxis(a, axis, 0)
    ends = d if axis is None else xp.moveaxis(d, axis, 0)
    gathered = xp.stack(_gathered(ends, flat))
    before = xp.concatenate([xp.ones_like(flat[:1]), xp.cumprod(flat[:-1], axis=0)])
    result = gathered * before
    return xp.reshape(result, shape_of(a)) if axis is None else xp.moveaxis(result, 0, axis)


def cumprod_tangent(d: Array, y: Array, a: Array, axis: int | None = None) -> Array:
    """The tangent of y = cumprod(a): a recurrence where a division by zero would be needed."""
    xp = array_module(a)
    if xp.all(y != 0):
        return y * xp.cumsum(d / a, axis)
    return _products_moved(d, y, a, axis)


def _products_moved(d: Array, y: Array, a: Array, axis: int | None) -> Array:
    xp = array_module(a)
    along = [xp.reshape(one, -1) if axis is None else xp.moveaxis(one, axis, 0) for one in (d, a, y)]
    steps, factors, products = along
    entries = [steps[0]]
    for k in range(1, len(factors)):
        entries.append(entries[-1] * factors[k] + products[k - 1] * steps[k])
    return xp.stack(entries) if axis is None else xp.moveaxis(xp.stack(entries), 0, axis)


def _gathered(d: Array, a: Array) -> list[Array]:
    """g[k] = d[k] + a[k + 1] * g[k + 1]."""
    entries = [d[-1]]
    for k in range(len(a) - 2, -1, -1):
        entries.append(d[k] + a[k + 1] * entries[-1])
    return entries[::-1]


def valid_count(a: Array, axis: Axis = None) -> Array:
    """How many elements of each group are not NaN, with keepdims, in the type of `a`."""
    xp = array_module(a)
    return xp.sum(xp.where(a == a, xp.ones_like(a), 0), axis=axis, keepdims=True)


def nan_deviations(a: Array, axis: Axis = None) -> Array:
    """a minus the mean of what is not NaN; 0 where a is NaN, and where all elements are equal."""
    xp = array_module(a)
    differs = xp.nanmax(a, axis=axis, keepdims=True) != xp.nanmin(a, axis=axis, keepdims=True)
    return xp.where((a == a) & differs, a - xp.nanmean(a, axis=axis, keepdims=True), 0)


def average_pullback(
    d: Array, a_shape: Shape, weights: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    """The cotangent of a in average(a, weights=weights)."""
    full = _aligned(weights, a_shape, axis)
    xp = array_module(weights)
    total = xp.sum(xp.broadcast_to(full, a_shape), axis=axis, keepdims=True)
    return spread(d, a_shape, axis, keepdims) * (full / total)


def average_weights(
    d: Array, y: Array, a: Array, weights: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    """The cotangent of the weights in average(a, weights=weights)."""
    xp = array_module(a)
    full = _aligned(weights, a.shape, axis)
    total = xp.sum(xp.broadcast_to(full, a.shape), axis=axis, keepdims=True)
    part = spread(d, a.shape, axis, keepdims) * (a - spread(y, a.shape, axis, keepdims)) / total
    return xp.reshape(unbroadcast(part, shape_of(full)), shape_of(weights))


def average_weights_tangent(
    d: Array, y: Array, a: Array, weights: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    """The tangent of average(a, weights=weights) from that of the weights."""
    xp = array_module(a)
    total = xp.sum(xp.broadcast_to(_aligned(weights, a.shape, axis), a.shape), axis=axis, keepdims=True)
    part = _aligned(d, a.shape, axis) * (a - spread(y, a.shape, axis, keepdims)) / total
    return xp.sum(part, axis=axis, keepdims=keepdims)


def _aligned(weights: Array, shape: Shape, axis: Axis) -> Array:
    """Weights of one axis, shaped to multiply an array of the shape."""
    if shape_of(weights) == shape or axis is None:
        return weights
    axes = axes_of(axis, len(shape))
    return array_module(weights).reshape(weights, tuple(n if i in axes else 1 for i, n in enumerate(shape)))
