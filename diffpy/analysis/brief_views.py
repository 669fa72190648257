"""Views that are only looked at before their array changes: they count as arrays of their own.

t1 = a[i, :j]          t1 and t2 are views of an array that a later statement changes. Both have
t2 = a[:j, j]          been read for the last time by then: what they hold is what copies would hold.
t3 = t1 @ t2
a[i, j] -= t3
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.indices import takes
from diffpy.analysis.kinds import AnyTuple, Array, Inert, Kind, PerhapsFloat, Scalar, TupleOf
from diffpy.analysis.views import hands_on_items, is_view

_LAYOUT = frozenset(["shape", "ndim", "size", "dtype"])


def brief_views(tree: gast.FunctionDef, facts: Facts, found: Any) -> dict[str, str]:
    """Names of such views, with the name of what each is a view of; `found` says what may be one object and changes."""
    if not found.changed:
        return {}
    return _Search(tree, facts, found).names()


class _Search:
    def __init__(self, tree: gast.FunctionDef, facts: Facts, found: Any) -> None:
        self.facts, self.found = facts, found
        self.blocks = list(_blocks(tree))
        self.bound = Counter(flow.argument_names(tree))
        self.bound.update(n for block in self.blocks for s in block for n in flow.names_written(s))
        self.reads = flow.loads(tree)
        self.changes: dict[int, set[str]] = defaultdict(set)  # statement -> classes of what it changes
        for name, where in found.changes:
            self.changes[id(where)].add(found.find(name))

    def names(self) -> dict[str, str]:
        views: dict[str, str] = {}
        for block in self.blocks:
            here = self.candidates(block)
            ends = self.ends(block, here) if here else {}
            views.update({y: here[y][1] for y in ends})
        return views

    def candidates(self, block: list[gast.stmt]) -> dict[str, tuple[int, str]]:
        """Views that a block takes of arrays that are changed somewhere: where, and of what."""
        here: dict[str, tuple[int, str]] = {}
        for k, s in enumerate(block):
            if not isinstance(s, gast.Assign) or not isinstance(s.targets[0], gast.Name):
                continue
            y = s.targets[0].id
            base = self.viewed(s.value) if self.bound[y] == 1 and self.is_array(y) else None
            if base is not None and base != y and self.found.is_changed(y):
                here[y] = (k, base)
        return here

    def is_array(self, name: str) -> bool:
        kind = self.facts.kind(name)
        return isinstance(kind, Array) and not isinstance(kind, PerhapsFloat)

    def viewed(self, value: gast.expr) -> str | None:
        """The one array that an expression gives a view of."""
        match self.facts.calls.get(id(value)), value:
            case TableCall(arguments=arguments) as call, _ if is_view(call) and "copy" not in arguments:
                names = [a for a in arguments.values() if isinstance(a, gast.Name | tuple)]
                arrays = [a for a in names if isinstance(a, tuple) or not self.is_plain(a)]
                one = arrays[0] if len(arrays) == 1 else None
            case None, gast.Subscript(value=gast.Name() as one, slice=index):
                if not all(self.is_place(p) for p in index_parts(index)):
                    return None
            case _:
                return None
        return one.id if isinstance(one, gast.Name) and self.is_array(one.id) else None

    def is_plain(self, atom: gast.expr) -> bool:
        return _is_plain(self.facts.kind(atom))

    def is_place(self, part: gast.expr) -> bool:
        return isinstance(part, gast.Slice | gast.Constant | gast.UnaryOp) or (
            isinstance(self.facts.kind(part), Scalar | Inert)
        )

    def ends(self, block: list[gast.stmt], here: dict[str, tuple[int, str]]) -> dict[str, int]:
        """The last statement that reads each view, for those that nothing changes until then."""
        ends: dict[str, int] = {}
        for y in reversed(here):
            start, _ = here[y]
            end = self.last_read(block, y, start, here, ends)
            if end is not None and self.is_unchanged(block[start + 1 : end + 1], self.found.find(y)):
                ends[y] = end
        return ends

    def last_read(
        self,
        block: list[gast.stmt],
        y: str,
        start: int,
        here: dict[str, tuple[int, str]],
        ends: Mapping[str, int],
    ) -> int | None:
        """Where the view, or a view of it, is read for the last time; None where more than its values counts."""
        left, end = self.reads[y], start
        for k in range(start + 1, len(block)):
            if not left:
                break
            count = flow.loads(block[k])[y]
            if not count:
                continue
            z = _target(block[k])
            if z in ends and here[z] == (k, y):
                end = max(end, ends[z])
            elif self.takes_values(block[k], y):
                end = max(end, k)
            else:
                return None
            left -= count
        return end if not left else None

    def takes_values(self, s: gast.stmt, y: str) -> bool:
        """Whether nothing but the values of y goes into what the statement makes or changes."""
        match s:
            case gast.Assign(targets=[gast.Name() as target], value=value):
                return self.makes_new(value, target.id)
            case (
                gast.Assign(targets=[gast.Subscript(value=gast.Name() as base)], value=gast.Name())
                | gast.AugAssign(
                    target=gast.Subscript(value=gast.Name() as base) | (gast.Name() as base),
                    value=gast.Name(),
                )
            ):
                target = s.targets[0] if isinstance(s, gast.Assign) else s.target
                return self.is_array(base.id) and y not in flow.all_written([s]) and not flow.loads(target)[y]
        return False

    def makes_new(self, value: gast.expr, z: str) -> bool:
        match self.facts.calls.get(id(value)), value:
            case TableCall(function=function) as call, _:
                made = isinstance(self.facts.kind(z), Array | Scalar)
                return made and not (is_view(call) or _hands_on(value, function))
            case None, gast.Attribute(attr=attr):
                return attr in _LAYOUT
            case None, gast.Subscript(value=gast.Name() as base, slice=index):
                parts = [self.facts.kind(p) for p in index_parts(index)]
                picks = any(takes(kind, len(parts) == 1) == "copy" for kind in parts)
                return isinstance(self.facts.kind(z), Scalar) or (picks and self.is_array(base.id))
        return False

    def is_unchanged(self, block: list[gast.stmt], root: str) -> bool:
        """Whether nothing changes an object of the class until the last of these statements, which may."""
        for k, s in enumerate(block):
            last = k == len(block) - 1
            inside = list(flow.statements([s]))
            if any(root in self.changes.get(id(one), ()) for one in inside):
                if not last or len(inside) > 1:
                    return False
            if any(self.may_change_anything(one) for one in inside):
                return False
        return True

    def may_change_anything(self, s: gast.stmt) -> bool:
        """Whether the statement calls what nothing is known of."""
        value = getattr(s, "value", None)
        if isinstance(s, gast.FunctionDef | gast.Delete | gast.With | gast.Try):
            return True
        if not isinstance(value, gast.Call):
            return isinstance(self.facts.calls.get(id(value)), OpenCall)
        found = self.facts.calls.get(id(value))
        return not isinstance(found, TableCall | PlainCall) and id(value) not in self.facts.summaries


def _is_plain(kind: Kind) -> bool:
    """Whether a value is a number, or a tuple of such: a size, an axis, a shape."""
    if isinstance(kind, TupleOf):
        return all(map(_is_plain, kind.items))
    return isinstance(kind.item if isinstance(kind, AnyTuple) else kind, Scalar | Inert)


def _hands_on(value: gast.expr, function: object) -> bool:
    """Whether a call by its name may give back, or fill, what it is given."""
    if not isinstance(value, gast.Call):
        return False
    filled = any(k.arg in ("out", None) for k in value.keywords)
    return filled or hands_on_items(function) or function in (max, min)


def _target(s: gast.stmt) -> str:
    match s:
        case gast.Assign(targets=[gast.Name(id=name)]):
            return name
    return ""


def _blocks(tree: gast.FunctionDef) -> Iterator[list[gast.stmt]]:
    waiting = [tree.body]
    while waiting:
        block = waiting.pop()
        yield block
        for s in block:
            if not isinstance(s, gast.FunctionDef):
                waiting += _inner(s)


def _inner(s: gast.stmt) -> list[list[gast.stmt]]:
    found = [getattr(s, name, None) for name in ("body", "orelse", "finalbody")]
    found += [h.body for h in getattr(s, "handlers", None) or []]
    return [one for one in found if isinstance(one, list) and one]
