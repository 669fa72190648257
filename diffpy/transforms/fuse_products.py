"""Products of arrays in a kernel: sums of two vectors, matrices by BLAS, cross products, contractions."""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    base_places,
    broadcast,
    dims_of,
    dtype_of,
    element,
    equal_dims,
    ints,
    is_array,
    made,
    product_total,
    types_of,
    whole,
    with_axis,
    zeros,
)
from diffpy.transforms.fuse_arrays import turned as transposed
from diffpy.transforms.fuse_calls import CALLS, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy
from diffpy.transforms.fuse_numbers import multiply, operate
from diffpy.transforms.fuse_runtime import unbroadcast
from diffpy.transforms.fuse_text import Block, Deed
from diffpy.transforms.fuse_values import NONE, Array, Lazy, NotCompiled, Number, View


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
    if len(a.dims) > 2 or len(b.dims) > 2:
        raise NotCompiled("np.dot of stacks of matrices")
    return matrix_product(k, a, b)


def matrix_product(k: Kernel, a: Any, b: Any) -> Any:
    """a @ b."""
    if not (is_array(a) and is_array(b)) or not a.dims or not b.dims:
        raise NotCompiled("a product of matrices with what is no array")
    if len(a.dims) == len(b.dims) == 1:
        return product_total(k, a, b)
    types = types_of(a)
    if types != types_of(b) or dtype_of(types) not in ("float64", "float32"):
        raise NotCompiled("a product of matrices that are not both float64, or float32")
    if len(a.dims) > 2 and len(b.dims) == 2:
        return _rows_times(k, a, b)
    stack = broadcast(k, [a.dims[:-2], b.dims[:-2]])
    equal_dims(k, (a.dims[-1],), (b.dims[-2 if len(b.dims) > 1 else -1],))
    a, b = _as_factor(k, a), _as_factor(k, b)
    out = k.empty("product", (*stack, *a.dims[-2:-1], *b.dims[-2:][1:]), dtype_of(types))
    places = tuple("0" if dim == "1" else f"i_{axis}" for axis, dim in enumerate(stack))
    factors = [_written(one, places) for one in (a, b, out)]
    body: list[Any] = [Deed(f"np.dot({', '.join(factors)})", frozenset({out.name}))]
    for dim, place in reversed(list(zip(stack, places, strict=True))):
        body = [Block(f"for {place} in range({dim}):", body)] if dim != "1" else body
    k.out += body
    return out


def _rows_times(k: Kernel, a: Any, b: Any) -> Array:
    """A stack of matrices times one matrix: all rows of the stack at once."""
    equal_dims(k, a.dims[-1:], b.dims[:1])
    out = k.empty("product", (*a.dims[:-1], b.dims[1]), dtype_of(types_of(a)))
    factors = _rows(k, a), _written(_as_factor(k, b), ()), _rows(k, out)
    k.out.append(Deed(f"np.dot({', '.join(factors)})", frozenset({out.name, factors[2]})))
    return out


def _rows(k: Kernel, value: Any) -> str:
    """The name of a matrix with all rows of a stack of matrices."""
    array = value if isinstance(value, Array) else made(k, value, "factor")
    name = k.fresh("rows")
    count = " * ".join(dim for dim in array.dims[:-1] if dim != "1") or "1"
    k.assign(name, f"{array.name}.reshape(({count}, {array.dims[-1]}))")
    return name


CALLS[np.matmul] = CALLS[operator.matmul] = matrix_product


def _as_factor(k: Kernel, value: Any) -> Array | View:
    """The same as matrices that lie in memory row by row, turned or not."""
    if isinstance(value, Array | View) and (_lies_in_rows(value) or _is_part(value)):
        return value
    return made(k, value, "factor")


def _lies_in_rows(value: Array | View) -> bool:
    view = whole(value)
    rank, axes = len(view.dims), view.axes
    last = axes[len(axes) - min(rank, 2) :]
    if not all(axis.along is not None and axis.start == "0" and axis.step == 1 for axis in last):
        return False
    if any(
        view.base.dims[len(axes) - len(last) + n] != view.dims[axis.along or 0] for n, axis in enumerate(last)
    ):
        return False
    first = axes[: len(axes) - len(last)]
    if {axis.along for axis in last} != {*range(rank - len(last), rank)}:
        return False
    if len({axis.along for axis in first if axis.along is not None}) != max(rank - 2, 0):
        return False
    return all(axis.along is None or (axis.step == 1 and axis.start == "0") for axis in first)


def _is_part(value: Array | View) -> bool:
    """Whether this is part of a larger matrix, or a column of one, which products take where it lies."""
    view = whole(value)
    along = [axis.along for axis in view.axes if axis.along is not None]
    is_plain = all(axis.step == 1 for axis in view.axes) and sorted(along) == [*range(len(view.dims))]
    if not is_plain or not 1 <= len(along) <= 2 or len(view.axes) < 2:
        return False
    return len(along) == 1 or view.axes[-1].along is not None


def _part_written(view: View) -> str:
    """A part as slices of the whole."""
    places = []
    for axis in view.axes:
        if axis.along is None:
            places.append(axis.start)
        else:
            dim = view.dims[axis.along]
            places.append(f"0:{dim}" if axis.start == "0" else f"{axis.start}:{axis.start} + {dim}")
    is_turned = [axis.along for axis in view.axes if axis.along is not None] == [1, 0]
    return f"{view.base.name}[{', '.join(places)}]{'.T' * is_turned}"


def _written(value: Array | View, places: tuple[str, ...]) -> str:
    """A matrix of a stack as an expression."""
    view = whole(value)
    if not _lies_in_rows(value):
        return _part_written(view)
    rank = min(len(view.dims), 2)
    stack = view.dims[:-rank]
    own = tuple(
        "0" if dim == "1" else at for dim, at in zip(stack, places[len(places) - len(stack) :], strict=True)
    )
    before = base_places(view, (*own, *("0",) * rank))[: len(view.axes) - rank]
    text = f"{view.base.name}[{', '.join(before)}]" if before else view.base.name
    is_turned = rank == 2 and view.axes[-2].along == len(view.dims) - 1
    return f"{text}.T" if is_turned else text


def _turned(value: Any) -> Any:
    """The same with its last two axes changed for one another."""
    rank = len(value.dims)
    return transposed(value, [*range(rank - 2), rank - 1, rank - 2])


@stands_for("diffpy.runtime.contractions.matmul_left")
def _matmul_left(k: Kernel, d: Any, a_shape: Any, b: Any) -> Any:
    """The cotangent of a in a @ b."""
    match len(a_shape.items), len(b.dims):
        case 1, 1:
            return arithmetic(k, gast.Mult(), d, b)
        case 1, 2:
            return matrix_product(k, b, d)
        case _, 1:
            return arithmetic(k, gast.Mult(), with_axis(d, len(d.dims)), b)
        case 1, _:
            raise NotCompiled("a product of a vector and a stack of matrices")
    return unbroadcast(k, matrix_product(k, d, _turned(b)), a_shape)


@stands_for("diffpy.runtime.contractions.matmul_right")
def _matmul_right(k: Kernel, d: Any, a: Any, b_shape: Any) -> Any:
    """The cotangent of b in a @ b."""
    match len(a.dims), len(b_shape.items):
        case 1, 1:
            return arithmetic(k, gast.Mult(), d, a)
        case 2, 1:
            return matrix_product(k, transposed(a), d)
        case 1, 2:
            return arithmetic(k, gast.Mult(), with_axis(a, 1), d)
        case one, other if 1 in (one, other):
            raise NotCompiled("a product of a vector and a stack of matrices")
        case one, 2 if one > 2 and one == len(d.dims):
            return _turned_rows_times(k, a, d)
    return unbroadcast(k, matrix_product(k, _turned(a), d), b_shape)


def _turned_rows_times(k: Kernel, a: Any, d: Any) -> Array:
    """The sum over a stack of a.T @ d: one product of all rows."""
    if types_of(a) != types_of(d) or dtype_of(types_of(a)) not in ("float64", "float32"):
        raise NotCompiled("a product of matrices that are not both float64, or float32")
    equal_dims(k, a.dims[:-1], d.dims[:-1])
    out = k.empty("product", (a.dims[-1], d.dims[-1]), dtype_of(types_of(a)))
    k.out.append(Deed(f"np.dot({_rows(k, a)}.T, {_rows(k, d)}, {out.name})", frozenset({out.name})))
    return out


@stands_for(np.outer)
def _outer(k: Kernel, a: Any, b: Any) -> Any:
    if len(dims_of(a)) != 1 or len(dims_of(b)) != 1:
        raise NotCompiled("an outer product of what are no vectors")
    return arithmetic(k, gast.Mult(), with_axis(a, 1), b)


@stands_for(np.tensordot)
def _tensordot(k: Kernel, a: Any, b: Any, axes: Any = None) -> Any:
    """The sum over the last axes of a and the first ones of b."""
    count = 2 if axes is None else ints(axes)[0] if isinstance(axes, Number) else None
    if count is None or not is_array(a) or not is_array(b) or types_of(a) != types_of(b):
        raise NotCompiled("np.tensordot with axes of their own")
    rank = len(a.dims) - count
    equal_dims(k, a.dims[rank:], b.dims[:count])
    if rank + len(b.dims) == count:
        return product_total(k, a, b)
    dims = (*a.dims[:rank], *b.dims[count:])
    if not dims:
        return product_total(k, a, b)
    a, b = _at_hand(k, a), _at_hand(k, b)
    found = zeros(k, dims, dtype_of(types_of(a)), "product")

    def add(places: tuple[str, ...]) -> None:
        one = multiply(k, element(k, a, places[: len(a.dims)]), element(k, b, places[rank:]))
        kept = (*places[:rank], *places[len(a.dims) :])
        k.access(found, kept, "loads")
        k.access(found, kept, "stores")
        place = f"{found.name}[{', '.join(kept)}]"
        k.line(f"{place} = added({place}, {one.text})", found.name)

    k.loop((*a.dims, *b.dims[count:]), add)
    return found


def _at_hand(k: Kernel, value: Any) -> Any:
    """What is read many times is computed once."""
    return made(k, value, "factor") if isinstance(value, Lazy) else value


# Cross products


@stands_for(np.cross)
def _cross(
    k: Kernel, a: Any, b: Any, axisa: Any = None, axisb: Any = None, axisc: Any = None, axis: Any = NONE
) -> Array:
    """Of vectors of three components along the last axes."""
    if any(one is not None and one.value != -1 for one in (axisa, axisb, axisc)) or axis not in (NONE, None):
        raise NotCompiled("a cross product along other axes than the last")
    if not (is_array(a) and is_array(b)) or not a.dims or not b.dims:
        raise NotCompiled("a cross product of what are no vectors")
    if "2" in (a.dims[-1], b.dims[-1]):
        raise NotCompiled("a cross product of vectors of two components")
    for one in (a, b):
        equal_dims(k, one.dims[-1:], ("3",))
    a, b = _at_hand(k, a), _at_hand(k, b)
    stack = broadcast(k, [a.dims[:-1], b.dims[:-1]])
    types = operate(k, gast.Mult(), Number(types_of(a), "x"), Number(types_of(b), "x")).types
    out = k.empty("crossed", (*stack, "3"), dtype_of(types))

    def write(places: tuple[str, ...]) -> None:
        for n in range(3):
            one, other = str((n + 1) % 3), str((n + 2) % 3)
            first = multiply(k, element(k, a, (*places, one)), element(k, b, (*places, other)))
            last = multiply(k, element(k, a, (*places, other)), element(k, b, (*places, one)))
            k.access(out, (*places, str(n)), "stores")
            found = operate(k, gast.Sub(), first, last)
            k.line(f"{out.name}[{', '.join((*places, str(n)))}] = {found.text}", out.name)

    k.loop(stack, write) if stack else write(())
    return out


@stands_for("diffpy.runtime.contractions.cross_left")
def _cross_left(k: Kernel, d: Any, a_shape: Any, b: Any, *axes: Any) -> Any:
    return unbroadcast(k, _cross(k, b, d, *axes), a_shape)


@stands_for("diffpy.runtime.contractions.cross_right")
def _cross_right(k: Kernel, d: Any, a: Any, b_shape: Any, *axes: Any) -> Any:
    return unbroadcast(k, _cross(k, d, a, *axes), b_shape)
