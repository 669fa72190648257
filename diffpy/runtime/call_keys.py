"""Calls that are told apart while a program runs: arguments in, a key out that is equal where one derivative serves.

Signatures say the same of the arguments of an operator; here functions and objects that derivatives make count too.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Hashable
from functools import lru_cache
from inspect import CO_NESTED
from typing import Any

import numpy as np

from diffpy.runtime.carrying import carries
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.signatures import PLAIN, Unkeyed, key_of, keys_of
from diffpy.runtime.struct_fields import held, is_made, is_named_tuple, is_plain_object, state, stored_slots
from diffpy.runtime.structures import structure_of

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
    return _of_one(x, _LEVELS)


def _of_one(x: Any, levels: int) -> Any:
    """The key of a function, a class, an object; objects hold others, some levels deep, or each other."""
    cls: Any = type(x)
    if cls is types.FunctionType:
        return (cls, *(_definition(x) if x.__closure__ is None else _captured(x)))
    if cls in _BY_IDENTITY:
        return cls, x
    if not levels:
        raise Unkeyed
    inner = _OTHERS[levels - 1]
    if is_made(cls):
        held = _reader(cls)(x)
        return (cls, *held, *keys_of(held.values(), inner))
    if is_named_tuple(cls):
        return (cls, *keys_of(x, inner))
    if is_plain_object(x) and structure_of(x) is None and not hasattr(cls, "__diffpy_carries__"):
        held = vars(x)
        return (None, cls, *held, *[_of_attribute(one, inner) for one in held.values()])
    raise Unkeyed


_LEVELS = 3
_OTHERS: list[Callable[[Any], Any]] = [functools.partial(_of_one, levels=k) for k in range(_LEVELS + 1)]


def _of_attribute(x: Any, inner: Callable[[Any], Any]) -> Any:
    """The key of what an object holds whose class nobody declared: derivation looks at numbers, arrays and functions."""
    cls = type(x)
    if cls in PLAIN:
        return cls
    is_looked_into = is_made(cls) or not (cls in _CONTAINERS or is_plain_object(x))
    return key_of(x, inner) if is_looked_into else None


_CONTAINERS = (list, tuple, dict, set)


def _captured(function: types.FunctionType) -> tuple:
    """What a closure is told by: its code, and what it captured as far as derivation looks at it."""
    try:
        held = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a cell that is not bound yet
        raise Unkeyed from None
    return function.__code__, carries(function), *[key_of(x) if type(x) in _HELD else None for x in held]


def _definition(function: types.FunctionType) -> tuple:
    """What a function that captured nothing is told by: one that is made again and again by its text."""
    if is_one_of_many(function):
        return function.__code__, id(function.__globals__)
    return (function,)


def is_one_of_many(function: types.FunctionType) -> bool:
    """Whether a function is told by its text: a program that runs a function again makes those inside it anew."""
    if function.__closure__ is not None:
        return True
    if not function.__code__.co_flags & CO_NESTED:
        return False
    own = (function.__defaults__, function.__kwdefaults__, vars(function), REGISTRY.find(function))
    return not any(own)


@lru_cache(maxsize=512)
def _reader(cls: type) -> Callable[[Any], dict[str, Any]]:
    """What gives all attributes that an object of a class holds, in its dict or in slots."""
    cached = (
        isinstance(one, functools.cached_property) for base in cls.__mro__ for one in vars(base).values()
    )
    names = tuple(stored_slots(cls))
    if any(cached) or (names and cls.__dictoffset__):
        return state
    return functools.partial(_slots_held, names) if names else vars


def _slots_held(names: tuple[str, ...], x: Any) -> dict[str, Any]:
    return {name: found for name in names if (found := held(x, name, _EMPTY)) is not _EMPTY}


_EMPTY = object()
