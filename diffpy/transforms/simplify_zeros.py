"""Zeros laid out like an array: a derivative in, the same with zeros of its shape, where that is all there is to it."""

from __future__ import annotations

import gast

from diffpy.analysis.kinds import Array, SurelyArray
from diffpy.syntax.build import load
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative, like_zeros, scopes


def make_zeros_by_shape(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Numbers in one row have one layout: np.zeros makes them in a tenth of the time that np.zeros_like takes.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(xs):
    ...     ys = np.zeros_like(xs)
    ...     with reverse:
    ...         xs_bar = np.zeros_like(xs)
    ... ''', make_zeros_by_shape))
    def f(xs):
        ys = np.zeros_like(xs)
        with reverse:
            xs_bar = np.zeros(xs.shape)
    """
    making = _Making(known)
    for scope in scopes(tree):
        for s in every_statement(scope.body):
            match s:
                case gast.Assign(targets=[gast.Name(id=bar)], value=gast.Call()) if known.is_generated(bar):
                    s.value = making.visit(s.value)
    return tree


class _Making(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_Call(self, node: gast.Call) -> gast.expr:
        self.generic_visit(node)
        array = like_zeros(node)
        if isinstance(array, gast.Name) and _is_row(self.known, array.id):
            node.func.attr, node.args = "zeros", [gast.Attribute(load(array.id), "shape", gast.Load())]
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _is_row(known: Derivative, name: str) -> bool:
    kind = known.kind_of(name)
    return (
        isinstance(kind, Array)
        and not isinstance(kind, SurelyArray)
        and kind.dtype == "float64"
        and len(kind.dims or ()) == 1
    )
