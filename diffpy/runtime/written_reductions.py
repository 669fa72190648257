"""Reductions and scans with all of their keywords, written out: what the rules of the plain forms leave out."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, Axis
from diffpy.runtime.refusals import refuse_out

Mask = Any


def typed(a: Array, dtype: Any) -> Array:
    """An array of what is given, in another type where one is asked for."""
    a = np.asarray(a)
    return a if dtype is None else a.astype(dtype)


def masked(a: Array, where: Mask, neutral: float) -> Array:
    """a with a neutral element where the mask does not hold."""
    return a if where is True else np.where(where, a, neutral)


def sum_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    refuse_out("sum", out)
    total = np.sum(masked(typed(a, dtype), where, 0), axis=axis, keepdims=keepdims)
    return total if initial is None else total + initial


def prod_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    refuse_out("prod", out)
    product = np.prod(masked(typed(a, dtype), where, 1), axis=axis, keepdims=keepdims)
    return product if initial is None else product * initial


def mean_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Mask = True,
) -> Array:
    refuse_out("mean", out)
    a = typed(a, dtype)
    if where is True:
        return np.mean(a, axis=axis, keepdims=keepdims)
    total = np.sum(masked(a, where, 0), axis=axis, keepdims=keepdims)
    return total / held(a, where, axis, keepdims)


def held(a: Array, where: Mask, axis: Axis, keepdims: bool) -> Array:
    """How many elements of each group a mask lets through."""
    return np.sum(np.broadcast_to(where, np.shape(a)).astype(float), axis=axis, keepdims=keepdims)


def max_of(
    a: Array,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    refuse_out("max", out)
    counted = masked(np.asarray(a), where, -np.inf)
    if initial is not None and not counted.size:
        return np.sum(counted, axis=axis, keepdims=keepdims) + initial
    best = np.max(counted, axis=axis, keepdims=keepdims)
    return best if initial is None else np.maximum(best, initial)


def min_of(
    a: Array,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    refuse_out("min", out)
    counted = masked(np.asarray(a), where, np.inf)
    if initial is not None and not counted.size:
        return np.sum(counted, axis=axis, keepdims=keepdims) + initial
    best = np.min(counted, axis=axis, keepdims=keepdims)
    return best if initial is None else np.minimum(best, initial)


def var_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Mask = True,
    mean: Any = None,
    correction: float = 0,
) -> Array:
    refuse_out("var", out)
    a = typed(a, dtype)
    if mean is None:
        mean = mean_of(a, axis, keepdims=True, where=where)
    apart = masked(a - mean, where, 0)
    squares = np.real(apart * np.conj(apart))
    freedom = np.maximum(held(a, where, axis, keepdims) - ddof - correction, 0)
    return np.sum(squares, axis=axis, keepdims=keepdims) / freedom


def std_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Mask = True,
    mean: Any = None,
    correction: float = 0,
) -> Array:
    """The derivative at zero is zero, as of all norms."""
    variance = var_of(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)
    return np.where(variance == 0, 0, np.sqrt(np.where(variance == 0, 1, variance)))


# Without the elements that are not numbers


def valid(a: Array, where: Mask) -> Mask:
    return np.logical_not(np.isnan(a)) if where is True else np.logical_not(np.isnan(a)) & where


def nansum_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    return sum_of(a, axis, dtype, out, keepdims, initial, valid(a, where))


def nanprod_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    return prod_of(a, axis, dtype, out, keepdims, initial, valid(a, where))


def nanmean_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Mask = True,
) -> Array:
    return mean_of(a, axis, dtype, out, keepdims, where=valid(a, where))


def nanmax_of(
    a: Array,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    return max_of(a, axis, out, keepdims, initial, valid(a, where))


def nanmin_of(
    a: Array,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Mask = True,
) -> Array:
    return min_of(a, axis, out, keepdims, initial, valid(a, where))


def nanvar_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Mask = True,
    mean: Any = None,
    correction: float = 0,
) -> Array:
    return var_of(
        a, axis, dtype, out, ddof, keepdims, where=valid(a, where), mean=mean, correction=correction
    )


def nanstd_of(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Mask = True,
    mean: Any = None,
    correction: float = 0,
) -> Array:
    return std_of(
        a, axis, dtype, out, ddof, keepdims, where=valid(a, where), mean=mean, correction=correction
    )


# Scans


def cumsum_of(a: Array, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
    refuse_out("cumsum", out)
    return np.cumsum(typed(a, dtype), axis)


def cumprod_of(a: Array, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
    refuse_out("cumprod", out)
    return np.cumprod(typed(a, dtype), axis)


def nancumsum_of(a: Array, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
    refuse_out("nancumsum", out)
    return np.cumsum(masked(typed(a, dtype), valid(a, True), 0), axis)


def nancumprod_of(a: Array, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
    refuse_out("nancumprod", out)
    return np.cumprod(masked(typed(a, dtype), valid(a, True), 1), axis)


def cumulative_sum_of(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Array:
    refuse_out("cumulative_sum", out)
    along = 0 if axis is None else axis
    total = np.cumsum(typed(x, dtype), axis=along)
    if not include_initial:
        return total
    shape = np.shape(np.take(total, [0], axis=along))
    return np.concatenate([np.zeros(shape, total.dtype), total], axis=along)


def cumulative_prod_of(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Array:
    refuse_out("cumulative_prod", out)
    along = 0 if axis is None else axis
    product = np.cumprod(typed(x, dtype), axis=along)
    if not include_initial:
        return product
    shape = np.shape(np.take(product, [0], axis=along))
    return np.concatenate([np.ones(shape, product.dtype), product], axis=along)
