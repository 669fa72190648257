"""What looks at containers that change later: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import MethodCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import AnyTuple, Array, DictOf, ListOf
from diffpy.syntax.build import load, said
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes


def expand_views(tree: gast.FunctionDef, facts: Facts, aliases: Aliases, names: Names) -> bool:
    """Note what tests find, and take the values out of a dict one by one where they change; in place.

    Before:                         After:
        if xs: ...                      t1 = bool(xs)
                                        if t1: ...
        t = d.values()                  keys = list(d)
        for v in t: ...                 for k in keys:
                                            v = d[k]
                                            ...
    """
    views = _Views(facts, aliases, names)
    views.reads = flow.loads(tree)
    views.block(tree.body)
    return views.found


class _Views:
    def __init__(self, facts: Facts, aliases: Aliases, names: Names) -> None:
        self.facts, self.aliases, self.names = facts, aliases, names
        self.found = False
        self.reads: Counter[str] = Counter()

    def block(self, block: list[gast.stmt]) -> None:
        done: list[gast.stmt] = []
        for k, s in enumerate(block):
            if not isinstance(s, gast.FunctionDef):
                before = self.before(s, _next(block[k + 1 :]))
                self.found = self.found or bool(before)
                done += before
                if before and isinstance(s, gast.Assign):
                    continue  # what nothing reads any more
                for inner in ("body", "orelse", "finalbody"):
                    self.block(getattr(s, inner, None) or [])
                for handler in getattr(s, "handlers", None) or []:
                    self.block(handler.body)
            done.append(s)
        block[:] = done

    def before(self, s: gast.stmt, follows: gast.stmt | None) -> list[gast.stmt]:
        match s:
            case gast.If(test=gast.Name() as x) if self.is_changed(x):
                test = self.names.temporary()
                made = said(f"{test} = bool({x.id})", s)
                s.test = gast.copy_location(load(test), x)
                return made
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Call() as call):
                called = self.facts.calls.get(id(call))
                looped = isinstance(follows, gast.For) and _reads(follows.iter, y) and self.reads[y] == 1
                if looped and isinstance(called, MethodCall) and self.hands_out_changed(called, follows):
                    return self.by_keys(called, follows)
        return []

    def is_changed(self, x: gast.Name) -> bool:
        kind = self.facts.kind(x)
        held = isinstance(kind, ListOf | DictOf | Array) and not isinstance(kind, AnyTuple)
        return held and self.aliases.is_changed(x.id)

    def hands_out_changed(self, called: MethodCall, loop: gast.For) -> bool:
        """d.items(), d.values() of a dict that holds what changes, or is changed in the loop."""
        d = called.base
        if not isinstance(self.facts.kind(d), DictOf) or called.method not in ("items", "values"):
            return False
        inside = {id(s) for s in nodes(*loop.body)}
        here = any(
            id(where) in inside and self.aliases.find(name) == self.aliases.find(d.id)
            for name, where in self.aliases.changes
        )
        return here or self.aliases.is_shadowed(self.aliases.content(d.id))

    def by_keys(self, called: MethodCall, loop: gast.For) -> list[gast.stmt]:
        """The loop behind it runs over the keys, and looks each value up."""
        keys, key, value = (self.names.temporary() for _ in range(3))
        held, target = called.base.id, loop.target.id
        text = f"{value} = {held}[{key}]\n{target} = ({key}, {value})"
        if called.method == "values":
            text = f"{target} = {held}[{key}]"
        loop.body[:0] = said(text, loop)
        loop.iter = gast.copy_location(load(keys), loop.iter)
        loop.target = gast.copy_location(gast.Name(key, gast.Store(), None, None), loop.target)
        return said(f"{keys} = list({held})", loop)


def _next(block: list[gast.stmt]) -> gast.stmt | None:
    """The next statement that does more than to name a value again, or to make an empty container."""
    for s in block:
        if not (
            isinstance(s, gast.Assign)
            and (isinstance(s.value, gast.Name | gast.Constant) or _is_empty(s.value))
        ):
            return s
        if not isinstance(s.targets[0], gast.Name):
            return s
    return None


def _is_empty(node: gast.expr) -> bool:
    return isinstance(node, gast.Dict | gast.List) and not getattr(node, "elts", getattr(node, "keys", ()))


def _reads(node: gast.expr, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name
