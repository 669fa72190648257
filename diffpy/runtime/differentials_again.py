"""with_differential(f, x_dot)(x), differentiated: the call of the generated function of arguments and tangents."""

from __future__ import annotations

import types
from typing import Any

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime import dispatch
from diffpy.runtime.differentials import MOVING, Moved, Varied, _pairer, varied, with_differential
from diffpy.runtime.dispatch import Parts, Pulled
from diffpy.runtime.stand_ins import wrapped
from diffpy.runtime.standing import Standing
from diffpy.runtime.tangents import item_of
from diffpy.runtime.written import written
from diffpy.runtime.zeros import is_still, zero_like


def standing(maker: with_differential, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """What with_differential(f, x_dot)(x) stands for: f_value_with_differential(x, x_dot)."""
    function, own = maker.function if isinstance(maker.function, Varied) else (maker.function, None)
    dots: dict[Any, Any] = {**dict(enumerate(maker.dots)), **maker.named}
    call, slots, given, named = _as_function(function, args, keywords)
    where = {**dict(zip(slots, range(len(given)), strict=False)), **{k: k for k in named}}
    inner = Parts(own, tuple(dots.get(k) for k in slots), {k: dots.get(k) for k in named})
    if own is None and all(map(is_still, dots.values())):
        return Standing(_Still(function), args, keywords, wanted)
    made, names, captured = _pairer[0](call, given, named, inner)
    if "with_differential" in made.__code__.co_freevars and call is not function:
        raise _refusal(function)
    moving = {k: names[where[k]] for k in dots if where.get(k) in names}
    passed = {**named, **{name: dots[k] for k, name in moving.items()}, **captured_dots(own, captured)}

    def outward(parts: Parts) -> Parts:
        callee: Any = parts.callee
        if isinstance(maker.function, Varied):
            callee = {
                "function": callee,
                "tangent": {n: parts.keywords.get(dot) for n, dot in captured.items()},
            }
        found = {k: parts.keywords.get(name) for k, name in moving.items()}
        back = {
            "function": callee,
            "args": tuple(found.get(k) for k in range(len(maker.dots))),
            "keywords": {k: found.get(k) for k in maker.named},
        }
        values = {**dict(zip(slots, parts.args, strict=False)), **parts.keywords}
        return Parts(
            back, tuple(values.get(k) for k in range(len(args))), {k: values.get(k) for k in keywords}
        )

    def inward(bar: Parts) -> Parts:
        back = bar.callee or {}
        callee = back.get("function")
        tangent: dict[str, Any] = {}
        if isinstance(maker.function, Varied):
            callee, tangent = item_of(callee, "function"), item_of(callee, "tangent") or {}
        moved: dict[Any, Any] = {**dict(enumerate(back.get("args") or ())), **(back.get("keywords") or {})}
        values: dict[Any, Any] = {**dict(enumerate(bar.args)), **bar.keywords}
        turned = {k: values.get(k) for k in named}
        turned |= {name: moved.get(k) for k, name in moving.items()}
        turned |= {dot: tangent.get(n) for n, dot in captured.items()}
        return Parts(callee, tuple(values.get(k) for k in slots), turned)

    return Standing(
        made, given, passed, (*range(len(given)), *passed), after=_paired, outward=outward, inward=inward
    )


def captured_dots(own: Any, captured: dict[str, str]) -> dict[str, Any]:
    return {dot: own[n] for n, dot in captured.items()}


def _paired(pair: Any) -> Any:
    value, dot = pair
    return value, zero_like(value) if dot is None else dot


def _as_function(function: Any, args: tuple, keywords: dict) -> tuple[Any, tuple, tuple, dict]:
    """A function with text that makes the call: itself, or one that is written for an operation of the table."""
    function = wrapped(function)
    if isinstance(function, types.FunctionType) and not dispatch.is_foreign(function):
        return function, tuple(range(len(args))), args, keywords
    row = dispatch._deriver[0].row_of(function)
    instead = written(function, row, args, keywords)
    if instead is not None:
        return instead.function, tuple(range(len(args))), args, keywords
    if row is None or dispatch._container_rule(function) is not None:
        raise _refusal(function)
    call, slots = dispatch._deriver[0].calling(function, args, keywords)
    every = {**dict(enumerate(args)), **keywords}
    return call, slots, tuple(every[k] for k in slots), {}


def _refusal(function: Any) -> UnknownDerivativeError:
    return UnknownDerivativeError(
        f"the differential of '{dispatch.name_of(function)}' has no derivative of its own here",
        because="what is called is known only when the call runs, and its tangent is found then",
        fix="differentiate the gradient or the pullback instead",
    )


class _Still:
    """A call without tangents, beside a zero."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return _paired((self.function(*args, **keywords), None))

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        value, full = dispatch.pulled(self.function, args, keywords, wanted)

        def first(bar: Any) -> Parts:
            parts = full(item_of(bar, 0))
            return Parts({"function": parts.callee, "args": (), "keywords": {}}, parts.args, parts.keywords)

        return _paired((value, None)), first


with_differential.__diffpy_standing__ = standing  # type: ignore[attr-defined]
with_differential.__diffpy_carries__ = property(  # type: ignore[attr-defined]
    lambda self: [self.function, *self.dots, *self.named.values()]
)


def _maker(function: Any, *dots: Any, **named: Any) -> Pulled:
    """with_differential(f, x_dot): the cotangents of the callee and of the tangents."""

    def full(bar: Any) -> Parts:
        parts = item_of(bar, "args") or (None,) * len(dots)
        found = item_of(bar, "keywords") or {}
        return Parts(None, (item_of(bar, "function"), *parts), {k: found.get(k) for k in named})

    return with_differential(function, *dots, **named), full


def _varied(function: Any, tangent: Any) -> Pulled:
    return varied(function, tangent), lambda bar: Parts(
        None, (item_of(bar, "function"), item_of(bar, "tangent")), {}
    )


dispatch.CONTAINER_RULES[with_differential] = _maker
dispatch.CONTAINER_RULES[varied] = _varied


def _maker_moved(args: tuple, keywords: dict, moves: Parts) -> Moved:
    made = {"function": moves.args[0], "args": moves.args[1:], "keywords": moves.keywords}
    return with_differential(*args, **keywords), made


def _varied_moved(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return varied(*args), {"function": moves.args[0], "tangent": moves.args[1]}


MOVING[with_differential] = _maker_moved
MOVING[varied] = _varied_moved
