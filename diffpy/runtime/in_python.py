"""Functions of Python's library that are written out here: such a function in, its text out."""

from __future__ import annotations

from typing import Any

from diffpy.runtime.written_containers import INHERITED
from diffpy.runtime.written_heaps import HEAPS

_WRITTEN = {**HEAPS, **INHERITED}


def in_python(function: Any) -> Any:
    """The text of a function of heapq, or of collections.abc; any other object as it is."""
    return _WRITTEN.get(id(function), function)
