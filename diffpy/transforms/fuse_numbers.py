"""Arithmetic of numbers in a kernel: what Python and NumPy would give, or the plain text where that raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from diffpy.transforms.fuse_text import Writer, as_float
from diffpy.transforms.fuse_values import (
    BOOLS,
    FLOATS,
    INTS,
    PYTHON,
    TOLD,
    Either,
    LoopMustRun,
    NotCompiled,
    Number,
    Span,
    literal,
    number,
    untold,
)

# Functions of one number that kernels call, by the names that Python's math module has for them.
FUNCTIONS = {name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "sqrt")} | {
    **{name: name for name in ("log", "log1p", "log2", "log10")},
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "cbrt": "cbrt",
}
# Those that NumPy has not.
OF_PYTHON = ("erf", "erfc")

_RANKS = {"bool": 0, "bool_": 0, "int": 1, "int64": 1, "float": 2, "float32": 2, "float64": 3}


def promoted(one: str, other: str) -> str:
    """The type of a sum.

    >>> promoted("int", "float32"), promoted("int64", "float"), promoted("int64", "float32")
    ('float32', 'float64', 'float64')
    """
    if one in PYTHON and other in PYTHON:
        return "float" if "float" in (one, other) else "int"
    if one in PYTHON or other in PYTHON:
        weak, strong = (one, other) if one in PYTHON else (other, one)
        if _RANKS[weak] <= _RANKS[strong]:
            return strong
        return "float64" if weak == "float" else "int64"
    if {one, other} == {"int64", "float32"}:
        return "float64"
    return max(one, other, key=_RANKS.__getitem__)


def _result(a: Number, b: Number) -> frozenset[str]:
    if a.types <= BOOLS and b.types <= BOOLS:
        raise NotCompiled("arithmetic of two bools")
    return frozenset(promoted(one, other) for one in a.types for other in b.types)


def _may_be_python(a: Number, b: Number) -> bool:
    """Whether Python itself may do the operation, which raises where NumPy warns."""
    return bool(a.types & PYTHON and b.types & PYTHON)


def operate(w: Writer, op: gast.operator, a: Number, b: Number) -> Number:
    """a op b."""
    name = type(op).__name__
    folded = _folded(name, a, b)
    if folded is not None:
        return folded
    if name not in _OPERATIONS:
        if {a.form, b.form} == {"bool"} and name in ("BitAnd", "BitOr", "BitXor"):
            sign = {"BitAnd": "&", "BitOr": "|", "BitXor": "^"}[name]
            kind = "bool" if a.types | b.types == {"bool"} else "bool_"
            return number(kind, f"({a.text} {sign} {b.text})")
        raise NotCompiled(f"the operator {name}")
    return _OPERATIONS[name](w, a, b)


def _folded(name: str, a: Number, b: Number) -> Number | None:
    """Integers that are known are computed here and now."""
    if type(a.value) is not int or type(b.value) is not int:
        return None
    match name:
        case "Add":
            return literal(a.value + b.value)
        case "Sub":
            return literal(a.value - b.value)
        case "Mult":
            return literal(a.value * b.value)
    return None


def _sided(a: Number, b: Number, types: frozenset[str]) -> tuple[str, str]:
    """Both sides as machine code adds them: single precision stays single."""
    if types == {"float32"}:
        return as_single(a), as_single(b)
    if types <= FLOATS or types == {"int", "float"}:
        return as_float(a) if a.value is not None else a.text, as_float(b) if b.value is not None else b.text
    return a.text, b.text


def as_single(one: Number) -> str:
    return one.text if one.types == {"float32"} else f"np.float32({as_float(one)})"


def _linear(sign: str) -> Callable[[Writer, Number, Number], Number]:
    def operation(w: Writer, a: Number, b: Number) -> Number:
        types = _result(a, b)
        if not types <= INTS:
            _check_types(types, a, b)
            left, right = _sided(a, b, types)
            return _exact(w, Number(types, f"({left} {sign} {right})", loops=_loops(types, a, b)))
        a, b = w.bounded(a), w.bounded(b)
        natural = sign == "+" and a.natural and b.natural
        text, bits = f"({a.text} {sign} {b.text})", max(a.bits, b.bits) + 1
        return Number(types, text, bits=bits, natural=natural, span=_moved(sign, a, b))

    return operation


def _moved(sign: str, a: Number, b: Number) -> Span | None:
    """Where a number of a loop is after a known step."""
    if a.span and type(b.value) is int:
        return replace(a.span, more=a.span.more + (b.value if sign == "+" else -b.value))
    if b.span and type(a.value) is int and sign == "+":
        return replace(b.span, more=b.span.more + a.value)
    return None


def _check_types(types: frozenset[str], *numbers: Number) -> None:
    mixed = types & INTS and not types <= {"int", "float"}
    if mixed or ("float32" in types and len(types) > 1):
        if loops := frozenset().union(*(untold(one).loops for one in numbers)):
            raise LoopMustRun(loops)
        raise NotCompiled(f"a number is one of {', '.join(sorted(types))}")


def _exact(w: Writer, one: Number) -> Number:
    """What may be an integer is held as a float, as far as floats have all integers."""
    if one.types & INTS and one.form == "float":
        one = w.atom(one)
        w.doubt(f"(abs({one.text}) > 9e15)")
    return one


def _loops(types: frozenset[str], a: Number, b: Number) -> frozenset[Any]:
    """The loops that would say which of the types it is."""
    both = a.loops | b.loops if len(types) > 1 else frozenset()
    if a.loops and b.loops and any(isinstance(one, TOLD) for one in both) and a.loops != b.loops:
        return frozenset({Either(a.loops, b.loops)})
    return both


def multiply(w: Writer, a: Number, b: Number) -> Number:
    types = _result(a, b)
    if not types <= INTS:
        _check_types(types, a, b)
        left, right = _sided(a, b, types)
        return _exact(w, Number(types, f"({left} * {right})", loops=_loops(types, a, b)))
    if a.bits + b.bits > 62:
        a, b = w.bounded(a, 31), w.bounded(b, 31)
    return Number(types, f"({a.text} * {b.text})", bits=a.bits + b.bits, natural=a.natural and b.natural)


def divide(w: Writer, a: Number, b: Number) -> Number:
    types = frozenset({_quotient(one) for one in _result(a, b)})
    _check_types(types, a, b)
    if _may_be_python(a, b) and not b.value:
        b = w.atom(b)
        w.doubt(f"({b.text} == 0)")
    if a.form == "int" and b.form == "int":
        a, b = w.bounded(a, 53), w.bounded(b, 53)
    left, right = _sided(a, b, types)
    left = as_float(a) if types != {"float32"} and a.form == "int" else left
    return Number(types, f"({left} / {right})", loops=_loops(types, a, b))


def _quotient(kind: str) -> str:
    return {"int": "float", "int64": "float64"}.get(kind, kind)


def _whole(sign: str) -> Callable[[Writer, Number, Number], Number]:
    def operation(w: Writer, a: Number, b: Number) -> Number:
        types = _result(a, b)
        if not types <= INTS:
            raise NotCompiled(f"{sign} of floats")
        if not b.value:
            b = w.atom(b)
            w.redo_if(f"{b.text} == 0")
        a, b = w.bounded(a), w.bounded(b)
        natural = b.natural and (sign == "%" or a.natural)
        return Number(types, f"({a.text} {sign} {b.text})", bits=max(a.bits, b.bits), natural=natural)

    return operation


def power(w: Writer, a: Number, b: Number) -> Number:
    if type(b.value) is int and 0 <= b.value <= 4:
        return _few_factors(w, a, b.value)
    types = _result(a, b)
    if types <= INTS:
        raise NotCompiled("a power of integers")
    _check_types(types, a, b)
    left, right = _sided(a, b, types)
    left, right = (left, right) if types == {"float32"} else (as_float(a), as_float(b))
    found = Number(types, f"({left} ** {right})")
    return finite(w, found) if _may_be_python(a, b) else found


def _few_factors(w: Writer, a: Number, count: int) -> Number:
    if a.types & BOOLS:
        raise NotCompiled("a power of a bool")
    if count == 0:
        raise NotCompiled("a power with exponent 0")
    if count == 1:
        return a
    a = w.atom(a)
    found = a
    for _ in range(count - 1):
        found = multiply(w, found, a)
    return finite(w, found) if a.types & {"float"} else found


def finite(w: Writer, one: Number) -> Number:
    """A result that Python raises about where it is infinite or NaN."""
    one = w.atom(one)
    w.doubt_finite(one.text)
    return one


_OPERATIONS: dict[str, Callable[[Writer, Number, Number], Number]] = {
    "Add": _linear("+"),
    "Sub": _linear("-"),
    "Mult": multiply,
    "Div": divide,
    "FloorDiv": _whole("//"),
    "Mod": _whole("%"),
    "Pow": power,
}


def negate(w: Writer, a: Number) -> Number:
    if a.value is not None and type(a.value) in (int, float):
        return literal(-a.value)
    if a.form == "bool":
        raise NotCompiled("minus a bool")
    if a.form == "float" and a.types & INTS:
        # An integer zero has no sign.
        a = w.atom(a)
        w.doubt(f"({a.text} == 0.0)")
    a = w.bounded(a) if a.form == "int" else a
    return Number(a.types, f"(-{a.text})", bits=a.bits)


_COMPARISONS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}


def compare(w: Writer, op: gast.cmpop, a: Number, b: Number) -> Number:
    sign = _COMPARISONS.get(type(op).__name__)
    if sign is None:
        raise NotCompiled(f"the comparison {type(op).__name__}")
    if a.value is not None and b.value is not None:
        return literal(bool(eval(f"{a.text} {sign} {b.text}", {"math": __import__("math")})))
    if {a.form, b.form} == {"int", "float"}:
        a, b = (w.bounded(one, 53) if one.form == "int" else one for one in (a, b))
    if "single" in (a.form, b.form):
        types = _result(a, b)
        left, right = _sided(a, b, types)
        return number("bool_", f"({left} {sign} {right})")
    kind = "bool" if (a.types | b.types) <= PYTHON else "bool_"
    return number(kind, f"({a.text} {sign} {b.text})")


def truth(w: Writer, a: Number) -> str:
    """Whether a number counts as true, as an expression."""
    if a.form == "bool":
        return a.text
    return f"({a.text} != 0)"


def absolute(w: Writer, a: Number) -> Number:
    if a.form == "bool":
        raise NotCompiled("abs of a bool")
    if a.form == "int":
        a = w.bounded(a)
        return replace(a, text=f"abs({a.text})", value=None, natural=True)
    return Number(a.types, f"abs({a.text})")


def minus_zero(one: Any) -> bool:
    return isinstance(one, float) and one == 0.0 and str(one).startswith("-")
