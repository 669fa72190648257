"""What lists keep of their items in kernels: an item in, what is stored for it out; and back again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_arrays import dtype_of, put, size_number, taped, types_of, whole
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_text import Deed
from diffpy.transforms.fuse_values import (
    DTYPES,
    Array,
    Closure,
    Held,
    Lazy,
    Listed,
    Looked,
    Maybe,
    Number,
    Optional,
    Referred,
    Rolled,
    Tuple,
    View,
    leaves,
    number,
)


def escape(k: Kernel, site: Any) -> None:
    if site not in k.learned.escaping:
        k.learned.escaping.add(site)
        k.learned.changed = True


def closed(k: Kernel, value: Any, site: Any) -> Any:
    """The same, where lists of a place grow no further."""
    if isinstance(value, Tuple):
        return value.of(closed(k, one, site) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=closed(k, value.captured, site))
    if isinstance(value, Listed) and value.site == site and value.length is None:
        return replace(value, length=k.atom(length_of(k, value), "length"))
    return value


def length_of(k: Kernel, listed: Listed) -> Number:
    if listed.length is not None:
        return listed.length
    top = variables_of(k, listed.site)[0]
    text = top if listed.start.value == 0 else f"({top} - {listed.start.text})"
    return number("int", text, bits=40, natural=True)


def stands_for_itself(k: Kernel, site: Any, value: Any) -> None:
    """A copy in a list stands for an array: nothing may write it afterwards.

    What a derivative records of the primal is read as it was then, be it written afterwards or not; its own
    cotangents are handed on by tapes as they are.
    """
    if isinstance(value, Lazy):
        return
    memory = whole(value).base.memory
    if site not in k.recordings or _has_cotangents(k, memory):
        k.copy_of(memory)


def _has_cotangents(k: Kernel, memory: frozenset[str]) -> bool:
    named = [(name, one) for frame in k.frames for name, one in frame.names.items() if "_bar" in name]
    return any(memory & one for name, value in named for one in _memories(value))


def _memories(value: Any) -> Iterator[frozenset[str]]:
    match value:
        case Array() | View():
            yield whole(value).base.memory
        case Lazy(of=frozenset() as memory):
            yield memory
        case Tuple():
            for one in value.items:
                yield from _memories(one)
        case Maybe() | Held() | Optional():
            yield from _memories(value.value)


def put_away(k: Kernel, value: Any, site: Any, path: tuple[int, ...] = ()) -> Any:
    """What a list keeps of a value; a list in it grows no further."""
    if isinstance(value, Tuple):
        return value.of(put_away(k, one, site, (*path, n)) for n, one in enumerate(value.items))
    if isinstance(value, Listed):
        escape(k, value.site)
        for one in k.frames:
            one.names = {n: closed(k, v, value.site) for n, v in one.names.items()}
        return closed(k, value, value.site)
    if isinstance(value, Closure):
        return replace(value, captured=put_away(k, value.captured, site, (*path, 0)))
    if isinstance(value, Array) and (site, path) in k.learned.referred and k.is_object(value):
        return _referred(k, value, site)
    if isinstance(value, Array | View) and (site, path) not in k.learned.copied and _stays(k, value, site):
        return Held(value)
    if isinstance(value, View) and _base_stays(k, value.base, site):
        return _looked(k, value, site)
    if isinstance(value, Array) and k.is_object(value):
        for name in value.memory:
            k.copiers.setdefault(name, set()).add((site, path))
    if isinstance(value, Array | View | Lazy) and site in k.learned.ragged:
        return _rolled(k, value, site)
    if isinstance(value, Number) and value.value is None and k.is_given(value.text):
        return Held(value)
    return value


def _referred(k: Kernel, value: Array, site: Any) -> Referred:
    """The array itself: its object, which stays as long as the kernel runs."""
    numbers = (number("int", f"place_of({value.name})"), *(size_number(dim) for dim in value.dims))
    kept = tuple(put_away(k, one, site) for one in numbers)
    return Referred(Tuple(kept), value.dtype, value.memory)


def _array_of(k: Kernel, value: Referred) -> Array:
    """The array that a list holds."""
    place, *sizes = (one.value if isinstance(one, Held) else one for one in value.numbers.items)
    dims = _dims_of(k, sizes)
    name = k.fresh("array")
    shape = ", ".join(dims) + "," * (len(dims) == 1)
    k.out.append(
        Deed(f"{name} = array_at({place.text}, ({shape}), np.{DTYPES[value.dtype]})", frozenset({name}))
    )
    return Array(name, value.dtype, dims, value.memory, True)


def _dims_of(k: Kernel, sizes: Iterable[Number]) -> tuple[str, ...]:
    """Sizes that were kept in a list as sizes of an array."""
    return tuple(
        one.text if one.value is not None or one.text in k.dims else k.new_size(one.text) for one in sizes
    )


def _stays(k: Kernel, value: Array | View, site: Any) -> bool:
    """Whether the variable of an array holds the same for as long as the list is there."""
    view = whole(value)
    is_still = all(dim.isdigit() or dim in view.base.dims or k.is_given(dim) for dim in view.dims)
    return is_still and _base_stays(k, view.base, site) and all(axis.start.isdigit() for axis in view.axes)


def _base_stays(k: Kernel, base: Array, site: Any) -> bool:
    made_in = k.made_in.get(base.name)
    if made_in is None or k.list_rounds[site][: len(made_in)] != made_in:
        return False
    return not (made_in and site in k.learned.escaping)


def _looked(k: Kernel, value: View, site: Any) -> Looked:
    """Where a part of an array begins, and its sizes."""
    starts = [
        number("int", axis.start, bits=40, natural=True) for axis in value.axes if not axis.start.isdigit()
    ]
    kept = tuple(put_away(k, one, site) for one in (*starts, *map(size_number, value.dims)))
    axes = tuple(axis if axis.start.isdigit() else replace(axis, start="?") for axis in value.axes)
    return Looked(Tuple(kept), value.base, axes)


def _view_of(k: Kernel, value: Looked) -> View:
    """The part of the array that a list holds."""
    numbers = [one.value if isinstance(one, Held) else one for one in value.numbers.items]
    starts = iter(numbers)
    axes = []
    for axis in value.axes:
        if axis.start == "?":
            name = k.fresh("start")
            k.assign(name, next(starts).text)
            axis = replace(axis, start=name)
        axes.append(axis)
    return View(value.base, tuple(axes), _dims_of(k, starts))


def variables_of(k: Kernel, site: Any) -> list[str]:
    """The variables of a place that makes lists: how much is held, and an array for each number of an item."""
    if site not in k.learned.stored:
        fields = leaves(k.learned.items.get(site))
        k.learned.stored[site] = [k.lasting_name("top"), *(k.lasting_name("tape") for _ in fields)]
    return k.learned.stored[site]


def released(k: Kernel, value: Any) -> Any:
    if isinstance(value, Tuple):
        return value.of(released(k, one) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=released(k, value.captured))
    if isinstance(value, Rolled):
        return _unrolled(k, value)
    if isinstance(value, Referred):
        return _array_of(k, value)
    if isinstance(value, Looked):
        return _view_of(k, value)
    return value.value if isinstance(value, Held) else value


def _rolled(k: Kernel, value: Any, site: Any) -> Rolled:
    """Put the elements of an array at the end of the roll."""
    stands_for_itself(k, site, value)
    dtype = dtype_of(types_of(value))
    if (site, dtype) not in k.learned.rolls:
        k.learned.rolls[site, dtype] = [k.lasting_name("end"), k.lasting_name("roll")]
        k.learned.changed = True
    end, roll = k.learned.rolls[site, dtype]
    sizes = tuple(k.atom(size_number(dim)) for dim in value.dims)
    count = k.atom(number("int", " * ".join(value.dims) or "1"), "count")
    start = k.fresh("start")
    k.assign(start, end)
    k.line(f"{roll} = room({roll}, {end}, {count.text})", roll)
    put(k, Array(roll, dtype, ("?",), frozenset({roll}), True), start, value)
    k.assign(end, f"{end} + {count.text}")
    numbers = (number("int", start, bits=40, natural=True), *sizes)
    return Rolled(Tuple(tuple(put_away(k, one, site) for one in numbers)), roll, dtype)


def _unrolled(k: Kernel, value: Rolled) -> Any:
    """The array as it was put there."""
    start, *sizes = (one.value if isinstance(one, Held) else one for one in value.numbers.items)
    name = k.fresh("start")
    k.assign(name, start.text)
    dims = _dims_of(k, sizes)
    return taped(k, Array(value.roll, value.dtype, ("?",), frozenset({value.roll}), True), name, dims)
