"""Undoing broadcasting: a contribution in the result's shape in, one in the argument's shape out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Dim, Kind, Scalar, is_surely_array, surely_not_one
from diffpy.syntax.build import call, constant, expression, load


def unbroadcast(
    value: gast.expr, x: str, y: str, facts: Facts, module: str, runtime: Callable[[str], gast.Name]
) -> gast.expr:
    """`value` summed over the axes along which x was repeated; as it is where the kinds say there are none."""
    axes = summed_axes(facts.kind(x), facts.kind(y))
    if axes is None:
        shape = f"{x}.shape" if is_surely_array(facts.kind(x)) else f"{module}.shape({x})"
        return call(runtime("unbroadcast"), value, expression(shape))
    if isinstance(axes, str):
        return expression(f"{module}.sum(value)", value=value)
    leading, kept = axes
    if leading:
        value = _sum(value, leading, module)
    if kept:
        value = _sum(value, kept, module, keepdims=True)
    return value


def _sum(value: gast.expr, axes: list[int], module: str, keepdims: bool = False) -> gast.expr:
    axis = constant(axes[0]) if len(axes) == 1 else gast.Tuple([constant(k) for k in axes], gast.Load())
    options = {"axis": axis, "keepdims": constant(True)} if keepdims else {"axis": axis}
    return call(gast.Attribute(load(module), "sum", gast.Load()), value, **options)


def summed_axes(x: Kind, y: Kind) -> tuple[list[int], list[int]] | str | None:
    """(axes that x lacks, axes of x that were repeated), "all" for a number, None where only the values can tell."""
    if isinstance(y, Scalar):
        return [], []
    if not isinstance(y, Array) or y.dims is None:
        return None
    if isinstance(x, Scalar) or (isinstance(x, Array) and x.dims == ()):
        return "all" if y.dims else ([], [])
    if not isinstance(x, Array) or x.dims is None:
        return None
    missing = len(y.dims) - len(x.dims)
    repeated = [_repeated(a, b) for a, b in zip(x.dims, y.dims[missing:], strict=True)]
    if None in repeated:
        return None
    return list(range(missing)), [k for k, again in enumerate(repeated) if again]


def _repeated(own: Dim, result: Dim) -> bool | None:
    if own == result or surely_not_one(own):
        return False
    if own == 1 and surely_not_one(result):
        return True
    return None
