"""Powers with a literal exponent: the call of a derivative's line in, the product that it computes out."""

from __future__ import annotations

import gast

from diffpy.syntax.build import at, constant
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, own_statements, scopes


def expand_powers(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """power_base(d, x, n) is d * n * x ** (n - 1) where n is a literal of one or more.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         a = power_base(d, x, 3)
    ...         b = power_base(d, x, 2)
    ...         c = power_base(d, x, 0.5)
    ... ''', expand_powers))
    def f(x):
        with reverse:
            a = d * 3 * x ** 2
            b = d * 2 * x
            c = power_base(d, x, 0.5)
    """
    expanding = _Expanding(known)
    for scope in scopes(tree):
        for s in own_statements(scope, known):
            if isinstance(s, gast.Assign | gast.AugAssign | gast.Expr):
                s.value = expanding.visit(s.value)
    return tree


class _Expanding(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.called = {n: found for n, found in known.objects.items() if _is_power(found)}

    def visit_Call(self, node: gast.Call) -> gast.expr:
        self.generic_visit(node)
        match node:
            case gast.Call(func=gast.Name(id=name), args=[d, a, gast.Constant(value=n)], keywords=[]):
                # A fraction is left to the runtime: a negative number to a fraction is complex in Python.
                if name in self.called and type(n) in (int, float) and 1 <= n < 1000 and n == int(n):
                    return at(_power_base(d, a, n), node)
        return node


def _power_base(d: gast.expr, a: gast.expr, n: float) -> gast.expr:
    scaled = gast.BinOp(d, gast.Mult(), constant(n))
    if n == 1:  # not d: the product is an array of its own, as the power is
        return scaled
    power = a if n == 2 else gast.BinOp(a, gast.Pow(), constant(n - 1))
    return gast.BinOp(scaled, gast.Mult(), power)


def _is_power(found: object) -> bool:
    name, module = getattr(found, "__name__", ""), getattr(found, "__module__", "")
    return name == "power_base" and module == "diffpy.runtime.powers"
