"""Derivatives of what is tried, differentiated: an attempt of a call in, an attempt of the call's derivative out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diffpy.runtime.attempts import Outcome, Raised, attempted
from diffpy.runtime.differentials import varied, with_differential
from diffpy.runtime.differentials_again import INSTEAD, beside, halves
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.pairing import SPECIAL
from diffpy.runtime.pulling import Parts
from diffpy.runtime.standing import Chosen, Shift, Standing
from diffpy.runtime.tangents import item_of


def _paired(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """attempted(f, caught, x) and its pullback: attempted(with_pullback(f), caught, x)."""
    function, caught, *given = args
    nothing = Parts(None, (None,) * len(args), {})
    outward = lambda parts: Parts(None, (parts.callee, None, *parts.args), {}) if parts else nothing  # noqa: E731
    inward = lambda bar: Parts(bar.args[0], tuple(bar.args[2:]), {})  # noqa: E731

    def after(outcome: Outcome) -> Any:
        number, error, pair = outcome
        if pair is None:
            return outcome, Shift(lambda y_bar: nothing, lambda bar: None)
        back = Chosen(pair[1], outward, inward, _value_of, lambda value: (None, None, value))
        return (number, error, pair[0]), back

    maker = with_pullback(function, spread=True)
    return Standing(attempted, (maker, caught, *given), {}, wanted, after, _together, _apart)


SPECIAL[attempted] = _paired


def _padded(given: Iterable[Any] | None, count: int) -> list[Any]:
    found = list(given or ())
    return found + [None] * (count - len(found))


def _value_of(outcome: Any) -> Any:
    return item_of(outcome, 2)


def _together(bar: Any) -> Any:
    """The cotangent of the outcome of a pair, from that of an outcome and of what stands beside it."""
    return None, None, (_value_of(item_of(bar, 0)), item_of(bar, 1))


def _apart(moved: Any) -> Any:
    """The tangents of an outcome and of what stands beside it, from that of the outcome of a pair."""
    number, error, pair = moved
    return (number, error, item_of(pair, 0)), item_of(pair, 1)


def _moving(maker: with_differential, args: tuple) -> Standing:
    """The outcome and its tangent: attempted(with_differential(f, x_dot), caught, x)."""
    function, caught, *given = args
    own, _, *dots = _padded(maker.dots, len(args))
    callee = function if own is None else varied(function, own)

    def after(outcome: Outcome) -> Any:
        number, error, pair = outcome
        if pair is None:
            return outcome, (0, Raised(), None)
        return (number, error, pair[0]), (0, None, pair[1])

    def before(bar: Any) -> Any:
        return None, None, (_value_of(item_of(bar, 0)), _value_of(item_of(bar, 1)))

    def along(moved: Any) -> Any:
        number, error, pair = moved
        return (number, error, item_of(pair, 0)), (0, error, item_of(pair, 1))

    def outward(parts: Parts) -> Parts:
        back = parts.args[0] or {}
        bar, dot_bar = halves(callee, back.get("function"))
        moved = (dot_bar, None, *(back.get("args") or (None,) * len(given)))
        held = {
            "function": beside(maker.function, None, None),
            "args": moved[: len(maker.dots)],
            "keywords": {},
        }
        return Parts(held, (bar, None, *parts.args[2:]), {})

    def inward(bar: Parts) -> Parts:
        own_bar, _, *rest = _padded(item_of(bar.callee, "args") if bar.callee else None, len(args))
        held = {"function": beside(callee, bar.args[0], own_bar), "args": tuple(rest), "keywords": {}}
        return Parts(None, (held, None, *bar.args[2:]), {})

    inner = (with_differential(callee, *dots), caught, *given)
    return Standing(attempted, inner, {}, tuple(range(len(inner))), after, before, along, outward, inward)


INSTEAD[attempted] = _moving
