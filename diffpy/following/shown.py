"""Calls of which a result shows a part: an analysed function in, the calls to write out, for a mask to reach in, out."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.analysing import Analysed
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.shown import is_sharp, shown_in_part
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import is_generator
from diffpy.transforms.blocks import assigned
from diffpy.transforms.inline import chain_of, key_of, parameters


def calls_shown(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that a mask, or what a mask chooses from, stands on the other side of.

    np.where(x > 0, root(x), 0.0): the pullback of `root` alone would meet elements that nobody took. So would what
    comes before chosen(x > 0, np.sqrt(x)).
    """
    called = dict(calls_named(found, lively))
    if not called:
        return
    shown = shown_in_part(found.tree, found.facts, lively, found.aliases.is_changed)
    for y, s in called.items():
        if y in shown or _chooses_from_sharp(found, s.value):
            yield s, s.value, y


def _chooses_from_sharp(found: Analysed, called: gast.Call) -> bool:
    """Whether a callee chooses elements, and is given what may have infinite derivatives."""
    summary, _ = found.facts.summaries[id(called)]
    if not any(
        isinstance(n, gast.Call) and getattr(n.func, "attr", "") == "where" for n in nodes(summary.tree)
    ):
        return False
    given = [one.id for one in called.args if isinstance(one, gast.Name)]
    values = [value for name in given for value in assigned(found.tree).get(name, [])]
    return any(is_sharp(found.facts.calls.get(id(value))) for value in values)


def calls_named(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[str, gast.Assign]]:
    """Statements that name the result of a call which can be written out for certain, by the name."""
    for s in nodes(found.tree):
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=called):
                if y in lively and id(called) in found.facts.summaries and _is_plain(found, called):
                    yield y, s


def _is_plain(found: Analysed, called: gast.expr) -> bool:
    """Whether a call can be written out for certain."""
    summary, bound = found.facts.summaries[id(called)]
    if bound is None or summary.recursive or is_generator(summary.tree):
        return False
    if isinstance(getattr(found.facts.calls.get(id(called)), "function", None), Recomputed):
        return False
    here = summary.is_local or summary.globals is found.resolution.globals
    return here and key_of(summary) not in chain_of(called) and _is_bound(summary, bound)


def _is_bound(summary: Summary, bound: Bound) -> bool:
    given = (
        name in bound or isinstance(default, gast.Constant) for name, default in parameters(summary.tree.args)
    )
    return all(given)
