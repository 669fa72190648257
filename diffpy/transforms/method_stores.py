"""Methods of lists and dicts that change them: a call in, the same change by items, slices, append and pop out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import gast

from diffpy.analysis.calls import MethodCall
from diffpy.analysis.kinds import BOTTOM, DictOf, Iterator, Kind, ListOf, TupleOf
from diffpy.syntax.build import load, placed, store
from diffpy.syntax.trees import copied

Written = list[gast.stmt] | None


class Stores(Protocol):
    """What rewrites the statements of one function."""

    def kind(self, node: gast.expr | str) -> Kind: ...
    def temporary(self) -> str: ...
    def said(self, text: str, s: gast.stmt, **parts: gast.expr) -> list[gast.stmt]: ...
    def giving(self, s: gast.stmt, done: list[gast.stmt], value: gast.expr) -> list[gast.stmt]: ...
    def on_list(self, s: gast.stmt, text: str, found: MethodCall) -> list[gast.stmt]: ...


def _sorted(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    return None if found.args else self.on_list(s, "value = sorted(xs)\nxs[:] = value", found)


def _removed(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    return self.on_list(s, "value = xs.index(a0)\nxs.pop(value)", found)


def _cleared(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    return self.on_list(s, "value = []\nxs[:] = value", found)


def _emptied(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    """d.clear()"""
    keys, key = self.temporary(), self.temporary()
    return self.on_list(s, f"{keys} = list(xs)\nfor {key} in {keys}:\n    xs.pop({key})", found)


def _last_item(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    """y = d.popitem(): the entry that was put in last; of an empty dict Python's own error."""
    if found.args or self.kind(found.base) == DictOf(BOTTOM):  # the one that is empty, below
        return None
    empty, nothing, keys, key, item = (self.temporary() for _ in range(5))
    text = (
        f"{empty} = not xs\nif {empty}:\n    {nothing} = {{}}\n    {nothing}.popitem()\n"
        f"{keys} = list(xs)\n{key} = {keys}[-1]\n{item} = xs.pop({key})"
    )
    done = self.said(text, s, xs=found.base)
    return self.giving(s, done, gast.Tuple([load(key), load(item)], gast.Load()))


def _updated(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    """d.update(other)"""
    if len(found.args) != 1:
        return None
    if not isinstance(given := self.kind(found.args[0]), DictOf):
        return _updated_by_pairs(self, s, found) if _gives_pairs(given) else None
    keys, key, item = self.temporary(), self.temporary(), self.temporary()
    text = f"{keys} = list(a0)\nfor {key} in {keys}:\n    {item} = a0[{key}]\n    xs[{key}] = {item}"
    return self.on_list(s, text, found)


def _gives_pairs(kind: Kind) -> bool:
    pair = kind.item if isinstance(kind, ListOf | Iterator) else None
    return isinstance(pair, TupleOf) and len(pair.items) == 2


def _updated_by_pairs(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    """d.update(zip(keys, values))"""
    pairs, pair, key, item = (self.temporary() for _ in range(4))
    each = f"    {key} = {pair}[0]\n    {item} = {pair}[1]\n    xs[{key}] = {item}"
    text = f"{pairs} = list(a0)\nfor {pair} in {pairs}:\n{each}"
    return self.on_list(s, text, found)


def _set_default(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    if len(found.args) != 2:
        return None
    missing = self.temporary()
    text = f"{missing} = a0 not in xs\nif {missing}:\n    xs[a0] = a1"
    done = self.said(text, s, xs=found.base, a0=found.args[0], a1=found.args[1])
    item = gast.Subscript(found.base, found.args[0], gast.Load())
    return self.giving(s, done, item)


def _got(self: Stores, s: gast.stmt, found: MethodCall) -> Written:
    """y = d.get(key, v): where the value to take instead may matter, it is seen to flow."""
    if len(found.args) != 2 or not isinstance(s, gast.Assign) or not self.kind(found.args[1]).may_differ:
        return None
    key, value = found.args
    there, item = self.temporary(), gast.Subscript(found.base, key, gast.Load())
    asked = gast.Compare(key, [gast.In()], [found.base])
    taken: gast.expr = item
    if found.method == "pop":
        taken = gast.Call(gast.Attribute(found.base, "pop", gast.Load()), [key], [])
    either = [gast.Assign([copied(s.targets[0])], one, None) for one in (taken, copied(value))]
    chosen = gast.If(load(there), [either[0]], [either[1]])
    return placed([gast.Assign([store(there)], asked, None), chosen], s)


METHODS: dict[tuple[type, str], Callable[..., Written]] = {
    (ListOf, "sort"): _sorted,
    (ListOf, "remove"): _removed,
    (ListOf, "clear"): _cleared,
    (DictOf, "clear"): _emptied,
    (DictOf, "popitem"): _last_item,
    (DictOf, "update"): _updated,
    (DictOf, "setdefault"): _set_default,
    (DictOf, "get"): _got,
    (DictOf, "pop"): _got,
}
