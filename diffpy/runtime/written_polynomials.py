"""Polynomials by their coefficients, written out: sums, products, derivatives, fits, values."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array
from diffpy.runtime.counting import rest_start, toeplitz_places
from diffpy.runtime.refusals import refuse

# Coefficients from the highest power down


def longer(p: Array, size: int) -> Array:
    """Zeros in front, up to a size."""
    p = np.atleast_1d(np.asarray(p))
    return np.concatenate([np.zeros(size - len(p), p.dtype), p])


def polyadd_of(a1: Array, a2: Array) -> Array:
    size = max(np.size(a1), np.size(a2))
    return longer(a1, size) + longer(a2, size)


def polysub_of(a1: Array, a2: Array) -> Array:
    size = max(np.size(a1), np.size(a2))
    return longer(a1, size) - longer(a2, size)


def polymul_of(a1: Array, a2: Array) -> Array:
    return np.convolve(np.atleast_1d(np.asarray(a1)), np.atleast_1d(np.asarray(a2)))


def polyder_of(p: Array, m: int = 1) -> Array:
    p = np.asarray(p)
    for _ in range(int(m)):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


def polyint_of(p: Array, m: int = 1, k: Any = None) -> Array:
    p = np.asarray(p) * 1.0
    constants = np.zeros(int(m)) if k is None else np.broadcast_to(np.asarray(k), (int(m),))
    for one in range(int(m)):
        p = np.concatenate([p / np.arange(len(p), 0, -1), np.reshape(constants[one], (1,))])
    return p


def polydiv_of(u: Array, v: Array) -> tuple[Array, Array]:
    """The quotient solves a triangular system; the rest is what its product with v leaves."""
    u, v = np.atleast_1d(np.asarray(u)) * 1.0, np.atleast_1d(np.asarray(v)) * 1.0
    if len(u) < len(v):
        return np.zeros(1), u
    count = len(u) - len(v) + 1
    factors = np.take(np.concatenate([v, np.zeros(1)]), toeplitz_places(count, len(v)))
    quotient = np.linalg.solve(factors, u[:count])
    rest = u - np.convolve(quotient, v)
    return quotient, rest[rest_start(rest, count) :]


def polyfit_of(
    x: Array, y: Array, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Array:
    if full or cov is not False:
        refuse(
            "polyfit", "full" if full else "cov", "the derivatives of what is told of the fit are not known"
        )
    x, y = np.asarray(x) * 1.0, np.asarray(y)
    left, right = np.vander(x, int(deg) + 1), y
    if w is not None:
        weights = np.asarray(w)
        left = left * np.expand_dims(weights, 1)
        right = right * (weights if np.ndim(y) == 1 else np.expand_dims(weights, 1))
    scale = np.sqrt(np.sum(left * left, axis=0))
    bound = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    found = np.linalg.pinv(left / scale, bound) @ right
    return found / (scale if np.ndim(y) == 1 else np.expand_dims(scale, 1))


def poly_of(seq_of_zeros: Array) -> Array:
    zeros = np.atleast_1d(np.asarray(seq_of_zeros))
    if np.ndim(zeros) == 2:
        zeros = np.linalg.eigvals(zeros)
    p = np.ones(1)
    for k in range(len(zeros)):
        p = np.concatenate([p, np.zeros(1)]) - np.concatenate([np.zeros(1), p]) * zeros[k]
    return p


def poly1d_call(self: Any, val: Array) -> Array:
    return np.polyval(self.coeffs, val)


# Series from the constant up


def polynomial_call(self: Any, arg: Array) -> Array:
    """Polynomial(coef)(x), with its domain mapped to its window."""
    offset, factor = self.mapparms()
    return series_value(np.asarray(offset + factor * arg), self.coef)


def polynomial_polyval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    c = np.asarray(c)
    if np.ndim(c) != 1:
        return recurrence_value(x, c, tensor, [(1.0, 0.0, 0.0) for _ in range(len(c))])
    return series_value(np.asarray(x), c)


def series_value(x: Array, c: Array) -> Array:
    return np.polyval(np.flip(c), x)


# Series of polynomials by their recurrence (Abramowitz and Stegun, 1964, 22.7): P[k+1] = (a x + b) P[k] - d P[k-1]

Steps = list[tuple[float, float, float]]  # a, b and d for each k


def recurrence_value(x: Array, c: Array, tensor: bool, steps: Steps) -> Array:
    """The sum of c[k] P[k](x); `tensor`: each column of c with all of x, and not entry by entry."""
    x, c = np.asarray(x) * 1.0, np.asarray(c) * 1.0
    if tensor:
        c = np.reshape(c, np.shape(c) + (1,) * np.ndim(x))
    before, now = np.zeros_like(x), np.ones_like(x)
    total = c[0] * now
    for k in range(1, len(c)):
        a, b, d = steps[k - 1]
        before, now = now, (a * x + b) * now - d * before
        total = total + c[k] * now
    return total


# Parts of numpy.polynomial, of which the rest is derived as it stands


def polyval2d_of(x: Array, y: Array, c: Array) -> Array:
    return polynomial_polyval_of(y, polynomial_polyval_of(x, c), False)


def polygrid2d_of(x: Array, y: Array, c: Array) -> Array:
    return polynomial_polyval_of(y, polynomial_polyval_of(x, c))


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


def chebval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    return recurrence_value(x, c, tensor, [(2.0 if k else 1.0, 0.0, 1.0) for k in range(len(c))])


def legval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    steps = [((2 * k + 1) / (k + 1), 0.0, k / (k + 1)) for k in range(len(c))]
    return recurrence_value(x, c, tensor, steps)


def hermval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    return recurrence_value(x, c, tensor, [(2.0, 0.0, 2.0 * k) for k in range(len(c))])


def hermeval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    return recurrence_value(x, c, tensor, [(1.0, 0.0, 1.0 * k) for k in range(len(c))])


def lagval_of(x: Array, c: Array, tensor: bool = True) -> Array:
    steps = [(-1 / (k + 1), (2 * k + 1) / (k + 1), k / (k + 1)) for k in range(len(c))]
    return recurrence_value(x, c, tensor, steps)
