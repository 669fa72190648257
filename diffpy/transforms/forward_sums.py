"""Terms of a tangent in, their sum as a person writes it out."""

from __future__ import annotations

import gast


def summed(terms: list[gast.expr]) -> gast.expr:
    """One sum; what is subtracted is written so."""
    total, *rest = terms
    for one in rest:
        negative = one
        while isinstance(negative, gast.BinOp) and isinstance(negative.op, gast.Mult | gast.Div):
            negative = negative.left
        if isinstance(negative, gast.UnaryOp) and isinstance(negative.op, gast.USub):
            one = _without_sign(one)
            total = gast.BinOp(total, gast.Sub(), one)
        else:
            total = gast.BinOp(total, gast.Add(), one)
    return total


def _without_sign(value: gast.expr) -> gast.expr:
    if isinstance(value, gast.UnaryOp):
        return value.operand
    return gast.BinOp(_without_sign(value.left), value.op, value.right)
