"""Calls that change what derivatives depend on: an analysed function in, one with such calls written out, out."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, analyse, place_of, prepare
from diffpy.analysis import calls, flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import ALONE, Order, Outside, mutable
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.foreign import only_gathers
from diffpy.analysis.kinds import (
    Array,
    Bottom,
    Cotangent,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Struct,
)
from diffpy.analysis.outer_names import (
    declared,
    mentioning,
    reachable,
)
from diffpy.analysis.resolution import Guard
from diffpy.following.classes import changing_objects, with_classes_told_apart
from diffpy.following.collecting import collecting, in_loops
from diffpy.following.iterators import check_late_reads
from diffpy.following.loops import Loop, by_index, loops, through_iterators
from diffpy.following.made_alike import made_alike, with_makers
from diffpy.following.managers import managed, without_managers
from diffpy.following.methods_called import own_context, special_methods, with_methods
from diffpy.following.outer_calls import OuterCalls, known_roots, may_touch, open_calls, outer_calls
from diffpy.following.reshaped import reshaped, with_reshaped
from diffpy.following.shown import calls_named, calls_shown
from diffpy.following.spelling import spelling_of
from diffpy.following.thrown import asking, raising_calls, thrown, with_thrown
from diffpy.following.tries import all_plain, is_tried, without_tries
from diffpy.functions import names_looked_up
from diffpy.runtime import buffers, differentials
from diffpy.runtime.absent import not_given
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.changing_methods import OF_CONTAINERS
from diffpy.runtime.leaving import entered, left, may_return_true, swallows
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.build import assign
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import is_generator
from diffpy.transforms.another import is_for_another
from diffpy.transforms.assume_arrays import stored_unknown
from diffpy.transforms.blocks import assigned, every_statement, rebuild
from diffpy.transforms.contexts import made_by
from diffpy.transforms.expand_contexts import expand_contexts
from diffpy.transforms.expand_defaults import expand_defaults, held_names
from diffpy.transforms.inline import NO_SITE, Inlining, chain_of, key_of, site_of
from diffpy.transforms.known_objects import known_as

ROUNDS = 40
LARGEST = 10_000  # nodes that the rounds may add: each of them goes through all
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
    begun = len(nodes(prepared.tree))
    for _ in range(ROUNDS):
        if len(nodes(prepared.tree)) > LARGEST + begun:
            raise _too_involved(prepared)
        found = read.noted(analyse(function, kinds, aux, None, prepared, objects, outside, assumed))
        for name in (*captured, *outside.changed):
            if name in found.resolution.closure:
                found.facts.kinds[name] = found.resolution(name)
        results = found.handed_out | set(held) | outer_variables(found.tree) | outside.changed
        lively = active(found.tree, (*wrt, *outside.changed), results, found.facts, found.aliases)
        changing = list(_changing(found, lively))
        outer = outer_calls(found, (*wrt, *outside.changed))
        todo = [one for one in changing if not _takes_buffers(found, one[1])] + outer.carrying
        todo = todo or list(_changed_results(found, lively)) or list(calls_shown(found, lively))
        found.facts.on_buffers = {id(called) for _, called, _ in changing}
        more = stored_unknown(found.tree, found.facts, lively)
        if more:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        now = _Round(found, (*wrt, *outside.changed), lively, todo, outer)
        plainer = _plainer(prepared, now, tries, loops, objects)
        if plainer is None:
            _check_copied_tapes(found, lively)
            check_late_reads(found, lively)
            return found, lively
        prepared = plainer
    if not todo:
        raise _too_involved(found.prepared)
    raise refusal(found, *todo[0])


def _too_involved(prepared: Prepared) -> errors.DifferentiationError:
    return prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"'{prepared.tree.name}' is too involved to be derived",
        prepared.tree,
        because="its try statements and loops are rewritten, and what comes out is to be rewritten again",
        fix="move parts of it, such as the try statement, into functions of their own",
    )


class _Round(NamedTuple):
    """What is known of the program as it is now: `given` are the names that derivatives are taken of."""

    found: Analysed
    given: Sequence[str]
    lively: frozenset[str]
    todo: list[tuple[gast.stmt, gast.AST, str]]  # the calls that are to be written out
    outer: OuterCalls


def _plainer(
    prepared: Prepared,
    now: _Round,
    tries: bool,
    loops_of: Callable[[Analysed, frozenset[str]], Iterator[Loop]],
    objects: dict[str, object],
) -> Prepared | None:
    """The program with the next thing written plainly that derivatives do not follow; None where there is none.

    `tries`: try statements stay. `loops_of` finds the loops that are to run over an index.
    """
    found, lively = now.found, now.lively
    if _has_defaults(found, now.given):
        return _without_defaults(prepared, objects)
    if several := changing_objects(found, lively):
        return with_classes_told_apart(prepared, found, several, objects)
    if now.todo:
        return _written_out(prepared, found, now.todo, objects, now.outer.carrying)
    if now.outer.assigning:
        return _read_again(prepared, found, now.outer.assigning)
    if swallowing := _swallowing(found, lively):
        return _without_contexts(prepared, swallowing, objects)
    if any(special := special_methods(found, lively)):
        return with_methods(prepared, *special, objects)
    if shaped := reshaped(found, lively):
        return with_reshaped(prepared, shaped)
    if alike := made_alike(found, lively):
        return with_makers(prepared, found, alike, objects)
    if managers := managed(found, lively):
        return without_managers(prepared, managers, partial(spelling_of, found, objects=objects))
    if not tries and (asked := asking(found, lively)):
        if calling := raising_calls(found, asked):
            return _written_out(prepared, found, calling, objects, [])
        if held := thrown(found, asked):
            return with_thrown(prepared, held)
    if not tries and any(is_tried(s, lively) for s in every_statement(found.tree.body)):
        return without_tries(prepared, found, objects)
    if taken := collecting(found, lively):
        return in_loops(prepared, taken)
    return by_index(prepared, found, list(loops_of(found, lively)), objects)


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
                yield from (summary.changed | summary.touched) - flow.argument_names(summary.tree)
            if isinstance(called.func, gast.Attribute) and called.func.attr in OF_CONTAINERS:
                of = called.func.value
                if not isinstance(found.facts.kind(of), Known):  # np.sort is no method
                    yield from flow.names_read(of)


def only_logs(function: types.FunctionType, names: frozenset[str]) -> bool:
    """Whether a function does no more with the objects of these names than put values in and count them."""
    own = names & names_looked_up(function.__code__)
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
            return name in names and method in OF_CONTAINERS
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))]):
            return name in names
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
            return name in names
    return False


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
        if not isinstance(s, gast.With):
            continue
        if not any(found.facts.kind(name).may_differ for name in flow.all_written([s])):
            continue  # what is not assigned at last counts too: lively are the names of an undisturbed run
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


def alone(
    function: types.FunctionType,
    prepared: Prepared,
    kinds: Mapping[str, Kind],
    wrt: Sequence[str],
    captured: Sequence[str],
    held: Sequence[str],
    aux: bool,
    recorded: bool = False,
) -> Found:
    """The same with calls left as they are: in forward mode a call changes tangents as it changes values.

    What is differentiated once more has them written out: another derivation would not see them change. `recorded`:
    what kinds do not tell is found when it runs, as far as that goes.
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
        lively = active(found.tree, wrt, results, found.facts, found.aliases, recorded)
        outer = outer_calls(found, wrt)
        todo = [*_factories(found), *outer.carrying, *_changed_by_calls(found, lively)]
        todo = todo or list(_changed_results(found, lively))
        todo = todo or (list(calls_shown(found, lively)) if is_for_another() else [])
        more = frozenset() if recorded else stored_unknown(found.tree, found.facts, lively)
        if more:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        plainer = _plainer(
            prepared,
            _Round(found, wrt, lively, todo, outer),
            recorded and all_plain(found),
            through_iterators,
            objects,
        )
        if plainer is None:
            break
        prepared = plainer
    if recorded and any(_recomputes(one) for one in found.facts.calls.values()):
        raise errors.UnsupportedSyntaxError("what is to be computed again is not recorded")
    for s, called, name in found.aliases.by_calls:
        if name in lively and ((called is s and not recorded) or _is_untold(found, called)):
            raise refusal(found, s, called, name)
    for called in nodes(found.tree):
        copied = next((name for name in _copied(found, called) if name in wrt), None)
        if copied is not None:
            raise refusal(found, called, called, copied, _RECORDED)
    return found, lively


def _recomputes(found: object) -> bool:
    function = getattr(found, "function", None)
    return isinstance(function, Recomputed) or getattr(function, "__module__", "") == "diffpy.recomputing"


def _changed_by_calls(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Of a differential that is differentiated itself: calls that change active objects, and can be written out."""
    for s, called, name in found.aliases.by_calls if is_for_another() else ():
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if name in lively and summary is not None and bound is not None:
            if not (summary.recursive or key_of(summary) in chain_of(called) or is_generator(summary.tree)):
                yield s, called, name


def _changed_results(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Of what is differentiated itself: calls that give arrays which change, as another derivation sees no callee."""
    for y, s in calls_named(found, lively) if is_for_another() else ():
        if isinstance(found.facts.kind(y), Array) and found.aliases.is_changed(y):
            yield s, s.value, y


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
        if summary.globals is None and not summary.is_local:
            raise refusal(
                found, s, called, name, "it is a function of another one, whose variables it changes"
            )
        if is_generator(summary.tree):
            because = "it is a generator function, which runs while its caller does other things"
            raise refusal(found, s, called, name, because)
        kept = sorted(n for n in summary.changed & flow.argument_names(summary.tree) if n not in bound)
        if kept:
            raise _changed_default(found, s, summary.tree.name, kept[0])
        wanted[site_of(called)] = (summary, _owner(called, bound))
    tree, names = prepared.fresh()
    spelling = spelling_of(found, names, objects)
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
