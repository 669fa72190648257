"""Sizes that items tell: a function in, out how many items the arrays have at least, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import nodes

Block = list[gast.stmt]


def least_sizes(tree: gast.FunctionDef) -> dict[str, int]:
    """9 for x where x[8] is read whenever x got its value: else the run ends there, and nothing is differentiated.

    Where an exception may be handled this does not hold, and nothing is said of what stands there.
    """
    writes = flow.writes(tree.body)
    arguments = flow.argument_names(tree)
    given = list(_sized(tree.body, arguments))
    return {name: least for name, least in given if writes[name] == (0 if name in arguments else 1)}


def _sized(block: Block, entering: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Names that get values in a block, or as it is entered; with one more than the largest constant index
    that is read of them before the block may be left.
    """
    ahead: dict[str, int] = {}
    for s in reversed(block):
        match s:
            case gast.Assign(targets=[gast.Name(id=name)]) if name in ahead:
                yield name, ahead[name]
        if ahead and any(isinstance(one, _LEAVING) for one in nodes(s)):
            ahead = {}
        match s:
            case gast.Assign(value=gast.Subscript(value=gast.Name(id=base), slice=gast.Constant(value=k))):
                if type(k) is int and k >= 0:
                    ahead[base] = max(ahead.get(base, 0), k + 1)
            case gast.For(target=target):
                yield from _sized(s.body, {target.id} if isinstance(target, gast.Name) else ())
                yield from _sized(s.orelse, ())
            case gast.While() | gast.If():
                yield from _sized(s.body, ())
                yield from _sized(s.orelse, ())
    yield from ((name, ahead[name]) for name in entering if name in ahead)


_LEAVING = (gast.Break, gast.Continue, gast.Return, gast.Raise, gast.Yield, gast.YieldFrom)
