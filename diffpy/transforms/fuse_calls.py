"""Calls in a kernel: what stands for functions of Python, NumPy and the running half of this library."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    broadcast,
    dims_from,
    dims_of,
    dtype_of,
    element,
    elementwise,
    equal_dims,
    ints,
    is_array,
    made,
    memory_of,
    product_total,
    shape_tuple,
    size_number,
    summed,
    total,
    turned,
    types_of,
    zeros,
)
from diffpy.transforms.fuse_frames import Kernel, append, item_at, length_of
from diffpy.transforms.fuse_numbers import (
    FUNCTIONS,
    absolute,
    as_single,
    compare,
    divide,
    finite,
    multiply,
    negate,
    operate,
    truth,
)
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import (
    FLOATS,
    NONE,
    PYTHON,
    Array,
    Axis,
    Iterated,
    Known,
    Lazy,
    Listed,
    Method,
    NotCompiled,
    Number,
    Pulled,
    Range,
    Sliced,
    Span,
    Tuple,
    View,
    literal,
    number,
    spelled,
)

Handler = Callable[..., Any]

CALLS: dict[Any, Handler] = {}
METHODS: dict[str, Handler] = {}


def stands_for(*functions: Any) -> Callable[[Handler], Handler]:
    """Register what is written for calls of functions, given as objects or by their dotted names."""

    def register(handler: Handler) -> Handler:
        CALLS.update(dict.fromkeys(functions, handler))
        return handler

    return register


def method(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS.update(dict.fromkeys(names, handler))
        return handler

    return register


def handler_of(function: Any) -> Handler | None:
    dotted = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', None)}"
    try:
        return CALLS.get(function) or CALLS.get(dotted)
    except TypeError:
        return None


# Functions of one number


def _real(one: Any) -> Number:
    if not isinstance(one, Number) or one.form == "bool":
        raise NotCompiled("a function of numbers of what is no number")
    return one


def _math_function(name: str) -> Handler:
    def call(k: Kernel, x: Any) -> Number:
        return finite(k, number("float", f"math.{name}({as_float(_real(x))})"))

    return call


def _ufunc(name: str) -> Handler:
    def one(k: Kernel, x: Number) -> Number:
        if x.form == "bool":
            raise NotCompiled(f"{name} of a bool")
        single = x.types == {"float32"}
        text = x.text if single else as_float(x)
        k.warns = True
        called = f"np_{name}" if k.nest is not None and name != "sqrt" else f"math.{name}"
        return number("float32" if single else "float64", f"{called}({text})")

    return lambda k, x: _each(k, lambda a: one(k, a), x)


def _each(k: Kernel, function: Callable[..., Number], *operands: Any) -> Any:
    """A function of numbers, of arrays element by element."""
    if any(map(is_array, operands)):
        return elementwise(k, function, *operands)
    if not all(isinstance(one, Number) for one in operands):
        raise NotCompiled("a function of numbers of what is no number")
    return function(*operands)


for _name, _numpy_name in FUNCTIONS.items():
    CALLS[getattr(math, _name)] = _math_function(_name)
    CALLS[getattr(np, _numpy_name)] = _ufunc(_name)


@stands_for(math.atan2, math.hypot, math.pow)
def _two_floats(k: Kernel, a: Any, b: Any) -> Number:
    raise NotCompiled("a function of two numbers")


CALLS[math.atan2] = lambda k, a, b: finite(
    k, number("float", f"math.atan2({as_float(_real(a))}, {as_float(_real(b))})")
)
CALLS[math.hypot] = lambda k, a, b: finite(
    k, number("float", f"math.hypot({as_float(_real(a))}, {as_float(_real(b))})")
)
CALLS[math.pow] = lambda k, a, b: finite(
    k, number("float", f"({as_float(_real(a))} ** {as_float(_real(b))})")
)
CALLS[math.fabs] = lambda k, a: number("float", f"abs({as_float(_real(a))})")


@stands_for(np.abs, np.absolute, np.fabs)
def _np_abs(k: Kernel, x: Any) -> Any:
    return _each(k, lambda a: _as_numpy(absolute(k, a)), x)


def _as_numpy(one: Number) -> Number:
    """The same number as NumPy's own functions return it."""
    kinds = {"float": "float64", "int": "int64", "bool": "bool_"}
    return replace(one, types=frozenset(kinds.get(t, t) for t in one.types), value=None)


@stands_for(np.square)
def _square(k: Kernel, x: Any) -> Any:
    def one(a: Number) -> Number:
        a = k.atom(a)
        return _as_numpy(multiply(k, a, a))

    return _each(k, one, x)


@stands_for(np.negative)
def _negative(k: Kernel, x: Any) -> Any:
    return _each(k, lambda a: _as_numpy(negate(k, a)), x)


@stands_for(np.reciprocal)
def _reciprocal(k: Kernel, x: Any) -> Any:
    if types_of(x) & {"int", "int64"}:
        raise NotCompiled("a reciprocal of integers")
    return _each(k, lambda a: _as_numpy(divide(k, literal(1), _as_numpy(a))), x)


@stands_for(np.sign, "diffpy.runtime.arrays.sign")
def _sign(k: Kernel, x: Any) -> Any:
    def one(a: Number) -> Number:
        if a.form == "bool" or a.form == "int":
            raise NotCompiled("the sign of an integer")
        a = k.atom(a)
        text = f"(1.0 if {a.text} > 0 else (-1.0 if {a.text} < 0 else ({a.text} if {a.text} != {a.text} else 0.0)))"
        return _as_numpy(replace(a, text=f"np.float32({text})" if a.form == "single" else text))

    if isinstance(x, Number) and x.types & PYTHON:
        raise NotCompiled("the sign of a number of Python's own")
    return _each(k, one, x)


def _chosen(sign: str) -> Handler:
    def call(k: Kernel, a: Any, b: Any) -> Any:
        def one(x: Number, y: Number) -> Number:
            left, right, types = _alike(k, x, y)
            text = f"({left} if {left} {sign} {right} or {left} != {left} else {right})"
            return _as_numpy(Number(types, text))

        return _each(k, one, a, b)

    return call


def _alike(k: Kernel, x: Number, y: Number) -> tuple[str, str, frozenset[str]]:
    """Two numbers as expressions of one form, each to be read more than once."""
    types = operate(k, gast.Add(), replace(x, value=None, bits=1), replace(y, value=None, bits=1)).types
    if types == {"float32"}:
        x, y = replace(x, text=as_single(x), value=None), replace(y, text=as_single(y), value=None)
    elif types <= FLOATS:
        x, y = replace(x, text=as_float(x), value=None), replace(y, text=as_float(y), value=None)
    return k.atom(x).text, k.atom(y).text, types


CALLS[np.maximum] = _chosen(">")
CALLS[np.minimum] = _chosen("<")


@stands_for(np.where)
def _where(k: Kernel, condition: Any, a: Any, b: Any) -> Any:
    def one(c: Number, x: Number, y: Number) -> Number:
        left, right, types = _alike(k, x, y)
        return _as_numpy(Number(types, f"({left} if {truth(k, c)} else {right})"))

    if not any(map(is_array, (condition, a, b))):
        raise NotCompiled("np.where of numbers")
    return _each(k, one, condition, a, b)


for _sign_of, _ufunc_of in (
    (gast.Add, np.add),
    (gast.Sub, np.subtract),
    (gast.Mult, np.multiply),
    (gast.Div, np.divide),
    (gast.Pow, np.power),
):
    CALLS[_ufunc_of] = lambda k, a, b, op=_sign_of: (
        arithmetic(k, op(), a, b)
        if is_array(a) or is_array(b)
        else _as_numpy(arithmetic(k, op(), _as_numpy(_real(a)), _as_numpy(_real(b))))
    )

for _comparison, _compared in (
    (gast.Lt, np.less),
    (gast.LtE, np.less_equal),
    (gast.Gt, np.greater),
    (gast.GtE, np.greater_equal),
    (gast.Eq, np.equal),
    (gast.NotEq, np.not_equal),
):
    CALLS[_compared] = lambda k, a, b, op=_comparison: _each(
        k, lambda x, y: _as_numpy(compare(k, op(), x, y)), a, b
    )


# Python's own


@stands_for(float)
def _float(k: Kernel, x: Any = None) -> Number:
    if x is None:
        return literal(0.0)
    if not isinstance(x, Number):
        raise NotCompiled("float() of what is no number")
    if type(x.value) in (int, float, bool):
        return literal(float(x.value))
    return number("float", x.text if x.form == "float" else f"float({x.text})")


@stands_for(np.float64)
def _float64(k: Kernel, x: Any) -> Number:
    k.warns = True
    return number("float64", as_float(_real(x)))


@stands_for(np.float32)
def _float32(k: Kernel, x: Any) -> Number:
    k.warns = True
    return number("float32", as_single(_real(x)))


@stands_for(int)
def _int(k: Kernel, x: Any) -> Number:
    x = _real(x)
    if x.form == "int":
        return replace(x, types=frozenset({"int"}))
    x = k.atom(x)
    k.redo_if(f"not -4e18 < {x.text} < 4e18")
    return number("int", f"int({x.text})", bits=62)


@stands_for(abs)
def _abs(k: Kernel, x: Any) -> Any:
    return _each(k, lambda a: absolute(k, a), x)


@stands_for(len)
def _len(k: Kernel, x: Any) -> Number:
    if is_array(x) and x.dims:
        return size_number(x.dims[0])
    if isinstance(x, Tuple):
        return literal(len(x.items))
    if isinstance(x, Listed):
        return length_of(k, x)
    if isinstance(x, Range):
        return length_of_range(k, x)
    raise NotCompiled("the length of this")


def _best(sign: str) -> Handler:
    def call(k: Kernel, *args: Any) -> Number:
        items = args[0].items if len(args) == 1 and isinstance(args[0], Tuple) else args
        if len(items) < 2 or not all(isinstance(one, Number) for one in items):
            raise NotCompiled("the best of what is not a few numbers")
        forms = {one.form for one in items}
        if len(forms) > 1 or "bool" in forms:
            raise NotCompiled("the best of numbers of different kinds")
        found = k.fresh("best")
        k.assign(found, items[0].text)
        for one in items[1:]:
            other = k.atom(one)
            k.assign(found, f"({other.text} if {other.text} {sign} {found} else {found})")
        types = frozenset().union(*(one.types for one in items))
        return Number(
            types, found, bits=max(one.bits for one in items), natural=all(o.natural for o in items)
        )

    return call


CALLS[max] = _best(">")
CALLS[min] = _best("<")


@stands_for(range)
def _range(k: Kernel, *args: Any) -> Range:
    ends = [_index(k, one) for one in args]
    start, stop = (literal(0), ends[0]) if len(ends) == 1 else ends[:2]
    step = ends[2] if len(ends) == 3 else literal(1)
    if type(step.value) is not int or step.value == 0:
        raise NotCompiled("a range whose step is not known")
    return Range(start, stop, step)


def _index(k: Kernel, one: Any) -> Number:
    if not isinstance(one, Number) or one.form != "int":
        raise NotCompiled("an index that is no integer")
    one = replace(k.bounded(one, 48), types=frozenset({"int"}))
    return k.atom(one)


def length_of_range(k: Kernel, one: Range) -> Number:
    start, stop, step = one.start, one.stop, one.step.value
    if type(start.value) is int and type(stop.value) is int:
        return literal(len(range(start.value, stop.value, step)))
    if step == 1:
        text = stop.text if start.value == 0 else f"{stop.text} - {start.text}"
        return number("int", f"max({text}, 0)", bits=42, natural=True)
    gap = f"{stop.text} - {start.text}" if step > 0 else f"{start.text} - {stop.text}"
    return number("int", f"max(({gap} + {abs(step) - 1}) // {abs(step)}, 0)", bits=42, natural=True)


def iterated(k: Kernel, value: Any) -> Iterated:
    """What a loop over a value goes through."""
    match value:
        case Iterated():
            return value
        case Range():
            return Iterated(length_of_range(k, value), lambda place: range_item(value, place))
        case Listed():
            length = k.atom(length_of(k, value))
            return Iterated(length, lambda place: item_at(k, value, place.text))
        case Array() | View() if value.dims:
            return Iterated(size_number(value.dims[0]), lambda place: k.item(value, place))
    raise NotCompiled("a loop over this")


def range_item(one: Range, place: Number) -> Number:
    natural = one.start.natural and one.step.value > 0
    natural |= one.step.value < 0 and type(one.stop.value) is int and one.stop.value >= -1
    step = one.step.value
    text = place.text if step == 1 else f"{place.text} * {step}"
    if step < 0:
        text = f"({place.text} * ({step}))"
    text = text if one.start.value == 0 else f"({one.start.text} + {text})"
    return number("int", text, bits=43, natural=natural, span=_span(one, place))


def _span(one: Range, place: Number) -> Span | None:
    if place.span is None or one.step.value not in (1, -1):
        return None
    if one.step.value == 1:
        return Span(place.span.loop, one.start.text, f"{one.stop.text} - 1")
    first = str(one.stop.value + 1) if type(one.stop.value) is int else f"{one.stop.text} + 1"
    return Span(place.span.loop, first, one.start.text)


@stands_for(reversed)
def _reversed(k: Kernel, x: Any) -> Any:
    if isinstance(x, Tuple):
        return Tuple(tuple(reversed(x.items)))
    found = iterated(k, x)
    length = k.atom(found.length)

    def item(place: Number) -> Any:
        back = number("int", f"({length.text} - 1 - {place.text})", bits=43, natural=True, span=place.span)
        return found.item(k.atom(back, "back"))

    return Iterated(length, item)


@stands_for(zip)
def _zip(k: Kernel, *args: Any, strict: Any = None) -> Any:
    if all(isinstance(one, Tuple) for one in args):
        return Tuple(tuple(map(Tuple, zip(*(one.items for one in args), strict=False))))
    if strict is not None:
        raise NotCompiled("zip with strict=")
    parts = [iterated(k, one) for one in args]
    lengths = dict.fromkeys(one.length.text for one in parts)
    length = parts[0].length
    if len(lengths) > 1:
        length = k.atom(replace(length, text=f"min({', '.join(lengths)})", value=None))
    return Iterated(length, lambda place: Tuple(tuple(one.item(place) for one in parts)))


@stands_for(enumerate)
def _enumerate(k: Kernel, x: Any, start: Any = None) -> Any:
    first = start or literal(0)
    if isinstance(x, Tuple) and first.value == 0:
        return Tuple(tuple(Tuple((literal(i), one)) for i, one in enumerate(x.items)))
    found = iterated(k, x)
    return Iterated(
        found.length, lambda place: Tuple((operate(k, gast.Add(), place, first), found.item(place)))
    )


@stands_for(tuple)
def _tuple(k: Kernel, x: Any) -> Any:
    if isinstance(x, Tuple):
        return x
    raise NotCompiled("a tuple of this")


@stands_for(sum)
def _sum(k: Kernel, x: Any, start: Any = None) -> Any:
    if not isinstance(x, Tuple):
        raise NotCompiled("sum of what is not a few numbers")
    found = start or literal(0)
    for one in x.items:
        found = arithmetic(k, gast.Add(), found, one)
    return found


@stands_for(slice)
def _slice(k: Kernel, *args: Any) -> Any:
    start, stop, step = (NONE, *args, NONE) if len(args) == 1 else (*args, NONE)[:3]
    return Sliced(start, stop, step)


# Arrays


def _kind(k: Kernel, dtype: Any, default: str = "float64") -> str:
    if dtype is None or dtype is NONE:
        return default
    if isinstance(dtype, Known):
        try:
            name = np.dtype(dtype.value).name
        except TypeError:
            raise NotCompiled("a dtype that is not known") from None
        if name in ("float64", "float32", "int64", "bool"):
            return name
    raise NotCompiled("a dtype that is not known")


@stands_for(np.zeros)
def _np_zeros(k: Kernel, shape: Any, dtype: Any = None) -> Any:
    return zeros(k, dims_from(k, shape), _kind(k, dtype), "zeros")


@stands_for(np.empty)
def _np_empty(k: Kernel, shape: Any, dtype: Any = None) -> Any:
    raise NotCompiled("an array that is not filled")


@stands_for(np.ones)
def _np_ones(k: Kernel, shape: Any, dtype: Any = None) -> Any:
    return _filled(k, dims_from(k, shape), literal(1.0), _kind(k, dtype))


@stands_for(np.full)
def _np_full(k: Kernel, shape: Any, value: Any, dtype: Any = None) -> Any:
    if not isinstance(value, Number):
        raise NotCompiled("np.full of an array")
    given = dtype_of(_as_numpy(replace(value, value=None)).types)
    return _filled(k, dims_from(k, shape), value, _kind(k, dtype, given))


def _filled(k: Kernel, dims: tuple[str, ...], value: Number, kind: str) -> Lazy:
    if kind not in ("float64", "float32"):
        raise NotCompiled(f"an array filled with {kind}")
    name = "float64" if kind == "float64" else "float32"
    text = as_float(value) if kind == "float64" else as_single(value)
    one = number(name, text)
    return Lazy(dims, lambda places: one, one.types)


@stands_for(np.zeros_like, "diffpy.runtime.structures.zero_tangent")
def _zeros_like(k: Kernel, x: Any, dtype: Any = None) -> Any:
    if isinstance(x, Number):
        if dtype is None and x.types == {"float"}:
            return number("float", "0.0", value=0.0)
        raise NotCompiled("zeros like a number")
    if isinstance(x, Tuple):
        return Tuple(tuple(_zeros_like(k, one) for one in x.items))
    return zeros(k, dims_of(x), _kind(k, dtype, dtype_of(types_of(x))), "zeros")


@stands_for(np.ones_like)
def _ones_like(k: Kernel, x: Any) -> Any:
    if not is_array(x):
        raise NotCompiled("ones like a number")
    return _filled(k, x.dims, literal(1.0), dtype_of(types_of(x)))


@stands_for(np.copy)
@method("copy")
def _copy(k: Kernel, x: Any) -> Any:
    if not is_array(x):
        raise NotCompiled("a copy of what is no array")
    return made(k, x, "copied")


@stands_for(np.array)
def _np_array(k: Kernel, x: Any) -> Any:
    """A vector of numbers."""
    if is_array(x):
        return made(k, x, "copied")
    if not isinstance(x, Tuple) or not x.items or not all(isinstance(one, Number) for one in x.items):
        raise NotCompiled("an array made of these items")
    items = [_as_numpy(k.atom(one)) for one in x.items]
    types = frozenset().union(*(one.types for one in items))
    if not types <= {"float64"}:
        raise NotCompiled("an array made of items that are not all float64")
    array = k.empty("items", (str(len(items)),), "float64")
    for place, one in enumerate(items):
        k.line(f"{array.name}[{place}] = {as_float(one)}", array.name)
    return array


@stands_for(np.shape, "diffpy.runtime.arrays.shape_of")
def _np_shape(k: Kernel, x: Any) -> Tuple:
    return shape_tuple(x)


@stands_for(np.size)
def _np_size(k: Kernel, x: Any) -> Number:
    return _count(k, shape_tuple(x))


@stands_for("diffpy.runtime.arrays.count")
def _count(k: Kernel, shape: Any, axis: Any = NONE, ddof: Any = None) -> Number:
    if not isinstance(shape, Tuple):
        raise NotCompiled("a shape that is not known")
    axes = range(len(shape.items)) if axis is NONE else [one % len(shape.items) for one in ints(axis)]
    found = literal(1)
    for place in axes:
        found = operate(k, gast.Mult(), found, shape.items[place])
    return found if ddof is None else operate(k, gast.Sub(), found, ddof)


def _is_set(keepdims: Any) -> bool:
    if keepdims is None:
        return False
    if isinstance(keepdims, Number) and keepdims.value is not None:
        return bool(keepdims.value)
    raise NotCompiled("keepdims that is not known")


@stands_for(np.sum)
@method("sum")
def _np_sum(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    if isinstance(x, Tuple | Listed):
        raise NotCompiled("a sum of a list")
    if isinstance(x, Number):
        return _as_numpy(k.atom(x))
    if axis is NONE and not _is_set(keepdims):
        return total(k, x)
    axes = range(len(x.dims)) if axis is NONE else ints(axis)
    return summed(k, x, list(axes), _is_set(keepdims))


@stands_for(np.mean)
@method("mean")
def _np_mean(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled("a mean of what is no array of floats")
    size = k.atom(_count(k, shape_tuple(x), axis), "count")
    k.redo_if(f"{size.text} == 0")
    return arithmetic(k, gast.Div(), _np_sum(k, x, axis, keepdims), size)


def _extreme(sign: str, worst: str) -> Handler:
    """The greatest, or the least: NaN where there is one."""

    def call(k: Kernel, x: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
        if not is_array(x) or types_of(x) != {"float64"}:
            raise NotCompiled("an extreme of what is no array of float64")
        rank = len(x.dims)
        over = set(range(rank)) if axis is NONE else {one % rank for one in ints(axis)}
        for place in over:
            if not x.dims[place].isdigit() or x.dims[place] == "0":
                k.redo_if(f"{x.dims[place]} == 0")
        dims = tuple(
            "1" if a in over else x.dims[a] for a in range(rank) if _is_set(keepdims) or a not in over
        )
        if not dims:
            return _whole_extreme(k, x, sign, worst)
        found = made(k, _filled(k, dims, literal(float(worst)), "float64"), "best")

        def better(places: tuple[str, ...]) -> None:
            kept = tuple(
                "0" if a in over else places[a] for a in range(rank) if _is_set(keepdims) or a not in over
            )
            one, old = k.atom(element(k, x, places)), k.read(found, kept)
            k.access(found, kept, "stores")
            k.line(f"{old.text} = {_better(one.text, old.text, sign)}", found.name)

        k.loop(x.dims, better)
        return found

    return call


def _better(one: str, old: str, sign: str) -> str:
    return f"({one} if {one} {sign} {old} or {one} != {one} else {old})"


def _whole_extreme(k: Kernel, x: Any, sign: str, worst: str) -> Number:
    found = k.fresh("best")
    k.assign(found, spelled(float(worst)))

    def better(places: tuple[str, ...]) -> None:
        one = k.atom(element(k, x, places))
        k.line(f"{found} = {_better(one.text, found, sign)}", found)

    k.loop(x.dims, better).sums.add(found)
    return number("float64", found)


CALLS[np.max] = CALLS[np.amax] = METHODS["max"] = _extreme(">", "-inf")
CALLS[np.min] = CALLS[np.amin] = METHODS["min"] = _extreme("<", "inf")


@stands_for("diffpy.runtime.reductions.to_winners")
def _to_winners(k: Kernel, d: Any, y: Any, a: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    """The cotangent of an extreme, shared by the elements that are it."""
    if types_of(a) != {"float64"} or not is_array(a):
        raise NotCompiled("the winners of what is no array of float64")
    rank = len(a.dims)
    over = set(range(rank)) if axis is NONE else {one % rank for one in ints(axis)}
    if is_array(y) and not _is_set(keepdims):
        y, d = _kept_axes(k, y, over, rank), _kept_axes(k, d, over, rank)
    if is_array(y):
        y = made(k, y, "best")
    wins = elementwise(
        k, lambda one, best: number("float64", f"(1.0 if {one.text} == {best.text} else 0.0)"), a, y
    )
    ties = summed(k, wins, sorted(over), True) if is_array(y) else total(k, wins)
    part = arithmetic(k, gast.Div(), d, ties)
    part = made(k, part, "part") if is_array(part) else k.atom(part)
    zero = number("float64", "0.0")

    def share(one: Number, best: Number, given: Number) -> Number:
        return number("float64", f"({given.text} if {one.text} == {best.text} else {zero.text})")

    return elementwise(k, share, a, y, part)


@stands_for(np.vdot)
def _vdot(k: Kernel, a: Any, b: Any) -> Any:
    if isinstance(a, Number) and isinstance(b, Number):
        return _as_numpy(multiply(k, a, b))
    return product_total(k, a, b)


@stands_for(np.dot)
@method("dot")
def dot(k: Kernel, a: Any, b: Any) -> Any:
    if not (is_array(a) and is_array(b)):
        return arithmetic(k, gast.Mult(), a, b)
    return matrix_product(k, a, b)


def matrix_product(k: Kernel, a: Any, b: Any) -> Any:
    if len(dims_of(a)) == len(dims_of(b)) == 1:
        return product_total(k, a, b)
    raise NotCompiled("a product of matrices is left to BLAS")


CALLS[np.matmul] = matrix_product


@stands_for(np.outer)
def _outer(k: Kernel, a: Any, b: Any) -> Any:
    if len(dims_of(a)) != 1 or len(dims_of(b)) != 1:
        raise NotCompiled("an outer product of what are no vectors")
    rows = View(a, (_along(0),), (a.dims[0], "1")) if isinstance(a, Array) else None
    if rows is None:
        raise NotCompiled("an outer product of views")
    return arithmetic(k, gast.Mult(), rows, b)


def _along(place: int) -> Any:
    return Axis("0", 1, place)


@stands_for(np.transpose)
def _transpose(k: Kernel, x: Any, axes: Any = NONE) -> Any:
    if not is_array(x):
        raise NotCompiled("a transpose of what is no array")
    return turned(x, None if axes is NONE else ints(axes))


@stands_for("diffpy.runtime.arrays.inverse")
def _inverse(k: Kernel, axes: Any) -> Any:
    if axes is NONE:
        return NONE
    order = ints(axes)
    return Tuple(tuple(literal(order.index(place)) for place in range(len(order))))


@stands_for(np.real)
def _np_real(k: Kernel, x: Any) -> Any:
    return x if is_array(x) else _as_numpy(_real(x))


@stands_for(np.isfinite, np.isnan, np.isinf, math.isnan, math.isinf, math.isfinite)
def _is_special(k: Kernel, x: Any) -> Any:
    raise NotCompiled("a test of special values")


for _tested in ("isnan", "isinf", "isfinite"):
    CALLS[getattr(math, _tested)] = lambda k, x, name=_tested: number(
        "bool", f"math.{name}({as_float(_real(x))})"
    )
    CALLS[getattr(np, _tested)] = lambda k, x, name=_tested: _each(
        k, lambda a: number("bool_", f"math.{name}({as_float(a)})"), x
    )


# The running half


@stands_for("diffpy.runtime.arrays.spread")
def _spread(k: Kernel, value: Any, shape: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    dims = dims_from(k, shape)
    if not dims:
        return value
    if isinstance(value, Number):
        return elementwise(k, lambda one, like: _as_numpy(one), value, _empty(dims))
    if axis is not NONE and not _is_set(keepdims):
        over = {one % len(dims) for one in ints(axis)}
        value = _kept_axes(k, value, over, len(dims))
    broadcast(k, [value.dims, dims])
    return Lazy(dims, lambda places: element(k, value, places), types_of(value), memory_of(value))


def _empty(dims: tuple[str, ...]) -> Lazy:
    return Lazy(dims, lambda places: literal(0.0), frozenset({"float64"}))


def _kept_axes(k: Kernel, value: Any, over: set[int], rank: int) -> Lazy:
    """The same with an axis of size 1 at each of the places."""
    own = iter(value.dims)
    dims = tuple("1" if place in over else next(own) for place in range(rank))

    def at(places: tuple[str, ...]) -> Number:
        return element(k, value, tuple(one for place, one in enumerate(places) if place not in over))

    return Lazy(dims, at, types_of(value), memory_of(value))


@stands_for("diffpy.runtime.arrays.unbroadcast")
def _unbroadcast(k: Kernel, value: Any, shape: Any) -> Any:
    dims = dims_from(k, shape)
    if isinstance(value, Number):
        if not dims:
            return value
        return _spread(k, value, shape)
    extra = len(value.dims) - len(dims)
    if extra < 0:
        raise NotCompiled("a cotangent of fewer axes than its value")
    axes = [place for place in range(len(value.dims)) if place < extra]
    for place, dim in enumerate(dims, extra):
        if dim == "1" and value.dims[place] != "1":
            axes.append(place)
        elif dim != value.dims[place]:
            equal_dims(k, (value.dims[place],), (dim,))
    if not axes:
        return value
    if not extra:
        return summed(k, value, axes, True)
    if len(axes) == extra:
        return summed(k, value, axes, False)
    return summed(k, summed(k, value, axes[extra:], True), range(extra), False)


@stands_for("diffpy.runtime.buffers.unbroadcast_like")
def _unbroadcast_like(k: Kernel, value: Any, x: Any) -> Any:
    return _unbroadcast(k, value, shape_tuple(x))


@stands_for("diffpy.runtime.tangent_vectors.add_tangents")
def _accumulate(k: Kernel, one: Any, other: Any) -> Any:
    if one is NONE or other is NONE:
        return other if one is NONE else one
    if isinstance(one, Tuple) and isinstance(other, Tuple):
        return Tuple(tuple(_accumulate(k, a, b) for a, b in zip(one.items, other.items, strict=True)))
    return arithmetic(k, gast.Add(), one, other)


@stands_for("diffpy.runtime.buffers.seed_of")
def _seed_of(k: Kernel, y: Any, name: Any) -> Any:
    if isinstance(y, Number) and y.types <= {"float", "int"}:
        return literal(1.0)
    if isinstance(y, Number) and y.types == {"float64"}:
        return number("float64", "1.0")
    raise NotCompiled("the seed of this result")


@stands_for("diffpy.runtime.boundary.own")
def _own(k: Kernel, x_bar: Any, x: Any) -> Any:
    if isinstance(x, Number):
        return _own_number(k, x_bar, x)
    if isinstance(x, Tuple):
        if not isinstance(x_bar, Tuple) or len(x_bar.items) != len(x.items):
            raise NotCompiled("a gradient of another structure")
        return Tuple(tuple(_own(k, a, b) for a, b in zip(x_bar.items, x.items, strict=True)))
    if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled("a gradient of this")
    if not is_array(x_bar):
        raise NotCompiled("a gradient that is no array")
    equal_dims(k, x_bar.dims, x.dims)
    if types_of(x_bar) != types_of(x):
        raise NotCompiled("a gradient of another dtype")
    if isinstance(x_bar, Array) and x_bar.is_fresh and x_bar.name not in k.handed_out:
        k.handed_out.add(x_bar.name)
        return x_bar
    return made(k, x_bar, "own")


def _own_number(k: Kernel, x_bar: Any, x: Number) -> Number:
    if not isinstance(x_bar, Number) or x_bar.form == "bool":
        raise NotCompiled("a gradient that is no number")
    if x.types <= {"float", "int"}:
        return _float(k, x_bar)
    if x.types == {"float64"}:
        return number("float64", as_float(x_bar))
    raise NotCompiled("a gradient of another kind")


@stands_for("diffpy.runtime.arrays.quotient")
def _quotient(k: Kernel, a: Any, b: Any) -> Any:
    return arithmetic(k, gast.Div(), a, b)


@stands_for("diffpy.runtime.arrays.without_zeros")
def _without_zeros(k: Kernel, x: Any) -> Any:
    def one(a: Number) -> Number:
        a = k.atom(a)
        return replace(a, text=f"(1.0 if {a.text} == 0.0 else {a.text})")

    if "float32" in types_of(x):
        raise NotCompiled("single precision")
    return _each(k, one, x)


@stands_for("diffpy.runtime.arrays.share")
def _share(k: Kernel, value: Any, result: Any, one: Any, *others: Any) -> Any:
    rest = [other for other in others if other is not NONE]

    def part(v: Number, y: Number, x: Number, *more: Number) -> Number:
        v, y = k.atom(v), k.atom(y)
        ties = " + ".join(["1.0", *(f"({other.text} == {y.text})" for other in more)])
        zero = "0.0" if v.types == {"float64"} else f"0.0 * {v.text}"
        if v.form != "float":
            raise NotCompiled("single precision")
        divided = f"{v.text} / ({ties})" if more else v.text
        return replace(v, text=f"({divided} if {x.text} == {y.text} else {zero})")

    return _each(k, part, value, result, one, *rest)


@stands_for("diffpy.runtime.sequences.best_of")
def _best_of(k: Kernel, d: Any, y: Any, args: Any) -> Any:
    if not isinstance(args, Tuple) or len(args.items) < 2 or not isinstance(y, Number):
        raise NotCompiled("the best of what is not a few numbers")
    d, y = k.atom(_real(d)), k.atom(y)
    won = " + ".join(f"({_real(one).text} == {y.text})" for one in args.items)
    ties = k.atom(number("int", f"({won})"), "ties")
    k.redo_if(f"{ties.text} == 0")
    part, zero = k.fresh("part"), k.fresh("part")
    k.assign(part, f"{d.text} / {ties.text}")
    k.assign(zero, f"0.0 * {d.text}")
    return Tuple(
        tuple(replace(d, text=f"({part} if {one.text} == {y.text} else {zero})") for one in args.items)
    )


@stands_for("diffpy.runtime.powers.power_base")
def _power_base(k: Kernel, d: Any, a: Any, b: Any) -> Any:
    if not isinstance(b, Number) or type(b.value) not in (int, float) or b.value == 0:
        raise NotCompiled("a power whose exponent is not known")
    less = literal(b.value - 1)
    slope = arithmetic(k, gast.Pow(), a, less) if less.value not in (0, 0.0) else literal(1.0)
    return arithmetic(k, gast.Mult(), arithmetic(k, gast.Mult(), d, b), slope)


@stands_for("diffpy.runtime.dispatch.with_pullback")
def _with_pullback(k: Kernel, function: Any, wrt: Any = NONE) -> Known:
    if not isinstance(function, Known) or not isinstance(function.value, types.FunctionType):
        raise NotCompiled("a derivative that is found when it runs")
    return Known(Pulled(function.value, None if wrt is NONE else tuple(ints(wrt))))


# Methods and attributes


@method("append")
def _append(k: Kernel, x: Any, value: Any) -> Any:
    if not isinstance(x, Listed):
        raise NotCompiled("append to what is no list made here")
    append(k, x, value)
    return NONE


@method("transpose")
def _method_transpose(k: Kernel, x: Any, *axes: Any) -> Any:
    return turned(x, None if not axes else ints(Tuple(axes) if len(axes) > 1 else axes[0]))


@method("item")
def _item(k: Kernel, x: Any) -> Any:
    if isinstance(x, Number):
        kinds = {"float64": "float", "int64": "int", "bool_": "bool"}
        return replace(x, types=frozenset(kinds.get(t, t) for t in x.types))
    raise NotCompiled("item() of an array")


def attribute(k: Kernel, value: Any, name: str) -> Any:
    """value.name"""
    if isinstance(value, Known):
        return _of_object(k, value.value, name)
    if is_array(value) or isinstance(value, Number):
        match name:
            case "shape":
                return shape_tuple(value)
            case "ndim":
                return literal(len(dims_of(value)))
            case "size":
                return _count(k, shape_tuple(value))
            case "dtype":
                return Known(np.dtype(dtype_of(types_of(value))))
            case "T":
                return turned(value) if is_array(value) else value
    if name in METHODS and not isinstance(value, Known):
        return Method(value, name)
    raise NotCompiled(f"the attribute '{name}'")


def _of_object(k: Kernel, owner: Any, name: str) -> Any:
    if not hasattr(owner, name):
        raise NotCompiled(f"the attribute '{name}'")
    found = getattr(owner, name)
    if type(found) is float and owner in (math, np):
        return literal(found)
    if isinstance(found, float | int | np.ndarray | np.generic):
        raise NotCompiled(f"the attribute '{name}', which may change")
    return k.symbol(found, name, k)


def call(k: Kernel, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A call; keywords that nothing stands for are refused."""
    if isinstance(function, Method):
        found: Handler | None = METHODS[function.name]
        args = [function.of, *args]
    elif isinstance(function, Known):
        found = handler_of(function.value)
        k.warns |= str(getattr(function.value, "__module__", "numpy")).startswith("numpy")
    else:
        found = None
    if found is None:
        return k.inline(k, function, args, keywords)
    try:
        return found(k, *args, **keywords)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise NotCompiled("a call with arguments that nothing stands for") from None
