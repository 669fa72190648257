"""Special functions of a number that derivative lines need and Python's math module lacks."""

from __future__ import annotations

import math

# B(2k) / 2k: the coefficients of the asymptotic series of digamma.
SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function.

    >>> abs(digamma(1.0) + 0.5772156649015329) < 1e-14
    True
    """
    if x <= 0:
        return digamma(1 - x) - math.pi / math.tan(math.pi * x)
    shifted = 0.0
    while x < 12:
        shifted = shifted - 1 / x
        x = x + 1
    square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(SERIES):
        series = square * (series + coefficient)
    return shifted + math.log(x) - 1 / (2 * x) - series
