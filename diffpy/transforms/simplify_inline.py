"""Values that are used once: a derivative in, the same with temporaries written where they are read out."""

from __future__ import annotations

from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array
from diffpy.transforms.blocks import blocks
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, scopes, shared_names
from diffpy.transforms.simplify_liveness import Liveness
from diffpy.transforms.simplify_order import Act, Event, Read, events, width
from diffpy.transforms.simplify_ranks import CALM, LOUD, PURE, Ranks

WIDEST = 80


def inline_temporaries(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A temporary that is read once goes where it is read, if what is between notices nothing.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     t1 = g(x)
    ...     t2 = h(x)
    ...     y = t1 + t2
    ...     t3 = g(y)
    ...     z = h(y)
    ...     z = z + t3
    ...     with reverse:
    ...         t1_bar = 2.0 * x
    ...         x_bar = t1_bar * y
    ...     return z
    ... ''', inline_temporaries))
    def f(x):
        y = g(x) + h(x)
        t3 = g(y)
        z = h(y)
        z = z + t3
        with reverse:
            x_bar = 2.0 * x * y
        return z

    It stays where it is if more arrays had to be held until then: memory that is let go serves what comes next.
    """
    for scope in scopes(tree):
        inlining = _Inlining(scope, known)
        inlining.block(scope.body, False)
    return tree


class _Defined(NamedTuple):
    position: int
    value: gast.expr
    reads: frozenset[str]
    is_own: bool  # a cotangent or a tangent: it raises no exception of the user's


class _Inlining:
    def __init__(self, scope: gast.FunctionDef, known: Derivative) -> None:
        self.known = known
        self.live = Liveness(scope, shared_names(scope))
        self.ranks = Ranks(scope, known)
        self.given = flow.argument_names(scope)

    def block(self, block: list[gast.stmt], backward: bool, depth: int = 1) -> None:
        row = _Row(WIDEST - 4 * depth)
        for s in block:
            read = self.live.reads(s)
            if not read.isdisjoint(row.defined):
                read = self.statement(s, read, row)
            inner = list(blocks(s))
            for part in inner:
                marked = is_reverse_sweep(s)
                self.block(part, backward or marked, depth + (not marked))
            self.add(s, row, backward, read, bool(inner))
        block[:] = [s for s in row.kept if s is not None]

    def statement(self, s: gast.stmt, names: frozenset[str], row: _Row) -> frozenset[str]:
        """Inline into s what it reads, these names, the last one first; the names that it reads then."""
        found = events(s)
        if not found:
            return names
        read = flow.loads(s)
        space = row.space - sum(width(one) for one in _evaluated(s))
        for k in range(len(found) - 1, -1, -1):
            one = found[k]
            if not isinstance(one, Read) or read[one.name] != 1 or one.name not in row.defined:
                continue
            given = row.defined[one.name]
            wider = width(given.value) + 2 - len(one.name)
            if wider > space or not self.ends(one.name, s):
                continue
            rank = self.ranks.expression(given.value, given.is_own)
            may_move = row.may_move(given, rank) and self.may_follow(rank, found[:k], given.is_own)
            if may_move and not self.holds_more(one.name, given, s, names, row):
                one.replace(given.value)
                row.remove(one.name)
                space -= wider
                names = names - {one.name} | given.reads
        return names

    def holds_more(self, name: str, given: _Defined, s: gast.stmt, names: frozenset[str], row: _Row) -> bool:
        """Whether more arrays are held until s if a cotangent is computed there and not where it stands."""
        held = [
            n
            for n in given.reads - names - self.given
            if self.is_array(n) and row.last_read[n] < row.last() and not self.live.is_live_after(s, n)
        ]
        return given.is_own and len(held) > self.is_array(name)

    def is_array(self, name: str) -> bool:
        kind = self.known.kind_of(self.known.primals.get(name, name))
        return isinstance(kind, Array) and bool(kind.dims) and name not in self.known.narrow

    def ends(self, name: str, s: gast.stmt) -> bool:
        """Whether the value that a name has before a statement is not read after it."""
        match s:
            case gast.Assign(targets=[gast.Name(id=target)]) if target == name:
                return name not in self.live.shared_names
        return self.known.is_made(name) and not self.live.is_live_after(s, name)

    def may_follow(self, rank: int, before: list[Event], is_own: bool) -> bool:
        """Whether a value of this rank may be computed after what its new statement does first."""
        acts = (self.ranks.expression(one.node, is_own) for one in before if isinstance(one, Act))
        return rank == CALM or all(other + rank <= LOUD for other in acts)

    def add(self, s: gast.stmt, row: _Row, backward: bool, read: frozenset[str], compound: bool) -> None:
        if compound:
            row.add(s, LOUD, LOUD, flow.all_written([s]), read)
            return
        rank = self.ranks.statement(s, backward)
        for_own = self.ranks.beside_tangents(s) if self.known.mark == "dot" else rank
        row.add(s, rank, for_own, flow.names_written(s), read)
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if self.is_movable(name, backward):
                if name not in read or self.known.is_generated(name):
                    is_own = backward or self.known.is_tangent(s)
                    row.defined[name] = _Defined(len(row.kept) - 1, value, read, is_own)

    def is_movable(self, name: str, backward: bool) -> bool:
        return self.known.is_made(name) or (backward and self.known.is_generated(name))


class _Row:
    """The statements of a block so far, and what may still be moved over them."""

    def __init__(self, space: int) -> None:
        self.space = space
        self.kept: list[gast.stmt | None] = []
        self.defined: dict[str, _Defined] = {}
        self.written: dict[str, int] = {}
        self.last_read: dict[str, int] = {}
        self.noticed = _Noticed([], []), _Noticed([], [])  # by the program's own values, and by derivatives

    def add(
        self, s: gast.stmt, rank: int, for_own: int, written: frozenset[str], read: frozenset[str]
    ) -> None:
        for name in (written | read) & self.defined.keys():
            del self.defined[name]
        for name in written:
            self.written[name] = len(self.kept)
        self.last_read.update(dict.fromkeys(read, len(self.kept)))
        for noticed, one in zip(self.noticed, (rank, for_own), strict=True):
            noticed.add(one, len(self.kept))
        self.kept.append(s)

    def last(self) -> int:
        """Where the last statement stands."""
        return next((k for k in range(len(self.kept) - 1, -1, -1) if self.kept[k] is not None), -1)

    def may_move(self, given: _Defined, rank: int) -> bool:
        """Whether nothing between a definition and here notices that its value, of this rank, is computed here."""
        if any(self.written.get(name, -1) > given.position for name in given.reads):
            return False
        if rank == CALM:
            return True
        noticed = self.noticed[given.is_own]
        over = noticed.loud if rank == PURE else max(noticed, key=_last)
        return _last(over) <= given.position

    def remove(self, name: str) -> None:
        position = self.defined.pop(name).position
        self.kept[position] = None
        for positions in (one for noticed in self.noticed for one in noticed):
            if position in positions[-20:]:
                positions.remove(position)


class _Noticed(NamedTuple):
    """Where the statements stand that something may notice."""

    loud: list[int]
    pure: list[int]

    def add(self, rank: int, position: int) -> None:
        if rank == LOUD:
            self.loud.append(position)
        if rank == PURE:
            self.pure.append(position)


def _last(positions: list[int]) -> int:
    return positions[-1] if positions else -1


def _evaluated(s: gast.stmt) -> list[gast.AST]:
    """The expressions of a statement, those in its blocks left out."""
    found: list[gast.AST] = []
    for _, value in gast.iter_fields(s):
        parts = value if isinstance(value, list) else [value]
        found += [one for one in parts if isinstance(one, gast.expr | gast.withitem | gast.arguments)]
    return found
