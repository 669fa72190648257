"""What stands for functions of NumPy in a program that runs on a device: the device's functions, and some of them joined.

Most functions of NumPy find a device by themselves, from their arguments. Here are the others: those that make arrays,
those that may be given no array but numbers in lists, and those that CuPy lacks or gives another name.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

# These make arrays of sizes and numbers.
MAKING = (
    "arange bartlett blackman empty eye fft.fftfreq fft.rfftfreq full hamming hanning identity indices kaiser linspace "
    "logspace ones tri zeros"
).split()
# These make an array of what they are given.
TAKING = "array asanyarray asarray ascontiguousarray asfortranarray".split()
# These take arrays, and numbers or lists of numbers in their place.
MIXED = (
    "append atleast_1d atleast_2d atleast_3d broadcast_to column_stack concatenate cumprod cumsum diag diag_indices "
    "diagflat dstack expand_dims hstack ix_ kron meshgrid outer pad ravel repeat reshape stack tile tril tril_indices "
    "triu triu_indices vander vstack"
).split()
# These take arrays, or lists of numbers that are arrays without axes.
OF_LISTS = (
    "all amax amin any argmax argmin argsort average cross diff dot inner interp linalg.det linalg.inv linalg.norm "
    "linalg.solve matrix_transpose max mean median min nanmax nanmean nanmin nansum ndim prod ptp select shape size "
    "sort squeeze std sum take trace transpose trapezoid var vdot where"
).split()
# These have methods, which no protocol of NumPy's hands on.
UFUNCS = (
    "add bitwise_and bitwise_or divide fmax fmin logaddexp logical_and logical_or maximum minimum multiply power subtract"
).split()

Function = Callable[..., Any]


class Ufunc:
    """A function of NumPy whose methods (np.add.at, np.add.outer) are the device's."""

    def __init__(self, original: Any, module: Any) -> None:
        self.original, self.module = original, module
        self.__name__ = original.__name__

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.original(*args, **keywords)

    def __getattr__(self, name: str) -> Any:
        return UfuncMethod(getattr(self.original, name), self.module)


class UfuncMethod:
    """np.add.at on a device."""

    def __init__(self, original: Any, module: Any) -> None:
        self.original, self.module = original, module
        self.__name__ = original.__name__

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        function = getattr(self.module, self.original.__self__.__name__)
        return getattr(function, self.__name__)(*args, **keywords)


def instead(array: type, module: Any, to_device: Function) -> Mapping[str, Any]:
    """What stands for NumPy's functions, by their names there, with a library's arrays, functions and way to it."""
    made = _Making(array, module, to_device)
    found: dict[str, Any] = {name: _given(module, name) for name in MAKING}
    found |= {name: functools.partial(made.taking, _given(module, name)) for name in TAKING}
    found |= {
        name: functools.partial(made.mixed, _given(module, name), getattr(numpy, name)) for name in MIXED
    }
    found |= {name: functools.partial(made.of_lists, _get(numpy, name)) for name in OF_LISTS}
    found |= {name: Ufunc(getattr(numpy, name), module) for name in UFUNCS}
    found |= {"shares_memory": shares_memory, "may_share_memory": shares_memory}
    found |= {name: one for name, one in lacking(module).items() if _get(module, name) is None}
    return found


class _Layout:
    """How an array lies in memory, as NumPy reads it; the memory itself is not read."""

    def __init__(self, array: Any) -> None:
        self.__array_interface__ = {
            "data": (array.data.ptr, False),
            "shape": array.shape,
            "strides": array.strides,
            "typestr": array.dtype.str,
            "version": 3,
        }


def shares_memory(one: Any, other: Any, max_work: int | None = None) -> bool:
    """Whether two arrays of a device share an entry: told by their addresses, so nobody waits for the device."""
    if (
        not (hasattr(one, "data") and hasattr(other, "data"))
        or isinstance(one, _HELD)
        or isinstance(other, _HELD)
    ):
        return False
    if not (one.size and other.size):
        return False
    return numpy.shares_memory(numpy.asarray(_Layout(one)), numpy.asarray(_Layout(other)))


_HELD = (numpy.ndarray, numpy.generic)  # by the host


def _get(module: Any, dotted: str) -> Any:
    try:
        return functools.reduce(getattr, dotted.split("."), module)
    except AttributeError:
        return None


def _given(module: Any, name: str) -> Function:
    """A function of the module, looked up when it is called."""

    @functools.wraps(_get(numpy, name), assigned=("__name__", "__qualname__", "__doc__"), updated=())
    def call(*args: Any, **keywords: Any) -> Any:
        return _get(module, name)(*args, **keywords)

    return call


class _Making:
    """How arrays are made of numbers, lists and arrays."""

    def __init__(self, array: type, module: Any, to_device: Function) -> None:
        self.array, self.module, self.to_device = array, module, to_device

    def taking(self, function: Function, x: Any, *args: Any, **keywords: Any) -> Any:
        """array(x): a list may hold arrays, and numbers beside them."""
        if isinstance(x, list | tuple) and self.holds(x):
            return function(self.joined(x), *args, **keywords)
        return function(x, *args, **keywords)

    def joined(self, x: Any) -> Any:
        """A list of arrays, numbers and such lists as one array."""
        if isinstance(x, list | tuple):
            parts = [self.joined(one) for one in x]
            kind = numpy.result_type(*(one.dtype for one in parts))
            return self.module.stack([one.astype(kind, copy=False) for one in parts])
        return x if isinstance(x, self.array) else self.module.asarray(x)

    def mixed(self, function: Function, of_host: Function, *args: Any, **keywords: Any) -> Any:
        """On the device where there is an array; else what NumPy makes of the numbers, moved."""
        if self.holds((*args, *keywords.values())):
            return function(*map(self.with_arrays, args), **keywords)
        found = of_host(*args, **keywords)
        return self.moved(found)

    def of_lists(self, function: Function, *args: Any, **keywords: Any) -> Any:
        """The same function of arrays in place of lists that hold some."""
        given = (self.joined(x) if isinstance(x, list | tuple) and self.holds(x) else x for x in args)
        return function(*given, **keywords)

    def with_arrays(self, x: Any) -> Any:
        """[x, 1.0]: arrays in place of the numbers beside them."""
        if isinstance(x, list | tuple) and self.holds(x):
            return [self.joined(one) for one in x]
        return x

    def holds(self, x: Any) -> bool:
        """Whether x is an array of the device, or holds one."""
        if isinstance(x, list | tuple):
            return any(map(self.holds, x))
        return isinstance(x, self.array)

    def moved(self, found: Any) -> Any:
        if isinstance(found, list | tuple):
            return type(found)(map(self.moved, found))
        return self.to_device(found) if isinstance(found, numpy.ndarray) else found


def lacking(xp: Any) -> dict[str, Function]:
    """Functions that CuPy lacks, from functions that it has."""

    def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
        return (xp.conj(a) * b).sum(axis=axis)

    def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
        if axis is None and not keepdims:
            return xp.linalg.norm(x.ravel(), ord=ord)
        return xp.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)

    def multi_dot(arrays: Sequence[Any]) -> Any:
        return functools.reduce(operator.matmul, arrays)

    return {
        "geomspace": lambda start, stop, num=50: xp.exp(xp.linspace(numpy.log(start), numpy.log(stop), num)),
        "unstack": lambda x, *, axis=0: tuple(xp.moveaxis(x, axis, 0)),
        "vecdot": vecdot,
        "matvec": lambda a, b: xp.matmul(a, b[..., None])[..., 0],
        "vecmat": lambda a, b: xp.matmul(xp.conj(a)[..., None, :], b)[..., 0, :],
        "linalg.diagonal": lambda x, *, offset=0: xp.diagonal(x, offset, -2, -1),
        "linalg.matrix_norm": lambda x, *, ord="fro", keepdims=False: xp.linalg.norm(
            x, ord, (-2, -1), keepdims
        ),
        "linalg.multi_dot": multi_dot,
        "linalg.outer": lambda a, b: xp.outer(a, b),
        "linalg.svdvals": lambda x: xp.linalg.svd(x, compute_uv=False),
        "linalg.tensordot": lambda a, b, *, axes=2: xp.tensordot(a, b, axes),
        "linalg.trace": lambda x, *, offset=0, dtype=None: xp.trace(x, offset, -2, -1, dtype),
        "linalg.vecdot": lambda a, b, *, axis=-1: vecdot(a, b, axis),
        "linalg.vector_norm": vector_norm,
    }
