"""Choices made twice: a derivative in, the same with one np.where in place of two by the same condition out."""

from __future__ import annotations

from typing import Any

import gast

from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes


def fold_choices(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Where a condition holds, a choice by the same condition has been made.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = np.where(c, np.where(c, y_bar, 0) * x, 0.0)
    ...         z_bar = np.where(c, 0.0, -np.where(c, 0, y_bar) * x)
    ... ''', fold_choices))
    def f(x):
        with reverse:
            x_bar = np.where(c, y_bar * x, 0.0)
            z_bar = np.where(c, 0.0, -y_bar * x)
    """
    for scope in scopes(tree):
        for block in reverse_blocks(scope):
            for s in block:
                if isinstance(s, gast.Assign | gast.AugAssign):
                    s.value = _Outer().visit(s.value)
    return tree


class _Outer(Rewriter):
    """Looks into the branches of each choice."""

    def visit_Call(self, node: gast.Call) -> Any:
        self.generic_visit(node)
        found = _choice(node)
        if found is not None:
            test, one, other = found
            node.args[1:] = [_Inner(test, True).visit(one), _Inner(test, False).visit(other)]
        return node


class _Inner(Rewriter):
    """A branch that is evaluated where the test holds, or where it does not: elementwise up to the inner choice."""

    def __init__(self, test: str, holds: bool) -> None:
        self.test, self.holds = test, holds

    def visit(self, node: gast.AST) -> Any:
        if isinstance(node, gast.Call):
            found = _choice(node)
            if found is not None and found[0] == self.test:
                return self.visit(found[1] if self.holds else found[2])
            return node
        return super().visit(node) if isinstance(node, gast.UnaryOp) or _is_elementwise(node) else node


def _is_elementwise(node: gast.AST) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add | gast.Sub | gast.Mult | gast.Div)


def _choice(node: gast.Call) -> tuple[str, gast.expr, gast.expr] | None:
    """The condition, a name, and the two values of np.where."""
    match node:
        case gast.Call(
            func=gast.Attribute(value=gast.Name(), attr="where"),
            args=[gast.Name(id=test), one, other],
            keywords=[],
        ):
            return test, one, other
    return None
