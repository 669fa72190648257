"""Numbers and arrays, the leaves of every structure: which have a derivative, and tangents of their kind."""

from __future__ import annotations

import sys
import sysconfig
from enum import Enum
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.backends.devices import array_module

_NUMBERS = (float, int, complex, np.number)
_NOT_NUMBERS = (bool, Enum, np.timedelta64)


def is_array(x: object) -> bool:
    """Whether x is an array, of NumPy or of a device; a device's array without axes is a number of its own."""
    return isinstance(x, np.ndarray) or (devices.present() and devices.of(x) is not None and x.ndim > 0)  # type: ignore[attr-defined]


def is_on_device(x: object) -> bool:
    """Whether x is an array that a device holds."""
    return devices.present() and devices.of(x) is not None


def is_added_by_arrays(x: object, v: object) -> bool:
    """Whether x += v and the like compute a new array though x is a list: NumPy's operators come first."""
    return isinstance(x, list) and isinstance(v, np.ndarray | np.inexact)


def is_scalar(x: object) -> bool:
    """Whether x is a number of Python, NumPy or a device; an integer counts as a real number, a bool does not."""
    if isinstance(x, _NUMBERS):
        return not isinstance(x, _NOT_NUMBERS)
    return devices.present() and is_device_number(x)


def is_device_number(x: Any) -> bool:
    """Whether x is an array without axes that a device holds, which stands for a number."""
    return devices.of(x) is not None and x.ndim == 0 and x.dtype.kind in "iufc"


def updating_method(x: Any, name: str) -> Any:
    """What x += v (`add`) and the like call of x's class; None for numbers, those of a device among them."""
    is_number = is_on_device(x) and x.ndim == 0
    return None if is_number else getattr(type(x), f"__i{name}__", None)


def is_floating(array: Any) -> bool:
    """Whether an array has a derivative: of integers, bools, strings and objects none exists."""
    return array.dtype.kind in "fc"


def is_complex(leaf: Any) -> bool:
    """Whether a number or an array is complex."""
    dtype = getattr(leaf, "dtype", None)
    return dtype.kind == "c" if dtype is not None else isinstance(leaf, complex)


def zero_number(x: Any) -> Any:
    """The zero of a number's own kind: 0.0 for an integer, float32 for float32."""
    return number_like(0, x)


def zero_array(x: Any) -> Any:
    """An array of zeros in x's shape and dtype."""
    return array_module(x).zeros(x.shape, x.dtype)


def number_like(number: Any, x: Any) -> Any:
    """A number as a tangent of the number x: a float for a float or an int; a real x takes the real part."""
    if not is_complex(x) and is_complex(number):
        number = number.real
    if devices.present() and is_device_number(x):
        return array_module(x).asarray(number, dtype=x.dtype if x.dtype.kind in "fc" else float)
    if isinstance(x, np.inexact):
        return x.dtype.type(number)
    return complex(number) if isinstance(x, complex) else float(number)


def array_like(leaf: Any, x: Any, copy: bool = False) -> Any:
    """A number or an array in x's shape, dtype and array module; a real x takes the real part."""
    if is_complex(leaf) and not is_complex(x):
        leaf = leaf.real
    xp = array_module(x)
    if getattr(leaf, "shape", ()) == x.shape:
        return xp.array(leaf, dtype=x.dtype) if copy else xp.asarray(leaf, dtype=x.dtype)
    return xp.full(x.shape, leaf, x.dtype)


def size_one(leaf: Any) -> Any:
    """An array of one element as that element; anything else as it is."""
    if not is_array(leaf) or leaf.size != 1:
        return leaf
    return leaf.item() if isinstance(leaf, np.ndarray) else leaf.reshape(())


def leaf_norm(leaf: Any) -> float:
    """The Euclidean norm of a number or of all elements of an array."""
    return float(array_module(leaf).linalg.norm(leaf.ravel())) if is_array(leaf) else abs(leaf)


def leaf_dot(a: Any, b: Any) -> float:
    """The real inner product of two leaves: of complex ones the sum of Re(conj(a) b)."""
    if is_array(a) or is_array(b):
        xp = array_module(a if is_array(a) else b)
        a, b = xp.broadcast_arrays(a, b)
        return float(xp.vdot(a, b).real)
    return float((a.conjugate() * b).real)


def is_buffer(array: Any) -> bool:
    """Whether an array owns its memory and may be written."""
    flags = array.flags
    return flags.owndata and getattr(flags, "writeable", True)


# Who else holds an object is read from its reference count. A function of the runtime that is called with a
# plain name, `own(x_bar, x)`, sees ALONE when that name is the object's only holder; an entry of a container
# sees ALONE_INSIDE. More means that somebody else may look at it: then it is copied. Without a global lock
# counts say nothing, and everything is copied.


def _count_of_argument(x_bar: object) -> int:
    return sys.getrefcount(x_bar)


def _count_of_name() -> int:
    x_bar = [0.0]
    return _count_of_argument(x_bar)


def _count_of_entry() -> int:
    container = ([0.0],)
    entries = list(container)
    return sys.getrefcount(entries[0])


_COUNTS_ARE_EXACT = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
ALONE = _count_of_name() if _COUNTS_ARE_EXACT else 0
ALONE_INSIDE = _count_of_entry() if _COUNTS_ARE_EXACT else 0
