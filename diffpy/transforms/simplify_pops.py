"""Buffers of tapes of which nothing is read: a derivative in, the same that neither copies nor empties them out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks_below
from diffpy.transforms.simplify_facts import Derivative, scopes


def drop_unread_pops(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A copy of a list in a pullback, from which entries are taken and put nowhere, is left out.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape_bar = []
    ...     with reverse:
    ...         a_bar_1, tape_bar_1 = fresh_buffers(a_bar, tape_bar)
    ...         for i in r:
    ...             tape_bar_1.pop()
    ...             a_bar_1[i] += x
    ...     return a_bar_1
    ... ''', drop_unread_pops))
    def f(x):
        tape_bar = []
        with reverse:
            a_bar_1, = fresh_buffers(a_bar)
            for i in r:
                a_bar_1[i] += x
        return a_bar_1
    """
    for scope in scopes(tree):
        uses = flow.loads(scope)
        popped = Counter(name for s in nodes(scope) if (name := _popped(s)) is not None)
        idle = {name for name, times in popped.items() if uses[name] == times}
        idle -= {copy for copy, of in _copied(scope, known) if copy in idle and not _is_alone(of, tree)}
        if idle & _copies(scope, known):
            for block in blocks_below(scope.body):
                kept = [one for s in block for one in _without(s, idle, known)]
                block[:] = kept or [gast.Pass()] * bool(block)
    return tree


def _popped(s: gast.AST) -> str | None:
    match s:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="pop"), args=[])):
            return name
    return None


def _copies(scope: gast.FunctionDef, known: Derivative) -> set[str]:
    return {n for s in nodes(scope) if _is_copy(s, known) for n in flow.names_written(s)}


def _copied(scope: gast.FunctionDef, known: Derivative) -> list[tuple[str, str]]:
    """The copies, and what they are copies of."""
    pairs: list[tuple[str, str]] = []
    for s in nodes(scope):
        if isinstance(s, gast.Assign) and _is_copy(s, known):
            targets = [s.targets[0]] if isinstance(s.targets[0], gast.Name) else s.targets[0].elts
            given = [getattr(a, "id", "") for a in s.value.args]
            several = [""] * len(targets)  # under one name
            names = (t.id for t in targets)
            pairs += zip(names, given if len(given) == len(targets) else several, strict=True)
    return pairs


def _is_alone(name: str, tree: gast.FunctionDef) -> bool:
    """Whether a list is no part of another buffer: it is a display, and nobody else gets hold of it."""
    stored = [s for s in nodes(tree) if isinstance(s, gast.Assign) and name in flow.names_written(s)]
    grown = sum(_is_appended(s, name) for s in nodes(tree))
    return all(isinstance(s.value, gast.List) for s in stored) and flow.loads(tree)[name] == grown + 1


def _is_appended(s: gast.AST, name: str) -> bool:
    match s:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=base), attr="append"))):
            return base == name
    return False


def _is_copy(s: gast.AST, known: Derivative) -> bool:
    match s:
        case gast.Assign(value=gast.Call(func=gast.Name(id=function))):
            return known.names.stems.get(function, function) in ("fresh_buffer", "fresh_buffers")
    return False


def _without(s: gast.stmt, idle: set[str], known: Derivative) -> list[gast.stmt]:
    if _popped(s) in idle:
        return []
    if not _is_copy(s, known) or not flow.names_written(s) & idle:
        return [s]
    target = s.targets[0]
    if isinstance(target, gast.Name):
        return []
    kept = [(t, a) for t, a in zip(target.elts, s.value.args, strict=True) if t.id not in idle]
    target.elts, s.value.args = [t for t, _ in kept], [a for _, a in kept]
    return [s] if kept else []
