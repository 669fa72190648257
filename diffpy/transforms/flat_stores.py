"""Stores by a place in an array laid flat, and the `at` of ufuncs: calls and places in, plain stores out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import gast
import numpy as np

from diffpy.analysis.kinds import Array, Kind
from diffpy.syntax.build import load, store

Block = list[gast.stmt]


class Stores(Protocol):
    """What rewrites the statements of one function."""

    flats: dict[str, gast.expr]

    def kind(self, node: gast.expr | str) -> Kind: ...
    def temporary(self) -> str: ...
    def said(self, text: str, s: gast.stmt, **parts: gast.expr) -> Block: ...
    def numpy(self) -> gast.Name: ...
    def repeated_values(self, s: gast.stmt, v: gast.expr, where: gast.expr) -> tuple[Block, gast.expr]: ...
    def is_array(self, node: gast.expr | None) -> bool: ...


def places(
    self: Stores, s: gast.stmt, a: gast.expr, k: gast.expr
) -> tuple[Block, gast.expr, gast.expr] | None:
    """The statements that find the places k of an array laid flat; their numbers, and what indexes the array there."""
    if type(self.kind(k)) is Kind and not isinstance(k, gast.Slice):
        return None
    before, numbers = numbered(self, s, a, k)
    found = split(self, s, a, numbers)
    return None if found is None else ([*before, *found[0]], load(numbers), found[1])


def numbered(self: Stores, s: gast.stmt, a: gast.expr, k: gast.expr) -> tuple[Block, str]:
    """The numbers of places k, none of them counted from the end."""
    size, order, numbers = (self.temporary() for _ in range(3))
    text = f"{size} = a.size\n{order} = np.arange({size})\n{numbers} = {order}[k]"
    return self.said(text, s, np=self.numpy(), a=a, k=k), numbers


def split(self: Stores, s: gast.stmt, a: gast.expr, numbers: str) -> tuple[Block, gast.expr] | None:
    """The index along each axis of places that are numbered row by row."""
    kind = self.kind(a)
    if not isinstance(kind, Array) or not kind.dims:
        return None
    done: Block = []
    along: list[str] = []
    rest = numbers
    for axis in range(len(kind.dims) - 1, 0, -1):
        shape, length, place, more = (self.temporary() for _ in range(4))
        text = f"{shape} = a.shape\n{length} = {shape}[{axis}]\n{place} = {rest} % {length}\n{more} = {rest} // {length}"
        done += self.said(text, s, a=a)
        along.insert(0, place)
        rest = more
    where = [load(one) for one in (rest, *along)]
    return done, where[0] if len(where) == 1 else gast.Tuple(where, gast.Load())


def read(self: Stores, s: gast.Assign, a: gast.expr, k: gast.expr) -> Block | None:
    """y = a.flat[k]"""
    found = places(self, s, a, k)
    if found is None:
        return None
    return [*found[0], gast.Assign(s.targets, gast.Subscript(a, found[2], gast.Load()), None)]


def stored(self: Stores, s: gast.stmt, a: gast.expr, k: gast.expr, v: gast.expr) -> Block:
    """a.flat[k] = v, np.put(a, k, v)"""
    before, numbers = numbered(self, s, a, k)
    shape, held = self.temporary(), self.temporary()
    text = f"{shape} = a.shape\n{held} = np.unravel_index({numbers}, {shape})"
    by_tuple = self.said(text, s, np=self.numpy(), a=a)
    split_up, where = split(self, s, a, numbers) or (by_tuple, load(held))
    repeated, value = self.repeated_values(s, v, load(numbers))
    return [*before, *split_up, *repeated, gast.Assign([gast.Subscript(a, where, gast.Store())], value, None)]


def updated(
    self: Stores, s: gast.stmt, a: gast.expr, k: gast.expr, op: gast.operator, v: gast.expr
) -> Block | None:
    """a.flat[k] += v"""
    old, new = self.temporary(), self.temporary()
    found = places(self, s, a, k)
    if found is None:
        return None
    before, _, where = found
    first = gast.Assign([store(old)], gast.Subscript(a, where, gast.Load()), None)
    changed = gast.Assign([store(new)], gast.BinOp(load(old), op, v), None)
    return [*before, first, changed, gast.Assign([gast.Subscript(a, where, gast.Store())], load(new), None)]


def rows(self: Stores, s: gast.For, a: gast.expr, handed: str = "items") -> Block | None:
    """for v in a.flat: ...; with "numbers" for k, v in enumerate(a.flat), with "places" for k, v in np.ndenumerate(a)"""
    number, count, steps = (self.temporary() for _ in range(3))
    found = split(self, s, a, number)
    if found is None:
        return None
    item = [gast.Assign([s.target], gast.Subscript(a, found[1], gast.Load()), None)]
    if handed != "items":
        value, where = self.temporary(), found[1]
        place = where if isinstance(where, gast.Tuple) else gast.Tuple([where], gast.Load())
        pair = gast.Tuple([load(number) if handed == "numbers" else place, load(value)], gast.Load())
        item = [
            gast.Assign([store(value)], gast.Subscript(a, where, gast.Load()), None),
            *_paired(self, s, pair),
        ]
    loop = gast.For(store(number), load(steps), [*found[0], *item, *s.body], [], None)
    return [*self.said(f"{count} = a.size\n{steps} = range({count})", s, a=a), loop]


def _paired(self: Stores, s: gast.For, pair: gast.Tuple) -> Block:
    """The number or the place, and the item, as the loop hands them out."""
    key, item = pair.elts
    before: Block = []
    if isinstance(key, gast.Tuple):
        held = self.temporary()
        before, key = [gast.Assign([store(held)], key, None)], load(held)
    return [*before, gast.Assign([s.target], gast.Tuple([key, item], gast.Load()), None)]


def one_by_one(self: Stores, s: gast.stmt, ufunc: np.ufunc, args: list[gast.expr]) -> Block | None:
    """np.multiply.at(a, k, v): one entry after the other."""
    if len(args) != ufunc.nin + 1 or not self.is_array(args[0]) or ufunc.nout != 1 or ufunc.nin > 2:
        return None
    a, k, *values = args
    whole, size, order, numbers, flat, count, steps = (self.temporary() for _ in range(7))
    shape, j, number, old, new = (self.temporary() for _ in range(5))
    found = split(self, s, a, number)
    if found is None:
        return None
    lines = [
        f"{size} = a.size",
        f"{order} = np.arange({size})",
        f"{shape} = a.shape",
        f"{whole} = np.reshape({order}, {shape})",
        f"{numbers} = {whole}[k]",
        f"{flat} = np.ravel({numbers})",
        f"{count} = np.size({flat})",
        f"{steps} = range({count})",
    ]
    operands = [old]
    given = ""
    if values:
        like, spread, laid, value = (self.temporary() for _ in range(4))
        lines[-2:-2] = [
            f"{like} = np.shape({numbers})",
            f"{spread} = np.broadcast_to(v, {like})",
            f"{laid} = np.ravel({spread})",
        ]
        given = f"{value} = {laid}[{j}]\n"
        operands.append(value)
    parts = {"a": a, "k": k, **({"v": values[0]} if values else {})}
    before = [one for text in lines for one in self.said(text, s, np=self.numpy(), **parts)]
    body = [
        *self.said(f"{number} = {flat}[{j}]\n{given}", s),
        *found[0],
        gast.Assign([store(old)], gast.Subscript(a, found[1], gast.Load()), None),
        *self.said(f"{new} = np.{ufunc.__name__}({', '.join(operands)})", s, np=self.numpy()),
        gast.Assign([gast.Subscript(a, found[1], gast.Store())], load(new), None),
    ]
    return [*before, gast.For(store(j), load(steps), body, [], None)]


def laid_flat(s: gast.stmt) -> Iterator[tuple[str, gast.expr]]:
    """The name that a statement gives an array laid flat, and the array."""
    match s:
        case gast.Assign(
            targets=[gast.Name(id=name)], value=gast.Attribute(value=gast.Name() as base, attr="flat")
        ):
            yield name, base
