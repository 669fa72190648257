"""Which calls change what derivatives depend on: an analysed function in; statement, call and name of each out."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.analysing import Analysed
from diffpy.analysis import flow
from diffpy.analysis.foreign import only_gathers
from diffpy.analysis.kinds import (
    Array,
    DictOf,
    Kind,
    ListOf,
    Struct,
)
from diffpy.analysis.order import Order
from diffpy.following.shown import calls_named
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import is_generator
from diffpy.transforms.another import is_for_another
from diffpy.transforms.inline import chain_of, key_of


def changing_calls(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that change an active object, or give one back that is changed: with the object's name."""
    for s, called, name in found.aliases.by_calls:
        if name in lively and not (isinstance(s, gast.Expr) and only_gathers(found.facts, called)):
            yield s, called, name
    order = Order(found.tree)
    for s, called, given, y in found.aliases.given_back:
        root = found.aliases.find(given)
        if y in lively and root in found.aliases.reach(y):
            # what an object was made of may change deep inside
            held = isinstance(found.facts.kind(y), Struct)
            roots = found.aliases.reach(given) if held else {root}
            if found.aliases.may_change_after(set(roots), s, order):
                yield s, called, given
    yield from factories(found)
    yield from _reading(found, lively)


def factories(found: Analysed) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that give out functions with variables of their own, which calls of these change."""
    for s in nodes(found.tree):
        called = getattr(s, "value", None) if isinstance(s, gast.Assign) else None
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if summary is None or bound is None or not summary.gives_changing:
            continue
        if key_of(summary) not in chain_of(called):
            yield s, called, next(iter(flow.names_written(s)), "")


def _reading(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls of functions that read captured objects which change later: their pullbacks would read them too late."""
    order = Order(found.tree)
    for s, called, name in found.aliases.read_by_calls:
        kind = found.facts.kind(name)
        if not isinstance(kind, Array | ListOf | DictOf | Struct):
            continue
        roots = found.aliases.reach(name)
        if _is_cell(name, kind):
            roots = roots - {found.aliases.find(name)}
        used = lively & (flow.names_read(s) | flow.names_written(s))
        if used and found.aliases.may_change_after(roots, s, order):
            yield s, called, name


def _is_cell(name: str, kind: Kind) -> bool:
    """Whether a list stands for a variable, whose value is read when the function runs."""
    return isinstance(kind, ListOf) and name.rstrip("0123456789_").endswith("_cell")


def changed_by_calls(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Of a differential that is differentiated itself: calls that change active objects, and can be written out."""
    for s, called, name in found.aliases.by_calls if is_for_another() else ():
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if name in lively and summary is not None and bound is not None:
            if not (summary.recursive or key_of(summary) in chain_of(called) or is_generator(summary.tree)):
                yield s, called, name


def changed_results(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Of what is differentiated itself: calls that give arrays which change, as another derivation sees no callee."""
    for y, s in calls_named(found, lively) if is_for_another() else ():
        if isinstance(found.facts.kind(y), Array) and found.aliases.is_changed(y):
            yield s, s.value, y


def takes_buffers(found: Analysed, called: gast.AST) -> bool:
    """Whether a call that changes objects is one of a recursive function, which is not written out."""
    summary, bound = found.facts.summaries.get(id(called), (None, None))
    if summary is None or bound is None or summary.gives_changing or is_generator(summary.tree):
        return False
    if isinstance(getattr(found.facts.calls.get(id(called)), "function", None), Recomputed):
        return False
    return summary.recursive or key_of(summary) in chain_of(called)
