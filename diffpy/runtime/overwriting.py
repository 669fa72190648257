"""Stores of views that overlap their target: which entry NumPy reads for which place.

NumPy copies the value of a store first where it overlaps the target, but for a target of one axis whose entries lie in
the same direction as those of the value: there it goes from entry to entry. `M[:, 2] = M[1]` so writes `M[1, 2]` before
it reads it.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError


def reading_order(value: Any, place: Any, mask: Any = None) -> np.ndarray | types.EllipsisType:
    """For each entry of `place[...] = value` the number of the entry of the value that it gets; `...`: each its own.

    Of `place[mask] = value` the numbers as they are, or a refusal where they are not.

    >>> a = np.arange(6.0)
    >>> reading_order(a[:3], a[::2])
    array([0, 1, 1])
    >>> a[::2] = a[:3]
    >>> a
    array([0., 1., 1., 3., 1., 5.])
    """
    if not _may_overwrite(value, place):
        return ...
    order = np.arange(value.size)
    if mask is not None:
        _check_masked(value, place, mask)
    if mask is not None or value.strides[0] * place.strides[0] < 0 or value.size != place.size:
        return order
    read, written = _addresses(value, order), _addresses(place, order)
    upwards = order if place.strides[0] > 0 else order[::-1]
    end = read[upwards[-1]] + abs(value.strides[0])
    first_is_read = read[upwards[0]] < written[upwards[0]] < end
    return _followed(read, written, upwards[::-1] if first_is_read else upwards)


def _check_masked(value: np.ndarray, x: np.ndarray, mask: Any) -> None:
    """Which entries NumPy has read before it writes others under a mask, it does not say."""
    read, written = _addresses(value, np.arange(value.size)), _addresses(x, np.flatnonzero(mask))
    _, entries, places = np.intersect1d(read, written, return_indices=True)
    if np.any(entries != places):
        raise UnsupportedSyntaxError(
            "a store under a mask overwrites entries of the array that it takes its values from",
            because="which of them NumPy has read by then, it does not say",
            fix="store a copy: a[mask] = values.copy()",
        )


def _may_overwrite(value: Any, place: Any) -> bool:
    both = isinstance(value, np.ndarray) and isinstance(place, np.ndarray)
    return both and value.ndim == place.ndim == 1 and value.size > 1 and np.may_share_memory(value, place)


def _addresses(x: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return x.__array_interface__["data"][0] + x.strides[0] * numbers


def _followed(read: np.ndarray, written: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The entries that come through, when each is read after those before it are written."""
    holds: dict[int, int] = {}  # address -> number of the entry that it holds by now
    order = np.empty(len(read), dtype=np.intp)
    for k in steps.tolist():
        order[k] = holds[int(written[k])] = holds.get(int(read[k]), k)
    return order
