"""Names that stand for literals, axes or a shape: a function in, its tuples and lists by name out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from diffpy.analysis import flow

_missing = object()


def literal_tuples(tree: gast.FunctionDef) -> dict[str, tuple | list]:
    """t = (0, 1), where nothing else binds t; a list only where nothing else reads it."""
    statements = list(flow.statements(tree.body))
    bound = Counter(name for s in statements for name in _bound(s))
    bound.update(flow.argument_names(tree))
    read = flow.loads(tree)
    found: dict[str, tuple | list] = {}
    for s in statements:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Tuple() | gast.List() as value):
                items = [_literal(one, found) for one in value.elts]
                lasting = isinstance(value, gast.Tuple) or read[name] == 1
                if bound[name] == 1 and lasting and not any(one is _missing for one in items):
                    found[name] = tuple(items) if isinstance(value, gast.Tuple) else items
    return found


def _bound(s: gast.stmt) -> list[str]:
    match s:
        case gast.With():
            return [i.optional_vars.id for i in s.items if i.optional_vars is not None]
        case gast.Try():
            return [h.name.id for h in s.handlers if h.name is not None]
        case _:
            return list(flow.names_written(s))


def _literal(node: gast.expr, found: dict[str, tuple | list]) -> Any:
    match node:
        case gast.Constant(value=int() | None):
            return node.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int())):
            return -node.operand.value
        case gast.Name(id=name) if name in found:
            return found[name]
        case _:
            return _missing
