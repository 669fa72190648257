"""Dead code of derivatives: a derivative in, the same without values that nothing reads out."""

from __future__ import annotations

import gast

from diffpy.transforms.blocks import blocks, every_statement, passing
from diffpy.transforms.simplify_facts import (
    Derivative,
    Purity,
    bound_names,
    is_reverse_sweep,
    scopes,
    shared_names,
)
from diffpy.transforms.simplify_liveness import Liveness, may_swallow


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
        self.body[:] = self.block(self.body, False, False)

    def block(self, block: list[gast.stmt], backward: bool, leaves: bool) -> list[gast.stmt]:
        """What is left; names live where the block ends are known, those before it are found on the way.

        `leaves`: an exception that is swallowed may leave it anywhere, so that no write hides one before it.
        """
        if not block:
            return block
        kept: list[gast.stmt] = []
        later = 0  # the names read later in the block
        written = 0  # those written later in the block, before being read
        end = self.live.after[id(block[-1])]
        for s in reversed(block):
            inside = backward or is_reverse_sweep(s)
            parts = blocks(s)
            for part in parts:
                part[:] = self.block(part, inside, leaves or may_swallow(s))
            if self.is_dead(s, later, written, end, backward) or self.is_empty(s, backward):
                continue
            kept.append(s)
            effect = self.live.look_again(s) if parts else self.live.effect(s)
            surely = effect.writes if not leaves and (not parts or not _may_leave(s)) else 0
            written = (written | surely) & ~effect.reads
            later = later & ~surely | effect.reads
        return kept[::-1]

    def is_dead(self, s: gast.stmt, later: int, written: int, end: int, backward: bool) -> bool:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                bit = self.live.bit(name)
                if name in self.shared or bit & (later | end & ~written):
                    return False
                return self.may_go(name, value, backward)
        return False

    def may_go(self, name: str, value: gast.expr, backward: bool) -> bool:
        if backward:
            return self.purity.is_pure(value)
        if _is_literal(value) and self.known.is_made(name):
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


def _is_literal(value: gast.expr) -> bool:
    if isinstance(value, gast.Tuple | gast.List | gast.Set):
        return all(map(_is_literal, value.elts))
    return isinstance(value, gast.Constant)


def _without_pass(block: list[gast.stmt]) -> list[gast.stmt]:
    return [s for s in block if not isinstance(s, gast.Pass)]


def _may_leave(s: gast.stmt) -> bool:
    """Whether what follows the statement may never run."""
    return any(isinstance(one, gast.Break | gast.Raise | gast.Return) for one in every_statement([s]))
