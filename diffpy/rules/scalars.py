"""Rules of the functions of Python's math module; `xp` in these lines is math."""

from __future__ import annotations

import math as xp
from typing import Any

from diffpy.rules.table import Line, constant, elementwise, linear, rule
from diffpy.runtime.arrays import quotient, sign, unless_still, without_zeros
from diffpy.runtime.powers import power_base, power_exponent
from diffpy.runtime.sequences import differences, products_of_other_entries, scaled, summed, weighted_sum
from diffpy.runtime.special import digamma


def scalar(name: str, signature: str, *lines: Line | None, **notes: Any) -> None:
    elementwise(name, signature + ", /", *lines, of=(f"math.{name}",), **notes)


scalar("sin", "x", lambda d, x: d * xp.cos(x))
scalar("cos", "x", lambda d, x: -d * xp.sin(x))
scalar("tan", "x", lambda d, y: d * (1 + y * y))
scalar("asin", "x", lambda d, x: quotient(d, xp.sqrt((1 - x) * (1 + x))))
scalar("acos", "x", lambda d, x: quotient(-d, xp.sqrt((1 - x) * (1 + x))))
scalar("atan", "x", lambda d, x: d / (1 + x * x))
scalar(
    "atan2",
    "a, b",
    lambda d, a, b: quotient(d * b, a * a + b * b),
    lambda d, a, b: quotient(-d * a, a * a + b * b),
)
scalar("sinh", "x", lambda d, x: d * xp.cosh(x))
scalar("cosh", "x", lambda d, x: d * xp.sinh(x))
scalar("tanh", "x", lambda d, y: d * (1 - y * y))
scalar("asinh", "x", lambda d, x: d / xp.hypot(x, 1))
scalar("acosh", "x", lambda d, x: quotient(d, xp.sqrt((x - 1) * (x + 1))))
scalar("atanh", "x", lambda d, x: d / ((1 - x) * (1 + x)))
scalar("degrees", "x", lambda d: d * (180 / xp.pi))
scalar("radians", "x", lambda d: d * (xp.pi / 180))

scalar("exp", "x", lambda d, y: d * y)
scalar("exp2", "x", lambda d, y: d * y * 0.6931471805599453)  # log(2)
scalar("expm1", "x", lambda d, y: d * (y + 1))
scalar(
    "log",
    "x, base=None",
    lambda d, x, base: d / x if base is None else d / (x * xp.log(base)),
    lambda d, y, base: -d * y / (base * xp.log(base)),
)
scalar("log2", "x", lambda d, x: d / (x * 0.6931471805599453))
scalar("log10", "x", lambda d, x: d / (x * 2.302585092994046))  # log(10)
scalar("log1p", "x", lambda d, x: d / (1 + x))
scalar(
    "sqrt",
    "x",
    lambda d, y: quotient(d, 2 * y),
    forward={"x": lambda d, y: quotient(d, 2 * unless_still(y, d))},
)
scalar("cbrt", "x", lambda d, y: quotient(d, 3 * y * y))
scalar("pow", "a, b", lambda d, a, b: power_base(d, a, b), lambda d, y, a, b: power_exponent(d, y, a, b))

scalar("fma", "a, b, c", lambda d, b: d * b, lambda d, a: d * a, lambda d: d)

scalar("fabs", "x", lambda d, x: d * sign(x))
scalar("copysign", "a, b", lambda d, y, a: d * sign(a) * sign(y), lambda d: 0.0 * d)
scalar("fmod", "a, b", lambda d: d, lambda d, y, a, b: -d * ((a - y) / b))
scalar("remainder", "a, b", lambda d: d, lambda d, y, a, b: -d * ((a - y) / b))
scalar("ldexp", "a, b", lambda d, b: xp.ldexp(d, b), no_derivative={"b": "it is an integer"})

scalar("erf", "x", lambda d, x: d * 1.1283791670955126 * xp.exp(-x * x))  # 2 / sqrt(pi)
scalar("erfc", "x", lambda d, x: -d * 1.1283791670955126 * xp.exp(-x * x))
scalar("gamma", "x", lambda d, y, x: d * y * digamma(x))
scalar("lgamma", "x", lambda d, x: d * digamma(x))

rule(
    "hypot",
    "*coordinates",
    of=("math.hypot",),
    forward={"coordinates": lambda d, y, coordinates: weighted_sum(d, coordinates) / without_zeros(y)},
    coordinates=lambda d, y, coordinates: scaled(coordinates, d / without_zeros(y)),
    notes={
        "each": {"coordinates": lambda d, y, coordinates, index: d * coordinates[index] / without_zeros(y)},
        "each_tangent": {
            "coordinates": lambda d, y, coordinates, index: d * coordinates[index] / without_zeros(y)
        },
    },
)
rule(
    "dist",
    "p, q, /",
    of=("math.dist",),
    forward={
        "p": lambda d, y, p, q: weighted_sum(d, differences(p, q)) / without_zeros(y),
        "q": lambda d, y, p, q: weighted_sum(d, differences(q, p)) / without_zeros(y),
    },
    p=lambda d, y, p, q: scaled(differences(p, q), d / without_zeros(y)),
    q=lambda d, y, p, q: scaled(differences(q, p), d / without_zeros(y)),
)
linear("fsum", "seq, /", of=("math.fsum",), seq=lambda d, seq: summed(d, seq))
rule(
    "prod",
    "iterable, /, *, start=1",
    of=("math.prod",),
    forward={
        "iterable": lambda d, iterable, start: weighted_sum(d, products_of_other_entries(iterable)) * start,
        "start": lambda d, iterable: d * xp.prod(iterable),
    },
    iterable=lambda d, iterable, start: scaled(products_of_other_entries(iterable), d * start),
    start=lambda d, iterable: d * xp.prod(iterable),
)
rule(
    "sumprod",
    "p, q, /",
    of=("math.sumprod",),
    forward={"p": lambda d, q: weighted_sum(d, q), "q": lambda d, p: weighted_sum(d, p)},
    p=lambda d, q: scaled(q, d),
    q=lambda d, p: scaled(p, d),
)
rule(
    "modf",
    "x, /",
    of=("math.modf",),
    forward={"x": lambda d: (d, 0.0)},
    x=lambda d: 0.0 if d[0] is None else d[0],
)
rule(
    "frexp",
    "x, /",
    of=("math.frexp",),
    forward={"x": lambda d, y: (xp.ldexp(d, -y[1]), 0)},
    x=lambda d, y: 0.0 if d[0] is None else xp.ldexp(d[0], -y[1]),
)
rule(
    "nextafter",
    "x, y, /, *, steps=None",
    of=("math.nextafter",),
    ignores="y steps",
    forward={"x": lambda d: d},
    x=lambda d: d,  # to rounding
)

constant(
    *(
        "math." + name
        for name in "ceil floor trunc comb factorial gcd lcm perm isqrt isfinite isinf isnan isclose ulp".split()
    )
)
