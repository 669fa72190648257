"""The programs by autograd: as they are, with its NumPy in place of NumPy's; what stores into arrays it does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy
from autograd import value_and_grad
from written_with import written_with

PROGRAMS = written_with(autograd.numpy)


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[..., Any]:
    made = value_and_grad(getattr(PROGRAMS, name), wrt if len(wrt) > 1 else wrt[0])
    return lambda: made(*args)
