"""What a function may come to run: a function in; the functions and classes that names in it, and in these, stand for."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from diffpy.analysis.stored_fields import stored_fields
from diffpy.functions import nested, value_of
from diffpy.runtime.carrying import is_foreign


def reached(function: types.FunctionType, others: Callable[[Any], None]) -> Iterator[types.FunctionType]:
    """The function and its kin, methods of classes among them; `others` is told what else the names stand for."""
    seen: set[int] = set()
    waiting: list[Any] = [function]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        match one:
            case types.FunctionType():
                if not is_foreign(one):
                    yield one
                    waiting += _named(one)
            case type():
                waiting += [] if is_foreign(one) else [x for cls in one.__mro__ for x in vars(cls).values()]
            case property():
                waiting += [one.fget, one.fset, one.fdel]
            case staticmethod() | classmethod() | types.MethodType():
                waiting.append(one.__func__)
            case _:
                others(one)


def _named(function: types.FunctionType) -> Iterator[Any]:
    """What the names in a function stand for, in the modules that it reads too; its defaults."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for code in (function.__code__, *nested(function.__code__)):
        values = [value_of(function, name) for name in (*code.co_names, *code.co_freevars)]
        yield from values
        for module in values:
            if isinstance(module, types.ModuleType):
                yield from (vars(module).get(name) for name in code.co_names)


def fields_stored(function: types.FunctionType) -> frozenset[str]:
    """The fields that may be assigned after their object was made, by whatever the function comes to run."""
    return frozenset().union(*(stored_fields(one.__code__) for one in reached(function, lambda _: None)))
