"""Marks in a program: what is left out of the derivative, and cotangents that are edited on their way."""

from __future__ import annotations

import inspect
import types
from collections import deque
from collections.abc import Callable
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.registry import REGISTRY, CustomRule


def without_derivative(x: Any) -> Any:
    """x itself, with derivative zero.

    >>> from diffpy import gradient
    >>> gradient(of=lambda x: x * without_derivative(x))(3.0)
    3.0
    """
    return x


def left_out(x: Any, owner: Any, name: str) -> Any:
    """The same for what is left in an attribute that nobody reads: the class has nothing to do with it."""
    held = inspect.getattr_static(type(owner), name, None)
    is_plain = not hasattr(type(held), "__set__") or inspect.ismemberdescriptor(held)
    if not is_plain or not isinstance(type(owner).__setattr__, types.WrapperDescriptorType):
        raise UnsupportedSyntaxError(
            f"an active value is stored in '{name}' of an object that outlives the call",
            because=f"'{type(owner).__name__}' may do more with the value than to keep it",
            fix="create the object inside the function, or store without_derivative(...)",
        )
    return x


def left_in(x: Any, log: Any, owner: Any, name: str) -> Any:
    """The same for what is left in a list that such an attribute holds."""
    if type(log) not in (list, deque):
        raise UnsupportedSyntaxError(
            f"an active value is stored in an object of class '{type(log).__name__}', which outlives the call",
            because="its class may do more with the value than to keep it",
            fix="keep it in a list, or store without_derivative(...)",
        )
    return left_out(x, owner, name)


def with_derivative(x: Any, body: Callable[[Any], Any]) -> Any:
    """x itself; on its way back the cotangent of x becomes body(cotangent).

    >>> from diffpy import gradient
    >>> gradient(of=lambda x: with_derivative(x * x, lambda v: 10.0 * v))(3.0)
    60.0
    """
    return x


REGISTRY.add(CustomRule(left_out, lambda *given: (left_out(*given), lambda v: (None,) * 3), None))
REGISTRY.add(CustomRule(left_in, lambda *given: (left_in(*given), lambda v: (None,) * 4), None))
REGISTRY.add(CustomRule(without_derivative, lambda x: (x, lambda v: None), None))


def _with_derivative_pulled(x: Any, body: Callable[[Any], Any]) -> Pulled:
    return x, lambda y_bar: Parts(None, (body(y_bar), None), {})


CONTAINER_RULES[with_derivative] = _with_derivative_pulled
