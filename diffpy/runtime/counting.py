"""Which elements are chosen or counted where, and how they lie: what no derivative moves."""

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
    numbers: Array = numpy.searchsorted(edges, a, "right") - 1
    numbers[a == edges[-1]] = len(edges) - 2
    return numpy.where(numbers < 0, len(edges) - 1, numbers)


def first_places(a: Array, axis: int | None = None) -> Array:
    """The places of the elements, or slices, that unique keeps."""
    return numpy.unique(a, return_index=True, axis=axis)[1]


def unique_facts(
    a: Array, return_index: bool, return_inverse: bool, return_counts: bool, axis: Any, equal_nan: bool
) -> tuple:
    """What unique tells beside the values."""
    asked: Any = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
    }
    return numpy.unique(a, axis=axis, equal_nan=equal_nan, **asked)[1:]


def value_places(a: Array) -> Array:
    """The places of the elements that unique_values keeps, in the order in which it has them."""
    flat = numpy.ravel(a)
    order = numpy.argsort(flat, kind="stable")
    return order[numpy.searchsorted(flat[order], numpy.unique_values(flat))]


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


def bounds_of(a: Array, trim: str, axis: Any) -> list[tuple[int, int]]:
    """Along each axis where what is left of trim_zeros starts and stops."""
    found = numpy.argwhere(numpy.asarray(a))
    axes = axes_of(axis, a.ndim)
    bounds = []
    for place, size in enumerate(a.shape):
        if place not in axes:
            bounds.append((0, size))
        elif len(found) == 0:
            bounds.append((0, 0))
        else:
            start, stop = int(found[:, place].min()), int(found[:, place].max()) + 1
            bounds.append((start if "f" in trim.lower() else 0, stop if "b" in trim.lower() else size))
    return bounds


def exponent_of(x: Array) -> Array:
    """The power of two that frexp takes out."""
    return numpy.frexp(x)[1]


def nesting_of(arrays: Any) -> tuple[int, int]:
    """How deep lists are nested, and the highest rank of what they hold."""
    if not isinstance(arrays, list):
        return 0, numpy.ndim(arrays)
    inside = [nesting_of(one) for one in arrays]
    return 1 + inside[0][0], max(rank for _, rank in inside)


def border_matrix(size: int, before: int, after: int, mode: str) -> Array:
    """The matrix that puts an odd border around a vector of a size."""
    odd = numpy.pad(numpy.eye(size), ((before, after), (0, 0)), mode=mode, reflect_type="odd")  # type: ignore[call-overload]
    return numpy.asarray(odd)


def conditions_of(condlist: Any, shape: tuple, count: int) -> list[Array]:
    """The masks of piecewise: a single one stands for a list of one, and one more function for the rest."""
    alone = numpy.isscalar(condlist) or (
        not isinstance(condlist[0], (list, numpy.ndarray)) and len(shape) > 0
    )
    masks = numpy.asarray([condlist] if alone else condlist, bool)
    found = [numpy.broadcast_to(one, shape) for one in masks]
    return [*found, ~numpy.any(masks, axis=0)] if len(found) + 1 == count else found


def toeplitz_places(count: int, size: int) -> Array:
    """In a lower triangular matrix whose columns are one vector shifted, its places; the size for zeros."""
    apart = numpy.arange(count)[:, None] - numpy.arange(count)
    return numpy.where((apart >= 0) & (apart < size), apart, size)


def rest_start(rest: Array, count: int) -> int:
    """Where the rest of a division of polynomials starts: after the quotient's places, and zeros to rounding."""
    start = min(count, len(rest) - 1)
    while start < len(rest) - 1 and numpy.allclose(rest[start], 0, rtol=1e-14):
        start += 1
    return start


def core_ranks(function: Any, count: int) -> list[int]:
    """How many axes of each argument numpy.vectorize hands over whole."""
    return (
        [0] * count if function.signature is None else [len(one) for one in function._in_and_out_core_dims[0]]
    )


def series_size(c: Array) -> int:
    """How many coefficients of a series are left without the zeros at its end; one at least."""
    return max(numpy.flatnonzero(c)[-1:].sum() + 1, 1)


def meets(a: Array, dtype: Any, requirements: Any) -> bool:
    """Whether numpy.require gives the array itself."""
    return numpy.may_share_memory(numpy.require(a, dtype, requirements), a)
