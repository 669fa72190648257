"""Arrays of numbers that are made of objects with a `__float__` of their own: np.array and np.asarray, written out."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array
from diffpy.runtime.written import write


def array_of_numbers(object: Any, dtype: Any = None) -> Array:
    return np.array(as_numbers(object), dtype=dtype)


def as_numbers(x: Any) -> Any:
    """Lists of floats where lists of objects were."""
    if isinstance(x, list | tuple):
        return [as_numbers(one) for one in x]
    return float(x) if has_own_float(x) else x


def has_own_float(x: Any) -> bool:
    return isinstance(getattr(type(x), "__float__", None), types.FunctionType)


def asks_for_numbers(args: tuple, keywords: dict) -> bool:
    """Whether NumPy asks objects for their numbers, which a dtype alone makes it do."""
    dtype = args[1] if len(args) > 1 else keywords.get("dtype")
    is_plain = 0 < len(args) < 3 and keywords.keys() <= {"dtype"}
    return is_plain and dtype is not None and np.dtype(dtype).kind == "f" and _holds(args[0])


def _holds(x: Any) -> bool:
    if isinstance(x, list | tuple) and not has_own_float(x):
        return any(map(_holds, x))
    return has_own_float(x) and not hasattr(x, "__array__") and not hasattr(x, "__len__")


for _function in (np.array, np.asarray):
    write(_function, array_of_numbers, once=True, when=asks_for_numbers)
