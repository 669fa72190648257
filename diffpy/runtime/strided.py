"""Views by strides: an array and what as_strided was given in, the index in it of each entry of the view out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from diffpy.runtime.arrays import Array, array_module
from diffpy.runtime.refusals import refuse


def strided_index(x: Array, shape: Sequence[int] | None, strides: Sequence[int] | None) -> tuple[Array, ...]:
    """x[strided_index(x, shape, strides)] has the entries of as_strided(x, shape, strides)."""
    wanted = _offsets(x.shape if shape is None else shape, x.strides if strides is None else strides)
    own = _offsets(x.shape, x.strides).ravel()
    order = numpy.argsort(own, kind="stable")
    place = numpy.searchsorted(own[order], wanted)
    if not numpy.array_equal(own[order][numpy.minimum(place, own.size - 1)] if own.size else own, wanted):
        refuse("as_strided", "strides", "the view has entries that are none of the array's")
    xp = array_module(x)
    return tuple(map(xp.asarray, numpy.unravel_index(order[place], x.shape)))


def strided_like(x_dot: Array, x: Array, shape: Sequence[int] | None, strides: Sequence[int] | None) -> Array:
    """The same entries of a tangent: the same view where it lies in memory as the array does, else a copy."""
    index = strided_index(x, shape, strides)
    if x_dot.strides == x.strides and x_dot.shape == x.shape:
        return array_module(x_dot).lib.stride_tricks.as_strided(x_dot, shape, strides)
    return x_dot[index]


def _offsets(shape: Sequence[int], strides: Sequence[int]) -> Any:
    """How far each entry lies from the first one, in bytes."""
    found = numpy.zeros((), int)
    for length, stride in zip(shape, strides, strict=True):
        found = found[..., None] + numpy.arange(length) * stride
    return found
