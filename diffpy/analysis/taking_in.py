"""Objects outside of a function that take values of its arguments in: its analysed tree in, their names out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind
from diffpy.analysis.mutability import mutable
from diffpy.rules.marks import leaves
from diffpy.syntax.trees import nodes


def taking_in(
    tree: gast.FunctionDef,
    facts: Facts,
    found: Aliases,
    objects: Objects,
    outside: frozenset[str],
    given: frozenset[str],
    apart: Sequence[str] = (),
) -> frozenset[str]:
    """Which objects of these `outside` of a function it may leave values in that depend on what is `given`.

    What is stored in an attribute of an object that is `apart` is no store outside.
    """
    if not outside:
        return outside
    moved = active(tree, given, facts.kinds.keys() | given | flow.all_written(tree.body), facts, found)
    stores = (s for s in nodes(tree) if not _is_attribute_of(s, apart))
    targets = {n for s in stores for n in _put_into(s, facts, moved)}
    return frozenset(n for n in outside if n in targets or any(objects.meet(n, one) for one in targets))


def _is_attribute_of(s: gast.AST, names: Sequence[str]) -> bool:
    match s:
        case gast.Assign(targets=[gast.Attribute(value=gast.Name(id=of))]):
            return of in names
    return False


def _put_into(s: gast.AST, facts: Facts, moved: frozenset[str]) -> Iterator[str]:
    """The names of objects that a statement may put values of interest into."""
    match s:
        case (
            gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target], value=value)
            | gast.AugAssign(target=target, value=value)
        ):
            if flow.names_read(value) & moved:
                yield from {n.id for n in nodes(target) if isinstance(n, gast.Name)}
        case gast.Assign(value=gast.Call() as called) | gast.Expr(value=gast.Call() as called):
            if leaves(getattr(facts.calls.get(id(called)), "function", None)):
                return
            if flow.names_read(called) & moved:
                yield from (n for n in flow.names_read(called) if _may_take(facts.kind(n)))
                summary, _ = facts.summaries.get(id(called), (None, None))
                yield from summary.filled if summary is not None else ()


def _may_take(kind: Kind) -> bool:
    return mutable(kind) or type(kind) is Kind
