"""Pullbacks of SciPy's Fourier and cosine transforms that NumPy lacks, or has as functions written out."""

from __future__ import annotations

from collections.abc import Callable
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


# Cosine and sine transforms: the matrices of the second and the third kind are each other the other way round, those
# of the first and the fourth themselves, but for the weights of the entries at the ends.


def cosine_back(d: Array, type: int, axis: int, norm: Any) -> Array:
    """The cotangent of x in dct(x, type)."""
    if norm == "ortho":
        return fft.idct(d, type, axis=axis, norm=norm)
    if type == 1:
        ends = (0, d.shape[axis] - 1)
        return scaled_at(fft.dct(scaled_at(d, ends, 2.0, axis), 1, axis=axis, norm=norm), ends, 0.5, axis)
    if type == 2:
        return fft.dct(scaled_at(d, (0,), 2.0, axis), 3, axis=axis, norm=norm)
    if type == 3:
        return scaled_at(fft.dct(d, 2, axis=axis, norm=norm), (0,), 0.5, axis)
    return fft.dct(d, type, axis=axis, norm=norm)


def sine_back(d: Array, type: int, axis: int, norm: Any) -> Array:
    """The cotangent of x in dst(x, type)."""
    last = (d.shape[axis] - 1,)
    if norm == "ortho":
        return fft.idst(d, type, axis=axis, norm=norm)
    if type == 2:
        return fft.dst(scaled_at(d, last, 2.0, axis), 3, axis=axis, norm=norm)
    if type == 3:
        return scaled_at(fft.dst(d, 2, axis=axis, norm=norm), last, 0.5, axis)
    return fft.dst(d, type, axis=axis, norm=norm)


def inverse_cosine_back(d: Array, type: int, axis: int, norm: Any) -> Array:
    """The cotangent of x in idct(x, type), which is dct of the other kind."""
    if norm == "ortho":
        return fft.dct(d, type, axis=axis, norm=norm)
    return cosine_back(d, other_kind(type), axis, opposite(norm))


def inverse_sine_back(d: Array, type: int, axis: int, norm: Any) -> Array:
    """The cotangent of x in idst(x, type)."""
    if norm == "ortho":
        return fft.dst(d, type, axis=axis, norm=norm)
    return sine_back(d, other_kind(type), axis, opposite(norm))


def along_axes(
    back: Callable[..., Array], d: Array, shape: tuple, type: int, s: Any, axes: Any, norm: Any
) -> Array:
    """The cotangent of x in dctn(x) and its like: one axis after the other."""
    for axis in sizes_and_axes(shape, s, axes)[1]:
        d = back(d, type, axis, norm)
    return resized(d, shape)


def other_kind(type: int) -> int:
    return {2: 3, 3: 2}.get(type, type)


def scaled_at(d: Array, places: tuple[int, ...], factor: float, axis: int) -> Array:
    """d with some entries along an axis times a factor, each once for each time that its place is named."""
    factors = np.ones(d.shape[axis], d.dtype)
    for place in places:
        factors[place] = factors[place] * factor
    return d * np.moveaxis(np.expand_dims(factors, tuple(range(1, d.ndim))), 0, axis)
