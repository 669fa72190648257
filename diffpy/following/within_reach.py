"""What values lead to as they stand now: objects in; the functions that they hold or name, and what these hold, out."""

from __future__ import annotations

import functools
import gc
import itertools
import operator
import types
import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from diffpy.functions import NAMING, captured_by, content_of, names_looked_up, names_spelled
from diffpy.runtime.carrying import is_foreign, is_own_module
from diffpy.runtime.struct_fields import is_generated, state

MOST = 10_000  # items of a container that are looked at

# What reads attributes by the names that it was made with.
NAMED_WHEN_MADE = operator.methodcaller | operator.attrgetter

_COMPUTED = property | functools.cached_property

# What runs when a class is made; of a metaclass its constructors do.
_OF_CLASSES = frozenset(("__set_name__", "__init_subclass__"))
_MAKING_CLASSES = _OF_CLASSES | {"__new__", "__init__", "__prepare__"}

# They stand for a place in an object, and refer to its class alone.
_OF_SLOTS = types.GetSetDescriptorType | types.MemberDescriptorType

# What runs when an object is made; of one that is there it does where a program says so.
_MAKING_OBJECTS = frozenset(("__new__", "__init__", "__post_init__"))

# What leads from an object to its class, which makes others.
_OF_ITS_CLASS = ("type", "__class__", "replace", "__replace__")

# A function, or a method of a container's, with its first arguments, if an object or a partial has bound these.
Bound = tuple[Any, tuple[Any, ...]]


def functions_in_reach(roots: Iterable[Any], names: Collection[str]) -> Iterator[Bound]:
    """Every function that the values hold, or that such a function names; methods with each object they are of.

    Methods of objects that nobody has seen have the class in place of the object.
    Of methods it is those that Python calls, and those whose names stand among `names` or in a function in reach.
    """
    for value, bound in _all_below(roots, _Below(names)):
        if isinstance(value, types.FunctionType | types.BuiltinFunctionType | NAMED_WHEN_MADE):
            yield value, bound


def is_implied(function: types.FunctionType, bound: tuple[Any, ...]) -> bool:
    """Whether Python calls a method where its name is not written: for an operator, or an attribute that is computed."""
    if function.__name__.startswith("__"):
        return True
    cls = bound[0] if bound and isinstance(bound[0], type) else type(bound[0] if bound else None)
    computed = (a for base in _own_bases(cls) for a in vars(base).values() if isinstance(a, _COMPUTED))
    return any(function is one for a in computed for one in _functions(a))


def objects_in(value: Any) -> Iterator[Any]:
    """Itself and what it holds, as far as that can be changed."""
    return (one for one, _ in _all_below([value], _held) if _is_changeable(one))


def number_of(value: Any) -> int:
    """The number of an object: of the array whose memory it shows, or of its attributes, which others may have too."""
    while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        value = value.base
    attributes = getattr(value, "__dict__", None) if _is_own(value) else None
    return id(attributes if isinstance(attributes, dict) else value)


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
        yield from self.say(_said_by(value))
        yield from _below(value)
        if isinstance(value, type) and not is_foreign(value):
            yield from self.methods(value, (value,))
        elif _is_own(value):
            yield from self.methods(type(value), (value,))

    def say(self, names: Collection[str]) -> list[Bound]:
        """The methods that waited for one of these names; all where names may be made up."""
        self.names.update(names)
        if not self.names.isdisjoint(NAMING):
            self.names |= self.waiting.keys()
        return [one for name in self.names & self.waiting.keys() for one in self.waiting.pop(name)]

    def methods(self, cls: type, bound: tuple[Any, ...]) -> Iterator[Bound]:
        own = _own_bases(cls)
        inherits = not self.names.isdisjoint(NAMING) or len(own) + 1 < len(cls.__mro__)
        unasked = _MAKING_CLASSES if issubclass(cls, type) else _OF_CLASSES
        is_there = not isinstance(bound[0], type)
        every = [(n, a) for base in own for n, a in vars(base).items() if n not in unasked]
        for name, attribute in every:
            by_name = is_there and name in _MAKING_OBJECTS
            is_implied = name in self.names or ((inherits or name.startswith("__")) and not by_name)
            yield from self.reached(is_implied, name, _methods(attribute, cls, bound))
        for name in _OF_ITS_CLASS if is_there else ():
            yield from self.reached(name in self.names, name, [(cls, ())])

    def reached(self, is_now: bool, name: str, found: Iterable[Bound]) -> Iterable[Bound]:
        """What is in reach now; else it waits for its name."""
        if is_now:
            return found
        self.waiting[name] += found
        return ()


def _said_by(value: Any) -> Collection[str]:
    """The names that a value may look methods up by; a function of a library's goes by its own."""
    if isinstance(value, NAMED_WHEN_MADE):
        return ("getattr",)
    if not isinstance(value, types.FunctionType) or is_foreign(value):
        return (value.__name__,) if isinstance(value, types.FunctionType | type) else ()
    said = names_looked_up(value.__code__) | names_spelled(value.__code__)
    # What dataclasses write compares the classes of objects, and makes none of them.
    return said - {"__class__"} if is_generated(value) else said


def _methods(attribute: Any, cls: type, bound: tuple[Any, ...]) -> Iterator[Bound]:
    """The functions of an attribute of a class; those that are given the class may make objects of it."""
    yield from ((one, bound) for one in _functions(attribute))
    if isinstance(attribute, classmethod):
        yield cls, ()


def _below(value: Any) -> Iterable[Bound]:
    match value:
        case types.FunctionType():
            named = captured_by(value) if is_foreign(value) else outside_of(value)
            return [(one, ()) for one in named.values()]
        case types.MethodType():
            return [(value.__func__, (value.__self__,)), (value.__self__, ())]
        case types.BuiltinFunctionType():
            return []
        case functools.partial():
            given = (*value.args, *value.keywords.values())
            return [(value.func, value.args), *((one, ()) for one in given)]
        case type():
            return [(one, ()) for _, one in _shared_by_all(value)]
        case weakref.ref():
            return [(value(), ())]
    if _is_around_others(value):
        return [(one, ()) for one in _made_with(value)]
    shared = ((one, ()) for _, one in _shared_by_all(type(value)))
    return itertools.chain(_held(value), shared if _is_own(value) else ())


def _held(value: Any) -> Iterable[Bound]:
    match value:
        case list() | tuple() | set() | frozenset() | deque():
            held: Iterable[Any] = itertools.islice(value, MOST)
        case Mapping() if type(value).__module__ in ("builtins", "collections", "types"):
            held = itertools.islice(value.values(), MOST)
        case np.ndarray():
            held = itertools.islice(value.flat, MOST) if value.dtype.kind == "O" else ()
        case types.GeneratorType():
            held = value.gi_frame.f_locals.values() if value.gi_frame is not None else ()
        case types.CellType():
            held = [content_of(value)]
        case _ if type(value) in weakref.ProxyTypes:
            held = [value.__repr__.__self__]
        case _:
            held = state(value).values() if _is_own(value) else ()
    return [(one, ()) for one in held]


def _is_around_others(value: Any) -> bool:
    """Whether it is of a library's, and may call functions that it was made with: @lru_cache, np.vectorize(f)."""
    is_called = callable(value) or isinstance(value, defaultdict)
    return is_called and is_foreign(type(value))


def of_its_class(value: Any, names: Collection[str]) -> list[Any]:
    """What a class holds under some of the names besides functions; of an object what its class does."""
    return [
        one
        for name, one in _shared_by_all(value if isinstance(value, type) else type(value))
        if name in names
    ]


def _shared_by_all(cls: type) -> Iterator[tuple[str, Any]]:
    """What the objects of a class share, but for its functions."""
    for base in _own_bases(cls):
        for name, attribute in vars(base).items():
            is_function = isinstance(attribute, types.FunctionType) or _is_descriptor(attribute)
            if not (name.startswith("__") or is_function):
                yield name, attribute


def _own_bases(cls: type) -> list[type]:
    return [base for base in cls.__mro__ if not is_foreign(base)]


def _functions(attribute: Any) -> Iterator[Any]:
    """The functions that an attribute of a class is, or calls when it is asked for or called."""
    if isinstance(attribute, functools.singledispatchmethod):
        yield from attribute.dispatcher.registry.values()
    elif isinstance(attribute, types.FunctionType):
        yield attribute
    elif _is_descriptor(attribute) and not isinstance(attribute, _OF_SLOTS):
        yield from filter(callable, _made_with(attribute))


def _is_descriptor(attribute: Any) -> bool:
    return hasattr(type(attribute), "__get__") and is_foreign(type(attribute))


def _made_with(value: Any) -> Iterator[Any]:
    """What an object of a library's refers to, in its attributes too."""
    for one in itertools.islice(gc.get_referents(value), MOST):
        yield from one.values() if type(one) is dict else [one]


def _is_own(value: Any) -> bool:
    if isinstance(value, type | np.ndarray | np.generic):
        return False
    return isinstance(value, types.SimpleNamespace) or not is_foreign(type(value))


def _is_changeable(value: Any) -> bool:
    return isinstance(value, list | dict | set | deque | np.ndarray | types.CellType) or (
        _is_own(value) and not isinstance(value, tuple | types.FunctionType)
    )
