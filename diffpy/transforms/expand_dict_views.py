"""Dict views that builtins run through: renamed normal form and its facts in, the same with lists of them out."""

from __future__ import annotations

import math

import gast

from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import DictOf
from diffpy.syntax.build import assign, call, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks_below
from diffpy.transforms.known_objects import known_as

RUNNING = (sum, max, min, sorted, math.fsum, math.prod)
VIEWS = ("keys", "values", "items")


def expand_dict_views(tree: gast.FunctionDef, facts: Facts, names: Names, objects: dict[str, object]) -> bool:
    """Make a list of a dict view that a builtin runs through, as derivatives of derivatives know no views.

    Before:                         After:
        t1 = d.values()                 t1 = d.values()
        y = sum(t1)                     t2 = list(t1)
                                        y = sum(t2)
    """
    views: set[str] = set()
    found = False
    for block in blocks_below(tree.body):
        done: list[gast.stmt] = []
        for s in block:
            views |= _view_made(s, facts)
            if _runs(s, facts) and s.value.args[0].id in views:
                listed = names.temporary()
                done.append(assign(listed, call(known_as(list, "list", names, objects), s.value.args[0]), s))
                s.value.args[0] = load(listed)
                found = True
            done.append(s)
        block[:] = done
    return found


def _view_made(s: gast.stmt, facts: Facts) -> set[str]:
    match s:
        case gast.Assign(
            targets=[gast.Name(id=name)],
            value=gast.Call(func=gast.Attribute(value=base, attr=attribute), args=[], keywords=[]),
        ) if attribute in VIEWS and isinstance(facts.kind(base), DictOf):
            return {name}
    return set()


def _runs(s: gast.stmt, facts: Facts) -> bool:
    match s:
        case gast.Assign(value=gast.Call(args=[gast.Name(), *_]) as called):
            found = facts.calls.get(id(called))
            return isinstance(found, OpenCall | TableCall) and found.function in RUNNING
    return False
