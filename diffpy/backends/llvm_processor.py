"""The processor that is here, to LLVM: what machine code is made for, and the functions from outside that it may call."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from diffpy.backends.blas import products
from diffpy.backends.llvm_calls import FUNCTIONS, TWO

LEVEL = 3  # of LLVM's optimisations


@cache
def target() -> Any:
    """The kind of processor that is here; kernels may call the functions from outside."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name, address in _outside():
        llvm.add_symbol(name, address)
    return llvm.Target.from_default_triple()


def machine() -> Any:
    """The processor that is here; what makes machine code of a module owns it."""
    import llvmlite.binding as llvm

    cpu = llvm.get_host_cpu_name()
    return target().create_target_machine(cpu=cpu, features=features(), opt=LEVEL, jit=True)


def features() -> str:
    import llvmlite.binding as llvm

    found: str = llvm.get_host_cpu_features().flatten()
    return found


def address(library: Any, name: str) -> int:
    """Where a function of a library is."""
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


_PYTHON = (
    *("Py_IncRef", "Py_DecRef", "PyFloat_AsDouble", "PyFloat_FromDouble", "PyLong_AsLongLong"),
    *("PyLong_FromLongLong", "PyBool_FromLong", "PyObject_IsTrue", "PyErr_Occurred", "PyObject_Vectorcall"),
    *("PyList_New", "PyList_Append", "PyTuple_New", "PyTuple_GetItem", "PyTuple_SetItem"),
    *("PyThread_acquire_lock", "PyThread_release_lock"),
)


def _outside() -> Iterable[tuple[str, int]]:
    for name in _PYTHON:
        yield name, address(ctypes.pythonapi, name)
    libm = _libm()
    for name in (*FUNCTIONS, *TWO, "feclearexcept", "fetestexcept"):
        for spelled in (name, f"{name}f"):
            if hasattr(libm, spelled):
                yield spelled, address(libm, spelled)
    yield "PyArray_New", _array_function(93)
    if (found := products()) is not None:
        yield from ((f"blas_{name}", place) for name, place in found.addresses.items())


@cache
def _libm() -> Any:
    return ctypes.CDLL(ctypes.util.find_library("m") or None)


def _array_function(place: int) -> int:
    """A function of NumPy's by its place in the table of those that compiled extensions call."""
    capsule = np._core._multiarray_umath._ARRAY_API  # type: ignore[attr-defined]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = ctypes.cast(pointer(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    return table[place] or 0


# What processors note of operations, of which NumPy may speak.
_NAMES = ("invalid", "divide", "over")
_FLAGS = {"x86_64": (1, 4, 8), "amd64": (1, 4, 8), "aarch64": (1, 2, 4), "arm64": (1, 2, 4)}


def flags() -> dict[str, int]:
    """By the names that np.errstate has for it; of an unknown processor nothing is known."""
    return dict(zip(_NAMES, _FLAGS.get(platform.machine().lower(), (0, 0, 0)), strict=True))
