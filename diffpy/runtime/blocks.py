"""Jacobians from their rows: a cotangent of the arguments for each number of a value in, blocks in its form out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from diffpy.runtime.leaves import is_array, is_scalar, number_like
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangent_vectors import TangentVector, leaves, make, map_tangents, sequence_like
from diffpy.runtime.tangents import field_of, item_of


def seeds_of(value: Any) -> list[Any]:
    """A cotangent of the value for each of its numbers, in which that is one and the others are zero.

    Of a value without numbers the zero, so that there is a row to see the form of the arguments in.
    """
    zero = zero_tangent(value)
    return list(units(zero)) or [zero]


def units(zero: Any) -> Iterator[Any]:
    """Tangents with a single one, in the order of the numbers."""
    for place, leaf in enumerate(leaves(zero)):
        for index in np.ndindex(np.shape(leaf)):
            counter = iter(range(1_000_000_000))
            yield map_tangents(partial(_with_one, counter, place, index), zero)


def _with_one(counter: Iterator[int], place: int, index: tuple, leaf: Any) -> Any:
    is_here = next(counter) == place
    if not is_array(leaf):
        return number_like(1.0, leaf) if is_here else leaf
    found = np.zeros_like(leaf)
    if is_here:
        found[index] = 1.0
    return found


def assembled(rows: Any, like: list[Any], value: Any) -> Any:
    """The rows in the form of the value, and inside of it of the arguments; `like` are rows without gaps.

    >>> assembled([1.0, 2.0], [1.0, 2.0], np.ones(2))
    array([1., 2.])
    """
    zero = zero_tangent(value)
    starts = iter(np.cumsum([0, *map(np.size, leaves(zero))]).tolist())
    every = [item_of(rows, k) for k in range(len(like))]

    def block(leaf: Any) -> Any:
        first = next(starts)
        last = first + np.size(leaf)
        if first == last:
            return map_tangents(partial(_empty_block, np.shape(leaf)), like[0])
        return _joined(every[first:last], like[first:last], np.shape(leaf))

    return map_tangents(block, zero)


def _empty_block(shape: tuple, leaf: Any) -> Any:
    return np.zeros((*shape, *np.shape(leaf)), np.asarray(leaf).dtype)


def disassembled(blocks: Any, like: list[Any], value: Any) -> list[Any]:
    """The transpose of assembled: of each block the parts that were rows."""
    rows: list[Any] = []
    for leaf, block in _by_leaf(zero_tangent(value), blocks):
        for index in np.ndindex(np.shape(leaf)):
            rows.append(_part(block, like[len(rows)], index))
    return rows + [None] * (len(like) - len(rows))


def _joined(parts: list[Any], like: list[Any], shape: tuple) -> Any:
    match like[0] if like else None:
        case None:
            return None
        case TangentVector() as first:
            names = vars(first)
            return make(type(first), {n: _joined(*_fields(n, parts, like), shape) for n in names})
        case dict() as first:
            return {k: _joined(*_items(k, parts, like), shape) for k in first}
        case list() | tuple() as first:
            return sequence_like(first, [_joined(*_items(k, parts, like), shape) for k in range(len(first))])
        case first:
            whole = [np.zeros_like(x) if one is None else one for one, x in zip(parts, like, strict=True)]
            found = np.reshape(np.stack([np.asarray(one) for one in whole]), (*shape, *np.shape(first)))
            return found if found.ndim else number_like(found, first)


def _items(key: Any, parts: list[Any], like: list[Any]) -> tuple[list[Any], list[Any]]:
    return [item_of(one, key) for one in parts], [one[key] for one in like]


def _fields(name: str, parts: list[Any], like: list[Any]) -> tuple[list[Any], list[Any]]:
    return [field_of(one, name) for one in parts], [getattr(one, name) for one in like]


def _part(block: Any, like: Any, index: tuple) -> Any:
    """What one row has in a block."""
    match like:
        case None:
            return None
        case _ if block is None:
            return None
        case TangentVector():
            return make(
                type(like), {n: _part(field_of(block, n), getattr(like, n), index) for n in vars(like)}
            )
        case dict():
            return {k: _part(item_of(block, k), one, index) for k, one in like.items()}
        case list() | tuple():
            return sequence_like(like, [_part(item_of(block, k), one, index) for k, one in enumerate(like)])
    found = np.asarray(block)[index]
    return found if np.ndim(found) else number_like(found, like)


def _by_leaf(zero: Any, blocks: Any) -> Iterator[tuple[Any, Any]]:
    """Each leaf of a value beside the blocks that belong to it, in the order of `leaves`."""
    match zero:
        case TangentVector():
            for name in vars(zero):
                yield from _by_leaf(getattr(zero, name), field_of(blocks, name))
        case dict():
            for key, one in zero.items():
                yield from _by_leaf(one, item_of(blocks, key))
        case list() | tuple():
            for key, one in enumerate(zero):
                yield from _by_leaf(one, item_of(blocks, key))
        case _ if is_array(zero) or is_scalar(zero):
            yield zero, blocks
