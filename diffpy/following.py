"""Calls that change what derivatives depend on: an analysed function in, one with such calls written out, out."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping, Sequence

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, analyse, placed
from diffpy.analysis import calls, flow
from diffpy.analysis.activity import active
from diffpy.analysis.callees import Summary
from diffpy.analysis.kinds import Kind
from diffpy.runtime.attempts import attempted
from diffpy.syntax.names import Names
from diffpy.transforms.expand_tries import expand_tries
from diffpy.transforms.inline import Inlining, chain_of, key_of, site_of

ROUNDS = 12
Found = tuple[Analysed, frozenset[str]]


def followed(
    function: types.FunctionType,
    prepared: Prepared,
    kinds: Mapping[str, Kind],
    wrt: Sequence[str],
    captured: Sequence[str],
    held: Sequence[str],
    aux: bool,
) -> Found:
    """Facts and active names, after each call that changes an active object is written out where it stands."""
    objects: dict[str, object] = {}
    for _ in range(ROUNDS):
        found = analyse(function, kinds, aux, prepared=prepared, objects=objects)
        for name in captured:
            found.facts.kinds[name] = found.resolution(name)
        results = flow.names_read(found.result) | set(held)
        lively = active(found.tree, wrt, results, found.facts, found.aliases)
        if any(_is_tried(s, lively) for s in gast.walk(found.tree)):
            prepared = _without_tries(prepared, objects)
            continue
        todo = list(_changing(found, lively))
        if not todo:
            return found, lively
        prepared = _written_out(prepared, found, todo, objects)
    raise refusal(found, *todo[0])


def _is_tried(s: gast.AST, lively: frozenset[str]) -> bool:
    """Whether the statement is a try that assigns active names."""
    return isinstance(s, gast.Try) and not lively.isdisjoint(flow.all_written([s]))


def _without_tries(prepared: Prepared, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    name = names.fresh("attempted")
    objects[name] = attempted
    try:
        expand_tries(tree, names, name)
    except errors.UnsupportedSyntaxError as error:
        raise placed(error, prepared.source) from None
    return Prepared(prepared.source, tree, names)


def _changing(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, gast.AST, str]]:
    """Calls that change an active object, or give one back that is changed: with the object's name."""
    for s, called, name in found.aliases.by_calls:
        if name in lively:
            yield s, called, name
    for s, called, given, y in found.aliases.given_back:
        if y in lively and found.aliases.is_changed(y) and found.aliases.find(given) == found.aliases.find(y):
            yield s, called, given


def _written_out(
    prepared: Prepared,
    found: Analysed,
    todo: list[tuple[gast.stmt, gast.AST, str]],
    objects: dict[str, object],
) -> Prepared:
    wanted = {}
    for s, called, name in todo:
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if summary is None or bound is None or key_of(summary) in chain_of(called):
            raise refusal(found, s, called, name)
        wanted[site_of(called)] = (summary, bound)
    tree, names = prepared.fresh()
    spelling = _Spelling(found, names, objects)
    try:
        Inlining(wanted, names, spelling).function(tree)
    except errors.UnsupportedSyntaxError as error:
        s, called, name = todo[0]
        raise refusal(found, s, called, name, error.headline) from None
    return Prepared(prepared.source, tree, names)


class _Spelling:
    """Global names of a callee, as the caller may write them."""

    def __init__(self, found: Analysed, names: Names, objects: dict[str, object]) -> None:
        self.found, self.names, self.objects = found, names, objects
        self.own = flow.all_written(found.prepared.tree.body) | flow.argument_names(found.prepared.tree)

    def __call__(self, callee: Summary, name: str) -> gast.expr:
        same = callee.globals is self.found.resolution.globals
        if same and name not in self.own and name not in self.found.resolution.closure:
            return gast.Name(name, gast.Load(), None, None)
        if callee.globals is not None and name not in callee.globals and name not in self.own:
            return gast.Name(name, gast.Load(), None, None)  # a builtin
        return gast.Attribute(gast.Name(self.module(callee), gast.Load(), None, None), name, gast.Load())

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
