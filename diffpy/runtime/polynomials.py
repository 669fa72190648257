"""Pullbacks of convolutions of vectors and of polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.arrays import Array, Shape, array_module, shape_of
from diffpy.runtime.sequences import like_sequence


def convolve_left(d: Array, a_shape: Shape, v: Array, mode: str = "full") -> Array:
    """The cotangent of a in convolve(a, v)."""
    return _convolved(_full(d, _length(a_shape), _length(shape_of(v)), mode), v).reshape(a_shape)


def convolve_right(d: Array, a: Array, v_shape: Shape, mode: str = "full") -> Array:
    """The cotangent of v in convolve(a, v)."""
    return _convolved(_full(d, _length(shape_of(a)), _length(v_shape), mode), a).reshape(v_shape)


def _length(shape: Shape) -> int:
    """That of a sequence; a number counts as one of a single entry."""
    return shape[0] if shape else 1


def _convolved(d: Array, v: Array) -> Array:
    """Sums of d[n + k] * v[n]: correlate conjugates what it is given second."""
    xp = array_module(d)
    return xp.correlate(d, xp.atleast_1d(v).conj(), "valid")


def correlate_left(d: Array, a_shape: Shape, v: Array, mode: str = "valid") -> Array:
    """The cotangent of a in correlate(a, v)."""
    return _convolved(_correlated(d, a_shape[0], len(v), mode), v[::-1])


def correlate_right(d: Array, a: Array, v_shape: Shape, mode: str = "valid") -> Array:
    """The cotangent of v in correlate(a, v)."""
    xp = array_module(d)
    return xp.correlate(_correlated(d, len(a), v_shape[0], mode), a, "valid")[::-1].conj()


def _full(d: Array, a_size: int, v_size: int, mode: str) -> Array:
    """d with zeros where another mode than 'full' leaves values out."""
    missing = a_size + v_size - 1 - len(d)
    before = missing // 2
    return array_module(d).pad(d, (before, missing - before))


def _correlated(d: Array, a_size: int, v_size: int, mode: str) -> Array:
    """The same for correlate, which swaps a shorter first vector with the second and reverses the result."""
    return _full(d[::-1], a_size, v_size, mode)[::-1] if v_size > a_size else _full(d, a_size, v_size, mode)


def polyval_slope(p: Any, x: Array) -> Array:
    """The derivative of polyval in x."""
    xp = array_module(x)
    coefficients = xp.asarray(p)
    powers = xp.arange(len(coefficients) - 1, 0, -1)
    return xp.polyval(coefficients[:-1] * powers.astype(coefficients.dtype), x) + 0 * x


def polyval_coefficients(d: Array, p: Any, x: Array) -> Any:
    """The cotangent of the coefficients of polyval: sums of powers of x."""
    xp = array_module(x)
    power, parts = d, [xp.sum(d)]
    for _ in range(len(p) - 1):
        power = power * x
        parts.append(xp.sum(power))
    return like_sequence(parts[::-1], p) if shape_of(p) else parts[0]


def roots_tangent(d: Array, y: Array, p: Array) -> Array:
    """The tangent of the simple roots of a polynomial: p stays zero there."""
    return -array_module(y).polyval(d, y) / polyval_slope(p, y)


def roots_pullback(d: Array, y: Array, p: Array) -> Array:
    """The cotangent of the coefficients in roots(p)."""
    return polyval_coefficients(-d / polyval_slope(p, y), p, y)


Value = Callable[[Array, Array], Array]


def series_roots_tangent(d: Array, y: Array, c: Array, value: Value, derivative: Any) -> Array:
    """The tangent of the simple roots of a series: its value stays zero there."""
    return -value(y, array_module(y).asarray(d)) / value(y, derivative(c))


def series_roots_pullback(
    d: Array, y: Array, c: Array, value: Value, derivative: Any, powers: Callable[[Array, int], Array]
) -> Any:
    """The cotangent of the coefficients: what each polynomial of the series is at the roots."""
    parts = powers(y, len(c) - 1).T @ (-d / value(y, derivative(c)))
    return parts if shape_of(c) and not isinstance(c, list | tuple) else like_sequence(list(parts), c)
