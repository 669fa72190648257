"""Buffers: cotangents that mirror, object for object, what a program changes in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MappingView
from itertools import islice, repeat
from sys import getrefcount
from types import FunctionType
from typing import Any

import numpy as np

from diffpy.errors import (
    DifferentiationError,
    DifferentiationTypeError,
    NonScalarOutputError,
    UnknownDerivativeError,
    UnsupportedSyntaxError,
)
from diffpy.functions import captured_by
from diffpy.runtime.argument_copies import copy_arguments, overlapping, overlapping_zeros
from diffpy.runtime.arrays import unbroadcast
from diffpy.runtime.handing import Handing, handed_out_and_changed
from diffpy.runtime.leaves import ALONE, is_array, is_on_device
from diffpy.runtime.sequences import unpacked
from diffpy.runtime.sharing import check_apart
from diffpy.runtime.struct_fields import is_struct, state
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangent_vectors import TangentVector, make, sequence_like
from diffpy.runtime.tangents import accumulate_field, add_tangents, item_of


def unshared_buffer(x: Any) -> Any:
    """A buffer for a result that changes nowhere but in the caller; a number has none, and is refused when it is used."""
    return None if is_number(x) else shadow(x)


class FieldBuffers(dict):
    """The buffer of a struct: an entry a field, and the object that it mirrors."""

    owner: Any

    def __missing__(self, name: str) -> None:
        """A field that the object got later, and that nothing depends on."""


def shadow(x: Any, *sources: Any) -> Any:
    """A zero buffer laid out like a new object x; `sources` are what x must not share memory with.

    Where x might have been an array and is a number, its cotangent gathers in an array of no axes.
    """
    for source in sources:
        check_apart(x, source)
    if is_number(x):
        return np.zeros_like(x)
    return _zeros(x, {} if is_array(x) else overlapping_zeros(x))


def _zeros(x: Any, made: dict[int, Any]) -> Any:
    """One buffer for each object, however often it is held; None for what is no array and holds none."""
    if id(x) in made:
        return made[id(x)]
    if is_array(x):
        made[id(x)] = np.zeros_like(x)
    elif isinstance(x, list | dict):
        found: Any = {} if isinstance(x, dict) else [None] * len(x)
        made[id(x)] = found
        for key, one in x.items() if isinstance(x, dict) else enumerate(x):
            found[key] = _zeros(one, made)
    elif isinstance(x, tuple):
        return [_zeros(one, made) for one in x]
    elif is_struct(type(x)):
        made[id(x)] = found = FieldBuffers()
        found.owner = x
        found.update({name: _zeros(one, made) for name, one in state(x).items()})
    elif hasattr(type(x), "__next__") or isinstance(x, MappingView):
        raise handed_out_and_changed()
    return made.get(id(x))


def built_buffer(x: Any, /, **known: Any) -> FieldBuffers:
    """The buffer of a struct that was just made; `known` are the entries of fields that are other objects' too."""
    found = FieldBuffers()
    found.owner = x
    made: dict[int, Any] = {}
    found.update({n: known[n] if n in known else _zeros(one, made) for n, one in state(x).items()})
    return found


def as_tangent(x_bar: Any) -> Any:
    """The buffer of a struct as its tangent vector; of a container of structs, as a container of these."""
    if isinstance(x_bar, list):
        return [as_tangent(one) for one in x_bar]
    if not isinstance(x_bar, dict):
        return x_bar
    if not isinstance(x_bar, FieldBuffers):
        return {key: as_tangent(one) for key, one in x_bar.items()}
    total = None
    for name, one in x_bar.items():
        total = accumulate_field(total, x_bar.owner, name, as_tangent(one))
    return total


def counted_once(x_bar: Any) -> Any:
    """The buffer of a result as its cotangent: memory that the result holds at several places counts at the first.

    A buffer overlaps itself as the result does, so each of these places shows all that has gathered there.
    """
    meeting = {id(one) for cluster in overlapping(x_bar) for one in cluster}
    seen: set[int] = set()

    def part(one: Any, again: bool, around: frozenset[int]) -> Any:
        if not isinstance(one, list | tuple | dict) and not is_array(one):
            return 0.0 * one if again and one is not None else one
        again = again or id(one) in seen
        seen.add(id(one))
        if is_array(one):
            return np.zeros_like(one) if again else _taken(one) if id(one) in meeting else one
        if id(one) in around:
            raise _endless()
        return _rebuilt(one, lambda inner: part(inner, again, around | {id(one)}))

    return part(x_bar, False, frozenset()) if meeting or _repeats_itself(x_bar) else x_bar


def _endless() -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        "objects that hold each other are handed out by a call",
        because="their cotangent would have no end",
        fix="return the numbers that matter, instead of the objects",
    )


def _taken(x_bar: Any) -> Any:
    """What a buffer has gathered, which is zero there afterwards."""
    found = x_bar.copy()
    x_bar[...] = 0.0
    return found


def _rebuilt(x_bar: Any, part: Callable[[Any], Any]) -> Any:
    if not isinstance(x_bar, dict):
        return type(x_bar)([part(one) for one in x_bar])
    parts = {key: part(one) for key, one in x_bar.items()}
    if not isinstance(x_bar, FieldBuffers):
        return parts
    found = FieldBuffers(parts)
    found.owner = x_bar.owner
    return found


def _repeats_itself(x_bar: Any) -> bool:
    """Whether a buffer holds one object at several places."""
    seen: set[int] = set()
    waiting = [x_bar]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, list | tuple | dict) and not is_array(one):
            continue
        if id(one) in seen:
            return True
        seen.add(id(one))
        waiting += one.values() if isinstance(one, dict) else [] if is_array(one) else one
    return False


def told_apart(x_bar: Any) -> Any:
    """The same buffer, where it holds nothing at several places; the others have no further derivative."""
    if overlapping(x_bar) or _repeats_itself(x_bar):
        raise UnsupportedSyntaxError(
            "a result that holds one array at several places, and is changed, has no second derivative",
            because="its cotangent has one place for all of them",
            fix="let the function return copies",
        )
    return x_bar


def mirror(y_bar: Any, y: Any, x: Any, x_bar: Any) -> Any:
    """The buffer of what may be a view, taken as it was taken; a new buffer where NumPy made a copy."""
    if isinstance(y, list | tuple):
        check_apart([one for one in y if not np.shares_memory(one, x)], x)
        return type(y)(mirror(own, one, x, x_bar) for one, own in zip(y, y_bar, strict=True))
    if isinstance(y, np.inexact):
        return np.zeros((), y.dtype)  # x[i] of a whole place is a number
    if not is_array(y) or not y.size:
        return y_bar
    is_view, mirrors = np.shares_memory(y, x), np.shares_memory(y_bar, x_bar)
    if not is_view:
        return np.zeros_like(y)
    if not mirrors:
        raise _no_mirror("their memory is laid out differently")
    if repeats(y_bar):
        raise _no_mirror("the view repeats entries of the array")
    if not getattr(y_bar.flags, "writeable", True):
        y_bar.flags.writeable = True  # np.diagonal: it is the value that nobody is to write
    return y_bar


def repeats(view: np.ndarray) -> bool:
    """Whether entries of a view may share memory: a step along an axis does not leave behind all of the shorter ones."""
    extent = 0
    for step, n in sorted((abs(step), n) for step, n in zip(view.strides, view.shape, strict=True) if n > 1):
        if step <= extent or not step:
            return True
        extent += step * (n - 1)
    return False


def _no_mirror(because: str) -> DifferentiationError:
    return DifferentiationError(
        "an operation gave a view of an array that is changed in place, of which there is none of its cotangent",
        because=because,
        fix="copy the array first: x = x.copy()",
    )


def add_unless_view(x_bar: Any, key: Any, y_bar: Any) -> None:
    """What flows back through y = x[key], where y is no view."""
    if not np.shares_memory(y_bar, x_bar):
        np.add.at(x_bar, key, y_bar)


def is_apart(y_bar: Any, x_bar: Any) -> bool:
    """Whether what may be a view has memory of its own."""
    return not np.shares_memory(y_bar, x_bar)


def part_where(apart: bool, value: Any) -> Any:
    """What flows back from a copy; nothing from a view, whose buffer is a view as well."""
    return value if apart else None


def _is_nothing(value: Any) -> bool:
    """Whether a cotangent is made of nothing but numbers that are zero."""
    if isinstance(value, list | tuple):
        return all(map(_is_nothing, value))
    return value is None or (isinstance(value, int | float | complex | np.generic) and not value)


def without_place() -> DifferentiationError:
    """What is said of a cotangent that no buffer takes."""
    return DifferentiationError(
        "a value that is changed in place is of a kind that is not known while deriving",
        because="its cotangent has no place to gather in",
        fix="build a new value instead of changing this one",
    )


def check_place(x_bar: Any, key: Any) -> None:
    """Refuse a slice where the text has taken the index of a list for the place of one item."""
    if isinstance(key, slice) and isinstance(x_bar, list):
        raise DifferentiationError(
            "the index of a list is a slice, which was not known while deriving",
            because="what a slice takes or replaces is a list, not an item",
            fix="write the bounds where they are used: xs[start:stop]",
        )


def takes_in_place(x_bar: Any) -> bool:
    """Whether what is added to a buffer changes it: that of an array, or the recorded tangent of one."""
    return is_array(x_bar) or (hasattr(type(x_bar), "__diffpy_buffer__") and not x_bar.is_number)


def accumulate_into(x_bar: Any, value: Any) -> None:
    """Add a cotangent to a buffer, in place."""
    if value is None or value is x_bar:
        return
    if x_bar is None:
        if _is_nothing(value):  # of a count, say, which has no buffer
            return
        raise without_place()
    if hasattr(type(x_bar), "__next__"):  # the buffers beside an iterator, which a loop alone takes
        raise handed_out_and_changed()
    if takes_in_place(x_bar) or is_on_device(x_bar):
        x_bar[...] += value
        return
    if isinstance(value, TangentVector):
        value = vars(value)
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if one is not None:
            add_item(x_bar, key, one)


def add_item(x_bar: Any, key: Any, value: Any) -> None:
    """Add a cotangent to an entry of a list's or dict's buffer."""
    if value is None:
        return
    if isinstance(key, slice):
        add_items(x_bar, key, value)
        return
    entry = x_bar.get(key) if isinstance(x_bar, dict) else x_bar[key]
    if takes_in_place(entry) or isinstance(entry, list | dict):
        accumulate_into(entry, value)
    elif entry is None:
        x_bar[key] = owned(value)  # the next contribution is added in place
    else:
        x_bar[key] = add_tangents(entry, value)


def gathered_part(x_bar: Any, value: Any) -> Any:
    """What a buffer, or an entry of one, has gathered, for a value that was added to it: a copy in the value's form."""
    if x_bar is None or value is None:
        return None
    if is_array(value):
        return np.array(np.broadcast_to(x_bar, np.shape(value)))
    if isinstance(value, dict):
        return {key: gathered_part(item_of(x_bar, key), one) for key, one in value.items()}
    if isinstance(value, TangentVector):
        return fields_gathered(x_bar, value)
    if isinstance(value, list | tuple):
        return sequence_like(value, [gathered_part(item_of(x_bar, k), one) for k, one in enumerate(value)])
    return x_bar


def fields_gathered(x_bar: Any, value: TangentVector) -> TangentVector:
    entries = x_bar if isinstance(x_bar, dict) else vars(x_bar)
    return make(type(value), {n: gathered_part(entries.get(n), one) for n, one in vars(value).items()})


def item_buffer(x_bar: Any, key: Any, y: Any) -> Any:
    """The buffer of y = x[key]: the entry that mirrors it, and one of its own for a number."""
    check_place(x_bar, key)
    if is_number(y):
        return shadow(y)
    return None if x_bar is None else x_bar[key]


def item_buffers(x: Any, x_bar: Any) -> Any:
    """The buffers of the items that a loop over x gives, in this order; None for what is no item, a key or a letter."""
    if x_bar is None or isinstance(x_bar, dict):
        return repeat(None)
    if hasattr(type(x), "__next__"):  # to look at its items is to take them
        raise handed_out_and_changed()
    return [shadow(one) if is_number(one) else bar for one, bar in zip(x, x_bar, strict=False)]


def is_number(x: Any) -> bool:
    """Whether a value with a derivative is no object: what changes it gives the name another value."""
    return isinstance(x, float | complex | np.inexact)


def number_buffer(x: Any) -> Any:
    """The buffer of a number that is a constant, in which what nobody asks for may gather; None for an object."""
    return (
        np.zeros((), np.result_type(x, float)) if isinstance(x, int | float | complex | np.number) else None
    )


def add_number(x_bar: Any, key: Any, y_bar: Any) -> None:
    """What a number that was read has gathered; of an object the entry has gathered it itself."""
    if y_bar is None:
        return
    if x_bar is None:
        accumulate_into(x_bar, y_bar[()])
        return
    entry: Any = x_bar.get(key) if isinstance(x_bar, dict) else x_bar[key]
    is_row = takes_in_place(x_bar) and np.ndim(entry) > 0  # a view, which has gathered it too
    if y_bar is not entry and not is_row:
        add_item(x_bar, key, y_bar[()])


def add_items(x_bar: list, key: slice, values: Any) -> None:
    """Add the cotangents of a slice of a list to those of the list."""
    if values is not None:
        for k, one in zip(places_of(x_bar, key), values, strict=True):
            add_item(x_bar, k, one)


def places_of(x_bar: Any, key: slice | None = None) -> list:
    """The places of a buffer's entries: all of them, or those of a slice."""
    if isinstance(x_bar, dict):
        return list(x_bar)
    if x_bar is None:
        return []
    return list(range(len(x_bar)) if key is None else range(*key.indices(len(x_bar))))


def owned(value: Any) -> Any:
    """A copy of a cotangent that may be written."""
    if is_array(value):
        return np.array(value)
    if takes_in_place(value):
        return value.copy()
    if isinstance(value, dict):
        return {key: owned(one) for key, one in value.items()}
    return type(value)(map(owned, value)) if type(value) in (list, tuple) else value


def pass_on(x_bar: list, items: list) -> None:
    """What entries gathered in another list; entries that are buffers have gathered it for both."""
    for key, one in enumerate(items):
        if one is not None and not (one is x_bar[key] and takes_in_place(one)):
            add_item(x_bar, key, one)


def set_item(x_bar: Any, key: Any, entry: Any) -> tuple[bool, Any]:
    """Mirror x[key] = v in the buffer; what stood there comes back, with whether anything did."""
    check_place(x_bar, key)
    there = key in x_bar if isinstance(x_bar, dict) else True
    old = x_bar[key] if there else None
    x_bar[key] = entry
    return there, old


def restore_item(x_bar: Any, key: Any, old: tuple[bool, Any]) -> Any:
    """Undo set_item; the cotangent that the entry had gathered comes back."""
    gathered = x_bar[key]
    if old[0]:
        x_bar[key] = old[1]
    else:
        del x_bar[key]
    return gathered


def place_item(x_bar: dict, key: Any) -> bool:
    """Mirror x[key] = v of a number v in a dict's buffer: whether it had such an entry."""
    if x_bar is None:
        raise without_place()
    there = key in x_bar
    x_bar[key] = None
    return there


def take_item(x_bar: Any, key: Any, there: bool = True) -> Any:
    """The cotangent that a number in a list or dict had gathered, when the number was stored there."""
    check_place(x_bar, key)
    gathered = x_bar[key]
    if there:
        x_bar[key] = None
    else:
        del x_bar[key]
    return gathered


def remove_item(x_bar: dict, key: Any) -> tuple[bool, Any]:
    """Mirror x.pop(key) in the buffer: whether there was an entry, and the entry."""
    return key in x_bar, x_bar.pop(key, None)


def put_back(x_bar: dict, key: Any, removed: tuple[bool, Any]) -> None:
    """Undo remove_item."""
    if removed[0]:
        x_bar[key] = removed[1]


def part_if_there(removed: tuple[bool, Any], y_bar: Any) -> Any:
    """The cotangent of y = x.pop(key, default), as far as it is that of the entry."""
    return y_bar if removed[0] else None


def part_if_absent(removed: tuple[bool, Any], y_bar: Any) -> Any:
    """The same, as far as it is that of the default."""
    return None if removed[0] else y_bar


def set_slice(x_bar: list, key: slice, entries: Any) -> tuple[range, slice, list]:
    """Mirror x[key] = v in the buffer; what was replaced comes back, with where it stood."""
    where = range(*key.indices(len(x_bar)))
    old = x_bar[key]
    x_bar[key] = list(entries)
    if where.step == 1:
        key = slice(where.start, where.start + len(entries))
    return where, key, old


def restore_slice(x_bar: list, saved: tuple[range, slice, list]) -> list:
    """Undo set_slice; the cotangents that the new entries had gathered come back."""
    _, key, old = saved
    gathered = x_bar[key]
    x_bar[key] = old
    return gathered


def copied_buffer(x_bar: Any) -> Any:
    """The buffer of a shallow copy: entries that are buffers are shared, as the objects are."""
    kept = lambda one: one if (takes_in_place(one) or isinstance(one, list | dict)) else None  # noqa: E731
    if isinstance(x_bar, dict):
        return {k: kept(one) for k, one in x_bar.items()}
    return [kept(one) for one in x_bar]


def zip_buffers(*buffers: Any) -> Any:
    """The buffers beside what zip hands out; None where a sequence has none."""
    return map(list, zip(*(repeat(None) if one is None else one for one in buffers), strict=False))


def entries_of(x_bar: Any, count: int) -> Any:
    """The buffers of a tuple's items, None for each where the tuple has none."""
    return (None,) * count if x_bar is None else x_bar


def sorted_buffers(y: list, x: Any, x_bar: Any) -> list:
    """The buffers of the objects that x holds, in the order that y has them in."""
    buffers = {id(one): bar for one, bar in zip(x, x_bar, strict=True)}
    return [buffers[id(one)] for one in y]


def fresh_buffer(x_bar: Any) -> Any:
    """A buffer of the same contents with memory of its own."""
    return copy_arguments((x_bar,))[0]


def fresh_buffers(*buffers: Any) -> tuple:
    """Buffers of the same contents with memory of their own, that overlap where those did."""
    return copy_arguments(buffers)


def unbroadcast_like(value: Any, x: Any) -> Any:
    """A cotangent summed down to the shape of x: a float for a Python number, a list for a list."""
    fitted = unbroadcast(value, np.shape(x))
    if isinstance(x, list | tuple):
        return unpacked(fitted, x, fitted.dtype)
    return fitted[()] if np.ndim(fitted) == 0 and not is_array(x) else fitted


def only_last(value: Any, x: Any, key: Any) -> Any:
    """Of places that an index names several times only the last one written counts."""
    order = np.arange(np.size(value)).reshape(np.shape(value))
    last = np.zeros(np.shape(x), order.dtype)
    last[key] = order
    return np.where(last[key] == order, value, np.zeros((), np.asarray(value).dtype))


def last_written(x_bar: Any, key: Any) -> Any:
    """The cotangent of v in x[key] = v where key may name a place twice."""
    return only_last(x_bar[key], x_bar, key)


def split_items(y_bar: Any, sizes: list[int | None]) -> list[Any]:
    """The cotangent of a display with stars: an entry for each item, a list for each starred one."""
    if y_bar is None:
        return [None] * len(sizes)
    parts: list[Any] = []
    start = 0
    for size in sizes:
        if size is None:
            parts.append(item_of(y_bar, start))
        else:
            parts.append(y_bar[start : start + size])
        start += 1 if size is None else size
    return parts


def split_set(y_bar: Any, items: tuple, starred: tuple[bool, ...]) -> list[Any]:
    """The cotangents of what a set was made of: the first of equal values stands in it."""
    left = dict(y_bar or {})
    return [
        [left.pop(one, None) for one in item] if many else left.pop(item, None)
        for item, many in zip(items, starred, strict=True)
    ]


def split_dict(y_bar: Any, keys: list[Any], spread: list[tuple | None]) -> list[Any]:
    """The cotangent of a dict display with **: later entries hide earlier ones of the same key."""
    owner: dict[Any, int] = {}
    for k, (key, inner) in enumerate(zip(keys, spread, strict=True)):
        owner.update(dict.fromkeys(inner if inner is not None else (key,), k))
    parts: list[Any] = []
    for k, (key, inner) in enumerate(zip(keys, spread, strict=True)):
        if y_bar is None:
            parts.append(None)
        elif inner is None:
            parts.append(y_bar.get(key) if owner[key] == k else None)
        else:
            parts.append({n: y_bar[n] for n in inner if owner[n] == k and n in y_bar})
    return parts


def like_container(items: list[Any], x: Any) -> Any:
    """A list of cotangents in the kind of container that x is."""
    if is_array(x):
        filled = np.zeros_like(x)
        for k, one in enumerate(items):
            if one is not None:
                filled[k] = one
        return filled
    return tuple(items) if isinstance(x, tuple) else items


def accumulate_element(x_bar: Any, x: Any, k: int, value: Any) -> Any:
    """Add the cotangent of what iteration k of a loop took from x."""
    if getrefcount(x_bar) > ALONE and isinstance(x_bar, list | np.ndarray):
        x_bar = x_bar.copy()
    if isinstance(x, Handing):
        x.check_alone()
    return add_element(x_bar, x, k, value)


def add_element(x_bar: Any, x: Any, k: int, value: Any) -> Any:
    """Add the cotangent of what x gave as number k: to an item of a sequence, to a list for an iterator."""
    if value is None or isinstance(x, dict | str | range):
        return x_bar
    if isinstance(x, set | frozenset):
        key = next(islice(x, k, None))
        return add_tangents(x_bar, {key: value})
    if is_array(x):
        x_bar = np.zeros_like(x) if x_bar is None else x_bar
        x_bar[k] += value
        return x_bar
    if is_struct(type(x)):
        raise UnsupportedSyntaxError(
            f"a loop runs over an object of class '{type(x).__name__}', which was not known while deriving",
            because="the derivative goes through the '__iter__' of the class",
            fix="loop over iter(...) of it: for v in iter(x): ...",
        )
    length = len(x) if isinstance(x, list | tuple) else x.taken if isinstance(x, Handing) else k + 1
    grown = list(x_bar) if isinstance(x_bar, tuple) else x_bar if x_bar is not None else []
    grown.extend([None] * (length - len(grown)))
    grown[k] = add_tangents(grown[k], value)
    return tuple(grown) if isinstance(x, tuple) else grown


class WithoutPositions:
    """The cotangent of a captured set of numbers: it is refused where it is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __add__(self, other: Any) -> WithoutPositions:
        return self


def captured(function_bar: Any, name: str) -> Any:
    """The cotangent of a variable that a nested function captured."""
    held = function_bar or {}
    found = held.get(name)
    if name not in held and any(is_cell_of(name, other) for other in held):
        raise UnsupportedSyntaxError(
            f"a function captured '{name}', which is assigned again, and has no second derivative here",
            because="in the text of a derivative the variable stands in a list",
            fix=f"give the function '{name}' as an argument",
        )
    if isinstance(found, WithoutPositions):
        raise UnknownDerivativeError(
            f"a function that captured the set '{name}' may hold active values in it",
            because="its items have no positions, by which their cotangents would be told apart",
            fix="pass a list of them",
        )
    return found


def is_cell_of(name: str, other: str) -> bool:
    """Whether a text that was written anew may call the cell of a variable so."""
    return other.rstrip("0123456789_") == f"{name}_cell"


def shared_out(function_bar: Any, function: Any, cells: Mapping[str, tuple[list, list]]) -> Any:
    """A function's cotangent without the shares of captured variables, which go to their buffers."""
    if not isinstance(function_bar, dict) or not isinstance(function, FunctionType):
        return function_bar
    held = captured_by(function)
    left: dict[str, Any] = {}
    for name, part in function_bar.items():
        inner = held.get(name)
        own, buffer = cells.get(name, (None, None))
        if own is not None and inner is own:
            accumulate_into(buffer, part)
        else:
            left[name] = shared_out(part, inner, cells)
    return left


def in_time(part: Any, name: str) -> Any:
    """What a captured variable gets of functions that were kept; refused where it may come too late for a change."""
    if _is_nothing(part):
        return part
    raise UnsupportedSyntaxError(
        f"'{name}' is changed while functions that read it are kept",
        because="each of them reads the value that the variable has when it is called, which may be another one",
        fix=f"let the functions take the value that it has when they are made: lambda v, {name}={name}: ...",
    )


def flattened(function_bar: Any, through: tuple[str, ...]) -> dict[str, Any]:
    """The cotangents of all that functions captured that call each other: `through` names these functions."""
    total: dict[str, Any] = {}
    todo = [function_bar]
    while todo:
        one = todo.pop()
        if isinstance(one, list):  # a cell that holds a function
            todo.extend(one)
        elif one is not None:
            todo.extend(v for n, v in one.items() if n in through)
            rest = {n: v for n, v in one.items() if n not in through}
            total = {n: add_tangents(total.get(n), rest.get(n)) for n in total.keys() | rest.keys()}
    return total


def check_completed(completed: bool) -> None:
    """Refuse to go on behind a 'with' that swallowed an exception: how much of its body ran is not known."""
    if not completed:
        raise UnsupportedSyntaxError(
            "a 'with' statement swallowed an exception of its body",
            because="how much of the body ran before is not known to the derivative",
            fix="test the condition with 'if' first, or use try and except",
        )


def check_key(key: Any) -> None:
    """Refuse a key of a dict that has a derivative."""
    if has_derivative(key) and not isinstance(key, int):
        raise UnsupportedSyntaxError(
            "a value with a derivative is the key of a dict",
            because="derivatives flow through the values of a dict, not through its keys",
            fix="keep the number as a value too, or use without_derivative(...) for the key",
        )


def closed(function_bar: Any, name: str) -> Any:
    """The cotangent of a function that captured itself, with that part taken in."""
    total = None
    while function_bar is not None:
        rest = {k: v for k, v in function_bar.items() if k != name}
        total = add_tangents(total, rest)
        function_bar = function_bar.get(name)
    return total


def seed_of(y: Any, name: str) -> Any:
    """The cotangent from which a gradient starts; refuses a result that is no real number."""
    if is_on_device(y) and y.ndim == 0 and y.dtype.kind == "f":
        return 1.0
    from_array = is_array(y)
    if from_array and y.size == 1 and y.dtype.kind == "f":
        return np.ones_like(y)
    if not from_array and has_derivative(y) and isinstance(y, float | int | np.floating):
        return 1.0 if not isinstance(y, np.floating) else type(y)(1.0)
    raise not_scalar(y, name)


def not_scalar(y: Any, name: str) -> Exception:
    name = "<lambda>" if name == "lambda_" else name
    if (is_array(y) and y.dtype.kind in "fc") or isinstance(y, complex | np.complexfloating):
        several = np.size(y) != 1
        what = f"an array of shape {np.shape(y)}" if several else "a complex number"
        reduced = (
            "reduce the result (np.sum, np.mean)" if several else "return a real number (y.real, abs(y))"
        )
        return NonScalarOutputError(
            f"gradient() needs a function with a real scalar result; '{name}' returned {what}",
            because="a gradient is the derivative of one real number",
            fix=f"{reduced}, or use pullback(at=..., of=f)(cotangent) or jacobian(of=f)(x)",
        )
    if y is None:
        return DifferentiationTypeError(
            f"'{name}' returned None",
            because="a gradient is the derivative of one real number",
            fix="return the number; a function that reaches its end without `return` returns None",
        )
    spoken = "an iterator" if hasattr(type(y), "__next__") else f"a value of type {type(y).__name__}"
    return DifferentiationTypeError(
        f"gradient() needs a function with a real scalar result; '{name}' returned {spoken}",
        because="only a float (or an array of size one) has a gradient",
        fix="return one number; with aux=True a function returns (value, more)",
    )
