"""Rules of scipy.fft, read once a program has imported it: those of numpy.fft where these are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as xp
from scipy import fft

from diffpy.rules.fourier import ADJOINT
from diffpy.rules.table import TABLE, constant, linear, refused, rule, signature_of
from diffpy.runtime.fourier import opposite, resized
from diffpy.runtime.scipy_fft import (
    along_axes,
    cosine_back,
    inverse_cosine_back,
    inverse_sine_back,
    irfft_back,
    irfftn_back,
    rfft_back,
    rfftn_back,
    sine_back,
)

REST = "norm=None, overwrite_x=False, workers=None, *, plan=None"
ONE = f"a, n=None, axis=-1, {REST}"
TWO = f"a, s=None, axes=(-2, -1), {REST}"
MORE = f"a, s=None, axes=None, {REST}"
OVERWRITES = {name: f"the derivative with `{name}=` is not known" for name in ("overwrite_x", "plan")}

for names, signature in (
    ("fft ifft rfft irfft", ONE),
    ("fft2 ifft2", TWO),
    ("fftn ifftn", MORE),
):
    for name in names.split():
        row = replace(TABLE.rows[f"numpy.fft.{name}"], signature=signature_of(signature), unless=OVERWRITES)
        TABLE.add(row, (f"scipy.fft.{name}",))
rule(
    "hfft",
    ONE,
    of=("scipy.fft.hfft",),
    notes=ADJOINT,
    ignores="n workers",
    forward={"a": lambda d, n, axis, norm: fft.hfft(d, n, axis, norm)},
    a=lambda d, a_shape, axis, norm: xp.conj(irfft_back(d, a_shape, axis, opposite(norm))),
)
rule(
    "ihfft",
    ONE,
    of=("scipy.fft.ihfft",),
    notes=ADJOINT,
    ignores="workers",
    forward={"a": lambda d, n, axis, norm: fft.ihfft(d, n, axis, norm)},
    a=lambda d, a_shape, n, axis, norm: rfft_back(xp.conj(d), a_shape, n, axis, opposite(norm)),
)
for signature, several in ((TWO, "2"), (MORE, "n")):
    rule(
        f"rfft{several}",
        signature,
        of=(f"scipy.fft.rfft{several}",),
        notes=ADJOINT,
        ignores="workers",
        forward={"a": lambda d, s, axes, norm: fft.rfftn(d, s, axes, norm)},
        a=lambda d, a_shape, s, axes, norm: rfftn_back(d, a_shape, s, axes, norm),
    )
    rule(
        f"irfft{several}",
        signature,
        of=(f"scipy.fft.irfft{several}",),
        notes=ADJOINT,
        ignores="workers",
        forward={"a": lambda d, s, axes, norm: fft.irfftn(d, s, axes, norm)},
        a=lambda d, a_shape, s, axes, norm: irfftn_back(d, a_shape, s, axes, norm),
    )
linear("fftshift", "x, axes=None", of=("scipy.fft.fftshift",), x=lambda d, axes: xp.fft.ifftshift(d, axes))
linear("ifftshift", "x, axes=None", of=("scipy.fft.ifftshift",), x=lambda d, axes: xp.fft.fftshift(d, axes))

# Cosine and sine transforms

REAL = "x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None"
REALN = "x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None"
ORTHOGONAL = {
    "overwrite_x": "the derivative with `overwrite_x=` is not known",
    "orthogonalize": "the derivative is known where `norm` decides",
}
linear(
    "dct",
    REAL,
    of=("scipy.fft.dct",),
    unless=ORTHOGONAL,
    ignores="n workers",
    x=lambda d, x_shape, type, axis, norm: resized(cosine_back(d, type, axis, norm), x_shape),
)
linear(
    "dctn",
    REALN,
    of=("scipy.fft.dctn",),
    unless=ORTHOGONAL,
    ignores="workers",
    x=lambda d, x_shape, type, s, axes, norm: along_axes(cosine_back, d, x_shape, type, s, axes, norm),
)
linear(
    "idct",
    REAL,
    of=("scipy.fft.idct",),
    unless=ORTHOGONAL,
    ignores="n workers",
    x=lambda d, x_shape, type, axis, norm: resized(inverse_cosine_back(d, type, axis, norm), x_shape),
)
linear(
    "idctn",
    REALN,
    of=("scipy.fft.idctn",),
    unless=ORTHOGONAL,
    ignores="workers",
    x=lambda d, x_shape, type, s, axes, norm: along_axes(
        inverse_cosine_back, d, x_shape, type, s, axes, norm
    ),
)
linear(
    "dst",
    REAL,
    of=("scipy.fft.dst",),
    unless=ORTHOGONAL,
    ignores="n workers",
    x=lambda d, x_shape, type, axis, norm: resized(sine_back(d, type, axis, norm), x_shape),
)
linear(
    "dstn",
    REALN,
    of=("scipy.fft.dstn",),
    unless=ORTHOGONAL,
    ignores="workers",
    x=lambda d, x_shape, type, s, axes, norm: along_axes(sine_back, d, x_shape, type, s, axes, norm),
)
linear(
    "idst",
    REAL,
    of=("scipy.fft.idst",),
    unless=ORTHOGONAL,
    ignores="n workers",
    x=lambda d, x_shape, type, axis, norm: resized(inverse_sine_back(d, type, axis, norm), x_shape),
)
linear(
    "idstn",
    REALN,
    of=("scipy.fft.idstn",),
    unless=ORTHOGONAL,
    ignores="workers",
    x=lambda d, x_shape, type, s, axes, norm: along_axes(inverse_sine_back, d, x_shape, type, s, axes, norm),
)
constant(
    *(
        f"scipy.fft.{name}"
        for name in "fftfreq rfftfreq next_fast_len prev_fast_len get_workers set_workers".split()
    ),
    *(f"scipy.fft.{name}" for name in "set_backend skip_backend set_global_backend register_backend".split()),
    "diffpy.runtime.scipy_fft.with_size",
    "diffpy.runtime.scipy_fft.other_kind",
)
refused(
    "no rule is written for it",
    *(f"scipy.fft.{name}" for name in "fht ifht fhtoffset".split()),
)
