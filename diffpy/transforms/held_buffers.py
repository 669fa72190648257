"""Which names of a forward sweep are buffers, or hold some: its statements in, names and what they mirror out."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.analysis import flow
from diffpy.transforms.reverse import Reverse


def held_names(reverse: Reverse, forward: list[gast.stmt]) -> frozenset[str]:
    return frozenset(held(reverse, forward))


def held(reverse: Reverse, forward: list[gast.stmt]) -> dict[str, frozenset[str]]:
    """For each name that is, or holds, buffers: the classes of the objects that these mirror."""
    bars = {bar: name for name, bar in reverse.bars.items() if reverse.shadowed(name)}
    found = {bar: frozenset(reverse.aliases.reach(name)) for bar, name in bars.items()}
    found |= {
        pullback: frozenset().union(*map(reverse.aliases.reach, names))
        for pullback, names in reverse.holders.items()
    }
    asking = reverse.runtime("place_item").id
    while True:
        before = dict(found)
        for target, read in _transfers(forward, asking):
            if target in reverse.locals:
                continue  # the program's own
            classes = frozenset().union(*(found[name] for name in read & found.keys()))
            if classes:
                found[target] = found.get(target, frozenset()) | classes
        if found == before:
            return found


def _transfers(block: list, asking: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Names that may hold what is read: assigned, appended to, run over; `asking` is a call that gives a bool."""
    for s in block:
        match s:
            case gast.Assign(value=gast.Call(func=gast.Name(id=name))) if name == asking:
                pass
            case gast.Assign(targets=[target]):
                for name in flow.names_written(target):
                    yield name, flow.names_read(s.value)
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name)), args=args)):
                yield name, frozenset().union(*(flow.names_read(a) for a in args))
            case gast.For():
                for name in flow.names_written(s.target):
                    yield name, flow.names_read(s.iter)
        if not isinstance(s, gast.FunctionDef):
            yield from _transfers(flow.blocks_of(s), asking)
