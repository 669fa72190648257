"""Try statements that change what derivatives depend on: the function with them in other words."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, placed
from diffpy.analysis import flow
from diffpy.analysis.calls import dotted
from diffpy.analysis.kinds import (
    UNKNOWN,
    AnyTuple,
    Array,
    DictOf,
    Iterator,
    Kind,
    Known,
    ListOf,
    Range,
    TupleOf,
)
from diffpy.analysis.mutability import mutable
from diffpy.following.spelling import with_bases
from diffpy.runtime.attempts import attempted, uncaught
from diffpy.runtime.probing import probed
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned, every_statement
from diffpy.transforms.contexts import is_open_call
from diffpy.transforms.expand_tries import expand_tries
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.stages import Runners


def is_tried(s: gast.AST, lively: frozenset[str]) -> bool:
    """Whether the statement is a try that assigns active names, or changes what they stand for."""
    if not isinstance(s, gast.Try):
        return False
    inside = [*every_statement([s])]
    changed = {n for one in inside if not isinstance(one, gast.Try) for n in flow.names_read(one)}
    return not lively.isdisjoint(flow.all_written([s]) | changed)


def all_plain(found: Analysed) -> bool:
    """Whether handlers catch but what programs raise for themselves: neither refusals nor what tangents may raise."""
    handlers = (h for s in nodes(found.tree) if isinstance(s, gast.Try) for h in s.handlers)
    return all(all(map(_is_own, _kinds(found, h.type))) and not _reads_numbers(h) for h in handlers)


def _kinds(found: Analysed, caught: gast.expr | None) -> list[Kind]:
    every = caught.elts if isinstance(caught, gast.Tuple) else [caught]
    return [found.facts.kind(one) for one in every]


def _reads_numbers(handler: gast.ExceptHandler) -> bool:
    """Whether a handler reads anything of the exception: what it was made of is followed otherwise."""
    return handler.name is not None and handler.name.id in flow.names_read(gast.Module(handler.body, []))


def _is_own(kind: Kind) -> bool:
    cls = kind.value if isinstance(kind, Known) else None
    if isinstance(kind, TupleOf):
        return all(map(_is_own, kind.items))
    if not isinstance(cls, type) or not issubclass(cls, Exception) or issubclass(_REFUSAL, cls):
        return False
    return issubclass(cls, _OF_VALUES) or cls.__module__ != "builtins"


_REFUSAL = errors.DifferentiationError
# What a step beside the program does not raise where the program does not.
_OF_VALUES = (ValueError, LookupError, RuntimeError, AssertionError, OSError, StopIteration)


def without_tries(prepared: Prepared, found: Analysed, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    _check_tried_yields(prepared)
    _leave_out_missing(tree, found.resolution.globals)
    runners = Runners(names.fresh("attempted"), names.fresh("uncaught"), names.fresh("probed"))
    objects |= {runners.attempted: attempted, runners.uncaught: uncaught, runners.probed: probed}
    try:
        changes, is_open = _Changes(found, tree), _OpenContexts(found, tree)
        expand_tries(tree, names, runners, changes, is_open, _Iterators(found))
    except errors.UnsupportedSyntaxError as error:
        raise placed(error, prepared.source) from None
    return Prepared(prepared.source, tree, names)


def _leave_out_missing(tree: gast.FunctionDef, outer: Mapping[str, object]) -> None:
    """Let exceptions that a module does not have (any more) be none: Python asks for them only when one is raised."""
    handlers = [h for s in nodes(tree) if isinstance(s, gast.Try) for h in s.handlers]
    for one in handlers:
        if _is_missing(one.type, outer):
            one.type = gast.copy_location(gast.Tuple([], gast.Load()), one.type)


def _is_missing(node: gast.expr | None, outer: Mapping[str, object]) -> bool:
    """Whether it is an attribute that its module lacks."""
    path = dotted(node) if node is not None else None
    value = outer.get(path[0]) if path else None
    for name in path[1:] if path else ():
        if not isinstance(value, ModuleType):
            return False
        if not hasattr(value, name):
            return True
        value = getattr(value, name)
    return False


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
        self.names = with_bases(versions)
        self.views = with_bases([n for n in versions if aliases.is_changed(n)])

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


class _Iterators:
    """Whether a statement of the normal form makes an iterator of a sequence, or runs through one: nothing is raised."""

    def __init__(self, found: Analysed) -> None:
        self.found, self.made = found, assigned(found.tree)
        calls = (one for one in nodes(found.tree) if isinstance(one, gast.Call) and not one.keywords)
        self.sites = {site_of(one) for one in calls if _is_iterator(one, found)} - {NO_SITE}
        loops = (one for one in nodes(found.tree) if isinstance(one, gast.For))
        self.loops = {site_of(one) for one in loops if self.is_quiet(one.iter)} - {NO_SITE}

    def __call__(self, s: gast.stmt) -> bool:
        if isinstance(s, gast.For):
            return site_of(s) in self.loops
        return isinstance(s, gast.Assign) and site_of(s.value) in self.sites

    def is_quiet(self, name: gast.expr) -> bool:
        kind = self.found.facts.kind(name)
        if not isinstance(kind, Iterator):
            return isinstance(kind, ListOf | TupleOf | DictOf | Range) or is_row(kind)
        return all(site_of(value) in self.sites and self.of_quiet(value) for value in self.made[name.id])

    def of_quiet(self, called: gast.Call) -> bool:
        return all(map(self.is_quiet, called.args))


def _is_iterator(called: gast.Call, found: Analysed) -> bool:
    kinds = [found.facts.kind(a) for a in called.args]
    sequences = all(isinstance(kind, ListOf | TupleOf | DictOf | Iterator) or is_row(kind) for kind in kinds)
    known = found.facts.kind(called.func) if isinstance(called.func, gast.Name) else UNKNOWN
    return sequences and isinstance(known, Known) and known.value in (enumerate, zip, iter)


def is_row(kind: Kind) -> bool:
    return isinstance(kind, Array) and bool(kind.dims)


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


def _is_changed_view(s: gast.AST, found: Analysed) -> bool:
    if not isinstance(s, gast.Assign) or not isinstance(s.targets[0], gast.Name):
        return False
    y, aliases = s.targets[0].id, found.aliases
    if not aliases.is_changed(y):
        return False
    return any(aliases.reach(y) & aliases.reach(n) for n in flow.names_read(s.value))
