"""What users do with tangent vectors, as plain functions of value and pullback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.moving import move

Pair = tuple[Any, Callable[[Any], tuple]]


def multiple(v: Any, factor: Any) -> Pair:
    return v * factor, lambda y_bar: (y_bar * factor, v.dot(y_bar))


def quotient(v: Any, divisor: Any) -> Pair:
    return v / divisor, lambda y_bar: (y_bar / divisor, -v.dot(y_bar) / divisor**2)


def total(v: Any, other: Any) -> Pair:
    return v + other, lambda y_bar: (y_bar, y_bar)


def total_from_zero(v: Any, start: Any) -> Pair:
    return v, lambda y_bar: (y_bar, None)


def difference(v: Any, other: Any) -> Pair:
    return v - other, lambda y_bar: (y_bar, -y_bar)


def opposite(v: Any) -> Pair:
    return -v, lambda y_bar: (-y_bar,)


def itself(v: Any) -> Pair:
    return v, lambda y_bar: (y_bar,)


def inner_product(v: Any, other: Any) -> Pair:
    return v.dot(other), lambda y_bar: (other * y_bar, v * y_bar)


def length(v: Any) -> Pair:
    value = v.norm()
    return value, lambda y_bar: (v * (y_bar / value if value else 0.0),)  # at zero it has a kink like abs


def moved(x: Any, along: Any) -> Pair:
    return move(x, along=along), lambda y_bar: (y_bar, y_bar)


def stretched(d: Any, v: Any) -> Any:
    """The tangent of the length."""
    value = v.norm()
    return v.dot(d) / value if value else 0.0
