"""Which names may hold the same mutable object, and which of those objects the function changes."""

from __future__ import annotations

from dataclasses import dataclass

import gast

from diffpy.analysis import flow, named_tuples
from diffpy.analysis.alias_apart import pairs_apart
from diffpy.analysis.alias_calls import Calls
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.alias_joins import Joins
from diffpy.analysis.brief_views import brief_views
from diffpy.analysis.callees import parameter_names
from diffpy.analysis.calls import OpenCall
from diffpy.analysis.captured_names import captured_with
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.function_attributes import is_count
from diffpy.analysis.indices import takes
from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    Kind,
    Known,
    Local,
    Object,
    Struct,
    TupleOf,
    place_of_item,
)
from diffpy.analysis.mutability import mutable
from diffpy.rules import changing_methods
from diffpy.rules.cotangents import check_rebound
from diffpy.syntax.trees import nodes


@dataclass(frozen=True)
class Outside:
    """What is changed outside of a function: parameters and captured names; of these what they hold; its result."""

    changed: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    result: bool = False


ALONE = Outside()


def aliases(tree: gast.FunctionDef, facts: Facts, outside: Outside = ALONE) -> Aliases:
    """Two names of a class may be one object, names of two classes never are, or never while that counts.

    They are gathered without regard to order and direction. Then those are found where these count, and left out:
    views that are brief, and pairs of names that need not be one.
    """
    found = _gathered(tree, facts, outside, {})
    brief = brief_views(tree, facts, found)
    if brief:
        found = _gathered(tree, facts, outside, brief)
    if not (pairs := pairs_apart(tree, found)):
        return found
    refined = _gathered(tree, facts, outside, brief, pairs)
    refined.whole = found
    return refined


def _gathered(
    tree: gast.FunctionDef,
    facts: Facts,
    outside: Outside,
    brief: dict[str, str],
    pairs: frozenset[tuple[str, str]] = frozenset(),
) -> Aliases:
    found = Aliases(facts)
    found.brief, found.apart = brief, pairs
    _Walk(facts, found).block(tree.body)
    result = flow.names_read(tree.body[-1].value) if outside.result else frozenset()
    for name in sorted(outside.changed | result):
        found.change(name, tree)
    for name in sorted(outside.inside | result):
        found.change_inside(name, facts.kind(name), tree)
    found.change_deep()
    return found


class _Walk:
    """Goes through the statements once; their order does not count."""

    def __init__(self, facts: Facts, found: Aliases) -> None:
        self.facts, self.found = facts, found
        self.joins = Joins(facts, found)
        self.calls = Calls(self.joins)

    def block(self, block: list) -> None:
        for s in block:
            self.statement(s)

    def statement(self, s: gast.stmt) -> None:
        self.escapes(s)
        for one in self.facts.unseen.get(id(s), ()):
            self.calls.unseen(one, s)
        match s:
            case gast.Assign(targets=[gast.Name() as target]):
                if target.id not in self.found.brief:
                    self.value(target.id, s.value, s)
            case gast.Assign(targets=[gast.Tuple() as target], value=gast.Name() as value):
                starred = any(isinstance(e, gast.Starred) for e in target.elts)
                for k, e in enumerate(target.elts):
                    if isinstance(e, gast.Starred):
                        self.joins.gather(e.value.id, value, False, None)
                    else:
                        self.joins.element(e.id, value.id, None if starred else k)
            case gast.Assign() | gast.AugAssign() if is_count(s, self.facts):
                pass
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target]):
                self.store(target, s.value, s)
            case gast.AugAssign(target=gast.Name() as target):
                if mutable(self.facts.kind(target)) and not isinstance(
                    self.facts.kind(target), TupleOf | AnyTuple
                ):
                    self.found.change(target.id, s)
                    self.joins.take_in(target.id, s.value)
            case gast.AugAssign():
                self.store(s.target, s.value, s)
                if type(self.facts.kind(s.target.value)) is Kind:  # an item that is an array changes itself
                    self.found.change(self.found.content(s.target.value.id), s)
            case gast.Delete():
                for t in s.targets:
                    if isinstance(t, gast.Subscript) and isinstance(t.value, gast.Name):
                        self.found.change(t.value.id, s)
            case gast.Expr(value=gast.Call(func=function, args=[gast.Name(id=name)])) if self.facts.kind(
                function
            ) == Known(check_rebound):
                self.found.opened.append(name)
                self.found.exposed.append(name)
                self.found.passed.add(name)
            case gast.Expr():
                self.value(None, s.value, s)
            case gast.For():
                self.joins.element(s.target.id, s.iter.id)
            case gast.With():
                self.entered(s)
            case gast.Try():
                self.caught(s)
        for inner in flow.blocks_of(s) if not isinstance(s, gast.FunctionDef) else []:
            self.statement(inner)

    def entered(self, s: gast.With) -> None:
        """What a context gives may be it, or what it holds."""
        for item in s.items:
            if isinstance(item.optional_vars, gast.Name):
                for name in sorted(flow.names_read(item.context_expr)):
                    self.joins.same_or_inside(item.optional_vars.id, name)

    def caught(self, s: gast.Try) -> None:
        """An exception that is taken apart may hold whatever the body had."""
        for handler in s.handlers:
            if handler.name is not None and _is_taken_apart(handler.name.id, handler.body):
                for name in sorted({n for one in s.body for n in flow.names_read(one)}):
                    self.joins.same_or_inside(handler.name.id, name)

    def store(self, target: gast.expr, value: gast.expr, s: gast.stmt) -> None:
        if isinstance(target.value, gast.Name):
            self.found.change(target.value.id, s)
            if (
                isinstance(target, gast.Attribute)
                and target.attr == "__dict__"
                and isinstance(value, gast.Name)
            ):
                self.joins.same_or_inside(target.value.id, value.id)
            elif isinstance(target, gast.Subscript) and isinstance(target.slice, gast.Slice):
                self.joins.element_of_both(target.value.id, value)
            elif not isinstance(self.facts.kind(target.value), Array):
                self.joins.hold(target.value.id, value)

    def value(self, y: str | None, value: gast.expr, s: gast.stmt) -> None:
        match value:
            case gast.BinOp() | gast.UnaryOp() if self.is_own_operator(value):
                self.own_operator(y, value)
            case gast.BinOp(left=left, right=right) if isinstance(self.facts.calls.get(id(value)), OpenCall):
                if any(isinstance(self.facts.kind(one), Array) for one in (left, right)):
                    return  # NumPy computes something new
                self.joins.element_of_both(y, left)
                self.joins.element_of_both(y, right)
            case gast.Name():
                self.joins.copied(y, value.id, s)
                self.joins.moving_on(y, value.id)
            case gast.Tuple() | gast.List() | gast.Set():
                apart = isinstance(value, gast.Tuple) and not any(
                    isinstance(e, gast.Starred) for e in value.elts
                )
                for k, e in enumerate(value.elts):
                    self.joins.hold(y, e, k if apart else None)
            case gast.Dict():
                apart = all(isinstance(k, gast.Constant) and isinstance(k.value, str) for k in value.keys)
                for k, v in zip(value.keys, value.values, strict=True):
                    if k is None:
                        self.joins.element_of_both(y, v)
                    else:
                        self.joins.hold(y, v, k.value if apart else None)
            case gast.Subscript(value=gast.Name() as base):
                self.subscript(y, base, value.slice)
            case gast.Attribute(value=gast.Name() as base) if y is not None and self.may_change(value):
                self.found.change_some_time(base.id, s)  # xs.append
                self.found.by_calls.append((s, s, base.id))
                if id(value) in self.facts.bound:
                    self.joins.hold(y, base)
                else:
                    self.found.union(y, base.id)
            case gast.Attribute(value=gast.Name() as base, attr="__dict__") if y is not None:
                self.found.union(y, base.id)  # the object by another name
            case gast.Attribute(value=gast.Name() as base, attr=attribute) if y is not None:
                if id(value) in self.facts.calls:
                    self.joins.same(y, base)
                else:
                    self.joins.element(y, base.id, place_of_item(self.facts.kind(base), attribute))
            case gast.Call() if (
                y is not None and (items := named_tuples.display(self.facts, value)) is not None
            ):
                for k, e in enumerate(items.elts):
                    self.joins.hold(y, e, k)
            case gast.Call():
                self.calls.call(y, value, s)

    def is_own_operator(self, value: gast.expr) -> bool:
        """Whether an operator comes to a method of a user's class, whose result may hold the operands."""
        kinds = map(self.facts.kind, _operands(value))
        is_open = isinstance(self.facts.calls.get(id(value)), OpenCall)
        return is_open and any(isinstance(kind, Struct | Object) for kind in kinds)

    def own_operator(self, y: str | None, value: gast.expr) -> None:
        """What an operator's method gives holds items of the operands; a function in it may keep them whole."""
        summary, _ = self.facts.operators.get(id(value), (None, []))
        keeps = summary is None or any(isinstance(one, gast.FunctionDef) for one in nodes(*summary.tree.body))
        for one in _operands(value):
            if summary is None and isinstance(one, gast.Name):
                self.found.opened.append(one.id)
                self.found.exposed.append(one.id)
            if keeps and isinstance(one, gast.Name):
                self.joins.same_or_inside(y, one.id)
            else:
                self.joins.element_of_both(y, one)

    def may_change(self, method: gast.Attribute) -> bool:
        """Whether a method that is handed on may change its object."""
        if id(method) not in self.facts.bound:
            return method.attr in changing_methods.EVERY
        found = self.facts.bound[id(method)]
        own = parameter_names(found.tree)[:1] if found is not None else []
        return found is None or not (found.changed | found.touched | found.opened).isdisjoint(own)

    def subscript(self, y: str | None, base: gast.Name, index: gast.expr) -> None:
        if y is None:
            return
        kind = self.facts.kind(base)
        parts = [self.facts.kind(p) for p in index_parts(index)]
        if isinstance(kind, Array) and any(takes(k, len(parts) == 1) == "copy" for k in parts):
            return
        if isinstance(kind, Array):
            self.joins.same(y, base)
        elif isinstance(index, gast.Slice):
            self.joins.element_of_both(y, base)
            if type(kind) is Kind:  # perhaps an array, whose slice is a view
                self.joins.same(y, base)
        else:
            self.joins.element(y, base.id)

    def escapes(self, s: gast.stmt) -> None:
        """A nested function that is handed on may change what it captured at any time."""
        for name in self.handed_on(s):
            kind = self.facts.kind(name)
            if isinstance(kind, Local):
                called = self.written_out(s)
                reached = captured_with({name}, self.facts.kind) - {name}
                self.found.read_by_calls += [(s, called, n) for n in sorted(reached)]
                found = self.facts.escaping.get(id(kind.node))
                self.found.touched += sorted(found.touched & reached) if found is not None else []
                opened = sorted(found.opened & reached) if found is not None else []
                self.found.opened += opened
                self.found.exposed += sorted(found.exposed & reached) if found is not None else []
                self.found.opened_inside += [(s, called, one) for one in opened]
                for one, other in sorted(found.joined) if found is not None else ():
                    if {one, other} <= reached:
                        self.calls.join(one, other)
                for one in sorted(reached if found is None else found.changed & reached):
                    if found is not None or mutable(self.facts.kind(one)):
                        self.found.change_some_time(one, s)
                        self.found.by_calls.append((s, called, one))
                    if found is None or one in found.changed_inside:
                        self.found.change_inside_some_time(one, s)

    def written_out(self, s: gast.stmt) -> gast.AST:
        """The call of a known function, which can be written out with what it is given; else the statement."""
        value = getattr(s, "value", None)
        return value if id(value) in self.facts.summaries else s

    def handed_on(self, s: gast.stmt) -> list[str]:
        """Names that the statement reads for anything but a call of them or a copy that is known to be one."""
        match s:
            case gast.Assign(targets=[gast.Name() as target], value=gast.Name() as value):
                return [value.id] if self.facts.kind(target) != self.facts.kind(value) else []
            case gast.Assign(value=gast.Call() as value) | gast.Expr(value=gast.Call() as value):
                given = [*value.args, *(k.value for k in value.keywords)]
                return sorted({n for a in given for n in flow.names_read(a)})
            case gast.Assign() | gast.AugAssign() | gast.Return():
                return sorted(flow.names_read(s))
            case _:
                return []


def _is_taken_apart(name: str, block: list[gast.stmt]) -> bool:
    """Whether a block reads attributes of an object, be it by another name."""
    names = {name}
    for one in nodes(*block):
        match one:
            case gast.Assign(targets=[gast.Name(id=copy)], value=gast.Name(id=read)) if read in names:
                names.add(copy)
            case gast.Attribute(value=gast.Name(id=read)) if read in names:
                return True
    return False


def _operands(value: gast.BinOp | gast.UnaryOp) -> list[gast.expr]:
    return [value.operand] if isinstance(value, gast.UnaryOp) else [value.left, value.right]
