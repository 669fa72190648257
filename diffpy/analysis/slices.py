"""Numbers that are kept in a slice and read again: no derivative goes through a slice."""

from __future__ import annotations

from collections.abc import Iterable, Set

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import INTEGER, Inert

_BOUNDS = {"start", "stop", "step"}


def lost_through_slices(
    tree: gast.FunctionDef, wrt: Iterable[str], results: Iterable[str], facts: Facts, aliases: Aliases
) -> gast.stmt | None:
    """The first statement that reads a bound of a slice that was made of real numbers of interest."""
    statements = list(flow.statements(tree.body))
    read = [found for s in statements if (found := _read(s, facts)) is not None]
    if not read:
        return None
    varied = active(tree, wrt, facts.kinds.keys(), facts, aliases)
    slices = {name for s in statements for name in _made(s, varied, facts)}
    return next((s for held, s in read if held in slices), None)


def _read(s: gast.stmt, facts: Facts) -> tuple[str, gast.stmt] | None:
    """The slice that a statement reads a bound of."""
    match s:
        case gast.Assign(
            targets=[gast.Name()], value=gast.Attribute(value=gast.Name(id=held) as of, attr=bound)
        ) if bound in _BOUNDS and facts.kind(of) == Inert("slice"):
            return held, s
    return None


def _made(s: gast.stmt, varied: Set[str], facts: Facts) -> frozenset[str]:
    """The slice that a statement makes of real numbers of interest."""
    match s:
        case gast.Assign(targets=[gast.Name(id=name) as target], value=gast.Call(args=args)):
            real = {n.id for n in args if isinstance(n, gast.Name) and facts.kind(n) != INTEGER}
            return (
                frozenset((name,)) if facts.kind(target) == Inert("slice") and real & varied else frozenset()
            )
    return frozenset()
