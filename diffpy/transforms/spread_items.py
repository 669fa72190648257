"""Arguments spread with * over a method of a list or a dict: a call in, the same call of the items one by one out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis.calls import MethodCall
from diffpy.analysis.kinds import Kind, TupleOf
from diffpy.syntax.build import call, constant, load, placed, store


def spread_items(
    s: gast.stmt, found: MethodCall, kind: Callable[[gast.expr], Kind], temporary: Callable[[], str]
) -> list[gast.stmt] | None:
    """Name the items of tuples, whose number is known.

    Before:                     After:
        xs.insert(*pair)            t1 = pair[0]
                                    t2 = pair[1]
                                    xs.insert(t1, t2)
    """
    taken: list[gast.stmt] = []
    args: list[gast.expr] = []
    for a in found.args:
        if not isinstance(a, gast.Starred):
            args.append(a)
            continue
        spread = kind(a.value)
        if not isinstance(spread, TupleOf) or s.value.keywords:
            return None
        for k in range(len(spread.items)):
            item = temporary()
            place = gast.Subscript(load(a.value.id), constant(k), gast.Load())
            taken.append(gast.Assign([store(item)], place, None))
            args.append(load(item))
    named = call(gast.Attribute(load(found.base.id), found.method, gast.Load()), *args)
    after = gast.Expr(named) if isinstance(s, gast.Expr) else gast.Assign(s.targets, named, None)
    return placed([*taken, after], s)
