"""Conditions asked once: a tree in normal form in; the same, whose conditions are Python's own True and False, out.

A condition on a device makes the host wait for its number. As a bool it is recorded for the reverse sweep; as what it
was computed from, it would be computed, and waited for, once more.
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import load, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes

_NEVER_ASKING = (gast.Is, gast.IsNot, gast.In, gast.NotIn)


def ask_conditions(tree: gast.FunctionDef, names: Names, lookup: Callable[[str], object]) -> None:
    """
    before: t1 = s > 1        after: t2 = s > 1
            if t1:                   t1 = bool(t2)
                ...                  if t1:
                                         ...
    """
    if lookup("bool") is not bool:
        return
    tests = {s.test.id for s in nodes(tree) if isinstance(s, gast.If) and isinstance(s.test, gast.Name)}
    elsewhere = {name for s in nodes(tree) if isinstance(s, gast.stmt) for name in _reads(s)}
    own = (tests & names.temporaries) - elsewhere
    for body in list(_bodies(tree)):
        body[:] = [new for s in body for new in _asked(s, own, names)]


def _reads(s: gast.stmt) -> frozenset[str]:
    """What a statement itself reads, other than as a condition."""
    if isinstance(s, gast.If | gast.FunctionDef | gast.For | gast.While | gast.Try | gast.With):
        return frozenset() if isinstance(s, gast.If | gast.While) else flow.names_read(s) - _tests_in(s)
    return frozenset(flow.names_read(s))


def _tests_in(s: gast.stmt) -> frozenset[str]:
    return frozenset(
        one.test.id for one in nodes(s) if isinstance(one, gast.If) and isinstance(one.test, gast.Name)
    )


def _bodies(tree: gast.AST) -> list[list[gast.stmt]]:
    return [
        body
        for node in nodes(tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(body := getattr(node, name, None), list)
    ]


def _asked(s: gast.stmt, own: set[str], names: Names) -> list[gast.stmt]:
    match s:
        case gast.Assign(targets=[gast.Name(id=name)], value=value) if name in own and _may_ask(value):
            held = names.temporary()
            return [_assign(held, value, s), _assign(name, _bool(held, s), s)]
        case gast.If(test=gast.Name(id=name)) if name not in own:
            held = names.temporary()
            s.test = load(held, s.test)
            return [_assign(held, _bool(name, s), s), s]
    return [s]


def _may_ask(value: gast.expr) -> bool:
    is_identity = isinstance(value, gast.Compare) and isinstance(value.ops[0], _NEVER_ASKING)
    return not (is_identity or isinstance(value, gast.Constant))


def _assign(name: str, value: gast.expr, like: gast.stmt) -> gast.stmt:
    return gast.copy_location(gast.Assign([store(name, like)], value, None), like)


def _bool(name: str, like: gast.stmt) -> gast.expr:
    return gast.copy_location(gast.Call(load("bool", like), [load(name, like)], []), like)
