"""A context that has been entered already, and is told of exceptions alone."""

from __future__ import annotations

from typing import Any


class Leaving:
    """`with Leaving(c)`: where the body raises, c.__exit__ is called with the exception."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        return None if kind is None else type(self.context).__exit__(self.context, kind, error, trace)
