"""Pullbacks of what takes a complex number apart: its phase, its direction, its polar form."""

from __future__ import annotations

from collections.abc import Sequence

from diffpy.runtime.arrays import Array, array_module, without_zeros


def phase_part(d: Array, z: Array) -> Array:
    """The cotangent of z from that of its phase: across z, 0 at 0; of a real number the phase does not change.

    >>> phase_part(1.0, 2.0 + 0j), phase_part(1.0, -3.0)
    (0.5j, 0.0)
    """
    if not array_module(z).iscomplexobj(z):
        return 0.0 * d
    modulus = without_zeros(abs(z))  # its square may be too small for a number
    return d * (1j * (z / modulus) / modulus)


def phase_part_slope(d: Array, value: Array, z: Array) -> Array:
    """The cotangent of z from that of phase_part(value, z) = value * i / conj(z); 0 at 0."""
    xp = array_module(z)
    if not xp.iscomplexobj(z):
        return 0.0 * value
    return -1j * d.conjugate() * value * (z != 0) / xp.conj(without_zeros(z)) ** 2


def imaginary_of(d: Array, like: Array) -> Array:
    """The cotangent of the imaginary part of `like` from that of `like`: nothing where it has none."""
    return d.imag if array_module(like).iscomplexobj(like) else 0.0 * d.real


def direction_pullback(d: Array, y: Array, z: Array) -> Array:
    """The cotangent of z from that of y = z / |z|: the part of d across y; 0 at 0."""
    across = d - y * (d.conjugate() * y).real
    return across * (y != 0) / without_zeros(abs(z))


def polar_pullback(d: Sequence[Array | None], z: Array) -> Array:
    """The cotangent of z from those of its modulus and its phase."""
    modulus, phase = d
    along = 0.0 if modulus is None else modulus * (z / without_zeros(abs(z)))
    return along if phase is None else along + phase_part(phase, z)
