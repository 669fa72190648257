"""Numbers on a device are arrays without axes; these functions let them be used as the numbers that they are."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from diffpy.backends import devices


def entry(x: Any) -> Any:
    """What was read of an array: of one entry a copy, which does not change when the array does."""
    return x.copy() if _is_number(x) else x


def entries(x: Any) -> Any:
    """What a loop goes through: of an array with one axis its entries as numbers; anything else as it is."""
    if devices.of(x) is not None and x.ndim == 1:
        return _numbers(x)
    return x


def _numbers(x: Any) -> Iterator[Any]:
    return (one.copy() for one in x)


def updated(name: str, x: Any, value: Any) -> Any:
    """x after `x += value`: of a number a new one, of anything else what Python makes of it."""
    operation = getattr(operator, name[1:] if _is_number(x) else name)
    return operation(x, value)


def _is_number(x: Any) -> bool:
    return devices.of(x) is not None and x.ndim == 0
