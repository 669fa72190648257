"""The programs by diffpy: the generated text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import workloads

from diffpy import value_with_gradient

COMPILE = False


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[..., Any]:
    function = getattr(workloads, name)
    made = value_with_gradient(of=function, wrt=wrt if len(wrt) > 1 else wrt[0], compile=COMPILE)
    return lambda: made(*args)
