"""Rules of Python's operators, on numbers and on arrays, and of the NumPy functions of the same meaning."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import constant, elementwise, rule
from diffpy.runtime.arrays import sign
from diffpy.runtime.contractions import matmul_left, matmul_right
from diffpy.runtime.powers import power_base, power_exponent

elementwise("add", "a, b", lambda d: d, lambda d: d, of=("numpy.add", "operator.add"))
elementwise("subtract", "a, b", lambda d: d, lambda d: -d, of=("numpy.subtract", "operator.sub"))
elementwise("multiply", "a, b", lambda d, b: d * b, lambda d, a: d * a, of=("numpy.multiply", "operator.mul"))
elementwise(
    "divide",
    "a, b",
    lambda d, b: d / b,
    lambda d, y, b: -d * y / b,
    of=("numpy.divide", "numpy.true_divide", "operator.truediv"),
    of_one={"b": lambda d, y: -d * y * y},
)
elementwise(
    "power",
    "a, b",
    lambda d, a, b: power_base(d, a, b),
    lambda d, y, a, b: power_exponent(d, y, a, b),
    of=("numpy.power", "numpy.float_power", "operator.pow"),
)
elementwise(
    "remainder",
    "a, b",
    lambda d: d,
    lambda d, a, b: -d * (a // b),
    of=("numpy.remainder", "numpy.mod", "operator.mod"),
)
elementwise("negative", "a", lambda d: -d, of=("numpy.negative", "operator.neg"))
elementwise("positive", "a", lambda d: d, of=("numpy.positive", "operator.pos"))
elementwise("absolute", "a", lambda d, a: d * sign(a), of=("operator.abs", "builtins.abs"), holomorphic=False)
elementwise(
    "absolute", "x", lambda d, x: d * xp.sign(x), of=("numpy.absolute", "numpy.fabs"), holomorphic=False
)

MATMUL_BY_RANK = {
    (1, 1): {"a": lambda d, b: d * b, "b": lambda d, a: d * a},
    (1, 2): {"a": lambda d, b: b @ d, "b": lambda d, a: a[:, None] * d},
    (2, 1): {"a": lambda d, b: d[:, None] * b, "b": lambda d, a: a.T @ d},
    (2, 2): {"a": lambda d, b: d @ b.T, "b": lambda d, a: a.T @ d},
}

for name, signature in {
    "numpy.matmul": "a, b, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True",
    "numpy.linalg.matmul": "a, b, /",
    "operator.matmul": "a, b, /",
}.items():
    rule(
        "matmul",
        signature,
        of=(name,),
        ignores="order",
        forward={"a": lambda d, b: d @ b, "b": lambda d, a: a @ d},
        notes={"by_rank": MATMUL_BY_RANK},
        a=lambda d, a_shape, b: matmul_left(d, a_shape, b),
        b=lambda d, a, b_shape: matmul_right(d, a, b_shape),
    )

constant(
    "operator.floordiv",
    "numpy.floor_divide",
    "operator.lt",
    "operator.le",
    "operator.eq",
    "operator.ne",
    "operator.ge",
    "operator.gt",
    "operator.not_",
    "operator.truth",
    "operator.is_",
    "operator.is_not",
    "operator.contains",
    "operator.and_",
    "operator.or_",
    "operator.xor",
    "operator.invert",
    "operator.inv",
    "operator.lshift",
    "operator.rshift",
    "operator.index",
    "operator.length_hint",
    "operator.countOf",
    "operator.indexOf",
)
