"""Calls that add up cotangents, place or take them: a call in, what its derivative needs out."""

from __future__ import annotations

import gast

from diffpy.analysis import calls
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.kinds import Array, Kind, Scalar, dtype_of
from diffpy.rules import cotangents
from diffpy.rules.table import TABLE
from diffpy.transforms import lines

_DOUBLE = ("float", "float64")


def linear_call(found: TableCall | OpenCall, value: gast.expr) -> TableCall | None:
    """A call that does the same to tangents, and its transpose to cotangents, of whatever structure they are."""
    if not isinstance(value, gast.Call) or not any(found.function is one for one in cotangents.LINEAR):
        return None
    row = TABLE.find(found.function)
    bound = None if row is None else calls.bind(row, value.args, value.keywords)
    return None if row is None or bound is None else TableCall(row, found.function, bound.arguments)


def keeps_form(line: lines.Line, x: Kind, y: Kind) -> bool:
    """Whether a line only gives a cotangent of y the form of x, which it has already."""
    return lines.parsed(line)[2] == {"formed_like"} and _alike(x, y)


def _alike(x: Kind, y: Kind) -> bool:
    match x, y:
        case Scalar(), Scalar():
            return dtype_of(x) in _DOUBLE and dtype_of(y) in _DOUBLE
        case Array(), Array():
            return x == y and x.dims is not None and dtype_of(x) in _DOUBLE
    return False
