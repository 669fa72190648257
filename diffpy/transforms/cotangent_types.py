"""Complex numbers and precisions in reverse mode: a contribution in, one of the argument's own type out.

A line of the table is linear in `d` and reads no conjugates, so for a holomorphic operation the contribution is
conj(line(conj(d))). The conjugation is pushed inwards, to the factors that are complex: y_bar * np.conj(z).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import gast

from diffpy.analysis import calls, flow
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import (
    Array,
    DictOf,
    Iterator,
    Kind,
    ListOf,
    Scalar,
    Struct,
    TupleOf,
    dtype_of,
    is_complex,
)
from diffpy.rules.table import Row
from diffpy.syntax.build import call, constant, expression, substitute
from diffpy.transforms import lines

# What lines call to give a contribution the type of its argument.
_FITTING = {"cast", "converted", "unpacked", "as_argument", "real_part", "imaginary_part"}
# Functions in lines that add, multiply, divide and move elements, and do nothing else.
_SUMS_OF_PRODUCTS = {
    *(
        "quotient",
        "reshape",
        "ravel",
        "sum",
        "transpose",
        "swapaxes",
        "spread",
        "unbroadcast",
        "products_of_others",
    ),
    *(
        f"{name}_{side}"
        for name in ("matmul", "dot", "inner", "tensordot", "kron", "cross")
        for side in ("left", "right")
    ),
    *("solve_left", "solve_right", "inv_pullback", "matrix_power_pullback"),
}
_DOUBLE = {"float": "float64", "complex": "complex128"}


# Conjugates


class Conjugation:
    """conj(line(conj(d))), written with the conjugates at the complex factors."""

    def __init__(self, d: str, facts: Facts, module: str, makes_complex: bool = False) -> None:
        """`makes_complex`: the operation gives complex numbers for real ones, so that its line's functions may, too."""
        self.d, self.facts, self.module, self.makes_complex = d, facts, module, makes_complex

    def of(self, value: gast.expr) -> gast.expr:
        if isinstance(value, gast.Constant) and isinstance(value.value, complex):
            return gast.UnaryOp(gast.USub(), value)  # as a literal it has no real part
        read = [self.facts.kind(n) for n in _values_read(value, self.d)]
        read = [kind for kind in read if is_complex(kind)]
        if not read and not (self.makes_complex and _calls(value)):
            return value
        if self.d not in flow.names_read(value):
            return self.conjugate(value, read)
        match value:
            case gast.BinOp(op=gast.Add() | gast.Sub() | gast.Mult() | gast.Div() | gast.MatMult()):
                return gast.BinOp(self.of(value.left), value.op, self.of(value.right))
            case gast.UnaryOp(op=gast.USub()):
                return gast.UnaryOp(value.op, self.of(value.operand))
            case gast.IfExp():
                return gast.IfExp(value.test, self.of(value.body), self.of(value.orelse))
            case gast.Call() if _commutes(value):
                return gast.Call(value.func, [self.of(one) for one in value.args], value.keywords)
            case _:
                return self.around(value)

    def conjugate(self, value: gast.expr, read: list[Kind]) -> gast.expr:
        if all(isinstance(kind, Scalar) for kind in read):
            return call(gast.Attribute(value, "conjugate", gast.Load()))
        return expression(f"{self.module}.conj(value)", value=value)

    def around(self, value: gast.expr, function: gast.expr | None = None) -> gast.expr:
        conj = function if function is not None else expression(f"{self.module}.conj")
        inner = substitute(value, {self.d: expression(f"{self.module}.conj({self.d})")})
        return call(conj, inner)


def _calls(value: gast.AST) -> bool:
    return any(isinstance(node, gast.Call) for node in gast.walk(value))


def _commutes(value: gast.Call) -> bool:
    """Whether a call made for conjugates gives the conjugate: sums of products, whatever their order."""
    if not all(
        isinstance(one, gast.Name | gast.BinOp | gast.Call | gast.Attribute | gast.Constant)
        for one in value.args
    ):
        return False
    match value.func, value.args:
        case gast.Name(id="power_base"), [_, _, gast.Constant(value=int())]:
            return True
        case gast.Name() | gast.Attribute(), _:
            parts = calls.dotted(value.func)
            return parts is not None and parts[-1] in _SUMS_OF_PRODUCTS
    return False


def _values_read(value: gast.AST, d: str) -> Iterable[gast.expr]:
    """Names but d of which more is read than the shape, and constants."""
    match value:
        case gast.Attribute(attr="shape") | gast.Call(func=gast.Attribute(attr="shape")):
            return
        case gast.Constant():
            yield value
        case gast.Name() if value.id != d:
            yield value
        case _:
            for part in gast.iter_child_nodes(value):
                yield from _values_read(part, d)


def is_sequence(given: object, facts: Facts) -> bool:
    """Whether the line for an argument, or for *arguments, gives a list or a tuple of cotangents."""
    return isinstance(given, tuple) or not isinstance(facts.kind(given), Scalar | Array)


def takes_conjugates(row: Row, y: Kind) -> bool:
    """Whether the line of an operation that gave y is written for the conjugate of its cotangent."""
    return row.holomorphic and row.family != "linear" and is_complex(y)


# Types


def fit(value: gast.expr, x: Kind, y: Kind, module: str) -> gast.expr:
    """A contribution to x, made from the cotangent of y, in the type of x where the kinds say that they differ."""
    if not isinstance(x, Scalar | Array) or not isinstance(y, Scalar | Array):
        return value
    if is_complex(y) and not is_complex(x):
        value = expression(f"{module}.real(value)", value=value)
    own, given = _precision(x), _precision(y)
    if own is None or given is None or own == given:
        return value
    if isinstance(x, Array):
        return expression(f"value.astype({module}.{x.dtype})", value=value)
    return call(x.type if x.type in _DOUBLE else expression(f"{module}.{x.type}"), value)


def fits(line: Callable[..., object]) -> bool:
    """Whether a line gives its contribution the type of the argument by itself."""
    return bool(lines.parsed(line)[2] & _FITTING)


def _precision(kind: Scalar | Array) -> int | None:
    """Bits of a real number, or of the parts of a complex one."""
    name = _DOUBLE.get(dtype_of(kind), dtype_of(kind))
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz")
    if not digits or not name.startswith(("float", "complex")):
        return None
    return int(digits) // (2 if name.startswith("c") else 1)


def seed(kind: Scalar, module: str) -> gast.expr:
    """One, in the precision of a number."""
    plain = kind.type in (*_DOUBLE, "float64", "int", "integer")
    return constant(1.0) if plain else expression(f"{module}.{kind.type}(1.0)")


def loses(x: Kind, y: Kind) -> bool:
    """Whether y, which x became, may hold complex numbers where x holds real ones."""
    match x, y:
        case (Scalar() | Array(), Scalar() | Array()):
            return is_complex(y) and not is_complex(x)
        case (ListOf(item=one), ListOf(item=other)) | (DictOf(item=one), DictOf(item=other)):
            return loses(one, other)
        case Iterator(item=one), Iterator(item=other):
            return loses(one, other)
        case TupleOf(), TupleOf():
            return any(loses(a, b) for a, b in zip(x.items, y.items, strict=False))
        case Struct(), Struct():
            return any(loses(a, b) for (_, a), (_, b) in zip(x.fields, y.fields, strict=False))
        case _:
            return False
