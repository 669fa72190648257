"""NumPy's elementwise functions as CUDA C++ has them: a function, or an operator of Python's, in, its text out."""

from __future__ import annotations

import re

import gast
import numpy as np

OPERATORS = {
    gast.Add: np.add,
    gast.Sub: np.subtract,
    gast.Mult: np.multiply,
    gast.Div: np.true_divide,
    gast.Pow: np.power,
    gast.BitAnd: np.bitwise_and,
    gast.BitOr: np.bitwise_or,
    gast.Lt: np.less,
    gast.LtE: np.less_equal,
    gast.Gt: np.greater,
    gast.GtE: np.greater_equal,
    gast.Eq: np.equal,
    gast.NotEq: np.not_equal,
}

# {T} stands for the type that the function computes in, {0} and {1} for what it is given.
UFUNCS: dict[np.ufunc, str] = {
    np.add: "({0} + {1})",
    np.subtract: "({0} - {1})",
    np.multiply: "({0} * {1})",
    np.true_divide: "({0} / {1})",
    np.power: "pow({0}, {1})",
    np.float_power: "pow({0}, {1})",
    np.negative: "(-{0})",
    np.positive: "{0}",
    np.square: "squared({0})",
    np.reciprocal: "(({T})1 / {0})",
    np.sign: "sign_of({0})",
    np.maximum: "larger({0}, {1})",
    np.minimum: "smaller({0}, {1})",
    np.absolute: "fabs({0})",
    np.fabs: "fabs({0})",
    np.less: "({0} < {1})",
    np.less_equal: "({0} <= {1})",
    np.greater: "({0} > {1})",
    np.greater_equal: "({0} >= {1})",
    np.equal: "({0} == {1})",
    np.not_equal: "({0} != {1})",
    np.logical_and: "({0} && {1})",
    np.logical_or: "({0} || {1})",
    np.logical_not: "(!{0})",
    np.bitwise_and: "({0} && {1})",
    np.bitwise_or: "({0} || {1})",
    np.isnan: "isnan({0})",
    np.isinf: "isinf({0})",
    np.isfinite: "isfinite({0})",
    np.arctan2: "atan2({0}, {1})",
    np.hypot: "hypot({0}, {1})",
    np.copysign: "copysign({0}, {1})",
    np.fmax: "fmax({0}, {1})",
    np.fmin: "fmin({0}, {1})",
}

_SAME_NAME = "sin cos tan sinh cosh tanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt floor ceil trunc rint"
UFUNCS |= {getattr(np, name): f"{name}({{0}})" for name in _SAME_NAME.split()}
UFUNCS |= {getattr(np, f"arc{name}"): f"a{name}({{0}})" for name in "sin cos tan sinh cosh tanh".split()}

_OF_TRUTH = {np.logical_and, np.logical_or, np.logical_not, np.bitwise_and, np.bitwise_or}
_OF_INTEGERS: set[np.ufunc] = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
_OF_INTEGERS |= {np.add, np.subtract, np.multiply}

C_TYPES = {"float64": "double", "float32": "float", "float16": "half"}
C_TYPES |= {"int64": "long long", "int32": "int", "bool": "bool"}


def computed(kind: np.dtype) -> np.dtype:
    """The type that is computed in: half precision is rounded after each operation, as NumPy has it."""
    return np.dtype(np.float32) if kind == np.float16 else kind


def cast(kind: np.dtype, text: str) -> str:
    """A text as a type has it, ready to be computed with."""
    return f"(float)(half){text}" if kind == np.float16 else f"({C_TYPES[kind.name]}){text}"


def applies(function: np.ufunc, types: list[np.dtype]) -> bool:
    """Whether the text of a function holds for these types of what it takes and gives."""
    if any(one.name not in C_TYPES for one in types):
        return False
    kinds = {one.kind for one in types[:-1]}
    if function in _OF_TRUTH:
        return kinds == {"b"}
    return kinds == {"f"} or (kinds == {"i"} and function in _OF_INTEGERS)


# As NumPy has them: what is no number stays none, and a zero keeps its sign.
HELPERS = {
    "squared": "T squared(T x) { return x * x; }",
    "sign_of": "T sign_of(T x) { return x > 0 ? (T)1 : x < 0 ? (T)-1 : x == 0 ? (T)0 : x; }",
    "larger": "T larger(T x, T y) { return x >= y || x != x ? x : y; }",
    "smaller": "T smaller(T x, T y) { return x <= y || x != x ? x : y; }",
}

_WORDS = frozenset(
    "auto bool break case catch char class const continue default delete do double else enum extern false float for "
    "goto if inline int long namespace new operator private public register return short signed sizeof static struct "
    "switch template this throw true try typedef union unsigned using virtual void volatile while".split()
)
_FUNCTIONS = frozenset(re.findall(r"\w+(?=\()", " ".join(UFUNCS.values())))
_OURS = re.compile(r"(i|count|reach|half)$|(from|to|sum|all|parts|number|index|size|step)_")


def identifier(name: str) -> str:
    """A name of Python's in C++, apart from words, functions and what kernels name themselves."""
    if not name.isascii():
        name = "".join(one if one.isascii() else f"u{ord(one)}" for one in name)
    return f"{name}_" if name in _WORDS | _FUNCTIONS or _OURS.match(name) else name
