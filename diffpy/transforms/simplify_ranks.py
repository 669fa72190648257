"""How far an expression may move: statements and expressions in, how much others may notice of them out."""

from __future__ import annotations

import builtins
import math

import gast
import numpy

from diffpy.analysis.foreign import changed
from diffpy.analysis.kinds import Array, Kind, Known, Scalar
from diffpy.analysis.out_arguments import is_given_out
from diffpy.syntax.trees import nodes
from diffpy.transforms.simplify_facts import PURE_METHODS, Derivative, Purity, bound_names, is_calm

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

    def beside_tangents(self, s: gast.stmt) -> int:
        """The rank of a statement for tangents that move over it: that a value may raise is nothing to them."""
        if self.known.is_tangent(s):
            return self.statement(s, True)
        match s:
            case gast.Assign(targets=[gast.Name()], value=value):
                return PURE if all(map(self._only_computes, nodes(value))) else LOUD
        return LOUD

    def _only_computes(self, node: gast.AST) -> bool:
        """Whether a part of an expression makes numbers and arrays of others, and changes none."""
        match node:
            case gast.Name(id=name):
                kind = self.known.kind_of(name)
                return isinstance(kind, Scalar | Array) or _is_of_numbers(kind)
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr)):
                kind = self.known.kind_of(name)
                if isinstance(kind, Known):
                    function = getattr(kind.value, attr, None)
                    return not changed(function, node.args, node.keywords) and not is_given_out(
                        function, node, node.args
                    )
                return attr in PURE_METHODS
            case gast.Call() | gast.Lambda() | gast.NamedExpr():
                return False
        return True

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


def _is_of_numbers(kind: Kind) -> bool:
    return isinstance(kind, Known) and kind.value in (numpy, math)


def _is_fresh(value: gast.expr) -> bool:
    return isinstance(value, gast.List) and not value.elts
