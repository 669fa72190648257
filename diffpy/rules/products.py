"""Rules of products of arrays: dot, tensordot, einsum, kron, cross, convolutions; and of diagonals."""

from __future__ import annotations

from typing import Any

import numpy as xp

from diffpy.rules.arithmetic import MATMUL_BY_RANK
from diffpy.rules.table import linear, rule, while_deriving
from diffpy.runtime.arrays import converted, unbroadcast
from diffpy.runtime.contractions import (
    cross_left,
    cross_right,
    dot_left,
    dot_right,
    einsum_first,
    einsum_first_tangent,
    einsum_pullback,
    einsum_tangent,
    einsum_terms,
    inner_left,
    inner_right,
    kron_left,
    kron_right,
    multi_dot_tangent,
    tensordot_left,
    tensordot_right,
)
from diffpy.runtime.matrices import (
    diag_pullback,
    matrix_power_pullback,
    matrix_power_tangent,
    multi_dot_pullback,
    placed_diagonal,
    trace_pullback,
)
from diffpy.runtime.polynomials import (
    convolve_left,
    convolve_right,
    correlate_left,
    correlate_right,
    polyval_coefficients,
    polyval_slope,
    roots_pullback,
    roots_tangent,
)

rule(
    "dot",
    "a, b, out=None",
    notes={"by_rank": MATMUL_BY_RANK},
    forward={"a": lambda d, b: xp.dot(d, b), "b": lambda d, a: xp.dot(a, d)},
    a=lambda d, a_shape, b: dot_left(d, a_shape, b),
    b=lambda d, a, b_shape: dot_right(d, a, b_shape),
)
rule(
    "vdot",
    "a, b, /",
    notes={"holomorphic": False},
    forward={"a": lambda d, b: xp.vdot(d, b), "b": lambda d, a: xp.vdot(a, d)},
    a=lambda d, a_shape, b: xp.reshape(xp.conj(d) * xp.ravel(b), a_shape),
    b=lambda d, a, b_shape: xp.reshape(d * xp.ravel(a), b_shape),
)
rule(
    "inner",
    "a, b, /",
    forward={"a": lambda d, b: xp.inner(d, b), "b": lambda d, a: xp.inner(a, d)},
    a=lambda d, a_shape, b: inner_left(d, a_shape, b),
    b=lambda d, a, b_shape: inner_right(d, a, b_shape),
)
rule(
    "outer",
    "a, b, out=None",
    of=("numpy.outer", "numpy.linalg.outer"),
    forward={"a": lambda d, b: xp.outer(d, b), "b": lambda d, a: xp.outer(a, d)},
    a=lambda d, a_shape, b: xp.reshape(d @ xp.ravel(b), a_shape),
    b=lambda d, a, b_shape: xp.reshape(xp.ravel(a) @ d, b_shape),
)
rule(
    "tensordot",
    "a, b, axes=2",
    of=("numpy.tensordot",),
    forward={
        "a": lambda d, b, axes: xp.tensordot(d, b, axes),
        "b": lambda d, a, axes: xp.tensordot(a, d, axes),
    },
    a=lambda d, a_shape, b, axes: tensordot_left(d, a_shape, b, axes),
    b=lambda d, a, b_shape, axes: tensordot_right(d, a, b_shape, axes),
)
rule(
    "tensordot",
    "x1, x2, /, *, axes=2",
    of=("numpy.linalg.tensordot",),
    forward={
        "x1": lambda d, x2, axes: xp.tensordot(d, x2, axes),
        "x2": lambda d, x1, axes: xp.tensordot(x1, d, axes),
    },
    x1=lambda d, x1_shape, x2, axes: tensordot_left(d, x1_shape, x2, axes),
    x2=lambda d, x1, x2_shape, axes: tensordot_right(d, x1, x2_shape, axes),
)


@while_deriving
def swapped(subscripts: object, index: int, optimize: object = False) -> Any:
    """Subscripts of the einsum in which an operand and the result have changed places, the result first.

    None where that is not the whole derivative: letters that are summed alone, diagonals, an ellipsis; and with options.

    >>> swapped("ij,jk->ik", 1)
    'ik,ij->jk'
    """
    if optimize or not isinstance(subscripts, str) or "..." in subscripts:
        return None
    ranks = [len(term) for term in subscripts.replace(" ", "").partition("->")[0].split(",")]
    terms, result = einsum_terms(subscripts, ranks)
    own, others = terms[index], [result, *terms[:index], *terms[index + 1 :]]
    whole = len(set(own)) == len(own) and set(own) <= set("".join(others))
    return f"{','.join(others)}->{own}" if whole else None


rule(
    "einsum",
    "subscripts, /, *operands, out=None, dtype=None, order='K', casting='safe', optimize=False",
    ignores="order",
    forward={
        "operands": lambda d, subscripts, operands, optimize: einsum_tangent(
            d, subscripts, operands, optimize
        ),
        "subscripts": lambda d, subscripts, operands, optimize: einsum_first_tangent(
            d, subscripts, operands, optimize
        ),
    },
    subscripts=lambda d, subscripts, operands, optimize: einsum_first(d, subscripts, operands, optimize),
    operands=lambda d, subscripts, operands, optimize: einsum_pullback(d, subscripts, operands, optimize),
    notes={
        "each": {
            "operands": lambda d, subscripts, operands, one_shape, optimize, index: (
                None
                if swapped(subscripts, index, optimize) is None
                else unbroadcast(
                    xp.einsum(
                        swapped(subscripts, index, optimize), d, *operands[:index], *operands[index + 1 :]
                    ),
                    one_shape,
                )
            )
        },
        "each_tangent": {
            "operands": lambda d, subscripts, operands, optimize, index: (
                None
                if swapped(subscripts, index, optimize) is None
                else xp.einsum(subscripts, *operands[:index], d, *operands[index + 1 :])
            )
        },
    },
)
rule(
    "kron",
    "a, b",
    forward={"a": lambda d, b: xp.kron(d, b), "b": lambda d, a: xp.kron(a, d)},
    a=lambda d, a_shape, b: kron_left(d, a_shape, b),
    b=lambda d, a, b_shape: kron_right(d, a, b_shape),
)
rule(
    "cross",
    "a, b, axisa=-1, axisb=-1, axisc=-1, axis=None",
    forward={
        "a": lambda d, b, axisa, axisb, axisc, axis: xp.cross(d, b, axisa, axisb, axisc, axis),
        "b": lambda d, a, axisa, axisb, axisc, axis: xp.cross(a, d, axisa, axisb, axisc, axis),
    },
    a=lambda d, a_shape, b, axisa, axisb, axisc, axis: cross_left(d, a_shape, b, axisa, axisb, axisc, axis),
    b=lambda d, a, b_shape, axisa, axisb, axisc, axis: cross_right(d, a, b_shape, axisa, axisb, axisc, axis),
)
rule(
    "multi_dot",
    "arrays, *, out=None",
    of=("numpy.linalg.multi_dot",),
    forward={"arrays": lambda d, arrays: multi_dot_tangent(d, arrays)},
    arrays=lambda d, arrays: multi_dot_pullback(d, arrays),
)
rule(
    "matrix_power",
    "a, n",
    of=("numpy.linalg.matrix_power",),
    forward={"a": lambda d, a, n: matrix_power_tangent(d, a, n)},
    a=lambda d, a, n: matrix_power_pullback(d, a, n),
)
rule(
    "convolve",
    "a, v, mode='full'",
    ignores="mode",
    forward={
        "a": lambda d, v, mode: xp.convolve(d, v, mode),
        "v": lambda d, a, mode: xp.convolve(a, d, mode),
    },
    a=lambda d, a_shape, v, mode: convolve_left(d, a_shape, v, mode),
    v=lambda d, a, v_shape, mode: convolve_right(d, a, v_shape, mode),
)
rule(
    "correlate",
    "a, v, mode='valid'",
    notes={"holomorphic": False},
    ignores="mode",
    forward={
        "a": lambda d, v, mode: xp.correlate(d, v, mode),
        "v": lambda d, a, mode: xp.correlate(a, d, mode),
    },
    a=lambda d, a_shape, v, mode: correlate_left(d, a_shape, v, mode),
    v=lambda d, a, v_shape, mode: correlate_right(d, a, v_shape, mode),
)
rule(
    "polyval",
    "p, x",
    forward={"p": lambda d, x: xp.polyval(d, x), "x": lambda d, p, x: d * polyval_slope(p, x)},
    p=lambda d, p, x: polyval_coefficients(d, p, x),
    x=lambda d, p, x: d * polyval_slope(p, x),
)

rule(
    "roots",
    "p",
    notes={"typed_by_value": True},
    forward={"p": lambda d, y, p: roots_tangent(d, y, p)},
    p=lambda d, y, p: roots_pullback(d, y, p),
)

# Diagonals and triangles

linear(
    "trace",
    "a, offset=0, axis1=0, axis2=1, dtype=None, out=None",
    a=lambda d, a, a_shape, offset, axis1, axis2, dtype: (
        trace_pullback(d, a_shape, offset, axis1, axis2)
        if dtype is None
        else converted(trace_pullback(d, a_shape, offset, axis1, axis2), a, dtype)
    ),
)
linear(
    "diagonal",
    "a, offset=0, axis1=0, axis2=1",
    a=lambda d, a_shape, offset, axis1, axis2: placed_diagonal(d, a_shape, offset, axis1, axis2),
)
linear(
    "trace",
    "x, /, *, offset=0, dtype=None",
    of=("numpy.linalg.trace",),
    x=lambda d, x, x_shape, offset, dtype: (
        trace_pullback(d, x_shape, offset, -2, -1)
        if dtype is None
        else converted(trace_pullback(d, x_shape, offset, -2, -1), x, dtype)
    ),
)
linear(
    "diagonal",
    "x, /, *, offset=0",
    of=("numpy.linalg.diagonal",),
    x=lambda d, x_shape, offset: placed_diagonal(d, x_shape, offset, -2, -1),
)
linear("diag", "v, k=0", v=lambda d, v_shape, k: diag_pullback(d, v_shape, k))
linear("tril", "m, k=0", m=lambda d, k: xp.tril(d, k))
linear("triu", "m, k=0", m=lambda d, k: xp.triu(d, k))
