"""Rules of linear algebra: norms, inverses, determinants, factorisations."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import Line, rule
from diffpy.runtime.factorisations import (
    cholesky_pullback,
    cholesky_tangent,
    eig_pullback,
    eig_tangent,
    eigh_pullback,
    eigh_tangent,
    eigvals_pullback,
    eigvals_tangent,
    eigvalsh_pullback,
    eigvalsh_tangent,
    qr_pullback,
    qr_tangent,
    svd_pullback,
    svd_tangent,
)
from diffpy.runtime.matrices import (
    det_pullback,
    inv_pullback,
    matrix_norm_pullback,
    norm_pullback,
    pinv_pullback,
    pinv_tangent,
    slogdet_pullback,
    solve_left,
    solve_right,
    solve_tangent,
    vector_norm_pullback,
)

# Norms

rule(
    "norm",
    "x, ord=None, axis=None, keepdims=False",
    of=("numpy.linalg.norm",),
    notes={"holomorphic": False},
    forward={
        "x": lambda d, y, x, ord, axis, keepdims: xp.sum(
            norm_pullback(xp.ones_like(y), y, x, ord, axis, keepdims) * d, axis=axis, keepdims=keepdims
        )
    },
    x=lambda d, y, x, ord, axis, keepdims: norm_pullback(d, y, x, ord, axis, keepdims),
)
rule(
    "vector_norm",
    "x, /, *, axis=None, keepdims=False, ord=2",
    of=("numpy.linalg.vector_norm",),
    notes={"holomorphic": False},
    forward={
        "x": lambda d, y, x, ord, axis, keepdims: xp.sum(
            vector_norm_pullback(xp.ones_like(y), y, x, ord, axis, keepdims) * d, axis=axis, keepdims=keepdims
        )
    },
    x=lambda d, y, x, ord, axis, keepdims: vector_norm_pullback(d, y, x, ord, axis, keepdims),
)
rule(
    "matrix_norm",
    "x, /, *, keepdims=False, ord='fro'",
    of=("numpy.linalg.matrix_norm",),
    notes={"holomorphic": False},
    forward={
        "x": lambda d, y, x, ord, keepdims: xp.sum(
            matrix_norm_pullback(xp.ones_like(y), y, x, ord, (-2, -1), keepdims) * d,
            axis=(-2, -1),
            keepdims=keepdims,
        )
    },
    x=lambda d, y, x, ord, keepdims: matrix_norm_pullback(d, y, x, ord, (-2, -1), keepdims),
)

# Inverses and determinants

# Of one matrix, written out: the second derivative then finds operations that it knows.
SOLVE_BY_RANK: dict[tuple[int, ...], dict[str, Line]] = {
    (2, 1): {
        "a": lambda d, y, a: -xp.outer(xp.linalg.solve(a.T, d), y),
        "b": lambda d, a: xp.linalg.solve(a.T, d),
    },
    (2, 2): {
        "a": lambda d, y, a: -xp.linalg.solve(a.T, d) @ y.T,
        "b": lambda d, a: xp.linalg.solve(a.T, d),
    },
}
rule(
    "solve",
    "a, b",
    of=("numpy.linalg.solve",),
    notes={"by_rank": SOLVE_BY_RANK},
    forward={
        "a": lambda d, y, a, b_shape: solve_tangent(d, y, a, b_shape),
        "b": lambda d, a: xp.linalg.solve(a, d),
    },
    a=lambda d, y, a, b_shape: solve_left(d, y, a, b_shape),
    b=lambda d, a, b_shape: solve_right(d, a, b_shape),
)
rule(
    "inv",
    "a",
    of=("numpy.linalg.inv",),
    forward={"a": lambda d, y: -y @ d @ y},
    a=lambda d, y: inv_pullback(d, y),
)
rule(
    "pinv",
    "a, rcond=None, *, rtol=None",
    of=("numpy.linalg.pinv",),
    notes={"holomorphic": False},
    ignores="rcond rtol",
    no_derivative={"rcond": "only its order decides", "rtol": "only its order decides"},
    forward={"a": lambda d, y, a: pinv_tangent(d, y, a)},
    a=lambda d, y, a: pinv_pullback(d, y, a),
)
rule(
    "det",
    "a",
    of=("numpy.linalg.det",),
    forward={"a": lambda d, y, a: xp.sum(det_pullback(xp.ones_like(y), y, a) * d, axis=(-2, -1))},
    a=lambda d, y, a: det_pullback(d, y, a),
)
rule(
    "slogdet",
    "a",
    of=("numpy.linalg.slogdet",),
    forward={
        "a": lambda d, y, a: (
            0 * y[0],
            xp.sum(slogdet_pullback((None, xp.ones_like(y[1])), y, a) * d, axis=(-2, -1)),
        )
    },
    a=lambda d, y, a: slogdet_pullback(d, y, a),
)

# Factorisations

rule(
    "cholesky",
    "a, /",
    of=("numpy.linalg.cholesky",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y: cholesky_tangent(d, y)},
    a=lambda d, y: cholesky_pullback(d, y),
)
rule(
    "eigh",
    "a, UPLO='L'",
    of=("numpy.linalg.eigh",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y, UPLO: eigh_tangent(d, y, UPLO)},
    a=lambda d, y, UPLO: eigh_pullback(d, y, UPLO),
)
rule(
    "eigvalsh",
    "a, UPLO='L'",
    of=("numpy.linalg.eigvalsh",),
    notes={"holomorphic": False},
    forward={"a": lambda d, a, UPLO: eigvalsh_tangent(d, a, UPLO)},
    a=lambda d, a, UPLO: eigvalsh_pullback(d, a, UPLO),
)
rule(
    "qr",
    "a",
    of=("numpy.linalg.qr",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y: qr_tangent(d, y)},
    a=lambda d, y: qr_pullback(d, y),
)
rule(
    "svd",
    "a, full_matrices=True, compute_uv=True",
    of=("numpy.linalg.svd",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y, a, compute_uv: svd_tangent(d, y, a, compute_uv)},
    ignores="full_matrices",
    a=lambda d, y, a, compute_uv: svd_pullback(d, y, a, compute_uv),
)
rule(
    "svdvals",
    "x, /",
    of=("numpy.linalg.svdvals",),
    notes={"holomorphic": False},
    forward={"x": lambda d, y, x: svd_tangent(d, y, x, False)},
    x=lambda d, y, x: svd_pullback(d, y, x, False),
)
rule(
    "eig",
    "a",
    of=("numpy.linalg.eig",),
    notes={"holomorphic": False, "typed_by_value": True},
    forward={"a": lambda d, y: eig_tangent(d, y)},
    a=lambda d, y: eig_pullback(d, y),
)
rule(
    "eigvals",
    "a",
    of=("numpy.linalg.eigvals",),
    notes={"holomorphic": False, "typed_by_value": True},
    forward={"a": lambda d, a: eigvals_tangent(d, a)},
    a=lambda d, a: eigvals_pullback(d, a),
)
