"""Updates that come too early: a derivative in; the same in which an update follows the reads of the old value out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import gast

from diffpy.analysis import flow
from diffpy.analysis.flow import names_read
from diffpy.transforms.blocks import blocks
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes, shared_names
from diffpy.transforms.simplify_liveness import Liveness
from diffpy.transforms.simplify_ranks import CALM, LOUD, PURE, Ranks

FARTHEST = 12


def delay_updates(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A cotangent whose old value is still read under another name is updated after that.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         t1_bar = x_bar
    ...         x_bar = x_bar * x
    ...         y_bar = y_bar + t1_bar
    ...     return x_bar, y_bar
    ... ''', delay_updates))
    def f(x):
        with reverse:
            t1_bar = x_bar
            y_bar = y_bar + t1_bar
            x_bar = x_bar * x
        return (x_bar, y_bar)
    """
    for scope in scopes(tree):
        ranks = Ranks(scope, known)
        live = cache(lambda scope=scope: Liveness(scope, shared_names(scope)))
        for block in reverse_blocks(scope):
            _block(block, live, ranks)
    return tree


def _block(block: list[gast.stmt], live: Callable[[], Liveness], ranks: Ranks) -> None:
    copies: dict[str, set[str]] = {}  # a name -> names that hold the same value
    for s in list(block):
        written = flow.all_written([s])
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=source)):
                _forget(copies, written)
                copies.setdefault(source, set()).add(name)
                continue
            case gast.Assign(targets=[gast.Name(id=name)]) if copies.get(name):
                _delay(block, s, name, copies[name], live(), ranks)
        _forget(copies, written)


def _forget(copies: dict[str, set[str]], written: frozenset[str]) -> None:
    for name in written:
        copies.pop(name, None)
        for held in copies.values():
            held.discard(name)


def _delay(
    block: list[gast.stmt], s: gast.Assign, name: str, held: set[str], live: Liveness, ranks: Ranks
) -> None:
    start = next(k for k, one in enumerate(block) if one is s)
    rank, reads = ranks.expression(s.value, True), names_read(s.value)
    last = start
    for k in range(start + 1, min(start + FARTHEST, len(block))):
        one = block[k]
        written, read = flow.names_written(one), names_read(one)
        over = rank == CALM or (rank == PURE and ranks.statement(one, True) < LOUD)
        if any(True for _ in blocks(one)) or not over or name in read | written or written & (reads | held):
            break
        if read & held:
            last = k
    if last > start and not any(live.is_live_after(block[last], one) for one in held):
        block.insert(last, block.pop(start))
