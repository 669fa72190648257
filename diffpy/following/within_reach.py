"""What values lead to as they stand now: objects in; the functions that they hold or name, and what these hold, out."""

from __future__ import annotations

import functools
import itertools
import operator
import types
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from diffpy.functions import NAMING, captured_by, names_looked_up, names_spelled
from diffpy.runtime.carrying import is_foreign, is_own_module

MOST = 10_000  # items of a container that are looked at

# A function, or a method of a container's, with its first arguments, if an object or a partial has bound these.
Bound = tuple[Any, tuple[Any, ...]]


def functions_in_reach(roots: Iterable[Any], names: Collection[str]) -> Iterator[Bound]:
    """Every function that the values hold, or that such a function names; methods with each object they are of.

    Of methods it is those that Python calls, and those whose names stand among `names` or in a function in reach.
    """
    for value, bound in _all_below(roots, _Below(names)):
        if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
            yield value, bound


def objects_in(value: Any) -> Iterator[Any]:
    """Itself and what it holds, as far as that can be changed."""
    return (one for one, _ in _all_below([value], _held) if _is_changeable(one))


def number_of(value: Any) -> int:
    """The number of an object, or of the array whose memory it shows."""
    while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        value = value.base
    return id(value)


def outside_of(function: types.FunctionType) -> dict[str, Any]:
    """What the names that a function looks up stand for: what it captured, global variables, and those of modules."""
    names = names_looked_up(function.__code__)
    named = {n: function.__globals__[n] for n in sorted(names) if n in function.__globals__}
    named |= captured_by(function)
    for module in [one for one in named.values() if is_own_module(one)]:
        named |= {f"{module.__name__}.{n}": vars(module)[n] for n in sorted(names & vars(module).keys())}
    return named


def in_modules(values: Iterable[Any], names: Collection[str]) -> list[Any]:
    """What stands under some of the names in the modules among the values."""
    modules = filter(is_own_module, values)
    return [vars(one)[n] for one in modules for n in sorted(vars(one).keys() & names)]


def _all_below(roots: Iterable[Any], below: Callable[[Any], Iterable[Bound]]) -> Iterator[Bound]:
    waiting: list[Bound] = [(one, ()) for one in roots]
    seen: set[tuple[int, ...]] = set()
    while waiting:
        value, bound = waiting.pop()
        key = (id(value), *map(id, bound))
        if key in seen or isinstance(value, str | int | float | complex | types.ModuleType | None):
            continue
        seen.add(key)
        yield value, bound
        waiting.extend(below(value))


class _Below:
    """What values lead to; methods wait until somebody says their names."""

    def __init__(self, names: Collection[str]) -> None:
        self.names: set[str] = set()
        self.waiting: defaultdict[str, list[Bound]] = defaultdict(list)
        self.say(names)

    def __call__(self, value: Any) -> Iterable[Bound]:
        if isinstance(value, types.FunctionType) and not is_foreign(value):
            yield from self.say(names_looked_up(value.__code__) | names_spelled(value.__code__))
        elif isinstance(value, operator.methodcaller | operator.attrgetter):
            yield from self.say(["getattr"])
        yield from _below(value)
        if isinstance(value, type) and not is_foreign(value):
            yield from self.methods(value, ())
        elif _is_own(value):
            yield from self.methods(type(value), (value,))

    def say(self, names: Collection[str]) -> list[Bound]:
        """The methods that waited for one of these names; all where names may be made up."""
        self.names.update(names)
        if not self.names.isdisjoint(NAMING):
            self.names |= self.waiting.keys()
        return [one for name in self.names & self.waiting.keys() for one in self.waiting.pop(name)]

    def methods(self, cls: type, bound: tuple[Any, ...]) -> Iterator[Bound]:
        own = [base for base in cls.__mro__ if not is_foreign(base)]
        inherits = not self.names.isdisjoint(NAMING) or len(own) + 1 < len(cls.__mro__)
        for name, attribute in ((n, a) for base in own for n, a in vars(base).items()):
            for one in _functions(attribute):
                if inherits or name.startswith("__") or name in self.names:
                    yield one, bound
                else:
                    self.waiting[name].append((one, bound))


def _below(value: Any) -> Iterable[Bound]:
    match value:
        case types.FunctionType():
            return [] if is_foreign(value) else [(one, ()) for one in outside_of(value).values()]
        case types.MethodType():
            return [(value.__func__, (value.__self__,)), (value.__self__, ())]
        case types.BuiltinFunctionType():
            return []
        case functools.partial():
            given = (*value.args, *value.keywords.values())
            return [(value.func, value.args), *((one, ()) for one in given)]
        case type():
            return []
    return _held(value)


def _held(value: Any) -> Iterable[Bound]:
    match value:
        case list() | tuple() | set() | frozenset() | deque():
            held: Iterable[Any] = itertools.islice(value, MOST)
        case Mapping() if type(value).__module__ in ("builtins", "collections", "types"):
            held = itertools.islice(value.values(), MOST)
        case _:
            held = vars(value).values() if _is_own(value) and hasattr(value, "__dict__") else ()
    return [(one, ()) for one in held]


def _functions(attribute: Any) -> Iterator[types.FunctionType]:
    """The functions that an attribute of a class is, or chooses from when it is called."""
    chosen = isinstance(attribute, functools.singledispatchmethod)
    for one in attribute.dispatcher.registry.values() if chosen else (attribute,):
        plain = getattr(one, "fget", getattr(one, "__func__", one))
        if isinstance(plain, types.FunctionType):
            yield plain


def _is_own(value: Any) -> bool:
    if isinstance(value, type | np.ndarray | np.generic):
        return False
    return isinstance(value, types.SimpleNamespace) or not is_foreign(type(value))


def _is_changeable(value: Any) -> bool:
    return isinstance(value, list | dict | set | deque | np.ndarray) or (
        _is_own(value) and not isinstance(value, tuple | types.FunctionType)
    )
