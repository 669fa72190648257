"""Tests that kinds decide (None, numbers of axes, classes): renamed normal form and its facts in, one branch out."""

from __future__ import annotations

import operator
import types
from abc import ABCMeta
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import (
    NONE,
    Array,
    Bottom,
    Closure,
    DictOf,
    Flag,
    Inert,
    Kind,
    Known,
    ListOf,
    Local,
    Object,
    Range,
    Scalar,
    Struct,
    TupleOf,
    Word,
)
from diffpy.analysis.stored_fields import ANY
from diffpy.rules.structs import not_given
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned, blocks, every_statement

_SOMETHING = Scalar | Array | TupleOf | ListOf | DictOf | Struct | Object | Range | Known | Closure | Local


def take_known_branches(
    tree: gast.FunctionDef,
    facts: Facts,
    agree: Callable[[], bool] | None = None,
    stored: Callable[[], frozenset[str]] | None = None,
) -> bool:
    """Write the branch of a test that kinds decide in place of it; in place. Whether anything is to be looked at again.

    `agree` tells whether the kinds of objects are the same under all their names: what is read from an object may else
    be something that is stored under another one. None: nobody knows, and what is read from objects decides nothing.
    `stored` tells which fields may be stored meanwhile: an object may lack these at first.

    Before, for a list that is left out:    After:
        t1 = items is None                      items_1 = []
        if t1:                                  items_2 = items_1
            items_1 = []
            items_2 = items_1
        else:
            items_2 = items
    """
    branches = _Branches(tree, facts, agree, stored)
    return branches.block(tree.body) or (agree is not None and branches.agreed is False)


def may_be_known(tree: gast.FunctionDef) -> bool:
    """Whether kinds may decide a test of the function, going by its text alone."""
    decided = (s.test for s in every_statement(tree.body) if isinstance(s, gast.If))
    tests = {test.id for test in decided if isinstance(test, gast.Name)}
    values = assigned(tree) if tests else {}
    return any(
        not values[test] or not all(_of_numbers(one, values) for one in values[test]) for test in tests
    )


def _of_numbers(value: gast.expr, values: Mapping[str, list[gast.expr]]) -> bool:
    """Whether a value is a comparison that numbers alone decide, and not the number of axes or items."""
    match value:
        case gast.Compare(left=gast.Name(id=name), ops=[op], comparators=[gast.Constant(value=int())]):
            is_counted = any(isinstance(one, gast.Attribute | gast.Call) for one in values[name])
            return type(op) in _ORDERS and not is_counted
        case gast.Compare(ops=[op], comparators=[gast.Name() | gast.Constant(value=float())]):
            return type(op) in _ORDERS
    return False


class _Branches:
    def __init__(
        self,
        tree: gast.FunctionDef,
        facts: Facts,
        agree: Callable[[], bool] | None,
        stored: Callable[[], frozenset[str]] | None,
    ) -> None:
        self.tree, self.facts, self.agree, self.stored = tree, facts, agree, stored
        self.agreed: bool | None = None if agree is not None else False  # None: not asked yet
        self.reads, self.writes = flow.loads(tree), flow.bindings(tree)
        self.known: dict[str, bool] = {}  # what tests find, here
        self.displays: dict[str, gast.expr] = {}  # tuples and the like that are written once
        self.counts: dict[str, int] = {}  # numbers of axes, and lengths of tuples, that are written once

    @cached_property
    def read_out(self) -> set[str]:
        """Names of what is read from objects, and of what is computed from it."""
        every = list(nodes(self.tree))
        return _with_computed({n for s in every for n in _read_out(s)}, every)

    def block(self, block: list[gast.stmt]) -> bool:
        """Whether anything was written anew."""
        found = False
        done: list[gast.stmt] = []
        for s in block:
            if isinstance(s, gast.FunctionDef):
                done.append(s)
                continue
            self.look(s)
            taken = self.taken(s)
            if taken is not None:
                found = True
                done = self.without_test(done, s)
                self.block(taken)
                done += taken
                continue
            found = self.inside(s) or found
            done.append(s)
        block[:] = done or [gast.copy_location(gast.Pass(), block[0])] if block else []
        return found

    def inside(self, s: gast.stmt) -> bool:
        """The blocks of a statement: what it writes is not known after it; of a loop, or a try, not in it either."""
        if not isinstance(s, gast.If | gast.With):
            self.forget(s)
        found = False
        before = dict(self.known)
        for inner in blocks(s):
            self.known = dict(before)
            found = self.block(inner) or found
        self.known = before
        self.forget(s)
        return found

    def forget(self, s: gast.stmt) -> None:
        if self.known and blocks(s):
            for name in flow.all_written([s]):
                self.known.pop(name, None)

    def look(self, s: gast.stmt) -> None:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                self.known.pop(name, None)
                found = self.decided(value)
                if found is not None:
                    self.known[name] = found
                    s.value = gast.copy_location(gast.Constant(found, None), value)
                if self.writes[name] != 1:
                    return
                if isinstance(value, gast.Tuple | gast.List | gast.Set):
                    self.displays[name] = value
                count = self.count(value)
                if count is not None:
                    self.counts[name] = count

    def count(self, value: gast.expr) -> int | None:
        """x.ndim, np.ndim(x), len(x.shape)."""
        match value:
            case gast.Attribute(value=gast.Name() as x, attr="ndim"):
                return _axes(self.facts.kind(x))
            case gast.Call(args=[gast.Name() as x], keywords=[]):
                function = _known(self.facts, value.func)
                if function is np.ndim:
                    return _axes(self.facts.kind(x))
                kind = self.facts.kind(x)
                return len(kind.items) if function is len and isinstance(kind, TupleOf) else None
        return None

    def decided(self, value: gast.expr) -> bool | None:
        found = self.by_kinds(value)
        if found is None or self.read_out.isdisjoint(flow.names_read(value)):
            return found
        if self.agreed is None and self.agree is not None:
            self.agreed = self.agree()
        return found if self.agreed else None

    def by_kinds(self, value: gast.expr) -> bool | None:
        match value:
            case gast.Compare(left=gast.Name() as x, ops=[op], comparators=[gast.Constant(value=None)]) if (
                isinstance(op, gast.Is | gast.IsNot)
            ):
                is_none = _is_none(self.facts.kind(x))
                return is_none if is_none is None or isinstance(op, gast.Is) else not is_none
            case gast.Compare(left=gast.Name() as x, ops=[gast.Is()], comparators=[gast.Name() as y]) if (
                _known(self.facts, y) is not_given
            ):
                return _is_not_given(self.facts.kind(x))
            case gast.Compare(
                left=gast.Name(id=name), ops=[op], comparators=[gast.Constant(value=int() as other)]
            ) if name in self.counts and type(op) in _ORDERS:
                return bool(_ORDERS[type(op)](self.counts[name], other))
            case gast.Call(args=[gast.Name() as x, classes], keywords=[]) if (
                _known(self.facts, value.func) is isinstance
            ):
                found = _is_held(self.facts.kind(x), _classes(self.facts, classes))
                return _is_instance(self.facts.kind(x), self.facts.kind(classes)) if found is None else found
            case gast.Call(args=[gast.Name() as x, gast.Constant(value=str() as field)], keywords=[]) if (
                _known(self.facts, value.func) is hasattr
            ):
                return self.surely_has(x, field)
            case gast.Call(args=[gast.Name() as x], keywords=[]) if (
                _called(self.facts, value.func) is np.iterable
            ):
                return _is_iterable(self.facts.kind(x))
            case gast.Compare(left=gast.Name() as x, ops=[op], comparators=[other]) if isinstance(
                kind := self.facts.kind(x), Word
            ):
                return _is_word(kind.value, op, self.displays.get(getattr(other, "id", ""), other))
            case gast.Name():
                return self.flag(value)
            case gast.UnaryOp(op=gast.Not(), operand=gast.Name() as x):
                found = self.flag(x)
                return None if found is None else not found
        return None

    def surely_has(self, x: gast.Name, field: str) -> bool | None:
        kind = self.facts.kind(x)
        if not isinstance(kind, Struct) or kind.field(field) is None or self.stored is None:
            return None
        return True if self.stored().isdisjoint((field, ANY)) else None

    def flag(self, x: gast.Name) -> bool | None:
        """What a name holds: what a test has found, or a default."""
        kind = self.facts.kind(x)
        return kind.value if isinstance(kind, Flag) else self.known.get(x.id)

    def taken(self, s: gast.stmt) -> list[gast.stmt] | None:
        if not isinstance(s, gast.If) or not isinstance(s.test, gast.Name):
            return None
        found = self.flag(s.test)
        return None if found is None else s.body if found else s.orelse

    def without_test(self, done: list[gast.stmt], s: gast.If) -> list[gast.stmt]:
        """The test itself goes where nothing else reads it, and what was counted for it."""
        gone = s.test.id
        while done and isinstance(last := done[-1], gast.Assign) and flow.names_written(last) == {gone}:
            if self.reads[gone] != 1 or self.writes[gone] != 1:
                break
            done = done[:-1]
            read = last.value.left if isinstance(last.value, gast.Compare) else None
            gone = read.id if isinstance(read, gast.Name) and read.id in self.counts else ""
        return done


def _read_out(s: gast.AST) -> frozenset[str]:
    """The names that take items or fields of an object."""
    match s:
        case (
            gast.Assign(targets=[target], value=gast.Subscript() | gast.Attribute()) | gast.For(target=target)
        ):
            return flow.names_written(target)
        case gast.Assign(targets=[gast.Tuple() as target], value=gast.Name()):
            return flow.names_written(target)
    return frozenset()


def _with_computed(found: set[str], every: list[gast.AST]) -> set[str]:
    """These names, and those of what is computed from them."""
    assigned = [s for s in every if isinstance(s, gast.Assign)]
    size = -1
    while len(found) > size:
        size = len(found)
        found = found.union(*(flow.names_written(s) for s in assigned if flow.names_read(s.value) & found))
    return found


def _is_instance(kind: Kind, of: Kind) -> bool | None:
    """Whether a value is of a class that has no say in that itself."""
    cls: Any = of.value if isinstance(of, Known) else None
    if type(cls) not in (type, ABCMeta):
        return None
    if isinstance(kind, Struct):
        return issubclass(kind.cls, cls)
    is_plain = isinstance(kind, Scalar | Array | ListOf | DictOf | Range)
    return False if is_plain and not any(issubclass(one, cls) for one in _PLAIN) else None


# What numbers, arrays and containers may be.
_PLAIN = (
    *(bool, int, float, complex, str, list, dict, tuple, range),
    *(np.ndarray, np.bool_, np.int64, np.float64, np.complex128),
)


def _is_iterable(kind: Kind) -> bool | None:
    """Whether a value hands out items."""
    if isinstance(kind, Array):
        return None if kind.dims is None else bool(kind.dims)
    if isinstance(kind, Scalar):
        return False
    return True if isinstance(kind, ListOf | TupleOf | DictOf | Range) else None


def _is_word(value: str, op: gast.cmpop, other: gast.expr) -> bool | None:
    """Whether a string is another one, or one of several."""
    match op, other:
        case gast.Eq() | gast.NotEq(), gast.Constant(value=str() as word):
            return (value == word) is isinstance(op, gast.Eq)
        case gast.In() | gast.NotIn(), gast.Tuple(elts=words) | gast.List(elts=words) | gast.Set(elts=words):
            if all(isinstance(one, gast.Constant) for one in words):
                return (value in [one.value for one in words]) is isinstance(op, gast.In)
    return None


def _is_not_given(kind: Kind) -> bool | None:
    """Whether an argument was left out; None where that is not known."""
    if isinstance(kind, Known):
        return kind.value is not_given
    return None if type(kind) is Kind or isinstance(kind, Inert | Bottom) else False


_ORDERS = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
}
_HOLDING = (list, tuple, dict, np.ndarray, str)


def _known(facts: Facts, node: gast.expr) -> object:
    kind = facts.kind(node)
    return kind.value if isinstance(kind, Known) else None


def _called(facts: Facts, function: gast.expr) -> object:
    """What a name stands for, or an attribute of a module."""
    match function:
        case gast.Attribute(value=gast.Name() as module, attr=attr):
            home = _known(facts, module)
            return getattr(home, attr, None) if isinstance(home, types.ModuleType) else None
    return _known(facts, function)


def _axes(kind: Kind) -> int | None:
    return len(kind.dims) if isinstance(kind, Array) and kind.dims else None


def _classes(facts: Facts, node: gast.expr) -> tuple:
    """The classes that isinstance asks for; none where one is not known."""
    kind = facts.kind(node)
    kinds = kind.items if isinstance(kind, TupleOf) else (kind,)
    found = tuple(one.value for one in kinds if isinstance(one, Known) and isinstance(one.value, type))
    return found if len(found) == len(kinds) else ()


def _is_held(kind: Kind, classes: tuple) -> bool | None:
    """Whether a value is of one of the classes, where its kind says so."""
    if isinstance(kind, Array) and kind.dims:
        return issubclass(np.ndarray, classes) if classes else None
    if isinstance(kind, Scalar) and classes and all(one in _HOLDING for one in classes):
        return False
    return None


def _is_none(kind: Kind) -> bool | None:
    if kind == NONE:
        return True
    return False if isinstance(kind, _SOMETHING) and kind != Known(None) else None
