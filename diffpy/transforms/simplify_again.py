"""What the reverse sweep computes once more: a derivative in, the same that reads what the forward sweep has out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import (
    Derivative,
    Purity,
    bound_names,
    is_reverse_sweep,
    scopes,
    times_bound,
)

_COSTLY = frozenset(
    """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp expm1 exp2 log log2 log10 log1p
    sqrt cbrt asin acos atan asinh acosh atanh""".split()
)


def use_again(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An elementary function of x that stands in the forward sweep is not computed again in the reverse sweep.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     t1 = np.cos(x)
    ...     y = np.sin(x) * t1
    ...     with reverse:
    ...         x_bar = y_bar * np.cos(x)
    ...         t1_bar = y_bar * np.sin(x)
    ... ''', use_again))
    def f(x):
        t1 = np.cos(x)
        y = np.sin(x) * t1
        with reverse:
            x_bar = y_bar * t1
            t1_bar = y_bar * np.sin(x)
    """
    bound = times_bound(tree)
    changing = cache(lambda: changes_arrays(tree, known))
    found: dict[tuple[str, str, str], str] = {}
    for s in tree.body:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called) if bound[name] == 1:
                key = _key(called)
                if key is None or bound[key[0]] or bound[key[2]] > (key[2] not in flow.argument_names(tree)):
                    continue
                kinds = known.kind_of(key[2]), known.kind_of(name)
                if all(isinstance(one, Scalar) for one in kinds) or (_are_arrays(kinds) and not changing()):
                    found.setdefault(key, name)
    if found:
        for scope in scopes(tree):
            for s in scope.body:
                if is_reverse_sweep(s):
                    _Again(found).visit(s)
    return tree


def _are_arrays(kinds: tuple[object, object]) -> bool:
    return all(isinstance(one, Array | Scalar) for one in kinds)


def changes_arrays(tree: gast.FunctionDef, known: Derivative) -> bool:
    """Whether the forward sweep may change an array in place."""
    purity = Purity(known, bound_names(tree))
    return any(_may_change(s, purity) for scope in scopes(tree) for s in _forward(scope))


def _forward(scope: gast.FunctionDef) -> Iterator[gast.stmt]:
    """The statements of the forward sweep; those of the reverse sweep change cotangents alone."""
    return every_statement([s for s in scope.body if not is_reverse_sweep(s)])


def _may_change(s: gast.stmt, purity: Purity) -> bool:
    """Whether a statement may change an array in place."""
    match s:
        case gast.Assign(targets=[gast.Name() | gast.Tuple()], value=value):
            out = isinstance(value, gast.Call) and any(one.arg == "out" for one in value.keywords)
            return out or not purity.is_pure(value)
        case gast.Return() | gast.Pass() | gast.If() | gast.For() | gast.While() | gast.Break():
            return False
        case gast.FunctionDef():
            return not any(map(is_reverse_sweep, s.body))
    return True


def _key(called: gast.expr) -> tuple[str, str, str] | None:
    """The function and the name that it is called with."""
    match called:
        case gast.Call(
            func=gast.Attribute(value=gast.Name(id=module), attr=attr), args=[gast.Name(id=x)], keywords=[]
        ) if attr in _COSTLY:
            return module, attr, x
    return None


class _Again(Rewriter):
    def __init__(self, found: dict[tuple[str, str, str], str]) -> None:
        self.found = found

    def visit_Call(self, node: gast.Call) -> gast.expr:
        key = _key(node)
        if key in self.found:
            return gast.copy_location(gast.Name(self.found[key], gast.Load(), None, None), node)
        return self.generic_visit(node)
