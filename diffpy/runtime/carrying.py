"""What may carry derivatives, and what surely does not: any object in."""

from __future__ import annotations

import functools
import logging
import types
import weakref
from enum import Enum
from typing import Any

import numpy as np

from diffpy.backends.devices import is_library
from diffpy.functions import captured_by, package_of
from diffpy.runtime.in_python import in_python
from diffpy.runtime.leaves import is_array, is_on_device
from diffpy.runtime.leaving import makes_contexts
from diffpy.runtime.stand_ins import is_cache
from diffpy.runtime.struct_fields import is_declared, state
from diffpy.runtime.structures import Structs, has_derivative, structure_of


def is_method(function: Any, owner: Any) -> bool:
    """Whether what an object was asked for is a method of its own, or has no derivative."""
    return getattr(function, "__self__", None) is owner or type(owner) is super or not carries(function)


# Objects of the user's own classes, of which nothing was said, that were made of active values: by identity.
MADE: dict[int, weakref.ref] = {}


def note_made_of_active_values(x: Any) -> None:
    MADE[id(x)] = weakref.ref(x, functools.partial(_forget, MADE, id(x)))


def _forget(made: dict, number: int, dead: weakref.ref) -> None:
    if made.get(number) is dead:
        del made[number]


def made_of_active_values(given: list[Any]) -> Any:
    """The first of the objects that a derivative could flow through, if one knew how; None if there is none."""
    if not MADE:
        return None
    return next((x for x in given if id(x) in MADE and MADE[id(x)]() is x), None)


def is_opaque(x: Any) -> bool:
    """Whether x is an object of a class of the user's own, of which nothing was said."""
    cls = type(x)
    if cls in TRANSPARENT or is_foreign(cls) or isinstance(x, type | types.FunctionType | Enum):
        return False
    return hasattr(x, "__weakref__") and not (has_derivative(x) or carries(x) or is_free(x) or _is_empty(x))


def _is_empty(x: Any, seen: frozenset[int] = frozenset()) -> bool:
    """Whether a dataclass holds nothing that a derivative flows through: names, and others that are empty."""
    if id(x) in seen:
        return True
    seen |= {id(x)}
    held = state(x).values() if is_declared(type(x)) else [x]
    return all(is_free(one) or (is_declared(type(one)) and _is_empty(one, seen)) for one in held)


TRANSPARENT = {float, int, bool, str, complex, list, tuple, dict, np.ndarray, np.float64, type(None)}


def carries(x: Any, seen: frozenset[int] = frozenset()) -> bool:
    """Whether derivatives may flow into x: a number, an array, a struct; a function that captured such a value."""
    if has_derivative(x):
        return True
    if id(x) in seen:
        return False
    seen |= {id(x)}
    if is_cache(x):
        return carries(x.__wrapped__, seen)
    match x:
        case types.FunctionType():
            return any(carries(one, seen) for one in captured_by(x).values())
        case types.MethodType() | types.BuiltinMethodType():
            return carries(x.__self__, seen)
        case functools.partial():
            return any(carries(one, seen) for one in (x.func, *x.args, *x.keywords.values()))
        case list() | tuple():
            return any(carries(one, seen) for one in x)
        case dict():
            return any(carries(one, seen) for one in x.values())
        case BaseException():  # what is read from it is refused
            return any(carries(one, seen) for one in (*x.args, *vars(x).values()))
    structure = structure_of(x)
    if isinstance(structure, Structs):  # a field may hold a function
        return any(carries(one, seen) for one in structure.values(x))
    # asked of the class: an object may answer whatever its `__getattr__` says
    return hasattr(type(x), "__diffpy_carries__") and carries(x.__diffpy_carries__, seen)


# Functions of the running half that are plain Python over arrays: where no row knows them their text is derived.
_ARITHMETIC = frozenset(
    f"diffpy.runtime.{name}"
    for name in (
        *("contractions", "factorisations", "fourier", "joins", "matrices", "orders", "phases"),
        *("polynomials", "powers", "reductions", "sequences", "special"),
        *(
            "written_arrays",
            "written_calls",
            "written_choices",
            "written_differentials",
            "written_iteration",
            "written_numbers",
        ),
        *("written_jacobians", "written_joins", "written_matrices", "written_polynomials"),
        *("written_series", "written_reductions", "written_samples", "written_statistics"),
        *("written_ufuncs", "scipy_special", "scipy_linalg", "scipy_fft", "scipy_signal", "scipy_optimize"),
        *(
            "scipy_integrate",
            "scipy_results",
            "scipy_stats",
            "written_heaps",
            "written_draws",
            "written_containers",
        ),
        *("written_vectors", "written_stores"),
    )
)


_PACKAGE = __file__.removesuffix("runtime/carrying.py")


def is_foreign(function: Any) -> bool:
    """Whether a function belongs to Python or to NumPy: what has no rule there is not derived."""
    home = getattr(function, "__module__", None) or ""
    package = package_of(function)
    if package == "diffpy":
        is_text = home in _ARITHMETIC or home.startswith("diffpy.rules.")
        return not is_text and _is_written_here(function)
    is_plain = _is_series(function, home) or _is_of_containers(function, home)
    return (is_library(package) and not is_plain) or makes_contexts(function)


def _is_series(function: Any, home: str) -> bool:
    """Whether it is a function of numpy.polynomial: these are plain Python over arrays, and are derived as they stand."""
    return home.startswith("numpy.polynomial.") and isinstance(function, types.FunctionType)


def _is_of_containers(function: Any, home: str) -> bool:
    """Whether it is a method that a container of the user's inherits: these are plain Python, too."""
    if home not in ("collections.abc", "collections") or not isinstance(function, types.FunctionType | type):
        return False
    is_generated = isinstance(function, types.FunctionType) and function.__code__.co_filename.startswith(
        "<diffpy"
    )
    return is_generated or function.__qualname__.split(".")[0] in _BASES


_BASES = frozenset(
    "Container Sized Iterable Reversible Collection Hashable Callable "
    "Iterator Sequence MutableSequence Mapping MutableMapping Set MutableSet "
    "MappingView KeysView ItemsView ValuesView UserList UserDict ChainMap".split()
)


def is_library_class(x: Any) -> bool:
    """Whether x is a class of a library's, whose attributes no program of the user's stores."""
    return isinstance(x, type) and is_library(package_of(x))


def is_own_module(x: Any) -> bool:
    """Whether x is a module of the program's, and no library's."""
    return isinstance(x, types.ModuleType) and not is_library(x.__name__.partition(".")[0])


def own_method(cls: type, name: str) -> types.FunctionType | None:
    """A special method of a user's class, where it does not pass the question on to the other operand."""
    method = getattr(cls, name, None)
    if not isinstance(method, types.FunctionType) or is_foreign(method):
        return None
    return None if "NotImplemented" in method.__code__.co_names else method


def _is_written_here(function: Any) -> bool:
    """Whether a function stands in a file of diffpy, and not in an example of its documentation."""
    code = getattr(function, "__code__", None)
    return code is None or code.co_filename.startswith(_PACKAGE)


def is_own_mapping(x: Any) -> bool:
    """Whether x is of a class of the user's own that dict(...) takes for a mapping."""
    keys = getattr(type(x), "keys", None)
    return isinstance(keys, types.FunctionType) and not is_foreign(type(x))


def own_iterator(x: Any) -> Any:
    """The __iter__ that the class of x defines in Python, if it is the user's."""
    found = getattr(type(x), "__iter__", None)
    return in_python(found) if isinstance(found, types.FunctionType) and not is_foreign(type(x)) else None


_FREE = (
    str,
    bytes,
    bool,
    int,
    type(None),
    slice,
    range,
    type,
    types.ModuleType,
    np.dtype,
    np.integer,
    np.bool_,
    Enum,
    logging.Logger,
)


def own_getter(x: Any) -> Any:
    """The `__getitem__` of a class of the user's own; none of dicts that are structs, whose items are their fields."""
    getter = getattr(type(x), "__getitem__", None)
    is_struct = isinstance(x, dict) and is_declared(type(x))
    is_plain = is_array(x) or is_on_device(x) or is_struct
    return getter if hasattr(getter, "__code__") and not is_plain else None


def own_missing(x: Any, key: Any) -> Any:
    """The `__missing__` of a dict of the user's own class that has no such key."""
    missing = getattr(type(x), "__missing__", None) if isinstance(x, dict) else None
    return missing if isinstance(missing, types.FunctionType) and key not in x else None


def is_free(x: Any) -> bool:
    """Whether a value is of a kind that no derivative flows through."""
    if is_array(x) or is_on_device(x):
        return x.dtype.kind not in "fcOV"
    if isinstance(x, types.FunctionType | functools.partial):
        return not carries(x)
    if isinstance(x, list | tuple | set | frozenset):
        return all(map(is_free, x))
    if isinstance(x, dict):
        return all(map(is_free, x.values()))
    if isinstance(x, BaseException):  # what is read from it later is looked at then
        return True
    return isinstance(x, (*_FREE, types.BuiltinFunctionType, np.ufunc))
