"""Rules of reductions and scans: sums, products, extremes, deviations."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import linear, rule, written
from diffpy.runtime.arrays import count, spread, without_zeros
from diffpy.runtime.reductions import (
    cumprod_pullback,
    cumprod_tangent,
    deviations,
    from_winners,
    nan_deviations,
    products_of_others,
    reversed_cumsum,
    to_winners,
    valid_count,
)
from diffpy.runtime.written_reductions import (
    cumprod_of,
    cumsum_of,
    cumulative_prod_of,
    cumulative_sum_of,
    max_of,
    mean_of,
    min_of,
    nancumprod_of,
    nancumsum_of,
    nanmax_of,
    nanmean_of,
    nanmin_of,
    nanprod_of,
    nanstd_of,
    nansum_of,
    nanvar_of,
    prod_of,
    std_of,
    sum_of,
    var_of,
)

# The usual keywords; calls with `dtype=`, `initial=`, `where=`, `mean=` have the derivative of what is written for them.
REDUCTION = "a, axis=None, *, keepdims=False"
VAR = "a, axis=None, *, ddof=0, keepdims=False"
SCAN = "a, axis=None"

linear("sum", REDUCTION, a=lambda d, a_shape, axis, keepdims: spread(d, a_shape, axis, keepdims))
linear(
    "mean",
    REDUCTION,
    a=lambda d, a_shape, axis, keepdims: spread(d / count(a_shape, axis), a_shape, axis, keepdims),
)
rule(
    "prod",
    REDUCTION,
    forward={
        "a": lambda d, a, axis, keepdims: xp.sum(
            d * products_of_others(a, axis), axis=axis, keepdims=keepdims
        )
    },
    a=lambda d, a, a_shape, axis, keepdims: spread(d, a_shape, axis, keepdims) * products_of_others(a, axis),
)

for name in ("max", "amax", "min", "amin", "nanmax", "nanmin"):
    rule(
        name,
        REDUCTION,
        forward={"a": lambda d, y, a, axis, keepdims: from_winners(d, y, a, axis, keepdims)},
        a=lambda d, y, a, axis, keepdims: to_winners(d, y, a, axis, keepdims),
    )
rule(
    "ptp",
    "a, axis=None, *, keepdims=False",
    forward={
        "a": lambda d, a, axis, keepdims: (
            from_winners(d, xp.max(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
            - from_winners(d, xp.min(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
        )
    },
    a=lambda d, a, axis, keepdims: (
        to_winners(d, xp.max(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
        - to_winners(d, xp.min(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
    ),
)

rule(
    "var",
    VAR,
    notes={"holomorphic": False},
    forward={
        "a": lambda d, a, a_shape, axis, ddof, keepdims: (
            xp.sum(d * deviations(a, axis), axis=axis, keepdims=keepdims) * 2 / count(a_shape, axis, ddof)
        )
    },
    a=lambda d, a, a_shape, axis, ddof, keepdims: (
        spread(d, a_shape, axis, keepdims) * deviations(a, axis) * 2 / count(a_shape, axis, ddof)
    ),
)
rule(
    "std",
    VAR,
    notes={"holomorphic": False},
    forward={
        "a": lambda d, y, a, a_shape, axis, ddof, keepdims: (
            xp.sum(d * deviations(a, axis), axis=axis, keepdims=keepdims)
            / (without_zeros(y) * count(a_shape, axis, ddof))
        )
    },
    a=lambda d, y, a, a_shape, axis, ddof, keepdims: (
        spread(d / without_zeros(y), a_shape, axis, keepdims)
        * deviations(a, axis)
        / count(a_shape, axis, ddof)
    ),
)

rule(
    "nansum",
    REDUCTION,
    forward={
        "a": lambda d, a, axis, keepdims: xp.sum(xp.where(xp.isnan(a), 0, d), axis=axis, keepdims=keepdims)
    },
    a=lambda d, a, a_shape, axis, keepdims: xp.where(xp.isnan(a), 0, spread(d, a_shape, axis, keepdims)),
)
rule(
    "nanmean",
    REDUCTION,
    forward={
        "a": lambda d, a, axis, keepdims: xp.sum(
            xp.where(xp.isnan(a), 0, d / valid_count(a, axis)), axis=axis, keepdims=keepdims
        )
    },
    a=lambda d, a, a_shape, axis, keepdims: xp.where(
        xp.isnan(a), 0, spread(d, a_shape, axis, keepdims) / valid_count(a, axis)
    ),
)
rule(
    "nanprod",
    REDUCTION,
    forward={
        "a": lambda d, a, axis, keepdims: xp.sum(
            xp.where(xp.isnan(a), 0, d * products_of_others(xp.where(xp.isnan(a), 1, a), axis)),
            axis=axis,
            keepdims=keepdims,
        )
    },
    a=lambda d, a, a_shape, axis, keepdims: xp.where(
        xp.isnan(a),
        0,
        spread(d, a_shape, axis, keepdims) * products_of_others(xp.where(xp.isnan(a), 1, a), axis),
    ),
)
rule(
    "nanvar",
    VAR,
    notes={"holomorphic": False},
    forward={
        "a": lambda d, a, axis, ddof, keepdims: xp.sum(
            xp.where(xp.isnan(a), 0, d * nan_deviations(a, axis) * 2 / (valid_count(a, axis) - ddof)),
            axis=axis,
            keepdims=keepdims,
        )
    },
    a=lambda d, a, a_shape, axis, ddof, keepdims: (
        spread(d, a_shape, axis, keepdims) * nan_deviations(a, axis) * 2 / (valid_count(a, axis) - ddof)
    ),
)
rule(
    "nanstd",
    VAR,
    notes={"holomorphic": False},
    forward={
        "a": lambda d, y, a, axis, ddof, keepdims: (
            xp.sum(
                xp.where(xp.isnan(a), 0, d * nan_deviations(a, axis) / (valid_count(a, axis) - ddof)),
                axis=axis,
                keepdims=keepdims,
            )
            / without_zeros(y)
        )
    },
    a=lambda d, y, a, a_shape, axis, ddof, keepdims: (
        spread(d / without_zeros(y), a_shape, axis, keepdims)
        * nan_deviations(a, axis)
        / (valid_count(a, axis) - ddof)
    ),
)

linear("cumsum", SCAN, a=lambda d, a_shape, axis: reversed_cumsum(d, axis, a_shape))
rule(
    "cumprod",
    SCAN,
    forward={"a": lambda d, y, a, axis: cumprod_tangent(d, y, a, axis)},
    a=lambda d, y, a, axis: cumprod_pullback(d, y, a, axis),
)
rule(
    "nancumsum",
    SCAN,
    forward={"a": lambda d, a, axis: xp.cumsum(xp.where(xp.isnan(a), 0, d), axis=axis)},
    a=lambda d, a, a_shape, axis: xp.where(xp.isnan(a), 0, reversed_cumsum(d, axis, a_shape)),
)

written(sum_of, "numpy.sum", "numpy.ndarray.sum")
written(mean_of, "numpy.mean", "numpy.ndarray.mean")
written(prod_of, "numpy.prod", "numpy.ndarray.prod")
written(max_of, "numpy.max", "numpy.amax", "numpy.ndarray.max")
written(min_of, "numpy.min", "numpy.amin", "numpy.ndarray.min")
written(var_of, "numpy.var", "numpy.ndarray.var")
written(std_of, "numpy.std", "numpy.ndarray.std")
written(nansum_of, "numpy.nansum")
written(nanmean_of, "numpy.nanmean")
written(nanprod_of, "numpy.nanprod")
written(nanmax_of, "numpy.nanmax")
written(nanmin_of, "numpy.nanmin")
written(nanvar_of, "numpy.nanvar")
written(nanstd_of, "numpy.nanstd")
written(cumsum_of, "numpy.cumsum", "numpy.ndarray.cumsum")
written(cumprod_of, "numpy.cumprod", "numpy.ndarray.cumprod")
written(nancumsum_of, "numpy.nancumsum")
written(nancumprod_of, "numpy.nancumprod")
written(cumulative_sum_of, "numpy.cumulative_sum")
written(cumulative_prod_of, "numpy.cumulative_prod")
