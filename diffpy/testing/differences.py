"""Derivatives by running the function alone: t -> the numbers of its result in, their rates at t = 0 out.

Central differences for several steps, extrapolated to a step of zero, each number with the estimate of its error
that the extrapolation gives: C. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
Software 4 (1982). Where the function can be run with complex numbers: W. Squire and G. Trapp, "Using complex
variables to estimate derivatives of real functions", SIAM Review 40 (1998).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rated = Callable[[float], np.ndarray]
FIRST, LEVELS, SMALLER = 0.04, 8, 12  # the first step, how often it is halved, how often it may start smaller
TINY = 1e-30


@dataclass(frozen=True)
class Slope:
    """Rates of numbers, and how far each may be off."""

    rates: np.ndarray
    error: np.ndarray
    way: str


class NoSlopeError(ArithmeticError):
    """The function is not finite, or raises, as near to the point as one can look."""


def slope(at: Rated, at_complex: Callable[[complex], np.ndarray | None] | None) -> Slope:
    """The rates of at(t) at 0: by the complex step where it says the same as differences, and says it better."""
    found = by_differences(at)
    exact = None if at_complex is None else by_complex_step(at_complex)
    if exact is None or exact.shape != found.rates.shape:
        return found
    near = np.abs(exact - found.rates) <= 50 * found.error + 1e-9 * np.max(np.abs(exact), initial=0.0)
    sure = found.error <= 1e-2 * np.max(np.abs(exact), initial=0.0)
    if not np.all(near & sure):
        return found
    return Slope(exact, np.minimum(found.error, 1e-14 * np.abs(exact)), "complex step")


def by_differences(at: Rated) -> Slope:
    step, rounding = first_step(at), 4 * np.finfo(float).eps * np.abs(at(0.0))
    row = [central(at, step)]
    best, error = row[0], np.full(row[0].shape, np.inf)
    for level in range(1, LEVELS):
        above, row = row, [central(at, step / 2**level)]
        for k in range(1, level + 1):
            row.append(row[-1] + (row[-1] - above[k - 1]) / (4**k - 1))
            spread = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - above[k - 1]))
            spread = spread + rounding * 2**level / step
            better = spread < error
            best, error = np.where(better, row[-1], best), np.where(better, spread, error)
    return Slope(best, error, "differences")


def central(at: Rated, step: float) -> np.ndarray:
    return (at(step) - at(-step)) / (2 * step)


def first_step(at: Rated) -> float:
    """The largest step on both sides of which the function is finite."""
    reason: BaseException | None = None
    for k in range(SMALLER):
        step = FIRST / 8**k
        try:
            if all(np.all(np.isfinite(at(t))) for t in (step, -step)):
                return step
        except Exception as raised:  # the user's own, outside of where the function is defined
            reason = raised
    raise NoSlopeError("the function is not finite on both sides of the point") from reason


def by_complex_step(at: Callable[[complex], np.ndarray | None]) -> np.ndarray | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return at(TINY * 1j)
    except Exception:  # whatever a function does with a complex number that expects a real one
        return None


def one_sided(at: Rated, step: float) -> tuple[np.ndarray, np.ndarray]:
    """The slopes to the left and to the right."""
    here = at(0.0)
    return (here - at(-step)) / step, (at(step) - here) / step


def has_kink(at: Rated) -> bool:
    """Whether the slopes of both sides stay apart as the step shrinks."""
    gaps = []
    for step in (1e-4, 1e-5, 1e-6):
        left, right = one_sided(at, step)
        size = max(np.max(np.abs(left), initial=0.0), np.max(np.abs(right), initial=0.0))
        gaps.append(float(np.max(np.abs(right - left), initial=0.0)) / (size or 1.0))
    return min(gaps) > 1e-3 and gaps[2] > 0.5 * gaps[0]
