"""Which elements are chosen or counted where: places of elements, which no derivative moves."""

from __future__ import annotations

from typing import Any

import numpy

from diffpy.runtime.arrays import Array, Axis, array_module, axes_of, shape_of
from diffpy.runtime.reductions import as_rows


def ranks_reached(a: Array, levels: Array, axis: Axis, weights: Array) -> Array:
    """For each row of a, the places of the first elements at which the sorted weights reach each level."""
    xp = array_module(a)
    shape = shape_of(a)
    axes = axes_of(axis, len(shape))
    full = xp.asarray(weights)
    if shape_of(full) != shape:
        full = xp.reshape(full, tuple(size if place in axes else 1 for place, size in enumerate(shape)))
    rows, w = as_rows(a, axis), as_rows(xp.broadcast_to(full, shape), axis)
    order = xp.argsort(rows, axis=1, kind="stable")
    reached = xp.cumsum(xp.take_along_axis(w, order, 1), axis=1)
    reached = reached / reached[:, -1:]
    first = xp.sum(reached[:, :, None] < levels[None], axis=1)
    return xp.take_along_axis(order, xp.minimum(first, rows.shape[1] - 1), 1)


def bin_numbers(a: Array, bins: Any, range: Any, weights: Any) -> Array:
    """The number of the bin that each element falls in; the number of bins for those outside."""
    edges = numpy.histogram_bin_edges(a, bins, range)
    numbers = numpy.searchsorted(edges, a, "right") - 1
    numbers[a == edges[-1]] = len(edges) - 2
    return numpy.where(numbers < 0, len(edges) - 1, numbers)


def first_places(a: Array, axis: int | None = None) -> Array:
    """The places of the elements, or slices, that unique keeps."""
    return numpy.unique(a, return_index=True, axis=axis)[1]


def is_among(a: Array, b: Array) -> Array:
    return numpy.isin(a, b)


def sorted_places(a: Array) -> Array:
    """The places that sort_complex puts in order: by the real, then the imaginary parts."""
    return numpy.lexsort((numpy.imag(a), numpy.real(a)))


def padded_places(shape: tuple, pad_width: Any, mode: str) -> Array:
    """For each element of a padded array the flat place that it copies."""
    places = numpy.arange(int(numpy.prod(shape))).reshape(shape)
    return numpy.pad(places, pad_width, mode=mode)  # type: ignore[call-overload]


def inserted_places(size: int, obj: Any, count: int) -> tuple[Array, Array]:
    """In the result of insert along an axis of a size: the places of the values, and a mask of the rest.

    `count` says how many slices are inserted at an index that stands alone.
    """
    index = numpy.arange(size)[obj] if isinstance(obj, slice) else numpy.array(obj)
    index = numpy.flatnonzero(index) if index.dtype == bool else index.astype(int)
    index = numpy.where(index < 0, index + size, index)
    if index.size == 1:
        new = index.item() + numpy.arange(count)
    else:
        new = index.copy()
        new[index.argsort(kind="stable")] += numpy.arange(len(index))
    rest = numpy.ones(size + len(new), bool)
    rest[new] = False
    return new, rest
