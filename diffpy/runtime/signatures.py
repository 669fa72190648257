"""Signatures: a call's arguments in, a key out that is equal for all calls that one derivative serves."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.errors import DifferentiationTypeError

PLAIN: frozenset[type] = frozenset(
    {float, int, bool, complex, str, bytes, type(None)}
    | {np.float64, np.float32, np.float16, np.complex64, np.complex128, np.bool_}
    | {np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64}
)


class Unkeyed(LookupError):
    """A value whose type alone does not say which derivative serves it."""


def _unkeyed(x: Any) -> Any:
    raise Unkeyed


def signature(args: tuple, keywords: Mapping[str, Any]) -> Hashable | None:
    """The key of a call; None where the arguments must be looked at in full.

    >>> signature((1.0, np.zeros((3, 1))), {}) == signature((2.0, np.ones((5, 1))), {})
    True
    """
    try:
        positional = tuple([key_of(one) for one in args])
        if not keywords:
            return positional
        return positional, tuple([(name, key_of(value)) for name, value in keywords.items()])
    except Unkeyed:
        return None


def key_of(x: Any, other: Callable[[Any], Any] = _unkeyed) -> Any:
    """The key of one value; `other` gives that of what is no number, array or container of these."""
    cls: Any = type(x)
    if cls in PLAIN:
        return cls
    if cls is np.ndarray:
        shape = x.shape
        return x.dtype.num, tuple([n == 1 for n in shape]) if 1 in shape else len(shape)
    if cls is tuple:
        return (tuple, *keys_of(x, other))
    if cls is list:
        return (list, *dict.fromkeys(keys_of(x, other)))
    if cls is dict:
        return (dict, *_of_entries(x, other))
    if hasattr(cls, "__dataclass_fields__"):
        return (cls, *keys_of(_fields_of(x, cls), other))
    device = devices.of(x) if devices.present() else None
    if device is not None:
        return device, x.dtype.num, tuple([n == 1 for n in x.shape])
    return other(x)


def keys_of(values: Iterable[Any], other: Callable[[Any], Any]) -> list[Any]:
    """The key of each value."""
    return [cls if (cls := type(one)) in PLAIN else key_of(one, other) for one in values]


def _fields_of(x: Any, cls: Any) -> Iterable[Any]:
    try:
        return _getter(cls)(x)
    except AttributeError:
        return [getattr(x, name, ...) for name in _field_names(cls)]


@lru_cache(maxsize=512)
def _getter(cls: Any) -> Callable[[Any], Iterable[Any]]:
    names = _field_names(cls)
    return attrgetter(*names) if len(names) > 1 else lambda x: [getattr(x, name) for name in names]


def _of_entries(x: dict, other: Callable[[Any], Any]) -> Iterable[Any]:
    """What stands under a name is known by the name; under other keys anything may stand."""
    found = keys_of(x.values(), other)
    return zip(x, found, strict=True) if all(type(k) is str for k in x) else dict.fromkeys(found)


@lru_cache(maxsize=512)
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def spelled(x: Any) -> str:
    """The signature of one value as text: float, float64[n, 1], list[float].

    >>> spelled((2.0, np.zeros((3, 1)), [1, 2]))
    'tuple[float, float64[n, 1], list[int]]'
    """
    cls: Any = type(x)
    if cls in PLAIN:
        return f"np.{cls.__name__}" if issubclass(cls, np.generic) else cls.__name__
    if cls is np.ndarray:
        return f"{x.dtype.name}[{', '.join('1' if n == 1 else 'n' for n in x.shape)}]"
    if cls is tuple:
        return f"tuple[{', '.join(map(spelled, x))}]"
    if cls is list or cls is dict:
        held = x if cls is list else x.values()
        return f"{cls.__name__}[{' | '.join(dict.fromkeys(map(spelled, held)))}]"
    if hasattr(cls, "__dataclass_fields__"):
        held = (f"{name}: {spelled(getattr(x, name, ...))}" for name in _field_names(cls))
        return f"{cls.__qualname__}({', '.join(held)})"
    device = devices.of(x)
    if device is not None:
        return f"{device.name} {x.dtype.name}[{', '.join('1' if n == 1 else 'n' for n in x.shape)}]"
    raise Unkeyed


def check_signature(name: str, expected: tuple[str, ...], args: tuple) -> None:
    """Refuse a call of an exported function with other arguments than those that it was derived for."""
    try:
        given = tuple(map(spelled, args))
    except Unkeyed:
        given = tuple(type(one).__name__ for one in args)
    if given != expected:
        raise DifferentiationTypeError(
            f"'{name}' was exported for ({', '.join(expected)}), and is called with ({', '.join(given)})",
            because="its text holds for these types, ranks and axes of size 1",
            fix="export it once more with such arguments",
        )
