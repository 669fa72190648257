"""What goes through arrays in order in a kernel: products, running sums, where the best is, whether any holds; spread."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    dtype_of,
    element,
    elementwise,
    ints,
    is_array,
    made,
    shape_tuple,
    summed,
    total,
    types_of,
    zeros,
)
from diffpy.transforms.fuse_calls import CALLS, METHODS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_making import count_of, filled, is_set
from diffpy.transforms.fuse_numbers import multiply, truth
from diffpy.transforms.fuse_values import NONE, NotCompiled, Number, Sliced, Tuple, literal, number


def _floats(x: Any, what: str) -> str:
    """The dtype of an array of floats."""
    if not is_array(x) or not x.dims or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled(f"{what} of what is no array of floats")
    return dtype_of(types_of(x))


def _one_axis(x: Any, axis: Any) -> int:
    """The axis that a scan goes along."""
    if axis is NONE and len(x.dims) == 1:
        return 0
    if not isinstance(axis, Number) or type(axis.value) is not int:
        raise NotCompiled("an axis that is not known")
    return axis.value % len(x.dims)


@stands_for(np.prod)
@method("prod")
def _prod(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    kind = _floats(x, "a product")
    over = {*range(len(x.dims))} if axis is NONE else {one % len(x.dims) for one in ints(axis)}
    if len(over) == len(x.dims) and not is_set(keepdims):
        return _whole_product(k, x, kind)
    kept = [n for n in range(len(x.dims)) if is_set(keepdims) or n not in over]
    found = made(
        k, filled(k, tuple("1" if n in over else x.dims[n] for n in kept), literal(1.0), kind), "product"
    )

    def times(places: tuple[str, ...]) -> None:
        own = tuple("0" if n in over else places[n] for n in kept)
        old = k.read(found, own)
        k.access(found, own, "stores")
        k.line(f"{old.text} = {old.text} * {element(k, x, places).text}", found.name)

    k.loop(x.dims, times)
    return found


def _whole_product(k: Kernel, x: Any, kind: str) -> Number:
    found = k.fresh("product")
    k.assign(found, filled(k, (), literal(1.0), kind).element(()).text)
    nest = k.loop(x.dims, lambda places: k.line(f"{found} = {found} * {element(k, x, places).text}", found))
    nest.sums.add(found)
    return number(kind, found)


@stands_for(np.cumsum)
@method("cumsum")
def _cumsum(k: Kernel, x: Any, axis: Any = NONE) -> Any:
    kind = _floats(x, "a running sum")
    along = _one_axis(x, axis)
    sums = zeros(k, tuple("1" if n == along else dim for n, dim in enumerate(x.dims)), kind, "sums")
    found = k.empty("running", x.dims, kind)

    def step(places: tuple[str, ...]) -> None:
        own = tuple("0" if n == along else place for n, place in enumerate(places))
        sum_ = k.read(sums, own)
        k.access(sums, own, "stores")
        k.line(f"{sum_.text} = {sum_.text} + {element(k, x, places).text}", sums.name)
        k.access(found, places, "stores")
        k.line(f"{found.name}[{', '.join(places)}] = {sum_.text}", found.name)

    k.loop(x.dims, step)
    return found


def _place_of(sign: str, worst: str) -> Handler:
    """Where the greatest, or the least, is first; NaN counts as the best there is."""

    def call(k: Kernel, x: Any, axis: Any = NONE) -> Any:
        kind = _floats(x, "the place of an extreme")
        along = _one_axis(x, axis)
        k.redo_if(f"{x.dims[along]} == 0")
        rest = tuple("1" if n == along else dim for n, dim in enumerate(x.dims))
        best = made(k, filled(k, rest, literal(float(worst)), kind), "best")
        found = zeros(k, rest, "int64", "where")
        x = made(k, x, "part")

        def better(places: tuple[str, ...]) -> None:
            own = tuple("0" if n == along else place for n, place in enumerate(places))
            one, old = element(k, x, places), k.read(best, own)
            at = f"{found.name}[{', '.join(own)}]"
            for array in (best, found):
                k.access(array, own, "stores")
            is_first = f"({one.text} != {one.text} and {old.text} == {old.text})"
            test = k.atom(number("bool", f"({one.text} {sign} {old.text} or {is_first})"))
            k.line(f"{at} = ({places[along]} if {test.text} else {at})", found.name)
            k.line(f"{old.text} = ({one.text} if {test.text} else {old.text})", best.name)

        k.loop(x.dims, better)
        every = Sliced(NONE, NONE, NONE)
        return k.item(found, Tuple(tuple(literal(0) if n == along else every for n in range(len(rest)))))

    return call


CALLS[np.argmax] = METHODS["argmax"] = _place_of(">", "-inf")
CALLS[np.argmin] = METHODS["argmin"] = _place_of("<", "inf")


def _whether(is_any: bool) -> Handler:
    def call(k: Kernel, x: Any, axis: Any = NONE) -> Number:
        if not is_array(x) or axis is not NONE:
            raise NotCompiled("np.any, np.all along an axis, or of what is no array")
        found = k.fresh("holds")
        k.assign(found, str(not is_any))
        sign = "|" if is_any else "&"

        def look(places: tuple[str, ...]) -> None:
            k.line(f"{found} = {found} {sign} {truth(k, element(k, x, places))}", found)

        k.loop(x.dims, look).sums.add(found)
        return number("bool_", found)

    return call


CALLS[np.any] = METHODS["any"] = _whether(True)
CALLS[np.all] = METHODS["all"] = _whether(False)


# How far elements are from their mean


@stands_for(np.var)
@method("var")
def _var(k: Kernel, x: Any, axis: Any = NONE, ddof: Any = None, keepdims: Any = None) -> Any:
    _floats(x, "a variance")
    rank = len(x.dims)
    over = range(rank) if axis is NONE else [one % rank for one in ints(axis)]
    size = k.atom(count_of(k, shape_tuple(x), axis), "count")
    less = size if ddof is None else k.atom(arithmetic(k, gast.Sub(), size, ddof), "count")
    k.redo_if(f"{less.text} <= 0")
    sums = summed(k, x, list(over), True)
    mean = arithmetic(k, gast.Div(), sums, size)
    x, mean = (made(k, one, "part") if is_array(one) else one for one in (x, mean))
    off = made(k, arithmetic(k, gast.Sub(), x, mean), "off")
    squares = elementwise(k, lambda a: multiply(k, a, a), off)
    found = total(k, squares) if len(over) == rank and not is_set(keepdims) else summed(
        k, squares, list(over), is_set(keepdims)
    )  # fmt: skip
    return arithmetic(k, gast.Div(), found, less)


@stands_for(np.std)
@method("std")
def _std(k: Kernel, x: Any, axis: Any = NONE, ddof: Any = None, keepdims: Any = None) -> Any:
    return CALLS[np.sqrt](k, _var(k, x, axis, ddof, keepdims))


@stands_for(np.linalg.norm)
def _norm(k: Kernel, x: Any, ord: Any = NONE, axis: Any = NONE, keepdims: Any = None) -> Any:
    """The root of the sum of squares."""
    _floats(x, "a norm")
    if ord is not NONE:
        raise NotCompiled("a norm of another kind")
    x = made(k, x, "part")
    squares = elementwise(k, lambda a: multiply(k, a, a), x)
    if axis is NONE and not is_set(keepdims):
        return CALLS[np.sqrt](k, total(k, squares))
    over = [*range(len(x.dims))] if axis is NONE else ints(axis)
    return CALLS[np.sqrt](k, summed(k, squares, over, is_set(keepdims)))
