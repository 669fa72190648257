"""Containers of the items of others, where these change: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

import operator
from collections.abc import Set

import gast

from diffpy.analysis import flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import MethodCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import AnyTuple, DictOf, Kind, Known, ListOf, Scalar
from diffpy.syntax.build import assign, load, said
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import site_of

Made = list[gast.stmt] | None


def with_loops(tree: gast.FunctionDef, names: Names, sites: Set[int]) -> None:
    """Write these calls of list and dict, of iterators, as loops; in place.

    Before:                         After:
        ys = list(t1)                   ys = []
                                        for t2 in t1:
                                            ys.append(t2)
        d = dict(t1)                    d = {}
                                        for t2 in t1:
                                            k, v = t2
                                            d[k] = v
    """

    def expanded(s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Call(func=callee, args=[given])) if (
                site_of(s.value) in sites
            ):
                write = _dict_of_pairs if isinstance(callee, gast.Name) and callee.id == "dict" else _list_of
                if y not in flow.names_read(given):
                    return write(y, given, names, s)
                made = names.temporary()  # xs = list(xs)
                return [*write(made, given, names, s), assign(y, load(made), s)]
        return [s]

    tree.body = rebuild(tree.body, expanded)


def _list_of(y: str, given: gast.expr, names: Names, s: gast.stmt) -> list[gast.stmt]:
    item = names.temporary()
    return said(f"{y} = []\nfor {item} in given__:\n    {y}.append({item})", s, given__=given)


def _dict_of_pairs(y: str, given: gast.expr, names: Names, s: gast.stmt) -> list[gast.stmt]:
    pair, key, item = (names.temporary() for _ in range(3))
    text = f"{y} = {{}}\nfor {pair} in given__:\n    {key}, {item} = {pair}\n    {y}[{key}] = {item}"
    return said(text, s, given__=given)


def expand_collecting(tree: gast.FunctionDef, facts: Facts, aliases: Aliases, names: Names) -> bool:
    """Take items over one by one, where derivatives have to follow changes of them; in place. Whether any was.

    Before:                         After:
        ys = [*xs, a]                   ys = []
                                        ys.extend(xs)
                                        ys.append(a)
        e = {**d, "k": a}               e = {}
                                        e.update(d)
                                        e["k"] = a
    """
    collecting = _Collecting(facts, aliases, names)
    tree.body = rebuild(tree.body, collecting.expanded)
    return collecting.found


class _Collecting:
    def __init__(self, facts: Facts, aliases: Aliases, names: Names) -> None:
        self.facts, self.aliases, self.names = facts, aliases, names
        self.found = False

    def expanded(self, s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=value) if self.aliases.is_shadowed(y):
                made = self.made(y, value, s)
                if made is not None:
                    self.found = True
                    return made
        return [s]

    def made(self, y: str, value: gast.expr, s: gast.stmt) -> Made:
        match value:
            case gast.List():
                return self.list_display(y, value, s)
            case gast.Dict():
                return self.dict_display(y, value, s)
            case gast.BinOp(left=left, op=gast.Add(), right=right) if self.are(ListOf, left, right):
                return self.joined(y, left, right, s)
            case gast.BinOp(left=left, op=gast.BitOr(), right=right) if self.are(DictOf, left, right):
                return said(f"{y} = {{}}\n{y}.update(a__)\n{y}.update(b__)", s, a__=left, b__=right)
            case gast.BinOp(left=left, op=gast.Mult(), right=right) if self.are(ListOf, left):
                return self.repeated(y, left, right, s) if isinstance(self.kind(right), Scalar) else None
            case gast.Call():
                return self.called(y, value, s)
        return None

    def called(self, y: str, value: gast.Call, s: gast.stmt) -> Made:
        known = self.facts.calls.get(id(value))
        if isinstance(known, MethodCall):
            return self.looked_up(y, known, s)
        kind = self.kind(value.func)
        callee = kind.value if isinstance(kind, Known) else getattr(known, "function", None)
        plain = [a for a in value.args if not isinstance(a, gast.Starred)]
        if callee is dict and len(plain) == len(value.args) <= 1:
            return self.made_dict(y, plain, value.keywords, s)
        if callee is list and len(plain) == len(value.args) == 1 and not value.keywords:
            return said(f"{y} = given__[:]", s, given__=plain[0]) if self.are(ListOf, *plain) else None
        if callee in (operator.add, operator.concat) and len(plain) == 2 and self.are(ListOf, *plain):
            return self.joined(y, plain[0], plain[1], s)
        return None

    def joined(self, y: str, left: gast.expr, right: gast.expr, s: gast.stmt) -> Made:
        """xs + ys"""
        return said(f"{y} = []\n{y}.extend(a__)\n{y}.extend(b__)", s, a__=left, b__=right)

    def list_display(self, y: str, shown: gast.List, s: gast.stmt) -> Made:
        """[*xs, a]: the changes of an empty list."""
        spread = [e.value for e in shown.elts if isinstance(e, gast.Starred)]
        if not spread or not self.are(ListOf, *spread):
            return None
        done = said(f"{y} = []", s)
        for e in shown.elts:
            starred = isinstance(e, gast.Starred)
            text = f"{y}.extend(given__)" if starred else f"{y}.append(given__)"
            done += said(text, s, given__=e.value if starred else e)
        return done

    def dict_display(self, y: str, shown: gast.Dict, s: gast.stmt) -> Made:
        """{**d, k: v}: the changes of an empty dict."""
        spread = [v for k, v in zip(shown.keys, shown.values, strict=True) if k is None]
        if not spread or not self.are(DictOf, *spread):
            return None
        done = said(f"{y} = {{}}", s)
        for key, v in zip(shown.keys, shown.values, strict=True):
            done += self.entered(y, key, v, s)
        return done

    def made_dict(self, y: str, given: list[gast.expr], named: list[gast.keyword], s: gast.stmt) -> Made:
        """dict(d, k=v)"""
        spread = [*given, *(k.value for k in named if k.arg is None)]
        if not self.are(DictOf, *spread) or not (spread or named):
            return None
        done = said(f"{y} = {{}}", s)
        for one in given:
            done += self.entered(y, None, one, s)
        for k in named:
            done += self.entered(y, gast.Constant(k.arg, None) if k.arg else None, k.value, s)
        return done

    def entered(self, y: str, key: gast.expr | None, v: gast.expr, s: gast.stmt) -> list[gast.stmt]:
        """An entry of a dict, or all of another one."""
        if key is None:
            return said(f"{y}.update(given__)", s, given__=v)
        return said(f"{y}[key__] = given__", s, key__=key, given__=v)

    def repeated(self, y: str, items: gast.expr, count: gast.expr, s: gast.stmt) -> Made:
        """xs * n"""
        times, turn = self.names.temporary(), self.names.temporary()
        text = f"{y} = []\n{times} = range(count__)\nfor {turn} in {times}:\n    {y}.extend(items__)"
        return said(text, s, count__=count, items__=items)

    def looked_up(self, y: str, found: MethodCall, s: gast.stmt) -> Made:
        """d.get(k), d.get(k, v)"""
        if found.method != "get" or not isinstance(self.kind(found.base), DictOf):
            return None
        test = self.names.temporary()
        key, default = (*found.args, gast.Constant(None, None))[:2]
        text = f"{test} = key__ in d__\nif {test}:\n    {y} = d__[key__]\nelse:\n    {y} = default__"
        return said(text, s, d__=found.base, key__=key, default__=default)

    def are(self, sort: type[Kind], *given: gast.expr) -> bool:
        kinds = [self.kind(one) for one in given]
        return all(isinstance(kind, sort) and not isinstance(kind, AnyTuple) for kind in kinds)

    def kind(self, node: gast.expr) -> Kind:
        return self.facts.kind(node)
