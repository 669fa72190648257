"""Rules of the cmath module, and of NumPy's functions where their arguments are complex and that changes the rule.

Lines of a holomorphic operation read no conjugates: the engine puts them between conjugates. The lines of the others
take and give cotangents dL/dRe + i dL/dIm as they are.
"""

from __future__ import annotations

import cmath as xp
from typing import Any

from diffpy.rules import derived, linalg
from diffpy.rules import elementwise as maps
from diffpy.rules.table import Line, constant, elementwise, linear, rule, where_complex
from diffpy.runtime.arrays import quotient
from diffpy.runtime.matrices import complex_slogdet_pullback
from diffpy.runtime.phases import (
    direction_pullback,
    imaginary_of,
    phase_part,
    phase_part_slope,
    polar_pullback,
)

OF_REALS = (derived, linalg, maps)  # where the rows stand that hold for real arguments


def scalar(name: str, signature: str, *lines: Line | None, **notes: Any) -> None:
    elementwise(name, signature + ", /", *lines, of=(f"cmath.{name}",), **notes)


scalar("sin", "x", lambda d, x: d * xp.cos(x))
scalar("cos", "x", lambda d, x: -d * xp.sin(x))
scalar("tan", "x", lambda d, y: d * (1 + y * y))
scalar("asin", "x", lambda d, y: quotient(d, xp.cos(y)))
scalar("acos", "x", lambda d, y: quotient(-d, xp.sin(y)))
scalar("atan", "x", lambda d, x: quotient(d, 1 + x * x))
scalar("sinh", "x", lambda d, x: d * xp.cosh(x))
scalar("cosh", "x", lambda d, x: d * xp.sinh(x))
scalar("tanh", "x", lambda d, y: d * (1 - y * y))
scalar("asinh", "x", lambda d, y: quotient(d, xp.cosh(y)))
scalar("acosh", "x", lambda d, y: quotient(d, xp.sinh(y)))
scalar("atanh", "x", lambda d, x: quotient(d, (1 - x) * (1 + x)))
scalar("exp", "x", lambda d, y: d * y)
scalar(
    "log",
    "x, base=None",
    lambda d, x, base: d / x if base is None else d / (x * xp.log(base)),
    lambda d, y, base: -d * y / (base * xp.log(base)),
)
scalar("log10", "x", lambda d, x: d / (x * 2.302585092994046))  # log(10)
scalar("sqrt", "x", lambda d, y: quotient(d, 2 * y))
scalar("phase", "x", lambda d, x: phase_part(d, x), holomorphic=False)
scalar(
    "rect",
    "r, phi",
    lambda d, phi: (d * xp.rect(1, -phi)).real,
    lambda d, r, phi: (d * xp.rect(r, -phi)).imag,
    holomorphic=False,
    forward={"r": lambda d, phi: xp.rect(d, phi), "phi": lambda d, y: 1j * d * y},
)
rule(
    "polar",
    "x, /",
    of=("cmath.polar",),
    notes={"holomorphic": False},
    x=lambda d, x: polar_pullback(d, x),
)
elementwise(
    "conjugate",
    "self, /",
    lambda d: d.conjugate(),
    of=("builtins.complex.conjugate", "builtins.float.conjugate", "builtins.int.conjugate"),
    holomorphic=False,
)
constant("cmath.isclose", "cmath.isfinite", "cmath.isinf", "cmath.isnan")

# NumPy

elementwise(
    "angle",
    "z, deg=False",
    lambda d, z, deg: phase_part(d * 57.29577951308232 if deg else d, z),
    of=("numpy.angle",),
    holomorphic=False,
)


SIGNS = ("numpy.sign", "diffpy.runtime.arrays.sign")

with where_complex(*SIGNS):
    elementwise("sign", "x", lambda d, y, x: direction_pullback(d, y, x), of=SIGNS, holomorphic=False)

with where_complex("numpy.linalg.slogdet"):
    rule(
        "slogdet",
        "a",
        of=("numpy.linalg.slogdet",),
        notes={"holomorphic": False},
        a=lambda d, y, a: complex_slogdet_pullback(d, y, a),
    )

# Functions that derivatives call

ARRAYS, TYPE = "diffpy.runtime.arrays.", "only its type is used"

linear(
    "real_part",
    "value, like",
    of=(ARRAYS + "real_part",),
    no_derivative={"like": TYPE},
    value=lambda d: d,
)
rule(
    "imaginary_part",
    "value, like",
    of=(ARRAYS + "imaginary_part",),
    notes={"holomorphic": False},
    no_derivative={"like": TYPE},
    value=lambda d: 1j * d,
)
rule(
    "imaginary",
    "value, like",
    of=(ARRAYS + "imaginary",),
    notes={"holomorphic": False},
    no_derivative={"like": TYPE},
    value=lambda d, like: imaginary_of(d, like),
)
elementwise(
    "phase_part",
    "value, z",
    lambda d, z: (phase_part(1.0, z).conjugate() * d).real,
    lambda d, value, z: phase_part_slope(d, value, z),
    of=("diffpy.runtime.phases.phase_part",),
    holomorphic=False,
)
