"""Calls in a kernel: a function and what it is given in; what is written for it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_values import Known, Method, NotCompiled

Handler = Callable[..., Any]

CALLS: dict[Any, Handler] = {}
METHODS: dict[str, Handler] = {}
OUTSIDE: list[Handler] = []  # what is written for calls that nothing else stands for
WITH_NONE: set[Handler] = set()  # what is written for calls that take what may be None as it is


def stands_for(*functions: Any) -> Callable[[Handler], Handler]:
    """Register what is written for calls of functions, given as objects or by their dotted names."""

    def register(handler: Handler) -> Handler:
        CALLS.update(dict.fromkeys(functions, handler))
        return handler

    return register


def method(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS.update(dict.fromkeys(names, handler))
        return handler

    return register


WITH_LISTS: set[Handler] = set()  # what is written for calls that change a list


def with_lists(handler: Handler) -> Handler:
    WITH_LISTS.add(handler)
    return handler


def with_none(handler: Handler) -> Handler:
    WITH_NONE.add(handler)
    return handler


def handler_of(function: Any) -> Handler | None:
    dotted = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', None)}"
    try:
        return CALLS.get(function) or CALLS.get(dotted)
    except TypeError:
        return None


def call(k: Kernel, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A call; keywords that nothing stands for are refused."""
    if isinstance(function, Method):
        found: Handler | None = METHODS[function.name]
        args = [function.of, *args]
    elif isinstance(function, Known):
        found = handler_of(function.value)
        k.warns |= str(getattr(function.value, "__module__", "numpy")).startswith("numpy")
    else:
        found = None
    if found is None and not isinstance(function, Known):
        return k.inline(k, function, args, keywords)
    if isinstance(function, Method):
        return _written(k, found, args, keywords)
    mark = k.mark()
    try:
        if found is None:
            return k.inline(k, function, args, keywords)
        return _written(k, found, args, keywords)
    except NotCompiled as error:
        k.back_to(mark)
        try:
            return OUTSIDE[0](k, function.value, args, keywords)
        except NotCompiled:
            raise error from None


def _written(k: Kernel, handler: Handler | None, args: list[Any], keywords: dict[str, Any]) -> Any:
    assert handler is not None
    keywords = {"offset" if name == "k" else name: one for name, one in keywords.items()}
    try:
        return handler(k, *args, **keywords)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise NotCompiled("a call with arguments that nothing stands for") from None
