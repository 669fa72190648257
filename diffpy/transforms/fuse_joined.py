"""Where ways through a kernel meet: what a name holds on each way in; what it holds behind a branch or a loop out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_frames import ARRAY, Frame, Kernel, arrays_of
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Maybe,
    NotCompiled,
    Number,
    Optional,
    View,
    joined,
    met_dims,
)


def met(k: Kernel, frame: Frame, name: str, one: Any, other: Any, body: list[Any], more: list[Any]) -> Any:
    if one is other or one == other:
        return one
    if isinstance(one, Maybe) or isinstance(other, Maybe):
        return Maybe(one)
    texts = _texts(frame, name, one, other)
    try:
        value = joined(one, other, texts)
    except NotCompiled:
        return Maybe(one)
    settled_in(k, body, one, value)
    settled_in(k, more, other, value)
    return value


def _texts(frame: Frame, name: str, value: Any, other: Any) -> Callable[[], str]:
    """The variables for the numbers of a name."""
    if any(isinstance(one, Optional) or one == NONE for one in (value, other)):
        return frame.parts(name)
    if isinstance(value, Number):
        return lambda: frame.variable(name)
    if isinstance(value, Array):
        return lambda: frame.variable(name, ARRAY)
    return frame.parts(name)


def joined_all(frame: Frame, name: str, first: Any, others: list[Any]) -> Any:
    """What a name holds at the start of any round; nothing that can be read where that differs in kind."""
    if isinstance(first, Maybe):
        return first
    try:
        return _joined_with(frame, name, first, others)
    except NotCompiled:
        return Maybe(first)


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
        first = joined(first, other, _texts(frame, name, first, other))
    return first


def carried_after(value: Any, ends: list[Any], key: Any, surely: bool) -> Any:
    if not isinstance(value, Number) or not all(isinstance(one, Number) for one in ends):
        return value
    types = frozenset().union(*(one.types for one in ends))
    if not types < value.types:
        return value
    if surely:
        return replace(value, types=types) if _form(types) == value.form else value
    return replace(value, loops=value.loops | {key})


def _form(types: frozenset[str]) -> str:
    return Number(types, "").form


def settled_in(k: Kernel, body: list[Any], have: Any, want: Any) -> None:
    with k.within() as more:
        k.settle(have, want)
    body += more
