"""Products and systems of matrices, Fourier transforms of several axes and Bessel functions, written out."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import Array, Axis
from diffpy.runtime.refusals import refuse, refuse_out

# Products


def vecdot_of(x1: Array, x2: Array, /, out: Any = None, *, axis: int = -1) -> Array:
    refuse_out("vecdot", out)
    one, other = np.moveaxis(np.asarray(x1), axis, -1), np.moveaxis(np.asarray(x2), axis, -1)
    return np.sum(np.conj(one) * other, axis=-1)


def matvec_of(x1: Array, x2: Array, /, out: Any = None) -> Array:
    refuse_out("matvec", out)
    return np.squeeze(np.matmul(x1, np.expand_dims(x2, -1)), -1)


def vecmat_of(x1: Array, x2: Array, /, out: Any = None) -> Array:
    refuse_out("vecmat", out)
    return np.squeeze(np.matmul(np.expand_dims(np.conj(x1), -2), x2), -2)


def linalg_cross_of(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    return np.cross(x1, x2, axis=axis)


# Systems


def cond_of(x: Array, p: Any = None) -> Array:
    x = np.asarray(x)
    if p is None or p == 2 or p == -2:
        s = np.linalg.svdvals(x)
        first, last = np.take(s, 0, axis=-1), np.take(s, -1, axis=-1)
        return last / first if p == -2 else first / last
    inverse = np.linalg.inv(x)
    if p == "fro" or p == "nuc":
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(inverse, p, axis=(-2, -1))
    along = -2 if abs(p) == 1 else -1
    if p > 0:
        return np.max(np.sum(abs(x), along), -1) * np.max(np.sum(abs(inverse), along), -1)
    return np.min(np.sum(abs(x), along), -1) * np.min(np.sum(abs(inverse), along), -1)


def cholesky_of(a: Array, /, *, upper: bool = False) -> Array:
    """The upper factor is the lower one of the adjoint matrix, turned."""
    if not upper:
        return np.linalg.cholesky(a)
    return np.conj(np.swapaxes(np.linalg.cholesky(np.conj(np.swapaxes(a, -1, -2))), -1, -2))


def qr_of(a: Array, mode: str = "reduced") -> Any:
    """R alone, or both factors; the columns that complete a basis are not determined."""
    if mode == "r":
        return np.linalg.qr(a).R
    if mode == "reduced" or (mode == "complete" and np.shape(a)[-2] <= np.shape(a)[-1]):
        return np.linalg.qr(a)
    return refuse("qr", "mode", "the columns that complete a basis, and packed reflections, are choices")


def svd_of(a: Array, full_matrices: bool = True, compute_uv: Any = True, hermitian: bool = False) -> Any:
    """Of a symmetric matrix from its eigenvalues: singular values are their sizes, the largest first."""
    if not hermitian:
        return np.linalg.svd(a, full_matrices, compute_uv)
    values, vectors = np.linalg.eigh(a)
    order = np.argsort(-np.abs(values), axis=-1)
    values = np.take_along_axis(values, order, axis=-1)
    if not compute_uv:
        return np.abs(values)
    u = np.take_along_axis(vectors, np.expand_dims(order, -2), axis=-1)
    turned = u * np.expand_dims(np.sign(values), -2)
    return u, np.abs(values), np.conj(np.swapaxes(turned, -1, -2))


def pinv_of(a: Array, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Array:
    """Of a symmetric matrix, of which one triangle is read, that of the whole matrix."""
    if not hermitian:
        return np.linalg.pinv(a, rcond, rtol=rtol)
    lower = np.tril(a, -1)
    whole = lower + np.conj(np.swapaxes(lower, -1, -2)) + np.real(a) * np.eye(np.shape(a)[-1])
    return np.linalg.pinv(whole, rcond, rtol=rtol)


def lstsq_of(a: Array, b: Array, rcond: Any = None) -> tuple[Array, Array, Any, Array]:
    a, b = np.asarray(a), np.asarray(b)
    s = np.linalg.svdvals(a)
    bound = np.finfo(a.dtype).eps * max(a.shape) if rcond is None else rcond
    rank = int(np.sum(s > bound * np.max(s)))
    x = np.linalg.pinv(a, bound) @ b
    if rank < a.shape[1] or a.shape[0] <= a.shape[1]:
        return x, np.zeros(0, s.dtype), rank, s
    apart = b - a @ x
    rest = np.sum(np.real(apart * np.conj(apart)), axis=0)
    return x, np.reshape(rest, (-1,)), rank, s


def tensorinv_of(a: Array, ind: int = 2) -> Array:
    a = np.asarray(a)
    shape = np.shape(a)
    size = 1
    for one in shape[ind:]:
        size *= one
    return np.reshape(np.linalg.inv(np.reshape(a, (-1, size))), shape[ind:] + shape[:ind])


def tensorsolve_of(a: Array, b: Array, axes: Any = None) -> Array:
    a, b = np.asarray(a), np.asarray(b)
    if axes is not None:
        moved = [one % a.ndim for one in axes]
        a = np.transpose(a, tuple([k for k in range(a.ndim) if k not in moved] + moved))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, b.size)), np.ravel(b)), shape)


# Fourier transforms

OPPOSITE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def hfft_of(a: Array, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Array:
    refuse_out("hfft", out)
    return np.fft.irfft(np.conj(a), n, axis, OPPOSITE[norm])  # type: ignore[arg-type]


def ihfft_of(a: Array, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Array:
    refuse_out("ihfft", out)
    return np.conj(np.fft.rfft(a, n, axis, OPPOSITE[norm]))  # type: ignore[arg-type]


def rfftn_of(a: Array, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Array:
    refuse_out("rfftn", out)
    a = np.asarray(a)
    sizes, along = sizes_and_axes(np.shape(a), s, axes)
    a = np.fft.rfft(a, sizes[-1], along[-1], norm)
    for size, axis in zip(sizes[:-1][::-1], along[:-1][::-1], strict=True):
        a = np.fft.fft(a, size, axis, norm)
    return a


def irfftn_of(a: Array, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Array:
    refuse_out("irfftn", out)
    a = np.asarray(a)
    sizes, along = sizes_and_axes(np.shape(a), s, axes)
    if s is None:
        sizes = [*sizes[:-1], (np.shape(a)[along[-1]] - 1) * 2]
    for size, axis in zip(sizes[:-1], along[:-1], strict=True):
        a = np.fft.ifft(a, size, axis, norm)
    return np.fft.irfft(a, sizes[-1], along[-1], norm)


def rfft2_of(a: Array, s: Any = None, axes: Axis = (-2, -1), norm: Any = None, out: Any = None) -> Array:
    return rfftn_of(a, s, axes, norm, out)


def irfft2_of(a: Array, s: Any = None, axes: Axis = (-2, -1), norm: Any = None, out: Any = None) -> Array:
    return irfftn_of(a, s, axes, norm, out)


def sizes_and_axes(shape: tuple, s: Any, axes: Any) -> tuple[list[int], list[int]]:
    """How long a transform is along which axes."""
    if axes is None:
        along = list(range(len(shape)))[-len(s) :] if s is not None else list(range(len(shape)))
    else:
        along = [one % len(shape) for one in axes]
    sizes = [shape[one] for one in along]
    if s is not None:
        sizes = [own if one == -1 else int(one) for own, one in zip(sizes, s, strict=True)]
    return sizes, along


# Bessel functions


def i0_of(x: Array) -> Array:
    """The mean of exp(x cos t): the trapezoidal rule is exact to rounding (L. N. Trefethen, J. A. C. Weideman, 2014)."""
    x = np.asarray(x)
    nodes = np.cos((np.arange(256) + 0.5) * (np.pi / 256))
    return np.mean(np.exp(np.expand_dims(x, -1) * nodes), axis=-1)
