"""Rounding in a kernel: floats of NumPy that stay floats, numbers of Python that become integers."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from diffpy.transforms.fuse_calls import CALLS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy, each, real
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import NONE, NotCompiled, Number, number


def _of_floats(name: str) -> Handler:
    def one(k: Kernel, a: Number) -> Number:
        if real(a).form == "int":
            raise NotCompiled("rounding of integers")
        return as_numpy(Number(a.types, f"np.{name}({a.text})"))

    return lambda k, x: each(k, lambda a: one(k, a), x)


def _to_integer(name: str) -> Handler:
    def call(k: Kernel, x: Any) -> Number:
        if real(x).form == "int":
            return number("int", x.text, bits=x.bits, natural=x.natural)
        found = k.atom(number("float", f"np.{name}({as_float(x)})"))
        k.redo_if(f"not -4e18 < {found.text} < 4e18")
        return number("int", f"int({found.text})", bits=62)

    return call


for _name in ("floor", "ceil", "trunc", "rint"):
    CALLS[getattr(np, _name)] = _of_floats(_name)
for _name in ("floor", "ceil", "trunc"):
    CALLS[getattr(math, _name)] = _to_integer(_name)


@stands_for(np.round, np.around)
@method("round")
def _np_round(k: Kernel, x: Any, decimals: Any = NONE) -> Any:
    if decimals is not NONE and getattr(decimals, "value", None) != 0:
        raise NotCompiled("rounding to decimals")
    return CALLS[np.rint](k, x)


@stands_for(builtins.round)
def _round(k: Kernel, x: Any, digits: Any = NONE) -> Number:
    if digits is not NONE or not real(x).types <= {"float", "int"}:
        raise NotCompiled("rounding to digits, or of what NumPy rounds")
    return _to_integer("rint")(k, x)
