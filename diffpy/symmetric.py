"""Derivatives of gradients and differentials that are refused: these and the tangents of their arguments in, theirs out.

Second derivatives are symmetric: the tangent of a gradient along v is the gradient of the differential along v, and the
other way round; where the text of the one has no derivative, that of the other may have one. As the map from v is its
own transpose, it is the step of a recorded run as well.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from diffpy.errors import DifferentiationError
from diffpy.forward_operators import Differential, LinearMap, tangents
from diffpy.operators import Gradient
from diffpy.runtime import by_rules
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.blocks import assembled, seeds_of
from diffpy.runtime.differentials import Moved, apart, by_standing, pushed_through, with_differential
from diffpy.runtime.differentials_again import standing, through
from diffpy.runtime.pulling import Parts
from diffpy.runtime.recorded import Record, here, unrecorded
from diffpy.runtime.recorded_calls import as_step
from diffpy.runtime.standing import Standing
from diffpy.runtime.stores_again import ahead
from diffpy.runtime.tangent_vectors import add_tangents, dot_tangents, map_tangents
from diffpy.runtime.written_jacobians import product_of
from diffpy.runtime.zeros import is_still, settled
from diffpy.slopes import are_few, as_slopes
from diffpy.unseen import may_run_again


def moved(gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """The value and the tangent of a call of gradient(of=f): by the derivative of its text, or else by symmetry."""
    return or_turned(
        lambda: by_standing(gradient, args, keywords, moves),
        lambda: may_be_turned(gradient, moves),
        lambda record: by_symmetry(gradient, args, keywords, moves, record),
    )


def or_turned(
    straight: Callable[[], Moved], may_turn: Callable[[], bool], turned: Callable[[Record | None], Moved]
) -> Moved:
    """What is asked for; where that is refused, and may be turned, the other way round; else that refusal."""
    record = here()
    noted = 0 if record is None else len(record.steps)
    try:
        return straight()
    except DifferentiationError as error:
        if not may_turn():
            raise
        if record is not None:
            del record.steps[noted:]
        try:
            return turned(record)
        except DifferentiationError:
            pass
        raise error


_TURNING: ContextVar[frozenset[tuple[type, int]]] = ContextVar("turning", default=frozenset())


@contextmanager
def turning(function: types.FunctionType, *kinds: type) -> Iterator[None]:
    """These stay refused of the function here: else a gradient is turned into a differential, and back again."""
    token = _TURNING.set(_TURNING.get() | {(kind, id(function)) for kind in kinds})
    try:
        yield
    finally:
        _TURNING.reset(token)


def by_symmetry(
    gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts, record: Record | None
) -> Moved:
    with unrecorded(), turning(gradient._target(args, {}).function, Gradient, LinearMap):
        turned = Turned(gradient, args, keywords, moves)
        value = gradient(*args, **keywords)
        if record is None:
            return value, turned.ahead(value)
    return as_step(record, value, turned.back, {k: moves.args[k] for k in turned.moving})


def may_be_turned(gradient: Gradient, moves: Parts) -> bool:
    """Whether f may run again, and depends on its arguments by position alone."""
    asks_more = gradient.aux or gradient.result is not None
    held = moves.callee.values() if isinstance(moves.callee, dict) else (moves.callee,)
    if asks_more or not all(map(is_still, (*held, *moves.keywords.values()))):
        return False
    return may_turn(gradient._target(moves.args, {}).function, Gradient)


def may_turn(function: types.FunctionType, kind: type) -> bool:
    return (kind, id(function)) not in _TURNING.get() and may_run_again(function)


class Turned:
    """The second derivatives of f at a point, with respect to the arguments that move and those of the gradient."""

    def __init__(self, gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts) -> None:
        self.gradient, self.moves = gradient, moves
        self.args, self.keywords = copy_arguments((args, keywords))  # the program may change them meanwhile
        self.moving = tuple(k for k, dot in enumerate(moves.args) if not is_still(dot))
        target = gradient._target(args, keywords)
        self.function = target.function
        whole, named = target.whole(args, keywords)
        self.laid = gradient._asked(target, whole, named).layout
        names = target.function.__code__.co_varnames[len(target.before) :]
        self.places = tuple(map(names.index, self.laid.lively))

    def along(self, wrt: tuple[int, ...], dots: tuple) -> tuple:
        """The gradient of the differential along tangents of some arguments, a part for each argument."""
        given = Differential(self.gradient.of, wrt), self.args, dots, self.keywords
        try:
            return Gradient(product_of, wrt="point")(*given)
        except DifferentiationError:
            if not are_few(self.args):
                raise
        rate = Differential(product_of, wrt="point")(*given)
        found = [rate(seed) for seed in seeds_of(self.args)]
        return assembled(found, found, self.args)

    def ahead(self, value: Any) -> Any:
        """The tangent of what the gradient gives, along those of the arguments."""
        dots = tuple(self.moves.args[k] for k in self.moving)
        found = self.along(self.moving, dots)
        parts = tuple(found[k] for k in self.places)
        bars_dot = self.laid.shaped(parts[0] if len(parts) == 1 else parts)
        rate = Differential(self.gradient.of, self.moving)(*self.args, **self.keywords)
        return settled(self.gradient._handed(rate(*dots), bars_dot), value)

    def back(self, y_bar: Any) -> Parts:
        """The cotangents of the arguments, from that of what the gradient gives."""
        with turning(self.function, Gradient, LinearMap):
            return self._back(y_bar)

    def _back(self, y_bar: Any) -> Parts:
        value_bar, bars = self.gradient._apart(y_bar)
        taken = self.laid.taken(bars, len(self.laid.names))
        found = list(self.along(self.places, (taken,) if len(self.places) == 1 else tuple(taken)))
        if value_bar is not None:
            steepest = Gradient(self.gradient.of, self.moving)(*self.args, **self.keywords)
            for k, part in zip(self.moving, steepest, strict=True):
                found[k] = add_tangents(found[k], scaled(part, value_bar))
        return Parts(None, tuple(found), {})


def rate_moved(rate: LinearMap, dots: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """The value and the tangent of a differential at a point along tangents, of a function that gives a number."""
    return or_turned(
        lambda: by_standing(rate, dots, keywords, moves),
        lambda: rate_may_be_turned(rate, moves),
        lambda record: rate_by_symmetry(rate, dots, moves, record),
    )


def rate_may_be_turned(rate: LinearMap, moves: Parts) -> bool:
    """Whether f may run again, and nothing but its arguments by position moves."""
    point = moves.callee or {}
    apart = (point.get("function"), *(point.get("keywords") or {}).values())
    return all(map(is_still, apart)) and may_turn(rate.target.function, LinearMap)


def rate_by_symmetry(rate: LinearMap, dots: tuple, moves: Parts, record: Record | None) -> Moved:
    with unrecorded(), turning(rate.target.function, LinearMap):
        value = rate(*dots)
        if not isinstance(value, float):
            raise by_rules.unknown(rate)
        turned = TurnedRate(rate, dots, moves)
        if record is None:
            return value, turned.ahead()
    return as_step(record, value, turned.back, turned.movings)


class TurnedRate:
    """The second derivatives of f at the point of its differential, with respect to what moves."""

    def __init__(self, rate: LinearMap, dots: tuple, moves: Parts) -> None:
        self.function = rate.target.function
        self.args, self.keywords = copy_arguments((rate.args, rate.keywords))
        laid = rate.asked.layout
        self.places = tuple(map(self.function.__code__.co_varnames.index, laid.lively))
        self.dots = tangents(rate.asked, rate.args, rate.keywords, dots)
        where = (moves.callee or {}).get("args") or ()
        self.moving = tuple(k for k, dot in enumerate(where) if not is_still(dot))
        alone = len(moves.args) == 1 and not laid.is_tuple
        taken = laid.taken(moves.args[0] if alone else moves.args, len(laid.names))
        own = (taken,) if len(self.places) == 1 else tuple(taken)
        self.movings: dict[Any, Any] = {k: where[k] for k in self.moving}
        self.movings |= {str(k): dot for k, dot in zip(self.places, own, strict=True) if not is_still(dot)}

    def slope(self, wrt: tuple[int, ...]) -> Gradient:
        return Gradient(self.function, wrt)

    def ahead(self) -> Any:
        """The tangent along those of the point, and of the tangents."""
        total = 0.0
        if self.moving:
            along = Differential(self.slope(self.places), self.moving)(*self.args, **self.keywords)
            total += dot_tangents(along(*(self.movings[k] for k in self.moving)), self.dots)
        moved = tuple(k for k in self.places if str(k) in self.movings)
        if moved:
            rate = Differential(self.function, moved)(*self.args, **self.keywords)
            total += rate(*(self.movings[str(k)] for k in moved))
        return total

    def back(self, y_bar: Any) -> Parts:
        """The cotangents of the point, and of the tangents."""
        with turning(self.function, LinearMap):
            return self._back(y_bar)

    def _back(self, y_bar: Any) -> Parts:
        point: list[Any] = [None] * len(self.args)
        if self.moving:
            along = Differential(self.slope(self.moving), self.places)(*self.args, **self.keywords)
            for k, part in zip(self.moving, along(*self.dots), strict=True):
                point[k] = scaled(part, y_bar)
        steepest = self.slope(self.places)(*self.args, **self.keywords)
        named = {str(k): scaled(part, y_bar) for k, part in zip(self.places, steepest, strict=True)}
        return Parts(None, tuple(point), named)


def scaled(x_bar: Any, factor: Any) -> Any:
    return map_tangents(lambda leaf: leaf * factor, x_bar)


def beside_moved(maker: with_differential, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """The same of a call beside its tangent: where a gradient is refused, by the slopes that it is made of."""

    def straight() -> Moved:
        with ahead():
            stands = standing(maker, args, keywords, (*range(len(args)), *keywords))
        return pushed_through(stands, moves)

    def by_slopes(record: Record | None) -> Moved:
        slopes = sloping(maker, args, keywords)
        if slopes is None:
            raise by_rules.unknown(maker)
        return pushed_through(slopes, moves)

    return or_turned(straight, lambda: may_have_slopes(maker, args), by_slopes)


def may_have_slopes(callee: Any, args: tuple) -> bool:
    """Whether it is a gradient beside its tangents, of a function that may run again."""
    function, _ = apart(callee)
    if isinstance(function, with_differential):
        return may_have_slopes(function.function, args)
    return isinstance(function, Gradient) and may_run_again(function._target(args, {}).function)


def sloping(callee: Any, args: tuple, keywords: dict[str, Any]) -> Standing | None:
    """A call of a gradient, beside tangents or not, as one that takes differentials; None where it is more."""
    function, _ = apart(callee)
    if isinstance(function, with_differential):
        inner = sloping(function.function, args, keywords)
        return None if inner is None else through(inner, function, args, keywords)
    return as_slopes(function, args, keywords) if isinstance(function, Gradient) else None


with_differential.__diffpy_moved__ = beside_moved  # type: ignore[attr-defined]
Gradient.__diffpy_moved__ = moved  # type: ignore[attr-defined]
LinearMap.__diffpy_moved__ = rate_moved  # type: ignore[attr-defined]
