"""Rules of scipy.linalg, read once a program has imported it.

Functions of matrices have their derivative in the corner of the same function of a block matrix (R. Mathias, 1996; of
the exponential C. Van Loan, 1978). Arguments that SciPy may overwrite are left alone: `overwrite_a=True` is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as xp
from scipy import linalg

from diffpy.rules.table import TABLE, Line, constant, linear, refused, rule, without_complex, written
from diffpy.runtime.arrays import cast
from diffpy.runtime.factorisations import (
    eig_pullback,
    eig_tangent,
    eigvals_pullback,
    eigvals_tangent,
    eigvalsh_pullback,
    eigvalsh_tangent,
    svd_pullback,
    svd_tangent,
)
from diffpy.runtime.matrices import (
    det_pullback,
    inv_pullback,
    norm_pullback,
    pinv_pullback,
    pinv_tangent,
    transposed,
)
from diffpy.runtime.scipy_linalg import (
    banded_ab,
    banded_b,
    banded_product,
    bands_h_ab,
    bands_h_b,
    bands_h_product,
    beside,
    blocks_of,
    cho_factor_a,
    cho_factor_dot,
    cho_solve_c,
    cho_solve_c_tangent,
    cho_solved,
    cholesky_a,
    cholesky_dot,
    circulant_of,
    corner,
    eigh_a,
    eigh_dot,
    hankel_of,
    khatri_rao_of,
    lu_a,
    lu_dot,
    lu_factor_a,
    lu_factor_dot,
    lu_solve_lu,
    lu_solve_lu_tangent,
    lu_solved,
    lyapunov_a,
    qr_a,
    qr_dot,
    solve_a,
    solve_a_tangent,
    solve_b,
    solve_matrix,
    stein_a,
    toeplitz_of,
    triangular,
    triangular_a,
    triangular_a_tangent,
    triangular_b,
)

OWN = "overwrite_a=False, check_finite=True"

# Norms, determinants, inverses

# LAPACK adds in another order: which sums are the largest is asked of NumPy's.
rule(
    "norm",
    "a, ord=None, axis=None, keepdims=False, check_finite=True",
    of=("scipy.linalg.norm",),
    notes={"holomorphic": False},
    forward={
        "a": lambda d, y, a, ord, axis, keepdims: xp.sum(
            norm_pullback(xp.ones_like(y), xp.linalg.norm(a, ord, axis, keepdims), a, ord, axis, keepdims)
            * d,
            axis=axis,
            keepdims=keepdims,
        )
    },
    a=lambda d, a, ord, axis, keepdims: cast(
        norm_pullback(d, xp.linalg.norm(a, ord, axis, keepdims), a, ord, axis, keepdims), a
    ),
)
rule(
    "det",
    f"a, {OWN}",
    of=("scipy.linalg.det",),
    forward={"a": lambda d, y, a: xp.sum(det_pullback(xp.ones_like(y), y, a) * d, axis=(-2, -1))},
    a=lambda d, y, a: det_pullback(d, y, a),
)
rule(
    "inv",
    f"a, {OWN}, *, assume_a=None, lower=False",
    of=("scipy.linalg.inv",),
    ignores="lower",
    unless={"assume_a": "the derivative of an inverse that reads part of the matrix is not known; use solve"},
    notes={"accepts": {"assume_a": ("gen", "general")}},
    forward={"a": lambda d, y: -y @ d @ y},
    a=lambda d, y: inv_pullback(d, y),
)
rule(
    "pinv",
    "a, *, atol=None, rtol=None, return_rank=False, check_finite=True",
    of=("scipy.linalg.pinv",),
    notes={"holomorphic": False},
    ignores="atol rtol",
    no_derivative={"atol": "only its order decides", "rtol": "only its order decides"},
    forward={"a": lambda d, y, a: pinv_tangent(d, y, a)},
    a=lambda d, y, a: pinv_pullback(d, y, a),
)

# Systems

rule(
    "solve",
    "a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False",
    of=("scipy.linalg.solve",),
    forward={
        "a": lambda d, y, a, b_shape, lower, assume_a, transposed: solve_a_tangent(
            d, y, a, b_shape, lower, assume_a, transposed
        ),
        "b": lambda d, a, lower, assume_a, transposed: xp.linalg.solve(
            solve_matrix(a, assume_a, lower, transposed), d
        ),
    },
    a=lambda d, y, a, b_shape, lower, assume_a, transposed: solve_a(
        d, y, a, b_shape, lower, assume_a, transposed
    ),
    b=lambda d, a, b_shape, lower, assume_a, transposed: solve_b(d, a, b_shape, lower, assume_a, transposed),
)
rule(
    "solve_triangular",
    "a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True",
    of=("scipy.linalg.solve_triangular",),
    no_derivative={"trans": "it is a flag"},
    forward={
        "a": lambda d, y, a, b_shape, trans, lower, unit_diagonal: triangular_a_tangent(
            d, y, a, b_shape, trans, lower, unit_diagonal
        ),
        "b": lambda d, a, trans, lower, unit_diagonal: xp.linalg.solve(
            triangular(a, lower, unit_diagonal, trans), d
        ),
    },
    a=lambda d, y, a, b_shape, trans, lower, unit_diagonal: triangular_a(
        d, y, a, b_shape, trans, lower, unit_diagonal
    ),
    b=lambda d, a, b_shape, trans, lower, unit_diagonal: triangular_b(
        d, a, b_shape, trans, lower, unit_diagonal
    ),
)
rule(
    "solve_banded",
    "l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True",
    of=("scipy.linalg.solve_banded",),
    no_derivative={"l_and_u": "they are counts"},
    forward={
        "ab": lambda d, y, l_and_u, ab: -linalg.solve_banded(l_and_u, ab, banded_product(l_and_u, d, y)),
        "b": lambda d, l_and_u, ab: linalg.solve_banded(l_and_u, ab, d),
    },
    ab=lambda d, y, l_and_u, ab: banded_ab(d, y, l_and_u, ab),
    b=lambda d, l_and_u, ab: banded_b(d, l_and_u, ab),
)
rule(
    "solveh_banded",
    "ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True",
    of=("scipy.linalg.solveh_banded",),
    forward={
        "ab": lambda d, y, ab, lower: -linalg.solveh_banded(ab, bands_h_product(d, y, lower), lower=lower),
        "b": lambda d, ab, lower: linalg.solveh_banded(ab, d, lower=lower),
    },
    ab=lambda d, y, ab, lower: bands_h_ab(d, y, ab, lower),
    b=lambda d, ab, lower: bands_h_b(d, ab, lower),
)
rule(
    "solve_sylvester",
    "a, b, q",
    of=("scipy.linalg.solve_sylvester",),
    forward={
        "a": lambda d, y, a, b: -linalg.solve_sylvester(a, b, d @ y),
        "b": lambda d, y, a, b: -linalg.solve_sylvester(a, b, y @ d),
        "q": lambda d, a, b: linalg.solve_sylvester(a, b, d),
    },
    a=lambda d, y, a, b: -linalg.solve_sylvester(transposed(a), transposed(b), d) @ transposed(y),
    b=lambda d, y, a, b: -transposed(y) @ linalg.solve_sylvester(transposed(a), transposed(b), d),
    q=lambda d, a, b: linalg.solve_sylvester(transposed(a), transposed(b), d),
)
rule(
    "solve_continuous_lyapunov",
    "a, q",
    of=("scipy.linalg.solve_continuous_lyapunov", "scipy.linalg.solve_lyapunov"),
    forward={
        "a": lambda d, y, a: -linalg.solve_continuous_lyapunov(a, d @ y + y @ transposed(d)),
        "q": lambda d, a: linalg.solve_continuous_lyapunov(a, d),
    },
    a=lambda d, y, a: lyapunov_a(linalg.solve_continuous_lyapunov(transposed(a), d), -y),
    q=lambda d, a: linalg.solve_continuous_lyapunov(transposed(a), d),
)
rule(
    "solve_discrete_lyapunov",
    "a, q, method=None",
    of=("scipy.linalg.solve_discrete_lyapunov",),
    forward={
        "a": lambda d, y, a: linalg.solve_discrete_lyapunov(a, d @ y @ transposed(a) + a @ y @ transposed(d)),
        "q": lambda d, a: linalg.solve_discrete_lyapunov(a, d),
    },
    a=lambda d, y, a: stein_a(linalg.solve_discrete_lyapunov(transposed(a), d), y, a),
    q=lambda d, a: linalg.solve_discrete_lyapunov(transposed(a), d),
)

# Factorisations

rule(
    "cholesky",
    f"a, lower=False, {OWN}",
    of=("scipy.linalg.cholesky",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y, lower: cholesky_dot(d, y, lower)},
    a=lambda d, y, lower: cholesky_a(d, y, lower),
)
rule(
    "cho_factor",
    f"a, lower=False, {OWN}",
    of=("scipy.linalg.cho_factor",),
    forward={"a": lambda d, y, lower: cho_factor_dot(d, y, lower)},
    a=lambda d, y, lower: cho_factor_a(d, y, lower),
)
rule(
    "cho_solve",
    "c_and_lower, b, overwrite_b=False, check_finite=True",
    of=("scipy.linalg.cho_solve",),
    forward={
        "c_and_lower": lambda d, y, c_and_lower: cho_solve_c_tangent(d, y, c_and_lower),
        "b": lambda d, c_and_lower: cho_solved(c_and_lower[0], c_and_lower[1], d),
    },
    c_and_lower=lambda d, y, c_and_lower: cho_solve_c(d, y, c_and_lower),
    b=lambda d, c_and_lower: cho_solved(c_and_lower[0], c_and_lower[1], d),
)
rule(
    "lu_factor",
    f"a, {OWN}",
    of=("scipy.linalg.lu_factor",),
    forward={"a": lambda d, y: lu_factor_dot(d, y)},
    a=lambda d, y: lu_factor_a(d, y),
)
rule(
    "lu_solve",
    "lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True",
    of=("scipy.linalg.lu_solve",),
    no_derivative={"trans": "it is a flag"},
    forward={
        "lu_and_piv": lambda d, y, lu_and_piv, trans: lu_solve_lu_tangent(d, y, lu_and_piv, trans),
        "b": lambda d, lu_and_piv, trans: lu_solved(lu_and_piv[0], lu_and_piv[1], d, trans),
    },
    lu_and_piv=lambda d, y, lu_and_piv, trans: lu_solve_lu(d, y, lu_and_piv, trans),
    b=lambda d, lu_and_piv, trans: lu_solved(lu_and_piv[0], lu_and_piv[1], d, 0 if trans else 1),
)
rule(
    "lu",
    "a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False",
    of=("scipy.linalg.lu",),
    forward={"a": lambda d, y: lu_dot(d, y)},
    a=lambda d, y: lu_a(d, y),
)
rule(
    "qr",
    "a, overwrite_a=False, lwork=None, mode='full', pivoting=False, check_finite=True",
    of=("scipy.linalg.qr",),
    ignores="lwork",
    unless={"mode": "the derivative is known with mode='economic', or of a square matrix"},
    notes={"accepts": {"mode": ("economic",)}, "holomorphic": False},
    forward={"a": lambda d, y: qr_dot(d, y)},
    a=lambda d, y: qr_a(d, y),
)
SUBSETS = "type=1, check_finite=True, subset_by_index=None, subset_by_value=None, driver=None"
rule(
    "eigh",
    f"a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, {SUBSETS}",
    of=("scipy.linalg.eigh",),
    notes={"holomorphic": False},
    ignores="type driver",
    forward={"a": lambda d, y, a, lower, eigvals_only: eigh_dot(d, y, a, lower, eigvals_only)},
    a=lambda d, y, a, lower, eigvals_only: eigh_a(d, y, a, lower, eigvals_only),
)
rule(
    "eigvalsh",
    f"a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, {SUBSETS}",
    of=("scipy.linalg.eigvalsh",),
    notes={"holomorphic": False},
    ignores="type driver",
    forward={"a": lambda d, a, lower: eigvalsh_tangent(d, a, "L" if lower else "U")},
    a=lambda d, a, lower: eigvalsh_pullback(d, a, "L" if lower else "U"),
)
rule(
    "eig",
    "a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True, "
    "homogeneous_eigvals=False",
    of=("scipy.linalg.eig",),
    notes={"holomorphic": False, "typed_by_value": True},
    forward={"a": lambda d, y: eig_tangent(d, y)},
    a=lambda d, y: eig_pullback(d, y),
)
rule(
    "eigvals",
    f"a, b=None, {OWN}, homogeneous_eigvals=False",
    of=("scipy.linalg.eigvals",),
    notes={"holomorphic": False, "typed_by_value": True},
    forward={"a": lambda d, a: eigvals_tangent(d, a)},
    a=lambda d, a: eigvals_pullback(d, a),
)
rule(
    "svd",
    f"a, full_matrices=True, compute_uv=True, {OWN}, lapack_driver='gesdd'",
    of=("scipy.linalg.svd",),
    notes={"holomorphic": False},
    ignores="full_matrices lapack_driver",
    no_derivative={"lapack_driver": "it names a way to compute"},
    forward={"a": lambda d, y, a, compute_uv: svd_tangent(d, y, a, compute_uv)},
    a=lambda d, y, a, compute_uv: svd_pullback(d, y, a, compute_uv),
)
rule(
    "svdvals",
    f"a, {OWN}",
    of=("scipy.linalg.svdvals",),
    notes={"holomorphic": False},
    forward={"a": lambda d, y, a: svd_tangent(d, y, a, False)},
    a=lambda d, y, a: svd_pullback(d, y, a, False),
)

# Functions of matrices


def of_matrices(name: str, ahead: Line, back: Line, **notes: Any) -> None:
    rule(name, "A", of=(f"scipy.linalg.{name}",), forward={"A": ahead}, notes=notes, A=back)


of_matrices(
    "expm",
    lambda d, A: corner(linalg.expm(beside(A, d))),
    lambda d, A: corner(linalg.expm(beside(transposed(A), d))),
)
of_matrices(
    "logm",
    lambda d, A: corner(linalg.logm(beside(A, d))),
    lambda d, A: corner(linalg.logm(beside(transposed(A), d))),
    typed_by_value=True,
)
of_matrices(
    "sqrtm",
    lambda d, y: linalg.solve_sylvester(y, y, d),
    lambda d, y: linalg.solve_sylvester(transposed(y), transposed(y), d),
    typed_by_value=True,
)
of_matrices(
    "cosm",
    lambda d, A: corner(linalg.cosm(beside(A, d))),
    lambda d, A: corner(linalg.cosm(beside(transposed(A), d))),
)
of_matrices(
    "sinm",
    lambda d, A: corner(linalg.sinm(beside(A, d))),
    lambda d, A: corner(linalg.sinm(beside(transposed(A), d))),
)
of_matrices(
    "tanm",
    lambda d, A: corner(linalg.tanm(beside(A, d))),
    lambda d, A: corner(linalg.tanm(beside(transposed(A), d))),
)
of_matrices(
    "coshm",
    lambda d, A: corner(linalg.coshm(beside(A, d))),
    lambda d, A: corner(linalg.coshm(beside(transposed(A), d))),
)
of_matrices(
    "sinhm",
    lambda d, A: corner(linalg.sinhm(beside(A, d))),
    lambda d, A: corner(linalg.sinhm(beside(transposed(A), d))),
)
of_matrices(
    "tanhm",
    lambda d, A: corner(linalg.tanhm(beside(A, d))),
    lambda d, A: corner(linalg.tanhm(beside(transposed(A), d))),
)

# Matrices made of pieces

linear("block_diag", "*arrs", of=("scipy.linalg.block_diag",), arrs=lambda d, arrs: blocks_of(d, arrs))
written(toeplitz_of, "scipy.linalg.toeplitz")
written(hankel_of, "scipy.linalg.hankel")
written(circulant_of, "scipy.linalg.circulant")
written(khatri_rao_of, "scipy.linalg.khatri_rao")

# What is known of real matrices, of whole numbers, of types; all that is left

without_complex(
    "the derivative is known of real matrices",
    *(
        f"scipy.linalg.{name}"
        for name in (
            "solve_triangular solve_banded solveh_banded solve_continuous_lyapunov solve_discrete_lyapunov "
            "cho_factor cho_solve lu_factor lu_solve lu"
        ).split()
    ),
)
constant(
    *(
        f"scipy.linalg.{name}"
        for name in (
            "LinAlgError LinAlgWarning test bandwidth ishermitian issymmetric dft hadamard helmert hilbert invhilbert "
            "pascal invpascal find_best_blas_type get_blas_funcs get_lapack_funcs"
        ).split()
        if hasattr(linalg, name)
    ),
    *(
        f"diffpy.runtime.scipy_linalg.{name}"
        for name in ("rows_taken", "only_square", "only_one", "only_vectors")
    ),
)
refused(
    "no rule is written for it",
    *(
        f"scipy.linalg.{name}"
        for name in dir(linalg)
        if not name.startswith("_") and callable(getattr(linalg, name))
        if TABLE.find(getattr(linalg, name)) is None and f"scipy.linalg.{name}" not in TABLE.written
    ),
)
