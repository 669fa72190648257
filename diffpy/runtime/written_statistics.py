"""Statistics, written out: quantiles of every method, covariances, histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, Axis, axes_of, kept_shape
from diffpy.runtime.counting import bin_numbers, ranks_reached
from diffpy.runtime.reductions import as_rows
from diffpy.runtime.refusals import refuse, refuse_out

# Quantiles: R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages (1996)


def quantile_of(
    a: Array,
    q: Array,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Array:
    refuse_out("quantile", out)
    a = np.asarray(a)
    rows = np.sort(as_rows(a, axis), axis=1)
    counts = np.full((len(rows), 1), rows.shape[1])
    levels = np.reshape(np.asarray(q), (1, -1))
    if weights is None:
        values = at_levels(rows, counts, levels, method if interpolation is None else interpolation)
    else:
        values = at_weighted_levels(a, levels, axis, weights)
    return in_shape(values, np.shape(a), np.shape(q), axis, keepdims)


def percentile_of(
    a: Array,
    q: Array,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Array:
    method = method if interpolation is None else interpolation
    return quantile_of(a, np.asarray(q) / 100, axis, out, method=method, keepdims=keepdims, weights=weights)


def median_of(
    a: Array, axis: Axis = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    return quantile_of(a, 0.5, axis, out, keepdims=keepdims)


def nanquantile_of(
    a: Array,
    q: Array,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Array:
    """Sorting puts what is not a number last; each group has a count of its own."""
    refuse_out("nanquantile", out)
    if weights is not None:
        refuse("nanquantile", "weights", "the derivative of a weighted quantile without NaN is not known")
    a = np.asarray(a)
    rows = np.sort(as_rows(a, axis), axis=1)
    counts = np.sum(np.logical_not(np.isnan(rows)), axis=1, keepdims=True)
    levels = np.reshape(np.asarray(q), (1, -1))
    values = at_levels(rows, counts, levels, method if interpolation is None else interpolation)
    return in_shape(values, np.shape(a), np.shape(q), axis, keepdims)


def nanpercentile_of(
    a: Array,
    q: Array,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Array:
    method = method if interpolation is None else interpolation
    return nanquantile_of(
        a, np.asarray(q) / 100, axis, out, method=method, keepdims=keepdims, weights=weights
    )


def nanmedian_of(
    a: Array, axis: Axis = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    return nanquantile_of(a, 0.5, axis, out, keepdims=keepdims)


def at_levels(rows: Array, counts: Array, levels: Array, method: str) -> Array:
    """Between the two neighbours of a place in each sorted row, on a straight line."""
    place = places(counts, levels, method)
    lower = np.clip(np.floor(place).astype(int), 0, np.maximum(counts - 1, 0))
    upper = np.minimum(lower + 1, np.maximum(counts - 1, 0))
    part = np.clip(place - lower, 0, 1)
    before, after = np.take_along_axis(rows, lower, 1), np.take_along_axis(rows, upper, 1)
    return before + part * (after - before)


def places(n: Array, q: Array, method: str) -> Array:
    """The place of a quantile among n sorted values, from 0."""
    if method == "linear":
        return (n - 1) * q
    if method == "lower":
        return np.floor((n - 1) * q)
    if method == "higher":
        return np.ceil((n - 1) * q)
    if method == "midpoint":
        return (np.floor((n - 1) * q) + np.ceil((n - 1) * q)) / 2
    if method == "nearest":
        return np.rint((n - 1) * q)
    if method == "inverted_cdf":
        return np.ceil(n * q) - 1
    if method == "averaged_inverted_cdf":
        return (np.floor(n * q) + np.ceil(n * q) - 1) / 2
    if method == "closest_observation":
        step = np.floor(n * q - 1.5)
        return np.where((step == n * q - 1.5) & (step % 2 == 1), step, step + 1)
    alpha, beta = SPREADS[method]
    return n * q + (alpha + q * (1 - alpha - beta)) - 1


SPREADS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def at_weighted_levels(a: Array, levels: Array, axis: Axis, weights: Array) -> Array:
    """The first elements at which the weights add up to a part of their sum: which they are does not move."""
    index = ranks_reached(a, levels, axis, weights)
    return np.take_along_axis(as_rows(a, axis), index, 1)


def in_shape(values: Array, shape: tuple, q_shape: tuple, axis: Axis, keepdims: bool) -> Array:
    """A column for each level, as quantile lays them out: the levels first."""
    axes = axes_of(axis, len(shape))
    rest = tuple(size for place, size in enumerate(shape) if place not in axes)
    return np.reshape(values.T, q_shape + (kept_shape(shape, axis) if keepdims else rest))


def average_of(
    a: Array, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:
    """With the sum of the weights that went into each average."""
    mean = np.average(a, axis, weights, keepdims=keepdims)
    if not returned:
        return mean
    if weights is None:
        return mean, np.full(np.shape(mean), np.size(a) / np.size(mean), np.asarray(mean).dtype)
    if np.shape(weights) == np.shape(a):
        return mean, np.sum(weights, axis=axis, keepdims=keepdims)
    return mean, np.array(np.broadcast_to(np.sum(weights), np.shape(mean)))


# Covariances


def cov_of(
    m: Array,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Array:
    x = np.asarray(m)
    x = x.T if not rowvar and np.ndim(x) == 2 else np.atleast_2d(x)
    if y is not None:
        other = np.atleast_2d(np.asarray(y))
        x = np.concatenate([x, other.T if not rowvar and other.shape[0] != 1 else other], axis=0)
    if dtype is not None:
        x = x.astype(dtype)
    if ddof is None:
        ddof = 0 if bias else 1
    if fweights is None and aweights is None:
        apart = x - np.mean(x, axis=1, keepdims=True)
        return np.squeeze(apart @ np.conj(apart.T) / max(x.shape[1] - ddof, 0))
    w = np.ones(x.shape[1]) if fweights is None else np.asarray(fweights) * 1.0
    if aweights is not None:
        w = w * np.asarray(aweights)
    total = np.sum(w)
    apart = x - np.expand_dims((x @ w) / total, 1)
    if ddof == 0:
        freedom = total
    elif aweights is None:
        freedom = total - ddof
    else:
        freedom = total - ddof * np.sum(w * np.asarray(aweights)) / total
    return np.squeeze(apart @ np.conj((apart * w).T) / freedom)


def corrcoef_of(
    x: Array, y: Any = None, rowvar: bool = True, bias: Any = None, ddof: Any = None, *, dtype: Any = None
) -> Array:
    c = cov_of(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    return c / np.expand_dims(deviation, 1) / np.expand_dims(deviation, 0)


# Histograms: the counts do not change smoothly with what is counted, but with the weights, and edges with the range


def histogram_of(
    a: Array, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Array, Array]:
    a = np.ravel(np.asarray(a))
    edges = edges_of(a, bins, range)
    numbers = bin_numbers(a, bins, range, weights)
    count = len(edges) - 1
    inside = numbers < count
    w = np.ones(len(a)) if weights is None else np.ravel(np.asarray(weights))
    heights = np.bincount(numbers[inside], w[inside], count)
    if density:
        heights = heights / (edges[1:] - edges[:-1]) / np.sum(heights)
    return heights, edges


def edges_of(a: Array, bins: Any, range: Any) -> Array:
    """The edges of bins: as they are given, or equal steps over the range of what is counted."""
    if isinstance(bins, str):
        refuse("histogram", "bins", "how many bins a rule makes depends on the values; give the number")
    if np.ndim(bins) == 1:
        return np.asarray(bins)
    if range is not None:
        low, high = range
    else:
        low, high = np.min(a), np.max(a)
    return np.linspace(low, high, bins + 1)


def histogram_bin_edges_of(a: Array, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    return edges_of(np.ravel(np.asarray(a)), bins, range)


def ptp_of(a: Array, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Array:
    refuse_out("ptp", out)
    a = np.asarray(a)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
