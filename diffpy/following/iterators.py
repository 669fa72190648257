"""Iterators that are read after what they run through has changed: an analysed function in, a refusal of these out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed
from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, DictOf, ListOf
from diffpy.analysis.order import Order
from diffpy.following.outer_calls import found_value
from diffpy.transforms.blocks import every_statement

LAZY = (enumerate, zip, reversed, map, filter, iter)


class _Made(NamedTuple):
    """An iterator: where it is made, and what it runs through."""

    name: str
    where: gast.Assign
    through: list[str]


def check_late_reads(found: Analysed, lively: frozenset[str]) -> None:
    """Refuse an active iterator that is asked for items, otherwise than by a loop, after a change behind it."""
    made = [one for one in _iterators(found) if one.name in lively]
    if not made or not found.aliases.changes:
        return
    order = Order(found.tree)
    for one in made:
        reads = [s for s in every_statement(found.tree.body) if one.name in _reads(s)]
        for name, change in _changes(one, found, order):
            late = next((s for s in reads if order.may_follow(s, change)), None)
            if late is not None:
                raise _refusal(found, one, name, late)


def _iterators(found: Analysed) -> Iterator[_Made]:
    for s in every_statement(found.tree.body):
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called):
                if found_value(found.facts.kind(called.func)) in LAZY:
                    through = sorted(flow.names_read(called) - flow.names_read(called.func))
                    yield _Made(name, s, through)


def _changes(one: _Made, found: Analysed, order: Order) -> Iterator[tuple[str, gast.AST]]:
    """The changes of what an iterator runs through that may come after it is made."""
    kept = [n for n in one.through if isinstance(found.facts.kind(n), Array | ListOf | DictOf)]
    roots = {found.aliases.find(n) for n in kept}
    for name, where in found.aliases.changes:
        if found.aliases.find(name) in roots and order.may_follow(where, one.where):
            yield name, where


def _reads(s: gast.stmt) -> frozenset[str]:
    """What a statement itself reads; the loops over an iterator are looked at elsewhere."""
    match s:
        case gast.For() | gast.With() | gast.Try() | gast.FunctionDef():
            return frozenset()
        case gast.If() | gast.While():
            return flow.names_read(s.test)
    return flow.names_read(s)


def _refusal(found: Analysed, one: _Made, name: str, late: gast.stmt) -> errors.DifferentiationError:
    return found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"an iterator is read here after '{name}', which it runs through, has changed",
        late,
        because="the derivative would have to follow the change through the iterator",
        fix="make the iterator after the change, or read items by index",
    )
