"""Rules of SciPy's functions: both modes, types, second order, refusals. Skipped where SciPy is not installed."""

from __future__ import annotations

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")
linalg = pytest.importorskip("scipy.linalg")
fft = pytest.importorskip("scipy.fft")
fftpack = pytest.importorskip("scipy.fftpack")
integrate = pytest.importorskip("scipy.integrate")
optimize = pytest.importorskip("scipy.optimize")
signal = pytest.importorskip("scipy.signal")
sparse = pytest.importorskip("scipy.sparse")
stats = pytest.importorskip("scipy.stats")
sparse_linalg = pytest.importorskip("scipy.sparse.linalg")

import test_rules as rules  # noqa: E402
from rule_samples.points import Sample  # noqa: E402
from rule_samples.scipy_linalg import built_samples, linalg_samples  # noqa: E402
from rule_samples.scipy_signal import fft_samples, signal_samples  # noqa: E402
from rule_samples.scipy_special import special_samples  # noqa: E402
from test_written import check  # noqa: E402

from diffpy import differential, gradient, value_with_gradient  # noqa: E402
from diffpy.errors import DifferentiationError, UnknownDerivativeError  # noqa: E402
from diffpy.rules import TABLE  # noqa: E402
from diffpy.runtime.attached import attached_twice  # noqa: E402

TABLE.read_late()
ROWS = [*special_samples(), *linalg_samples(), *signal_samples(), *fft_samples()]
WRITTEN = built_samples()


@pytest.mark.parametrize("sample", ROWS, ids=str)
def test_row(sample: Sample) -> None:
    with np.errstate(all="raise", under="ignore"):
        rules.test_pullback(sample)
        rules.test_tangent(sample)
        rules.test_linear_in_the_cotangent(sample)
        if sample.name != "scipy.linalg.logm":  # SciPy itself warns of its digits
            rules.test_float32_stays_float32(sample)


@pytest.mark.parametrize("sample", WRITTEN, ids=str)
def test_written(sample: Sample) -> None:
    gradient(of=lambda x: x * x)(1.0)
    check(sample)


def matrix(x):
    """A matrix of three numbers, of positive eigenvalues."""
    return np.outer(x, x) + np.diag(x) + np.triu(np.outer(x, x**2), 1)


def symmetric(x):
    return np.outer(x, x) + np.diag(x)


TWICE = {
    "gamma": lambda x: special.rgamma(x - 1) * special.digamma(x),
    "errors": lambda x: special.log_ndtr(x) * special.dawsn(x),
    "sums": lambda x: special.logsumexp(x, axis=0, b=1 + x) * special.softmax(x),
    "bessel": lambda x: special.ive(1.5, x) * special.airy(x)[1],
    "triangular": lambda x: linalg.solve_triangular(matrix(x), x, trans=1, lower=True),
    "cholesky": lambda x: linalg.cho_solve(linalg.cho_factor(symmetric(x)), x),
    "expm": lambda x: linalg.expm(matrix(x)) @ linalg.sqrtm(matrix(x)),
    "bands": lambda x: linalg.solve_banded((1, 1), np.stack([x**2, 1 + x, x]), x),
    "signs": lambda x: special.logsumexp(x, b=x - 1.2, return_sign=True)[0] * special.multigammaln(x + 2, 3),
    "spectra": lambda x: signal.fftconvolve(matrix(x), matrix(x)[:, :1] * x, "same", axes=1),
    "filter": lambda x: signal.lfilter(x, 1 + x, signal.convolve(x, x, "same")),
}


@pytest.mark.parametrize("name", TWICE)
def test_second_order(name: str, rng: np.random.Generator) -> None:
    """Forward over reverse against differences of the gradient; of some, reverse over reverse too."""
    program = TWICE[name]
    x, v = np.array([0.3, 0.62, 0.71]), rng.standard_normal(3)
    slope = gradient(of=lambda x: np.sum(program(x)))
    h = 1e-4
    steps = [slope(x + k * h * v) for k in (2, 1, -1, -2)]
    expected = (8 * (steps[1] - steps[2]) - (steps[0] - steps[3])) / (12 * h)
    found = differential(of=slope)(x)(v)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)
    if name in ("gamma", "triangular"):
        back = gradient(of=lambda x: np.sum(slope(x) * v))(x)
        np.testing.assert_allclose(back, found, rtol=1e-9)


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


@pytest.mark.parametrize("function", [special.hankel1, special.hankel2, lambda k, x: special.lambertw(x, k)])
def test_complex_numbers_made_of_real_ones(function, rng: np.random.Generator) -> None:
    """Written out and called, once and twice."""
    x, v, h = np.array([1.2, 1.5]), rng.standard_normal(2), 1e-5
    along = lambda f: (f(x + h * v) - f(x - h * v)) / (2 * h)
    for program in (
        lambda x: np.sum(np.imag(function(1, x)) + np.abs(function(1, x)) ** 2),
        lambda x: np.sum(np.imag(next(iter([function]))(1, x))),
    ):
        slope = gradient(of=program)
        assert slope(x) @ v == pytest.approx(along(program), rel=1e-8)
        np.testing.assert_allclose(differential(of=slope)(x)(v), along(slope), rtol=1e-7)


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


def test_matrices_of_complex_numbers() -> None:
    """Derivatives along a direction against differences, in both modes."""
    random = np.random.default_rng(8)
    a = np.eye(3) * 2 + random.standard_normal((3, 3)) + 1j * random.standard_normal((3, 3))
    v = random.standard_normal((3, 3)) - 1j * random.standard_normal((3, 3))
    programs = [
        lambda a: np.sum(np.abs(linalg.expm(a) @ linalg.sqrtm(a)) ** 2),
        lambda a: np.abs(linalg.det(a)) + np.sum(np.abs(linalg.inv(a))),
        lambda a: np.sum(np.abs(linalg.solve_sylvester(a, a, a @ a)) ** 2),
        lambda a: np.sum(np.abs(linalg.eigvals(a))) + linalg.norm(a),
        lambda a: np.sum(np.real(linalg.cholesky(a @ np.conj(a.T)))),
        lambda a: np.sum(np.abs(linalg.solve(a, a[0] ** 2))),
    ]
    for program in programs:
        expected = (program(a + 1e-5 * v) - program(a - 1e-5 * v)) / 2e-5
        np.testing.assert_allclose(np.sum(np.real(np.conj(gradient(of=program)(a)) * v)), expected, rtol=1e-7)
        np.testing.assert_allclose(differential(of=program)(a)(v), expected, rtol=1e-7)


def test_transforms() -> None:
    """Fourier transforms of real and of complex numbers, of several axes, resized."""
    random = np.random.default_rng(9)
    for z in (random.standard_normal((3, 4)), random.standard_normal((3, 4, 2)) @ [1, 1j]):
        v = random.standard_normal((3, 4)) + (
            1j * random.standard_normal((3, 4)) if np.iscomplexobj(z) else 0
        )
        programs = [
            lambda z: fft.fft(z, 5, 0) * np.sum(fft.ifft2(z)),
            lambda z: fft.fftn(z, workers=1) + fft.ifftn(z, norm="ortho"),
            lambda z: fftpack.fft(z, 5, 0) * np.sum(fftpack.ifft2(z)) + np.sum(fftpack.ifft(fftpack.fftn(z))),
            lambda z: fft.hfft(z, 7, norm="forward"),
            lambda z: fft.irfftn(z, (4, 5), axes=(1, 0)) + fft.irfft2(z, (4, 5), (1, 0)),
            lambda z: fft.rfftn(np.real(z), (4, 5), axes=(1, 0)) * fft.rfft2(np.real(z), (4, 5), (1, 0)),
            lambda z: fft.rfft(np.imag(z) + np.real(z), 5) + fft.ihfft(np.real(z), 5),
            lambda z: signal.fftconvolve(z, z[:2], "same") + signal.correlate(z, z[1:] * 1j, "same"),
        ]
        for program in programs:
            loss = lambda z: np.sum(np.abs(program(z)) ** 2)  # noqa: B023
            expected = (loss(z + 1e-5 * v) - loss(z - 1e-5 * v)) / 2e-5
            np.testing.assert_allclose(
                np.sum(np.real(np.conj(gradient(of=loss)(z)) * v)), expected, rtol=1e-7
            )
            np.testing.assert_allclose(differential(of=loss)(z)(v), expected, rtol=1e-7)


def test_eigenvalues_of_a_real_matrix() -> None:
    a, v = np.array([[1.0, 2.0], [-3.0, 0.5]]), np.array([[0.3, -1.0], [0.2, 0.7]])
    for program in (
        lambda a: np.sum(np.abs(linalg.eigvals(a)) ** 3),
        lambda a: np.sum(np.abs(linalg.eig(a)[1][0] * linalg.eig(a)[0])),
        lambda a: np.sum(np.real(linalg.eig(a * a)[1][0] * linalg.eig(a * a)[0])),
    ):
        expected = (program(a + 1e-6 * v) - program(a - 1e-6 * v)) / 2e-6
        np.testing.assert_allclose(np.sum(gradient(of=program)(a) * v), expected, rtol=1e-6)


REFUSED = {
    "order": lambda x: np.sum(special.jv(x, 2.0)),
    "closed form": lambda x: np.sum(special.gammainc(x, 2.0)),
    "no rule": lambda x: np.sum(special.agm(x, 2.0)),
    "comb": lambda x: np.sum(special.comb(x, 2)),
    "overwrite": lambda x: linalg.det(matrix(x), overwrite_a=True),
    "'b='": lambda x: np.sum(linalg.eigvalsh(matrix(x), np.eye(2))),
    "economic": lambda x: np.sum(linalg.qr(np.outer(x, np.ones(1)))[0]),
    "square": lambda x: np.sum(linalg.lu(np.outer(x, np.ones(1)))[2]),
    "real matrices": lambda x: np.real(linalg.lu_factor(1j * matrix(x))[0][0, 0]),
    "polar": lambda x: np.sum(linalg.polar(matrix(x))[0]),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str) -> None:
    with pytest.raises(UnknownDerivativeError, match=reason):
        gradient(of=REFUSED[reason])(np.array([1.5, 2.5]))


# Integrals, differential equations, roots and minima: of functions of the user's


def pendulum(y, t, damping, pull):
    return [y[1], -damping * y[1] - pull * np.sin(y[0])]


def circle(x, p):
    return np.array([x[0] * p[0] + x[1] - p[1], x[0] - x[1] ** 2])


def valley(x, a, b):
    return (a - x[0]) ** 2 + b * (x[1] - x[0] ** 2) ** 2 + 0.1 * x[0] ** 2


def fall(p):
    """The end of a solution that starts, runs and ends with p, by two of its fields."""
    found = integrate.solve_ivp(lambda t, y: -p[0] * y * t, (0.0, p[1]), [p[0]], "DOP853", rtol=1e-10)
    return found.y[0, -1] * found.t[-1]


def lowest(p):
    found = optimize.minimize(valley, np.array([0.5, 0.5]), args=(p[0], p[1]), tol=1e-10)
    return found.fun * found.x[1]


X = np.array([0.0, 0.3, 1.0, 1.2, 2.0])
STEPS = np.array([0.5, 0.7, 2.0])
SOLVED = {
    "trapezoid": lambda p: integrate.trapezoid(X**2 * p[0], p[1] * X) ** 2,
    "cumulative": lambda p: np.sum(integrate.cumulative_trapezoid(X * p[0], X**2 * p[1], initial=0) ** 2),
    "simpson": lambda p: (
        integrate.simpson(X**2 * p[0], p[1] * X) + integrate.simpson(X[1:] ** p[0], X[1:]) ** 2
    ),
    "quad": lambda p: integrate.quad(lambda t, a: np.exp(-a * t * t), p[1], 0.1, args=(p[0],))[0],
    "quad, far": lambda p: integrate.quad(lambda t: np.exp(-p[0] * t * t), p[1], np.inf)[0],
    "odeint": lambda p: np.sum(integrate.odeint(pendulum, [p[0], 0.1], STEPS * p[1], args=(p[1], 5.0)) ** 2),
    "solve_ivp": fall,
    "brentq": lambda p: optimize.brentq(lambda x: x**3 - p[0] * p[1], 0.0, 5.0),
    "newton": lambda p: np.sum(optimize.newton(lambda x: x**2 - p, np.ones(2)) ** 3),
    "fsolve": lambda p: np.sum(optimize.fsolve(circle, [1.0, 1.0], p) ** 2),
    "root": lambda p: np.sum(optimize.root(lambda x: circle(x, p), np.ones(2))["x"] ** 2),
    "root_scalar": lambda p: (
        optimize.root_scalar(lambda x, a: x**3 - a, args=(p[0],), bracket=(0.0, 5.0)).root
    ),
    "minimize": lowest,
    "least_squares": lambda p: optimize.least_squares(lambda x: x[0] ** 3 - p, [1.0]).x[0],
}


@pytest.mark.parametrize("name", SOLVED)
def test_solved(name: str) -> None:
    """The value is SciPy's, and both modes agree with differences."""
    program, p, v = SOLVED[name], np.array([1.2, 3.0]), np.array([1.0, 0.3])
    value, bar = value_with_gradient(of=program)(p)
    assert value == program(p)
    h = 1e-3
    a, b, c, d = (program(p + k * h * v) for k in (2, 1, -1, -2))
    np.testing.assert_allclose(np.sum(bar * v), (8 * (b - c) - (a - d)) / (12 * h), rtol=3e-6)
    np.testing.assert_allclose(differential(of=program)(p)(v), np.sum(bar * v), rtol=1e-11)


def test_second_derivative_of_a_root() -> None:
    """Twice by the implicit function theorem."""
    root = lambda a: optimize.newton(lambda x, a: x**3 - a, 1.0, args=(a,))
    slope = lambda a: gradient(of=root)(a)
    np.testing.assert_allclose(gradient(of=slope)(2.0), -2 / 9 * 2 ** (-5 / 3), rtol=1e-12)
    np.testing.assert_allclose(differential(of=slope)(2.0)(1.0), -2 / 9 * 2 ** (-5 / 3), rtol=1e-12)


def test_a_third_derivative_of_a_root_is_refused() -> None:
    formula = lambda x: attached_twice(x, x**3)
    slope = lambda x: gradient(of=formula)(x)
    np.testing.assert_allclose(gradient(of=slope)(2.0), 12.0)
    with pytest.raises(UnknownDerivativeError, match="third"):
        gradient(of=lambda x: gradient(of=slope)(x))(2.0)


UNSOLVED = {
    "border": lambda a: optimize.minimize(lambda x: (x[0] - a) ** 2, [0.5], bounds=[(0, 1)]).x[0],
    "no inverse": lambda a: optimize.fsolve(lambda x: 0.0 * x + 0.0 * a, 0.5)[0],
    "smooth solution": lambda a: optimize.minimize(lambda x: (x[0] - a) ** 4, [1.0]).x[0],
    "fields are: x, fun": lambda a: optimize.minimize(lambda x: (x[0] - a) ** 2, [1.0]).jac[0],
    "event": lambda a: integrate.solve_ivp(lambda t, y: -a * y, (0, 1), [1.0], events=abs).y[0, -1],
    "plain integrals": lambda a: integrate.quad(lambda t: a * t, 0.0, 1.0, weight="cos", wvar=2.0)[0],
    "curve_fit": lambda a: optimize.curve_fit(lambda x, k: k * x, [1.0, 2.0], [a, 2 * a])[0][0],
}


@pytest.mark.parametrize("reason", UNSOLVED)
def test_unsolved(reason: str) -> None:
    with pytest.raises(DifferentiationError, match=reason):
        gradient(of=UNSOLVED[reason])(2.0)


def diffused(u, steps):
    laplace = sparse.lil_matrix(sparse.diags([1.0, -2.1, 1.0], [-1, 0, 1], shape=(4, 4)))
    implicit = sparse.csc_matrix(sparse.eye(4) - 0.1 * laplace)
    laplace = sparse.csr_matrix(laplace)
    for _ in range(steps):
        u = sparse_linalg.spsolve(implicit, u + 0.1 * laplace.dot(np.sin(u))) + u * laplace
    return np.sum((laplace @ np.outer(u, u)) ** 2)


def emptied(u, matrix):
    y = matrix @ u
    matrix.data[0] = 0.0
    return np.sum(y**2)


def test_a_sparse_matrix_that_is_changed_afterwards() -> None:
    """The pullback finds it as it was."""
    u, matrix = np.array([0.3, -0.5, 1.2, 0.7]), matrix_of_four.copy()
    expected = 2 * matrix_of_four.T @ (matrix_of_four @ u)
    np.testing.assert_allclose(gradient(of=emptied, wrt="u")(u, matrix), expected, rtol=1e-12)


def test_constant_sparse_matrices() -> None:
    u, v = np.array([0.3, -0.5, 1.2, 0.7]), np.array([0.2, 0.9, -0.4, 0.1])
    expected = (diffused(u + 1e-5 * v, 3) - diffused(u - 1e-5 * v, 3)) / 2e-5
    np.testing.assert_allclose(gradient(of=diffused, wrt="u")(u, 3) @ v, expected, rtol=1e-7)
    np.testing.assert_allclose(differential(of=diffused, wrt="u")(u, 3)(v), expected, rtol=1e-7)
    squared = lambda u: np.sum((matrix_of_four @ u) ** 2)
    slope = lambda u: np.sum(gradient(of=squared)(u) * v)
    np.testing.assert_allclose(gradient(of=slope)(u), 2 * matrix_of_four.T @ (matrix_of_four @ v), rtol=1e-12)


matrix_of_four = sparse.csr_array(np.array([[1.0, 0, 2, 0], [0, 3, 0, 0], [0, 0, 0, 4], [5, 0, 0, 6]]))


def likelihood(x, loc, scale):
    normal, several = stats.norm, stats.multivariate_normal
    ahead = normal.cdf(x, loc, scale) * normal.pdf(x, loc=loc, scale=scale) + normal.logcdf(x, scale=scale)
    behind = normal.sf(x, loc) * normal.logpdf(x, loc, scale) + normal.logsf(x, loc, scale)
    back = normal.ppf(normal.cdf(x) / 2.0, loc, scale) + normal.isf(0.1 * scale, loc)
    spread = np.eye(3) * scale + np.outer(x, x)
    spread[0, 2] += loc * x[1]  # SciPy reads the lower half
    joint = several.logpdf(x, np.full(3, loc), spread) + several.pdf(np.array([x, 2.0 * x]), cov=spread).sum()
    return np.sum(ahead * behind + back) + joint + several.logpdf(scale, loc, scale**2, True)


def test_distributions() -> None:
    """Each method of theirs, its value to the last bit, against differences; a singular covariance is refused."""
    at, move = (np.array([0.3, -0.5, 1.2]), 0.2, 1.5), (np.array([0.2, 0.9, -0.4]), 0.7, -0.3)
    ends = [likelihood(*(a + h * m for a, m in zip(at, move, strict=True))) for h in (1e-5, -1e-5)]
    expected = (ends[0] - ends[1]) / 2e-5
    value, found = value_with_gradient(of=likelihood)(*at)
    assert value == likelihood(*at)
    np.testing.assert_allclose(
        sum(np.sum(d * m) for d, m in zip(found, move, strict=True)), expected, rtol=1e-8
    )
    np.testing.assert_allclose(differential(of=likelihood)(*at)(*move), expected, rtol=1e-8)
    with pytest.raises(UnknownDerivativeError, match="'cov='"):
        gradient(of=lambda x: stats.multivariate_normal.logpdf(x, None, np.ones((2, 2)), True))(np.ones(2))
