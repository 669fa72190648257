"""Third derivatives of what no text goes backwards through twice: by slopes, and tangents that change as values do."""

import itertools
import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest
from test_second_order import assert_slope_of_slope, rate, slope

from diffpy import derivative, differentiable


def remembered(x):
    """Recursion that keeps what it found in an argument, and in what it captured."""
    known = {}

    def mixed(n):
        if n not in known:
            known[n] = x + n if n < 2 else mixed(n - 1) * x + math.sin(mixed(n - 2))
        return known[n]

    return kept(4, x, {}) * mixed(3)


def kept(n, x, known):
    if n not in known:
        known[n] = x * (n + 1) if n < 2 else kept(n - 1, x, known) + x * kept(n - 2, x, known)
    return known[n]


@differentiable
@dataclass
class Pendulum:
    angle: float
    speed: float
    weights: np.ndarray

    def swing(self, seconds):
        self.speed -= seconds * math.sin(self.angle)
        self.weights = np.tanh(self.weights @ self.weights + self.speed)
        self.angle += seconds * self.speed * self.weights.sum()


class Pair:
    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __mul__(self, other):
        return Pair(self.value * other.value, self.value * other.slope + self.slope * other.value)


def assigned(x):
    """Fields that are assigned, of a struct and of objects of an ordinary class."""
    pendulum = Pendulum(x, x * x, np.outer([x, 1.0], [0.3, x]))
    pair = Pair(x, 1.0)
    for _ in range(2):
        pendulum.swing(0.3)
        pair = pair * pair
        pair.slope *= 0.3
    return pendulum.angle * pendulum.speed + pair.slope * pair.value


def handed_over(x):
    def powers(y):
        yield y
        if y > 0.2:
            yield from powers(y * x)

    queue = deque([x, 2.0 * x, 1.0], maxlen=3)
    for power in powers(x):
        queue.append(queue[0] * queue[-1] + math.sin(power))
    return sum(queue)


def cubed(x):
    return x**3


@derivative(of=cubed)
def _(x):
    return cubed(x), lambda d: d * 3.0 * x * x


def with_own_rules(x):
    y = cubed(math.sin(x))
    return y * x + cubed(y)


PROGRAMS = [remembered, assigned, handed_over, with_own_rules]
QUICK = {(remembered, "FRF"), (assigned, "FFF"), (handed_over, "FFR"), (with_own_rules, "RRR")}
EVERY = [
    pytest.param(one, "".join(order), marks=() if (one, "".join(order)) in QUICK else pytest.mark.full)
    for one in PROGRAMS
    for order in itertools.product("RF", repeat=3)
]


@pytest.mark.parametrize(("function", "order"), EVERY)
def test_third_order(function, order):
    assert_slope_of_slope(function, order)


def multiplied(x):
    pair = Pair(x, x)
    pair.slope = pair.value * x * pair.slope * pair.value
    return pair.slope


@pytest.mark.parametrize("order", ["RFFF", "FFFR"])
def test_fourth_order_over_fields(order):
    """What calls change in the text of a differential is followed by the next derivation, or told to it."""
    function = multiplied
    for one in reversed(order):
        function = {"R": slope, "F": rate}[one](function)
    assert function(0.6) == pytest.approx(24.0)
