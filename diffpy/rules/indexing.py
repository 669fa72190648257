"""Rules of operations that take elements by place or choose among arrays."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import linear
from diffpy.runtime.arrays import placed
from diffpy.runtime.orders import (
    delete_pullback,
    kept_indices,
    select_default,
    select_pullback,
    take_along_axis_pullback,
    take_pullback,
)

linear(
    "getitem", "a, index, /", of=("operator.getitem",), a=lambda d, a_shape, index: placed(d, a_shape, index)
)
linear(
    "take",
    "a, indices, axis=None",
    a=lambda d, a_shape, indices, axis: take_pullback(d, a_shape, indices, axis),
)
linear(
    "take_along_axis",
    "arr, indices, axis=-1",
    arr=lambda d, arr_shape, indices, axis: take_along_axis_pullback(d, arr_shape, indices, axis),
)
linear(
    "compress",
    "condition, a, axis=None, out=None",
    a=lambda d, condition, a_shape, axis: take_pullback(d, a_shape, kept_indices(condition), axis),
)
linear(
    "extract",
    "condition, arr",
    arr=lambda d, condition, arr_shape: take_pullback(d, arr_shape, kept_indices(condition)),
)
linear(
    "delete",
    "arr, obj, axis=None",
    arr=lambda d, arr_shape, obj, axis: delete_pullback(d, arr_shape, obj, axis),
)
linear(
    "select",
    "condlist, choicelist, default=0",
    no_derivative={"condlist": "it is a condition"},
    choicelist=lambda d, condlist, choicelist: select_pullback(d, condlist, choicelist),
    default=lambda d, condlist, default_shape: select_default(d, condlist, default_shape),
)
linear(
    "bincount",
    "x, /, weights=None, minlength=0",
    no_derivative={"x": "it is an index"},
    ignores="minlength",
    weights=lambda d, x: d[x],
)
linear("diagflat", "v, k=0", v=lambda d, v_shape, k: xp.reshape(xp.diagonal(d, k), v_shape))
