"""Lists in kernels: tapes with a top, in which each leaf of the items has its store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gast

from diffpy.transforms.fuse_arrays import dtype_of, equal_dims, made, put, taped, types_of
from diffpy.transforms.fuse_frames import Frame, Kernel, nothing, pairs_of, spelled
from diffpy.transforms.fuse_kept import (
    closed,
    escape,
    length_of,
    put_away,
    released,
    stands_for_itself,
    variables_of,
)
from diffpy.transforms.fuse_text import Line
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    Array,
    Closure,
    Gathered,
    Held,
    Lazy,
    Learnt,
    Listed,
    Looked,
    NotCompiled,
    Number,
    Optional,
    Referred,
    Rolled,
    Tuple,
    View,
    joined,
    leaves,
    mapped,
    number,
    untold,
)


def new_list(k: Kernel, frame: Frame, node: gast.AST) -> Listed | Gathered:
    """An empty list: a stretch that begins where the others of this place end."""
    site = (*frame.path, node.lineno, node.col_offset)
    if not k.rounds and not k.depth and site not in k.learned.growing:
        return Gathered(site)
    k.learned.growing.add(site)
    holders = [n for one in k.frames for n, v in one.names.items() if _holds(v, site)]
    if frame.path or len(holders) > 1:
        escape(k, site)
    for one in k.frames:
        one.names = {n: closed(k, v, site) for n, v in one.names.items()}
    top = variables_of(k, site)[0]
    k.list_rounds[site] = tuple(k.rounds)
    if not k.rounds and not k.depth and site not in k.declared:
        k.declared.add(site)
        k.out += _declaration(k, site)
    if site not in k.learned.escaping:
        k.assign(top, "0")
        for (place, _), names in k.learned.rolls.items():
            if place == site:
                k.assign(names[0], "0")
        return Listed(site, number("int", "0", value=0))
    start = k.fresh(f"{top}_start")
    k.assign(start, top)
    return Listed(site, number("int", start, bits=40, natural=True))


def _holds(value: Any, site: Any) -> bool:
    if isinstance(value, Closure):
        return _holds(value.captured, site)
    if isinstance(value, Tuple):
        return any(_holds(one, site) for one in value.items)
    return isinstance(value, Listed) and value.site == site


def gather(k: Kernel, listed: Gathered, value: Any) -> None:
    """listed.append(value), where no loop and no branch does it."""
    may_fill(k, listed)
    listed.items.append(_for_good(k, value))


def may_fill(k: Kernel, listed: Gathered) -> None:
    """Refuse to change a list where that may happen several times, or not at all: it is none whose items are known."""
    if k.rounds or k.depth or listed.is_closed:
        k.learned.growing.add(listed.site)
        raise Learnt


def _for_good(k: Kernel, value: Any) -> Any:
    """A value whose variables nobody assigns again."""
    match value:
        case Tuple():
            return value.of(_for_good(k, one) for one in value.items)
        case Lazy():
            return made(k, value, "part")
        case View():
            return replace(value, base=_for_good(k, value.base))
        case Array() if not _is_of_a_name(k, value.name):
            return value
    return mapped(value, lambda leaf: _apart(k, leaf))


def _is_of_a_name(k: Kernel, variable: str) -> bool:
    """Whether a variable stands for a name of the program, which may become another array's."""
    return any(one == variable for frame in k.frames for one in frame.variables.values())


def _apart(k: Kernel, leaf: Number | Array) -> Number | Array:
    name = k.fresh("kept")
    k.assign(name, spelled(leaf))
    return replace(leaf, text=name) if isinstance(leaf, Number) else replace(leaf, name=name)


def append(k: Kernel, listed: Listed, value: Any) -> None:
    """listed.append(value)."""
    if listed.length is not None:
        raise NotCompiled("a list that grows after it was put away")
    if value is NONE and listed.site in k.learned.filled:
        value = _zeros_like(pattern_of(k, listed))
    value = put_away(k, value, listed.site)
    _learn_item(k, listed.site, value)
    top, *stores = variables_of(k, listed.site)
    if listed.site not in k.reserved:
        _make_room(k, listed)
    for name, leaf in zip(stores, _kept_leaves(k, listed.site, value), strict=True):
        if isinstance(leaf, Number):
            k.line(f"{name}[{top}] = {leaf.text}", name)
        else:
            _put_array(k, listed.site, name, top, leaf)
    k.assign(top, f"{top} + 1")


def pattern_of(k: Kernel, listed: Listed) -> Any:
    """What is known of the items of a list."""
    if listed.site not in k.learned.items:
        raise NotCompiled("a list that nothing is known of")
    return k.learned.items[listed.site]


def tapes_of(k: Kernel, listed: Listed) -> list[str]:
    """The variables that have the items of a list."""
    return variables_of(k, listed.site)[1:]


def fill_with_zeros(k: Kernel, x_bar: Listed, value: Any) -> None:
    """A list holds cotangents like this one: zeros where it was given None."""
    if x_bar.site not in k.learned.filled:
        k.learned.filled.add(x_bar.site)
        k.learned.items[x_bar.site] = mapped(arrays_of(value), _unnamed)
        k.learned.stored.pop(x_bar.site, None)
        raise Learnt
    _learn_item(k, x_bar.site, value)


def _zeros_like(pattern: Any) -> Any:
    match pattern:
        case Number():
            return replace(pattern, text="0.0") if pattern.form == "float" else nothing(pattern)
        case Array():
            return nothing(pattern)
    raise NotCompiled("the cotangents of items that are neither numbers nor arrays")


def _put_array(k: Kernel, site: Any, name: str, top: str, value: Any) -> None:
    """A copy of an array in a tape."""
    stands_for_itself(k, site, value)
    pattern = dict(zip(variables_of(k, site)[1:], leaves(k.learned.items[site]), strict=True))[name]
    equal_dims(k, value.dims, pattern.dims)
    start = k.fresh("start")
    k.assign(start, f"{top} * {name}_size")
    put(k, _tape(name, pattern), start, value)


def _tape(name: str, pattern: Array) -> Array:
    return Array(name, pattern.dtype, ("?",), frozenset({name}), True)


def _learn_item(k: Kernel, site: Any, value: Any) -> None:
    item = mapped(arrays_of(value), _unnamed)
    known = k.learned.items.get(site)
    if copied := {(site, path) for path in _copied_at(known, item, ())} - k.learned.copied:
        k.learned.copied |= copied
        k.learned.items.pop(site)
        k.learned.stored.pop(site, None)
        raise Learnt
    wide = item if known is None else joined(known, item, lambda *_: "?")
    if wide != known:
        k.learned.items[site] = wide
        k.learned.stored.pop(site, None)
        k.learned.changed = True


def arrays_of(value: Any) -> Any:
    """A structure with what is computed element by element, and parts of arrays, as arrays."""
    if isinstance(value, Tuple):
        return value.of(arrays_of(one) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=arrays_of(value.captured))
    if isinstance(value, Rolled | Referred | Looked):
        return value
    if isinstance(value, Optional):
        return replace(value, value=arrays_of(value.value))
    if isinstance(value, View | Lazy):
        memory = value.base.memory if isinstance(value, View) else frozenset()
        return Array("?", dtype_of(types_of(value)), value.dims, memory)
    return value


def _unnamed(leaf: Number | Array) -> Number | Array:
    if isinstance(leaf, Number):
        return replace(untold(leaf), text="?", span=None)
    return Array("?", leaf.dtype, leaf.dims, frozenset())


def prologue(k: Kernel) -> list[Line]:
    """The variables of lists that are made in loops."""
    flags = [Line(f"{name} = False", frozenset({name})) for name in k.learned.flags.values()]
    return flags + [
        line for site in [*k.learned.stored] if site not in k.declared for line in _declaration(k, site, True)
    ]


def _declaration(k: Kernel, site: Any, is_first: bool = False) -> list[Line]:
    top, *stores = variables_of(k, site)
    lines = [Line(f"{top} = 0", frozenset({top}))]
    known = {name for line in k.shapes for name in line.writes} if is_first else k.dims
    for name, leaf in zip(stores, leaves(k.learned.items.get(site)), strict=True):
        if isinstance(leaf, Number):
            shape, dtype = "0", _DTYPE[leaf.form]
        else:
            shape, dtype = "0", DTYPES[leaf.dtype]
            size = " * ".join(leaf.dims) or "1"
            lines.append(Line(f"{name}_size = {size}", frozenset({f"{name}_size"})))
            if not all(dim.isdigit() or dim in known for dim in leaf.dims):
                _learn_ragged(k, site)
                return lines
        lines.append(Line(f"{name} = np.empty({shape}, np.{dtype})", frozenset({name})))
    for (place, dtype), names in k.learned.rolls.items():
        if place == site:
            lines += _roll_begun(names, dtype)
    return lines


_DTYPE = {"float": "float64", "int": "int64", "bool": "bool_", "single": "float32"}


def _kept_leaves(k: Kernel, site: Any, value: Any) -> list[Number]:
    pattern = k.learned.items[site]
    return [have for have, want in pairs_of(value, pattern)]


def _make_room(k: Kernel, listed: Listed) -> None:
    """Make room for one more, in each tape that has none: they need not be as large as one another."""
    top, *stores = variables_of(k, listed.site)
    for name, leaf in zip(stores, leaves(k.learned.items[listed.site]), strict=True):
        used, more = (top, "1") if isinstance(leaf, Number) else (f"{top} * {name}_size", f"{name}_size")
        larger = Line(f"{name} = room({name}, {used}, {more})", frozenset({name}))
        k.block(f"if {used} + {more} > len({name}):", [larger])


def reserve(k: Kernel, listed: Listed, items: Number) -> None:
    """Make room for so many more."""
    top, *stores = variables_of(k, listed.site)
    for name, leaf in zip(stores, leaves(k.learned.items.get(listed.site)), strict=True):
        size = "" if isinstance(leaf, Number) else f" * {name}_size"
        k.line(f"{name} = room({name}, {top}{size}, {items.text}{size})", name)


def index_in(k: Kernel, listed: Listed, index: Any) -> str:
    """An index of a list, counted from the front and checked."""
    if not isinstance(index, Number) or index.form != "int":
        raise NotCompiled("an item of a list at what is no place")
    length = k.atom(length_of(k, listed))
    place = k.fresh("k")
    text = index.text if index.value is None or index.value >= 0 else f"{length.text} - {-index.value}"
    k.assign(place, text)
    if index.value is None and not index.natural:
        k.redo_if(f"{place} < 0")
    k.redo_if(f"{place} < 0 or {place} >= {length.text}")
    return place


def item_at(k: Kernel, listed: Listed, place: str) -> Any:
    """The item that many places from the start, which is there."""
    pattern = k.learned.items.get(listed.site)
    if pattern is None:
        raise NotCompiled("a list that nothing is known of")
    _, *stores = variables_of(k, listed.site)
    start = listed.start
    where = k.atom(number("int", place if start.value == 0 else f"{start.text} + {place}"), "back").text
    named = iter(stores)
    return released(k, _read(k, pattern, named, where))


def _read(k: Kernel, pattern: Any, names: Iterator[str], where: str) -> Any:
    """An item of a list with the names of its tapes."""
    match pattern:
        case Tuple():
            return pattern.of(_read(k, one, names, where) for one in pattern.items)
        case Closure():
            return replace(pattern, captured=_read(k, pattern.captured, names, where))
        case Rolled() | Referred() | Looked():
            return replace(pattern, numbers=_read(k, pattern.numbers, names, where))
        case Optional():
            there = _read(k, pattern.there, names, where)
            return Optional(_read(k, pattern.value, names, where), there)
        case Array():
            name = next(names)
            start = k.fresh("start")
            k.assign(start, f"{where} * {name}_size")
            return taped(k, _tape(name, pattern), start, pattern.dims)
    return mapped(pattern, lambda leaf: replace(leaf, text=f"{next(names)}[{where}]"))


def _learn_ragged(k: Kernel, site: Any) -> None:
    if site in k.learned.ragged:
        raise NotCompiled("arrays in a list, of sizes that are not known before")
    k.learned.ragged.add(site)
    k.learned.items.pop(site, None)
    k.learned.stored.pop(site, None)
    k.learned.changed = True


def _copied_at(known: Any, item: Any, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Where one item of a list holds an array as it is, and another one the elements of one with sizes of its own."""
    match known, item:
        case (Held(), Rolled()) | (Rolled(), Held()):
            yield path
        case (Tuple(items=items), Tuple(items=others)) if len(items) == len(others):
            for place, (one, other) in enumerate(zip(items, others, strict=True)):
                yield from _copied_at(one, other, (*path, place))


def _roll_begun(names: list[str], dtype: str) -> list[Line]:
    end, roll = names
    begun = f"{roll} = np.empty(0, np.{DTYPES[dtype]})"
    return [Line(f"{end} = 0", frozenset({end})), Line(begun, frozenset({roll}))]
