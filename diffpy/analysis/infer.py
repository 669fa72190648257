"""The kinds of all names of a function, and what it calls: renamed normal form and argument kinds in, facts out."""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import operator
import types
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any

import gast
import numpy as np

from diffpy.analysis import calls, flow, movers, shapes
from diffpy.analysis.callees import Bound, Summary, bind, parameter_names, takes_rest
from diffpy.analysis.calls import MethodCall, OpenCall, PlainCall, Resolution, TableCall
from diffpy.analysis.cotangent_kinds import cotangent_kind
from diffpy.analysis.kinds import (
    ANY_ARRAY,
    BOOL,
    BOTTOM,
    FLOAT,
    GENERATORS,
    INT,
    INTEGER,
    NONE,
    RANGE,
    STRING,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    Closure,
    Cotangent,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Local,
    Maker,
    Mover,
    Object,
    OneOf,
    PerhapsNumber,
    Pullback,
    Rest,
    Scalar,
    Struct,
    TupleOf,
    is_complex,
    is_real,
    is_surely_array,
    join,
    join_all,
    kind_of,
    struct_of,
    with_one_class,
)
from diffpy.analysis.literals import literal_tuples
from diffpy.rules import cotangents, methods, structs
from diffpy.rules.table import TABLE, Row

# (the function, kinds of its arguments, the kind of each name where a nested function is defined) -> its summary
# and, if they are known, the kinds of what the function captured
Summarise = Callable[..., Summary | None]
CONTAINER_METHODS = {
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "sort",
    "reverse",
    "copy",
    "index",
    "count",
    "items",
    "keys",
    "values",
    "get",
    "setdefault",
    "update",
    "popitem",
    "add",
    "discard",
}


@dataclass
class Facts:
    """Kinds by name; resolutions by the identity of the expression."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    calls: dict[int, Resolution] = field(default_factory=dict)
    summaries: dict[int, tuple[Summary, Bound | None]] = field(default_factory=dict)
    operators: dict[int, tuple[Summary, list[gast.expr]]] = field(
        default_factory=dict
    )  # that methods of objects stand for, with the operands in the methods' order
    bound: dict[int, Summary | None] = field(default_factory=dict)  # methods that are read and not called
    methods: dict[tuple[type, str], types.FunctionType] = field(default_factory=dict)  # of structs, as found
    on_buffers: set[int] = field(default_factory=set)  # calls that get the buffers of what they change
    escaping: dict[int, Summary | None] = field(
        default_factory=dict
    )  # nested definitions, called with anything
    places: dict[int, Kind] = field(default_factory=dict)  # of stores into arrays, by their targets
    full: dict[str, Kind] = field(default_factory=dict)  # kinds that hold objects of one of several classes
    choices: dict[int, tuple[Struct, ...]] = field(
        default_factory=dict
    )  # of such an object, by its attribute
    changing: set[int] = field(default_factory=set)  # calls of methods that may change such objects
    kept: list[gast.AST] = field(default_factory=list)

    def give_up_bottoms(self) -> None:
        """Names that nothing reaches are of no known kind."""
        self.kinds.update({n: UNKNOWN for n, kind in self.kinds.items() if isinstance(kind, Bottom)})

    def tell_no_classes_apart(self) -> None:
        """Kinds of objects of one of several classes are not known: branches that are written later tell them apart."""
        plain = {n: with_one_class(kind) for n, kind in self.kinds.items()}
        self.full = {n: kind for n, kind in self.kinds.items() if kind != plain[n]}
        self.kinds = plain

    def fully(self, node: gast.expr | str) -> Kind:
        """The kind, with the classes that an object may be of."""
        name = node.id if isinstance(node, gast.Name) else node
        found = self.full.get(name) if isinstance(name, str) else None
        return self.kind(node) if found is None else found

    def kind(self, node: gast.expr | str | None) -> Kind:
        match node:
            case str():
                return self.kinds.get(node, UNKNOWN)
            case gast.Name():
                return self.kinds.get(node.id, UNKNOWN)
            case gast.Constant():
                return kind_of(node.value)
            case gast.UnaryOp():
                return self.kind(node.operand)
            case _:
                return UNKNOWN


def infer(
    tree: gast.FunctionDef,
    arguments: Mapping[str, Kind],
    resolve: Callable[[str], Kind],
    summarise: Summarise,
    floor: Mapping[str, Kind] | None = None,
    assumed: Collection[str] = (),
) -> Facts:
    """Iterate over the function until no kind changes; `floor` are kinds that names have at least.

    `assumed`: names that the function checks to be arrays.
    """
    inference = _Inference(arguments, resolve, summarise)
    inference.floor = floor or {}
    inference.assumed = assumed
    inference.literals = literal_tuples(tree)
    inference.writes = flow.writes(tree.body)
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


class _Inference:
    def __init__(
        self, arguments: Mapping[str, Kind], resolve: Callable[[str], Kind], summarise: Summarise
    ) -> None:
        self.facts = Facts(dict(arguments))
        self.resolve = resolve
        self.summarise = summarise
        self.floor: Mapping[str, Kind] = {}
        self.assumed: Collection[str] = ()
        self.literals: Mapping[str, tuple | list] = {}
        self.writes: Counter[str] = Counter()  # in how many places the function assigns each name
        self.tests: dict[str, tuple[str, type]] = {}  # test = isinstance(name, class)
        self.told: dict[str, list[tuple[type, bool]]] = {}  # what the branches around say of a name
        self.changed = False
        self.widen = False
        self.is_closing = False
        self.returned: Kind = BOTTOM

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
                self.facts.escaping[id(s)] = self.summarise(s, None, {}, self.name)
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
            case gast.Call(func=gast.Name(id=function), args=[gast.Name(id=name), gast.Name(id=cls)]):
                asked, of = self.name(function), self.name(cls)
                if isinstance(asked, Known) and asked.value is isinstance and isinstance(of, Known):
                    if isinstance(of.value, type) and self.writes[test] == 1 >= self.writes[name]:
                        self.tests[test] = name, of.value

    def told_apart(self, s: gast.If, name: str, cls: type) -> None:
        """A branch that isinstance decides: in it copies of the object are of the classes that are left."""
        told = self.told.setdefault(name, [])
        for block, is_one in ((s.body, True), (s.orelse, False)):
            told.append((cls, is_one))
            self.block(block)
            told.pop()

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
        if new != old:
            self.facts.kinds[name] = UNKNOWN if self.widen and name not in self.assumed else new
            self.changed = self.changed or (met and self.facts.kinds[name] != old)
        else:
            self.facts.kinds.setdefault(name, new)

    def static(self, node: gast.expr, kind: Kind) -> object:
        """A literal, or a name of a tuple of literals, as itself (axes, a shape), anything else by its kind."""
        if isinstance(node, gast.Name) and node.id in self.literals:
            return self.literals[node.id]
        return None if kind == NONE else _static(node, kind)

    def name(self, name: str) -> Kind:
        if name not in self.facts.kinds:  # what an earlier round of a loop is to leave there comes later
            self.facts.kinds[name] = BOTTOM if name in self.writes else self.resolve(name)
        return self.facts.kinds[name]

    def kind(self, node: gast.expr) -> Kind:
        found = self.name(node.id) if isinstance(node, gast.Name) else self.facts.kind(node)
        return (
            UNKNOWN if isinstance(found, OneOf) or (self.is_closing and isinstance(found, Bottom)) else found
        )

    def unpack(self, target: gast.Tuple, kind: Kind) -> None:
        starred = next((k for k, e in enumerate(target.elts) if isinstance(e, gast.Starred)), None)
        for k, element in enumerate(target.elts):
            if isinstance(element, gast.Starred):
                self.bind(element.value.id, ListOf(shapes.element_kind(kind, element.value.id)))
            else:
                self.bind(element.id, self.item(kind, k, len(target.elts), starred, element.id))

    def item(self, kind: Kind, k: int, count: int, starred: int | None, site: str) -> Kind:
        if isinstance(kind, TupleOf) and (starred is None or k < starred) and k < len(kind.items):
            return kind.items[k]
        if isinstance(kind, TupleOf) and starred is not None and count - k <= len(kind.items):
            return kind.items[k - count]
        return shapes.element_kind(kind, site)

    def store(self, target: gast.Subscript | gast.Attribute, value: Kind) -> None:
        """A store into a list or dict widens the kind of its items."""
        self.lookup_free(target)
        base = target.value
        if not isinstance(base, gast.Name):
            return
        old = self.kind(base)
        if isinstance(target, gast.Attribute):
            self.store_field(base.id, target.attr, old, value)
        elif isinstance(old, DictOf):
            self.bind(base.id, old.storing(key_of(target.slice), value, base.id))
        elif isinstance(old, ListOf):
            sliced = isinstance(target, gast.Subscript) and isinstance(target.slice, gast.Slice)
            item = shapes.element_kind(value, f"{base.id}[]") if sliced else value
            self.bind(base.id, type(old)(join(old.item, item, f"{base.id}[]")))

    def note_place(self, target: gast.Subscript | gast.Attribute) -> None:
        """What a store into an array fills."""
        kind = self.kind(target.value) if isinstance(target, gast.Subscript) else UNKNOWN
        if isinstance(kind, Array):
            parts = [_index_part(p, self) for p in index_parts(target.slice)]
            self.facts.places[id(target)] = shapes.index_kind(kind, parts, f"{id(target)}")

    def store_field(self, name: str, attribute: str, old: Kind, value: Kind) -> None:
        if isinstance(old, Struct) and old.field(attribute) is None and structs.is_made(old.cls):
            self.bind(name, Struct(old.cls, tuple(sorted((*old.fields, (attribute, value))))))
        elif isinstance(old, Struct) and old.field(attribute) is not None:
            fields = tuple((f, join(k, value, f"{name}.{f}") if f == attribute else k) for f, k in old.fields)
            self.bind(name, Struct(old.cls, fields))

    def augmented(self, s: gast.AugAssign, name: str) -> None:
        left, right = self.kind(s.target), self.kind(s.value)
        if is_surely_array(left):
            return
        if isinstance(left, ListOf):
            self.bind(name, ListOf(join(left.item, shapes.element_kind(right, name), f"{name}[]")))
            return
        if isinstance(left, DictOf) and isinstance(s.op, gast.BitOr):  # it is written as an update
            self.bind(name, left if isinstance(right, Bottom) else _merged(left, right, f"{name}[]"))
            return
        if calls.updating_method(left, s.op) is not None:  # it is written as a call
            return
        self.bind(name, self.operation(s, calls.OPERATORS[type(s.op)], [s.target, s.value], name))

    # Values

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

    def tuple_display(self, node: gast.Tuple) -> Kind:
        if any(isinstance(e, gast.Starred) for e in node.elts):
            self.lookup_free(node)
            return UNKNOWN
        return TupleOf(tuple(self.kind(e) for e in node.elts))

    def display_item(self, e: gast.expr, site: str) -> Kind:
        if isinstance(e, gast.Constant) and e.kind == "cell":
            return BOTTOM
        if isinstance(e, gast.Starred):
            return shapes.element_kind(self.kind(e.value), site)
        return self.as_told(e) if isinstance(e, gast.Name) else self.kind(e)

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
            return self.sequence_kind(function, kinds) if _are_sequences(kinds) else Inert("")
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
            case (ListOf(), Scalar()) | (Scalar(), ListOf()):
                return next(k for k in kinds if isinstance(k, ListOf))
            case (TupleOf() as first, TupleOf() as second):
                return TupleOf(first.items + second.items)
            case (DictOf() as first, DictOf() as second) if function is operator.or_:
                return _merged(first, second, "items")
            case _:
                return UNKNOWN

    def row_kind(self, row: Row, function: Any, args: list, keywords: dict, site: str) -> Kind:
        kinds = [self.kind(a) for a in args]
        if any(isinstance(k, Bottom) for k in kinds):
            return BOTTOM
        if function in shapes.PRODUCTS and len(kinds) == 2 and not keywords:
            found = shapes.product_kind(function, kinds[0], kinds[1], site)
        elif row.family == "elementwise" and not keywords:
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

    def call(self, node: gast.Call, site: str) -> Kind:
        self.lookup_free(node)
        if any(
            isinstance(self.kind(a.value if isinstance(a, gast.Starred) else a), Bottom) for a in node.args
        ):
            return BOTTOM
        made = self.kind(node.func) if isinstance(node.func, gast.Name) else None
        if isinstance(made, Maker):
            return self.paired_call(node, made.value, site)
        if isinstance(made, Mover):
            return self.moved_call(node, made.function, site)
        if isinstance(made, Pullback):
            return self.open_call(node, None, site, Cotangent())
        target = self.callee(node.func)
        if target is _METHOD:
            return self.method(node, site)
        if target is None:
            return self.open_call(node, None, site)
        return self.known_call(node, target, site)

    def paired_call(self, node: gast.Call, function: object, site: str) -> Kind:
        """with_pullback(f)(x): the kind of f(x), beside a pullback; f may be a with_pullback(g) itself."""
        depth = 1
        while isinstance(function, Maker):
            function, depth = function.value, depth + 1
        value = self.known_call(node, function, site)
        self.facts.calls[id(node)] = OpenCall(
            node.func, tuple(node.args), tuple(node.keywords), None, function
        )
        if isinstance(value, Bottom):
            return value
        for _ in range(depth):
            value = TupleOf((value, Pullback()))
        return value

    def moved_call(self, node: gast.Call, function: Known, site: str) -> Kind:
        """with_differential(f, x_dot)(x): where f gives a number or an array, the kind of f(x), beside a tangent."""
        if isinstance(function, Maker):
            value = self.paired_call(node, function.value, site)
        else:
            value = self.known_call(node, function.value, site)
        self.open_call(node, None, site)
        called = self.facts.calls[id(node)]
        if isinstance(called, OpenCall):
            self.facts.calls[id(node)] = replace(called, moved=function.value)
        match value:
            case TupleOf() if isinstance(function, Maker):
                return TupleOf((value, Cotangent()))
            case Scalar() | Cotangent():
                return TupleOf((value, Cotangent()))
            case Array() if value.may_differ:
                return TupleOf((value, value))
            case Bottom():
                return value
        return UNKNOWN

    def callee(self, func: gast.expr) -> object:
        """The object called, where it is known; _METHOD for a method of a value; None where it is not."""
        parts = calls.dotted(func)
        if parts is None:
            return None
        kind = self.name(parts[0])
        if len(parts) == 1:
            return kind.value if isinstance(kind, Known) else None
        if not isinstance(kind, Known) or not isinstance(kind.value, types.ModuleType | type | np.ufunc):
            return _METHOD
        found: object = kind.value
        for part in parts[1:]:
            found = getattr(found, part, None)
        return found

    def known_call(self, node: gast.Call, target: object, site: str) -> Kind:
        row = TABLE.find(target)
        kinds = tuple(self.kind(a) for a in node.args)
        if any(target is one for one in (operator.add, operator.mul)) and _are_sequences(kinds):
            return self.open_call(node, target, site, self.sequence_kind(target, kinds))
        if any(target is one for one in cotangents.CHANGING) and node.args:
            self.filled(target, node.args)
        if target in (max, min) and self.gives_object(node):
            return self.open_call(node, target, site, UNKNOWN)
        special = _special_kind(self, node, target)
        if target in (cotangents.with_pullback, cotangents.with_differential) and node.args:
            special = self.maker(target, self.kind(node.args[0]))
        if target is cotangents.moved_items and len(kinds) == 2 and kinds[1] == Cotangent():
            special = Cotangent()
        if target is cotangents.varied and isinstance(self.kind(node.args[0]), Known):
            special = self.kind(node.args[0])
        if special is None and row is not None and not any(isinstance(a, gast.Starred) for a in node.args):
            key = calls.literal(node.args[1]) if len(node.args) > 1 else None
            special = cotangent_kind(row.name, [self.kind(a) for a in node.args], site, key)
        if row is not None:
            return self.table_call(node, row, target, node.args, site, special)
        if not self.any_active(node) and _is_foreign(target) and not structs.is_read(target):
            self.facts.calls[id(node)] = PlainCall()
            if isinstance(target, type) and is_dataclass(target):
                return self.constructed(node, target)
            return self.constant_result(node, target, site) if special is None else special
        if special is None and id(target) in TABLE.pure:
            special = self.written_kind(node, target, site)
        return self.open_call(node, target, site, special)

    def gives_object(self, node: gast.Call) -> bool:
        """Whether max or min gives one of the lists or arrays that it was given: no number, but the object itself."""
        kinds = [self.kind(a) for a in node.args if not isinstance(a, gast.Starred)]
        chosen = [shapes.element_kind(kinds[0], "item")] if len(kinds) == 1 else kinds
        objects = ListOf | DictOf | TupleOf | Struct | Object
        return any(
            isinstance(k, Array if node.keywords else objects) or isinstance(k, objects) for k in chosen
        )

    def written_kind(self, node: gast.Call, target: Any, site: str) -> Kind | None:
        """What a function of NumPy that is derived by a text gives."""
        given = [*node.args, *(k.value for k in node.keywords)]
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return None
        if not all(self.inlinable(a) for a in given):
            return None
        keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
        args = tuple(self.static(a, self.kind(a)) for a in node.args)
        found = shapes.general_kind(target, args, keywords, site)
        return None if found == UNKNOWN else found

    def maker(self, target: object, kind: Kind) -> Kind | None:
        """The kind of with_pullback(f), or with_differential(f, x_dot), where it is known what calls of f give."""
        if isinstance(kind, Maker):
            return Maker(kind) if target is cotangents.with_pullback else Mover(kind)
        if not isinstance(kind, Known):
            return None
        written = isinstance(kind.value, types.FunctionType) and not cotangents.is_of_ours(kind.value)
        if written and not TABLE.find(kind.value) and not movers.depths(kind.value):
            return None
        return Maker(kind.value) if target is cotangents.with_pullback else Mover(kind)

    def filled(self, target: object, args: list[gast.expr]) -> None:
        """A buffer starts with None for its entries; what is put there later is of any kind."""
        buffer, kind = args[0], self.kind(args[0])
        if not isinstance(buffer, gast.Name) or not isinstance(kind, ListOf | DictOf):
            return
        key = calls.literal(args[1]) if len(args) > 1 and target is not cotangents.accumulate_into else None
        if isinstance(kind, DictOf) and (key is not None or target is cotangents.accumulate_into):
            self.bind(buffer.id, kind.filled(key))
        elif isinstance(kind.item, Inert | Bottom | Cotangent):
            self.bind(buffer.id, type(kind)(Cotangent()))
        elif not isinstance(kind.item, Array):
            self.bind(buffer.id, type(kind)(UNKNOWN))

    def table_call(
        self, node: gast.Call, row: Row, target: object, args: list, site: str, special: Kind | None
    ) -> Kind:
        if row.of_complex is not None and not all(is_real(self.kind(a)) for a in args):
            if not any(is_complex(self.kind(a)) for a in args):
                return self.open_call(node, target, site, special, args)
            row = row.of_complex
        bound = calls.bind(row, args, node.keywords)
        if row.family == "constant" and not (target in _ASKING and self.may_answer(args)):
            self.facts.calls[id(node)] = PlainCall()
            return special if special is not None else self.constant_result(node, target, site, args)
        if bound is None or not all(self.inlinable(a) for a in bound.arguments.values()):
            # An option, or an argument, that no line is written for: the run finds the derivative.
            found = special if special is not None else self.constant_result(node, target, site, args)
            return self.open_call(node, target, site, None if found == UNKNOWN else found, args)
        found = self.table_kind(row, target, args, node, site) if special is None else special
        if found == UNKNOWN or calls.refused_option(row, bound):
            return self.open_call(node, target, site, UNKNOWN, args)
        self.facts.calls[id(node)] = TableCall(row, target, bound.arguments)
        return found

    def table_kind(self, row: Row, target: object, args: list, node: gast.Call, site: str) -> Kind:
        return self.row_kind(row, target, args, {k.arg: k.value for k in node.keywords}, site)

    def may_answer(self, args: list) -> bool:
        """Whether the first argument may be an object whose class says what rounding it gives."""
        kind = self.kind(args[0]) if args else NONE
        return isinstance(kind, Struct | Object) or type(kind) is Kind

    def inlinable(self, argument: object) -> bool:
        """Numbers, arrays and constants: what a line of the table can be written for."""
        if isinstance(argument, tuple):
            return all(self.inlinable(one) for one in argument)
        kind = self.kind(argument) if isinstance(argument, gast.expr) else NONE
        return _inlinable(kind)

    def constant_result(self, node: gast.Call, target: Any, site: str, args: list | None = None) -> Kind:
        args = node.args if args is None else args
        plain = not any(isinstance(a, gast.Starred) for a in args) and all(k.arg for k in node.keywords)
        if plain and getattr(target, "__module__", "") is not None and TABLE.find(target) is not None:
            keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
            safe = target not in _EFFECTS
            if safe:
                return shapes.general_kind(
                    target, tuple(self.static(a, self.kind(a)) for a in args), keywords, site
                )
        return UNKNOWN

    def any_active(self, node: gast.Call) -> bool:
        values = [a.value if isinstance(a, gast.Starred) else a for a in node.args] + [
            k.value for k in node.keywords
        ]
        return any(self.kind(v).may_differ for v in values)

    def open_call(
        self,
        node: gast.Call,
        target: object,
        site: str,
        special: Kind | None = None,
        args: list | None = None,
    ) -> Kind:
        self.facts.calls[id(node)] = OpenCall(node.func, tuple(node.args), tuple(node.keywords), target)
        if special is not None:
            return special
        if isinstance(target, type) and is_dataclass(target) and not structs.is_completed(target):
            return self.constructed(node, target)
        if isinstance(target, types.MethodType) and isinstance(target.__self__, type):
            of = node.func.value if isinstance(node.func, gast.Attribute) else None
            if of is not None and self.kind(of) == Known(target.__self__):
                return self.summarised(node, target.__func__, [of, *node.args])
        made = self.kind(node.args[0]) if target is structs.built else None
        if isinstance(made, Known) and isinstance(made.value, type):
            fields = {str(k.arg): self.kind(k.value) for k in node.keywords}
            return Struct(made.value, tuple(sorted(fields.items())))
        called = self.kind(node.func) if isinstance(node.func, gast.Name) else UNKNOWN
        if isinstance(called, Struct | Object) and isinstance(node.func, gast.Name):
            function = called.cls.__call__
            return self.summarised(node, function, [node.func, *node.args])
        if isinstance(called, Local):
            target = called.node
        elif isinstance(called, Closure):
            return self.summarised(node, called.example, list(node.args), called.cells)
        return self.summarised(node, target, list(node.args))

    def constructed(self, node: gast.Call, cls: type) -> Kind:
        """What a dataclass makes of its arguments."""
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return UNKNOWN
        given = [self.kind(a) for a in node.args]
        try:
            bound = inspect.signature(cls).bind(
                *given, **{str(k.arg): self.kind(k.value) for k in node.keywords}
            )
        except (TypeError, ValueError):
            return UNKNOWN
        return struct_of(cls, bound.arguments)

    def summarised(
        self,
        node: gast.Call,
        target: object,
        args: list[gast.expr],
        cells: tuple[tuple[str, Kind], ...] | None = None,
    ) -> Kind:
        """The kind of what a Python function returns; what else it does is noted."""
        if target is None or TABLE.find(target) is not None:
            return UNKNOWN
        given = self.spread(target, args, node.keywords)
        found = self.summarise(target, *given, self.name, cells) if given is not None else None
        if found is None:
            return UNKNOWN
        bound = bind(found.tree.args, args, node.keywords)
        self.facts.summaries[id(node)] = found, bound
        if isinstance(target, type) and isinstance(
            init := getattr(target, "__init__", None), types.FunctionType
        ):
            self.facts.methods[target, "__init__"] = init
        for name, kind in found.grown:
            for one in (bound or {}).get(name, []):
                if isinstance(one, gast.Name) and type(self.kind(one)) is type(kind):
                    self.bind(one.id, kind)
        return found.kind

    def spread(
        self, target: object, args: list[gast.expr], keywords: list[gast.keyword]
    ) -> tuple[list[Kind], dict[str, Kind]] | None:
        """Kinds by position and by name; what * and ** spread goes to the parameters that nothing else goes to."""
        given: list[Kind] = []
        names = parameter_names(target)
        for a in args:
            kind = self.kind(a.value if isinstance(a, gast.Starred) else a)
            if not isinstance(a, gast.Starred):
                given.append(kind)
            elif isinstance(kind, TupleOf):
                given += kind.items
            elif (
                isinstance(kind, ListOf)
                and a is args[-1]
                and all(k.arg for k in keywords)
                and takes_rest(target) is not None
            ):
                given += [kind.item] * (len(names) - len(given) - len(keywords))
                given += [Rest(kind.item)] if takes_rest(target) else []
            else:
                return None
        named = {str(k.arg): self.kind(k.value) for k in keywords if k.arg}
        for k in keywords:
            kind = self.kind(k.value)
            if k.arg is None and isinstance(kind, DictOf):
                named |= {n: kind.item for n in names[len(given) :] if n not in named}
            elif k.arg is None:
                return None
        return given, named

    def method(self, node: gast.Call, site: str) -> Kind:
        """x.sum(axis=0): of arrays a row of the table, of containers their own, of structs the user's function."""
        base, name = node.func.value, node.func.attr
        kind = self.kind(base) if isinstance(base, gast.Name) else UNKNOWN
        if isinstance(kind, Bottom):
            return BOTTOM
        if any(self.may_change(one, node) for one in self.choices(node.func)):
            self.facts.changing.add(id(node))
        if isinstance(kind, Array | Scalar):
            row, function = methods.find(name)
            if isinstance(kind, Scalar):
                function = getattr(complex if kind.type == "complex" else np.float64, name, None)
            if row is not None and function is not None:
                args = [base, *node.args]
                return self.table_call(node, row, function, args, site, None)
        if (
            isinstance(kind, ListOf | DictOf)
            and not isinstance(kind, AnyTuple)
            and name in CONTAINER_METHODS
            and not node.keywords
        ):
            return self.container_method(node, base, kind, name, site)
        if isinstance(kind, DictOf) and name == "update" and isinstance(base, gast.Name):
            self.bind(base.id, self.updated(kind, node, f"{base.id}[]"))
        if isinstance(kind, Struct | Object):
            function = getattr(kind.cls, name, None)
            if isinstance(function, types.FunctionType):
                self.facts.methods[kind.cls, name] = function
                self.facts.calls[id(node)] = OpenCall(node.func, tuple(node.args), tuple(node.keywords), None)
                return self.summarised(node, function, [base, *node.args])
        if isinstance(kind, Inert) and kind.type in GENERATORS:
            return self.draw(node, GENERATORS[kind.type], site)
        if isinstance(kind, Inert):
            self.facts.calls[id(node)] = PlainCall()
            return Inert("")
        return self.open_call(node, None, site)

    def choices(self, attribute: gast.Attribute, there: bool = False) -> tuple[Struct, ...]:
        """What an object of one of several classes may be where its attribute is used, or `there` before."""
        base = attribute.value
        if not isinstance(base, gast.Name) or not isinstance(self.name(base.id), OneOf):
            return ()
        found = self.as_told(base)
        some = found.choices if isinstance(found, OneOf) else (found,) if isinstance(found, Struct) else ()
        some = tuple(one for one in some if not there or one.field(attribute.attr) is not None)
        self.facts.choices[id(attribute)] = some
        return some

    def may_change(self, kind: Struct, node: gast.Call) -> bool:
        """Whether the method of a class changes its object."""
        function = getattr(kind.cls, node.func.attr, None)
        if not isinstance(function, types.FunctionType):
            return False
        self.facts.methods[kind.cls, node.func.attr] = function
        given = self.spread(function, [node.func.value, *node.args], node.keywords)
        found = (
            None if given is None else self.summarise(function, [kind, *given[0][1:]], given[1], self.name)
        )
        own = parameter_names(function)[:1]
        return found is None or not (found.changed | found.touched).isdisjoint(own)

    def draw(self, node: gast.Call, generator: type, site: str) -> Kind:
        """rng.normal(size=3): the kind of what another generator of the class gives."""
        spread = any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords)
        fills = node.func.attr in ("shuffle", "permuted") or any(k.arg == "out" for k in node.keywords)
        if spread or fills or self.any_active(node):
            return self.open_call(node, None, site)
        self.facts.calls[id(node)] = PlainCall()
        args = tuple(self.static(a, self.kind(a)) for a in node.args)
        keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
        another = np.random.default_rng(0) if generator is np.random.Generator else np.random.RandomState(0)
        function = getattr(another, node.func.attr, None)
        return UNKNOWN if function is None else shapes.general_kind(function, args, keywords, site)

    def dict_display(self, node: gast.Dict, site: str) -> Kind:
        if all(isinstance(k, gast.Constant) for k in node.keys):
            return DictOf.of(
                {k.value: self.kind(v) for k, v in zip(node.keys, node.values, strict=True)}, site
            )
        values = (
            self.kind(v) if k is not None else shapes.element_kind(UNKNOWN, site)
            for k, v in zip(node.keys, node.values, strict=True)
        )
        return DictOf(join_all(values, f"{site}[]"))

    def container_method(
        self, node: gast.Call, base: gast.Name, kind: ListOf | DictOf, name: str, site: str
    ) -> Kind:
        self.facts.calls[id(node)] = MethodCall(base, name, tuple(node.args))
        given = [self.as_told(a) if isinstance(a, gast.Name) else self.kind(a) for a in node.args]
        if isinstance(kind, ListOf):
            match name:
                case "append" | "insert":
                    self.bind(base.id, ListOf(join(kind.item, given[-1], f"{base.id}[]")))
                    return NONE
                case "extend":
                    self.bind(
                        base.id, ListOf(join(kind.item, shapes.element_kind(given[0], site), f"{base.id}[]"))
                    )
                    return NONE
                case "pop":
                    return kind.item
                case "copy":
                    return kind
                case "index" | "count":
                    return INT
                case _:
                    return NONE
        match name:
            case "items":
                return Iterator(TupleOf((Inert("key"), kind.item)))
            case "keys":
                return Iterator(Inert("key"))
            case "values":
                return Iterator(kind.item)
            case "update":
                self.bind(base.id, self.updated(kind, node, f"{base.id}[]"))
                return NONE
            case "get" | "pop" | "setdefault":
                if name == "setdefault":
                    self.bind(base.id, kind.storing(key_of(node.args[0]), given[-1], base.id))
                default = given[1] if len(given) > 1 else (NONE if name == "get" else BOTTOM)
                return join(kind.entry(key_of(node.args[0])) if node.args else kind.item, default, site)
            case "copy":
                return kind
            case _:
                return NONE if name in ("clear", "add", "discard") else UNKNOWN

    def updated(self, kind: DictOf, node: gast.Call, site: str) -> DictOf:
        """The dict after d.update(other, key=value)."""
        for other in map(self.kind, node.args):
            kind = kind if isinstance(other, Bottom) else _merged(kind, other, site)
        for k in node.keywords:
            kind = kind.storing(k.arg, self.kind(k.value) if k.arg is not None else UNKNOWN, site)
        return kind

    def subscript(self, node: gast.Subscript, site: str) -> Kind:
        self.lookup_free(node)
        base = self.kind(node.value)
        match base:
            case Bottom():
                return BOTTOM
            case Array():
                return shapes.index_kind(base, [_index_part(p, self) for p in index_parts(node.slice)], site)
            case TupleOf():
                return self.tuple_item(base, node.slice, site)
            case ListOf():
                return base if isinstance(node.slice, gast.Slice) else shapes.one_of(base.item, site)
            case DictOf():
                return shapes.one_of(base.entry(key_of(node.slice)), site)
            case Inert():
                return Inert("")
            case _:
                return UNKNOWN

    def tuple_item(self, base: TupleOf, index: gast.expr, site: str) -> Kind:
        if isinstance(index, gast.Slice):
            bounds = [_static_int(b) for b in (index.lower, index.upper, index.step)]
            return TupleOf(base.items[slice(*bounds)]) if "?" not in bounds else UNKNOWN
        k = _static_int(index)
        if isinstance(k, int) and -len(base.items) <= k < len(base.items):
            return base.items[k]
        return shapes.one_of(join_all(base.items, site), site)

    def attribute(self, node: gast.Attribute, site: str) -> Kind:
        parts = calls.dotted(node)
        self.lookup_free(node)
        if parts is not None:
            root = self.name(parts[0])
            if isinstance(root, Known) and isinstance(root.value, types.ModuleType):
                return self.module_attribute(root.value, parts[1:])
            if isinstance(root, Known) and movers.depths(getattr(root.value, node.attr, None)):
                return Known(movers.one_object(getattr(root.value, node.attr)))  # chain.from_iterable
        base = self.kind(node.value) if isinstance(node.value, gast.Name) else UNKNOWN
        match base:
            case Bottom():
                return BOTTOM
            case Array() | Scalar():
                return self.array_attribute(node, base, site)
            case Struct() | Object():
                found = base.field(node.attr)
                if found is None:
                    self.bound_method(node, base.cls)
                return found if found is not None else UNKNOWN
            case Inert():
                return Inert("")
            case _:
                return UNKNOWN

    def bound_method(self, node: gast.Attribute, cls: type) -> None:
        """A method that is no more than read: what it does when it is called, whatever it is given."""
        function = getattr(cls, node.attr, None)
        if isinstance(function, types.FunctionType):
            rest = [UNKNOWN] * (len(parameter_names(function)) - 1 - len(function.__defaults__ or ()))
            self.facts.methods[cls, node.attr] = function
            self.facts.bound[id(node)] = self.summarise(
                function, [self.kind(node.value), *rest], {}, self.name
            )

    def array_attribute(self, node: gast.Attribute, base: Array | Scalar, site: str) -> Kind:
        if node.attr == "shape":
            return shapes.shape_tuple(base) if isinstance(base, Array) else TupleOf(())
        if node.attr in ("size", "ndim", "itemsize", "nbytes"):
            return INT
        if node.attr == "dtype" and isinstance(base, Array):
            return Known(np.dtype(base.dtype))
        row, function = methods.find_attribute(node.attr)
        if row is not None and row.family != "constant":
            self.facts.calls[id(node)] = TableCall(row, function, row.signature.bind(node.value).arguments)
            return self.row_kind(row, function, [node.value], {}, site)
        return Inert(node.attr) if node.attr in methods.CONSTANT_ATTRIBUTES else UNKNOWN

    def module_attribute(self, module: object, parts: list[str]) -> Kind:
        found: object = module
        for part in parts:
            found = getattr(found, part, None)
        return kind_of(found)


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


def _inlinable(kind: Kind) -> bool:
    match kind:
        case TupleOf():
            return all(_inlinable(one) for one in kind.items)
        case ListOf():
            return _inlinable(kind.item)
        case _:
            return isinstance(kind, Scalar | Array | Inert | Known)


_METHOD = object()
_MAKERS = {np.random.RandomState: "RandomState", np.random.default_rng: "Generator"}
_ASKING = {round, math.floor, math.ceil, math.trunc}  # that call a method of their argument's class
_EFFECTS = {print, builtins.input, builtins.open}


def index_parts(index: gast.expr) -> list[gast.expr]:
    return list(index.elts) if isinstance(index, gast.Tuple) else [index]


def key_of(index: gast.expr) -> object:
    """The value of a constant key; None for any other."""
    return index.value if isinstance(index, gast.Constant) else None


def _index_part(part: gast.expr, inference: _Inference) -> object:
    if isinstance(part, gast.Slice):
        return part
    constant = _static_int(part)
    if isinstance(part, gast.Constant) and (part.value is None or part.value is Ellipsis):
        return part.value
    if isinstance(constant, int):
        return constant
    kind = inference.kind(part)
    if isinstance(kind, Known) and kind.value is None:
        return None
    return None if kind == NONE else kind


def _static_int(node: gast.expr | None) -> Any:
    match node:
        case None:
            return None
        case gast.Constant(value=int() | None):
            return node.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int())):
            return -node.operand.value
        case _:
            return "?"


def _static(node: gast.expr, kind: Kind) -> object:
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


def _are_sequences(kinds: tuple[Kind, ...]) -> bool:
    return any(isinstance(k, ListOf | TupleOf) for k in kinds)


def _is_foreign(target: object) -> bool:
    """Whether the callee is no Python function of the user's: what it changes cannot hold derivatives."""
    of_class = isinstance(target, types.MethodType) and structs.is_ordinary(target.__self__)
    return not isinstance(target, types.FunctionType) and not of_class


def _applied_kind(inference: _Inference, function: Kind, args: list[Kind]) -> Kind:
    """What a function gives that another one calls."""
    if isinstance(function, Local):
        found = inference.summarise(function.node, args, {}, inference.name)
        return UNKNOWN if found is None else found.kind
    if not isinstance(function, Known):
        return UNKNOWN
    row = TABLE.find(function.value)
    if row is not None and row.name in ("sum", "max", "min") and len(args) == 1:
        item = shapes.element_kind(args[0], "applied")
        return item if isinstance(item, Scalar) else UNKNOWN
    if row is not None and row.family == "elementwise":
        return shapes.elementwise_kind(function.value, tuple(args), "applied")  # type: ignore[arg-type]
    if row is not None and row.family != "constant" and all(map(_inlinable, args)):
        return shapes.general_kind(function.value, tuple(args), {}, "applied")  # type: ignore[arg-type]
    return UNKNOWN


def _merged(kind: DictOf, other: Kind, site: str) -> DictOf:
    """A dict that another one, or pairs, are merged into."""
    if not isinstance(other, DictOf) or other.fields is None:
        return kind.storing(None, other.item if isinstance(other, DictOf) else UNKNOWN, site)
    for key, item in other.fields:
        kind = kind.storing(key, item, site)
    return kind


def _special_kind(inference: _Inference, node: gast.Call, target: object) -> Kind | None:
    """Results of builtins that take kinds apart: range, len, enumerate, zip ..."""
    if any(isinstance(a, gast.Starred) for a in node.args):
        if target is not zip:
            return movers.result_kind(target, node, inference.kind)
        rows = [inference.kind(a.value) for a in node.args if isinstance(a, gast.Starred)]
        if len(node.args) > 1 or not isinstance(rows[0], ListOf | TupleOf | Array):
            return Iterator(UNKNOWN)
        return Iterator(AnyTuple(shapes.element_kind(shapes.element_kind(rows[0], "row"), "item")))
    kinds = [inference.kind(a) for a in node.args]
    if any(isinstance(k, Bottom) for k in kinds):
        return BOTTOM
    if getattr(target, "__module__", "") == "diffpy.runtime.attempts" and isinstance(kinds[0], Local):
        found = inference.summarise(kinds[0].node, kinds[2:], {}, inference.name)
        return TupleOf((INT, UNKNOWN, UNKNOWN if found is None else found.kind))
    element = [shapes.element_kind(k, "item") for k in kinds]
    if target is map and len(element) > 1:
        return Iterator(_applied_kind(inference, kinds[0], element[1:]))
    moved = movers.result_kind(target, node, inference.kind)
    if moved is not None:
        return moved
    if target is functools.reduce and len(kinds) > 1:
        start = join_all(element[1:2] + kinds[2:], "reduced")
        return join(start, _applied_kind(inference, kinds[0], [start, element[1]]), "reduced")
    if target in (max, min) and kinds:
        chosen = element if len(kinds) == 1 else kinds
        if all(isinstance(k, Inert) for k in chosen):
            return chosen[0]
        return join_all(chosen, "chosen") if all(isinstance(k, Scalar) for k in chosen) else None
    if target is sum and len(kinds) == 1 and isinstance(kinds[0], Iterator):
        return element[0] if isinstance(element[0], Scalar | Array) else None
    if target is range:
        return RANGE
    if target in (np.random.RandomState, np.random.default_rng):
        return Inert(_MAKERS[target])
    if target is np.ndindex:
        return Iterator(AnyTuple(INT))
    if target in (len, int, id, hash, ord):
        return INT
    if target in (bool, isinstance, callable, hasattr, issubclass):
        return BOOL
    if target is float:
        return FLOAT
    if target in (str, repr, format):
        return STRING
    if target is print:
        return NONE
    if target is enumerate and element:
        return Iterator(TupleOf((INT, element[0])))
    if target is zip:
        return Iterator(TupleOf(tuple(element)))
    if target in (reversed, iter) and element:
        return Iterator(element[0])
    if target in (list, sorted) and element:
        return ListOf(element[0])
    if target is list:
        return ListOf(BOTTOM)
    if target is dict:
        given = {k.arg: inference.kind(k.value) for k in node.keywords}
        return movers.dict_kind(kinds, given)
    if target is tuple and kinds:
        return kinds[0] if isinstance(kinds[0], TupleOf) else AnyTuple(element[0])
    return None
