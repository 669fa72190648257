"""Mappings of the user's own behind **: renamed normal form and its facts in, the same with dicts of them out."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import UNKNOWN, Known, Object, Struct
from diffpy.syntax.build import assign, call, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks_below
from diffpy.transforms.known_objects import known_as


def expand_mappings(tree: gast.FunctionDef, facts: Facts, names: Names, objects: dict[str, object]) -> bool:
    """Make a dict of an object that a call or a display takes apart; in place. Whether there was one.

    Before:                 After:
        y = f(**m)              t1 = dict(m)
                                y = f(**t1)
    """
    found, made_here = False, set(_dicts_made(tree, facts))
    for block in blocks_below(tree.body):
        done: list[gast.stmt] = []
        for s in block:
            for name in [one for one in _taken_apart(s, facts) if one.id not in made_here]:
                made = names.temporary()
                done.append(assign(made, call(known_as(dict, "dict", names, objects), load(name.id)), s))
                name.id = made
                found = True
            done.append(s)
        block[:] = done
    return found


def _taken_apart(s: gast.stmt, facts: Facts) -> list[gast.Name]:
    """The names behind ** that stand for objects of the user's classes, or for anything."""
    match s:
        case gast.Assign(value=gast.Call(keywords=keywords)) | gast.Expr(value=gast.Call(keywords=keywords)):
            spread = [one.value for one in keywords if one.arg is None]
        case gast.Assign(value=gast.Dict(keys=keys, values=values)):
            spread = [value for key, value in zip(keys, values, strict=True) if key is None]
        case _:
            return []
    names = (one for one in spread if isinstance(one, gast.Name))
    return [
        one for one in names if isinstance(facts.kind(one), Struct | Object) or facts.kind(one) == UNKNOWN
    ]


def _dicts_made(tree: gast.FunctionDef, facts: Facts) -> Iterator[str]:
    for s in nodes(tree):
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call(func=function)):
                if facts.kind(function) == Known(dict):
                    yield name
