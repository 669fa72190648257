"""Callables of Python's library that stand for other functions: caches, dispatchers on a type, getters."""

from __future__ import annotations

import functools
import operator
import sys
import types
from collections.abc import Callable
from typing import Any

from diffpy.functions import captured_by
from diffpy.runtime.distributions import STANDING, of_distribution
from diffpy.runtime.in_python import in_python
from diffpy.runtime.sparse import of_sparse
from diffpy.runtime.struct_fields import is_named_tuple
from diffpy.runtime.written_iteration import getter_text

_CACHE = type(functools.lru_cache(lambda: None))
_KINDS = (_CACHE, operator.itemgetter, operator.attrgetter, operator.methodcaller)


def is_cache(function: Any) -> bool:
    return isinstance(function, _CACHE)


def wrapped(function: Any) -> Any:
    """The function in an object that says which one it is; anything else stands for itself.

    The class is asked: a bound method would answer for the function that it binds.
    """
    return function.__diffpy_function__ if hasattr(type(function), "__diffpy_function__") else function


def meant_by(function: Any, args: tuple) -> Callable[..., Any] | None:
    """The function that a call of this one comes to; None where it stands for itself.

    What a cache gives is what its function gives.
    """
    if in_python(function) is not function:
        return in_python(function)
    if "scipy.sparse" in sys.modules and (sparse := of_sparse(function, args)) is not None:
        return sparse
    if STANDING and (standing := of_distribution(function)) is not None:
        return standing
    if isinstance(function, _KINDS):
        return getattr(function, "__wrapped__", None) or getter_text(function)
    if isinstance(function, types.MethodType) and function.__name__ == "_make":
        cls = function.__self__
        is_named = isinstance(cls, type) and is_named_tuple(cls)
        return functools.partial(made_of, cls) if is_named else None
    if args and _dispatches(function):
        return _dispatched(function, type(args[0]))
    if not isinstance(function, types.FunctionType) or not args:
        return None
    if "registry" in vars(function):
        choose = getattr(function, "dispatch", None)
        is_pythons = choose is not None and choose.__module__ == "functools"
        return choose(type(args[0])) if choose is not None and is_pythons else None
    if function.__name__ in _OF_NAMED_TUPLES and _is_own(function, type(args[0])):
        return functools.partial(_OF_NAMED_TUPLES[function.__name__], type(args[0]))
    return None


# What the attribute of an object is whose class has a singledispatchmethod: a function, or one of its own class.
_DISPATCHING = functools.singledispatchmethod(len).__get__(None, object)
_CODE = getattr(_DISPATCHING, "__code__", None)


def _dispatches(function: Any) -> bool:
    return type(function) is type(_DISPATCHING) and getattr(function, "__code__", None) is _CODE


def _dispatched(function: Any, cls: type) -> Callable[..., Any]:
    """The method of an object that a call with this class of first argument comes to."""
    if _CODE is None:
        return function._dispatch(cls).__get__(function._obj, function._cls)
    held = captured_by(function)
    dispatch = held["dispatch"] if "dispatch" in held else held["self"].dispatcher.dispatch
    return dispatch(cls).__get__(held["obj"], held["cls"])


def made_of(cls: Any, iterable: Any, /) -> Any:
    """cls._make(iterable) of a named tuple."""
    return cls(*iterable)


def replaced(cls: Any, x: Any, /, **fields: Any) -> Any:
    """x._replace(field=value) of a named tuple."""
    return cls._make(x)._replace(**fields)


def as_dict(cls: Any, x: Any, /) -> Any:
    """x._asdict() of a named tuple."""
    return cls._make(x)._asdict()


_OF_NAMED_TUPLES = {"_replace": replaced, "_asdict": as_dict}


def _is_own(function: types.FunctionType, cls: type) -> bool:
    """Whether a method is the one that every named tuple has."""
    made = vars(cls).get(function.__name__) or getattr(cls, function.__name__, None)
    return is_named_tuple(cls) and made is function
