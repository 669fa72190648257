"""Literals of products: a derivative in, the same with one coefficient in place of several out."""

from __future__ import annotations

import math

import gast

from diffpy.syntax.build import constant
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, is_float, rewrite_sweeps

Factors = list[tuple[gast.operator, gast.expr]]


def join_coefficients(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """The numbers that a product is multiplied by and divided by are one number, and none where that is one.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = 2 * (y_bar / (2 * y)) * x
    ...         z_bar = y_bar * 0.5 * 3 * x
    ...         a_bar = -2 * (y_bar * x) * 4
    ...         b_bar = 2 * (y_bar * x) * x
    ... ''', join_coefficients))
    def f(x):
        with reverse:
            x_bar = y_bar / y * x
            z_bar = 1.5 * y_bar * x
            a_bar = -8 * y_bar * x
            b_bar = 2 * y_bar * x * x
    """
    return rewrite_sweeps(tree, _Joining(known))


class _Joining(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        if not isinstance(node.op, gast.Mult | gast.Div):
            return node
        every: Factors = []
        _collect(node, gast.Mult(), every)
        numbers = [(op, value) for op, one in every if (value := _number(one)) is not None]
        if len(numbers) < 2:
            return _begun(node)
        rest = [(op, one) for op, one in every if _number(one) is None]
        coefficient = _product(numbers)
        if coefficient is None or not rest or not isinstance(rest[0][0], gast.Mult):
            return node
        found = rest[0][1]
        if not is_float(found, self.known):
            return node
        if coefficient != 1:
            number = (
                constant(coefficient)
                if coefficient > 0
                else gast.UnaryOp(gast.USub(), constant(-coefficient))
            )
            found = found if coefficient == -1 else gast.BinOp(number, gast.Mult(), found)
            found = gast.UnaryOp(gast.USub(), found) if coefficient == -1 else found
        for op, one in rest[1:]:
            found = gast.BinOp(found, op, one)
        return gast.copy_location(found, node)

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _begun(node: gast.BinOp) -> gast.expr:
    """2 * a * b for 2 * (a * b)."""
    if _number(node.left) is None or not isinstance(node.op, gast.Mult) or _first(node.right) is node.right:
        return node
    whole = node.right
    last = whole
    while isinstance(last.left, gast.BinOp) and isinstance(last.left.op, gast.Mult | gast.Div):
        last = last.left
    last.left = gast.copy_location(gast.BinOp(node.left, node.op, last.left), node)
    return whole


def _collect(node: gast.expr, op: gast.operator, found: Factors) -> None:
    """The factors of a product; also those of one in it that a number begins, or stands before."""
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        if isinstance(op, gast.Mult):
            _collect(node.left, op, found)
            begun = _number(node.left) is not None or _number(_first(node.right)) is not None
            if begun:
                _collect(node.right, node.op, found)
            else:
                found.append((node.op, node.right))
            return
        if _number(node.left) is not None and isinstance(node.op, gast.Mult):
            found += [(op, node.left), (op, node.right)]
            return
    found.append((op, node))


def _first(node: gast.expr) -> gast.expr:
    while isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        node = node.left
    return node


def _number(node: gast.expr) -> float | int | None:
    match node:
        case gast.Constant(value=value) if type(value) in (int, float):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=inside):
            value = _number(inside)
            return None if value is None else -value
    return None


def _product(numbers: list[tuple[gast.operator, float | int]]) -> float | int | None:
    """None where it is nothing to multiply with."""
    above = math.prod(value for op, value in numbers if isinstance(op, gast.Mult))
    below = math.prod(value for op, value in numbers if isinstance(op, gast.Div))
    if not below or not above:
        return None
    found = above if below == 1 and isinstance(above, int) else above / below
    return found if math.isfinite(found) and found else None
