"""Generator functions: what makes a function one, and the places where it hands its values over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import gast

from diffpy.syntax.trees import children

_SCOPES = {gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef}
_YIELDS = {gast.Yield, gast.YieldFrom}


def yields(tree: gast.FunctionDef) -> Iterator[gast.expr]:
    """The `yield` and `yield from` of a function; those of functions inside it are not its own."""
    waiting: list[gast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if type(node) in _YIELDS:
            yield cast(gast.expr, node)
        if type(node) not in _SCOPES:
            waiting += reversed(children(node))


def is_generator(tree: gast.FunctionDef) -> bool:
    return any(True for _ in yields(tree))
