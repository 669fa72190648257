"""Array objects of NumPy's that a kernel makes: who holds them, and the functions that make, keep and drop them.

Memory that the system hands out anew costs more to touch than most loops take: an array that is no result stays where
it is until the next call, which takes it if it has the same shape; so does the next round of a loop.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from diffpy.backends.llvm_text import BOOL, DATA, DOUBLE, INTEGER, RANK, SHAPE, SINGLE, SIZES, Writer

_DTYPES: dict[str, Any] = {
    DOUBLE: np.dtype("float64"),
    SINGLE: np.dtype("float32"),
    INTEGER: np.dtype("int64"),
    BOOL: np.dtype("bool"),
}
MOST_AXES = 16
MOST_KEPT = 2**22  # elements that wait for the next call

# Whether an array that is counted once is nobody else's, and the count is where it is looked for.
_COUNTS_ARE_EXACT = (
    (sys.implementation.name, sys.byteorder) == ("cpython", "little")
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)  # fmt: skip


def owner(w: Writer, name: str) -> str:
    """Where a variable has the object that it holds; what is there is dropped at the end, or kept."""
    return w.owners.setdefault(name, f'%"owner.{name}"')


def new_array(w: Writer, name: str, element: str, sizes: list[str]) -> None:
    """The variable holds a new array; its elements are any."""
    for axis, one in enumerate(sizes):
        place = w.made(f"getelementptr i64, ptr {_shape(w)}, i64 {axis}")
        w.put(f"store i64 {one}, ptr {place}")
    given = f"ptr {owner(w, name)}, i64 {len(sizes)}, ptr {_shape(w)}, i32 {_DTYPES[element].num}"
    data = w.made(f"call ptr @new({given})")
    _unless_failed(w, data)
    w.keep(f"{name}.data", "ptr", data)


def copied(w: Writer, name: str) -> str:
    """A new object with the few elements of a variable that holds none."""
    sizes, element = w.small[name], w.kind(name).element
    new_array(w, f"{name}.out", element, list(map(str, sizes)))
    count = prod(sizes) * SIZES[element]
    target = w.load(f"{name}.out.data", "ptr")
    given = f"ptr {target}, ptr {w.data(name)}, i64 {count}, i1 false"
    w.put(f"call void @llvm.memcpy.p0.p0.i64({given})")
    found = held(w, f"{name}.out")
    w.put(f"call void @Py_IncRef(ptr {found})")
    return found


def new_tape(w: Writer, name: str, element: str) -> str:
    """The variable holds a vector of any size, which is returned; its elements are any."""
    data = w.made(f"call ptr @tape(ptr {owner(w, name)}, ptr {_shape(w)}, i32 {_DTYPES[element].num})")
    _unless_failed(w, data)
    w.keep(f"{name}.data", "ptr", data)
    return w.made(f"load i64, ptr {_shape(w)}")


def _shape(w: Writer) -> str:
    return w.slot("shape.", f"[{MOST_AXES} x i64]")


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
    w.holders.add(name)
    w.put(f"call void @hold(ptr {owner(w, name)}, ptr {held(w, other)})")


def pinned(w: Writer, name: str) -> str:
    """The address of the object that a variable holds, which is kept until the kernel ends."""
    found = held(w, name)
    w.pins = True
    status = w.made(f"call i32 @pin(ptr %pins, ptr {found})")
    there = w.fresh("there")
    w.fork(w.made(f"icmp ne i32 {status}, 0"), "failed", there)
    w.label(there)
    return w.made(f"ptrtoint ptr {found} to i64")


def found_at(w: Writer, name: str, place: str) -> None:
    """The variable holds the object that has this address."""
    found = w.made(f"inttoptr i64 {place} to ptr")
    w.holders.add(name)
    w.put(f"call void @hold(ptr {owner(w, name)}, ptr {found})")
    data = w.made(f"getelementptr i8, ptr {found}, i64 {w.head + DATA}")
    w.keep(f"{name}.data", "ptr", w.made(f"load ptr, ptr {data}"))


def held(w: Writer, name: str) -> str:
    """The object that a variable holds."""
    if name in w.given:
        return w.load(f"{name}.owner", "ptr")
    return w.made(f"load ptr, ptr {owner(w, name)}")


def declared(w: Writer) -> Iterable[str]:
    """The first lines of a kernel: where the owners are. A call within a call has its own, which are empty."""
    names = sorted(w.owners, key=lambda name: name in w.holders)
    yield f"  %own = alloca [{max(len(names), 1)} x ptr]"
    yield f"  call void @llvm.memset.p0.i64(ptr %own, i8 0, i64 {8 * len(names)}, i1 false)"
    for name in sorted(w.founds):
        yield f'  %"found.{name}" = alloca ptr'
        yield f'  store ptr null, ptr %"found.{name}"'
    if w.pins:
        yield "  %pins = alloca ptr"
        yield "  store ptr null, ptr %pins"
    yield "  %is.within = load i1, ptr @is.running"
    yield "  store i1 true, ptr @is.running"
    yield "  %kept = load ptr, ptr @kept"
    yield "  %owners = select i1 %is.within, ptr %own, ptr %kept"
    for place, name in enumerate(names):
        yield f"  {w.owners[name]} = getelementptr ptr, ptr %owners, i64 {place}"


def dropped(w: Writer) -> Iterable[str]:
    """The last lines: variables that hold objects of others let go of them first."""
    last = len(w.owners)
    first = len(w.owners.keys() - w.holders)
    for place, name in enumerate(sorted(w.founds)):
        yield f'  %last.{place} = load ptr, ptr %"found.{name}"'
        yield f"  call void @Py_DecRef(ptr %last.{place})"
    if w.pins:
        yield "  %pinned = load ptr, ptr %pins"
        yield "  call void @Py_DecRef(ptr %pinned)"
    yield f"  call void @drop(ptr %owners, i64 {first}, i64 {last})"
    yield "  br i1 %is.within, label %all, label %some\nsome:"
    yield f"  call void @keep(ptr %owners, i64 {first})"
    yield "  br label %done\nall:"
    yield f"  call void @drop(ptr %owners, i64 0, i64 {first})"
    yield "  br label %done\ndone:"
    yield "  store i1 %is.within, ptr @is.running"


def functions(w: Writer) -> Iterable[str]:
    """The text of the functions, and where the place of what is kept is written (see `kept`)."""
    yield "@kept = global ptr null"
    yield "@is.running = internal global i1 false"
    array = w.place_outside(np.ndarray)
    if w.pins:
        yield from _PIN.splitlines()
    parts = {"data": w.head + DATA, "rank": w.head + RANK, "shape": w.head + SHAPE}
    yield from _FUNCTIONS.format(
        array=array, most=MOST_KEPT, exact=str(_COUNTS_ARE_EXACT).lower(), **parts
    ).splitlines()


def kept(count: int) -> list[Any]:
    """A list with room for so many arrays that wait for the next call: nothing is in it, not even None."""
    make = ctypes.pythonapi.PyList_New
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_ssize_t]
    found: list[Any] = make(count)
    return found


def place_of(found: list[Any]) -> int:
    """Where a list has its items."""
    return (
        ctypes.c_void_p.from_address(id(found) + object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)).value
        or 0
    )


DECLARED = {
    "Py_IncRef": "declare void @Py_IncRef(ptr)",
    "Py_DecRef": "declare void @Py_DecRef(ptr)",
    "PyArray_New": "declare ptr @PyArray_New(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)",
    "llvm.memset.p0.i64": "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
    "llvm.memcpy.p0.p0.i64": "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
}

_PIN = """\
declare ptr @PyList_New(i64)
declare i32 @PyList_Append(ptr, ptr)
define internal i32 @pin(ptr %pins, ptr %one) noinline {
begin:
  %before = load ptr, ptr %pins
  %nothing = icmp eq ptr %before, null
  br i1 %nothing, label %first, label %more
first:
  %list = call ptr @PyList_New(i64 0)
  store ptr %list, ptr %pins
  %failed = icmp eq ptr %list, null
  br i1 %failed, label %none, label %more
more:
  %all = load ptr, ptr %pins
  %status = call i32 @PyList_Append(ptr %all, ptr %one)
  ret i32 %status
none:
  ret i32 -1
}
"""

# None of them is written out where it is called: what they do takes longer than a call, and kernels have many.
_FUNCTIONS = """\
define internal i1 @is.free(ptr %one) {{
  %nothing = icmp eq ptr %one, null
  br i1 %nothing, label %no, label %some
some:
  %count = load i32, ptr %one
  %once = icmp eq i32 %count, 1
  %free = and i1 %once, {exact}
  ret i1 %free
no:
  ret i1 false
}}
define internal ptr @made(ptr %owner, i64 %rank, ptr %shape, i32 %type) {{
  %before = load ptr, ptr %owner
  store ptr null, ptr %owner
  call void @Py_DecRef(ptr %before)
  %axes = trunc i64 %rank to i32
  %array = load ptr, ptr {array}
  %made = call ptr @PyArray_New(ptr %array, i32 %axes, ptr %shape, i32 %type, ptr null, ptr null, i32 0, i32 0, ptr null)
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
define internal ptr @new(ptr %owner, i64 %rank, ptr %shape, i32 %type) noinline {{
begin:
  %before = load ptr, ptr %owner
  %free = call i1 @is.free(ptr %before)
  br i1 %free, label %look, label %other
look:
  %place = getelementptr i8, ptr %before, i64 {shape}
  %sizes = load ptr, ptr %place
  br label %head
head:
  %k = phi i64 [ 0, %look ], [ %next, %body ]
  %more = icmp slt i64 %k, %rank
  br i1 %more, label %body, label %same
body:
  %wanted.place = getelementptr i64, ptr %shape, i64 %k
  %wanted = load i64, ptr %wanted.place
  %size.place = getelementptr i64, ptr %sizes, i64 %k
  %size = load i64, ptr %size.place
  %next = add i64 %k, 1
  %equal = icmp eq i64 %wanted, %size
  br i1 %equal, label %head, label %other
same:
  %data.place = getelementptr i8, ptr %before, i64 {data}
  %data = load ptr, ptr %data.place
  ret ptr %data
other:
  %new = call ptr @made(ptr %owner, i64 %rank, ptr %shape, i32 %type)
  ret ptr %new
}}
define internal ptr @tape(ptr %owner, ptr %size, i32 %type) noinline {{
  %before = load ptr, ptr %owner
  %free = call i1 @is.free(ptr %before)
  br i1 %free, label %same, label %other
same:
  %sizes.place = getelementptr i8, ptr %before, i64 {shape}
  %sizes = load ptr, ptr %sizes.place
  %found = load i64, ptr %sizes
  store i64 %found, ptr %size
  %place = getelementptr i8, ptr %before, i64 {data}
  %data = load ptr, ptr %place
  ret ptr %data
other:
  store i64 0, ptr %size
  %new = call ptr @made(ptr %owner, i64 1, ptr %size, i32 %type)
  ret ptr %new
}}
define internal i64 @elements(ptr %one) {{
begin:
  %rank.place = getelementptr i8, ptr %one, i64 {rank}
  %axes = load i32, ptr %rank.place
  %rank = sext i32 %axes to i64
  %place = getelementptr i8, ptr %one, i64 {shape}
  %sizes = load ptr, ptr %place
  br label %head
head:
  %k = phi i64 [ 0, %begin ], [ %next, %body ]
  %found = phi i64 [ 1, %begin ], [ %product, %body ]
  %more = icmp slt i64 %k, %rank
  br i1 %more, label %body, label %end
body:
  %size.place = getelementptr i64, ptr %sizes, i64 %k
  %size = load i64, ptr %size.place
  %product = mul i64 %found, %size
  %next = add i64 %k, 1
  br label %head
end:
  ret i64 %found
}}
define internal void @keep(ptr %owners, i64 %count) noinline {{
begin:
  br label %head
head:
  %k = phi i64 [ 0, %begin ], [ %next, %again ]
  %kept = phi i64 [ 0, %begin ], [ %then, %again ]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %body, label %end
body:
  %place = getelementptr ptr, ptr %owners, i64 %k
  %one = load ptr, ptr %place
  %next = add i64 %k, 1
  %free = call i1 @is.free(ptr %one)
  br i1 %free, label %look, label %gone
look:
  %size = call i64 @elements(ptr %one)
  %sum = add i64 %kept, %size
  %fits = icmp sle i64 %sum, {most}
  br i1 %fits, label %again, label %gone
gone:
  store ptr null, ptr %place
  call void @Py_DecRef(ptr %one)
  br label %again
again:
  %then = phi i64 [ %sum, %look ], [ %kept, %gone ]
  br label %head
end:
  ret void
}}
define internal ptr @larger(ptr %owner, ptr %data, i64 %used, i64 %size, ptr %shape, i32 %type) noinline {{
  store i64 %size, ptr %shape
  %array = load ptr, ptr {array}
  %made = call ptr @PyArray_New(ptr %array, i32 1, ptr %shape, i32 %type, ptr null, ptr null, i32 0, i32 0, ptr null)
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
define internal void @drop(ptr %owners, i64 %first, i64 %count) noinline {{
begin:
  br label %head
head:
  %k = phi i64 [ %first, %begin ], [ %next, %body ]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %body, label %end
body:
  %place = getelementptr ptr, ptr %owners, i64 %k
  %one = load ptr, ptr %place
  store ptr null, ptr %place
  call void @Py_DecRef(ptr %one)
  %next = add i64 %k, 1
  br label %head
end:
  ret void
}}
"""
