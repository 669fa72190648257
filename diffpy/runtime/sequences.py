"""Pullbacks of Python's functions on lists and tuples of numbers: the same structure in and out."""

from __future__ import annotations

import operator
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationTypeError, UnsupportedSyntaxError
from diffpy.runtime.arrays import (
    Array,
    Shape,
    array_module,
    cast,
    is_inexact,
    is_number,
    shape_of,
    unbroadcast,
)
from diffpy.runtime.leaves import is_array
from diffpy.runtime.struct_fields import is_struct


def like_sequence(parts: list[Array], sequence: Sequence[Array]) -> Any:
    """The parts in the kind of sequence that the argument is: list, tuple or array."""
    if hasattr(sequence, "dtype"):
        return array_module(sequence).stack(parts) if parts else array_module(sequence).zeros_like(sequence)
    return tuple(parts) if isinstance(sequence, tuple) else list(parts)


def from_list(d: Any, a: Array) -> Any:
    """The cotangent of a in a.tolist(): nested lists in the structure of the array, None for zero."""
    if d is None:
        return array_module(a).zeros(shape_of(a), a.dtype)
    if not shape_of(a):
        return array_module(a).asarray(d, a.dtype)
    parts = [from_list(part, one) for part, one in zip(d, a, strict=True)]
    return array_module(a).reshape(array_module(a).asarray(parts, a.dtype), shape_of(a))


def unpacked(d: Array, value: Any, dtype: object = None, ndmin: int = 0) -> Any:
    """The cotangent of what array(value) was made of: in its structure, each leaf in its own type."""
    if d is None:
        raise DifferentiationTypeError(
            "a real number is computed from an array of integers that depends on an argument",
            because="its entries are ints here, and an array of ints has no derivative",
            fix="give real numbers: 3.0 in place of 3",
        )
    if ndmin > 1:  # axes in front that the value has not
        d = array_module(d).reshape(d, shape_of(value))
    if isinstance(value, (list, tuple)):
        return like_sequence([unpacked(part, one, dtype) for part, one in zip(d, value, strict=True)], value)
    if is_struct(type(value)):
        raise UnsupportedSyntaxError(
            f"an array is made of an object of class '{type(value).__name__}'",
            because="what its methods hand out to NumPy is not followed",
            fix="make a list of it first: np.array(list(items))",
        )
    part = cast(d if shape_of(d) == shape_of(value) else array_module(d).reshape(d, shape_of(value)), value)
    return part if is_inexact(dtype) else 0.0 * part


def summed(d: Array, iterable: Sequence[Array]) -> Any:
    """The cotangent of what the builtin sum adds up: d for each, in the shape of each (None for a zero)."""
    return like_sequence(
        [None if one is None else unbroadcast(d, shape_of(one)) for one in iterable], iterable
    )


def scaled(sequence: Sequence[Array], factor: Array) -> Any:
    """Each entry times a factor."""
    return like_sequence([factor * one for one in sequence], sequence)


def differences(p: Sequence[Array], q: Sequence[Array]) -> Any:
    """p - q, entry by entry."""
    return like_sequence([one - other for one, other in zip(p, q, strict=True)], p)


def products_of_other_entries(sequence: Sequence[Array]) -> Any:
    """For each entry the product of all others.

    >>> products_of_other_entries([2.0, 0.0, 3.0])
    [0.0, 6.0, 0.0]
    """
    before, after = [1.0], [1.0]
    for one in sequence[:-1]:
        before.append(before[-1] * one)
    for one in sequence[:0:-1]:
        after.append(after[-1] * one)
    pairs = zip(before[: len(sequence)], after[::-1], strict=False)  # the empty product has no entry
    return like_sequence([left * right for left, right in pairs], sequence)


# Choosing and ordering


def best_of(d: Any, y: Any, args: tuple) -> tuple:
    """The cotangents of the arguments of the builtin max or min: those that equal the result share it."""
    if len(args) > 1:
        return tuple(_to_equals(d, y, args))
    return (like_sequence(_to_equals(d, y, args[0]), args[0]),)


def _to_equals(d: Any, y: Any, values: Sequence[Any]) -> list[Any]:
    if not _counts_as_number(y):
        chosen = _place_of(y, values)
        parts = [d if place == chosen else None for place in range(len(values))]
        rows = hasattr(values, "dtype")
        return [np.zeros_like(values[0]) if one is None else one for one in parts] if rows else parts
    won = [bool(one == y) for one in values]
    if not won:  # the default was taken
        return []
    part = d / sum(won)
    zero = type(d)(0) if is_number(d) else 0.0 * d  # the cotangent may be infinite
    return [part if one else zero for one in won]


def best_tangent(d: Sequence[Any], y: Any, values: Sequence[Any]) -> Any:
    """The tangent of the builtin max or min: of those that equal the result, the mean (None for zero)."""
    if isinstance(values, dict):
        return None  # a key
    if not _counts_as_number(y):
        return d[_place_of(y, values)]
    chosen = [one for one, value in zip(d, values, strict=True) if value is y or value == y]
    return sum(one for one in chosen if one is not None) / max(len(chosen), 1)  # none: the default was taken


def _counts_as_number(y: Any) -> bool:
    return is_number(y) or (hasattr(y, "dtype") and np.ndim(y) == 0)


def _place_of(y: Any, values: Sequence[Any]) -> int:
    """Where the object that was chosen stands; of copies of it, the first."""
    alike = np.array_equal if is_array(y) else operator.eq
    same = [place for place, one in enumerate(values) if one is y]
    return same[0] if same else next(place for place, one in enumerate(values) if alike(one, y))


def weighted_sum(d: Sequence[Array | None], weights: Sequence[Array]) -> Array:
    """The sum of tangents times weights (None for zero)."""
    return sum(weight * one for one, weight in zip(d, weights, strict=True) if one is not None)


def sorted_pullback(d: Sequence[Any], y: Sequence[Any], iterable: Sequence[Any]) -> Any:
    """Each entry gets the cotangent of the place it was sorted to, by a stable sort; the keys of a dict have none."""
    if isinstance(iterable, dict):
        return None
    parts = [d[place] for place in _places(iterable, y)]
    return like_sequence([_or_zero(part, one) for part, one in zip(parts, iterable, strict=True)], iterable)


def sorted_tangent(d: Sequence[Any], y: Sequence[Any], iterable: Sequence[Any]) -> list[Any]:
    """The tangents in the order in which the entries were sorted; the keys of a dict have none."""
    if isinstance(iterable, dict):
        return [None] * len(y)
    return [d[place] for place in _places(y, iterable)]


def _places(entries: Sequence[Any], among: Sequence[Any]) -> list[int]:
    """Where each entry stands among the same entries in another order."""
    places: defaultdict[object, deque[int]] = defaultdict(deque)
    for place, one in enumerate(among):
        places[_identity(one)].append(place)
    return [places[_identity(one)].popleft() for one in entries]


def _identity(one: Any) -> object:
    if hasattr(one, "dtype") and not shape_of(one):
        return one.item()
    return one if is_number(one) else id(one)


def _or_zero(part: Any, one: Any) -> Any:
    return 0.0 * one if part is None and is_number(one) else part


def divmod_left(d: Sequence[Array | None], shape: Shape) -> Array:
    """The cotangent of a in divmod(a, b): that of the remainder."""
    return 0.0 if d[1] is None else unbroadcast(d[1], shape)


def divmod_right(d: Sequence[Array | None], y: Sequence[Array], shape: Shape) -> Array:
    """The cotangent of b in divmod(a, b)."""
    return 0.0 if d[1] is None else unbroadcast(-d[1] * y[0], shape)
