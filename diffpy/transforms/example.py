"""Before and after: source and passes in, the source after the passes out; for docstrings and tests."""

from __future__ import annotations

import ast
from collections.abc import Callable

import gast

from diffpy.syntax.names import Names, names_in

Pass = Callable[[gast.FunctionDef, Names], gast.FunctionDef]


def after(source: str, *passes: Pass) -> str:
    """The source of a function once the passes have rewritten it."""
    tree = gast.parse(source).body[0]
    names = Names(names_in(tree))
    for one in passes:
        tree = one(tree, names)
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree)))
