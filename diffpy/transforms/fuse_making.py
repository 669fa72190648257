"""New arrays in a kernel, and what is asked of shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    copied,
    dims_from,
    dims_of,
    dtype_of,
    element,
    ints,
    is_array,
    shape_tuple,
    types_of,
    zeros,
)
from diffpy.transforms.fuse_calls import CALLS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy
from diffpy.transforms.fuse_numbers import as_single, operate
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import NONE, Known, Lazy, NotCompiled, Number, Tuple, literal, number

# Arrays


def kind_of(k: Kernel, dtype: Any, default: str = "float64") -> str:
    if dtype is None or dtype is NONE:
        return default
    if isinstance(dtype, Known):
        try:
            name = np.dtype(dtype.value).name
        except TypeError:
            raise NotCompiled("a dtype that is not known") from None
        if name in ("float64", "float32", "int64", "bool"):
            return name
    raise NotCompiled("a dtype that is not known")


@stands_for(np.zeros)
def _np_zeros(k: Kernel, shape: Any, dtype: Any = None) -> Any:
    return zeros(k, dims_from(k, shape), kind_of(k, dtype), "zeros")


# What is read before it is written may be anything: zeros are, and the same ones each time.
CALLS[np.empty] = CALLS[np.ndarray] = CALLS[np.zeros]


@stands_for(np.ones)
def _np_ones(k: Kernel, shape: Any, dtype: Any = None) -> Any:
    return filled(k, dims_from(k, shape), literal(1.0), kind_of(k, dtype))


@stands_for(np.full)
def _np_full(k: Kernel, shape: Any, value: Any, dtype: Any = None) -> Any:
    if not isinstance(value, Number):
        raise NotCompiled("np.full of an array")
    given = dtype_of(as_numpy(replace(value, value=None)).types)
    return filled(k, dims_from(k, shape), value, kind_of(k, dtype, given))


def filled(k: Kernel, dims: tuple[str, ...], value: Number, kind: str) -> Lazy:
    if kind not in ("float64", "float32"):
        raise NotCompiled(f"an array filled with {kind}")
    name = "float64" if kind == "float64" else "float32"
    text = as_float(value) if kind == "float64" else as_single(value)
    one = number(name, text)
    return Lazy(dims, lambda places: one, one.types)


@stands_for(np.zeros_like, "diffpy.runtime.structures.zero_tangent")
def _zeros_like(k: Kernel, x: Any, dtype: Any = None) -> Any:
    if isinstance(x, Number):
        if dtype is None and x.types == {"float"}:
            return number("float", "0.0", value=0.0)
        raise NotCompiled("zeros like a number")
    if isinstance(x, Tuple):
        return x.unnamed(_zeros_like(k, one) for one in x.items)
    return zeros(k, dims_of(x), kind_of(k, dtype, dtype_of(types_of(x))), "zeros")


@stands_for(np.empty_like)
def _empty_like(k: Kernel, x: Any, dtype: Any = None) -> Any:
    if not is_array(x):
        raise NotCompiled("an empty array like what is none")
    return _zeros_like(k, x, dtype)


@stands_for(np.full_like)
def _full_like(k: Kernel, x: Any, value: Any, dtype: Any = None) -> Any:
    if not is_array(x) or not isinstance(value, Number):
        raise NotCompiled("an array filled like what is none")
    return filled(k, x.dims, value, kind_of(k, dtype, dtype_of(types_of(x))))


@stands_for(np.ones_like)
def _ones_like(k: Kernel, x: Any) -> Any:
    if not is_array(x):
        raise NotCompiled("ones like a number")
    return filled(k, x.dims, literal(1.0), dtype_of(types_of(x)))


@stands_for(np.eye)
def _eye(k: Kernel, rows: Any, columns: Any = NONE, offset: Any = None, dtype: Any = None) -> Lazy:
    dims = dims_from(k, Tuple((rows, rows if columns is NONE else columns)))
    shift = "0" if offset is None else offset.text
    kind = kind_of(k, dtype)
    one, other = (filled(k, (), literal(value), kind).element(()).text for value in (1.0, 0.0))

    def at(places: tuple[str, ...]) -> Number:
        return number(kind, f"({one} if {places[1]} == {places[0]} + {shift} else {other})")

    return Lazy(dims, at, frozenset({kind}))


def _triangle(sign: str) -> Handler:
    def call(k: Kernel, x: Any, offset: Any = None) -> Lazy:
        if not is_array(x) or len(x.dims) < 2 or dtype_of(types_of(x)) not in ("float64", "float32"):
            raise NotCompiled("a triangle of what is no matrix of floats")
        shift = "0" if offset is None else k.atom(offset).text
        zero = filled(k, (), literal(0.0), dtype_of(types_of(x))).element(()).text

        def at(places: tuple[str, ...]) -> Number:
            one = element(k, x, places)
            return replace(
                one, text=f"({one.text} if {places[-1]} {sign} {places[-2]} + {shift} else {zero})"
            )

        return Lazy(x.dims, at, types_of(x))

    return call


CALLS[np.tril], CALLS[np.triu] = _triangle("<="), _triangle(">=")


@stands_for(np.arange)
def _arange(k: Kernel, *ends: Any) -> Lazy:
    """Integers one after the other."""
    if len(ends) > 2 or not all(isinstance(one, Number) and one.types <= {"int"} for one in ends):
        raise NotCompiled("np.arange of what are no integers, or with a step")
    start = literal(0) if len(ends) == 1 else k.atom(ends[0])
    count = ends[-1] if len(ends) == 1 else operate(k, gast.Sub(), ends[1], start)
    dims = dims_from(k, count)

    def at(places: tuple[str, ...]) -> Number:
        text = places[0] if start.value == 0 else f"({places[0]} + {start.text})"
        return number("int64", text, bits=50)

    return Lazy(dims, at, frozenset({"int64"}))


@stands_for(np.copy)
@method("copy")
def _copy(k: Kernel, x: Any) -> Any:
    if not is_array(x):
        raise NotCompiled("a copy of what is no array")
    return copied(k, x, "copied")


@stands_for(np.asarray)
def _asarray(k: Kernel, x: Any, dtype: Any = None) -> Any:
    if not is_array(x) or kind_of(k, dtype, dtype_of(types_of(x))) != dtype_of(types_of(x)):
        raise NotCompiled("an array made of what is none")
    return x


@stands_for(np.array)
def _np_array(k: Kernel, x: Any) -> Any:
    """A vector of numbers, or one number as an array without axes."""
    if is_array(x):
        return copied(k, x, "copied")
    if isinstance(x, Number):
        one = as_numpy(replace(k.atom(x), value=None))
        return Lazy((), lambda places: one, one.types)
    if (
        not isinstance(x, Tuple)
        or x.keys is not None
        or not x.items
        or not all(isinstance(one, Number) for one in x.items)
    ):
        raise NotCompiled("an array made of these items")
    items = [as_numpy(k.atom(one)) for one in x.items]
    types = frozenset().union(*(one.types for one in items))
    if not types <= {"float64"}:
        raise NotCompiled("an array made of items that are not all float64")
    array = k.empty("items", (str(len(items)),), "float64")
    for place, one in enumerate(items):
        k.line(f"{array.name}[{place}] = {as_float(one)}", array.name)
    return array


@stands_for(np.shape, "diffpy.runtime.arrays.shape_of")
def _np_shape(k: Kernel, x: Any) -> Tuple:
    return shape_tuple(x)


@stands_for(np.size)
def _np_size(k: Kernel, x: Any) -> Number:
    return count_of(k, shape_tuple(x))


@stands_for("diffpy.runtime.arrays.count")
def count_of(k: Kernel, shape: Any, axis: Any = NONE, ddof: Any = None) -> Number:
    if not isinstance(shape, Tuple):
        raise NotCompiled("a shape that is not known")
    axes = range(len(shape.items)) if axis is NONE else [one % len(shape.items) for one in ints(axis)]
    found = literal(1)
    for place in axes:
        found = operate(k, gast.Mult(), found, shape.items[place])
    return found if ddof is None else operate(k, gast.Sub(), found, ddof)


def is_set(keepdims: Any) -> bool:
    if keepdims is None:
        return False
    if isinstance(keepdims, Number) and keepdims.value is not None:
        return bool(keepdims.value)
    raise NotCompiled("keepdims that is not known")
