"""Lists that loops fill, in a kernel: all items as one array; cotangents added to items, and taken off the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms import fuse_builtins, fuse_joins, fuse_making
from diffpy.transforms.fuse_arrays import arithmetic, element, equal_dims, flat, is_array, put_at
from diffpy.transforms.fuse_calls import CALLS, METHODS, stands_for, with_lists
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_kept import closed, length_of
from diffpy.transforms.fuse_lists import fill_with_zeros, index_in, item_at, may_fill, pattern_of, tapes_of
from diffpy.transforms.fuse_runtime import accumulate, of_its_own
from diffpy.transforms.fuse_text import Block, Line, as_float
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    Array,
    Gathered,
    Lazy,
    Listed,
    NotCompiled,
    Number,
    Tuple,
    number,
    place_in,
)

_OF_FEW = (fuse_builtins, fuse_joins, fuse_making)  # what they stand for is handed on to them


def _tape(k: Kernel, listed: Listed) -> tuple[str, Number | Array]:
    """The tape that has the items, and what is known of one: a number or an array."""
    pattern = pattern_of(k, listed)
    if not isinstance(pattern, Number | Array) or (isinstance(pattern, Number) and pattern.form != "float"):
        raise NotCompiled("a list filled in a loop, whose items are neither floats nor arrays")
    return tapes_of(k, listed)[0], pattern


def _item_dims(pattern: Number | Array) -> tuple[str, ...]:
    return pattern.dims if isinstance(pattern, Array) else ()


def as_array(k: Kernel, listed: Listed) -> Lazy:
    """The items one below the other."""
    name, pattern = _tape(k, listed)
    if isinstance(pattern, Number) and not pattern.types <= {"float", "float64"}:
        raise NotCompiled("an array made of items that are not all float64")
    kind = pattern.dtype if isinstance(pattern, Array) else "float64"
    count = k.new_size(length_of(k, listed).text)
    k.redo_if(f"{count} == 0")
    dims = (count, *_item_dims(pattern))
    start = _start(k, listed, name, pattern)
    tape = Array(name, kind, ("?",), frozenset({name}), True)
    types = frozenset({DTYPES[kind]})
    return Lazy(dims, lambda places: k.read(tape, (flat(start, places, dims),)), types)


def _start(k: Kernel, listed: Listed, name: str, pattern: Number | Array) -> str:
    """Where the first element of the first item is."""
    if listed.start.value == 0:
        return "0"
    start = k.fresh("start")
    k.assign(start, f"{listed.start.text}{f' * {name}_size' * isinstance(pattern, Array)}")
    return start


def _are_numbers(x: Any) -> bool:
    return isinstance(x, Tuple) and all(isinstance(one, Number) for one in x.items)


_array, _stacked = CALLS[np.array], CALLS[np.stack]


@stands_for(np.array)
def _np_array(k: Kernel, x: Any) -> Any:
    return as_array(k, x) if isinstance(x, Listed) else _array(k, x)


@stands_for(np.stack)
def _np_stack(k: Kernel, x: Any, axis: Any = None) -> Any:
    if _are_numbers(x):
        return _array(k, x)
    if not isinstance(x, Listed):
        return _stacked(k, x) if axis is None else _stacked(k, x, axis)
    if axis is not None and axis.value != 0:
        raise NotCompiled("arrays of a list side by side")
    return as_array(k, x)


_unpacked, _parts = CALLS["diffpy.runtime.sequences.unpacked"], CALLS["diffpy.runtime.joins.stack_pullback"]


@stands_for("diffpy.runtime.sequences.unpacked")
def _unpacked_rows(k: Kernel, d: Any, value: Any, dtype: Any = NONE) -> Any:
    return d if isinstance(value, Listed) and dtype is NONE else _unpacked(k, d, value, dtype)


@stands_for("diffpy.runtime.joins.stack_pullback")
def _stacked_rows(k: Kernel, d: Any, arrays: Any, axis: Any = None) -> Any:
    if _are_numbers(arrays):
        return _unpacked(k, d, arrays)
    if not isinstance(arrays, Listed):
        return _parts(k, d, arrays) if axis is None else _parts(k, d, arrays, axis)
    if axis is not None and axis.value != 0:
        raise NotCompiled("arrays of a list side by side")
    return d


_sum_of_few = CALLS[sum]


@stands_for(sum)
def _sum(k: Kernel, x: Any, start: Any = None) -> Any:
    """sum(list), of numbers, one after the other."""
    if not isinstance(x, Listed):
        return _sum_of_few(k, x) if start is None else _sum_of_few(k, x, start)
    name, pattern = _tape(k, x)
    if not isinstance(pattern, Number) or start is not None or len(pattern.types) != 1:
        raise NotCompiled("sum of a list of what are no numbers of one type")
    count, total, place = k.atom(length_of(k, x)), k.fresh("total"), k.fresh("place")
    k.redo_if(f"{count.text} == 0")
    first = _start(k, x, name, pattern)
    k.assign(total, "0.0")
    body = [Line(f"{total} = {total} + {name}[{first} + {place}]", frozenset({total}))]
    k.out.append(Block(f"for {place} in range({count.text}):", body))
    return replace(pattern, text=total)


@stands_for("diffpy.runtime.sequences.summed")
def _summed(k: Kernel, d: Any, x: Any) -> Any:
    if not isinstance(x, Listed) or not isinstance(d, Number):
        raise NotCompiled("the cotangents of what sum() added up")
    one, count = k.atom(d), k.new_size(length_of(k, x).text)
    return Lazy((count,), lambda places: number("float64", as_float(one)), frozenset({"float64"}))


_copied = METHODS["copy"]


def _copy(k: Kernel, x: Any) -> Any:
    """x.copy(): of a list what it holds now; nothing that it holds is changed later."""
    return closed(k, x, x.site) if isinstance(x, Listed) else _copied(k, x)


METHODS["copy"] = CALLS[np.copy] = _copy


# Cotangents


@stands_for("diffpy.runtime.buffers.add_item")
@with_lists
def _add_item(k: Kernel, x_bar: Any, key: Any, value: Any) -> Any:
    """Add a cotangent to an item; each has memory of its own."""
    if value is NONE:
        return NONE
    if isinstance(x_bar, Listed):
        fill_with_zeros(k, x_bar, value)
        at = index_in(k, x_bar, key)
        _add(k, x_bar, at if x_bar.start.value == 0 else f"{x_bar.start.text} + {at}", value, ())
        return NONE
    if not isinstance(x_bar, Gathered):
        raise NotCompiled("the cotangent of an item of what is no list made here")
    may_fill(k, x_bar)
    place = place_in(x_bar.as_tuple(), key)
    x_bar.items[place] = of_its_own(k, accumulate(k, x_bar.items[place], value))
    return NONE


def _add(k: Kernel, listed: Listed, where: str, value: Any, more: tuple[str, ...]) -> None:
    """Add to the item that is there; with `more` sizes, to as many that follow one another."""
    name, pattern = _tape(k, listed)
    dims = (*more, *_item_dims(pattern))
    if not dims:
        if not isinstance(value, Number):
            raise NotCompiled("the cotangent of a number that is none")
        at = k.fresh("at")
        k.assign(at, where)
        k.line(f"{name}[{at}] = {name}[{at}] + {as_float(value)}", name)
        return
    if not is_array(value):
        raise NotCompiled("the cotangent of an array that is none")
    equal_dims(k, value.dims, dims)
    kind = pattern.dtype if isinstance(pattern, Array) else "float64"
    tape = Array(name, kind, ("?",), frozenset({name}), True)
    start = k.fresh("start")
    k.assign(start, f"{where} * {name}_size" if isinstance(pattern, Array) else where)

    def added(places: tuple[str, ...]) -> Number:
        old = k.read(tape, (flat(start, places, dims),))
        return arithmetic(k, gast.Add(), old, element(k, value, places))

    put_at(k, tape, start, dims, added)


def _pop(k: Kernel, x: Any) -> Any:
    """x.pop()"""
    if isinstance(x, Listed):
        return _popped(k, x)
    if not isinstance(x, Gathered) or not x.items:
        raise NotCompiled("pop of what is no list made here")
    may_fill(k, x)
    return x.items.pop()


METHODS["pop"] = _pop


def _popped(k: Kernel, listed: Listed) -> Any:
    """The last cotangent of a list that its loops have filled."""
    pattern = pattern_of(k, listed)
    if listed.length is not None or listed.start.value != 0 or listed.site in k.learned.escaping:
        raise NotCompiled("pop of a list that is one of several")
    if pattern is not NONE and listed.site not in k.learned.filled:
        raise NotCompiled("pop of a list that may grow again")
    top = length_of(k, listed).text
    k.redo_if(f"{top} == 0")
    k.assign(top, f"{top} - 1")
    return of_its_own(k, item_at(k, listed, top))


def add_rows(k: Kernel, listed: Listed, rows: Any) -> None:
    """Add to each item of a list its part of an array."""
    if not is_array(rows):
        raise NotCompiled("the cotangents of a list as what is no array")
    dims = rows.dims[1:]
    one = Array("?", "float64", dims, frozenset()) if dims else number("float64", "?")
    fill_with_zeros(k, listed, one)
    count = k.new_size(length_of(k, listed).text)
    _add(k, listed, "0" if listed.start.value == 0 else listed.start.text, rows, (count,))


def _accumulate_into(k: Kernel, x_bar: Any, value: Any) -> Any:
    if isinstance(x_bar, Listed) and value is not NONE:
        add_rows(k, x_bar, value)
        return NONE
    return _in_buffer(k, x_bar, value)


_in_buffer = CALLS["diffpy.runtime.buffers.accumulate_into"]
CALLS["diffpy.runtime.buffers.accumulate_into"] = with_lists(_accumulate_into)
