"""Derivatives of what users do with tangent vectors: sums, multiples, inner products, moves along them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from diffpy.runtime import recorded
from diffpy.runtime import written_vectors as texts
from diffpy.runtime.differentials import MOVING, Moved
from diffpy.runtime.moving import move, move_struct
from diffpy.runtime.pairing import SPECIAL
from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.recorded_calls import recorded_call
from diffpy.runtime.standing import Chosen, Standing
from diffpy.runtime.struct_fields import is_struct
from diffpy.runtime.tangent_vectors import TangentVector, add_tangents
from diffpy.runtime.zeros import is_still

# Of the tangent of an argument, and of the arguments: what it moves the value by.
Tangent = Callable[..., Any]


def vector_rule(*functions: Any, pair: Any, along: tuple[Tangent, ...]) -> None:
    """Registers functions of vectors: their text of value and pullback, and a tangent for each argument's."""
    for function in functions:
        CONTAINER_RULES[function] = functools.partial(_pulled, pair)
        MOVING[function] = functools.partial(_moved, function, pair, along)
        SPECIAL[function] = functools.partial(_paired, pair)


def _pulled(pair: Any, *args: Any, **named: Any) -> Pulled:
    value, back = pair(*args, **named)
    return value, lambda y_bar: _placed(back(y_bar), args, named)


def _moved(function: Any, pair: Any, along: tuple, args: tuple, named: dict, moves: Parts) -> Moved:
    record, moved = recorded.here(), None
    if record is not None and not is_struct(type(args[0])):
        pull = lambda args, named, wanted: _pulled(pair, *args, **named)  # noqa: E731
        return recorded_call(record, function, pull, args, named, moves)
    for tangent, dot in zip(along, _in_order(moves), strict=False):
        if not is_still(dot):
            moved = add_tangents(moved, tangent(dot, *args, *named.values()))
    return function(*args, **named), moved


def _paired(pair: Any, args: tuple, named: dict, wanted: tuple) -> Standing:
    """The text is Python like any other."""

    def placed(bars: Any) -> Parts:
        return _placed(bars or (None,) * (len(args) + len(named)), args, named)

    return Standing(pair, args, named, wanted, lambda found: (found[0], Chosen(found[1], placed, _in_order)))


def _placed(bars: tuple, args: tuple, named: dict) -> Parts:
    return Parts(None, tuple(bars[: len(args)]), dict(zip(named, bars[len(args) :], strict=True)))


def _in_order(parts: Parts) -> tuple:
    return (*parts.args, *parts.keywords.values())


def _itself(dot: Any, *args: Any) -> Any:
    return dot


vector_rule(
    TangentVector.__mul__,
    TangentVector.__rmul__,
    pair=texts.multiple,
    along=(lambda d, v, factor: d * factor, lambda d, v, factor: v * d),
)
vector_rule(
    TangentVector.__truediv__,
    pair=texts.quotient,
    along=(lambda d, v, divisor: d / divisor, lambda d, v, divisor: v * (-d / divisor**2)),
)
vector_rule(
    TangentVector.dot,
    pair=texts.inner_product,
    along=(lambda d, v, other: d.dot(other), lambda d, v, other: v.dot(d)),
)
vector_rule(TangentVector.norm, pair=texts.length, along=(texts.stretched,))
vector_rule(TangentVector.__add__, pair=texts.total, along=(_itself, _itself))
vector_rule(TangentVector.__radd__, pair=texts.total_from_zero, along=(_itself,))
vector_rule(TangentVector.__sub__, pair=texts.difference, along=(_itself, lambda d, v, other: -d))
vector_rule(TangentVector.__neg__, pair=texts.opposite, along=(lambda d, v: -d,))
vector_rule(TangentVector.__pos__, pair=texts.itself, along=(_itself,))
vector_rule(move_struct, move, pair=texts.moved, along=(_itself, _itself))
