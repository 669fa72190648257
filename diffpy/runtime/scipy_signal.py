"""Derivatives of SciPy's convolutions, correlations and linear filters."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from diffpy.runtime.arrays import Array, placed
from diffpy.runtime.refusals import refuse


def reversed_axes(a: Array) -> Array:
    """An array with each axis turned round."""
    return a[(slice(None, None, -1),) * np.ndim(a)]


def whole(d: Array, one: tuple, other: tuple, mode: str) -> Array:
    """The cotangent of a full convolution, of which a mode keeps the middle."""
    if mode == "full":
        return d
    shape = tuple([m + n - 1 for m, n in zip(one, other, strict=True)])
    starts = [start_of(m, n, mode) for m, n in zip(one, other, strict=True)]
    return placed(d, shape, tuple([slice(s, s + size) for s, size in zip(starts, np.shape(d), strict=True)]))


def start_of(m: int, n: int, mode: str) -> int:
    """Where the part that is kept of a convolution of sizes m and n starts."""
    return {"same": (n - 1) // 2, "late": n // 2, "valid": min(m, n) - 1}[mode]


def convolved_with(d: Array, other: Array, one: tuple, mode: str, first: bool) -> Array:
    """The cotangent of an argument of convolve, of shape `one`: the `first`, or else the second."""
    shapes = (one, np.shape(other)) if first else (np.shape(other), one)
    full = whole(d, shapes[0], shapes[1], mode)
    return signal.convolve(full, reversed_axes(np.conj(other)), "valid")


def fftconvolve_of(in1: Array, in2: Array, mode: str = "full", axes: Any = None) -> Array:
    """A product of spectra along some axes, of which a mode keeps the middle; along the others it is one of numbers."""
    a, b = np.asarray(in1), np.asarray(in2)
    along = of_axes(np.ndim(a), axes)
    lengths = [a.shape[k] + b.shape[k] - 1 for k in along]
    product = np.fft.ifftn(np.fft.fftn(a, lengths, along) * np.fft.fftn(b, lengths, along), lengths, along)
    kept = product[middle(np.shape(product), np.shape(a), np.shape(b), mode, along)]
    return kept if np.iscomplexobj(a) or np.iscomplexobj(b) else np.real(kept)


def of_axes(count: int, axes: Any) -> list[int]:
    """The axes that are named, all of them for None, from the front."""
    named = range(count) if axes is None else np.atleast_1d(axes).tolist()
    return [k % count for k in named]


def middle(whole: tuple, one: tuple, other: tuple, mode: str, along: list[int]) -> tuple[slice, ...]:
    """The part of a full convolution that a mode keeps."""
    sizes = list(one if mode == "same" else whole)
    if mode == "valid":
        for k in along:
            sizes[k] = abs(one[k] - other[k]) + 1
    starts = [(size - kept) // 2 for size, kept in zip(whole, sizes, strict=True)]
    return tuple([slice(start, start + kept) for start, kept in zip(starts, sizes, strict=True)])


def correlated_second(d: Array, in1: Array, shape: tuple, mode: str) -> Array:
    """The cotangent of in2 in correlate(in1, in2), a convolution with in2 turned round."""
    return np.conj(reversed_axes(convolved_with(d, in1, shape, mode, False)))


def correlated_first(d: Array, in2: Array, shape: tuple, mode: str) -> Array:
    """The cotangent of in1 in correlate(in1, in2)."""
    return convolved_with(d, reversed_axes(np.conj(in2)), shape, mode, True)


# Filters: y = (B / A) x, with polynomials B and A of the delay


def filtered_back(d: Array, b: Array, a: Array, axis: int) -> Array:
    """The cotangent of x in lfilter(b, a, x): the filter, from the end to the start."""
    return np.flip(signal.lfilter(b, a, np.flip(d, axis), axis), axis)


def delayed_products(d: Array, u: Array, count: int, axis: int) -> Array:
    """The sums of d times u, u delayed by each of 0, 1, ... count - 1."""
    d, u = np.moveaxis(d, axis, -1), np.moveaxis(u, axis, -1)
    size = d.shape[-1]
    return np.stack([np.sum(d[..., min(k, size) :] * u[..., : max(size - k, 0)]) for k in range(count)])


def recursion(a: Array, x: Array, axis: int) -> Array:
    """x through 1 / A alone."""
    return signal.lfilter(np.ones(1, np.asarray(a).dtype), a, x, axis)


def delay_count(b: Array) -> int:
    if np.ndim(b) != 1:
        refuse("lfilter", "b", "coefficients that are one number each have no array to give a derivative to")
    return len(b)
