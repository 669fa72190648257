"""What loops, unpacking and * ask for, in calls: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

import types
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Iterator, Known, Object, Range, Struct, TupleOf
from diffpy.syntax.build import assign, at, constant, load
from diffpy.syntax.names import Names
from diffpy.transforms.inline import site_of


def expand_iterators(tree: gast.FunctionDef, facts: Facts, names: Names) -> bool:
    """Name what runs through an iterator that others ask too, or through an object; in place. Whether anything was.

    Before:                         After:
        it = iter(xs)                   it = iter(xs)
        a = next(it)                    a = next(it)
        for v in it: ...                t1 = iter(it)
                                        for v in t1: ...
        (a, b) = zip(*pairs)            t2 = tuple(zip(*pairs))
                                        (a, b) = t2
        xs = (a, b)                     xs = (a, b)
        it = map(f, xs)                 t3 = f(xs[0])
        (c, d) = it                     t4 = f(xs[1])
                                        (c, d) = (t3, t4)
        setattr(o, "f", v)              o.f = v
        d = vars(o)                     d = o.__dict__
    """
    found = _Iterators(facts, names, tree)
    found.block(tree.body)
    return found.found


class _Iterators:
    def __init__(self, facts: Facts, names: Names, tree: gast.FunctionDef) -> None:
        self.facts, self.names = facts, names
        self.reads = flow.loads(tree)
        self.found = False

    def block(self, block: list[gast.stmt]) -> None:
        done: list[gast.stmt] = []
        for s in block:
            if not isinstance(s, gast.FunctionDef):
                done += self.before(s, done)
                for inner in ("body", "orelse", "finalbody"):
                    self.block(getattr(s, inner, None) or [])
                for handler in getattr(s, "handlers", None) or []:
                    self.block(handler.body)
            done.append(self.stored(s))
        block[:] = done

    def before(self, s: gast.stmt, earlier: list[gast.stmt]) -> list[gast.stmt]:
        """What is to be computed before the statement; the statement then uses that."""
        match s:
            case gast.For(iter=gast.Name() as x) if self.is_object(x) or self.is_asked_elsewhere(x, earlier):
                s.iter, made = self.called("iter", x, s)
                return [made]
            case (
                gast.Assign(targets=[gast.Tuple()], value=gast.Name() as x) | gast.For(iter=gast.Name() as x)
            ) if self.is_flat(x, earlier):
                earlier[-1].value.attr = "ravel"
                earlier[-1].value = at(gast.Call(earlier[-1].value, [], []), earlier[-1])
                self.found = True
                return []
            case gast.Assign(targets=[gast.Tuple()], value=gast.Name() as x) if self.is_mapped(x, earlier):
                return self.mapped(earlier.pop().value, s)
            case gast.Assign(
                value=gast.Call(func=gast.Name() as func, args=[gast.Name() as x], keywords=[])
            ) if (self.is_known(func, list) or self.is_known(func, tuple)) and self.is_mapped(x, earlier):
                made = self.mapped(earlier.pop().value, s)
                shown = made.pop().value.elts
                display = gast.Tuple if self.is_known(func, tuple) else gast.List
                s.value = gast.copy_location(display(shown, gast.Load()), s)
                return made
            case gast.Assign(targets=[gast.Tuple()], value=gast.Name() as x) if self.is_handing_out(x):
                s.value, made = self.called("tuple", x, s)
                return [made]
            case gast.Assign(value=value) | gast.Expr(value=value):
                given = value.args if isinstance(value, gast.Call) else getattr(value, "elts", [])
                return [one for e in given for one in self.spread(e, s)]
        return []

    def spread(self, e: gast.expr, s: gast.stmt) -> list[gast.stmt]:
        if not isinstance(e, gast.Starred) or not isinstance(e.value, gast.Name):
            return []
        if not self.is_handing_out(e.value):
            return []
        e.value, made = self.called("tuple", e.value, s)
        return [made]

    def stored(self, s: gast.stmt) -> gast.stmt:
        """setattr(o, "f", v), d = vars(o)"""
        match s:
            case gast.Expr(
                value=gast.Call(
                    func=gast.Name() as func,
                    args=[gast.Name() as x, gast.Constant(value=str() as name), v],
                    keywords=[],
                )
            ) if name.isidentifier() and self.is_known(func, setattr):
                self.found = True
                return gast.copy_location(gast.Assign([gast.Attribute(x, name, gast.Store())], v, None), s)
            case gast.Assign(
                value=gast.Call(func=gast.Name() as func, args=[gast.Name() as x], keywords=[]) as called
            ) if self.is_known(func, vars):
                self.found = True
                s.value = at(gast.Attribute(x, "__dict__", gast.Load()), called)
        return s

    def called(self, function: str, x: gast.Name, s: gast.stmt) -> tuple[gast.Name, gast.stmt]:
        self.found = True
        held = self.names.temporary()
        value = gast.copy_location(gast.Call(load(function), [x], []), s)
        value.site = site_of(s)  # a loop may be written anew
        made = gast.Assign([gast.Name(held, gast.Store(), None, None)], value, None)
        return gast.copy_location(load(held), x), gast.copy_location(made, s)

    def is_known(self, node: gast.Name, wanted: object) -> bool:
        kind = self.facts.kind(node)
        return isinstance(kind, Known) and kind.value is wanted

    def is_object(self, x: gast.Name) -> bool:
        """Whether x is of a class whose own __iter__ says what a loop runs over."""
        kind = self.facts.kind(x)
        return isinstance(kind, Struct | Object) and isinstance(
            getattr(kind.cls, "__iter__", None), types.FunctionType
        )

    def is_handing_out(self, x: gast.Name) -> bool:
        kind = self.facts.kind(x)
        return self.is_object(x) or (isinstance(kind, Iterator) and not isinstance(kind, Range))

    def is_mapped(self, x: gast.Name, earlier: list[gast.stmt]) -> bool:
        """Whether x is map(f, t) of a tuple, made by the statement before for this one alone."""
        match earlier[-1:]:
            case [
                gast.Assign(
                    targets=[gast.Name(id=y)],
                    value=gast.Call(
                        func=gast.Name() as func, args=[gast.Name(), gast.Name() as t], keywords=[]
                    ),
                )
            ]:
                alone = y == x.id and self.reads[y] == 1 and self.is_known(func, map)
                return alone and isinstance(self.facts.kind(t), TupleOf)
        return False

    def mapped(self, called: gast.Call, s: gast.Assign) -> list[Any]:
        """A call for each item, and the name of the tuple of what they give."""
        self.found = True
        function, items = called.args
        kind = self.facts.kind(items)
        count = len(kind.items) if isinstance(kind, TupleOf) else 0
        parts = [self.names.temporary() for _ in range(count)]
        made: list[Any] = []
        for k, part in enumerate(parts):
            item = self.names.temporary()
            taken = gast.Subscript(load(items.id), constant(k), gast.Load())
            made += [assign(item, taken, s), assign(part, gast.Call(load(function.id), [load(item)], []), s)]
        held = self.names.temporary()
        made.append(assign(held, gast.Tuple([load(p) for p in parts], gast.Load()), s))
        s.value = gast.copy_location(load(held), s.value)
        return made

    def is_flat(self, x: gast.Name, earlier: list[gast.stmt]) -> bool:
        """Whether x is array.flat, made by the statement before for this one alone."""
        match earlier[-1:]:
            case [
                gast.Assign(
                    targets=[gast.Name(id=y)], value=gast.Attribute(value=gast.Name() as array, attr="flat")
                )
            ]:
                return y == x.id and self.reads[y] == 1 and isinstance(self.facts.kind(array), Array)
        return False

    def is_asked_elsewhere(self, x: gast.Name, earlier: list[gast.stmt]) -> bool:
        """Whether others than this loop, or than this run of it, may take items of the iterator."""
        kind = self.facts.kind(x)
        if not isinstance(kind, Iterator) or isinstance(kind, Range) or not kind.may_differ:
            return False
        is_made_here = any(x.id in flow.names_written(s) for s in earlier)
        return self.reads[x.id] > 1 or not is_made_here
