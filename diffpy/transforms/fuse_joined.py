"""Where ways through a kernel meet: what a name holds on each way in; what it holds behind a branch or a loop out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_frames import ARRAY, Frame, Kernel
from diffpy.transforms.fuse_lists import arrays_of
from diffpy.transforms.fuse_values import (
    NONE,
    PYTHON,
    Array,
    Maybe,
    NotCompiled,
    Number,
    Optional,
    Told,
    View,
    joined,
    leaves,
    met_dims,
)


def met(k: Kernel, frame: Frame, name: str, one: Any, other: Any, body: list[Any], more: list[Any]) -> Any:
    if one is other or one == other:
        return one
    if isinstance(one, Maybe) or isinstance(other, Maybe):
        return Maybe(one)
    texts = _texts(frame, name, one, other)
    try:
        value = k.told(frame.path, name, joined(*_kept_apart(one, other), texts))
        _check_sizes(k, value)
    except NotCompiled:
        return Maybe(one)
    settled_in(k, body, one, value)
    settled_in(k, more, other, value)
    return value


def _kept_apart(one: Any, other: Any) -> tuple[Any, Any]:
    """Beside None what looks at other memory is an array of its own."""
    if any(x == NONE or isinstance(x, Optional) for x in (one, other)):
        return arrays_of(one), arrays_of(other)
    return one, other


def _check_sizes(k: Kernel, value: Any) -> None:
    """Refuse what may be an array, or None, where the sizes are not known that it would have."""
    for array in leaves(value) if isinstance(value, Optional) else ():
        if isinstance(array, Array) and not all(
            d.isdigit() or d in k.dims or k.is_given(d) for d in array.dims
        ):
            raise NotCompiled("an array, or None, of sizes that are not known")


def _texts(frame: Frame, name: str, value: Any, other: Any) -> Callable[..., str]:
    """The variables for the numbers of a name."""
    if any(isinstance(one, Optional) or one == NONE for one in (value, other)):
        return frame.parts(name)
    if isinstance(value, Number):
        return lambda *_: frame.variable(name)
    if isinstance(value, Array):
        return lambda *_: frame.variable(name, ARRAY)
    return frame.parts(name)


def joined_all(frame: Frame, name: str, first: Any, others: list[Any]) -> Any:
    """What a name holds at the start of any round; nothing that can be read where that differs in kind."""
    if isinstance(first, Maybe):
        return first
    try:
        found = _joined_with(frame, name, first, others)
    except NotCompiled:
        return Maybe(first)
    own = Told(frame.path, name)
    is_told = any(isinstance(one, Number) and own in one.loops for one in (first, *others))
    return frame.kernel.told(frame.path, name, found) if is_told else found


def _joined_with(frame: Frame, name: str, first: Any, others: list[Any]) -> Any:
    for other in others:
        if isinstance(other, Maybe):
            raise NotCompiled(f"'{name}' may have no value")
        if first != other and isinstance(first, Array | View) and isinstance(other, Array | View):
            first, other = arrays_of(first), arrays_of(other)
        if (
            isinstance(first, Array)
            and isinstance(other, Array)
            and first.name == frame.variables.get((name, ARRAY))
        ):
            if first.dtype != other.dtype or len(first.dims) != len(other.dims):
                raise NotCompiled("an array changes its shape from round to round")
            fresh = first.is_fresh and other.is_fresh
            dims = met_dims(first.dims, other.dims)
            first = replace(first, dims=dims, memory=first.memory | other.memory, is_fresh=fresh)
            continue
        first = joined(*_kept_apart(first, other), _texts(frame, name, first, other))
        _check_sizes(frame.kernel, first)
    return first


def carried_after(value: Any, ends: list[Any], key: Any, surely: bool, is_nested: bool) -> Any:
    if not isinstance(value, Number) or not all(isinstance(one, Number) for one in ends):
        return value
    types = frozenset().union(*(one.types for one in ends))
    if not types < value.types:
        return value
    if surely:
        return replace(value, types=types) if _form(types) == value.form else value
    if is_nested and types & PYTHON:
        return value  # A flag that the loop has run would tell of numbers of NumPy's.
    return replace(value, loops=value.loops | {key})


def _form(types: frozenset[str]) -> str:
    return Number(types, "").form


def settled_in(k: Kernel, body: list[Any], have: Any, want: Any) -> None:
    with k.within() as more:
        k.settle(have, want)
    body += more
