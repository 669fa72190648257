"""Slopes of special functions where one formula loses digits or meets a pole: numbers and arrays in and out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from diffpy.runtime.arrays import Array, cast, spread
from diffpy.runtime.attached import computed

ROOT_PI = 1.7724538509055159


def part(d: Any, index: int) -> Any:
    """The cotangent of one of several results; 0 where nothing depends on it."""
    return 0.0 if d[index] is None else d[index]


def apart(y: Array, x: Array) -> Array:
    """y, but 1 where x and y are both 0: x / y is 0 there."""
    return y + ((x == 0) & (y == 0))


def rgamma_slope(x: Array) -> Array:
    """The derivative of 1 / gamma(x), also at the poles of gamma: by reflection on the left."""
    left = np.real(x) < 0.5
    turned = np.where(left, 1 - x, x)
    angle = np.where(left, x, 0) * np.pi
    back = special.gamma(turned) * (np.cos(angle) - special.digamma(turned) * np.sin(angle) / np.pi)
    return np.where(left, back, -special.rgamma(turned) * special.digamma(turned))


def erfcx_slope(x: Array, y: Array) -> Array:
    """2 x erfcx(x) - 2 / sqrt(pi); by the asymptotic series where the difference would lose digits."""
    far = np.real(x) > 100
    square = np.where(far, x, 1) ** -2
    series = square * (-1 + square * (1.5 + square * (-3.75 + square * 13.125)))
    return np.where(far, series / ROOT_PI, 2 * np.where(far, 0, x) * y - 2 / ROOT_PI)


def dawsn_slope(x: Array, y: Array) -> Array:
    """1 - 2 x dawsn(x); of real numbers by the asymptotic series where the difference would lose digits."""
    far = (np.abs(np.real(x)) > 100) & (np.imag(x) == 0)
    square = np.where(far, x, 1) ** -2
    series = square * (-0.5 + square * (-0.75 + square * (-1.875 - square * 6.5625)))
    return np.where(far, series, 1 - 2 * np.where(far, 0, x) * y)


def normal_hazard(x: Array, y: Array) -> Array:
    """The slope of y = log_ndtr(x): density over distribution, without the difference of large exponents."""
    left = np.real(x) < 0
    below = np.where(left, x, 0)
    density = np.exp(-(np.where(left, 0, x) ** 2) / 2 - np.where(left, 0, y)) * 0.3989422804014327
    return np.where(left, 0.7978845608028654 / special.erfcx(below * -0.7071067811865476), density)


def shares(y: Array, a: Array, b: Array = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The derivative of y = logsumexp(a, axis, b) in a; infinite terms share equally, as ties do."""
    scale = 1.0 if b is None else b
    total = spread_over(y, a, scale, axis, keepdims)
    endless = np.isinf(np.real(total))
    terms = scale * np.exp(np.where(endless, -np.inf, a - np.where(endless, 0, total)))
    winners = np.where(endless & (a == total), scale + 0 * terms, 0)
    won = np.sum(winners, axis=axis, keepdims=True)
    return terms + winners / (won + (won == 0))


def scale_slope(y: Array, a: Array, b: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The derivative of y = logsumexp(a, axis, b) in b."""
    return np.exp(a - spread_over(y, a, b, axis, keepdims))


def spread_over(d: Array, a: Array, b: Array = None, axis: Any = None, keepdims: bool = False) -> Array:
    """A result of reducing a and b together, along the axes that were reduced."""
    return spread(d, np.broadcast_shapes(np.shape(a), np.shape(1.0 if b is None else b)), axis, keepdims)


def logsumexp_of(
    a: Array,
    axis: Any = None,
    b: Array = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    """The logarithm of the size of a sum of exponentials, and its sign where that is asked for."""
    scale = 1.0 if b is None else np.asarray(b)
    exponents = np.asarray(a) + 0 * scale
    top = computed(largest, exponents, axis)
    total = np.sum(scale * np.exp(exponents - top), axis=axis, keepdims=keepdims)
    value = np.log(np.abs(total)) + np.reshape(top, np.shape(total))
    return (value, np.sign(total)) if return_sign else value


def largest(a: Array, axis: Any) -> Array:
    """The largest real part, a finite number, along axes that stay."""
    found = np.max(np.real(a), axis=axis, keepdims=True)
    return np.where(np.isfinite(found), found, 0)


def multigammaln_of(a: Array, d: int) -> Array:
    """The logarithm of a product of d gamma functions half a step apart, and a power of pi."""
    every = special.gammaln(np.expand_dims(np.asarray(a), -1) - 0.5 * np.arange(d))
    return np.sum(every, axis=-1) + d * (d - 1) * 0.25 * math.log(math.pi)


def expn_slope(n: Array, x: Array) -> Array:
    """expn(n - 1, x), for n = 0 too."""
    first = np.exp(-x) * (1 + 1 / x) / x
    return np.where(n == 0, first, special.expn(n - 1 + (n == 0), x))


def log_quotient(z: Array) -> Array:
    """log(z) / (1 - z), smooth at z = 1: minus a hypergeometric function there."""
    w = z - 1
    near = np.abs(w) < 0.5
    away = np.where(near, 2, z)
    series = -special.hyp2f1(1, 1, 2, -np.where(near, w, 0))
    return np.where(near, cast(series, away), np.log(away) / (1 - away))


def log1p_quotient_slope(w: Array) -> Array:
    """The derivative of log1p(w) / w, smooth at w = 0."""
    near = np.abs(w) < 0.5
    away = np.where(near, 1, w)
    series = -0.5 * special.hyp2f1(2, 2, 3, -np.where(near, w, 0))
    return np.where(near, cast(series, away), (1 / (1 + away) - np.log1p(away) / away) / away)
