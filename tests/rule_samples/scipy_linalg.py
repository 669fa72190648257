"""Calls of scipy.linalg."""

from __future__ import annotations

import numpy as np

from rule_samples.points import Sample, call, real, spaced


def linalg_samples() -> list[Sample]:
    one = lambda name, *args, **keywords: call(f"scipy.linalg.{name}", *args, **keywords)
    a = real(3, 3) + 5 * np.diag([1.0, 1.4, 1.9])
    settled = np.array([[2.0, 0.3, 0.1], [0.3, 3.5, 0.2], [0.1, 0.2, 6.0]])  # signs are the same in float32
    both = a + a.T
    v, columns, bands = real(3), real(3, 2), real(3, 5)
    bands[1] += 6
    half = np.abs(bands[1:]) + np.array([[3.0], [0.0]])
    uneven = spaced(3, 4) * np.array([[1.0], [2.0], [3.0]])
    swapped = a[[2, 0, 1]]
    samples = [
        one("solve", a if kind not in ("sym", "pos") else both, b, assume_a=kind, **more)
        for kind in ("gen", "sym", "pos", "upper triangular", "lower triangular", "diagonal", "tridiagonal")
        for b, more in [(v, {"lower": True}), (columns, {"transposed": True})]
    ]
    samples += [
        one("solve_triangular", a, b, **more)
        for b in (v, columns)
        for more in (
            {},
            {"lower": True, "trans": 1},
            {"trans": "T", "unit_diagonal": True},
            {"lower": True, "unit_diagonal": True},
        )
    ]
    samples += [one(name, a / 10) for name in "expm logm sqrtm cosm sinm tanm coshm sinhm tanhm".split()]
    samples += [one("norm", uneven, ord) for ord in (None, "fro", 1, np.inf, 2)]
    return [
        *samples,
        one("norm", v, 3),
        one("norm", real(2, 3), axis=1, keepdims=True),
        one("det", a),
        one("det", np.stack([a, both])),
        one("inv", a),
        one("pinv", real(4, 2)),
        one("solve", a, v),
        one("solve_banded", (1, 1), bands, real(5)),
        one("solve_banded", (0, 2), np.roll(bands, 1, axis=0), real(5, 2)),
        one("solve_banded", (2, 0), np.roll(bands, -1, axis=0), real(5, 2)),
        one("solveh_banded", half, real(5), lower=True),
        one("solveh_banded", half[::-1], real(5, 2)),
        one("solve_sylvester", a, swapped, real(3, 3)),
        one("solve_continuous_lyapunov", a, real(3, 3)),
        one("solve_discrete_lyapunov", a / 30, real(3, 3)),
        one("cholesky", both),
        one("cholesky", both, lower=True),
        one("cho_factor", both),
        one("cho_factor", both, lower=True),
        one("cho_solve", (a, False), columns),
        one("cho_solve", (a, True), v),
        one("lu_factor", swapped),
        one("lu", swapped),
        one("lu_solve", (a, np.array([2, 1, 2])), v),
        one("lu_solve", (a, np.array([2, 1, 2])), columns, trans=1),
        one("qr", real(4, 2), mode="economic"),
        one("qr", a),
        one("eigh", settled, driver="evd"),
        one("eigh", settled, lower=False, driver="evd"),
        one("eigh", both, eigvals_only=True),
        one("eigvalsh", both + np.tril(a), lower=False),
        one("eigvalsh", both + np.triu(a)),
        one("svd", real(4, 2), full_matrices=False),
        one("svd", real(2, 3), compute_uv=False),
        one("svdvals", real(3, 2)),
        one("block_diag", real(2, 2), real(3), real(1, 2)),
    ]


def built_samples() -> list[Sample]:
    return [
        call("scipy.linalg.toeplitz", real(3)),
        call("scipy.linalg.toeplitz", real(3), real(4)),
        call("scipy.linalg.hankel", real(3)),
        call("scipy.linalg.hankel", real(3), real(4)),
        call("scipy.linalg.circulant", real(4)),
        call("scipy.linalg.khatri_rao", real(2, 3), real(4, 3)),
    ]
