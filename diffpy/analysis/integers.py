"""Integer arguments of interest that go through arrays of integers, where no derivative is carried on."""

from __future__ import annotations

from collections.abc import Iterable

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import INTEGER, Array, Kind, ListOf, Scalar, TupleOf, dtype_of

_SIZES = {"arange"}  # what an integer is to these is how many there are


def lost_through_integers(
    tree: gast.FunctionDef, wrt: Iterable[str], results: Iterable[str], facts: Facts, aliases: Aliases
) -> gast.stmt | None:
    """The first statement that makes a real number of interest out of an array of integers of interest.

    Integers of interest have a kind of their own, so the arguments `wrt` need not be followed.
    """
    if INTEGER not in facts.kinds.values():
        return None
    found = _Integers(facts).consumers(tree)
    for name, s in found.items():
        if name in active(tree, [name], results, facts, aliases):
            return s
    return None


class _Integers:
    """Follows what is computed from integers of interest as far as it stays integer."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        # arrays of integers, and their items, that depend on an integer of interest
        self.held: set[str] = set()

    def consumers(self, tree: gast.FunctionDef) -> dict[str, gast.stmt]:
        statements = list(flow.statements(tree.body))
        count = -1
        while count != len(self.held):
            count = len(self.held)
            for s in statements:
                self.follow(s)
        return {t: s for s in statements for t in self.made(s) if self.facts.kind(t).may_differ}

    def follow(self, s: gast.stmt) -> None:
        match s:
            case (
                gast.Assign(targets=[gast.Subscript(value=gast.Name() as base)])
                | gast.AugAssign(target=gast.Name() as base)
                | gast.AugAssign(target=gast.Subscript(value=gast.Name() as base))
            ):
                if _is_integral(self.facts.kind(base)) and self.is_of_interest(s.value):
                    self.held.add(base.id)
            case gast.For():
                if s.iter.id in self.held and _is_integral(self.facts.kind(s.target)):
                    self.held.add(s.target.id)
            case _:
                self.held.update(t for t in self.made(s) if _is_integral(self.facts.kind(t)))

    def made(self, s: gast.stmt) -> list[str]:
        """The names that a statement makes out of values of interest."""
        if not isinstance(s, gast.Assign) or isinstance(s.targets[0], gast.Subscript | gast.Attribute):
            return []
        read = any(
            self.is_read(one, _is_integral(self.facts.kind(s.targets[0]))) for one in self.carried(s.value)
        )
        return sorted(flow.names_written(s.targets[0])) if read else []

    def is_read(self, one: object, integral: bool) -> bool:
        """Whether an argument is of interest: an integer itself only where the result is one of integers."""
        return isinstance(one, gast.Name) and (one.id in self.held or (integral and self.is_of_interest(one)))

    def is_of_interest(self, one: gast.expr) -> bool:
        return isinstance(one, gast.Name) and (one.id in self.held or _holds_interest(self.facts.kind(one)))

    def carried(self, value: gast.expr) -> list[object]:
        """The arguments whose values an expression passes on."""
        match self.facts.calls.get(id(value)), value:
            case TableCall() as found, _:
                lines = {} if found.row.name in _SIZES else found.row.pullbacks
                given = [found.arguments[p] for p in lines if p in found.arguments]
                return [one for g in given for one in (g if isinstance(g, tuple) else (g,))]
            case OpenCall() as found, _:
                return [*found.args, *(k.value for k in found.keywords)]
            case _, gast.Name():
                return [value]
            case _, gast.Subscript() | gast.Attribute():
                return [value.value]
            case _, gast.Tuple() | gast.List():
                return list(value.elts)
            case _:
                return []


def _is_integral(kind: Kind) -> bool:
    """Whether values of the kind are integers of NumPy's, or sequences of them."""
    match kind:
        case Array():
            return not kind.may_differ
        case Scalar():
            return (
                dtype_of(kind).startswith(("int", "uint")) and kind.type != "integer" and kind.type != "int"
            )
        case ListOf():
            return _is_integral(kind.item)
        case TupleOf():
            return any(map(_is_integral, kind.items))
        case _:
            return False


def _holds_interest(kind: Kind) -> bool:
    match kind:
        case ListOf():
            return _holds_interest(kind.item)
        case TupleOf():
            return any(map(_holds_interest, kind.items))
        case _:
            return kind == INTEGER
