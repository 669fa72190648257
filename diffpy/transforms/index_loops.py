"""Loops over what they change: normal form in, the same program with these loops running over an index out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, call, expression, load, store
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.loop_items import with_item

Block = list[gast.stmt]


class Source(NamedTuple):
    """What a loop runs over: a sequence, a dict, a view of one, or what enumerate, zip or reversed make of sources."""

    kind: str
    name: str = ""
    inner: tuple[Source, ...] = ()
    start: gast.expr | None = None
    size: str = ""  # the name of how many items there are
    keys: str = ""  # the name of a list of the dict's keys


_COMBINING = ("enumerate", "zip", "reversed")
VIEWS = ("values", "items")


class NoIndexError(Exception):
    """The loop runs through something that has no index."""


def view_of(called: gast.expr | None, dicts: Set[str]) -> Source | None:
    """The view that `params.items()` makes of one of these dicts; None for what is no such call."""
    match called:
        case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=view), args=[], keywords=[]):
            return Source(view, name) if view in VIEWS and name in dicts else None
    return None


def index_loops(
    tree: gast.FunctionDef,
    names: Names,
    wanted: Mapping[int, bool],
    sequences: Set[str],
    dicts: Set[str],
    builtin: Callable[[str], str],
    choosing: Callable[[gast.Call], bool] = lambda called: False,
) -> bool:
    """Rewrite the loops with these sites, in place; those that are False stay where they have no index. Whether any was.

    `sequences` are the names of arrays and lists, `dicts` those of dicts; `builtin` tells under which name the
    function finds a builtin, `choosing` whether a call hands out tuples of items of its first argument:
    itertools.combinations(xs, 2).

    Before:                             After:
        t1 = enumerate(a)                   t3 = len(a)
        for t2 in t1:                       t4 = range(t3)
            k, row = t2                     for t5 in t4:
            row[:] = k                          t6 = a[t5]
                                                t2 = (t5, t6)
                                                k, row = t2
                                                row[:] = k
    """
    loops = _IndexLoops(tree, names, wanted, sequences, dicts, builtin, choosing)
    loops.block(tree.body)
    return loops.found


class _IndexLoops:
    def __init__(
        self,
        tree: gast.FunctionDef,
        names: Names,
        wanted: Mapping[int, bool],
        sequences: Set[str],
        dicts: Set[str],
        builtin: Callable[[str], str],
        choosing: Callable[[gast.Call], bool],
    ) -> None:
        self.choosing = choosing
        self.names, self.wanted, self.builtin = names, wanted, builtin
        self.sequences, self.dicts = sequences, dicts
        every = list(every_statement(tree.body))
        bound = Counter(n for s in every for n in flow.names_written(s))
        self.read = flow.loads(tree)
        self.made = {
            s.targets[0].id: s
            for s in every
            if isinstance(s, gast.Assign)
            and isinstance(s.targets[0], gast.Name)
            and isinstance(s.value, gast.Call)
            and bound[s.targets[0].id] == 1
        }
        self.gone: set[int] = set()
        self.found = False

    def block(self, block: Block) -> None:
        done: Block = []
        for s in block:
            if not isinstance(s, gast.FunctionDef):
                for field in ("body", "orelse", "finalbody"):
                    self.block(getattr(s, field, None) or [])
                for handler in getattr(s, "handlers", None) or []:
                    self.block(handler.body)
            wanted = isinstance(s, gast.For) and getattr(s, "site", None) in self.wanted
            done += self.rewritten(s, done) if wanted else [s]
        block[:] = [s for s in done if id(s) not in self.gone]

    def rewritten(self, s: gast.For, earlier: Block) -> Block:
        chosen = self.chosen(s, earlier)
        if chosen is not None:
            return chosen
        try:
            source = self.source(s.iter.id, earlier)
        except NoIndexError:
            if self.wanted[s.site]:
                raise
            return [s]
        self.drop(s.iter.id)
        self.found = True
        before: Block = []
        source = self.measured(self.held(source, s, before), before)
        span, k = self.names.temporary(), self.names.temporary()
        before.append(assign(span, call(load(self.builtin("range")), load(source.size))))
        body: Block = []
        if source.kind == "reversed":
            back = self.names.temporary()
            before.append(assign(back, call(load(self.builtin("reversed")), load(span))))
            span, source = back, source.inner[0]
        self.item(source, k, s.target.id, body)
        inside = with_item([at(one, s) for one in body], s.body, self.read)
        loop = gast.copy_location(gast.For(store(k), load(span), inside, [], None), s)
        return [*(at(one, s) for one in before), at(loop, s)]

    def chosen(self, s: gast.For, earlier: Block) -> Block | None:
        """`for a, b in combinations(xs, 2)` by the places of the items; None for other loops."""
        made = self.made.get(s.iter.id)
        match made.value if made is not None else None:
            case (
                gast.Call(
                    func=func, args=[gast.Name(id=name), gast.Constant(value=int(count))], keywords=[]
                ) as called
            ) if self.choosing(called) and name in self.sequences:
                pass
            case _:
                return None
        since = next((k for k, one in enumerate(earlier) if one is made), None)
        own = flow.all_written([*earlier[since:], *s.body]) if since is not None else {name}
        if self.read[s.iter.id] != 1 or name in own | flow.names_written(s.target):
            return None
        self.gone.add(id(made))
        self.found = True
        size, span, places, chosen = (self.names.temporary() for _ in range(4))
        parts = [(self.names.temporary(), self.names.temporary()) for _ in range(count)]
        before = [
            assign(size, call(load(self.builtin("len")), load(name))),
            assign(span, call(load(self.builtin("range")), load(size))),
            assign(chosen, gast.Call(func, [load(span), gast.Constant(count, None)], [])),
        ]
        taken = gast.Tuple([store(k) for k, _ in parts], gast.Store())
        body: Block = [gast.Assign([taken], load(places), None)]
        body += [assign(one, gast.Subscript(load(name), load(k), gast.Load())) for k, one in parts]
        body.append(assign(s.target.id, gast.Tuple([load(one) for _, one in parts], gast.Load())))
        loop = gast.For(store(places), load(chosen), [*(at(one, s) for one in body), *s.body], [], None)
        return [*(at(one, s) for one in before), gast.copy_location(at(loop, s), s)]

    def drop(self, name: str) -> None:
        """Iterators that only the loop has asked are made no more."""
        made = None if name in self.sequences | self.dicts else self.made.get(name)
        if made is not None:
            self.gone.add(id(made))
            for one in made.value.args:
                self.drop(one.id) if isinstance(one, gast.Name) else None

    def source(self, name: str, earlier: Block) -> Source:
        """What the loop runs through from its start: iterators that the block has made for it alone."""
        made = self.made.get(name)
        called = made.value if made is not None else None
        if name in self.sequences:
            return Source("sequence", name)
        if name in self.dicts:
            return Source("keys", name)
        if (view := view_of(called, self.dicts)) is not None:
            self.check_made(made, name, {view.name}, earlier)
            return view
        if called is None or not isinstance(called.func, gast.Name):
            raise NoIndexError
        combined = called.func.id
        args = called.args
        start = next((one.value for one in called.keywords if one.arg == "start"), None)
        if combined == "enumerate" and len(args) == 2:
            args, start = args[:1], args[1]
        known = combined in _COMBINING and self.builtin(combined) == combined
        if not known or not all(isinstance(a, gast.Name) for a in args):
            raise NoIndexError
        self.check_made(made, name, {a.id for a in args}, earlier)
        return Source(combined, "", tuple(self.source(a.id, earlier) for a in args), start)

    def check_made(self, made: gast.Assign, name: str, of: set[str], earlier: Block) -> None:
        """The block has made an iterator for the loop alone, of what its names still stand for."""
        since = next((k for k, one in enumerate(earlier) if one is made), None)
        if since is None or self.read[name] != 1 or of & flow.all_written(earlier[since:]):
            raise NoIndexError

    def held(self, source: Source, s: gast.For, before: Block) -> Source:
        """A name that the loop binds again goes on standing for the old sequence here."""
        if not source.name:
            return source._replace(inner=tuple(self.held(one, s, before) for one in source.inner))
        if source.name not in flow.all_written(s.body) | flow.names_written(s.target):
            return source
        name = self.names.fresh(source.name)
        before.append(assign(name, load(source.name)))
        return source._replace(name=name)

    def measured(self, source: Source, before: Block) -> Source:
        """The source with names for how many items it and its parts hand out."""
        if source.kind in ("keys", *VIEWS):
            keys = self.names.fresh("keys")
            before.append(assign(keys, call(load(self.builtin("list")), load(source.name))))
            source = source._replace(keys=keys)
        if source.name:
            name = self.names.temporary()
            before.append(assign(name, call(load(self.builtin("len")), load(source.keys or source.name))))
            return source._replace(size=name)
        inner = tuple(self.measured(one, before) for one in source.inner)
        if len(inner) == 1:
            return source._replace(inner=inner, size=inner[0].size)
        name = self.names.temporary()
        before.append(assign(name, call(load(self.builtin("min")), *(load(one.size) for one in inner))))
        return source._replace(inner=inner, size=name)

    def item(self, source: Source, k: str, target: str, body: Block) -> None:
        """target = what the source hands out at k."""
        match source.kind:
            case "sequence" | "keys":
                value: gast.expr = gast.Subscript(load(source.keys or source.name), load(k), gast.Load())
            case "values" | "items":
                key = self.names.fresh("key")
                body.append(assign(key, gast.Subscript(load(source.keys), load(k), gast.Load())))
                value = gast.Subscript(load(source.name), load(key), gast.Load())
                if source.kind == "items":
                    part = self.names.temporary()
                    body.append(assign(part, value))
                    value = gast.Tuple([load(key), load(part)], gast.Load())
            case "reversed":
                left, place = self.names.temporary(), self.names.temporary()
                body.append(assign(left, expression(f"{source.size} - {k}")))
                body.append(assign(place, expression(f"{left} - 1")))
                return self.item(source.inner[0], place, target, body)
            case _:
                parts = [self.names.temporary() for _ in source.inner]
                for one, part in zip(source.inner, parts, strict=True):
                    self.item(one, k, part, body)
                found: list[gast.expr] = [load(part) for part in parts]
                if source.kind == "enumerate":
                    found.insert(0, self.counted(k, source.start, body))
                value = gast.Tuple(found, gast.Load())
        body.append(assign(target, value))
        return None

    def counted(self, k: str, start: gast.expr | None, body: Block) -> gast.expr:
        if start is None:
            return load(k)
        count = self.names.temporary()
        body.append(assign(count, expression(f"{k} + start", start=start)))
        return load(count)
