"""What each expression of the normal form calls: expressions and kinds in, resolutions out."""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from diffpy.analysis.kinds import Kind, Struct
from diffpy.rules.structs import own_method
from diffpy.rules.table import Row

OPERATORS = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.BitAnd: operator.and_,
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
}
INPLACE = {
    gast.Add: operator.iadd,
    gast.Sub: operator.isub,
    gast.Mult: operator.imul,
    gast.Div: operator.itruediv,
    gast.FloorDiv: operator.ifloordiv,
    gast.Mod: operator.imod,
    gast.Pow: operator.ipow,
    gast.MatMult: operator.imatmul,
    gast.LShift: operator.ilshift,
    gast.RShift: operator.irshift,
    gast.BitOr: operator.ior,
    gast.BitXor: operator.ixor,
    gast.BitAnd: operator.iand,
}


def special_method(kind: Kind, name: str) -> types.FunctionType | None:
    """A special method of a user's class, where it does not pass the question on to the other operand."""
    return own_method(kind.cls, name) if isinstance(kind, Struct) else None


def updating_method(kind: Kind, op: gast.operator) -> types.FunctionType | None:
    """What x += v calls for an object of a user's class."""
    return special_method(kind, f"__{INPLACE[type(op)].__name__}__")


ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.FloorDiv, gast.Mod, gast.Pow, gast.MatMult)


@dataclass(frozen=True)
class TableCall:
    """An operation of the table whose arguments are known: its lines can be inlined."""

    row: Row
    function: object
    arguments: Mapping[str, Any]  # parameter -> expression, or a tuple of expressions for *parameters
    defaults: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenCall:
    """A call whose pullback is found when it runs: callee (None for an operator), arguments as written."""

    callee: gast.expr
    args: tuple[gast.expr, ...]
    keywords: tuple[gast.keyword, ...] = ()
    function: object = None  # the callee where it is known while deriving
    paired: object = None  # the function whose value and pullback the call gives
    moved: object = None  # the function whose value and tangent the call gives


@dataclass(frozen=True)
class PlainCall:
    """A call without derivative: it runs as it stands."""


@dataclass(frozen=True)
class MethodCall:
    """A method of a built-in container: xs.append(v)."""

    base: gast.Name
    method: str
    args: tuple[gast.expr, ...]

    @property
    def given(self) -> list[gast.expr]:
        """The arguments; of what is spread with *, what holds them."""
        return [a.value if isinstance(a, gast.Starred) else a for a in self.args]


Resolution = TableCall | OpenCall | PlainCall | MethodCall


def bind(row: Row, args: list[gast.expr], keywords: list[gast.keyword]) -> inspect.BoundArguments | None:
    """The row's parameters for the arguments as written; None where * or ** hide them or they do not fit."""
    if any(isinstance(a, gast.Starred) for a in args) or any(k.arg is None for k in keywords):
        return None
    try:
        return row.bind(args, {k.arg: k.value for k in keywords})
    except TypeError:
        return None


def refused_option(row: Row, bound: inspect.BoundArguments) -> tuple[str, str] | None:
    """The first keyword whose value the row does not honour, with the reason."""
    return next(row.refusals({name: literal(given) for name, given in bound.arguments.items()}), None)


def literal(given: object) -> object:
    """The value of a literal; anything else stands for itself."""
    return given.value if isinstance(given, gast.Constant) else given


def attribute(found: object, path: Iterable[str]) -> object:
    """What stands under ("linalg", "norm") in np; None where nothing does."""
    for name in path:
        found = getattr(found, name, None)
    return found


def dotted(expression: gast.expr) -> list[str] | None:
    """["np", "linalg", "norm"] for np.linalg.norm; None for anything but names and attributes."""
    parts: list[str] = []
    while isinstance(expression, gast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, gast.Name):
        return None
    return [expression.id, *reversed(parts)]
