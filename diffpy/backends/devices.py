"""Devices that hold arrays: a value in, the array module that computes with it out. NumPy is the host's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType
from typing import Any, cast
from weakref import WeakKeyDictionary, ref

import numpy

from diffpy.backends.device_functions import Making, Ufunc, UfuncMethod
from diffpy.functions import package_of


@dataclass(frozen=True, eq=False)
class Device:
    """An array library with memory of its own.

    `module` computes with its arrays and makes new ones, under NumPy's names. `instead` says what stands, in a
    program that runs on the device, for a function of NumPy: for those that make arrays of what is none, and for those
    that the library has under no name or another one. All others find their way by NumPy's own protocols
    (`__array_ufunc__`, `__array_function__`).
    """

    name: str
    array: type
    module: Any
    to_device: Callable[[numpy.ndarray], Any]
    to_host: Callable[[Any], numpy.ndarray]
    laid_out: Callable[..., Any]  # (memory, shape, dtype, offset, strides): an array in bytes of the device
    instead: Mapping[str, Any] = field(default_factory=dict)  # by NumPy's dotted name: "zeros", "random"
    kernel: Callable[[str, str], Callable[..., None]] | None = None  # of a text in CUDA C++, by its name

    def __repr__(self) -> str:
        return f"<device {self.name}>"

    @cached_property
    def stands(self) -> dict[int, Any]:
        """The same by the identity of NumPy's function."""
        found = {}
        for dotted, other in self.instead.items():
            function = _in_numpy(dotted)
            if function is not None:
                found[id(function)] = other
                _NUMPYS[id(other)] = function, other
        return found

    @cached_property
    def making(self) -> Making:
        return Making(self.array, self.module, self.to_device)

    @cached_property
    def functions(self) -> Functions:
        """The library's functions under NumPy's names, for numbers too where NumPy's take them."""
        return Functions(self.module, self.instead)


class Functions:
    """An array module: what a device has `instead`, and all else as its library has it."""

    def __init__(self, module: Any, instead: Mapping[str, Any], prefix: str = "") -> None:
        self.__module, self.__instead, self.__prefix = module, instead, prefix

    def __getattr__(self, name: str) -> Any:
        dotted = f"{self.__prefix}{name}"
        if dotted in ("linalg", "fft", "random"):
            found: Any = Functions(getattr(self.__module, name), self.__instead, f"{dotted}.")
        else:
            found = self.__instead.get(dotted) or getattr(self.__module, name)
        vars(self)[name] = found
        return found


KNOWN: dict[type, Device] = {}
_LIBRARIES = {"numpy", "scipy", "cupy", "cupyx"}
_HERE: ContextVar[Device | None] = ContextVar("device", default=None)


def _in_numpy(dotted: str) -> Any:
    found: Any = numpy
    for part in dotted.split("."):
        found = getattr(found, part, None)
    return found


def register(device: Device) -> Device:
    """Know the arrays of a library from now on."""
    KNOWN[device.array] = device
    _LIBRARIES.add(package_of(device.array))
    return device


def is_library(package: str) -> bool:
    """Whether the functions of a package belong to Python, NumPy, SciPy or a device's library: they are no program's."""
    return package in _LIBRARIES or (package in sys.stdlib_module_names and package != "__main__")


def known() -> Iterable[Device]:
    return KNOWN.values()


def forget(device: Device) -> None:
    """Know them no longer."""
    for cls in [cls for cls, one in KNOWN.items() if one is device]:
        del KNOWN[cls]


def present() -> bool:
    """Whether there may be arrays that are not NumPy's."""
    return bool(KNOWN) or "cupy" in sys.modules


def of(x: object) -> Device | None:
    """The device that holds x; None for what NumPy holds, and for what is no array."""
    cls = type(x)
    found = KNOWN.get(cls)
    if found is None and cls.__module__.partition(".")[0] == "cupy" and "cupy" in sys.modules:
        return _of_cupy(cls)
    return found


def _of_cupy(cls: type) -> Device | None:
    device = importlib.import_module("diffpy.backends.cupy").device()
    if issubclass(cls, device.array):
        KNOWN[cls] = device
        return device
    return None


def first_of(values: Iterable[object]) -> Device | None:
    """The device of the first value that is on one."""
    return next((found for one in values if (found := of(one)) is not None), None)


def here() -> Device | None:
    """The device that the program runs on which calls this; None for the host."""
    return _HERE.get()


@contextmanager
def running_on(device: Device | None) -> Iterator[None]:
    """What is called within makes its arrays on the device."""
    token = _HERE.set(device)
    try:
        yield
    finally:
        _HERE.reset(token)


def array_module(*values: object) -> Any:
    """The array module of the first value that a device holds; without one, that of the program that runs."""
    if not KNOWN and "cupy" not in sys.modules:
        return numpy
    for value in values:
        found = of(value)
        if found is not None:
            return found.functions
    running = _HERE.get()
    return numpy if running is None else running.functions


# Functions that were made to run on a device stand for others, by which rules and derivatives know them.
_ORIGINALS: WeakKeyDictionary[Any, ref] = WeakKeyDictionary()
_NUMPYS: dict[int, tuple[Any, Any]] = {}
_UNPLACE: list[Callable[[FunctionType], FunctionType]] = []


def install(unplace: Callable[[FunctionType], FunctionType]) -> None:
    """Lend the way back from functions that were defined inside functions on a device."""
    _UNPLACE[:] = [unplace]


def stands_for(made: FunctionType, function: FunctionType) -> None:
    """Note that a function runs in place of another one on a device."""
    _ORIGINALS[made] = ref(function)


def stands_for_numpys(made: Any, function: Any) -> None:
    """The same for a function of NumPy."""
    _NUMPYS[id(made)] = function, made


def original(function: Any) -> Any:
    """The function of the program, or of NumPy, that one on a device stands for; anything else as it is."""
    if not KNOWN:
        return function
    if type(function) is FunctionType:
        if function in _ORIGINALS:
            return _ORIGINALS[function]() or function
        return function if type(function.__globals__) is dict else _UNPLACE[0](function)
    if isinstance(function, Ufunc | UfuncMethod):
        return function.original
    found = _NUMPYS.get(id(function))
    return found[0] if found is not None and found[1] is function else function


def instead_of(function: Any) -> Any:
    """What stands for a function of NumPy where this runs; the function itself on the host."""
    device = _HERE.get()
    if device is None:
        return function
    if type(function) is MethodDescriptorType and function.__objclass__ is numpy.ndarray:
        return _method(function.__name__)
    if type(function) is MethodDescriptorType and function.__objclass__ is numpy.ufunc:
        return lambda ufunc, *args, **keywords: instead_of(getattr(ufunc, function.__name__))(
            *args, **keywords
        )
    if type(function) is BuiltinFunctionType and isinstance(function.__self__, numpy.ufunc):
        return UfuncMethod(function, device.making)
    if id(function) in _DRAWING:
        return lambda owner, *args, **keywords: drawing(getattr(owner, function.__name__))(*args, **keywords)
    return device.stands.get(id(function), function)


def drawing(method: Any) -> Any:
    """A method of a generator of random numbers, which draws on the host, for arrays of the device that runs."""
    device = _HERE.get()
    if device is None or not isinstance(getattr(method, "__self__", None), GENERATORS):
        return method

    def draw(*args: Any, **keywords: Any) -> Any:
        held = [device.to_host(x) if isinstance(x, device.array) else x for x in args]
        named = {k: device.to_host(x) if isinstance(x, device.array) else x for k, x in keywords.items()}
        found = method(*held, **named)
        if method.__name__ == "shuffle" and isinstance(args[0], device.array):
            cast(Any, args[0])[...] = device.to_device(held[0])
        return device.to_device(found) if isinstance(found, numpy.ndarray) else found

    return draw


GENERATORS = (numpy.random.Generator, numpy.random.RandomState)
DRAWING = frozenset(name for one in GENERATORS for name in vars(one) if not name.startswith("_"))
_DRAWING = frozenset(id(vars(one)[name]) for one in GENERATORS for name in DRAWING & {*vars(one)})


def _method(name: str) -> Callable[..., Any]:
    """A method of arrays, whichever array it is called of."""

    def call(owner: Any, *args: Any, **keywords: Any) -> Any:
        return getattr(owner, name)(*args, **keywords)

    return call
