"""Rules of scipy.fftpack, the older name of scipy.fft, read once a program has imported it: those of scipy.fft."""

from __future__ import annotations

from dataclasses import replace

from diffpy.rules import scipy_fft  # noqa: F401  (its rows are taken over)
from diffpy.rules.table import TABLE, constant, linear, refused, signature_of
from diffpy.runtime.fourier import resized
from diffpy.runtime.scipy_fft import (
    along_axes,
    cosine_back,
    inverse_cosine_back,
    inverse_sine_back,
    sine_back,
)

_OVERWRITES = {"overwrite_x": "the derivative with `overwrite_x=` is not known"}

# There is no `norm`, and the lines read what it is by default.
for names, signature in (
    ("fft ifft", "a, n=None, axis=-1, overwrite_x=False, *, norm=None"),
    ("fft2 ifft2", "a, s=None, axes=(-2, -1), overwrite_x=False, *, norm=None"),
    ("fftn ifftn", "a, s=None, axes=None, overwrite_x=False, *, norm=None"),
):
    for name in names.split():
        row = replace(TABLE.rows[f"numpy.fft.{name}"], signature=signature_of(signature), unless=_OVERWRITES)
        TABLE.add(row, (f"scipy.fftpack.{name}",))

REAL = "x, type=2, n=None, axis=-1, norm=None, overwrite_x=False"
REALN = "x, type=2, shape=None, axes=None, norm=None, overwrite_x=False"
for name in ("dct", "dst"):
    row = replace(TABLE.rows[f"scipy.fft.{name}"], signature=signature_of(REAL), unless=_OVERWRITES)
    TABLE.add(row, (f"scipy.fftpack.{name}",))

# Of the inverse the factor is one by default.
linear(
    "idct",
    REAL,
    of=("scipy.fftpack.idct",),
    unless=_OVERWRITES,
    ignores="n",
    x=lambda d, x_shape, type, axis, norm: resized(
        inverse_cosine_back(d, type, axis, norm or "forward"), x_shape
    ),
)
linear(
    "idctn",
    REALN,
    of=("scipy.fftpack.idctn",),
    unless=_OVERWRITES,
    x=lambda d, x_shape, type, shape, axes, norm: along_axes(
        inverse_cosine_back, d, x_shape, type, shape, axes, norm or "forward"
    ),
)
linear(
    "dctn",
    REALN,
    of=("scipy.fftpack.dctn",),
    unless=_OVERWRITES,
    x=lambda d, x_shape, type, shape, axes, norm: along_axes(
        cosine_back, d, x_shape, type, shape, axes, norm
    ),
)
linear(
    "idst",
    REAL,
    of=("scipy.fftpack.idst",),
    unless=_OVERWRITES,
    ignores="n",
    x=lambda d, x_shape, type, axis, norm: resized(
        inverse_sine_back(d, type, axis, norm or "forward"), x_shape
    ),
)
linear(
    "idstn",
    REALN,
    of=("scipy.fftpack.idstn",),
    unless=_OVERWRITES,
    x=lambda d, x_shape, type, shape, axes, norm: along_axes(
        inverse_sine_back, d, x_shape, type, shape, axes, norm or "forward"
    ),
)
linear(
    "dstn",
    REALN,
    of=("scipy.fftpack.dstn",),
    unless=_OVERWRITES,
    x=lambda d, x_shape, type, shape, axes, norm: along_axes(sine_back, d, x_shape, type, shape, axes, norm),
)

for name in ("fftshift", "ifftshift"):
    TABLE.add(TABLE.rows[f"scipy.fft.{name}"], (f"scipy.fftpack.{name}",))

constant(*(f"scipy.fftpack.{name}" for name in "fftfreq rfftfreq next_fast_len".split()))
refused(
    "it packs real and imaginary parts; scipy.fft.rfft has a rule",
    "scipy.fftpack.rfft",
    "scipy.fftpack.irfft",
)
refused(
    "no rule is written for it",
    *(f"scipy.fftpack.{name}" for name in "diff tilbert itilbert hilbert".split()),
    *(f"scipy.fftpack.{name}" for name in "ihilbert cs_diff sc_diff shift".split()),
)
