"""Functions that read the variables of their caller from its frame: a function in, whether it may be one out."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from diffpy.functions import ByCode, names_looked_up

_FRAMES = frozenset(["_getframe", "currentframe"])
_DEPTH = 3  # calls between such a function and the one that asks for the frame
_known: ByCode[bool] = ByCode()


def reads_frames(function: Any, is_foreign: Callable[[Any], bool]) -> bool:
    """Whether a Python function asks for a frame, itself or through the functions of its module that it calls."""
    if not isinstance(function, types.FunctionType) or is_foreign(function):
        return False
    if function.__code__ not in _known:
        _known[function.__code__] = _reads(function, is_foreign, _DEPTH)
    return _known[function.__code__]


def _reads(function: types.FunctionType, is_foreign: Callable[[Any], bool], depth: int) -> bool:
    names = names_looked_up(function.__code__)
    if names & _FRAMES:
        return True
    inner = [function.__globals__.get(n) for n in sorted(names)] if depth else []
    return any(
        _reads(one, is_foreign, depth - 1)
        for one in inner
        if isinstance(one, types.FunctionType)
        and one.__module__ == function.__module__
        and not is_foreign(one)
    )
