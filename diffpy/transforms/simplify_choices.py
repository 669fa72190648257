"""Choices made twice: a derivative in, the same with one np.where in place of two by the same condition out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes, times_bound


def fold_choices(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Where a condition holds, a choice by the same condition has been made; two halves of a choice are one.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = np.where(c, np.where(c, y_bar, 0) * x, 0.0)
    ...         z_bar = np.where(c, 0.0, -np.where(c, 0, y_bar) * x)
    ...         t1_bar = np.where(c, y_bar, 0) * 0.5
    ...         a_bar = np.where(c, t1_bar * x, 0.0)
    ...         a_bar = a_bar + np.where(c, 0.0, y_bar)
    ... ''', fold_choices))
    def f(x):
        with reverse:
            x_bar = np.where(c, y_bar * x, 0.0)
            z_bar = np.where(c, 0.0, -y_bar * x)
            t1_bar = y_bar * 0.5
            a_bar = np.where(c, t1_bar * x, y_bar)
    """
    bound = times_bound(tree)
    for scope in scopes(tree):
        for block in reverse_blocks(scope):
            for s in block:
                if isinstance(s, gast.Assign | gast.AugAssign):
                    s.value = _Outer().visit(s.value)
        _drop_masked(scope, bound)
        for block in reverse_blocks(scope):
            _join_halves(block)
    return tree


def _drop_masked(scope: gast.FunctionDef, bound: Counter[str]) -> None:
    """A value that is read only where a test holds is not chosen by that test when it is made."""
    reads = flow.loads(*scope.body)
    masked: Counter[tuple[str, str, bool]] = Counter()
    for block in reverse_blocks(scope):
        for s in block:
            if isinstance(s, gast.Assign | gast.AugAssign):
                masked.update(_masked(s.value))
    for block in reverse_blocks(scope):
        for s in block:
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value) if bound[name] == 1:
                    for (one, test, holds), count in masked.items():
                        if one == name and count == reads[name] and bound[test] <= 1:
                            s.value = _Inner(test, holds).visit(value)


def _masked(value: gast.expr) -> Iterator[tuple[str, str, bool]]:
    """The names in the branches of choices, with the tests and whether they hold there."""
    for node in nodes(value):
        found = _choice(node) if isinstance(node, gast.Call) else None
        if found is not None:
            test, one, other = found
            for branch, holds in ((one, True), (other, False)):
                yield from ((name, test, holds) for name in _elementwise_names(branch))


def _elementwise_names(node: gast.AST) -> Iterator[str]:
    match node:
        case gast.Name(id=name):
            yield name
        case gast.UnaryOp(operand=one):
            yield from _elementwise_names(one)
        case gast.BinOp(left=left, right=right) if _is_elementwise(node):
            yield from _elementwise_names(left)
            yield from _elementwise_names(right)


def _join_halves(block: list[gast.stmt]) -> None:
    """x = where(c, a, 0); x = x + where(c, 0, b): one choice, made where the second stands."""
    begun: dict[str, gast.Assign] = {}
    for s in list(block):
        written, read = flow.all_written([s]), flow.names_read(s)
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.BinOp(left=gast.Name(id=again), op=gast.Add(), right=gast.Call() as half),
            ) if name == again and name in begun:
                joined = _joined(begun[name].value, half)
                if joined is not None:
                    block[:] = [one for one in block if one is not begun[name]]
                    s.value = joined
        begun = {
            n: one
            for n, one in begun.items()
            if n not in written | read and not written & flow.names_read(one)
        }
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as chosen) if _choice(chosen):
                begun[name] = s


def _joined(one: gast.Call, other: gast.Call) -> gast.Call | None:
    """The sum of two choices by one test, where one of them is zero on either side."""
    first, second = _choice(one), _choice(other)
    if first is None or second is None or first[0] != second[0]:
        return None
    sides = [
        b if _is_zero(a) else a if _is_zero(b) else None for a, b in zip(first[1:], second[1:], strict=True)
    ]
    if None in sides:
        return None
    return gast.copy_location(gast.Call(other.func, [other.args[0], *sides], []), other)


def _is_zero(node: gast.AST) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) in (int, float) and node.value == 0


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
