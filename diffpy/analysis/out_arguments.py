"""The arrays that functions of NumPy write to: arguments by position in, those from `out` on by name out."""

from __future__ import annotations

import inspect
from functools import lru_cache
from itertools import takewhile
from typing import Any

import gast
import numpy as np


def with_out_named(
    function: Any, args: list[gast.expr], method: Any
) -> tuple[list[gast.expr], dict[str, gast.expr]]:
    """np.mean(x, 0, None, a): x, 0 and None by position, and out=a. `method`: that of arrays, where one is called."""
    names = _parameters(function if method is None else method)
    names = names if method is None else names[1:]
    place = names.index("out") if "out" in names else len(args)
    return args[:place], dict(zip(names[place:], args[place:], strict=False))


def is_given_out(function: Any, called: gast.Call, args: list[gast.expr]) -> bool:
    """Whether a call names an array to write to; `args` begin with the array whose method is called."""
    if isinstance(function, np.ufunc):
        given = args[function.nin : function.nin + 1]
    else:
        given = list(with_out_named(function, args, None)[1].values())[:1]
    given += [one.value for one in called.keywords if one.arg == "out"]
    return any(not (isinstance(one, gast.Constant) and one.value is None) for one in given)


def takes_out(function: Any) -> bool:
    """Whether a function of NumPy takes an array to write to, by position or by name."""
    return "out" in _parameters(function)


def may_write(function: Any) -> bool:
    """Whether `out=` names an array to write to: of NumPy's functions, and of those of which nothing is known."""
    return isinstance(function, np.ufunc) or _is_of_numpy(function)


def _is_of_numpy(function: Any) -> bool:
    return str(getattr(function, "__module__", None) or "numpy").startswith("numpy")


def _parameters(function: Any) -> list[str]:
    return list(_signature(function)) if function.__hash__ is not None and callable(function) else []


@lru_cache(maxsize=512)
def _signature(function: Any) -> tuple[str, ...]:
    if not _is_of_numpy(function):
        return ()
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C, and silent about it
        return ()
    return tuple(one.name for one in takewhile(lambda one: one.kind in _BY_POSITION, found))


_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
