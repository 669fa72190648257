"""Arrays in a kernel that are joined of others, turned round or shifted, and the parts that their cotangents have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    as_array,
    copied,
    dims_of,
    dtype_of,
    elementwise,
    equal_dims,
    indexed,
    ints,
    is_array,
    made,
    store,
    types_of,
    with_axis,
    zeros,
)
from diffpy.transforms.fuse_calls import CALLS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_making import kind_of
from diffpy.transforms.fuse_numbers import as_single
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Axis,
    NotCompiled,
    Number,
    Sliced,
    Tuple,
    View,
    literal,
    number,
)

_EVERY = Sliced(NONE, NONE, NONE)


def _arrays(value: Any) -> list[Any]:
    if not isinstance(value, Tuple) or value.keys is not None or not value.items:
        raise NotCompiled("a join of what is not a few arrays")
    if not all(map(is_array, value.items)):
        raise NotCompiled("a join of what are no arrays")
    return list(value.items)


def _joined(k: Kernel, arrays: Sequence[Any], axis: int) -> Array:
    rank = len(arrays[0].dims)
    if not -rank <= axis < rank or any(len(one.dims) != rank for one in arrays):
        raise NotCompiled("a join of arrays of different ranks")
    axis %= rank
    types = types_of(arrays[0])
    if any(types_of(one) != types for one in arrays):
        raise NotCompiled("a join of arrays of different types")
    for one in arrays[1:]:
        equal_dims(k, *(tuple(dim for n, dim in enumerate(x.dims) if n != axis) for x in (arrays[0], one)))
    starts = _starts(k, [one.dims[axis] for one in arrays])
    dims = tuple(starts[-1] if n == axis else k.known(dim) for n, dim in enumerate(arrays[0].dims))
    out = k.empty("joined", dims, dtype_of(types))
    for one, start in zip(arrays, starts, strict=False):
        store(k, _stretch(out, axis, start, one.dims[axis]), one)
    return out


def _starts(k: Kernel, sizes: Sequence[str]) -> list[str]:
    """Where each of several stretches begins, and where the last one ends."""
    found = ["0"]
    for size in sizes:
        both = (found[-1], size)
        if all(one.isdigit() for one in both):
            found.append(str(int(both[0]) + int(size)))
        else:
            found.append(k.size(size if found[-1] == "0" else " + ".join(both)))
    return found


def _stretch(array: Array, axis: int, start: str, size: str) -> View:
    axes = tuple(Axis(start if n == axis else "0", 1, n) for n in range(len(array.dims)))
    return View(array, axes, tuple(size if n == axis else dim for n, dim in enumerate(array.dims)))


@stands_for(np.concatenate)
def _concatenate(k: Kernel, arrays: Any, axis: Any = None) -> Array:
    return _joined(k, _arrays(arrays), 0 if axis is None else _axis(axis))


def _axis(axis: Any) -> int:
    if not isinstance(axis, Number) or type(axis.value) is not int:
        raise NotCompiled("an axis that is not known")
    return axis.value


@stands_for("diffpy.runtime.joins.concatenate_pullback")
def _concatenate_pullback(k: Kernel, d: Any, arrays: Any, axis: Any = None) -> Tuple:
    return _cut(k, d, arrays, 0 if axis is None else _axis(axis))


def _cut(k: Kernel, d: Any, arrays: Any, axis: int) -> Tuple:
    parts = _arrays(arrays)
    axis %= len(d.dims)
    base = as_array(k, d, "joined")
    starts = _starts(k, [one.dims[axis] for one in parts])
    return arrays.of(
        _stretch(base, axis, start, one.dims[axis]) for one, start in zip(parts, starts, strict=False)
    )


@stands_for(np.stack)
def _stack(k: Kernel, arrays: Any, axis: Any = None) -> Array:
    parts = _arrays(arrays)
    place = (0 if axis is None else _axis(axis)) % (len(parts[0].dims) + 1)
    return _joined(k, [with_axis(one, place) for one in parts], place)


@stands_for("diffpy.runtime.joins.stack_pullback")
def _stack_pullback(k: Kernel, d: Any, arrays: Any, axis: Any = None) -> Tuple:
    base = as_array(k, d, "joined")
    place = (0 if axis is None else _axis(axis)) % len(base.dims)
    before = (_EVERY,) * place
    return arrays.of(indexed(k, base, Tuple((*before, literal(n)))) for n in range(len(_arrays(arrays))))


@stands_for(np.hstack)
def _hstack(k: Kernel, arrays: Any) -> Array:
    parts = _arrays(arrays)
    return _joined(k, parts, 0 if len(parts[0].dims) == 1 else 1)


@stands_for("diffpy.runtime.joins.hstack_pullback")
def _hstack_pullback(k: Kernel, d: Any, arrays: Any) -> Tuple:
    return _cut(k, d, arrays, 0 if len(d.dims) == 1 else 1)


@stands_for(np.vstack)
def _vstack(k: Kernel, arrays: Any) -> Array:
    return _joined(k, [with_axis(one, 0) if len(one.dims) == 1 else one for one in _arrays(arrays)], 0)


@stands_for("diffpy.runtime.joins.vstack_pullback")
def _vstack_pullback(k: Kernel, d: Any, arrays: Any) -> Tuple:
    rows = _arrays(arrays)
    if all(len(one.dims) == 1 for one in rows):
        return _stack_pullback(k, d, arrays)
    if any(len(one.dims) == 1 for one in rows):
        raise NotCompiled("np.vstack of vectors and matrices")
    return _cut(k, d, arrays, 0)


# The same elements in another order


@stands_for(np.flip)
def _flip(k: Kernel, x: Any, axis: Any = NONE) -> Any:
    rank = len(dims_of(x))
    over = {*range(rank)} if axis is NONE else {one % rank for one in ints(axis)}
    back = Sliced(NONE, NONE, literal(-1))
    return indexed(k, as_array(k, x, "part") if not isinstance(x, View) else x, Tuple(
        tuple(back if n in over else _EVERY for n in range(rank))
    ))  # fmt: skip


def _flipped(place: int) -> Handler:
    return lambda k, x: _flip(k, x, literal(place))


CALLS[np.flipud], CALLS[np.fliplr] = _flipped(0), _flipped(1)


@stands_for(np.roll)
def _roll(k: Kernel, x: Any, shift: Any, axis: Any = NONE) -> Any:
    """The last elements first, along one axis after the other."""
    if not is_array(x) or not x.dims:
        raise NotCompiled("np.roll of what is no array")
    if axis is NONE and len(x.dims) > 1:
        raise NotCompiled("np.roll of a matrix without axis")
    places = [0] if axis is NONE else ints(axis)
    counts = ints(shift)
    for place, count in zip(places, counts * len(places) if len(counts) == 1 else counts, strict=True):
        x = _rolled(k, x, place % len(x.dims), count)
    return x


def _rolled(k: Kernel, x: Any, axis: int, count: int) -> Any:
    if count == 0:
        return made(k, x, "rolled")
    dim = x.dims[axis]
    base = x if isinstance(x, Array | View) else made(k, x, "part")
    if dim.isdigit() and int(dim) < abs(count):
        raise NotCompiled("np.roll by more than there is")
    before = (_EVERY,) * axis
    last = indexed(k, base, Tuple((*before, Sliced(literal(-count), NONE, NONE))))
    first = indexed(k, base, Tuple((*before, Sliced(NONE, literal(-count), NONE))))
    return _joined(k, [last, first], axis)


@stands_for("diffpy.runtime.arrays.negated")
def _negated(k: Kernel, shift: Any) -> Any:
    if isinstance(shift, Tuple):
        return shift.of(literal(-one) for one in ints(shift))
    return literal(-ints(shift)[0])


@stands_for(np.diff)
def _diff(k: Kernel, x: Any, n: Any = None, axis: Any = None) -> Any:
    if not is_array(x) or not x.dims or dtype_of(types_of(x)) == "bool":
        raise NotCompiled("np.diff of what is no array of numbers")
    place = (-1 if axis is None else _axis(axis)) % len(x.dims)
    for _ in range(1 if n is None else ints(n)[0]):
        base = x if isinstance(x, Array | View) else made(k, x, "part")
        before = (_EVERY,) * place
        one = indexed(k, base, Tuple((*before, Sliced(literal(1), NONE, NONE))))
        other = indexed(k, base, Tuple((*before, Sliced(NONE, literal(-1), NONE))))
        x = arithmetic(k, gast.Sub(), one, other)
    return x


@stands_for("diffpy.runtime.orders.diff_pullback")
def _diff_pullback(k: Kernel, d: Any, n: Any = None, axis: Any = None) -> Any:
    """Each difference adds to its right end and takes from its left."""
    place = (-1 if axis is None else _axis(axis)) % len(d.dims)
    for _ in range(1 if n is None else ints(n)[0]):
        dims = tuple("1" if a == place else dim for a, dim in enumerate(d.dims))
        edge = zeros(k, dims, dtype_of(types_of(d)), "edge")
        both = [_joined(k, pair, place) for pair in ((edge, d), (d, edge))]
        d = arithmetic(k, gast.Sub(), *both)
    return d


@method("astype")
def _astype(k: Kernel, x: Any, dtype: Any, copy: Any = None) -> Any:
    if not is_array(x):
        raise NotCompiled("another type of what is no array")
    kind = kind_of(k, dtype)
    if kind == dtype_of(types_of(x)):
        return copied(k, x, "copied")
    if kind not in ("float64", "float32"):
        raise NotCompiled(f"an array of numbers as one of {kind}")
    to = as_float if kind == "float64" else as_single
    return made(k, elementwise(k, lambda one: number(kind, to(one)), x), "copied")
