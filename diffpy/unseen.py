"""Whether nobody sees that a function ran: a function in; what it and all that it may call do to the world, out."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError
from diffpy.quiet import effects_of
from diffpy.reaching import reached
from diffpy.runtime.argument_copies import copy_arguments

LIMIT = 1_000_000  # elements of outer data that are compared


def watched(function: types.FunctionType) -> Callable[[], Callable[[], bool]] | None:
    """What notes the outer data that a run may change, and tells afterwards if it did; None where effects are seen."""
    data: list[Any] = []
    try:
        for one in reached(function, lambda x: data.append(x) if _may_change(x) else None):
            if any(True for _ in effects_of(one)):
                return None
    except DifferentiationError:  # without source, nothing is known
        return None
    if not all(map(_is_plain, data)) or sum(map(_size, data)) > LIMIT:
        return None

    def note() -> Callable[[], bool]:
        before = copy_arguments(tuple(data))
        return lambda: all(map(_same, data, before))

    return note


def _may_change(x: Any) -> bool:
    if isinstance(x, list | dict | set | np.ndarray | bytearray):
        return True
    fixed = types.ModuleType | types.BuiltinFunctionType | np.ufunc | np.generic | type(np.sum)
    return (
        not isinstance(x, fixed) and hasattr(x, "__dict__") and vars(builtins).get(type(x).__name__) is None
    )


def _is_plain(x: Any) -> bool:
    if isinstance(x, list | tuple | dict):
        return all(map(_is_plain, x.values() if isinstance(x, dict) else x))
    return isinstance(x, int | float | complex | str | np.generic | np.ndarray | None) and not (
        isinstance(x, np.ndarray) and x.dtype.hasobject
    )


def _size(x: Any) -> int:
    if isinstance(x, list | tuple | dict):
        return sum(map(_size, x.values() if isinstance(x, dict) else x))
    return int(np.size(x))


def _same(x: Any, before: Any) -> bool:
    if isinstance(x, list | tuple | dict):
        if len(x) != len(before) or (isinstance(x, dict) and [*x] != [*before]):
            return False
        pairs = (
            zip(x.values(), before.values(), strict=True)
            if isinstance(x, dict)
            else zip(x, before, strict=True)
        )
        return all(_same(*pair) for pair in pairs)
    if isinstance(x, np.ndarray):
        return x.shape == before.shape and x.tobytes() == before.tobytes()
    return bool(x == before) or x != x
