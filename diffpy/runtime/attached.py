"""Values that a library computed, and formulas that their derivatives follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, array_module


def computed(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """What a function gives, without derivative: what is attached to it has one."""
    return function(*args, **keywords)


def attached(value: Any, formula: Any) -> Any:
    """The value, with the derivative of a formula that gives the same to rounding."""
    return value


def attached_twice(value: Any, formula: Any) -> Any:
    """The value, with the first and the second derivative of a formula that is right up to the second order."""
    return value


def two_orders(x: Array) -> Array:
    """Ones, of which a second derivative is refused."""
    return array_module(x).ones_like(x)


def one_order(x: Array) -> Array:
    """Ones, of which a derivative is refused."""
    return array_module(x).ones_like(x)


def is_near(value: Any, formula: Any, tolerance: float) -> bool:
    """Whether a formula gives a value, up to a tolerance."""
    return bool(np.max(np.abs(np.asarray(value) - np.asarray(formula)), initial=0.0) <= tolerance)
