"""Derivatives of SciPy's solvers, factorisations and functions of matrices: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime.arrays import Array, shape_of, unbroadcast
from diffpy.runtime.factorisations import (
    cholesky_pullback,
    cholesky_tangent,
    eigh_pullback,
    eigh_tangent,
    eigvalsh_pullback,
    eigvalsh_tangent,
    folded,
    qr_pullback,
    qr_tangent,
    unfolded,
)
from diffpy.runtime.matrices import adjoint, solve_left, solve_right, solve_tangent, transposed

SYMMETRIC = ("sym", "symmetric", "her", "hermitian", "pos", "positive definite")

# Systems: which elements of the matrix a solver reads


def part_read(a: Array, assume_a: Any, lower: bool) -> Array:
    """The cotangent of the elements that are read, from that of the matrix that they stand for."""
    if assume_a in SYMMETRIC:
        return folded(a, "L" if lower else "U")
    return masked(a, assume_a)


def matrix_read(a: Array, assume_a: Any, lower: bool) -> Array:
    """The matrix that the elements read stand for; of a tangent its tangent."""
    if assume_a in SYMMETRIC:
        return unfolded(a, "L" if lower else "U")
    return masked(a, assume_a)


def masked(a: Array, assume_a: Any) -> Array:
    """The matrix without the elements that a structure leaves out."""
    if assume_a == "upper triangular":
        return np.triu(a)
    if assume_a == "lower triangular":
        return np.tril(a)
    if assume_a == "diagonal":
        return np.triu(np.tril(a))
    if assume_a == "tridiagonal":
        return np.triu(np.tril(a, 1), -1)
    return a


def solve_matrix(a: Array, assume_a: Any, lower: bool, turned: bool) -> Array:
    whole = matrix_read(np.asarray(a), assume_a, lower)
    return transposed(whole) if turned else whole


def solve_a(d: Array, y: Array, a: Array, b_shape: tuple, lower: bool, assume_a: Any, turned: bool) -> Array:
    """The cotangent of a in y = solve(a, b)."""
    whole = solve_left(d, y, solve_matrix(a, assume_a, lower, turned), b_shape)
    return part_read(transposed(whole) if turned else whole, assume_a, lower)


def solve_b(d: Array, a: Array, b_shape: tuple, lower: bool, assume_a: Any, turned: bool) -> Array:
    """The cotangent of b in solve(a, b)."""
    return solve_right(d, solve_matrix(a, assume_a, lower, turned), b_shape)


def solve_a_tangent(
    d: Array, y: Array, a: Array, b_shape: tuple, lower: bool, assume_a: Any, turned: bool
) -> Array:
    """The tangent of y = solve(a, b) from that of a."""
    moved = solve_matrix(d, assume_a, lower, turned)
    return solve_tangent(moved, y, solve_matrix(a, assume_a, lower, turned), b_shape)


def triangle(a: Array, lower: bool, unit_diagonal: bool) -> Array:
    """The triangle of which the elements are read."""
    apart = 1 if unit_diagonal else 0
    return np.tril(a, -apart) if lower else np.triu(a, apart)


def triangular(a: Array, lower: bool, unit_diagonal: bool, trans: Any) -> Array:
    """The matrix of the system that solve_triangular solves."""
    a = np.asarray(a)
    whole = triangle(a, lower, unit_diagonal)
    if unit_diagonal:
        whole = whole + np.eye(a.shape[-1], dtype=a.dtype)
    return whole if trans in (0, "N") else transposed(whole)


def triangular_a(
    d: Array, y: Array, a: Array, b_shape: tuple, trans: Any, lower: bool, unit_diagonal: bool
) -> Array:
    """The cotangent of a in y = solve_triangular(a, b)."""
    whole = solve_left(d, y, triangular(a, lower, unit_diagonal, trans), b_shape)
    return triangle(whole if trans in (0, "N") else transposed(whole), lower, unit_diagonal)


def triangular_a_tangent(
    d: Array, y: Array, a: Array, b_shape: tuple, trans: Any, lower: bool, unit_diagonal: bool
) -> Array:
    """The tangent of y = solve_triangular(a, b) from that of a."""
    moved = triangle(d, lower, unit_diagonal)
    whole = triangular(a, lower, unit_diagonal, trans)
    return solve_tangent(moved if trans in (0, "N") else transposed(moved), y, whole, b_shape)


def triangular_b(d: Array, a: Array, b_shape: tuple, trans: Any, lower: bool, unit_diagonal: bool) -> Array:
    """The cotangent of b in solve_triangular(a, b)."""
    return solve_right(d, triangular(a, lower, unit_diagonal, trans), b_shape)


def lyapunov_a(q_bar: Array, y: Array) -> Array:
    """The cotangent of a in a y + y a.T, from that of the sum."""
    return q_bar @ transposed(y) + transposed(q_bar) @ y


def stein_a(q_bar: Array, y: Array, a: Array) -> Array:
    """The cotangent of a in a y a.T, from that of the product."""
    return q_bar @ a @ transposed(y) + transposed(q_bar) @ a @ y


# Cholesky factors


def cholesky_a(d: Array, y: Array, lower: bool) -> Array:
    """The cotangent of a in y = cholesky(a); the upper factor is the adjoint of the lower one."""
    return cholesky_pullback(d, y) if lower else adjoint(cholesky_pullback(adjoint(d), adjoint(y)))


def cholesky_dot(d: Array, y: Array, lower: bool) -> Array:
    """The tangent of y = cholesky(a)."""
    return cholesky_tangent(d, y) if lower else adjoint(cholesky_tangent(adjoint(d), adjoint(y)))


def other_triangle(a: Array, lower: bool) -> Array:
    return np.triu(a, 1) if lower else np.tril(a, -1)


def cho_factor_a(d: Any, y: Any, lower: bool) -> Array:
    """The cotangent of a in (c, lower) = cho_factor(a).

    The triangle of c without a meaning holds that of a, or from SciPy 1.18 on zeros.
    """
    factor = triangle(y[0], lower, False)
    found = cholesky_a(triangle(d[0], lower, False), factor, lower)
    return found + other_triangle(d[0], lower) if np.any(other_triangle(y[0], lower)) else found


def cho_factor_dot(d: Array, y: Any, lower: bool) -> tuple:
    factor = triangle(y[0], lower, False)
    found = cholesky_dot(d, factor, lower)
    return (found + other_triangle(d, lower) if np.any(other_triangle(y[0], lower)) else found), None


def columns(a: Array) -> Array:
    """A vector as a matrix of one column."""
    return a[:, None] if a.ndim == 1 else a


def cho_solve_c(d: Array, y: Array, c_and_lower: Any) -> tuple:
    """The cotangent of the factor in y = cho_solve((c, lower), b)."""
    c, lower = c_and_lower
    back = columns(cho_solved(c, lower, d)) @ columns(y).T
    both = back + back.T
    factor = triangle(c, lower, False)
    return triangle(-both @ factor if lower else -factor @ both, lower, False), None


def cho_solved(c: Array, lower: bool, b: Array) -> Array:
    only_one(c, b, "cho_solve")
    return linalg.cho_solve((c, lower), b)


def cho_solve_c_tangent(d: Any, y: Array, c_and_lower: Any) -> Array:
    """The tangent of y = cho_solve((c, lower), b) from that of the factor."""
    c, lower = c_and_lower
    if d[0] is None:
        return 0 * y
    factor, moved = triangle(c, lower, False), triangle(d[0], lower, False)
    half = moved @ factor.T if lower else moved.T @ factor
    return -cho_solved(c, lower, (half + half.T) @ y)


# LU factors, of square matrices


def rows_taken(piv: Array) -> Array:
    """The order of the rows that interchanges piv[k] with k, one after the other, leave."""
    order = list(range(len(piv)))
    for k, other in enumerate(piv):
        order[k], order[other] = order[other], order[k]
    return np.array(order, int)


def halves(lu: Array) -> tuple[Array, Array]:
    """The factors that lie in one matrix."""
    return np.tril(lu, -1) + np.eye(lu.shape[-1], dtype=lu.dtype), np.triu(lu)


def lu_back(lower_bar: Array, upper_bar: Array, lower: Array, upper: Array) -> Array:
    """The cotangent of a matrix from those of its factors."""
    inner = np.tril(lower.T @ lower_bar, -1) + np.triu(upper_bar @ upper.T)
    return np.linalg.solve(lower.T, np.linalg.solve(upper, inner.T).T)


def lu_ahead(d: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """The tangents of the factors from that of the matrix."""
    inner = np.linalg.solve(lower, np.linalg.solve(upper.T, d.T).T)
    return lower @ np.tril(inner, -1), np.triu(inner) @ upper


def only_square(a: Array, name: str) -> None:
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        refuse_shape(name, "one square matrix")


def only_one(a: Array, d: Array, name: str) -> None:
    """Refuse stacks of matrices, and of right sides."""
    if np.ndim(a) != 2 or np.ndim(d) > 2:
        refuse_shape(name, "one matrix, and a vector or a matrix beside it")


def lu_factor_a(d: Any, y: Any) -> Array:
    """The cotangent of a in (lu, piv) = lu_factor(a)."""
    only_square(y[0], "lu_factor")
    lower, upper = halves(y[0])
    back = lu_back(np.tril(d[0], -1), np.triu(d[0]), lower, upper)
    return back[np.argsort(rows_taken(y[1]))]


def lu_factor_dot(d: Array, y: Any) -> tuple:
    only_square(y[0], "lu_factor")
    lower_dot, upper_dot = lu_ahead(d[rows_taken(y[1])], *halves(y[0]))
    return lower_dot + upper_dot, None


def lu_a(d: Any, y: Any) -> Array:
    """The cotangent of a in (p, l, u) = lu(a)."""
    p, lower, upper = y
    only_square(p @ lower @ upper, "lu")
    lower_bar = np.zeros_like(lower) if d[1] is None else d[1]
    upper_bar = np.zeros_like(upper) if d[2] is None else d[2]
    return p @ lu_back(lower_bar, upper_bar, lower, upper)


def lu_dot(d: Array, y: Any) -> tuple:
    only_square(d, "lu")
    return (0 * y[0], *lu_ahead(y[0].T @ d, y[1], y[2]))


def lu_solved(lu: Array, piv: Array, b: Array, trans: int) -> Array:
    only_one(lu, b, "lu_solve")
    return linalg.lu_solve((lu, piv), b, trans)


def lu_solve_lu(d: Array, y: Array, lu_and_piv: Any, trans: int) -> tuple:
    """The cotangent of the factors in y = lu_solve((lu, piv), b)."""
    lu, piv = lu_and_piv
    only_square(lu, "lu_solve")
    back = -columns(lu_solved(lu, piv, d, 0 if trans else 1)) @ columns(y).T
    whole = (back.T if trans else back)[rows_taken(piv)]
    lower, upper = halves(lu)
    return np.tril(whole @ upper.T, -1) + np.triu(lower.T @ whole), None


def lu_solve_lu_tangent(d: Any, y: Array, lu_and_piv: Any, trans: int) -> Array:
    """The tangent of y = lu_solve((lu, piv), b) from that of the factors."""
    lu, piv = lu_and_piv
    only_square(lu, "lu_solve")
    if d[0] is None:
        return 0 * y
    lower, upper = halves(lu)
    moved = (np.tril(d[0], -1) @ upper + lower @ np.triu(d[0]))[np.argsort(rows_taken(piv))]
    return -lu_solved(lu, piv, (moved.T if trans else moved) @ y, trans)


def refuse_shape(name: str, known: str) -> None:
    raise UnknownDerivativeError(
        f"'{name}' has no derivative of this shape",
        because=f"it is known for {known}",
        fix="call it so, or register a rule with @derivative(of=...)",
    )


def qr_a(d: Any, y: Any) -> Array:
    """The cotangent of a in (q, r) = qr(a), reduced or square."""
    _only_reduced(y)
    return qr_pullback(d, y)


def qr_dot(d: Array, y: Any) -> tuple:
    """The tangents of (q, r) = qr(a)."""
    _only_reduced(y)
    return qr_tangent(d, y)


def _only_reduced(y: Any) -> None:
    if y[0].shape[-1] != y[1].shape[-1] or y[1].shape[-2] != y[1].shape[-1]:
        refuse_shape("qr", "mode='economic' and at least as many rows as columns")


# Eigenvalues


def eigh_a(d: Any, y: Any, a: Array, lower: bool, eigvals_only: bool) -> Array:
    """The cotangent of a in eigh(a): of values and vectors, or of values alone."""
    read = "L" if lower else "U"
    return eigvalsh_pullback(d, a, read) if eigvals_only else eigh_pullback(d, y, read)


def eigh_dot(d: Array, y: Any, a: Array, lower: bool, eigvals_only: bool) -> Any:
    """The tangent of eigh(a)."""
    read = "L" if lower else "U"
    return eigvalsh_tangent(d, a, read) if eigvals_only else eigh_tangent(d, y, read)


# Functions of matrices


def beside(a: Array, e: Array) -> Array:
    """The block matrix [[a, e], [0, a]]."""
    above = np.concatenate([a, e], axis=-1)
    below = np.concatenate([0 * a, a], axis=-1)
    return np.concatenate([above, below], axis=-2)


def corner(f: Array) -> Array:
    """The upper right quarter of a matrix."""
    size = f.shape[-1] // 2
    return f[..., :size, size:]


# Bands


def padded(a: Array, before: int, after: int) -> Array:
    """Rows of zeros before and after."""
    return np.concatenate(
        [np.zeros((before, *a.shape[1:]), a.dtype), a, np.zeros((after, *a.shape[1:]), a.dtype)]
    )


def band_transposed(ab: Array, below: int, above: int) -> Array:
    """The bands of the transposed matrix."""
    size = ab.shape[-1]
    rows = []
    for k in range(-below, above + 1):
        values = ab[above - k, max(k, 0) : size + min(k, 0)]
        rows.append(padded(values, max(-k, 0), max(k, 0)))
    return np.stack(rows)


def banded_b(d: Array, l_and_u: Any, ab: Array) -> Array:
    """The cotangent of b in solve_banded((l, u), ab, b)."""
    below, above = l_and_u
    only_one(ab, d, "solve_banded")
    return linalg.solve_banded((above, below), band_transposed(ab, below, above), d)


def banded_ab(d: Array, y: Array, l_and_u: Any, ab: Array) -> Array:
    """The cotangent of ab in y = solve_banded((l, u), ab, b)."""
    below, above = l_and_u
    back, size = columns(banded_b(d, l_and_u, ab)), ab.shape[-1]
    found = columns(y)
    rows = []
    for k in range(above, -below - 1, -1):
        first, last = max(k, 0), size + min(k, 0)
        values = -np.sum(back[first - k : last - k] * found[first:last], axis=1)
        rows.append(padded(values, max(k, 0), max(-k, 0)))
    return np.stack(rows)


def banded_product(l_and_u: Any, ab: Array, y: Array) -> Array:
    """The product of a matrix in bands and y."""
    below, above = l_and_u
    size, found = ab.shape[-1], columns(y)
    total = 0 * found
    for k in range(-below, above + 1):
        first, last = max(k, 0), size + min(k, 0)
        part = ab[above - k, first:last][:, None] * found[first:last]
        total = total + padded(part, max(-k, 0), max(k, 0))
    return np.reshape(total, np.shape(y))


def both_bands(ab: Array, lower: bool) -> Array:
    """All bands of a symmetric matrix from its lower or its upper ones."""
    width = ab.shape[0] - 1
    if lower:
        return np.concatenate([band_transposed(ab, width, 0)[:-1], ab])
    return np.concatenate([ab, band_transposed(ab, 0, width)[1:]])


def bands_read(whole: Array, width: int, lower: bool) -> Array:
    """The cotangent of the bands that are read of a symmetric matrix from that of all."""
    other = band_transposed(whole, width, width)
    both = whole + np.concatenate([other[:width], 0 * other[width : width + 1], other[width + 1 :]])
    return both[width:] if lower else both[: width + 1]


def bands_h_ab(d: Array, y: Array, ab: Array, lower: bool) -> Array:
    """The cotangent of ab in y = solveh_banded(ab, b)."""
    only_one(ab, d, "solveh_banded")
    width = ab.shape[0] - 1
    return bands_read(banded_ab(d, y, (width, width), both_bands(ab, lower)), width, lower)


def bands_h_b(d: Array, ab: Array, lower: bool) -> Array:
    """The cotangent of b in solveh_banded(ab, b)."""
    only_one(ab, d, "solveh_banded")
    return linalg.solveh_banded(ab, d, lower=lower)


def bands_h_product(ab: Array, y: Array, lower: bool) -> Array:
    """The product of a symmetric matrix, of which half the bands are given, and y."""
    width = ab.shape[0] - 1
    return banded_product((width, width), both_bands(ab, lower), y)


# Matrices made of pieces


def blocks_of(d: Array, arrs: Sequence[Array]) -> list[Array]:
    """The cotangents of the blocks in block_diag(*arrs)."""
    parts, row, column = [], 0, 0
    for one in arrs:
        rows, width = ((1, 1, *shape_of(np.asarray(one))))[-2:]
        piece = d[..., row : row + rows, column : column + width]
        parts.append(np.reshape(unbroadcast(piece, shape_of(np.atleast_2d(one))), shape_of(np.asarray(one))))
        row, column = row + rows, column + width
    return parts


def toeplitz_of(c: Array, r: Any = None) -> Array:
    """The elements of c and r, each along a diagonal."""
    c = np.asarray(c)
    r = np.conj(c) if r is None else np.asarray(r)
    only_vectors("toeplitz", c, r)
    line = np.concatenate([c[::-1], r[1:]])
    return line[np.arange(len(c))[::-1][:, None] + np.arange(len(r))]


def hankel_of(c: Array, r: Any = None) -> Array:
    """The elements of c and r, each along an antidiagonal."""
    c = np.asarray(c)
    r = np.zeros_like(c) if r is None else np.asarray(r)
    only_vectors("hankel", c, r)
    line = np.concatenate([c, r[1:]])
    return line[np.arange(len(c))[:, None] + np.arange(len(r))]


def circulant_of(c: Array) -> Array:
    """The columns are c, each one step further round."""
    c = np.asarray(c)
    only_vectors("circulant", c)
    places = np.arange(len(c))
    return c[(places[:, None] - places) % len(c)]


def only_vectors(name: str, *values: Array) -> None:
    if any(one.ndim != 1 for one in values):
        refuse_shape(name, "vectors")


def khatri_rao_of(a: Array, b: Array) -> Array:
    """The product of each column of a with that of b."""
    a, b = np.asarray(a), np.asarray(b)
    return np.reshape(a[..., :, None, :] * b[..., None, :, :], (*a.shape[:-2], -1, a.shape[-1]))
