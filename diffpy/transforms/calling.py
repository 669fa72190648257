"""A call as a function of its own: a callee and its arguments in, a function with text out that makes the same call."""

from __future__ import annotations

import builtins
import types
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import gast

from diffpy.syntax import emit
from diffpy.syntax.build import constant, load

_LITERALS = (int, bool, str, type(None), types.EllipsisType)


def calling(function: Any, args: tuple, keywords: dict[str, Any]) -> tuple[types.FunctionType, tuple]:
    """def call(a, b): return function(a, b, axis=1); and the positions and keywords that became its parameters.

    What only steers a call, an axis or a name, is written out.
    """
    every: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
    slots = tuple(k for k, v in every.items() if not is_literal(v))
    fixed = tuple((k, v, type(v)) for k, v in every.items() if is_literal(v))
    return _made(_Identity(function), slots, fixed), slots


def call_of(function: Any, count: int) -> types.FunctionType:
    """def call(a, b): return function(a, b); for so many arguments, whatever they are."""
    return _made(_Identity(function), tuple(range(count)), ())


def is_literal(x: Any) -> bool:
    return type(x) in _LITERALS or (type(x) is tuple and all(map(is_literal, x)))


class _Identity:
    """A function as a key: NumPy's own comparison is of no use here."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.function is self.function

    def __hash__(self) -> int:
        return id(self.function)


@lru_cache(maxsize=1024)
def _made(
    function: _Identity, slots: tuple, fixed: tuple[tuple[Hashable, Any, type], ...]
) -> types.FunctionType:
    names = {k: f"x{n}" for n, k in enumerate(slots)}
    given = {**{k: load(name) for k, name in names.items()}, **{k: _literal(v) for k, v, _ in fixed}}
    positions = sorted(k for k in given if isinstance(k, int))
    named = [gast.keyword(k, v) for k, v in given.items() if isinstance(k, str)]
    called = gast.Call(load("operation"), [given[k] for k in positions], named)
    parameters = [gast.Name(name, gast.Param(), None, None) for name in names.values()]
    arguments = gast.arguments(parameters, [], None, [], [], None, [])
    name = str(getattr(function.function, "__name__", "operation"))
    title = f"call_{name}" if name.isidentifier() else "call"
    tree = gast.FunctionDef(title, arguments, [gast.Return(called)], [], None, None, [])
    return emit.function(tree, {"operation": function.function}, {"__builtins__": builtins}, {}, title)


def _literal(value: Any) -> gast.expr:
    return (
        gast.Tuple(list(map(_literal, value)), gast.Load()) if isinstance(value, tuple) else constant(value)
    )
