"""Sizes that items tell: a function in, out how many items the arrays have at least, by name."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import nodes

Block = list[gast.stmt]


def least_sizes(tree: gast.FunctionDef) -> dict[str, int]:
    """9 for x where x[8] is read whenever x got its value: else the run ends there, and nothing is differentiated.

    Where an exception may be handled this does not hold, and nothing is said of what stands there.
    """
    writes = flow.writes(tree.body)
    found: dict[str, int] = {}
    for name, after in _given(tree):
        if writes[name] == (0 if name in flow.argument_names(tree) else 1):
            least = _read_after(name, after)
            if least:
                found[name] = least
    return found


def _given(tree: gast.FunctionDef) -> Iterator[tuple[str, Block]]:
    """Each name that gets a value, with the statements that follow in the same block."""
    for name in flow.argument_names(tree):
        yield name, tree.body
    yield from _given_in(tree.body)


def _given_in(block: Block) -> Iterator[tuple[str, Block]]:
    for k, s in enumerate(block):
        match s:
            case gast.Assign(targets=[gast.Name(id=name)]):
                yield name, block[k + 1 :]
            case gast.For(target=gast.Name(id=name)):
                yield name, s.body
        if isinstance(s, gast.For | gast.While | gast.If):
            yield from _given_in(s.body)
            yield from _given_in(s.orelse)


def _read_after(name: str, block: Block) -> int:
    """One more than the largest constant index that is read before the block may be left."""
    least = 0
    for s in block:
        if any(isinstance(one, _LEAVING) for one in nodes(s)):
            break
        match s:
            case gast.Assign(value=gast.Subscript(value=gast.Name(id=base), slice=gast.Constant(value=k))):
                if base == name and type(k) is int:
                    least = max(least, k + 1)
    return least


_LEAVING = (gast.Break, gast.Continue, gast.Return, gast.Raise, gast.Yield, gast.YieldFrom)
