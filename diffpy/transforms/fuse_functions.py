"""Functions of numbers in a kernel, which of arrays work element by element."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from diffpy.transforms.fuse_arrays import arithmetic, elementwise, is_array, types_of
from diffpy.transforms.fuse_calls import CALLS, Handler, method, stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_numbers import (
    FUNCTIONS,
    OF_PYTHON,
    absolute,
    as_single,
    compare,
    divide,
    finite,
    multiply,
    negate,
    operate,
    truth,
)
from diffpy.transforms.fuse_text import as_float
from diffpy.transforms.fuse_values import FLOATS, NONE, PYTHON, Lazy, NotCompiled, Number, literal, number

# Functions of one number


def real(one: Any) -> Number:
    if not isinstance(one, Number) or one.form == "bool":
        raise NotCompiled("a function of numbers of what is no number")
    return one


def _math_function(name: str) -> Handler:
    def call(k: Kernel, x: Any) -> Number:
        return finite(k, number("float", f"math.{name}({as_float(real(x))})"))

    return call


def _ufunc(name: str) -> Handler:
    def one(k: Kernel, x: Number) -> Number:
        if x.form == "bool":
            raise NotCompiled(f"{name} of a bool")
        single = x.types == {"float32"}
        text = x.text if single else as_float(x)
        k.warns = True
        called = f"np_{name}" if k.nest is not None and name != "sqrt" else f"math.{name}"
        return number("float32" if single else "float64", f"{called}({text})")

    return lambda k, x: each(k, lambda a: one(k, a), x)


def each(k: Kernel, function: Callable[..., Number], *operands: Any) -> Any:
    """A function of numbers, of arrays element by element."""
    if any(map(is_array, operands)):
        return elementwise(k, function, *operands)
    if not all(isinstance(one, Number) for one in operands):
        raise NotCompiled("a function of numbers of what is no number")
    return function(*operands)


for _name, _numpy_name in FUNCTIONS.items():
    CALLS[getattr(math, _name)] = _math_function(_name)
    CALLS[getattr(np, _numpy_name)] = _ufunc(_name)
for _name in OF_PYTHON:
    CALLS[getattr(math, _name)] = _math_function(_name)


@stands_for(math.atan2, math.hypot, math.pow)
def _two_floats(k: Kernel, a: Any, b: Any) -> Number:
    raise NotCompiled("a function of two numbers")


CALLS[math.atan2] = lambda k, a, b: finite(
    k, number("float", f"math.atan2({as_float(real(a))}, {as_float(real(b))})")
)
CALLS[math.hypot] = lambda k, a, b: finite(
    k, number("float", f"math.hypot({as_float(real(a))}, {as_float(real(b))})")
)
CALLS[math.pow] = lambda k, a, b: finite(k, number("float", f"({as_float(real(a))} ** {as_float(real(b))})"))
CALLS[math.fabs] = lambda k, a: number("float", f"abs({as_float(real(a))})")


@stands_for(np.abs, np.absolute, np.fabs)
def _np_abs(k: Kernel, x: Any) -> Any:
    return each(k, lambda a: as_numpy(absolute(k, a)), x)


def as_numpy(one: Number) -> Number:
    """The same number as NumPy's own functions return it."""
    kinds = {"float": "float64", "int": "int64", "bool": "bool_"}
    return replace(one, types=frozenset(kinds.get(t, t) for t in one.types), value=None)


@stands_for(np.square)
def _square(k: Kernel, x: Any) -> Any:
    def one(a: Number) -> Number:
        a = k.atom(a)
        return as_numpy(multiply(k, a, a))

    return each(k, one, x)


@stands_for(np.negative)
def _negative(k: Kernel, x: Any) -> Any:
    return each(k, lambda a: as_numpy(negate(k, a)), x)


@stands_for(np.reciprocal)
def _reciprocal(k: Kernel, x: Any) -> Any:
    if types_of(x) & {"int", "int64"}:
        raise NotCompiled("a reciprocal of integers")
    return each(k, lambda a: as_numpy(divide(k, literal(1), as_numpy(a))), x)


@stands_for(np.sign, "diffpy.runtime.arrays.sign")
def _sign(k: Kernel, x: Any) -> Any:
    def one(a: Number) -> Number:
        if a.form == "bool" or a.form == "int":
            raise NotCompiled("the sign of an integer")
        a = k.atom(a)
        text = f"(1.0 if {a.text} > 0 else (-1.0 if {a.text} < 0 else ({a.text} if {a.text} != {a.text} else 0.0)))"
        return as_numpy(replace(a, text=f"np.float32({text})" if a.form == "single" else text))

    if isinstance(x, Number) and x.types & PYTHON:
        raise NotCompiled("the sign of a number of Python's own")
    return each(k, one, x)


def _chosen(sign: str) -> Handler:
    def call(k: Kernel, a: Any, b: Any) -> Any:
        def one(x: Number, y: Number) -> Number:
            left, right, types = alike(k, x, y)
            text = f"({left} if {left} {sign} {right} or {left} != {left} else {right})"
            return as_numpy(Number(types, text))

        return each(k, one, a, b)

    return call


def alike(k: Kernel, x: Number, y: Number) -> tuple[str, str, frozenset[str]]:
    """Two numbers as expressions of one form, each to be read more than once."""
    types = operate(k, gast.Add(), replace(x, value=None, bits=1), replace(y, value=None, bits=1)).types
    if types == {"float32"}:
        x, y = replace(x, text=as_single(x), value=None), replace(y, text=as_single(y), value=None)
    elif types <= FLOATS:
        x, y = replace(x, text=as_float(x), value=None), replace(y, text=as_float(y), value=None)
    return k.atom(x).text, k.atom(y).text, types


CALLS[np.maximum] = _chosen(">")
CALLS[np.minimum] = _chosen("<")


@stands_for(np.clip)
@method("clip")
def _clip(k: Kernel, a: Any, a_min: Any = NONE, a_max: Any = NONE) -> Any:
    found = a if a_min is NONE else CALLS[np.maximum](k, a, a_min)
    return found if a_max is NONE else CALLS[np.minimum](k, found, a_max)


@stands_for(np.arctan2, np.hypot)
def _two_of_numpy(k: Kernel, a: Any, b: Any) -> Any:
    raise NotCompiled("a function of two numbers")


def _two(name: str) -> Handler:
    def one(k: Kernel, a: Number, b: Number) -> Number:
        types = operate(k, gast.Div(), replace(a, value=None), literal(2.0)).types | b.types
        if not types <= {"float64", "float", "int"} or {a.form, b.form} & {"bool", "single"}:
            raise NotCompiled(f"{name} of other numbers than float64")
        k.warns = True
        return number("float64", f"math.{name}({as_float(a)}, {as_float(b)})")

    return lambda k, a, b: each(k, lambda x, y: one(k, x, y), a, b)


CALLS[np.arctan2], CALLS[np.hypot] = _two("atan2"), _two("hypot")


def _of_truths(op: Any) -> Handler:
    def one(k: Kernel, a: Number, b: Number) -> Number:
        truths = [number("bool_", truth(k, x)) for x in (a, b)]
        return operate(k, op, *truths)

    return lambda k, a, b: each(k, lambda x, y: one(k, x, y), a, b)


CALLS[np.logical_and], CALLS[np.logical_or] = _of_truths(gast.BitAnd()), _of_truths(gast.BitOr())
CALLS[np.logical_xor] = _of_truths(gast.BitXor())


@stands_for(np.logical_not)
def _logical_not(k: Kernel, x: Any) -> Any:
    return each(k, lambda a: number("bool_", f"(not {truth(k, a)})"), x)


@stands_for(np.where)
def _where(k: Kernel, condition: Any, a: Any = NONE, b: Any = NONE) -> Any:
    if a is NONE and b is NONE:
        return CALLS[np.nonzero](k, condition)

    def one(c: Number, x: Number, y: Number) -> Number:
        left, right, types = alike(k, x, y)
        return as_numpy(Number(types, f"({left} if {truth(k, c)} else {right})"))

    if not any(map(is_array, (condition, a, b))):
        found = k.atom(one(real_or_bool(condition), real(a), real(b)))
        return Lazy((), lambda places: found, found.types)
    return each(k, one, condition, a, b)


def real_or_bool(value: Any) -> Number:
    if not isinstance(value, Number):
        raise NotCompiled("a condition that is no number")
    return value


for _sign_of, _ufunc_of, _operator in (
    (gast.Add, np.add, operator.add),
    (gast.Sub, np.subtract, operator.sub),
    (gast.Mult, np.multiply, operator.mul),
    (gast.Div, np.divide, operator.truediv),
    (gast.Pow, np.power, operator.pow),
):
    CALLS[_operator] = lambda k, a, b, op=_sign_of: each(k, lambda x, y: arithmetic(k, op(), x, y), a, b)
    CALLS[_ufunc_of] = lambda k, a, b, op=_sign_of: (
        arithmetic(k, op(), a, b)
        if is_array(a) or is_array(b)
        else as_numpy(arithmetic(k, op(), as_numpy(real(a)), as_numpy(real(b))))
    )

for _comparison, _compared in (
    (gast.Lt, np.less),
    (gast.LtE, np.less_equal),
    (gast.Gt, np.greater),
    (gast.GtE, np.greater_equal),
    (gast.Eq, np.equal),
    (gast.NotEq, np.not_equal),
):
    CALLS[_compared] = lambda k, a, b, op=_comparison: each(
        k, lambda x, y: as_numpy(compare(k, op(), x, y)), a, b
    )


@stands_for(np.real)
def _np_real(k: Kernel, x: Any) -> Any:
    return x if is_array(x) else as_numpy(real(x))


@stands_for(np.isfinite, np.isnan, np.isinf, math.isnan, math.isinf, math.isfinite)
def _is_special(k: Kernel, x: Any) -> Any:
    raise NotCompiled("a test of special values")


for _tested in ("isnan", "isinf", "isfinite"):
    CALLS[getattr(math, _tested)] = lambda k, x, name=_tested: number(
        "bool", f"math.{name}({as_float(real(x))})"
    )
    CALLS[getattr(np, _tested)] = lambda k, x, name=_tested: each(
        k, lambda a: number("bool_", f"math.{name}({as_float(a)})"), x
    )
