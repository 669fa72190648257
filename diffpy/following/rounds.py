"""Calls that change what derivatives depend on: an analysed function in, one with such calls written out, out."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Callees, Prepared, analyse
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import ALONE, Outside
from diffpy.analysis.calls import MethodCall
from diffpy.analysis.kinds import (
    Kind,
)
from diffpy.analysis.mutability import mutable
from diffpy.analysis.outer_names import (
    declared,
)
from diffpy.analysis.resolution import Guard
from diffpy.following.changing_calls import (
    changed_by_calls,
    changed_results,
    changing_calls,
    factories,
    takes_buffers,
)
from diffpy.following.classes import changing_objects, with_classes_told_apart
from diffpy.following.collecting import collecting, in_loops
from diffpy.following.copied_tapes import check_copied_arguments, check_copied_tapes
from diffpy.following.defaults import has_moving_defaults, without_defaults
from diffpy.following.dict_views import read_late, with_views_again
from diffpy.following.iterators import check_late_reads
from diffpy.following.left_unread import left_unread, with_values_alone
from diffpy.following.loops import Loop, by_index, loops, through_iterators
from diffpy.following.made_alike import made_alike, with_makers
from diffpy.following.managers import managed, without_managers
from diffpy.following.methods_called import special_methods, with_methods
from diffpy.following.outer_calls import OuterCalls, outer_calls
from diffpy.following.reshaped import reshaped, with_reshaped
from diffpy.following.shown import calls_shown
from diffpy.following.spelling import spelling_of
from diffpy.following.swallowing import swallowing_contexts, without_contexts
from diffpy.following.thrown import asking, raising_calls, thrown, with_thrown
from diffpy.following.tries import all_plain, is_tried, without_tries
from diffpy.following.unseen_calls import unseen_calls, with_unseen_calls
from diffpy.following.written_out import refusal, written_out
from diffpy.looked_at import place_of
from diffpy.runtime import differentials
from diffpy.runtime.changing_methods import EVERY
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.build import assign
from diffpy.syntax.trees import nodes
from diffpy.transforms.another import is_for_another
from diffpy.transforms.assume_arrays import stored_unknown
from diffpy.transforms.blocks import every_statement, rebuild
from diffpy.transforms.inline import site_of
from diffpy.transforms.own_functions import would_share

ROUNDS = 40
LARGEST = 10_000  # nodes that the rounds may add: each of them goes through all
Found = tuple[Analysed, frozenset[str]]


@dataclass(frozen=True)
class Asked:
    """A function and the kinds of its arguments, and what derivatives of it are asked with respect to."""

    function: types.FunctionType
    kinds: Mapping[str, Kind]
    wrt: Sequence[str]  # with `captured`
    captured: Sequence[str] = ()
    held: Sequence[str] = ()  # arguments that hold no number yet, but may when the function is done
    aux: bool = False
    outside: Outside = ALONE  # what the caller changes too
    is_whole: bool = False  # no other derivative calls it: what it leaves outside, nobody else asks for

    @cached_property
    def callees(self) -> Callees:
        """What is known of functions that it calls, from one round to the next."""
        return Callees(self.function, self.kinds.values())

    def analysed(self, prepared: Prepared, objects: dict[str, object], assumed: frozenset[str]) -> Analysed:
        moving = (*self.captured, *self.outside.changed)
        found = analyse(
            self.function,
            self.kinds,
            self.aux,
            self.callees,
            prepared,
            objects,
            self.outside,
            assumed,
            moving,
        )
        for name in moving:
            if name in found.resolution.closure:
                found.facts.kinds[name] = found.resolution(name)
        return found


def followed(asked: Asked, prepared: Prepared, tries: bool = False) -> Found:
    """Facts and active names, after each call that changes an active object is written out where it stands.

    Those of recursive functions stay, and get the buffers of what they change. `tries`: try statements are left as
    they are.
    """
    given = (*asked.wrt, *asked.outside.changed)
    objects: dict[str, object] = {}
    assumed: frozenset[str] = frozenset()
    read = _Read()
    begun = len(nodes(prepared.tree))
    for _ in range(ROUNDS):
        if len(nodes(prepared.tree)) > LARGEST + begun:
            raise _too_involved(prepared)
        found = read.noted(asked.analysed(prepared, objects, assumed))
        results = found.handed_out | set(asked.held) | outer_variables(found.tree) | asked.outside.changed
        lively = active(found.tree, given, results, found.facts, found.aliases)
        changing = list(changing_calls(found, lively))
        outer = outer_calls(found, given)
        todo = [one for one in changing if not takes_buffers(found, one[1])] + outer.carrying
        todo = todo or list(changed_results(found, lively)) or list(calls_shown(found, lively))
        found.facts.on_buffers = {id(called) for _, called, _ in changing}
        more = stored_unknown(found.tree, found.facts, lively)
        if not more <= assumed:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        now = _Round(found, given, lively, todo, outer, asked.is_whole)
        plainer = _plainer(prepared, now, tries, loops, objects)
        if plainer is None:
            check_copied_tapes(found, lively)
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
    is_whole: bool


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
    if now.is_whole and (sites := left_unread(found, lively)):
        return with_values_alone(prepared, sites, objects)
    if has_moving_defaults(found, now.given):
        return without_defaults(prepared, objects)
    if several := changing_objects(found, lively):
        return with_classes_told_apart(prepared, found, several, objects)
    if unseen := unseen_calls(found, lively):
        return with_unseen_calls(prepared, unseen, objects)
    if managers := managed(found, lively):
        return without_managers(prepared, managers, partial(spelling_of, found, objects=objects))
    if now.todo:
        return written_out(prepared, found, now.todo, objects, now.outer.carrying)
    if now.outer.assigning:
        return _read_again(prepared, found, now.outer.assigning)
    if swallowing := swallowing_contexts(found, lively):
        return without_contexts(prepared, swallowing, objects)
    if any(special := special_methods(found, lively)):
        return with_methods(prepared, *special, objects)
    if late := read_late(found, lively):
        return with_views_again(prepared, late)
    if shaped := reshaped(found, lively):
        return with_reshaped(prepared, shaped)
    if alike := made_alike(found, lively):
        return with_makers(prepared, found, alike, objects)
    if not tries and (asked := asking(found, lively)):
        if calling := raising_calls(found, asked):
            return written_out(prepared, found, calling, objects, [])
        if held := thrown(found, asked):
            return with_thrown(prepared, held)
    if not tries and any(is_tried(s, lively) for s in every_statement(found.tree.body)):
        return without_tries(prepared, found, objects)
    if taken := collecting(found, lively):
        return in_loops(prepared, taken)
    indexed = by_index(prepared, found, list(loops_of(found, lively)), objects)
    if indexed is None and now.outer.unclear:
        return written_out(prepared, found, now.outer.unclear, objects, now.outer.unclear)
    return indexed


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


def alone(asked: Asked, prepared: Prepared, recorded: bool = False) -> Found:
    """The same with calls left as they are: in forward mode a call changes tangents as it changes values.

    What is differentiated once more has them written out: another derivation would not see them change. `recorded`:
    what kinds do not tell is found when it runs, as far as that goes.
    """
    wrt = asked.wrt
    objects: dict[str, object] = {}
    assumed: frozenset[str] = frozenset()
    read = _Read()
    for _ in range(ROUNDS):
        found = read.noted(asked.analysed(prepared, objects, assumed))
        results = found.handed_out | {n for n in wrt if mutable(found.facts.kind(n))}
        results |= outer_variables(found.tree)
        lively = active(found.tree, wrt, results, found.facts, found.aliases, recorded)
        outer = outer_calls(found, wrt)
        made = [one for one in factories(found) if not _makes_many(found, one[1])]
        todo = [*made, *outer.carrying, *changed_by_calls(found, lively)]
        todo = todo or list(changed_results(found, lively))
        todo = todo or (list(calls_shown(found, lively)) if is_for_another() else [])
        more = frozenset() if recorded else stored_unknown(found.tree, found.facts, lively)
        if not more <= assumed:
            assumed |= more
            continue
        assumed = frozenset()  # what is written out has other names
        plainer = _plainer(
            prepared,
            _Round(found, wrt, lively, todo, outer, asked.is_whole),
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
        if name in lively and (
            (called is s and not recorded and _may_call(found, s)) or _is_untold(found, called)
        ):
            raise refusal(found, s, called, name)
    check_copied_arguments(found, wrt)
    return found, lively


def _makes_many(found: Analysed, called: gast.AST) -> bool:
    """Whether a call gives out functions in a loop, each with variables of its own: they are called as what they are."""
    summary, _ = found.facts.summaries[id(called)]
    return isinstance(called, gast.Call) and would_share(found.tree, called, summary)


def _may_call(found: Analysed, s: gast.stmt) -> bool:
    """Whether a statement that hands a function on may call it: a rule may do so without its tangents.

    A method that is taken may be kept in its object, whose tangent has no place for it.
    """
    value = getattr(s, "value", None)
    if id(value) in found.facts.bound:
        return True
    is_stored = isinstance(found.facts.calls.get(id(value)), MethodCall)
    return isinstance(value, gast.Call) and not is_stored


def _recomputes(found: object) -> bool:
    function = getattr(found, "function", None)
    return isinstance(function, Recomputed) or getattr(function, "__module__", "") == "diffpy.recomputing"


def _is_untold(found: Analysed, called: gast.AST) -> bool:
    """Whether a call changes its argument in a way that nobody wrote down for tangents."""
    function = getattr(found.facts.calls.get(id(called)), "function", None)
    known = isinstance(function, types.FunctionType) or id(called) in found.facts.summaries
    known = known or (isinstance(function, types.MethodDescriptorType) and function.__name__ in EVERY)
    return function is not None and not known and differentials.rule_for(function) is None
