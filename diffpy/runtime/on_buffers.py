"""Pullbacks that work on buffers which they were given when their forward sweep ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.errors import UnsupportedSyntaxError


class OnBuffers:
    """A pullback and the buffers that it works on: a copy of it works on copies of these."""

    __slots__ = ("held", "pullback")

    def __init__(self, pullback: Callable[..., Any], *held: Any) -> None:
        self.pullback, self.held = pullback, held

    def __call__(self, y_bar: Any) -> Any:
        return self.pullback(y_bar, *self.held)

    def with_held(self, held: tuple) -> OnBuffers:
        return OnBuffers(self.pullback, *held)

    def __diffpy_pulled__(self, *args: Any) -> Any:
        """What becomes of cotangents on the way through the buffers, nobody follows."""
        raise UnsupportedSyntaxError(
            "the derivative of a pullback goes through a call that changes its arguments",
            because="the pullback of that call works on the buffers of its caller, and is not followed any further",
            fix="let the function that is called return new values",
        )

    __diffpy_effect__ = __diffpy_pulled__
