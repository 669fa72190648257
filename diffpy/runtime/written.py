"""Functions of libraries that are written out in plain Python: a function and its call in, what stands for it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Written(NamedTuple):
    """A Python function with the derivatives of another one."""

    function: Callable[..., Any]
    once: bool = False  # a call has effects (it calls the user's functions, or draws): it runs no second time
    when: Callable[[tuple, dict], bool] | None = None  # for which calls, whatever a row takes


_written: dict[int, tuple[Any, Written]] = {}


def write(
    function: Any,
    text: Callable[..., Any],
    once: bool = False,
    when: Callable[[tuple, dict], bool] | None = None,
) -> None:
    """Let calls of a function have the derivatives of a function with text."""
    _written[id(function)] = (function, Written(text, once, when))


def is_written(function: Any) -> bool:
    return id(function) in _written and _written[id(function)][0] is function


def written(function: Any, row: Any, args: tuple, keywords: dict) -> Written | None:
    """What is written for a call: where there is no row, or the row's signature leaves out what is given."""
    entry = _written.get(id(function))
    if entry is None or entry[0] is not function:
        return None
    if entry[1].when is not None:
        return entry[1] if entry[1].when(args, keywords) else None
    return entry[1] if row is None or not _takes(row, args, keywords) else None


def _takes(row: Any, args: tuple, keywords: dict) -> bool:
    try:
        row.bind(args, keywords)
    except TypeError:
        return False
    return True
