"""The border of machine code: Python's objects in, numbers and arrays in variables; and back again as a tuple."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from diffpy.backends.llvm_objects import DECLARED, copied, declared, dropped, functions, held
from diffpy.backends.llvm_processor import flags
from diffpy.backends.llvm_text import (
    BOOL,
    DATA,
    DOUBLE,
    DTYPE,
    FLAGS,
    INTEGER,
    RANK,
    SHAPE,
    SINGLE,
    STORED,
    STRIDES,
    Kind,
    NoMachineCode,
    Writer,
    number,
)

_NUMBERS = {
    float: DOUBLE,
    np.float64: DOUBLE,
    np.float32: SINGLE,
    int: INTEGER,
    np.int64: INTEGER,
    bool: BOOL,
    np.bool_: BOOL,
}
_ELEMENTS = {"float64": DOUBLE, "float32": SINGLE, "int64": INTEGER, "bool": BOOL}
_COMPACT, _ALIGNED = 0x1, 0x100


def layout(value: Any) -> Any:
    """What machine code is made for: the class of a number, the data type, rank and order of an array."""
    if type(value) is not np.ndarray:
        return type(value)
    return value.dtype, value.ndim, value.flags.c_contiguous, value.flags.aligned


def arguments(
    w: Writer, names: list[str], values: Sequence[Any], sizes: Mapping[tuple[str, int], int]
) -> None:
    """Put each argument into a variable, if they are of these kinds, and of these sizes."""
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        given = w.made(f"load ptr, ptr {w.made(f'getelementptr ptr, ptr %arguments, i64 {place}')}")
        kind = w.made(f"load ptr, ptr {w.made(f'getelementptr i8, ptr {given}, i64 {w.head - 8}')}")
        _want(w, w.made(f"icmp eq ptr {kind}, {w.outside(type(value))}"))
        if type(value) is np.ndarray:
            _array_in(w, name, given, value, sizes)
        elif callable(value):
            w.keep(f"{name}.object", "ptr", given)
        else:
            _number_in(w, name, given, _NUMBERS[type(value)])


def _want(w: Writer, condition: str) -> None:
    """Go on where the condition holds; else the arguments are of other kinds."""
    behind = w.fresh("behind")
    w.fork(condition, behind, "others")
    w.label(behind)


def part_of(w: Writer, owner: str, place: int, kind: str) -> str:
    """A part of an array object."""
    return w.made(f"load {kind}, ptr {w.made(f'getelementptr i8, ptr {owner}, i64 {w.head + place}')}")


def _number_in(w: Writer, name: str, given: str, element: str) -> None:
    w.hold(name, Kind(element))
    if element in (DOUBLE, SINGLE):
        found = w.call("double", "PyFloat_AsDouble", f"ptr {given}", "ptr")
        found = w.made(f"fptrunc double {found} to float") if element == SINGLE else found
    elif element == INTEGER:
        found = w.call("i64", "PyLong_AsLongLong", f"ptr {given}", "ptr")
        is_odd, odd, behind = w.made(f"icmp eq i64 {found}, -1"), w.fresh("odd"), w.fresh("behind")
        w.fork(is_odd, odd, behind)
        w.label(odd)
        error = w.call("ptr", "PyErr_Occurred", "", "")
        w.fork(w.made(f"icmp eq ptr {error}, null"), behind, "failed")
        w.label(behind)
        if w.kind(name).element == DOUBLE:
            found, element = w.made(f"sitofp i64 {found} to double"), DOUBLE
    else:
        found = w.made(f"icmp ne i32 {w.call('i32', 'PyObject_IsTrue', f'ptr {given}', 'ptr')}, 0")
    w.keep(name, element, found)


def _array_in(
    w: Writer, name: str, given: str, value: np.ndarray, sizes: Mapping[tuple[str, int], int]
) -> None:
    flags = _COMPACT * value.flags.c_contiguous | _ALIGNED
    if not value.flags.aligned or value.dtype.name not in _ELEMENTS or not value.dtype.isnative:
        raise NoMachineCode(f"'{name}' is no array as they are")
    kind = Kind(_ELEMENTS[value.dtype.name], value.ndim, value.flags.c_contiguous)
    w.hold(name, kind)
    w.given |= {name}
    _want(w, w.made(f"icmp eq i32 {part_of(w, given, RANK, 'i32')}, {value.ndim}"))
    _want(w, w.made(f"icmp eq ptr {part_of(w, given, DTYPE, 'ptr')}, {w.outside(value.dtype)}"))
    has = w.made(f"and i32 {part_of(w, given, FLAGS, 'i32')}, {flags}")
    _want(w, w.made(f"icmp eq i32 {has}, {flags}"))
    w.keep(f"{name}.owner", "ptr", given)
    w.keep(f"{name}.data", "ptr", part_of(w, given, DATA, "ptr"))
    for what, place in (("size", SHAPE), ("step", STRIDES)):
        if what == "size" or not w.kind(name).is_compact:
            every = part_of(w, given, place, "ptr")
            for axis in range(value.ndim):
                one = w.made(f"load i64, ptr {w.made(f'getelementptr i64, ptr {every}, i64 {axis}')}")
                if what == "size" and (name, axis) in sizes:
                    wanted = str(sizes[name, axis])
                    _want(w, w.made(f"icmp eq i64 {one}, {wanted}"))
                    one = wanted
                w.keep(f"{name}.{what}{axis}", "i64", one)


def results(w: Writer, node: ast.stmt) -> None:
    """Write the end: what is returned as a tuple, with room for what the processor noted."""
    if not isinstance(node, ast.Return) or not isinstance(node.value, ast.Tuple):
        raise NoMachineCode(ast.unparse(node))
    count = len(node.value.elts)
    found = w.call("ptr", "PyTuple_New", f"i64 {count + 1}", "i64")
    there = w.fresh("there")
    w.fork(w.made(f"icmp eq ptr {found}, null"), "failed", there)
    w.label(there)
    for place, one in enumerate(node.value.elts):
        made = object_of(w, one)
        w.call("i32", "PyTuple_SetItem", f"ptr {found}, i64 {place}, ptr {made}", "ptr, i64, ptr")
    w.keep("result.", "ptr", found)
    w.go("end")


def object_of(w: Writer, node: ast.expr) -> str:
    if isinstance(node, ast.Name) and node.id in w.small:
        return copied(w, node.id)
    if isinstance(node, ast.Name) and w.kind(node.id).rank is not None:
        found = held(w, node.id)
        w.call("void", "Py_IncRef", f"ptr {found}", "ptr")
        return found
    value = number(w, node)
    if value.element in (DOUBLE, SINGLE):
        return w.call("ptr", "PyFloat_FromDouble", f"double {w.cast(value, DOUBLE)}", "double")
    if value.element == INTEGER:
        return w.call("ptr", "PyLong_FromLongLong", f"i64 {value.text}", "i64")
    return w.call("ptr", "PyBool_FromLong", f"i64 {w.cast(value, INTEGER)}", "i64")


def entrance(w: Writer, parameters: Sequence[ast.arg]) -> Iterable[str]:
    """The text of the two functions: the one that Python calls, and the kernel."""
    for name in ("feclearexcept", "fetestexcept"):
        if name not in w.declared:
            yield f"declare i32 @{name}(i32)"
    for name, kind in (("PyTuple_SetItem", "i32"), ("PyLong_FromLongLong", "ptr")):
        if name not in w.declared:
            yield f"declare {kind} @{name}({'ptr, i64, ptr' if kind == 'i32' else 'i64'})"
    yield from _ENTRANCE.format(
        count=len(parameters),
        none=w.place_outside(None),
        false=w.place_outside(False),
        head=w.head,
        flags=sum(flags().values()),
    ).splitlines()
    yield "define internal ptr @kernel(ptr %arguments, ptr %early) noinline {"
    for name, kind in w.slots.items():
        yield f'  %"v.{name}" = alloca {kind}'
    if "result." not in w.slots:
        yield '  %"v.result." = alloca ptr'
    for name, sizes in w.small.items():
        yield f'  %"small.{name}" = alloca [{prod(sizes)} x {STORED[w.kind(name).element]}]'
    yield from declared(w)
    yield from w.lines
    for label, one in (("again", None), ("others", False)):
        yield f"{label}:\n  %answer.{label} = load ptr, ptr {w.place_outside(one)}"
        yield f'  store ptr %answer.{label}, ptr %"v.result."\n  br label %end'
    yield 'failed:\n  store ptr null, ptr %"v.result."\n  br label %end'
    yield "end:"
    yield from dropped(w)
    yield '  %answer = load ptr, ptr %"v.result."'
    yield "  ret ptr %answer\n}"
    yield from functions(w)
    yield from (line for name, line in DECLARED.items() if name not in w.declared)


# What is noted before the kernel runs is none of its own; None and False are handed on as they are.
_ENTRANCE = """\
define ptr @entrance(ptr %self, ptr %arguments, i64 %count) {{
  %cleared = call i32 @feclearexcept(i32 31)
  %early.place = alloca i32
  store i32 0, ptr %early.place
  %found = call ptr @kernel(ptr %arguments, ptr %early.place)
  %late = call i32 @fetestexcept(i32 31)
  %early = load i32, ptr %early.place
  %both = or i32 %early, %late
  %noted = and i32 %both, {flags}
  %none.object = load ptr, ptr {none}
  %false.object = load ptr, ptr {false}
  %none = icmp eq ptr %found, %none.object
  %false = icmp eq ptr %found, %false.object
  %either = or i1 %none, %false
  br i1 %either, label %handed, label %more
handed:
  call void @Py_IncRef(ptr %found)
  ret ptr %found
more:
  %nothing = icmp eq ptr %found, null
  br i1 %nothing, label %raised, label %full
raised:
  ret ptr null
full:
  %size.place = getelementptr i8, ptr %found, i64 {head}
  %size = load i64, ptr %size.place
  %last = sub i64 %size, 1
  %wide = zext i32 %noted to i64
  %number = call ptr @PyLong_FromLongLong(i64 %wide)
  %put = call i32 @PyTuple_SetItem(ptr %found, i64 %last, ptr %number)
  ret ptr %found
}}
"""
