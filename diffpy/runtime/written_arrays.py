"""Differences, sequences and chosen elements, written out in plain NumPy with all of their keywords."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, axes_of
from diffpy.runtime.counting import (
    bounds_of,
    exponent_of,
    first_places,
    is_among,
    meets,
    sorted_places,
    unique_facts,
    value_places,
)
from diffpy.runtime.refusals import refuse, refuse_out

# Differences


def diff_of(a: Array, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = np.asarray(a)
    before = () if prepend is None else (edge_of(prepend, a, axis),)
    after = () if append is None else (edge_of(append, a, axis),)
    a = np.concatenate([*before, a, *after], axis=axis) if before or after else a
    for _ in range(n):
        a = np.diff(a, 1, axis)
    return a


def edge_of(value: Array, a: Array, axis: int) -> Array:
    """What diff puts before or after an array: a number is a slice of its own."""
    value = np.asarray(value)
    if np.ndim(value) > 0:
        return value
    shape = tuple(1 if place == axis % a.ndim else size for place, size in enumerate(a.shape))
    return np.broadcast_to(value, shape)


def ediff1d_of(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    before = () if to_begin is None else (np.ravel(np.asarray(to_begin)),)
    after = () if to_end is None else (np.ravel(np.asarray(to_end)),)
    return np.concatenate([*before, np.diff(np.ravel(np.asarray(ary))), *after])


def gradient_of(f: Array, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = np.asarray(f)
    axes = axes_of(axis, f.ndim)
    spacings = varargs if varargs else (1.0,)
    if len(spacings) == 1:
        spacings = spacings * len(axes)
    if len(axes) == 1:
        return slope_along(f, spacings[0], axes[0], edge_order)
    return slopes_of(f, spacings, axes, edge_order)


def slopes_of(f: Array, spacings: tuple, axes: tuple, edge_order: int) -> tuple:
    """The slopes along each of the axes."""
    first = slope_along(f, spacings[0], axes[0], edge_order)
    if len(axes) == 1:
        return (first,)
    return (first, *slopes_of(f, spacings[1:], axes[1:], edge_order))


def slope_along(f: Array, spacing: Any, axis: int, edge_order: int) -> Array:
    """The slopes of the steps at the ends, means of two neighbours inside, each weighted with the step of the other.

    That is the slope of the parabola through three values (A. Quarteroni, R. Sacco and F. Saleri, Numerical
    Mathematics, 2007); with edge_order=2 the parabola gives the slopes at the ends too.
    """
    size = np.shape(f)[axis]
    spacing = np.asarray(spacing)
    steps = np.diff(spacing) if np.ndim(spacing) == 1 else spacing * np.ones(size - 1)
    h = np.reshape(steps, (size - 1,) + (1,) * (np.ndim(f) - 1 - axis))
    slopes = np.diff(f, axis=axis) / h
    a, b = between(h, 0, size - 2, 0), between(h, 1, size - 1, 0)
    left, right = between(slopes, 0, size - 2, axis), between(slopes, 1, size - 1, axis)
    inside = (b * left + a * right) / (a + b)
    first, last = between(slopes, 0, 1, axis), between(slopes, size - 2, size - 1, axis)
    if edge_order == 2:
        first = first + (first - between(slopes, 1, 2, axis)) * edge_weight(h, 0, 1)
        last = last + (last - between(slopes, size - 3, size - 2, axis)) * edge_weight(h, size - 2, size - 3)
    return np.concatenate([first, inside, last], axis=axis)


def between(values: Array, start: int, stop: int, axis: int) -> Array:
    return np.take(values, np.arange(start, stop), axis=axis)


def edge_weight(h: Array, edge: int, next: int) -> Array:
    """The part of the step at an end in it and its neighbour."""
    a, b = between(h, edge, edge + 1, 0), between(h, next, next + 1, 0)
    return a / (a + b)


def interp_of(
    x: Array, xp: Array, fp: Array, left: Any = None, right: Any = None, period: Any = None
) -> Array:
    x, points, values = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if period is not None:
        x, points = x % abs(period), points % abs(period)
        order = np.argsort(points)
        points, values = points[order], values[order]
        points = np.concatenate([points[-1:] - abs(period), points, points[0:1] + abs(period)])
        values = np.concatenate([values[-1:], values, values[0:1]])
        return np.interp(x, points, values)
    y = np.interp(x, points, values)
    if left is not None:
        y = np.where(x < points[0], left, y)
    if right is not None:
        y = np.where(x > points[-1], right, y)
    return y


# Sequences


def linspace_of(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    values = np.linspace(start, stop, num, endpoint)
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    if dtype is not None:
        values = values.astype(dtype)
    if retstep:
        return values, (np.asarray(stop) - np.asarray(start)) / (num - 1 if endpoint else num)
    return values


def logspace_of(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    if np.ndim(base) > 0:  # a base for each row of numbers
        rank = max(np.ndim(start), np.ndim(stop), np.ndim(base))
        start, stop, base = _of_rank(start, rank), _of_rank(stop, rank), _of_rank(base, rank + 1)
    exponents = np.linspace(start, stop, num, endpoint)
    values = np.power(base, exponents)
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    return values if dtype is None else values.astype(dtype)


def _of_rank(x: Array, rank: int) -> Array:
    """x with axes of size one in front, so that it has as many."""
    return np.reshape(x, (1,) * (rank - np.ndim(x)) + np.shape(x))


def geomspace_of(
    start: Array, stop: Array, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Array:
    start, stop = np.asarray(start), np.asarray(stop)
    parts = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    parts = np.reshape(parts, (num,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    values = start * np.power(stop / start, parts)
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    return values if dtype is None else values.astype(dtype)


# Elements by place


def take_of(a: Array, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Array:
    refuse_out("take", out)
    a, places = np.asarray(a), np.asarray(indices)
    size = a.size if axis is None else a.shape[axis]
    if mode == "wrap":
        places = places % size
    if mode == "clip":
        places = np.clip(places, 0, size - 1)
    return np.take(a, places, axis)


def compress_of(a: Array, condition: Any, axis: Any = None, out: Any = None) -> Array:
    """a.compress(condition): the function with its arguments turned round."""
    refuse_out("compress", out)
    return np.compress(condition, a, axis=axis)


def choose_of(a: Array, choices: Any, out: Any = None, mode: str = "raise") -> Array:
    refuse_out("choose", out)
    count = len(choices)
    chosen = np.asarray(a)
    if mode == "wrap":
        chosen = chosen % count
    if mode == "clip":
        chosen = np.clip(chosen, 0, count - 1)
    result = np.where(chosen == 0, choices[0], 0)
    for k in range(1, count):
        result = np.where(chosen == k, choices[k], result)
    return result


def unique_of(
    ar: Array,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    if not sorted:
        refuse("unique", "sorted", "the order is not known; use unique_values")
    a = np.asarray(ar)
    places = first_places(a, axis)
    values = np.take(np.ravel(a) if axis is None else a, places, axis=0 if axis is None else axis)
    if not (return_index or return_inverse or return_counts):
        return values
    return (values, *unique_facts(a, return_index, return_inverse, return_counts, axis, equal_nan))


def unique_values_of(x: Array) -> Array:
    x = np.asarray(x)
    return np.take(np.ravel(x), value_places(x))


def union1d_of(ar1: Array, ar2: Array) -> Array:
    return unique_of(np.concatenate([np.ravel(np.asarray(ar1)), np.ravel(np.asarray(ar2))]))


def intersect1d_of(
    ar1: Array, ar2: Array, assume_unique: bool = False, return_indices: bool = False
) -> Array:
    if return_indices:
        refuse(
            "intersect1d", "return_indices", "the derivative of the values beside their places is not known"
        )
    values = unique_of(ar1)
    return values[is_among(values, np.asarray(ar2))]


def setdiff1d_of(ar1: Array, ar2: Array, assume_unique: bool = False) -> Array:
    values = np.ravel(np.asarray(ar1)) if assume_unique else unique_of(ar1)
    return values[np.logical_not(is_among(values, np.asarray(ar2)))]


def setxor1d_of(ar1: Array, ar2: Array, assume_unique: bool = False) -> Array:
    one, other = unique_of(ar1), unique_of(ar2)
    return np.sort(np.concatenate([setdiff1d_of(one, other), setdiff1d_of(other, one)]))


def sort_complex_of(a: Array) -> Array:
    a = np.asarray(a) + 0j
    places = sorted_places(a)
    return np.take_along_axis(a, places, -1)


def trim_zeros_of(filt: Any, trim: str = "fb", axis: Any = None) -> Array:
    a = np.asarray(filt)
    return a[tuple(slice(start, stop) for start, stop in bounds_of(a, trim, axis))]


def resize_of(a: Array, new_shape: Any) -> Array:
    flat = np.ravel(np.asarray(a))
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    size = 1
    for one in shape:
        size *= one
    return np.reshape(flat[np.arange(size) % max(len(flat), 1)] if len(flat) else np.zeros(size), shape)


def require_of(a: Array, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Array:
    a = np.asarray(a)
    if meets(a, dtype, requirements):
        return a
    return np.array(a if dtype is None else a.astype(dtype))


def vander_of(x: Array, N: Any = None, increasing: bool = False) -> Array:
    x = np.asarray(x)
    count = len(x) if N is None else N
    powers = np.arange(count) if increasing else np.arange(count - 1, -1, -1)
    return np.expand_dims(x, 1) ** powers


def frexp_of(x: Array, out: Any = (None, None)) -> tuple[Array, Array]:
    refuse_out("frexp", out[0])
    exponent = exponent_of(x)
    return np.ldexp(x, -exponent), exponent


def modf_of(x: Array, out: Any = (None, None)) -> tuple[Array, Array]:
    refuse_out("modf", out[0])
    whole = np.trunc(x)
    return x - whole, whole


# Functions that give complex numbers where real ones do not suffice


def beyond(function: Any, inside: Any) -> Any:
    """A function of numpy.emath: complex where an element lies outside the domain of the real one."""

    def extended(x: Array) -> Array:
        x = np.asarray(x)
        return function(x if np.iscomplexobj(x) or inside(x) else x.astype(wider(x)))

    return extended


def wider(x: Array) -> Any:
    return np.result_type(x, np.complex64)


def is_positive(x: Array) -> bool:
    return not np.any(x < 0)


def is_in_unit(x: Array) -> bool:
    return not np.any(np.abs(x) > 1)


def emath_power_of(x: Array, p: Array) -> Array:
    x, p = np.asarray(x), np.asarray(p)
    if not np.iscomplexobj(x) and np.any(x < 0):
        x = x.astype(wider(x))
    return np.power(x, p if np.iscomplexobj(p) or not np.any(p < 0) else p * 1.0)
