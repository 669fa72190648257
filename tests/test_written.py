"""Functions that are written out: their values are NumPy's, their derivatives those of differences, in both modes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from rule_samples import Sample
from rule_samples.written import written_samples
from test_complex import dot, like, mapped
from test_rules import H, assert_close

from diffpy import differential, gradient
from diffpy.errors import UnknownDerivativeError
from diffpy.rules import TABLE
from diffpy.rules.table import resolve
from diffpy.runtime import differentials, dispatch
from diffpy.runtime.pulling import Parts
from diffpy.runtime.structures import has_derivative

SAMPLES = written_samples()
FIRST = list({one.name: one for one in reversed(SAMPLES)}.values())  # one call of each function
OTHERS = [one for one in SAMPLES if not any(one is first for first in FIRST)]


def is_active(x: Any) -> bool:
    if isinstance(x, list | tuple):
        return any(map(is_active, x))
    return has_derivative(x) and getattr(x, "dtype", np.dtype(type(x))).kind == "f"


def moved(sample: Sample, directions: Parts, t: float) -> Any:
    """The operation at the point moved along directions."""
    step = lambda x, v: x if v is None else mapped(lambda leaf, part: leaf + t * part, x, v)
    args = tuple(map(step, sample.args, directions.args))
    keywords = {k: step(v, directions.keywords[k]) for k, v in sample.keywords.items()}
    return resolve(sample.name)(*args, **keywords)  # type: ignore[operator]


def difference(sample: Sample, directions: Parts) -> Any:
    a, b, c, e = (moved(sample, directions, k * H) for k in (2, 1, -1, -2))
    return mapped(lambda _, a, b, c, e: (8 * (b - c) - (a - e)) / (12 * H), a, a, b, c, e)


def directions_of(sample: Sample, random: np.random.Generator) -> Parts:
    one = lambda x: like(x, random) if is_active(x) else None
    return Parts(None, tuple(map(one, sample.args)), {k: one(v) for k, v in sample.keywords.items()})


def plain(x: Any) -> Any:
    """Tuples of NumPy's own as plain ones."""
    return tuple(map(plain, x)) if isinstance(x, tuple) else x


@pytest.fixture(scope="module", autouse=True)
def _deriving() -> None:
    gradient(of=lambda x: x * x)(1.0)


@pytest.mark.parametrize("sample", FIRST, ids=str)
def test_both_modes(sample: Sample) -> None:
    check(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", OTHERS, ids=str)
def test_both_modes_of_other_calls(sample: Sample) -> None:
    check(sample)


def check(sample: Sample) -> None:
    """The value, the pullback and the tangent of a call."""
    random = np.random.default_rng(5)
    function = resolve(sample.name)
    v = directions_of(sample, random)
    wanted = tuple(k for k, part in [*enumerate(v.args), *v.keywords.items()] if part is not None)
    value, full = dispatch.pulled(function, sample.args, sample.keywords, wanted)
    np.testing.assert_equal(plain(value), plain(function(*sample.args, **sample.keywords)))  # type: ignore[operator]
    expected = plain(difference(sample, v))
    d = like(plain(value), random)
    parts = full(d)
    found = 0.0
    for key in wanted:
        given = sample.args[key] if isinstance(key, int) else sample.keywords[key]
        direction = v.args[key] if isinstance(key, int) else v.keywords[key]
        part = parts.args[key] if isinstance(key, int) else parts.keywords[key]
        if part is not None:
            mapped(lambda leaf, one: np.testing.assert_equal(np.shape(one), np.shape(leaf)), given, part)
            found += dot(
                mapped(lambda leaf, one: 0.0 * leaf if one is None else one + 0.0, given, part), direction
            )
    assert_close(found, dot(d, expected), 1.0, 1e-6)
    _, tangent = differentials.pushed(function, sample.args, sample.keywords, v)
    assert_close(dot(d, plain(tangent)), found, 1.0, 1e-9)


TWICE = {
    "mean": lambda x: np.mean(x**3, 0, where=x > -0.5),
    "gradient": lambda x: np.gradient(x, 0.5, axis=1),
    "diff": lambda x: np.diff(x, prepend=0.0) ** 2,
    "quantile": lambda x: np.quantile(x, 0.3, method="hazen") ** 2,
    "cov": lambda x: np.cov(x),
    "insert": lambda x: np.insert(x, 1, 2.0, axis=0) ** 3,
    "pad": lambda x: np.pad(x, 1, mode="edge") ** 2,
    "logaddexp": lambda x: np.logaddexp.reduce(x, axis=1),
    "svd": lambda x: np.linalg.svd(x, full_matrices=False)[0] ** 3,
    "eigh": lambda x: np.linalg.eigh(x @ x.T)[0] ** 2,
    "split": lambda x: np.split(x, 3)[0] ** 3,
    "axes": lambda x: np.transpose(np.sum(x[None] ** 3, axis=(0, 1))),
}


@pytest.mark.parametrize("name", TWICE)
def test_second_order(name: str) -> None:
    function = TWICE[name]
    random = np.random.default_rng(6)
    x = random.standard_normal((3, 4))
    v = random.standard_normal((3, 4))
    slope = gradient(of=lambda x: np.sum(function(x)))
    found = gradient(of=lambda x: np.sum(slope(x) * v))(x)
    w = random.standard_normal((3, 4))
    expected = np.sum((slope(x + 1e-5 * w) - slope(x - 1e-5 * w)) * v) / 2e-5
    assert_close(np.sum(found * w), expected, 1.0, 1e-5)
    ahead = differential(of=lambda x: np.sum(slope(x) * v))(x)(w)
    assert_close(ahead, np.sum(found * w), 1.0, 1e-8)


# of ufuncs that are written out
UFUNC = "where casting order dtype subok signature keepdims axes axis".split()


@pytest.mark.parametrize("name", sorted(TABLE.written))
def test_every_keyword_is_known(name: str) -> None:
    try:
        signature = inspect.signature(resolve(name))  # type: ignore[arg-type]
    except ValueError:
        return  # NumPy tells no signature
    text = inspect.signature(TABLE.written[name]).parameters
    kinds = {one.kind for one in text.values()}
    for one in signature.parameters.values():
        if (
            one.name == "self"
            or one.kind is one.VAR_KEYWORD
            or one.name in UFUNC
            or inspect.Parameter.VAR_KEYWORD in kinds
        ):
            continue
        assert one.name in text or one.kind in (one.VAR_POSITIONAL, one.POSITIONAL_ONLY), one.name


def test_an_array_that_is_filled_is_refused() -> None:
    options = {"out": np.zeros(3)}
    with pytest.raises(UnknownDerivativeError, match="out"):
        gradient(of=lambda x: np.sum(np.sum(x, axis=0, initial=1.0, **options)))(np.ones((2, 3)))
