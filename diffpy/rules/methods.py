"""Methods and attributes of arrays: a name in, the row and the function that stand for it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as xp

from diffpy.rules import elementwise, indexing, products, reductions, shapes
from diffpy.rules.table import TABLE, Row, constant, linear, resolve, rule
from diffpy.runtime.arrays import cast, converted, inverse_of, share, unbroadcast
from diffpy.runtime.orders import item_pullback
from diffpy.runtime.sequences import from_list

LAYOUT = "the derivative of an order that depends on the memory layout is not known; use 'C' or 'F'"
KEPT: dict[str, Any] = {"unless": {"order": LAYOUT}, "accepts": {"order": ("F",)}}


def _own(name: str) -> tuple[str]:
    return (f"numpy.ndarray.{name}",)


# Methods whose arguments differ from those of the function of that name; the array itself is `a`.

linear(
    "reshape",
    "a, /, *shape, order='C', copy=None",
    of=_own("reshape"),
    **KEPT,
    a=lambda d, a_shape, order: xp.reshape(d, a_shape, order=order),
)
linear("transpose", "a, /, *axes", of=_own("transpose"), a=lambda d, axes: xp.transpose(d, inverse_of(axes)))
linear(
    "flatten",
    "a, /, order='C'",
    of=_own("flatten"),
    **KEPT,
    a=lambda d, a_shape, order: xp.reshape(d, a_shape, order=order),
)
linear("copy", "a, /, order='C'", of=_own("copy"), ignores="order", a=lambda d: d)
linear(
    "astype",
    "a, /, dtype, order='K', casting='unsafe', subok=True, copy=True",
    of=_own("astype"),
    ignores="order casting",
    a=lambda d, a, dtype: converted(d, a, dtype),
)
linear(
    "item",
    "a, /, *args",
    of=_own("item"),
    no_derivative={"args": "it is an index"},
    a=lambda d, a, a_shape, args: item_pullback(cast(d, a), a_shape, args),
)
linear("tolist", "a, /", of=_own("tolist"), a=lambda d, a: from_list(d, a))
rule(
    "clip",
    "a, /, min=None, max=None, out=None, *, where=True, dtype=None, casting=None",
    of=_own("clip"),
    forward={
        "a": lambda d, y, a, min, max: share(d, y, a, min, max),
        "min": lambda d, y, a, min, max: share(d, y, min, a, max),
        "max": lambda d, y, a, min, max: share(d, y, max, a, min),
    },
    a=lambda d, y, a, a_shape, min, max: unbroadcast(share(d, y, a, min, max), a_shape),
    min=lambda d, y, a, min, min_shape, max: unbroadcast(share(d, y, min, a, max), min_shape),
    max=lambda d, y, a, min, max, max_shape: unbroadcast(share(d, y, max, a, min), max_shape),
)

constant(
    *(
        "numpy.ndarray." + name
        for name in (
            "all any argmax argmin argpartition argsort nonzero round searchsorted tobytes dump dumps".split()
        )
    )
)

# The dotted name of the operation that each method stands for; the array is its first argument.

METHODS = {
    name: f"numpy.{name}"
    for name in (
        "sum mean prod max min var std cumsum cumprod dot ravel squeeze swapaxes repeat take diagonal trace"
    ).split()
} | {
    name: f"numpy.ndarray.{name}"
    for name in (
        "reshape transpose flatten copy astype item tolist clip all any argmax argmin argpartition argsort "
        "nonzero round searchsorted tobytes conj conjugate"
    ).split()
}

# where the rows stand that methods share with functions
TOPICS = (elementwise, indexing, products, reductions, shapes)

for method, dotted in METHODS.items():
    TABLE.add(TABLE.rows[dotted], (f"numpy.ndarray.{method}",))

# Attributes with a derivative by the function that gives them; the others are facts about the array.

ATTRIBUTES = {
    "T": "numpy.transpose",
    "mT": "numpy.matrix_transpose",
    "real": "numpy.real",
    "imag": "numpy.imag",
}
CONSTANT_ATTRIBUTES = ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides", "flags", "device")


def find(name: str) -> tuple[Row | None, Callable | None]:
    """The row of an array's method, and the function that takes the array as its first argument."""
    return _found(METHODS.get(name))


def find_attribute(name: str) -> tuple[Row | None, Callable | None]:
    """The row of an attribute and the function that gives it; of shape and the like a constant row."""
    if name in CONSTANT_ATTRIBUTES:
        return TABLE.rows["numpy." + name if name in ("shape", "size", "ndim") else "numpy.shape"], None
    return _found(ATTRIBUTES.get(name))


def _found(dotted: str | None) -> tuple[Row | None, Callable | None]:
    if dotted is None:
        return None, None
    return TABLE.rows.get(dotted), resolve(dotted)  # type: ignore[return-value]
