"""Kinds of lists, dicts and tuples: displays, items, stores; an expression or a store in, its kind out."""

from __future__ import annotations

from typing import Any

import gast

from diffpy.analysis import shapes
from diffpy.analysis.calls import MethodCall
from diffpy.analysis.facts import index_parts, key_of
from diffpy.analysis.infer_names import Names
from diffpy.analysis.kinds import (
    BOTTOM,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Struct,
    TupleOf,
    join,
    join_all,
)
from diffpy.rules import structs


class Containers(Names):
    """With lists, dicts, tuples and arrays: their items, read and stored."""

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
            parts = [index_part(p, self) for p in index_parts(target.slice)]
            self.facts.places[id(target)] = shapes.index_kind(kind, parts, f"{id(target)}")

    def store_field(self, name: str, attribute: str, old: Kind, value: Kind) -> None:
        if isinstance(old, Struct) and old.field(attribute) is None and structs.is_made(old.cls):
            self.bind(name, Struct(old.cls, tuple(sorted((*old.fields, (attribute, value))))))
        elif isinstance(old, Struct) and old.field(attribute) is not None:
            fields = tuple((f, join(k, value, f"{name}.{f}") if f == attribute else k) for f, k in old.fields)
            self.bind(name, Struct(old.cls, fields))

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
            kind = kind if isinstance(other, Bottom) else merged(kind, other, site)
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
                parts = [index_part(p, self) for p in index_parts(node.slice)]
                return shapes.index_kind(base, parts, site, self.least.get(getattr(node.value, "id", ""), 0))
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
            bounds = [static_int(b) for b in (index.lower, index.upper, index.step)]
            return TupleOf(base.items[slice(*bounds)]) if "?" not in bounds else UNKNOWN
        k = static_int(index)
        if isinstance(k, int) and -len(base.items) <= k < len(base.items):
            return base.items[k]
        return shapes.one_of(join_all(base.items, site), site)


def index_part(part: gast.expr, inference: Containers) -> object:
    if isinstance(part, gast.Slice):
        return part
    constant = static_int(part)
    if isinstance(part, gast.Constant) and (part.value is None or part.value is Ellipsis):
        return part.value
    if isinstance(constant, int):
        return constant
    kind = inference.kind(part)
    if isinstance(kind, Known) and kind.value is None:
        return None
    return None if kind == NONE else kind


def static_int(node: gast.expr | None) -> Any:
    match node:
        case None:
            return None
        case gast.Constant(value=int() | None):
            return node.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int())):
            return -node.operand.value
        case _:
            return "?"


def merged(kind: DictOf, other: Kind, site: str) -> DictOf:
    """A dict that another one, or pairs, are merged into."""
    if not isinstance(other, DictOf) or other.fields is None:
        return kind.storing(None, other.item if isinstance(other, DictOf) else UNKNOWN, site)
    for key, item in other.fields:
        kind = kind.storing(key, item, site)
    return kind
