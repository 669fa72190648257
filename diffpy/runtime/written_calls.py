"""Functions that call functions of the user's, written out: over rows, over pieces, over elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, placed
from diffpy.runtime.counting import conditions_of
from diffpy.runtime.refusals import refuse


def apply_along_axis_of(func1d: Callable, axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """The function of each line along an axis; the axes of its results stand in place of the axis."""
    arr = np.asarray(arr)
    lines = np.moveaxis(arr, axis, -1)
    places = lines.shape[:-1]
    found = []
    for place in np.ndindex(*places):
        found.append(np.asarray(func1d(lines[place], *args, **kwargs)))
    rank = np.ndim(found[0])
    result = np.reshape(np.stack(found), places + np.shape(found[0]))
    at = axis % arr.ndim
    count = len(places)
    return np.moveaxis(result, list(range(count, count + rank)), list(range(at, at + rank)))


def apply_over_axes_of(func: Callable, a: Array, axes: Any) -> Array:
    """The function over one axis after the other; the axis is put back where the function takes it away."""
    value = np.asarray(a)
    rank = np.ndim(value)
    for axis in np.ravel(np.asarray(axes)):
        at = int(axis) % rank
        found = func(value, at)
        value = found if np.ndim(found) == np.ndim(value) else np.expand_dims(found, at)
    return value


def piecewise_of(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """The value of each function where its condition holds; one more function stands for the rest."""
    x = np.asarray(x)
    conditions = conditions_of(condlist, np.shape(x), len(funclist))
    result = np.zeros(np.shape(x), x.dtype)
    for condition, function in zip(conditions, funclist, strict=True):
        if callable(function):
            if np.any(condition):
                part = function(x[condition], *args, **kw)
                result = np.where(condition, placed(part, np.shape(x), condition), result)
        else:
            result = np.where(condition, function, result)
    return result


def vectorize_call(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The function of each tuple of elements, after broadcasting."""
    if self.signature is not None or self.excluded or kwargs or len(args) > 3:
        refuse(
            "vectorize",
            "signature",
            "the derivative of other than up to three arguments by position is not known",
        )
    return vectorized(self.pyfunc, np.broadcast_arrays(*args))


def vectorized(function: Callable, arrays: Any) -> Any:
    shape = np.shape(arrays[0])
    found = []
    for place in np.ndindex(*shape):
        if len(arrays) == 1:
            found.append(np.asarray(function(arrays[0][place])))
        elif len(arrays) == 2:
            found.append(np.asarray(function(arrays[0][place], arrays[1][place])))
        else:
            found.append(np.asarray(function(arrays[0][place], arrays[1][place], arrays[2][place])))
    values = np.stack(found)
    if np.ndim(values) > 1:
        refuse("vectorize", "otypes", "the derivative of a function with several results is not known")
    return np.reshape(values, shape)


def fromfunction_of(
    function: Callable, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    return function(*np.indices(shape, dtype=dtype), **kwargs)


def ndenumerate_of(arr: Array) -> Any:
    """The places of an array, each with the element there."""
    arr = np.asarray(arr)
    return [(place, arr[place]) for place in list(np.ndindex(*arr.shape))]


def fromiter_of(iter: Any, dtype: Any, count: int = -1, *, like: Any = None) -> Array:
    found = np.asarray(list(iter))
    return found.astype(dtype) if count < 0 else found[:count].astype(dtype)


def cast_of(typ: Any, val: Any) -> Any:
    """What typing.cast gives: the value, whatever the type says."""
    return val
