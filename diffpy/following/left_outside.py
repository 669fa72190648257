"""Values put into objects that are neither made in a function nor given to it: what holds them, and who reads them."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence

import gast

from diffpy import errors
from diffpy.analysing import Analysed, prepare
from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.kinds import (
    Kind,
    Known,
)
from diffpy.analysis.logs import only_logged
from diffpy.analysis.mutability import mutable
from diffpy.analysis.outer_names import (
    mentioning,
    reachable,
)
from diffpy.following.outer_calls import known_roots, may_touch, open_calls
from diffpy.functions import names_looked_up
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.changing_methods import OF_CONTAINERS
from diffpy.syntax.trees import nodes


def check_left_outside(found: Analysed, given: Sequence[str]) -> None:
    """Refuse calls that may read what values of interest were put into: objects that are neither made here nor given."""
    left = _left_in_objects(found, given)
    if not left:
        return
    touching = mentioning(found.prepared.source.file.tree, left) | left
    for s, called in open_calls(found):
        roots = known_roots(found, called)
        if not may_touch(found, called, roots, touching):
            continue
        if all(only_logs(one, left) for one in reachable(roots, is_foreign)):
            continue
        name = min(left)
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"this call may read '{name}', which holds a value that the derivative depends on",
            s,
            because=f"'{name}' lives outside of the function, and the derivative cannot follow the value through it",
            fix="pass the value as an argument, or store without_derivative(...)",
        )


def _left_in_objects(found: Analysed, given: Sequence[str]) -> frozenset[str]:
    """The names of outside objects that values which depend on some arguments are put into."""
    tree = found.tree
    own = flow.all_written(tree.body) | flow.argument_names(tree)
    outside = {n for s in tree.body for n in flow.names_read(s)} - own
    if not any(mutable(found.facts.kind(n)) or type(found.facts.kind(n)) is Kind for n in outside):
        if not found.facts.summaries:
            return frozenset()
    moved = active(tree, given, found.facts.kinds.keys() | own, found.facts, found.aliases)
    left = frozenset(n for s in nodes(tree) for n in _put_into(s, found, moved)) - own
    return frozenset(n for n in left if not isinstance(found.resolution(n), Known))


def _put_into(s: gast.AST, found: Analysed, moved: frozenset[str]) -> Iterator[str]:
    match s:
        case (
            gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target])
            | gast.AugAssign(target=gast.Subscript() | gast.Attribute() as target)
        ) if flow.names_read(s.value) & moved:
            yield from flow.names_read(target.value)
        case gast.Assign(value=gast.Call() as called) | gast.Expr(value=gast.Call() as called):
            if not flow.names_read(called) & moved:
                return
            summary, _ = found.facts.summaries.get(id(called), (None, None))
            if summary is not None:
                yield from summary.filled
            if isinstance(called.func, gast.Attribute) and called.func.attr in OF_CONTAINERS:
                of = called.func.value
                if not isinstance(found.facts.kind(of), Known):  # np.sort is no method
                    yield from flow.names_read(of)


def only_logs(function: types.FunctionType, names: frozenset[str]) -> bool:
    """Whether a function does no more with the objects of these names than put values in and count them."""
    own = names & names_looked_up(function.__code__)
    return not own or logs_alone(function, own)


def logs_alone(function: types.FunctionType, names: frozenset[str]) -> bool:
    """The same of names that it looks up or has captured."""
    try:
        tree = prepare(function).tree
    except errors.DifferentiationError:
        return False
    return only_logged(tree, names)
