"""diffpy.testing.check_derivative: right derivatives pass, wrong ones do not, and the message says where and why."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import diffpy
from diffpy import derivative, differentiable, differential, pullback, value_with_gradient, without_derivative
from diffpy.errors import DifferentiationError
from diffpy.testing import check_derivative


@differentiable
@dataclass
class Line:
    slope: np.ndarray
    offset: float


def diffuse(u, k):
    u[1:-1] += k * (u[:-2] - 2 * u[1:-1] + u[2:])


def squashed(x):
    return np.tanh(np.sin(x) * x)


def changed_after_a_call(x):
    y = x.copy()
    z = squashed(y)
    y[0] = 5.0
    return (z * y).sum()


X = np.array([0.3, 0.0, 2.0, -1.5])
RIGHT = [
    (lambda x, y: math.sin(x) * y["a"][0], (0.5, {"a": (3.0, 1.0)}), {"order": 2}),
    (lambda x: np.exp(np.sin(x)) * x.sum(), (X,), {}),
    (lambda line, x: line.slope @ x + line.offset, (Line(X, 2.0), X), {"order": 2}),
    (lambda x, n, *rest, k: x**n * rest[0] * k, (1.5, 3, 2.0), {"k": 4.0}),
    (lambda x, k=1.0: x * k, (2.0,), {"k": 3.0, "wrt": ("x", "k")}),
    (lambda z: z * z * np.exp(z), (np.array([1 + 2j, 0.3 - 1j]),), {"order": 2}),
    (lambda z: abs(z) ** 2, (1 + 2j,), {"order": 2}),
    (lambda x, w: np.sum(np.tanh(x @ w)), (np.ones((3, 20)) / 10, np.linspace(0, 1, 80).reshape(20, 4)), {}),
    (lambda x: np.sum(x * x), (X.astype(np.float32),), {}),
    (lambda x: np.log(x), (np.array([1e-9, 1.0, 1e5]),), {}),
    (lambda x: 1e8 + 1e-3 * x, (1.0,), {}),
    (lambda x: 1e-20 * x, (1.0,), {}),
    (diffuse, (X, 0.3), {"result": "u"}),
    (abs, (0.0,), {}),
    *((lambda x: np.array([x, -x, x]), (2.0,), {"seed": seed}) for seed in range(20)),
    (math.gamma, (2.5,), {}),
]


@pytest.mark.parametrize(("function", "arguments", "keywords"), RIGHT, ids=map(str, range(len(RIGHT))))
def test_right_derivatives_pass(function, arguments, keywords):
    assert check_derivative(function, *arguments, **keywords) is None


# A function, a pullback that is wrong for it, and what the message says.

WRONG = {
    "factor": (lambda x: x**3, lambda v, x: v * 2 * x**2, 2.0, "is 0.666667 times"),
    "sign": (lambda x: np.cos(x), lambda v, x: v * np.sin(x), X, r"sign is wrong"),
    "entry": (lambda x: x * x, lambda v, x: v * 2 * x * (np.arange(4) != 2), X, r"entry \[2\]"),
    "cut": (lambda x: x * x, lambda v, x: None, X, "is the path cut"),
    "offset": (lambda x: np.sum(x), lambda v, x: v * (x + 2.0), X, "argument 'x'"),
    "conjugate": (lambda x: x * x, lambda v, x: v * 2 * x, 1 + 2j, "a conjugate missing"),
    "NaN": (lambda x: x * x, lambda v, x: v * 2 * x + np.nan, X, "NaN and infinity are never right"),
    "infinity": (lambda x: x * x, lambda v, x: v * np.inf, 2.0, "NaN and infinity are never right"),
    "tiny": (lambda x: 1e-20 * x, lambda v, x: v * 2e-20, 2.0, "is 2 times"),
    "coarse": (lambda x: x * x, lambda v, x: v * 2.02 * x, X.astype(np.float32), "is 1.01 times"),
    "many": (
        lambda x: x * x,
        lambda v, x: v * 2 * x * (np.arange(99) != 70),
        np.arange(1.0, 100.0),
        r"\[70\]",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_found(name):
    function, bar, x, said = WRONG[name]

    def ruled(x):
        return function(x)

    derivative(of=ruled)(lambda x: (function(x), lambda v: bar(v, x)))
    with pytest.raises(AssertionError, match=said):
        check_derivative(ruled, x, modes=("reverse",))


def test_modes_and_orders_are_checked_each():
    def ruled(x):
        return x**3

    derivative(of=ruled)(lambda x: (x**3, lambda v: v * 3 * x * x))
    derivative(of=ruled, mode="forward")(lambda x: (x**3, lambda v: v * 3 * x))
    check_derivative(ruled, 2.0, modes=("reverse",), order=2)
    with pytest.raises(AssertionError, match=r"forward mode(.|\n)*says 6\n(.|\n)*says 12\n"):
        check_derivative(ruled, 2.0)

    def once(x):
        return x**3

    derivative(of=once)(lambda x: (x**3, lambda v: v * 3 * without_derivative(x) * x))
    check_derivative(once, 2.0)
    with pytest.raises(AssertionError, match="the pullback of 'once"):
        check_derivative(once, 2.0, order=2)


def test_what_cannot_be_checked_is_said():
    rng = np.random.default_rng(0)
    with pytest.raises(AssertionError, match="kink"):
        check_derivative(lambda x: x if x > 0 else 2 * x, 0.0)
    with pytest.raises(AssertionError, match="two values at one point"):
        check_derivative(lambda x: x * rng.normal(), 1.0)
    with pytest.raises(AssertionError, match="not finite on both sides"):
        check_derivative(lambda x: np.sqrt(x), 0.0)
    with pytest.raises(AssertionError, match="value of '<lambda>' is not finite"):
        check_derivative(lambda x: np.where(x > 0, x, np.nan), X)
    with pytest.raises(ValueError, match="no number to move"):
        check_derivative(lambda n: n * 2, 3)
    with pytest.raises(DifferentiationError):
        check_derivative(lambda x: eval("x"), 2.0)


def test_the_errors_are_public():
    assert DifferentiationError is diffpy.DifferentiationError
    assert issubclass(diffpy.UnknownDerivativeError, diffpy.DifferentiationError)
    errors = {name for name in vars(diffpy.errors) if name.endswith(("Error", "Warning"))}
    assert errors <= {*diffpy.__all__}


def test_tangents_of_what_a_call_keeps_stay_too():
    slope = lambda x: pullback(of=changed_after_a_call)(x)(1.0)
    step = 1e-5 * np.ones(4)
    expected = (slope(X + step) - slope(X - step)) / 2e-5
    np.testing.assert_allclose(differential(of=slope)(X)(np.ones(4)), expected, rtol=1e-6, atol=1e-8)


def test_a_pullback_in_a_program_gives_zeros_where_it_gives_them_alone():
    slope = lambda y: pullback(of=lambda y: y["a"][0] ** 2)(y)(1.0)["a"][1] * 2 + y["a"][1]
    assert value_with_gradient(of=slope)({"a": (3.0, 1.0)}) == (1.0, {"a": (0.0, 1.0)})


def test_rules_of_ones_own_in_all_mixtures():
    def unit(x):
        return x / np.linalg.norm(x)

    @derivative(of=unit)
    def _(x):
        size = np.linalg.norm(x)
        y = x / size
        return y, lambda v: (v - y * (y @ v)) / size

    def both(a, b):
        return a * b, a + b

    @derivative(of=both)
    def _(a, b):
        def back(v):
            product_bar, sum_bar = v  # zeros for what does not matter, never None
            return product_bar * b + sum_bar, product_bar * a + sum_bar

        return (a * b, a + b), back

    modes = ("reverse", "forward")
    check_derivative(lambda x: unit(x) * np.sin(x), X, order=2, modes=modes)
    check_derivative(lambda a, b: both(a, b)[0] * both(b, a)[1] * a, 2.0, 3.0, order=2, modes=modes)
