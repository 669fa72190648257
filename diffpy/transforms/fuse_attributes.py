"""Methods and attributes in a kernel."""

from __future__ import annotations

import math
import types
from dataclasses import replace
from typing import Any

import numpy as np

from diffpy.transforms.fuse_arrays import dims_of, dtype_of, is_array, shape_tuple, turned, types_of
from diffpy.transforms.fuse_calls import METHODS, method
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_lists import append, gather
from diffpy.transforms.fuse_making import count_of
from diffpy.transforms.fuse_values import (
    NONE,
    Gathered,
    Known,
    Listed,
    Method,
    NotCompiled,
    Number,
    Tuple,
    literal,
)


@method("append")
def _append(k: Kernel, x: Any, value: Any) -> Any:
    if isinstance(x, Gathered):
        gather(k, x, value)
        return NONE
    if not isinstance(x, Listed):
        raise NotCompiled("append to what is no list made here")
    append(k, x, value)
    return NONE


@method("item")
def _item(k: Kernel, x: Any) -> Any:
    if isinstance(x, Number):
        kinds = {"float64": "float", "int64": "int", "bool_": "bool"}
        return replace(x, types=frozenset(kinds.get(t, t) for t in x.types))
    raise NotCompiled("item() of an array")


def attribute(k: Kernel, value: Any, name: str) -> Any:
    """value.name"""
    if isinstance(value, Known):
        return _of_object(k, value.value, name)
    names = (value.keys or value.cls._fields) if isinstance(value, Tuple) and value.cls is not None else ()
    if name in names:
        return value.items[names.index(name)]
    if is_array(value) or isinstance(value, Number):
        match name:
            case "shape":
                return shape_tuple(value)
            case "ndim":
                return literal(len(dims_of(value)))
            case "size":
                return count_of(k, shape_tuple(value))
            case "dtype":
                return Known(np.dtype(dtype_of(types_of(value))))
            case "T":
                return turned(value) if is_array(value) else value
    if name in METHODS and not isinstance(value, Known):
        return Method(value, name)
    raise NotCompiled(f"the attribute '{name}'")


_LIBRARIES = ("math", "numpy", "diffpy")  # whose functions are what they are


def _of_object(k: Kernel, owner: Any, name: str) -> Any:
    if not hasattr(owner, name):
        raise NotCompiled(f"the attribute '{name}'")
    found = getattr(owner, name)
    if type(found) is float and owner in (math, np):
        return literal(found)
    if isinstance(owner, types.ModuleType) and owner.__name__.partition(".")[0] not in _LIBRARIES:
        return k.named(owner, name, found, lambda: getattr(owner, name))
    if isinstance(found, float | int | np.ndarray | np.generic):
        raise NotCompiled(f"the attribute '{name}', which may change")
    return k.symbol(found, name, k)
