"""Loops whose rounds threads share: one over `shared(n)` in; a function that does a round, and the call of it, out.

The function has variables of its own; the kernel hands it a frame, with what its own variables hold where the loop is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from math import prod

from diffpy.backends.llvm_text import INTEGER, SHARED, STORED, Kind, NoMachineCode, Writer, block, number


def _shared(w: Writer, loop: ast.For) -> None:
    assert isinstance(loop.iter, ast.Call) and isinstance(loop.target, ast.Name)
    rounds = number(w, loop.iter.args[0]).text
    name = w.fresh("task.")
    slots = _task(w, name, loop.target.id, loop.body)
    frame = w.slot(f"{name}.frame", f"[{max(len(slots), 1)} x i64]")
    for place, (one, kind) in enumerate(slots.items()):
        entry = w.made(f"getelementptr i64, ptr {frame}, i64 {place}")
        w.put(f"store {kind} {w.load(one, kind)}, ptr {entry}")
    found = w.made(f'call i32 @parted(ptr @"{name}", ptr {frame}, i64 {rounds})')
    noted = w.made(f"and i32 {found}, 65535")
    early = w.made("load i32, ptr %early")
    w.put(f"store i32 {w.made(f'or i32 {early}, {noted}')}, ptr %early")
    behind = w.fresh("behind")
    w.fork(w.made(f"icmp ult i32 {found}, 65536"), behind, "again")  # Python raises in one of the rounds.
    w.label(behind)


SHARED.append(_shared)


def _task(w: Writer, name: str, index: str, body: list[ast.stmt]) -> dict[str, str]:
    """Write the function of a round; the variables that it wants, with their kinds in memory."""
    inside = replace(w, lines=[], slots={}, loops=[], owners={}, is_open=True)
    inside.hold(index, Kind(INTEGER))
    inside.keep(index, INTEGER, "%round")
    block(inside, body)
    if inside.owners or any(_is_scattered(w, n) for one in body for n in ast.walk(one)):
        raise NoMachineCode("an array that threads make, or write, as it is laid out")
    w.count, w.widened = inside.count, w.widened or inside.widened
    slots = {one: kind for one, kind in inside.slots.items() if one != index}
    w.tasks += _text(name, inside, slots, _made(w, body))
    return slots


def _is_scattered(w: Writer, node: ast.AST) -> bool:
    """Whether an array is written of which two elements may be one."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
            return not w.array(name).is_compact
    return False


def _made(w: Writer, body: list[ast.stmt]) -> list[str]:
    """The arrays in registers that a round makes."""
    names = {n.id for one in body for n in ast.walk(one) if isinstance(n, ast.Name)}
    return sorted(names & w.small.keys())


def _text(name: str, inside: Writer, slots: dict[str, str], small: list[str]) -> Iterable[str]:
    yield f'define internal i32 @"{name}"(ptr %frame, i64 %round) noinline {{'
    for one, kind in inside.slots.items():
        yield f'  %"v.{one}" = alloca {kind}'
    for one in small:
        yield f'  %"small.{one}" = alloca [{prod(inside.small[one])} x {STORED[inside.kind(one).element]}]'
    for place, (one, kind) in enumerate(slots.items()):
        yield f"  %in.{place} = getelementptr i64, ptr %frame, i64 {place}"
        yield f"  %held.{place} = load {kind}, ptr %in.{place}"
        yield f'  store {kind} %held.{place}, ptr %"v.{one}"'
    yield from inside.lines
    yield "  ret i32 0"
    yield "again:\n  ret i32 1\n}"


def functions(w: Writer) -> Iterable[str]:
    """The text of the functions, and of what has their rounds done (see `llvm_threads`)."""
    if w.tasks:
        yield from w.tasks
        yield from _PARTED.splitlines()


_PARTED = """\
@place = global ptr null
@shared = global ptr null
define internal i32 @parted(ptr %task, ptr %frame, i64 %rounds) noinline {
  %is.one = icmp eq i64 %rounds, 1
  br i1 %is.one, label %alone, label %many
alone:
  %failed = call i32 %task(ptr %frame, i64 0)
  %high = shl i32 %failed, 16
  ret i32 %high
many:
  %place = load ptr, ptr @place
  %shared = load ptr, ptr @shared
  %found = call i32 %shared(ptr %place, ptr %task, ptr %frame, i64 %rounds)
  ret i32 %found
}
"""
