"""Contexts that a generator function makes: normal form in, the same with the generator written out around the body."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import gast

from diffpy.analysis.callees import Summary
from diffpy.syntax.build import assign, constant
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import Inlining, Spelling, site_of


class Managers(Inlining):
    """What is to be written out: the number of a with statement -> the generator function of its context.

    Before:                     After, for `def pushed(xs, v): xs.append(v); yield v; xs.pop()`:
        t1 = pushed(a, x)           xs, v = a, x
        with t1 as k:               xs.append(v)
            y = k * k               k = v
                                    y = k * k
                                    xs.pop()
    """

    def __init__(self, wanted: Mapping[int, Summary], names: Names, spelled: Spelling) -> None:
        super().__init__({}, names, spelled)
        self.managers = wanted

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        found: list[gast.stmt] = []
        for s in block:
            if isinstance(s, gast.With) and site_of(s) in self.managers:
                made = found.pop()
                found += self.around(s, made.value, self.managers[site_of(s)])
            else:
                found += self.statement(s)
        return found

    def around(self, s: gast.With, called: gast.Call, manager: Summary) -> list[gast.stmt]:
        """The generator's statements, with the body in the place of its yield."""
        bound = s.items[0].optional_vars
        name = bound.id if bound is not None else self.names.temporary()
        body = self.block(s.body)
        whole = self.written_out(gast.copy_location(gast.Expr(called), s), called, manager, None)
        return _filled(whole, name, body, s)


def _filled(block: list[gast.stmt], name: str, body: list[gast.stmt], s: gast.stmt) -> list[gast.stmt]:
    found: list[gast.stmt] = []
    for one in block:
        match one:
            case gast.Expr(value=gast.Yield(value=value)):
                found += [assign(name, constant(None) if value is None else value, s), *body]
                continue
            case gast.Try() | gast.With():
                one.body = _filled(one.body, name, body, s)
        found.append(one)
    return found


def has_one_gap(tree: gast.FunctionDef) -> bool:
    """Whether a generator function hands over once, whatever happens, and does not look at what it is sent."""
    every = [one for s in tree.body for one in nodes(s) if isinstance(one, gast.Yield | gast.YieldFrom)]
    return len(every) == 1 and _gaps(tree.body) == 1


def _gaps(block: list[gast.stmt]) -> int:
    count = 0
    for one in block:
        match one:
            case gast.Expr(value=gast.Yield()):
                count += 1
            case gast.Try() | gast.With():
                count += _gaps(one.body)
    return count


def made_before(tree: gast.FunctionDef) -> dict[int, gast.Call]:
    """By the number of a with statement, the call right before it that makes its context for it alone."""
    found: dict[int, gast.Call] = {}
    for holder in nodes(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(holder, field, None)
            if isinstance(block, list):
                found.update(_pairs(block))
    return found


def _pairs(block: list[gast.stmt]) -> dict[int, gast.Call]:
    found = {}
    for before, s in itertools.pairwise(block):
        match before, s:
            case (
                gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called),
                gast.With(items=[gast.withitem(context_expr=gast.Name(id=same))]),
            ) if name == same:
                found[site_of(s)] = called
    return found
