"""Kinds that are not enough: names that may be one object in, kinds that hold for all of them out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis.alias_classes import Aliases, Place
from diffpy.analysis.facts import Facts, key_of
from diffpy.analysis.kinds import (
    BOTTOM,
    UNKNOWN,
    AnyTuple,
    Bottom,
    Cotangent,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Struct,
    TupleOf,
    join,
    join_all,
)
from diffpy.syntax.trees import nodes


def differing(
    tree: gast.FunctionDef, facts: Facts, found: Aliases, stored: Callable[[], frozenset[str]]
) -> dict[str, Kind]:
    """Kinds of names that may be one object and were found to be of different kinds: what both are at least.

    `stored` are the fields of objects that calls of which nothing is known may assign.
    """
    more = _of_fields(tree, facts, found) | _of_names(facts, found) | _of_buffers(facts, found)
    more = more or _of_held(facts, found) or _of_missing(tree, facts, found)
    return more or _of_opened(facts, found, stored)


def _of_held(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of lists and dicts that nothing was put into as one can see, and that hold what has a name all the same."""
    empty = {n: k for n, k in facts.kinds.items() if isinstance(k, ListOf | DictOf) and k.item == BOTTOM}
    empty = {n: k for n, k in empty.items() if not isinstance(k, AnyTuple) and found.is_changed(n)}
    floor: dict[str, Kind] = {}
    for name, kind in empty.items():
        inside = {found.find(one) for one in found.contents.get(found.find(name), {}).values()}
        held = [k for n, k in facts.kinds.items() if found.find(n) in inside and not isinstance(k, Bottom)]
        if held:
            floor[name] = type(kind)(join_all(held, name))
    return floor if floor else _of_inner(facts, found)


def _of_inner(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of lists, tuples and dicts of lists, dicts and objects that take in more by other names than they held."""
    inner: dict[str, dict[Kind, None]] = {}
    for name, inside in facts.kinds.items():
        if isinstance(inside, ListOf | DictOf | Struct) and found.is_shadowed(name):
            inner.setdefault(found.find(name), {})[inside] = None
    floor: dict[str, Kind] = {}
    for name, kind in facts.kinds.items() if inner else ():
        grown = kind
        for place, held in found.contents.get(found.find(name), {}).items():
            for more in inner.get(found.find(held), ()):
                grown = _with_items(grown, place, more)
        if grown != kind and join(kind, grown, name) != kind:  # sizes that differ have other names in it
            floor[name] = grown
    return floor


def _with_items(kind: Kind, place: Place, inside: Kind) -> Kind:
    """The same where items (those at a place of a tuple) are at least of the kind of one that is like them."""
    match kind:
        case TupleOf(items=items):
            return kind.of(_grown(k, inside) if place in (None, n) else k for n, k in enumerate(items))
        case DictOf(item=item, fields=tuple() as fields):
            return DictOf(_grown(item, inside), tuple((n, _grown(k, inside)) for n, k in fields))
        case AnyTuple():
            return kind
        case ListOf(item=item) | DictOf(item=item):
            return type(kind)(_grown(item, inside))
    return kind


def _grown(item: Kind, inside: Kind) -> Kind:
    same = type(item) is type(inside) and getattr(item, "cls", None) is getattr(inside, "cls", None)
    return join(item, inside, "item") if same else item


def _of_opened(facts: Facts, found: Aliases, stored: Callable[[], frozenset[str]]) -> dict[str, Kind]:
    """Kinds of objects that an unknown call may change: a field that holds no number yet may hold one afterwards."""
    floor: dict[str, Kind] = {}
    for name, kind in {**facts.kinds, **facts.full}.items() if found.opened else ():
        if not isinstance(kind, Struct) or not found.is_opened(name):
            continue
        fields = tuple((f, k if k.may_differ or f not in stored() else UNKNOWN) for f, k in kind.fields)
        if fields != kind.fields:
            floor[name] = Struct(kind.cls, fields)
    return floor


def _of_missing(tree: gast.FunctionDef, facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of dicts that are asked for entries which a call of which nothing is known may have put there."""
    floor: dict[str, Kind] = {}
    for one in nodes(*tree.body):
        match one:
            case gast.Subscript(value=gast.Name(id=name), slice=key, ctx=gast.Load()):
                pass
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="get" | "pop"), args=[key, *_]):
                pass
            case _:
                continue
        kind = floor.get(name, facts.kind(name))
        if isinstance(kind, DictOf) and kind.lacks(key_of(key)) and found.is_opened(name):
            floor[name] = kind.storing(key_of(key), UNKNOWN, name)
    return floor


def _of_fields(tree: gast.FunctionDef, facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of structs whose lists and dicts take in more, as other names, than they held as fields."""
    floor: dict[str, Kind] = {}
    for s in nodes(*tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=y)], value=gast.Attribute(value=gast.Name(id=x), attr=field)
            ):
                struct, kind = floor.get(x, facts.fully(x)), facts.fully(y)
                if field == "__dict__" and not struct.may_differ and found.is_changed(y):
                    floor[x] = UNKNOWN  # what it holds by names that are not written
                if not isinstance(struct, Struct) or not isinstance(kind, ListOf | DictOf):
                    continue
                own = struct.field(field)
                if own is None or own == kind or type(own) is not type(kind) or not found.is_changed(y):
                    continue
                fields = ((f, join_all((k, kind), x) if f == field else k) for f, k in struct.fields)
                grown = Struct(struct.cls, tuple(fields))
                if join(struct, grown, x) != struct:
                    floor[x] = grown
    return floor


def _of_names(facts: Facts, found: Aliases) -> dict[str, Kind]:
    members: dict[tuple[str, type, type | None], list[str]] = {}  # no object is of two classes
    kinds = {**facts.kinds, **facts.full}
    for name, kind in kinds.items():
        if not isinstance(kind, ListOf | DictOf | Struct) or isinstance(kind, AnyTuple):
            continue
        if found.is_shadowed(name) if isinstance(kind, Struct) else found.is_changed(name):
            members.setdefault((found.find(name), type(kind), getattr(kind, "cls", None)), []).append(name)
    floor: dict[str, Kind] = {}
    unclear = {found.find(name) for name, _ in found.changes if type(kinds.get(name)) is Kind}
    for (root, *_), names in members.items():
        joined = join_all((kinds[n] for n in names), names[0])
        if root in unclear and isinstance(joined, ListOf | DictOf) and not joined.may_differ:
            joined = type(joined)(UNKNOWN)  # by a name of no known kind it may take in anything
        floor.update({n: joined for n in names if join(kinds[n], joined, n) != kinds[n]})
    return floor


def _of_buffers(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of buffers inside of buffers that take in cotangents: None in them stands for what is to come."""
    inside = set().union(*(found.reach(name) - {found.find(name)} for name in found.gathering))
    floor: dict[str, Kind] = {}
    for name, kind in facts.kinds.items():
        if isinstance(kind, ListOf | DictOf) and found.find(name) in inside:
            filled = _filled(kind)
            floor.update({name: filled} if filled != kind else {})
    return floor


def _filled(kind: Kind) -> Kind:
    match kind:
        case ListOf(item=Inert() | Bottom()) | DictOf(item=Inert() | Bottom()):
            return type(kind)(Cotangent())
        case ListOf(item=ListOf() | DictOf() as item) | DictOf(item=ListOf() | DictOf() as item):
            return type(kind)(_filled(item))
    return kind
