"""Which names are active: changed by the arguments of interest and able to change the result."""

from __future__ import annotations

import functools
import types
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set

import gast
import numpy as np

from diffpy.analysis import calls, flow, foreign
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.cancelling import cancelling
from diffpy.analysis.facts import Facts
from diffpy.analysis.function_attributes import is_count
from diffpy.analysis.kinds import Closure, DictOf, Kind, Known, ListOf, Struct
from diffpy.analysis.mutability import mutable
from diffpy.rules.changing_methods import MAKING, OF_CONTAINERS, OF_SETS
from diffpy.rules.cotangents import check_rebound
from diffpy.rules.marks import cuts
from diffpy.rules.structs import is_followed, is_foreign, is_made
from diffpy.rules.table import TABLE
from diffpy.syntax.trees import nodes


def active(
    tree: gast.FunctionDef,
    wrt: Iterable[str],
    results: Iterable[str],
    facts: Facts,
    aliases: Aliases,
    holding: bool = False,
) -> frozenset[str]:
    """Names that are varied, useful and of a kind that has a derivative; `holding`: or that may come to hold such."""
    wrt, results, aliases = tuple(wrt), tuple(results), aliases.whole
    graph = _Dependences(facts, aliases, holding)
    graph.stored = {*_stored_into(tree.body, facts)}
    graph.objects = {*_taken_apart(tree)}
    graph.handed = {name for s, value, name in aliases.by_calls if value is s}
    graph.cancelling = cancelling(tree, results, facts, aliases)
    graph.block(tree.body)
    for s, value, name in aliases.by_calls:
        read = _read_by(s, value)
        if not _may_take(value, facts):  # what it does to values that are there counts where they do
            graph.backward[name] |= {one for one in read if graph.may_differ(one)}
            continue
        graph.edge(read, {name})
        if value is s:  # a function that is handed on changes it, whenever it is called
            graph.edge(wrt, {name})
    for s, value, name in aliases.opened_inside:
        graph.edge(_read_by(s, value) | ({*wrt} if value is s else set()), {name})
    for _, one, name in aliases.by_unseen:
        graph.edge(flow.names_read(one.called), {name})
    changing = aliases.changed.keys() | aliases.opened_objects()  # what unknown calls get, they may change
    changing |= {aliases.find(n) for n in graph.called}
    for y, x in _rebound(tree.body, facts) if holding else ():  # x += v: the run follows what it changes
        graph.edge({y}, {x})
        changing |= {aliases.find(x), aliases.find(y)}
    varied = _Reach(graph.forward, aliases, changing).of(wrt)
    left = graph.called.intersection(wrt)  # who gave these functions may ask for what calls leave in them
    useful = _Reach(graph.backward, aliases, changing).of((*results, *sorted(left)))
    return frozenset(n for n in varied & useful if graph.counts(n))


class Dependence:
    """What names depend on in any way, whatever they stand for: functions are among them."""

    def __init__(self, tree: gast.FunctionDef, facts: Facts, aliases: Aliases) -> None:
        graph = _AllDependences(facts, aliases.whole)
        graph.block(tree.body)
        self.reach = _Reach(graph.backward, aliases.whole, aliases.whole.changed.keys())

    def of(self, results: Iterable[str]) -> frozenset[str]:
        return frozenset(self.reach.of(results))


def _rebound(block: list[gast.stmt], facts: Facts) -> Iterator[tuple[str, str]]:
    """y and x of y = x + v, which may change x: it is x += v of what may be an array with other names."""
    checked: set[str] = set()
    for s in block:
        match s:
            case gast.Expr(value=gast.Call(func=function, args=[gast.Name(id=x)])):
                checked |= {x} if facts.kind(function) == Known(check_rebound) else set()
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.BinOp(left=gast.Name(id=x))) if (
                x in checked
            ):
                checked.discard(x)
                yield y, x
        yield from _rebound(flow.blocks_of(s), facts)


def _read_by(s: gast.stmt, value: gast.AST) -> frozenset[str]:
    """Names that a call reads; those of its whole statement, where no call stands there by itself."""
    return flow.names_read(value if isinstance(value, gast.Call) else s)


def _may_take(value: gast.AST, facts: Facts) -> bool:
    """Whether a call that changes objects may leave values in them: not all that a function captured takes them in."""
    summary, _ = facts.summaries.get(id(value), (None, None))
    return summary is None or bool(summary.filled or summary.changed & flow.argument_names(summary.tree))


def _taken_apart(tree: gast.FunctionDef) -> Iterator[str]:
    """Names of objects that are asked for what no array has: fields, and methods, of somebody's own class."""
    for one in nodes(*tree.body):
        if isinstance(one, gast.Attribute) and isinstance(one.value, gast.Name):
            if not hasattr(np.ndarray, one.attr):
                yield one.value.id


def _stored_into(block: list, facts: Facts) -> Iterator[str]:
    """Names of objects whose items or fields are assigned."""
    for s in block:
        match s:
            case gast.FunctionDef():
                continue
            case _ if is_count(s, facts):
                pass
            case (
                gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target])
                | gast.AugAssign(target=gast.Subscript() | gast.Attribute() as target)
            ) if isinstance(target.value, gast.Name):
                yield target.value.id
        yield from _stored_into(flow.blocks_of(s), facts)


class _Reach:
    """The names that edges lead to; from one name of an object that changes, to all that share it."""

    def __init__(self, edges: Mapping[str, Set[str]], aliases: Aliases, changing: Set[str]) -> None:
        self.edges, self.aliases, self.changing = edges, aliases, changing
        # class -> names that are, hold or are held by its object
        self.members: defaultdict[str, set[str]] = defaultdict(set)
        for name in {*edges, *(t for ts in edges.values() for t in ts)}:
            for root in aliases.reach(name):
                self.members[root].add(name)

    def of(self, start: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        roots: set[str] = set()
        todo = list(start)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(self.edges.get(name, ()))
                new = self.sharing(name) - roots
                roots |= new
                todo.extend(one for root in new for one in self.members.get(root, ()))
        return seen

    def sharing(self, name: str) -> Set[str]:
        reached = self.aliases.reach(name)
        return reached if not self.changing.isdisjoint(reached) else frozenset()


class _Dependences:
    """Edges between names: from what a statement reads to what it writes or changes."""

    def __init__(self, facts: Facts, aliases: Aliases, holding: bool = False) -> None:
        self.facts, self.aliases, self.holding = facts, aliases, holding
        self.forward: dict[str, set[str]] = defaultdict(set)
        self.backward: dict[str, set[str]] = defaultdict(set)
        self.objects: set[str] = set()  # names of what is no array
        self.stored: set[str] = set()  # what takes values in, whatever its own kind is
        # what functions change that are handed on: whoever has them may call them
        self.handed: set[str] = set()
        self.called: set[str] = set()  # functions of which nothing is known: calls may change what they hold
        self.cancelling: frozenset[int] = frozenset()  # assignments of what nothing depends on

    def block(self, block: list) -> None:
        for s in block:
            self.statement(s)

    def edge(self, sources: Iterable[str], targets: Iterable[str]) -> None:
        targets = list(targets)
        for source in sources:
            if not self.may_differ(source):
                continue
            self.forward[source].update(targets)
            for target in targets:
                self.backward[target].add(source)

    def may_differ(self, name: str) -> bool:
        """Whether what depends on a name may differ: of an object without fields, and of a class, what it takes in."""
        if name in self.stored or self.counts(name):
            return True
        return isinstance(self.facts.kind(name), Struct | Known) and self.aliases.is_shadowed(name)

    def counts(self, name: str) -> bool:
        kind = self.facts.kind(name)
        holds_more = isinstance(kind, Struct) and is_made(kind.cls) and self.aliases.is_opened(name)
        return kind.may_differ or holds_more or (self.holding and isinstance(kind, Struct | ListOf | DictOf))

    def statement(self, s: gast.stmt) -> None:
        match s:
            case gast.Assign() if id(s) in self.cancelling or self.is_cut(s):
                pass
            case gast.Assign(targets=[gast.Name() | gast.Tuple() as target]):
                if self.facts.calls.get(id(s.value)) != PlainCall():
                    self.edge(self.differing(s.value), flow.names_written(target))
                    self.mutual(s.value)
                    self.unknown_call(s.value, flow.names_written(target))
                else:  # getattr(C, "v") of a class that takes values in
                    self.edge(flow.names_read(s.value) & self.stored, flow.names_written(target))
            case (
                gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target])
                | gast.AugAssign(target=target)
            ):
                if isinstance(target, gast.Name):
                    self.edge(flow.names_read(s.value), {target.id})
                elif isinstance(target.value, gast.Name):
                    self.edge(flow.names_read(s.value), {target.value.id})
            case gast.Expr():
                if self.facts.calls.get(id(s.value)) != PlainCall():
                    self.mutual(s.value)
                    self.unknown_call(s.value)
            case gast.For():
                self.edge({s.iter.id}, {s.target.id})
            case gast.FunctionDef():
                self.edge(flow.free_names(s), {s.name})
            case gast.Try():  # an exception may hold what was there when it was raised
                inside = frozenset().union(*map(self.held_by_exceptions, s.body))
                self.edge(inside, {h.name.id for h in s.handlers if h.name is not None})
            case gast.With():
                for item in s.items:
                    if item.optional_vars is not None:
                        self.edge(flow.names_read(item.context_expr), flow.names_written(item.optional_vars))
        for inner in flow.blocks_of(s) if not isinstance(s, gast.FunctionDef) else []:
            self.statement(inner)

    def is_cut(self, s: gast.Assign) -> bool:
        return cuts(getattr(self.facts.calls.get(id(s.value)), "function", None))

    def held_by_exceptions(self, s: gast.stmt) -> frozenset[str]:
        """Names whose values an exception that a statement raises may hold."""
        match s:
            case gast.Assign(targets=[gast.Name()]):
                return self.differing(s.value) | flow.names_written(s)
            case gast.If() | gast.For() | gast.While() | gast.With() | gast.Try():
                own = flow.names_read(s.iter) if isinstance(s, gast.For) else frozenset()
                return own.union(*map(self.held_by_exceptions, flow.blocks_of(s)))
        return flow.names_read(s) | flow.names_written(s)

    def differing(self, value: gast.expr) -> frozenset[str]:
        """Names that a value reads for more than their shape or type."""
        match self.facts.calls.get(id(value)):
            case OpenCall(function=function, args=args, keywords=keywords) if (
                TABLE.find(function) is not None
            ):
                row = TABLE.find(function)
                bound = calls.bind(row, list(args), list(keywords)) if row is not None else None
                arguments = bound.arguments if bound is not None else {}
            case TableCall(row=row, arguments=arguments):
                pass
            case _:
                return flow.names_read(value)
        idle = [
            a for p, a in arguments.items() if row is not None and row.ignores(p) and isinstance(a, gast.Name)
        ]
        count = Counter(n.id for n in nodes(value) if isinstance(n, gast.Name))
        count.subtract(a.id for a in idle)
        return frozenset(n for n in flow.names_read(value) if count[n] > 0)

    def mutual(self, value: gast.expr) -> None:
        """xs.append(v): the argument reaches the object."""
        if (
            isinstance(value, gast.Call)
            and isinstance(value.func, gast.Attribute)
            and isinstance(value.func.value, gast.Name)
        ):
            base = value.func.value.id
            if self.aliases.is_changed(base):
                reads = set().union(*(flow.names_read(a) for a in value.args)) if value.args else set()
                self.edge(reads, {base})

    def unknown_call(self, value: gast.expr, results: Collection[str] = ()) -> None:
        """A function of which nothing is known may put anything it is given into anything it is given.

        A method whose result is an object again may have returned its own: s.push(x).push(y).
        """
        found = self.facts.calls.get(id(value))
        if not isinstance(found, OpenCall):
            return
        given = (value.args, value.keywords) if isinstance(value, gast.Call) else (found.args, found.keywords)
        for one in foreign.changed(found.function, *map(list, given)):  # x += v of what may be an array, too
            self.edge(flow.names_read(value), flow.names_read(one))
        if is_harmless(found.function):
            for one in foreign.called(found.function, found.args, found.keywords):
                self.asked(one, flow.names_read(value))
            return
        if id(value) in self.facts.summaries:
            summary, bound = self.facts.summaries[id(value)]
            self.edge(flow.names_read(value), _opened(summary, bound, value))
            if calls_what_it_got(summary):
                read = flow.names_read(value)
                self.edge(read, {n for n in read if mutable(self.facts.kind(n))} | self.handed)
            if isinstance(self.facts.kind(found.callee), Closure) and summary.filled:
                self.edge(flow.names_read(value), {found.callee.id})
            return
        is_method = isinstance(found.callee, gast.Attribute) and not self.objects.isdisjoint(results)
        own = found.callee.value if is_method else found.callee
        if isinstance(own, gast.Name) and mutable(self.facts.kind(own)):
            self.called.add(own.id)
        objects = {n for n in flow.names_read(value) if mutable(self.facts.kind(n))}
        self.edge(flow.names_read(value), objects | self.named_alike(value))

    def asked(self, function: gast.expr, given: Iterable[str]) -> None:
        """A known function calls one of which nothing is known with what it is given."""
        if isinstance(function, gast.Name) and type(self.facts.kind(function)) is Kind:
            self.called.add(function.id)
            self.edge(given, {function.id})

    def named_alike(self, value: gast.expr) -> set[str]:
        """All names of an object that a method changes of which no more is known: seen.add(v)."""
        match value:
            case gast.Call(func=gast.Attribute(value=gast.Name() as of, attr=method)) if (
                method in OF_CONTAINERS | OF_SETS | MAKING
            ):
                if isinstance(self.facts.kind(of), Known):  # np.add is no method
                    return set()
                root = self.aliases.find(of.id)
                return {n for n in self.facts.kinds if self.aliases.find(n) == root}
        return set()


class _AllDependences(_Dependences):
    """The same of values that have no derivative too."""

    def may_differ(self, name: str) -> bool:
        return True


def _opened(found: Summary, bound: Bound | None, value: gast.Call) -> set[str]:
    """The names of objects that a callee hands on to calls of which nothing is known: these may store in them."""
    if not found.opened:
        return set()
    outer = found.opened - flow.argument_names(found.tree)
    captured = {*(outer if found.is_local else flow.names_read(value.func) if outer else ())}
    if bound is None:
        return captured.union(*map(flow.names_read, value.args))
    return captured.union(*(flow.names_read(one) for p in found.opened for one in bound.get(p, ())))


def calls_what_it_got(found: Summary) -> bool:
    """Whether a function calls what it was given, or made of it: that may keep what such a call gives it."""
    own = flow.argument_names(found.tree) | flow.all_written(found.tree.body)
    own -= {s.name for s in nodes(found.tree) if isinstance(s, gast.FunctionDef)}
    called = (n.func for n in nodes(found.tree) if isinstance(n, gast.Call))
    return any(isinstance(f, gast.Name) and f.id in own for f in called)


def is_harmless(function: object) -> bool:
    """Whether a callee that is known changes none of its arguments; a constructor of one's own may."""
    if isinstance(function, functools.partial):
        return is_harmless(function.func)
    if isinstance(function, type) and is_followed(function):
        return is_foreign(function) or not isinstance(function.__init__, types.FunctionType)  # type: ignore[misc]
    return function is not None and not isinstance(function, types.FunctionType)
