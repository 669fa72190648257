"""A derivative of one's own, for one's own function and for a function of a library."""

import math

import numpy as np

from diffpy import derivative, gradient


def silly_exp(x):
    e = math.e
    print(f"Taking e ({e:.3f}) to the power of {x}!")
    return e**x


# The function's value, and its pullback: from the cotangent of the result to the cotangent of the argument.
@derivative(of=silly_exp)
def _(x):
    y = silly_exp(x)
    return y, lambda v: v * y


# np.interp reads a table; between two entries its slope is constant. Only the first argument is varied.
@derivative(of=np.interp, wrt="x")
def _(x, xp, fp):
    right = np.clip(np.searchsorted(xp, x), 1, len(xp) - 1)
    slope = (fp[right] - fp[right - 1]) / (xp[right] - xp[right - 1])
    inside = (x >= xp[0]) & (x <= xp[-1])
    return np.interp(x, xp, fp), lambda v: v * np.where(inside, slope, 0.0)


SQUARES = np.arange(5.0), np.arange(5.0) ** 2


def from_table(x):
    return np.interp(x, *SQUARES)


def main():
    print(f"exp(3) = {silly_exp(3.0):.4f}")
    print(f"gradient: {gradient(of=silly_exp)(3.0):.4f}")
    print("slope of the table at 2.5:", gradient(of=from_table)(2.5))


if __name__ == "__main__":
    main()
