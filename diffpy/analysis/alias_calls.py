"""What calls make of their arguments: which they may change, and which their results may be or hold."""

from __future__ import annotations

import gast

from diffpy.analysis import flow, foreign, movers
from diffpy.analysis.alias_joins import Joins, holds_mover
from diffpy.analysis.callees import Bound, Summary, may_take
from diffpy.analysis.calls import MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.captured_names import captured_with, kept_by_functions
from diffpy.analysis.constructors import held_as_they_are
from diffpy.analysis.facts import Facts, Unseen
from diffpy.analysis.kinds import (
    Array,
    Closure,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Object,
    Struct,
    TupleOf,
)
from diffpy.analysis.mutability import may_hold, mutable
from diffpy.analysis.views import ALIKE, GATHER, VIEWS, is_view
from diffpy.functions import is_of_arrays
from diffpy.rules import changing_methods
from diffpy.rules.cotangents import GATHERING, gives_overlapping
from diffpy.rules.marks import leaves
from diffpy.rules.structs import built, is_foreign, is_plain
from diffpy.rules.table import TABLE
from diffpy.syntax.build import load

_CHANGING = changing_methods.OF_CONTAINERS | changing_methods.OF_ARRAYS | changing_methods.SPECIAL
_CHANGING |= changing_methods.MAKING
_TOUCHING = changing_methods.OF_CONTAINERS | changing_methods.OF_SETS | changing_methods.MAKING


def is_changing_method(called: gast.Call, facts: Facts) -> bool:
    """Whether a method by its name changes its object, which is none of the user's own classes."""
    func = called.func
    if not isinstance(func, gast.Attribute) or func.attr not in _CHANGING:
        return False
    kind = facts.kind(func.value) if isinstance(func.value, gast.Name) else Inert()
    return mutable(kind) and not isinstance(kind, Struct | Object)


def gives_new(function: object) -> bool:
    """Whether a function, and so its derivatives, give new objects that hold nothing of what it is given."""
    row = TABLE.find(function) if function is not None else None
    if row is None or function in GATHER or function in (max, min, dict) or function in foreign.CHANGING:
        return False
    return movers.depths(function) is None and row.name.rsplit(".", 1)[-1] not in VIEWS


class Calls:
    """Goes through what a call is known to do, or may do, with the objects that it is given."""

    def __init__(self, joins: Joins) -> None:
        self.joins, self.facts, self.found = joins, joins.facts, joins.found

    def call(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        self.foreign_changes(y, value, s)
        if id(value) in self.facts.changing:
            name = value.func.value.id
            self.found.change(name, s)
            self.found.change_inside(name, Kind(), s)
            self.found.by_calls.append((s, value, name))
        match self.facts.calls.get(id(value)):
            case TableCall(arguments=arguments, function=function) as found:
                if isinstance(value, gast.Call) and function in GATHER:
                    self.known_call(y, function, value.args)
                if is_view(found):
                    every = list(arguments.values())
                    for a in every[:1] if found.row.name in ALIKE else every:
                        for one in a if isinstance(a, tuple) else (a,):
                            self.joins.view(y, one)
            case MethodCall(base=base, method=method, args=args):
                self.method(y, base, method, args, s)
            case PlainCall() if y is not None:
                self.overlapping(y, value.func, s)
            case OpenCall(function=function) if leaves(function):
                pass
            case OpenCall(moved=moved) if gives_new(moved):
                self.touch(value)
            case OpenCall(callee=callee, args=args, keywords=keywords, function=function, paired=paired):
                given = [*args, *(k.value for k in keywords)]
                items = [*args, *(k.value for k in keywords if k.arg not in ("key", "default"))]
                if function in (max, min) and y is not None:
                    for default in (k.value for k in keywords if k.arg == "default"):
                        self.joins.same(y, default)
                self.touch(value)
                inside = self.found.content(y, 0) if paired is not None and y is not None else None
                if id(value) in self.facts.summaries:
                    self.summarised_call(y, value, s)
                elif function is built or (isinstance(function, type) and is_plain(function)):
                    for one in given:
                        self.joins.hold(y, one)
                elif any(k.arg == "copy" for k in keywords) or not self.known_call(
                    y if paired is None else inside, paired or function, items
                ):
                    named = [k.value for k in keywords if k.arg is not None]
                    spread = [k.value for k in keywords if k.arg is None]
                    self.open_call(y, callee, function, [*args, *named], spread)

    def touch(self, value: gast.Call) -> None:
        """A method that sets have, of an object of no known kind; a call of a function that is known when it runs."""
        match value.func:
            case gast.Attribute(value=gast.Name() as base, attr=method):
                if method in _TOUCHING and type(self.facts.kind(base)) is Kind:
                    self.found.touched.append(base.id)

    def overlapping(self, y: str, function: gast.expr, s: gast.stmt) -> None:
        """Copies that share memory with each other where the arrays did; a pullback among them changes the others.

        What an entry of a tape holds may share memory too.
        """
        kind, callee = self.facts.kind(y), self.facts.kind(function)
        if not isinstance(callee, Known) or not gives_overlapping(callee.value):
            return
        items = kind.items if isinstance(kind, TupleOf) else ()
        for k in range(len(items)):
            self.found.union(self.found.content(y), self.found.content(y, k))
        tapes = [y] if isinstance(kind, ListOf) else []
        tapes += [self.found.content(y, k) for k, one in enumerate(items) if isinstance(one, ListOf)]
        for one in tapes:
            self.found.union(self.found.content(one), one)
        if any(type(one) is Kind for one in items):
            self.found.change(self.found.content(y), s)

    def foreign_changes(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        """A function of Python or NumPy that changes what it is given: np.copyto(a, b), np.add(a, b, out=c)."""
        found = self.facts.calls.get(id(value))
        if isinstance(found, OpenCall) and is_changing_method(value, self.facts):
            self.found.change(value.func.value.id, s)
            self.found.by_calls.append((s, value, value.func.value.id))
        if isinstance(found, OpenCall | TableCall):
            for one in foreign.changed(found.function, value.args, value.keywords):
                for name in flow.names_read(one):
                    if mutable(self.facts.kind(name)):
                        self.found.change(name, s)
                        self.found.by_calls.append((s, value, name))
                        if any(found.function is gathering for gathering in GATHERING):
                            self.found.gathering.append(name)
                            self.found.change_inside(name, self.facts.kind(name), s)
                        self.joins.same_or_inside(y, name)
                        self.taken_in(name, [a for a in value.args if a is not one])

    def taken_in(self, container: str, given: list[gast.expr]) -> None:
        """A list or a dict that a function changes may hold what else the function is given: list.append(xs, x)."""
        if not isinstance(self.facts.kind(container), Array):
            for one in given:
                self.joins.hold(container, one)
                self.joins.element_of_both(container, one)

    def summarised_call(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        """A Python function whose effects are known."""
        found, bound = self.facts.summaries[id(value)]
        outer = {n for one in found.tree.body for n in flow.names_read(one)} - flow.argument_names(found.tree)
        outer = {self.outside(n, found, value.func) for n in outer - flow.all_written(found.tree.body)}
        outer = captured_with(outer, self.facts.kind)
        self.found.read_by_calls += [(s, value, n) for n in sorted(outer)]
        for name in sorted(found.changed):
            for one in self.objects(name, found, bound, value):
                self.found.change(one, s)
                self.found.by_calls.append((s, value, one))
                if name in found.changed_inside:
                    self.found.change_inside(one, self.facts.kind(one), s)
        for name in sorted(found.touched):
            self.found.touched += self.objects(name, found, bound, value)
        for name in sorted(found.opened):
            given = self.objects(name, found, bound, value)
            self.found.opened += given
            self.found.passed.update(given)
        for name in sorted(found.exposed):
            self.found.exposed += self.objects(name, found, bound, value)
        for name, held in sorted(found.joined):
            for one in self.objects(name, found, bound, value):
                for other in self.objects(held, found, bound, value):
                    self.join(one, other)
        if y is None:
            return
        self.join_items(y, found)
        for name in kept_by_functions(found.tree) if isinstance(self.facts.kind(y), Struct) else ():
            for one in self.objects(name, found, bound, value):
                self.joins.same_or_inside(y, one)
        alone = held_as_they_are(found) if isinstance(self.facts.kind(y), Struct) else ()
        for name in sorted(found.returned):
            for one in self.objects(name, found, bound, value):
                if name in alone:
                    self.joins.hold(y, load(one))
                else:
                    self.joins.given_back(y, one)
                if (y, one) not in self.found.apart:
                    self.found.given_back.append((s, value, one, y))

    def unseen(self, one: Unseen, s: gast.stmt) -> None:
        """A method that Python calls by itself; of one that nobody could read, all that it may do.

        Counts are kept, as by any other call, in the objects themselves.
        """
        if id(one.called) not in self.facts.summaries:
            for name in self.handed(one.owner):
                self.found.change(name, s)
                self.found.change_inside(name, Kind(), s)
                self.found.by_unseen.append((s, one, name))
            return
        summary, bound = self.facts.summaries[id(one.called)]
        if one.inert:
            for name in sorted(summary.changed | summary.touched):
                self.found.touched += self.objects(name, summary, bound, one.called)
            return
        seen, read = len(self.found.by_calls), len(self.found.read_by_calls)
        self.summarised_call(None, one.called, s)
        self.found.by_unseen += [(s, one, name) for _, _, name in self.found.by_calls[seen:]]
        del self.found.by_calls[seen:], self.found.read_by_calls[read:]

    def join_items(self, y: str, found: Summary) -> None:
        """Items of a tuple that the callee returns, or hands over, may share memory with each other."""
        whole = self.found.content(y) if isinstance(self.facts.kind(y), Iterator) else y
        for one, other in sorted(found.together):
            inside = self.found.content(whole, one)
            self.found.union(inside, self.found.content(whole, other))
            self.found.union(self.found.content(inside), inside)

    def join(self, one: str, other: str) -> None:
        """After a call the first may be, hold or share memory with the second."""
        if isinstance(self.facts.kind(one), Array):
            self.joins.same(one, other)
            self.joins.same(other, one)
        else:
            self.joins.hold(one, load(other))

    def objects(self, name: str, found: Summary, bound: Bound | None, value: gast.Call) -> list[str]:
        """The caller's names for what the callee calls `name`."""
        if name not in flow.argument_names(found.tree):
            return [self.outside(name, found, value.func)]
        if bound is not None and name not in bound:
            return self.default(name, found, value)
        if bound is not None:
            given = bound[name]
        else:
            given = may_take(name, found.tree.args, self.facts.hidden[id(value)], value.keywords)
        return [one for a in given for one in self.handed(a)]

    def handed(self, given: gast.expr) -> list[str]:
        """What an argument hands over: itself, or its items; rows of an array are views of it."""
        match given:
            case gast.Name(id=name):
                return [name]
            case gast.Starred(value=gast.Starred() as inner):
                return [self.found.content(name) for name in self.handed(inner)]
            case gast.Starred(value=gast.Name(id=name) as whole):
                items: list[str] = [self.found.content(name)] if may_hold(self.facts.kind(whole)) else []
                return items if type(self.facts.kind(whole)) in (TupleOf, ListOf, DictOf) else [name, *items]
        return []

    def outside(self, name: str, found: Summary, callee: gast.expr) -> str:
        """What the caller calls a free name of a callee; what the closure of another function captured is in that."""
        kind = self.facts.kind(callee) if isinstance(callee, gast.Name) else None
        held = isinstance(kind, Closure) and not found.is_local and name in kind.code.co_freevars
        return callee.id if held else name

    def default(self, name: str, found: Summary, value: gast.Call) -> list[str]:
        """A default that is changed outlives the call: whatever flows in may come back.

        That of a nested function is what the caller has defined it with.
        """
        if name in flow.gathering_names(found.tree):  # an empty one, which the call has made
            return []
        given = flow.names_read(value) - flow.names_read(value.func)
        return sorted(given | flow.names_in_defaults(found.tree) if found.is_local else given)

    def method(self, y: str | None, base: gast.Name, method: str, args: tuple, s: gast.stmt) -> None:
        if method in changing_methods.OF_CONTAINERS:
            self.found.change(base.id, s)
        for a in args:
            if method in ("extend", "update"):
                self.joins.element_of_both(base.id, a)
            else:
                self.joins.hold(base.id, a)
        if y is not None and method in ("pop", "get", "setdefault", "popitem", "items", "values"):
            self.joins.element(y, base.id)
        elif y is not None and method == "copy":
            self.joins.element_of_both(y, base)

    def known_call(self, y: str | None, function: object, args: list) -> bool:
        """Calls whose results are new objects, perhaps of old items; whether it was one."""
        row = TABLE.find(function) if function is not None else None
        if function is dict and len(args) == 1 and isinstance(self.facts.kind(args[0]), DictOf):
            self.joins.element_of_both(y, args[0])
            return True
        if function in GATHER and any(isinstance(self.facts.kind(a), Struct | Object) for a in args):
            return False  # its __iter__ hands out what it likes
        if function in GATHER:
            apart = not any(isinstance(a, gast.Starred) for a in args)
            for k, a in enumerate(args):
                if isinstance(a, gast.Starred) and function is zip:
                    self.joins.move(y, a, 1, (2,))
                    continue
                place = (1 if function is enumerate else k) if apart else None
                self.joins.gather(
                    y, a.value if isinstance(a, gast.Starred) else a, function in (zip, enumerate), place
                )
            return True
        moved = movers.depths(function)
        if moved is not None:
            for a in args:
                self.joins.move(y, a, *moved)
            return True
        if row is not None and function in (max, min):
            for a in args:
                if y is not None and isinstance(a, gast.Name) and len(args) == 1:
                    self.joins.element(y, a.id)
                elif y is not None:
                    self.joins.same(y, a)
            return True
        return row is not None and row.name.rsplit(".", 1)[-1] not in VIEWS

    def open_call(self, y: str | None, callee: gast.expr, function: object, args: list, spread: list) -> None:
        """What a function returns may be, hold or be held by anything it was given; of * and ** it gets the items."""
        for one in [*spread, *(a.value for a in args if isinstance(a, gast.Starred))]:
            if isinstance(one, gast.Name):
                self.found.opened.append(one.id)
                self.found.exposed += [] if is_foreign(function) else [one.id]
                self.found.passed.add(one.id)
                if y is not None:
                    self.joins.item_or_inside(y, one.id)
        given = [a for a in args if not isinstance(a, gast.Starred)]
        if y is not None and holds_mover(self.facts.kind(y)):
            self.joins.moving[y] = list(given)
        compared = {a.id for a in given if isinstance(a, gast.Name)}
        given += self.joins.moving.get(callee.id, []) if isinstance(callee, gast.Name) else []
        owners = sorted(flow.names_read(callee))
        given += [load(n) for n in owners if not isinstance(self.facts.kinds.get(n, Inert()), Known)]
        is_known = function is not None and (TABLE.find(function) is not None or is_of_arrays(function))
        for a in given:
            if isinstance(a, gast.Name):
                self.found.opened += [] if is_known else [a.id]
                self.found.exposed += [] if is_known or is_foreign(function) else [a.id]
                self.found.passed |= set() if is_known else compared
                if not (is_of_arrays(function) and isinstance(self.facts.kind(a), ListOf)):
                    self.joins.given_back(y, a.id, a.id in compared)
