"""Whether a derivative that is being written is going to be differentiated itself: it is written plainly then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_for_another: ContextVar[bool] = ContextVar("is_for_another", default=False)


def is_for_another() -> bool:
    return _is_for_another.get()


@contextmanager
def for_another() -> Iterator[None]:
    """What is derived here changes nothing in place to save memory, and its loops run over one thing at a time."""
    token = _is_for_another.set(True)
    try:
        yield
    finally:
        _is_for_another.reset(token)
