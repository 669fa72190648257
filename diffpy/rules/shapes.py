"""Rules of operations that only move elements: reshaping, joining, splitting, repeating, converting."""

from __future__ import annotations

from typing import Any

import numpy as xp

from diffpy.rules.table import linear, rule
from diffpy.runtime.arrays import inverse, negated, placed, rolled_back, unbroadcast
from diffpy.runtime.joins import (
    append_left,
    append_right,
    broadcast_arrays_pullback,
    column_stack_pullback,
    concatenate_pullback,
    converted_parts,
    dstack_pullback,
    hstack_pullback,
    meshgrid_pullback,
    pad_pullback,
    pieces_joined,
    pieces_stacked,
    repeat_pullback,
    stack_pullback,
    tile_pullback,
    vstack_pullback,
    windows_pullback,
)
from diffpy.runtime.sequences import unpacked
from diffpy.runtime.strided import strided_index, strided_like

LAYOUT = "the derivative of an order that depends on the memory layout is not known; use 'C' or 'F'"
PLACES = "it says where the entries stand"
KEPT: dict[str, Any] = {"unless": {"order": LAYOUT}, "accepts": {"order": ("F",)}}

# Other shapes

linear(
    "reshape",
    "a, /, shape, order='C', *, copy=None",
    **KEPT,
    a=lambda d, a_shape, order: xp.reshape(d, a_shape, order=order),
)
linear("ravel", "a, order='C'", **KEPT, a=lambda d, a_shape, order: xp.reshape(d, a_shape, order=order))
linear("squeeze", "a, axis=None", ignores="axis", a=lambda d, a_shape: xp.reshape(d, a_shape))
linear("expand_dims", "a, axis", a=lambda d, a_shape: xp.reshape(d, a_shape))
for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    linear(name, "x, /", x=lambda d, x_shape: xp.reshape(d, x_shape))
linear("broadcast_to", "array, shape, subok=False", array=lambda d, array_shape: unbroadcast(d, array_shape))
linear("broadcast_arrays", "*args, subok=False", args=lambda d, args: broadcast_arrays_pullback(d, args))
linear(
    "sliding_window_view",
    "x, window_shape, axis=None, *, subok=False, writeable=False",
    of=("numpy.lib.stride_tricks.sliding_window_view",),
    unless={"writeable": "windows that overlap would share one cotangent"},
    x=lambda d, x_shape, window_shape, axis: windows_pullback(d, x_shape, window_shape, axis),
)
rule(
    "as_strided",
    "x, shape=None, strides=None, subok=False, writeable=True",
    of=("numpy.lib.stride_tricks.as_strided",),
    no_derivative={"shape": PLACES, "strides": PLACES},
    ignores="writeable",
    forward={"x": lambda d, x, shape, strides: strided_like(d, x, shape, strides)},
    x=lambda d, x, x_shape, shape, strides: placed(d, x_shape, strided_index(x, shape, strides)),
)
linear(
    "meshgrid",
    "*xi, copy=True, sparse=False, indexing='xy'",
    ignores="sparse",
    xi=lambda d, xi, indexing: meshgrid_pullback(d, xi, indexing),
)

# Other axes

linear(
    "transpose",
    "a, axes=None",
    of=("numpy.transpose", "numpy.permute_dims"),
    a=lambda d, axes: d.T if axes is None else xp.transpose(d, inverse(axes)),
)
linear(
    "matrix_transpose",
    "x, /",
    of=("numpy.matrix_transpose", "numpy.linalg.matrix_transpose"),
    x=lambda d: xp.swapaxes(d, -1, -2),
)
linear("swapaxes", "a, axis1, axis2", a=lambda d, axis1, axis2: xp.swapaxes(d, axis1, axis2))
linear(
    "moveaxis", "a, source, destination", a=lambda d, source, destination: xp.moveaxis(d, destination, source)
)
linear(
    "rollaxis",
    "a, axis, start=0",
    no_derivative={"start": "it is an axis"},
    a=lambda d, axis, start: rolled_back(d, axis, start),
)
linear("flip", "m, axis=None", m=lambda d, axis: xp.flip(d, axis))
linear("fliplr", "m", m=lambda d: xp.fliplr(d))
linear("flipud", "m", m=lambda d: xp.flipud(d))
linear("roll", "a, shift, axis=None", a=lambda d, shift, axis: xp.roll(d, negated(shift), axis))
linear("rot90", "m, k=1, axes=(0, 1)", m=lambda d, k, axes: xp.rot90(d, -k, axes))

# Joining: a list or tuple of cotangents

linear(
    "concatenate",
    "arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind'",
    of=("numpy.concatenate", "numpy.concat"),
    ignores="casting",
    arrays=lambda d, arrays, axis, dtype: (
        concatenate_pullback(d, arrays, axis)
        if dtype is None
        else converted_parts(concatenate_pullback(d, arrays, axis), dtype)
    ),
)
linear(
    "stack",
    "arrays, axis=0, out=None, *, dtype=None, casting='same_kind'",
    ignores="casting",
    arrays=lambda d, arrays, axis, dtype: (
        stack_pullback(d, arrays, axis)
        if dtype is None
        else converted_parts(stack_pullback(d, arrays, axis), dtype)
    ),
)
linear(
    "hstack",
    "tup, *, dtype=None, casting='same_kind'",
    ignores="casting",
    tup=lambda d, tup, dtype: (
        hstack_pullback(d, tup) if dtype is None else converted_parts(hstack_pullback(d, tup), dtype)
    ),
)
linear(
    "vstack",
    "tup, *, dtype=None, casting='same_kind'",
    of=("numpy.vstack", "numpy.row_stack"),
    ignores="casting",
    tup=lambda d, tup, dtype: (
        vstack_pullback(d, tup) if dtype is None else converted_parts(vstack_pullback(d, tup), dtype)
    ),
)
linear("dstack", "tup", tup=lambda d, tup: dstack_pullback(d, tup))
linear("column_stack", "tup", tup=lambda d, tup: column_stack_pullback(d, tup))
linear(
    "append",
    "arr, values, axis=None",
    arr=lambda d, arr_shape, axis: append_left(d, arr_shape, axis),
    values=lambda d, arr_shape, values_shape, axis: append_right(d, arr_shape, values_shape, axis),
)

# Splitting: d is a list

for name in ("split", "array_split"):
    linear(name, "ary, indices_or_sections, axis=0", ary=lambda d, y, axis: pieces_joined(d, y, axis))
linear("hsplit", "ary, indices_or_sections", ary=lambda d, y: pieces_joined(d, y, 0 if y[0].ndim == 1 else 1))
linear("vsplit", "ary, indices_or_sections", ary=lambda d, y: pieces_joined(d, y, 0))
linear("dsplit", "ary, indices_or_sections", ary=lambda d, y: pieces_joined(d, y, 2))
linear("unstack", "x, /, *, axis=0", x=lambda d, y, axis: pieces_stacked(d, y, axis))

# Repeating

linear(
    "repeat",
    "a, repeats, axis=None",
    a=lambda d, a_shape, repeats, axis: repeat_pullback(d, a_shape, repeats, axis),
)
linear("tile", "A, reps", A=lambda d, A_shape, reps: tile_pullback(d, A_shape, reps))
rule(
    "pad",
    "array, pad_width",
    forward={"array": lambda d, pad_width: xp.pad(d, pad_width)},
    array=lambda d, array_shape, pad_width: pad_pullback(d, array_shape, pad_width),
)

# Copying and converting

linear(
    "array",
    "object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, like=None",
    ignores="order",
    object=lambda d, object, dtype, ndmin: unpacked(d, object, dtype, ndmin),
)
linear(
    "asarray",
    "a, dtype=None, order=None, *, device=None, copy=None, like=None",
    ignores="order",
    of=(
        "numpy.asarray",
        "numpy.asanyarray",
        "numpy.ascontiguousarray",
        "numpy.asfortranarray",
        "numpy.asarray_chkfinite",
    ),
    a=lambda d, a, dtype: unpacked(d, a, dtype),
)
linear("copy", "a, order='K', subok=False", ignores="order", a=lambda d, a: unpacked(d, a))
linear("astype", "x, dtype, /, *, copy=True, device=None", x=lambda d, x, dtype: unpacked(d, x, dtype))
