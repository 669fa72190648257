"""Arrays in a kernel: views, what is computed element by element, and stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_numbers import multiply, operate
from diffpy.transforms.fuse_text import Access, Line, Nest, Writer, Zeros, names_in
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    Array,
    Axis,
    Known,
    Lazy,
    NotCompiled,
    Number,
    Sliced,
    Tuple,
    View,
    literal,
    number,
)

OF_TYPES = {"float64": "float64", "float32": "float32", "int64": "int64", "bool_": "bool"}


def is_array(value: Any) -> bool:
    return isinstance(value, Array | View | Lazy)


def dims_of(value: Any) -> tuple[str, ...]:
    return value.dims if is_array(value) else ()


def size_number(dim: str) -> Number:
    return literal(int(dim)) if dim.isdigit() else number("int", dim, bits=40, natural=True)


def shape_tuple(value: Any) -> Tuple:
    return Tuple(tuple(size_number(dim) for dim in dims_of(value)))


def dim_of(w: Writer, size: Any) -> str:
    """A size that the program computes, as a dimension."""
    if not isinstance(size, Number) or size.form != "int":
        raise NotCompiled("a size that is no integer")
    if size.value is not None:
        if size.value < 0:
            raise NotCompiled("a negative size")
        return str(size.value)
    if size.text in w.dims:
        return size.text
    if w.is_given(size.text):
        dim = w.given_size(size.text)
        if not dim.isdigit() and not size.natural:
            w.redo_if(f"{dim} < 0")
        return dim
    size = w.bounded(size, 40)
    dim = w.size(size.text)
    if not size.natural:
        w.redo_if(f"{dim} < 0")
    return dim


def dims_from(w: Writer, shape: Any) -> tuple[str, ...]:
    if isinstance(shape, Number):
        return (dim_of(w, shape),)
    if not isinstance(shape, Tuple):
        raise NotCompiled("a shape that is not known to be a tuple")
    return tuple(dim_of(w, one) for one in shape.items)


# Broadcasting


def met(w: Writer, one: str, other: str) -> str:
    """The size of two axes that meet. What is not known to be 1 is taken for no 1: else the plain text runs."""
    if one == other or other == "1":
        return one
    if one == "1":
        return other
    if one.isdigit() and other.isdigit():
        raise NotCompiled("shapes that do not fit")
    w.equal(one, other)
    return w.known(one)


def broadcast(w: Writer, shapes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    rank = max(map(len, shapes))
    found = ["1"] * rank
    for dims in shapes:
        for k, dim in enumerate(dims, rank - len(dims)):
            found[k] = met(w, found[k], dim)
    return tuple(found)


def equal_dims(w: Writer, dims: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """The two shapes are one, or the plain text runs."""
    if len(dims) != len(wanted):
        raise NotCompiled("shapes of different ranks")
    for one, other in zip(dims, wanted, strict=True):
        w.equal(one, other)


# Elements


def element(w: Writer, value: Any, places: tuple[str, ...]) -> Number:
    """The element that broadcasting puts at a place."""
    if isinstance(value, Number):
        return value
    dims = value.dims
    own = tuple(
        "0" if dim == "1" else place
        for dim, place in zip(dims, places[len(places) - len(dims) :], strict=True)
    )
    if isinstance(value, Lazy):
        return value.element(own)
    if isinstance(value, View):
        return w.read(value.base, base_places(value, own))
    return w.read(value, own)


def types_of(value: Any) -> frozenset[str]:
    if isinstance(value, Number | Lazy):
        return value.types
    array = value.base if isinstance(value, View) else value
    return frozenset({DTYPES[array.dtype]})


def elementwise(w: Writer, function: Callable[..., Number], *operands: Any) -> Any:
    """A function of the elements, at each place."""
    operands = tuple(w.atom(one) if isinstance(one, Number) else one for one in operands)
    dims = broadcast(w, [dims_of(one) for one in operands])
    if not dims:
        return function(*(element(w, one, ()) for one in operands))
    with w.trial():
        w.nest = None
        dummies = [one if isinstance(one, Number) else Number(types_of(one), "x") for one in operands]
        types = function(*dummies).types

    def at(places: tuple[str, ...]) -> Number:
        return function(*(element(w, one, places) for one in operands))

    return Lazy(dims, at, types)


def memory_of(value: Any) -> frozenset[str] | None:
    """The memory that a view of this would look at."""
    if isinstance(value, Lazy):
        return value.of
    return whole(value).base.memory if isinstance(value, Array | View) else None


def dtype_of(types: frozenset[str]) -> str:
    if len(types) != 1 or not types <= OF_TYPES.keys():
        raise NotCompiled(f"an array whose elements are {' or '.join(sorted(types))}")
    return OF_TYPES[next(iter(types))]


def made(w: Writer, value: Any, stem: str) -> Array:
    """A new array with the elements of a value."""
    array = copied(w, value, stem)
    if isinstance(value, Lazy) and value.of is not None:
        w.copy_of(array.memory | value.of)
    return array


def copied(w: Writer, value: Any, stem: str) -> Array:
    """A copy that the program asks for: it stands for nothing else, and may be written."""
    array = w.empty(stem, value.dims, dtype_of(types_of(value)))
    fill(w, array, value)
    return array


def fill(w: Writer, array: Array, value: Any) -> None:
    def write(places: tuple[str, ...]) -> None:
        one = element(w, value, places)
        w.access(array, places, "stores")
        w.line(f"{array.name}[{', '.join(places) or '()'}] = {one.text}", array.name)

    w.loop(array.dims, write)


def put(w: Writer, tape: Array, start: str, value: Any) -> None:
    """The elements of a value one after the other in a tape, from a place on."""

    put_at(w, tape, start, value.dims, lambda places: element(w, value, places))


def put_at(
    w: Writer, tape: Array, start: str, dims: tuple[str, ...], one: Callable[[tuple[str, ...]], Number]
) -> None:
    """An element for each place of a shape, one after the other."""

    def write(places: tuple[str, ...]) -> None:
        found = one(places)
        where = flat(start, places, dims)
        w.access(tape, (where,), "stores")
        w.line(f"{tape.name}[{where}] = {found.text}", tape.name)

    w.loop(dims, write)


def taped(w: Writer, tape: Array, start: str, dims: tuple[str, ...]) -> Lazy:
    """What was put there."""
    types = frozenset({DTYPES[tape.dtype]})
    return Lazy(dims, lambda places: w.read(tape, (flat(start, places, dims),)), types, tape.memory, True)


def flat(start: str, places: tuple[str, ...], dims: tuple[str, ...]) -> str:
    """The place of an element, counted from the first one."""
    found = ""
    for place, dim in zip(places, dims, strict=True):
        if place != "0":
            found = f"({found}) * {dim} + {place}" if found else place
        elif found:
            found = f"({found}) * {dim}"
    return f"{start} + {found}" if found else start


def as_array(w: Writer, value: Any, stem: str) -> Array:
    return value if isinstance(value, Array) else made(w, value, stem)


# Views


def whole(value: Array | View) -> View:
    if isinstance(value, View):
        return value
    axes = tuple(Axis("0", 1, k) for k in range(len(value.dims)))
    return View(value, axes, value.dims)


def base_places(view: View, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_base_place(axis, places) for axis in view.axes)


def _base_place(axis: Axis, places: tuple[str, ...]) -> str:
    if axis.along is None:
        return axis.start
    place = places[axis.along]
    if place == "0":
        return axis.start
    if axis.step != 1:
        return f"{axis.start} + {axis.step} * {place}"
    return place if axis.start == "0" else f"{place} + {axis.start}"


def indexed(w: Writer, value: Array | View, index: Any) -> Number | View:
    """An element, or a view, of an array."""
    view = whole(value)
    items = _filled(index, len(view.dims))
    axes, dims = list(view.axes), []
    taken = iter(range(len(view.dims)))
    is_brief = not any(isinstance(item, Sliced) for item in items)
    for item in items:
        if item is NONE:
            dims.append("1")
            continue
        k = next(taken)
        held = next((n for n, a in enumerate(view.axes) if a.along == k), None)
        start, step, dim = _part(w, item, view.dims[k], is_brief)
        if held is not None:
            axis = view.axes[held]
            along = None if dim is None else len(dims)
            axes[held] = Axis(_moved(w, axis, start), axis.step * step, along)
        if dim is not None:
            dims.append(dim)
    found = View(view.base, tuple(axes), tuple(dims))
    if not dims:
        return w.read(found.base, base_places(found, ()))
    return found


def _filled(index: Any, rank: int) -> list[Any]:
    """An index with one item an axis."""
    items = list(index.items) if isinstance(index, Tuple) else [index]
    every = [k for k, one in enumerate(items) if isinstance(one, Known) and one.value is Ellipsis]
    count = sum(one is not NONE for one in items) - len(every)
    rest = [Sliced(NONE, NONE, NONE)] * (rank - count)
    if count > rank:
        raise NotCompiled("more indices than axes")
    place = every[0] if every else len(items)
    return [*items[:place], *rest, *items[place + 1 :]]


def _moved(w: Writer, axis: Axis, start: str) -> str:
    if start == "0":
        return axis.start
    if axis.start == "0" and axis.step == 1:
        return start
    return w.size(f"{axis.start} + {axis.step} * {start}")


def _part(w: Writer, item: Any, dim: str, is_brief: bool) -> tuple[str, int, str | None]:
    """Start, step and size of what one item of an index takes of an axis; no size for a single place."""
    if isinstance(item, Number) and item.form == "int":
        return place(w, item, dim, is_brief), 1, None
    if isinstance(item, Sliced):
        return stretch(w, item, dim)
    raise NotCompiled("an index that is neither an integer nor a slice")


def place(w: Writer, item: Number, dim: str, is_brief: bool = False) -> str:
    """An index, counted from the front and checked; one that is used at once needs no variable of its own."""
    if item.value is not None:
        return _literal_place(w, item.value, dim)
    if _is_natural(item):
        name = item.text if is_brief else _named(w, item)
        if not _checked_before(w, item, dim):
            w.redo_if(f"{name} >= {dim}")
        return name
    name = _named(w, item)
    w.block(f"if {name} < 0:", [Line(f"{name} = {name} + {dim}", frozenset({name}))])
    w.redo_if(f"{name} < 0 or {name} >= {dim}")
    return name


def _literal_place(w: Writer, value: int, dim: str) -> str:
    _at_least(w, dim, value + 1 if value >= 0 else -value)
    if value >= 0:
        return str(value)
    return str(int(dim) + value) if dim.isdigit() else w.size(f"{dim} - {-value}")


def _named(w: Writer, item: Number) -> str:
    name = w.fresh("k")
    w.assign(name, item.text)
    return name


def _is_natural(item: Number) -> bool:
    span = item.span
    return item.natural or bool(span and span.first.isdigit() and int(span.first) + span.more >= 0)


def _checked_before(w: Writer, item: Number, dim: str) -> bool:
    """Whether an index is checked once, before the loop that it is in begins."""
    if not w.loops or w.nest is not None or w.loops[-1].depth != w.depth:
        return False
    loop, span = w.loops[-1], item.span
    if not (dim.isdigit() or dim in loop.known):
        return False
    if span is not None and span.loop == loop.loop:
        loop.add(f"{span.last} + {span.more} >= {dim}" if span.more else f"{span.last} >= {dim}")
        return True
    if names_in(item.text) <= loop.known:
        loop.add(f"{item.text} >= {dim}")
        return True
    return False


def _at_least(w: Writer, dim: str, count: int) -> None:
    if count <= 0:
        return
    if dim.isdigit():
        if int(dim) < count:
            raise NotCompiled("an index out of range")
        return
    known = f"{dim} >= {count}"
    if known not in w.sizes:
        w.redo_if(f"{dim} < {count}")
        w.sizes[known] = dim


def stretch(w: Writer, item: Sliced, dim: str) -> tuple[str, int, str]:
    """Start, step and size of what a slice takes of an axis."""
    step = _literal(item.step, 1)
    if step == -1 and item.start is NONE and item.stop is NONE:
        _at_least(w, dim, 1)
        return _less(w, dim, 1), -1, dim
    if step is None or step < 1:
        raise NotCompiled("a slice with a step")
    if step > 1:
        start_at, _, size = stretch(w, Sliced(item.start, item.stop, NONE), dim)
        return start_at, step, _each(w, size, step)
    start, stop = _literal(item.start, 0), _literal(item.stop, None)
    if start is not None and (stop is not None or item.stop is NONE):
        return _literal_stretch(w, start, stop, dim)
    return _countedstretch(w, item, dim)


def _each(w: Writer, size: str, step: int) -> str:
    """How many places there are, one of so many each."""
    if size.isdigit():
        return str((int(size) + step - 1) // step)
    return w.size(f"({size} + {step - 1}) // {step}")


def _literal(one: Any, default: int | None) -> int | None:
    if one is NONE:
        return default
    return one.value if isinstance(one, Number) and type(one.value) is int else None


def _literal_stretch(w: Writer, start: int, stop: int | None, dim: str) -> tuple[str, int, str]:
    """Slices with literal ends; one that reaches over the end is left to the plain text."""
    if stop is not None and stop >= 0:
        if start < 0 or start > stop:
            raise NotCompiled("a slice from the end to the front")
        _at_least(w, dim, stop)
        return str(start), 1, str(stop - start)
    behind = 0 if stop is None else -stop
    if start < 0:
        _at_least(w, dim, -start)
        return _less(w, dim, -start), 1, str(max(0, -start - behind))
    _at_least(w, dim, start + behind)
    return str(start), 1, _less(w, dim, start + behind)


def _less(w: Writer, dim: str, count: int) -> str:
    if count == 0:
        return dim
    return str(int(dim) - count) if dim.isdigit() else w.size(f"{dim} - {count}")


def _countedstretch(w: Writer, item: Sliced, dim: str) -> tuple[str, int, str]:
    start = _end(w, item.start, literal(0), dim)
    stop = _end(w, item.stop, size_number(dim), dim)
    w.redo_if(f"not 0 <= {start} <= {stop} <= {dim}")
    first, last = _end_text(item.start, "0"), _end_text(item.stop, dim)
    known = None if first is None or last is None else w.given_difference(last, first)
    return start, 1, known or w.size(f"{stop} - {start}")


def _end_text(one: Any, default: str) -> str | None:
    """An end of a slice as the program spells it; None of one that is counted from the back."""
    if one is NONE:
        return default
    return None if type(one.value) is int and one.value < 0 else one.text


def _end(w: Writer, one: Any, default: Number, dim: str) -> str:
    if one is NONE:
        return default.text
    if not isinstance(one, Number) or one.form != "int":
        raise NotCompiled("a slice whose ends are no integers")
    if type(one.value) is int:
        return str(one.value) if one.value >= 0 else _less(w, dim, -one.value)
    if w.is_given(one.text):
        return w.given_size(one.text)
    name = w.fresh("k")
    w.assign(name, one.text)
    return name


def turned(value: Any, order: Sequence[int] | None = None) -> View | Lazy:
    """The transpose."""
    rank = len(value.dims)
    order = list(reversed(range(rank))) if order is None else [one % rank for one in order]
    dims = tuple(value.dims[k] for k in order)
    if isinstance(value, Lazy):
        inner = value

        def at(places: tuple[str, ...]) -> Number:
            back = dict(zip(order, places, strict=True))
            return inner.element(tuple(back[k] for k in range(rank)))

        return Lazy(dims, at, value.types, value.of)
    view = whole(value)
    axes = tuple(a if a.along is None else replace(a, along=order.index(a.along)) for a in view.axes)
    return View(view.base, axes, dims)


def with_axis(value: Any, place: int) -> View | Lazy:
    """The same with an axis of size 1 before one of its own."""
    dims = (*value.dims[:place], "1", *value.dims[place:])
    if isinstance(value, Lazy):
        inner = value
        return Lazy(dims, lambda at: inner.element((*at[:place], *at[place + 1 :])), value.types, value.of)
    view = whole(value)
    axes = tuple(
        a if a.along is None or a.along < place else replace(a, along=a.along + 1) for a in view.axes
    )
    return View(view.base, axes, dims)


def without_axis(value: Any, place: int) -> View | Lazy:
    """The same without an axis of size 1."""
    dims = (*value.dims[:place], *value.dims[place + 1 :])
    if isinstance(value, Lazy):
        inner = value
        return Lazy(dims, lambda at: inner.element((*at[:place], "0", *at[place:])), value.types, value.of)
    view = whole(value)
    return View(view.base, tuple(_without(axis, place) for axis in view.axes), dims)


def _without(axis: Axis, place: int) -> Axis:
    if axis.along is None or axis.along < place:
        return axis
    return replace(axis, along=None if axis.along == place else axis.along - 1)


# Stores


def store(w: Writer, target: Array | View, value: Any) -> None:
    """target[...] = value."""
    view = whole(target)
    w.store_into(view.base.memory)
    if is_array(value):
        value = _fitted(w, value, view.dims)
    else:
        value = w.atom(value)
    if _crosses(w, view, value):
        value = made(w, value, "copied")
    w.loop(view.dims, lambda places: _store_at(w, view, value, places))


def _fitted(w: Writer, value: Any, dims: tuple[str, ...]) -> Any:
    extra = len(value.dims) - len(dims)
    if extra > 0:
        raise NotCompiled("a store of more axes than there are")
    for one, other in zip(reversed(value.dims), reversed(dims), strict=False):
        if one != "1":
            equal_dims(w, (one,), (other,))
    return value


def _store_at(w: Writer, view: View, value: Any, places: tuple[str, ...]) -> None:
    one = element(w, value, places)
    where = base_places(view, places)
    check_stored(view.base, one)
    w.access(view.base, where, "stores")
    w.line(f"{view.base.name}[{', '.join(where) or '()'}] = {one.text}", view.base.name)


def check_stored(array: Array, one: Number) -> None:
    form = one.form
    if (array.dtype == "int64" and form != "int") or (array.dtype == "bool" and form != "bool"):
        raise NotCompiled(f"a number of another type stored in an array of {array.dtype}")
    if form == "bool" and array.dtype != "bool":
        raise NotCompiled("a bool stored as a number")


def _crosses(w: Writer, view: View, value: Any) -> bool:
    """Whether a store in the order of the nest may overwrite what is still to be read."""
    if not is_array(value):
        return False
    with w.trial():
        w.nest = None
        nest = w.loop(view.dims, lambda places: _store_at(w, view, value, places))
    return any(meets(nest, one) for one in nest.loads)


def meets(nest: Nest, load: Access) -> bool:
    return any(one.may_meet(load) and not one.is_same(load) for one in nest.stores)


def store_element(w: Writer, view: View, one: Number) -> None:
    """The store of a number at one place."""
    check_stored(view.base, one)
    w.store_into(view.base.memory)
    where = base_places(view, ())
    w.line(f"{view.base.name}[{', '.join(where)}] = {one.text}", view.base.name)


# Operators


def arithmetic(w: Writer, op: Any, a: Any, b: Any) -> Any:
    if not is_array(a) and not is_array(b):
        return operate(w, op, a, b)
    return elementwise(w, lambda x, y: operate(w, op, x, y), a, b)


def total(w: Writer, value: Any, stem: str = "total") -> Number:
    """The sum of all elements."""
    if not is_array(value):
        return value
    kind = dtype_of(types_of(value))
    if kind == "bool":
        raise NotCompiled("a sum of bools")
    name = w.fresh(stem)
    zero = "np.float32(0.0)" if kind == "float32" else "0" if kind == "int64" else "0.0"
    w.assign(name, zero)

    def add(places: tuple[str, ...]) -> None:
        one = element(w, value, places)
        w.line(f"{name} = added({name}, {one.text})", name)

    w.loop(value.dims, add).sums.add(name)
    return Number(types_of(value), name)


def product_total(w: Writer, a: Any, b: Any) -> Number:
    """The sum of the products of all elements."""
    equal_dims(w, dims_of(a), dims_of(b))
    return total(w, elementwise(w, lambda x, y: multiply(w, x, y), a, b))


def summed(w: Writer, value: Any, axes: Sequence[int], keepdims: bool) -> Any:
    """The sum over some axes."""
    rank = len(value.dims)
    over = {k % rank for k in axes}
    if len(over) == rank and not keepdims:
        return total(w, value)
    kind = dtype_of(types_of(value))
    if kind not in ("float64", "float32"):
        raise NotCompiled(f"a sum of {kind}")
    rest = tuple(k for k in range(rank) if k not in over)
    dims = tuple("1" if k in over else value.dims[k] for k in range(rank) if keepdims or k not in over)
    found = zeros(w, dims, kind, "sums")

    def add(places: tuple[str, ...]) -> None:
        kept = tuple("0" if k in over else places[k] for k in range(rank) if keepdims or k in rest)
        one = element(w, value, places)
        w.access(found, kept, "loads")
        w.access(found, kept, "stores")
        place = f"{found.name}[{', '.join(kept)}]"
        w.line(f"{place} = added({place}, {one.text})", found.name)

    w.loop(value.dims, add)
    return found


def zeros(w: Writer, dims: tuple[str, ...], dtype: str, stem: str) -> Array:
    w.warns = True
    name = w.fresh(stem)
    w.made_in[name] = tuple(w.rounds)
    w.out.append(Zeros(name, dims, DTYPES[dtype]))
    return Array(name, dtype, dims, frozenset({name}), True)


def ints(value: Any) -> list[int]:
    """Literal integers, one or a tuple."""
    items = value.items if isinstance(value, Tuple) else (value,)
    found = [one.value for one in items if isinstance(one, Number) and type(one.value) is int]
    if len(found) != len(items):
        raise NotCompiled("axes that are not known")
    return found
