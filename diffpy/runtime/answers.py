"""What methods give that Python calls by itself: an answer in; the error that Python raises of one of the wrong type."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

_ASKING: dict[str, Callable[[Any], Any]] = {
    "__bool__": bool,
    "__len__": len,
    "__int__": int,
    "__index__": operator.index,
    "__float__": float,
    "__complex__": complex,
    "__hash__": hash,
    "__str__": str,
    "__repr__": repr,
    "__format__": format,
}


def is_asked_for(method: str) -> bool:
    """Whether Python wants an answer of a certain type."""
    return method in _ASKING


def check_answer(answer: Any, method: str, owner: Any) -> None:
    """Ask an object whose method gives this answer, and that is called as the owner's class is."""
    _ASKING[method](type(type(owner).__name__, (), {method: lambda *given: answer})())
