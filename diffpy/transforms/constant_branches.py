"""Tests that literals decide: normal form in, the same program with the branch that is taken in place of both, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import gast

from diffpy.transforms.blocks import blocks, passing

Known = dict[str, gast.Constant]
Classes = Callable[[gast.Call], "type | tuple[type, ...] | None"]


def take_constant_branches(tree: gast.FunctionDef, counts: Counter[str], classes: Classes) -> None:
    """Follow literals to the tests that they decide; in place.

    Before:                     After:
        way = 'closed'              way = 'closed'
        t1 = way == 'open'          t1 = way == 'open'
        if t1:                      y = x
            y = x * x
        else:
            y = x

    `counts`: how often each name is bound. `classes`: of a call of isinstance the classes, None for any other call.
    """
    _Literals(counts, classes).block(tree.body, {})


class _Literals:
    def __init__(self, counts: Counter[str], classes: Classes) -> None:
        self.counts, self.classes = counts, classes

    def block(self, block: list[gast.stmt], known: Known) -> None:
        """A literal is known to the statements that follow in its block, and in the blocks of these."""
        known = dict(known)
        done: list[gast.stmt] = []
        waiting = block[::-1]
        while waiting:
            s = waiting.pop()
            if isinstance(s, gast.If) and (test := self.literal(s.test, known)) is not None:
                waiting += (s.body if test.value else s.orelse)[::-1]
                continue
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value) if self.counts[name] == 1:
                    found = self.literal(value, known)
                    if found is not None:
                        known[name] = found
            for inner in blocks(s):
                self.block(inner, known)
            done.append(s)
        block[:] = done or [passing(block[0])] if block else []

    def literal(self, node: gast.expr, known: Known) -> gast.Constant | None:
        match node:
            case gast.Constant(kind=None):
                return node
            case gast.Name(id=name):
                return known.get(name)
            case gast.UnaryOp(op=gast.Not(), operand=operand):
                found = self.literal(operand, known)
                return None if found is None else gast.Constant(not found.value, None)
            case gast.Compare(left=left, ops=[op], comparators=[right]):
                one, other = self.literal(left, known), self.literal(right, known)
                return None if one is None or other is None else _compared(one.value, op, other.value)
            case gast.Call(args=[gast.Name(id=name), _]) if name in known:
                classes = self.classes(node)
                return (
                    None if classes is None else gast.Constant(isinstance(known[name].value, classes), None)
                )
        return None


def _compared(one: object, op: gast.cmpop, other: object) -> gast.Constant | None:
    match op:
        case gast.Is() | gast.IsNot() if one is None or other is None:
            return gast.Constant((one is other) == isinstance(op, gast.Is), None)
        case gast.Eq() | gast.NotEq():
            return gast.Constant((one == other) == isinstance(op, gast.Eq), None)
    return None
