"""Liveness: a function in; for each statement the names whose values are read later, as bits of an integer, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.analysis.flow import names_read

Block = Sequence[gast.stmt]
_PLAIN = frozenset([gast.Assign, gast.AugAssign, gast.Expr])


class Effect(NamedTuple):
    """Names read before the statement or block writes them; names surely written; whether its end is reached."""

    reads: int
    writes: int
    falls: bool = True


class Liveness:
    """Names that nested functions share are live everywhere."""

    def __init__(self, scope: gast.FunctionDef, shared: Iterable[str] = ()) -> None:
        self.numbers: dict[str, int] = {}
        self.after: dict[int, int] = {}  # id(statement) -> names live after it
        self.start: dict[int, int] = {}  # id(loop) -> names live where an iteration starts, the target bound
        self._effects: dict[int, Effect] = {}
        self._reads: dict[int, frozenset[str]] = {}
        self.shared_names = frozenset(shared)
        self.shared = self.bits(self.shared_names)
        self.entry = self._block(scope.body, self.shared, 0, 0)

    def bit(self, name: str) -> int:
        return 1 << self.numbers.setdefault(name, len(self.numbers))

    def bits(self, names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= self.bit(name)
        return found

    def is_live_after(self, s: gast.stmt, name: str) -> bool:
        return bool(self.after[id(s)] & self.bit(name))

    # From the end to the start. `leave` is live where a break leads to, `floor` wherever an exception may lead.

    def _block(self, block: Block, live: int, leave: int, floor: int) -> int:
        for s in reversed(block):
            live = self._statement(s, live | floor, leave, floor)
        return live

    def _statement(self, s: gast.stmt, live: int, leave: int, floor: int) -> int:
        live |= self.shared
        self.after[id(s)] = live
        if type(s) in _PLAIN:
            effect = self.effect(s)
            return effect.reads | live & ~effect.writes
        match s:
            case gast.If():
                inside = self._block(s.body, live, leave, floor) | self._block(s.orelse, live, leave, floor)
                return inside | self.bits(names_read(s.test))
            case gast.For() | gast.While():
                return self._loop(s, live, floor)
            case gast.With():
                floor = floor | live if may_swallow(s) else floor
                effect = self.effect(s)
                inside = self._block(s.body, live, leave, floor)
                return effect.reads | inside & ~self.bits(_bound_by_with(s))
            case gast.Try() | gast.TryStar():
                floor |= live | leave | self.effect(s).reads
                for block in (s.body, s.orelse, s.finalbody, *(h.body for h in s.handlers)):
                    self._block(block, floor, floor, floor)
                return floor
            case gast.Break():
                return leave | floor
            case gast.Raise() | gast.Return():
                return self.effect(s).reads | floor | self.shared
            case _:
                effect = self.effect(s)
                return effect.reads | live & ~effect.writes

    def _loop(self, s: gast.For | gast.While, live: int, floor: int) -> int:
        body = self._effects_of(s.body)
        target = self.bits(flow.names_written(s.target)) if isinstance(s, gast.For) else 0
        head = self.bits(names_read(s.iter if isinstance(s, gast.For) else s.test))
        again = live | body.reads & ~target | (head if isinstance(s, gast.While) else 0)
        start = self._block(s.body, again, live, floor)
        self.start[id(s)] = start
        return live | start & ~target | head

    # What a block reads first and surely writes, each statement looked at once.

    def _effects_of(self, block: Block) -> Effect:
        reads = writes = 0
        for s in block:
            effect = self.effect(s)
            reads |= effect.reads & ~writes
            writes |= effect.writes
            if not effect.falls:
                return Effect(reads, writes, False)
        return Effect(reads, writes)

    def effect(self, s: gast.stmt) -> Effect:
        if id(s) not in self._effects:
            self._effects[id(s)] = self._look(s)
        return self._effects[id(s)]

    def reads(self, s: gast.stmt) -> frozenset[str]:
        """The names that a statement reads, if it has not changed meanwhile."""
        if id(s) not in self._reads:
            self._reads[id(s)] = names_read(s)
        return self._reads[id(s)]

    def look_again(self, s: gast.stmt) -> Effect:
        """The effect of a statement whose blocks have changed, and have been looked at again themselves."""
        self._effects.pop(id(s), None)
        return self.effect(s)

    def _look(self, s: gast.stmt) -> Effect:
        if type(s) in _PLAIN:
            return Effect(self.bits(self.reads(s)), self.bits(flow.names_written(s)))
        match s:
            case gast.If():
                return self._either(s)
            case gast.For():
                target = self.bits(flow.names_written(s.target))
                return Effect(self.bits(names_read(s.iter)) | self._effects_of(s.body).reads & ~target, 0)
            case gast.While():
                return Effect(self.bits(names_read(s.test)) | self._effects_of(s.body).reads, 0)
            case gast.With():
                body, bound = self._effects_of(s.body), self.bits(_bound_by_with(s))
                read = self.bits(n for item in s.items for n in names_read(item.context_expr))
                return Effect(
                    read | body.reads & ~bound, body.writes if not s.items else 0, body.falls or bool(s.items)
                )
            case gast.Try() | gast.TryStar():
                blocks = [s.body, s.orelse, s.finalbody, *(h.body for h in s.handlers)]
                reads = self.bits(n for h in s.handlers if h.type for n in names_read(h.type))
                for block in blocks:
                    reads |= self._effects_of(block).reads
                return Effect(reads, 0)
            case gast.Break() | gast.Raise() | gast.Return():
                return Effect(self.bits(names_read(s)), 0, False)
            case gast.Delete():
                return Effect(self.bits(n.id for n in gast.walk(s) if isinstance(n, gast.Name)), 0)
            case _:
                return Effect(self.bits(names_read(s)), self.bits(flow.names_written(s)))

    def _either(self, s: gast.If) -> Effect:
        one, other = self._effects_of(s.body), self._effects_of(s.orelse)
        reads = self.bits(names_read(s.test)) | one.reads | other.reads
        if one.falls and other.falls:
            return Effect(reads, one.writes & other.writes)
        if not one.falls and not other.falls:
            return Effect(reads, one.writes | other.writes, False)
        return Effect(reads, one.writes if one.falls else other.writes)


def may_swallow(s: gast.stmt) -> bool:
    """Whether the program may go on after a statement that an exception left."""
    return isinstance(s, gast.Try | gast.TryStar) or (isinstance(s, gast.With) and bool(s.items))


def _bound_by_with(s: gast.With) -> set[str]:
    return {n for item in s.items if item.optional_vars for n in flow.names_written(item.optional_vars)}
