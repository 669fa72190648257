"""Factors of sums: a derivative in, the same that sums before it multiplies by what the sum does not change, out."""

from __future__ import annotations

from typing import Any, NamedTuple

import gast

from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, rewrite_sweeps


def take_factors_out(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Signs, numbers, and factors that have the shape of a sum already, stand before the sum or behind it.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = np.sum(-d_bar * xs / x)
    ...         z_bar = unbroadcast(t1_bar * ys / xs, xs.shape)
    ...         a_bar = np.sum(-xs, axis=0, keepdims=True)
    ... ''', take_factors_out))
    def f(x):
        with reverse:
            x_bar = -np.sum(d_bar * xs) / x
            z_bar = unbroadcast(t1_bar * ys, xs.shape) / xs
            a_bar = -np.sum(xs, axis=0, keepdims=True)
    """
    return rewrite_sweeps(tree, _TakingOut(known))


class _Factor(NamedTuple):
    """What a product is multiplied by or divided by."""

    op: gast.operator
    node: gast.expr


class _TakingOut(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_Call(self, node: gast.Call) -> Any:
        self.generic_visit(node)
        like = self.summed_to(node)
        return node if like is None else self.taken_out(node, like)

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node

    def summed_to(self, node: gast.Call) -> str | None:
        """The name of which a sum has the shape, "" where it is no name's; None of what is no sum."""
        match node:
            case gast.Call(func=gast.Attribute(value=gast.Name(id="np" | "numpy"), attr="sum"), args=[_]):
                return ""
            case gast.Call(func=gast.Name(id=name), args=[_, shape], keywords=[]) if self.is_unbroadcast(
                name
            ):
                match shape:
                    case gast.Attribute(value=gast.Name(id=like), attr="shape"):
                        return like
                    case gast.Call(func=gast.Attribute(attr="shape"), args=[gast.Name(id=like)]):
                        return like
                return ""
        return None

    def is_unbroadcast(self, name: str) -> bool:
        found = self.known.objects.get(name)
        module, own = getattr(found, "__module__", ""), getattr(found, "__name__", "")
        return own == "unbroadcast" and module == "diffpy.runtime.arrays"

    def taken_out(self, node: gast.Call, like: str) -> gast.expr:
        first, factors = _factors(node.args[0])
        is_minus = isinstance(first, gast.UnaryOp) and isinstance(first.op, gast.USub)
        if is_minus:
            first = first.operand
        stays = [one for one in factors if not self.is_outside(one.node, like)]
        if not stays:  # what is left to sum is no product: it may be spread out for this one alone
            stays = [one for one in factors if isinstance(one.node, gast.Name) and one.node.id == like]
        if len(stays) == len(factors) and not is_minus:
            return node
        node.args[0] = _product(first, stays)
        whole: gast.expr = gast.copy_location(gast.UnaryOp(gast.USub(), node), node) if is_minus else node
        return _product(whole, [one for one in factors if one not in stays])

    def is_outside(self, factor: gast.expr, like: str) -> bool:
        """Whether a factor is the same for all terms of the sum."""
        match factor:
            case gast.Constant(value=value):
                return isinstance(value, int | float)
            case gast.Name(id=name):
                kind = self.known.kind_of(self.known.primals.get(name, name))
                return isinstance(kind, Scalar) or (name == like and isinstance(kind, Array))
        return False


def _factors(node: gast.expr) -> tuple[gast.expr, list[_Factor]]:
    """The first factor of a product, and the others with their operators."""
    found: list[_Factor] = []
    while isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        found.insert(0, _Factor(node.op, node.right))
        node = node.left
    return node, found


def _product(first: gast.expr, factors: list[_Factor]) -> gast.expr:
    for op, factor in factors:
        first = gast.copy_location(gast.BinOp(first, op, factor), factor)
    return first
