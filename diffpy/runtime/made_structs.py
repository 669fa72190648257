"""Objects of classes of which nothing was declared, made in functions that are differentiated: structs while these run.

`built(cls, w=w)` stands for a constructor that has been written out as what it stores.
"""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import itertools
import sys
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any

from diffpy.backends.devices import is_library
from diffpy.functions import attributes_stored, names_looked_up, names_spelled, stores_by_name
from diffpy.runtime.absent import no_value
from diffpy.runtime.struct_fields import (
    PLAIN_METACLASSES,
    blank,
    differentiable_fields,
    fill,
    is_declared,
    is_made,
    is_transparent,
    stored_slots,
)
from diffpy.runtime.structures import register_made

_MADE_BY_CLASS = 1 << 9  # Py_TPFLAGS_HEAPTYPE: the class was made by a class statement


def built(cls: type, /, **fields: Any) -> Any:
    """An object with these attributes, less those that have no value."""
    return fill(blank(cls), {name: value for name, value in fields.items() if value is not no_value})


def is_ordinary(cls: Any) -> bool:
    """Whether objects of a class are what its `__init__` stores in them, as far as one can see."""
    if (
        not isinstance(cls, type)
        or type(cls) not in PLAIN_METACLASSES
        or hasattr(cls, "__dataclass_fields__")
    ):
        return False
    if inspect.isabstract(cls):
        return False
    bases = [one for one in cls.__mro__ if one is not object]
    plain = all(type(one) in PLAIN_METACLASSES and one.__flags__ & _MADE_BY_CLASS for one in bases)
    return (
        plain
        and not any("__new__" in vars(one) for one in bases)
        and not any("__init__" in vars(one) and is_library(one.__module__.partition(".")[0]) for one in bases)
        and is_transparent(cls)
        and not hasattr(cls, "__getattr__")  # what is not held would be made up wherever fields are looked at
        and not hasattr(cls, "__del__")
    )


def holds_any(cls: type) -> bool:
    """Whether objects of a class take attributes of any name; those of a class with slots alone do not."""
    return cls.__dictoffset__ != 0


def is_unreadable(cls: type) -> bool:
    """Whether objects of a class of the user's own are not what its constructor, or a container, says."""
    if is_read(cls) or is_declared(cls) or is_library(cls.__module__.partition(".")[0]):
        return False
    return not issubclass(cls, list | tuple | dict | set | frozenset | BaseException | Enum)


def is_generated(method: types.FunctionType) -> bool:
    """Whether the decorator of a dataclass wrote a method."""
    return method.__code__.co_filename in ("<string>", dataclasses.__file__)


def is_completed(cls: Any) -> bool:
    """Whether a class is a dataclass whose `__init__` stores the fields and goes on in `__post_init__`."""
    if not isinstance(cls, type) or "__dataclass_fields__" not in vars(cls):
        return False
    init, last = vars(cls).get("__init__"), getattr(cls, "__post_init__", None)
    generated = isinstance(init, types.FunctionType) and is_generated(init)
    return generated and isinstance(last, types.FunctionType) and is_transparent(cls)


def is_read(cls: Any) -> bool:
    """Whether the constructor of a class is followed as the function that it is."""
    return is_ordinary(cls) or is_completed(cls)


def declare_made(cls: type) -> None:
    """From now on its objects are taken apart by their attributes."""
    if cls is not types.SimpleNamespace:
        register_made(cls, tuple(sorted(set(_stored(cls)))))


def declare_namespaces(function: types.FunctionType) -> None:
    """The same for the namespaces of a function that makes some: the attributes that it and those beside it spell."""
    if "SimpleNamespace" not in names_looked_up(function.__code__):
        return
    codes = [function.__code__, *(one.__code__ for one in _functions(function.__globals__))]
    found = set().union(*map(attributes_stored, codes))
    found |= set().union(*(names_spelled(c) for c in codes if "SimpleNamespace" in names_looked_up(c)))
    known = set(differentiable_fields(types.SimpleNamespace)) if is_made(types.SimpleNamespace) else set()
    if not found <= known:
        register_made(types.SimpleNamespace, tuple(sorted(found | known)))


def _stored(cls: type) -> Iterator[str]:
    """The attributes that the functions of the class, and those beside it, store somewhere."""
    yield from stored_slots(cls)
    functions = list(_around(cls))
    for one in functions:
        stored = attributes_stored(one.__code__) - {"__dict__"}
        yield from (n for n in stored if not isinstance(inspect.getattr_static(cls, n, None), property))
    own = [one.__code__ for one in functions if one.__module__ == cls.__module__]
    if any(map(stores_by_name, own)):
        spelled = itertools.chain.from_iterable(map(names_spelled, own))
        yield from (name for name in spelled if not _is_computed(cls, name))


def _is_computed(cls: type, name: str) -> bool:
    """Whether a class has a method or a property of this name."""
    return hasattr(type(inspect.getattr_static(cls, name, None)), "__get__")


def _around(cls: type) -> Iterator[types.FunctionType]:
    """The functions of a class and of its bases, and those beside them."""
    for one in cls.__mro__:
        outer: dict[str, Any] = vars(sys.modules.get(one.__module__, builtins)) if one is cls else {}
        for function in _functions(vars(one)):
            outer = function.__globals__
            yield function
        if outer is vars(builtins):
            continue
        yield from _functions(outer)
        for other in [v for v in outer.values() if isinstance(v, type)]:
            yield from _functions(vars(other))


def _functions(found: Any) -> Iterator[types.FunctionType]:
    for one in list(found.values()):
        for function in (one.fget, one.fset) if isinstance(one, property) else (one,):
            if isinstance(function, types.FunctionType):
                yield function
