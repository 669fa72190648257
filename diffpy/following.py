"""Calls that change what derivatives depend on: an analysed function in, one with such calls written out, out."""

from __future__ import annotations

import builtins
import inspect
import itertools
import re
import sys
import types
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, analyse, place_of, placed, prepare
from diffpy.analysis import calls, flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import ALONE, CHANGING, Order, Outside, mutable
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.foreign import only_gathers
from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    Bottom,
    Closure,
    Cotangent,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Local,
    Range,
    Struct,
)
from diffpy.analysis.outer_names import (
    assigns_globals,
    declared,
    mentioning,
    mentions,
    names_in,
    reachable,
    reaches,
)
from diffpy.analysis.resolution import Guard
from diffpy.analysis.summaries import left_outside
from diffpy.managers import managed, without_managers
from diffpy.methods_called import own_context, special_methods, with_methods
from diffpy.runtime import buffers, differentials
from diffpy.runtime.absent import not_given
from diffpy.runtime.attempts import attempted, uncaught
from diffpy.runtime.dispatch import is_foreign
from diffpy.runtime.leaving import entered, left, may_return_true, swallows
from diffpy.runtime.probing import probed
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.build import assign
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import is_generator
from diffpy.transforms.another import is_for_another
from diffpy.transforms.assume_arrays import stored_unknown
from diffpy.transforms.blocks import assigned, blocks, every_statement, rebuild
from diffpy.transforms.contexts import is_open_call, made_by
from diffpy.transforms.expand_contexts import expand_contexts
from diffpy.transforms.expand_defaults import expand_defaults, held_names
from diffpy.transforms.expand_tries import expand_tries
from diffpy.transforms.index_loops import NoIndexError, index_loops
from diffpy.transforms.inline import NO_SITE, Inlining, chain_of, key_of, site_of
from diffpy.transforms.known_objects import known_as
from diffpy.transforms.stages import Runners

ROUNDS = 40
_LAZY = (enumerate, zip, reversed, map, filter, iter)
Found = tuple[Analysed, frozenset[str]]


def followed(
    function: types.FunctionType,
    prepared: Prepared,
    kinds: Mapping[str, Kind],
    wrt: Sequence[str],
    captured: Sequence[str],
    held: Sequence[str],
    aux: bool,
    tries: bool = False,
    outside: Outside = ALONE,
) -> Found:
    """Facts and active names, after each call that changes an active object is written out where it stands.

    Those of recursive functions stay, and get the buffers of what they change. `tries`: try statements are left as
    they are. `outside`: what the caller changes too.
    """
    objects: dict[str, object] = {}
    assumed: frozenset[str] = frozenset()
    read = _Read()
    for _ in range(ROUNDS):
        found = read.noted(analyse(function, kinds, aux, None, prepared, objects, outside, assumed))
        for name in (*captured, *outside.changed):
            if name in found.resolution.closure:
                found.facts.kinds[name] = found.resolution(name)
        results = found.handed_out | set(held) | outer_variables(found.tree) | outside.changed
        lively = active(found.tree, (*wrt, *outside.changed), results, found.facts, found.aliases)
        changing = list(_changing(found, lively))
        outer = outer_calls(found, (*wrt, *outside.changed))
        todo = [one for one in changing if not _takes_buffers(found, one[1])] + outer.carrying
        found.facts.on_buffers = {id(called) for _, called, _ in changing}
        more = stored_unknown(found.tree, found.facts, lively)
        if more:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        if _has_defaults(found, (*wrt, *outside.changed)):
            prepared = _without_defaults(prepared, objects)
        elif todo:
            prepared = _written_out(prepared, found, todo, objects, outer.carrying)
        elif outer.assigning:
            prepared = _read_again(prepared, found, outer.assigning)
        elif swallowing := _swallowing(found, lively):
            prepared = _without_contexts(prepared, swallowing, objects)
        elif any(special := special_methods(found, lively)):
            prepared = with_methods(prepared, *special, objects)
        elif managers := managed(found, lively):
            prepared = without_managers(prepared, managers, partial(_spelling, found, objects=objects))
        elif not tries and any(_is_tried(s, lively) for s in every_statement(found.tree.body)):
            prepared = _without_tries(prepared, found, objects)
        elif indexed := _by_index(prepared, found, list(_loops(found, lively)), objects):
            prepared = indexed
        else:
            _check_copied_tapes(found, lively)
            return found, lively
    if not todo:
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"'{function.__name__}' is too involved to be derived",
            found.prepared.tree,
            because="its try statements and loops are rewritten, and what comes out is to be rewritten again",
            fix="move parts of it, such as the try statement, into functions of their own",
        )
    raise refusal(found, *todo[0])


class _Read:
    """What the rounds were read from: a name that has been written out is looked at no more, and counts all the same."""

    def __init__(self) -> None:
        self.guards: dict[object, Guard] = {}
        self.cells: dict[str, Kind] = {}

    def noted(self, found: Analysed) -> Analysed:
        every = (*found.resolution.guards.values(), *found.guards)
        self.guards.update({(place_of(g), g.name): g for g in every})
        self.cells.update(found.resolution.cells)
        found.resolution.cells.update(self.cells)
        return replace(found, guards=tuple(self.guards.values()))


def _takes_buffers(found: Analysed, called: gast.AST) -> bool:
    """Whether a call that changes objects is one of a recursive function, which is not written out."""
    summary, bound = found.facts.summaries.get(id(called), (None, None))
    if summary is None or bound is None or summary.gives_changing or is_generator(summary.tree):
        return False
    if isinstance(getattr(found.facts.calls.get(id(called)), "function", None), Recomputed):
        return False
    return summary.recursive or key_of(summary) in chain_of(called)


class OuterCalls(NamedTuple):
    """Calls that may carry values by way of global variables; others that may only assign these."""

    carrying: list[tuple[gast.stmt, gast.AST, str]]
    assigning: list[int]  # by their sites


def outer_calls(found: Analysed, given: Sequence[str]) -> OuterCalls:
    """Calls that touch the global variables which the function assigns, or leave its values in others."""
    outer = declared(found.tree)
    roots = {id(called): _callees(found, called) for _, called in _open_calls(found)}
    every = {id(one): one for some in roots.values() for one in some}
    summaries = (found.facts.summaries.get(one, (None, None))[0] for one in roots)
    left = any(one is not None and one.outer for one in summaries)
    if not (outer or left or any(map(assigns_globals, _codes(every.values())))):
        return OuterCalls([], [])
    carried = carried_outside(found, given)
    touching = mentioning(found.prepared.source.file.tree, outer) if outer else frozenset()
    again = {site_of(s.value) for s in _before_reads(found.prepared.tree, outer)}
    carrying, assigning = [], []
    for s, called in _open_calls(found):
        kinds = [found.facts.kind(n) for n in flow.names_read(called)]
        summary, _ = found.facts.summaries.get(id(called), (None, None))
        name = min(summary.outer, default=None) if summary is not None else None
        if name is None and any(k.may_differ for k in kinds) and not _is_asked_when_it_runs(found, s, called):
            name = _left_by(roots[id(called)])
        touches = bool(outer) and _touches(found, called, roots[id(called)], touching | outer)
        if name or (touches and carried):
            carrying.append((s, called, name or min(carried)))
        elif touches and site_of(called) not in again:
            assigning.append(site_of(called))
    return OuterCalls(carrying, assigning)


def _open_calls(found: Analysed) -> Iterator[tuple[gast.stmt, gast.Call]]:
    for s in nodes(found.tree):
        called = getattr(s, "value", None) if isinstance(s, gast.Assign | gast.Expr) else None
        if isinstance(called, gast.Call) and isinstance(found.facts.calls.get(id(called)), calls.OpenCall):
            yield s, called


def _callees(found: Analysed, called: gast.Call) -> list[object]:
    """What a call may call: by its name, as an argument; where that is not known, all that its file defines."""
    roots = _known_roots(found, called)
    if not roots and any("global " in line for line in found.prepared.source.file.lines):
        return list(_possible(called.func, found.resolution.globals))
    return roots


def _known_roots(found: Analysed, called: gast.Call) -> list[object]:
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
    return isinstance(s, gast.Assign) and not _known_roots(found, called)


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
            signature = inspect.signature(function, follow_wrapped=False)
            tree = analyse(function, dict.fromkeys(signature.parameters, Kind()))
            left = left_outside(tree.tree, tree.facts, tree.aliases)
        except (TypeError, errors.DifferentiationError):
            left = frozenset(("a global variable",))
        _left_outside[function.__code__] = left
    return _left_outside[function.__code__]


_left_outside: weakref.WeakKeyDictionary[types.CodeType, frozenset[str]] = weakref.WeakKeyDictionary()


def check_left_outside(found: Analysed, given: Sequence[str]) -> None:
    """Refuse calls that may read what values of interest were put into: objects that are neither made here nor given."""
    left = _left_in_objects(found, given)
    if not left:
        return
    touching = mentioning(found.prepared.source.file.tree, left) | left
    for s, called in _open_calls(found):
        roots = _known_roots(found, called)
        if not _touches(found, called, roots, touching):
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
    return frozenset(n for s in nodes(tree) for n in _put_into(s, found, moved)) - own


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
                yield from (summary.changed | summary.touched) - flow.argument_names(summary.tree)
            if isinstance(called.func, gast.Attribute) and called.func.attr in CHANGING:
                yield from flow.names_read(called.func.value)


def only_logs(function: types.FunctionType, names: frozenset[str]) -> bool:
    """Whether a function does no more with the objects of these names than put values in and count them."""
    own = names & names_in(function.__code__)
    if not own:
        return True
    try:
        tree = prepare(function).tree
    except errors.DifferentiationError:
        return False
    every = [one for s in tree.body for one in nodes(s)]
    uses = sum(isinstance(n, gast.Name) and n.id in own for n in every)
    return uses == sum(_logs(n, own) for n in every)


def _logs(node: gast.AST, names: frozenset[str]) -> bool:
    match node:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method))):
            return name in names and method in CHANGING
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))]):
            return name in names
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
            return name in names
    return False


def carried_outside(found: Analysed, given: Sequence[str]) -> frozenset[str]:
    """The global variables that values of interest reach."""
    outer = declared(found.tree)
    return active(found.tree, given, outer, found.facts, found.aliases) & outer if outer else frozenset()


def _touches(found: Analysed, called: gast.Call, roots: list[object], touching: frozenset[str]) -> bool:
    """Whether a call may get to a function that mentions the variables."""
    kinds = [found.facts.kind(n) for n in flow.names_read(called)]
    nested = [k.node for k in kinds if isinstance(k, Local)]
    return any(mentions(one, touching) for one in nested) or reaches(roots, touching, is_foreign)


def _before_reads(tree: gast.FunctionDef, outer: frozenset[str]) -> Iterator[gast.stmt]:
    """The statements after which the global variables are read anew."""
    for block in [tree.body, *(b for s in nodes(tree) if isinstance(s, gast.stmt) for b in blocks(s))]:
        for s, following in itertools.pairwise(block):
            match following:
                case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=same)) if (
                    name == same and name in outer
                ):
                    yield s


def _read_again(prepared: Prepared, found: Analysed, sites: list[int]) -> Prepared:
    """The function with `count = count` after calls that may assign a global variable count."""
    tree, names = prepared.fresh()
    outer = sorted(declared(found.tree))

    def with_reads(s: gast.stmt) -> list[gast.stmt]:
        if site_of(getattr(s, "value", None)) not in sites:
            return [s]
        return [s, *(assign(n, gast.Name(n, gast.Load(), None, None), s) for n in outer)]

    tree.body = rebuild(tree.body, with_reads)
    return Prepared(prepared.source, tree, names, prepared.objects)


def outer_variables(tree: gast.FunctionDef) -> set[str]:
    """Variables of the functions around that a function assigns."""
    return {n for s in tree.body if isinstance(s, gast.Nonlocal) for n in s.names}


def _has_defaults(found: Analysed, given: Sequence[str]) -> bool:
    """Whether a nested function has a default that depends on what derivatives are taken of."""
    nested = (s for s in every_statement(found.tree.body) if isinstance(s, gast.FunctionDef))
    held = {n for s in nested for n in held_names(s) if found.facts.kind(n).may_differ}
    return bool(held and active(found.tree, given, held, found.facts, found.aliases) & held)


def _without_defaults(prepared: Prepared, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    missing = names.fresh("not_given")
    objects[missing] = not_given
    return Prepared(prepared.source, expand_defaults(tree, names, missing), names)


def _swallowing(found: Analysed, lively: frozenset[str]) -> dict[int, tuple[object, object]]:
    """The with statements that may swallow an exception of what derivatives depend on: what enters and leaves."""
    sites: dict[int, tuple[object, object]] = {}
    values = assigned(found.tree)
    for s in every_statement(found.tree.body):
        if not isinstance(s, gast.With) or not flow.all_written([s]) & lively:
            continue
        context = s.items[0].context_expr
        own = own_context(found.facts.kind(context))
        made = made_by(found.facts, values[context.id])
        if own is not None:
            if may_return_true(own[1].__code__):
                sites[site_of(s)] = own
        elif context.id not in lively and made and all(map(swallows, made)):
            sites[site_of(s)] = (entered, left)
    sites.pop(NO_SITE, None)
    return sites


def _without_contexts(
    prepared: Prepared, wanted: Mapping[int, tuple[object, object]], objects: dict[str, object]
) -> Prepared:
    tree, names = prepared.fresh()
    named = {
        site: (known_as(enter, "entered", names, objects).id, known_as(leave, "left", names, objects).id)
        for site, (enter, leave) in wanted.items()
    }
    return Prepared(prepared.source, expand_contexts(tree, names, named), names)


def _is_tried(s: gast.AST, lively: frozenset[str]) -> bool:
    """Whether the statement is a try that assigns active names, or changes what they stand for."""
    if not isinstance(s, gast.Try):
        return False
    inside = [*every_statement([s])]
    changed = {n for one in inside if not isinstance(one, gast.Try) for n in flow.names_read(one)}
    return not lively.isdisjoint(flow.all_written([s]) | changed)


def _without_tries(prepared: Prepared, found: Analysed, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    _check_tried_yields(prepared)
    runners = Runners(names.fresh("attempted"), names.fresh("uncaught"), names.fresh("probed"))
    objects |= {runners.attempted: attempted, runners.uncaught: uncaught, runners.probed: probed}
    try:
        expand_tries(tree, names, runners, _Changes(found, tree), _OpenContexts(found, tree))
    except errors.UnsupportedSyntaxError as error:
        raise placed(error, prepared.source) from None
    return Prepared(prepared.source, tree, names)


def _check_tried_yields(prepared: Prepared) -> None:
    """The body of a try becomes a function, which cannot hand over the items of the generator around it."""
    tried = (s for s in nodes(prepared.tree) if isinstance(s, gast.Try))
    inside = next((one for s in tried for one in nodes(s) if isinstance(one, gast.Yield)), None)
    if inside is not None:
        raise prepared.source.error(
            errors.UnsupportedSyntaxError,
            "a generator function hands over an item inside a 'try' statement",
            inside,
            because="the body of the 'try' is derived as a function of its own, which cannot be suspended",
            fix="compute the item inside the 'try' statement, and hand it over after it",
        )


class _Changes:
    """Whether a statement of the normal form changes an object, or makes a view of one that is changed."""

    def __init__(self, found: Analysed, tree: gast.FunctionDef) -> None:
        aliases = found.aliases
        self.sites = _calls(tree) - _calls(found.tree)  # written out as the stores that they are
        self.sites |= {
            site_of(one) for _, where in aliases.changes for one in nodes(where) if isinstance(one, gast.Call)
        }
        self.sites |= {site_of(s.value) for s in nodes(found.tree) if _is_changed_view(s, found)}
        self.sites -= {NO_SITE}
        versions = [
            n for n, kind in found.facts.kinds.items() if mutable(kind) and not isinstance(kind, AnyTuple)
        ]
        self.names = _with_bases(versions)
        self.views = _with_bases([n for n in versions if aliases.is_changed(n)])

    def __call__(self, s: gast.stmt) -> bool:
        match s:
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute()]) | gast.Delete():
                return True
            case gast.AugAssign(target=gast.Name() as target):
                return target.id in self.names
            case gast.AugAssign():
                return True
            case gast.Assign(targets=[gast.Name() as target], value=gast.Name()):
                return target.id in self.views
            case gast.Assign(value=value) | gast.Expr(value=value):
                return site_of(value) in self.sites
        return False


def _calls(tree: gast.FunctionDef) -> set[int]:
    return {site_of(one) for one in nodes(tree) if isinstance(one, gast.Call)}


class _OpenContexts:
    """Whether the contexts of a with statement of the normal form end the same with and without an exception."""

    def __init__(self, found: Analysed, tree: gast.FunctionDef) -> None:
        called = (one for one in nodes(found.tree) if isinstance(one, gast.Call))
        self.sites = {site_of(one) for one in called if is_open_call(found.facts, one)} - {NO_SITE}
        self.made: dict[str, list[gast.expr]] = {}
        for one in every_statement(tree.body):
            for name in flow.names_written(one) if isinstance(one, gast.Assign) else ():
                self.made.setdefault(name, []).append(one.value)

    def __call__(self, s: gast.With) -> bool:
        contexts = [one.context_expr for one in s.items]
        made = [self.made.get(one.id, []) if isinstance(one, gast.Name) else [] for one in contexts]
        return all(values and all(site_of(v) in self.sites for v in values) for values in made)


def _with_bases(versions: list[str]) -> set[str]:
    """The names, and those that they are versions of."""
    return {*versions, *(re.sub(r"(_\d+)+$", "", n) for n in versions)}


def _is_changed_view(s: gast.AST, found: Analysed) -> bool:
    if not isinstance(s, gast.Assign) or not isinstance(s.targets[0], gast.Name):
        return False
    y, aliases = s.targets[0].id, found.aliases
    if not aliases.is_changed(y):
        return False
    return any(aliases.reach(y) & aliases.reach(n) for n in flow.names_read(s.value))


def alone(
    function: types.FunctionType,
    prepared: Prepared,
    kinds: Mapping[str, Kind],
    wrt: Sequence[str],
    captured: Sequence[str],
    held: Sequence[str],
    aux: bool,
    tries: bool = True,
) -> Found:
    """The same with calls left as they are: in forward mode a call changes tangents as it changes values.

    What is differentiated once more has them written out: another derivation would not see them change.
    """
    objects: dict[str, object] = {}
    assumed: frozenset[str] = frozenset()
    read = _Read()
    for _ in range(ROUNDS):
        found = read.noted(analyse(function, kinds, aux, None, prepared, objects, assumed=assumed))
        for name in captured:
            found.facts.kinds[name] = found.resolution(name)
        results = found.handed_out | {n for n in wrt if mutable(found.facts.kind(n))}
        results |= outer_variables(found.tree)
        lively = active(found.tree, wrt, results, found.facts, found.aliases)
        outer = outer_calls(found, wrt)
        todo = [*_factories(found), *outer.carrying, *_changed_by_calls(found, lively)]
        more = stored_unknown(found.tree, found.facts, lively)
        if more:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        if _has_defaults(found, wrt):
            prepared = _without_defaults(prepared, objects)
        elif todo:
            prepared = _written_out(prepared, found, todo, objects, outer.carrying)
        elif outer.assigning:
            prepared = _read_again(prepared, found, outer.assigning)
        elif swallowing := _swallowing(found, lively):
            prepared = _without_contexts(prepared, swallowing, objects)
        elif any(special := special_methods(found, lively)):
            prepared = with_methods(prepared, *special, objects)
        elif managers := managed(found, lively):
            prepared = without_managers(prepared, managers, partial(_spelling, found, objects=objects))
        elif any(_is_tried(s, lively) for s in every_statement(found.tree.body)):
            prepared = _without_tries(prepared, found, objects)
        elif indexed := _by_index(prepared, found, list(_through_iterators(found, lively)), objects):
            prepared = indexed
        else:
            break
    for s, called, name in found.aliases.by_calls:
        if name in lively and (called is s or _is_untold(found, called)):
            raise refusal(found, s, called, name)
    for called in nodes(found.tree):
        copied = next((name for name in _copied(found, called) if name in wrt), None)
        if copied is not None:
            raise refusal(found, called, called, copied, _RECORDED)
    return found, lively


def _changed_by_calls(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Of a differential that is differentiated itself: calls that change active objects, and can be written out."""
    for s, called, name in found.aliases.by_calls if is_for_another() else ():
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if name in lively and summary is not None and bound is not None:
            if not (summary.recursive or key_of(summary) in chain_of(called) or is_generator(summary.tree)):
                yield s, called, name


_RECORDED = "it holds recorded values beside buffers"


def _check_copied_tapes(found: Analysed, lively: frozenset[str]) -> None:
    """Tapes among the buffers that a pullback copies: the rule of the copies says that nothing depends on them."""
    for called in nodes(found.tree):
        for name in _copied(found, called):
            kind = found.facts.kind(name)
            if (
                name in lively
                and isinstance(kind, ListOf)
                and not isinstance(kind.item, Cotangent | Inert | Bottom | Array)
            ):
                raise refusal(found, called, called, name, _RECORDED)


def _copied(found: Analysed, called: gast.AST) -> list[str]:
    """The names of the buffers that a call copies for a pullback."""
    if not isinstance(called, gast.Call) or not isinstance(called.func, gast.Name):
        return []
    kind = found.facts.kind(called.func)
    if not isinstance(kind, Known) or kind.value not in (buffers.fresh_buffer, buffers.fresh_buffers):
        return []
    return [a.id for a in called.args if isinstance(a, gast.Name)]


def _is_untold(found: Analysed, called: gast.AST) -> bool:
    """Whether a call changes its argument in a way that nobody wrote down for tangents."""
    function = getattr(found.facts.calls.get(id(called)), "function", None)
    known = isinstance(function, types.FunctionType) or id(called) in found.facts.summaries
    return function is not None and not known and differentials.rule_for(function) is None


def _changing(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that change an active object, or give one back that is changed: with the object's name."""
    for s, called, name in found.aliases.by_calls:
        if name in lively and not (isinstance(s, gast.Expr) and only_gathers(found.facts, called)):
            yield s, called, name
    order = Order(found.tree)
    for s, called, given, y in found.aliases.given_back:
        root = found.aliases.find(given)
        if y in lively and root in found.aliases.reach(y):
            held = isinstance(
                found.facts.kind(y), Struct
            )  # what an object was made of may change deep inside
            roots = found.aliases.reach(given) if held else {root}
            if found.aliases.may_change_after(set(roots), s, order):
                yield s, called, given
    yield from _factories(found)
    yield from _reading(found, lively)


def _factories(found: Analysed) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that give out functions with variables of their own, which calls of these change."""
    for s in nodes(found.tree):
        called = getattr(s, "value", None) if isinstance(s, gast.Assign) else None
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if summary is None or bound is None or not summary.gives_changing:
            continue
        if key_of(summary) not in chain_of(called):
            yield s, called, next(iter(flow.names_written(s)), "")


def _reading(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls of functions that read captured objects which change later: their pullbacks would read them too late."""
    order = Order(found.tree)
    for s, called, name in found.aliases.read_by_calls:
        kind = found.facts.kind(name)
        if not isinstance(kind, Array | ListOf | DictOf | Struct):
            continue
        roots = found.aliases.reach(name)
        if _is_cell(name, kind):
            roots = roots - {found.aliases.find(name)}
        used = lively & (flow.names_read(s) | flow.names_written(s))
        if used and found.aliases.may_change_after(roots, s, order):
            yield s, called, name


class Loop(NamedTuple):
    """A loop that runs through `name` while it changes, if it does; where the lists that it runs through change."""

    statement: gast.For
    name: str | None
    changes: list[tuple[str, gast.AST]]


def _loops(found: Analysed, lively: frozenset[str]) -> Iterator[Loop]:
    """Loops that change what they run through, and those through active items of what zip and the like hand out."""
    assigned = (s for s in nodes(found.tree) if isinstance(s, gast.Assign))
    made = {s.targets[0].id: s for s in assigned if isinstance(s.targets[0], gast.Name)}
    values = {name: s.value for name, s in made.items()}
    order = Order(found.tree)
    for s in nodes(found.tree):
        if not isinstance(s, gast.For) or id(s) not in order.number:
            continue
        read, iterators, since = _run_through(s, made, found, order)
        if lively.isdisjoint({s.target.id} | iterators):
            continue
        kept = {n for n in read if isinstance(found.facts.kind(n), Array | ListOf | DictOf)}
        changes = {n: _changes_until_end(s, n, since, found, order) for n in sorted(kept)}
        for name in changes:
            if any(not _is_built(one, values, read) for one, _ in changes[name]):
                lists = (n for n in changes if isinstance(found.facts.kind(n), ListOf))
                yield Loop(s, name, [one for n in lists for one in changes[n]])
                break
        else:
            if s.iter.id in iterators & lively and not _is_sequence(found.facts.kind(s.iter)):
                yield Loop(s, None, [])


def _through_iterators(found: Analysed, lively: frozenset[str]) -> Iterator[Loop]:
    """Those of them through active items of what zip and the like hand out."""
    return (Loop(one.statement, None, []) for one in _loops(found, lively) if one.name is None)


def _run_through(
    s: gast.For, made: Mapping[str, gast.Assign], found: Analysed, order: Order
) -> tuple[frozenset[str], set[str], int]:
    """The names whose objects a loop runs through; which of them are made by calls, and where the first one is."""
    read, todo, since = {s.iter.id}, [s.iter.id], order.number[id(s)]
    iterators: set[str] = set()
    while todo:
        name = todo.pop()
        where = made.get(name)
        called = where.value if where is not None else None
        if not isinstance(called, gast.Call):
            continue
        lazy = found_value(found.facts.kind(called.func)) in _LAZY
        if lazy:
            since = min(since, order.number.get(id(where), since))
            todo += sorted(flow.names_read(called) - read)
        if lazy or name == s.iter.id:
            iterators.add(name)
            read |= flow.names_read(called)
    return frozenset(read), iterators, since


def _changes_until_end(
    s: gast.For, name: str, since: int, found: Analysed, order: Order
) -> list[tuple[str, gast.AST]]:
    """The changes of what a loop runs through, from where an iterator over it was made to the loop's end."""
    root = found.aliases.find(name)
    early = [
        (one, where)
        for one, where in found.aliases.changes
        if since < order.number.get(id(where), since) < order.number[id(s)]
        and found.aliases.find(one) == root
    ]
    return early + found.aliases.changes_in(s, root, order)


def _is_built(name: str, made: Mapping[str, gast.expr], read: frozenset[str]) -> bool:
    """Whether a list is one that a comprehension builds: nobody else knows it yet."""
    value = made.get(name)
    return name not in read and isinstance(value, gast.List) and not value.elts


def _by_index(
    prepared: Prepared, found: Analysed, loops: list[Loop], objects: dict[str, object]
) -> Prepared | None:
    """The loops written over an index, if what they run through keeps its length; None if there are none."""
    if not loops:
        return None
    tree, names = prepared.fresh()
    sequences = _with_bases([n for n, kind in found.facts.kinds.items() if _is_sequence(kind)])
    others = _with_bases([n for n, kind in found.facts.kinds.items() if not _is_sequence(kind)])
    changed = [one for one in loops if one.name is not None]
    try:
        if not all(one.statement.site is not None and _keeps_length(one) for one in changed):
            raise NoIndexError
        wanted = {one.statement.site: one.name is not None for one in loops}
        spelling = _spelling(found, names, objects)
        chosen = {site_of(one) for one in nodes(found.tree) if _is_choosing(one, found)} - {NO_SITE}
        is_sequence = lambda name: name in sequences - others  # noqa: E731
        if not index_loops(
            tree, names, wanted, is_sequence, spelling.builtin, lambda one: site_of(one) in chosen
        ):
            return None
    except NoIndexError:
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"'{changed[0].name}' is changed while a loop runs through it by an iterator",
            changed[0].statement,
            because="the derivative would have to follow the change through the iterator",
            fix=f"go through it by index: for k in range(len({changed[0].name})): ... {changed[0].name}[k] ...",
        ) from None
    return Prepared(prepared.source, tree, names)


def _is_choosing(called: gast.AST, found: Analysed) -> bool:
    """Whether a call hands out tuples of items of its first argument."""
    known = found.facts.calls.get(id(called)) if isinstance(called, gast.Call) else None
    return getattr(known, "function", None) in (itertools.combinations, itertools.permutations)


def _keeps_length(loop: Loop) -> bool:
    """Whether lists that a loop runs through change by stores of items alone."""
    return all(_is_item_store(where) for _, where in loop.changes)


def _is_item_store(s: gast.AST) -> bool:
    match s:
        case (
            gast.Assign(targets=[gast.Subscript(slice=place)])
            | gast.AugAssign(target=gast.Subscript(slice=place))
        ):
            return not isinstance(place, gast.Slice)
    return False


def _is_sequence(kind: Kind) -> bool:
    return isinstance(kind, Array | ListOf | Range) and not isinstance(kind, AnyTuple)


def _is_cell(name: str, kind: Kind) -> bool:
    """Whether a list stands for a variable, whose value is read when the function runs."""
    return isinstance(kind, ListOf) and name.rstrip("0123456789_").endswith("_cell")


def _written_out(
    prepared: Prepared,
    found: Analysed,
    todo: list[tuple[gast.stmt, gast.AST, str]],
    objects: dict[str, object],
    carrying: list[tuple[gast.stmt, gast.AST, str]],
) -> Prepared:
    wanted = {}
    for s, called, name in todo:
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if (s, called, name) in carrying:
            _check_outer(found, s, called, name, summary)
        if isinstance(getattr(found.facts.calls.get(id(called)), "function", None), Recomputed):
            raise refusal(found, s, called, name, "a function with recomputation may not change anything")
        if summary is None or bound is None or key_of(summary) in chain_of(called):
            raise refusal(found, s, called, name)
        if is_generator(summary.tree):
            because = "it is a generator function, which runs while its caller does other things"
            raise refusal(found, s, called, name, because)
        kept = sorted(n for n in summary.changed & flow.argument_names(summary.tree) if n not in bound)
        if kept:
            raise _changed_default(found, s, summary.tree.name, kept[0])
        wanted[site_of(called)] = (summary, _owner(called, bound))
    tree, names = prepared.fresh()
    spelling = _spelling(found, names, objects)
    try:
        Inlining(wanted, names, spelling).function(tree)
    except errors.UnsupportedSyntaxError as error:
        s, called, name = todo[0]
        raise refusal(found, s, called, name, error.headline) from None
    return Prepared(prepared.source, tree, names)


def _check_outer(found: Analysed, s: gast.stmt, called: gast.AST, name: str, summary: Summary | None) -> None:
    """A call that values reach, or leave, through a global variable is written out, or refused."""
    if summary is not None and key_of(summary) not in chain_of(called) and not summary.recursive:
        if summary.is_local or summary.globals is found.resolution.globals:
            return
    raise found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"this call may use the global variable '{name}', which holds a value that the derivative depends on",
        s,
        because="the derivative cannot follow the value into the call and out of it",
        fix=f"pass '{name}' as an argument and return it",
    )


def _changed_default(found: Analysed, s: gast.stmt, function: str, name: str) -> errors.DifferentiationError:
    return found.prepared.source.error(
        errors.DifferentiationError,
        f"an active value is stored in '{name}', a default of '{function}'",
        s,
        because="the default outlives the call, so a later call would read values of an older derivative",
        fix=f"pass a new object for '{name}', or write {name}=None and make one in the function",
    )


def _owner(called: gast.Call, bound: Bound) -> str | None:
    """What stands before the arguments: the object of a method, or the object that is called."""
    given = [one for values in bound.values() for one in values]
    if any(one is called.func for one in given):
        return "callee"
    is_method = isinstance(called.func, gast.Attribute) and any(one is called.func.value for one in given)
    return "object" if is_method else None


def found_value(kind: Kind) -> object:
    return kind.value if isinstance(kind, Known) else None


class Spelling:
    """Global names of a callee, as the caller may write them."""

    def __init__(
        self,
        tree: gast.FunctionDef,
        globals: Mapping[str, object],
        closure: Collection[str],
        names: Names,
        objects: dict[str, object],
    ) -> None:
        self.globals, self.closure, self.names, self.objects = globals, closure, names, objects
        self.own = (flow.all_written(tree.body) | flow.argument_names(tree)) - declared(tree)

    def __call__(self, callee: Summary, name: str) -> gast.expr:
        if name in callee.objects:
            own = self.names.fresh(name)
            self.objects[own] = callee.objects[name]
            return gast.Name(own, gast.Load(), None, None)
        if callee.globals is self.globals and name not in self.own and name not in self.closure:
            return gast.Name(name, gast.Load(), None, None)
        if callee.globals is not None and name not in callee.globals and name not in self.own:
            return gast.Name(name, gast.Load(), None, None)  # a builtin
        return gast.Attribute(gast.Name(self.module(callee), gast.Load(), None, None), name, gast.Load())

    def builtin(self, name: str) -> str:
        """The name under which the function finds a builtin."""
        wanted = getattr(builtins, name)
        if name not in self.own and name not in self.closure and self.globals.get(name, wanted) is wanted:
            return name
        spelled = next((n for n, known in self.objects.items() if known is wanted), None)
        if spelled is None:
            spelled = self.names.fresh(name)
            self.objects[spelled] = wanted
        return spelled

    def module(self, callee: Summary) -> str:
        dotted = str((callee.globals or {}).get("__name__"))
        module = sys.modules.get(dotted)
        if module is None or vars(module) is not callee.globals:
            raise errors.UnsupportedSyntaxError("the module of the function is not an imported one")
        for name, known in self.objects.items():
            if known is module:
                return name
        name = self.names.fresh(dotted.rpartition(".")[2])
        self.objects[name] = module
        return name


def _spelling(found: Analysed, names: Names, objects: dict[str, object]) -> Spelling:
    around = found.resolution
    return Spelling(found.prepared.tree, around.globals, around.closure, names, objects)


def refusal(
    found: Analysed, s: gast.stmt, called: gast.AST, name: str, because: str | None = None
) -> errors.DifferentiationError:
    parts = calls.dotted(called.func) if isinstance(called, gast.Call) else None
    who = f"'{'.'.join(parts)}'" if parts else "a function that is handed on here"
    return found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"{who} changes '{name}' in place, which the derivative depends on",
        s,
        because=because or "the derivative would have to follow the change into the call",
        fix="write the change where the call stands, or let the function return the new value",
    )
