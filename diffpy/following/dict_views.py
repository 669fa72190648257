"""Views of dicts that are read after the dict has changed: an analysed function in, one that takes them again out.

Before:                  After:
    vs = d.values()          d["c"] = x
    d["c"] = x               vs_now = d.values()
    y = sum(vs)              y = sum(vs_now)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.analysis.kinds import DictOf
from diffpy.analysis.order import Order
from diffpy.following.outer_calls import found_value
from diffpy.syntax.build import assign, load, substitute
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import assigned, blocks_below, every_statement, rebuild
from diffpy.transforms.inline import site_of


class _View(NamedTuple):
    """vs = d.values(), with the names that it is copied to."""

    names: frozenset[str]
    of: str
    where: gast.Assign
    copies: tuple[gast.stmt, ...]


def read_late(found: Analysed, lively: frozenset[str]) -> frozenset[int]:
    """The numbers of the calls that take views which are read after a change of the dict."""
    views = [v for v in _views(found.tree) if v.names & lively and _of_dict(found, v)]
    if not views or not found.aliases.changes:
        return frozenset()
    order = Order(found.tree)
    return frozenset(site_of(v.where.value) for v in views if _is_late(found, v, order))


def _views(tree: gast.FunctionDef) -> Iterator[_View]:
    for s in every_statement(tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=of), attr="values" | "items"), args=[], keywords=[]
                ),
            ):
                yield _view(tree, name, of, s)


def _view(tree: gast.FunctionDef, name: str, of: str, where: gast.Assign) -> _View:
    names, copies = [name], []
    for one in names:
        for s in every_statement(tree.body):
            match s:
                case gast.Assign(targets=[gast.Name(id=other)], value=gast.Name(id=read)) if read == one:
                    copies.append(s)
                    if other not in names:  # a loop hands a variable on to itself
                        names.append(other)
    return _View(frozenset(names), of, where, tuple(copies))


def _of_dict(found: Analysed, view: _View) -> bool:
    return isinstance(found.facts.kind(view.of), DictOf)


def _is_late(found: Analysed, view: _View, order: Order) -> bool:
    root = found.aliases.find(view.of)
    changes = [c for name, c in found.aliases.changes if found.aliases.find(name) == root]
    changes = [c for c in changes if order.may_follow(c, view.where)]
    reads = _reading(found.tree, view)
    kept = [s for s in reads if not _uses(s, view.names)]
    later = [s for s in reads if not _is_read_at_once(found, s, view)]
    return bool(changes and kept) or any(order.may_follow(s, c) for s in later for c in changes)


def _is_read_at_once(found: Analysed, s: gast.stmt, view: _View) -> bool:
    """Whether a view is run through where it is taken: whatever a loop changes then, it is taken again."""
    if _next(found.tree, view.where) is not s:
        return False
    match s:
        case gast.Assign(value=gast.Call() as called):
            return found_value(found.facts.kind(called.func)) in _RUNNING_THROUGH
        case gast.Assign(targets=[gast.Tuple()]):
            return True
    return isinstance(s, gast.For)


_RUNNING_THROUGH = (all, any, list, max, min, set, sorted, sum, tuple, math.fsum, math.prod)


def _next(tree: gast.FunctionDef, s: gast.stmt) -> gast.stmt | None:
    """The statement that stands after another one, in the same block."""
    for block in blocks_below(tree.body):
        for one, other in itertools.pairwise(block):
            if one is s:
                return other
    return None


def _reading(tree: gast.FunctionDef, view: _View) -> list[gast.stmt]:
    """The statements that read a view themselves, not in a block of theirs."""
    every = (s for s in every_statement(tree.body) if not any(s is one for one in view.copies))
    return [s for s in every if view.names & flow.names_read(_head(s))]


def _head(s: gast.stmt) -> gast.AST:
    match s:
        case gast.For():
            return s.iter
        case gast.If() | gast.While():
            return s.test
        case gast.With():
            return gast.Tuple([item.context_expr for item in s.items], gast.Load())
        case gast.Try():
            return gast.Tuple([h.type for h in s.handlers if h.type is not None], gast.Load())
    return s


def _uses(s: gast.stmt, names: frozenset[str]) -> bool:
    """Whether a statement runs through a view, takes it apart or hands it to a call, and does no more with it."""
    match s:
        case gast.For(iter=gast.Name(id=over)):
            return over in names
        case (
            gast.Assign(targets=[gast.Name()], value=gast.Call() as called)
            | gast.Expr(value=gast.Call() as called)
        ):
            return any(isinstance(a, gast.Name) and a.id in names for a in called.args)
        case gast.Assign(targets=[gast.Tuple()], value=gast.Name(id=taken_apart)):
            return taken_apart in names
    return False


def with_views_again(prepared: Prepared, sites: frozenset[int]) -> Prepared:
    """The program with these views taken where they are read; a refusal of a view that is kept elsewhere."""
    tree, names = prepared.fresh()
    for view in [v for v in _views(tree) if site_of(v.where.value) in sites]:
        _check_one(prepared, tree, view)
        _take_again(tree, view, names)
    return Prepared(prepared.source, tree, names, prepared.objects)


def _take_again(tree: gast.FunctionDef, view: _View, names: Names) -> None:
    def written(s: gast.stmt) -> list[gast.stmt]:
        if s is view.where or any(s is one for one in view.copies):
            return []
        if not _uses(s, view.names):
            return [s]
        now = names.fresh(f"{max(view.names)}_now")
        again = assign(now, copied(view.where.value), s)
        if isinstance(s, gast.For):
            s.iter = load(now, s.iter)
            return [again, s]
        return [again, substitute(s, dict.fromkeys(view.names, load(now)))]

    tree.body = rebuild(tree.body, written)


def _check_one(prepared: Prepared, tree: gast.FunctionDef, view: _View) -> None:
    """Refuse a view that more is done with, or whose dict's name comes to stand for another dict."""
    made, order = assigned(tree), Order(tree)
    reads = _reading(tree, view)
    mentions = sum(isinstance(n, gast.Name) and n.id in view.names for n in nodes(tree))
    plain = all(_uses(s, view.names) and order.number[id(s)] > order.number[id(view.where)] for s in reads)
    once = all(len(made[name]) == 1 for name in view.names)
    bound = len(made[view.of]) + (view.of in flow.argument_names(tree))
    if plain and once and bound == 1 and mentions == len(reads) + 2 * len(view.copies) + 1:
        return
    raise prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"a view of '{view.of}' is kept while the dict changes",
        view.where,
        because="the derivative would have to follow the change through the view",
        fix=f"take the view where it is read, {view.of}.{view.where.value.func.attr}()",
    )
