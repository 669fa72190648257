"""Special functions that derivative lines need, and that Python's math module and NumPy lack."""

from __future__ import annotations

import math

from diffpy.runtime.arrays import Array, array_module

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


def sinc_slope(x: Array) -> Array:
    """The derivative of sinc; a series near zero, where the quotient would cancel."""
    xp = array_module(x)
    u = xp.pi * x
    near = abs(u) < 1
    far = xp.where(near, 1, u)
    small = xp.where(near, u, 0)
    series = _sinc_series(small * small) * small
    return xp.pi * xp.where(near, series, (xp.cos(far) - xp.sin(far) / far) / far)


def _sinc_series(square: Array) -> Array:
    """sum over n >= 1 of (-1)**n 2n square**(n-1) / (2n+1)!"""
    total = 0.0
    for n in range(10, 0, -1):
        total = total * square + (-1) ** n * 2 * n / math.factorial(2 * n + 1)
    return total
