"""Iterators over lists whose items are changed in place: the same is handed out of the buffers.

Before:                     After, for a loop:                After, for a call:
    pairs = zip(xs, ys)         pairs = zip(xs, ys)               pairs = Handing(zip(xs, ys))
                                pairs_bar = zip_buffers(...)      pairs_bar = list(zip_buffers(...))

A loop takes the buffers beside the items. A call has the cotangent of an iterator, by the place of each item.
"""

from __future__ import annotations

import gast

from diffpy.analysis.calls import OpenCall
from diffpy.analysis.kinds import Iterator, ListOf
from diffpy.syntax.build import assign, call, constant, load
from diffpy.syntax.trees import nodes
from diffpy.transforms.words import Words

# What hands on the items of its arguments one by one.
ITEMS = (reversed, iter, zip, enumerate)


def handed_on(r: Words, y: str, found: OpenCall, s: gast.stmt) -> list[gast.stmt] | None:
    if not hands_on(r, y, found):
        return None
    bars = handed_buffers(r, found)
    along = sum(reads_along(r, one, y) for one in nodes(r.tree))
    if along == r.loads[y]:
        return [s, assign(r.bar(y), bars, s)]
    if along:
        return None
    return [assign(y, call(r.runtime("Handing"), s.value), s), assign(r.bar(y), call("list", bars), s)]


def hands_on(r: Words, y: str, found: OpenCall) -> bool:
    """Whether a call makes an iterator over lists with buffers."""
    if not r.shadowed(y) or found.function not in ITEMS or found.keywords or len(found.args) > 2:
        return False
    names = [a for a in found.args if isinstance(a, gast.Name)]
    active = [a for a in names if r.is_active(a)]
    lists = all(isinstance(r.facts.kind(a), ListOf | Iterator) for a in active)
    return lists and len(names) == len(found.args) and all(r.shadowed(a.id) for a in active)


def handed_buffers(r: Words, found: OpenCall) -> gast.expr:
    bars = [r.read(a.id) if r.is_active(a) else constant(None) for a in found.args]
    if found.function in (reversed, iter):
        return call(load(found.function.__name__), *bars)
    bars = [constant(None), *bars] if found.function is enumerate else bars
    return call(r.runtime("zip_buffers"), *bars)


def reads_along(r: Words, s: gast.AST, y: str) -> int:
    """How often a statement reads an iterator that has its buffers beside it: a loop, or an iterator for one."""
    match s:
        case gast.For(iter=gast.Name(id=name)):
            return int(name == y)
        case gast.Assign(targets=[gast.Name(id=z)], value=gast.Call() as called):
            found = r.facts.calls.get(id(called))
            if isinstance(found, OpenCall) and hands_on(r, z, found):
                return sum(isinstance(a, gast.Name) and a.id == y for a in found.args)
    return 0
