"""Derivatives of a ** b: no NaN, warning or exception where the derivative exists."""

from __future__ import annotations

import math

from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.arrays import Array, array_module, is_number, unless_still, without_zeros


def power_base(d: Array, a: Array, b: Array) -> Array:
    """d * b * a ** (b - 1), and 0 where b is 0: the derivative of a ** b in a. A root of what stays at 0 stays.

    >>> power_base(1.0, 0.0, 0), power_base(1.0, -2.0, 3), power_base(1.0, 0.0, 1), power_base(0.0, 0.0, 0.5)
    (0.0, 12.0, 1.0, 0.0)
    """
    if is_number(b):
        is_steep = isinstance(b, (float, int)) and b < 1
        return 0.0 * d if b == 0 else d * b * raised(unless_still(a, d) if is_steep else a, b - 1)
    return d * b * a ** array_module(b).where(b == 0, 1, b - 1)


def lowered(a: Array, b: Array) -> Array:
    """b - 1, the exponent of a derivative of a ** b; 1 where both are 0, since nothing is left there to derive."""
    if is_number(b) and b != 0:
        return b - 1
    gone = (a == 0) & (b == 0)
    if isinstance(gone, bool):
        return 1 if gone else b - 1
    return array_module(a, b).where(gone, 1, b - 1)


def raised(a: Array, b: Array) -> Array:
    """a ** b, infinite and no exception where a Python zero has a negative exponent, or the power is too large."""
    if is_number(a) and a == 0 and isinstance(b, (float, int)) and b < 0:
        return math.copysign(math.inf, a) if b % 2 == 1 else math.inf
    try:
        power = a**b
    except OverflowError:
        if isinstance(a, complex) or isinstance(b, complex):
            raise
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    if isinstance(power, complex) and not isinstance(a, complex) and not isinstance(b, complex):
        raise turned_complex(a, b)
    return power


def turned_complex(a: Array, b: Array) -> DifferentiationTypeError:
    """Python makes a complex number of a negative float, while the derivative was made for real ones."""
    return DifferentiationTypeError(
        f"a power of the negative number {a} is complex",
        because="the numbers are real, so the derivative is that of a real power",
        fix="write complex(x) ** p where complex powers are meant, abs(x) ** p where real ones are",
    )


def power_exponent(d: Array, y: Array, a: Array, b: Array) -> Array:
    """d * y * log(a): the derivative of y = a ** b in b; 0 where a or d is 0, else NaN where a is negative.

    >>> power_exponent(1.0, 0.0, 0.0, 2.0), power_exponent(1.0, 8.0, 2.0, 3.0) == 8 * math.log(2)
    (0.0, True)
    """
    xp = array_module(a, y)
    if xp.iscomplexobj(a) or xp.iscomplexobj(b):
        return d * y * xp.log(xp.where(a == 0, 1, a) + 0j)
    if isinstance(a, (float, int)):
        if isinstance(y, complex):
            raise turned_complex(a, b)
        return d * y * (_log(a) if a >= 0 else xp.where(d == 0, 0.0, math.nan)[()])
    return d * y * xp.where((a < 0) & (d != 0), math.nan, xp.log(xp.where(a > 0, a, 1)))


def power_base_exponent(d: Array, a: Array, b: Array) -> Array:
    """d times the derivative of b * a ** (b - 1) in b."""
    power = raised(a, b - 1)
    return d * power + power_exponent(d * b, power, a, b)


def power_exponent_base(d: Array, y: Array, a: Array) -> Array:
    """d times the derivative of y * log(a) in a, for a given y; 0 where a is 0."""
    return d * y / without_zeros(a)


def _log(a: float) -> float:
    """The logarithm of a Python number, 0 for 0."""
    return math.log(a) if a > 0 else 0.0


# Roots of sums of squares


def root_of_squares(x: Array) -> Array:
    """The root of a sum of squares, which is a norm."""
    return x**0.5


def power_of_squares(a: Array, b: Array) -> Array:
    """A root of a sum of squares, as a power between 0 and 1."""
    return a**b
