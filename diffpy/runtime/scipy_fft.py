"""Pullbacks of SciPy's Fourier and cosine transforms that NumPy lacks, or has as functions written out."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import fft

from diffpy.runtime.arrays import Array
from diffpy.runtime.fourier import mirrored_weights, opposite, resized
from diffpy.runtime.written_matrices import sizes_and_axes


def rfft_back(d: Array, shape: tuple, n: Any, axis: int, norm: Any) -> Array:
    """The cotangent of a in rfft(a)."""
    size = shape[axis] if n is None else n
    return resized(np.real(np.fft.ifft(d, size, axis, opposite(norm))), shape)


def irfft_back(d: Array, shape: tuple, axis: int, norm: Any) -> Array:
    """The cotangent of a in irfft(a)."""
    back = np.fft.rfft(d, axis=axis, norm=opposite(norm)) * mirrored_weights(d, axis)
    return resized(back, shape)


def with_size(shape: tuple, axis: int, size: int) -> tuple:
    """A shape with another size along an axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def rfftn_back(d: Array, shape: tuple, s: Any, axes: Any, norm: Any) -> Array:
    """The cotangent of a in rfftn(a): the last axis came first."""
    sizes, along = sizes_and_axes(shape, s, axes)
    for axis in along[:-1]:
        back = np.fft.ifft(d, axis=axis, norm=opposite(norm))
        d = resized(back, with_size(d.shape, axis, shape[axis]))
    return rfft_back(d, shape, sizes[-1], along[-1], norm)


def irfftn_back(d: Array, shape: tuple, s: Any, axes: Any, norm: Any) -> Array:
    """The cotangent of a in irfftn(a): the last axis came last."""
    along = sizes_and_axes(shape, s, axes)[1]
    d = irfft_back(d, with_size(d.shape, along[-1], shape[along[-1]]), along[-1], norm)
    for axis in along[:-1]:
        back = np.fft.fft(d, axis=axis, norm=opposite(norm))
        d = resized(back, with_size(d.shape, axis, shape[axis]))
    return d


def cosine_back(d: Array, axis: int, norm: Any) -> Array:
    """The cotangent of x in dct(x): a transform of the third kind, with the first entry twice."""
    return fft.idct(ends_scaled(d, norm, 2.0, axis), axis=axis, norm=opposite(norm))


def inverse_cosine_back(d: Array, axis: int, norm: Any) -> Array:
    """The cotangent of x in idct(x)."""
    return ends_scaled(fft.dct(d, axis=axis, norm=opposite(norm)), norm, 0.5, axis)


def ends_scaled(d: Array, norm: Any, factor: float, axis: int) -> Array:
    """d with its first entry along an axis times a factor, but where the transform is orthogonal."""
    if norm == "ortho":
        return d
    first = np.expand_dims(np.arange(d.shape[axis]) == 0, tuple(range(1, d.ndim)))
    return d * np.moveaxis(np.where(first, factor, 1.0).astype(d.dtype), 0, axis)
