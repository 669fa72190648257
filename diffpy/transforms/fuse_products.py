"""Products of arrays in a kernel, and transposes."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import arithmetic, dims_of, ints, is_array, product_total, turned
from diffpy.transforms.fuse_calls import CALLS, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy
from diffpy.transforms.fuse_numbers import multiply
from diffpy.transforms.fuse_values import NONE, Array, Axis, NotCompiled, Number, Tuple, View, literal


@stands_for(np.vdot)
def _vdot(k: Kernel, a: Any, b: Any) -> Any:
    if isinstance(a, Number) and isinstance(b, Number):
        return as_numpy(multiply(k, a, b))
    return product_total(k, a, b)


@stands_for(np.dot)
@method("dot")
def dot(k: Kernel, a: Any, b: Any) -> Any:
    if not (is_array(a) and is_array(b)):
        return arithmetic(k, gast.Mult(), a, b)
    return matrix_product(k, a, b)


def matrix_product(k: Kernel, a: Any, b: Any) -> Any:
    if len(dims_of(a)) == len(dims_of(b)) == 1:
        return product_total(k, a, b)
    raise NotCompiled("a product of matrices is left to BLAS")


CALLS[np.matmul] = matrix_product


@stands_for(np.outer)
def _outer(k: Kernel, a: Any, b: Any) -> Any:
    if len(dims_of(a)) != 1 or len(dims_of(b)) != 1:
        raise NotCompiled("an outer product of what are no vectors")
    rows = View(a, (_along(0),), (a.dims[0], "1")) if isinstance(a, Array) else None
    if rows is None:
        raise NotCompiled("an outer product of views")
    return arithmetic(k, gast.Mult(), rows, b)


def _along(place: int) -> Any:
    return Axis("0", 1, place)


@stands_for(np.transpose)
def _transpose(k: Kernel, x: Any, axes: Any = NONE) -> Any:
    if not is_array(x):
        raise NotCompiled("a transpose of what is no array")
    return turned(x, None if axes is NONE else ints(axes))


@stands_for("diffpy.runtime.arrays.inverse")
def _inverse(k: Kernel, axes: Any) -> Any:
    if axes is NONE:
        return NONE
    order = ints(axes)
    return Tuple(tuple(literal(order.index(place)) for place in range(len(order))))
