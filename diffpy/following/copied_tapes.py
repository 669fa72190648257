"""Tapes among the buffers that a pullback copies: their rule says that nothing depends on them, so they are refused.

So are pullbacks of calls that changed their arguments: they work on the buffers that they are copied with.
"""

from __future__ import annotations

from collections.abc import Sequence

import gast

from diffpy.analysing import Analysed
from diffpy.analysis.kinds import (
    Array,
    Bottom,
    Cotangent,
    Inert,
    Known,
    ListOf,
)
from diffpy.following.written_out import refusal
from diffpy.runtime import buffers
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.syntax.trees import nodes

_RECORDED = "it holds recorded values beside buffers"


def check_copied_arguments(found: Analysed, wrt: Sequence[str]) -> None:
    """In forward mode: buffers copied for a pullback that are arguments of interest."""
    for called in nodes(found.tree):
        for name in _copied(found, called):
            if name in wrt:
                raise refusal(found, called, called, name, _RECORDED)
            _check_pullback(found, called, name)


def check_copied_tapes(found: Analysed, lively: frozenset[str]) -> None:
    """Tapes among the buffers that a pullback copies: the rule of the copies says that nothing depends on them."""
    for called in nodes(found.tree):
        for name in _copied(found, called):
            kind = found.facts.kind(name)
            _check_pullback(found, called, name)
            if (
                name in lively
                and isinstance(kind, ListOf)
                and not isinstance(kind.item, Cotangent | Inert | Bottom | Array)
            ):
                raise refusal(found, called, called, name, _RECORDED)


def _check_pullback(found: Analysed, called: gast.AST, name: str) -> None:
    if isinstance(found.resolution.value(name), OnBuffers):
        raise refusal(found, called, called, name, "it works on the buffers of its caller")


def _copied(found: Analysed, called: gast.AST) -> list[str]:
    """The names of the buffers that a call copies for a pullback."""
    if not isinstance(called, gast.Call) or not isinstance(called.func, gast.Name):
        return []
    kind = found.facts.kind(called.func)
    if not isinstance(kind, Known) or kind.value not in (buffers.fresh_buffer, buffers.fresh_buffers):
        return []
    return [a.id for a in called.args if isinstance(a, gast.Name)]
