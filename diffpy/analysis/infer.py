"""The kinds of all names of a function, and what it calls: renamed normal form and argument kinds in, facts out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import gast

from diffpy.analysis import calls, flow, shapes
from diffpy.analysis.facts import Facts, Summarise
from diffpy.analysis.infer_unseen import UnseenCalls
from diffpy.analysis.kinds import (
    BOOL,
    BOTTOM,
    STRING,
    UNKNOWN,
    Bottom,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Local,
    join,
    join_all,
)
from diffpy.analysis.least_sizes import least_sizes
from diffpy.analysis.literals import literal_tuples
from diffpy.analysis.outer_names import declared
from diffpy.rules import structs
from diffpy.syntax.trees import nodes


def infer(
    tree: gast.FunctionDef,
    arguments: Mapping[str, Kind],
    resolve: Callable[[str], Kind],
    summarise: Summarise,
    floor: Mapping[str, Kind] | None = None,
    assumed: Collection[str] = (),
    stored: Callable[[], Collection[str]] = tuple,
) -> Facts:
    """Iterate over the function until no kind changes; `floor` are kinds that names have at least.

    `assumed`: names that the function checks to be arrays. `stored`: the fields of objects that may be assigned.
    """
    inference = _Inference(arguments, resolve, summarise)
    inference.floor = floor or {}
    inference.assumed, inference.stored = assumed, stored
    inference.literals = literal_tuples(tree)
    inference.least = least_sizes(tree)
    inference.writes = flow.writes(tree.body)
    inference.outer = declared(tree)
    inference.handed_on = handed_on(tree)
    for name, kind in arguments.items():
        inference.facts.kinds[name] = join(kind, inference.floor.get(name, BOTTOM), name)
    for _ in range(12):
        inference.changed = False
        inference.block(tree.body)
        if not inference.changed:
            return inference.closed(tree)
    inference.widen = True
    while inference.changed:
        inference.changed = False
        inference.block(tree.body)
    return inference.closed(tree)


def handed_on(tree: gast.FunctionDef) -> set[str]:
    """Names that are read for something else than a call of them."""
    every = list(nodes(*tree.body))
    called = {id(one.func) for one in every if type(one) is gast.Call}
    return {
        one.id
        for one in every
        if type(one) is gast.Name and type(one.ctx) is gast.Load and id(one) not in called
    }


class _Inference(UnseenCalls):
    """With statements, and each expression."""

    def closed(self, tree: gast.FunctionDef) -> Facts:
        """What stands where nothing gets to is resolved too."""
        if any(isinstance(kind, Bottom) for kind in self.facts.kinds.values()):
            self.is_closing = True
            self.block(tree.body)
        self.facts.tell_no_classes_apart()
        return self.facts

    def block(self, block: list[gast.stmt]) -> None:
        for s in block:
            self.statement(s)
            self.ask(s)

    def statement(self, s: gast.stmt) -> None:
        match s:
            case gast.Assign(targets=[gast.Name() as target], value=gast.Name() as value):
                self.bind(target.id, self.as_told(value))
            case gast.Assign(targets=[gast.Name() as target]):
                self.bind(target.id, self.value(s.value, target.id))
                self.note_test(target.id, s.value)
            case gast.If(test=gast.Name(id=test)) if test in self.tests:
                self.told_apart(s, *self.tests[test])
            case gast.Assign(targets=[gast.Tuple() as target]):
                self.unpack(target, self.kind(s.value))
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target]):
                self.store(target, self.kind(s.value))
                self.note_place(target)
                if isinstance(target, gast.Attribute):
                    self.choices(target)
            case gast.AugAssign(target=gast.Name() as target):
                self.augmented(s, target.id)
            case gast.AugAssign():
                self.lookup_free(s)
                self.note_place(s.target)
                if isinstance(s.target, gast.Attribute):
                    self.choices(s.target, there=True)
            case gast.Expr():
                self.value(s.value, "")
            case gast.For():
                self.bind(s.target.id, shapes.element_kind(self.kind(s.iter), s.target.id))
                self.block(s.body)
            case gast.With():
                self.with_block(s)
            case gast.Try():
                self.try_block(s)
            case gast.FunctionDef():
                self.bind(s.name, Local(s))
                self.lookup_free(s)
                self.nested(s)
            case gast.Import() | gast.ImportFrom():
                self.imported(s)
            case gast.Return() | gast.Raise() | gast.Delete():
                self.lookup_free(s)
            case _:
                self.lookup_free(
                    getattr(s, "test", None) or s if not isinstance(s, gast.If | gast.While) else s.test
                )
                for inner in (getattr(s, "body", []), getattr(s, "orelse", [])):
                    self.block(inner)

    def nested(self, s: gast.FunctionDef) -> None:
        """A nested function; one that is handed on may be called with anything, at any time."""
        if s.name not in self.handed_on:
            return
        found = self.facts.escaping[id(s)] = self.summarise(s, None, {}, self.name)
        if found is not None:
            self.grow_outside(found)
            return
        for name in sorted(flow.free_names(s)):  # of which nothing is known
            kind = self.name(name)
            if isinstance(kind, ListOf | DictOf) and not kind.may_differ:
                self.bind(name, type(kind)(UNKNOWN))

    def with_block(self, s: gast.With) -> None:
        for item in s.items:
            self.lookup_free(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars.id, UNKNOWN)
        self.block(s.body)

    def try_block(self, s: gast.Try) -> None:
        for block in (s.body, s.orelse, s.finalbody, *(h.body for h in s.handlers)):
            self.block(block)
        for handler in s.handlers:
            self.lookup_free(handler.type)
            if handler.name is not None:
                self.bind(handler.name.id, UNKNOWN)

    def imported(self, s: gast.Import | gast.ImportFrom) -> None:
        for name in flow.names_written(s):
            self.bind(name, UNKNOWN)

    def note_test(self, test: str, value: gast.expr) -> None:
        match value:
            case gast.Call(func=gast.Name(id=function), args=[gast.Name(id=name), gast.Name(id=asked_for)]):
                asked, of = self.name(function), self.name(asked_for)
                if isinstance(asked, Known) and asked.value is isinstance and isinstance(of, Known):
                    cls: Any = of.value
                    is_told = isinstance(cls, type) and structs.is_plain_class(cls)
                    if is_told and self.writes[test] == 1 >= self.writes[name]:
                        self.tests[test] = name, cls

    def told_apart(self, s: gast.If, name: str, cls: type) -> None:
        """A branch that isinstance decides: in it copies of the object are of the classes that are left."""
        told = self.told.setdefault(name, [])
        for block, is_one in ((s.body, True), (s.orelse, False)):
            told.append((cls, is_one))
            self.block(block)
            told.pop()

    def value(self, node: gast.expr, site: str) -> Kind:
        match node:
            case gast.Constant(kind="unbound"):
                return BOTTOM
            case gast.Name() | gast.Constant():
                return self.kind(node)
            case gast.BinOp():
                return self.operation(node, calls.OPERATORS[type(node.op)], [node.left, node.right], site)
            case gast.UnaryOp(op=gast.Not()):
                self.lookup_free(node)
                return BOOL
            case gast.UnaryOp():
                return self.operation(node, calls.OPERATORS[type(node.op)], [node.operand], site)
            case gast.Compare():
                return self.compare(node, site)
            case gast.Call():
                return self.call(node, site)
            case gast.Tuple():
                return self.tuple_display(node)
            case gast.List():
                return ListOf(join_all((self.display_item(e, site) for e in node.elts), f"{site}[]"))
            case gast.Dict():
                self.lookup_free(node)
                if any(
                    k is not None and not isinstance(k, gast.Constant) and self.kind(k).may_differ
                    for k in node.keys
                ):
                    return UNKNOWN  # numbers as keys: iteration gives them back
                return self.dict_display(node, site)
            case gast.Set():
                self.lookup_free(node)
                items = (self.display_item(e, site) for e in node.elts)
                return UNKNOWN if any(k.may_differ for k in items) else Inert("set")
            case gast.Subscript():
                return self.subscript(node, site)
            case gast.Attribute():
                return self.attribute(node, site)
            case gast.JoinedStr():
                self.lookup_free(node)
                return STRING
            case _:
                self.lookup_free(node)
                return UNKNOWN
