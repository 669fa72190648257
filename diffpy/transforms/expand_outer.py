"""A ufunc of all pairs: renamed normal form and its facts in, the same program with one more axis instead, out."""

from __future__ import annotations

import gast
import numpy as np

from diffpy.analysis.calls import OpenCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, rank_of
from diffpy.syntax.build import assign, constant, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild


def expand_outer(tree: gast.FunctionDef, facts: Facts, names: Names) -> bool:
    """Broadcast instead of np.add.outer; in place. Whether there was one.

    Before:                         After:
        y = np.add.outer(a, b)          t1 = a[..., None]
                                        y = np.add(t1, b)
    """
    found: list[gast.stmt] = []

    def expand(s: gast.stmt) -> list[gast.stmt]:
        rank = _rank(s, facts)
        if not isinstance(s, gast.Assign) or rank is None:
            return [s]
        found.append(s)
        a, b = s.value.args
        wider = names.temporary()
        index = gast.Tuple([constant(Ellipsis), *[constant(None)] * rank], gast.Load())
        value = gast.Call(s.value.func.value, [load(wider), b], [])
        made = assign(wider, gast.Subscript(a, index, gast.Load()), s)
        return [made, gast.copy_location(gast.Assign(s.targets, gast.copy_location(value, s.value), None), s)]

    body = rebuild(tree.body, expand)
    if found:
        tree.body = body
    return bool(found)


def _rank(s: gast.stmt, facts: Facts) -> int | None:
    """The number of axes of the second argument of such a call."""
    match s:
        case gast.Assign(
            value=gast.Call(
                func=gast.Attribute(attr="outer"), args=[gast.Name() as a, gast.Name() as b], keywords=[]
            ) as called
        ):
            opened = facts.calls.get(id(called))
            method = opened.function if isinstance(opened, OpenCall) else None
            ufunc = getattr(method, "__self__", None)
            arrays = isinstance(facts.kind(a), Array) and isinstance(facts.kind(b), Array)
            if isinstance(ufunc, np.ufunc) and ufunc.nin == 2 and arrays:
                return rank_of(facts.kind(b))
    return None
