"""Rules of roots of sums of squares: the derivative of a norm, zero at the zero vector."""

from __future__ import annotations

from diffpy.rules.table import elementwise
from diffpy.runtime.arrays import without_zeros
from diffpy.runtime.powers import power_base, power_exponent

ROOT_OF_SQUARES = "diffpy.runtime.powers.root_of_squares"
POWER_OF_SQUARES = "diffpy.runtime.powers.power_of_squares"

# Ones in place of zeros: what is squared has the slope 0 there, and 0 times any number is 0.
elementwise("root_of_squares", "x", lambda d, y: d / (2 * without_zeros(y)), of=(ROOT_OF_SQUARES,))
elementwise(
    "power_of_squares",
    "a, b",
    lambda d, a, b: power_base(d, without_zeros(a), b),
    lambda d, y, a, b: power_exponent(d, y, a, b),
    of=(POWER_OF_SQUARES,),
)
