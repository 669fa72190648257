"""Loops that change what they run through: the facts of a function in, the function with these loops by index out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Set
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    DictOf,
    Kind,
    ListOf,
    Range,
)
from diffpy.analysis.order import Order
from diffpy.following.iterators import LAZY
from diffpy.following.outer_calls import found_value
from diffpy.following.spelling import spelling_of, with_bases
from diffpy.syntax.trees import nodes
from diffpy.transforms.index_loops import NoIndexError, index_loops, view_of
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.view_loops import view_loops


class Loop(NamedTuple):
    """A loop that runs through `name` while it changes, if it does; where the lists that it runs through change."""

    statement: gast.For
    name: str | None
    changes: list[tuple[str, gast.AST]]


def loops(found: Analysed, lively: frozenset[str]) -> Iterator[Loop]:
    """Loops that change what they run through, and those through active items of what zip and the like hand out."""
    assigned = (s for s in nodes(found.tree) if isinstance(s, gast.Assign))
    made = {s.targets[0].id: s for s in assigned if isinstance(s.targets[0], gast.Name)}
    values = {name: s.value for name, s in made.items()}
    order = Order(found.tree)
    dicts = {n for n, kind in found.facts.kinds.items() if isinstance(kind, DictOf)}
    for s in nodes(found.tree):
        if not isinstance(s, gast.For) or id(s) not in order.number:
            continue
        read, iterators, since = _run_through(s, made, found, order, dicts)
        if lively.isdisjoint({s.target.id} | iterators):
            continue
        kept = {n for n in read if isinstance(found.facts.kind(n), Array | ListOf | DictOf)}
        changes = {n: _changes_until_end(s, n, since, found, order) for n in sorted(kept)}
        for name in changes:
            if any(not _is_built(one, values, read) for one, _ in changes[name]):
                lists = (n for n in changes if isinstance(found.facts.kind(n), ListOf))
                yield Loop(s, name, [one for n in lists for one in changes[n]])
                break
        else:
            if s.iter.id in iterators & lively and not _is_sequence(found.facts.kind(s.iter)):
                yield Loop(s, None, [])


def through_iterators(found: Analysed, lively: frozenset[str]) -> Iterator[Loop]:
    """Those of them through active items of what zip and the like hand out."""
    return (Loop(one.statement, None, []) for one in loops(found, lively) if one.name is None)


def _run_through(
    s: gast.For, made: Mapping[str, gast.Assign], found: Analysed, order: Order, dicts: Set[str]
) -> tuple[frozenset[str], set[str], int]:
    """The names whose objects a loop runs through; which of them are made by calls, and where the first one is."""
    read, todo, since = {s.iter.id}, [s.iter.id], order.number[id(s)]
    iterators: set[str] = set()
    while todo:
        name = todo.pop()
        where = made.get(name)
        called = where.value if where is not None else None
        if not isinstance(called, gast.Call):
            continue
        is_view = view_of(called, dicts) is not None
        lazy = is_view or found_value(found.facts.kind(called.func)) in LAZY
        if lazy:
            since = min(since, order.number.get(id(where), since))
            todo += sorted(flow.names_read(called) - read)
        if lazy or name == s.iter.id:
            iterators.add(name)
            read |= flow.names_read(called)
    return frozenset(read), iterators, since


def _changes_until_end(
    s: gast.For, name: str, since: int, found: Analysed, order: Order
) -> list[tuple[str, gast.AST]]:
    """The changes of what a loop runs through, from where an iterator over it was made to the loop's end."""
    root = found.aliases.find(name)
    early = [
        (one, where)
        for one, where in found.aliases.changes
        if since < order.number.get(id(where), since) < order.number[id(s)]
        and found.aliases.find(one) == root
    ]
    return early + found.aliases.changes_in(s, root, order)


def _is_built(name: str, made: Mapping[str, gast.expr], read: frozenset[str]) -> bool:
    """Whether a list is one that a comprehension builds: nobody else knows it yet."""
    value = made.get(name)
    return name not in read and isinstance(value, gast.List) and not value.elts


def by_index(
    prepared: Prepared, found: Analysed, loops: list[Loop], objects: dict[str, object]
) -> Prepared | None:
    """The loops written over an index, if what they run through keeps its length; None if there are none."""
    if not loops:
        return None
    tree, names = prepared.fresh()
    sequences = _always(found, _is_sequence)
    dicts = _always(found, lambda kind: isinstance(kind, DictOf))
    changed = [one for one in loops if one.name is not None]
    try:
        if not all(one.statement.site is not None and _keeps_length(one) for one in changed):
            raise NoIndexError
        wanted = {one.statement.site: one.name is not None for one in loops}
        spelling = spelling_of(found, names, objects)
        chosen = {site_of(one) for one in nodes(found.tree) if _is_choosing(one, found)} - {NO_SITE}
        by_keys = view_loops(tree, names, wanted, dicts)
        by_places = index_loops(
            tree, names, wanted, sequences, dicts, spelling.builtin, lambda one: site_of(one) in chosen
        )
    except NoIndexError:
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"'{changed[0].name}' is changed while a loop runs through it by an iterator",
            changed[0].statement,
            because="the derivative would have to follow the change through the iterator",
            fix=f"go through it by index: for k in range(len({changed[0].name})): ... {changed[0].name}[k] ...",
        ) from None
    return Prepared(prepared.source, tree, names) if by_keys or by_places else None


def _always(found: Analysed, holds: Callable[[Kind], bool]) -> Set[str]:
    """The program's names for what is of such a kind wherever it is assigned."""
    kinds = found.facts.kinds.items()
    return with_bases([n for n, kind in kinds if holds(kind)]) - with_bases(
        [n for n, kind in kinds if not holds(kind)]
    )


def _is_choosing(called: gast.AST, found: Analysed) -> bool:
    """Whether a call hands out tuples of items of its first argument."""
    known = found.facts.calls.get(id(called)) if isinstance(called, gast.Call) else None
    return getattr(known, "function", None) in (itertools.combinations, itertools.permutations)


def _keeps_length(loop: Loop) -> bool:
    """Whether lists that a loop runs through change by stores of items alone."""
    return all(_is_item_store(where) for _, where in loop.changes)


def _is_item_store(s: gast.AST) -> bool:
    match s:
        case (
            gast.Assign(targets=[gast.Subscript(slice=place)])
            | gast.AugAssign(target=gast.Subscript(slice=place))
        ):
            return not isinstance(place, gast.Slice)
    return False


def _is_sequence(kind: Kind) -> bool:
    return isinstance(kind, Array | ListOf | Range) and not isinstance(kind, AnyTuple)
