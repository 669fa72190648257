"""Exceptions that carry values which derivatives depend on: an analysed function in, these values in variables out."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, prepare
from diffpy.analysis import flow
from diffpy.analysis.callees import Bound, bind
from diffpy.analysis.outer_names import reachable
from diffpy.following.outer_calls import known_roots
from diffpy.following.tries import is_tried
from diffpy.runtime.carrying import is_foreign
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.expand_thrown import Contents, Place, asked_for, expand_thrown, raised_in
from diffpy.transforms.inline import NO_SITE, chain_of, key_of, site_of

Calls = list[tuple[gast.stmt, gast.AST, str]]


def asking(found: Analysed, lively: frozenset[str]) -> list[gast.Try]:
    """The try statements of the program whose handlers read what an exception holds."""
    if not any(is_tried(s, lively) for s in every_statement(found.tree.body)):
        return []
    tries = (s for s in every_statement(found.prepared.tree.body) if isinstance(s, gast.Try))
    return [s for s in tries if any(True for _ in asked_for(s))]


def raising_calls(found: Analysed, tries: list[gast.Try]) -> Calls:
    """The calls in their bodies of functions that raise exceptions themselves, and can be written out."""
    wanted: Calls = []
    inside = {site_of(getattr(s, "value", None)) for one in tries for s in every_statement(one.body)}
    for s in every_statement(found.tree.body):
        called = getattr(s, "value", None)
        if site_of(called) not in inside - {NO_SITE}:
            continue
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if summary is None or bound is None or summary.recursive or key_of(summary) in chain_of(called):
            continue
        if any(map(_raises, [summary.tree, *reachable(known_roots(found, called), is_foreign)])):
            wanted.append((s, called, next(iter(flow.names_written(s)), "")))
    return wanted


def _raises(function: gast.FunctionDef | types.FunctionType) -> bool:
    """Whether a function has a raise statement."""
    if isinstance(function, types.FunctionType):
        return any(one.opname == "RAISE_VARARGS" for one in dis.get_instructions(function))
    return any(isinstance(one, gast.Raise) for one in nodes(function))


def thrown(found: Analysed, tries: list[gast.Try]) -> dict[int, Contents]:
    """By the numbers of the calls that make them, what handlers read of the exceptions that the bodies raise."""
    known: dict[int, Contents] = {}
    made = {site_of(one): one for one in nodes(found.tree) if isinstance(one, gast.Call)}
    stored = {one.attr for one in nodes(found.prepared.tree) if _is_store(one)}
    for s in tries:
        wanted = {one.value.attr for one in asked_for(s)} - stored
        for site, called in {site_of(called): called for _, _, called in raised_in(s)}.items():
            cls = getattr(found.facts.calls.get(id(made.get(site))), "function", None)
            if isinstance(cls, type) and issubclass(cls, BaseException):
                contents = {attr: one for attr, one in _contents(cls, called).items() if attr in wanted}
                known[site] = {**known.get(site, {}), **contents}
    known.pop(NO_SITE, None)
    return {site: contents for site, contents in known.items() if contents}


def _contents(cls: type, called: gast.Call) -> Contents:
    """What the constructor of an exception stores of its arguments; nothing where it does more than that."""
    if any(isinstance(a, gast.Starred) for a in called.args) or not all(k.arg for k in called.keywords):
        return {}
    own = tuple(range(len(called.args)))
    init = getattr(cls, "__init__", None)
    own_names = {n for one in cls.__mro__ if one.__module__ != "builtins" for n in vars(one)}
    if own_names & {"__new__", "__setattr__", "__getattribute__"}:
        return {}
    if not isinstance(init, types.FunctionType):
        return {"args": own} if not called.keywords else {}
    try:
        tree = prepare(init).tree
    except errors.DifferentiationError:
        return {}
    bound = bind(tree.args, [gast.Constant(None, None), *called.args], called.keywords)
    return {} if bound is None else dict(_stored(cls, tree, bound, called, own))


def _stored(
    cls: type, tree: gast.FunctionDef, bound: Bound, called: gast.Call, own: tuple[int, ...]
) -> Iterator[tuple[str, Place | tuple[Place, ...]]]:
    """The attributes that `__init__` stores at its top, if it assigns no parameter and stores each once."""
    places = _places(tree, bound, called)
    parameters = flow.argument_names(tree)
    if parameters & flow.all_written(tree.body):
        return
    stores = [one for s in tree.body for one in nodes(s) if _is_store(one)]
    self_name = [*tree.args.posonlyargs, *tree.args.args][0].id
    args: tuple[Place, ...] | None = own
    writes = flow.writes(tree.body)
    for s in tree.body:
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name(id=x)) if (
                x in places and writes[y] == 1
            ):
                places[y] = places[x]
            case gast.Assign(
                targets=[gast.Attribute(value=gast.Name(id=name), attr=attr)], value=gast.Name(id=value)
            ) if name == self_name and value in places:
                if sum(one.attr == attr for one in stores) == 1 and not hasattr(cls, attr):
                    yield attr, places[value]
            case (
                gast.Assign(value=gast.Call(func=gast.Attribute(attr="__init__")) as base)
                | gast.Expr(value=gast.Call(func=gast.Attribute(attr="__init__")) as base)
            ):
                given = [a.id if isinstance(a, gast.Name) else None for a in base.args]
                given = given[1:] if given[:1] == [self_name] else given
                args = tuple(places[str(n)] for n in given) if all(n in places for n in given) else None
    if args is not None and not any(one.attr == "args" for one in stores):
        yield "args", args


def _is_store(node: gast.AST) -> bool:
    return isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Store)


def _places(tree: gast.FunctionDef, bound: Bound, called: gast.Call) -> dict[str, Place]:
    """Where each parameter of a constructor comes from."""
    found: dict[str, Place] = {}
    for k, a in enumerate(called.args):
        found |= {p: k for p, given in bound.items() if len(given) == 1 and given[0] is a}
    for keyword in called.keywords:
        found |= {p: str(keyword.arg) for p, given in bound.items() if given[:1] == [keyword.value]}
    positional = [*tree.args.posonlyargs, *tree.args.args]
    for parameter, default in zip(reversed(positional), reversed(tree.args.defaults), strict=False):
        if isinstance(default, gast.Constant):
            found.setdefault(str(parameter.id), default)
    return found


def with_thrown(prepared: Prepared, known: dict[int, Contents]) -> Prepared:
    tree, names = prepared.fresh()
    return Prepared(prepared.source, expand_thrown(tree, names, known), names, prepared.objects)
