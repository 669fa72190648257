"""Integer arrays as indices in a kernel: elements taken together, and added where they were taken."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    as_array,
    broadcast,
    check_stored,
    element,
    equal_dims,
    is_array,
    made,
    place,
    store,
    stretch,
    types_of,
)
from diffpy.transforms.fuse_calls import stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_numbers import truth
from diffpy.transforms.fuse_text import Line
from diffpy.transforms.fuse_values import NONE, Array, Known, Lazy, NotCompiled, Number, Sliced, Tuple, View


def has_arrays(index: Any) -> bool:
    """Whether an index names places by arrays."""
    return any(is_array(one) for one in (index.items if isinstance(index, Tuple) else (index,)))


class Places:
    """An index with arrays in it: the view that is left when each of them is one number, and where it goes on."""

    def __init__(self, k: Kernel, array: Array, index: Any) -> None:
        items = list(index.items) if isinstance(index, Tuple) else [index]
        if any(isinstance(one, Known) for one in items):
            raise NotCompiled("an array as index beside None, or ...")
        items = _without_masks(k, array.dims, items)
        items += [Sliced(NONE, NONE, NONE)] * (len(array.dims) - len(items))
        advanced = [n for n, one in enumerate(items) if not isinstance(one, Sliced)]
        if len(items) > len(array.dims) or advanced != list(range(advanced[0], advanced[-1] + 1)):
            raise NotCompiled("arrays as indices with slices between them")
        self.k, self.array, self.items, self.advanced = k, array, items, advanced
        self.taken = broadcast(k, [items[n].dims for n in advanced if is_array(items[n])])
        every = range(len(items))
        self.sliced = {n: stretch(k, items[n], array.dims[n]) for n in every if n not in advanced}
        self.numbers = {n: self._numbers(n) for n in advanced}
        first = [self.sliced[n][2] for n in range(advanced[0])]
        last = [self.sliced[n][2] for n in range(advanced[-1] + 1, len(items))]
        self.dims = (*first, *self.taken, *last)
        self.before = len(first)

    def _numbers(self, axis: int) -> Any:
        """The places along an axis, counted from the front and checked."""
        k, dim, item = self.k, self.array.dims[axis], self.items[axis]
        if isinstance(item, Number):
            return place(k, item, dim)
        if types_of(item) != {"int64"}:
            raise NotCompiled("an array as index that has no integers")
        found = k.empty("places", item.dims, "int64")

        def write(places: tuple[str, ...]) -> None:
            one = k.atom(element(k, item, places))
            at = k.fresh("k")
            k.assign(at, one.text)
            k.block(f"if {at} < 0:", [Line(f"{at} = {at} + {dim}", frozenset({at}))])
            k.redo_if(f"{at} < 0 or {at} >= {dim}")
            k.access(found, places, "stores")
            k.line(f"{found.name}[{', '.join(places) or '()'}] = {at}", found.name)

        k.loop(item.dims, write)
        return found

    def at(self, places: tuple[str, ...]) -> tuple[str, ...]:
        """Where in the array the element is that comes to a place of the result."""
        found = []
        taken = places[self.before : self.before + len(self.taken)]
        for axis in range(len(self.items)):
            if axis in self.sliced:
                own = axis if axis < self.before else axis - len(self.advanced) + len(self.taken)
                start, step, _ = self.sliced[axis]
                found.append(_shifted(start, step, places[own]))
            else:
                numbers = self.numbers[axis]
                found.append(numbers if isinstance(numbers, str) else element(self.k, numbers, taken).text)
        return tuple(found)


def is_mask(value: Any) -> bool:
    return is_array(value) and types_of(value) == {"bool_"}


def _without_masks(k: Kernel, dims: tuple[str, ...], items: list[Any]) -> list[Any]:
    """An index with the places where masks hold in place of them."""
    found: list[Any] = []
    for one in items:
        if is_mask(one):
            rank = len(one.dims)
            equal_dims(k, one.dims, dims[len(found) : len(found) + rank])
            found += positions(k, one)
        else:
            found.append(one)
    return found


def positions(k: Kernel, mask: Any) -> list[Array]:
    """Where a mask holds: the places along each of its axes."""
    mask = mask if isinstance(mask, Lazy) and mask.is_read else as_array(k, mask, "mask")
    kept = k.fresh("kept")
    k.assign(kept, "0")

    def count(places: tuple[str, ...]) -> None:
        one = element(k, mask, places)
        k.line(f"{kept} = added({kept}, int({truth(k, one)}))", kept)

    k.loop(mask.dims, count).sums.add(kept)
    size = k.new_size(kept)
    found = [k.empty("where", (size,), "int64") for _ in mask.dims]
    at = k.fresh("at")
    k.assign(at, "0")

    def note(places: tuple[str, ...]) -> None:
        lines: list[Any] = []
        for axis, array in enumerate(found):
            k.access(array, (at,), "stores")
            lines.append(Line(f"{array.name}[{at}] = {places[axis]}", frozenset({array.name})))
        one = element(k, mask, places)
        k.block(f"if {truth(k, one)}:", [*lines, Line(f"{at} = {at} + 1", frozenset({at}))])

    k.loop(mask.dims, note).sums.add(at)
    return found


@stands_for(np.nonzero)
def _nonzero(k: Kernel, x: Any) -> Tuple:
    if not is_array(x) or not x.dims:
        raise NotCompiled("np.nonzero of what is no array")
    return Tuple(tuple(positions(k, x)))


@stands_for(np.flatnonzero)
def _flatnonzero(k: Kernel, x: Any) -> Array:
    if not is_array(x) or len(x.dims) != 1:
        raise NotCompiled("np.flatnonzero of what is no vector")
    return positions(k, x)[0]


def _put_by_mask(k: Kernel, array: Array, mask: Any, value: Number) -> None:
    """array[mask] = number: each element keeps what it is, or becomes the number."""
    equal_dims(k, mask.dims, array.dims)
    k.store_into(array.memory)

    def write(places: tuple[str, ...]) -> None:
        test = truth(k, element(k, mask, places))
        k.read(array, places)
        k.access(array, places, "stores")
        place = f"{array.name}[{', '.join(places)}]"
        k.line(f"{place} = ({value.text} if {test} else {place})", array.name)

    k.loop(array.dims, write)


def _shifted(start: str, step: int, at: str) -> str:
    if at == "0":
        return start
    moved = at if step == 1 else f"{step} * {at}"
    return moved if start == "0" else f"{start} + {moved}"


def taken(k: Kernel, array: Array | View | Lazy, index: Any) -> Array:
    """array[index], which is a copy."""
    base = made(k, array, "part") if not isinstance(array, Array) else array
    places = Places(k, base, index)
    return made(k, Lazy(places.dims, lambda at: k.read(base, places.at(at)), types_of(base)), "taken")


def put(k: Kernel, array: Any, index: Any, value: Any, op: gast.operator | None = None) -> None:
    """array[index] = value; of an operation, one after the other, also where a place comes twice."""
    k.write_in_list(array)
    if not isinstance(array, Array):
        raise NotCompiled("a store by an array of indices in part of an array")
    if is_mask(index) and len(index.dims) == len(array.dims) and isinstance(value, Number) and op is None:
        check_stored(array, value)
        _put_by_mask(k, array, as_array(k, index, "mask"), k.atom(value))
        return
    places = Places(k, array, index)
    if is_array(value):
        value = made(k, value, "part") if isinstance(value, Lazy) else value
        if len(value.dims) > len(places.dims):
            raise NotCompiled("a store of more axes than there are")
        for one, other in zip(reversed(value.dims), reversed(places.dims), strict=False):
            if one != "1":
                k.equal(one, other)
    elif isinstance(value, Number):
        value = k.atom(value)
    else:
        raise NotCompiled("a store of what is no number")
    k.store_into(array.memory)

    def write(at: tuple[str, ...]) -> None:
        where = places.at(at)
        one = element(k, value, at)
        if op is not None:
            one = arithmetic(k, op, k.read(array, where), one)
        k.access(array, where, "stores")
        k.line(f"{array.name}[{', '.join(where)}] = {one.text}", array.name)

    k.loop(places.dims, write)


@stands_for(np.add.at)
def _add_at(k: Kernel, array: Any, index: Any, value: Any) -> Any:
    if index == Known(...):
        store(k, array, arithmetic(k, gast.Add(), array, value))
        return NONE
    if not has_arrays(index):
        raise NotCompiled("np.add.at of a single place")
    put(k, array, index, value, gast.Add())
    return NONE


@stands_for("diffpy.runtime.arrays.add_at")
def _own_add_at(k: Kernel, array: Any, index: Any, value: Any) -> Any:
    return _add_at(k, array, index, value)
