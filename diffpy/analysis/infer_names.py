"""Kinds of names while they are inferred: what a name holds, and what it is bound to."""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable, Collection, Mapping

import gast
import numpy as np

from diffpy.analysis import calls, flow
from diffpy.analysis.facts import Facts, Summarise
from diffpy.analysis.kinds import (
    ANY_ARRAY,
    BOTTOM,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
    Inert,
    Kind,
    Known,
    ListOf,
    Object,
    OneOf,
    Scalar,
    Struct,
    TupleOf,
    join,
    of_bounded_depth,
)

METHOD = object()  # stands for a callee that is a method of a value


class Names:
    """What each name holds, so far."""

    def __init__(
        self, arguments: Mapping[str, Kind], resolve: Callable[[str], Kind], summarise: Summarise
    ) -> None:
        self.facts = Facts(dict(arguments))
        self.resolve = resolve
        self.summarise = summarise
        self.floor: Mapping[str, Kind] = {}
        self.assumed: Collection[str] = ()
        self.stored: Callable[[], Collection[str]] = tuple
        self.literals: Mapping[str, tuple | list] = {}
        self.least: Mapping[str, int] = {}  # how many items arrays have at least
        self.handed_on: Collection[str] = ()  # names that are read for more than calls of them
        self.writes: Counter[str] = Counter()  # in how many places the function assigns each name
        self.outer: frozenset[str] = frozenset()  # global variables that it assigns
        self.tests: dict[str, tuple[str, type]] = {}  # test = isinstance(name, class)
        self.told: dict[str, list[tuple[type, bool]]] = {}  # what the branches around say of a name
        self.changed = False
        self.widen = False
        self.is_closing = False
        self.returned: Kind = BOTTOM

    def as_told(self, node: gast.Name) -> Kind:
        found = self.name(node.id)
        for cls, is_one in self.told.get(node.id, ()):
            found = found.of(cls, is_one) if isinstance(found, OneOf) else found
        return found if isinstance(found, OneOf | Struct) else self.kind(node)

    def lookup_free(self, node: gast.AST | None) -> None:
        if node is not None:
            for name in flow.names_read(node):
                self.name(name)

    def bind(self, name: str, kind: Kind) -> None:
        if self.is_closing:
            return
        if name in self.assumed and not isinstance(kind, Bottom | Array):
            kind = ANY_ARRAY
        met = name in self.facts.kinds
        old = self.facts.kinds[name] if met else BOTTOM
        new = join(join(old, kind, name), self.floor.get(name, BOTTOM), name)
        new = of_bounded_depth(new)
        if new != old:
            self.facts.kinds[name] = UNKNOWN if self.widen and name not in self.assumed else new
            self.changed = self.changed or (met and self.facts.kinds[name] != old)
        else:
            self.facts.kinds.setdefault(name, new)

    def static(self, node: gast.expr, kind: Kind) -> object:
        """A literal, or a name of a tuple of literals, as itself (axes, a shape), anything else by its kind."""
        if isinstance(node, gast.Name) and node.id in self.literals:
            return self.literals[node.id]
        return None if kind == NONE else static_value(node, kind)

    def name(self, name: str) -> Kind:
        if name not in self.facts.kinds:  # what an earlier round of a loop is to leave there comes later
            found = BOTTOM if name in self.writes and name not in self.outer else self.resolve(name)
            self.facts.kinds[name] = join(found, self.floor.get(name, BOTTOM), name)
        return self.facts.kinds[name]

    def kind(self, node: gast.expr) -> Kind:
        found = self.name(node.id) if isinstance(node, gast.Name) else self.facts.kind(node)
        return (
            UNKNOWN if isinstance(found, OneOf) or (self.is_closing and isinstance(found, Bottom)) else found
        )

    def callee(self, func: gast.expr) -> object:
        """The object called, where it is known; METHOD for a method of a value; None where it is not."""
        parts = calls.dotted(func)
        if parts is None:
            return None
        kind = self.name(parts[0])
        if len(parts) == 1:
            return kind.value if isinstance(kind, Known) else None
        if not isinstance(kind, Known) or not isinstance(kind.value, types.ModuleType | type | np.ufunc):
            return METHOD
        return calls.attribute(kind.value, parts[1:])

    def may_answer(self, args: list) -> bool:
        """Whether the first argument may be an object whose class says what rounding it gives."""
        kind = self.kind(args[0]) if args else NONE
        return isinstance(kind, Struct | Object) or type(kind) is Kind

    def inlinable(self, argument: object) -> bool:
        """Numbers, arrays and constants: what a line of the table can be written for."""
        if isinstance(argument, tuple):
            return all(self.inlinable(one) for one in argument)
        kind = self.kind(argument) if isinstance(argument, gast.expr) else NONE
        return inlinable(kind)

    def any_active(self, node: gast.Call) -> bool:
        values = [a.value if isinstance(a, gast.Starred) else a for a in node.args] + [
            k.value for k in node.keywords
        ]
        return any(self.kind(v).may_differ for v in values)


def static_value(node: gast.expr, kind: Kind) -> object:
    """A literal as itself (an axis, a size), anything else by its kind."""
    match node:
        case gast.Constant(value=float()):
            return kind
        case gast.Constant():
            return node.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int())):
            return -node.operand.value
        case _:
            return kind


def inlinable(kind: Kind) -> bool:
    match kind:
        case TupleOf():
            return all(inlinable(one) for one in kind.items)
        case ListOf():
            return inlinable(kind.item)
        case _:
            return isinstance(kind, Scalar | Array | Inert | Known)
