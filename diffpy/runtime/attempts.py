"""Functions that are tried: a function and the exceptions to catch in, what became of it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.dispatch import CONTAINER_RULES, Parts, Pulled, pulled
from diffpy.runtime.tangents import item_of

Outcome = tuple[int, BaseException | None, Any]


def attempted(function: Callable[..., Any], caught: tuple, *args: Any) -> Outcome:
    """(-1, None, f(*args)), or (k, exception, None) where the exception is one of the k-th in `caught`."""
    try:
        return -1, None, function(*args)
    except BaseException as error:
        return _handled(error, caught), error, None


def _handled(error: BaseException, caught: tuple) -> int:
    for k, kinds in enumerate(caught):
        if isinstance(error, kinds):
            return k
    raise error


def _attempted(function: Callable[..., Any], caught: tuple, *args: Any) -> Pulled:
    try:
        value, full = pulled(function, args, {}, tuple(range(len(args))))
    except BaseException as error:
        number = _handled(error, caught)
        return (number, error, None), lambda y_bar: Parts(None, (None,) * (2 + len(args)), {})

    def back(y_bar: Any) -> Parts:
        value_bar = item_of(y_bar, 2)
        if value_bar is None:
            return Parts(None, (None,) * (2 + len(args)), {})
        parts = full(value_bar)
        return Parts(None, (parts.callee, None, *parts.args), {})

    return (-1, None, value), back


CONTAINER_RULES[attempted] = _attempted
