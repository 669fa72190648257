"""Rules of SciPy's functions: both modes, types, second order, refusals. Skipped where SciPy is not installed."""

from __future__ import annotations

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")

import test_rules as rules  # noqa: E402
from rule_samples.points import Sample  # noqa: E402
from rule_samples.scipy_special import special_samples  # noqa: E402

from diffpy import differential, gradient  # noqa: E402
from diffpy.errors import UnknownDerivativeError  # noqa: E402
from diffpy.rules import TABLE  # noqa: E402

TABLE.read_late()
ROWS = special_samples()


@pytest.mark.parametrize("sample", ROWS, ids=str)
def test_row(sample: Sample) -> None:
    with np.errstate(all="raise", under="ignore"):
        rules.test_pullback(sample)
        rules.test_tangent(sample)
        rules.test_linear_in_the_cotangent(sample)
        rules.test_float32_stays_float32(sample)


TWICE = {
    "gamma": lambda x: special.rgamma(x - 1) * special.digamma(x),
    "errors": lambda x: special.log_ndtr(x) * special.dawsn(x),
    "sums": lambda x: special.logsumexp(x, axis=0, b=1 + x) * special.softmax(x),
    "powers": lambda x: special.boxcox(x, x) * special.inv_boxcox(x, x),
    "bessel": lambda x: special.ive(1.5, x) * special.airy(x)[1],
}


@pytest.mark.parametrize("name", TWICE)
def test_second_order(name: str, rng: np.random.Generator) -> None:
    """Reverse over reverse, and forward over reverse, against differences of the gradient."""
    program = TWICE[name]
    x, v = np.array([0.3, 0.62, 0.71]), rng.standard_normal(3)
    slope = gradient(of=lambda x: np.sum(program(x)))
    along = lambda x: np.sum(slope(x) * v)
    found = gradient(of=along)(x)
    h = 1e-4
    steps = [slope(x + k * h * v) for k in (2, 1, -1, -2)]
    expected = np.sum(v * (8 * (steps[1] - steps[2]) - (steps[0] - steps[3]))) / (12 * h)
    np.testing.assert_allclose(np.sum(found * v), expected, rtol=1e-8)
    np.testing.assert_allclose(differential(of=along)(x)(v), np.sum(found * v), rtol=1e-11)


def test_each_function_that_a_line_calls_has_a_rule() -> None:
    """So that derivatives have derivatives, of any order."""
    for name, row in TABLE.rows.items():
        for line in (*row.pullbacks.values(), *row.tangents.values()):
            names = line.__code__.co_names
            if name.startswith("scipy.special.") and "special" in names:
                called = [found for one in names if callable(found := getattr(special, one, None))]
                assert called and all(TABLE.find(one) for one in called), name


ZERO = np.zeros(2)
POINTS = [
    # Ends of domains and poles, where a formula read as it stands gives NaN
    (lambda x: special.xlogy(x, x + 1.0), ZERO, 0.0),
    (lambda x: special.xlogy(0.0, x), ZERO, 0.0),
    (lambda x: special.gammainc(1, x), ZERO, 1.0),
    (lambda x: special.lambertw(x).real, ZERO, 1.0),
    (lambda x: special.expn(0, x + 1.0), ZERO, -2 / np.e),
    (lambda x: special.logsumexp(np.array([-np.inf, 1.0]) + x), ZERO, [0.0, 1.0]),
    (lambda x: special.logsumexp(x - np.inf), ZERO, 0.5),
    (lambda x: special.log_ndtr(x - 1e8), ZERO, 1e8),
    (lambda x: special.pseudo_huber(1.0, x), ZERO, 0.0),
    (lambda x: special.expit(x + 40.0), ZERO, np.exp(-40.0)),
    (lambda x: special.dawsn(x + 1e9), ZERO, -0.5e-18),
    (lambda x: special.i0e(x), ZERO, 0.0),
]


@pytest.mark.parametrize(("function", "x", "expected"), POINTS)
def test_special_point(function, x, expected) -> None:
    found = gradient(of=lambda x: np.sum(function(x)))(x)
    np.testing.assert_allclose(found, np.broadcast_to(expected, x.shape), rtol=1e-12)


def test_complex_arguments() -> None:
    """Of holomorphic functions the derivative, by the complex step; others are refused."""
    z = np.array([0.4 + 0.3j, 0.7 - 0.2j])
    for function in (
        special.gamma,
        special.erf,
        special.wofz,
        special.expi,
        special.log_ndtr,
        special.lambertw,
    ):
        bar = gradient(of=lambda z: np.sum(np.real(function(z))))(z)  # noqa: B023
        slope = (function(z + 1e-5) - function(z - 1e-5)) / 2e-5
        np.testing.assert_allclose(np.conj(bar), slope, rtol=1e-8)
    with pytest.raises(UnknownDerivativeError, match="holomorphic"):
        gradient(of=lambda z: np.sum(np.abs(special.ive(1, z))))(z)


REFUSED = {
    "order": lambda x: np.sum(special.jv(x, 2.0)),
    "closed form": lambda x: np.sum(special.gammainc(x, 2.0)),
    "sign": lambda x: special.logsumexp(x, return_sign=True)[0],
    "no rule": lambda x: np.sum(special.agm(x, 2.0)),
    "comb": lambda x: np.sum(special.comb(x, 2)),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str) -> None:
    with pytest.raises(UnknownDerivativeError, match=reason):
        gradient(of=REFUSED[reason])(np.array([1.5, 2.5]))
