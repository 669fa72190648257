"""Rules of linear algebra: products, norms, inverses, determinants, factorisations, diagonals, convolutions."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.arithmetic import MATMUL_BY_RANK
from diffpy.rules.table import linear, rule
from diffpy.runtime.contractions import (
    cross_left,
    cross_right,
    dot_left,
    dot_right,
    einsum_part,
    einsum_pullback,
    einsum_tangent,
    inner_left,
    inner_right,
    kron_left,
    kron_right,
    multi_dot_tangent,
    tensordot_left,
    tensordot_right,
)
from diffpy.runtime.factorisations import (
    cholesky_pullback,
    cholesky_tangent,
    eigh_pullback,
    eigh_tangent,
    eigvalsh_pullback,
    eigvalsh_tangent,
    qr_pullback,
    qr_tangent,
    svd_pullback,
    svd_tangent,
)
from diffpy.runtime.matrices import (
    det_pullback,
    diag_pullback,
    inv_pullback,
    matrix_norm_pullback,
    matrix_power_pullback,
    matrix_power_tangent,
    multi_dot_pullback,
    norm_pullback,
    pinv_pullback,
    pinv_tangent,
    placed_diagonal,
    slogdet_pullback,
    solve_left,
    solve_right,
    solve_tangent,
    trace_pullback,
    vector_norm_pullback,
)
from diffpy.runtime.polynomials import (
    convolve_left,
    convolve_right,
    correlate_left,
    correlate_right,
    polyval_coefficients,
    polyval_slope,
)

# Products

rule("dot", "a, b, out=None", notes={"by_rank": MATMUL_BY_RANK},
     forward={"a": lambda d, b: xp.dot(d, b), "b": lambda d, a: xp.dot(a, d)},
     a=lambda d, a_shape, b: dot_left(d, a_shape, b), b=lambda d, a, b_shape: dot_right(d, a, b_shape))
rule("vdot", "a, b, /", notes={"holomorphic": False},
     forward={"a": lambda d, b: xp.vdot(d, b), "b": lambda d, a: xp.vdot(a, d)},
     a=lambda d, a_shape, b: xp.reshape(xp.conj(d) * xp.ravel(b), a_shape),
     b=lambda d, a, b_shape: xp.reshape(d * xp.ravel(a), b_shape))
rule("inner", "a, b, /", forward={"a": lambda d, b: xp.inner(d, b), "b": lambda d, a: xp.inner(a, d)},
     a=lambda d, a_shape, b: inner_left(d, a_shape, b), b=lambda d, a, b_shape: inner_right(d, a, b_shape))
rule("outer", "a, b, out=None", of=("numpy.outer", "numpy.linalg.outer"),
     forward={"a": lambda d, b: xp.outer(d, b), "b": lambda d, a: xp.outer(a, d)},
     a=lambda d, a_shape, b: xp.reshape(d @ xp.ravel(b), a_shape),
     b=lambda d, a, b_shape: xp.reshape(xp.ravel(a) @ d, b_shape))
rule("tensordot", "a, b, axes=2", of=("numpy.tensordot", "numpy.linalg.tensordot"),
     forward={"a": lambda d, b, axes: xp.tensordot(d, b, axes), "b": lambda d, a, axes: xp.tensordot(a, d, axes)},
     a=lambda d, a_shape, b, axes: tensordot_left(d, a_shape, b, axes),
     b=lambda d, a, b_shape, axes: tensordot_right(d, a, b_shape, axes))
rule("einsum", "subscripts, /, *operands, out=None, dtype=None, order='K', casting='safe', optimize=False",
     ignores="order",
     forward={"operands": lambda d, subscripts, operands, optimize: einsum_tangent(d, subscripts, operands, optimize)},
     operands=lambda d, subscripts, operands, optimize: einsum_pullback(d, subscripts, operands, optimize),
     notes={"each": {"operands": lambda d, subscripts, operands, optimize, index:
                     einsum_part(d, subscripts, operands, index, optimize)}})
rule("kron", "a, b", forward={"a": lambda d, b: xp.kron(d, b), "b": lambda d, a: xp.kron(a, d)},
     a=lambda d, a_shape, b: kron_left(d, a_shape, b), b=lambda d, a, b_shape: kron_right(d, a, b_shape))
rule("cross", "a, b, axisa=-1, axisb=-1, axisc=-1, axis=None",
     forward={"a": lambda d, b, axisa, axisb, axisc, axis: xp.cross(d, b, axisa, axisb, axisc, axis),
              "b": lambda d, a, axisa, axisb, axisc, axis: xp.cross(a, d, axisa, axisb, axisc, axis)},
     a=lambda d, a_shape, b, axisa, axisb, axisc, axis: cross_left(d, a_shape, b, axisa, axisb, axisc, axis),
     b=lambda d, a, b_shape, axisa, axisb, axisc, axis: cross_right(d, a, b_shape, axisa, axisb, axisc, axis))
rule("multi_dot", "arrays, *, out=None", of=("numpy.linalg.multi_dot",),
     forward={"arrays": lambda d, arrays: multi_dot_tangent(d, arrays)},
     arrays=lambda d, arrays: multi_dot_pullback(d, arrays))
rule("matrix_power", "a, n", of=("numpy.linalg.matrix_power",),
     forward={"a": lambda d, a, n: matrix_power_tangent(d, a, n)}, a=lambda d, a, n: matrix_power_pullback(d, a, n))
rule("convolve", "a, v, mode='full'", ignores="mode",
     forward={"a": lambda d, v, mode: xp.convolve(d, v, mode), "v": lambda d, a, mode: xp.convolve(a, d, mode)},
     a=lambda d, a_shape, v, mode: convolve_left(d, a_shape, v, mode),
     v=lambda d, a, v_shape, mode: convolve_right(d, a, v_shape, mode))
rule("correlate", "a, v, mode='valid'", ignores="mode",
     forward={"a": lambda d, v, mode: xp.correlate(d, v, mode), "v": lambda d, a, mode: xp.correlate(a, d, mode)},
     a=lambda d, a_shape, v, mode: correlate_left(d, a_shape, v, mode),
     v=lambda d, a, v_shape, mode: correlate_right(d, a, v_shape, mode))
rule("polyval", "p, x",
     forward={"p": lambda d, x: xp.polyval(d, x), "x": lambda d, p, x: d * polyval_slope(p, x)},
     p=lambda d, p, x: polyval_coefficients(d, p, x), x=lambda d, p, x: d * polyval_slope(p, x))

# Diagonals and triangles

linear("trace", "a, offset=0, axis1=0, axis2=1, dtype=None, out=None",
       a=lambda d, a_shape, offset, axis1, axis2: trace_pullback(d, a_shape, offset, axis1, axis2))
linear("diagonal", "a, offset=0, axis1=0, axis2=1",
       a=lambda d, a_shape, offset, axis1, axis2: placed_diagonal(d, a_shape, offset, axis1, axis2))
linear("trace", "x, /, *, offset=0, dtype=None", of=("numpy.linalg.trace",),
       x=lambda d, x_shape, offset: trace_pullback(d, x_shape, offset, -2, -1))
linear("diagonal", "x, /, *, offset=0", of=("numpy.linalg.diagonal",),
       x=lambda d, x_shape, offset: placed_diagonal(d, x_shape, offset, -2, -1))
linear("diag", "v, k=0", v=lambda d, v_shape, k: diag_pullback(d, v_shape, k))
linear("tril", "m, k=0", m=lambda d, k: xp.tril(d, k))
linear("triu", "m, k=0", m=lambda d, k: xp.triu(d, k))

# Norms

rule("norm", "x, ord=None, axis=None, keepdims=False", of=("numpy.linalg.norm",), notes={"holomorphic": False},
     forward={"x": lambda d, y, x, ord, axis, keepdims:
              xp.sum(norm_pullback(xp.ones_like(y), y, x, ord, axis, keepdims) * d, axis=axis, keepdims=keepdims)},
     x=lambda d, y, x, ord, axis, keepdims: norm_pullback(d, y, x, ord, axis, keepdims))
rule("vector_norm", "x, /, *, axis=None, keepdims=False, ord=2", of=("numpy.linalg.vector_norm",),
     notes={"holomorphic": False},
     forward={"x": lambda d, y, x, ord, axis, keepdims:
              xp.sum(vector_norm_pullback(xp.ones_like(y), y, x, ord, axis, keepdims) * d, axis=axis, keepdims=keepdims)},
     x=lambda d, y, x, ord, axis, keepdims: vector_norm_pullback(d, y, x, ord, axis, keepdims))
rule("matrix_norm", "x, /, *, keepdims=False, ord='fro'", of=("numpy.linalg.matrix_norm",), notes={"holomorphic": False},
     forward={"x": lambda d, y, x, ord, keepdims: xp.sum(
         matrix_norm_pullback(xp.ones_like(y), y, x, ord, (-2, -1), keepdims) * d, axis=(-2, -1), keepdims=keepdims)},
     x=lambda d, y, x, ord, keepdims: matrix_norm_pullback(d, y, x, ord, (-2, -1), keepdims))

# Inverses and determinants

rule("solve", "a, b", of=("numpy.linalg.solve",),
     forward={"a": lambda d, y, a, b_shape: solve_tangent(d, y, a, b_shape), "b": lambda d, a: xp.linalg.solve(a, d)},
     a=lambda d, y, a, b_shape: solve_left(d, y, a, b_shape), b=lambda d, a, b_shape: solve_right(d, a, b_shape))
rule("inv", "a", of=("numpy.linalg.inv",), forward={"a": lambda d, y: -y @ d @ y},
     a=lambda d, y: inv_pullback(d, y))
rule("pinv", "a, rcond=None, hermitian=False, *, rtol=None", of=("numpy.linalg.pinv",), ignores="rcond rtol",
     forward={"a": lambda d, y, a: pinv_tangent(d, y, a)},
     a=lambda d, y, a: pinv_pullback(d, y, a))
rule("det", "a", of=("numpy.linalg.det",),
     forward={"a": lambda d, y, a: xp.sum(det_pullback(xp.ones_like(y), y, a) * d, axis=(-2, -1))}, a=lambda d, y, a: det_pullback(d, y, a))
rule("slogdet", "a", of=("numpy.linalg.slogdet",),
     forward={"a": lambda d, y, a: (
         0 * y[0], xp.sum(slogdet_pullback((None, xp.ones_like(y[1])), a) * d, axis=(-2, -1)))},
     a=lambda d, a: slogdet_pullback(d, a))

# Factorisations

rule("cholesky", "a, /, *, upper=False", of=("numpy.linalg.cholesky",),
     forward={"a": lambda d, y: cholesky_tangent(d, y)}, a=lambda d, y: cholesky_pullback(d, y))
rule("eigh", "a, UPLO='L'", of=("numpy.linalg.eigh",),
     forward={"a": lambda d, y, UPLO: eigh_tangent(d, y, UPLO)}, a=lambda d, y, UPLO: eigh_pullback(d, y, UPLO))
rule("eigvalsh", "a, UPLO='L'", of=("numpy.linalg.eigvalsh",),
     forward={"a": lambda d, a, UPLO: eigvalsh_tangent(d, a, UPLO)},
     a=lambda d, a, UPLO: eigvalsh_pullback(d, a, UPLO))
rule("qr", "a, mode='reduced'", of=("numpy.linalg.qr",),
     forward={"a": lambda d, y: qr_tangent(d, y)}, a=lambda d, y: qr_pullback(d, y))
rule("svd", "a, full_matrices=True, compute_uv=True, hermitian=False", of=("numpy.linalg.svd",),
     forward={"a": lambda d, y, a, compute_uv: svd_tangent(d, y, a, compute_uv)}, ignores="full_matrices",
     a=lambda d, y, a, compute_uv: svd_pullback(d, y, a, compute_uv))
rule("svdvals", "x, /", of=("numpy.linalg.svdvals",),
     forward={"x": lambda d, y, x: svd_tangent(d, y, x, False)}, x=lambda d, y, x: svd_pullback(d, y, x, False))
