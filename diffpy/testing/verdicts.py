"""Whether two derivatives agree: rates found and rates expected in; what is wrong, and why, out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffpy.testing.differences import Slope

NOISE = 20  # times the error that the extrapolation estimates
ROUNDING = 1e-12  # of the largest number, in all of them
COARSE = 1e-4  # what differences may be off and still tell right from wrong


class Mismatch(NamedTuple):
    """One number of a derivative that is wrong, and what may be the reason."""

    place: int
    found: float
    expected: float
    hint: str


def mismatch(found: np.ndarray, truth: Slope, tolerance: float, size: float | None = None) -> Mismatch | None:
    """The worst disagreement; None where all agree. NaN agrees with nothing.

    `size` is that of the terms which the numbers are sums of, where that is not their own.
    """
    if not np.all(np.isfinite(found)):
        index = int(np.flatnonzero(~np.isfinite(found))[0])
        return Mismatch(index, found[index], truth.rates[index], NEVER_RIGHT)
    off = np.abs(found - truth.rates)
    size = float(np.max(np.abs(truth.rates), initial=0.0)) if size is None else size
    slack = NOISE * truth.error + ROUNDING * size
    allowed = tolerance * np.maximum(np.abs(found), np.abs(truth.rates)) + slack
    settled = slack <= max(COARSE, tolerance) * size + 1e-8
    if np.all((off <= allowed) & settled):
        return None
    if np.all((off <= allowed) | ~settled):
        index = int(np.flatnonzero(~settled)[0])
        return Mismatch(index, found[index], truth.rates[index], UNSETTLED.format(truth.error[index]))
    index = int(np.argmax(off - allowed))
    return Mismatch(index, found[index], truth.rates[index], reason(found, truth, tolerance))


NEVER_RIGHT = (
    "NaN and infinity are never right: look for 0/0, inf - inf or 0 * inf in the derivative at this point"
)
UNSETTLED = (
    "differences do not settle here (they are off by about {:.0e}), so this point can not be checked: look for a kink, "
    "for noise or random numbers in the function, or for large numbers that cancel; or move the point"
)


def reason(found: np.ndarray, truth: Slope, tolerance: float) -> str:
    """What a wrong derivative looks like."""
    expected = truth.rates

    def close(guess: np.ndarray) -> bool:
        size = np.max(np.abs(expected), initial=0.0)
        return bool(np.all(np.abs(found - guess) <= 10 * tolerance * size + NOISE * truth.error))

    if not np.any(found):
        return "the derivative is zero: is the path cut (a rule that returns None, without_derivative, an integer)?"
    if close(0 * expected):
        return "the function does not depend on it here: is a cotangent handed to the wrong argument?"
    if close(-expected):
        return "the sign is wrong"
    if (
        len(found) % 2 == 0
        and np.any(expected[1::2])
        and close(expected * np.resize([1.0, -1.0], len(found)))
    ):
        return "real parts are right and imaginary parts have the wrong sign: is a conjugate missing?"
    factor = float(np.vdot(expected, found) / np.vdot(expected, expected)) if np.any(expected) else 0.0
    if close(factor * expected):
        return f"the derivative is {factor:.6g} times what it should be: is there a wrong factor?"
    return "the function is smooth here: the rule is wrong"


def spelled(number: float) -> str:
    return f"{number:.12g}"


def message(headline: str, lines: Sequence[str], hint: str) -> str:
    return "\n".join([headline, *(f"  {line}" for line in lines), f"  hint: {hint}"])
