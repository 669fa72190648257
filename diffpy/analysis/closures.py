"""Functions that are handed to a call: arguments and their kinds in, the kinds with what the functions captured out."""

from __future__ import annotations

import dis
import types
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from diffpy.analysis.kinds import UNKNOWN, Closure, Kind, kind_of
from diffpy.functions import cells_of, content_of, nested

_PLAIN = (float, int, bool, complex, str, type(None), np.ndarray, np.float64, np.float32)


def with_captured(
    function: types.FunctionType, kinds: Mapping[str, Kind], values: Mapping[str, Any]
) -> dict[str, Kind]:
    """The kinds of a call's arguments, those of closures with the kinds of what they captured.

    Nothing is said of them where one of the functions there assigns what it captured: it may be of another kind then.
    """
    found = dict(kinds)
    closures = {n: v for n, v in values.items() if type(v) is types.FunctionType and v.__closure__}
    if any(_assigns(one.__code__) for one in (function, *closures.values())):
        return found
    for name, one in closures.items():
        kind = found[name]
        if isinstance(kind, Closure):
            found[name] = replace(kind, cells=_captured(one))
    return found


def _captured(function: types.FunctionType) -> tuple[tuple[str, Kind], ...]:
    return tuple((name, _kind(cell, name)) for name, cell in cells_of(function).items())


def _kind(cell: types.CellType, name: str) -> Kind:
    """Of numbers and arrays; of containers and functions there is more to say than a look-up has time for."""
    held = content_of(cell)
    return kind_of(held, f"{name}@") if type(held) in _PLAIN else UNKNOWN


@lru_cache(maxsize=1024)
def _assigns(code: types.CodeType) -> bool:
    """Whether a function, or one inside it, assigns a variable that it captured."""
    return any(
        step.opname in ("STORE_DEREF", "DELETE_DEREF") and step.argval in one.co_freevars
        for one in (code, *nested(code))
        for step in dis.get_instructions(one)
    )
