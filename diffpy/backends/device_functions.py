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
    "lib.stride_tricks.as_strided logspace ones tri zeros"
).split()
# These make an array of what they are given.
TAKING = "array asanyarray asarray ascontiguousarray asfortranarray".split()
# These take arrays, and numbers or lists of numbers in their place.
MIXED = (
    "append atleast_1d atleast_2d atleast_3d column_stack concatenate cumprod cumsum diag diag_indices "
    "diagflat dstack expand_dims hstack ix_ kron meshgrid outer pad ravel repeat reshape stack tile tril tril_indices "
    "triu triu_indices vander vstack"
).split()
# Of them these take several in a list.
SEVERAL = frozenset("column_stack concatenate dstack hstack stack vstack".split())
# These take arrays, or lists of numbers that are arrays without axes.
OF_LISTS = (
    "all allclose amax amin any argmax argmin argsort array_equal average bincount clip count_nonzero cross diff flip "
    "linalg.cond linalg.det linalg.eigh linalg.eigvalsh linalg.inv linalg.matrix_power linalg.norm linalg.pinv "
    "linalg.slogdet linalg.svd matrix_transpose max mean median min nanmax nanmean nanmin nanstd nansum nanvar ndim "
    "nonzero percentile prod ptp quantile roll round searchsorted shape size sort squeeze std sum swapaxes take trace "
    "transpose unique var where"
).split()
# These take as many arrays, where NumPy takes lists and numbers too.
OF_ARRAYS = dict.fromkeys(
    "convolve correlate dot inner linalg.solve polyval tensordot trapezoid vdot".split(), 2
)
OF_ARRAYS |= {"interp": 3, "put": 3}
# These take lists, and have methods: no protocol of NumPy's hands on either.
UFUNCS = [name for name, one in vars(numpy).items() if isinstance(one, numpy.ufunc)]

Function = Callable[..., Any]
_LISTED = (list, tuple, range)


class Ufunc:
    """A function of NumPy that takes lists, and whose methods (np.add.at, np.add.outer) are the device's."""

    def __init__(self, original: Any, making: Making) -> None:
        self.original, self.making = original, making
        self.__name__ = original.__name__

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if any(isinstance(x, _LISTED) for x in args):
            args = tuple(map(self.making.array_of, args))
        return self.original(*args, **keywords)

    def __getattr__(self, name: str) -> Any:
        return UfuncMethod(getattr(self.original, name), self.making)


class UfuncMethod:
    """np.add.at on a device."""

    def __init__(self, original: Any, making: Making) -> None:
        self.original, self.making = original, making
        self.__name__ = original.__name__

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        name, given = self.original.__self__.__name__, [*map(self._listed, args)]
        if name == "add" and self.__name__ == "at" and given[0].dtype.kind == "c":
            return self._at_parts(*given)
        return getattr(getattr(self.making.module, name), self.__name__)(*given, **keywords)

    def _listed(self, x: Any) -> Any:
        """Lists as arrays, those in a tuple, which is an index, too."""
        return tuple(map(self._listed, x)) if isinstance(x, tuple) else self.making.arrays(x)

    def _at_parts(self, x: Any, index: Any, value: Any) -> None:
        """np.add.at of complex numbers, which CuPy has for real ones alone."""
        add = self.making.module.add
        add.at(x.real, index, value.real)
        add.at(x.imag, index, value.imag)


def instead(array: type, module: Any, to_device: Function) -> Mapping[str, Any]:
    """What stands for NumPy's functions, by their names there, with a library's arrays, functions and way to it."""
    made = Making(array, module, to_device)
    found: dict[str, Any] = {name: _given(module, name) for name in MAKING}
    found |= {name: functools.partial(made.taking, _given(module, name)) for name in TAKING}
    found |= {
        name: functools.partial(made.mixed, _given(module, name), getattr(numpy, name)) for name in MIXED
    }
    found |= {name: functools.partial(made.of_lists, _get(numpy, name)) for name in OF_LISTS}
    found |= {
        name: functools.partial(made.of_arrays, _get(numpy, name), count) for name, count in OF_ARRAYS.items()
    }
    found |= {name: Ufunc(getattr(numpy, name), made) for name in UFUNCS}
    found |= {"shares_memory": shares_memory, "may_share_memory": shares_memory}
    found |= {"broadcast_to": made.broadcast_to, "select": made.select}
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


class Making:
    """How arrays are made of numbers, lists and arrays."""

    def __init__(self, array: type, module: Any, to_device: Function) -> None:
        self.array, self.module, self.to_device = array, module, to_device

    def taking(self, function: Function, x: Any, *args: Any, **keywords: Any) -> Any:
        """array(x): a list may hold arrays, and numbers beside them."""
        return function(self.arrays(x), *args, **keywords)

    def joined(self, x: Any) -> Any:
        """A list of arrays, numbers and such lists as one array."""
        if isinstance(x, range):
            return self.module.arange(x.start, x.stop, x.step)
        if isinstance(x, list | tuple) and not self.holds(x):
            return self.to_device(numpy.asarray(x))
        if isinstance(x, list | tuple):
            parts = [self.joined(one) for one in x]
            kind = numpy.result_type(*(one.dtype for one in parts))
            return self.module.stack([one.astype(kind, copy=False) for one in parts])
        return x if isinstance(x, self.array) else self.module.asarray(x)

    def mixed(self, function: Function, of_host: Function, *args: Any, **keywords: Any) -> Any:
        """On the device where there is an array; else what NumPy makes of the numbers, moved."""
        if self.holds((*args, *keywords.values())):
            given = self.with_arrays if of_host.__name__ in SEVERAL else self.arrays
            return function(*map(given, args), **keywords)
        found = of_host(*args, **keywords)
        return self.moved(found)

    def of_lists(self, function: Function, *args: Any, **keywords: Any) -> Any:
        """The same function of arrays in place of lists that hold some; an array of the host is moved."""
        return self.moved(function(*map(self.arrays, args), **keywords))

    def of_arrays(self, function: Function, count: int, *args: Any, **keywords: Any) -> Any:
        """The same of arrays in place of lists and numbers, where one of the first arguments is an array."""
        if any(map(self.holds, args[:count])):
            args = (*map(self.joined, args[:count]), *args[count:])
        return self.moved(function(*args, **keywords))

    def arrays(self, x: Any) -> Any:
        """An array in place of a list that holds some; anything else as it is."""
        return self.joined(x) if isinstance(x, list | tuple) and self.holds(x) else x

    def broadcast_to(self, array: Any, shape: Any, subok: bool = False) -> Any:
        """A number fills the memory of one element, by a kernel: the host moves nothing."""
        if not isinstance(array, (self.array, *_LISTED)) and not numpy.ndim(array):
            array = self.module.full((), array, numpy.asarray(array).dtype)
        return self.module.broadcast_to(self.joined(array), shape)

    def with_arrays(self, x: Any) -> Any:
        """[x, 1.0]: arrays in place of the numbers beside them."""
        if isinstance(x, list | tuple) and self.holds(x):
            return [self.joined(one) for one in x]
        return x

    def array_of(self, x: Any) -> Any:
        """An array in place of a list."""
        return self.joined(x) if isinstance(x, _LISTED) else x

    def select(self, condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
        """The first of the choices whose condition holds; CuPy takes numbers alone for the default."""
        found = default
        for condition, choice in reversed([*zip(condlist, choicelist, strict=True)]):
            found = self.module.where(condition, choice, found)
        return found

    def holds(self, x: Any) -> bool:
        """Whether x is an array of the device, or holds one."""
        if isinstance(x, list | tuple):
            return any(map(self.holds, x))
        return isinstance(x, self.array)

    def moved(self, found: Any) -> Any:
        if hasattr(found, "_fields"):
            return type(found)(*map(self.moved, found))
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
