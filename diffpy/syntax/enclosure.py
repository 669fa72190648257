"""A function with free names, standing alone: a statement and names in, code that has them free out."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import CodeType

from diffpy.functions import nested

_OUTER = "outer"
_PREFIX = _OUTER + ".<locals>."


def enclosed(statement: ast.stmt, names: Iterable[str]) -> ast.FunctionDef:
    """The statement as the body of a function whose parameters are `names`; line numbers stay.

    >>> print(ast.unparse(enclosed(ast.parse("def f(x): return a*f(x)").body[0], ["a"])))
    def outer(a):
        global f
    <BLANKLINE>
        def f(x):
            return a * f(x)
    """
    parameters = sorted(names)
    body: list[ast.stmt] = []
    name = getattr(statement, "name", None)
    if name is not None and name not in parameters:
        body.append(ast.Global([name]))  # Else a call of the user's own f would reach this one.
    arguments = ast.arguments([], [ast.arg(one) for one in parameters], None, [], [], None, [])
    outer = ast.FunctionDef(_OUTER, arguments, body, [], None, None)
    vars(outer)["type_params"] = []  # A field since Python 3.12.
    ast.fix_missing_locations(ast.copy_location(outer, statement))
    body.append(statement)  # It has its locations.
    return outer


def inner_codes(module: CodeType) -> list[CodeType]:
    """All code objects of an enclosed statement, named as if it stood at the top."""
    outer = next(one for one in module.co_consts if isinstance(one, CodeType))
    return list(nested(_unprefixed(outer)))


def _unprefixed(code: CodeType) -> CodeType:
    constants = tuple(_unprefixed(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_consts=constants, co_qualname=code.co_qualname.removeprefix(_PREFIX))
