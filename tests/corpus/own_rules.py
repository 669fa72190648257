"""Programs with derivatives of their own: `@derivative`, and the functions that stop, edit or recompute a derivative."""

import math

import numpy as np

from corpus import LOG, program
from diffpy import derivative, with_derivative, without_derivative


def silly_exp(x):
    LOG.append("silly")
    return math.exp(x)


@derivative(of=silly_exp)
def _(x):
    y = silly_exp(x)
    return y, lambda v: v * y


def steep(x):
    return x * x


@derivative(of=steep)
def _(x):
    return x * x, lambda v: v * 100.0       # not the derivative of x * x: the rule wins


def root(a, b):
    x = 1.0
    while abs(x ** 3 - a * x - b) > 1e-13:
        x = x - (x ** 3 - a * x - b) / (3 * x ** 2 - a)
    return x


@derivative(of=root)
def _(a, b):
    x = root(a, b)
    slope = 1 / (3 * x ** 2 - a)
    return x, lambda v: (v * x * slope, v * slope)


def scaled(x, factor):
    return x * factor


@derivative(of=scaled, wrt="x")
def _(x, factor):
    return x * factor, lambda v: v * factor


def unit(x):
    return x / np.linalg.norm(x)


@derivative(of=unit)
def _(x):
    size = np.linalg.norm(x)
    y = x / size
    return y, lambda v: (v - y * (y @ v)) / size


@program(3.0, log=["silly"], expected=math.exp(3.0))
def rule_of_ones_own(x):
    return silly_exp(x)


@program(0.5)
def rule_inside_a_program(x):
    total = 0.0
    for k in range(3):
        total = total + silly_exp(x * k) * x
    return total


@program(2.0, expected=300.0)
def rule_wins_over_the_function(x):
    return steep(x) * 3 - 0.0


program(2.0, expected=100.0, name="rule_of_the_function_itself")(steep)


@program(1.5, 0.5)
def implicit_function(a, b):
    return root(a, b) ** 2 * a


@program(2.0, 3.0, wrt="x")
def rule_for_a_part_of_the_arguments(x, factor):
    return scaled(x, factor) ** 2


@program(np.array([0.5, -1.2, 2.0]))
def rule_of_arrays(x):
    return unit(x) @ np.array([1.0, 2.0, 3.0]) + np.sum(unit(2 * x) * x)


@program(2.0, expected=4.0)
def derivative_stopped(x):
    return without_derivative(x * x) * x


@program(np.array([1.0, 2.0]), expected=np.array([1.0, 2.0]))
def derivative_of_an_array_stopped(x):
    kept = without_derivative(x)
    return np.sum(kept * x)


@program(2.0, expected=12.0)
def cotangent_edited(x):
    y = with_derivative(x * x, lambda v: 3 * v)
    return y + 0.0


@program(np.array([3.0, 4.0]), expected=np.array([0.6, 0.8]))
def cotangent_clipped(x):
    y = with_derivative(x, lambda v: v / max(1.0, np.linalg.norm(v)))
    return 0.5 * np.sum(y * y)


def block(x, w):
    h = np.tanh(w * x)
    return h * h + x
