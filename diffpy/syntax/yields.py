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
    return (cast(gast.expr, node) for node in _own(tree) if type(node) in _YIELDS)


def _own(tree: gast.FunctionDef) -> Iterator[gast.AST]:
    """The nodes of a function in the order of its text; functions inside it have their own."""
    waiting: list[gast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        yield node
        if type(node) not in _SCOPES:
            waiting += reversed(children(node))


def is_generator(tree: gast.FunctionDef) -> bool:
    return any(True for _ in yields(tree))
