"""Methods of lists and dicts under names: renamed normal form and its facts in, calls of the methods themselves out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.facts import Facts
from diffpy.analysis.infer_attributes import CONTAINER_METHODS
from diffpy.analysis.kinds import AnyTuple, DictOf, ListOf
from diffpy.syntax.build import assign, at, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import every_statement, rebuild


def expand_references(tree: gast.FunctionDef, facts: Facts, names: Names) -> bool:
    """Call the method of the container that it was read from; in place. Whether there was one.

    Before:                         After:
        add = xs.append                 held = xs
        for v in ys:                    for v in ys:
            add(v)                          held.append(v)
    """
    references = [s for s in every_statement(tree.body) if _is_reference(s, facts)]
    if not references:
        return False
    writes = flow.writes(tree.body)
    found = {s.targets[0].id: s.value for s in references if writes[s.targets[0].id] == 1}
    calls = [c for s in every_statement(tree.body) for c in _called(s) if c.func.id in found]
    if not calls:
        return False
    held = {c.func.id: names.fresh("held") for c in calls}
    for c in calls:
        method = gast.Attribute(load(held[c.func.id]), found[c.func.id].attr, gast.Load())
        c.func = at(method, c.func)
    read = flow.loads(tree)

    def written(s: gast.stmt) -> list[gast.stmt]:
        name = s.targets[0].id if _is_reference(s, facts) else ""
        if name not in held:
            return [s]
        kept = [s] if read[name] else []
        return [assign(held[name], s.value.value, s), *kept]

    tree.body = rebuild(tree.body, written)
    return True


def _is_reference(s: gast.stmt, facts: Facts) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Attribute(value=gast.Name() as x, attr=attr)):
            kind = facts.kind(x)
            return (
                isinstance(kind, ListOf | DictOf)
                and not isinstance(kind, AnyTuple)
                and attr in CONTAINER_METHODS
            )
    return False


def _called(s: gast.stmt) -> list[gast.Call]:
    match s:
        case gast.Expr(value=gast.Call(func=gast.Name()) as called):
            return [called]
        case gast.Assign(value=gast.Call(func=gast.Name()) as called):
            return [called]
    return []
