"""Arguments that say nothing: a derivative in, the same that leaves defaults out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import gast

from diffpy.syntax.build import at
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, own_statements, scopes


def leave_out_defaults(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Functions of the running half are called as a person would: without arguments that are as they are by default.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         a_bar = spread(1.0 / count(a.shape, None), a.shape, None, False)
    ...         b_bar = spread(1.0, b.shape, 0, False)
    ... ''', leave_out_defaults))
    def f(x):
        with reverse:
            a_bar = spread(1.0 / a.size, a.shape)
            b_bar = spread(1.0, b.shape, 0)
    """
    leaving = _LeavingOut(known.objects)
    for scope in scopes(tree):
        for s in own_statements(scope, known):
            leaving.visit(s)
    return tree


class _LeavingOut(Rewriter):
    def __init__(self, objects: Mapping[str, object]) -> None:
        self.objects = objects

    def visit_Call(self, node: gast.Call) -> gast.expr:
        self.generic_visit(node)
        called = self.objects.get(node.func.id) if isinstance(node.func, gast.Name) else None
        if called is None or node.keywords:
            return node
        defaults = _defaults(called)
        while (
            len(node.args) <= len(defaults) and node.args and _is(node.args[-1], defaults[len(node.args) - 1])
        ):
            node.args.pop()
        match node.args:
            case [gast.Attribute(value=gast.Name() as array, attr="shape")] if _is_count(called):
                return at(gast.Attribute(array, "size", gast.Load()), node)
        return node


def _is(node: gast.expr, default: object) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is type(default) and node.value == default


@lru_cache(maxsize=1024)
def _defaults(function: Any) -> tuple[object, ...]:
    """The defaults of a function of the running half, by position."""
    if not (getattr(function, "__module__", None) or "").startswith("diffpy.runtime."):
        return ()
    try:
        return tuple(one.default for one in inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()


def _is_count(function: object) -> bool:
    return getattr(function, "__name__", "") == "count" and _defaults(function) != ()
