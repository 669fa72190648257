"""Ufuncs in a type that is asked for, and their methods (reduce, accumulate, reduceat, outer), written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, Axis, axes_of
from diffpy.runtime.refusals import refuse_out
from diffpy.runtime.written_reductions import max_of, min_of, prod_of, sum_of, typed


def in_type(ufunc: Any) -> Callable[..., Any]:
    """ufunc(x, dtype=t): the ufunc of operands that are converted first."""

    def ufunc_in_type(
        *operands: Any,
        out: Any = None,
        dtype: Any = None,
        casting: Any = "same_kind",
        order: str = "K",
        subok: bool = True,
    ) -> Any:
        refuse_out(ufunc.__name__, out)
        if dtype is None:
            return ufunc(*operands)
        return ufunc(*[np.asarray(one).astype(dtype, casting=casting) for one in operands])

    return ufunc_in_type


def ufunc_reduce(
    ufunc: Any,
    array: Array,
    /,
    axis: Axis = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """ufunc.reduce: sums, products and extremes by their rules, others element by element."""
    refuse_out("ufunc.reduce", out)
    array = typed(array, dtype)
    if ufunc is np.add:
        return sum_of(array, axis, None, None, keepdims, initial, where)
    if ufunc is np.multiply:
        return prod_of(array, axis, None, None, keepdims, initial, where)
    if ufunc is np.maximum:
        return max_of(array, axis, None, keepdims, initial, where)
    if ufunc is np.minimum:
        return min_of(array, axis, None, keepdims, initial, where)
    axes = axes_of(axis, array.ndim)
    mask = np.broadcast_to(where, array.shape)
    started = initial is not None
    total = initial
    for place in reversed(axes):
        started = initial is not None and place == axes[-1]
        total = initial
        rows, allowed = np.moveaxis(array, place, 0), np.moveaxis(mask, place, 0)
        for k in range(len(rows)):
            total = folded(ufunc, total, rows[k], allowed[k]) if started else rows[k]
            started = True
        array, mask = total, np.ones(np.shape(total), bool)
    return np.expand_dims(array, axes) if keepdims else array


def folded(ufunc: Any, total: Array, row: Array, allowed: Array) -> Array:
    """One more step of a reduction, where a mask allows it."""
    if np.all(allowed):
        return ufunc(total, row)
    return np.where(allowed, ufunc(total, np.where(allowed, row, 1)), total)


def ufunc_accumulate(ufunc: Any, array: Array, /, axis: int = 0, dtype: Any = None, out: Any = None) -> Array:
    """ufunc.accumulate: running sums and products by their rules, others element by element."""
    refuse_out("ufunc.accumulate", out)
    array = typed(array, dtype)
    if ufunc is np.add:
        return np.cumsum(array, axis=axis)
    if ufunc is np.multiply:
        return np.cumprod(array, axis=axis)
    return accumulated(ufunc, np.moveaxis(array, axis, 0), axis)


def accumulated(ufunc: Any, rows: Array, axis: int) -> Array:
    total = rows[0]
    entries = [total]
    for k in range(1, len(rows)):
        total = ufunc(total, rows[k])
        entries.append(total)
    return np.stack(entries, axis=axis)


def ufunc_reduceat(
    ufunc: Any, array: Array, indices: Any, /, axis: int = 0, dtype: Any = None, out: Any = None
) -> Array:
    """ufunc.reduceat: a reduction of each slice, or the element alone where the next index is not greater."""
    refuse_out("ufunc.reduceat", out)
    rows = np.moveaxis(typed(array, dtype), axis, 0)
    starts = [int(one) for one in indices]
    entries = []
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        entries.append(ufunc_reduce(ufunc, rows[start:stop]) if stop > start else rows[start])
    return np.stack(entries, axis=axis)


def ufunc_outer(ufunc: Any, a: Array, b: Array, /) -> Array:
    """ufunc.outer: the ufunc of each pair of elements."""
    a, b = np.asarray(a), np.asarray(b)
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)
