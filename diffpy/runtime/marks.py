"""Marks in a program: what is left out of the derivative, and cotangents that are edited on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.registry import REGISTRY, CustomRule


def without_derivative(x: Any) -> Any:
    """x itself, with derivative zero.

    >>> from diffpy import gradient
    >>> gradient(of=lambda x: x * without_derivative(x))(3.0)
    3.0
    """
    return x


def with_derivative(x: Any, body: Callable[[Any], Any]) -> Any:
    """x itself; on its way back the cotangent of x becomes body(cotangent).

    >>> from diffpy import gradient
    >>> gradient(of=lambda x: with_derivative(x * x, lambda v: 10.0 * v))(3.0)
    60.0
    """
    return x


REGISTRY.add(CustomRule(without_derivative, lambda x: (x, lambda v: None), None))


def _with_derivative_pulled(x: Any, body: Callable[[Any], Any]) -> Pulled:
    return x, lambda y_bar: Parts(None, (body(y_bar), None), {})


CONTAINER_RULES[with_derivative] = _with_derivative_pulled
