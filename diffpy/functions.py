"""Functions as Python keeps them: one in; what it captured, the code inside it and the names that it looks up out."""

from __future__ import annotations

import builtins
import dis
import inspect
import weakref
from collections.abc import Iterator, Mapping, MutableMapping
from functools import lru_cache
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, TypeVar

V = TypeVar("V")


def cells_of(function: FunctionType) -> dict[str, CellType]:
    """The cells of the variables that a function captured, by name; some may not be bound yet."""
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def code_of(function: object) -> CodeType | None:
    """The code of a function or of a method; an object is not asked for it, which may answer whatever its class says."""
    plain = function.__func__ if isinstance(function, MethodType) else function
    return plain.__code__ if isinstance(plain, FunctionType) else None


def package_of(defined: object) -> str:
    """The outermost package of the module that defines a function or a class; no text where none is known."""
    return (getattr(defined, "__module__", None) or "").partition(".")[0]


def is_of_arrays(function: object) -> bool:
    """Whether it is a function of NumPy's or SciPy's."""
    return package_of(function) in ("numpy", "scipy")


def bound_signature(function: Any) -> inspect.Signature:
    """The parameters that Python binds, whatever a decorator has noted in `__signature__` and `__wrapped__`.

    >>> def power(x, *more): ...
    >>> power.__signature__ = inspect.signature(lambda x, y: x)
    >>> bound_signature(power)
    <Signature (x, *more)>
    """
    if isinstance(function, FunctionType) and "__signature__" in vars(function):
        noted = function
        function = FunctionType(noted.__code__, noted.__globals__, closure=noted.__closure__)
        function.__defaults__, function.__kwdefaults__ = noted.__defaults__, noted.__kwdefaults__
    return inspect.signature(function, follow_wrapped=False)


def captured_by(function: FunctionType) -> dict[str, Any]:
    """What a function captured, by name, as far as it is bound.

    >>> def power(n):
    ...     return lambda x: x**n
    >>> captured_by(power(3))
    {'n': 3}
    """
    held = {name: content_of(cell, _UNBOUND) for name, cell in cells_of(function).items()}
    return {name: value for name, value in held.items() if value is not _UNBOUND}


def content_of(cell: CellType, otherwise: Any = None) -> Any:
    """What a cell holds, or something else where it is not bound yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return otherwise


def value_of(function: FunctionType, name: str) -> Any:
    """What a free name of a function stands for now; None where it stands for nothing."""
    held = cells_of(function)
    if name in held:
        return content_of(held[name])
    return function.__globals__.get(name, getattr(builtins, name, None))


def named_by(function: FunctionType) -> Iterator[Any]:
    """What the free names of a function, and of those inside it, stand for now, as far as they stand for something."""
    held = captured_by(function)
    yield from held.values()
    for name in sorted(names_looked_up(function.__code__) - held.keys()):
        found = function.__globals__.get(name, vars(builtins).get(name))
        if found is not None:
            yield found


def looked_up(table: Mapping[Any, V], function: Any) -> V | None:
    """What a table of functions has for one; no object of a class with a `__hash__` of its own is asked for it."""
    if isinstance(getattr(type(function), "__hash__", None), FunctionType):
        return None
    try:
        return table.get(function)
    except TypeError:  # not hashable
        return None


def is_gathering(code: CodeType, name: str) -> bool:
    """Whether it is the parameter of a function that * or ** stand before."""
    stars = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    first = code.co_argcount + code.co_kwonlyargcount
    return name in code.co_varnames[first : first + stars]


def nested(code: CodeType | None) -> Iterator[CodeType]:
    """The code objects within, outermost first."""
    for one in code.co_consts if code is not None else ():
        if isinstance(one, CodeType):
            yield one
            yield from nested(one)


@lru_cache(maxsize=4096)
def names_looked_up(code: CodeType) -> frozenset[str]:
    """The names that a function, or one inside it, looks up outside; attributes are among them."""
    return frozenset(code.co_names).union(*(one.co_names for one in nested(code)))


def instructions(code: CodeType) -> Iterator[dis.Instruction]:
    """What Python's machine does for a function, and for those inside it."""
    for one in (code, *nested(code)):
        yield from dis.get_instructions(one)


@lru_cache(maxsize=4096)
def attributes_stored(code: CodeType) -> frozenset[str]:
    """The attributes that a function, or one inside it, assigns."""
    return frozenset(one.argval for one in instructions(code) if one.opname == "STORE_ATTR")


def stores_by_name(code: CodeType) -> bool:
    """Whether a function, or one inside it, may store attributes whose names it was given."""
    return not names_looked_up(code).isdisjoint(("setattr", "__setattr__", "__dict__", "vars"))


@lru_cache(maxsize=4096)
def names_spelled(code: CodeType) -> frozenset[str]:
    """The texts in a function that may be names: those of keywords are among them."""
    found: set[str] = set()
    for one in (code, *nested(code)):
        waiting = list(one.co_consts)
        for constant in waiting:  # which grows meanwhile
            if isinstance(constant, tuple | frozenset):
                waiting.extend(constant)
            elif isinstance(constant, str) and constant.isidentifier():
                found.add(constant)
    return frozenset(found)


# Where one of these is mentioned, attributes may be read by names that nobody has written.
NAMING = frozenset("getattr attrgetter methodcaller vars __dict__ __getattribute__ eval exec dir".split())


def has_instruction(code: CodeType, *names: str) -> bool:
    """Whether a function, or one inside it, has one of these instructions of Python's machine.

    >>> has_instruction(compile("x = 1", "a", "exec"), "STORE_NAME")
    True
    """
    return any(step.opname in names for step in instructions(code))


_UNBOUND = object()


class ByCode(MutableMapping[CodeType, V]):
    """What is kept for code objects, as long as they live.

    Two of the same text are two: they may be of different modules, where their names mean different things. Python
    calls them equal.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref[CodeType], V]] = {}

    def __getitem__(self, code: CodeType) -> V:
        return self._kept[id(code)][1]

    def __setitem__(self, code: CodeType, value: V) -> None:
        number, kept = id(code), self._kept
        kept[number] = weakref.ref(code, lambda _: kept.pop(number, None)), value

    def __delitem__(self, code: CodeType) -> None:
        del self._kept[id(code)]

    def __iter__(self) -> Iterator[CodeType]:
        return (code for reference, _ in list(self._kept.values()) if (code := reference()) is not None)

    def __len__(self) -> int:
        return len(self._kept)
