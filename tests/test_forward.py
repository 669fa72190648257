"""Forward mode: tangents are right, agree with pullbacks, and the program stays what it is."""

import contextlib
import functools
import io

import numpy as np
import oracle
import pytest
import references
from programs import PROGRAMS

from diffpy import (
    derivative,
    differentiable,
    differential,
    gradient,
    pullback,
    value_with_differential,
    with_derivative,
    without_derivative,
)
from diffpy.errors import DerivativeRuleError, DifferentiationError, DifferentiationTypeError
from diffpy.runtime.structures import structure_of

SPREAD = PROGRAMS[::6]


def options(program):
    given = {"wrt": program.wrt} if program.wrt is not None else {}
    return given | ({"result": program.result} if program.result is not None else {})


def tangents_along(program, direction):
    """A direction by the paths of numbers, as a tangent for each argument."""
    keys, values = references.by_key(program)

    def tangent(x, path):
        if path in direction:
            return direction[path]
        structure = structure_of(x)
        if structure is None:
            return None
        labels, parts = structure.labels(x), structure.values(x)
        return structure.tangent(
            x, [tangent(p, (*path, label)) for p, label in zip(parts, labels, strict=True)]
        )

    return [tangent(values[keys.index(k)], (keys.index(k),)) for k in references.selected(program)]


def applied(program, direction, operator=differential):
    """The tangent of the result, what the run did, and the arguments afterwards."""
    arguments, found = list(program.arguments()), []

    def run():
        along = operator(of=program.function, **options(program))(*arguments, **program.keywords)
        along = along[1] if operator is value_with_differential else along
        found.append(along(*tangents_along(program, direction)))

    return references.observed(run), found, arguments


# Of results that are arrays the pullback is transposed, with all that it keeps and calls.
ARRAYS = ("parameters_in_pairs", "arrays_that_recursion_changes", "training_with_cross_entropy")
FROM_ONE_RUN = [p for k, p in enumerate(PROGRAMS) if k % 12 == 3 or p.name in ARRAYS]


def each(programs, operator):
    return [pytest.param(one, operator, id=f"{operator.__name__}-{one.id}") for one in programs]


@pytest.mark.parametrize(
    ("program", "operator"), each(SPREAD, differential) + each(FROM_ONE_RUN, value_with_differential)
)
def test_of_the_corpus(program, operator):
    plain = references.plain(program)
    before = references.frozen(list(program.arguments()))
    for slope in references.slopes(program)[-2:]:
        try:
            outcome, (found,), arguments = applied(program, slope.direction, operator)
        except DifferentiationError as error:
            assert "^" in str(error) and isinstance(error.lineno, int), str(error)
            pytest.skip(f"refused: {str(error).splitlines()[0]}")
        assert outcome.printed == plain.printed and references.same(outcome.log, plain.log)
        rates = np.zeros(slope.rates.size) if found is None else oracle.numbers_of(found)
        right = slope.rates
        if program.expected is not None and references.in_one_number(program):
            right = np.array([references.expected_slope(program, slope)])
        size = np.max(np.abs(right), initial=1.0)
        np.testing.assert_allclose(rates, right, rtol=0, atol=10 * (program.tolerance * size + slope.error))
        if references.holds_arrays_or_structs(before):
            assert references.same(arguments, before)


def is_paired(program):
    """Whether its result and its arguments are floating arrays or numbers."""
    plain = (float, np.ndarray)
    args = program.arguments()
    every = [*args, references.plain(program).value]
    simple = all(isinstance(x, plain) and np.asarray(x).dtype == np.float64 for x in every)
    return simple and program.wrt is None and not program.keywords


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS[1::9] if is_paired(p)], ids=lambda program: program.id
)
def test_adjoint_of_the_pullback(program):
    """<x_bar, x_dot> = <y_bar, y_dot>."""
    rng = np.random.default_rng(5)
    like = lambda x: rng.standard_normal(np.shape(x)) if isinstance(x, np.ndarray) else rng.standard_normal()
    dots = tuple(map(like, program.arguments()))
    y_bar = like(references.plain(program).value)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            y_dot = differential(of=program.function, **options(program))(*program.arguments())(*dots)
            bars = pullback(of=program.function, **options(program))(*program.arguments())(y_bar)
    except DifferentiationError as error:
        assert "^" in str(error)
        pytest.skip("refused")
    bars = bars if len(dots) > 1 else (bars,)
    left = sum(float(np.sum(bar * dot)) for bar, dot in zip(bars, dots, strict=True))
    right = float(np.sum(y_bar * y_dot))
    assert abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1.0)


# Texts


def polynomial(x, y):
    return x**2 * y + y + 2


def power_by_loop(x, n):
    result = 1.0
    for _ in range(n):
        result = result * x
    return result


def shifted(x):
    y = np.zeros(3)
    y[1:] = x[:-1] * 2
    y += x
    return y


TEXTS = {
    "straight": (
        polynomial,
        (3.0, 4.0),
        """\
def polynomial_value_with_differential(x, y, x_dot, y_dot):
    t1 = x ** 2
    return t1 * y + y + 2, x_dot * 2 * x * y + y_dot * t1 + y_dot
""",
    ),
    "loop": (
        power_by_loop,
        (2.0, 3),
        """\
def power_by_loop_value_with_differential(x, n, x_dot):
    result = 1.0
    result_dot = 0.0
    for _ in range(n):
        result_dot = result_dot * x + x_dot * result
        result = result * x
    return result, result_dot
""",
    ),
    "stores": (
        shifted,
        (np.array([1.0, 2.0, 3.0]),),
        """\
def shifted_value_with_differential(x, x_dot):
    y = np.zeros(3)
    y_dot = np.zeros(y.shape)
    t1_dot = x_dot[:-1] * 2
    y[1:] = x[:-1] * 2
    y_dot[1:] = t1_dot
    y_dot += x_dot
    y += x
    return y, y_dot
""",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text(name):
    function, args, text = TEXTS[name]
    wrt = {"wrt": "x"} if name == "loop" else {}
    assert differential(of=function, **wrt).source_for(*args) == text


# The operators


def test_forms_of_the_operators():
    along = differential(of=polynomial)(3.0, 4.0)
    assert (along(1.0, 0.0), along(0.0, 1.0), along(None, 2.0)) == (24.0, 10.0, 20.0)
    assert differential(at=(3.0, 4.0), of=polynomial, wrt="y")(1.0) == 10.0
    value, along = value_with_differential(at=(3.0, 4.0), of=polynomial)
    assert (value, along(1.0, 1.0)) == (42.0, 34.0)
    assert "x_dot" in differential(of=polynomial).source


def product_of_two_before(n, known):
    if n not in known:
        known[n] = product_of_two_before(n - 1, known) * product_of_two_before(n - 2, known)
    return known[n]


def test_value_with_differential_through_buffers():
    """The pullback of a recursive function works on buffers, which its own derivative would not see."""
    given = {0: 1.25, 1: 1.25}
    value, along = value_with_differential(at=(4, given), of=product_of_two_before, wrt="known")
    assert value == 1.25**5
    assert abs(along({0: 0.0, 1: 1.0}) - 3 * 1.25**4) < 1e-12
    assert given == {0: 1.25, 1: 1.25}


def test_value_with_differential_runs_once(capsys):
    def noisy(x):
        print("run")
        return np.sin(x) * x

    value, along = value_with_differential(of=noisy)(np.array([0.5, 2.0]))
    first, second = along(np.array([1.0, 0.0])), along(np.array([0.0, 1.0]))
    assert capsys.readouterr().out == "run\n"
    x = np.array([0.5, 2.0])
    np.testing.assert_allclose(first + second, np.cos(x) * x + np.sin(x))
    np.testing.assert_array_equal(value, np.sin(x) * x)


def test_a_pullback_of_stores_is_transposed_by_seeds():
    def kicked(x, dt):
        state = {"x": x, "seen": []}
        for k in range(3):
            state["x"] += dt * np.sin(state["x"])
            state["seen"].append(state["x"][k] * k)
        return state["seen"], state["x"] ** 2

    x, x_dot = np.array([0.5, 2.0, -1.0]), np.array([1.0, -0.5, 0.25])
    value, along = value_with_differential(of=kicked)(x, 0.1)
    moved = differential(of=kicked)(x, 0.1)
    for dots in ((x_dot, 0.0), (x_dot, 2.0), (None, 1.0)):
        seen, squares = along(*dots)
        np.testing.assert_allclose(seen, moved(*dots)[0], rtol=1e-12)
        np.testing.assert_allclose(squares, moved(*dots)[1], rtol=1e-12)
    np.testing.assert_array_equal(value[1], kicked(x.copy(), 0.1)[1])
    np.testing.assert_array_equal(x, [0.5, 2.0, -1.0])


def test_result_is_the_callers_own():
    x, x_dot = np.ones(2), np.full(2, 3.0)
    found = differential(of=lambda x: x)(x)(x_dot)
    assert not np.shares_memory(found, x_dot) and found.flags.writeable
    assert np.array_equal(found, x_dot)


def test_tangents_are_left_and_checked():
    def doubled(x):
        x *= 2
        return x

    x, x_dot = np.ones(2), np.full(2, 3.0)
    np.testing.assert_array_equal(differential(of=doubled)(x)(x_dot), [6.0, 6.0])
    np.testing.assert_array_equal(x, [1.0, 1.0])
    np.testing.assert_array_equal(x_dot, [3.0, 3.0])
    with pytest.raises(DifferentiationError, match="shape"):
        differential(of=doubled)(x)(np.ones(3))
    with pytest.raises(DifferentiationTypeError, match="2 tangents"):
        differential(of=polynomial)(3.0, 4.0)(1.0)


def test_methods():
    @differentiable
    def cube(x):
        return x**3

    assert cube.differential(2.0)(1.0) == 12.0
    assert cube.value_with_differential(2.0)[1](1.0) == 12.0


# Views and stores


def test_aliases_of_tangents():
    def f(x):
        a = x * 1.0
        b = a[1:]
        c = a + 0.0
        b[0] = x[0] * x[1]
        a *= a
        c[:] = c - a.reshape(3)
        return np.concatenate([a, b, c])

    x, x_dot = np.array([1.5, -0.5, 2.0]), np.array([0.3, 1.0, -0.7])
    step = 1e-6
    right = (f(x + step * x_dot) - f(x - step * x_dot)) / (2 * step)
    np.testing.assert_allclose(differential(of=f)(x)(x_dot), right, atol=1e-8)


def test_a_tangent_that_is_an_operands_is_copied():
    def f(x):
        y = x + 1.0
        y[0] = 0.0
        return y * x

    np.testing.assert_array_equal(differential(of=f)(np.ones(2))(np.ones(2)), [0.0, 3.0])


def fill(target, x):
    for i in range(len(target)):
        target[i] = x * (i + 1)


def test_callee_that_fills():
    def f(x):
        a = np.zeros(3)
        fill(a[1:], x * x)
        items = [0.0, 0.0]
        fill(items, x)
        return a.sum() + items[1]

    assert differential(of=f)(3.0)(1.0) == 3 * 6.0 + 2.0


def test_broadcast_tangent_has_the_shape_of_its_value():
    found = differential(of=lambda x: np.zeros((2, 3)) + x)(np.ones(3))(np.arange(3.0))
    np.testing.assert_array_equal(found, [[0.0, 1.0, 2.0]] * 2)


# Rules


def silly_exp(x):
    return np.exp(float(x))


def bent(x):
    return float(x) ** 2


def wide(x):
    return float(x) * np.ones(100)


@derivative(of=silly_exp, mode="forward")
def _(x):
    y = silly_exp(x)
    return y, lambda x_dot: 10.0 * x_dot * y


@derivative(of=bent)
def _(x):
    return bent(x), lambda v: v * 7.0


@derivative(of=wide)
def _(x):
    return wide(x), lambda v: v.sum()


def test_own_rules():
    assert differential(of=lambda x: silly_exp(2 * x))(0.0)(1.0) == 20.0
    assert differential(of=lambda x: bent(x) * 2)(3.0)(1.0) == 14.0
    np.testing.assert_array_equal(differential(of=lambda x: wide(x))(3.0)(2.0), np.full(100, 2.0))


def test_own_rule_is_checked():
    def number(x):
        return float(x)

    @derivative(of=number, mode="forward")
    def _(x):
        return number(x)

    with pytest.raises(DerivativeRuleError):
        differential(of=lambda x: number(x))(3.0)(1.0)


def test_marks():
    assert differential(of=lambda x: x * without_derivative(x))(3.0)(1.0) == 3.0
    with pytest.raises(DifferentiationError, match="cotangents"):
        differential(of=lambda x: with_derivative(x, lambda v: v))(3.0)(1.0)


def test_complex_numbers():
    z, z_dot = np.array([1.0 + 2j, -0.5j]), np.array([0.3 - 1j, 2.0])
    for f in (
        np.abs,
        np.angle,
        np.conj,
        np.exp,
        lambda z: np.linalg.norm(z) * z.imag,
        lambda z: (z * z).real,
    ):
        step = 1e-6
        right = (f(z + step * z_dot) - f(z - step * z_dot)) / (2 * step)
        found = differential(of=lambda z, f=f: f(z), wrt="z")(z)(z_dot)
        np.testing.assert_allclose(found, right, atol=1e-8)


def test_refuses_to_store_in_what_outlives_the_call():
    def remember(x, seen=[]):  # noqa: B006
        seen.append(x)
        return sum(seen)

    with pytest.raises(DifferentiationError, match="outlives the call"):
        differential(of=lambda x: remember(x))(2.0)(1.0)


class Keeper:
    def __init__(self):
        self.table, self.last = np.zeros(2), 0.0

    def fill(self, x):
        table = self.table
        table[0] = x
        return x

    def keep(self, x):
        self.last = x
        return x

    def total(self):
        return self.table[0] + self.last


KEEPER = Keeper()
BOUND = functools.partial(Keeper.fill, KEEPER)
HELD = [KEEPER.fill, KEEPER.keep, BOUND]


def kept_by_a_function_in_a_list(x):
    for keep in (Keeper.fill, Keeper.keep):
        keep(KEEPER, x)
    return x * KEEPER.total()


def kept_by_a_partial(x):
    BOUND(x)
    return x * KEEPER.total()


def kept_by_a_partial_with_a_value(x):
    return BOUND(x) * KEEPER.total()


def kept_by_a_partial_of_its_own(x):
    keep = functools.partial(Keeper.keep, KEEPER)
    keep(x)
    return x * KEEPER.total()


def kept_by_a_method_in_a_list(x):
    HELD[1](x)
    return x * KEEPER.total()


def kept_by_a_method_with_a_value(x):
    return HELD[0](x) * KEEPER.total()


@pytest.mark.parametrize(
    "f",
    [
        kept_by_a_function_in_a_list,
        kept_by_a_partial,
        kept_by_a_partial_with_a_value,
        kept_by_a_partial_of_its_own,
        kept_by_a_method_in_a_list,
        kept_by_a_method_with_a_value,
    ],
)
@pytest.mark.parametrize("operator", [differential, value_with_differential, gradient, pullback])
def test_refuses_what_unseen_calls_leave_in_objects_at_hand(f, operator):
    with pytest.raises(DifferentiationError):
        operator(of=f)(2.0)(1.0)


# Nesting


def test_nesting():
    cube = lambda x: x**3
    assert differential(of=lambda x: differential(of=cube)(x)(1.0))(3.0)(1.0) == 18.0
    assert gradient(of=lambda x: differential(of=cube)(x)(1.0))(3.0) == 18.0
    assert differential(of=gradient(of=cube))(3.0)(1.0) == 18.0
    assert differential(of=lambda x: gradient(at=x, of=lambda y: y**3 * x))(3.0)(1.0) == 81.0
    assert gradient(of=lambda x: differential(of=lambda y: y**3 * x)(x)(x))(3.0) == 12 * 27.0


def test_what_a_mask_leaves_out_of_a_pullback_is_left_out_of_its_transpose():
    def cut(x):
        return np.sum(np.sqrt(np.maximum(x, 0.0)) * np.array([1.0, 2.0]))

    point, direction = np.array([-1.0, 4.0]), np.array([1.0, 3.0])
    value, along = value_with_differential(at=point, of=cut)
    with np.errstate(all="ignore"):
        assert (value, along(direction)) == (4.0, 1.5)


class Kept:
    def __init__(self):
        self.value = 0.0

    def square(self, x, share=1.0):
        self.__dict__["value"] = x * x
        return self.value * share + x


def test_methods_and_partial_calls_by_pullbacks():
    kept = Kept()
    shared = functools.partial(Kept.square, kept, share=3.0)
    assert differential(of=kept.square)(2.0)(1.0) == 5.0
    assert differential(of=shared)(2.0)(1.0) == 13.0
    assert differential(of=shared)(2.0, share=2.0)(1.0) == 9.0
