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
    sorted_places,
    unique_facts,
    value_places,
)
from diffpy.runtime.refusals import refuse, refuse_out

# Differences


def diff_of(a: Array, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    a = np.asarray(a)
    parts = [a]
    if prepend is not None:
        parts.insert(0, edge_of(prepend, a, axis))
    if append is not None:
        parts.append(edge_of(append, a, axis))
    return np.diff(np.concatenate(parts, axis=axis), n, axis)


def edge_of(value: Array, a: Array, axis: int) -> Array:
    """What diff puts before or after an array: a number is a slice of its own."""
    value = np.asarray(value)
    if np.ndim(value) > 0:
        return value
    shape = tuple(1 if place == axis % a.ndim else size for place, size in enumerate(a.shape))
    return np.broadcast_to(value, shape)


def ediff1d_of(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    parts = [np.diff(np.ravel(np.asarray(ary)))]
    if to_begin is not None:
        parts.insert(0, np.ravel(np.asarray(to_begin)))
    if to_end is not None:
        parts.append(np.ravel(np.asarray(to_end)))
    return np.concatenate(parts)


def gradient_of(f: Array, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = np.asarray(f)
    axes = axes_of(axis, f.ndim)
    spacings = list(varargs) if varargs else [1.0]
    if len(spacings) == 1:
        spacings = spacings * len(axes)
    slopes = []
    for one, spacing in zip(axes, spacings, strict=True):
        slopes.append(slope_along(f, spacing, one, edge_order))
    if len(axes) == 1:
        return slopes[0]
    return tuple(slopes)


def slope_along(f: Array, spacing: Any, axis: int, edge_order: int) -> Array:
    """Central differences inside, one-sided ones at the ends, along an axis.

    With steps a before and b after a place, from the parabola through the three values (A. Quarteroni, R. Sacco and
    F. Saleri, Numerical Mathematics, 2007).
    """
    values = np.moveaxis(f, axis, -1)
    size = values.shape[-1]
    spacing = np.asarray(spacing)
    steps = np.diff(spacing) if spacing.ndim == 1 else spacing * np.ones(size - 1)
    a, b = steps[:-1], steps[1:]
    before, here, after = values[..., :-2], values[..., 1:-1], values[..., 2:]
    inside = -b / (a * (a + b)) * before + (b - a) / (a * b) * here + a / (b * (a + b)) * after
    if edge_order == 1:
        first = (values[..., 1:2] - values[..., 0:1]) / steps[0]
        last = (values[..., -1:] - values[..., -2:-1]) / steps[-1]
    else:
        first = parabola_at(values[..., 0:1], values[..., 1:2], values[..., 2:3], steps[0], steps[1])
        last = -parabola_at(values[..., -1:], values[..., -2:-1], values[..., -3:-2], steps[-1], steps[-2])
    return np.moveaxis(np.concatenate([first, inside, last], axis=-1), -1, axis)


def parabola_at(first: Array, second: Array, third: Array, a: Array, b: Array) -> Array:
    """The slope at the first of three values of the parabola through them, with steps a and b between them."""
    return -(2 * a + b) / (a * (a + b)) * first + (a + b) / (a * b) * second - a / (b * (a + b)) * third


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
    exponents = np.linspace(start, stop, num, endpoint)
    values = np.power(base, exponents)
    if axis != 0:
        values = np.moveaxis(values, 0, axis)
    return values if dtype is None else values.astype(dtype)


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


def intersect1d_of(ar1: Array, ar2: Array, assume_unique: bool = False) -> Array:
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
    bounds = bounds_of(a, trim, axis)
    for place in range(a.ndim):
        start, stop = bounds[place]
        a = np.take(a, np.arange(start, stop), axis=place)
    return a


def resize_of(a: Array, new_shape: Any) -> Array:
    flat = np.ravel(np.asarray(a))
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    size = 1
    for one in shape:
        size *= one
    return np.reshape(flat[np.arange(size) % max(len(flat), 1)] if len(flat) else np.zeros(size), shape)


def require_of(a: Array, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Array:
    a = np.asarray(a)
    return np.array(a if dtype is None else a.astype(dtype))


def vander_of(x: Array, N: Any = None, increasing: bool = False) -> Array:
    x = np.asarray(x)
    count = len(x) if N is None else N
    powers = np.arange(count) if increasing else np.arange(count - 1, -1, -1)
    return np.expand_dims(x, 1) ** powers


def frexp_of(x: Array) -> tuple[Array, Array]:
    exponent = exponent_of(x)
    return np.ldexp(x, -exponent), exponent


def modf_of(x: Array) -> tuple[Array, Array]:
    whole = np.trunc(x)
    return x - whole, whole
