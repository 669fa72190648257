"""Calls that are told apart while a program runs: arguments in, a key out that is equal where one derivative serves.

Signatures say the same of the arguments of an operator; here functions and objects that derivatives make count too.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import numpy as np

from diffpy.runtime.carrying import carries
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.signatures import PLAIN, Unkeyed, key_of, keys_of
from diffpy.runtime.struct_fields import is_made, stored_slots

_BY_IDENTITY: frozenset[type] = frozenset({types.BuiltinFunctionType, types.ModuleType, type, np.ufunc})
_HELD: frozenset[type] = PLAIN | {np.ndarray}


def call_key(args: tuple) -> Hashable:
    """The key of arguments; raises Unkeyed where they must be looked at in full."""
    return tuple(keys_of(args, _other))


def cells_key(function: types.FunctionType) -> Hashable:
    """The key of what a function captured."""
    try:
        return tuple([_of_cell(cell.cell_contents) for cell in function.__closure__ or ()])
    except ValueError:  # a cell that is not bound yet
        raise Unkeyed from None


def _of_cell(x: Any) -> Any:
    """An inner function is made again and again."""
    if type(x) is types.FunctionType and "<locals>" in x.__qualname__:
        return types.FunctionType, x.__code__, carries(x)
    return key_of(x, _other)


def _other(x: Any) -> Any:
    cls: Any = type(x)
    if cls is types.FunctionType:
        return (cls, *(_definition(x) if x.__closure__ is None else _captured(x)))
    if cls in _BY_IDENTITY:
        return cls, x
    if is_made(cls) and _lies_open(cls):
        held = vars(x)
        return (cls, *held, *[kind if (kind := type(one)) in PLAIN else _held(one) for one in held.values()])
    raise Unkeyed


def _captured(function: types.FunctionType) -> tuple:
    """What a closure is told by: its code, and what it captured as far as derivation looks at it."""
    try:
        held = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a cell that is not bound yet
        raise Unkeyed from None
    return function.__code__, carries(function), *[key_of(x) if type(x) in _HELD else None for x in held]


def _definition(function: types.FunctionType) -> tuple:
    """What a function that captured nothing is told by: one that is made again and again by its text."""
    own = (function.__defaults__, function.__kwdefaults__, vars(function), REGISTRY.find(function))
    if "<locals>" not in function.__qualname__ or any(own):
        return (function,)
    return function.__code__, id(function.__globals__)


def _held(x: Any) -> Any:
    """What an object holds, one level deep: objects may hold each other."""
    cls = type(x)
    if cls in PLAIN:
        return cls
    if cls in _HELD or (cls in (list, tuple) and all(type(one) in _HELD for one in x)):
        return key_of(x)
    raise Unkeyed


@lru_cache(maxsize=512)
def _lies_open(cls: type) -> bool:
    """Whether all that objects of a class hold, and no more, stands in their dict."""
    cached = (
        isinstance(one, functools.cached_property) for base in cls.__mro__ for one in vars(base).values()
    )
    return not any(cached) and not any(True for _ in stored_slots(cls))
