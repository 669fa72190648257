"""Functions of Python's own in a kernel: numbers, ranges, what loops go through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import arithmetic, is_array, size_number
from diffpy.transforms.fuse_calls import CALLS, Handler, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import each, real
from diffpy.transforms.fuse_kept import length_of
from diffpy.transforms.fuse_lists import item_at
from diffpy.transforms.fuse_numbers import absolute, as_single, operate
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Iterated,
    Listed,
    NotCompiled,
    Number,
    Range,
    Sliced,
    Span,
    Tuple,
    View,
    literal,
    number,
)

# Python's own


@stands_for(float)
def python_float(k: Kernel, x: Any = None) -> Number:
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
    return number("float64", as_float(real(x)))


@stands_for(np.float32)
def _float32(k: Kernel, x: Any) -> Number:
    k.warns = True
    return number("float32", as_single(real(x)))


@stands_for(int)
def _int(k: Kernel, x: Any) -> Number:
    x = real(x)
    if x.form == "int":
        return replace(x, types=frozenset({"int"}))
    x = k.atom(x)
    k.redo_if(f"not -4e18 < {x.text} < 4e18")
    return number("int", f"int({x.text})", bits=62)


@stands_for(abs)
def _abs(k: Kernel, x: Any) -> Any:
    return each(k, lambda a: absolute(k, a), x)


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
    ends = [integer_of(k, one) for one in args]
    start, stop = (literal(0), ends[0]) if len(ends) == 1 else ends[:2]
    step = ends[2] if len(ends) == 3 else literal(1)
    if type(step.value) is not int:
        k.redo_if(f"{step.text} < 1")
        step = replace(step, natural=True)
    elif step.value == 0:
        raise NotCompiled("a range of step zero")
    return Range(start, stop, step)


def _counts_up(one: Range) -> bool:
    """Whether the step is positive; one that is no literal has to be."""
    if one.step.value is None and not one.step.natural:
        raise NotCompiled("a range whose step may be negative")
    return one.step.value is None or one.step.value > 0


def integer_of(k: Kernel, one: Any) -> Number:
    if not isinstance(one, Number) or one.form != "int":
        raise NotCompiled("an index that is no integer")
    one = replace(k.bounded(one, 48), types=frozenset({"int"}))
    return k.atom(one)


def length_of_range(k: Kernel, one: Range) -> Number:
    start, stop, step = one.start, one.stop, one.step.value
    if (every := literal_range(one)) is not None:
        return literal(len(every))
    if step == 1:
        text = stop.text if start.value == 0 else f"{stop.text} - {start.text}"
        return number("int", f"max({text}, 0)", bits=42, natural=True)
    gap = f"{stop.text} - {start.text}" if _counts_up(one) else f"{start.text} - {stop.text}"
    by, less = (
        (one.step.text, f"{one.step.text} - 1") if step is None else (str(abs(step)), str(abs(step) - 1))
    )
    return number("int", f"max(({gap} + {less}) // {by}, 0)", bits=42, natural=True)


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
    counts_up = _counts_up(one)
    natural = one.start.natural and counts_up
    natural |= not counts_up and type(one.stop.value) is int and one.stop.value >= -1
    text = place.text if one.step.value == 1 else f"{place.text} * {one.step.text}"
    if not counts_up:
        text = f"({place.text} * ({one.step.text}))"
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
    if isinstance(x, Range) and (every := literal_range(x)) is not None:
        first, last, step = every.start, every[-1] if every else every.start - every.step, every.step
        return Range(literal(last), literal(first - step), literal(-step))
    found = iterated(k, x)
    length = k.atom(found.length)

    def item(place: Number) -> Any:
        back = number("int", f"({length.text} - 1 - {place.text})", bits=43, natural=True, span=place.span)
        return found.item(k.atom(back, "back"))

    return Iterated(length, item)


@stands_for(zip)
def _zip(k: Kernel, *args: Any, strict: Any = None) -> Any:
    if any(isinstance(one, Tuple) for one in args):
        args = tuple(map(_few, args))
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


def literal_range(one: Range) -> range | None:
    """A range that is known before."""
    ends = [part.value for part in (one.start, one.stop, one.step)]
    return range(*ends) if all(type(end) is int for end in ends) else None


def _few(value: Any) -> Any:
    """A range beside a tuple as another tuple."""
    if isinstance(value, Range) and (every := literal_range(value)) is not None:
        return Tuple(tuple(map(literal, every)))
    return value


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
    if isinstance(x, Tuple) and x.keys is None:
        return Tuple(x.items)
    raise NotCompiled("a tuple of this")


@stands_for(list)
def _list(k: Kernel, x: Any) -> Any:
    if isinstance(x, Tuple) and x.keys is None:
        return Tuple(x.items, is_list=True)
    raise NotCompiled("a list of this")


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
