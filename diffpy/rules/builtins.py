"""Rules of Python's builtins."""

from __future__ import annotations

from diffpy.rules.table import linear, rule
from diffpy.runtime.arrays import as_argument, imaginary_part, real_part, unbroadcast
from diffpy.runtime.powers import power_base, power_exponent
from diffpy.runtime.sequences import (
    best_of,
    best_tangent,
    divmod_left,
    divmod_right,
    sorted_pullback,
    sorted_tangent,
    summed,
)

linear("float", "x=0.0, /", of=("builtins.float",), x=lambda d, x: as_argument(d, x))
linear(
    "numpy_number",  # of an array of its type it gives that array
    "x=0.0, /",
    of=(
        *("numpy.float64", "numpy.float32", "numpy.float16", "numpy.longdouble"),
        *("numpy.complex128", "numpy.complex64", "numpy.clongdouble"),
    ),
    x=lambda d, x: as_argument(d, x),
)
rule(
    "complex",
    "real=0.0, imag=0.0",
    of=("builtins.complex",),
    notes={"holomorphic": False},
    forward={"real": lambda d: complex(d, 0), "imag": lambda d: complex(0, d)},
    real=lambda d, real: real_part(d, real),
    imag=lambda d, imag: imaginary_part(d, imag),
)
rule(
    "pow",
    "base, exp, mod=None",
    of=("builtins.pow",),
    forward={
        "base": lambda d, base, exp: power_base(d, base, exp),
        "exp": lambda d, y, base, exp: power_exponent(d, y, base, exp),
    },
    base=lambda d, base, base_shape, exp: unbroadcast(power_base(d, base, exp), base_shape),
    exp=lambda d, y, base, exp, exp_shape: unbroadcast(power_exponent(d, y, base, exp), exp_shape),
)
rule(
    "divmod",
    "a, b, /",
    of=("builtins.divmod", "numpy.divmod"),
    forward={"a": lambda d, y: (0 * y[0], d * 1), "b": lambda d, y: (0 * y[0], -d * y[0])},
    a=lambda d, a_shape: divmod_left(d, a_shape),
    b=lambda d, y, b_shape: divmod_right(d, y, b_shape),
)
linear(
    "sum",
    "iterable, /, start=0",
    of=("builtins.sum",),
    iterable=lambda d, iterable: summed(d, iterable),
    start=lambda d, start_shape: unbroadcast(d, start_shape),
)
for name in ("max", "min"):
    rule(
        name,
        "*args, key=None, default=None",
        of=(f"builtins.{name}",),
        ignores="key",
        forward={
            "args": lambda d, y, args: (
                best_tangent(d[0], y, args[0]) if len(args) == 1 else best_tangent(d, y, args)
            ),
            "default": lambda d, args: 0.0 * d if len(args[0]) else d,
        },
        args=lambda d, y, args: best_of(d, y, args),
        default=lambda d, args: 0.0 * d if len(args[0]) else d,
    )
rule(
    "sorted",
    "iterable, /, *, key=None, reverse=False",
    of=("builtins.sorted",),
    ignores="key reverse",
    forward={"iterable": lambda d, y, iterable: sorted_tangent(d, y, iterable)},
    iterable=lambda d, y, iterable: sorted_pullback(d, y, iterable),
)
