"""Precisions and kinds of numbers: a cotangent has the type of its value, at the ends and on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffpy import gradient, pullback, value_with_gradient
from diffpy.errors import DifferentiationError, DifferentiationTypeError
from diffpy.runtime.cotangent_types import conjugated, fitted

DOUBLE = np.array([0.5, -1.2, 2.0])
SINGLE = DOUBLE.astype(np.float32)
WIDE = DOUBLE.astype(np.longdouble)
HALF = DOUBLE.astype(np.float16)
COMPLEX = (DOUBLE * (1 - 2j)).astype(np.complex64)
ARRAYS = [DOUBLE, SINGLE, WIDE, HALF, COMPLEX, COMPLEX.astype(complex)]
NUMBERS = [1.5, 2, np.float32(1.5), np.float64(1.5), np.longdouble(1.5), np.complex64(1 + 1j)]


def product(x, y):
    return np.sum(np.abs(x * y + np.sin(x)) ** 2)


def product_late(x, y):
    """The same of values whose kinds are not known while deriving."""
    v, w = next(iter([x])), next(iter([y]))
    return np.sum(np.abs(v * w + np.sin(v)) ** 2)


def name_of(x):
    return f"{type(x).__name__}-{getattr(x, 'dtype', 'python')}"


def type_of(x):
    return (np.ndarray, x.dtype) if isinstance(x, np.ndarray) else float if isinstance(x, int) else type(x)


@pytest.mark.parametrize("function", [product, product_late])
@pytest.mark.parametrize("y", [DOUBLE, SINGLE, COMPLEX, *NUMBERS], ids=name_of)
@pytest.mark.parametrize("x", [*ARRAYS, 1.5], ids=name_of)
def test_mixed_types(function, x, y):
    bars = gradient(of=function)(x, y)
    v, w = np.asarray(x, complex), np.asarray(y, complex)
    t = 2 * (v * w + np.sin(v))
    digits = min(14, *(np.finfo(np.result_type(one, np.float16)).precision for one in (x, y)))
    for value, bar, right in zip((x, y), bars, (t * np.conj(w + np.cos(v)), t * np.conj(v)), strict=True):
        right = right if np.shape(value) or not np.shape(right) else right.sum()
        assert type_of(bar) == type_of(value)
        np.testing.assert_allclose(
            bar,
            right if np.iscomplexobj(value) else right.real,
            rtol=30 * 10.0**-digits,
            atol=30 * 10.0**-digits,
        )


def steps_of(x):
    """The cotangents that a pullback of single precision goes through, by an own rule that looks at them."""
    seen = []

    def f(x, weights):
        y = np.sin(x) * 2.0
        return np.sum(y * weights) * np.float64(0.5)

    bar, _ = gradient(of=f)(x, DOUBLE)
    seen.append(bar.dtype)
    return seen


def test_contributions_are_cast_where_precisions_meet():
    def f(x, y):
        t = x * x
        return np.sum(t * y)

    text = value_with_gradient(of=f).source_for(SINGLE, DOUBLE)
    assert text.count("astype(np.float32)") == 1, text
    assert "astype" not in value_with_gradient(of=f).source_for(SINGLE, SINGLE)
    assert "astype" not in value_with_gradient(of=f).source_for(DOUBLE, DOUBLE)
    assert steps_of(SINGLE) == [np.float32]


def test_seed_has_the_precision_of_the_result():
    text = value_with_gradient(of=lambda x: np.sum(x * x)).source_for(SINGLE)
    assert "np.float32(1.0)" in text
    assert "float32" not in value_with_gradient(of=lambda x: np.sum(x * x)).source_for(DOUBLE)


@pytest.mark.parametrize("x", [np.float32(1.5), np.float16(1.5), np.longdouble(1.5), np.float64(1.5)])
def test_numpy_scalars(x):
    def f(x):
        return x * x * 2.0 + np.sin(x) + math.exp(x)

    bar = gradient(of=f)(x)
    assert type(bar) is type(x)
    assert bar == pytest.approx(6 + math.cos(1.5) + math.exp(1.5), rel=2e-3)


def test_python_floats_stay_python_floats():
    bar = gradient(of=lambda s, x: np.sum(s * x))(2.0, SINGLE)[0]
    assert type(bar) is float
    assert type(pullback(at=(2.0, SINGLE), of=lambda s, x: s * x)(SINGLE)[0]) is float


def test_arrays_of_rank_zero():
    x = np.array(1.5, np.float32)
    bar = gradient(of=lambda x, y: np.sum(x * y))(x, DOUBLE)[0]
    assert isinstance(bar, np.ndarray)
    assert (bar.shape, bar.dtype) == ((), np.float32)


def test_cast_in_the_middle():
    def f(x, y):
        low = x.astype(np.float32) * y
        return low.astype(np.float64).sum() + low.sum()

    for bar, value in zip(gradient(of=f)(DOUBLE, SINGLE), (DOUBLE, SINGLE), strict=True):
        assert bar.dtype == value.dtype
    np.testing.assert_allclose(gradient(of=f)(DOUBLE, SINGLE)[0], 2 * SINGLE, rtol=1e-6)


def test_masks():
    def f(x, mask):
        return np.sum(x * mask) + np.sum(np.where(mask, x, 0) ** 2) + x[mask].sum()

    bar, none = gradient(of=f)(SINGLE, SINGLE > 0)
    assert none is None
    assert bar.dtype == np.float32
    np.testing.assert_allclose(bar, (SINGLE > 0) * (2 + 2 * SINGLE))


def test_stores_of_another_precision():
    def f(x, s):
        total = np.zeros(3)
        total[:] = x
        total[1:] *= x[1:]
        total[0] += s
        return np.sum(total**2)

    bar, s_bar = gradient(of=f)(SINGLE, np.float32(0.5))
    assert (bar.dtype, type(s_bar)) == (np.float32, np.float32)
    np.testing.assert_allclose(bar, [2.0, 4 * 1.2**3 * -1, 4 * 8.0], rtol=1e-6)


# Integers


def test_integers_have_float_gradients():
    bars = gradient(of=lambda n, x: n * x + n / 2 + x**n)(3, 2.0)
    assert [type(bar) for bar in bars] == [float, float]
    assert bars == pytest.approx((2.0 + 0.5 + 8 * math.log(2), 3.0 + 12.0))


def through_a_new_array(n):
    return np.sum(np.array([n, 2 * n]) * 1.0)


def through_a_product(n):
    return float(np.sum(n * np.array([1, 2, 3])))


def through_a_store(n):
    k = np.zeros(3, dtype=int)
    k[0] = n
    return np.sum(1.5**k)


def through_a_loop(n):
    total = 0.0
    for v in np.array([n, n]):
        total = total + v * 1.5
    return total


def through_a_filled_array(n):
    return np.mean(np.full(3, n))


def doubled(v):
    return v * 2.0


def through_a_call(n):
    return doubled(np.array([n, 1])).sum()


@pytest.mark.parametrize(
    "function",
    [
        through_a_new_array,
        through_a_product,
        through_a_store,
        through_a_loop,
        through_a_filled_array,
        through_a_call,
    ],
)
def test_integers_in_arrays_of_integers_are_refused(function):
    with pytest.raises(DifferentiationTypeError, match="array of integers") as caught:
        gradient(of=function)(3)
    assert "^" in str(caught.value)
    assert function(3) == function(3.0) or function is through_a_store


def as_an_index(n, x):
    return x[np.array([0, n])].sum() * n


def as_a_size(n, x):
    return np.sum(np.arange(n) * x[:n]) + np.zeros(n).sum() + n * x[0]


def in_a_test(n, x):
    k = np.array([n, 0])
    return x[k].sum() if k[0] > 1 else x[0]


def beside_floats(n, x):
    return np.array([n, 2.0]) @ x[:2] + np.sum([n, 2.0])


@pytest.mark.parametrize(
    ("function", "right"),
    [
        (as_an_index, [2.5, [2.0, 0.0, 2.0]]),
        (as_a_size, [0.5, [2.0, 1.0, 0.0]]),
        (in_a_test, [0.0, [1.0, 0.0, 1.0]]),
        (beside_floats, [1.5, [2.0, 2.0, 0.0]]),
    ],
)
def test_integers_that_steer_are_not_refused(function, right):
    bars = gradient(of=function)(2, DOUBLE)
    assert bars[0] == pytest.approx(right[0])
    np.testing.assert_allclose(bars[1], right[1])


def test_integer_arrays_have_no_gradient():
    with pytest.raises(DifferentiationError):
        gradient(of=lambda k: np.sum(k * 1.5))(np.array([1, 2]))


# What the running half does


def test_fitted():
    assert fitted(None, 1.0) is None
    assert (type(fitted(np.float32(2), 1.0)), type(fitted(np.float64(2), 1.0))) == (float, np.float64)
    assert fitted(1 + 2j, 3) == 1.0
    assert fitted((1 + 2j, None), (1.0, 2.0)) == (1.0, None)
    assert fitted(COMPLEX, SINGLE).dtype == np.float32
    assert fitted(DOUBLE, DOUBLE) is DOUBLE
    assert fitted(DOUBLE, np.array([1, 2, 3])) is DOUBLE


def test_conjugated():
    assert conjugated([1 + 2j, None, (3.0, 1j)]) == [1 - 2j, None, (3.0, -1j)]
