"""Cotangents of tuples: a derivative in, the same in which they are written as tuples, out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Scalar, TupleOf
from diffpy.syntax.build import constant, store
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes

_MOST = 8  # entries that a line has room for


def display_tuples(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """The cotangent of a tuple whose items all got theirs one by one; what got none is None.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(pair, y):
    ...     with reverse:
    ...         pair_bar = accumulate_item(None, pair, 1, 1.0)
    ...         x_bar = y_bar * y
    ...         pair_bar = accumulate_item(pair_bar, pair, 0, x_bar)
    ... ''', display_tuples))
    def f(pair, y):
        with reverse:
            x_bar = y_bar * y
            pair_bar = (x_bar, 1.0)
    """
    for scope in scopes(tree):
        for block in reverse_blocks(scope):
            block[:] = _Displaying(known).block(block)
    return tree


@dataclass
class _Open:
    """A cotangent that is being put together: where it starts, and its entries so far."""

    statements: list[gast.Assign]
    entries: dict[int, gast.expr]
    count: int


class _Displaying:
    """One pass over a straight run of statements."""

    def __init__(self, known: Derivative) -> None:
        self.known = known
        self.open: dict[str, _Open] = {}
        self.displayed: set[str] = set()  # names that stand for such a tuple now
        self.dropped: set[int] = set()
        self.instead: dict[int, gast.Assign] = {}

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        for s in block:
            self.statement(s)
        self.close(self.open)
        return [self.instead.get(id(s), s) for s in block if id(s) not in self.dropped]

    def statement(self, s: gast.stmt) -> None:
        found = self.contribution(s)
        if found is None:
            self.displayed -= flow.all_written([s])
            # What is read, or changes what is to be read, ends what it touches; so does all that is no assignment.
            every = not isinstance(s, gast.Assign)
            touched = flow.names_read(s) | flow.all_written([s])
            self.close(n for n, one in self.open.items() if every or n in touched or self.reads(one, s))
            return
        name, base, key, value = found
        kind = self.known.kind_of(base)
        if isinstance(s.value.args[0], gast.Constant):
            self.close({name} & self.open.keys())
            if isinstance(kind, TupleOf) and len(kind.items) <= _MOST:
                self.open[name] = _Open([], {}, len(kind.items))
        one = self.open.get(name)
        self.close(n for n, other in self.open.items() if n != name and self.reads(other, s))
        if one is None or key in one.entries or not 0 <= key < one.count:
            self.close({name} & self.open.keys())
            return
        one.statements.append(s)
        one.entries[key] = value

    def reads(self, one: _Open, s: gast.stmt) -> bool:
        """Whether the statement gives an entry's name another value."""
        written = flow.all_written([s])
        return any(written & flow.names_read(value) for value in one.entries.values())

    def contribution(self, s: gast.stmt) -> tuple[str, str, int, gast.expr] | None:
        """t_bar = accumulate_item(t_bar, t, 1, value), or of None."""
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(
                    func=gast.Name(id=function),
                    args=[start, gast.Name(id=base), gast.Constant(value=int(key)), value],
                ),
            ) if getattr(self.known.objects.get(function), "__name__", "") == "accumulate_item":
                begins = isinstance(start, gast.Constant) and start.value is None
                goes_on = isinstance(start, gast.Name) and start.id == name
                return (name, base, key, value) if begins or goes_on else None
        return None

    def close(self, names: Iterable[str]) -> None:
        """Write those as displays of which one entry is surely a number or an array; None stays None elsewhere."""
        for name in list(names):
            one = self.open.pop(name)
            if not any(map(self.is_certain, one.entries.values())):
                continue
            *before, last = one.statements
            self.dropped.update(map(id, before))
            entries = [one.entries.get(k, constant(None)) for k in range(one.count)]
            made = gast.Assign([store(name)], gast.Tuple(entries, gast.Load()), None)
            self.instead[id(last)] = gast.copy_location(made, last)
            self.displayed.add(name)

    def is_certain(self, value: gast.expr) -> bool:
        if isinstance(value, gast.Name):
            return value.id in self.displayed or isinstance(
                self.known.kind_of(self.known.primals.get(value.id, "")), Scalar | Array
            )
        return isinstance(value, gast.BinOp) or (isinstance(value, gast.Constant) and value.value is not None)
