"""Branches that other passes have emptied: a derivative in, the same without them and what they alone tested out."""

from __future__ import annotations

import gast

from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_dead import drop_dead
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, scopes
from diffpy.transforms.simplify_tape import drop_unread_entries


def drop_empty_branches(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An if of the reverse sweep in which nothing is left goes, and so does what was recorded for its test.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape = []
    ...     for i in r:
    ...         tape.append((t1, t2))
    ...     with reverse:
    ...         for t1, t2 in reversed(tape):
    ...             if t1:
    ...                 pass
    ...             x_bar = x_bar * t2
    ...         x = x_bar
    ...     return x
    ... ''', drop_empty_branches))
    def f(x):
        tape = []
        for i in r:
            tape.append(t2)
        with reverse:
            for t2 in reversed(tape):
                x_bar = x_bar * t2
            x = x_bar
        return x
    """
    sweeps = [s for scope in scopes(tree) for s in scope.body if is_reverse_sweep(s)]
    if any(_is_empty(s) for sweep in sweeps for s in every_statement(sweep.body)):
        tree = drop_unread_entries(drop_dead(tree, known), known)
    return tree


def _is_empty(s: gast.stmt) -> bool:
    return isinstance(s, gast.If) and all(isinstance(one, gast.Pass) for one in (*s.body, *s.orelse))
