"""Pullbacks of discrete Fourier transforms."""

from __future__ import annotations

from typing import Literal

from diffpy.runtime.arrays import Array, Shape, array_module, shape_of

Norm = Literal["backward", "forward", "ortho"]
_OPPOSITE: dict[str | None, Norm] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}


def opposite(norm: str | None) -> Norm:
    """The norm with which the inverse transform is the adjoint of the transform with this norm."""
    return _OPPOSITE[norm]


def resized(value: Array, shape: Shape) -> Array:
    """Each axis cut off, or filled up with zeros, at its end: a map of which the adjoint is another.

    >>> import numpy
    >>> resized(numpy.ones(3), (4,)), resized(numpy.ones(3), (2,))
    (array([1., 1., 1., 0.]), array([1., 1.]))
    """
    found = shape_of(value)
    if found == shape:
        return value
    cut = value[tuple(slice(size) for size in shape)]
    missing = [(0, size - had) for size, had in zip(shape, shape_of(cut), strict=True)]
    return array_module(value).pad(cut, missing) if any(more for _, more in missing) else cut


def transformed_axes(s: Shape | None, axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The axes that a transform over several axes runs along: the last ones, where only sizes are given."""
    return tuple(range(-len(s), 0)) if axes is None and s is not None else axes


def mirrored_weights(d: Array, axis: int = -1) -> Array:
    """How often irfft uses each coefficient to make an array like d: twice, but the first and a middle one."""
    xp = array_module(d)
    size = d.shape[axis]
    weights = xp.full(size // 2 + 1, 2, d.dtype)
    weights[0] = 1
    if size % 2 == 0:
        weights[-1] = 1
    shape = [1] * d.ndim
    shape[axis] = len(weights)
    return xp.reshape(weights, tuple(shape))
