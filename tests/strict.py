"""An array type that is as strict as CuPy's: it shows on any machine where a program would leave the device.

It holds its numbers in a NumPy array and stands for dispatch alone: no kernel, no stream and no rounding of a GPU is
tested by it. As CuPy does, it refuses to mix with arrays of the host and to be converted without being asked, gives
arrays without axes where NumPy gives numbers, and shares the memory of an entry that is read. Each time that a number
is asked of it, the host would wait for the device: `waits` counts them.
"""

import contextlib
import functools
import types
from pathlib import Path

import numpy as np

from diffpy.backends import device_functions, devices

_TEXT = (Path(__file__).parents[1] / "docs" / "cupy_functions.txt").read_text(encoding="utf-8")
_LINES = [line.partition(": ") for line in _TEXT.splitlines() if not line.startswith("#")]
NAMES = {name: frozenset(parameters.split()) for name, _, parameters in _LINES}
NAMES = {name: known if "kwargs" not in known else frozenset() for name, known in NAMES.items()}  # none: any

waits: list[str] = []

_METHODS = frozenset(
    "all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy cumprod cumsum "
    "diagonal dot fill flatten max mean min partition prod put ravel repeat reshape round searchsorted sort squeeze "
    "std sum swapaxes take trace transpose var view".split()
)
_NUMBERS = (bool, int, float, complex, np.generic)
_WAITING = frozenset("nonzero flatnonzero argwhere unique compress extract unique_values".split())


class Strict:
    """An array of the strict device."""

    __slots__ = ("__weakref__", "held")
    __array_priority__ = 100

    def __init__(self, held):
        self.held = held

    shape = property(lambda self: self.held.shape)
    ndim = property(lambda self: self.held.ndim)
    dtype = property(lambda self: self.held.dtype)
    size = property(lambda self: self.held.size)
    nbytes = property(lambda self: self.held.nbytes)
    itemsize = property(lambda self: self.held.itemsize)
    strides = property(lambda self: self.held.strides)
    flags = property(
        lambda self: types.SimpleNamespace(
            owndata=self.held.flags.owndata, c_contiguous=self.held.flags.c_contiguous
        )
    )
    data = property(lambda self: types.SimpleNamespace(ptr=self.held.__array_interface__["data"][0]))
    T = property(lambda self: Strict(self.held.T))
    mT = property(lambda self: Strict(self.held.mT))
    real = property(lambda self: Strict(self.held.real))
    imag = property(lambda self: Strict(self.held.imag))

    @real.setter
    def real(self, value):
        self.held.real = inside(value)

    @imag.setter
    def imag(self, value):
        self.held.imag = inside(value)

    def __len__(self):
        return len(self.held)

    def __iter__(self):
        return (self[k] for k in range(len(self.held)))

    def __getitem__(self, index):
        index = _index(index)
        if _counts(index):
            waits.append("mask")
        found = self.held[index]
        if isinstance(found, np.generic) and _is_plain(index):
            found = self.held[
                (*(index if isinstance(index, tuple) else (index,)), ...)
            ]  # a view of one entry
        return Strict(np.asarray(found))

    def __setitem__(self, index, value):
        if isinstance(value, list | tuple | range):
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        value = inside(value)
        self.held[_index(index)] = (
            value.copy() if isinstance(value, np.ndarray) else value
        )  # as if all were read first

    def __repr__(self):
        return f"Strict({self.held!r})"

    def __copy__(self):
        return Strict(self.held.copy())

    def __deepcopy__(self, memo):
        return Strict(self.held.copy())

    # What makes the host wait

    def _number(self, how):
        waits.append(how)
        return self.held

    def __bool__(self):
        return bool(self._number("bool"))

    def __float__(self):
        return float(self._number("float"))

    def __int__(self):
        return int(self._number("int"))

    def __complex__(self):
        return complex(self._number("complex"))

    def item(self):
        return self._number("item").item()

    def tolist(self):
        return self._number("tolist").tolist()

    def get(self):
        return self._number("get").copy()

    def nonzero(self):
        return outside(self._number("nonzero").nonzero())

    # What it refuses

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")

    # NumPy's protocols

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        if ufunc.__name__ not in NAMES:
            return NotImplemented
        if method != "__call__" or not all(isinstance(x, (Strict, np.ndarray, *_NUMBERS)) for x in inputs):
            return NotImplemented
        out = keywords.pop("out", None)
        keywords = _within(keywords) | ({} if out is None else {"out": tuple(map(inside, out))})
        found = getattr(ufunc, method)(*map(inside, inputs), **keywords)
        return outside(found) if out is None else out[0] if len(out) == 1 else out

    def __array_function__(self, function, kinds, args, keywords):
        dotted = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
        if dotted not in NAMES:
            return NotImplemented
        return _run(function, args, keywords, dotted)


def _run(function, args, keywords, dotted):
    known = NAMES.get(dotted)
    if known and not keywords.keys() <= known:
        raise TypeError(f"{dotted}() got an unexpected keyword argument {min(keywords.keys() - known)!r}")
    if dotted in _WAITING:
        waits.append(dotted)
    if dotted == "select" and np.ndim(inside([*args, *keywords.values()][-1])):
        raise TypeError("default only accepts scalar values")
    out = keywords.get("out")
    read = inside if dotted in _TAKING_LISTS else _operand
    found = function(*map(read, args), **_within(keywords))
    return outside(found) if out is None else out


# What takes several arrays in a list.
_TAKING_LISTS = frozenset(
    "block broadcast_arrays choose column_stack concatenate dstack einsum hstack ix_ lexsort linalg.multi_dot meshgrid "
    "select stack vstack".split()
)


def _operand(x):
    """What stands where an array does: no list of arrays; the bounds of a slice are asked for."""
    if isinstance(x, slice):
        bounds = (x.start, x.stop, x.step)
        return slice(*(int(one) if isinstance(one, Strict) else one for one in bounds))
    if isinstance(x, list | tuple) and any(map(_holds, x)):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")
    return inside(x)


def _holds(x):
    return any(map(_holds, x)) if isinstance(x, list | tuple) else isinstance(x, Strict)


def _index(index):
    """An index: that may be an array of the host."""
    if isinstance(index, np.ndarray):
        return index
    return tuple(map(_index, index)) if isinstance(index, tuple) else _operand(index)


def _within(keywords):
    return {name: inside(value) for name, value in keywords.items()}


def inside(x):
    """What the device computes with; arrays of the host are refused."""
    if isinstance(x, Strict):
        return x.held
    if isinstance(x, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if type(x) in (list, tuple):
        return type(x)(map(inside, x))
    return x


def outside(found):
    """What the device gives: arrays, also where NumPy gives numbers."""
    if isinstance(found, np.ndarray | np.generic):
        found = np.asarray(found)
        held_by = getattr(found.base, "flags", None)
        if not found.flags.writeable and held_by is not None and held_by.writeable:
            found.flags.writeable = True  # np.diagonal: views of the device may be written
        return Strict(found)
    if type(found) in (list, tuple):
        return type(found)(map(outside, found))
    if isinstance(found, tuple):  # a named one
        return type(found)(*map(outside, found))
    return found


def _is_plain(index):
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in parts)


def _counts(index):
    """Whether the number of entries that an index selects is known to the device alone."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(one, np.ndarray) and one.dtype == bool for one in parts)


def _method(name):
    def method(self, *args, **keywords):
        return _run(getattr(self.held, name), args, keywords, name)

    method.__name__ = name
    return method


def _operator(name):
    def method(self, other):
        if not isinstance(other, (Strict, *_NUMBERS)):
            if isinstance(other, np.ndarray):
                raise TypeError("Unsupported type <class 'numpy.ndarray'>")
            return NotImplemented
        return outside(getattr(self.held, name)(inside(other)))

    return method


def _in_place(name):
    def method(self, other):
        getattr(self.held, name)(inside(other))
        return self

    return method


def _unary(name):
    return lambda self: outside(getattr(self.held, name)())


for _name in _METHODS:
    setattr(Strict, _name, _method(_name))
for _name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod".split():
    setattr(Strict, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(Strict, f"__r{_name}__", _operator(f"__r{_name}__"))
    if _name not in ("matmul", "divmod"):
        setattr(Strict, f"__i{_name}__", _in_place(f"__i{_name}__"))
for _name in "lt le gt ge eq ne".split():
    setattr(Strict, f"__{_name}__", _operator(f"__{_name}__"))
for _name in "neg pos abs invert".split():
    setattr(Strict, f"__{_name}__", _unary(f"__{_name}__"))
Strict.__hash__ = None


class Module:
    """The functions that CuPy has, for strict arrays."""

    def __init__(self, prefix=""):
        self._prefix = prefix

    def __getattr__(self, name):
        dotted = f"{self._prefix}{name}"
        if dotted in ("linalg", "fft", "lib", "lib.stride_tricks"):
            return Module(dotted + ".")
        found = np
        for part in dotted.split("."):
            found = getattr(found, part)
        if not callable(found) or isinstance(found, type):
            return found
        if dotted not in NAMES:
            raise AttributeError(f"module 'strict' has no attribute '{dotted}'")
        if name == "array" or name.startswith("as"):
            return _making(found)
        return _Function(found, dotted)


_MAKING = {
    *device_functions.MAKING,
    "broadcast_shapes",
    "finfo",
    "iinfo",
    "result_type",
    "promote_types",
    "can_cast",
    "iscomplexobj",
}


class _Function:
    """A function of the module: it takes strict arrays and numbers, and gives strict arrays."""

    def __init__(self, function, dotted):
        self.function, self.dotted = function, dotted
        self.__name__ = function.__name__

    def __call__(self, *args, **keywords):
        if not (
            isinstance(self.function, np.ufunc)
            or self.dotted in _MAKING
            or _holds([*args, *keywords.values()])
        ):
            raise TypeError(f"{self.dotted}() takes arrays of the device")
        return _run(self.function, args, keywords, self.dotted)

    def __getattr__(self, name):
        if name not in ("accumulate", "at", "outer", "reduce", "reduceat"):
            raise AttributeError(name)
        return functools.partial(self.method, getattr(self.function, name))

    def method(self, method, x, *args, **keywords):
        if method.__name__ == "at" and x.dtype.kind == "c":
            raise TypeError(f"cupy.{self.dotted}.at only supports real numbers")
        return outside(method(inside(x), *map(_index, args), **_within(keywords)))


def _making(function):
    """array(x): numbers, lists of them, and arrays of the host, which are moved."""

    def make(x, *args, **keywords):
        if isinstance(x, list | tuple) and any(isinstance(one, Strict) for one in x):
            if not all(isinstance(one, Strict) for one in x):
                raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")
        x = x if isinstance(x, np.ndarray) else inside(x)
        return Strict(function(x, *args, **keywords))

    return make


def to_device(x):
    """An array of the host, moved; its layout is kept."""
    return Strict(x.copy(order="K"))


module = Module()


def laid_out(memory, shape, dtype, offset, strides):
    """An array in memory of the device."""
    return Strict(np.ndarray(shape, dtype, memory.held, offset, strides))


INSTEAD = device_functions.instead(Strict, module, to_device)
DEVICE = devices.Device("strict", Strict, module, to_device, Strict.get, laid_out, INSTEAD)


@contextlib.contextmanager
def registered(device=DEVICE):
    """Within, arrays of this type decide where a program runs."""
    devices.register(device)
    try:
        yield device
    finally:
        devices.forget(device)
