"""Dead code of derivatives: a derivative in, the same without values that nothing reads out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.flow import names_read
from diffpy.transforms.blocks import blocks, every_statement, passing
from diffpy.transforms.simplify_facts import (
    Derivative,
    Purity,
    bound_names,
    is_reverse_sweep,
    scopes,
    shared_names,
)
from diffpy.transforms.simplify_liveness import Liveness


def drop_dead(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Pure values of the reverse sweep, and copies, that nothing reads; the user's own statements all stay.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     y = 1 / x
    ...     x_1 = x
    ...     with reverse:
    ...         t1_bar = 2.0 * x
    ...         t2_bar = t1_bar * x
    ...         x_bar = x
    ...     return x_bar
    ... ''', drop_dead))
    def f(x):
        y = 1 / x
        with reverse:
            x_bar = x
        return x_bar
    """
    for scope in reversed(list(scopes(tree))):
        _Dead(scope, known).scope()
    return tree


class _Dead:
    def __init__(self, scope: gast.FunctionDef, known: Derivative) -> None:
        self.known, self.body = known, scope.body
        self.shared = frozenset(shared_names(scope))
        self.live = Liveness(scope, self.shared)
        self.purity = Purity(known, bound_names(scope))

    def scope(self) -> None:
        self.body[:] = self.block(self.body, False)

    def block(self, block: list[gast.stmt], backward: bool) -> list[gast.stmt]:
        """What is left; names live where the block ends are known, those before it are found on the way."""
        if not block:
            return block
        kept: list[gast.stmt] = []
        later: set[str] = set()  # read later in the block
        written: set[str] = set()  # written later in the block, before being read
        end = self.live.after[id(block[-1])]
        for s in reversed(block):
            inside = backward or is_reverse_sweep(s)
            for part in blocks(s):
                part[:] = self.block(part, inside)
            if self.is_dead(s, later, written, end, backward) or self.is_empty(s, backward):
                continue
            kept.append(s)
            exposed, surely = _flow(s)
            written |= surely
            written -= exposed
            later -= surely
            later |= exposed
        return kept[::-1]

    def is_dead(self, s: gast.stmt, later: set[str], written: set[str], end: int, backward: bool) -> bool:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                if name in later or name in self.shared:
                    return False
                if name not in written and end & self.live.bit(name):
                    return False
                return self.may_go(name, value, backward)
        return False

    def may_go(self, name: str, value: gast.expr, backward: bool) -> bool:
        if backward:
            return self.purity.is_pure(value)
        if isinstance(value, gast.Constant) and self.known.is_made(name):
            return True
        if isinstance(value, gast.Name):
            return self.known.is_made(name) or self.known.root(name) == self.known.root(value.id)
        return name in self.known.primals and self.purity.is_pure(value)

    def is_empty(self, s: gast.stmt, backward: bool) -> bool:
        """A branch or a loop of the reverse sweep in which nothing is left."""
        if not backward:
            return is_reverse_sweep(s) and not s.body
        if isinstance(s, gast.If):
            s.body, s.orelse = _without_pass(s.body), _without_pass(s.orelse)
            s.body = s.body or ([passing(s)] if s.orelse else [])
            return not s.body and self.purity.is_pure(s.test)
        if isinstance(s, gast.For):
            s.body = s.body or [passing(s)]
        return False


def _without_pass(block: list[gast.stmt]) -> list[gast.stmt]:
    return [s for s in block if not isinstance(s, gast.Pass)]


def _flow(s: gast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a statement reads before it writes them, and names that it surely writes."""
    if not isinstance(s, gast.If | gast.For | gast.While | gast.With | gast.Try):
        return names_read(s), flow.names_written(s)
    found = flow.FlowFacts().block(s.body) if is_reverse_sweep(s) else flow.FlowFacts().of(s)
    return found.exposed, found.surely if not _may_leave(s) else frozenset()


def _may_leave(s: gast.stmt) -> bool:
    """Whether what follows the statement may never run."""
    return any(isinstance(one, gast.Break | gast.Raise | gast.Return) for one in every_statement([s]))
