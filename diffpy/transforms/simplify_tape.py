"""Tapes: a derivative in, the same that records early and keeps no more than its reverse sweep reads out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.analysis.flow import names_read
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks_below, every_statement
from diffpy.transforms.simplify_facts import Derivative, scopes, shared_names
from diffpy.transforms.simplify_liveness import Liveness


def record_early(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An entry of a tape is made as soon as what it holds is there.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape = []
    ...     for i in range(3):
    ...         t1 = x + i
    ...         x_2 = t1 * x_1
    ...         tape.append((t1, x_1))
    ...         x_1 = x_2
    ... ''', record_early))
    def f(x):
        tape = []
        for i in range(3):
            t1 = x + i
            tape.append((t1, x_1))
            x_2 = t1 * x_1
            x_1 = x_2
    """
    for block in blocks_below(tree.body):
        k = 0
        while k < len(block):
            if _recorded(block[k], known) is not None:
                _raise_to(block, k, names_read(block[k]))
            k += 1
    return tree


def _raise_to(block: list[gast.stmt], k: int, read: frozenset[str]) -> None:
    s = block.pop(k)
    while k > 0 and isinstance(block[k - 1], gast.Assign) and not flow.names_written(block[k - 1]) & read:
        k -= 1
    block.insert(k, s)


def _recorded(s: gast.stmt, known: Derivative) -> str | None:
    """The tape that the statement puts an entry on."""
    match s:
        case gast.Expr(
            value=gast.Call(func=gast.Attribute(value=gast.Name(id=tape), attr="append"), args=[_])
        ):
            return tape if known.names.stems.get(tape, tape) == "tape" else None
    return None


def drop_unread_entries(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """What the reverse loop takes from a tape and does not read is not recorded.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape = []
    ...     for i in r:
    ...         tape.append((t1, t2, t3))
    ...     with reverse:
    ...         for t1, t2, t3 in reversed(tape):
    ...             x_bar = x_bar * t2
    ... ''', drop_unread_entries))
    def f(x):
        tape = []
        for i in r:
            tape.append(t2)
        with reverse:
            for t2 in reversed(tape):
                x_bar = x_bar * t2
    """
    live: dict[int, Liveness] = {}
    for one in readings(tree, known):
        key = id(one.scope)
        live[key] = live[key] if key in live else Liveness(one.scope, shared_names(one.scope))
        _keep_read(one, live[key])
    return tree


class Reading(NamedTuple):
    """A loop that takes the entries of a tape apart into the names of a pattern, and nothing else reads the tape."""

    scope: gast.FunctionDef
    loop: gast.For
    pattern: gast.Tuple
    tape: str
    records: list[gast.stmt]
    is_carried: bool = False  # by entries of the tape of a loop around

    @property
    def entries(self) -> list[gast.expr]:
        return [s.value.args[0] for s in self.records]

    def fits(self) -> bool:
        """Whether every entry is written as a tuple of as many items as the pattern has."""
        return all(isinstance(e, gast.Tuple) and len(e.elts) == len(self.pattern.elts) for e in self.entries)


def readings(tree: gast.FunctionDef, known: Derivative) -> Iterator[Reading]:
    """The loops that alone read a tape; what holds for one is looked up before the next is.

    The tape of an inner loop is carried to its reader by the entries of another one, which is read alone, too.
    """
    records = records_of(tree, known)
    if not records:
        return
    mentions = Counter(n.id for n in nodes(tree) if isinstance(n, gast.Name) and n.id in records)
    mentions.subtract(n.args[0].id for n in nodes(tree) if _is_length(n))
    carriers = _carriers(tree, records)

    def is_read_alone(tape: str) -> bool:
        # A list, its records, and the loop that reads it, behind an entry and a pattern of each carrier.
        own = len(records[tape]) + 2
        carried = sum(len(records[one]) + 1 for one in carriers[tape])
        return mentions[tape] == own + carried and all(map(is_read_alone, carriers[tape]))

    for scope in scopes(tree):
        for s in every_statement(scope.body):
            found = entry_of(s, records) if isinstance(s, gast.For) else None
            if found is not None and is_read_alone(found[1]):
                yield Reading(scope, s, *found, records[found[1]], bool(carriers[found[1]]))


def _carriers(tree: gast.FunctionDef, records: dict[str, list[gast.stmt]]) -> dict[str, list[str]]:
    """The tapes of which each entry, and the pattern that takes it apart, hold a tape."""
    found: dict[str, list[str]] = {tape: [] for tape in records}
    patterns = {
        entry[1]: entry[0]
        for s in every_statement([s for scope in scopes(tree) for s in scope.body])
        if isinstance(s, gast.For) and (entry := entry_of(s, records)) is not None
    }
    for carrier, pattern in patterns.items():
        for tape in flow.names_written(pattern) & records.keys():
            if all(_holds(s.value.args[0], tape) for s in records[carrier]):
                found[tape].append(carrier)
    return found


def _holds(entry: gast.expr, tape: str) -> bool:
    """Whether an entry has the tape as one of its items."""
    items = entry.elts if isinstance(entry, gast.Tuple) else []
    return [isinstance(one, gast.Name) and one.id == tape for one in items].count(True) == 1


def _is_length(node: gast.AST) -> bool:
    """len(tape), which asks how many entries there are, and not what is in them."""
    match node:
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name()]):
            return True
    return False


def records_of(tree: gast.FunctionDef, known: Derivative) -> dict[str, list[gast.stmt]]:
    """The statements that put an entry on a tape, by tape."""
    records: dict[str, list[gast.stmt]] = {}
    for scope in scopes(tree):
        for s in every_statement(scope.body):
            tape = _recorded(s, known)
            if tape is not None:
                records.setdefault(tape, []).append(s)
    return records


def _keep_read(one: Reading, live: Liveness) -> None:
    pattern, read = one.pattern, live.start[id(one.loop)]
    kept = [k for k, e in enumerate(pattern.elts) if isinstance(e, gast.Name) and read & live.bit(e.id)]
    if not one.fits() or not kept or len(kept) == len(pattern.elts):
        return
    for s in one.records:
        s.value.args[0] = _only(s.value.args[0], kept)
    if pattern is one.loop.target:
        one.loop.target = _only(pattern, kept)
    else:
        one.loop.target.elts[1] = _only(pattern, kept)


def entry_of(loop: gast.For, records: dict[str, list[gast.stmt]]) -> tuple[gast.Tuple, str] | None:
    """The names that a loop takes an entry apart into, and the tape."""
    match loop:
        case gast.For(
            target=gast.Tuple(elts=[_, gast.Tuple() as pattern]),
            iter=gast.Call(func=gast.Name(id="zip"), args=[_, entries]),
        ):
            pass
        case gast.For(target=gast.Tuple() as pattern, iter=entries):
            pass
        case _:
            return None
    match entries:
        case gast.Call(func=gast.Name(id="reversed"), args=[gast.Name(id=tape)]) if tape in records:
            return pattern, tape
    return None


def _only(entry: gast.Tuple, kept: list[int]) -> gast.expr:
    elements = [entry.elts[k] for k in kept]
    return elements[0] if len(elements) == 1 else gast.copy_location(gast.Tuple(elements, entry.ctx), entry)
