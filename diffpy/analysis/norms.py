"""Roots of sums of squares, written out: a settled function and its facts in, facts that name the norms out."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict

import gast

from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import PlainCall, Resolution, TableCall, dotted
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Kind, Scalar, is_complex
from diffpy.rules.norms import POWER_OF_SQUARES, ROOT_OF_SQUARES
from diffpy.rules.table import TABLE, Row
from diffpy.syntax.trees import nodes

_SUMS = {"sum", "square", "reshape", "ravel", "transpose", "expand_dims", "squeeze", "T", "copy", "asarray"}
_PRODUCTS = {"dot", "inner", "vdot", "matmul", "vecdot", "einsum", "multiply"}


def find_norms(tree: gast.FunctionDef, facts: Facts, aliases: Aliases) -> None:
    """Let roots of what is a sum of squares by its text have the derivative of a norm, zero at the zero vector.

    The root is steep at zero and its argument is flat there. By the two formulas, one after the other, that is zero
    times infinity; as a whole it is smooth, or has a kink like that of a norm. What has a number above zero among its
    terms is no norm: its root is steep nowhere.
    """
    roots = [(number, *root) for number, found in facts.calls.items() if (root := _root(found)) is not None]
    if not any(_is_real(facts.kind(x)) for _, x, _ in roots):
        return
    squares = _Squares(tree, facts, aliases)
    for number, x, wanted in roots:
        found = facts.calls[number]
        if not isinstance(found, TableCall) or not _is_real(facts.kind(x)):
            continue
        if squares.is_flat(x) and not squares.is_above_zero(x, facts.kind(x)):
            facts.calls[number] = dataclasses.replace(found, row=wanted)


def _root(found: Resolution) -> tuple[gast.Name, Row] | None:
    """What a root is taken of, and the row of the root of a sum of squares."""
    match found:
        case TableCall(row=row, arguments={"x": gast.Name() as x}) if row.name == "sqrt":
            return x, TABLE.rows[ROOT_OF_SQUARES]
        case TableCall(
            row=row, arguments={"a": gast.Name() as x, "b": gast.Constant(value=float() as b)}
        ) if row.name == "power" and 0 < b < 1:
            return x, TABLE.rows[POWER_OF_SQUARES]
    return None


# What is above zero in a type.
_LEAST = {"float": 1e-300, "float64": 1e-300, "float32": 1e-36}


def _type(kind: Kind) -> str:
    return kind.type if isinstance(kind, Scalar) else ""


def _is_real(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Array) and not is_complex(kind)


class _Squares:
    """Which names stand for sums of squares, wherever they get a value."""

    def __init__(self, tree: gast.FunctionDef, facts: Facts, aliases: Aliases) -> None:
        self.facts, self.aliases = facts, aliases
        self.values: dict[str, list[gast.AST]] = defaultdict(list)
        puts: Counter[str] = Counter()
        for s in nodes(tree):
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value):
                    self.values[name].append(value)
                case gast.AugAssign(target=gast.Name(id=name), op=gast.Add(), value=value):
                    self.values[name].append(value)
                case gast.Subscript(value=gast.Name(id=name), ctx=gast.Store()):
                    puts[name] += 1
                case gast.Name(id=name) if not isinstance(s.ctx, gast.Load):
                    puts[name] += 1
        self.bound = {*puts}
        self.known = {name for name, values in self.values.items() if len(values) == puts[name]}
        self.sums = {*self.known}
        self.added: dict[str, list[str]] = defaultdict(
            list
        )  # class of an array -> the names that it is changed by
        for name, where in aliases.changes:
            self.added[aliases.memory(name)].append(_added_to(where))
        self.settle()

    def settle(self) -> None:
        """Names that are added to in a loop are sums until something else is found."""
        before = -1
        while before != len(self.sums):
            before = len(self.sums)
            self.sums = {name for name in self.sums if self.stays_sum(name)}

    def stays_sum(self, name: str) -> bool:
        """Whether sums of squares are put into the name, and nothing else into what it stands for."""
        changes = self.added.get(self.aliases.memory(name), [])
        return all(map(self.is_sum, self.values[name])) and all(one in self.sums for one in changes)

    def is_sum(self, node: gast.AST) -> bool:
        match node:
            case gast.Name(id=name):
                return name in self.sums
            case gast.Constant(value=int() | float() as value):
                return value >= 0
            case gast.BinOp(op=gast.Add(), left=a, right=b):
                return self.is_sum(a) and self.is_sum(b)
            case gast.BinOp(op=gast.Mult(), left=a, right=b):
                return _same(a, b) or (self.is_factor(a) and self.is_factor(b))
            case gast.BinOp(op=gast.MatMult(), left=a, right=b):
                return _same(a, b)
            case gast.BinOp(op=gast.Pow(), right=gast.Constant(value=int() as power)):
                return power > 0 and power % 2 == 0
            case gast.Subscript(value=gast.Name() as base):
                return self.is_sum(base)
            case gast.Attribute(value=gast.Name() as base, attr="T"):
                return self.is_sum(base)
            case gast.Call():
                return self.is_call(node)
        return False

    def is_factor(self, node: gast.AST) -> bool:
        """A sum of squares, or a number above zero."""
        number = self.number(node)
        return number > 0 if number is not None else self.is_sum(node)

    def is_flat(self, node: gast.AST) -> bool:
        """A sum of squares, or one of either sign: a multiple, or divided by anything."""
        match node:
            case gast.Name(id=name) if name in self.known and not self.aliases.is_changed(name):
                return self.is_sum(node) or (
                    len(self.values[name]) == 1 and self.is_flat(self.values[name][0])
                )
            case gast.BinOp(op=gast.Div(), left=a):
                return self.is_flat(a)
        return self.is_sum(node)

    def is_above_zero(self, node: gast.AST, kind: Kind) -> bool:
        """A number above zero, in the type of the sum too, and a sum of squares that is added to it."""
        match node:
            case gast.Name(id=name) if name in self.known and not self.aliases.is_changed(name):
                return len(self.values[name]) == 1 and self.is_above_zero(self.values[name][0], kind)
            case gast.BinOp(op=gast.Add(), left=a, right=b):
                sums, terms = (self.is_sum(b), self.is_sum(a)), (a, b)
                return any(sums[k] and self.is_above_zero(terms[k], kind) for k in (0, 1))
            case gast.Constant(value=int() | float() as value):
                return value > _LEAST.get(kind.dtype if isinstance(kind, Array) else _type(kind), value)
        return False

    def number(self, node: gast.AST) -> float | None:
        """The number that is computed of constants alone."""
        match node:
            case gast.Constant(value=int() | float() as value):
                return value
            case gast.Name(id=name) if name in self.known and len(self.values[name]) == 1:
                return self.number(self.values[name][0])
            case gast.BinOp(op=gast.Sub(), left=a, right=b):
                one, other = self.number(a), self.number(b)
                return None if one is None or other is None else one - other
        return None

    def is_call(self, node: gast.Call) -> bool:
        found = self.facts.calls.get(id(node))
        if isinstance(found, PlainCall):
            return (dotted(node.func) or [""])[-1] in ("zeros", "zeros_like")
        if not isinstance(found, TableCall):
            return False
        name = found.row.name.rpartition(".")[2]
        parts = dotted(node.func) or [""]
        given = [a for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, gast.Name)]
        if parts[0] in self.bound:
            given.insert(0, gast.Name(parts[0], gast.Load(), None, None))
        if name == "square":
            return True
        if name in _SUMS:
            return bool(given) and self.is_sum(given[0])
        return name in _PRODUCTS and len(given) == 2 and _same(*given)


def _added_to(s: gast.AST) -> str:
    """The name that a statement adds to in place; none for any other change."""
    match s:
        case gast.AugAssign(target=gast.Name(id=name), op=gast.Add()):
            return name
    return ""


def _same(a: gast.AST, b: gast.AST) -> bool:
    return isinstance(a, gast.Name) and isinstance(b, gast.Name) and a.id == b.id
