"""Diagonals of matrices in a kernel: taken, placed among zeros, added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.transforms.fuse_arrays import dims_from, dtype_of, element, is_array, memory_of, total, types_of
from diffpy.transforms.fuse_calls import METHODS, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_making import filled
from diffpy.transforms.fuse_values import NONE, Lazy, NotCompiled, Number, literal


def _offset(offset: Any) -> int:
    if offset is NONE:
        return 0
    if not isinstance(offset, Number) or type(offset.value) is not int:
        raise NotCompiled("a diagonal that is not known")
    return offset.value


def _taken(k: Kernel, x: Any, offset: Any = NONE) -> Lazy:
    """The main diagonal of a square matrix, or another one."""
    o = _offset(offset)
    if not is_array(x) or len(x.dims) != 2:
        raise NotCompiled("a diagonal of what is no matrix")
    k.equal(*x.dims)
    dim = x.dims[0]
    if o:
        k.redo_if(f"{dim} < {abs(o)}")
        dim = _changed(k, dim, -abs(o))
    row, column = max(-o, 0), max(o, 0)

    def at(places: tuple[str, ...]) -> Number:
        return element(k, x, (_moved(places[0], row), _moved(places[0], column)))

    return Lazy((dim,), at, types_of(x), memory_of(x))


def _changed(k: Kernel, dim: str, by: int) -> str:
    """A size that is so much larger."""
    if not by:
        return dim
    if dim.isdigit():
        return str(int(dim) + by)
    return k.size(f"{dim} + {by}" if by > 0 else f"{dim} - {-by}")


def _moved(place: str, by: int) -> str:
    if not by:
        return place
    return str(int(place) + by) if place.isdigit() else f"{place} + {by}"


def _placed(k: Kernel, x: Any, size: str, offset: Any = NONE) -> Lazy:
    """A square matrix with a vector, or a number, on a diagonal of zeros."""
    o = _offset(offset)
    kind = dtype_of(types_of(x)) if is_array(x) else "float64"
    if kind not in ("float64", "float32"):
        raise NotCompiled(f"a diagonal of {kind}")
    if is_array(x):
        k.equal(x.dims[0], _changed(k, size, -abs(o)))
    zero = filled(k, (), literal(0.0), kind).element(()).text

    def at(places: tuple[str, ...]) -> Number:
        row, column = places
        along = column if o < 0 else row
        one = element(k, x, (along,)) if is_array(x) else k.atom(x)
        test = f"{_moved(row, max(o, 0))} == {_moved(column, max(-o, 0))}"
        return Number(frozenset({kind}), f"({one.text} if {test} else {zero})")

    return Lazy((size, size), at, frozenset({kind}))


@stands_for(np.diag)
def _diag(k: Kernel, x: Any, offset: Any = NONE) -> Lazy:
    if not is_array(x) or len(x.dims) != 1:
        return _taken(k, x, offset)
    return _placed(k, x, _changed(k, x.dims[0], abs(_offset(offset))), offset)


@stands_for("diffpy.runtime.matrices.diag_pullback")
def _diag_pullback(k: Kernel, d: Any, v_shape: Any, offset: Any = NONE) -> Lazy:
    dims = dims_from(k, v_shape)
    if len(dims) == 1:
        return _taken(k, d, offset)
    k.equal(*dims)
    return _placed(k, d, dims[0], offset)


@stands_for(np.trace)
def _trace(k: Kernel, x: Any, offset: Any = NONE) -> Number:
    return total(k, _taken(k, x, offset))


METHODS["trace"] = _trace
METHODS["diagonal"] = _taken


@stands_for("diffpy.runtime.matrices.trace_pullback")
def _trace_pullback(
    k: Kernel, d: Any, shape: Any, offset: Any = NONE, one: Any = NONE, other: Any = NONE
) -> Lazy:
    dims = dims_from(k, shape)
    axes = tuple(getattr(axis, "value", None) for axis in (one, other))
    if not isinstance(d, Number) or axes not in ((None, None), (0, 1)):
        raise NotCompiled("a trace along other axes than the first two")
    k.equal(*dims)
    return _placed(k, d, dims[0], offset)


@stands_for(np.diagonal, "diffpy.runtime.matrices.diagonal_of")
def _diagonal(k: Kernel, x: Any, offset: Any = NONE, one: Any = NONE, other: Any = NONE) -> Lazy:
    if any(axis is not NONE for axis in (one, other)):
        raise NotCompiled("a diagonal along axes that are given")
    return _taken(k, x, offset)
