"""Rules of scipy.fftpack, the older name of scipy.fft, read once a program has imported it: those of scipy.fft."""

from __future__ import annotations

from dataclasses import replace

from diffpy.rules import scipy_fft
from diffpy.rules.table import TABLE, constant, linear, refused, signature_of
from diffpy.runtime.fourier import resized
from diffpy.runtime.scipy_fft import inverse_cosine_back

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

COSINE = "x, type=2, n=None, axis=-1, norm=None, overwrite_x=False"
SECOND = _OVERWRITES | {"type": scipy_fft.SECOND["type"]}
TABLE.add(
    replace(TABLE.rows["scipy.fft.dct"], signature=signature_of(COSINE), unless=SECOND),
    ("scipy.fftpack.dct",),
)
linear(  # By default it divides by nothing.
    "idct",
    COSINE,
    of=("scipy.fftpack.idct",),
    unless=SECOND,
    ignores="n",
    x=lambda d, x_shape, axis, norm: resized(inverse_cosine_back(d, axis, norm or "forward"), x_shape),
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
    *(
        f"scipy.fftpack.{name}"
        for name in "dst idst dctn idctn dstn idstn diff tilbert itilbert hilbert".split()
    ),
    *(f"scipy.fftpack.{name}" for name in "ihilbert cs_diff sc_diff shift".split()),
)
