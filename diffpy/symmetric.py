"""Derivatives of gradients that are refused: a gradient and the tangents of its arguments in, its tangent out.

Second derivatives are symmetric: the tangent of a gradient along v is the gradient of the differential along v, and
that of a function that changes objects may be known where the text of its reverse sweep has no derivative. As the map
from v is its own transpose, it is the step of a recorded run as well.
"""

from __future__ import annotations

from typing import Any

from diffpy.errors import DifferentiationError
from diffpy.forward_operators import Differential
from diffpy.operators import Gradient
from diffpy.quiet import effects_of
from diffpy.reaching import reached
from diffpy.runtime.differentials import Moved, by_standing
from diffpy.runtime.pulling import Parts
from diffpy.runtime.recorded import Record, here, unrecorded
from diffpy.runtime.recorded_calls import as_step
from diffpy.runtime.tangent_vectors import add_tangents, map_tangents
from diffpy.runtime.written_jacobians import product_of
from diffpy.runtime.zeros import is_still, settled


def moved(gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """The value and the tangent of a call of gradient(of=f): by the derivative of its text, or else by symmetry."""
    record = here()
    noted = 0 if record is None else len(record.steps)
    try:
        return by_standing(gradient, args, keywords, moves)
    except DifferentiationError as error:
        if not may_be_turned(gradient, moves):
            raise
        if record is not None:
            del record.steps[noted:]
        try:
            return by_symmetry(gradient, args, keywords, moves, record)
        except DifferentiationError:
            pass
        raise error


def by_symmetry(
    gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts, record: Record | None
) -> Moved:
    with unrecorded():
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
    function = gradient._target(moves.args, {}).function
    try:
        return not any(True for one in reached(function, lambda _: None) for _ in effects_of(one))
    except DifferentiationError:  # without source, nothing is known
        return False


class Turned:
    """The second derivatives of f at a point, with respect to the arguments that move and those of the gradient."""

    def __init__(self, gradient: Gradient, args: tuple, keywords: dict[str, Any], moves: Parts) -> None:
        self.gradient, self.args, self.keywords, self.moves = gradient, args, keywords, moves
        self.moving = tuple(k for k, dot in enumerate(moves.args) if not is_still(dot))
        target = gradient._target(args, keywords)
        whole, named = target.whole(args, keywords)
        self.laid = gradient._asked(target, whole, named).layout
        names = target.function.__code__.co_varnames[len(target.before) :]
        self.places = tuple(map(names.index, self.laid.lively))

    def along(self, wrt: tuple[int, ...], dots: tuple) -> tuple:
        """The gradient of the differential along tangents of some arguments, a part for each argument."""
        rates = Differential(self.gradient.of, wrt)
        return Gradient(product_of, wrt="point")(rates, self.args, dots, self.keywords)

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
        value_bar, bars = self.gradient._apart(y_bar)
        taken = self.laid.taken(bars, len(self.laid.names))
        found = list(self.along(self.places, (taken,) if len(self.places) == 1 else tuple(taken)))
        if value_bar is not None:
            steepest = Gradient(self.gradient.of, self.moving)(*self.args, **self.keywords)
            for k, part in zip(self.moving, steepest, strict=True):
                found[k] = add_tangents(found[k], map_tangents(lambda leaf: leaf * value_bar, part))
        return Parts(None, tuple(found), {})


Gradient.__diffpy_moved__ = moved  # type: ignore[attr-defined]
