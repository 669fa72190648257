"""Calls that were derived before are looked up as they run: what a look-up notices, and that it changes nothing."""

import math
import operator
from dataclasses import dataclass

import numpy as np
import pytest

from diffpy import derivative, derive, differentiable, differential, gradient, value_with_gradient
from diffpy.errors import DifferentiationError
from diffpy.runtime.differentials import with_differential
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.registry import REGISTRY
from diffpy.transforms.simplify import without


def called(function, *args, wrt=None, **keywords):
    """The value and the cotangents of a call, often enough for every kind of look-up."""
    for _ in range(12):
        value, pullback = with_pullback(function, wrt)(*args, **keywords)
        found = pullback(np.ones_like(value) if np.ndim(value) else 1.0)
    return value, found


def scale(k):
    def scaled(x):
        return k * x

    return scaled


def test_closures_are_told_apart_by_what_they_captured():
    def f(x, k):
        return scale(k)(x)

    for k, x in ((2.0, 3.0), (3, 4.0), (np.float32(2.0), 1.0), (2.0, 5.0)):
        assert value_with_gradient(of=f, wrt="x")(x, k) == (k * x, k)
    v, x_bar = value_with_gradient(of=lambda x: scale(np.array([1.0, 2.0]))(x).sum())(3.0)
    assert (v, x_bar) == (9.0, 3.0)


def test_closures_give_what_they_captured():
    for k in (2.0, 5.0, 2.0):
        value, pullback = with_pullback(scale(k), callee=True)(3.0)
        k_bar, x_bar = pullback(1.0)
        assert (value, k_bar, x_bar) == (3.0 * k, {"k": 3.0}, k)


def test_functions_that_are_handed_on():
    def twice(f, x):
        return f(f(x))

    def g(x, k):
        return twice(scale(k), x) + twice(math.sin, x)

    for k in (2.0, 3.0):
        x_bar, k_bar = gradient(of=g)(0.5, k)
        assert math.isclose(x_bar, k * k + math.cos(math.sin(0.5)) * math.cos(0.5))
        assert math.isclose(k_bar, 2 * k * 0.5)


def applied(f, x, y):
    return f(x) * f(y) + 1.0


def test_what_functions_captured_tells_what_they_give():
    def g(x, k):
        total = 0.0
        for _ in range(3):
            total = total + np.sum(applied(scale(k), x, 2.0 * x))
        return total

    for k in (2.0, 3, np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), np.float32(2.0), 0.5):
        value, x_bar = value_with_gradient(of=g, wrt="x")(0.7, k)
        assert np.isclose(value, g(0.7, k))
        assert np.isclose(x_bar, 3 * 4 * 0.7 * np.sum(np.square(k)))


def test_functions_that_assign_what_they_captured():
    def counting(x):
        seen = 0.0

        def count(y):
            nonlocal seen
            seen = seen + y * x
            return seen

        return count

    def f(x):
        count = counting(x)
        first = np.sum(applied(count, 1.0, x))
        return first + np.sum(applied(count, np.array([x, 1.0]), x))

    h = 1e-6
    for x in (0.7, 1.3):
        try:
            found = gradient(of=f)(x)
        except DifferentiationError:
            continue  # refused is as good as right
        assert np.isclose(found, (f(x + h) - f(x - h)) / (2 * h))


def power(x, n=2, *, offset=0.0):
    return x**n + offset


def test_keywords_and_defaults():
    assert called(power, 3.0) == (9.0, 6.0)
    assert called(power, 3.0, n=3, wrt=(0,)) == (27.0, 27.0)
    assert called(power, 3.0, offset=1.0) == (10.0, (6.0, 1.0))
    assert called(power, x=3.0) == (9.0, 6.0)


class Spring:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return 0.5 * self.k * x * x

    def __mul__(self, s):
        return Spring(self.k * s)

    def __add__(self, other):
        if not isinstance(other, Spring):
            return NotImplemented
        return Spring(self.k + other.k)

    def __radd__(self, other):
        return Spring(other * self.k)


def springs(k, x):
    total = Spring(k) * 2.0 + Spring(k)
    for _ in range(12):
        total = total * 0.5 + Spring(x)
    return (3.0 + total).energy(x)


def test_objects(monkeypatch):
    h = 1e-6
    for _ in range(2):
        found = value_with_gradient(of=springs)(0.7, 1.3)
        by_k = (springs(0.7 + h, 1.3) - springs(0.7 - h, 1.3)) / (2 * h)
        by_x = (springs(0.7, 1.3 + h) - springs(0.7, 1.3 - h)) / (2 * h)
        assert found[0] == springs(0.7, 1.3)
        assert np.allclose(found[1], (by_k, by_x), rtol=1e-6)
        monkeypatch.setattr(Spring, "energy", lambda self, x: self.k**2 * x)


def test_a_constructor_that_is_set_anew(monkeypatch):
    def f(k):
        return Spring(k).energy(2.0)

    g = gradient(of=f)
    assert [g(3.0), g(3.0)] == [2.0, 2.0]

    def init(self, k):
        self.k = k * k

    monkeypatch.setattr(Spring, "__init__", init)
    assert g(3.0) == 12.0


def test_rules_that_come_later():
    assert called(operator.mul, 3.0, 4.0) == (12.0, (4.0, 3.0))
    derivative(of=operator.mul)(lambda a, b: (a * b, lambda v: (100.0 * v, 0.0 * v)))
    try:
        assert called(operator.mul, 3.0, 4.0) == (12.0, (100.0, 0.0))
    finally:
        for one in list(REGISTRY.find(operator.mul)):
            REGISTRY.remove(one)
    assert called(operator.mul, 3.0, 4.0) == (12.0, (4.0, 3.0))


def test_operations_on_arrays_and_numbers():
    a = np.array([1.0, 2.0, 3.0])
    value, (a_bar, b_bar) = called(operator.mul, a, 2.0)
    assert np.array_equal(value, 2 * a) and np.array_equal(a_bar, [2.0] * 3) and b_bar == 6.0
    value, (a_bar, b_bar) = called(operator.mul, a, np.array([[2.0], [1.0]]))
    assert np.array_equal(a_bar, [3.0] * 3) and np.array_equal(b_bar, [[6.0], [6.0]])
    assert called(operator.pow, 3.0, 2, wrt=(0,)) == (9.0, 6.0)
    assert called(operator.pow, 3.0, 3, wrt=(0,)) == (27.0, 27.0)


@pytest.mark.parametrize(
    "function, args",
    [
        (operator.matmul, (np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([0.5, -1.0]))),
        (operator.matmul, (np.array([0.5, -1.0]), np.array([1.0, 2.0]))),
        (np.sum, (np.array([[1.0, 2.0], [3.0, 5.0]]),)),
        (np.cumprod, (np.array([1.0, 2.0, 3.0]),)),
        (np.linalg.eigh, (np.array([[1.0, 0.2], [0.2, 3.0]]),)),
        (np.maximum, (np.array([1.0, 2.0]), 1.0)),
        (np.positive, (np.array([1.0, 2.0]),)),
        (np.sin, (np.float32(0.5),)),
        (operator.mul, (2.0 + 1.0j, np.array([1.0, 2.0]))),
    ],
)
def test_operations_that_are_met_often(function, args):
    def run():
        value, pullback = with_pullback(function)(*args)
        seed = tuple(map(np.ones_like, value)) if isinstance(value, tuple) else np.ones_like(value)
        moved = with_differential(function, *map(np.ones_like, args))(*args)
        return (
            [*value, *pullback(seed), *moved] if isinstance(value, tuple) else [value, pullback(seed), *moved]
        )

    with without("calls_met"):
        right = run()
    for _ in range(12):
        found = run()
        for one, other in zip(found, right, strict=True):
            one, other = (one, other) if isinstance(one, tuple) else ((one,), (other,))
            for x, y in zip(one, other, strict=True):
                assert np.array_equal(x, y) and np.asarray(x).dtype == np.asarray(y).dtype
    assert all(found[-1] is not x for x in args)


def test_dicts_are_told_apart_by_names():
    def f(d):
        return (d["w"] + d["b"]).sum()

    g = gradient(of=f)
    for _ in range(2):
        assert g({"w": np.ones((2, 3)), "b": np.ones(3)})["b"].shape == (3,)
        assert g({"b": np.ones((2, 3)), "w": np.ones(3)})["b"].shape == (2, 3)


class Opaque:
    def __init__(self, x):
        self.x = x
        hash(x)

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


@dataclass
class Holding:
    held: object


def test_objects_of_which_nothing_is_known_are_refused_every_time():
    def hold(x):
        return Holding(Opaque(x))

    def f(x):
        return hold(x).held.x * x

    for _ in range(3):
        with pytest.raises(DifferentiationError):
            gradient(of=f)(2.0)


@differentiable
@dataclass
class Point:
    x: float
    y: float

    def __add__(self, other):
        return Point(self.x + other.x, self.y * other.y)

    def norm(self):
        return math.hypot(self.x, self.y)


def walk(x, steps, choose):
    point = Point(x, 1.0)
    for k in range(steps):
        move = {"right": lambda p: p + Point(x, 1.0 + 0.1 * x), "up": lambda p: Point(p.y, p.x)}
        point = move["right" if choose(k) else "up"](point)
    return point.norm()


def test_differentials_are_looked_up_too():
    def pushed(function, args, dots):
        return [differential(of=function)(*args)(*dots) for _ in range(12)]

    for function, args in ((springs, (0.7, 1.3)), (lambda x, k: np.sum(applied(scale(k), x, k)), (0.4, 1.1))):
        for dots in ((1.0, 0.0), (0.3, -2.0)):
            right = np.dot(gradient(of=function)(*args), dots)
            found = pushed(function, args, dots)
            assert np.allclose(found, right, rtol=1e-12)
            with without("calls_met"):
                assert found == pushed(function, args, dots)


def test_looked_up_or_not_it_is_the_same():
    asked = value_with_gradient(of=walk, wrt="x")
    args = 0.3, 20, lambda k: k % 3
    looked_up = [asked(*args) for _ in range(3)]
    with without("calls_met"):
        assert all(one == asked(*args) for one in looked_up)


def told(tree, x):
    if tree[0] == "x":
        return x
    if tree[0] == "sin":
        return math.sin(told(tree[1], x))
    return told(tree[1], x) * told(tree[2], x)


def test_one_text_serves_trees_of_all_shapes():
    """Deriving takes as long as some hundred calls: not each shape of a branch has a text of its own."""
    leaf = ("x",)
    trees = [leaf]
    for k in range(9):
        trees.append(("sin", ("times", trees[-1], trees[k // 2])) if k % 2 else ("times", trees[-1], leaf))

    def f(x):
        return told(trees[-1], x)

    h = 1e-6
    assert np.isclose(gradient(of=f)(0.9), (f(0.9 + h) - f(0.9 - h)) / (2 * h), rtol=1e-6)
    assert len(derive._derived[told.__code__]) <= 4
