"""Operations whose results do not change smoothly (shapes, counts, tests, types), and fresh arrays."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import constant, linear, rule
from diffpy.runtime.arrays import arange_start, arange_step, converted, unbroadcast
from diffpy.runtime.orders import linspace_part


def _in(module: str, names: str) -> None:
    constant(*(f"{module}.{name}" for name in names.split()))


_in(
    "numpy",
    """
    shape size ndim zeros ones empty zeros_like ones_like empty_like eye identity indices tri
    argmax argmin nanargmax nanargmin argsort argpartition lexsort nonzero flatnonzero argwhere
    searchsorted digitize
    count_nonzero any all allclose array_equal array_equiv isscalar isrealobj iscomplexobj isin unique_counts
    result_type promote_types can_cast min_scalar_type common_type issubdtype isdtype iterable typename
    finfo iinfo dtype
    shares_memory may_share_memory broadcast_shapes
    tril_indices triu_indices tril_indices_from triu_indices_from diag_indices diag_indices_from mask_indices
    ravel_multi_index unravel_index ix_ ndindex errstate seterr geterr
    printoptions set_printoptions
    bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp array2string array_str array_repr
    save savez savetxt
    hanning hamming bartlett blackman kaiser
""",
)
_in("numpy.linalg", "matrix_rank")
_in(
    "numpy.random",
    """
    rand randn randint random random_sample random_integers ranf sample seed default_rng
    standard_normal standard_cauchy get_state set_state bytes Generator RandomState SeedSequence
""",
)
_in("numpy.random.Generator", "integers random bytes standard_normal spawn")
_in("numpy.random.RandomState", "rand randn randint random random_sample seed standard_normal")
_in(
    "builtins",
    """
    len int bool round isinstance issubclass range str repr print type id hash callable hasattr format chr ord
    any all ascii bin hex oct input open slice bytes object
""",
)
_in("builtins.float", "is_integer as_integer_ratio hex")
_in("time", "time perf_counter monotonic process_time sleep")

# Fresh arrays that hold an argument's value

linear(
    "full",
    "shape, fill_value, dtype=None, order='C', *, device=None, like=None",
    ignores="order",
    fill_value=lambda d, fill_value, fill_value_shape, dtype: (
        unbroadcast(d, fill_value_shape)
        if dtype is None
        else converted(unbroadcast(d, fill_value_shape), fill_value, dtype)
    ),
)
linear(
    "full_like",
    "a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None",
    ignores="order shape",
    no_derivative={"a": "only its shape is used"},
    fill_value=lambda d, fill_value, fill_value_shape, dtype: (
        unbroadcast(d, fill_value_shape)
        if dtype is None
        else converted(unbroadcast(d, fill_value_shape), fill_value, dtype)
    ),
)
linear(
    "linspace",
    "start, stop, num=50, endpoint=True",
    start=lambda d, start_shape, num, endpoint: linspace_part(d, start_shape, num, endpoint, True),
    stop=lambda d, stop_shape, num, endpoint: linspace_part(d, stop_shape, num, endpoint, False),
)
rule(
    "arange",
    "start, stop=None, step=1, dtype=None, *, device=None, like=None",
    forward={
        "start": lambda d, y, stop: y * 0 + (0 if stop is None else d),
        "step": lambda d, y: d * xp.arange(len(y)),
    },
    no_derivative={"stop": "only its distance in steps is used"},
    start=lambda d, stop: arange_start(d, stop),
    step=lambda d: arange_step(d),
)

# Random numbers by location and scale: the derivative along the path, for the draw that was made

for module in ("numpy.random", "numpy.random.Generator", "numpy.random.RandomState"):
    owner = "" if module == "numpy.random" else "self, "
    rule(
        "normal",
        owner + "loc=0.0, scale=1.0, size=None",
        ignores="size",
        of=(module + ".normal",),
        no_derivative={"self": "it is a generator"},
        forward={"loc": lambda d, y: d + 0 * y, "scale": lambda d, y, loc, scale: d * (y - loc) / scale},
        loc=lambda d, loc_shape: unbroadcast(d, loc_shape),
        scale=lambda d, y, loc, scale, scale_shape: unbroadcast(d * (y - loc) / scale, scale_shape),
    )
    rule(
        "uniform",
        owner + "low=0.0, high=1.0, size=None",
        ignores="size",
        of=(module + ".uniform",),
        no_derivative={"self": "it is a generator"},
        forward={
            "low": lambda d, y, low, high: d * (high - y) / (high - low),
            "high": lambda d, y, low, high: d * (y - low) / (high - low),
        },
        low=lambda d, y, low, low_shape, high: unbroadcast(d * (high - y) / (high - low), low_shape),
        high=lambda d, y, low, high, high_shape: unbroadcast(d * (y - low) / (high - low), high_shape),
    )

rule(
    "gauss",
    "self, mu=0.0, sigma=1.0",
    of=("random.Random.gauss", "random.Random.normalvariate"),
    no_derivative={"self": "it is a generator"},
    forward={"mu": lambda d: d, "sigma": lambda d, y, mu, sigma: xp.divide(d * (y - mu), sigma)},
    mu=lambda d: d,
    sigma=lambda d, y, mu, sigma: xp.divide(d * (y - mu), sigma),
)
rule(
    "random.uniform",
    "self, a, b",
    of=("random.Random.uniform",),
    no_derivative={"self": "it is a generator"},
    forward={
        "a": lambda d, y, a, b: xp.divide(d * (b - y), b - a),
        "b": lambda d, y, a, b: xp.divide(d * (y - a), b - a),
    },
    a=lambda d, y, a, b: xp.divide(d * (b - y), b - a),
    b=lambda d, y, a, b: xp.divide(d * (y - a), b - a),
)
