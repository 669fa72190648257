"""Sums of equal terms: a derivative in, the same with 2 * a in place of a + a out."""

from __future__ import annotations

from itertools import zip_longest

import gast

from diffpy.syntax.build import constant
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.simplify_facts import Derivative, is_float, rewrite_sweeps

# What a term is made of: reading it twice gives the same twice, and changes nothing.
_PLAIN = gast.Name | gast.Constant | gast.BinOp | gast.UnaryOp | gast.Attribute


def join_terms(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A product that is added twice is computed once, and doubled.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = y_bar * x + y_bar * x
    ...         z_bar = z_bar + y_bar / x + y_bar / x
    ...         a_bar = a_bar - x * x - x * x
    ...         b_bar = -y_bar * x - y_bar * x
    ... ''', join_terms))
    def f(x):
        with reverse:
            x_bar = 2 * y_bar * x
            z_bar = z_bar + 2 * y_bar / x
            a_bar = a_bar - 2 * x * x
            b_bar = -2 * y_bar * x
    """
    return rewrite_sweeps(tree, _Joining(known))


class _Joining(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        term, last, op = node.right, node.left, type(node.op)
        if op not in (gast.Add, gast.Sub) or not self.is_term(term):
            return node
        if op is gast.Add and _same(last, term):
            return _doubled(term)
        if op is gast.Sub and _is_minus(last, term):
            return _doubled(term, -2)
        if isinstance(last, gast.BinOp) and type(last.op) is op and _same(last.right, term):
            last.right = _doubled(term)
            return last
        return node

    def is_term(self, node: gast.expr) -> bool:
        """A product of numbers or arrays, which surely are no sequences to repeat."""
        product = isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div)
        plain = product and all(isinstance(one, _PLAIN) for one in nodes(node))
        return plain and is_float(node, self.known)


def _same(one: gast.AST, other: gast.AST) -> bool:
    """Whether a tree is written as a term is: level by level the same nodes, of which each has so many below it."""
    return all(_written(a) == _written(b) for a, b in zip_longest(nodes(one), nodes(other)))


def _written(node: gast.AST | None) -> tuple[object, ...]:
    match node:
        case gast.Name(id=name):
            return gast.Name, name
        case gast.Constant(value=value):
            return gast.Constant, repr(value)
        case gast.Attribute(attr=attr):
            return gast.Attribute, attr
        case gast.BinOp(op=op) | gast.UnaryOp(op=op):
            return type(node), type(op)
    return (type(node),)


def _is_minus(one: gast.expr, term: gast.expr) -> bool:
    """Whether a product is another with a minus before it, or before its first factor."""
    if isinstance(one, gast.UnaryOp) and isinstance(one.op, gast.USub):
        return _same(one.operand, term)
    product = isinstance(one, gast.BinOp) and isinstance(one.op, gast.Mult | gast.Div)
    if not product or not isinstance(term, gast.BinOp) or type(one.op) is not type(term.op):
        return False
    return _same(one.right, term.right) and _is_minus(one.left, term.left)


def _doubled(term: gast.BinOp, factor: int = 2) -> gast.expr:
    """2 * a * b for a * b: where a is a number, two numbers are multiplied before an array is."""
    first = term
    while isinstance(first.left, gast.BinOp) and isinstance(first.left.op, gast.Mult | gast.Div):
        first = first.left
    number = constant(factor) if factor > 0 else gast.UnaryOp(gast.USub(), constant(-factor))
    first.left = gast.copy_location(gast.BinOp(number, gast.Mult(), first.left), first)
    return term
