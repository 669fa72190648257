"""Copies that are kept twice: a derivative in, the same with one copy of each state out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks_below, every_statement
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, scopes
from diffpy.transforms.simplify_tape import entry_of, records_of


def share_copies(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Of copies of one array that are made one after the other the first serves for all.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     u_1 = u.copy()
    ...     u_2 = u.copy()
    ...     y = u * u
    ...     with reverse:
    ...         u_bar = y_bar * u_1 + y_bar * u_2
    ... ''', share_copies))
    def f(x):
        u_1 = u.copy()
        y = u * u
        with reverse:
            u_bar = y_bar * u_1 + y_bar * u_1
    """
    made = Counter(
        n for s in every_statement(tree.body) if isinstance(s, gast.Assign) for n in flow.names_written(s)
    )
    same: dict[str, str] = {}
    if sum(_copied(s) is not None for s in every_statement(tree.body)) < 2:
        return tree
    for name in _read_forward(tree, known):
        made[name] += 2
    for block in blocks_below(tree.body):
        block[:] = [s for k, s in enumerate(block) if not (k and _repeats(block[k - 1], s, made, same))]
    if same:
        for n in nodes(tree):
            if isinstance(n, gast.Name):
                n.id = same.get(n.id, n.id)
        _keep_once(tree, known)
    return tree


def _read_forward(tree: gast.FunctionDef, known: Derivative) -> set[str]:
    """What the forward sweep reads, but for its records: the function's own arrays, which it may change."""
    recorded = {id(s) for found in records_of(tree, known).values() for s in found}
    found: set[str] = set()
    for s in every_statement([one for one in tree.body if not is_reverse_sweep(one)]):
        if isinstance(s, gast.If | gast.While):
            found |= flow.names_read(s.test)
        elif id(s) not in recorded and not isinstance(s, gast.FunctionDef):
            found |= flow.names_read(s.iter if isinstance(s, gast.For) else s)
    return found


def _repeats(before: gast.stmt, s: gast.stmt, made: Counter[str], same: dict[str, str]) -> bool:
    """Whether a statement makes the copy that the one before made, of the reverse sweep's own."""
    first, second = _copied(before), _copied(s)
    if first is None or second is None or first[1] != second[1]:
        return False
    if made[first[0]] > 1 or made[second[0]] > 1:
        return False
    same[second[0]] = same.get(first[0], first[0])
    return True


def _copied(s: gast.stmt) -> tuple[str, str] | None:
    """y and x of y = x.copy()."""
    match s:
        case gast.Assign(
            targets=[gast.Name(id=y)],
            value=gast.Call(func=gast.Attribute(value=gast.Name(id=x), attr="copy"), args=[], keywords=[]),
        ):
            return y, x
    return None


def _keep_once(tree: gast.FunctionDef, known: Derivative) -> None:
    """What stands twice in an entry of a tape stands there once."""
    records = records_of(tree, known)
    for scope in scopes(tree):
        for s in every_statement(scope.body):
            found = entry_of(s, records) if isinstance(s, gast.For) else None
            if found is not None:
                _without_repeats(found[0], [one.value.args[0] for one in records[found[1]]])


def _without_repeats(pattern: gast.Tuple, entries: list[gast.expr]) -> None:
    names = [e.id if isinstance(e, gast.Name) else None for e in pattern.elts]
    if any(not isinstance(e, gast.Tuple) or len(e.elts) != len(names) for e in entries):
        return
    kept = [k for k, name in enumerate(names) if name is None or name not in names[:k]]
    for one in (pattern, *entries):
        one.elts = [one.elts[k] for k in kept]
