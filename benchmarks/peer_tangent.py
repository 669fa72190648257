"""The programs by tangent, as they are; where it does not know a function or a statement there is no figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tangent
from written_with import written_with

PROGRAMS = written_with(np)


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[..., Any]:
    made = tangent.grad(getattr(PROGRAMS, name), wrt=wrt, preserve_result=True)

    def run() -> tuple[Any, Any]:
        *gradients, value = made(*args)
        return value, tuple(gradients) if len(gradients) > 1 else gradients[0]

    return run
