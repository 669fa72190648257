"""Generator functions: what makes a function one, and the places where it hands its values over."""

from __future__ import annotations

from collections.abc import Iterator

import gast

_SCOPES = gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda | gast.ClassDef


def yields(tree: gast.FunctionDef) -> Iterator[gast.expr]:
    """The `yield` and `yield from` of a function; those of functions inside it are not its own."""
    waiting: list[gast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, gast.Yield | gast.YieldFrom):
            yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(reversed(list(gast.iter_child_nodes(node))))


def is_generator(tree: gast.FunctionDef) -> bool:
    return any(True for _ in yields(tree))
