"""A derivative of one's own, for one's own function and for a function of a library."""

import math
import statistics

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


# diffpy knows no derivative of this function. A list of numbers has a list of cotangents.
@derivative(of=statistics.geometric_mean)
def _(data):
    y = statistics.geometric_mean(data)
    return y, lambda v: [v * y / (len(data) * x) for x in data]


def savings(start, factors):
    """What a year leaves of the start on average, when each year multiplies it by its factor."""
    return start * statistics.geometric_mean(factors)


def main():
    print(f"exp(3) = {silly_exp(3.0):.4f}")
    print(f"gradient: {gradient(of=silly_exp)(3.0):.4f}")

    start_bar, factors_bar = gradient(of=savings)(100.0, [1.02, 0.99, 1.05])
    print(f"start_bar: {start_bar:.4f}; factors_bar:", ", ".join(f"{bar:.4f}" for bar in factors_bar))


if __name__ == "__main__":
    main()
