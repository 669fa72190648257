"""Complex numbers: each row of the table at complex points, called and inlined; conventions, texts and refusals."""

from __future__ import annotations

import cmath
import linecache
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from rule_samples import SAMPLES, Sample
from rule_samples.points import call, real

from diffpy import differential, gradient, pullback, value_with_gradient, value_with_pullback
from diffpy.errors import DifferentiationError, DifferentiationTypeError, NonScalarOutputError
from diffpy.rules import TABLE
from diffpy.rules.table import resolve
from diffpy.runtime import differentials, dispatch
from diffpy.runtime.pulling import Parts

H = 4e-4
Z = np.array([0.5 + 1.0j, -1.2 + 0.3j, 2.0 - 0.7j])
HERMITIAN = {"numpy.linalg.cholesky", "numpy.linalg.eigh", "numpy.linalg.eigvalsh"}
# Functions that derivatives of real functions call.
NOT_ALONE = {
    "diffpy.runtime.powers.power_exponent",
    "diffpy.runtime.arrays.logaddexp_weight",
}
OWN_SAMPLES = [
    *(call(f"cmath.{name}", 0.4) for name in "sin cos tan asin acos atan sinh cosh tanh asinh atanh".split()),
    *(call(f"cmath.{name}", 1.4) for name in "acosh exp log log10 sqrt phase polar".split()),
    call("cmath.log", 1.4, 2.5),
    call("cmath.rect", 1.4, 0.6),
    call("builtins.complex", 1.4, 0.6),
    call("builtins.complex.conjugate", 1.4 + 1j),
    call("numpy.angle", real(3)),
    call("numpy.angle", real(3), True),
    call("numpy.sign", real(3)),
    call("numpy.einsum", real(2, 3), [0, 1], real(3, 2), [1, 2], [0, 2]),
    call("numpy.real_if_close", real(3)),
    *(call(f"numpy.fft.{name}", real(2, 6)) for name in "fft ifft rfft irfft fft2 ifft2 fftn ifftn".split()),
    *(call(f"numpy.fft.{name}", real(2, 6), 5, norm="ortho") for name in "fft ifft rfft irfft".split()),
    *(call(f"numpy.fft.{name}", real(4, 2), 7, 0, "forward") for name in "fft ifft rfft irfft".split()),
    *(call(f"numpy.fft.{name}", real(2, 3, 4), (2, 5)) for name in "fft2 ifft2".split()),
    *(call(f"numpy.fft.{name}", real(2, 3, 4), (3, 2), (0, 2), "forward") for name in "fftn ifftn".split()),
    *(call(f"numpy.fft.{name}", real(3, 4), 1) for name in "fftshift ifftshift".split()),
]
EVERY_SAMPLE = sorted([*SAMPLES, *OWN_SAMPLES], key=lambda sample: sample.name)
BY_NAME = [(name, list(group)) for name, group in groupby(EVERY_SAMPLE, lambda sample: sample.name)]


def is_number(x: Any) -> bool:
    return isinstance(x, (float, complex)) or (
        isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc"
    )


def leaves(x: Any) -> Iterator[Any]:
    if isinstance(x, (list, tuple)):
        for one in x:
            yield from leaves(one)
    elif is_number(x):
        yield x


def mapped(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    if isinstance(x, (list, tuple)):
        parts = [mapped(function, *each) for each in zip(x, *others, strict=True)]
        return tuple(parts) if isinstance(x, tuple) else parts
    return function(x, *others) if is_number(x) else x


def made_complex(x: Any) -> Any:
    """x with imaginary parts between 0.2 and 0.8, no two of them close."""

    def change(leaf: Any) -> Any:
        size = np.size(leaf)
        part = 0.2 + 0.6 * (np.arange(size).reshape(np.shape(leaf)) * 7 % max(size, 1) + 0.3) / max(size, 1)
        return leaf + 1j * (part if isinstance(leaf, np.ndarray) else float(part))

    return mapped(change, x)


def like(x: Any, random: np.random.Generator) -> Any:
    """Random numbers in the structure, shapes and types of x."""

    def draw(leaf: Any) -> Any:
        drawn = random.standard_normal(np.shape(leaf))
        if np.iscomplexobj(leaf):
            drawn = drawn + 1j * random.standard_normal(np.shape(leaf))
        return np.asarray(drawn, leaf.dtype)[()] if hasattr(leaf, "dtype") else type(leaf)(drawn)

    return mapped(draw, x)


def dot(a: Any, b: Any) -> float:
    """The real inner product: the sum of Re(conj(a) b)."""
    return sum(float(np.sum(np.real(np.conj(x) * y))) for x, y in zip(leaves(a), leaves(b), strict=True))


def active(sample: Sample) -> list[int]:
    """The positions of arguments that have a derivative."""
    row = TABLE.find(resolve(sample.name))
    assert row is not None
    names = row.signature.bind(*range(len(sample.args)), **sample.keywords).arguments
    lively = {k for name in row.pullbacks if name in names for k in np.ravel(names[name]).tolist()}
    return [k for k, one in enumerate(sample.args) if k in lively and list(leaves(one))]


def variants(sample: Sample) -> Iterator[tuple]:
    """The arguments all complex, one of them complex among real ones, and all real where the result is complex."""
    places = active(sample)
    chosen = [set(places)] + ([{places[0]}, {places[-1]}] if len(places) > 1 else [])
    y = accepted(resolve(sample.name), sample.args, dict(sample.keywords))
    if y is not None and any(np.iscomplexobj(leaf) for leaf in leaves(y)):
        chosen.insert(0, set())
    for some in chosen:
        args = [made_complex(one) if k in some else one for k, one in enumerate(sample.args)]
        if sample.name in HERMITIAN:
            args[0] = (args[0] + np.conj(np.swapaxes(args[0], -1, -2))) / 2 + 3 * np.eye(args[0].shape[-1])
        yield tuple(args)


def accepted(function: Any, args: tuple, keywords: dict) -> Any:
    """What the operation gives, None where it is none of complex numbers."""
    try:
        y = function(*args, **keywords)
    except (TypeError, ValueError):
        return None
    return y if any(True for _ in leaves(y)) else None


def called(function: Any, args: tuple, keywords: dict, places: list[int]) -> Callable[[Any], list]:
    _, full = dispatch.pulled(function, args, keywords, tuple(places))
    return lambda d: [full(d).args[k] for k in places]


def inlined(function: Any, args: tuple, keywords: dict, places: list[int]) -> Callable[[Any], list]:
    names = [f"a{k}" for k in range(len(args))]
    given = ", ".join([*names, *(f"{key}={key}" for key in keywords)])
    text = f"def f({', '.join(names)}):\n    return operation({given})\n"
    file = f"<operation {given}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace: dict[str, Any] = {"operation": function, **keywords}
    exec(compile(text, file, "exec"), namespace)
    _, back = value_with_pullback(of=namespace["f"], wrt=tuple(places))(*args)
    return lambda d: list(back(d))


def check(sample: Sample, args: tuple, way: Callable[..., Callable[[Any], list]]) -> None:
    function, keywords, places = resolve(sample.name), dict(sample.keywords), active(sample)
    y = accepted(function, args, keywords)
    if y is None:
        return
    random = np.random.default_rng(1)
    d = like(y, random)
    try:
        bars = way(function, args, keywords, places)(d)
    except DifferentiationError:
        assert sample.name in REFUSED, sample
        return
    for k, bar in zip(places, bars, strict=True):
        v = like(args[k], random)
        bar = mapped(lambda leaf: 0 * leaf, args[k]) if bar is None else bar
        for x, part in zip(leaves(args[k]), leaves(bar), strict=True):
            assert np.iscomplexobj(x) or not np.iscomplexobj(part), sample

        def at(t: float, k: int = k, v: Any = v) -> Any:
            moved = mapped(lambda start, way, t=t: start + t * way, args[k], v)
            return function(*args[:k], moved, *args[k + 1 :], **keywords)

        near, far = (mapped(np.subtract, at(h), at(-h)) for h in (H, 2 * H))
        right = (8 * dot(d, near) - dot(d, far)) / (12 * H)
        assert abs(dot(bar, v) - right) <= 2e-7 * max(1.0, abs(right)), (sample, k)
        if way is called:
            moves = Parts(None, tuple(v if j == k else None for j in range(len(args))), {})
            moved = differentials.pushed(function, args, keywords, moves)[1]
            is_real = not any(map(np.iscomplexobj, leaves(y)))
            assert not (is_real and any(map(np.iscomplexobj, leaves(moved)))), sample
            ahead = 0.0 if moved is None else dot(d, moved)
            assert abs(ahead - right) <= 2e-7 * max(1.0, abs(right)), (sample, k, "forward")


REFUSED = {"numpy.linalg.svd", "numpy.full_like"}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize(("name", "samples"), BY_NAME, ids=lambda one: one if isinstance(one, str) else "")
def test_rows_called(name: str, samples: list[Sample]) -> None:
    if name in NOT_ALONE:
        return
    with np.errstate(all="ignore"):
        for sample in samples:
            for args in variants(sample):
                check(sample, args, called)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize(("name", "samples"), BY_NAME, ids=lambda one: one if isinstance(one, str) else "")
def test_rows_inlined(name: str, samples: list[Sample]) -> None:
    row = TABLE.find(resolve(name))
    if name in NOT_ALONE or name.startswith("diffpy.") or row is None or row.family == "linear":
        return  # the text of a linear row is that for real numbers
    with np.errstate(all="ignore"):
        check(samples[0], list(variants(samples[0]))[-1], inlined)


# Conventions


def test_gradient_is_the_direction_of_steepest_ascent():
    z_bar = gradient(of=lambda z: (z * z.conjugate()).real)(1.5 - 0.5j)
    assert type(z_bar) is complex
    assert z_bar == 3.0 - 1.0j
    np.testing.assert_allclose(gradient(of=lambda z: np.sum(np.abs(z)))(Z), Z / np.abs(Z))


@pytest.mark.parametrize("z", [Z.astype(np.complex64), np.complex64(1 + 2j), np.complex128(1 + 2j)])
def test_gradient_has_the_type_of_its_argument(z):
    z_bar = gradient(of=lambda z: np.sum(np.abs(z * 1.5) ** 2))(z)
    assert (type(z_bar), z_bar.dtype) == (type(z), z.dtype)
    np.testing.assert_allclose(z_bar, 4.5 * z, rtol=1e-6)


def test_pullback_of_a_holomorphic_function_conjugates():
    back = pullback(at=0.5 + 1j, of=lambda z: z**3)
    assert abs(back(2 - 1j) - (2 - 1j) * np.conj(3 * (0.5 + 1j) ** 2)) < 1e-14


def test_absolute_value_at_zero():
    assert gradient(of=lambda z: abs(z))(0j) == 0
    assert gradient(of=lambda z: np.abs(z).sum())(np.zeros(2, complex)).tolist() == [0, 0]


def test_phase_jumps_nowhere_in_its_derivative():
    for phase in (cmath.phase, np.angle):
        assert gradient(of=lambda z, phase=phase: phase(z))(-2.0 + 0j) == -0.5j
        assert gradient(of=lambda x, phase=phase: phase(x))(-2.0) == 0.0


def test_derivatives_at_the_edge_of_numbers_raise_nothing():
    assert gradient(of=lambda x: cmath.sqrt(complex(x, 0.0)).real)(0.0) == np.inf
    assert gradient(of=lambda x: x**-1000.0)(0.4918) == -np.inf
    assert gradient(of=lambda x: (-x) ** -1001)(0.4922) == np.inf
    for phase in (cmath.phase, np.angle):
        assert abs(gradient(of=lambda z, phase=phase: phase(z))(1e-200 + 0j) / 1e200 - 1j) < 1e-12


def test_real_operand_gets_a_real_cotangent():
    for x in (2.0, 3, np.float32(2), np.array([1.0, 2.0]), np.array([1.0, 2.0], np.float32)):
        x_bar = pullback(at=x, of=lambda x: x * (1 + 2j))(
            np.ones(np.shape(x)) * (1 + 1j) if np.ndim(x) else 1 + 1j
        )
        assert not np.iscomplexobj(x_bar)
        assert np.all(x_bar == 3.0)


# Texts


def text_of(function, *args) -> str:
    return value_with_gradient(of=function).source_for(*args)


def test_conjugates_stand_at_complex_factors():
    def f(z, x):
        w = np.sin(z) * x
        return np.sum(np.real(w / z))

    text = text_of(f, Z, np.arange(3.0))
    assert "np.conj(np.cos(z))" in text
    assert "np.conj(z)" in text
    assert text.count("np.real(") == 2, text  # the user's own, and the part of x


def test_real_programs_know_nothing_of_complex_numbers():
    def f(x, y):
        w = np.sin(x) @ y + np.sum(x[1:] ** 2)
        return w * abs(w) + np.linalg.norm(x)

    text = text_of(f, np.arange(3.0), np.ones(3))
    assert not any(word in text for word in ("conj", "real", "imag", "fitted", "astype"))


# Kinds that are found when the program runs


def test_kinds_found_late():
    def f(z, x):
        v, w = next(iter([z])), next(iter([x]))
        u = np.sign(v) * w + np.exp(v) @ w
        return np.sum(np.abs(u * v.conj()) ** 2) + (v.real * w).sum() + v.imag[0] * w[1]

    def g(z, x):
        u = np.sign(z) * x + np.exp(z) @ x
        return np.sum(np.abs(u * z.conj()) ** 2) + (z.real * x).sum() + z.imag[0] * x[1]

    x = np.array([0.5, -1.0, 0.3])
    for late, known in zip(gradient(of=f)(Z, x), gradient(of=g)(Z, x), strict=True):
        assert late.dtype == known.dtype
        np.testing.assert_allclose(late, known, rtol=1e-12)


def test_real_values_among_complex_ones():
    def f(x, z):
        values = [abs(x), z]
        values.append(values[0] ** 2)
        return (values[0] * values[1] * values[2]).real

    assert gradient(of=f)(-1.5, 2 + 1j)[0] == pytest.approx(-3 * 1.5**2 * 2)


# Refusals


@pytest.mark.parametrize("z", [1 + 2j, Z[:1], np.complex64(1)])
def test_complex_results_have_no_gradient(z):
    with pytest.raises(NonScalarOutputError) as caught:
        gradient(of=lambda z: z * 2)(z)
    assert "abs(" in str(caught.value)
    assert "pullback" in str(caught.value)


def test_complex_cotangent_of_a_real_result():
    with pytest.raises(DifferentiationTypeError, match="complex"):
        pullback(at=2.0, of=lambda x: x * x)(1j)


@pytest.mark.parametrize("power", [lambda x: x**0.5, lambda x: x**1.5, lambda x: 2 * (x * 1.0) ** (x / 3)])
def test_fractional_powers_of_negative_floats_turn_complex(power):
    for function in (lambda x: abs(power(x) * 1j), lambda x: power(x).real):
        with pytest.raises(DifferentiationTypeError, match="negative number"):
            gradient(of=function)(-2.0)
    with pytest.raises(DifferentiationTypeError, match="negative number"):
        pullback(at=-2.0, of=power)(1j)


@pytest.mark.parametrize("base", [-2.0, np.array([-2.0, 0.5, 3.0]), np.float64(-1.5)])
def test_complex_powers_of_negative_numbers(base):
    z, v = 0.7 + 0.2j, np.exp(1j)
    bar = gradient(of=lambda b, z: np.sum(np.abs(b**z - 1)), wrt="z")(base, z)
    with np.errstate(all="ignore"):
        ends = [np.sum(np.abs((base + 0j) ** (z + t * v) - 1)) for t in (1e-6, -1e-6)]
    assert (np.conj(bar) * v).real == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7)


def weighed(z):
    """A sum that shows the phases, too."""
    angles = np.arange(1.0, 1.0 + np.size(z)).reshape(np.shape(z))
    return np.sum(np.cos(angles) * np.real(z) + np.sin(angles) * np.imag(z))


def singular(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return weighed(u) + np.sum(s) ** 2 + weighed(vt * vt)


def singular_of_hermitian(a):
    return weighed(np.linalg.svd(a + a.conj().T, hermitian=True)[0])


def eigenvectors_of_the_lower_half(a):
    return weighed(np.linalg.eigh(a)[1])


def eigenvectors_of_the_upper_half(a):
    return weighed(np.linalg.eigh(a, UPLO="U")[1] ** 2)


@pytest.mark.parametrize(
    ("factors", "shape"),
    [
        *((singular, shape) for shape in ((3, 3), (4, 3), (3, 4), (9, 2), (2, 9), (1, 3), (3, 1), (2, 3, 2))),
        (singular_of_hermitian, (3, 3)),
        (eigenvectors_of_the_lower_half, (3, 3)),
        (eigenvectors_of_the_upper_half, (3, 3)),
    ],
)
def test_phases_of_factors_are_those_of_lapack(factors, shape):
    draws = np.random.default_rng(7)
    a, v = draws.normal(size=(2, *shape)) + 1j * draws.normal(size=(2, *shape))
    slope = (factors(a + 1e-6 * v) - factors(a - 1e-6 * v)) / 2e-6
    assert np.sum(np.conj(gradient(of=factors)(a)) * v).real == pytest.approx(slope, rel=1e-6)
    assert differential(of=factors)(a)(v) == pytest.approx(slope, rel=1e-6)


def test_what_a_complex_matrix_is_made_of_again():
    def again(a):
        u, s, vt = np.linalg.svd(a)
        return weighed(u @ np.diag(s) @ vt)

    a = np.array([[1.0, 0.5j], [0.3, 2.0 - 1j]])
    np.testing.assert_allclose(gradient(of=again)(a), gradient(of=weighed)(a), atol=1e-12)


def test_phases_that_nothing_determines_are_nan():
    with np.errstate(all="ignore"):
        assert np.isnan(gradient(of=lambda a: weighed(np.linalg.eigh(a)[1]))(np.diag([1.0 + 0j, 2.0]))).any()
        assert np.isnan(
            gradient(of=lambda a: weighed(np.linalg.svd(a)[0]))(np.array([[1.0], [2j], [3.0]]))
        ).any()


@pytest.mark.parametrize("turn", [1.0, 1j])
@pytest.mark.parametrize("factors", [np.linalg.eigh, np.linalg.eig])
def test_functions_of_matrices_by_vectors_that_nothing_determines(factors, turn):
    """exp(a) has a derivative at the unit matrix, but what its vectors and values do there one by one does not say."""

    def exponential(a):
        values, vectors = factors(a)
        return weighed((vectors * np.exp(values)) @ np.linalg.inv(vectors))

    a = np.array([[2.0, 0.0], [0.0, 2.0]]) + 0 * turn
    assert np.isnan(gradient(of=exponential)(a)).any()
    assert np.isnan(differential(of=exponential)(a)(np.array([[1.0, turn], [np.conj(turn), -1.0]])))


def test_singular_values_beside_factors_have_derivatives():
    a = np.array([[1.0, 0.5j], [0.3, 2.0 - 1j], [0.1j, 1.0]])
    right = gradient(of=lambda a: np.sum(np.linalg.svdvals(a) ** 3))(a)
    for alone in (
        lambda a: np.linalg.svd(a, compute_uv=False),
        lambda a: np.linalg.svd(a, full_matrices=False)[1],
    ):
        np.testing.assert_allclose(gradient(of=lambda a: np.sum(alone(a) ** 3))(a), right)  # noqa: B023
    along = differential(of=lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 3))(a)(1j * a)
    np.testing.assert_allclose(along, np.sum(np.conj(right) * 1j * a).real, atol=1e-12)


INVERSES = (
    *(np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arccosh, np.arctanh),
    *(cmath.asin, cmath.acos, cmath.atan, cmath.asinh, cmath.acosh, cmath.atanh),
)


@pytest.mark.parametrize("function", INVERSES)
def test_inverses_on_every_sheet(function):
    """Beside the cuts, and along those on the real line."""
    for z in (2.3 + 0j, -2.3 + 0j, 0.3 + 1j, -0.3 - 2j, -2 + 1j, 2 - 1j):
        right = (function(z + 1e-6) - function(z - 1e-6)) / 2e-6
        assert differential(of=function)(z)(1 + 0j) == pytest.approx(right, rel=1e-7)


# Twice


def spiral(x):
    z = (1 + 2j * x) * complex(x, x * x) * cmath.exp(1j * x)
    return cmath.phase(z) * abs(z) + z.imag**2 - (z * z.conjugate()).real


def spirals(x):
    z = np.exp(1j * x) * (1 + 2j * x)
    return np.sum(np.abs(z) ** 2 + np.real(z * z) * np.angle(z))


def test_second_derivatives_through_complex_numbers():
    def difference(function, x, step):
        return (gradient(of=function)(x + step) - gradient(of=function)(x - step)) / 2e-5

    assert gradient(of=lambda x: gradient(of=spiral)(x))(0.4) == pytest.approx(
        difference(spiral, 0.4, 1e-5), rel=1e-7
    )
    x = np.array([0.3, 0.7])
    found = gradient(of=lambda x: np.sum(gradient(of=spirals)(x)))(x)
    right = [difference(spirals, x, 1e-5 * unit).sum() for unit in np.eye(2)]
    np.testing.assert_allclose(found, right, rtol=1e-7)
