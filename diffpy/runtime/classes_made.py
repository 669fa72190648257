"""Classes that a run makes with variables of a function in them: the tangents of what their functions captured."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

_captured: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def class_of(maker: Callable[[], type]) -> type:
    """The class that a function makes which stands for its statement."""
    return maker()


def note_class(cls: type, dots: dict[str, Any]) -> None:
    """What the functions of a class captured has these tangents, as long as there is the class."""
    _captured[cls] = dots
    for one in _functions(cls):
        _captured[one] = dots


def captured_tangents(function: Any) -> dict[str, Any] | None:
    """Those of a function of such a class, or of the class itself, if it is one."""
    if not _captured:
        return None
    if isinstance(function, types.MethodType):
        function = function.__func__
    if isinstance(function, type):
        return next((_captured[one] for one in function.__mro__ if one in _captured), None)
    return _captured.get(function) if isinstance(function, types.FunctionType) else None


def _functions(cls: type) -> Iterator[types.FunctionType]:
    found: tuple[Any, ...]
    for one in vars(cls).values():
        match one:
            case property():
                found = (one.fget, one.fset)
            case staticmethod() | classmethod():
                found = (one.__func__,)
            case functools.cached_property():
                found = (one.func,)
            case _:
                found = (one,)
        yield from (f for f in found if isinstance(f, types.FunctionType))
