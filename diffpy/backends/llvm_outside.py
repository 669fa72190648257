"""Calls of Python's functions in a kernel: numbers and arrays as objects out, what is returned, a tuple, in."""

from __future__ import annotations

import ast
from collections.abc import Callable

from diffpy.backends.llvm_border import object_of, part_of
from diffpy.backends.llvm_objects import found_at
from diffpy.backends.llvm_text import (
    ARRAYS,
    BOOL,
    CALLS,
    DOUBLE,
    INTEGER,
    SHAPE,
    SINGLE,
    Kind,
    NoMachineCode,
    Value,
    Writer,
)

MOST = 16  # arguments of a call
_ELEMENTS = {"float64": DOUBLE, "float32": SINGLE, "int64": INTEGER, "bool_": BOOL}


def _called(w: Writer, name: str, node: ast.Call) -> None:
    """name = outside(function, ...): the plain text runs where it returns None."""
    function, *given = node.args
    if not isinstance(function, ast.Name) or len(given) > MOST:
        raise NoMachineCode(ast.unparse(node))
    every = w.slot("given.", f"[{MOST} x ptr]")
    objects = [object_of(w, one) for one in given]
    for place, one in enumerate(objects):
        w.put(f"store ptr {one}, ptr {w.made(f'getelementptr ptr, ptr {every}, i64 {place}')}")
    _note(w)
    handed = f"ptr {w.load(f'{function.id}.object', 'ptr')}, ptr {every}, i64 {len(given)}, ptr null"
    found = w.call("ptr", "PyObject_Vectorcall", handed, "ptr, ptr, i64, ptr")
    w.call("i32", "feclearexcept", "i32 31", "i32")
    for one in objects:
        w.call("void", "Py_DecRef", f"ptr {one}", "ptr")
    _hold(w, name, found)
    there, ready = w.fresh("there"), w.fresh("ready")
    w.fork(w.made(f"icmp eq ptr {found}, null"), "failed", there)
    w.label(there)
    w.fork(w.made(f"icmp eq ptr {found}, {w.outside(None)}"), "again", ready)
    w.label(ready)


def _note(w: Writer) -> None:
    """Keep what the processor has noted of the kernel's own operations: what others do is theirs to tell."""
    noted = w.call("i32", "fetestexcept", "i32 31", "i32")
    early = w.made("load i32, ptr %early")
    w.put(f"store i32 {w.made(f'or i32 {early}, {noted}')}, ptr %early")


def _hold(w: Writer, name: str, found: str) -> None:
    """The variable lets go of what it held, and takes what was found."""
    w.founds.add(name)
    before = w.made(f'load ptr, ptr %"found.{name}"')
    w.put(f'store ptr {found}, ptr %"found.{name}"')
    w.call("void", "Py_DecRef", f"ptr {before}", "ptr")


ARRAYS["outside"] = _called


def _item(w: Writer, node: ast.Call) -> str:
    """The object at a place of what was returned."""
    name, place = node.args[:2]
    assert isinstance(name, ast.Name) and isinstance(place, ast.Constant) and isinstance(place.value, int)
    every = w.made(f'load ptr, ptr %"found.{name.id}"')
    return w.call("ptr", "PyTuple_GetItem", f"ptr {every}, i64 {place.value}", "ptr, i64")


def _array(w: Writer, name: str, node: ast.Call) -> None:
    """name = array_of(found, place, rank, dtype)"""
    rank, dtype = node.args[2:]
    assert isinstance(rank, ast.Constant) and isinstance(rank.value, int) and isinstance(dtype, ast.Attribute)
    one = _item(w, node)
    w.hold(name, Kind(_ELEMENTS[dtype.attr], rank.value))
    found_at(w, name, w.made(f"ptrtoint ptr {one} to i64"))
    shape = part_of(w, one, SHAPE, "ptr")
    for axis in range(rank.value):
        size = w.made(f"load i64, ptr {w.made(f'getelementptr i64, ptr {shape}, i64 {axis}')}")
        w.keep(f"{name}.size{axis}", "i64", size)


ARRAYS["array_of"] = _array


def _number(element: str, function: str, kind: str) -> Callable[[Writer, ast.Call], Value]:
    def written(w: Writer, node: ast.Call) -> Value:
        found = w.call(kind, function, f"ptr {_item(w, node)}", "ptr")
        return Value(element, w.made(f"icmp ne i32 {found}, 0") if element == BOOL else found)

    return written


CALLS["float_of"] = _number(DOUBLE, "PyFloat_AsDouble", "double")
CALLS["int_of"] = _number(INTEGER, "PyLong_AsLongLong", "i64")
CALLS["bool_of"] = _number(BOOL, "PyObject_IsTrue", "i32")
