"""Lists of what iterators hand out, which changes: an analysed function in, one that makes them in loops out."""

from __future__ import annotations

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.kinds import Iterator
from diffpy.following.outer_calls import found_value
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.expand_collecting import with_loops
from diffpy.transforms.inline import NO_SITE, site_of


def collecting(found: Analysed, lively: frozenset[str]) -> frozenset[int]:
    """The calls of list and dict that take items out of an iterator which are changed in place."""
    sites: set[int] = set()
    for s in every_statement(found.tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=y)], value=gast.Call(func=callee, args=[given], keywords=[])
            ):
                known = found_value(found.facts.kind(callee)) in (list, dict)
                if known and y in lively and found.aliases.is_changed_inside(y):
                    if isinstance(found.facts.kind(given), Iterator):
                        sites.add(site_of(s.value))
    return frozenset(sites - {NO_SITE})


def in_loops(prepared: Prepared, sites: frozenset[int]) -> Prepared:
    """The function that makes these in loops."""
    tree, names = prepared.fresh()
    with_loops(tree, names, sites)
    return Prepared(prepared.source, tree, names, prepared.objects)
