"""What nested functions captured: names in, those and what they bring along out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import (
    DictOf,
    Kind,
    ListOf,
    Local,
    Struct,
    TupleOf,
)
from diffpy.syntax.trees import nodes


def captured_with(names: Iterable[str], kind_of_name: Callable[[str], Kind]) -> set[str]:
    """These names, and what those of them that are nested functions captured, be it to call it."""
    found: set[str] = set()
    todo = [*names]
    while todo:
        name = todo.pop()
        if name not in found:
            todo += (n for one in _functions_in(kind_of_name(name)) for n in flow.free_names(one.node))
        found.add(name)
    return found


def _functions_in(kind: Kind) -> Iterable[Local]:
    match kind:
        case Local():
            yield kind
        case TupleOf(items=inside):
            yield from (one for item in inside for one in _functions_in(item))
        case ListOf() | DictOf():
            yield from _functions_in(kind.item)
        case Struct(fields=fields):
            yield from (one for _, item in fields for one in _functions_in(item))


def kept_by_functions(tree: gast.FunctionDef) -> list[str]:
    """The parameters that nested functions which are handed on captured: an object that holds such a one holds them."""
    every = [one for s in tree.body for one in nodes(s)]
    called = Counter(c.func.id for c in every if isinstance(c, gast.Call) and isinstance(c.func, gast.Name))
    read = Counter(n.id for n in every if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load))
    nested = [s for s in every if isinstance(s, gast.FunctionDef) and read[s.name] > called[s.name]]
    captured = set().union(*map(flow.free_names, nested))
    return sorted(captured & flow.argument_names(tree))
