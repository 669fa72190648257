"""Derivatives of norms, inverses, determinants, powers and diagonals, of stacks of matrices too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffpy.runtime.arrays import (
    Array,
    Axis,
    Shape,
    array_module,
    shape_of,
    spread,
    unbroadcast,
    without_zeros,
)
from diffpy.runtime.contractions import matmul_left, matmul_right
from diffpy.runtime.reductions import to_winners, winner_weights


def transposed(a: Array) -> Array:
    """Each matrix of a stack transposed."""
    return a.swapaxes(-1, -2)


def adjoint(a: Array) -> Array:
    """Each matrix of a stack transposed, and conjugated where it is complex."""
    turned = transposed(a)
    return turned.conj() if turned.dtype.kind == "c" else turned


# Norms: 0 at the zero vector


def norm_pullback(
    d: Array, y: Array, x: Array, ord: Any = None, axis: Axis = None, keepdims: bool = False
) -> Array:
    """The cotangent of x in linalg.norm, of vectors and of matrices."""
    rank = len(axis) if isinstance(axis, tuple) else len(shape_of(x)) if axis is None else 1
    if ord is None or (ord == "fro" if rank == 2 else ord == 2):
        return spread(d / without_zeros(y), shape_of(x), axis, keepdims) * x
    if rank == 2:
        return matrix_norm_pullback(d, y, x, ord, (-2, -1) if axis is None else axis, keepdims)
    return vector_norm_pullback(d, y, x, ord, axis, keepdims)


def vector_norm_pullback(
    d: Array, y: Array, x: Array, ord: Any, axis: Axis = None, keepdims: bool = False
) -> Array:
    """The cotangent of x in a norm of vectors of any order."""
    xp = array_module(x)
    if ord == 2:
        return spread(d / without_zeros(y), shape_of(x), axis, keepdims) * x
    if ord == 0:
        return spread(0 * d, shape_of(x), axis, keepdims) * x
    if ord == 1:
        return spread(d, shape_of(x), axis, keepdims) * xp.sign(x)
    if abs(ord) == xp.inf:
        return to_winners(d, y, abs(x), axis, keepdims) * xp.sign(x)
    powers = abs(without_zeros(x)) ** (ord - 1) * xp.sign(x)
    return spread(d / without_zeros(y) ** (ord - 1), shape_of(x), axis, keepdims) * powers


def matrix_norm_pullback(d: Array, y: Array, x: Array, ord: Any, axis: Any, keepdims: bool = False) -> Array:
    """The cotangent of x in a norm of matrices: sums of columns or rows, or of singular values."""
    xp = array_module(x)
    if ord == "fro" or ord is None:
        return spread(d / without_zeros(y), shape_of(x), tuple(axis), keepdims) * x
    matrices = xp.moveaxis(x, axis, (-2, -1))
    stack = shape_of(matrices)[:-2]
    value, cotangent = xp.reshape(y, stack), xp.reshape(d, stack)
    if ord in (1, -1, xp.inf, -xp.inf):
        summed = -2 if abs(ord) == 1 else -1
        sums = xp.sum(abs(matrices), axis=summed)
        result = xp.expand_dims(to_winners(cotangent, value, sums, -1), summed) * xp.sign(matrices)
    else:
        u, s, vt = xp.linalg.svd(matrices, full_matrices=False)
        weights = xp.expand_dims(cotangent, -1) * _singular_weights(s, ord)
        result = (u * xp.expand_dims(weights, -2)) @ vt
    return xp.moveaxis(result, (-2, -1), axis)


def _singular_weights(s: Array, ord: Any) -> Array:
    """The derivative of the norm in each singular value."""
    xp = array_module(s)
    if ord == "nuc":
        return xp.sign(s)
    best = xp.max(s, axis=-1) if ord == 2 else xp.min(s, axis=-1)
    return winner_weights(best, s, -1) * xp.sign(s)


# Inverses and determinants


def solve_left(d: Array, y: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of a in y = solve(a, b)."""
    b_bar = _solved_back(d, a, len(b_shape))
    if len(b_shape) == 1:
        return unbroadcast(-b_bar[..., :, None] * y[..., None, :], shape_of(a))
    return unbroadcast(-b_bar @ transposed(y), shape_of(a))


def solve_right(d: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of b in solve(a, b)."""
    return unbroadcast(_solved_back(d, a, len(b_shape)), b_shape)


def solve_tangent(d: Array, y: Array, a: Array, b_shape: Shape) -> Array:
    """The tangent of y = solve(a, b) from that of a."""
    xp = array_module(a)
    if len(b_shape) == 1:
        return -xp.linalg.solve(a, d @ xp.expand_dims(y, -1))[..., 0]
    return -xp.linalg.solve(a, d @ y)


def _solved_back(d: Array, a: Array, b_rank: int) -> Array:
    xp = array_module(a)
    if b_rank == 1 and a.ndim > 2:
        return xp.linalg.solve(transposed(a), xp.expand_dims(d, -1))[..., 0]
    return xp.linalg.solve(transposed(a), d)


def inv_pullback(d: Array, y: Array) -> Array:
    """The cotangent of a in y = inv(a)."""
    return -transposed(y) @ d @ transposed(y)


def pinv_pullback(d: Array, y: Array, a: Array) -> Array:
    """The cotangent of a in y = pinv(a), for matrices that keep their rank."""
    xp = array_module(a)
    eye_m, eye_n = xp.eye(a.shape[-2], dtype=a.dtype), xp.eye(a.shape[-1], dtype=a.dtype)
    yt, dt = adjoint(y), adjoint(d)
    left = (eye_m - a @ y) @ dt @ y @ yt
    right = yt @ y @ dt @ (eye_n - y @ a)
    return left + right - yt @ d @ yt


def pinv_tangent(d: Array, y: Array, a: Array) -> Array:
    """The tangent of y = pinv(a)."""
    xp = array_module(a)
    eye_m, eye_n = xp.eye(a.shape[-2], dtype=a.dtype), xp.eye(a.shape[-1], dtype=a.dtype)
    yt, dt = adjoint(y), adjoint(d)
    return y @ yt @ dt @ (eye_m - a @ y) + (eye_n - y @ a) @ dt @ yt @ y - y @ d @ y


def cofactors(a: Array) -> Array:
    """The matrix of cofactors, the derivative of det; of singular matrices too."""
    xp = array_module(a)
    u, s, vt = xp.linalg.svd(a)
    signs = xp.linalg.det(u) * xp.linalg.det(vt)
    size = a.shape[-1]
    others = [xp.prod(xp.concatenate([s[..., :k], s[..., k + 1 :]], axis=-1), axis=-1) for k in range(size)]
    weights = xp.stack(others, axis=-1) * xp.expand_dims(signs, -1)
    return (xp.conj(u) * xp.expand_dims(weights, -2)) @ xp.conj(vt)


def det_pullback(d: Array, y: Array, a: Array) -> Array:
    """The cotangent of a in y = det(a)."""
    xp = array_module(a)
    if xp.all(y != 0):
        return xp.expand_dims(d * y, (-1, -2)) * transposed(xp.linalg.inv(a))
    return xp.expand_dims(d, (-1, -2)) * cofactors(a)


def slogdet_pullback(d: Sequence[Array | None], y: Sequence[Array], a: Array) -> Array:
    """The cotangent of a from that of the logarithm; the sign is constant."""
    if d[1] is None:
        return 0 * a
    return array_module(a).expand_dims(d[1], (-1, -2)) * transposed(inverse_or_pole(y, a))


def inverse_or_pole(y: Sequence[Array], a: Array) -> Array:
    """The inverse of a; what the cofactors are over zero, where y = slogdet(a) says that a is singular."""
    xp = array_module(a)
    if xp.all(y[1] > -xp.inf):
        return xp.linalg.inv(a)
    return transposed(cofactors(a)) / xp.expand_dims(xp.linalg.det(a), (-1, -2))


def complex_slogdet_pullback(d: Sequence[Array | None], y: Sequence[Array], a: Array) -> Array:
    """The cotangent of a complex a from those of det(a) / |det(a)| and of the logarithm of |det(a)|."""
    xp = array_module(a)
    weight = 0.0 if d[1] is None else d[1]
    if d[0] is not None:
        weight = weight - 1j * xp.imag(xp.conj(d[0]) * y[0])
    return xp.expand_dims(xp.asarray(weight, a.dtype), (-1, -2)) * adjoint(inverse_or_pole(y, a))


def matrix_power_pullback(d: Array, a: Array, n: int) -> Array:
    """The cotangent of a in a @ a @ ... @ a."""
    xp = array_module(a)
    if n < 0:
        return inv_pullback(matrix_power_pullback(d, xp.linalg.inv(a), -n), xp.linalg.inv(a))
    total = xp.zeros_like(d)
    for k in range(n):
        before, after = xp.linalg.matrix_power(a, k), xp.linalg.matrix_power(a, n - 1 - k)
        total = total + transposed(before) @ d @ transposed(after)
    return total


def matrix_power_tangent(d: Array, a: Array, n: int) -> Array:
    """The tangent of a @ a @ ... @ a; where that is a itself, the tangent of a is its tangent."""
    if n == 1:
        return d
    xp = array_module(a)
    if n < 0:
        inverse = xp.linalg.inv(a)
        return matrix_power_tangent(-inverse @ d @ inverse, inverse, -n)
    total = xp.zeros_like(d)
    for k in range(n):
        total = total + xp.linalg.matrix_power(a, k) @ d @ xp.linalg.matrix_power(a, n - 1 - k)
    return total


def multi_dot_pullback(d: Array, arrays: Sequence[Array]) -> list[Array]:
    """The cotangents of the factors of a chain of products."""
    before = [arrays[0]]
    for one in arrays[1:-1]:
        before.append(before[-1] @ one)
    parts = []
    for left, one in zip(reversed(before), reversed(arrays[1:]), strict=True):
        parts.append(matmul_right(d, left, shape_of(one)))
        d = matmul_left(d, shape_of(left), one)
    return [d, *reversed(parts)]


# Diagonals


def placed_diagonal(d: Array, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Zeros of a shape with d on a diagonal."""
    xp = array_module(d)
    rows, columns = shape[axis1], shape[axis2]
    first, second = (max(-offset, 0), max(offset, 0))
    along = xp.arange(d.shape[-1])
    rest = tuple(n for i, n in enumerate(shape) if i not in (axis1 % len(shape), axis2 % len(shape)))
    matrices = xp.zeros((*rest, rows, columns), d.dtype)
    matrices[..., along + first, along + second] = d
    return xp.moveaxis(matrices, (-2, -1), (axis1, axis2))


def diagonal_of(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    return array_module(a).diagonal(a, offset, axis1, axis2)


def diag_pullback(d: Array, v_shape: Shape, k: int = 0) -> Array:
    """The cotangent of v in diag(v): a matrix from a vector, or its diagonal."""
    if len(v_shape) == 1:
        return array_module(d).diagonal(d, k)
    return placed_diagonal(d, v_shape, k)


def trace_pullback(d: Array, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """d on a diagonal of zeros."""
    xp = array_module(d)
    length = xp.diagonal(xp.empty((shape[axis1], shape[axis2])), offset).shape[0]
    full = xp.asarray(d)[..., None]
    return placed_diagonal(xp.broadcast_to(full, (*shape_of(d), length)), shape, offset, axis1, axis2)
