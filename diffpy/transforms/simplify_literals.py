"""Arithmetic with the literals that seeds leave behind: a derivative in, the same with fewer operations out."""

from __future__ import annotations

import gast

from diffpy.analysis.kinds import Known
from diffpy.syntax.build import constant
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, is_float, reverse_blocks, rewrite_sweeps, scopes


def fold_literals(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """1.0 * x is x where x is surely floating; no term goes that may be infinite or NaN.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         a = 1.0 * x / 1.0
    ...         b = 0.0 + -(-x)
    ...         c = 1.0 * 2 * x
    ...         d = 0.0 * x
    ...         e = -1.0 * x
    ...     return a
    ... ''', fold_literals))
    def f(x):
        with reverse:
            a = x
            b = x
            c = 2.0 * x
            d = 0.0 * x
            e = -x
        return a
    """
    return rewrite_sweeps(tree, _Folding(known), gast.Assign | gast.AugAssign | gast.Expr)


class _Folding(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        found = self._product(node) if isinstance(node.op, gast.Mult) else self._other(node)
        return node if found is None else found

    def _product(self, node: gast.BinOp) -> gast.expr | None:
        one, other = _number(node.left), _number(node.right)
        if one is not None and other is not None and (isinstance(one, float) or isinstance(other, float)):
            return gast.copy_location(constant(one * other), node)
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            if _is_one(factor) and is_float(rest, self.known):
                return rest
            if _is_one(_negated(factor)) and is_float(rest, self.known):
                return gast.copy_location(gast.UnaryOp(gast.USub(), rest), node)
        return None

    def _other(self, node: gast.BinOp) -> gast.expr | None:
        match node.op:
            case gast.Div() if _is_one(node.right) and is_float(node.left, self.known):
                return node.left
            case gast.Add() if _is_zero(node.left) and is_float(node.right, self.known):
                return node.right
            case gast.Add() | gast.Sub() if _is_zero(node.right) and is_float(node.left, self.known):
                return node.left
        return None

    def visit_UnaryOp(self, node: gast.UnaryOp) -> gast.expr:
        node.operand = self.visit(node.operand)
        twice = _negated(node)
        inside = _negated(twice) if twice is not None else None
        return inside if inside is not None and is_float(inside, self.known) else node

    def visit_IfExp(self, node: gast.IfExp) -> gast.expr:
        """An argument that was left out, `a if None is None else b`, or given as a known object."""
        match node.test:
            case gast.Compare(left=left, ops=[op], comparators=[gast.Constant(value=None)]):
                is_none = self._is_none(left)
                if is_none is not None:
                    return self.visit(node.body if is_none == isinstance(op, gast.Is) else node.orelse)
        return node

    def _is_none(self, node: gast.expr) -> bool | None:
        """None where it is not known."""
        if isinstance(node, gast.Constant):
            return node.value is None
        found = self._known_object(node)
        return None if found is None else found.value is None

    def _known_object(self, node: gast.expr) -> Known | None:
        if isinstance(node, gast.Attribute):
            module = self._known_object(node.value)
            found = getattr(module.value, node.attr, None) if module is not None else None
            return Known(found) if found is not None else None
        found = self.known.kind_of(node.id) if isinstance(node, gast.Name) else None
        return found if isinstance(found, Known) else None

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _number(node: gast.expr) -> float | int | None:
    if isinstance(node, gast.Constant) and type(node.value) in (float, int):
        return node.value
    return None


def _negated(node: gast.expr) -> gast.expr | None:
    """What a minus stands before."""
    return node.operand if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) else None


def _is_one(node: gast.expr | None) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is float and node.value == 1.0


def _is_zero(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is float and node.value == 0.0


def fold_signs(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A minus stands as far left as it can, and is a subtraction where something stands before it; both are exact.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x, y):
    ...     with reverse:
    ...         x_bar = x + -(y * x) * y
    ...         y_bar = -(x * y)
    ...         z_bar = -(-x * y)
    ...         a_bar = x + y * -x
    ...     return x_bar
    ... ''', fold_signs))
    def f(x, y):
        with reverse:
            x_bar = x - y * x * y
            y_bar = -x * y
            z_bar = x * y
            a_bar = x - y * x
        return x_bar
    """
    signs = _Signs(known)
    for scope in scopes(tree):
        for block in reverse_blocks(scope):
            for s in block:
                if isinstance(s, gast.Assign | gast.AugAssign | gast.Expr):
                    s.value = signs.visit(s.value)
                if isinstance(s, gast.AugAssign):
                    signs.augmented(s)
    return tree


class _Signs(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_UnaryOp(self, node: gast.UnaryOp) -> gast.expr:
        node.operand = self.visit(node.operand)
        inside = _negated(node)
        if isinstance(inside, gast.BinOp) and isinstance(inside.op, gast.Mult | gast.Div):
            first = _leftmost(inside)
            twice = _negated(first)
            if twice is not None and is_float(twice, self.known):
                return _with_leftmost(inside, twice)
            if is_float(first, self.known) and twice is None:
                return _with_leftmost(inside, gast.copy_location(gast.UnaryOp(gast.USub(), first), first))
        return node

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        inside = _negated(node.right)
        if isinstance(node.op, gast.Mult | gast.Div) and inside is not None and is_float(inside, self.known):
            node.right = inside
            return self.visit_UnaryOp(gast.copy_location(gast.UnaryOp(gast.USub(), node), node))
        node.op, node.right = self.turned(node.op, node.right)
        return node

    def augmented(self, s: gast.AugAssign) -> None:
        s.op, s.value = self.turned(s.op, s.value)

    def turned(self, op: gast.operator, right: gast.expr) -> tuple[gast.operator, gast.expr]:
        """+ -x is - x."""
        first = _negated(_leftmost(right)) if isinstance(op, gast.Add | gast.Sub) else None
        if first is None or not is_float(first, self.known):
            return op, right
        return gast.Sub() if isinstance(op, gast.Add) else gast.Add(), _with_leftmost(right, first)

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _leftmost(node: gast.expr) -> gast.expr:
    """The first factor of a product."""
    while isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        node = node.left
    return node


def _with_leftmost(node: gast.expr, first: gast.expr) -> gast.expr:
    if not isinstance(node, gast.BinOp) or not isinstance(node.op, gast.Mult | gast.Div):
        return first
    node.left = _with_leftmost(node.left, first)
    return node
