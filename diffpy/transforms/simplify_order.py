"""The order in which a statement evaluates its parts: a statement in, its reads and acts in order out."""

from __future__ import annotations

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
    found = _Events()
    match s:
        case gast.Assign():
            found.at(s, "value")
            for one in s.targets:
                found.target(one)
        case gast.AugAssign():
            found.target(s.target)
            if not isinstance(s.target, gast.Name):
                found.append(Act(s.target))
            found.at(s, "value")
        case gast.Expr() | gast.Return():
            found.at(s, "value")
        case gast.If():
            found.at(s, "test")
        case gast.For():
            found.at(s, "iter")
        case gast.With(items=[first, *_]):
            found.at(first, "context_expr")
    return found


class _Events(list[Event]):
    """The events of what was evaluated so far."""

    def target(self, target: gast.expr) -> None:
        match target:
            case gast.Subscript():
                self.at(target, "value")
                self.at(target, "slice")
            case gast.Attribute():
                self.at(target, "value")
            case gast.Tuple() if not all(isinstance(e, gast.Name) for e in target.elts):
                self.append(Act(target))

    def at(self, holder: gast.AST, field: str, index: int | None = None) -> None:
        """The expression in a field, or at a place of the list in it."""
        node = getattr(holder, field) if index is None else getattr(holder, field)[index]
        match node:
            case gast.Name(id=name):
                self.append(Read(name, holder, field, index))
                return
            case None | gast.Constant():
                return
            case gast.BinOp():
                self.at(node, "left")
                self.at(node, "right")
            case gast.UnaryOp():
                self.at(node, "operand")
            case gast.Compare(ops=[_]):
                self.at(node, "left")
                self.at(node, "comparators", 0)
            case gast.Call():
                self.callee(node)
                self.all(node, "args")
                for keyword in node.keywords:
                    self.at(keyword, "value")
            case gast.Attribute() | gast.Starred():
                self.at(node, "value")
            case gast.Subscript():
                self.at(node, "value")
                self.at(node, "slice")
            case gast.Slice():
                for part in ("lower", "upper", "step"):
                    self.at(node, part)
                return
            case gast.Tuple() | gast.List() | gast.Set():
                self.all(node, "elts")
                return
            case gast.Dict():
                for k in range(len(node.values)):
                    self.at(node, "keys", k)
                    self.at(node, "values", k)
        self.append(Act(node))

    def all(self, holder: gast.AST, field: str) -> None:
        for k in range(len(getattr(holder, field))):
            self.at(holder, field, k)

    def callee(self, node: gast.Call) -> None:
        """Looking up np.cos or x.sum is no act: the user's text does it where the generated text will."""
        if isinstance(node.func, gast.Attribute):
            base = node.func
            while isinstance(base.value, gast.Attribute):
                base = base.value
            self.at(base, "value")
        else:
            self.at(node, "func")


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
        case gast.Slice():
            return 1 + sum(map(width, children(node)))
        case gast.Subscript():
            return 2 + width(node.value) + width(node.slice)
        case gast.Tuple():
            return max(0, 2 * len(node.elts) - 2) + sum(map(width, node.elts))
    return 2 + sum(2 + width(one) for one in children(node))
