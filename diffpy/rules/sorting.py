"""Rules of sorting, quantiles, interpolation and differences along an axis."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import linear, rule
from diffpy.runtime.arrays import count, spread
from diffpy.runtime.orders import (
    diff_pullback,
    interp_points,
    interp_points_tangent,
    interp_slope,
    interp_values,
    quantile_level,
    quantile_pullback,
    quantile_tangent,
    quantile_weights,
    reordered,
    trapezoid_points,
    trapezoid_step,
    trapezoid_values,
    unsorted,
)
from diffpy.runtime.reductions import average_pullback, average_weights, average_weights_tangent

rule(
    "sort",
    "a, axis=-1, kind=None, order=None, *, stable=None",
    ignores="stable",
    forward={
        "a": lambda d, a, axis: xp.take_along_axis(
            xp.ravel(d) if axis is None else d,
            xp.argsort(a, axis, kind="stable"),
            -1 if axis is None else axis,
        )
    },
    a=lambda d, y, a, axis: unsorted(d, y, a, axis),
)
rule(
    "partition",
    "a, kth, axis=-1, kind='introselect', order=None",
    forward={"a": lambda d, y, a, axis: reordered(d, y, a, axis)},
    a=lambda d, y, a, axis: unsorted(d, y, a, axis),
)

rule(
    "median",
    "a, axis=None, *, keepdims=False",
    forward={
        "a": lambda d, a, axis, keepdims: xp.sum(
            d * quantile_weights(a, 0.5, axis), axis=axis, keepdims=keepdims
        )
    },
    a=lambda d, a, a_shape, axis, keepdims: (
        spread(d, a_shape, axis, keepdims) * quantile_weights(a, 0.5, axis)
    ),
)
QUANTILE = "a, q, axis=None, *, keepdims=False"
rule(
    "quantile",
    QUANTILE,
    ignores="keepdims",
    forward={"a": lambda d, a, q, axis, keepdims: quantile_tangent(d, a, q, axis, keepdims)},
    a=lambda d, a, q, axis: quantile_pullback(d, a, q, axis),
    q=lambda d, a, q, axis: quantile_level(d, a, q, axis),
)
rule(
    "percentile",
    QUANTILE,
    ignores="keepdims",
    forward={"a": lambda d, a, q, axis, keepdims: quantile_tangent(d, a, q, axis, keepdims, 0.01)},
    a=lambda d, a, q, axis: quantile_pullback(d, a, q, axis, 0.01),
    q=lambda d, a, q, axis: quantile_level(d, a, q, axis, 0.01),
)
rule(
    "average",
    "a, axis=None, weights=None, *, keepdims=False",
    forward={
        "a": lambda d, axis, weights, keepdims: xp.average(d, axis, weights, keepdims=keepdims),
        "weights": lambda d, y, a, axis, weights, keepdims: average_weights_tangent(
            d, y, a, weights, axis, keepdims
        ),
    },
    a=lambda d, a_shape, axis, weights, keepdims: (
        spread(d / count(a_shape, axis), a_shape, axis, keepdims)
        if weights is None
        else average_pullback(d, a_shape, weights, axis, keepdims)
    ),
    weights=lambda d, y, a, axis, weights, keepdims: average_weights(d, y, a, weights, axis, keepdims),
)

rule(
    "interp",
    "x, points, values, /",
    forward={
        "x": lambda d, x, points, values: d * interp_slope(x, points, values),
        "points": lambda d, x, points, values: interp_points_tangent(d, x, points, values),
        "values": lambda d, x, points: xp.interp(x, points, d),
    },
    x=lambda d, x, points, values: d * interp_slope(x, points, values),
    points=lambda d, x, points, values: interp_points(d, x, points, values),
    values=lambda d, x, points: interp_values(d, x, points),
)
linear("diff", "a, n=1, axis=-1", a=lambda d, n, axis: diff_pullback(d, n, axis))
rule(
    "ediff1d",
    "ary",
    ary=lambda d, ary_shape: xp.reshape(diff_pullback(d), ary_shape),
    forward={"ary": lambda d: xp.ediff1d(d)},
)
rule(
    "trapezoid",
    "values, x=None, dx=1.0, axis=-1",
    forward={
        "values": lambda d, x, dx, axis: xp.trapezoid(d, x, dx, axis),
        "x": lambda d, values, axis: xp.trapezoid(values, d, axis=axis),
        "dx": lambda d, values, axis: xp.trapezoid(values, dx=d, axis=axis),
    },
    values=lambda d, values_shape, x, dx, axis: trapezoid_values(d, values_shape, x, dx, axis),
    x=lambda d, values, x_shape, axis: trapezoid_points(d, values, x_shape, axis),
    dx=lambda d, values, dx_shape, axis: trapezoid_step(d, values, dx_shape, axis),
)
rule(
    "unwrap",
    "p, discont=None, axis=-1, *, period=6.283185307179586",
    ignores="discont axis period",
    p=lambda d: d,
    forward={"p": lambda d: d},
)
