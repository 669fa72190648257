"""What NumPy is told to report holds for the derivatives of a block, too: np.errstate around its reverse steps."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import gast
import numpy as np

from diffpy.syntax.trees import nodes
from diffpy.transforms.contexts import target_of, values_of
from diffpy.transforms.simplify_facts import is_reverse_sweep, scopes
from diffpy.transforms.words import Words


@dataclass(frozen=True)
class Report:
    """The lines of a block of the user's, and the np.errstate(...) that it is in."""

    first: int
    last: int
    context: gast.Call

    def covers(self, s: gast.stmt) -> bool:
        return self.first <= next(_lines(s), 0) <= self.last


def reports_in(r: Words) -> list[Report]:
    """Those of a function, from the outer ones to the inner ones; what it asks for is written in the call."""
    found = [
        Report(min(_lines(s)), max(_lines(s)), made)
        for s in nodes(r.tree)
        if isinstance(s, gast.With) and any(_lines(s))
        for made in _errstates(r, s)
    ]
    return sorted(found, key=lambda one: (one.first, -one.last))


def _errstates(r: Words, s: gast.With) -> Iterator[gast.Call]:
    for item in s.items:
        context = item.context_expr
        made = values_of(context, r.assigned, r.facts) if isinstance(context, gast.Name) else [context]
        if len(made) == 1 and isinstance(made[0], gast.Call) and target_of(r.facts, made[0]) is np.errstate:
            if all(isinstance(k.value, gast.Constant) for k in made[0].keywords):
                yield made[0]


def _lines(s: gast.stmt) -> Iterator[int]:
    """The lines of the user's that a statement, or what stands in it, belongs to."""
    return filter(None, (getattr(one, "lineno", None) for one in nodes(s)))


def reported(tree: gast.FunctionDef, reports: Sequence[Report]) -> gast.FunctionDef:
    """The derivative with its reverse sweeps in the contexts of what they belong to."""
    for scope in scopes(tree) if reports else ():
        for s in filter(is_reverse_sweep, scope.body):
            s.body = _block(s.body, reports)
    return tree


def _block(body: list[gast.stmt], reports: Sequence[Report]) -> list[gast.stmt]:
    done: list[gast.stmt] = []
    for report, group in groupby(body, lambda s: next((one for one in reports if one.covers(s)), None)):
        inner = list(group)
        if report is None:
            done += [_inside(s, reports) for s in inner]
        else:
            item = gast.withitem(copy.deepcopy(report.context), None)
            rest = reports[reports.index(report) + 1 :]
            done.append(gast.copy_location(gast.With([item], _block(inner, rest), None), inner[0]))
    return done


def _inside(s: gast.stmt, reports: Sequence[Report]) -> gast.stmt:
    for field in ("body", "orelse", "finalbody"):
        if not isinstance(s, gast.FunctionDef) and getattr(s, field, None):
            setattr(s, field, _block(getattr(s, field), reports))
    return s
