"""Small constructors of gast nodes: text templates and nodes in, nodes with the user's positions out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

import gast

from diffpy.syntax.trees import Rewriter, copied, nodes

Node = TypeVar("Node", bound=gast.AST)

_POSITIONS = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def load(name: str, like: gast.AST | None = None) -> gast.Name:
    return at(gast.Name(name, gast.Load(), None, None), like)


def store(name: str, like: gast.AST | None = None) -> gast.Name:
    return at(gast.Name(name, gast.Store(), None, None), like)


def constant(value: object, like: gast.AST | None = None) -> gast.expr:
    """A literal; a negative number is written as minus its absolute value, as Python reads it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value).startswith("-"):
        return at(gast.UnaryOp(gast.USub(), gast.Constant(-value, None)), like)
    return at(gast.Constant(value, None), like)


def assign(target: str | gast.expr, value: gast.expr, like: gast.AST | None = None) -> gast.Assign:
    left = store(target) if isinstance(target, str) else target
    return at(gast.Assign([left], value, None), like if like is not None else value)


def call(
    function: gast.expr | str, *args: gast.expr, like: gast.AST | None = None, **keywords: gast.expr
) -> gast.Call:
    callee = expression(function) if isinstance(function, str) else function
    return at(gast.Call(callee, list(args), [gast.keyword(k, v) for k, v in keywords.items()]), like)


def at(node: Node, like: gast.AST | None) -> Node:
    """Give the node, and all below it that have no position, the position of `like`."""
    if like is None or not hasattr(like, "lineno"):
        return node
    given = {field: getattr(like, field, None) for field in _POSITIONS}
    for one in nodes(node):
        found = one.__dict__
        if found.get("lineno") is None and "lineno" in type(one)._attributes:
            found.update(given)
    return node


def placed(made: list[gast.stmt], like: gast.AST) -> list[gast.stmt]:
    """The same for statements."""
    return [at(one, like) for one in made]


def without_defaults(function: gast.FunctionDef) -> gast.FunctionDef:
    """A copy whose parameters have none: what is made of it gets those that there are."""
    made = copied(function)
    made.args.defaults, made.args.kw_defaults = [], [None for _ in made.args.kw_defaults]
    return made


def moved(node: Node, like: gast.AST) -> Node:
    """Give the node and all below it the position of `like`."""
    given = {field: getattr(like, field, None) for field in _POSITIONS}
    for one in nodes(node):
        if "lineno" in type(one)._attributes:
            one.__dict__.update(given)
    return node


def substitute(tree: Node, parts: Mapping[str, gast.expr]) -> Node:
    """The tree with each loaded name in `parts` replaced by (a copy of) its expression."""
    return _Substitute(parts).visit(tree)


class _Substitute(Rewriter):
    def __init__(self, parts: Mapping[str, gast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if node.id not in self.parts:
            return node
        part = copied(self.parts[node.id])
        if isinstance(node.ctx, gast.Store) and hasattr(part, "ctx"):
            part.ctx = gast.Store()
        return part


@lru_cache(maxsize=4096)
def _parsed(text: str) -> gast.Module:
    tree = gast.parse(text)
    for node in gast.walk(tree):
        for field in _POSITIONS:
            if hasattr(node, field):
                setattr(node, field, None)
    return tree


def expression(text: str, like: gast.AST | None = None, **parts: gast.expr) -> gast.expr:
    """The expression that `text` spells, with the names given replaced by expressions.

    >>> gast.dump(expression("a.b")).startswith("Attribute")
    True
    """
    (statement,) = _parsed(text).body
    return at(substitute(copied(statement.value), parts), like)


def statements(text: str, like: gast.AST | None = None, **parts: gast.expr) -> list[gast.stmt]:
    """The statements that `text` spells, with the names given replaced by expressions."""
    return [at(substitute(copied(one), parts), like) for one in _parsed(text).body]


def said(text: str, like: gast.AST, **parts: gast.expr) -> list[gast.stmt]:
    """The same, every part of them at the position of `like`."""
    return [moved(one, like) for one in statements(text, like, **parts)]


def import_as(
    node: gast.Import | gast.ImportFrom, renamed: Mapping[str, str]
) -> gast.Import | gast.ImportFrom:
    """The import under other names; in place.

    `import a.b` binds a: as r it is `import a.b as r, a as r`.
    """
    names: list[gast.alias] = []
    for one in node.names:
        first, _, rest = one.name.partition(".")
        name = renamed.get(one.asname or first)
        if name is None:
            names.append(one)
            continue
        names.append(gast.alias(one.name, name))
        if rest and one.asname is None:
            names.append(gast.alias(first, name))
    node.names = names
    return node
