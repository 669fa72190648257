"""Rules of the functions that forward mode calls, so that a differential has derivatives of its own."""

from __future__ import annotations

from diffpy.rules.table import constant, linear
from diffpy.runtime.arrays import unbroadcast

ZEROS = "diffpy.runtime.zeros."

linear(
    "settled",
    "dot, y",
    of=(ZEROS + "settled",),
    no_derivative={"y": "only its shape and type are used"},
    dot=lambda d, dot_shape: unbroadcast(d, dot_shape),
)
constant(ZEROS + "zero_like", ZEROS + "gathering_zero")
