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


def growth(start, rates):
    """What an average year makes of the start."""
    return start * statistics.geometric_mean([1.0 + rate for rate in rates])


def main():
    print(f"exp(3) = {silly_exp(3.0):.4f}")
    print(f"gradient: {gradient(of=silly_exp)(3.0):.4f}")

    rates_bar = gradient(of=growth, wrt="rates")(100.0, [0.02, -0.01, 0.05])
    print("one more point in each year's rate:", ", ".join(f"{bar / 100:+.4f}" for bar in rates_bar))


if __name__ == "__main__":
    main()
