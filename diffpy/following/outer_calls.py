"""Calls that carry values by way of global variables: the facts of a function in, these calls out."""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, analyse
from diffpy.analysis import calls, flow
from diffpy.analysis.activity import active, calls_what_it_got
from diffpy.analysis.infer import handed_on
from diffpy.analysis.kinds import (
    Closure,
    Kind,
    Known,
    Local,
)
from diffpy.analysis.outer_names import (
    assigns_globals,
    declared,
    mentioning,
    mentions,
    reachable,
    reaches,
    taking_values,
)
from diffpy.analysis.summaries import left_outside
from diffpy.functions import ByCode, bound_signature
from diffpy.runtime.carrying import is_foreign
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks
from diffpy.transforms.inline import site_of


class OuterCalls(NamedTuple):
    """Calls that may carry values by way of global variables; others that may only assign these."""

    carrying: list[tuple[gast.stmt, gast.AST, str]]
    assigning: list[int]  # by their sites
    unclear: list[tuple[gast.stmt, gast.AST, str]]  # may carry, of callees that what is written out may tell


def outer_calls(found: Analysed, given: Sequence[str]) -> OuterCalls:
    """Calls that touch the global variables which the function assigns, or leave its values in others."""
    outer = declared(found.tree)
    roots = {id(called): _callees(found, called) for _, called in open_calls(found)}
    every = {id(one): one for some in roots.values() for one in some}
    summaries = (found.facts.summaries.get(one, (None, None))[0] for one in roots)
    left = any(one is not None and one.outer for one in (*summaries, *found.facts.escaping.values()))
    if not (outer or left or any(map(assigns_globals, _codes(every.values())))):
        return OuterCalls([], [], [])
    carried = carried_outside(found, given)
    touching = mentioning(found.prepared.source.file.tree, outer) if outer else frozenset()
    again = {site_of(s.value) for s in before_reads(found.prepared.tree, outer)}
    outside = OuterCalls([], [], [])
    for s, called in open_calls(found):
        kinds = [found.facts.kind(n) for n in flow.names_read(called)]
        name = min(_left_by_known(found, called), default=None)
        if name is None and any(k.may_differ for k in kinds) and not _is_asked_when_it_runs(found, s, called):
            name = _left_by(roots[id(called)])
        touches = bool(outer) and may_touch(found, called, roots[id(called)], touching | outer)
        if name or (touches and carried):
            one = (s, called, name or min(carried))
            (outside.carrying if known_roots(found, called) else outside.unclear).append(one)
        elif touches and site_of(called) not in again:
            outside.assigning.append(site_of(called))
    return outside


def _left_by_known(found: Analysed, called: gast.Call) -> frozenset[str]:
    """The global variables in which the callee leaves values, or a nested function that it may call."""
    known = [found.facts.escaping.get(id(one)) for one in _nested(found, called)]
    known.append(found.facts.summaries.get(id(called), (None, None))[0])
    return frozenset().union(*(one.outer for one in known if one is not None))


def _nested(found: Analysed, called: gast.Call) -> list[gast.FunctionDef]:
    """The nested functions that a call is given; where it calls what it got, also those that something holds."""
    kinds = map(found.facts.kind, sorted(flow.names_read(called)))
    given = [k.node for k in kinds if isinstance(k, Local)]
    summary, _ = found.facts.summaries.get(id(called), (None, None))
    known = getattr(found.facts.calls[id(called)], "function", None) is not None
    if known if summary is None else not calls_what_it_got(summary):
        return given
    held = handed_on(found.tree)
    return [*given, *(s for s in nodes(found.tree) if isinstance(s, gast.FunctionDef) and s.name in held)]


def open_calls(found: Analysed) -> Iterator[tuple[gast.stmt, gast.Call]]:
    """Calls of what is no function of the table, with their statements."""
    return ((s, called) for s, called in calls_in(found) if is_open(found, called))


def calls_in(found: Analysed) -> Iterator[tuple[gast.stmt, gast.Call]]:
    for s in nodes(found.tree):
        called = getattr(s, "value", None) if isinstance(s, gast.Assign | gast.Expr) else None
        if isinstance(called, gast.Call):
            yield s, called


def is_open(found: Analysed, called: gast.Call) -> bool:
    return isinstance(found.facts.calls.get(id(called)), calls.OpenCall)


def _callees(found: Analysed, called: gast.Call) -> list[object]:
    """What a call may call: by its name, as an argument; where that is not known, all that its file defines."""
    roots = known_roots(found, called)
    if not roots and any("global " in line for line in found.prepared.source.file.lines):
        return list(_possible(called.func, found.resolution.globals))
    return roots


def known_roots(found: Analysed, called: gast.Call) -> list[object]:
    kinds = [found.facts.kind(n) for n in flow.names_read(called)]
    outer = found.resolution.globals
    target = getattr(found.facts.calls[id(called)], "function", None)
    roots: list[object] = [target, *(found_value(k) for k in kinds)]
    roots += [k.example for k in kinds if isinstance(k, Closure)]
    for nested in (k.node for k in kinds if isinstance(k, Local)):
        roots += [nested, *(outer.get(n) for n in flow.free_names(nested))]
    return [one for one in roots if one is not None]


def _is_asked_when_it_runs(found: Analysed, s: gast.stmt, called: gast.Call) -> bool:
    """Whether a callee is not known before it runs, and is asked for its derivative then: that one refuses."""
    return isinstance(s, gast.Assign) and not known_roots(found, called)


def _possible(func: gast.expr, outer: Mapping[str, object]) -> Iterator[object]:
    """What a call of something unknown may call: methods of that name; of a name, all functions and classes there are."""
    for one in outer.values():
        if isinstance(one, type) and isinstance(func, gast.Attribute):
            yield getattr(one, func.attr, None)
        elif isinstance(one, type | types.FunctionType) and isinstance(func, gast.Name):
            yield one


def _codes(roots: Iterable[object]) -> Iterator[types.CodeType]:
    return (one.__code__ for one in reachable(roots, is_foreign))


def _left_by(roots: list[object]) -> str | None:
    """A global variable in which a call of these leaves a value of its arguments."""
    for one in reachable(roots, is_foreign):
        if assigns_globals(one.__code__) and (left := _left(one)):
            return min(left)
    return None


def _left(function: types.FunctionType) -> frozenset[str]:
    if function.__code__ not in _left_outside:
        try:
            signature = bound_signature(function)
            tree = analyse(function, dict.fromkeys(signature.parameters, Kind()))
            left = left_outside(tree.tree, tree.facts, tree.aliases)
        except (TypeError, errors.DifferentiationError):
            left = frozenset(("a global variable",))
        _left_outside[function.__code__] = left
    return _left_outside[function.__code__]


_left_outside: ByCode[frozenset[str]] = ByCode()


def carried_outside(found: Analysed, given: Sequence[str]) -> frozenset[str]:
    """The global variables that values of interest reach."""
    outer = taking_values(found.tree, found.facts.kind, found.aliases.is_shadowed)
    return active(found.tree, given, outer, found.facts, found.aliases) & outer if outer else frozenset()


def may_touch(found: Analysed, called: gast.Call, roots: list[object], touching: frozenset[str]) -> bool:
    """Whether a call may get to a function that mentions the variables."""
    return any(mentions(one, touching) for one in _nested(found, called)) or reaches(
        roots, touching, is_foreign
    )


def before_reads(tree: gast.FunctionDef, outer: frozenset[str]) -> Iterator[gast.stmt]:
    """The statements after which the global variables are read anew."""
    for block in [tree.body, *(b for s in nodes(tree) if isinstance(s, gast.stmt) for b in blocks(s))]:
        for s, following in itertools.pairwise(block):
            match following:
                case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=same)) if (
                    name == same and name in outer
                ):
                    yield s


def found_value(kind: Kind) -> object:
    return kind.value if isinstance(kind, Known) else None
