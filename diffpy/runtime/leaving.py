"""A context that has been entered already, and is told of exceptions alone."""

from __future__ import annotations

import contextlib
import dis
import itertools
import types
from typing import Any

from diffpy.errors import UnsupportedSyntaxError

_MANAGER = contextlib.contextmanager(lambda: iter(())).__code__


def makes_contexts(function: object) -> bool:
    """Whether a function is what contextlib.contextmanager makes of a generator function."""
    return isinstance(function, types.FunctionType) and function.__code__ is _MANAGER


class Leaving:
    """`with Leaving(c)`: where the body raises, c.__exit__ is called with the exception."""

    __diffpy_changes_nothing__ = True

    def __init__(self, context: Any) -> None:
        self.context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        swallowed = None if kind is None else left(self.context, kind, error, trace)
        if swallowed:  # what follows in the text is for a body that came to its end
            raise UnsupportedSyntaxError(
                f"a context of class '{type(self.context).__name__}' swallows an exception",
                because="what it changes then is not followed",
                fix="catch the exception: try: ... except ...: ...; or make the context where it is entered",
            ) from error
        return swallowed


def entered(context: Any) -> Any:
    """What `with context as x` binds."""
    return type(context).__enter__(context)


def left(context: Any, kind: Any, error: BaseException | None, trace: Any) -> Any:
    """Tell a context how its body ended: whether it swallows the exception."""
    return type(context).__exit__(context, kind, error, trace)


def swallows(made: Any) -> bool:
    """Whether contexts that this makes may swallow exceptions, and the rest of them is known."""
    if made is contextlib.suppress:
        return True
    if made is Leaving or getattr(made, "__module__", None) == contextlib.__name__:
        return False
    leave = getattr(made, "__exit__", None) if isinstance(made, type) else None
    if not isinstance(leave, types.FunctionType) or not isinstance(made.__enter__, types.FunctionType):
        return False
    return may_return_true(leave.__code__)


def may_return_true(code: types.CodeType) -> bool:
    """Whether a function returns anything but None and False."""
    steps = list(dis.get_instructions(code))
    for before, one in itertools.pairwise(steps):
        if one.opname == "RETURN_VALUE" and not (before.opname == "LOAD_CONST" and not before.argval):
            return True
        if one.opname == "RETURN_CONST" and one.argval:
            return True
    return False
