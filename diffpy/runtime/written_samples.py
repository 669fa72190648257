"""Python's statistics of a sample, written out: means, variances, the middle."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from diffpy.runtime.refusals import refuse
from diffpy.runtime.written import write


def mean_of(data: Sequence) -> Any:
    return sum(data) / len(data)


def fmean_of(data: Sequence, weights: Any = None) -> Any:
    if weights is None:
        return sum(data) / len(data)
    return sum([x * w for x, w in zip(data, weights, strict=True)]) / sum(weights)


def geometric_mean_of(data: Sequence) -> Any:
    return math.exp(sum([math.log(x) for x in data]) / len(data))


def harmonic_mean_of(data: Sequence, weights: Any = None) -> Any:
    if weights is not None:
        refuse("harmonic_mean", "weights", "the derivative with weights is not known")
    return len(data) / sum([1.0 / x for x in data])


def squares_about(data: Sequence, center: Any) -> Any:
    """The sum of the squared distances from a center, or from the mean."""
    middle = sum(data) / len(data) if center is None else center
    return sum([(x - middle) ** 2 for x in data])


def variance_of(data: Sequence, xbar: Any = None) -> Any:
    return squares_about(data, xbar) / (len(data) - 1)


def pvariance_of(data: Sequence, mu: Any = None) -> Any:
    return squares_about(data, mu) / len(data)


def stdev_of(data: Sequence, xbar: Any = None) -> Any:
    return math.sqrt(squares_about(data, xbar) / (len(data) - 1))


def pstdev_of(data: Sequence, mu: Any = None) -> Any:
    return math.sqrt(squares_about(data, mu) / len(data))


def covariance_of(x: Sequence, y: Sequence, /) -> Any:
    return products_about(x, y) / (len(x) - 1)


def correlation_of(x: Sequence, y: Sequence, /, *, method: str = "linear") -> Any:
    if method != "linear":
        refuse("correlation", "method", "ranks have no derivative")
    return products_about(x, y) / math.sqrt(products_about(x, x) * products_about(y, y))


def products_about(x: Sequence, y: Sequence) -> Any:
    """The sum of the products of the distances from the two means."""
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    return sum([(a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)])


def median_of(data: Sequence) -> Any:
    ordered = sorted(data)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def median_low_of(data: Sequence) -> Any:
    return sorted(data)[(len(data) - 1) // 2]


def median_high_of(data: Sequence) -> Any:
    return sorted(data)[len(data) // 2]


SAMPLES: dict[Any, Callable[..., Any]] = {
    statistics.mean: mean_of,
    statistics.fmean: fmean_of,
    statistics.geometric_mean: geometric_mean_of,
    statistics.harmonic_mean: harmonic_mean_of,
    statistics.variance: variance_of,
    statistics.pvariance: pvariance_of,
    statistics.stdev: stdev_of,
    statistics.pstdev: pstdev_of,
    statistics.covariance: covariance_of,
    statistics.correlation: correlation_of,
    statistics.median: median_of,
    statistics.median_low: median_low_of,
    statistics.median_high: median_high_of,
}
for _function, _text in SAMPLES.items():
    write(_function, _text)
