"""Rules of NumPy's elementwise functions."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import constant, elementwise, where_complex
from diffpy.runtime.arrays import imaginary, logaddexp_weight, share, unless_still, without_zeros
from diffpy.runtime.special import sinc_slope

# Constants are literals: numpy.log(2) is a float64 scalar, which would turn float32 into float64.

elementwise("sin", "x", lambda d, x: d * xp.cos(x))
elementwise("cos", "x", lambda d, x: -d * xp.sin(x))
elementwise("tan", "x", lambda d, y: d * (1 + y * y))
elementwise("arcsin", "x", lambda d, x: d / xp.sqrt((1 - x) * (1 + x)))
elementwise("arccos", "x", lambda d, x: -d / xp.sqrt((1 - x) * (1 + x)))
elementwise("arctan", "x", lambda d, x: d / (1 + x * x))
elementwise(
    "arctan2", "a, b", lambda d, a, b: d * b / (a * a + b * b), lambda d, a, b: -d * a / (a * a + b * b)
)
elementwise(
    "hypot", "a, b", lambda d, y, a: d * a / without_zeros(y), lambda d, y, b: d * b / without_zeros(y)
)
elementwise("degrees", "x", lambda d: d * (180 / xp.pi), of=("numpy.degrees", "numpy.rad2deg"))
elementwise("radians", "x", lambda d: d * (xp.pi / 180), of=("numpy.radians", "numpy.deg2rad"))
elementwise("sinc", "x", lambda d, x: d * sinc_slope(x))

elementwise("sinh", "x", lambda d, x: d * xp.cosh(x))
elementwise("cosh", "x", lambda d, x: d * xp.sinh(x))
elementwise("tanh", "x", lambda d, y: d * (1 - y * y))
elementwise("arcsinh", "x", lambda d, x: d / xp.sqrt(x * x + 1))
elementwise("arccosh", "x", lambda d, x: d / xp.sqrt((x - 1) * (x + 1)))
elementwise("arctanh", "x", lambda d, x: d / ((1 - x) * (1 + x)))

# The value says on which side of a branch cut it is, and on which sheet; roots of the argument have cuts elsewhere.
with where_complex("numpy.arcsin", "numpy.arccos", "numpy.arcsinh", "numpy.arccosh"):
    elementwise("arcsin", "x", lambda d, y: d / xp.cos(y))
    elementwise("arccos", "x", lambda d, y: -d / xp.sin(y))
    elementwise("arcsinh", "x", lambda d, y: d / xp.cosh(y))
    elementwise("arccosh", "x", lambda d, y: d / xp.sinh(y))

elementwise("exp", "x", lambda d, y: d * y)
elementwise("exp2", "x", lambda d, y: d * y * 0.6931471805599453)  # log(2)
elementwise("expm1", "x", lambda d, y: d * (y + 1))
elementwise("log", "x", lambda d, x: d / x)
elementwise("log2", "x", lambda d, x: d / (x * 0.6931471805599453))
elementwise("log10", "x", lambda d, x: d / (x * 2.302585092994046))  # log(10)
elementwise("log1p", "x", lambda d, x: d / (1 + x))
elementwise(
    "logaddexp",
    "a, b",
    lambda d, y, a, b: d * logaddexp_weight(a, b, y),
    lambda d, y, a, b: d * logaddexp_weight(b, a, y),
)
elementwise(
    "logaddexp2",
    "a, b",
    lambda d, y, a, b: (
        d * logaddexp_weight(a * 0.6931471805599453, b * 0.6931471805599453, y * 0.6931471805599453)
    ),
    lambda d, y, a, b: (
        d * logaddexp_weight(b * 0.6931471805599453, a * 0.6931471805599453, y * 0.6931471805599453)
    ),
)

elementwise("sqrt", "x", lambda d, y: d / (2 * y), forward={"x": lambda d, y: d / (2 * unless_still(y, d))})
elementwise("cbrt", "x", lambda d, y: d / (3 * y * y))
elementwise("square", "x", lambda d, x: d * 2 * x)
elementwise("reciprocal", "x", lambda d, y: -d * y * y)

# Ties share equally.
elementwise(
    "maximum",
    "a, b",
    lambda d, y, a, b: share(d, y, a, b),
    lambda d, y, a, b: share(d, y, b, a),
    of=("numpy.maximum", "numpy.minimum", "numpy.fmax", "numpy.fmin"),
)
elementwise(
    "clip",
    "a, a_min=None, a_max=None, out=None, *, min=None, max=None, where=True, dtype=None, casting=None",
    lambda d, y, a, a_min, a_max, min, max: share(d, y, a, a_min, a_max, min, max),
    lambda d, y, a, a_min, a_max: share(d, y, a_min, a, a_max),
    lambda d, y, a, a_min, a_max: share(d, y, a_max, a, a_min),
    None,
    None,
    lambda d, y, a, min, max: share(d, y, min, a, max),
    lambda d, y, a, min, max: share(d, y, max, a, min),
)
elementwise(
    "where",
    "condition, a=None, b=None, /",
    None,
    lambda d, condition: xp.where(condition, d, 0),
    lambda d, condition: xp.where(condition, 0, d),
)
elementwise("copysign", "a, b", lambda d, y, a: d * xp.sign(a) * xp.sign(y), lambda d: 0.0 * d)
elementwise(
    "nan_to_num",
    "x, copy=True, nan=0.0, posinf=None, neginf=None",
    lambda d, x: xp.where(xp.isfinite(x), d, 0),
    ignores="nan posinf neginf",
    unless={"copy": "it may change its argument in place; write x[...] = np.nan_to_num(x)"},
)
elementwise("fmod", "a, b", lambda d: d, lambda d, y, a, b: -d * ((a - y) / b))
elementwise("heaviside", "a, b", lambda d: 0.0 * d, lambda d, a: xp.where(a == 0, d, 0))
elementwise("ldexp", "a, b", lambda d, b: xp.ldexp(d, b), no_derivative={"b": "it is an integer"})

# Of complex arrays these are no holomorphic functions: their lines take cotangents as they are.
elementwise(
    "real",
    "val",
    lambda d: d,
    holomorphic=False,
    forward={"val": lambda d: xp.real(d)},
)
elementwise(
    "real_if_close",
    "a, tol=100",
    lambda d: d,
    ignores="tol",
    holomorphic=False,
    forward={"a": lambda d, y: d if xp.iscomplexobj(y) else xp.real(d)},
)
elementwise(
    "imag", "val", lambda d, val: imaginary(d, val), holomorphic=False, forward={"val": lambda d: xp.imag(d)}
)
elementwise("conjugate", "x", lambda d: xp.conj(d), of=("numpy.conjugate", "numpy.conj"), holomorphic=False)
elementwise(  # of real numbers the array itself
    "conj",
    "a",
    lambda d: xp.conj(d),
    of=("numpy.ndarray.conj", "numpy.ndarray.conjugate"),
    holomorphic=False,
    forward={"a": lambda d: d.conjugate()},
)

elementwise("nextafter", "x1, x2", lambda d: d)  # x1, to rounding

constant(
    "numpy.sign",
    "numpy.floor",
    "numpy.ceil",
    "numpy.trunc",
    "numpy.rint",
    "numpy.fix",
    "numpy.round",
    "numpy.around",
    "numpy.signbit",
    "numpy.isnan",
    "numpy.isinf",
    "numpy.isfinite",
    "numpy.isneginf",
    "numpy.isposinf",
    "numpy.isreal",
    "numpy.iscomplex",
    "numpy.isclose",
    "numpy.spacing",
    "numpy.equal",
    "numpy.not_equal",
    "numpy.less",
    "numpy.less_equal",
    "numpy.greater",
    "numpy.greater_equal",
    "numpy.logical_and",
    "numpy.logical_or",
    "numpy.logical_xor",
    "numpy.logical_not",
    "numpy.bitwise_and",
    "numpy.bitwise_or",
    "numpy.bitwise_xor",
    "numpy.invert",
    "numpy.left_shift",
    "numpy.right_shift",
    "numpy.gcd",
    "numpy.lcm",
    "numpy.bitwise_count",
)
