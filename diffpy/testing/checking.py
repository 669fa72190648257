"""check_derivative: both modes of a derivative against differences, and against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError
from diffpy.testing.cases import Case, Values, case_of, of_differential, of_pullback
from diffpy.testing.differences import NoSlopeError, Slope, has_kink, slope
from diffpy.testing.points import (
    Step,
    dots_for,
    halves,
    is_coarse,
    labels,
    leaves,
    moved_by,
    numbers,
    numbers_of_tangent,
    path_of,
    random_cotangent,
    steps_of,
    unit_cotangents,
    widened,
)
from diffpy.testing.verdicts import NOISE, Mismatch, message, mismatch, spelled

FEW = 40  # numbers of an argument that are moved one by one; more of them move along random directions
DIRECTIONS = 3
Modes = tuple[str, ...]
MODES: Modes = ("reverse", "forward")
KINK = "the function has a kink or a jump here, where a derivative is a choice: move the point"


def check_derivative(
    function: Callable[..., Any],
    *arguments: Any,
    wrt: Any = None,
    result: Any = None,
    order: int = 1,
    modes: Sequence[str] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    **keywords: Any,
) -> None:
    """Check the derivative of a function at a point, generated or registered with @derivative.

    Forward mode is compared with central differences, extrapolated to a step of zero (Ridders, 1982), or with the
    complex step (Squire and Trapp, 1998) where it says the same and is finer. Reverse mode is compared with these
    along a random cotangent, and with forward mode by <x_bar, x_dot> = <y_bar, y_dot>, to rounding. The inner product
    of complex numbers is Re(conj(a) b). The numbers of an argument are moved one by one, or, when there are more than
    40, along random directions. Integers are counts, and stay. NaN and infinity are never right.

    The function runs many times, on copies of its arguments; what it prints is printed as often.

    Args:
        function: any callable that the operators take.
        *arguments, **keywords: the point: numbers, arrays, tuples, lists, dicts, structs.
        wrt: names or positions of the arguments to check, one or a tuple; left out: every positional argument.
        result: as in `gradient`: the argument (or arguments) in which the function leaves its result.
        order: 2 checks the derivatives of both derivatives too, in all mixtures of the modes.
        modes: "forward", "reverse" or both; left out: both, or reverse mode alone where forward mode is refused.
        tolerance: the relative error that is allowed; left out: 1e-6, or 2e-3 where a number is a float32.
        seed: what the random directions start from.

    Raises:
        AssertionError: which mode is wrong, for which argument and entry, both numbers, and what may be the reason.
        DifferentiationError: what the operators refuse.

    >>> import math
    >>> check_derivative(lambda x, y: math.sin(x) * y["scale"], 0.5, {"scale": 3.0}, order=2)

    A rule of one's own, with a mistake:

    >>> from diffpy import derivative
    >>> def cube(x):
    ...     return x ** 3
    >>> @derivative(of=cube)
    ... def _(x):
    ...     return x ** 3, lambda v: v * 2 * x ** 2
    >>> check_derivative(cube, 2.0)
    Traceback (most recent call last):
        ...
    AssertionError: the derivative of 'cube' is wrong: reverse mode
      argument 'x'
      the derivative says 8
      the complex step says 12
      hint: the derivative is 0.666667 times what it should be: is there a wrong factor?
    """
    asked = MODES if modes is None else tuple(modes)
    if not asked or set(asked) - set(MODES) or order not in (1, 2):
        raise ValueError("modes are 'forward' and 'reverse', one or both; order is 1 or 2")
    random = np.random.default_rng(seed)
    first = case_of(function, arguments, keywords, wrt, result)
    if not any(True for _ in leaves(first.values)):
        raise ValueError("there is no number to move: pass floats, or arrays of floats; integers stay")

    known = _checked(first, asked, modes is None, tolerance, random)
    if order == 2:
        _check_second(first, known, modes is None, tolerance, random)


def _check_second(
    first: Case, asked: Modes, may_refuse: bool, tolerance: float | None, random: np.random.Generator
) -> None:
    """The derivatives of the derivatives of each mode."""
    for mode in asked:
        modes = MODES if may_refuse else asked
        try:
            _checked(_second(first, mode, random), modes, may_refuse, tolerance, random)
        except DifferentiationError:
            if not (may_refuse and mode == "forward" and "reverse" in asked):
                raise


def _checked(
    case: Case, asked: Modes, may_refuse: bool, tolerance: float | None, random: np.random.Generator
) -> Modes:
    """The modes that were checked."""
    with np.errstate(all="ignore"):  # what is not finite is found, and said
        known = _not_refused(case, random) if may_refuse else asked
        _Check(case, known, tolerance, random).run()
    return known


def _not_refused(case: Case, random: np.random.Generator) -> Modes:
    """Both modes; reverse alone where forward mode is refused."""
    try:
        case.along(case.values, random_cotangent(case.values, random))
    except DifferentiationError:
        return ("reverse",)
    return MODES


def _second(first: Case, mode: str, random: np.random.Generator) -> Case:
    """The derivative of a function along something fixed, as a function of the point."""
    if mode == "reverse":
        return of_pullback(first, random_cotangent(first.run(*first.values), random))
    return of_differential(first, random_cotangent(first.values, random))


@dataclass
class _Check:
    """One function, its point, and what of its derivatives is compared."""

    case: Case
    modes: Modes
    tolerance: float | None
    random: np.random.Generator

    def run(self) -> None:
        self._check_repeats()
        for step in self._steps():
            wrong = self._wrong(step)
            if wrong is not None:
                raise AssertionError(self._narrowed(step, wrong))

    @cached_property
    def value(self) -> Any:
        return self.case.run(*self.case.values)

    @cached_property
    def values(self) -> Values:
        """The point that differences start from."""
        return widened(self.case.values)

    @cached_property
    def y_bar(self) -> Any:
        return random_cotangent(self.value, self.random)

    @cached_property
    def x_bar(self) -> Any:
        return self.case.back(self.case.values, self.y_bar)

    @cached_property
    def allowed(self) -> float:
        if self.tolerance is not None:
            return self.tolerance
        return 2e-3 if self.is_coarse else 1e-6

    @cached_property
    def is_coarse(self) -> bool:
        return is_coarse((self.case.values, self.value))

    def _check_repeats(self) -> None:
        here, again = numbers(self.value), numbers(self.case.run(*self.case.values))
        if not np.all(np.isfinite(here)):
            raise AssertionError(f"the value of {self.case.title} is not finite here: move the point")
        if here.shape != again.shape or not np.array_equal(here, again):
            raise AssertionError(
                f"{self.case.title} gives two values at one point, so no derivative of it can be checked: "
                "make its random numbers start from a seed inside it"
            )

    def _steps(self) -> list[Step]:
        return [
            step
            for number, (_, leaf) in enumerate(leaves(self.case.values))
            for step in steps_of(leaf, number, FEW, DIRECTIONS, self.random)
        ]

    # One direction

    def _at(self, step: Step) -> Callable[[float], np.ndarray]:
        moved = moved_by(self.values, step)

        def at(t: float) -> np.ndarray:
            return numbers(self.case.run(*moved(t)))

        return at

    def _truth(self, step: Step) -> Slope:
        moved = moved_by(self.values, step)
        is_real = not any(np.iscomplexobj(leaf) for _, leaf in leaves((self.values, self.value)))

        def at_complex(t: complex) -> np.ndarray | None:
            y = numbers(self.case.run(*moved(t)))
            here = numbers(self.value)
            real, imaginary = (y[0::2], y[1::2]) if y.size == 2 * here.size else (here, np.zeros_like(here))
            return imaginary / t.imag if np.allclose(real, here, rtol=1e-9, atol=0.0) else None

        return slope(self._at(step), at_complex if is_real and self.case.is_analytic else None)

    def _wrong(self, step: Step) -> str | None:
        """What is wrong along a direction, as the message of the error."""
        try:
            truth = self._truth(step)
        except NoSlopeError as raised:
            return self._message(step, "cannot be checked", [], f"{raised}: move the point")
        dots = dots_for(self.case.values, step)
        for mode in self.modes:
            wrong = self._reverse(dots, truth) if mode == "reverse" else self._forward(dots, truth)
            if wrong is not None:
                return self._differs(step, mode, *wrong)
        return self._modes_apart(step, dots) if len(self.modes) > 1 else None

    def _along(self, dots: Any) -> np.ndarray:
        return numbers_of_tangent(self.case.along(self.case.values, dots), self.value)

    def _forward(self, dots: Any, truth: Slope) -> tuple[Mismatch, Slope] | None:
        found = mismatch(self._along(dots), truth, self.allowed)
        return None if found is None else (found, truth)

    def _reverse(self, dots: Any, truth: Slope) -> tuple[Mismatch, Slope] | None:
        """<x_bar, x_dot> against the inner product of y_bar and the rates."""
        weights = numbers_of_tangent(self.y_bar, self.value)
        paired = self._paired(dots)
        rate, error = weights @ truth.rates, np.abs(weights) @ truth.error
        terms = float(np.abs(weights) @ np.abs(truth.rates))
        error += self.allowed * terms / NOISE  # terms may cancel
        expected = Slope(np.array([rate]), np.array([error]), truth.way)
        found = mismatch(np.array([paired]), expected, self.allowed, terms)
        return None if found is None else self._number_by_number(found, expected, truth, dots)

    def _number_by_number(
        self, found: Mismatch, expected: Slope, truth: Slope, dots: Values
    ) -> tuple[Mismatch, Slope]:
        """What is wrong with reverse mode, by the numbers of the result where they are few."""
        if truth.rates.size > FEW:
            return found, expected
        moves = numbers_of_tangent(dots, self.case.values)
        rows = (self.case.back(self.case.values, unit) for unit in unit_cotangents(self.value))
        each = np.array([numbers_of_tangent(row, self.case.values) @ moves for row in rows])
        clearer = mismatch(each, truth, self.allowed)
        return (found, expected) if clearer is None else (clearer, truth)

    def _paired(self, dots: Any) -> float:
        bars = numbers_of_tangent(self.x_bar, self.case.values)
        return float(bars @ numbers_of_tangent(dots, self.case.values))

    def _modes_apart(self, step: Step, dots: Any) -> str | None:
        """<x_bar, x_dot> = <y_bar, y_dot>, to rounding."""
        bars, moves = (numbers_of_tangent(one, self.case.values) for one in (self.x_bar, dots))
        weights, along = numbers_of_tangent(self.y_bar, self.value), self._along(dots)
        reverse, forward = float(bars @ moves), float(weights @ along)
        size = float(np.abs(bars) @ np.abs(moves) + np.abs(weights) @ np.abs(along))
        if abs(reverse - forward) <= (1e-3 if self.is_coarse else 1e-9) * size:
            return None
        lines = [f"reverse mode says {spelled(reverse)}", f"forward mode says {spelled(forward)}"]
        return self._message(
            step, "differs between the modes", lines, "both are near the differences: one is inexact"
        )

    # Words

    def _differs(self, step: Step, mode: str, found: Mismatch, truth: Slope) -> str:
        moved = np.abs(step[1][step[1] != 0])
        scale = float(moved[0]) if moved.size == 1 else 1.0
        by = "the complex step says" if truth.way == "complex step" else "differences say"
        lines = [
            *self._which_result(found.place, truth),
            f"the derivative says {spelled(found.found / scale)}",
            f"{by} {spelled(found.expected / scale)}",
        ]
        hint = KINK if has_kink(self._at(step)) else found.hint
        return self._message(step, f"is wrong: {mode} mode", lines, hint)

    def _which_result(self, index: int, truth: Slope) -> list[str]:
        names = labels(self.value)
        if len(names) != truth.rates.size:
            return ["for a random cotangent of the result"]
        return [f"of the result: {names[index].strip()}"] if names[index] else []

    def _message(self, step: Step, what: str, lines: list[str], hint: str) -> str:
        where = path_of(self.case.values, self.case.names, step)
        return message(f"the derivative of {self.case.title} {what}", [where, *lines], hint)

    def _narrowed(self, step: Step, wrong: str) -> str:
        """The same for one number alone, where that is wrong by itself."""
        while np.count_nonzero(step[1]) > 1:
            for half in halves(step):
                found = self._wrong(half)
                if found is not None:
                    step, wrong = half, found
                    break
            else:
                return wrong
        return wrong
