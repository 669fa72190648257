"""Masks of kinds that are not known while deriving: what `where=` was given in, the mask over all axes out."""

from __future__ import annotations

from typing import Any

from diffpy.runtime.arrays import Array, array_module


def mask_over(mask: Any, out: Array) -> Array:
    """The mask for each entry of the array that is written to; what is none is refused in NumPy's own words."""
    xp = array_module(out)
    mask = xp.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"Cannot cast array data from {mask.dtype!r} to dtype('bool') according to the rule 'safe'"
        )
    return xp.broadcast_to(mask, out.shape)


def diagonal_mask(a: Array) -> Array:
    """Where np.fill_diagonal writes; what it refuses is refused in its own words."""
    xp = array_module(a)
    mask = xp.zeros(a.shape, bool)
    xp.fill_diagonal(mask, True)
    return mask
