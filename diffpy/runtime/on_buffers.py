"""Pullbacks that work on buffers which they were given when their forward sweep ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OnBuffers:
    """A pullback and the buffers that it works on: a copy of it works on copies of these."""

    __slots__ = ("held", "pullback")

    def __init__(self, pullback: Callable[..., Any], *held: Any) -> None:
        self.pullback, self.held = pullback, held

    def __call__(self, y_bar: Any) -> Any:
        return self.pullback(y_bar, *self.held)

    def with_held(self, held: tuple) -> OnBuffers:
        return OnBuffers(self.pullback, *held)
