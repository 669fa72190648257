"""What kernels call, as instructions: functions of numbers, new arrays, tapes with room for more."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.backends.llvm_text import (
    ARRAYS,
    BOOL,
    CALLS,
    DATA,
    DOUBLE,
    INTEGER,
    PURE,
    SINGLE,
    SIZES,
    Kind,
    NoMachineCode,
    Value,
    Writer,
    compared,
    number,
    places,
    step,
)

FUNCTIONS = (
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt"),
    *("asin", "acos", "atan", "asinh", "acosh", "atanh"),
)
TWO = ("atan2", "hypot")

# Functions of numbers


def _of_libm(name: str, of_vectors: bool) -> Callable[[Writer, ast.Call], Value]:
    def written(w: Writer, node: ast.Call) -> Value:
        values = [number(w, one) for one in node.args]
        single = of_vectors and all(one.element == SINGLE for one in values)
        kind = SINGLE if single else DOUBLE
        given = ", ".join(f"{kind} {w.cast(one, kind)}" for one in values)
        declared = ", ".join([kind] * len(values))
        if name == "sqrt":
            return Value(kind, w.call(kind, f"llvm.sqrt.{'f32' if single else 'f64'}", given, declared))
        called = name + "f" * single
        more = w.vectors.get(called, PURE) if of_vectors else PURE
        return Value(kind, w.call(kind, called, given, declared, more))

    return written


for _name in (*FUNCTIONS, *TWO):
    CALLS[f"math.{_name}"] = _of_libm(_name, False)
    CALLS[f"np_{_name}"] = _of_libm(_name, True)


def _absolute(w: Writer, node: ast.Call) -> Value:
    value = number(w, node.args[0])
    if value.element == INTEGER:
        return Value(INTEGER, w.call("i64", "llvm.abs.i64", f"i64 {value.text}, i1 true", "i64, i1"))
    name = f"llvm.fabs.{'f32' if value.element == SINGLE else 'f64'}"
    value = Value(DOUBLE, w.cast(value, DOUBLE)) if value.element == BOOL else value
    return Value(value.element, w.call(value.element, name, f"{value.element} {value.text}", value.element))


CALLS["abs"] = _absolute


def _special(name: str) -> Callable[[Writer, ast.Call], Value]:
    """isfinite and its kin, by the bits: they may be asked where everything else is taken to be finite."""

    def written(w: Writer, node: ast.Call) -> Value:
        bits = w.made(f"bitcast double {w.cast(number(w, node.args[0]), DOUBLE)} to i64")
        size = w.made(f"and i64 {bits}, {2**63 - 1}")
        test = {"isfinite": "ult", "isinf": "eq", "isnan": "ugt"}[name]
        return Value(BOOL, w.made(f"icmp {test} i64 {size}, {0x7FF << 52}"))

    return written


for _name in ("isfinite", "isinf", "isnan"):
    CALLS[f"math.{_name}"] = _special(_name)


def _as(element: str) -> Callable[[Writer, ast.Call], Value]:
    return lambda w, node: Value(element, w.cast(number(w, node.args[0]), element))


CALLS["float"] = CALLS["np.float64"] = _as(DOUBLE)
CALLS["np.float32"] = _as(SINGLE)


def _int(w: Writer, node: ast.Call) -> Value:
    value = number(w, node.args[0])
    if value.element in (INTEGER, BOOL):
        return Value(INTEGER, w.cast(value, INTEGER))
    return Value(INTEGER, w.made(f"fptosi {value.element} {value.text} to i64"))


CALLS["int"] = _int


def _best(op: type[ast.cmpop]) -> Callable[[Writer, ast.Call], Value]:
    def written(w: Writer, node: ast.Call) -> Value:
        found, *others = (number(w, one) for one in node.args)
        for one in others:
            test = compared(w, op, one, found)
            wide, left, right = w.together(one, found)
            found = Value(wide, w.made(f"select i1 {test}, {wide} {left}, {wide} {right}"))
        return found

    return written


CALLS["max"], CALLS["min"] = _best(ast.Gt), _best(ast.Lt)


def _length(w: Writer, node: ast.Call) -> Value:
    return Value(INTEGER, w.size(_name_of(node.args[0]), 0))


CALLS["len"] = _length


def _added(w: Writer, node: ast.Call) -> Value:
    """A sum whose terms may be added in any order."""
    total, term = (number(w, one) for one in node.args)
    text = w.cast(term, total.element)
    if total.element == INTEGER:
        return Value(INTEGER, w.made(f"add nsw i64 {total.text}, {text}"))
    flags = " fast" if w.is_fast else " reassoc"
    return Value(total.element, w.made(f"fadd{flags} {total.element} {total.text}, {text}"))


CALLS["added"] = _added


def _name_of(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise NoMachineCode(f"{ast.unparse(node)} in place of an array's name")
    return node.id


# New arrays

_ELEMENTS = {"float64": DOUBLE, "float32": SINGLE, "int64": INTEGER, "bool": BOOL, "bool_": BOOL}
_DTYPES: dict[str, Any] = {
    DOUBLE: np.dtype("float64"),
    SINGLE: np.dtype("float32"),
    INTEGER: np.dtype("int64"),
    BOOL: np.dtype("bool"),
}
MOST_AXES = 16
_NOTHING_MORE = "ptr null, ptr null, i32 0, i32 0, ptr null"  # strides, memory, size, flags, another array


def _new(is_zero: bool) -> Callable[[Writer, str, ast.Call], None]:
    def written(w: Writer, name: str, node: ast.Call) -> None:
        shape, dtype = node.args
        if not isinstance(dtype, ast.Attribute) or dtype.attr not in _ELEMENTS or name in w.given:
            raise NoMachineCode(ast.unparse(node))
        sizes = places(w, shape)
        kind = Kind(_ELEMENTS[dtype.attr], len(sizes))
        w.hold(name, kind)
        _put_array(w, name, new_array(w, kind.element, sizes), sizes)
        if is_zero:
            count = str(SIZES[kind.element])
            for one in sizes:
                count = w.made(f"mul nsw i64 {count}, {one}")
            data = w.load(f"{name}.data", "ptr")
            w.call(
                "void", "llvm.memset.p0.i64", f"ptr {data}, i8 0, i64 {count}, i1 false", "ptr, i8, i64, i1"
            )

    return written


ARRAYS["np.empty"], ARRAYS["np.zeros"] = _new(False), _new(True)


def new_array(w: Writer, element: str, sizes: list[str]) -> str:
    """A new array object of NumPy's."""
    for axis, one in enumerate(sizes):
        place = w.made(f"getelementptr i64, ptr {w.slot('shape', f'[{MOST_AXES} x i64]')}, i64 {axis}")
        w.put(f"store i64 {one}, ptr {place}")
    kind = f"ptr inttoptr (i64 {id(np.ndarray)} to ptr)"
    given = f'{kind}, i32 {len(sizes)}, ptr %"v.shape", i32 {_DTYPES[element].num}, {_NOTHING_MORE}'
    made = w.call("noalias ptr", "PyArray_New", given, "ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr")
    there = w.fresh("there")
    w.fork(w.made(f"icmp eq ptr {made}, null"), "failed", there)
    w.label(there)
    return made


def _put_array(w: Writer, name: str, owner: str, sizes: list[str]) -> None:
    """name = an array object, which is its own from now on."""
    w.call("void", "Py_DecRef", f"ptr {w.load(f'{name}.owner', 'ptr')}", "ptr")
    w.keep(f"{name}.owner", "ptr", owner)
    w.keep(f"{name}.data", "ptr", part_of(w, owner, DATA, "ptr"))
    for axis, one in enumerate(sizes):
        w.keep(f"{name}.size{axis}", "i64", one)
        if not w.array(name).is_compact:
            w.keep(f"{name}.step{axis}", "i64", step(w, name, axis))


def part_of(w: Writer, owner: str, place: int, kind: str) -> str:
    """A part of an array object."""
    return w.made(f"load {kind}, ptr {w.made(f'getelementptr i8, ptr {owner}, i64 {w.head + place}')}")


def _room(w: Writer, name: str, node: ast.Call) -> None:
    """A tape with room for so many more entries behind those used."""
    tape = _name_of(node.args[0])
    if tape != name:
        raise NoMachineCode(ast.unparse(node))
    used, more = (number(w, one).text for one in node.args[1:])
    element, size = w.array(tape).element, w.size(tape, 0)
    needed = w.made(f"add nsw i64 {used}, {more}")
    larger, behind = w.fresh("larger"), w.fresh("behind")
    w.fork(w.made(f"icmp sgt i64 {needed}, {size}"), larger, behind)
    w.label(larger)
    twice = w.made(f"add nsw i64 {w.made(f'shl i64 {size}, 1')}, 32")
    is_more = w.made(f"icmp sgt i64 {twice}, {needed}")
    size = w.made(f"select i1 {is_more}, i64 {twice}, i64 {needed}")
    made = new_array(w, element, [size])
    count = w.made(f"mul nsw i64 {used}, {SIZES[element]}")
    to, data = part_of(w, made, DATA, "ptr"), w.load(f"{tape}.data", "ptr")
    w.call(
        "void", "llvm.memcpy.p0.p0.i64", f"ptr {to}, ptr {data}, i64 {count}, i1 false", "ptr, ptr, i64, i1"
    )
    _put_array(w, tape, made, [size])
    w.label(behind)


ARRAYS["room"] = _room


def _reshaped(w: Writer, name: str, node: ast.Call) -> None:
    """The same elements as an array of another shape."""
    assert isinstance(node.func, ast.Attribute)
    other = _name_of(node.func.value)
    kind = w.array(other)
    if not kind.is_compact or name in w.given:
        raise NoMachineCode(f"'{other}' in another shape, as it is laid out")
    sizes = places(w, node.args[0])
    w.hold(name, Kind(kind.element, len(sizes)))
    owner, data = w.load(f"{other}.owner", "ptr"), w.load(f"{other}.data", "ptr")
    w.call("void", "Py_IncRef", f"ptr {owner}", "ptr")
    _put_array(w, name, owner, sizes)
    w.keep(f"{name}.data", "ptr", data)


ARRAYS["reshape"] = _reshaped
