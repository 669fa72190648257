"""Changes in place in other words: renamed normal form and its facts in, the same program in plain stores out."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Set
from typing import Any

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.calls import MethodCall, OpenCall, TableCall
from diffpy.analysis.facts import Facts, key_of
from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Scalar,
    Struct,
    dtype_of,
    is_complex,
    is_surely_array,
)
from diffpy.analysis.out_arguments import may_write, with_out_named
from diffpy.rules import cotangents
from diffpy.syntax.build import expression, load, placed, statements, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms import along_axis, buffer_stores, flat_stores, masked_stores, shuffles
from diffpy.transforms.blocks import blocks_below, every_statement, rebuild
from diffpy.transforms.known_objects import known_as
from diffpy.transforms.method_stores import METHODS
from diffpy.transforms.spread_items import spread_items

Written = list[gast.stmt] | None  # None: stays as it is


def expand_stores(tree: gast.FunctionDef, facts: Facts, names: Names, objects: dict[str, object]) -> bool:
    """Rewrite calls and methods that store, and items that are updated; in place. Whether anything was.

    Before:                         After:
        np.copyto(a, b)                 a[...] = b
        np.sin(x, out=a)                t1 = np.sin(x)
                                        a[...] = t1
        xs[k] += v                      t2 = xs[k]
                                        t3 = t2 + v
                                        xs[k] = t3
    """
    stores = _Stores(facts, names, objects)
    stores.begun, stores.reads = _begun(tree), flow.loads(tree)
    tree.body = rebuild(tree.body, stores.statement)
    if stores.found:
        _drop_idle(tree, stores.counted.keys())
        _drop_idle(tree, stores.flats.keys())
    return stores.found


def _drop_idle(tree: gast.FunctionDef, held: Set[str]) -> None:
    """Drop what gives a name to what nothing runs through any more."""
    idle = held - {n for s in every_statement(tree.body) for n in flow.names_read(s)}
    if idle:
        tree.body = rebuild(tree.body, lambda s: [] if flow.names_written(s) & idle else [s])


def _begun(tree: gast.FunctionDef) -> set[str]:
    """Names that are bound in the block of the one loop that runs through them, and that no call is given."""
    given = {n for c in nodes(tree) if isinstance(c, gast.Call) for a in c.args for n in flow.names_read(a)}
    loops = Counter(s.iter.id for s in every_statement(tree.body) if isinstance(s, gast.For))
    found = set()
    for block in blocks_below(tree.body):
        bound: set[str] = set()
        for s in block:
            if isinstance(s, gast.For) and s.iter.id in bound and loops[s.iter.id] == 1:
                found.add(s.iter.id)
            bound |= flow.names_written(s)
    return found - given


class _Stores:
    def __init__(self, facts: Facts, names: Names, objects: dict[str, object]) -> None:
        self.facts, self.names, self.objects = facts, names, objects
        self.found = False
        self.flats: dict[str, gast.expr] = {}  # names of arrays laid flat
        self.counted: dict[str, tuple[gast.expr, str]] = {}  # of what counts their items, and how
        self.reads: Counter[str] = Counter()
        self.begun: set[str] = set()  # iterators that a loop takes from their first item on

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        written = self.rewritten(s)
        self.found = self.found or written is not None
        return [s] if written is None else written

    def rewritten(self, s: gast.stmt) -> Written:
        self.flats |= {name: base for name, base in flat_stores.laid_flat(s) if self.is_array(base)}
        self.count(s)
        match s:
            case (
                gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))])
                | gast.Assign(value=gast.Subscript(value=gast.Name(id=name)))
                | gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name)))
            ) if name in self.flats:
                return self.flat(self.flats[name], s)
            case gast.For(iter=gast.Name(id=name)) if name in self.flats and name in self.begun:
                return self.all_placed(flat_stores.rows(self, s, self.flats[name]), s)
            case gast.For(iter=gast.Name(id=name)) if name in self.counted and name in self.begun:
                return self.all_placed(flat_stores.rows(self, s, *self.counted[name]), s)
            case gast.Assign(targets=[gast.Attribute(value=base, attr="real" | "imag" | "flat")]) if (
                self.is_array(base)
            ):
                return self.part(s, s.targets[0])
            case gast.AugAssign(target=gast.Attribute(value=base, attr="real" | "imag")) if self.is_array(
                base
            ):
                return self.part(s, s.target)
            case gast.AugAssign(op=gast.FloorDiv() | gast.Mod()):
                return self.stepped(s)
            case gast.AugAssign(target=gast.Subscript() | gast.Attribute()):
                return self.updated(s)
            case gast.AugAssign(target=gast.Name(id=name), op=gast.Mult()):
                return self.repeated(name, s)
            case gast.AugAssign(target=gast.Name(id=name), op=gast.BitOr()) if isinstance(
                self.kind(name), DictOf
            ):
                return self.said("xs.update(v)", s, xs=load(name), v=s.value)
            case gast.Assign(value=gast.List(elts=elts) | gast.Tuple(elts=elts)):
                return self.spread(s, elts)
            case gast.Delete(targets=[gast.Subscript(value=gast.Name() as base) as target]):
                return self.deleted(base, target, s)
            case gast.Expr(value=gast.Call() as called) | gast.Assign(value=gast.Call() as called):
                return self.called(s, called)
        return None

    def count(self, s: gast.stmt) -> None:
        """Note enumerate(a.flat) and np.ndenumerate(a)."""
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(args=[gast.Name() as x], keywords=[]) as c
            ):
                function = getattr(self.facts.calls.get(id(c)), "function", None) or getattr(
                    self.kind(c.func) if isinstance(c.func, gast.Name) else None, "value", None
                )
                if function is enumerate and x.id in self.flats and self.reads[x.id] == 1:
                    self.counted[name] = (self.flats[x.id], "numbers")
                if function is np.ndenumerate and self.is_array(x):
                    self.counted[name] = (x, "places")

    def spread(self, s: gast.Assign, elts: list[gast.expr]) -> Written:
        """[*a] of an array: its rows."""
        done: list[gast.stmt] = []
        for e in elts:
            if isinstance(e, gast.Starred) and self.is_array(e.value):
                rows = self.temporary()
                done.append(
                    gast.Assign([store(rows)], gast.Call(self.known_as("list", list), [e.value], []), None)
                )
                e.value = load(rows)
        return placed([*done, s], s) if done else None

    def repeated(self, name: str, s: gast.AugAssign) -> Written:
        """xs *= n of a list."""
        kind = self.kind(name)
        if not isinstance(kind, ListOf) or isinstance(kind, AnyTuple):
            return None
        value = self.temporary()
        return self.said(f"{value} = xs * n\nxs[:] = {value}", s, xs=load(name), n=s.value)

    def kind(self, node: gast.expr | str) -> Kind:
        return self.facts.kind(node)

    def temporary(self) -> str:
        return self.names.temporary()

    # Items and fields

    def updated(self, s: gast.AugAssign) -> Written:
        """xs[k] += v, o.f += v on lists, dicts and objects."""
        base = s.target.value
        if not isinstance(base, gast.Name) or not _holds(self.kind(base)):
            return None
        old, new = self.temporary(), self.temporary()
        item = self.item_kind(s.target)
        first = gast.Assign([store(old)], _loaded(s.target), None)
        last = gast.Assign([s.target], load(new), None)
        if isinstance(item, Scalar | Inert):
            change = [gast.Assign([store(new)], gast.BinOp(load(old), s.op, s.value), None)]
        elif type(item) is Kind and isinstance(self.kind(base), Struct):
            return None
        else:  # what is no number may change itself
            copy = gast.Assign([store(new)], load(old), None)
            change = [copy, gast.AugAssign(store(new), s.op, s.value)]
        return placed([first, *change, last], s)

    def flat(self, a: gast.expr, s: gast.stmt) -> Written:
        """A store into, or a read of, an array laid flat."""
        match s:
            case gast.AugAssign(target=target, op=op, value=v):
                return self.all_placed(flat_stores.updated(self, s, a, target.slice, op, v), s)
            case gast.Assign(targets=[gast.Subscript(slice=k)], value=v):
                return self.all_placed(flat_stores.stored(self, s, a, k, v), s)
        return self.all_placed(flat_stores.read(self, s, a, s.value.slice), s)

    def all_placed(self, made: Written, s: gast.stmt) -> Written:
        return None if made is None else placed(made, s)

    def part(self, s: gast.Assign | gast.AugAssign, target: gast.Attribute) -> Written:
        """z.real = v, z.real *= v, a.flat = v"""
        whole = gast.Slice(None, None, None)
        if target.attr == "flat":
            return self.all_placed(flat_stores.stored(self, s, target.value, whole, s.value), s)
        view = self.temporary()
        made = self.said(f"{view} = z.{target.attr}\n{view}[...] = v", s, z=target.value, v=s.value)
        if isinstance(s, gast.AugAssign):
            made[-1] = gast.copy_location(gast.AugAssign(made[-1].targets[0], s.op, s.value), s)
        return made

    def stepped(self, s: gast.AugAssign) -> Written:
        """a //= v, and a[k] //= v: what has no derivative in place has one as a store."""
        a = s.target if isinstance(s.target, gast.Name) else s.target.value
        kind = self.kind(a)
        if not isinstance(a, gast.Name) or not is_surely_array(kind) or is_complex(self.kind(s.value)):
            return self.updated(s) if not isinstance(s.target, gast.Name) else None
        if not (isinstance(kind, Array) and str(kind.dtype).startswith("float")):
            return None
        place = s.target
        if isinstance(place, gast.Name):
            place = gast.Subscript(load(a.id), gast.Constant(Ellipsis, None), gast.Store())
        old, new = self.temporary(), self.temporary()
        first = gast.Assign([store(old)], _loaded(place), None)
        made = gast.Assign([store(new)], gast.BinOp(load(old), s.op, s.value), None)
        return placed([first, made, gast.Assign([place], load(new), None)], s)

    def repeated_values(
        self, s: gast.stmt, v: gast.expr, where: gast.expr
    ) -> tuple[list[gast.stmt], gast.expr]:
        return _repeated(self, s, v, where)

    def item_kind(self, target: gast.expr) -> Kind:
        kind = self.kind(target.value)
        if isinstance(target, gast.Attribute):
            return kind.field(target.attr) or Kind() if isinstance(kind, Struct) else Kind()
        if isinstance(target.slice, gast.Slice):
            return Kind()
        if isinstance(kind, DictOf):
            return kind.entry(key_of(target.slice))
        return kind.item if isinstance(kind, ListOf) else Kind()

    def deleted(self, base: gast.Name, target: gast.Subscript, s: gast.stmt) -> Written:
        kind = self.kind(base)
        if isinstance(kind, DictOf) or (
            isinstance(kind, ListOf) and not isinstance(target.slice, gast.Slice | gast.Tuple)
        ):
            return self.said("xs.pop(k)", s, xs=base, k=target.slice)
        if isinstance(kind, ListOf) and isinstance(target.slice, gast.Slice) and target.slice.step is None:
            nothing = self.temporary()
            emptied = gast.Assign([gast.Subscript(base, target.slice, gast.Store())], load(nothing), None)
            return placed([*self.said(f"{nothing} = []", s), emptied], s)
        return None

    def said(self, text: str, s: gast.stmt, **parts: gast.expr) -> list[gast.stmt]:
        return placed(statements(text, s, **parts), s)

    # Calls

    def called(self, s: gast.stmt, called: gast.Call) -> Written:
        asked = self.facts.calls.get(id(called))
        moved = shuffles.shuffled(self, s, called, getattr(asked, "function", None))
        if moved is not None:
            return moved
        match asked:
            case MethodCall() as found:
                return self.method(s, found)
            case TableCall(function=function) | OpenCall(function=function):
                return self.of_container(s, called) or self.known(
                    s, called, function or self.array_method(called)
                )
        return None

    def array_method(self, called: gast.Call) -> object:
        func = called.func
        on_array = isinstance(func, gast.Attribute) and self.is_array(func.value)
        return getattr(np.ndarray, func.attr, None) if on_array else None

    def of_container(self, s: gast.stmt, called: gast.Call) -> Written:
        """xs.sort(key=f), d.update(other, k=v)."""
        func = called.func
        if not isinstance(func, gast.Attribute) or not isinstance(func.value, gast.Name):
            return None
        kind = self.kind(func.value)
        if func.attr == "sort" and not called.args and isinstance(kind, ListOf):
            value = self.temporary()
            made = gast.Call(load("sorted"), [func.value], called.keywords)
            first = gast.Assign([store(value)], made, None)
            return placed(
                [first, *self.said(f"xs[:] = {value}", s, xs=func.value), *self.given_nothing(s)], s
            )
        if func.attr == "update" and isinstance(kind, DictOf) and all(k.arg for k in called.keywords):
            first = [gast.Expr(gast.Call(func, called.args, []))] if called.args else []
            stored = [
                gast.Assign(
                    [gast.Subscript(func.value, gast.Constant(k.arg, None), gast.Store())], k.value, None
                )
                for k in called.keywords
            ]
            return placed([*first, *stored, *self.given_nothing(s)], s)
        return None

    def known(self, s: gast.stmt, called: gast.Call, function: Any) -> Written:
        args, keywords = called.args, {k.arg: k.value for k in called.keywords}
        if None in keywords or any(isinstance(a, gast.Starred) for a in args):
            return None
        if function is np.ndarray.view and not args and not keywords and isinstance(s, gast.Assign):
            whole = gast.Subscript(called.func.value, gast.Constant(Ellipsis, None), gast.Load())
            return placed([gast.Assign(s.targets, whole, None)], s)
        writing = _WRITING.get(function) if function.__hash__ is not None else None
        if function is cotangents.add_at:
            writing = _add_at
        giving = _GIVING.get(function) if function.__hash__ is not None else None
        if giving is not None:
            return giving(self, s, args, keywords)
        if getattr(function, "__name__", "") == "at":
            ufunc = getattr(function, "__self__", None)
            if isinstance(ufunc, np.ufunc) and ufunc not in _AT and not keywords:
                found = flat_stores.one_by_one(self, s, ufunc, args)
                return None if found is None else [*placed(found, s), *self.given_nothing(s)]
            writing = _AT.get(ufunc, writing)
        if writing is not None:
            found = writing(self, s, args, keywords)
            return None if found is None else [*found, *self.given_nothing(s)]
        if isinstance(function, np.ufunc) and len(args) > function.nin and function.nout == 1:
            keywords["out"] = args[function.nin]
            args = args[: function.nin]
        elif not isinstance(function, np.ufunc):
            args, named = with_out_named(function, args, self.array_method(called))
            keywords |= named
        is_known = function is not None and may_write(function)
        if is_known and isinstance(self.kind(keywords.get("out", "")), Array):
            return self.into(s, called.func, args, keywords)
        return None

    def given_nothing(self, s: gast.stmt) -> list[gast.stmt]:
        """The result of a call that returns None."""
        return (
            placed([gast.Assign(s.targets, gast.Constant(None, None), None)], s)
            if isinstance(s, gast.Assign)
            else []
        )

    def into(self, s: gast.stmt, func: gast.expr, args: list, keywords: dict[str, gast.expr]) -> Written:
        """y = f(x, out=a)."""
        out = keywords.pop("out")
        if "casting" not in keywords and not self.holds_values_of(out, args):
            return None
        if "where" in keywords:
            return self.into_where(s, func, args, keywords, out)
        value = self.temporary()
        given = [gast.keyword(k, v) for k, v in keywords.items()]
        first = gast.Assign([store(value)], gast.Call(func, list(args), given), None)
        whole = gast.Subscript(out, gast.Constant(Ellipsis, None), gast.Store())
        return self.giving(s, [first, gast.Assign([whole], load(value), None)], out)

    def holds_values_of(self, out: gast.expr, args: list[gast.expr]) -> bool:
        """Whether an array takes what an operation makes of these; NumPy puts no real number into one of integers."""
        kinds = (kind for kind in map(self.kind, args) if isinstance(kind, Array | Scalar))
        ranks = [_RANKS.get(dtype_of(kind)[:1], 0) for kind in kinds]
        kind = self.kind(out)
        return not isinstance(kind, Array) or _RANKS.get(kind.dtype[:1], 3) >= max(ranks, default=0)

    def into_where(
        self, s: gast.stmt, func: gast.expr, args: list, keywords: dict, out: gast.expr
    ) -> Written:
        """np.f(x, out=a, where=m): operands where the mask holds, into the places where it holds."""
        mask = keywords.pop("where")
        if keywords or not self.may_be_mask(mask):
            return None
        done: list[gast.stmt] = []
        mask = self.spread_mask(s, mask, out, done)
        given = []
        for a in args:
            part, shaped = self.temporary(), self.temporary()
            if not isinstance(self.kind(a), Scalar):
                done += self.broadcast(s, shaped, a, out)
                done += self.said(f"{part} = {shaped}[mask]", s, mask=mask)
                given.append(load(part))
            else:
                given.append(a)
        value = self.temporary()
        done.append(gast.Assign([store(value)], gast.Call(func, given, []), None))
        done.append(gast.Assign([gast.Subscript(out, mask, gast.Store())], load(value), None))
        return self.giving(s, done, out)

    def may_be_mask(self, mask: gast.expr) -> bool:
        """Whether it is no array of other than bools: NumPy would take none."""
        kind = self.kind(mask)
        return dtype_of(kind) == "bool" if isinstance(kind, Array | Scalar) else True

    def spread_mask(self, s: gast.stmt, mask: gast.expr, out: gast.expr, done: list[gast.stmt]) -> gast.expr:
        """The mask over all axes of the array that is written to."""
        if not isinstance(self.kind(mask), Array):
            spread = self.temporary()
            function = self.known_as("mask_over", cotangents.mask_over)
            done += self.said(f"{spread} = function(mask, out)", s, function=function, mask=mask, out=out)
            return load(spread)
        dims = [kind.dims for kind in (self.kind(mask), self.kind(out)) if isinstance(kind, Array)]
        if len(dims) == 2 and dims[0] is not None and dims[0] == dims[1]:
            return mask
        spread = self.temporary()
        done += self.broadcast(s, spread, mask, out)
        return load(spread)

    def broadcast(self, s: gast.stmt, y: str, x: gast.expr, out: gast.expr) -> list[gast.stmt]:
        """y: x over the shape of another array."""
        shape = self.temporary()
        text = f"{shape} = out.shape\n{y} = np.broadcast_to(x, {shape})"
        return self.said(text, s, np=self.numpy(), x=x, out=out)

    def giving(self, s: gast.stmt, done: list[gast.stmt], value: gast.expr) -> list[gast.stmt]:
        if isinstance(s, gast.Assign):
            done.append(gast.Assign(s.targets, value, None))
        return placed(done, s)

    def numpy(self) -> gast.Name:
        return self.known_as("np", np)

    def known_as(self, stem: str, wanted: object) -> gast.Name:
        """The name under which the function finds an object."""
        return known_as(wanted, stem, self.names, self.objects)

    def is_array(self, node: gast.expr | None) -> bool:
        return isinstance(node, gast.Name) and isinstance(self.kind(node), Array)

    # Methods of lists and dicts

    def method(self, s: gast.stmt, found: MethodCall) -> Written:
        if any(isinstance(a, gast.Starred) for a in found.args):
            return spread_items(s, found, self.kind, self.temporary)
        writing = METHODS.get((type(self.kind(found.base)), found.method))
        if writing is None or isinstance(self.kind(found.base), AnyTuple):
            return None
        return writing(self, s, found)

    def on_list(self, s: gast.stmt, text: str, found: MethodCall) -> Written:
        """A statement in place of a method that returns None."""
        value = self.temporary()
        parts = {f"a{k}": a for k, a in enumerate(found.args)}
        return [*self.said(text.replace("value", value), s, xs=found.base, **parts), *self.given_nothing(s)]


def _copyto(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    if len(args) != 2 or keywords.keys() - {"where"} or not self.is_array(args[0]):
        return None
    if "where" in keywords:
        mask, part, shaped = keywords["where"], self.temporary(), self.temporary()
        if not self.may_be_mask(mask):
            return None
        done: list[gast.stmt] = []
        mask = self.spread_mask(s, mask, args[0], done)
        if isinstance(self.kind(args[1]), Scalar):
            return [*placed(done, s), *self.said("a[mask] = v", s, a=args[0], mask=mask, v=args[1])]
        return [
            *placed(done, s),
            *self.broadcast(s, shaped, args[1], args[0]),
            *self.said(f"{part} = {shaped}[mask]", s, mask=mask),
            *self.said(f"a[mask] = {part}", s, a=args[0], mask=mask),
        ]
    return self.said("a[...] = v", s, a=args[0], v=args[1])


def _fill(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    if isinstance(s, gast.Assign) or keywords:
        return None
    base = s.value.func.value if len(args) == 1 else args[0]
    return self.said("a[...] = v", s, a=base, v=args[-1]) if self.is_array(base) else None


def _fill_diagonal(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    kind = self.kind(args[0]) if args else Kind()
    if len(args) != 2 or keywords or not isinstance(kind, Array):
        return None
    if kind.dims is None or len(kind.dims) != 2:
        return _fill_some_diagonal(self, s, *args)
    shape, size, where = self.temporary(), self.temporary(), self.temporary()
    before = [
        *self.said(f"{shape} = a.shape", s, a=args[0]),
        *self.said(f"{size} = min({shape})", s),
        *self.said(f"{where} = np.arange({size})", s, np=self.numpy()),
    ]
    repeated, value = _repeated(self, s, args[1], load(where))
    return [*before, *repeated, *self.said(f"a[{where}, {where}] = v", s, a=args[0], v=value)]


def _fill_some_diagonal(self: _Stores, s: gast.stmt, a: gast.expr, v: gast.expr) -> Written:
    """The same in an array of other axes than two, or of nobody knows how many."""
    mask, where = self.temporary(), self.temporary()
    function = self.known_as("diagonal_mask", cotangents.diagonal_mask)
    before = [
        *self.said(f"{mask} = function(a)", s, function=function, a=a),
        *self.said(f"{where} = np.flatnonzero({mask})", s, np=self.numpy()),
    ]
    repeated, value = _repeated(self, s, v, load(where))
    return [*before, *repeated, *self.said(f"a[{mask}] = v", s, a=a, v=value)]


def _repeated(
    self: _Stores, s: gast.stmt, v: gast.expr, where: gast.expr
) -> tuple[list[gast.stmt], gast.expr]:
    """As many values as there are places, from the first on again where they are too few."""
    if isinstance(self.kind(v), Scalar):
        return [], v
    flat, size, count, order, turn, part, shape, value = (self.temporary() for _ in range(8))
    lines = (
        f"{flat} = np.ravel(v)",
        f"{size} = np.size({flat})",
        f"{count} = np.size(k)",
        f"{order} = np.arange({count})",
        f"{turn} = {order} % {size}",
        f"{part} = {flat}[{turn}]",
        f"{shape} = np.shape(k)",
        f"{value} = np.reshape({part}, {shape})",
    )
    done = [one for text in lines for one in self.said(text, s, np=self.numpy(), v=v, k=where)]
    return done, load(value)


def _put(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    if isinstance(s.value.func, gast.Attribute) and len(args) == 2:
        args = [s.value.func.value, *args]
    if len(args) != 3 or keywords or not self.is_array(args[0]):
        return None
    return self.all_placed(flat_stores.stored(self, s, *args), s)


def _put_along_axis(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    return self.all_placed(along_axis.put(self, s, args, keywords), s)


def _sort(self: _Stores, s: gast.stmt, args: list, keywords: dict, function: str = "np.sort") -> Written:
    base = s.value.func.value if isinstance(s.value.func, gast.Attribute) else None
    if not self.is_array(base) or keywords.keys() - {"axis"}:
        return None
    value = self.temporary()
    given = [gast.keyword(k, v) for k, v in keywords.items()]
    made = gast.Call(expression(function, s, np=self.numpy()), [base, *args], given)
    return placed([gast.Assign([store(value)], made, None), *self.said(f"a[...] = {value}", s, a=base)], s)


def _nan_to_num(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    """With copy=False it fills its argument, and returns it."""
    in_place = isinstance(copy := keywords.pop("copy", None), gast.Constant) and not copy.value
    if not in_place or len(args) != 1 or not self.is_array(args[0]):
        return None
    value = self.temporary()
    given = [gast.keyword(k, v) for k, v in keywords.items()]
    made = gast.Call(expression("np.nan_to_num", s, np=self.numpy()), args, given)
    done = [gast.Assign([store(value)], made, None), *self.said(f"a[...] = {value}", s, a=args[0])]
    if isinstance(s, gast.Assign):
        done.append(gast.Assign(s.targets, args[0], None))
    return placed(done, s)


def _partition(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    return _sort(self, s, args, keywords, "np.partition")


def _add_at(self: _Stores, s: gast.stmt, args: list, keywords: dict, sign: str = "+") -> Written:
    if len(args) != 3 or keywords or not self.is_array(args[0]):
        return None
    part, made = self.temporary(), self.temporary()
    with_added = self.known_as("with_added", cotangents.with_added)
    return [
        *self.said(f"{part} = {sign}v" if sign == "-" else f"{part} = v", s, v=args[2]),
        *self.said(f"{made} = with_added(a, {part}, k)", s, with_added=with_added, a=args[0], k=args[1]),
        *self.said(f"a[...] = {made}", s, a=args[0]),
    ]


def _subtract_at(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    return _add_at(self, s, args, keywords, "-")


def _inserted(
    self: _Stores, s: gast.stmt, args: list, keywords: dict, finds: Callable = bisect.bisect_right
) -> Written:
    """bisect.insort(xs, v): an item more, at the place that another function of the module finds."""
    if len(args) != 2 or keywords or not isinstance(self.kind(args[0]), ListOf):
        return None
    place, find = self.temporary(), self.known_as(finds.__name__, finds)
    return self.said(f"{place} = find(xs, v)\nxs.insert({place}, v)", s, find=find, xs=args[0], v=args[1])


def _inserted_first(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    return _inserted(self, s, args, keywords, bisect.bisect_left)


_AT: dict[object, Callable[..., Written]] = {np.add: _add_at, np.subtract: _subtract_at}


_WRITING: dict[object, Callable[..., Written]] = {
    **buffer_stores.WRITING,
    np.copyto: _copyto,
    np.ndarray.fill: _fill,
    np.fill_diagonal: _fill_diagonal,
    np.put: _put,
    np.put_along_axis: _put_along_axis,
    np.ndarray.put: _put,
    np.ndarray.sort: _sort,
    np.ndarray.partition: _partition,
    np.place: masked_stores.placed,
    np.putmask: masked_stores.put,
    bisect.insort: _inserted,
    bisect.insort_left: _inserted_first,
}


def _from_keys(self: _Stores, s: gast.stmt, args: list, keywords: dict) -> Written:
    """y = dict.fromkeys(keys, v): one entry after the other."""
    if keywords or len(args) != 2 or not isinstance(s, gast.Assign):
        return None
    made, keys, key = self.temporary(), self.temporary(), self.temporary()
    text = f"{made} = {{}}\n{keys} = list(given)\nfor {key} in {keys}:\n    {made}[{key}] = v"
    done = self.said(text, s, given=args[0], v=args[1])
    return self.giving(s, done, load(made))


_GIVING: dict[object, Callable[..., Written]] = {
    **buffer_stores.GIVING,
    dict.fromkeys: _from_keys,
    np.nan_to_num: _nan_to_num,
}


# How much a type holds, by the first letter of its name.
_RANKS = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def _holds(kind: Kind) -> bool:
    return isinstance(kind, ListOf | DictOf | Struct) and not isinstance(kind, AnyTuple)


def _loaded(target: gast.expr) -> gast.expr:
    if isinstance(target, gast.Attribute):
        return gast.Attribute(target.value, target.attr, gast.Load())
    return gast.Subscript(target.value, target.slice, gast.Load())
