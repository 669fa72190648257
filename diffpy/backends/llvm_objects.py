"""Array objects of NumPy's that a kernel makes: who holds them, and the functions that make and drop them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from diffpy.backends.llvm_text import (
    BOOL,
    DATA,
    DOUBLE,
    INTEGER,
    SINGLE,
    SIZES,
    Writer,
)

_DTYPES: dict[str, Any] = {
    DOUBLE: np.dtype("float64"),
    SINGLE: np.dtype("float32"),
    INTEGER: np.dtype("int64"),
    BOOL: np.dtype("bool"),
}
MOST_AXES = 16


def owner(w: Writer, name: str) -> str:
    """Where a variable has the object that it holds; what is there is dropped at the end."""
    return w.owners.setdefault(name, f'%"owner.{name}"')


def new_array(w: Writer, name: str, element: str, sizes: list[str]) -> None:
    """The variable holds a new array; its elements are any."""
    for axis, one in enumerate(sizes):
        place = w.made(f"getelementptr i64, ptr {_shape(w)}, i64 {axis}")
        w.put(f"store i64 {one}, ptr {place}")
    given = f"ptr {owner(w, name)}, i32 {len(sizes)}, ptr {_shape(w)}, i32 {_DTYPES[element].num}"
    data = w.made(f"call ptr @new({given})")
    _unless_failed(w, data)
    w.keep(f"{name}.data", "ptr", data)


def _shape(w: Writer) -> str:
    return w.slot("shape", f"[{MOST_AXES} x i64]")


def _unless_failed(w: Writer, found: str) -> None:
    there = w.fresh("there")
    w.fork(w.made(f"icmp eq ptr {found}, null"), "failed", there)
    w.label(there)


def larger_array(w: Writer, name: str, element: str, used: str, size: str) -> None:
    """The variable holds a vector of that size, with as many entries of the one that it held."""
    bytes_used = w.made(f"mul nsw i64 {used}, {SIZES[element]}")
    data = w.load(f"{name}.data", "ptr")
    given = f"ptr {owner(w, name)}, ptr {data}, i64 {bytes_used}, i64 {size}, ptr {_shape(w)}"
    found = w.made(f"call ptr @larger({given}, i32 {_DTYPES[element].num})")
    _unless_failed(w, found)
    w.keep(f"{name}.data", "ptr", found)


def hold(w: Writer, name: str, other: str) -> None:
    """The variable holds the object of another one, too."""
    w.put(f"call void @hold(ptr {owner(w, name)}, ptr {held(w, other)})")


def held(w: Writer, name: str) -> str:
    """The object that a variable holds."""
    if name in w.given:
        return w.load(f"{name}.owner", "ptr")
    return w.made(f"load ptr, ptr {owner(w, name)}")


def declared(w: Writer) -> Iterable[str]:
    """Nobody holds anything: the first lines of a kernel. The places are in one piece, which is dropped at once."""
    yield f"  %owners = alloca [{max(len(w.owners), 1)} x ptr]"
    yield f"  call void @llvm.memset.p0.i64(ptr %owners, i8 0, i64 {8 * len(w.owners)}, i1 false)"
    for place, name in enumerate(w.owners.values()):
        yield f"  {name} = getelementptr ptr, ptr %owners, i64 {place}"


def dropped(w: Writer) -> str:
    return f"  call void @drop(ptr %owners, i64 {len(w.owners)})"


def functions(head: int) -> Iterable[str]:
    """The text of the functions."""
    yield from _FUNCTIONS.format(
        array=f"inttoptr (i64 {id(np.ndarray)} to ptr)", data=head + DATA
    ).splitlines()


DECLARED = {
    "Py_IncRef": "declare void @Py_IncRef(ptr)",
    "Py_DecRef": "declare void @Py_DecRef(ptr)",
    "PyArray_New": "declare ptr @PyArray_New(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)",
    "llvm.memset.p0.i64": "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
    "llvm.memcpy.p0.p0.i64": "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
}

# None of them is written out where it is called: what they do takes longer than a call, and kernels have many.
_FUNCTIONS = """\
define internal ptr @new(ptr %owner, i32 %rank, ptr %shape, i32 %type) noinline {{
  %before = load ptr, ptr %owner
  store ptr null, ptr %owner
  call void @Py_DecRef(ptr %before)
  %made = call ptr @PyArray_New(ptr {array}, i32 %rank, ptr %shape, i32 %type, ptr null, ptr null, i32 0, i32 0, ptr null)
  %none = icmp eq ptr %made, null
  br i1 %none, label %failed, label %there
failed:
  ret ptr null
there:
  store ptr %made, ptr %owner
  %place = getelementptr i8, ptr %made, i64 {data}
  %data = load ptr, ptr %place
  ret ptr %data
}}
define internal ptr @larger(ptr %owner, ptr %data, i64 %used, i64 %size, ptr %shape, i32 %type) noinline {{
  store i64 %size, ptr %shape
  %made = call ptr @PyArray_New(ptr {array}, i32 1, ptr %shape, i32 %type, ptr null, ptr null, i32 0, i32 0, ptr null)
  %none = icmp eq ptr %made, null
  br i1 %none, label %failed, label %there
failed:
  ret ptr null
there:
  %place = getelementptr i8, ptr %made, i64 {data}
  %new = load ptr, ptr %place
  call void @llvm.memcpy.p0.p0.i64(ptr %new, ptr %data, i64 %used, i1 false)
  %before = load ptr, ptr %owner
  store ptr %made, ptr %owner
  call void @Py_DecRef(ptr %before)
  ret ptr %new
}}
define internal void @hold(ptr %owner, ptr %other) noinline {{
  call void @Py_IncRef(ptr %other)
  %before = load ptr, ptr %owner
  store ptr %other, ptr %owner
  call void @Py_DecRef(ptr %before)
  ret void
}}
define internal void @drop(ptr %owners, i64 %count) noinline {{
begin:
  br label %head
head:
  %k = phi i64 [ 0, %begin ], [ %next, %body ]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %body, label %end
body:
  %place = getelementptr ptr, ptr %owners, i64 %k
  %one = load ptr, ptr %place
  call void @Py_DecRef(ptr %one)
  %next = add i64 %k, 1
  br label %head
end:
  ret void
}}
"""
