"""Numbers made NumPy's that are divided by: a derivative in, the same without that where NumPy divides anyway, out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import blocks
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, scopes

_ARITHMETIC = gast.Add | gast.Sub | gast.Mult | gast.Div


def drop_conversions(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An item of an array of NumPy's divided by zero is infinite, whatever the zero is: that never raises.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         t1_part = xs_bar[0]
    ...         t1_bar = t1_part * y / np.float64(x)
    ...         y_bar = y / np.float64(x)
    ... ''', drop_conversions))
    def f(x):
        with reverse:
            t1_part = xs_bar[0]
            t1_bar = t1_part * y / x
            y_bar = y / np.float64(x)
    """
    for scope in scopes(tree):
        for s in scope.body:
            if is_reverse_sweep(s):
                _block(s.body, known, frozenset())
    return tree


def _block(block: list[gast.stmt], known: Derivative, numbers: frozenset[str]) -> None:
    """`numbers`: the names of what is surely NumPy's, in double precision."""
    for s in block:
        inner = list(blocks(s))
        written = flow.all_written([s])
        if not inner and isinstance(s, gast.Assign | gast.AugAssign):
            s.value = _Dropping(known, numbers).visit(s.value)
        for one in inner:
            _block(one, known, numbers - written)
        is_found = isinstance(s, gast.Assign) and _is_of_numpy(s.value, known, numbers)
        numbers = numbers - written
        match s:
            case gast.Assign(targets=[gast.Name(id=name)]) if is_found:
                numbers |= {name}


class _Dropping(Rewriter):
    def __init__(self, known: Derivative, numbers: frozenset[str]) -> None:
        self.known, self.numbers = known, numbers

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        match node.op, node.right:
            case gast.Div(), gast.Call(func=gast.Attribute(attr="float64"), args=[number], keywords=[]):
                if _is_of_numpy(node.left, self.known, self.numbers):
                    node.right = number
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _is_of_numpy(node: gast.expr, known: Derivative, numbers: frozenset[str]) -> bool:
    """Whether a value is a number or an array of NumPy's, in double precision."""
    match node:
        case gast.Name(id=name):
            return name in numbers
        case gast.UnaryOp(op=gast.USub(), operand=one):
            return _is_of_numpy(one, known, numbers)
        case gast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            return _is_of_numpy(left, known, numbers) or _is_of_numpy(right, known, numbers)
        case gast.Subscript(value=gast.Name(id=bar)) if bar in known.primals:
            kind = known.kind_of(known.primals[bar])
            return isinstance(kind, Array) and bool(kind.dims) and kind.dtype == "float64"
    return False
