"""SciPy's distributions, written out: the value is SciPy's, the derivative that of the formula.

The multivariate normal density is that of a matrix of full rank (Anderson 1958, An Introduction to Multivariate
Statistical Analysis, 2.3).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from diffpy.runtime.arrays import Array
from diffpy.runtime.attached import attached, computed
from diffpy.runtime.refusals import refuse

LOG_TWO_PI = math.log(2.0 * math.pi)


# The normal distribution


def normal_log_density(x: Array, loc: Any, scale: Any) -> Array:
    z = (x - loc) / scale
    return -0.5 * z * z - 0.5 * LOG_TWO_PI - np.log(scale)


def normal_pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    density = np.exp(normal_log_density(np.asarray(x), loc, scale))
    return attached(computed(stats.norm.pdf, x, loc, scale), density)


def normal_logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    return attached(computed(stats.norm.logpdf, x, loc, scale), normal_log_density(np.asarray(x), loc, scale))


def normal_cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (np.asarray(x) - loc) / scale
    return attached(computed(stats.norm.cdf, x, loc, scale), special.ndtr(z))


def normal_sf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (np.asarray(x) - loc) / scale
    return attached(computed(stats.norm.sf, x, loc, scale), special.ndtr(-z))


def normal_logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (np.asarray(x) - loc) / scale
    return attached(computed(stats.norm.logcdf, x, loc, scale), special.log_ndtr(z))


def normal_logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (np.asarray(x) - loc) / scale
    return attached(computed(stats.norm.logsf, x, loc, scale), special.log_ndtr(-z))


def normal_ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Any:
    return attached(computed(stats.norm.ppf, q, loc, scale), loc + scale * special.ndtri(np.asarray(q)))


def normal_isf(q: Any, loc: Any = 0, scale: Any = 1) -> Any:
    return attached(computed(stats.norm.isf, q, loc, scale), loc - scale * special.ndtri(np.asarray(q)))


# The multivariate normal distribution


def check_covariance(name: str, size: int, cov: Any) -> None:
    """Refuse what is no matrix of full rank."""
    if np.shape(cov) != (size, size):
        refuse(name, "cov", "a covariance is followed that is a matrix as large as the mean")
    if np.linalg.matrix_rank(cov, hermitian=True) < size:
        refuse(name, "cov", "a singular covariance has no density whose derivative would be known")


def of_lower_half(cov: Array) -> Array:
    """The symmetric matrix that SciPy reads, of which the upper half does not count."""
    return np.tril(cov) + np.tril(cov, -1).T


def multivariate_log_density(x: Array, mean: Array, cov: Array) -> Array:
    apart = x - mean
    scaled = np.linalg.solve(cov, np.reshape(apart, (-1, len(mean))).T).T
    distance = np.sum(apart * np.reshape(scaled, apart.shape), axis=-1)
    return -0.5 * (len(mean) * LOG_TWO_PI + np.linalg.slogdet(cov)[1] + distance)


def multivariate_normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    value = computed(stats.multivariate_normal.logpdf, x, mean, cov, allow_singular)
    at = np.atleast_1d(np.asarray(x))
    middle = np.zeros(np.shape(cov)[-1:] or (1,)) if mean is None else np.atleast_1d(np.asarray(mean))
    matrix = of_lower_half(np.atleast_2d(np.asarray(cov)))
    check_covariance("multivariate_normal.logpdf", len(middle), matrix)
    points = np.reshape(at, (-1, 1)) if len(middle) == 1 else at
    return attached(value, np.reshape(multivariate_log_density(points, middle, matrix), np.shape(value)))


def multivariate_normal_pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    value = computed(stats.multivariate_normal.pdf, x, mean, cov, allow_singular)
    return attached(value, np.exp(multivariate_normal_logpdf(x, mean, cov, allow_singular)))
