"""Polynomials by their coefficients, written out: sums, products, derivatives, fits, values."""

from __future__ import annotations

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
    p = np.asarray(p)
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
