"""Derivatives of derivatives: right against differences of an exact first derivative, symmetric, or refused."""

import contextlib
import functools
import heapq
import io
import itertools
import math
import operator
from collections import Counter, deque
from dataclasses import dataclass

import numpy as np
import oracle
import pytest
import references
from programs import PROGRAMS, SECOND_ORDER, sample
from test_programs import points_at_its_line

from diffpy import (
    derivative,
    differentiable,
    differential,
    gradient,
    pullback,
    value_with_gradient,
    value_with_pullback,
    with_recomputation,
)
from diffpy.errors import DifferentiationError, DifferentiationTypeError

# --- the corpus


def is_plain(program) -> bool:
    """Whether a program is differentiated with respect to numbers and arrays, at a point that is no kink."""
    keys, values = references.by_key(program)
    chosen = references.selected(program)
    leaves = [value for key, value in zip(keys, values, strict=True) if key in chosen]
    real = all(isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype == np.float64) for x in leaves)
    near = all(np.all(np.abs(x) < 1e9) for x in leaves if real)  # differences have a step of about one
    return (
        real and near and program.expected is None and program.result is None and program.topic != "own_rules"
    )


PLAIN = [program for program in PROGRAMS if program.stage == "functional" and is_plain(program)]
UNFINISHED = {
    "arrays.elements_that_are_not_taken": "NaN from branches that are not taken, by reverse mode over reverse mode",
    "arrays.no_numbers_that_are_passed_by": "NaN of numbers passed by, by reverse mode over reverse mode",
    "generators.generators_that_return_values": "the value of a generator is not there when it is run once more",
    "generators.recursive_and_local_generators": "generators that call themselves raise instead of being refused",
}


def as_expected(parameter):
    """A parameter, which is expected to fail where second derivatives of its program are known to."""
    reason = UNFINISHED.get(parameter.id)
    marks = [] if reason is None else [pytest.mark.xfail(strict=True, reason=reason)]
    return pytest.param(*parameter.values, id=parameter.id, marks=[*parameter.marks, *marks])


CHOSEN = [*map(as_expected, sample(PLAIN, 8)), *sample(filter(is_plain, SECOND_ORDER), 1)]


class Twice:
    """The gradient of a program along a seed, as a function that is differentiated once more."""

    def __init__(self, program):
        self.program = program
        self.keys, self.values = references.by_key(program)
        self.count = len(program.arguments())
        self.chosen = references.selected(program)
        self.options = {"wrt": program.wrt} if program.wrt is not None else {}
        self.first = gradient(of=program.function, **self.options)

    def at(self, values):
        kinds = map(type, self.values)  # a float stays one: it raises where NumPy's numbers warn
        values = [float(x) if kind is float else x for kind, x in zip(kinds, values, strict=True)]
        keywords = dict(zip(self.keys[self.count :], values[self.count :], strict=True))
        return values[: self.count], keywords

    def gradients(self, values) -> list:
        args, keywords = self.at(values)
        found = self.first(*args, **keywords)
        alone = len(self.chosen) == 1 and not isinstance(self.program.wrt, tuple)
        return [found] if alone else list(found)

    def seed(self, rng) -> list:
        noise = [rng.normal(size=np.shape(self.values[self.keys.index(key)])) for key in self.chosen]
        return [float(one) if np.ndim(one) == 0 and not isinstance(one, np.ndarray) else one for one in noise]

    def product(self, seed) -> list:
        """The Hessian times a seed."""
        args, keywords = self.at(self.values)
        alone = len(self.chosen) == 1 and not isinstance(self.program.wrt, tuple)
        found = pullback(of=self.first, **self.options)(*args, **keywords)(seed[0] if alone else tuple(seed))
        return [found] if alone else list(found)

    def rate(self, seed, direction) -> tuple[float, float]:
        """The same along a direction, by differences of the first derivative."""
        steps = {(self.keys.index(key),): step for key, step in zip(self.chosen, direction, strict=True)}
        rates, error = oracle.differences(
            lambda t: dot(self.gradients(oracle.stepped(self.values, steps, t)), seed)
        )
        return float(rates), error


def dot(a, b) -> float:
    return sum(float(np.sum(x * y)) for x, y in zip(a, b, strict=True) if x is not None)


@pytest.mark.parametrize("program", CHOSEN)
def test_hessian_vector_products(program):
    if not references.in_one_number(program):
        pytest.skip("no gradient: the result is more than a number")
    twice = Twice(program)
    rng = np.random.default_rng(sum(map(ord, program.id)))
    u, v = twice.seed(rng), twice.seed(rng)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = twice.product(v)
        except DifferentiationError as error:
            assert points_at_its_line(error), str(error)
            pytest.skip(f"refused: {str(error).splitlines()[0]}")
        right, error = twice.rate(v, u)
        if error > 1e-3 * (1 + abs(right)):
            pytest.skip("differences say nothing here")
        size = 1 + abs(right) + sum(float(np.sum(np.abs(x))) for x in found)
        assert abs(dot(found, u) - right) <= max(20 * error, 1e-6 * size)
        assert abs(dot(twice.product(u), v) - dot(found, u)) <= 1e-9 * size


# --- operators inside operators: a function of one number, its point, its derivative


def cube(x):
    return x**3


def power(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


def recursive_power(x, n):
    return 1.0 if n == 0 else x * recursive_power(x, n - 1)


def until_large(x):
    y = x
    while y < 30:
        y = y * x
    return y


def chosen(x):
    return x**4 if x > 0 else x


def stored(x):
    a = np.zeros(3)
    a[0] = x**2
    a[1] = a[0] * x
    a[2] = a[1] * x
    return a[2]


def appended(x):
    found = []
    for k in range(4):
        found.append(x**k)
    return sum(found)


def of_arrays(x):
    return np.sum(np.array([1.0, 2.0]) * x**4)


def descent(rate):
    w = 1.5
    for _ in range(5):
        _, slope = value_with_gradient(of=lambda w: (w - 3) ** 2 * w)(w)
        w = w - rate * slope
    return (w - 3) ** 2 * w


def captures(x):
    scale = x * 2
    return gradient(of=lambda y: y**3 * scale)(x)


def seeded(x):
    return pullback(of=cube)(x)(x * x)


def value_and_back(x):
    value, back = value_with_pullback(of=cube)(x)
    return value * back(x)


def back_twice(x):
    back = pullback(of=stored)(x)
    return back(1.0) + back(x)


def at_a_point(x):
    return gradient(at=x, of=cube) * x


def over_a_list(w):
    return sum([gradient(of=lambda y: y**3 * w)(x) for x in [1.0, 2.0, 3.0]])


def with_aux(x):
    slope, more = gradient(of=lambda y: (y**3, y * 2), aux=True)(x)
    return slope * more


def of_a_function_of_numpy(x):
    return gradient(of=np.sin)(x)


@differentiable
def fourth(x):
    return x**4


def method(x):
    return fourth.gradient(x) * x


@dataclass
class Parabola:
    a: float
    b: float

    def __call__(self, x):
        return self.a * x * x + self.b * x


def loss(model, x):
    return (model(x) - 1.0) ** 2


def trained(rate):
    model = Parabola(0.5, 0.1)
    for _ in range(3):
        slope = gradient(of=loss, wrt="model")(model, 1.3)
        model = Parabola(model.a - rate * slope.a, model.b - rate * slope.b)
    return loss(model, 1.3)


def ruled(x):
    return x**3


@derivative(of=ruled)
def _(x):
    return x**3, lambda v: v * 3 * x**2


def with_a_rule(x):
    return ruled(x) * x


def written_over(w):
    w = {"w": w, "b": w[0]}
    w = {**w, "b": w["b"] * w["w"][1]}
    return np.sum(w["w"] ** 3) * w["b"]


def descent_in_place(x):
    """What the gradient is taken at changes afterwards; its derivative is found the other way round."""
    w = np.array([0.6 * x, 0.8])
    for _ in range(2):
        w -= 0.1 * gradient(of=written_over)(w)
    return np.sum(w * w)


def slope_by_differences(f, x):
    rates, error = oracle.differences(lambda t: f(x + t), step=1e-2 * abs(x))
    assert error < 1e-7 * (1 + abs(float(rates)))
    return float(rates)


INSIDE = [
    *((descent, 0.01), (captures, 1.5), (seeded, 1.2), (value_and_back, 1.2), (back_twice, 1.1)),
    *((at_a_point, 1.3), (over_a_list, 0.5), (with_aux, 1.5), (of_a_function_of_numpy, 0.5)),
    *((method, 1.5), (trained, 0.05), (with_a_rule, 2.0), (descent_in_place, 1.1)),
]


@pytest.mark.parametrize(("function", "x"), INSIDE, ids=lambda one: getattr(one, "__name__", ""))
def test_operators_inside_functions(function, x):
    right = slope_by_differences(function, x)
    assert gradient(of=function)(x) == pytest.approx(right, rel=1e-6, abs=1e-8)


THIRD = [
    (lambda x: math.sin(x) * x**3, 0.7),
    (lambda x: power(x, 5), 1.1),
    (lambda x: recursive_power(x, 5), 1.1),
    (until_large, 2.0),
    (chosen, 1.1),
    (stored, 2.0),
    (appended, 1.1),
    (of_arrays, 1.1),
    (captures, 1.5),
    (descent, 0.01),
    (seeded, 1.2),
]


@pytest.mark.parametrize(("function", "x"), THIRD, ids=lambda one: getattr(one, "__name__", ""))
def test_third_order(function, x):
    second = gradient(of=gradient(of=function))
    right = slope_by_differences(second, x)
    try:
        found = gradient(of=second)(x)
    except DifferentiationError as error:
        assert points_at_its_line(error)
        pytest.skip(f"refused: {str(error).splitlines()[0]}")
    assert found == pytest.approx(right, rel=1e-5, abs=1e-6)


def smoothed(x):
    """A helper, a branch, stores through overlapping views in a loop, and a list."""
    u = np.ones(4) * x
    for i in range(1, 4):
        u[i] = power(u[i - 1], 2) + x * i if u[i - 1] > 0.5 else u[i - 1] * x
    u[1:-1] += 0.5 * (u[:-2] * u[2:])
    return (np.sin(u) * u).sum()


def stacked(x):
    """A list of numbers that grows, shrinks and changes, and is added up; a dict that changes."""
    xs, totals = [x], {"all": x}
    for i in range(3):
        xs.append(xs[-1] * xs[0] + i)
        xs[0] = xs[0] * 0.5 + xs[-1]
        totals["all"] = totals["all"] * xs[0]
    last = xs.pop()
    return sum(v * v for v in xs) * last + totals["all"]


def rate(function):
    return lambda x: differential(of=function)(x)(1.0)


def slope(function):
    return lambda x: gradient(of=function)(x)


@pytest.mark.parametrize("order", ["RRR", "RFR", "FRF", "FFR"])
def test_third_order_in_both_modes(order):
    assert_slope_of_slope(smoothed, order)


def solved(x):
    matrix = np.array([[2.0, x], [x, 3.0 + x * x]])
    return np.array([x, 1.0]) @ np.linalg.solve(matrix, np.array([x, 1.0])) * np.prod(matrix + x)


@pytest.mark.parametrize("order", ["RRR", "FRR"])
def test_third_order_through_linear_algebra(order):
    assert_slope_of_slope(solved, order)


def eighth_power(x):
    """x ** 8, by a list that grows, run through backwards, and a store."""
    xs, a = [x], np.ones(2)
    for _ in range(2):
        xs.append(xs[-1] * x)
    for one in reversed(xs):
        a[1] = a[1] * one
    return a[1] * xs[1]


@pytest.mark.parametrize("order", ["RRRR", "FRRF"])
def test_fourth_order(order):
    function = eighth_power
    for one in reversed(order):
        function = {"R": slope, "F": rate}[one](function)
    assert eighth_power(1.2) == pytest.approx(1.2**8)
    assert function(1.2) == pytest.approx(8 * 7 * 6 * 5 * 1.2**4, rel=1e-12)


def closed_over(x):
    """A helper, a function that captured the argument, and a gradient of one."""

    def inner(t):
        return power(t, 3) * x

    return gradient(of=inner)(x) * gradient(of=lambda t: t * inner(t), at=x) + power(x, 2)


@pytest.mark.parametrize("order", ["RF", "FF", "RR"])
def test_operators_over_closures_in_both_modes(order):
    function = closed_over
    for one in reversed(order):
        function = {"R": slope, "F": rate}[one](function)
    assert function(1.2) == pytest.approx(12 * 7 * 6 * 1.2**5 + 2, rel=1e-12)


def swapped(x):
    """Buffers on tapes: arrays that change places, views that are stored into, rows of a matrix."""
    a, rows = np.array([x, x * x, 1.0, 0.5 * x]), np.outer(np.ones(3), np.array([x, 0.7, x * x]))
    b = np.zeros_like(a)
    for k in range(2):
        b[1:-1] = a[1:-1] * (a[:-2] + a[2:])
        b[0] = a[-1] ** 2
        a, b = b, a
        row = rows[k]
        row[1:] *= row[:-1]
        rows[k + 1] -= 0.1 * row
    return np.sum(a**2) * np.sum(rows)


@pytest.mark.parametrize("order", ["RRR", "RRF", "FRR"])
def test_third_order_over_buffers_on_tapes(order):
    assert_slope_of_slope(swapped, order)


def once_more(x):
    for _ in with_recomputation(range(3)):
        x = x * math.sin(x) + x
    return x


@pytest.mark.parametrize("order", ["RF", "FF", "FFR"])
def test_recomputed_loops_in_both_modes(order):
    assert_slope_of_slope(once_more, order)


@pytest.mark.parametrize("order", ["RRR", "RFR"])
def test_third_order_through_lists_and_dicts(order):
    assert_slope_of_slope(stacked, order)


def tried(x):
    """What is caught in a loop, else and finally, a handler that reads the exception, a try in a try."""
    total, d = x, {"a": x * x}
    for k in range(3):
        try:
            total = total * math.log(x * k) + d["ab"[min(k, 1)]]
        except (ValueError, ZeroDivisionError):
            total = total + x**3
        except KeyError as error:
            total = total * x * len(str(error))
        else:
            total = total - x
        finally:
            total = total * x
    try:
        try:
            root = math.sqrt(-x)
        except ValueError:
            root = total**2
        return root * math.log(x)
    except ArithmeticError:
        return 0.0


@pytest.mark.parametrize("order", ["RR", "RF", "FF", "RFR", "FRF"])
def test_what_is_tried_in_both_modes(order):
    assert_slope_of_slope(tried, order)


def held(x):
    """Lists in dicts that change under both names, and what is None or a number among them."""
    square = None
    if x > 0:
        square = x * x
    xs = [x * 3]
    d = {"xs": xs, "square": square}
    xs[0] = x * 5
    inner = lambda d: d["xs"][0] * d["square"]
    return inner(d) * x


@pytest.mark.parametrize("order", ["R", "F", "FR", "FF"])
def test_buffers_in_buffers(order):
    assert_slope_of_slope(held, order)


def filled(u, x):
    for i in range(len(u)):
        u[i] = x ** (i + 1)


def through_calls(x):
    """Helpers that write, a closure that counts, what is bound, reduced and gathered, eigenvalues, moduli."""
    u, total = np.zeros(3), 0.0
    filled(u, x)

    def add(value):
        nonlocal total
        total = total + value * x

    for i in range(3):
        add(i * u[i])
    bound = functools.partial(lambda a, b: a**2 * b, x)
    folded = functools.reduce(lambda a, b: a * b + x, [x, x * x, 2.0])
    gathered = sums(x, *[x * x], scale=x)
    windows = np.lib.stride_tricks.sliding_window_view(u, 2) ** 2
    folded += (
        np.column_stack((u, windows.sum(axis=0) @ u[:2] * u, [1.0, 2.0, x]))
        .take([[5, -7]], mode="wrap")
        .sum()
    )
    values, _ = np.linalg.eigh(np.array([[2 + x, x], [x, 5.0]]))
    return total * bound(2.0) + folded * gathered + values[0] * np.abs(np.array([x + 1j, 1j * x])).sum()


def sums(*args, **named):
    return sum(args) * named["scale"]


@pytest.mark.parametrize("order", ["RF", "FF"])
def test_differentials_of_calls_of_all_sorts(order):
    assert_slope_of_slope(through_calls, order)


def assert_slope_of_slope(function, order):
    outer, *inner = ({"R": slope, "F": rate}[one] for one in order)
    for one in reversed(inner):
        function = one(function)
    assert outer(function)(0.6) == pytest.approx(slope_by_differences(function, 0.6), rel=1e-5)


def test_arrays_of_an_argument_that_overlap_and_change():
    def shifted(arrays):
        arrays[0][0] = arrays[0][1] * 2.0
        return (arrays[0] * arrays[1]).sum()

    whole = np.array([1.0, 2.0, 3.0])
    with pytest.raises(DifferentiationTypeError, match="share memory"):
        gradient(of=shifted)([whole[:2], whole[1:]])
    assert gradient(of=shifted)([whole[:2].copy(), whole[1:]])[0] == pytest.approx([0.0, 7.0])


def test_lambdas_around_operators():
    def f(x):
        return math.sin(x) * x**3

    inner = gradient(of=lambda x: gradient(of=lambda y: gradient(of=f)(y))(x))(0.7)
    assert inner == pytest.approx(gradient(of=gradient(of=gradient(of=f)))(0.7), rel=1e-12)


def test_gradient_of_a_pullback_in_seed_and_argument():
    def along(x, v):
        return np.sum(pullback(of=lambda y: y**3)(x)(v) * np.array([1.0, 2.0]))

    x, v = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    x_bar, v_bar = gradient(of=along)(x, v)
    assert x_bar == pytest.approx(6 * x * v * np.array([1.0, 2.0]))
    assert v_bar == pytest.approx(3 * x**2 * np.array([1.0, 2.0]))


@pytest.mark.parametrize("function", [stored, appended, lambda x: np.sum(np.cumsum(x * np.ones(3)))])
def test_a_pullback_may_be_called_again(function):
    _, back = value_with_pullback(of=function)(1.3)
    first = back(1.0)
    assert back(1.0) == first
    assert back(2.0) == pytest.approx(2 * first)


def test_text_of_second_order_stays_small():
    def loop(x, n):
        y, z, w = x, 1.0, 0.5
        for k in range(n):
            a = y * z + math.sin(w)
            b = a * x - math.cos(y)
            c = b / (1 + a * a)
            y = 0.5 * y + 0.1 * c
            z = z * 0.9 + 0.01 * b
            w = w + 0.05 * a * k
        return y * z + w

    first = gradient(of=loop, wrt="x")
    second = pullback(of=first, wrt="x")
    assert second(0.3, 4)(1.0) == pytest.approx(slope_by_differences(lambda x: first(x, 4), 0.3), rel=1e-6)


def weighed(x, weights):
    return np.sum(weights * x**3)


def weighed_by(x, weights):
    return weighed(x, 2.0 * weights)


def test_what_is_not_asked_for_changes_the_gradient():
    """An inner gradient with respect to x alone depends on the other arguments of the callees too."""
    x, v, p = np.array([0.3, 0.4]), np.array([0.2, 0.7]), np.array([1.2, 3.0])
    mixed = lambda p: np.sum(gradient(of=weighed_by, wrt="x")(x, p) * v)
    starred = lambda p: np.sum(gradient(of=weighed_by, wrt=0)(x, *(p,)) * v)
    for program in (mixed, starred):
        np.testing.assert_allclose(gradient(of=program)(p), 6 * x**2 * v, rtol=1e-13)


def scaled(a, x):
    a *= x
    a[0] += a[1] * x


def of_kernels(x):
    """A function that fills an argument, by its pullback and its differential, and one that writes into its own."""
    start = np.array([1.0, 2.0])
    back = pullback(of=scaled, result="a")(start, x)
    along = differential(of=scaled, result="a", wrt="x")(start, x)
    inside = differential(of=lambda a, x: (scaled(a, x), a.sum())[1])(start * x, x)
    return back(start * x)[1] * (along(x) ** 2).sum() + inside(start, x)


@pytest.mark.parametrize("order", ["R", "F", "FR"])
def test_kernels_have_derivatives_of_all_orders(order):
    assert_slope_of_slope(of_kernels, order)


def test_a_kernel_s_differential_may_be_squared():
    def filled(u, x):
        u[0] = x[0] ** 2 * u[0]

    def along(x):
        return np.sum(differential(of=filled, wrt="x", result="u")(np.ones(1) * x[1], x)(ends) ** 2)

    x, v, ends = np.array([0.4, 0.9]), np.array([0.5, 0.2]), np.array([1.0, 2.0])
    slope = lambda x: np.sum(gradient(of=along)(x) * v)
    np.testing.assert_allclose(gradient(of=slope)(x), differential(of=gradient(of=along))(x)(v), rtol=1e-12)
    assert gradient(of=slope)(x)[0] == pytest.approx(8 * x[1] ** 2 * v[0] + 16 * x[0] * x[1] * v[1])


def test_a_tangent_may_be_the_point_itself():
    def squared(x):
        x *= 2
        x *= x
        return x.sum()

    x = np.array([0.3, 0.7])
    assert differential(of=squared)(x)(x) == pytest.approx(8 * x @ x)
    assert differential(of=scaled, result="a")(x, 2.0)(x, 1.0) == pytest.approx([6.5, 2.1])


def changing(x):
    """Dicts of arrays under keys that vary, of arrays and numbers; a view that may be a copy; a slice of a list."""
    d = {"u": np.ones(3) * x, "w": np.full(2, x)}
    for key in ("u", "w"):
        d[key] = d[key] * x + d["u"][0]
    mixed = {"u": d["u"], "v": x}
    for _ in range(2):
        mixed["u"][1:] *= mixed["v"]
        mixed["v"] = mixed["v"] * mixed["u"][2]
    a = np.ones((2, 2)) * x
    whole = a.T.reshape(4)
    rows = a.reshape(4)
    rows[1:] *= whole[0]
    whole[1] = rows[2] * x
    return mixed["u"].sum() * mixed["v"] + d["w"].sum() + (a * a).sum() * whole[1]


@pytest.mark.parametrize("order", ["RR", "FR", "RF"])
def test_dicts_and_views_that_change(order):
    assert_slope_of_slope(changing, order)


class Spring:
    """An ordinary class: nothing says which of its attributes are differentiable."""

    def __init__(self, stiffness):
        self.stiffness = stiffness

    def energy(self, x):
        return self.stiffness * x * x


def sliced(x):
    """Slices of lists that take other lists in, and an object of an ordinary class."""
    xs = [x, 2 * x, x * x]
    xs[1:] = [xs[0] * xs[2]]
    xs.extend([xs[1] * x, 1.0])
    xs[:2] = [xs[2], xs[0], x]
    xs *= 2
    spring = Spring(xs[1] * x)
    return sum(xs) * xs[4] + spring.energy(x) * spring.stiffness


@pytest.mark.parametrize("order", ["RR", "FR", "RF", "FF"])
def test_slices_and_ordinary_objects(order):
    assert_slope_of_slope(sliced, order)


@differentiable
@dataclass
class Falling:
    height: float
    speed: float

    def fall(self, seconds):
        self.speed = self.speed - self.height * seconds * self.speed
        self.height += self.speed * seconds


ALONG = Falling.TangentVector(0.3, 0.7)


def fallen(x):
    """A method that assigns the fields of an argument: their tangents change, and the caller's stay."""

    def height(ball, seconds):
        ball.fall(seconds)
        ball.fall(seconds)
        return ball.height * ball.speed

    ball = Falling(x, 2.0 * x)
    along = differential(of=height, wrt="ball")(ball, x)(ALONG)
    steepest, _ = gradient(of=height)(ball, x)
    return along * ball.speed + steepest.height * ball.height * steepest.dot(ALONG)


@pytest.mark.parametrize("order", ["F", "R"])
def test_fields_that_change(order):
    assert_slope_of_slope(fallen, order)


def vectors(x):
    """What is computed from tangent vectors: products, quotients, lengths, steps along them."""

    def energy(ball):
        return np.tanh(ball.height * ball.speed).sum() * ball.speed + math.sin(ball.height)

    def step(ball, along):
        return energy(ball.move(along=along)) * (along * ball.height).norm()

    ball = Falling(x, 2.0 * x)
    up = gradient(of=energy)(ball)
    there, _ = gradient(of=step)(ball, ALONG)
    mixed = (ALONG - up * x) / (1.0 + x) + sum([up, -there])
    return mixed.dot(up) + energy(ball.move(along=-0.1 * up)) * up.norm() + (up - up).norm()


@pytest.mark.parametrize("order", ["F", "R", "FF"])
def test_vectors_have_derivatives_of_all_orders(order):
    assert_slope_of_slope(vectors, order)


class Scaled:
    def __init__(self, scale):
        self.scale = scale

    def cube(self, t):
        return self.scale * t**3


def held_by_operators(x):
    """Operators of operators, of methods, and in closures: what the innermost function has captured moves."""
    slope = gradient(of=lambda t: math.sin(t * x) * t)
    bend = differential(of=slope)
    cubes = gradient(of=Scaled(x).cube)
    total = bend(2.0)(x) + gradient(of=slope)(1.0) + gradient(of=lambda t: slope(t) * t)(0.5)
    total += gradient(of=lambda t: bend(t)(x))(x * x) + cubes(2.0) + differential(of=cubes)(x)(1.0)
    return total + sum(map(gradient(of=lambda t: t**3 * x), [x, 2.0]))


@pytest.mark.parametrize("order", ["R", "F", "FR"])
def test_what_operators_hold_moves(order):
    assert_slope_of_slope(held_by_operators, order)


def turned(x):
    """Gradients that have derivatives by symmetry alone: with respect to what moves, whatever they are taken of."""

    def queued(scale, xs, p):
        queue = deque([xs[0] * scale, xs[1]], maxlen=3)
        heap = [v * v for v in xs]
        heapq.heapify(heap)
        for key in p:
            queue.append(queue[0] * queue[-1] + heapq.heappop(heap))
            p[key] -= queue[0] * p[key] ** 2
        return sum(queue) * p["u"] * p["v"]

    xs, p = [x, 2.0, x * x], {"u": 1.0 + x, "v": x}
    every = gradient(of=queued)(1.5, xs, p)
    value, some = value_with_gradient(of=queued, wrt=("p", 0))(2.0, xs, p)
    return every[1][0] * every[2]["u"] + value * some[0]["v"] + some[1] * p["u"]


@pytest.mark.parametrize("order", ["F", "R"])
def test_gradients_turned(order):
    assert_slope_of_slope(turned, order)


def handed_over(x):
    """Generators that end, that are left, that hand on what others hand over, and that are handed on."""

    def powers(n, y=x):
        for _ in range(n):
            yield y
            y = y * x

    def roots(c):
        root = c
        while True:
            yield root
            root = 0.5 * (root + c / root)

    def pairs(items):
        yield from ((one, k * x) for k, one in enumerate(items))
        yield x, 1.0

    for root in roots(x * x + 1.0):
        if abs(root * root - x * x - 1.0) < 1e-13:
            break
    return sum(powers(3)) * root + sum(one * two for one, two in pairs(powers(2)))


@pytest.mark.parametrize("order", ["RR", "FR", "RF", "FF"])
def test_generators(order):
    assert_slope_of_slope(handed_over, order)


def test_maps_without_an_end_are_refused():
    def f(x):
        def power_of(k):
            return x**k

        return next(v for v in map(power_of, itertools.count(1)) if v < 0.3)

    assert gradient(of=f)(0.8) == pytest.approx(6 * 0.8**5)
    with pytest.raises(DifferentiationError, match="without an end"):
        gradient(of=gradient(of=f))(0.8)


def rated(x):
    """Differentials that have derivatives by symmetry alone."""
    near = math.dist([x, x * x], (1.0, x)) ** 3
    return near * math.prod(map(math.sin, [x, x * x]))


@pytest.mark.parametrize("order", ["RF", "FF"])
def test_differentials_turned(order):
    assert_slope_of_slope(rated, order)


def iterated(x):
    """Iterators that are taken once: some start with constants, some are asked for items elsewhere too."""
    xs = [x, x * x, 0.5 * x]
    total = sum(v * v for v in itertools.islice(xs, 1, None)) + sum(map(pow, xs, itertools.repeat(3)))
    for k, v in zip(itertools.count(1), xs):
        total += k * v**2
    for v in itertools.takewhile(
        lambda one: one < 5.0, itertools.chain(xs, itertools.accumulate(xs, operator.mul))
    ):
        total *= v
    left = iter(xs)
    first = next(left)
    for v in left:
        first = first * v + v * v
    found = dict(zip("ab", xs, strict=False))
    words = Counter("abac").most_common(2)
    return (
        total + first * found["b"] + sum(n * x**i for i, (_, n) in enumerate(words)) + math.prod(xs, start=x)
    )


@pytest.mark.parametrize("order", ["FR", "RF", "FF"])
def test_iterators(order):
    assert_slope_of_slope(iterated, order)


def handed_on(x):
    """What is handed on is taken from later; the loop's first cotangent is a list that others hold too."""
    r, q = x, x * math.sin(x)
    total = 0.0
    for v in iter((r, q * x * x, q)):
        total = total + v * v
    for v in np.ones(2) * x:
        total = total + v**3
    return total


@pytest.mark.parametrize("order", ["RRF", "RFR", "FFF"])
def test_third_order_over_iterators(order):
    assert_slope_of_slope(handed_on, order)


def recursive_closures(x):
    """Functions that capture themselves and what is differentiated: also handed on, and called inside of others."""

    def halves(a, b, n):
        middle = 0.5 * (a + b)
        if n == 0:
            return (b - a) * math.exp(-middle * x)
        return halves(a, middle, n - 1) + halves(middle, b, n - 1)

    def handed(n, y, again):
        def one_more(z):
            return again(n - 1, z * x + y, again)

        return y * x if n == 0 else one_more(y)

    @functools.lru_cache
    def power(n):
        return x if n < 1 else power(n - 1) * x

    return halves(0.0, 2.0 * x, 2) * handed(2, x, handed) * power(2)


@pytest.mark.parametrize("order", ["FR", "FF", "RF", "FFF"])
def test_recursive_closures(order):
    assert_slope_of_slope(recursive_closures, order)
