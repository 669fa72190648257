"""Methods of SciPy's distributions that are written out: a method in, the function that stands for it out."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

STANDING: dict[tuple[type, str], Callable[..., Any]] = {}  # filled by the rules of scipy.stats


def of_distribution(function: Any) -> Callable[..., Any] | None:
    """The function for a method of a distribution; None for any other function."""
    if not isinstance(function, types.MethodType):
        return None
    return STANDING.get((type(function.__self__), function.__name__))
