"""What a function may come to run: a function in; the functions and classes that names in it, and in these, stand for."""

from __future__ import annotations

import enum
import functools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from diffpy.analysis.kinds import Kind, named_in
from diffpy.analysis.stored_fields import stored_fields
from diffpy.functions import NAMING, named_by, names_looked_up, nested
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.struct_fields import is_plain_object
from diffpy.runtime.tangent_vectors import TangentVector


def reached(
    function: types.FunctionType, others: Callable[[Any], None], given: Iterable[Any] = ()
) -> Iterator[types.FunctionType]:
    """The function and its kin, methods of classes among them; `others` is told what else the names stand for.

    Of classes it is the methods that somebody names, and those that Python calls. `given` are functions that its
    arguments are, and classes of these.
    """
    seen: set[int] = set()
    methods = _Methods()
    waiting: list[Any] = [function, *given]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        match one:
            case types.FunctionType():
                if not is_foreign(one):
                    yield one
                    waiting += [*_named(one), *methods.called_by(one)]
            case type():
                waiting += [] if is_foreign(one) else methods.of(one)
            case property():
                waiting += [one.fget, one.fset, one.fdel]
            case staticmethod() | classmethod() | types.MethodType():
                waiting.append(one.__func__)
            case functools.cached_property():
                waiting.append(one.func)
            case functools.singledispatchmethod():
                waiting += one.dispatcher.registry.values()
            case _ if stands_for_others(one):
                waiting += one.__diffpy_carries__
            case _:
                others(one)
                if is_plain_object(one) and not isinstance(one, TangentVector):
                    waiting += [type(one), *vars(one).values()]
                waiting += _held(one)


def _held(x: Any) -> list[Any]:
    """The functions and classes in a list or a dict, in lists in it, and so on."""
    if not isinstance(x, list | tuple | dict):
        return []
    found = x.values() if isinstance(x, dict) else x
    return [one for one in found if callable(one) or isinstance(one, list | tuple | dict)]


def stands_for_others(x: Any) -> bool:
    """Whether it is an operator of diffpy's, which changes nothing and runs what it holds."""
    held = getattr(type(x), "__diffpy_carries__", None)
    known = ("__diffpy_standing__", "__diffpy_pulled__")
    return isinstance(held, property) and any(hasattr(type(x), name) for name in known)


class _Methods:
    """The methods of classes that were met: those wait whose names nobody has said yet."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.waiting: dict[str, list[Any]] = {}

    def of(self, cls: type) -> Iterator[Any]:
        """What there is to look at in a class."""
        inherits = not all(one is object or not is_foreign(one) for one in cls.__mro__)
        for one in cls.__mro__:
            for name, value in vars(one).items():
                if _is_generated(one, name, value):
                    continue
                if inherits or name.startswith("__") or name in self.names or not isinstance(value, _METHODS):
                    yield value
                else:
                    self.waiting.setdefault(name, []).append(value)

    def called_by(self, function: types.FunctionType) -> list[Any]:
        """The methods that waited for the names in a function; all where it may make up names."""
        for code in (function.__code__, *nested(function.__code__)):
            self.names.update(code.co_names, (one for one in code.co_consts if isinstance(one, str)))
        if not self.names.isdisjoint(NAMING):
            self.names |= self.waiting.keys()
        found = [one for name in self.names & self.waiting.keys() for one in self.waiting.pop(name)]
        return found


_METHODS = types.FunctionType | property | staticmethod | classmethod


def _is_generated(cls: type, name: str, value: Any) -> bool:
    """Whether it was made by dataclass() or namedtuple(), and does what these say; or is what classes note of theirs."""
    if not isinstance(value, _METHODS) and _is_note(name, value):
        return True
    if issubclass(cls, enum.Enum) and name.startswith("_") and name.endswith("_"):
        return True
    made = hasattr(cls, "__dataclass_fields__") or (issubclass(cls, tuple) and hasattr(cls, "_fields"))
    # a __repr__ that may meet itself is wrapped
    code = getattr(getattr(value, "__wrapped__", value), "__code__", None)
    return made and code is not None and code.co_filename.startswith("<string>")


def _is_note(name: str, value: Any) -> bool:
    """Whether Python, dataclass() or diffpy put it there, and no program changes it."""
    return name.startswith("__") or type(value).__module__.partition(".")[0] == "diffpy"


def _named(function: types.FunctionType) -> Iterator[Any]:
    """What the names in a function stand for, in the modules that it reads too; its defaults."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for one in named_by(function):
        yield one
        if isinstance(one, types.ModuleType):
            yield from (vars(one).get(name) for name in sorted(names_looked_up(function.__code__)))


def fields_stored(function: types.FunctionType, kinds: Iterable[Kind] = ()) -> frozenset[str]:
    """The fields that may be assigned after their object was made, by whatever the function comes to run.

    `kinds` are those of its arguments, whose methods it may call.
    """
    given = [one for kind in kinds for one in named_in(kind)]
    every = reached(function, lambda _: None, given)
    return frozenset().union(*(stored_fields(one.__code__) for one in every))
