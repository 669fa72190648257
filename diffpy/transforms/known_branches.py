"""Branches that kinds decide, by None or by class: renamed normal form and its facts in, what is taken of it out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis.infer import Facts
from diffpy.analysis.kinds import (
    NONE,
    Array,
    Closure,
    DictOf,
    Kind,
    Known,
    ListOf,
    Local,
    Object,
    Range,
    Scalar,
    Struct,
    TupleOf,
)
from diffpy.rules.structs import is_ordinary
from diffpy.syntax.trees import walk
from diffpy.transforms.blocks import blocks

_SOMETHING = Scalar | Array | TupleOf | ListOf | DictOf | Struct | Object | Range | Known | Closure | Local


def take_known_branches(tree: gast.FunctionDef, facts: Facts) -> bool:
    """Write the branch of a test for None, or of isinstance, in place of it, where kinds decide it; in place.

    Before, for a list that is left out:    After:
        t1 = items is None                      items_1 = []
        if t1:                                  items_2 = items_1
            items_1 = []
            items_2 = items_1
        else:
            items_2 = items
    """
    return _Branches(tree, facts).block(tree.body)


class _Branches:
    def __init__(self, tree: gast.FunctionDef, facts: Facts) -> None:
        self.facts = facts
        names = [n for n in walk(tree) if isinstance(n, gast.Name)]
        self.reads = Counter(n.id for n in names if isinstance(n.ctx, gast.Load))
        self.writes = Counter(n.id for n in names if not isinstance(n.ctx, gast.Load))
        self.known: dict[str, bool] = {}  # what tests that are written once find

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
            for inner in blocks(s):
                found = self.block(inner) or found
            done.append(s)
        block[:] = done or [gast.copy_location(gast.Pass(), block[0])] if block else []
        return found

    def look(self, s: gast.stmt) -> None:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if self.writes[name] == 1:
                found = self.decided(value)
                if found is not None:
                    self.known[name] = found

    def decided(self, value: gast.expr) -> bool | None:
        match value:
            case gast.Compare(left=gast.Name() as x, ops=[op], comparators=[gast.Constant(value=None)]) if (
                isinstance(op, gast.Is | gast.IsNot)
            ):
                is_none = _is_none(self.facts.kind(x))
                return is_none if is_none is None or isinstance(op, gast.Is) else not is_none
            case gast.UnaryOp(op=gast.Not(), operand=gast.Name(id=name)) if name in self.known:
                return not self.known[name]
            case gast.Call(
                func=gast.Name() as function, args=[gast.Name() as x, gast.Name() as cls], keywords=[]
            ):
                if self.facts.kind(function) == Known(isinstance):
                    return _is_instance(self.facts.kind(x), self.facts.kind(cls))
        return None

    def taken(self, s: gast.stmt) -> list[gast.stmt] | None:
        if not isinstance(s, gast.If) or not isinstance(s.test, gast.Name):
            return None
        found = self.known.get(s.test.id)
        return None if found is None else s.body if found else s.orelse

    def without_test(self, done: list[gast.stmt], s: gast.If) -> list[gast.stmt]:
        """The test itself goes where nothing else reads it."""
        last = done[-1] if done else None
        match last:
            case gast.Assign(targets=[gast.Name(id=name)]) if name == s.test.id and self.reads[name] == 1:
                return done[:-1]
        return done


def _is_instance(kind: Kind, of: Kind) -> bool | None:
    """Whether a value is of a class of the user's own, which has no say in that itself."""
    cls = of.value if isinstance(of, Known) else None
    if not isinstance(cls, type) or not is_ordinary(cls):
        return None
    if isinstance(kind, Struct):
        return issubclass(kind.cls, cls)
    return False if isinstance(kind, Scalar | Array | ListOf | DictOf | Range) else None


def _is_none(kind: Kind) -> bool | None:
    if kind == NONE:
        return True
    return False if isinstance(kind, _SOMETHING) and kind != Known(None) else None
