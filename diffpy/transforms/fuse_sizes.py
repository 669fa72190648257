"""Sizes in a kernel, as sums of multiples of names: two spellings of one size become one text."""

from __future__ import annotations

import ast
from collections.abc import Mapping

Sum = dict[str, int]  # how many times each name; "" stands for 1


def sum_of(text: str, known: Mapping[str, Sum]) -> Sum | None:
    """A text as a sum, with what is known of names put in their places; None of what is no such sum.

    >>> sum_of("3 * n - m", {"m": {"n": 2, "": 1}})
    {'n': 1, '': -1}
    """
    return _sum(ast.parse(text, mode="eval").body, known)


def _sum(node: ast.expr, known: Mapping[str, Sum]) -> Sum | None:
    match node:
        case ast.Constant(value=int(value)):
            return _without_zeros({"": value})
        case ast.Name(id=name):
            return known.get(name, {name: 1})
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _times(_sum(inner, known), -1)
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left, right=right):
            return _plus(_sum(left, known), _times(_sum(right, known), 1 if isinstance(op, ast.Add) else -1))
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            one, other = _sum(left, known), _sum(right, known)
            if one is not None and set(one) <= {""}:
                return _times(other, one.get("", 0))
            if other is not None and set(other) <= {""}:
                return _times(one, other.get("", 0))
    return None


def _times(one: Sum | None, factor: int) -> Sum | None:
    return None if one is None else _without_zeros({name: factor * count for name, count in one.items()})


def _plus(one: Sum | None, other: Sum | None) -> Sum | None:
    if one is None or other is None:
        return None
    names = dict.fromkeys((*one, *other))
    return _without_zeros({name: one.get(name, 0) + other.get(name, 0) for name in names})


def _without_zeros(one: Sum) -> Sum:
    return {name: count for name, count in one.items() if count}


def spelled(one: Sum) -> str:
    """The one spelling of a sum.

    >>> spelled({"": -1, "n": 2}), spelled({"n": 1}), spelled({})
    ('2 * n - 1', 'n', '0')
    """
    found = ""
    for name in sorted(one, key=lambda name: (not name, name)):
        count = one[name]
        size = str(abs(count)) if not name else name if abs(count) == 1 else f"{abs(count)} * {name}"
        if not found:
            found = size if count > 0 else f"-{size}"
        else:
            found += f" {'+' if count > 0 else '-'} {size}"
    return found or "0"
