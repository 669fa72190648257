"""Classes that say how their objects are copied: what is to be copied in; refused, where derivatives would not follow."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.struct_fields import state

_NAMES = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__")


def check_copied(function: Any, x: Any) -> None:
    """A copy is taken to hold what the object holds, and its tangent the object's."""
    deep = function is copy.deepcopy
    names = ("__deepcopy__" if deep else "__copy__", *_NAMES)
    for one in _inside(x, set()) if deep else (x,):
        own = next((m for m in (getattr(type(one), n, None) for n in names) if _is_own(m)), None)
        if own is not None:
            raise UnsupportedSyntaxError(
                f"Python calls '{own.__qualname__}' here, which says what a copy is",
                because="the derivative takes a copy for what it is a copy of",
                fix="call a method of another name, which makes the new object",
            )


def _is_own(method: Any) -> bool:
    return isinstance(method, types.FunctionType) and not is_foreign(method)


def _inside(x: Any, seen: set[int]) -> Iterator[Any]:
    """An object and what it holds."""
    if id(x) in seen:
        return
    seen.add(id(x))
    yield x
    if isinstance(x, list | tuple | set | frozenset):
        held = list(x)
    elif isinstance(x, dict):
        held = list(x.values())
    else:
        held = list(state(x).values()) if hasattr(x, "__dict__") and not callable(x) else []
    for one in held:
        yield from _inside(one, seen)
