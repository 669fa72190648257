"""Transposes of the linear functions that derivatives call on cotangents of any structure."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import cast, is_inexact, placed, rebroadcast, unbroadcast
from diffpy.runtime.buffers import only_last
from diffpy.runtime.leaves import is_array, is_scalar
from diffpy.runtime.structures import container_tangent, structure_of, zero_tangent
from diffpy.runtime.tangent_vectors import add_tangents
from diffpy.runtime.tangents import accumulate_field, accumulate_item, field_of, item_of


def formed_like(value: Any, like: Any) -> Any:
    """A cotangent in the shape and type of the value it belongs to: summed down, or spread out; its own transpose.

    >>> formed_like(np.ones((2, 3)), 1.0)
    6.0
    """
    if value is None or like is None:
        return None
    if is_array(like) or is_scalar(like):
        return _leaf_like(value, like)
    structure = structure_of(like)
    entries = structure.entries(value, like) if structure is not None else None
    if structure is None or entries is None:
        return value
    return container_tangent(structure, like, list(map(formed_like, entries, structure.values(like))))


def _leaf_like(value: Any, like: Any) -> Any:
    if type(value) is float and type(like) is float:
        return value
    return cast(unbroadcast(value, np.shape(like)), like)


def added_up(parts: Any, like: Any) -> Any:
    """The transpose of summed: the parts spread out to the shape of what was summed down, and added."""
    if parts is None:
        return None
    total = None
    for one in parts:
        total = add_tangents(total, None if one is None else rebroadcast(one, np.shape(like)))
    return zero_tangent(like) if total is None else total


def item_placed(value: Any, x_bar: Any, key: Any) -> Any:
    """The transpose of item_of: a cotangent of x_bar in which only the entry of `key` is not zero."""
    if x_bar is None or is_scalar(x_bar):
        return value
    return accumulate_item(None, x_bar, key, value)


def field_placed(value: Any, x_bar: Any, name: str) -> Any:
    """The transpose of field_of."""
    return None if x_bar is None else accumulate_field(None, x_bar, name, value)


def closed_placed(value: Any, function_bar: Any, name: str) -> Any:
    """The transpose of closed: each function of the chain takes the same part."""
    if function_bar is None or value is None:
        return None
    found = dict(value)
    inner = function_bar.get(name)
    if inner is not None:
        found[name] = closed_placed(value, inner, name)
    return found


def packed(value: Any, like: Any, dtype: object = None) -> Any:
    """The transpose of unpacked: an array of nested sequences of cotangents, in the shape and type of `like`."""
    if not is_inexact(dtype):
        return np.zeros_like(like)
    if not isinstance(value, list | tuple):
        return np.zeros_like(like) if value is None else formed_like(np.reshape(value, np.shape(like)), like)
    rows = [packed(one, part) for one, part in zip(value, like, strict=True)]
    return np.array(rows, np.asarray(like).dtype).reshape(np.shape(like))


def items_joined(value: Any, sizes: list[int | None]) -> list[Any]:
    """The transpose of split_items."""
    joined: list[Any] = []
    for one, size in zip(value, sizes, strict=True):
        joined += [one] if size is None else list(one) if one is not None else [None] * size
    return joined


def last_placed(value: Any, x_bar: Any, key: Any) -> Any:
    """The transpose of last_written."""
    return placed(only_last(value, x_bar, key), np.shape(x_bar), key)


def part_of(value: Any, key: Any, like: Any) -> Any:
    """The transpose of accumulate_item in what is added: the item, as its cotangent."""
    is_part = isinstance(key, slice) and value is not None
    return formed_like(value[key] if is_part else item_of(value, key), like)


def field_part(value: Any, name: str, like: Any) -> Any:
    """The transpose of accumulate_field in what is added."""
    return formed_like(field_of(value, name), like)
