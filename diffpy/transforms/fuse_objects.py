"""What is asked of objects in a kernel, and known while it is written: their types, their memory, who computes."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

import numpy as np

from diffpy.transforms.fuse_arrays import dtype_of, is_array, memory_of, types_of, whole, zeros
from diffpy.transforms.fuse_calls import stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_text import Line, names_in, written_in
from diffpy.transforms.fuse_values import NONE, Array, Known, Lazy, NotCompiled, Number, Tuple, View, literal

_TYPES: dict[str, type] = {
    "float": float,
    "int": int,
    "bool": bool,
    "float64": np.float64,
    "float32": np.float32,
    "int64": np.int64,
    "bool_": np.bool_,
}


def _types_of(value: Any) -> set[type]:
    """The types that Python's own value may have."""
    match value:
        case Number():
            return {_TYPES[one] for one in value.types}
        case Array() | View() | Lazy():
            return {np.ndarray}
        case Tuple():
            return {value.cls or (dict if value.keys is not None else list if value.is_list else tuple)}
        case Known():
            return {type(value.value)}
    raise NotCompiled("the type of this")


def _classes(value: Any) -> tuple[type, ...]:
    """What isinstance() may be asked for."""
    if isinstance(value, Tuple):
        return tuple(one for item in value.items for one in _classes(item))
    if isinstance(value, Known) and isinstance(value.value, types.UnionType):
        return tuple(one for one in value.value.__args__ if isinstance(one, type))
    if isinstance(value, Known) and type(value.value) is type:
        return (value.value,)
    raise NotCompiled("a class that may say itself what its instances are")


@stands_for(isinstance)
def _isinstance(k: Kernel, value: Any, classes: Any) -> Number:
    known = _classes(classes)
    answers = {issubclass(one, known) for one in _types_of(value)}
    if len(answers) > 1:
        raise NotCompiled("a type that is not known")
    return literal(answers.pop())


@stands_for(type)
def _type(k: Kernel, value: Any) -> Known:
    found = _types_of(value)
    if len(found) > 1:
        raise NotCompiled("a type that is not known")
    return Known(found.pop())


@stands_for("diffpy.backends.devices.array_module")
def _array_module(k: Kernel, *values: Any) -> Known:
    return Known(np)


@stands_for("diffpy.runtime.buffers.mirror")
def _mirror(k: Kernel, y_bar: Any, y: Any, x: Any, x_bar: Any) -> Any:
    """The buffer of what may be a view, taken as it was taken; a new one of a copy."""
    if not is_array(y) or not is_array(y_bar):
        raise NotCompiled("the cotangent of what is no array")
    if not _shares_memory(k, y, x).value:
        return zeros(k, y.dims, dtype_of(types_of(y)), "zeros")
    if not isinstance(y_bar, Array | View) or not _shares_memory(k, y_bar, x_bar).value:
        raise NotCompiled("the cotangent of a view, which is none")
    return y_bar


@stands_for(np.iscomplexobj)
def _iscomplexobj(k: Kernel, value: Any) -> Number:
    return literal(False)


@stands_for("diffpy.runtime.leaves.is_array")
def _is_array(k: Kernel, value: Any) -> Number:
    return literal(is_array(value))


@stands_for(np.shares_memory, np.may_share_memory)
def _shares_memory(k: Kernel, one: Any, other: Any) -> Number:
    """What was made apart shares nothing; of one array what its views surely have in common is known."""
    if not is_array(one) or not is_array(other) or _apart(one, other):
        return literal(False)
    if isinstance(one, Lazy) or isinstance(other, Lazy):
        raise NotCompiled("whether two arrays share memory")
    first, last = whole(one), whole(other)
    is_whole = any(view == whole(view.base) for view in (first, last))
    if first.base.memory != last.base.memory or len(first.base.memory) != 1 or not is_whole:
        raise NotCompiled("whether two arrays share memory")
    for dim in dict.fromkeys((*first.dims, *last.dims)):
        if not dim.isdigit() or dim == "0":
            k.redo_if(f"{dim} == 0")
    return literal(True)


@stands_for("diffpy.runtime.overwriting.reading_order")
def _reading_order(k: Kernel, value: Any, place: Any, mask: Any = None) -> Any:
    """Each entry of a place gets its own entry of a value, unless both are parts of one array that may overlap."""
    are_vectors = is_array(value) and is_array(place) and len(value.dims) == len(place.dims) == 1
    if not are_vectors or _apart(value, place):
        return Known(...)
    is_one = mask is None and all(isinstance(one, Array | View) for one in (value, place))
    if is_one and _as_written(k, value) == _as_written(k, place):
        return Known(...)
    raise NotCompiled("a store in parts of an array that the value has, too")


def _as_written(k: Kernel, value: Any) -> View:
    """A view with the expressions of this block where it begins, in place of variables that hold them."""
    written = written_in(k.out)
    held = dict(one.text.split(" = ", 1) for one in k.out if isinstance(one, Line) and " = " in one.text)
    view = whole(value)

    def start(text: str) -> str:
        found = held.get(text, text)
        return text if names_in(found) & written else found

    return replace(view, axes=tuple(replace(axis, start=start(axis.start)) for axis in view.axes))


def _apart(one: Any, other: Any) -> bool:
    first, last = memory_of(one), memory_of(other)
    if first is None or last is None:
        return True
    is_fresh = any(isinstance(x, Array | View) and whole(x).base.is_fresh for x in (one, other))
    return is_fresh and not first & last


@stands_for("diffpy.runtime.sharing.check_array")
def _check_array(k: Kernel, x: Any) -> Any:
    """Refuse a store in what is no array of real numbers."""
    if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled("a store in what is no array of floats")
    return NONE
