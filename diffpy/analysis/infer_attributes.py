"""Kinds of attributes and methods: an attribute in, its kind out."""

from __future__ import annotations

import enum
import inspect
import types

import gast
import numpy as np

from diffpy.analysis import calls, movers, shapes
from diffpy.analysis.callees import parameter_names
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.infer_calls import Calls
from diffpy.analysis.kinds import (
    BOTTOM,
    GENERATORS,
    INT,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    NamedTupleOf,
    Object,
    OneOf,
    Scalar,
    Struct,
    TupleOf,
    kind_of,
)
from diffpy.rules import methods
from diffpy.rules.structs import is_transparent, move_struct
from diffpy.rules.table import TABLE

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

_TEXTS = ("__name__", "__qualname__", "__module__", "__doc__")  # of functions and classes

_WITHOUT_DERIVATIVE = {"str", "bytes", "slice", "set", "frozenset", "dtype", "comparison"}  # their methods


class Attributes(Calls):
    """With attributes and methods."""

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
        if kind == Inert("set") and self.any_active(node):  # a set that takes in numbers
            self.bind(base.id, UNKNOWN)
            return self.open_call(node, None, site)
        if isinstance(kind, Inert) and (kind.type in _WITHOUT_DERIVATIVE or not self.any_active(node)):
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
        found = None if spread or fills else self.drawn(node, getattr(generator, node.func.attr, None))
        if found is None:
            return self.open_call(node, None, site)
        self.facts.calls[id(node)] = found
        args = tuple(self.static(a, self.kind(a)) for a in node.args)
        keywords = {str(k.arg): self.static(k.value, self.kind(k.value)) for k in node.keywords}
        another = np.random.default_rng(0) if generator is np.random.Generator else generator(0)
        function = getattr(another, node.func.attr, None)
        return UNKNOWN if function is None else shapes.general_kind(function, args, keywords, site)

    def drawn(self, node: gast.Call, method: object) -> PlainCall | TableCall | None:
        """A call of a generator's method: with arguments of interest by its row, where it has one."""
        row = TABLE.find(method)
        if not self.any_active(node) or (row is not None and row.family == "constant"):
            return PlainCall()
        bound = None if row is None else calls.bind(row, [node.func.value, *node.args], node.keywords)
        return None if row is None or bound is None else TableCall(row, method, bound.arguments)

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
            case Struct() | Object() if node.attr == "__class__":
                return Known(base.cls)
            case Object() if base.field(node.attr) is not None and node.attr in self.stored():
                return UNKNOWN  # what it holds now need not be what it held before
            case Struct() | Object():
                found = base.field(node.attr)
                if found is None:
                    self.bound_method(node, base.cls)
                    found = self.number_of_class(base.cls, node.attr)
                return found if found is not None else UNKNOWN
            case NamedTupleOf() if (place := base.place(node.attr)) is not None:
                return base.items[place]
            case Known(value=enum.EnumType() as cls) if node.attr in cls.__members__:
                return kind_of(cls.__members__[node.attr])  # which nobody can rebind
            case Known(value=type() as cls):
                found = self.number_of_class(cls, node.attr)
                return found if found is not None else UNKNOWN
            case Inert(type="set"):
                return UNKNOWN  # a method that is handed on may change it
            case Inert():
                return Inert("")
            case _:
                return Inert("str") if node.attr in _TEXTS else UNKNOWN

    def number_of_class(self, cls: type, name: str) -> Kind | None:
        """The kind of a number that objects of a class have in common."""
        found = inspect.getattr_static(cls, name, None)
        if type(found) not in (int, float) or not is_transparent(cls):
            return None
        self.facts.constants[cls, name] = kind_of(found)
        return self.facts.constants[cls, name]

    def bound_method(self, node: gast.Attribute, cls: type) -> None:
        """A method that is no more than read: what it does when it is called, whatever it is given."""
        function = getattr(cls, node.attr, None)
        if isinstance(function, types.FunctionType) and function is not move_struct:  # it makes anew
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
