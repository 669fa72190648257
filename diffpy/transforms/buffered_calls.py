"""Calls of recursive functions that change their arguments: a call in, one that hands over their buffers too out.

Before:                  After:
    walk(tree, a, x)         _unused, walk_pullback = with_buffers(walk, {"a": (a, a_bar)}, wrt=(2,))(tree, a, x)
                             ...
                             x_part = walk_pullback(None)
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import gast

from diffpy import errors
from diffpy.analysis import calls, flow
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.calls import OpenCall
from diffpy.syntax.build import assign, call, constant, expression, load, store
from diffpy.transforms.sweeps import Contribute, Plain, Step, Swept
from diffpy.transforms.words import Words


class BufferedCalls(Words):
    """The handler of calls that get buffers, and what it has in common with that of other open calls."""

    def on_buffers(self, y: str | None, found: OpenCall, s: gast.stmt) -> Swept:
        """The callee's stores reach the caller's buffers, which its pullback reads and clears."""
        given = self.buffers_for(s)
        shared = {*given.values()}
        callee, callee_name = self.callee(found)
        by_place = [*enumerate(found.args), *((k.arg, k.value) for k in found.keywords)]
        flowing = [(k, a.id) for k, a in by_place if self.is_active(a) and a.id not in shared]
        options: dict[str, gast.expr] = {"wrt": gast.Tuple([constant(k) for k, _ in flowing], gast.Load())}
        targets = [name for _, name in flowing]
        if callee_name is not None and callee_name not in shared:
            options["callee"] = constant(True)
            targets.insert(0, callee_name)
        options |= self.told(given)
        result = y if y is not None else self.names.fresh("_unused")
        value: gast.expr = store(result)
        if y is not None and self.shadowed(y):
            options["result"] = constant(True)
            value = gast.Tuple([value, store(self.bar(y))], gast.Store())
        pullback = self.names.fresh(f"{stem(found, y)}_pullback")
        self.holders[pullback] = sorted(shared)
        maker = call(self.runtime("with_buffers"), callee, self.pairs(given), **options)
        invoked = gast.Call(maker, list(found.args), list(found.keywords))
        forward = [assign(gast.Tuple([value, store(pullback)], gast.Store()), invoked, s)]
        flows = y is not None and y in self.active and not self.shadowed(y)
        seed = self.given_out(y) if y is not None and flows else constant(None)
        return forward, self.parts_of(call(load(pullback), seed), targets, s)

    def parts_of(self, called: gast.expr, targets: list[str], s: gast.stmt) -> list[Step]:
        """A call of a pullback, and what each target takes of what it gives."""
        if not targets:
            return [Plain([gast.copy_location(gast.Expr(called), s)])]
        parts = [self.names.fresh(f"{t}_part") for t in targets]
        names = [store(p) for p in parts]
        target = names[0] if len(names) == 1 else gast.Tuple(names, gast.Store())
        steps: list[Step] = [Plain([assign(target, called, s)])]
        return steps + [Contribute(t, load(p), certain=False) for t, p in zip(targets, parts, strict=True)]

    def buffers_for(self, s: gast.stmt) -> Mapping[str, str]:
        """Parameters and captured names of the callee that stand for objects with buffers; their names here."""
        summary, bound = self.facts.summaries[id(s.value)]
        found: dict[str, str] = {}
        for parameter, atoms in (bound or {}).items():
            names = [a.id for a in atoms if self.is_active(a) and self.shadowed(a.id)]
            if names:
                self.check_alone(parameter, names[0], summary, bound or {}, s)
                found[parameter] = names[0]
        if summary.is_local:
            own = flow.argument_names(summary.tree) | flow.all_written(summary.tree.body)
            outer = {n for one in summary.tree.body for n in flow.names_read(one)} - own
            found |= {n: n for n in outer if n in self.active and self.shadowed(n)}
        return dict(sorted(found.items()))

    def check_alone(self, parameter: str, name: str, summary: Summary, bound: Bound, s: gast.stmt) -> None:
        several = flow.gathering_names(summary.tree)
        if len(bound[parameter]) > 1 or parameter in several:
            raise self.refuse(
                errors.UnsupportedSyntaxError,
                f"'{name}', which is changed in place, is one of several arguments of a recursive function",
                s,
                because=f"the parameter '{parameter}' takes several values",
                fix="give the object that is changed a parameter of its own",
            )

    def told(self, given: Mapping[str, str]) -> dict[str, gast.expr]:
        """Of the objects with buffers those that hold others which are changed, and those that may overlap."""
        inside = [p for p, name in given.items() if self.aliases.is_changed_inside(name)]
        reached = {p: self.aliases.reach(name) for p, name in given.items()}
        meeting = {p for a, b in combinations(given, 2) if reached[a] & reached[b] for p in (a, b)}
        every = {"inside": inside, "apart": sorted(meeting)}
        return {
            key: gast.Tuple([constant(n) for n in names], gast.Load())
            for key, names in every.items()
            if names
        }

    def pairs(self, given: Mapping[str, str]) -> gast.expr:
        """Each object with its buffer."""
        values: list[gast.expr] = [gast.Tuple([load(n), self.read(n)], gast.Load()) for n in given.values()]
        return gast.Dict([constant(p) for p in given], values)

    def callee(self, found: OpenCall) -> tuple[gast.expr, str | None]:
        """The callee as an expression, and the name whose cotangent it carries (a closure, a bound method's object)."""
        if isinstance(found.callee, gast.Name) and found.callee.id.startswith("operator."):
            return expression(f"{self.module('operator')}.{found.callee.id.partition('.')[2]}"), None
        base = found.callee
        while isinstance(base, gast.Attribute):
            base = base.value
        return found.callee, base.id if self.is_active(base) else None


def stem(found: OpenCall, y: str | None) -> str:
    parts = calls.dotted(found.callee)
    if parts is None or parts[-1].startswith("operator") or parts[0].startswith("operator."):
        return y or "call"
    return parts[-1]
