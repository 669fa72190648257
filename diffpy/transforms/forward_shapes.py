"""A tangent as it stands in a sum of lines in; one of the shape, the type and the memory of its value out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import TableCall
from diffpy.analysis.kinds import UNKNOWN, Array, Kind, Scalar, dtype_of
from diffpy.analysis.views import is_view
from diffpy.syntax.build import call, expression, load
from diffpy.transforms.forward_words import Tangents

_DOUBLE = {
    "float": "float64",
    "complex": "complex128",
    "int": "float64",
    "integer": "float64",
    "bool": "float64",
}


def laid_out(r: Tangents, y: str, found: TableCall, value: gast.expr) -> gast.expr:
    """The tangent of y: broadcast, converted or copied where its value was."""
    kind = r.facts.kind(y)
    if not isinstance(kind, Array):
        perhaps_integers = kind == UNKNOWN and "dtype" in found.arguments
        settles = perhaps_integers or _narrows(r, kind, found)
        return value if not settles else call(r.runtime("settled"), value, load(y))
    if found.row.family == "linear":
        fits = kind.dims is not None and _same_type(r, kind, found)
        return value if fits else call(r.runtime("settled"), value, load(y))
    if kind.dims is None and isinstance(value, gast.Name) and r.is_seen_apart(y, *_names(found)):
        return call(r.runtime("settled"), expression("value * 1.0", value=value), load(y))
    if kind.dims is None or not _same_type(r, kind, found) or not _same_shape(r, kind, found, value):
        return call(r.runtime("settled"), value, load(y))
    # A rule of its own may give what it was given, a view, or what NumPy gives to be read alone.
    is_new = found.row.family == "general" and not is_view(found) and r.is_changed(y)
    may_share = is_new or isinstance(value, gast.Name)
    if may_share and r.is_seen_apart(y, *_names(found)):
        return expression("value.copy()", value=value)
    return value


def _names(found: TableCall) -> list[str]:
    given = [a for g in found.arguments.values() for a in (g if isinstance(g, tuple) else (g,))]
    return [a.id for a in given if isinstance(a, gast.Name)]


def _kinds(r: Tangents, found: TableCall) -> list[Kind]:
    return [r.facts.kind(n) for n in _names(found)]


def _narrows(r: Tangents, kind: Kind, found: TableCall) -> bool:
    """Whether a number has another precision than an operand."""
    if not isinstance(kind, Scalar):
        return False
    return any(
        _precision(one) not in (None, _precision(kind))
        for one in _kinds(r, found)
        if isinstance(one, Scalar | Array)
    )


def _same_type(r: Tangents, kind: Array, found: TableCall) -> bool:
    """Whether each operand that moves has the type of the result, so that tangents have it too."""
    moving = [r.facts.kind(n) for n in _names(found) if n in r.active]
    if found.row.family == "linear":
        return all(not isinstance(one, Array) or one.dtype == kind.dtype for one in moving)
    weak = [one for one in moving if isinstance(one, Scalar) and one.type in _DOUBLE]
    strong = [one for one in moving if one not in weak]
    arrays = all(isinstance(one, Array | Scalar) and dtype_of(one) == kind.dtype for one in strong)
    return arrays and (kind.dtype == "float64" or not weak)


def _precision(kind: Scalar | Array) -> str | None:
    name = dtype_of(kind)
    return _DOUBLE.get(name, name) if name.startswith(("float", "complex")) else None


def _same_shape(r: Tangents, kind: Array, found: TableCall, value: gast.expr) -> bool:
    """Whether something in the sum has the shape of the result."""
    if found.row.family != "elementwise":
        return True
    read = flow.names_read(value)
    return any(getattr(r.facts.kind(n), "dims", None) == kind.dims for n in read)
