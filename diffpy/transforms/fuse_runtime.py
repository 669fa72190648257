"""What stands in a kernel for functions of the running half."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from diffpy.rules.structs import tangent_fields
from diffpy.transforms.fuse_arrays import (
    arithmetic,
    broadcast,
    copied,
    dims_from,
    dtype_of,
    element,
    elementwise,
    equal_dims,
    ints,
    is_array,
    made,
    memory_of,
    shape_tuple,
    store,
    summed,
    types_of,
    zeros,
)
from diffpy.transforms.fuse_builtins import python_float
from diffpy.transforms.fuse_calls import stands_for, with_lists, with_none
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_functions import as_numpy, each, real
from diffpy.transforms.fuse_kept import closed
from diffpy.transforms.fuse_lists import may_fill
from diffpy.transforms.fuse_making import is_set
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Closure,
    Gathered,
    Known,
    Lazy,
    Listed,
    NotCompiled,
    Number,
    Optional,
    Pulled,
    Tuple,
    View,
    literal,
    number,
    place_in,
)

# The running half


def _filled(x_bar: Any) -> Any:
    """A cotangent that may be None: zeros are the same."""
    return x_bar.value if isinstance(x_bar, Optional) else x_bar


@stands_for("diffpy.runtime.arrays.spread")
def _spread(k: Kernel, value: Any, shape: Any, axis: Any = NONE, keepdims: Any = None) -> Any:
    dims = dims_from(k, shape)
    if not dims:
        return value
    if isinstance(value, Number):
        return elementwise(k, lambda one, like: as_numpy(one), value, _empty(dims))
    if axis is not NONE and not is_set(keepdims):
        over = {one % len(dims) for one in ints(axis)}
        value = kept_axes(k, value, over, len(dims))
    broadcast(k, [value.dims, dims])
    return Lazy(dims, lambda places: element(k, value, places), types_of(value), memory_of(value))


def _empty(dims: tuple[str, ...]) -> Lazy:
    return Lazy(dims, lambda places: literal(0.0), frozenset({"float64"}))


def kept_axes(k: Kernel, value: Any, over: set[int], rank: int) -> Lazy:
    """The same with an axis of size 1 at each of the places."""
    own = iter(value.dims)
    dims = tuple("1" if place in over else next(own) for place in range(rank))

    def at(places: tuple[str, ...]) -> Number:
        return element(k, value, tuple(one for place, one in enumerate(places) if place not in over))

    return Lazy(dims, at, types_of(value), memory_of(value))


@stands_for("diffpy.runtime.arrays.unbroadcast")
def unbroadcast(k: Kernel, value: Any, shape: Any) -> Any:
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
    return unbroadcast(k, value, shape_tuple(x))


@stands_for("diffpy.runtime.tangent_vectors.add_tangents")
@with_none
def accumulate(k: Kernel, one: Any, other: Any) -> Any:
    one, other = _filled(one), _filled(other)
    if one is NONE or other is NONE:
        return other if one is NONE else one
    if isinstance(one, Tuple) and isinstance(other, Tuple):
        return one.unnamed(accumulate(k, a, b) for a, b in zip(one.items, other.items, strict=True))
    return arithmetic(k, gast.Add(), one, other)


def of_its_own(k: Kernel, value: Any) -> Any:
    """A cotangent that shares memory with no other."""
    if isinstance(value, Tuple):
        return value.of(of_its_own(k, one) for one in value.items)
    if isinstance(value, Array | View | Lazy):
        return made(k, value, "part")
    return k.atom(value) if isinstance(value, Number) else value


@stands_for("diffpy.runtime.buffers.accumulate_into")
@with_lists
def _accumulate_into(k: Kernel, x_bar: Any, value: Any) -> Any:
    """Add a cotangent to a buffer, or to those of a container, in place."""
    if value is NONE or value is x_bar:
        return NONE
    if isinstance(x_bar, Gathered) and isinstance(value, Tuple) and len(value.items) == len(x_bar.items):
        may_fill(k, x_bar)
        parts = zip(x_bar.items, value.items, strict=True)
        x_bar.items = [of_its_own(k, accumulate(k, one, other)) for one, other in parts]
        return NONE
    if isinstance(x_bar, Tuple) and isinstance(value, Tuple) and x_bar.keys == value.keys:
        for one, other in zip(x_bar.items, value.items, strict=True):
            _accumulate_into(k, one, other)
        return NONE
    k.write_in_list(x_bar)
    if not isinstance(x_bar, Array | View) or not x_bar.dims:
        raise NotCompiled("a cotangent that is no array")
    k.check_made_here(x_bar)
    store(k, x_bar, arithmetic(k, gast.Add(), x_bar, value))
    return NONE


@stands_for("diffpy.runtime.dispatch.kept")
def kept(k: Kernel, x: Any) -> Any:
    """A copy of an array, and of those in a container that have nothing in common."""
    if isinstance(x, Tuple):
        return x.of(_fresh_buffers(k, *x.items).items)
    return closed(k, x, x.site) if isinstance(x, Listed) else _fresh_buffer(k, x)


@stands_for("diffpy.runtime.tangents.accumulate_item")
@with_none
def _accumulate_item(k: Kernel, x_bar: Any, x: Any, key: Any, value: Any) -> Any:
    """The cotangent of a container with a contribution to an item that is known by its key."""
    x_bar, value = _filled(x_bar), _filled(value)
    if value is NONE:
        return x_bar
    if not isinstance(x, Tuple) or not (x_bar is NONE or isinstance(x_bar, Tuple)):
        raise NotCompiled("the cotangent of an item of what is no container")
    place = place_in(x, key)
    parts = list(x_bar.items) if isinstance(x_bar, Tuple) else [NONE] * len(x.items)
    parts[place] = accumulate(k, parts[place], value)
    if isinstance(parts[place], Lazy):
        parts[place] = made(k, parts[place], "part")
    return x.unnamed(k.atom(one) if isinstance(one, Number) else one for one in parts)


@stands_for("diffpy.runtime.tangents.accumulate_field")
@with_none
def _accumulate_field(k: Kernel, x_bar: Any, x: Any, name: Known, value: Any) -> Any:
    """The same of a struct; a field that has no derivative takes none."""
    if not isinstance(x, Tuple) or x.cls is None or name.value not in tangent_fields(x.cls):
        raise NotCompiled("the cotangent of a field of this")
    return _accumulate_item(k, x_bar, x, name, value)


@stands_for("diffpy.runtime.tangents.item_of", "diffpy.runtime.tangents.field_of")
@with_none
def _item_of(k: Kernel, x_bar: Any, key: Any) -> Any:
    x_bar = _filled(x_bar)
    if x_bar is NONE or isinstance(x_bar, Number):
        return x_bar
    return x_bar.items[place_in(x_bar, key)] if isinstance(x_bar, Tuple) else k.item(x_bar, key)


@stands_for("diffpy.runtime.sequences.unpacked")
def _unpacked(k: Kernel, d: Any, value: Any, dtype: Any = NONE) -> Any:
    """The cotangent of what array(value) was made of: numbers."""
    if not isinstance(value, Tuple) or dtype is not NONE:
        raise NotCompiled("the items of an array")
    parts = [k.item(d, literal(n)) for n in range(len(value.items))]
    return value.unnamed(_part_of(k, part, one) for part, one in zip(parts, value.items, strict=True))


def _part_of(k: Kernel, part: Any, one: Any) -> Any:
    """The cotangent of a number among them, or of a row of numbers."""
    return _unpacked(k, part, one) if is_array(part) else _own_number(k, k.atom(part), one)


@stands_for("diffpy.runtime.buffers.shadow")
def _shadow(k: Kernel, x: Any, *sources: Any) -> Any:
    """A zero buffer like a new array."""
    if not is_array(x) or any(_may_share(x, one) for one in sources):
        raise NotCompiled("the cotangent of what may be part of something else")
    return zeros(k, x.dims, dtype_of(types_of(x)), "zeros")


@stands_for("diffpy.runtime.buffers.fresh_buffers")
def _fresh_buffers(k: Kernel, *buffers: Any) -> Tuple:
    """Copies of buffers that have nothing in common; else the buffers themselves, where nothing else uses them."""
    pairs = ((one, other) for place, one in enumerate(buffers) for other in buffers[:place])
    if not any(_may_share(one, other) for one, other in pairs):
        return Tuple(tuple(_fresh_buffer(k, one) for one in buffers))
    memory = frozenset().union(*(_memory_of_once(k, one) for one in buffers))
    k.handed |= memory
    return Tuple(buffers)


def _memory_of_once(k: Kernel, x: Any) -> frozenset[str]:
    """The memory of a buffer of a pullback that runs once, outside of all loops: later runs would find it changed."""
    if isinstance(x, Number | Known):
        return frozenset()
    if isinstance(x, Tuple):
        return frozenset().union(*(_memory_of_once(k, one) for one in x.items))
    memory = memory_of(x) if isinstance(x, Array | View) else None
    rounds = [k.made_in.get(name, True) for name in memory or ()]
    if isinstance(x, Listed):
        memory, rounds = frozenset({f"the list made at {x.site}"}), [k.list_rounds.get(x.site, True)]
    if memory is None or memory & k.handed or k.rounds or any(rounds):
        raise NotCompiled("copies of arrays that may overlap")
    return memory


@stands_for("diffpy.runtime.buffers.fresh_buffer")
def _fresh_buffer(k: Kernel, x: Any) -> Any:
    if isinstance(x, Number | Known):
        return x
    if isinstance(x, Tuple):
        return kept(k, x)
    if isinstance(x, Listed):
        k.handed |= _memory_of_once(k, x)
        return x
    if not is_array(x) or (memory_of(x) or frozenset()) & k.handed:
        raise NotCompiled("a copy of what is no array, or is changed")
    return copied(k, x, "copied")


def _may_share(one: Any, other: Any) -> bool:
    if isinstance(one, Tuple):
        return any(_may_share(x, other) for x in one.items)
    if isinstance(other, Tuple):
        return _may_share(other, one)
    if not is_array(one) or not is_array(other):
        return not all(isinstance(x, Number | Known) or is_array(x) for x in (one, other))
    return bool((memory_of(one) or frozenset()) & (memory_of(other) or frozenset()))


@stands_for("diffpy.runtime.buffers.seed_of")
def _seed_of(k: Kernel, y: Any, name: Any) -> Any:
    if isinstance(y, Number) and y.types <= {"float", "int"}:
        return literal(1.0)
    if isinstance(y, Number) and y.types == {"float64"}:
        return number("float64", "1.0")
    if isinstance(y, Number) and y.types == {"float32"}:
        return number("float32", "np.float32(1.0)")
    if isinstance(y, Number) and y.loops:
        return _seed_of(k, k.of_one_type(y), name)
    raise NotCompiled("the seed of this result")


@stands_for("diffpy.runtime.boundary.own")
@with_none
def _own(k: Kernel, x_bar: Any, x: Any) -> Any:
    x_bar = _filled(x_bar)
    if isinstance(x, Number):
        return _own_number(k, x_bar, x)
    if isinstance(x, Tuple):
        parts = [NONE] * len(x.items) if x_bar is NONE else getattr(x_bar, "items", [])
        if len(parts) != len(x.items):
            raise NotCompiled("a gradient of another structure")
        return x.of(_own(k, a, b) for a, b in zip(parts, x.items, strict=True))
    if x_bar is NONE and is_array(x):
        return _own(k, zeros(k, x.dims, dtype_of(types_of(x)), "zeros"), x)
    if isinstance(x, Known):
        return NONE
    if not is_array(x) or dtype_of(types_of(x)) not in ("float64", "float32"):
        raise NotCompiled("a gradient of this")
    if not is_array(x_bar):
        raise NotCompiled("a gradient that is no array")
    equal_dims(k, x_bar.dims, x.dims)
    if types_of(x_bar) != types_of(x):
        raise NotCompiled("a gradient of another dtype")
    if isinstance(x_bar, Array) and k.is_object(x_bar) and x_bar.name not in k.handed_out:
        k.handed_out.add(x_bar.name)
        return x_bar
    return made(k, x_bar, "own")


def _own_number(k: Kernel, x_bar: Any, x: Number) -> Number:
    x_bar = literal(0.0) if x_bar is NONE and x.types <= {"float", "float64"} else x_bar
    if not isinstance(x_bar, Number) or x_bar.form == "bool":
        raise NotCompiled("a gradient that is no number")
    if x.types <= {"float", "int"}:
        return python_float(k, x_bar)
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
        one = "np.float32(1.0)" if a.types == {"float32"} else "1.0"
        return replace(a, text=f"({one} if {a.text} == 0.0 else {a.text})")

    return each(k, one, x)


@stands_for("diffpy.runtime.arrays.unless_still")
def _unless_still(k: Kernel, y: Any, x_dot: Any) -> Any:
    def one(a: Number, d: Number) -> Number:
        a, d = k.atom(a), k.atom(d)
        one = "np.float32(1.0)" if a.types == {"float32"} else "1.0"
        return replace(a, text=f"({one} if {a.text} == 0.0 and {d.text} == 0.0 else {a.text})")

    return each(k, one, y, x_dot)


@stands_for("diffpy.runtime.arrays.share")
def _share(k: Kernel, value: Any, result: Any, one: Any, *others: Any) -> Any:
    rest = [other for other in others if other is not NONE]

    def part(v: Number, y: Number, x: Number, *more: Number) -> Number:
        v, y = k.atom(v), k.atom(y)
        zero = {frozenset({"float64"}): "0.0", frozenset({"float32"}): "np.float32(0.0)"}.get(
            v.types, f"0.0 * {v.text}"
        )
        shared = _between(v, y, more) if more else v.text
        return replace(v, text=f"({shared} if {x.text} == {y.text} else {zero})")

    return each(k, part, value, result, one, *rest)


def _between(v: Number, y: Number, others: tuple[Number, ...]) -> str:
    """The part of one that may tie with others; of two, a half is sooner multiplied by than divided by."""
    is_single = v.types == {"float32"}
    if len(others) == 1:
        half = "np.float32(0.5)" if is_single else "0.5"
        return f"({half} * {v.text} if {others[0].text} == {y.text} else {v.text})"
    ties = " + ".join(["1.0", *(f"({other.text} == {y.text})" for other in others)])
    return f"{v.text} / ({f'np.float32({ties})' if is_single else ties})"


@stands_for("diffpy.runtime.sequences.best_of")
def _best_of(k: Kernel, d: Any, y: Any, args: Any) -> Any:
    if not isinstance(args, Tuple) or len(args.items) < 2 or not isinstance(y, Number):
        raise NotCompiled("the best of what is not a few numbers")
    d, y = k.atom(real(d)), k.atom(y)
    won = " + ".join(f"({real(one).text} == {y.text})" for one in args.items)
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
    a = _unless_still(k, a, d) if 0 < b.value < 1 else a
    slope = arithmetic(k, gast.Pow(), a, less) if less.value not in (0, 0.0) else literal(1.0)
    return arithmetic(k, gast.Mult(), arithmetic(k, gast.Mult(), d, b), slope)


@stands_for("diffpy.runtime.dispatch.with_pullback")
def _with_pullback(k: Kernel, function: Any, wrt: Any = NONE, keep: Any = NONE, callee: Any = NONE) -> Known:
    is_own = isinstance(function, Closure) and function.taken is None
    if not is_own and not (isinstance(function, Known) and callable(function.value)):
        raise NotCompiled("a derivative that is found when it runs")
    if isinstance(function, Known) and isinstance(function.value, type):
        raise NotCompiled("a derivative that is found when it runs")
    kept = () if keep is NONE else tuple(ints(keep))
    asked = None if wrt is NONE else tuple(ints(wrt))
    return Known(Pulled(function if is_own else function.value, asked, kept, callee is not NONE and is_own))


@stands_for("diffpy.runtime.buffers.captured")
@with_none
def _captured(k: Kernel, function_bar: Any, name: Any) -> Any:
    """The cotangent of a variable that a nested function captured."""
    function_bar = _filled(function_bar)
    if function_bar is NONE:
        return NONE
    if not isinstance(function_bar, Tuple) or function_bar.keys is None:
        raise NotCompiled("the cotangents of what a function captured")
    return function_bar.items[place_in(function_bar, name)] if name.value in function_bar.keys else NONE
