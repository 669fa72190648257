"""Rules of the functions that derivatives call, so that a derivative has derivatives of its own."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import constant, elementwise, linear, rule
from diffpy.runtime.arrays import (
    cast,
    converted,
    gathered,
    logaddexp_weight,
    placed,
    quotient,
    rebroadcast,
    share,
    spread,
    taken,
    unless_still,
)
from diffpy.runtime.contractions import (
    dot_left,
    dot_right,
    matmul_left,
    matmul_right,
    product,
    tensor_product,
    tensordot_left,
    tensordot_right,
)
from diffpy.runtime.joins import pieces_joined, pieces_stacked
from diffpy.runtime.matrices import diagonal_of, placed_diagonal
from diffpy.runtime.orders import quantile_slopes
from diffpy.runtime.powers import (
    lowered,
    power_base,
    power_base_exponent,
    power_exponent,
    power_exponent_base,
)
from diffpy.runtime.reductions import centred, cumulated, reversed_cumsum
from diffpy.runtime.strided import strided_index

ARRAYS, CONTRACTIONS = "diffpy.runtime.arrays.", "diffpy.runtime.contractions."
DECIDES = "only its order decides where the value goes"

# Shapes

linear(
    "spread",
    "value, shape, axis=None, keepdims=False",
    of=(ARRAYS + "spread",),
    value=lambda d, value_shape, axis, keepdims: gathered(d, value_shape, axis, keepdims),
)
linear(
    "unbroadcast",
    "value, shape",
    of=(ARRAYS + "unbroadcast", ARRAYS + "rebroadcast"),
    value=lambda d, value_shape: rebroadcast(d, value_shape),
)
linear(
    "gathered",
    "value, shape, axis=None, keepdims=False",
    of=(ARRAYS + "gathered",),
    value=lambda d, value_shape, axis, keepdims: spread(d, value_shape, axis, keepdims),
)
linear(
    "placed",
    "value, shape, index",
    of=(ARRAYS + "placed",),
    value=lambda d, value_shape, index: rebroadcast(taken(d, index), value_shape),
)
linear(
    "with_added",
    "a, value, index",
    of=(ARRAYS + "with_added",),
    a=lambda d, a: d,
    value=lambda d, value_shape, index: rebroadcast(taken(d, index), value_shape),
)
linear("taken", "a, index", of=(ARRAYS + "taken",), a=lambda d, a_shape, index: placed(d, a_shape, index))
linear(
    "strided_like",
    "x_dot, x, shape, strides",
    of=("diffpy.runtime.strided.strided_like",),
    no_derivative={"x": "only where its entries stand is used"},
    x_dot=lambda d, x_dot_shape, x, shape, strides: placed(d, x_dot_shape, strided_index(x, shape, strides)),
)
linear(
    "windows_pullback",
    "d, x_shape, window_shape, axis",
    of=("diffpy.runtime.joins.windows_pullback",),
    d=lambda d, window_shape, axis: xp.lib.stride_tricks.sliding_window_view(d, window_shape, axis),
)
constant(
    ARRAYS + "inverse",
    ARRAYS + "inverse_of",
    ARRAYS + "negated",
    ARRAYS + "count",
    ARRAYS + "shape_of",
    ARRAYS + "array_module",
    ARRAYS + "kept_shape",
    ARRAYS + "axes_of",
    ARRAYS + "is_number",
    "diffpy.runtime.orders.kept_indices",
    "diffpy.runtime.strided.strided_index",
    "diffpy.runtime.reductions.winner_weights",
    "diffpy.runtime.reductions.valid_count",
    "diffpy.runtime.orders.quantile_slopes",
)

# Kinks, poles, types

constant(ARRAYS + "sign")
elementwise("without_zeros", "x", lambda d: d, of=(ARRAYS + "without_zeros",))
elementwise(
    "unless_still",
    "y, x_dot",
    lambda d: d,
    of=(ARRAYS + "unless_still",),
    no_derivative={"x_dot": DECIDES},
)
elementwise(
    "quotient",
    "a, b",
    lambda d, b: quotient(d, unless_still(b, d)),
    lambda d, a, b: quotient(-d * quotient(a, unless_still(b, d)), unless_still(b, d)),
    of=(ARRAYS + "quotient",),
)
elementwise(
    "share",
    "value, result, one, *others",
    lambda d, result, one, others: share(d, result, one, *others),
    of=(ARRAYS + "share",),
    no_derivative={"result": DECIDES, "one": DECIDES, "others": DECIDES},
)
elementwise(
    "power_base",
    "value, a, b",
    lambda d, a, b: power_base(d, a, b),
    lambda d, value, a, b: power_base(d * value * b, a, lowered(a, b)),
    lambda d, value, a, b: power_base_exponent(d * value, a, b),
    of=("diffpy.runtime.powers.power_base",),
)
elementwise(
    "lowered",
    "a, b",
    None,
    lambda d: d,
    of=("diffpy.runtime.powers.lowered",),
    no_derivative={"a": "only its zeros are used"},
)
elementwise(
    "power_exponent",
    "value, power, a, b",
    lambda d, power, a, b: power_exponent(d, power, a, b),
    lambda d, value, a, b: power_exponent(d * value, 1.0, a, b),
    lambda d, value, power, a: power_exponent_base(d * value, power, a),
    of=("diffpy.runtime.powers.power_exponent",),
    no_derivative={"b": "only its sign is used"},
)

rule(
    "quantile_weights",
    "a, q, axis=None",
    of=("diffpy.runtime.orders.quantile_weights",),
    forward={
        "a": lambda d, y: xp.zeros_like(y),
        "q": lambda d, a, q, axis: d * quantile_slopes(a, q, axis),
    },
    a=lambda d, a: xp.zeros_like(a),
    q=lambda d, a, q, axis: xp.sum(d * quantile_slopes(a, q, axis)),
)

# Products

rule(
    "matmul_left",
    "value, a_shape, b",
    of=(CONTRACTIONS + "matmul_left",),
    no_derivative={"a_shape": "it is a shape"},
    forward={
        "value": lambda d, a_shape, b: matmul_left(d, a_shape, b),
        "b": lambda d, value, a_shape: matmul_left(value, a_shape, d),
    },
    value=lambda d, b: d @ b,
    b=lambda d, value, b_shape: matmul_right(value, d, b_shape),
)
rule(
    "matmul_right",
    "value, a, b_shape",
    of=(CONTRACTIONS + "matmul_right",),
    no_derivative={"b_shape": "it is a shape"},
    forward={
        "value": lambda d, a, b_shape: matmul_right(d, a, b_shape),
        "a": lambda d, value, b_shape: matmul_right(value, d, b_shape),
    },
    value=lambda d, a: a @ d,
    a=lambda d, value, a_shape: matmul_left(value, a_shape, d),
)

rule(
    "dot_left",
    "value, a_shape, b",
    of=(CONTRACTIONS + "dot_left",),
    no_derivative={"a_shape": "it is a shape"},
    forward={
        "value": lambda d, a_shape, b: dot_left(d, a_shape, b),
        "b": lambda d, value, a_shape: dot_left(value, a_shape, d),
    },
    value=lambda d, b: product(d, b),
    b=lambda d, value, b_shape: dot_right(value, d, b_shape),
)
rule(
    "dot_right",
    "value, a, b_shape",
    of=(CONTRACTIONS + "dot_right",),
    no_derivative={"b_shape": "it is a shape"},
    forward={
        "value": lambda d, a, b_shape: dot_right(d, a, b_shape),
        "a": lambda d, value, b_shape: dot_right(value, d, b_shape),
    },
    value=lambda d, a: product(a, d),
    a=lambda d, value, a_shape: dot_left(value, a_shape, d),
)
rule(
    "tensordot_left",
    "value, a_shape, b, axes=2",
    of=(CONTRACTIONS + "tensordot_left",),
    no_derivative={"a_shape": "it is a shape"},
    forward={
        "value": lambda d, a_shape, b, axes: tensordot_left(d, a_shape, b, axes),
        "b": lambda d, value, a_shape, axes: tensordot_left(value, a_shape, d, axes),
    },
    value=lambda d, b, axes: tensor_product(d, b, axes),
    b=lambda d, value, b_shape, axes: tensordot_right(value, d, b_shape, axes),
)
rule(
    "tensordot_right",
    "value, a, b_shape, axes=2",
    of=(CONTRACTIONS + "tensordot_right",),
    no_derivative={"b_shape": "it is a shape"},
    forward={
        "value": lambda d, a, b_shape, axes: tensordot_right(d, a, b_shape, axes),
        "a": lambda d, value, b_shape, axes: tensordot_right(value, d, b_shape, axes),
    },
    value=lambda d, a, axes: tensor_product(a, d, axes),
    a=lambda d, value, a_shape, axes: tensordot_left(value, a_shape, d, axes),
)
rule(
    "product",
    "a, b",
    of=(CONTRACTIONS + "product",),
    forward={"a": lambda d, b: product(d, b), "b": lambda d, a: product(a, d)},
    a=lambda d, a_shape, b: dot_left(d, a_shape, b),
    b=lambda d, a, b_shape: dot_right(d, a, b_shape),
)
rule(
    "tensor_product",
    "a, b, axes=2",
    of=(CONTRACTIONS + "tensor_product",),
    forward={
        "a": lambda d, b, axes: tensor_product(d, b, axes),
        "b": lambda d, a, axes: tensor_product(a, d, axes),
    },
    a=lambda d, a_shape, b, axes: tensordot_left(d, a_shape, b, axes),
    b=lambda d, a, b_shape, axes: tensordot_right(d, a, b_shape, axes),
)

# The rest

linear(
    "concatenate_pullback",
    "value, arrays, axis=0",
    of=("diffpy.runtime.joins.concatenate_pullback",),
    no_derivative={"arrays": "only its shapes are used"},
    value=lambda d, arrays, axis: pieces_joined(d, arrays, axis),
)
linear(
    "stack_pullback",
    "value, arrays, axis=0",
    of=("diffpy.runtime.joins.stack_pullback",),
    no_derivative={"arrays": "only its shapes are used"},
    value=lambda d, arrays, axis: pieces_stacked(d, arrays, axis),
)
linear(
    "placed_diagonal",
    "value, shape, offset=0, axis1=0, axis2=1",
    of=("diffpy.runtime.matrices.placed_diagonal",),
    value=lambda d, offset, axis1, axis2: diagonal_of(d, offset, axis1, axis2),
)
linear(
    "diagonal_of",
    "a, offset=0, axis1=0, axis2=1",
    of=("diffpy.runtime.matrices.diagonal_of",),
    a=lambda d, a_shape, offset, axis1, axis2: placed_diagonal(d, a_shape, offset, axis1, axis2),
)
rule(
    "deviations",
    "a, axis=None",
    of=("diffpy.runtime.reductions.deviations", "diffpy.runtime.reductions.centred"),
    forward={"a": lambda d, axis: centred(d, axis)},
    a=lambda d, axis: centred(d, axis),
)
linear(
    "reversed_cumsum",
    "value, axis, shape",
    of=("diffpy.runtime.reductions.reversed_cumsum",),
    value=lambda d, axis, value_shape: cumulated(d, axis, value_shape),
)
linear(
    "cumulated",
    "value, axis, shape",
    of=("diffpy.runtime.reductions.cumulated",),
    value=lambda d, axis, value_shape: reversed_cumsum(d, axis, value_shape),
)
linear(
    "diff_pullback",
    "value, n=1, axis=-1",
    of=("diffpy.runtime.orders.diff_pullback",),
    value=lambda d, n, axis: xp.diff(d, n, axis),
)
rule(
    "cast",
    "value, like",
    of=(ARRAYS + "cast", ARRAYS + "as_argument"),
    no_derivative={"like": "only its type is used"},
    forward={"value": lambda d, like: cast(d, like)},
    value=lambda d, value: cast(d, value),
)
linear(
    "converted",
    "value, like, dtype",
    of=(ARRAYS + "converted",),
    no_derivative={"like": "only its type is used", "dtype": "it is a type"},
    value=lambda d, value, dtype: converted(d, value, dtype),
)
elementwise(
    "logaddexp_weight",
    "one, other, result",
    lambda d, one, other, result: d * logaddexp_weight(one, other, result),
    None,
    lambda d, one, other, result: -d * logaddexp_weight(one, other, result),
    of=(ARRAYS + "logaddexp_weight",),
    no_derivative={"other": "only its equality is used"},
)
