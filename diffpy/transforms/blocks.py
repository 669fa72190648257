"""Blocks of statements: a rewriting of one statement in, the whole function rewritten out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import gast

from diffpy.syntax.trees import nodes

Node = TypeVar("Node", bound=gast.AST)
Expand = Callable[[gast.stmt], list[gast.stmt]]

POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
LOAD, STORE = gast.Load(), gast.Store()
_FIELDS = ("body", "orelse", "finalbody")
_PARTS = ("handlers", "cases")
_WITHOUT_BLOCKS = {
    *(gast.Assign, gast.AugAssign, gast.AnnAssign, gast.Expr, gast.Return, gast.Pass, gast.Break),
    *(gast.FunctionDef, gast.ClassDef),
}


def blocks(statement: gast.stmt) -> Sequence[list[gast.stmt]]:
    """The blocks directly inside a statement; the body of a nested function is none."""
    if type(statement) in _WITHOUT_BLOCKS:
        return ()
    holders = (statement, *(one for part in _PARTS for one in getattr(statement, part, ())))
    found = (getattr(holder, field, None) for holder in holders for field in _FIELDS)
    return [one for one in found if isinstance(one, list)]


def rebuild(statements: list[gast.stmt], expand: Expand) -> list[gast.stmt]:
    """Each statement replaced by what `expand` makes of it, the innermost first; no block is left empty."""
    out: list[gast.stmt] = []
    for one in statements:
        for block in blocks(one):
            if block:
                block[:] = rebuild(block, expand) or [passing(block[0])]
        out.extend(expand(one))
    return out


def every_statement(statements: list[gast.stmt]) -> Iterator[gast.stmt]:
    """The statements of a block and of the blocks in it, in no order; not those of nested functions."""
    waiting = list(statements)
    while waiting:
        one = waiting.pop()
        yield one
        if type(one) not in _WITHOUT_BLOCKS:
            for block in blocks(one):
                waiting.extend(block)


def blocks_below(block: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
    """A block and the blocks in it, those of nested functions left out."""
    waiting = [block]
    while waiting:
        one = waiting.pop()
        yield one
        for s in one:
            waiting.extend(blocks(s))


def assigned(tree: gast.AST) -> Mapping[str, list[gast.expr]]:
    """What each name is assigned, in nested functions too; nothing for any other name."""
    found: defaultdict[str, list[gast.expr]] = defaultdict(list)
    for one in nodes(tree):
        if isinstance(one, gast.Assign) and isinstance(one.targets[0], gast.Name):
            found[one.targets[0].id].append(one.value)
    return found


def placed(node: Node, like: gast.AST) -> Node:
    """The node itself (not what is below it) at the position of `like`."""
    given, found = vars(node), vars(like)
    for field in POSITION:
        if field in found:
            given[field] = found[field]
    return node


def load(name: str, like: gast.AST) -> gast.Name:
    return placed(gast.Name(name, LOAD, None, None), like)


def store(name: str, like: gast.AST) -> gast.Name:
    return placed(gast.Name(name, STORE, None, None), like)


def assign(name: str, value: gast.expr, like: gast.AST) -> gast.Assign:
    return placed(gast.Assign([store(name, like)], value, None), like)


def passing(like: gast.AST) -> gast.Pass:
    return placed(gast.Pass(), like)


def branch(test: gast.expr, body: list[gast.stmt], orelse: list[gast.stmt], like: gast.AST) -> gast.If:
    return placed(gast.If(test, body or [passing(like)], orelse), like)
