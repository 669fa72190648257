"""The order in which a statement evaluates its parts: a statement in, its reads and acts in order out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import gast

from diffpy.syntax.trees import children


class Read(NamedTuple):
    """A name that is loaded, surely and once, and where the expression stands that loads it."""

    name: str
    holder: gast.AST
    field: str
    place: int | None = None  # in a list

    def replace(self, value: gast.expr) -> None:
        if self.place is None:
            setattr(self.holder, self.field, value)
        else:
            getattr(self.holder, self.field)[self.place] = value


class Act(NamedTuple):
    """An operation on what was evaluated before it."""

    node: gast.AST


Event = Read | Act


def events(s: gast.stmt) -> list[Event]:
    """What a statement evaluates before it binds anything or enters a block; of an opaque part one act alone."""
    match s:
        case gast.Assign():
            targets = [e for k, _ in enumerate(s.targets) for e in _target(s.targets[k])]
            return [*_at(s, "value"), *targets]
        case gast.AugAssign():
            return [*_target(s.target), *_loads(s.target), *_at(s, "value")]
        case gast.Expr():
            return list(_at(s, "value"))
        case gast.Return() if s.value is not None:
            return list(_at(s, "value"))
        case gast.If():
            return list(_at(s, "test"))
        case gast.For():
            return list(_at(s, "iter"))
        case gast.With(items=[first, *_]):
            return list(_at(first, "context_expr"))
    return []


def _target(target: gast.expr) -> Iterator[Event]:
    match target:
        case gast.Subscript():
            yield from _at(target, "value")
            yield from _at(target, "slice")
        case gast.Attribute():
            yield from _at(target, "value")
        case gast.Tuple() if not all(isinstance(e, gast.Name) for e in target.elts):
            yield Act(target)


def _loads(target: gast.expr) -> Iterator[Event]:
    if not isinstance(target, gast.Name):
        yield Act(target)


def _at(holder: gast.AST, field: str, index: int | None = None) -> Iterator[Event]:
    node = getattr(holder, field) if index is None else getattr(holder, field)[index]
    match node:
        case None | gast.Constant():
            return
        case gast.Name(id=name):
            yield Read(name, holder, field, index)
            return
        case gast.BinOp():
            yield from _at(node, "left")
            yield from _at(node, "right")
        case gast.UnaryOp():
            yield from _at(node, "operand")
        case gast.Compare(ops=[_]):
            yield from _at(node, "left")
            yield from _at(node, "comparators", 0)
        case gast.Call():
            yield from _callee(node)
            yield from _all(node, "args")
            for keyword in node.keywords:
                yield from _at(keyword, "value")
        case gast.Attribute() | gast.Starred():
            yield from _at(node, "value")
        case gast.Subscript():
            yield from _at(node, "value")
            yield from _at(node, "slice")
        case gast.Slice():
            for part in ("lower", "upper", "step"):
                yield from _at(node, part)
            return
        case gast.Tuple() | gast.List() | gast.Set():
            yield from _all(node, "elts")
            return
        case gast.Dict():
            for k in range(len(node.values)):
                yield from _at(node, "keys", k)
                yield from _at(node, "values", k)
    yield Act(node)


def _all(holder: gast.AST, field: str) -> Iterator[Event]:
    for k in range(len(getattr(holder, field))):
        yield from _at(holder, field, k)


def _callee(node: gast.Call) -> Iterator[Event]:
    """Looking up np.cos or x.sum is no act: the user's text does it where the generated text will."""
    if isinstance(node.func, gast.Attribute):
        base = node.func
        while isinstance(base.value, gast.Attribute):
            base = base.value
        yield from _at(base, "value")
    else:
        yield from _at(node, "func")


def width(node: gast.AST) -> int:
    """About how many characters an expression takes."""
    match node:
        case gast.Name(id=name):
            return len(name)
        case gast.Constant(value=value):
            return len(repr(value))
        case gast.Attribute():
            return 1 + len(node.attr) + width(node.value)
        case gast.keyword():
            return 1 + len(node.arg or "*") + width(node.value)
        case gast.UnaryOp():
            return 1 + width(node.operand)
        case gast.BinOp() | gast.Compare():
            return 3 * (len(children(node)) - 1) + sum(map(width, children(node)))
    return 2 + sum(2 + width(one) for one in children(node))
