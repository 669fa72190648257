"""Assignments in a kernel: names, elements, items of lists, in place or not; a target and a value in, lines out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from diffpy.transforms.fuse_arrays import (
    arithmetic,
    element,
    equal_dims,
    is_array,
    made,
    memory_of,
    store,
    store_element,
)
from diffpy.transforms.fuse_arrays import indexed as part_of
from diffpy.transforms.fuse_expressions import evaluate, index_of
from diffpy.transforms.fuse_frames import Frame, Kernel
from diffpy.transforms.fuse_indices import has_arrays, is_mask, put, taken
from diffpy.transforms.fuse_text import names_in
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Closure,
    Gathered,
    Held,
    Known,
    Lazy,
    Listed,
    Maybe,
    NotCompiled,
    Number,
    Tuple,
    View,
    literal,
    mapped,
    place_in,
)


def assign(k: Kernel, frame: Frame, target: Any, value: Any) -> None:
    match target:
        case gast.Name(id=name):
            if isinstance(value, Listed) and name in frame.scope.tapes:
                k.recordings.add(value.site)
            frame.bind(name, _at_hand(k, value, name))
        case gast.Tuple(elts=targets):
            items = _items(k, value, len(targets), _variables(frame, target))
            for one, part in zip(targets, items, strict=True):
                assign(k, frame, one, part)
        case gast.Subscript():
            _store(k, frame, target, value)
        case _:
            raise NotCompiled(f"the target is a {type(target).__name__}", target)


def _at_hand(k: Kernel, value: Any, name: str) -> Any:
    """What is computed element by element as arrays: a name holds what was there when it was bound."""
    if isinstance(value, Tuple):
        return value.of(_at_hand(k, one, name) for one in value.items)
    return made(k, value, name) if isinstance(value, Lazy) and not value.is_read else value


def _variables(frame: Frame, target: gast.AST) -> set[str]:
    """The variables that a target writes."""
    names = {n.id for n in gast.walk(target) if isinstance(n, gast.Name)}
    return {variable for (name, _), variable in frame.variables.items() if name in names} | names


def _items(k: Kernel, value: Any, count: int, written: set[str]) -> list[Any]:
    """The items of a tuple, all read before a name of them is bound."""
    if isinstance(value, Tuple) and len(value.items) == count and value.keys is None:
        items = value.items
    elif isinstance(value, Array | View) and value.dims:
        equal_dims(k, value.dims[:1], (str(count),))
        items = tuple(part_of(k, value, literal(place)) for place in range(count))
    else:
        raise NotCompiled("several targets for what is no tuple of as many")
    return [_apart(k, one, written) for one in items]


def _apart(k: Kernel, value: Any, written: set[str]) -> Any:
    def copied(leaf: Any) -> Any:
        if isinstance(leaf, Array) or not names_in(leaf.text) & written:
            return leaf
        name = k.fresh("e")
        k.assign(name, leaf.text)
        return replace(leaf, text=name)

    return mapped(value, copied)


def _store(k: Kernel, frame: Frame, target: gast.Subscript, value: Any) -> None:
    array = evaluate(k, frame, target.value)
    if isinstance(target.value, gast.Name) and isinstance(frame.held(target.value.id), Gathered):
        raise NotCompiled("a store in a list that may have another name")
    value = k.atom(value) if isinstance(value, Number) else value
    index = index_of(k, frame, target.slice)
    if isinstance(array, Tuple) and array.is_list and isinstance(target.value, gast.Name):
        _store_item(k, frame, target.value.id, array, index, value)
    else:
        _store_at(k, array, index, value)


def _store_item(k: Kernel, frame: Frame, name: str, listed: Tuple, index: Any, value: Any) -> None:
    """An item of a list of known length that has no other name."""
    others = [v for one in k.frames for n, v in one.names.items() if one is not frame or n != name] + [
        *k.learned.items.values()
    ]
    if name not in frame.names or any(_has_list(one, len(listed.items)) for one in others):
        raise NotCompiled("a store in a list that may have another name")
    place = place_in(listed, index)
    frame.bind(name, listed.of(value if n == place else one for n, one in enumerate(listed.items)))


def _has_list(value: Any, length: int) -> bool:
    """Whether a structure has a list of that length in it."""
    match value:
        case Maybe() | Held():
            return _has_list(value.value, length)
        case Closure():
            return _has_list(value.captured, length)
        case Tuple() if value.is_list and len(value.items) == length:
            return True
        case Tuple():
            return any(_has_list(one, length) for one in value.items)
    return False


def _store_at(k: Kernel, array: Any, index: Any, value: Any) -> None:
    k.write_in_list(array)
    if not isinstance(array, Array | View):
        raise NotCompiled("a store in what is no array")
    k.check_made_here(array)
    if has_arrays(index):
        put(k, array, index, value)
        return
    view = _part(k, array, index)
    value = _bare(k, value)
    if view.dims:
        if not isinstance(value, Number) and not is_array(value):
            raise NotCompiled("a store of what is no number")
        store(k, view, value)
    elif isinstance(value, Number):
        store_element(k, view, value)
    else:
        raise NotCompiled("a store of what is no number")


def _part(k: Kernel, array: Any, index: Any) -> View:
    """The part that an index names, also where it is a single place."""
    items = index.items if isinstance(index, Tuple) else (index,)
    rest = (
        () if any(isinstance(one, Known) and one.value is Ellipsis for one in items) else (Known(Ellipsis),)
    )
    found = part_of(k, array, Tuple((*items, *rest, NONE)))
    assert isinstance(found, View)
    axes = tuple(replace(a, along=None) if a.along == len(found.dims) - 1 else a for a in found.axes)
    return View(found.base, axes, found.dims[:-1])


def _bare(k: Kernel, value: Any) -> Any:
    """The number in an array without axes."""
    return k.atom(element(k, value, ())) if is_array(value) and not value.dims else value


def augment(k: Kernel, frame: Frame, statement: gast.AugAssign) -> None:
    target = statement.target
    if isinstance(target, gast.Name):
        old = frame.look_up(target.id)
        value = evaluate(k, frame, statement.value)
        if not is_array(old):
            assign(k, frame, target, _sum(k, statement.op, old, value))
            return
        _in_place(k, old, statement.op, value, Tuple(()))
        return
    if not isinstance(target, gast.Subscript):
        raise NotCompiled("a change of this in place", target)
    array, index = evaluate(k, frame, target.value), index_of(k, frame, target.slice)
    value = evaluate(k, frame, statement.value)
    _in_place(k, array, statement.op, k.atom(value) if isinstance(value, Number) else value, index)


def _in_place(k: Kernel, array: Any, op: gast.operator, value: Any, index: Any) -> None:
    k.write_in_list(array)
    if not isinstance(array, Array | View):
        raise NotCompiled("a change in place of what is no array")
    k.check_made_here(array)
    if is_mask(index) and isinstance(array, Array):  # no place comes twice
        shares = is_array(value) and array.memory & (memory_of(value) or frozenset())
        put(k, array, index, made(k, value, "part") if shares else value, op)
        return
    if has_arrays(index):
        put(k, array, index, arithmetic(k, op, taken(k, array, index), value))
        return
    view = _part(k, array, index)
    value = _bare(k, value)
    if view.dims:
        if is_array(value) and len(value.dims) > len(view.dims):
            raise NotCompiled("a change in place by what has more axes")
        store(k, view, arithmetic(k, op, view, value))
    else:
        if not isinstance(value, Number):
            raise NotCompiled("a store of what is no number")
        place = tuple(axis.start for axis in view.axes)
        store_element(k, view, arithmetic(k, op, k.read(view.base, place), value))


def _sum(k: Kernel, op: gast.operator, old: Any, value: Any) -> Any:
    if _are_tuples(old, value) and isinstance(op, gast.Add):
        return Tuple((*old.items, *value.items))
    if not isinstance(old, Number) or not (isinstance(value, Number) or is_array(value)):
        raise NotCompiled("arithmetic of what are no numbers")
    return arithmetic(k, op, old, value)


def _are_tuples(*values: Any) -> bool:
    return all(isinstance(one, Tuple) and not one.is_list and one.keys is None for one in values)
