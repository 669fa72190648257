"""Trees of Python's own ast, ready to be printed: what gast_to_ast gives without places, in less than half the time."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import gast


def python_tree(node: gast.AST) -> Any:
    """The node with all below it; where it stood in a text is not kept.

    >>> print(ast.unparse(python_tree(gast.parse("x[-2] = f(y, n=2)").body[0].value)))
    f(y, n=2)
    """
    kind = type(node)
    if kind in _OTHERWISE:
        return _OTHERWISE[kind](node)
    made, given = ast.AST.__new__(_CLASSES[kind]), node.__dict__
    for field in kind._fields:
        value = given.get(field, _MISSING)
        if isinstance(value, gast.AST):
            made.__dict__[field] = python_tree(value)
        elif type(value) is list:
            made.__dict__[field] = _block(value)
        elif value is not _MISSING:
            made.__dict__[field] = value
    return made


def _block(given: list[Any]) -> list[Any]:
    return [python_tree(one) if isinstance(one, gast.AST) else one for one in given]


def _made(kind: type[ast.AST], fields: dict[str, Any]) -> ast.AST:
    made = ast.AST.__new__(kind)
    vars(made).update(fields)
    return made


def _name(node: gast.Name) -> ast.AST:
    return _made(ast.Name, {"id": node.id, "ctx": python_tree(node.ctx)})


def _parameter(node: gast.Name | None) -> ast.AST | None:
    """gast has parameters as names."""
    if node is None:
        return None
    return _made(
        ast.arg,
        {
            "arg": node.id,
            "annotation": node.annotation and python_tree(node.annotation),
            "type_comment": None,
        },
    )


def _arguments(node: gast.arguments) -> ast.AST:
    fields: dict[str, Any] = {one: list(map(_parameter, getattr(node, one))) for one in _PARAMETERS}
    fields |= {one: _parameter(getattr(node, one)) for one in ("vararg", "kwarg")}
    return _made(
        ast.arguments, fields | {one: _block(getattr(node, one)) for one in ("kw_defaults", "defaults")}
    )


def _handler(node: gast.ExceptHandler) -> ast.AST:
    """gast has what a handler binds as a name."""
    name = node.name.id if node.name is not None else None
    return _made(
        ast.ExceptHandler,
        {"type": node.type and python_tree(node.type), "name": name, "body": _block(node.body)},
    )


_MISSING = object()


def spelled(value: Any) -> ast.expr:
    """A constant as text can spell it: -3 is minus 3, or else -3 ** 2 would be read as -(3 ** 2)."""
    if type(value) not in _LITERALS or value != value:
        raise ValueError(f"{value!r} is no literal: it goes into the namespace")
    if type(value) in (int, float) and math.copysign(1, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


_LITERALS = (int, float, complex, str, bytes, bool, type(None), type(...))
_CLASSES = {
    kind: getattr(ast, name)
    for name, kind in vars(gast).items()
    if isinstance(kind, type) and issubclass(kind, gast.AST) and hasattr(ast, name)
}
_PARAMETERS = ("posonlyargs", "args", "kwonlyargs")
_OTHERWISE: dict[type[gast.AST], Callable[[Any], ast.AST]] = {
    gast.Name: _name,
    gast.Constant: lambda node: spelled(node.value),
    gast.arguments: _arguments,
    gast.ExceptHandler: _handler,
}
