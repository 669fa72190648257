"""Stores of views that may overlap their target: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

import gast
import numpy as np

from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import TableCall
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.kinds import Array, Kind, PerhapsFloat, Scalar, rank_of
from diffpy.analysis.views import is_view
from diffpy.rules.cotangents import reading_order
from diffpy.syntax.build import assign, at, call, load, statements
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import assigned, rebuild
from diffpy.transforms.known_objects import Objects, known_as


def expand_overlaps(
    tree: gast.FunctionDef, facts: Facts, aliases: Aliases, names: Names, objects: Objects
) -> bool:
    """Say which entries a store reads, where NumPy may overwrite some of them first; in place. Whether anything was.

    Before:                         After:
        t1 = a[i]                       t1 = a[i]
        a[:, j] = t1                    t2 = a[:, j]
                                        t3 = reading_order(t1, t2)
                                        t4 = t1[t3]
                                        a[:, j] = t4

    This concerns targets of one axis. Others, and values that run the other way, NumPy copies first.
    """
    if not aliases.changes:
        return False
    overlaps = _Overlaps(tree, facts, aliases, names, objects)
    tree.body = rebuild(tree.body, overlaps.statement)
    return overlaps.found


class _Overlaps:
    def __init__(
        self, tree: gast.FunctionDef, facts: Facts, aliases: Aliases, names: Names, objects: Objects
    ) -> None:
        self.facts, self.aliases, self.names, self.objects = facts, aliases, names, objects
        self.found = False
        self.one_step: dict[str, bool] = {}
        self.values = assigned(tree)

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(targets=[gast.Subscript(value=gast.Name()) as target], value=gast.Name() as v):
                return self.ordered(s, target, v) if self.may_overwrite(target, v) else [s]
        return [s]

    def may_overwrite(self, target: gast.Subscript, v: gast.Name) -> bool:
        """Whether the store may write entries of v that are read afterwards."""
        a = target.value
        if not isinstance(self.facts.kind(a), Array) or not _may_have_one_axis(self.facts.kind(v)):
            return False
        if self.aliases.memory(a.id) != self.aliases.memory(v.id) or not self.may_go_entry_by_entry(target):
            return False
        if self.is_ordered(v):
            return False
        if self.is_masked(target):
            return True
        return not self.is_alongside(target, v.id) and not self.has_one_step(self.aliases.memory(a.id))

    def is_ordered(self, v: gast.Name) -> bool:
        """Whether the order has been said already."""
        match self.values.get(v.id):
            case [gast.Subscript(slice=gast.Name(id=order))]:
                made = self.values.get(order, [])
                return any(self.objects.get(_function(one)) is reading_order for one in made)
        return False

    def is_masked(self, target: gast.Subscript) -> bool:
        kind = self.facts.kind(target.slice)
        return isinstance(kind, Array) and kind.dtype == "bool"

    def may_go_entry_by_entry(self, target: gast.Subscript) -> bool:
        """Whether the place may be a view of one axis, or a mask; through indices NumPy stores copies."""
        parts = index_parts(target.slice)
        if any(isinstance(self.facts.kind(p), Array) for p in parts):
            return self.is_masked(target)
        return _may_have_one_axis(self.facts.places.get(id(target), Kind()))

    def is_alongside(self, target: gast.Subscript, v: str) -> bool:
        """Whether the value runs along the same axis of the same array as the target, in the same steps."""
        axis = self.axis(target)
        values = self.values.get(v, [])
        return (
            axis is not None
            and all(
                isinstance(value, gast.Subscript)
                and isinstance(value.value, gast.Name)
                and value.value.id == target.value.id
                and self.axis(value) == axis
                for value in values
            )
            and bool(values)
        )

    def axis(self, view: gast.Subscript) -> int | None:
        """The axis of the array along which a view runs step by step."""
        parts = index_parts(view.slice)
        rank = rank_of(self.facts.kind(view.value))
        if rank is None or len(parts) > rank:
            return None
        along = [k for k, p in enumerate(parts) if isinstance(p, gast.Slice)]
        fixed = [p for p in parts if isinstance(self.facts.kind(p), Scalar) and not isinstance(p, gast.Slice)]
        along += range(len(parts), rank)
        if len(along) != 1 or len(fixed) + len(along) != rank:
            return None
        return along[0] if along[0] >= len(parts) or _is_step_by_step(parts[along[0]]) else None

    def has_one_step(self, root: str) -> bool:
        """Whether all that may share the memory are arrays of one axis, and none a part of others by steps."""
        if root not in self.one_step:
            members = [
                name for name in {*self.facts.kinds, *self.values} if self.aliases.memory(name) == root
            ]
            self.one_step[root] = all(map(self.is_whole_or_part, members))
        return self.one_step[root]

    def is_whole_or_part(self, name: str) -> bool:
        kind = self.facts.kind(name)
        return (
            isinstance(kind, Array)
            and rank_of(kind) in (0, 1)
            and all(self.keeps_step(value) for value in self.values.get(name, ()))
        )

    def keeps_step(self, value: gast.expr) -> bool:
        if isinstance(value, gast.Subscript):
            parts = index_parts(value.slice)
            return all(_is_step_by_step(p) for p in parts if isinstance(p, gast.Slice))
        found = self.facts.calls.get(id(value))
        return isinstance(value, gast.Name) or (isinstance(found, TableCall) and not is_view(found))

    def ordered(self, s: gast.Assign, target: gast.Subscript, v: gast.Name) -> list[gast.stmt]:
        self.found = True
        place, order, value = (self.names.temporary() for _ in range(3))
        function = known_as(reading_order, "reading_order", self.names, self.objects)
        given: list[gast.stmt] = []
        if not _is_surely_array(self.facts.kind(v)):  # a number has no entries to be taken in order
            array = known_as(np.asarray, "asarray", self.names, self.objects)
            whole = self.names.temporary()
            given, v = [assign(whole, call(array, v), s)], load(whole)
        parts = {"f": function, "v": v, "a": load(target.value.id)}
        if self.is_masked(target):
            made = statements(f"{order} = f(v, a, mask)", s, **parts, mask=target.slice)
        else:
            view = gast.Subscript(load(target.value.id), target.slice, gast.Load())
            made = statements(f"{place} = view\n{order} = f(v, {place})", s, **parts, view=view)
        made += statements(f"{value} = v[{order}]", s, v=v)
        s.value = gast.copy_location(load(value), s)
        return [at(one, s) for one in (*given, *made, s)]


def _is_surely_array(kind: Kind) -> bool:
    return isinstance(kind, Array) and not isinstance(kind, PerhapsFloat)


def _function(value: gast.expr) -> str:
    return value.func.id if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) else ""


def _may_have_one_axis(kind: Kind) -> bool:
    return rank_of(kind) in (None, 1) if isinstance(kind, Array) else not isinstance(kind, Scalar)


def _is_step_by_step(part: gast.expr) -> bool:
    step = part.step if isinstance(part, gast.Slice) else None
    return step is None or (isinstance(step, gast.Constant) and step.value in (None, 1))
