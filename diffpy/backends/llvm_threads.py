"""Threads for kernels: how many of them in, a place where a kernel leaves work for all of them out.

A kernel leaves a task, which is a function of its own, and a number of parts. Whoever has time takes the next part, the
thread that the kernel runs in among them: it waits for parts that were taken, never for a thread. So a machine that is
busy costs little, and where the threads are gone, as they are in a process that was forked, the kernel does it all.
The threads run nothing of Python's, and hold no lock of it.
"""

from __future__ import annotations

import ctypes
import platform
import threading
from contextlib import suppress
from functools import cache
from typing import Any

from diffpy.backends.llvm_processor import machine

MOST = 32  # threads
_SHORT, _LONG = 3_000, 30_000  # looks at what is there before a thread sleeps: for the last part, for a task

_SLEEPS = 2**32  # beside the number of parts that are done: the kernel sleeps until the last one is


class _Worker(ctypes.Structure):
    """A thread: whether it sleeps, and the lock that wakes it."""

    _fields_ = [("is_asleep", ctypes.c_int64), ("wakes", ctypes.c_void_p)]


class _Place(ctypes.Structure):
    """Where work is left. The ticket has the number of the task, its parts, and how many were taken from either end."""

    _fields_ = [
        ("ticket", ctypes.c_int64),
        ("is_taken", ctypes.c_int64),
        ("task", ctypes.c_void_p),
        ("frame", ctypes.c_void_p),
        ("done", ctypes.c_int64),
        ("noted", ctypes.c_int64),
        ("finished", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("workers", _Worker * MOST),
    ]


class Threads:
    """So many threads, with the one that calls: the place of their work, and the function that leaves it there."""

    def __init__(self, count: int) -> None:
        self.engine = _engine()
        self.place = _Place(finished=_lock(), count=count - 1)
        self.address = ctypes.addressof(self.place)
        self.shared = self.engine.get_function_address("shared")
        serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(
            self.engine.get_function_address("serve")
        )
        for worker in self.place.workers[: count - 1]:
            worker.wakes = _lock()
            given = self.address, ctypes.addressof(worker)
            with suppress(RuntimeError):  # Where the system has no more threads, fewer share the work.
                threading.Thread(target=serve, args=given, name="diffpy kernel", daemon=True).start()


@cache
def threads(count: int) -> Threads:
    """The threads of that count, which stay until the process ends."""
    return Threads(count)


def _lock() -> Any:
    """One of Python's own locks, locked: machine code can wait for it on any system."""
    make, acquire = ctypes.pythonapi.PyThread_allocate_lock, ctypes.pythonapi.PyThread_acquire_lock
    make.restype, acquire.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]
    found = make()
    acquire(found, 1)
    return found


@cache
def _engine() -> Any:
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(_text()), machine())
    engine.finalize_object()
    return engine


def _text() -> str:
    rest = _RESTS.get(platform.machine().lower(), "")
    declared = rest.replace("call", "declare").replace("i32 1", "i32")
    return declared + _FUNCTIONS.format(short=_SHORT, long=_LONG, sleeps=_SLEEPS, rest=rest, left=_LEFT)


# What tells a processor that a thread looks at the same place again and again.
_X86, _ARM = "call void @llvm.x86.sse2.pause()", "call void @llvm.aarch64.hint(i32 1)"
_RESTS = {"x86_64": _X86, "amd64": _X86, "aarch64": _ARM, "arm64": _ARM}

# Whether parts are left that nobody has taken, from the front or from the back.
_LEFT = """\
  %ticket = load atomic i64, ptr %p seq_cst, align 8
  %shifted = lshr i64 %ticket, 16
  %parts = and i64 %shifted, 65535
  %front = and i64 %ticket, 255
  %back.shifted = lshr i64 %ticket, 8
  %back = and i64 %back.shifted, 255
  %taken = add i64 %front, %back
  %some = icmp ult i64 %taken, %parts
"""

_FUNCTIONS = """
declare i32 @feclearexcept(i32)
declare i32 @fetestexcept(i32)
declare i32 @PyThread_acquire_lock(ptr, i32)
declare void @PyThread_release_lock(ptr)
%worker = type {{ i64, ptr }}
%place = type {{ i64, i64, ptr, ptr, i64, i64, ptr, i64, [0 x %worker] }}
; Do the next part: 0 where there is none, 2 where it was the last and the kernel sleeps, else 1.
; The kernel takes them from the front, the others from the back: what a thread has written it finds near by, later on.
define internal i32 @next(ptr %p, i1 %is.kernel) {{
begin:
  %task.place = getelementptr %place, ptr %p, i64 0, i32 2
  %frame.place = getelementptr %place, ptr %p, i64 0, i32 3
  %done.place = getelementptr %place, ptr %p, i64 0, i32 4
  %noted.place = getelementptr %place, ptr %p, i64 0, i32 5
  br label %look
look:
{left}  br i1 %some, label %try, label %nothing
nothing:
  ret i32 0
try:
  %task = load atomic ptr, ptr %task.place monotonic, align 8
  %frame = load atomic ptr, ptr %frame.place monotonic, align 8
  %step = select i1 %is.kernel, i64 1, i64 256
  %behind = add i64 %ticket, %step
  %swapped = cmpxchg ptr %p, i64 %ticket, i64 %behind seq_cst seq_cst, align 8
  %is.mine = extractvalue {{ i64, i1 }} %swapped, 1
  br i1 %is.mine, label %do, label %look
do:
  %last = sub i64 %parts, 1
  %from.back = sub i64 %last, %back
  %part = select i1 %is.kernel, i64 %front, i64 %from.back
  %cleared = call i32 @feclearexcept(i32 31)
  %failed = call i32 %task(ptr %frame, i64 %part)
  %flags = call i32 @fetestexcept(i32 31)
  %high = shl i32 %failed, 16
  %both = or i32 %flags, %high
  %wide = zext i32 %both to i64
  %before = atomicrmw or ptr %noted.place, i64 %wide seq_cst, align 8
  %others = atomicrmw add ptr %done.place, i64 1 seq_cst, align 8
  %sum = add i64 %others, 1
  %sleeping.last = or i64 %parts, {sleeps}
  %is.last = icmp eq i64 %sum, %sleeping.last
  %answer = select i1 %is.last, i32 2, i32 1
  ret i32 %answer
}}
; What a thread does for ever.
define void @serve(ptr %p, ptr %own) {{
begin:
  %lock.place = getelementptr %worker, ptr %own, i64 0, i32 1
  %finished.place = getelementptr %place, ptr %p, i64 0, i32 6
  br label %look
look:
  %looks = phi i64 [ 0, %begin ], [ 0, %did ], [ 0, %post ], [ %more, %idle ], [ 0, %cancel ], [ 0, %sleep ]
  %found = call i32 @next(ptr %p, i1 false)
  switch i32 %found, label %did [ i32 0, label %idle
                                  i32 2, label %post ]
did:
  br label %look
post:
  %finished = load ptr, ptr %finished.place
  call void @PyThread_release_lock(ptr %finished)
  br label %look
idle:
  {rest}
  %more = add i64 %looks, 1
  %is.patient = icmp ult i64 %more, {long}
  br i1 %is.patient, label %look, label %tired
tired:
  store atomic i64 1, ptr %own seq_cst, align 8
{left}  br i1 %some, label %cancel, label %sleep
cancel:
  %was = atomicrmw xchg ptr %own, i64 0 seq_cst, align 8
  %is.mine = icmp eq i64 %was, 1
  br i1 %is.mine, label %look, label %sleep
sleep:
  %lock = load ptr, ptr %lock.place
  %awake = call i32 @PyThread_acquire_lock(ptr %lock, i32 1)
  br label %look
}}
; Do all parts of a task: what the processor noted of them, and in the upper half whether one failed.
define i32 @shared(ptr %p, ptr %task, ptr %frame, i64 %parts) {{
begin:
  %taken.place = getelementptr %place, ptr %p, i64 0, i32 1
  %task.place = getelementptr %place, ptr %p, i64 0, i32 2
  %frame.place = getelementptr %place, ptr %p, i64 0, i32 3
  %done.place = getelementptr %place, ptr %p, i64 0, i32 4
  %noted.place = getelementptr %place, ptr %p, i64 0, i32 5
  %finished.place = getelementptr %place, ptr %p, i64 0, i32 6
  %count.place = getelementptr %place, ptr %p, i64 0, i32 7
  %early = call i32 @fetestexcept(i32 31)
  %taken = atomicrmw xchg ptr %taken.place, i64 1 seq_cst, align 8
  %is.free = icmp eq i64 %taken, 0
  br i1 %is.free, label %leave, label %alone
alone:
  %n = phi i64 [ 0, %begin ], [ %n.more, %alone ]
  %bad = phi i32 [ 0, %begin ], [ %bad.more, %alone ]
  %one = call i32 %task(ptr %frame, i64 %n)
  %bad.more = or i32 %bad, %one
  %n.more = add i64 %n, 1
  %on = icmp ult i64 %n.more, %parts
  br i1 %on, label %alone, label %counted
counted:
  %own = call i32 @fetestexcept(i32 31)
  %own.high = shl i32 %bad.more, 16
  %own.answer = or i32 %own, %own.high
  ret i32 %own.answer
leave:
  store atomic ptr %task, ptr %task.place monotonic, align 8
  store atomic ptr %frame, ptr %frame.place monotonic, align 8
  store atomic i64 0, ptr %done.place monotonic, align 8
  store atomic i64 0, ptr %noted.place monotonic, align 8
  %before = load atomic i64, ptr %p monotonic, align 8
  %number = lshr i64 %before, 32
  %next.number = add i64 %number, 1
  %high = shl i64 %next.number, 32
  %middle = shl i64 %parts, 16
  %ticket = or i64 %high, %middle
  store atomic i64 %ticket, ptr %p seq_cst, align 8
  %count = load i64, ptr %count.place
  br label %wake
wake:
  %k = phi i64 [ 0, %leave ], [ %k.more, %woken ]
  %all = icmp uge i64 %k, %count
  br i1 %all, label %work, label %ask
ask:
  %worker = getelementptr %place, ptr %p, i64 0, i32 8, i64 %k
  %asleep = atomicrmw xchg ptr %worker, i64 0 seq_cst, align 8
  %sleeps = icmp eq i64 %asleep, 1
  br i1 %sleeps, label %shake, label %woken
shake:
  %lock.place = getelementptr %worker, ptr %worker, i64 0, i32 1
  %lock = load ptr, ptr %lock.place
  call void @PyThread_release_lock(ptr %lock)
  br label %woken
woken:
  %k.more = add i64 %k, 1
  br label %wake
work:
  %found = call i32 @next(ptr %p, i1 true)
  %is.left = icmp ne i32 %found, 0
  br i1 %is.left, label %work, label %wait
wait:
  %looks = phi i64 [ 0, %work ], [ %looks.more, %again ]
  %done = load atomic i64, ptr %done.place seq_cst, align 8
  %is.done = icmp eq i64 %done, %parts
  br i1 %is.done, label %end, label %again
again:
  {rest}
  %looks.more = add i64 %looks, 1
  %is.patient = icmp ult i64 %looks.more, {short}
  br i1 %is.patient, label %wait, label %tell
tell:
  %until = atomicrmw or ptr %done.place, i64 {sleeps} seq_cst, align 8
  %is.over = icmp eq i64 %until, %parts
  br i1 %is.over, label %end, label %meet
meet:
  %finished = load ptr, ptr %finished.place
  %met = call i32 @PyThread_acquire_lock(ptr %finished, i32 1)
  br label %end
end:
  %noted = load atomic i64, ptr %noted.place seq_cst, align 8
  store atomic i64 0, ptr %taken.place seq_cst, align 8
  %late = trunc i64 %noted to i32
  %answer = or i32 %late, %early
  ret i32 %answer
}}
"""
