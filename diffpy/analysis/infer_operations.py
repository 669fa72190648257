"""Kinds of operators and comparisons: an operation in, the kind of its result out."""

from __future__ import annotations

import operator
import types
from typing import Any

import gast
import numpy as np

from diffpy.analysis import calls, shapes
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.infer_containers import Containers, merged
from diffpy.analysis.kinds import (
    BOOL,
    BOTTOM,
    INT,
    INTEGER,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
    Closure,
    Cotangent,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Local,
    PerhapsNumber,
    Scalar,
    Struct,
    TupleOf,
    is_complex,
    is_surely_array,
    join,
)
from diffpy.rules import structs
from diffpy.rules.table import TABLE, Row


class Operations(Containers):
    """With operators."""

    def augmented(self, s: gast.AugAssign, name: str) -> None:
        left, right = self.kind(s.target), self.kind(s.value)
        if is_surely_array(left):
            return
        if isinstance(left, ListOf) and not isinstance(right, Array | Scalar):
            self.bind(name, ListOf(join(left.item, shapes.element_kind(right, name), f"{name}[]")))
            return
        if isinstance(left, DictOf) and isinstance(s.op, gast.BitOr):  # it is written as an update
            self.bind(name, left if isinstance(right, Bottom) else merged(left, right, f"{name}[]"))
            return
        if calls.updating_method(left, s.op) is not None:  # it is written as a call
            return
        self.bind(name, self.operation(s, calls.OPERATORS[type(s.op)], [s.target, s.value], name))

    def compare(self, node: gast.Compare, site: str) -> Kind:
        kinds = (self.kind(node.left), self.kind(node.comparators[0]))
        if any(isinstance(k, Bottom) for k in kinds):
            return BOTTOM
        if any(isinstance(k, Array) for k in kinds) and not isinstance(
            node.ops[0], gast.Is | gast.IsNot | gast.In
        ):
            return shapes.elementwise_kind(np.less, kinds, site)
        is_plain = isinstance(node.ops[0], gast.Is | gast.IsNot | gast.In | gast.NotIn)
        return BOOL if is_plain or all(map(_compares_plainly, kinds)) else Inert("comparison")

    def operation(self, node: gast.AST, function: Any, operands: list[gast.expr], site: str) -> Kind:
        """An operator: a row of the table on numbers and arrays, else found when it runs."""
        kinds = tuple(self.kind(o) for o in operands)
        if any(isinstance(k, Bottom) for k in kinds):
            return BOTTOM
        if function is operator.mul and isinstance(operands[1], gast.Constant):
            kinds = self.repeated(kinds, operands[1].value)
        row = TABLE.find(function)
        if row is not None and all(isinstance(k, Scalar | Array) for k in kinds):
            bound = row.signature.bind(*operands)
            found = self.row_kind(row, function, operands, {}, site)
            if row.family == "constant":
                self.facts.calls[id(node)] = PlainCall()
                return found
            if isinstance(found, Scalar | Array):
                self.facts.calls[id(node)] = TableCall(row, function, bound.arguments)
                return found
        if not any(k.may_differ for k in kinds):
            self.facts.calls[id(node)] = PlainCall()
            if any(isinstance(k, Array) for k in kinds):
                return UNKNOWN
            return self.sequence_kind(function, kinds) if are_sequences(kinds) else Inert("")
        callee = gast.Name(f"operator.{function.__name__}", gast.Load(), None, None)
        self.facts.calls[id(node)] = OpenCall(callee, tuple(operands), (), function)
        if Cotangent() in kinds and all(isinstance(k, Cotangent | Scalar | Array) for k in kinds):
            return Cotangent()  # a multiple of one, a sum
        if all(isinstance(k, PerhapsNumber | Scalar) for k in kinds):
            return PerhapsNumber()  # an operator finds no None
        own = self.own_operator(node, function, operands)
        return self.sequence_kind(function, kinds) if own is None else own

    def own_operator(self, node: gast.AST, function: Any, operands: list[gast.expr]) -> Kind | None:
        """What the method of a class gives that an operator calls: that of the first operand, or of the second."""
        kinds = [self.kind(o) for o in operands]
        name = function.__name__.strip("_")
        of_second = isinstance(kinds[0], Scalar) and len(kinds) == 2
        owner = kinds[1] if of_second else kinds[0]
        if not isinstance(owner, Struct) or (not of_second and not _goes_first(owner, tuple(kinds[1:]))):
            return None
        method = f"__{'r' if of_second else ''}{name}__"
        found = getattr(owner.cls, method, None)
        if not isinstance(found, types.FunctionType):
            return None
        self.facts.methods[owner.cls, method] = found
        step = -1 if of_second else 1
        summary = self.summarise(found, kinds[::step], {}, self.name)
        if summary is None:
            return None
        if structs.own_method(owner.cls, method) is not None:
            self.facts.operators[id(node)] = summary, operands[::step]
        if hasattr(owner.cls, f"__i{name}__"):
            return None  # its objects may change in place: the run says what they are
        return summary.kind

    def repeated(self, kinds: tuple[Kind, ...], count: object) -> tuple[Kind, ...]:
        """(n,) * 3 is a tuple of three: what is repeated, that often, and once."""
        if isinstance(kinds[0], TupleOf) and type(count) is int and 0 < count * len(kinds[0].items) < 9:
            return TupleOf(kinds[0].items * count), TupleOf(())
        return kinds

    def sequence_kind(self, function: object, kinds: tuple[Kind, ...]) -> Kind:
        """Concatenation and repetition of lists and tuples keep their kinds."""
        match kinds:
            case (ListOf() as one, ListOf() as other):
                return ListOf(join(one.item, other.item, "items"))
            case (ListOf() as items, Scalar() as number) | (Scalar() as number, ListOf() as items):
                return items if _repeats(function, number) else UNKNOWN
            case (TupleOf() as first, TupleOf() as second):
                return TupleOf(first.items + second.items)
            case (DictOf() as first, DictOf() as second) if function is operator.or_:
                return merged(first, second, "items")
            case _:
                return UNKNOWN

    def row_kind(self, row: Row, function: Any, args: list, keywords: dict, site: str) -> Kind:
        kinds = [self.kind(a) for a in args]
        if any(isinstance(k, Bottom) for k in kinds):
            return BOTTOM
        if row.typed_by_value:
            return UNKNOWN
        if function in shapes.PRODUCTS and len(kinds) == 2 and not keywords:
            found = shapes.product_kind(function, kinds[0], kinds[1], site)
        elif row.family == "elementwise" and not keywords and NONE not in kinds:
            found = shapes.elementwise_kind(function, tuple(kinds), site)
        else:
            given = tuple(self.static(a, k) for a, k in zip(args, kinds, strict=True))
            named = {n: self.static(v, self.kind(v)) for n, v in keywords.items()}
            found = shapes.general_kind(function, given, named, site)
            if found == UNKNOWN and "axis" in row.signature.parameters:
                found = shapes.along_some_axis(function, row.signature, given, named, site)
        if isinstance(found, Scalar) and any(isinstance(k, Array) and k.dims is None for k in kinds):
            dtype = np.dtype(found.type).name
            found = shapes.number_kind(function, kinds, dtype) if row.family == "elementwise" else found
        if found == UNKNOWN and row.family in ("elementwise",):
            return shapes.number_kind(
                function, kinds, "complex128" if any(map(is_complex, kinds)) else "float64"
            )
        return INTEGER if found == INT and INTEGER in kinds else found


def _repeats(function: object, number: Scalar) -> bool:
    """Whether an operator of a list and a number repeats the list: a number of NumPy's makes an array of it else."""
    return function in (operator.mul, operator.imul) and number.type.startswith(("bool", "int", "uint"))


def _goes_first(owner: Struct, others: tuple[Kind, ...]) -> bool:
    """Whether Python asks the first operand first: the second is of no class that extends that of the first."""
    return not any(
        isinstance(k, Struct) and k.cls is not owner.cls and issubclass(k.cls, owner.cls) for k in others
    )


def _compares_plainly(kind: Kind) -> bool:
    """Whether comparing a value of this kind, with another such one, gives True or False."""
    if isinstance(kind, Inert):
        return kind.type in ("NoneType", "str", "bytes", "key", "slice", "ellipsis", "dtype", "frozenset")
    return isinstance(kind, Scalar | ListOf | TupleOf | DictOf | Known | Closure | Local)


def are_sequences(kinds: tuple[Kind, ...]) -> bool:
    return any(isinstance(k, ListOf | TupleOf) for k in kinds)
