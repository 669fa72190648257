"""Where a running function stands in its file: a code object in, its node and the class around it out."""

from __future__ import annotations
import __future__ as future

import ast
from collections.abc import Callable, Iterator
from types import CodeType
from typing import NamedTuple

from diffpy.functions import nested
from diffpy.syntax.codes import compiled, same
from diffpy.syntax.enclosure import enclosed, inner_codes
from diffpy.syntax.files import File

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Found(NamedTuple):
    node: FunctionNode
    owner: str | None  # the class whose private names the function uses


class _Match(NamedTuple):
    statement: ast.stmt
    code: CodeType


_FUTURE = sum({getattr(future, name).compiler_flag for name in future.all_feature_names})
_FAR = 1_000_000_000  # a line that no file has


def locate(file: File, code: CodeType) -> Found | None:
    """The node that compiles to `code`, also on other lines; None where the file has none."""
    known = file.located(code)
    if known is None:
        known = _search(file, code)
        file.remember(code, known)
    return known


def _search(file: File, code: CodeType) -> Found | None:
    for candidates in (_around, _mentioning):
        statements = candidates(file.tree, code)
        matches = [_Match(one, match) for one in statements for match in _matches(one, file, code)]
        if matches:
            return _node_of(min(matches, key=lambda match: _distance(match.code, code)), file)
    return None


def _around(tree: ast.Module, code: CodeType) -> list[ast.stmt]:
    return [one for one in tree.body if first_line(one) <= code.co_firstlineno <= (one.end_lineno or 0)]


def _mentioning(tree: ast.Module, code: CodeType) -> list[ast.stmt]:
    return [
        one for one in tree.body if code.co_name in {_name(found.node) for found in _functions(one, None)}
    ]


def _matches(statement: ast.stmt, file: File, code: CodeType) -> list[CodeType]:
    """The code objects of the statement that do what `code` does."""
    every = _compilations(statement, file, code, _compiled_once)
    groups = ([one for one in group if same(one, code)] for group in every)
    return next((group for group in groups if group), [])


Compile = Callable[[ast.stmt, File, CodeType, list[str]], CodeType | None]


def _compilations(
    statement: ast.stmt, file: File, like: CodeType, compiling: Compile
) -> Iterator[list[CodeType]]:
    """The statement's codes: in its file, in a cell of its own, and with the free names of generated text."""
    yield list(nested(compiling(statement, file, like, file.imports)))
    if file.imports:
        yield list(nested(compiling(statement, file, like, [])))
    if like.co_freevars and isinstance(statement, ast.FunctionDef):
        whole = _compiled(enclosed(statement, {*like.co_freevars, *_nonlocals(statement)}), file, like, [])
        if whole is not None:
            yield inner_codes(whole)


def _nonlocals(statement: ast.stmt) -> set[str]:
    return {name for node in ast.walk(statement) if isinstance(node, ast.Nonlocal) for name in node.names}


def _compiled_once(statement: ast.stmt, file: File, like: CodeType, imports: list[str]) -> CodeType | None:
    """A statement of the file's tree, compiled for all the functions in it."""
    key = id(statement), like.co_flags & _FUTURE, bool(imports)
    if key not in file.compiled:
        file.compiled[key] = _compiled(statement, file, like, imports)
    return file.compiled[key]


def _compiled(statement: ast.stmt, file: File, like: CodeType, imports: list[str]) -> CodeType | None:
    try:
        return compiled(statement, file.name, like.co_flags & _FUTURE, imports)
    except (SyntaxError, ValueError):
        return None


def _distance(one: CodeType, code: CodeType) -> tuple[bool, int, bool]:
    moved = abs(one.co_firstlineno - code.co_firstlineno)
    return one.co_qualname != code.co_qualname, moved, list(one.co_positions()) != list(code.co_positions())


def _node_of(match: _Match, file: File) -> Found | None:
    """The node a compiled code object came from: by name and line, and on a line with several by column."""
    code = match.code
    found = [one for one in _functions_once(match.statement, file) if _name(one.node) == code.co_name]
    found = [one for one in found if first_line(one.node) == code.co_firstlineno]
    if len(found) > 1:
        found = _by_column(found, code) or [one for one in found if _compiles_to(one, match, file)]
    return found[0] if found else None


def _functions_once(statement: ast.stmt, file: File) -> list[Found]:
    """The functions in a statement of the file's tree."""
    if id(statement) not in file.functions:
        file.functions[id(statement)] = list(_functions(statement, None))
    return file.functions[id(statement)]


def _functions(node: ast.AST, owner: str | None) -> Iterator[Found]:
    if isinstance(node, FunctionNode):
        yield Found(node, owner)
    for field, value in ast.iter_fields(node):
        inside = node.name if isinstance(node, ast.ClassDef) and field == "body" else owner
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _functions(child, inside)


def _name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def first_line(node: ast.AST) -> int:
    return min(one.lineno for one in [*getattr(node, "decorator_list", ()), node])


def _by_column(found: list[Found], code: CodeType) -> list[Found]:
    """The innermost lambda whose body holds all of the code's instructions."""
    places = [one for one in code.co_positions() if None not in one and one[2:] != (0, 0)]
    if not places:
        return []
    start = min((line, column) for line, _, column, _ in places if line and column is not None)
    end = max((line, column) for _, line, _, column in places if line and column is not None)
    holding = [one for one in found if _holds(one.node, start, end)]
    return sorted(holding, key=lambda one: (one.node.lineno, one.node.col_offset))[-1:]


def _holds(node: FunctionNode, start: tuple[int, int], end: tuple[int, int]) -> bool:
    body = node.body if isinstance(node, ast.Lambda) else node
    return (body.lineno, body.col_offset) <= start and end <= (body.end_lineno, body.end_col_offset)


def _compiles_to(found: Found, match: _Match, file: File) -> bool:
    """Where Python keeps no columns: compile with this node alone marked by its line, and compare."""
    node, lines = found.node, (found.node.lineno, found.node.end_lineno)
    node.lineno, node.end_lineno = _FAR, _FAR + 1
    try:
        groups = list(_compilations(match.statement, file, match.code, _compiled))
    finally:
        node.lineno, node.end_lineno = lines
    return any(one.co_firstlineno == _FAR and same(one, match.code) for group in groups for one in group)
