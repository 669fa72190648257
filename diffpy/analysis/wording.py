"""Normal form in the user's words: renamed statements in; the user's names and expressions, as text, out."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterable, Mapping

import gast

from diffpy.analysis import flow
from diffpy.syntax.names import names_in
from diffpy.syntax.trees import Rewriter

WIDTH = 44  # longer text is written with its inner parts left out
DEPTH = 4


class Wording:
    """Spells statements of one function as its author would."""

    def __init__(self, tree: gast.FunctionDef, written: ast.AST, temporaries: Iterable[str]) -> None:
        self.temporaries = frozenset(temporaries)
        self.users = names_in(written)
        self.known = self.users | names_in(tree)
        self.values = _single_values(tree)
        self.heads = {_position(node): node for node in ast.walk(written) if isinstance(node, _COMPOUND)}

    def is_unnamed(self, name: str) -> bool:
        return name not in self.users and (name in self.temporaries or _stem(name) in self.temporaries)

    def name(self, name: str) -> str | None:
        """What the user calls the value; None for one without a name.

        `x_2` is the user's `x` where the user has no `x_2`.
        """
        if name in self.users:
            return name
        if self.is_unnamed(name):
            return None
        return _stem(name) if _stem(name) in self.known else name

    def is_move(self, s: gast.stmt) -> bool:
        """Whether the statement only gives a value the next name that stands for one and the same of the user's."""
        match s:
            case gast.Assign(targets=[gast.Name(id=target)], value=gast.Name(id=source)):
                return self.name(target) == self.name(source)
            case _:
                return isinstance(s, gast.Pass)

    def text(self, s: gast.stmt, sources: Mapping[str, int]) -> str:
        """One line; a value without a name is spelled out, or shown as `…`, or as `#` and its node's number."""
        if isinstance(s, gast.FunctionDef):
            return f"def {s.name}"
        head = self.heads.get(_position(s))
        if head is not None:
            return _head(head)
        if isinstance(s, gast.While | gast.Try):
            return type(s).__name__.lower()
        for depth in range(DEPTH, -1, -1):
            text = self.spelled(s, sources, depth)
            if len(text) <= WIDTH:
                break
        return text

    def spelled(self, s: gast.stmt, sources: Mapping[str, int], depth: int) -> str:
        spelling = _Spelling(self, sources, depth)
        match s:
            case gast.Assign(targets=[gast.Name(id=target)]) if self.name(target) is None:
                return _line(spelling.visit(copy.deepcopy(s.value)))
            case gast.If():
                return f"if {_line(spelling.visit(copy.deepcopy(s.test)))}"
            case gast.For():
                target, walked = (_line(spelling.visit(copy.deepcopy(one))) for one in (s.target, s.iter))
                return f"for {target} in {walked}"
            case gast.With():
                return "with " + ", ".join(
                    _line(spelling.visit(copy.deepcopy(i.context_expr))) for i in s.items
                )
            case _:
                return _line(spelling.visit(copy.deepcopy(s)))


_COMPOUND = (ast.If, ast.For, ast.While, ast.With)


class _Spelling(Rewriter):
    """Replaces versions by the user's names, and values without a name by their expressions."""

    def __init__(self, wording: Wording, sources: Mapping[str, int], depth: int) -> None:
        self.wording, self.sources, self.depth = wording, sources, depth

    def visit_Name(self, node: gast.Name) -> gast.expr:
        name = self.wording.name(node.id)
        if name is not None:
            return _named(name)
        value = self.wording.values.get(node.id)
        if value is None or isinstance(node.ctx, gast.Store):
            return _named(f"#{self.sources[node.id]}" if node.id in self.sources else "…")
        if self.depth == 0:
            return _named("…")
        return _Spelling(self.wording, self.sources, self.depth - 1).visit(copy.deepcopy(value))


def _named(name: str) -> gast.Name:
    return gast.Name(name, gast.Load(), None, None)


def _single_values(tree: gast.FunctionDef) -> dict[str, gast.expr]:
    """Expressions of the names that are written once."""
    values: dict[str, gast.expr] = {}
    writes: Counter[str] = Counter()
    stack: list[gast.AST] = list(tree.body)
    while stack:
        one = stack.pop()
        writes.update(flow.names_written(one))
        match one:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                values[name] = value
            case gast.If() | gast.For() | gast.While() | gast.With() | gast.Try() | gast.ExceptHandler():
                stack.extend(flow.blocks_of(one))
    return {name: value for name, value in values.items() if writes[name] == 1}


def _stem(name: str) -> str:
    return re.sub(r"_\d+$", "", name)


def _position(node: ast.AST | gast.AST) -> tuple[str, int, int]:
    return type(node).__name__, getattr(node, "lineno", None) or 0, getattr(node, "col_offset", None) or 0


def _head(node: ast.AST) -> str:
    """The first line of a compound statement, as the user wrote it."""
    match node:
        case ast.If(test=test):
            return f"if {_plain(test)}"
        case ast.While(test=test):
            return f"while {_plain(test)}"
        case ast.For(target=target, iter=walked):
            return f"for {_bare(target)} in {_plain(walked)}"
        case ast.With(items=items):
            return f"with {', '.join(map(_plain, items))}"
    raise AssertionError(node)


def _bare(target: ast.expr) -> str:
    """`i, x` for the tuple (i, x), as targets are written."""
    whole = _plain(target)
    return whole[1:-1] if isinstance(target, ast.Tuple) and len(target.elts) > 1 else whole


def _line(node: gast.AST) -> str:
    return _plain(ast.fix_missing_locations(gast.gast_to_ast(node)))


def _plain(node: ast.AST) -> str:
    return re.sub(r"\s*\n\s*", " ", ast.unparse(node))
