"""Python text of a Python tree: astor's where it reads back as the same tree, else that of `ast.unparse`."""

from __future__ import annotations

import ast
import warnings
from typing import Any, cast

import gast

from diffpy.syntax.python_trees import python_tree, spelled
from diffpy.syntax.wrapping import wrapped

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # astor looks at every class that ast ever had
    import astor

_UNWRITTEN = {"ctx", "kind", "type_comment", "type_ignores"}


def printed(tree: ast.AST) -> str:
    """The text of a tree, whose constants it may respell; ValueError for a tree that no text reads back as.

    >>> print(printed(ast.Expr(ast.BinOp(ast.Constant(-3), ast.Pow(), ast.Constant(2)))), end="")
    (-3) ** 2
    """
    return _printed(_Literals().visit(tree))[0]


def printed_and_read(tree: gast.AST) -> tuple[str, list[ast.stmt]]:
    """The same for a tree of gast, and what the text reads back as, with the positions in the text."""
    return _printed(python_tree(tree))


def _printed(tree: ast.AST) -> tuple[str, list[ast.stmt]]:
    statements = _statements(tree)
    for write in (_astor, _unparsed):
        text = write(ast.Module(statements, [])).strip("\n") + "\n"
        read = _read(text)
        if read is not None and _alike(read, statements):
            return text, read
    raise ValueError(f"no text reads back as this tree:\n{text}")


def _statements(tree: ast.AST) -> list[ast.stmt]:
    if isinstance(tree, ast.Module):
        return tree.body
    return [ast.Expr(tree)] if isinstance(tree, ast.expr) else [cast(ast.stmt, tree)]


def _astor(tree: ast.AST) -> str:
    return astor.to_source(tree, source_generator_class=_Printer, pretty_source=wrapped)


def _unparsed(tree: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(tree))


def _read(text: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(text).body
    except SyntaxError:
        return None


def _alike(one: Any, other: Any) -> bool:
    """Equal but for what text does not show: comments, contexts of names, prefixes of strings."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is list:
        shown = [x for x in other if not is_comment(x)]
        return len(one) == len(shown) and all(map(_alike, one, shown))
    if kind is ast.Name:
        return one.id == other.id
    if isinstance(one, ast.AST):
        fields = (field for field in kind._fields if field not in _UNWRITTEN)
        return all(_alike(getattr(one, field, None), getattr(other, field, None)) for field in fields)
    return repr(one) == repr(other)


def is_comment(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and node.value.id.startswith("#")


class _Literals(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.copy_location(spelled(node.value), node)


class _Printer(astor.SourceGenerator):
    """astor, which does not know the newer statements or the newer f-strings."""

    def decorators(self, node: ast.stmt, extra: int) -> None:
        opening = bool(self.result) and self.result[-1].endswith(":")
        super().decorators(node, 0 if opening else extra)

    def visit_FunctionDef(self, node: ast.stmt, is_async: bool = False) -> None:
        super().visit_FunctionDef(node, is_async)
        self.newline(extra=1)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        with self.delimit(node) as brackets:
            brackets.discard = brackets.discard and len(node.elts) > 1
            self.comma_list(node.elts, len(node.elts) == 1)

    def _unparsed_block(self, node: ast.stmt) -> None:
        for line in _unparsed(node).split("\n"):
            self.statement(node, line)

    visit_Match = visit_TryStar = visit_TypeAlias = _unparsed_block

    def _written(self, node: ast.expr) -> None:
        self.write(_unparsed(node))

    visit_JoinedStr = visit_TemplateStr = _written
