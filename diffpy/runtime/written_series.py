"""Parts of numpy.polynomial, written out; the rest of it, methods of its classes among it, is derived as it stands."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial._polybase import ABCPolyBase
from numpy.polynomial.polynomial import polyval

from diffpy.runtime.arrays import Array
from diffpy.runtime.attached import computed
from diffpy.runtime.counting import series_size
from diffpy.runtime.made_structs import built
from diffpy.runtime.refusals import refuse

# Objects

FIELDS = ("coef", "domain", "window")


def constructor_of(cls: Any) -> Callable[..., Any]:
    """What makes a series of a class, of the numbers that it holds."""

    def series_of(coef: Array, domain: Any = None, window: Any = None, symbol: str = "x") -> Any:
        return built(
            cls,
            coef=numbers_of(coef),
            domain=cls.domain if domain is None else numbers_of(domain),
            window=cls.window if window is None else numbers_of(window),
            _symbol=symbol,
        )

    return series_of


def numbers_of(x: Any) -> Array:
    return in_type(x, computed(common_type, [x]))


def as_series_of(alist: Any, trim: bool = True) -> list[Array]:
    """Vectors of one type, without the zeros at their ends if these are to go."""
    dtype = computed(common_type, alist)
    return [trimmed(one, dtype) if trim else in_type(one, dtype) for one in alist]


def in_type(c: Any, dtype: Any) -> Array:
    return np.atleast_1d(np.array(c, dtype))


def trimmed(c: Any, dtype: Any) -> Array:
    c = in_type(c, dtype)
    size = series_size(c)
    return c if size == len(c) else c[:size]


def common_type(alist: Any) -> Any:
    return np.common_type(*map(np.asarray, alist))


def mapdomain_of(x: Any, old: Array, new: Array) -> Any:
    """The line that takes one interval to another, of numbers or of a series."""
    if not isinstance(x, ABCPolyBase):
        x = np.asanyarray(x)
    offset, factor = np.polynomial.polyutils.mapparms(old, new)
    return offset + factor * x


# Derivatives and integrals: linear maps, whose matrices NumPy's own functions give


def derivative_by(derivative: Callable[..., Array]) -> Callable[..., Array]:
    """A series' derivative, of the function that NumPy has for it."""

    def derivative_of(c: Array, m: int = 1, scl: Any = 1, axis: int = 0) -> Array:
        c = np.moveaxis(np.atleast_1d(np.asarray(c)), axis, 0)
        matrix = computed(derivative, np.eye(len(c)), m)
        return np.moveaxis(np.tensordot(matrix, c, 1) * scl**m, 0, axis)

    return derivative_of


def integral_by(integral: Callable[..., Array], value: Callable[..., Array]) -> Callable[..., Array]:
    """A series' integral, of the functions that NumPy has for integrals and values."""

    def integral_of(c: Array, m: int = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0) -> Array:
        c = np.moveaxis(np.atleast_1d(np.asarray(c)), axis, 0)
        constants = np.atleast_1d(np.asarray(k))
        for one in range(m):
            matrix = computed(integral, np.eye(len(c)))
            c = np.tensordot(matrix, c * scl, 1)
            start = (constants[one] if one < len(constants) else 0.0) - value(lbnd, c)
            c = np.concatenate([c[:1] + start, c[1:]])
        return np.moveaxis(c, 0, axis)

    return integral_of


# Products and quotients


def chebmul_of(c1: Array, c2: Array) -> Array:
    """The product of Laurent polynomials: T[n](x) is half of z**n + z**-n, with x half of z + 1/z."""
    dtype = computed(common_type, [c1, c2])
    one, other = trimmed(c1, dtype), trimmed(c2, dtype)
    product = np.convolve(laurent(one), laurent(other))
    upper = product[len(one) + len(other) - 2 :]
    return trimmed(np.concatenate([upper[:1], 2 * upper[1:]]), dtype)


def laurent(c: Array) -> Array:
    half = 0.5 * c[1:]
    return np.concatenate([np.flip(half), c[:1], half])


# Values on grids, roots, fits


def polyval2d_of(x: Array, y: Array, c: Array) -> Array:
    return polyval(y, polyval(x, c), False)


def polygrid2d_of(x: Array, y: Array, c: Array) -> Array:
    return polyval(y, polyval(x, c))


def as_int_of(x: Any, desc: str) -> int:
    return operator.index(x)


def fromroots_of(line_f: Any, mul_f: Any, roots: Array) -> Array:
    """The product of the lines through the roots."""
    total = np.ones(1)
    for root in np.sort(np.asarray(roots) * 1.0):
        total = mul_f(total, line_f(-root, 1))
    return total


def fit_of(
    vander_f: Any, x: Array, y: Array, deg: Any, rcond: Any = None, full: bool = False, w: Any = None
) -> Array:
    if full:
        refuse("fit", "full", "the derivatives of what is told of the fit are not known")
    x, y = np.asarray(x) * 1.0, np.asarray(y) * 1.0
    degrees = np.arange(deg + 1) if np.ndim(deg) == 0 else np.sort(np.asarray(deg))
    left, weights = vander_f(x, int(degrees[-1]))[:, degrees], np.ones(len(x)) if w is None else np.asarray(w)
    left = left * np.expand_dims(weights, 1)
    right = y * (weights if np.ndim(y) == 1 else np.expand_dims(weights, 1))
    scale = np.sqrt(np.sum(left * left, axis=0))
    bound = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    found = np.linalg.pinv(left / scale, bound) @ right
    found = found / (scale if np.ndim(y) == 1 else np.expand_dims(scale, 1))
    filled = np.zeros((int(degrees[-1]) + 1, *np.shape(found)[1:]))
    filled[degrees] = found
    return filled
