"""Rules of numpy.fft: the adjoint of a transform is its inverse with the opposite norm."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import constant, folded, linear, rule
from diffpy.runtime.fourier import mirrored_weights, opposite, resized, transformed_axes

ONE = "a, n=None, axis=-1, norm=None, out=None"
MORE = "a, s=None, axes=None, norm=None, out=None"
TWO = "a, s=None, axes=(-2, -1), norm=None, out=None"
ADJOINT = {"holomorphic": False}  # the lines are written with the adjoint, for cotangents as they are

folded(opposite)

rule(
    "fft",
    ONE,
    of=("numpy.fft.fft",),
    notes=ADJOINT,
    ignores="n",
    forward={"a": lambda d, n, axis, norm: xp.fft.fft(d, n, axis, norm)},
    a=lambda d, a_shape, axis, norm: resized(xp.fft.ifft(d, axis=axis, norm=opposite(norm)), a_shape),
)
rule(
    "ifft",
    ONE,
    of=("numpy.fft.ifft",),
    notes=ADJOINT,
    ignores="n",
    forward={"a": lambda d, n, axis, norm: xp.fft.ifft(d, n, axis, norm)},
    a=lambda d, a_shape, axis, norm: resized(xp.fft.fft(d, axis=axis, norm=opposite(norm)), a_shape),
)
rule(
    "rfft",
    ONE,
    of=("numpy.fft.rfft",),
    notes=ADJOINT,
    forward={"a": lambda d, n, axis, norm: xp.fft.rfft(d, n, axis, norm)},
    a=lambda d, a_shape, n, axis, norm: resized(
        xp.real(xp.fft.ifft(d, a_shape[axis] if n is None else n, axis, opposite(norm))), a_shape
    ),
)
rule(
    "irfft",
    ONE,
    of=("numpy.fft.irfft",),
    notes=ADJOINT,
    ignores="n",
    forward={"a": lambda d, n, axis, norm: xp.fft.irfft(d, n, axis, norm)},
    a=lambda d, a_shape, axis, norm: resized(
        xp.fft.rfft(d, axis=axis, norm=opposite(norm)) * mirrored_weights(d, axis), a_shape
    ),
)
for signature, several in ((TWO, "2"), (MORE, "n")):
    rule(
        f"fft{several}",
        signature,
        of=(f"numpy.fft.fft{several}",),
        notes=ADJOINT,
        forward={"a": lambda d, s, axes, norm: xp.fft.fftn(d, s, axes, norm)},
        a=lambda d, a_shape, s, axes, norm: resized(
            xp.fft.ifftn(d, axes=transformed_axes(s, axes), norm=opposite(norm)), a_shape
        ),
    )
    rule(
        f"ifft{several}",
        signature,
        of=(f"numpy.fft.ifft{several}",),
        notes=ADJOINT,
        forward={"a": lambda d, s, axes, norm: xp.fft.ifftn(d, s, axes, norm)},
        a=lambda d, a_shape, s, axes, norm: resized(
            xp.fft.fftn(d, axes=transformed_axes(s, axes), norm=opposite(norm)), a_shape
        ),
    )
linear("fftshift", "x, axes=None", of=("numpy.fft.fftshift",), x=lambda d, axes: xp.fft.ifftshift(d, axes))
linear("ifftshift", "x, axes=None", of=("numpy.fft.ifftshift",), x=lambda d, axes: xp.fft.fftshift(d, axes))
constant("numpy.fft.fftfreq", "numpy.fft.rfftfreq")

linear(
    "resized",
    "value, shape",
    of=("diffpy.runtime.fourier.resized",),
    value=lambda d, value_shape: resized(d, value_shape),
)
constant(
    "diffpy.runtime.fourier.opposite",
    "diffpy.runtime.fourier.transformed_axes",
    "diffpy.runtime.fourier.mirrored_weights",
)
