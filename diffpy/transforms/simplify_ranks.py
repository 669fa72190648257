"""How far an expression may move: statements and expressions in, how much others may notice of them out."""

from __future__ import annotations

import builtins

import gast

from diffpy.analysis.kinds import Known, Scalar
from diffpy.syntax.trees import nodes
from diffpy.transforms.simplify_facts import Derivative, Purity, bound_names, is_calm

# How much an expression or a statement may notice of another that runs on its other side.
CALM = 0  # nothing: neither raises nor changes anything, nor is changed by anything
PURE = 1  # it changes nothing, and what it raises is no exception of the user's
LOUD = 2


class Ranks:
    """Ranks of what stands in one function; `backward`: in its reverse sweep, which raises nothing of the user's."""

    def __init__(self, scope: gast.FunctionDef, known: Derivative) -> None:
        self.known = known
        self.purity = Purity(known, bound_names(scope))

    def statement(self, s: gast.stmt, backward: bool) -> int:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                if not backward and (name in self.known.primals or _is_fresh(value)):
                    return CALM
                if isinstance(value, gast.Name):
                    return CALM
                return self.expression(value, backward)
            case gast.Assign(targets=[gast.Tuple()], value=value) if backward:
                return max(PURE, self.expression(value, backward))
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=tape), attr="append"))):
                return CALM if self.known.names.stems.get(tape) == "tape" else LOUD
            case gast.FunctionDef() | gast.Pass():
                return CALM
        return LOUD

    def expression(self, value: gast.AST, backward: bool) -> int:
        if isinstance(value, gast.expr) and is_calm(value, self.known):
            return CALM
        if not backward or not self.purity.is_pure(value):
            return LOUD
        return CALM if self.reads_numbers(value) else PURE

    def reads_numbers(self, value: gast.AST) -> bool:
        """Whether all that a value is made of are numbers, which nothing changes."""
        found = (n.id for n in nodes(value) if isinstance(n, gast.Name))
        return all(map(self.is_fixed, found))

    def is_fixed(self, name: str) -> bool:
        kind = self.known.kind_of(self.known.primals.get(name, name))
        return isinstance(kind, Scalar | Known) or name in self.known.objects or hasattr(builtins, name)


def _is_fresh(value: gast.expr) -> bool:
    return isinstance(value, gast.List) and not value.elts
