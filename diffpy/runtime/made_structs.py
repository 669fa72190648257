"""Objects of classes of which nothing was declared, made in functions that are differentiated: structs while these run.

`built(cls, w=w)` stands for a constructor that has been written out as what it stores.
"""

from __future__ import annotations

import builtins
import inspect
import itertools
import sys
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any

from diffpy.functions import attributes_stored, names_looked_up, names_spelled, stores_by_name
from diffpy.runtime import carrying
from diffpy.runtime.absent import no_value
from diffpy.runtime.extending import extended_otherwise
from diffpy.runtime.struct_fields import (
    blank,
    differentiable_fields,
    fill,
    is_computed,
    is_declared,
    is_generated,
    is_made,
    is_plain_class,
    is_plain_object,
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
    # What is not held would be made up by `__getattr__` wherever fields are looked at.
    return is_followed(cls) and is_transparent(cls) and not hasattr(cls, "__getattr__")


def is_followed(cls: Any) -> bool:
    """The same for a run beside tangents, in which functions that read and store attributes are called as they are."""
    if not isinstance(cls, type) or not is_plain_class(cls) or hasattr(cls, "__dataclass_fields__"):
        return False
    if inspect.isabstract(cls):
        return False
    bases = [one for one in cls.__mro__ if one is not object]
    plain = all(is_plain_class(one) and one.__flags__ & _MADE_BY_CLASS for one in bases)
    return (
        plain
        and not any("__new__" in vars(one) for one in bases)
        and not any("__init__" in vars(one) and _is_of_a_library(one) for one in bases)
        and not hasattr(cls, "__del__")
    )


def _is_of_a_library(cls: type) -> bool:
    return carrying.is_library_class(cls) and carrying.is_foreign(cls)


def holds_any(cls: type) -> bool:
    """Whether objects of a class take attributes of any name; those of a class with slots alone do not."""
    return cls.__dictoffset__ != 0


def is_unreadable(cls: type) -> bool:
    """Whether objects of a class of the user's own are not what its constructor, or a container, says."""
    if is_read(cls) or is_declared(cls) or carrying.is_library_class(cls):
        return False
    return not issubclass(cls, list | tuple | dict | set | frozenset | BaseException | Enum)


def is_completed(cls: Any) -> bool:
    """Whether a class is a dataclass whose `__init__` stores the fields and goes on in `__post_init__`."""
    if not isinstance(cls, type) or "__dataclass_fields__" not in vars(cls):
        return False
    init, last = vars(cls).get("__init__"), getattr(cls, "__post_init__", None)
    generated = isinstance(init, types.FunctionType) and is_generated(init)
    return generated and isinstance(last, types.FunctionType) and is_transparent(cls)


def is_read(cls: Any) -> bool:
    """Whether the constructor of a class is followed as the function that it is."""
    return is_followed(cls) or is_completed(cls) or extended_otherwise(cls) is not None


def is_followed_when_run(cls: Any) -> bool:
    """Whether what the attributes of its objects are is known beside tangents alone."""
    return (is_followed(cls) and not is_ordinary(cls)) or extended_otherwise(cls) is not None


def declare_made(cls: type) -> None:
    """From now on its objects are taken apart by their attributes."""
    if cls is not types.SimpleNamespace:
        register_made(cls, tuple(sorted(n for n in set(_stored(cls)) if not is_computed(cls, n))))


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
    yield from _kept_by_descriptors(cls)
    functions = list(_around(cls))
    for one in functions:
        yield from attributes_stored(one.__code__) - {"__dict__"}
    own = [one.__code__ for one in functions if one.__module__ == cls.__module__]
    if any(map(stores_by_name, own)):
        spelled = itertools.chain.from_iterable(map(names_spelled, own))
        yield from (name for name in spelled if not _is_in_class(cls, name))


def _kept_by_descriptors(cls: type) -> Iterator[str]:
    """Where descriptors of a class keep what they are given: under names that they hold themselves."""
    for one in itertools.chain.from_iterable(vars(base).values() for base in cls.__mro__):
        if hasattr(type(one), "__get__") and is_plain_object(one):
            yield from (v for v in vars(one).values() if isinstance(v, str) and v.isidentifier())


def _is_in_class(cls: type, name: str) -> bool:
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
