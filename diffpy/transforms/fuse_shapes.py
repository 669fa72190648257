"""Arrays of other shapes in a kernel: the same elements, seen by other axes."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    broadcast,
    dims_from,
    element,
    ints,
    is_array,
    made,
    memory_of,
    size_number,
    turned,
    types_of,
    with_axis,
    without_axis,
)
from diffpy.transforms.fuse_calls import method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_numbers import operate
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Known,
    Lazy,
    NotCompiled,
    Number,
    Tuple,
    literal,
    number,
)


def _array(x: Any) -> Any:
    if not is_array(x):
        raise NotCompiled("another shape of what is no array")
    return x


@stands_for(np.transpose)
def _transpose(k: Kernel, x: Any, axes: Any = NONE) -> Any:
    return turned(_array(x), None if axes is NONE else ints(axes))


@method("transpose")
def _method_transpose(k: Kernel, x: Any, *axes: Any) -> Any:
    return turned(_array(x), None if not axes else ints(Tuple(axes) if len(axes) > 1 else axes[0]))


@stands_for(np.swapaxes)
@method("swapaxes")
def _swapaxes(k: Kernel, x: Any, one: Any, other: Any) -> Any:
    order = list(range(len(_array(x).dims)))
    first, last = ints(Tuple((one, other)))
    order[first], order[last] = order[last], order[first]
    return turned(x, order)


@stands_for(np.moveaxis)
def _moveaxis(k: Kernel, x: Any, source: Any, destination: Any) -> Any:
    rank = len(_array(x).dims)
    pairs = zip(ints(destination), ints(source), strict=True)
    moved = dict(sorted((to % rank, place % rank) for to, place in pairs))
    order = [place for place in range(rank) if place not in moved.values()]
    for to, place in moved.items():
        order.insert(to, place)
    return turned(x, order)


@stands_for("diffpy.runtime.arrays.inverse")
def _inverse(k: Kernel, axes: Any) -> Any:
    if axes is NONE:
        return NONE
    order = ints(axes)
    return Tuple(tuple(literal(order.index(place)) for place in range(len(order))))


@stands_for("diffpy.runtime.arrays.inverse_of")
def _inverse_of(k: Kernel, axes: Any) -> Any:
    """The permutation that undoes x.transpose(*axes)."""
    if not isinstance(axes, Tuple):
        raise NotCompiled("axes that are not known")
    is_one = len(axes.items) == 1 and not isinstance(axes.items[0], Number)
    return _inverse(k, axes.items[0] if is_one else axes if axes.items else NONE)


@stands_for(np.expand_dims)
def _expand_dims(k: Kernel, x: Any, axis: Any) -> Any:
    places = ints(axis)
    rank = len(_array(x).dims) + len(places)
    for place in sorted(one % rank for one in places):
        x = with_axis(x, place)
    return x


@stands_for(np.squeeze)
@method("squeeze")
def _squeeze(k: Kernel, x: Any, axis: Any = NONE) -> Any:
    rank = len(_array(x).dims)
    places = (
        [n for n, dim in enumerate(x.dims) if dim == "1"]
        if axis is NONE
        else [one % rank for one in ints(axis)]
    )
    if any(x.dims[place] != "1" for place in places):
        raise NotCompiled("axes of size 1 that are not known")
    for place in sorted(places, reverse=True):
        x = without_axis(x, place)
    return x


@stands_for(np.broadcast_to)
def _broadcast_to(k: Kernel, x: Any, shape: Any) -> Any:
    dims = dims_from(k, shape)
    found = broadcast(k, [x.dims if is_array(x) else (), dims])
    if found != tuple(map(k.known, dims)) and len(found) != len(dims):
        raise NotCompiled("more axes than there are")
    return Lazy(dims, lambda places: element(k, x, places), types_of(x), memory_of(x))


# The same elements in another order of axes


@stands_for(np.reshape)
def _reshape(k: Kernel, x: Any, shape: Any, order: Any = NONE) -> Any:
    if order not in (NONE, Known("C")) and getattr(order, "value", None) != "C":
        raise NotCompiled("another order than C's")
    return _in_shape(k, _array(x), shape.items if isinstance(shape, Tuple) else (shape,))


@method("reshape")
def _method_reshape(k: Kernel, x: Any, *shape: Any, order: Any = NONE) -> Any:
    return _reshape(k, x, shape[0] if len(shape) == 1 else Tuple(shape), order)


@stands_for(np.ravel)
@method("ravel")
def _ravel(k: Kernel, x: Any) -> Any:
    return _in_shape(k, _array(x), (literal(-1),))


@method("flatten")
def _flatten(k: Kernel, x: Any) -> Any:
    return made(k, _ravel(k, x), "flat")


def _in_shape(k: Kernel, x: Any, sizes: tuple[Any, ...]) -> Any:
    """The elements of x in C's order, by other axes; of a copy that stands for x, nobody may write them from now on."""
    dims = _dims(k, x, sizes)
    if dims == x.dims:
        return x
    base = x if isinstance(x, Array) else made(k, x, "flat")
    if base is not x:
        k.copy_of(base.memory | (memory_of(x) or frozenset()))
    name = k.fresh("shaped")
    k.made_in[name] = k.made_in.get(base.name, ())
    k.reshaped |= base.memory
    k.assign(name, f"{base.name}.reshape(({', '.join(dims)}{',' * (len(dims) == 1)}))")
    return Array(name, base.dtype, dims, base.memory, base.is_fresh)


def _dims(k: Kernel, x: Any, sizes: tuple[Any, ...]) -> tuple[str, ...]:
    """The sizes of as many elements; one of them may be left open as -1."""
    whole = _product(k, [size_number(dim) for dim in x.dims])
    known = [one for one in sizes if one.value != -1]
    if len(known) < len(sizes) - 1:
        raise NotCompiled("two sizes that are left open")
    part = _product(k, [size_number(dim) for dim in dims_from(k, Tuple(tuple(known)))])
    if len(known) == len(sizes):
        if whole.text != part.text:
            k.redo_if(f"{whole.text} != {part.text}")
        return dims_from(k, Tuple(sizes))
    k.redo_if(f"{part.text} == 0 or {whole.text} % {part.text} != 0")
    rest = operate(k, gast.FloorDiv(), whole, part) if part.value is None else _divided(k, whole, part)
    open_size = Number(rest.types, rest.text, rest.value, 40, True)
    return dims_from(k, Tuple(tuple(open_size if one.value == -1 else one for one in sizes)))


def _product(k: Kernel, sizes: list[Number]) -> Number:
    """How many elements there are, in one spelling."""
    count = 1
    names: list[str] = []
    for one in sizes:
        if one.value is not None:
            count *= one.value
        else:
            names.append(k.known(one.text))
    if not names:
        return literal(count)
    text = " * ".join([*([str(count)] if count != 1 else []), *sorted(names)])
    return number("int", f"({text})", bits=60, natural=True)


def _divided(k: Kernel, whole: Number, part: Number) -> Number:
    if type(whole.value) is int:
        return literal(whole.value // part.value)
    return number("int", f"({whole.text} // {part.text})", bits=60, natural=True)
