"""Derivatives of matrix factorisations: Cholesky, eigenvalues of symmetric matrices, QR, singular values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffpy.runtime.arrays import Array, array_module
from diffpy.runtime.matrices import adjoint, diagonal_of, transposed

# Cholesky and eigenvalues: of a symmetric matrix NumPy reads one triangle, and so do the derivatives


def cholesky_pullback(d: Array, y: Array) -> Array:
    """The cotangent of a in y = cholesky(a), which reads the lower triangle."""
    xp = array_module(y)
    half = xp.linalg.solve(adjoint(y), _lower_halved(adjoint(y) @ d))
    return folded(adjoint(xp.linalg.solve(adjoint(y), adjoint(half))), "L")


def folded(a: Array, UPLO: str) -> Array:
    """The cotangent of a symmetric matrix of which NumPy reads one triangle, which gets all."""
    xp = array_module(a)
    both = a + adjoint(a) - xp.eye(a.shape[-1], dtype=a.dtype) * a.real
    return xp.tril(both) if UPLO.upper() == "L" else xp.triu(both)


def _lower_halved(a: Array) -> Array:
    """The lower triangle with half of the diagonal."""
    xp = array_module(a)
    return xp.tril(a) - xp.eye(a.shape[-1], dtype=a.dtype) * a / 2


def eigh_pullback(d: Sequence[Array | None], y: Sequence[Array], UPLO: str = "L") -> Array:
    """The cotangent of a in (values, vectors) = eigh(a), which reads one triangle.

    Of equal eigenvalues the vectors have no derivative: NaN, unless the cotangent does not ask for it.
    """
    xp = array_module(y[1])
    values, vectors = y
    inner = (
        xp.zeros_like(vectors)
        if d[0] is None
        else xp.eye(values.shape[-1], dtype=values.dtype) * d[0][..., None, :]
    )
    if d[1] is not None:
        bar = d[1]
        if vectors.dtype.kind == "c":
            asked = _main(adjoint(vectors) @ bar).imag
            bar = bar + _at_row(_real_row(UPLO), -1j * _turns(asked, vectors, _real_row(UPLO)), vectors)
        turned = adjoint(vectors) @ bar
        inner = inner + divided_by_gaps(_skew(turned), values, _pairs(d[1]))
    return folded(vectors @ inner @ adjoint(vectors), UPLO)


def _skew(a: Array) -> Array:
    """Half of what a matrix lacks to be its own adjoint, with zeros on the diagonal."""
    skew = (a - adjoint(a)) / 2
    return skew if a.dtype.kind != "c" else skew - _diagonals(_main(skew))


def divided_by_gaps(a: Array, values: Array, asked: Array) -> Array:
    """a[i, j] / (values[j] - values[i]); of equal values 0 where `asked` vanishes (to rounding), else NaN.

    A function of both values and vectors may have a derivative there, as a[i, j] and the gap come to zero together;
    what is left of their quotient is not known here.
    """
    xp = array_module(a)
    gaps = values[..., None, :] - values[..., :, None]
    scale = xp.max(abs(values), axis=-1)[..., None, None]
    close = abs(gaps) <= 8 * xp.finfo(values.dtype).eps * scale * values.shape[-1]
    apart = abs(asked) * (1 - xp.eye(values.shape[-1], dtype=values.dtype))
    matters = apart > 1e3 * xp.finfo(values.dtype).eps * _largest(asked)
    return xp.where(close & matters, xp.nan, xp.where(close, 0, a / xp.where(close, 1, gaps)))


def _pairs(bar: Array) -> Array:
    """How much is asked of the vectors i and j, at [i, j]; where all has come to zero, what was asked is not known."""
    xp = array_module(bar)
    shown = xp.sum(abs(bar), axis=-2)
    asked = shown[..., None, :] + shown[..., :, None]
    return xp.where(_largest(asked) == 0, 1, asked)


def _largest(a: Array) -> Array:
    """The size of the largest element of each matrix of a stack."""
    return array_module(a).max(abs(a), axis=(-1, -2), keepdims=True)


def eigvalsh_pullback(d: Array, a: Array, UPLO: str = "L") -> Array:
    """The cotangent of a in eigvalsh(a), which reads one triangle."""
    vectors = array_module(a).linalg.eigh(a, UPLO)[1]
    return folded((vectors * d[..., None, :]) @ adjoint(vectors), UPLO)


def qr_pullback(d: Sequence[Array | None], y: Sequence[Array]) -> Array:
    """The cotangent of a in (q, r) = qr(a), reduced.

    Of a wide matrix the first columns, as many as there are rows, decide q; r holds the others as seen from there
    (Roberts and Roberts, QR and LQ decomposition matrix backpropagation algorithms, 2020). Of a complex matrix the
    diagonal of r is real (Walter and Lehmann, Algorithmic differentiation of linear algebra functions, 2012).
    """
    xp = array_module(y[0])
    q, r = y
    q_bar = xp.zeros_like(q) if d[0] is None else d[0]
    r_bar = xp.zeros_like(r) if d[1] is None else d[1]
    size = q.shape[-1]
    if size < r.shape[-1]:
        rest, rest_bar = r[..., :, size:], r_bar[..., :, size:]
        first = qr_pullback(
            [q_bar + q @ rest @ adjoint(rest_bar), r_bar[..., :, :size]], [q, r[..., :, :size]]
        )
        return xp.concatenate([first, q @ rest_bar], axis=-1)
    m = r @ adjoint(r_bar) - adjoint(q_bar) @ q
    symmetric = xp.tril(m, -1) + adjoint(xp.tril(m, -1)) + _diagonals(_main(m).real)
    return adjoint(xp.linalg.solve(r, adjoint(q_bar + q @ symmetric)))


def svd_pullback(d: Any, y: Any, a: Array, compute_uv: bool = True) -> Array:
    """The cotangent of a in svd(a): from the singular values, or from (u, s, vt).

    Vectors that complete a basis belong to the singular value 0 of the larger side. One of them moves as the others
    make it; of several, only what does not depend on the choice among them has a derivative, the rest gives NaN. Of
    a complex matrix: Wan and Zhang (2019), with the phases that LAPACK gives the vectors.
    """
    xp = array_module(a)
    if not compute_uv:
        u, _, vt = xp.linalg.svd(a, full_matrices=False)
        return (u * d[..., None, :]) @ vt
    u, s, vt = y
    if d[0] is None and d[2] is None:
        return (u[..., :, : s.shape[-1]] * d[1][..., None, :]) @ vt[..., : s.shape[-1], :]
    size = s.shape[-1]
    rest = 0
    if u.shape[-1] > size or vt.shape[-2] > size:
        rest = _completing(d, y)
        u, vt = u[..., :, :size], vt[..., :size, :]
        d = (
            d[0] if d[0] is None else d[0][..., :, :size],
            d[1],
            d[2] if d[2] is None else d[2][..., :size, :],
        )
    if u.dtype.kind == "c":
        d = _with_phases(d, u, vt)
    inner = xp.zeros_like(u[..., :size, :] @ vt[..., :, :size]) if d[1] is None else _diagonals(d[1])
    inverse = 1 / s
    result = rest
    if d[0] is not None:
        turned = adjoint(u) @ d[0]
        inner = inner + divided_by_gaps(_skew(turned), s * s, _pairs(d[0])) * 2 * s[..., None, :]
        if u.dtype.kind == "c":
            inner = inner + _diagonals(1j * _main(turned).imag * inverse)
        result = result + (d[0] - u @ turned) * inverse[..., None, :] @ vt
    if d[2] is not None:
        turned = vt @ adjoint(d[2])
        inner = inner + s[..., :, None] * divided_by_gaps(_skew(turned), s * s, _pairs(adjoint(d[2]))) * 2
        result = result + (u * inverse[..., None, :]) @ (d[2] - adjoint(turned) @ vt)
    return u @ inner @ vt + result


def _completing(d: Any, y: Any) -> Array:
    """The cotangent of a from those of the vectors that complete a basis, with their turning against the others."""
    u, s, vt = y
    size = s.shape[-1]
    back = adjoint((u[..., :, :size] / s[..., None, :]) @ vt[..., :size, :])  # of a's shape turned over
    result = 0
    if d[0] is not None and u.shape[-1] > size:
        own, bar = u[..., :, size:], d[0][..., :, size:]
        result = result - _asked_of(adjoint(own) @ bar) - own @ adjoint(bar) @ adjoint(back)
    if d[2] is not None and vt.shape[-2] > size:
        own, bar = vt[..., size:, :], d[2][..., size:, :]
        result = result - _asked_of(own @ adjoint(bar)) - adjoint(back) @ adjoint(bar) @ own
    return result


def _asked_of(turning: Array) -> Array:
    """0; NaN where a turning of vectors among each other, which nothing determines, would change the result."""
    xp = array_module(turning)
    skew = _largest(turning - adjoint(turning))
    return xp.where(skew > 1e3 * xp.finfo(turning.dtype).eps * _largest(turning), xp.nan, 0.0)


# Phases of complex vectors: LAPACK's leave one component of each vector real


def _real_row(UPLO: str) -> int:
    """The row of the vectors of eigh that is real."""
    return 0 if UPLO.upper() == "L" else -1


def _turns(asked: Array, vectors: Array, row: int) -> Array:
    """What is asked of the phase of each vector, over its component in a row: of 0 none, and NaN where it matters."""
    xp = array_module(vectors)
    real = vectors[..., row, :].real
    matters = abs(asked) > 1e3 * xp.finfo(real.dtype).eps * xp.max(abs(asked), axis=-1, keepdims=True)
    return xp.where(real == 0, xp.where(matters, xp.nan, 0), asked / xp.where(real == 0, 1, real))


def _at_row(row: int, values: Array, like: Array) -> Array:
    """Zeros of a shape, and values in one row."""
    count = like.shape[-2]
    places = array_module(like).arange(count) == row % count
    return places[:, None] * values[..., None, :]


def _with_phases(d: Any, u: Array, vt: Array) -> Any:
    """The cotangents of (u, s, vt) with what the phases of the vectors take: the first row of V, or of U, is real."""
    xp = array_module(u)
    u_bar = xp.zeros_like(u) if d[0] is None else d[0]
    v_bar = xp.zeros_like(vt) if d[2] is None else d[2]
    asked = _main(vt.conj() @ transposed(v_bar)).imag - _main(adjoint(u) @ u_bar).imag
    if u.shape[-2] < vt.shape[-1]:
        return u_bar + _at_row(0, 1j * _turns(asked, u, 0), u), d[1], v_bar
    return u_bar, d[1], v_bar - transposed(_at_row(0, 1j * _turns(asked, transposed(vt), 0), transposed(vt)))


def _diagonals(values: Array) -> Array:
    """A diagonal matrix for each row of values."""
    return array_module(values).eye(values.shape[-1], dtype=values.dtype) * values[..., None, :]


def _main(a: Array) -> Array:
    """The main diagonals of a stack of matrices."""
    return diagonal_of(a, 0, -2, -1).copy()  # NumPy gives a view to be read alone


# Tangents


def unfolded(d: Array, UPLO: str) -> Array:
    """The tangent of a symmetric matrix from that of the triangle that NumPy reads."""
    xp = array_module(d)
    half = xp.tril(d, -1) if UPLO.upper() == "L" else xp.triu(d, 1)
    return half + adjoint(half) + xp.eye(d.shape[-1], dtype=d.dtype) * d.real


def cholesky_tangent(d: Array, y: Array) -> Array:
    """The tangent of y = cholesky(a)."""
    xp = array_module(y)
    left = xp.linalg.solve(y, unfolded(d, "L"))
    return y @ _lower_halved(adjoint(xp.linalg.solve(y, adjoint(left))))


def eigh_tangent(d: Array, y: Sequence[Array], UPLO: str = "L") -> tuple[Array, Array]:
    """The tangents of (values, vectors) = eigh(a)."""
    values, vectors = y
    inner = adjoint(vectors) @ unfolded(d, UPLO) @ vectors
    moved = vectors @ divided_by_gaps(inner - _diagonals(_main(inner)), values, inner)
    if vectors.dtype.kind == "c":
        row = _real_row(UPLO)
        moved = moved - 1j * _turning(moved, vectors, row) * vectors
    return _main(inner).real, moved


def _turning(moved: Array, vectors: Array, row: int) -> Array:
    """How fast each vector has to turn for its component in a row to stay real; of what is 0 there, not at all."""
    xp = array_module(vectors)
    real = vectors[..., row, :].real
    return xp.where(real == 0, 0, moved[..., row, :].imag / xp.where(real == 0, 1, real))[..., None, :]


def eigvalsh_tangent(d: Array, a: Array, UPLO: str = "L") -> Array:
    """The tangent of eigvalsh(a)."""
    vectors = array_module(a).linalg.eigh(a, UPLO)[1]
    return _main(adjoint(vectors) @ unfolded(d, UPLO) @ vectors).real


def qr_tangent(d: Array, y: Sequence[Array]) -> tuple[Array, Array]:
    """The tangents of (q, r) = qr(a), reduced."""
    xp = array_module(d)
    q, r = y
    size = q.shape[-1]
    if size < r.shape[-1]:
        q_dot, r_dot = qr_tangent(d[..., :, :size], [q, r[..., :, :size]])
        rest = adjoint(q_dot) @ q @ r[..., :, size:] + adjoint(q) @ d[..., :, size:]
        return q_dot, xp.concatenate([r_dot, rest], axis=-1)
    scaled = transposed(xp.linalg.solve(transposed(r), transposed(d)))
    inner = adjoint(q) @ scaled
    lower = xp.tril(inner, -1)
    turned = lower - adjoint(lower)
    if inner.dtype.kind == "c":  # the diagonal of r stays real
        turned = turned + 1j * _diagonals(_main(inner).imag)
    return q @ turned + scaled - q @ inner, (inner - turned) @ r


def svd_tangent(d: Array, y: Any, a: Array, compute_uv: bool = True) -> Any:
    """The tangents of (u, s, vt) = svd(a), or of s alone."""
    xp = array_module(a)
    u, s, vt = y if compute_uv else xp.linalg.svd(a, full_matrices=False)
    inner = adjoint(u) @ d @ adjoint(vt)
    if not compute_uv:
        return _main(inner).real
    size = s.shape[-1]
    whole = u, vt
    u, vt, inner = u[..., :, :size], vt[..., :size, :], inner[..., :size, :size]
    apart = inner - _diagonals(_main(inner))
    left = apart * s[..., None, :]
    right = s[..., :, None] * apart
    u_turn = divided_by_gaps(left + adjoint(left), s * s, abs(left) + abs(adjoint(left)))
    v_turn = divided_by_gaps(right + adjoint(right), s * s, abs(right) + abs(adjoint(right)))
    u_rest = (d @ adjoint(vt) - u @ inner) / s[..., None, :]
    v_rest = (adjoint(u) @ d - inner @ vt) / s[..., :, None]
    u_dot, vt_dot = u @ u_turn + u_rest, adjoint(v_turn) @ vt + v_rest
    if u.dtype.kind == "c":
        u_dot = u_dot + 1j * (_main(inner).imag / s)[..., None, :] * u
        turns = _turning_of_pairs(u_dot, vt_dot, u, vt)
        u_dot, vt_dot = u_dot - 1j * turns * u, vt_dot + 1j * transposed(turns) * vt
    u_more, v_more = whole[0][..., :, size:], whole[1][..., size:, :]
    if u_more.shape[-1]:
        moved = -u / s[..., None, :] @ vt @ adjoint(d) @ u_more
        u_dot = xp.concatenate([u_dot, moved if _is_determined(u_more, -1) else moved * xp.nan], axis=-1)
    if v_more.shape[-2]:
        moved = -v_more @ adjoint(d) @ (u / s[..., None, :]) @ vt
        vt_dot = xp.concatenate([vt_dot, moved if _is_determined(v_more, -2) else moved * xp.nan], axis=-2)
    return u_dot, _main(inner).real, vt_dot


def _turning_of_pairs(u_dot: Array, vt_dot: Array, u: Array, vt: Array) -> Array:
    """How fast the vectors of U have to turn, and those of V with them, for the row that is real to stay real."""
    if u.shape[-2] < vt.shape[-1]:
        return _turning(u_dot, u, 0)
    return -_turning(transposed(vt_dot), transposed(vt), 0)


def _is_determined(more: Array, axis: int) -> bool:
    """Whether the vectors that complete a basis move as the others make them: one does, but for its phase."""
    return more.shape[axis] == 1 and more.dtype.kind != "c"


# General matrices


def eig_tangent(d: Array, y: Sequence[Array]) -> tuple[Array, Array]:
    """The tangents of (values, vectors) = eig(a).

    Vectors have norm one and a real largest component, as LAPACK leaves them. Of equal values the vectors have no
    derivative: NaN, unless they do not move.
    """
    xp = array_module(d)
    values, vectors = y
    inner = xp.linalg.solve(vectors, d @ vectors)
    moved = vectors @ _over_gaps(inner, values, inner)
    along = xp.sum(vectors.conj() * moved, axis=-2, keepdims=True).real
    largest = xp.argmax(abs(vectors), axis=-2, keepdims=True)
    turn = xp.imag(xp.take_along_axis(moved, largest, -2)) / xp.real(xp.take_along_axis(vectors, largest, -2))
    if vectors.dtype.kind != "c":
        return _main(inner), moved - along * vectors
    return _main(inner), moved - (along + 1j * turn) * vectors


def eig_pullback(d: Sequence[Array | None], y: Sequence[Array]) -> Array:
    """The cotangent of a in (values, vectors) = eig(a): the transpose of eig_tangent."""
    xp = array_module(y[1])
    values, vectors = y
    inner = xp.zeros_like(vectors) if d[0] is None else _diagonals(d[0])
    if d[1] is not None:
        overlap = xp.sum(vectors.conj() * d[1], axis=-2, keepdims=True)
        back = d[1] - overlap.real * vectors
        if vectors.dtype.kind == "c":
            largest = xp.argmax(abs(vectors), axis=-2, keepdims=True)
            places = xp.expand_dims(xp.arange(vectors.shape[-2]), -1) == largest
            back = back - 1j * places * (xp.imag(overlap) / xp.real(xp.take_along_axis(vectors, largest, -2)))
        inner = inner + _over_gaps(adjoint(vectors) @ back, values.conj(), _pairs(d[1]))
    return xp.linalg.solve(adjoint(vectors), inner @ adjoint(vectors))


def _over_gaps(a: Array, values: Array, asked: Array) -> Array:
    """a[i, j] / (values[j] - values[i]), 0 on the diagonal; of equal values NaN, but 0 where `asked` is 0."""
    xp = array_module(a)
    gaps = values[..., None, :] - values[..., :, None]
    equal = gaps == 0
    diagonal = xp.eye(values.shape[-1], dtype=bool)
    quotients = xp.where(equal, 0, a / xp.where(equal, 1, gaps))
    return xp.where(equal & ~diagonal & (asked != 0), xp.nan, quotients)


def eigvals_tangent(d: Array, a: Array) -> Array:
    """The tangent of eigvals(a)."""
    xp = array_module(a)
    vectors = xp.linalg.eig(a)[1]
    return _main(xp.linalg.solve(vectors, d @ vectors))


def eigvals_pullback(d: Array, a: Array) -> Array:
    """The cotangent of a in eigvals(a)."""
    xp = array_module(a)
    vectors = xp.linalg.eig(a)[1]
    return xp.linalg.solve(adjoint(vectors), d[..., :, None] * adjoint(vectors))
