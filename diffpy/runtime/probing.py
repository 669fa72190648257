"""Stores that may fail: an array or a container and a store into it in, the exception that it would raise out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from diffpy.runtime.attempts import handled


def probed(caught: tuple, x: Any, key: Any, value: Any, update: str = "") -> tuple[int, BaseException | None]:
    """What x[key] = value would do, or x[key] += value: (-1, None), or (k, exception) as `attempted` says it.

    `update` is the name of the operator in place, "iadd".
    Nothing is changed. A store of which the exception cannot be told beforehand passes.
    """
    try:
        _store_elsewhere(x, key, value, update)
    except BaseException as error:
        return handled(error, caught), error
    return -1, None


def _store_elsewhere(x: Any, key: Any, value: Any, update: str) -> None:
    """The same store into something of the same form that nobody sees."""
    if type(x) is np.ndarray and x.dtype != object:
        place = np.lib.stride_tricks.as_strided(np.ones((), x.dtype), x.shape, (0,) * x.ndim)
        if not x.flags.writeable:
            place.flags.writeable = False
        with np.errstate(all="ignore"):
            place[key] = getattr(operator, update)(place[key], value) if update else value
    elif (
        type(x) is list
        and not update
        and not (isinstance(key, slice) and not isinstance(value, list | tuple))
    ):
        standing: list[Any] = [None] * len(x)
        standing[key] = value
    elif type(x) is dict and not update:
        hash(key)
