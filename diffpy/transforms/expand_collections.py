"""deque, defaultdict and OrderedDict of a function's own: normal form in, the same program with lists and dicts out."""

from __future__ import annotations

import builtins
import collections
from collections.abc import Callable
from dataclasses import dataclass

import gast

from diffpy.syntax.build import assign, load, moved, said
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes

Lookup = Callable[[str], object]
_KINDS = (collections.deque, collections.defaultdict, collections.OrderedDict)
# What may be asked of such an object by name, where it may stay what it is, a list or a dict.
_METHODS: dict[object, frozenset[str]] = {
    collections.deque: frozenset(
        "append appendleft pop popleft extend extendleft rotate clear reverse index count insert remove".split()
    ),
    collections.defaultdict: frozenset("items keys values get pop clear update setdefault".split()),
    collections.OrderedDict: frozenset(
        "items keys values get pop clear update setdefault popitem move_to_end".split()
    ),
}
_BOUNDED = _METHODS[collections.deque] - {"insert"}
_GIVING = frozenset("pop popitem popleft index count items keys values get setdefault".split())
_READERS = frozenset("len sum max min list tuple sorted dict enumerate zip reversed set bool".split())
_FRESH = {float: "0.0", int: "0", list: "[]", dict: "{}", str: "''", bool: "False"}


def expand_collections(tree: gast.FunctionDef, names: Names, lookup: Lookup) -> gast.FunctionDef:
    """Write those that stay in the function, under one name, as a list or a dict; in place.

    Before:                         After:
        d = deque(xs)                   d = list(xs)
        d.append(v)                     d.append(v)
        a = d.popleft()                 a = d.pop(0)
        g = defaultdict(float)          g = {}
        t1 = g[k]                       t2 = k not in g
                                        if t2:
                                            t3 = 0.0
                                            g[k] = t3
                                        t1 = g[k]
    """
    found = _Made(tree, lookup).own()
    if found:
        _Writing(found, names).block(tree.body)
    return tree


@dataclass
class _Own:
    """An object of the function's own: its class, the name of its bound, the text of what a missing item is."""

    cls: object
    bound: str | None = None
    missing: str | None = None


class _Made:
    """Which names hold such objects that nothing outside the function gets hold of."""

    def __init__(self, tree: gast.FunctionDef, lookup: Lookup) -> None:
        self.tree, self.lookup = tree, lookup
        self.seen: dict[str, int] = {}
        self.allowed: dict[str, int] = {}
        self.made: dict[str, list[gast.Call]] = {}

    def own(self) -> dict[str, _Own]:
        for node in nodes(self.tree):
            self.count(node)
        found: dict[str, _Own] = {}
        for name, calls in self.made.items():
            one = self.described(calls)
            if one is not None and self.seen[name] == self.allowed.get(name, 0) and self.asks(name, one):
                found[name] = one
        return found

    def count(self, node: gast.AST) -> None:
        match node:
            case gast.Name():
                self.seen[node.id] = self.seen.get(node.id, 0) + 1
            case gast.Assign(targets=[gast.Name() as target], value=gast.Call() as call) if self.cls(call):
                self.made.setdefault(target.id, []).append(call)
                self.allow(target)
            case gast.Assign(value=gast.Subscript(value=gast.Name() as base)) if isinstance(
                node.targets[0], gast.Name
            ):
                self.allow(base)
            case (
                gast.Assign(targets=[gast.Subscript(value=gast.Name() as base)])
                | gast.AugAssign(target=gast.Subscript(value=gast.Name() as base))
                | gast.Delete(targets=[gast.Subscript(value=gast.Name() as base)])
            ):
                self.allow(base)
            case gast.Assign(value=gast.Call(func=gast.Attribute(value=gast.Name() as base, attr=attr))) if (
                attr in _GIVING
            ):
                self.allow(base)
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name() as base))):
                self.allow(base)
            case gast.Call(func=gast.Name() as func) if func.id in _READERS and self.is_builtin(func.id):
                for a in node.args:
                    self.allow(a)
            case gast.Starred():
                self.allow(node.value)
            case gast.Nonlocal() | gast.Global():
                for name in node.names:
                    self.seen[name] = self.seen.get(name, 0) + 1
            case gast.For(iter=gast.Name() as x):
                self.allow(x)
            case gast.If(test=gast.Name() as x):
                self.allow(x)
            case gast.UnaryOp(op=gast.Not(), operand=x):
                self.allow(x)
            case gast.Compare(ops=[gast.In() | gast.NotIn()], comparators=[x]):
                self.allow(x)

    def allow(self, node: gast.AST) -> None:
        if isinstance(node, gast.Name):
            self.allowed[node.id] = self.allowed.get(node.id, 0) + 1

    def is_builtin(self, name: str) -> bool:
        return self.lookup(name) is getattr(builtins, name)

    def cls(self, call: gast.Call) -> object:
        found = self.value(call.func)
        return found if any(found is one for one in _KINDS) else None

    def value(self, node: gast.AST) -> object:
        if isinstance(node, gast.Name):
            return self.lookup(node.id)
        return getattr(self.value(node.value), node.attr, None) if isinstance(node, gast.Attribute) else None

    def described(self, calls: list[gast.Call]) -> _Own | None:
        """What all objects under the name have in common."""
        first, cls = calls[0], self.cls(calls[0])
        if (
            any(isinstance(a, gast.Starred) for c in calls for a in c.args)
            or len({id(self.cls(c)) for c in calls}) > 1
        ):
            return None
        if cls is collections.deque:
            return self.queue(calls)
        if cls is collections.OrderedDict:
            plain = all(len(c.args) + bool(c.keywords) <= 1 and all(k.arg for k in c.keywords) for c in calls)
            return _Own(cls) if plain else None
        if any(len(c.args) != 1 or c.keywords for c in calls) or len({_text(c.args[0]) for c in calls}) > 1:
            return None
        missing = self.missing(first.args[0])
        return None if missing is None else _Own(cls, missing=missing)

    def queue(self, calls: list[gast.Call]) -> _Own | None:
        bounds = [bound_of(c) for c in calls]
        if all(b is None for b in bounds):
            return _Own(collections.deque)
        return _Own(collections.deque, bound="") if len(calls) == 1 else None

    def missing(self, factory: gast.expr) -> str | None:
        """The text of what a factory makes."""
        if not isinstance(factory, gast.Name):
            return None
        known = self.lookup(factory.id)
        if known is None:  # a function of this one: its name must mean one thing
            written = [
                n for n in nodes(self.tree) if isinstance(n, gast.FunctionDef) and n.name == factory.id
            ]
            stores = [n for n in nodes(self.tree) if isinstance(n, gast.Name) and n.id == factory.id]
            alone = len(written) == 1 and all(isinstance(n.ctx, gast.Load) for n in stores)
            return f"{factory.id}()" if alone else None
        return _FRESH.get(known, f"{factory.id}()") if isinstance(known, type) else f"{factory.id}()"

    def asks(self, name: str, one: _Own) -> bool:
        """Whether every method that is called by the name is one that is known here."""
        allowed = _BOUNDED if one.bound is not None else _METHODS[one.cls]
        for node in nodes(self.tree):
            match node:
                case gast.Attribute(value=gast.Name(id=base), attr=attr) if base == name:
                    if attr not in allowed:
                        return False
                case gast.Call(
                    func=gast.Attribute(value=gast.Name(id=base), attr="popitem" | "move_to_end")
                ) if base == name:
                    if not isinstance(_last(node), gast.Constant | None):
                        return False
                case gast.FunctionDef() if node is not self.tree:
                    if any(isinstance(n, gast.Name) and n.id == name for n in nodes(node)):
                        return False
        return True


def is_from_start(call: gast.Call) -> bool:
    """Whether popitem() is asked for the first item, or move_to_end() for the first place."""
    last = _last(call)
    return isinstance(last, gast.Constant) and last.value is False


def _last(call: gast.Call) -> gast.expr | None:
    """Which end of an OrderedDict is asked for."""
    by_place = call.args[1 if call.func.attr == "move_to_end" else 0 :]
    return next((one for one in (*by_place, *(k.value for k in call.keywords if k.arg == "last"))), None)


def bound_of(call: gast.Call) -> gast.expr | None:
    """The maxlen of a deque, if any."""
    given = [*call.args[1:], *(k.value for k in call.keywords if k.arg == "maxlen")]
    return next((g for g in given if not (isinstance(g, gast.Constant) and g.value is None)), None)


def _text(node: gast.expr) -> object:
    return node.id if isinstance(node, gast.Name) else id(node)


class _Writing:
    """Statements on such names in other words."""

    def __init__(self, own: dict[str, _Own], names: Names) -> None:
        self.own, self.names = own, names

    def block(self, block: list[gast.stmt]) -> None:
        done: list[gast.stmt] = []
        for s in block:
            if isinstance(s, gast.FunctionDef):
                done.append(s)
                continue
            done += self.statement(s)
            for inner in ("body", "orelse", "finalbody"):
                self.block(getattr(s, inner, None) or [])
            for handler in getattr(s, "handlers", None) or []:
                self.block(handler.body)
        block[:] = done

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as call) if name in self.own:
                return self.made(name, self.own[name], call, s)
            case (
                gast.Assign(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name))) as call)
                | gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name))) as call)
            ) if name in self.own and self.own[name].cls is collections.deque:
                return self.asked(name, self.own[name], call, s)
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=name), attr="move_to_end"), args=[key, *_]
                ) as call
            ) if name in self.own:
                return self.moved(name, key, is_from_start(call), s)
            case (
                gast.Assign(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="popitem")))
                | gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="popitem")))
            ) if name in self.own and is_from_start(s.value):
                return self.first_item(name, s)
            case (
                gast.Assign(value=gast.Subscript(value=gast.Name(id=name), slice=key))
                | gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name), slice=key))
            ) if name in self.own and self.own[name].missing is not None:
                return [*self.filled(name, key, s), s]
        return [s]

    def moved(self, name: str, key: gast.expr, to_start: bool, s: gast.stmt) -> list[gast.stmt]:
        item, rest = self.names.temporary(), self.names.temporary()
        text = f"{item} = {name}.pop(key__)\n{name}[key__] = {item}"
        if to_start:
            text = (
                f"{item} = {name}.pop(key__)\n{rest} = dict({name})\n{name}.clear()\n"
                f"{name}[key__] = {item}\n{name}.update({rest})"
            )
        return said(text, s, key__=key)

    def filled(self, name: str, key: gast.expr, s: gast.stmt) -> list[gast.stmt]:
        """What a defaultdict does before it gives an item."""
        test, new = self.names.temporary(), self.names.temporary()
        made = f"    {new} = {self.own[name].missing}\n    {name}[given__] = {new}"
        text = f"{test} = given__ not in {name}\nif {test}:\n{made}"
        return said(text, s, given__=key)

    def first_item(self, name: str, s: gast.Assign | gast.Expr) -> list[gast.stmt]:
        """y = d.popitem(last=False); of an empty dict Python's own error."""
        empty, nothing, keys, key, item, pair = (self.names.temporary() for _ in range(6))
        text = (
            f"{empty} = not {name}\nif {empty}:\n    {nothing} = {{}}\n    {nothing}.popitem()\n"
            f"{keys} = list({name})\n{key} = {keys}[0]\n{item} = {name}.pop({key})\n{pair} = ({key}, {item})"
        )
        given = [moved(gast.Assign(s.targets, load(pair), None), s)] if isinstance(s, gast.Assign) else []
        return [*said(text, s), *given]

    def made(self, name: str, own: _Own, call: gast.Call, s: gast.stmt) -> list[gast.stmt]:
        if own.cls is collections.defaultdict:
            return said(f"{name} = {{}}", s)
        if own.cls is collections.OrderedDict:
            return self.ordered(name, call, s)
        before: list[gast.stmt] = []
        bound = bound_of(call)
        if bound is not None:
            own.bound = self.names.fresh("maxlen")
            before = said(f"{own.bound} = given__", s, given__=bound)
        given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "iterable")]
        if not given:
            return [*before, *said(f"{name} = []", s)]
        if bound is None:
            return said(f"{name} = list(given__)", s, given__=given[0])
        t, size, over, start = (self.names.temporary() for _ in range(4))
        text = (
            f"{t} = list(given__)\n{size} = len({t})\n{over} = {size} - {own.bound}\n{start} = max({over}, 0)\n"
            f"{name} = {t}[{start}:]"
        )
        return [*before, *said(text, s, given__=given[0])]

    def ordered(self, name: str, call: gast.Call, s: gast.stmt) -> list[gast.stmt]:
        if call.args:
            return said(f"{name} = dict(given__)", s, given__=call.args[0])
        keys = [gast.Constant(k.arg, None) for k in call.keywords]
        shown = gast.Dict(keys, [k.value for k in call.keywords])
        return [moved(assign(name, shown), s)]

    def asked(self, name: str, own: _Own, call: gast.Call, s: gast.stmt) -> list[gast.stmt]:
        """A method of a deque as one of a list."""
        method, args = call.func.attr, call.args
        if method == "popleft":
            call.func.attr, call.args = "pop", [gast.copy_location(gast.Constant(0, None), s)]
            return [s]
        if isinstance(s, gast.Assign) or not (own.bound or method in ("appendleft", "extendleft", "rotate")):
            return [s]
        match method:
            case "append":
                return [s, *self.kept(name, own, "0", s)]
            case "appendleft":
                return [
                    *said(f"{name}.insert(0, given__)", s, given__=args[0]),
                    *self.kept(name, own, "-1", s),
                ]
            case "extend" | "extendleft":
                item, at = self.names.temporary(), "0" if method == "extendleft" else f"len({name})"
                add = f"{name}.insert(0, {item})" if at == "0" else f"{name}.append({item})"
                loop = said(f"for {item} in given__:\n    {add}", s, given__=args[0])
                loop[0].body += self.kept(name, own, "-1" if at == "0" else "0", s)
                return loop
            case "rotate":
                return self.rotated(name, args, s)
        return [s]

    def kept(self, name: str, own: _Own, end: str, s: gast.stmt) -> list[gast.stmt]:
        """What a bounded deque does after it has taken an item: it drops one at the other end."""
        if not own.bound:
            return []
        size, over = self.names.temporary(), self.names.temporary()
        text = f"{size} = len({name})\n{over} = {size} > {own.bound}\nif {over}:\n    {name}.pop({end})"
        return said(text, s)

    def rotated(self, name: str, args: list[gast.expr], s: gast.stmt) -> list[gast.stmt]:
        size, turn, cut, first, last, new = (self.names.temporary() for _ in range(6))
        by = args[0] if args else gast.Constant(1, None)
        text = (
            f"{size} = len({name})\nif {size}:\n    {turn} = given__ % {size}\n    {cut} = {size} - {turn}\n"
            f"    {first} = {name}[{cut}:]\n    {last} = {name}[:{cut}]\n    {new} = {first} + {last}\n"
            f"    {name}[:] = {new}"
        )
        return said(text, s, given__=by)
