"""Functions that call functions of the user's, written out: over rows, over pieces, over elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, placed
from diffpy.runtime.counting import conditions_of, core_ranks
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
    """The function of each tuple of elements, after broadcasting; of subarrays, with a signature."""
    varied = [k for k in range(len(args)) if k not in self.excluded]
    named = [name for name in kwargs if name not in self.excluded]
    given = [np.asarray(args[k]) for k in varied] + [np.asarray(kwargs[name]) for name in named]
    ranks = core_ranks(self, len(given))
    outer = np.broadcast_shapes(
        *[one.shape[: one.ndim - rank] for one, rank in zip(given, ranks, strict=True)]
    )
    arrays = [
        np.broadcast_to(one, outer + one.shape[one.ndim - rank :])
        for one, rank in zip(given, ranks, strict=True)
    ]
    found = []
    for place in np.ndindex(*outer):
        own = [arrays[varied.index(k)][place] if k in varied else args[k] for k in range(len(args))]
        more = {
            name: arrays[len(varied) + named.index(name)][place] if name in named else kwargs[name]
            for name in kwargs
        }
        found.append(self.pyfunc(*own, **more))
    if not found:
        refuse("vectorize", "otypes", "of no elements the function has no value")
    if isinstance(found[0], tuple):
        return tuple(
            [stacked([one[k] for one in found], outer, self.otypes, k) for k in range(len(found[0]))]
        )
    return stacked(found, outer, self.otypes, 0)


def stacked(found: list, outer: tuple, otypes: Any, k: int) -> Array:
    """The results for each place, in the type of the first, or in that asked for."""
    first = np.asarray(found[0])
    values = np.stack([np.asarray(one) for one in found])
    return np.reshape(values, outer + first.shape).astype(otypes[k] if otypes else first.dtype)


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
