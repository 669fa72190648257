"""Calls of functions that are written out, and of others with keywords that their rows leave out."""

from __future__ import annotations

from typing import Any

import numpy as np

from rule_samples.points import Sample, above, call, real, spaced, unit

MASK = np.array([[True, False, True, True], [True, True, False, True], [False, True, True, True]])
METHODS = (
    "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear "
    "median_unbiased normal_unbiased lower higher midpoint nearest"
).split()

SERIES = "polynomial.poly chebyshev.cheb legendre.leg hermite.herm hermite_e.herme laguerre.lag".split()


def keyword_samples() -> list[Sample]:
    x, nans = real(3, 4), np.where(MASK, real(3, 4), np.nan)
    samples = []
    for name in "sum prod mean var std".split():
        samples += [
            call(f"numpy.{name}", x, axis=1, where=MASK),
            call(f"numpy.{name}", x, where=MASK, keepdims=True),
            call(f"numpy.{name}", x, dtype=np.float64),
            call(f"numpy.ndarray.{name}", x, axis=0, where=MASK),
        ]
    for name in "nansum nanprod nanmean nanvar nanstd".split():
        samples += [call(f"numpy.{name}", nans, axis=1, where=MASK[:, ::-1])]
    for name in "max min nanmax nanmin".split():
        samples += [call(f"numpy.{name}", x, axis=0, where=MASK, initial=0.123)]
    for name in "add multiply maximum hypot arctan2".split():
        samples += [call(f"numpy.{name}", x, real(4), dtype=np.float64)]
    for name in "exp sin tanh square negative".split():
        samples += [call(f"numpy.{name}", x, dtype="float64", casting="unsafe")]
    return [
        *samples,
        call("numpy.full", (2, 3), 0.7, dtype=float),
        call("numpy.full_like", x, real(4), np.float64),
        call("numpy.stack", [x, 2 * x], axis=-1, dtype=float, casting="unsafe"),
        call("numpy.concatenate", [x, x[:1]], dtype=float),
        call("numpy.vstack", [x, x[0]], dtype=float),
        call("numpy.hstack", [x, x[:, :1]], dtype=float),
        call("numpy.trace", x, 1, dtype=float),
        call("numpy.average", x, axis=1, returned=True),
        call("numpy.average", x, weights=np.abs(x) + 1, axis=0, returned=True, keepdims=True),
        call("numpy.average", x, 1, np.arange(1.0, 5.0), True),
        call("numpy.ndarray.compress", x, [True, False, True], axis=0),
        call("numpy.sum", x, 1, None, None, True),
        call("numpy.sum", x, axis=0, initial=2.5),
        call("numpy.prod", x, axis=0, initial=2.5),
        call("numpy.max", x, initial=-0.05),
        call("numpy.var", x, axis=1, mean=real(3, 1)),
        call("numpy.std", x, axis=1, correction=1),
        call("numpy.cumsum", x, 1, np.float64),
        call("numpy.nancumprod", nans, 1),
        call("numpy.cumulative_sum", x, axis=1, include_initial=True),
        call("numpy.cumulative_prod", real(4), include_initial=True),
    ]


def array_samples() -> list[Sample]:
    x, v, steps = real(3, 4), real(6), np.array([0.0, 0.7, 1.5, 2.8, 3.1, 4.4])
    return [
        call("numpy.gradient", v),
        call("numpy.gradient", v, 0.3, edge_order=2),
        call("numpy.gradient", v, steps),
        call("numpy.gradient", v, steps, edge_order=2),
        call("numpy.gradient", x),
        call("numpy.gradient", x, 0.5, 2.0, axis=(1, 0)),
        call("numpy.gradient", x, axis=-1),
        call("numpy.diff", v, prepend=1.5, append=real(2)),
        call("numpy.diff", x, 2, 0, prepend=real(1, 4)),
        call("numpy.ediff1d", v, to_end=real(2), to_begin=1.0),
        call("numpy.interp", np.array([-0.4, 0.3, 2.2, 1.1, 4.9, 3.6]), steps, real(6), left=-1.0, right=2.0),
        call("numpy.interp", 3 * v, steps, real(6), period=4.9),
        call("numpy.linspace", real(2), 3.0, 4, axis=1),
        call("numpy.linspace", 0.5, 3.0, 4, retstep=True),
        call("numpy.logspace", 0.1, 1.0, 4),
        call("numpy.logspace", unit(2, 1), 1.0, 3, base=above(3), axis=1),
        call("numpy.logspace", unit(2), 1.0, 3, endpoint=False, base=2.5, axis=-1),
        call("numpy.geomspace", 0.5, above(2), 4),
        call("numpy.take", v, [7, -1], mode="wrap"),
        call("numpy.ndarray.take", x, [7, 1], 1, mode="clip"),
        call("numpy.choose", [0, 2, 1], [real(3), 1.5, real(3)]),
        call("numpy.choose", np.array([4, 1]), (real(2), real(2)), mode="wrap"),
        call("numpy.unique", x),
        call("numpy.unique_values", v),
        call("numpy.union1d", v, real(2)),
        call("numpy.setdiff1d", v, v[:2].round(9)),
        call("numpy.resize", v, (3, 4)),
        call("numpy.vander", v, 3),
        call("numpy.vander", v, increasing=True),
        call("numpy.modf", spaced(4)),
        call("numpy.block", [[x, real(3, 1)], [real(1, 4), np.ones((1, 1))]]),
        call("numpy.block", [real(2), 1.5]),
        call("numpy.insert", v, 2, 1.5),
        call("numpy.insert", v, [1, 4], real(2)),
        call("numpy.insert", x, 1, real(4), axis=0),
        call("numpy.insert", x, [2], real(3, 2), axis=1),
        call("numpy.insert", x, slice(0, 2), real(2, 4), axis=0),
        call("numpy.pad", v, (2, 8), mode="reflect"),
        call("numpy.pad", x, 2, mode="edge"),
        call("numpy.pad", x, ((1, 2), (0, 3)), mode="wrap"),
        call("numpy.pad", v, (2, 8), mode="reflect", reflect_type="odd"),
        call("numpy.pad", x, 2, mode="symmetric", reflect_type="odd"),
        call("numpy.pad", x, 2, mode="linear_ramp", end_values=1.5),
        call("numpy.pad", v, 2, constant_values=(1.5, real(1)[0])),
        *(call("numpy.pad", x, 2, mode=mode) for mode in ("mean", "median", "maximum", "minimum")),
        call("numpy.pad", x, 1, mode="mean", stat_length=2),
        call("numpy.einsum", x, [0, 1], real(4, 2), [1, 2], [0, 2]),
        call("numpy.einsum", real(3, 3), [0, 0]),
        call("numpy.i0", real(3)),
    ]


def statistics_samples() -> list[Sample]:
    x, nans, v = spaced(3, 4)[:, ::-1], np.where(MASK, spaced(3, 4), np.nan), spaced(6)
    return [
        *(call("numpy.quantile", v, 0.37, method=method) for method in METHODS),
        *(call("numpy.percentile", x, [23.0, 71.0], axis=1, method=method) for method in METHODS),
        call("numpy.quantile", v, np.array([0.31, 0.64]), method="weibull", keepdims=True),
        call("numpy.quantile", v, 0.4, weights=np.arange(1, 7), method="inverted_cdf"),
        call("numpy.median", x, None, None, False, True),
        call("numpy.nanmedian", nans, axis=1),
        call("numpy.nanquantile", nans, 0.3),
        call("numpy.nanpercentile", nans, [23.0, 71.0], axis=(0, 1), keepdims=True),
        call("numpy.cov", real(3, 4)),
        call("numpy.cov", real(5), real(5), bias=True),
        call("numpy.cov", real(3, 4), rowvar=False, fweights=np.array([1, 2, 1]), aweights=above(3)),
        call("numpy.cov", real(2, 4), ddof=0, aweights=above(4)),
        call("numpy.corrcoef", real(3, 5)),
        call("numpy.histogram", spaced(6), 4, weights=real(6)),
        call(
            "numpy.histogram",
            np.linspace(0.05, 0.9, 6),
            np.array([0.0, 0.3, 1.0]),
            weights=above(6),
            density=True,
        ),
    ]


def product_keyword_samples() -> list[Sample]:
    a, square, v = real(2, 3), real(3, 3) + 4 * np.eye(3), real(5)
    return [
        call("numpy.vecdot", a, real(3)),
        call("numpy.linalg.vecdot", a, real(2, 3), axis=0),
        call("numpy.matvec", a, real(3)),
        call("numpy.vecmat", real(2), a),
        call("numpy.linalg.cross", a, real(3)),
        *(call("numpy.linalg.cond", square, order) for order in (None, 2, -2, 1, np.inf, "fro")),
        call("numpy.linalg.cholesky", square @ square.T, upper=True),
        call("numpy.linalg.qr", real(4, 3), "r"),
        call("numpy.linalg.qr", real(3, 4), mode="complete"),
        call("numpy.linalg.svd", square + square.T - np.eye(len(square)), hermitian=True, compute_uv=False),
        call("numpy.linalg.svd", square + square.T, hermitian=True),
        call("numpy.linalg.pinv", square + square.T, hermitian=True),
        call("numpy.linalg.lstsq", real(5, 2), v),
        call("numpy.linalg.lstsq", real(5, 2), real(5, 3)),
        call("numpy.linalg.tensorinv", real(2, 2, 4) + np.eye(4).reshape(2, 2, 4) * 5, ind=2),
        call("numpy.linalg.tensorsolve", (real(6, 6) + 6 * np.eye(6)).reshape(2, 3, 6), real(2, 3)),
        call("numpy.linalg.tensorsolve", (real(6, 6) + 6 * np.eye(6)).reshape(6, 6), real(6), axes=(0,)),
        call("numpy.polyadd", v, real(2)),
        call("numpy.polysub", real(2), v),
        call("numpy.polymul", v, real(2)),
        call("numpy.polyder", v, 2),
        call("numpy.polyint", v, 2, k=real(2)),
        call("numpy.polydiv", v, real(3)),
        call("numpy.polyfit", spaced(6), real(6), 2),
        call("numpy.polyfit", spaced(6), real(6, 2), 1, w=above(6)),
        call("numpy.poly", real(3)),
        call("numpy.poly1d.__call__", np.poly1d([1.0, 2.0, 3.0]), real(3)),
        *(
            call(f"numpy.polynomial.{name}roots", np.array(c))
            for name in SERIES
            for c in ([0.1, -2.0, 0.3, 1.0], [4.0, -0.3, 1.5])
        ),
        call("numpy.polynomial.chebyshev.chebder", real(4, 2), 2, 0.7),
        call("numpy.polynomial.laguerre.lagint", real(4), 2, real(2), 0.3, 1.5),
        call("numpy.polynomial.chebyshev.chebmul", real(4), real(3)),
        call("numpy.polynomial.polyutils.mapdomain", real(3), np.array([0.0, 2.0]), np.array([-1.0, 1.5])),
        call("numpy.polynomial.polynomial.polyval2d", real(3), real(3), real(4, 2)),
        call("numpy.polynomial.polynomial.polygrid2d", real(3), real(2), real(4, 2)),
    ]


def ufunc_samples() -> list[Sample]:
    x = unit(3, 4)
    samples = []
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp, np.subtract, np.hypot):
        samples += [
            call("numpy.ufunc.reduce", ufunc, x),
            call("numpy.ufunc.reduce", ufunc, x, axis=1, keepdims=True),
            call("numpy.ufunc.accumulate", ufunc, x, axis=1),
            call("numpy.ufunc.outer", ufunc, unit(2), above(3)),
        ]
    return [
        *samples,
        call("numpy.ufunc.reduce", np.logaddexp, x, axis=(0, 1)),
        call("numpy.ufunc.reduce", np.add, x, axis=1, initial=1.5, where=MASK),
        call("numpy.ufunc.reduceat", np.add, unit(6), [0, 3, 1]),
        call("numpy.ufunc.reduceat", np.multiply, x, [0, 2], axis=1),
    ]


def calling_samples() -> list[Sample]:
    x = real(3, 4)
    pieces = [np.sin, lambda t: t**2, lambda t: 3 * t]
    return [
        call("numpy.apply_along_axis", lambda row: np.sum(row**2), 1, x),
        call("numpy.apply_along_axis", lambda row: row * row[0], 0, x),
        call("numpy.apply_over_axes", np.sum, x, [0, 1]),
        call("numpy.piecewise", x[0], [x[0] < 0, x[0] >= 1], pieces),
        call("numpy.piecewise", x[0], x[0] < 0, [lambda t: t**3, 1.5]),
        call("numpy.vectorize.__call__", np.vectorize(lambda t, s: t * s * s), x[:, 0], 1.7),
        call("numpy.vectorize.__call__", np.vectorize(lambda t: t @ t * t, signature="(n)->(n)"), x),
        call("numpy.vectorize.__call__", np.vectorize(lambda t: (t * t, t + 1), otypes="dd"), x),
        call(
            "numpy.vectorize.__call__", np.vectorize(lambda t, p: t * p[1], excluded=["p"]), x, p=[1.0, 2.0]
        ),
        *(call(f"numpy.emath.{name}", real(4)) for name in "sqrt log log2 log10".split()),
        *(call(f"numpy.emath.{name}", 2.3 * real(4)) for name in "arccos arcsin arctanh".split()),
        call("numpy.emath.power", real(4), 0.3),
        call("numpy.emath.power", real(4), -2),
    ]


def written_samples() -> list[Sample]:
    groups: list[Any] = [keyword_samples(), array_samples(), statistics_samples(), product_keyword_samples()]
    return [one for group in (*groups, ufunc_samples(), calling_samples()) for one in group]
