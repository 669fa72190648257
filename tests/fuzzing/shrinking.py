"""The smallest program that fails as a given one does: statements dropped, blocks opened, expressions cut."""

from __future__ import annotations

import ast
import copy
import itertools
import time
from collections.abc import Callable, Iterator

BLOCKS = ("body", "orelse", "finalbody", "handlers")


def shrunk(text: str, fails: Callable[[str], bool], seconds: float) -> str:
    """Takes each smaller program that still fails, until none does or the time is up."""
    until = time.monotonic() + seconds
    found, start, idle = ast.unparse(ast.parse(text)), 0, False
    while time.monotonic() < until:
        tries = itertools.islice(candidates(found), start, None)
        for k, candidate in enumerate(tries, start):
            if time.monotonic() > until:
                return found
            if len(candidate) < len(found) and tried(fails, candidate):
                found, start, idle = candidate, k, False
                break
        else:
            if idle:
                return found
            start, idle = 0, True
    return found


def tried(fails: Callable[[str], bool], text: str) -> bool:
    try:
        return fails(text)
    except Exception:  # no program any more: a name that nobody defines, an empty module
        return False


def candidates(text: str) -> Iterator[str]:
    """Smaller programs: the largest cuts first."""
    tree = ast.parse(text)
    for changes in (statement_cuts(tree), opened_blocks(tree), expression_cuts(tree)):
        for change in changes:
            new = copy.deepcopy(tree)
            if change(new):
                yield ast.unparse(ast.fix_missing_locations(new))


def lists(tree: ast.AST) -> Iterator[list]:
    """The lists of statements in a tree, in the order of ast.walk."""
    for node in ast.walk(tree):
        for field in BLOCKS:
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block


def statement_cuts(tree: ast.AST) -> Iterator[Callable[[ast.AST], bool]]:
    for size in (8, 4, 2, 1):
        for number, block in enumerate(lists(tree)):
            if size <= len(block) or (size == 8 and len(block) > 4):
                for start in range(0, len(block), size):
                    yield lambda new, n=number, a=start, k=size: cut(list(lists(new))[n], a, k)


def cut(block: list, start: int, size: int) -> bool:
    empty = len(block) <= size and isinstance(block[0], ast.Pass)
    del block[start : start + size]
    if not block:
        block.append(ast.Pass())
    return not empty


def opened_blocks(tree: ast.AST) -> Iterator[Callable[[ast.AST], bool]]:
    """A compound statement becomes one of its blocks."""
    for number, block in enumerate(lists(tree)):
        for k, statement in enumerate(block):
            for field in ("body", "orelse"):
                if not isinstance(statement, ast.FunctionDef) and getattr(statement, field, None):
                    yield lambda new, n=number, k=k, field=field: opened(list(lists(new))[n], k, field)
            if getattr(statement, "orelse", None):
                yield lambda new, n=number, k=k: bool(list(lists(new))[n][k].orelse.clear() or True)


def opened(block: list, k: int, field: str) -> bool:
    block[k : k + 1] = getattr(block[k], field)
    return True


def expression_cuts(tree: ast.AST) -> Iterator[Callable[[ast.AST], bool]]:
    """An expression becomes one of its own parts, or a number."""
    for number, node in enumerate(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            for at, one in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(one, ast.expr) and isinstance(getattr(one, "ctx", ast.Load()), ast.Load):
                    index = at if isinstance(value, list) else None
                    for part in parts(one):
                        yield lambda new, *w, n=number, f=field, i=index, p=part: replaced(new, n, f, i, p)


def parts(node: ast.expr) -> list[ast.expr]:
    found = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
    simple = isinstance(node, ast.Constant | ast.Name | ast.Attribute)
    return found if simple else [*found, ast.Constant(1.5)]


def replaced(new: ast.AST, number: int, field: str, index: int | None, part: ast.expr) -> bool:
    node = list(ast.walk(new))[number]
    if index is None:
        setattr(node, field, copy.deepcopy(part))
    else:
        getattr(node, field)[index] = copy.deepcopy(part)
    return True
