"""Calls over shapes, axes, types, layouts and special points, in both modes, as users meet them.

`pytest` runs a pairwise cover of the choices, `pytest --full` (make test-full) all of them.
"""

from __future__ import annotations

import functools
import linecache
from typing import Any

import numpy as np
from rule_cover import cases

from diffpy import differential, gradient, value_with_pullback


@functools.cache
def written(text: str, count: int) -> Any:
    """The function of x, or of x and y, that makes the call."""
    lines = [f"def called({', '.join('xy'[:count])}):\n", f"    return {text}\n"]
    filename = f"<{text} of {count}>"
    linecache.cache[filename] = sum(map(len, lines)), None, lines, filename
    namespace: dict[str, Any] = {"np": np}
    exec(compile("".join(lines), filename, "exec"), namespace)
    return namespace["called"]


def inner(a: Any, b: Any) -> float:
    """The real inner product: the sum of Re(conj(a) b)."""
    return float(np.sum(np.real(np.conj(a) * b)))


def direction(x: Any, rng: np.random.Generator) -> Any:
    """Random numbers of the shape and type of x."""
    given = np.asarray(x)
    v = rng.standard_normal(given.shape)
    if given.dtype.kind == "c":
        v = v + 1j * rng.standard_normal(given.shape)
    return v.astype(given.dtype)[()] if isinstance(x, np.ndarray | np.generic) else v.item()


def wide(x: Any) -> Any:
    return x.astype(np.result_type(x, np.float64)) if isinstance(x, np.ndarray | np.generic) else x


def slope(function: Any, arrays: tuple, moves: tuple, h: float = 1e-5) -> Any:
    """The change of the result along a direction, by five points, in double precision."""
    at = lambda t: np.asarray(function(*(wide(x) + t * wide(v) for x, v in zip(arrays, moves, strict=True))))
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def assert_kind(x: Any, x_bar: Any) -> None:
    if isinstance(x, np.ndarray):
        assert isinstance(x_bar, np.ndarray) and (x_bar.shape, x_bar.dtype) == (x.shape, x.dtype)
    else:
        assert type(x_bar) is type(x)


def is_single(*given: Any) -> bool:
    return any(np.asarray(one).dtype == np.float32 for one in given)


def test_both_modes(case, rng):
    function, arrays = written(case.text, len(case.arrays)), case.arrays
    value, back = value_with_pullback(of=function)(*arrays)
    plain = function(*arrays)
    assert type(value) is type(plain) and np.array_equal(value, plain)
    y_bar, moves = direction(plain, rng), tuple(direction(x, rng) for x in arrays)
    bars = back(y_bar) if len(arrays) > 1 else (back(y_bar),)
    for x, x_bar in zip(arrays, bars, strict=True):
        assert_kind(x, x_bar)
        assert np.all(np.isfinite(x_bar))
    y_dot = differential(of=function)(*arrays)(*moves)
    assert np.shape(y_dot) == np.shape(plain)
    left = sum(inner(x_bar, v) for x_bar, v in zip(bars, moves, strict=True))
    size = max(1.0, abs(left), float(np.sum(np.abs(y_dot))))
    single = is_single(*arrays, plain)
    assert abs(left - inner(y_bar, y_dot)) <= (2e-4 if single else 1e-9) * size
    if case.smooth:
        right = slope(function, arrays, moves)
        close = {"rtol": 2e-3, "atol": 1e-3} if single else {"rtol": 1e-6, "atol": 1e-8}
        assert np.allclose(y_dot, right, **close)


def is_twice(case) -> bool:
    """Whether a second derivative by differences is well away from kinks, and of ordinary numbers."""
    double = all(np.asarray(x).dtype == np.float64 and np.size(x) for x in case.arrays)
    return case.smooth and case.curved and double


def pytest_generate_tests(metafunc):
    if "case" not in metafunc.fixturenames:
        return
    found = cases(metafunc.config.getoption("--full"))
    if metafunc.function is test_second_order:
        found = list({case.text.partition("(")[0]: case for case in found if is_twice(case)}.values())
    metafunc.parametrize("case", found, ids=lambda case: case.id)


def test_second_order(case, rng):
    """The tangent of the pullback, of which reverse mode gives the product with a direction too."""
    function, arrays = written(case.text, len(case.arrays)), case.arrays
    y_bar = direction(function(*arrays), rng)
    moves = tuple(direction(x, rng) for x in arrays)
    pulled = lambda *given: value_with_pullback(of=function)(*given)[1](y_bar)
    flat = lambda found: np.concatenate([np.ravel(one) for one in (found if len(arrays) > 1 else (found,))])
    at = lambda t: flat(pulled(*(x + t * v for x, v in zip(arrays, moves, strict=True))))
    right = (8 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3
    assert np.allclose(flat(differential(of=pulled)(*arrays)(*moves)), right, rtol=1e-6, atol=1e-7)

    def along(*given):
        found = pulled(*given)
        parts = found if isinstance(found, tuple) else (found,)
        return sum(np.sum(part * v) for part, v in zip(parts, moves))  # noqa: B905

    assert np.allclose(flat(gradient(of=along)(*arrays)), right, rtol=1e-6, atol=1e-7)
