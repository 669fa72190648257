"""Derivatives of what users do with tangent vectors: sums, multiples, inner products, moves along them."""

from __future__ import annotations

from typing import Any

from diffpy.runtime.by_rules import unknown
from diffpy.runtime.iteration import rule_for
from diffpy.runtime.moving import move, move_struct
from diffpy.runtime.pairing import SPECIAL
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.standing import Standing
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangent_vectors import TangentVector, dot_tangents


@rule_for(TangentVector.__mul__, TangentVector.__rmul__)
def _multiple(v: Any, factor: Any) -> Pulled:
    return v * factor, lambda y_bar: Parts(None, (y_bar * factor, dot_tangents(v, y_bar)), {})


@rule_for(TangentVector.__truediv__)
def _quotient(v: Any, divisor: Any) -> Pulled:
    def full(y_bar: Any) -> Parts:
        return Parts(None, (y_bar / divisor, -dot_tangents(v, y_bar) / divisor**2), {})

    return v / divisor, full


@rule_for(TangentVector.__add__)
def _sum(v: Any, other: Any) -> Pulled:
    return v + other, lambda y_bar: Parts(None, (y_bar, y_bar), {})


@rule_for(TangentVector.__radd__)
def _sum_from_zero(v: Any, start: Any) -> Pulled:
    return start + v, lambda y_bar: Parts(None, (y_bar, None), {})


@rule_for(TangentVector.__sub__)
def _difference(v: Any, other: Any) -> Pulled:
    return v - other, lambda y_bar: Parts(None, (y_bar, -y_bar), {})


for _sign in (TangentVector.__neg__, TangentVector.__pos__):

    @rule_for(_sign)
    def _signed(v: Any, _sign: Any = _sign) -> Pulled:
        return _sign(v), lambda y_bar: Parts(None, (_sign(y_bar),), {})


@rule_for(TangentVector.dot)
def _dot(v: Any, other: Any) -> Pulled:
    return v.dot(other), lambda y_bar: Parts(None, (other * y_bar, v * y_bar), {})


@rule_for(move_struct, move)
def _moved(x: Any, *, along: Any) -> Pulled:
    def full(y_bar: Any) -> Parts:
        return Parts(None, (y_bar,), {"along": y_bar if has_derivative(along) else None})

    return move(x, along=along), full


def _once(function: Any) -> None:
    def pairing(args: tuple, keywords: dict, wanted: tuple) -> Standing:
        raise unknown(function)

    SPECIAL[function] = pairing


for _name in (
    "__mul__",
    "__rmul__",
    "__truediv__",
    "__add__",
    "__radd__",
    "__sub__",
    "__neg__",
    "__pos__",
    "dot",
):
    _once(getattr(TangentVector, _name))
for _function in (move_struct, move):
    _once(_function)
