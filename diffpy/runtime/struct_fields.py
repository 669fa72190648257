"""Structs: which fields of a class have a derivative, and how an instance is copied with other values."""

from __future__ import annotations

import collections
import dataclasses
import functools
import inspect
import sys
import types
import typing
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from diffpy.errors import DifferentiationTypeError
from diffpy.functions import attributes_stored, names_looked_up

_MARK = "diffpy.no_derivative"
_WITHOUT_DERIVATIVE = (
    int,
    str,
    bytes,
    bool,
    type(None),
    type,
    Enum,
    types.FunctionType,
    types.ModuleType,
    np.integer,
    np.bool_,
)
_NAMES_WITHOUT_DERIVATIVE = frozenset({"int", "str", "bytes", "bool", "None", "type", "Callable"})
_MISSING = object()

_registered: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()
_no_structs = {float, int, bool, complex, str, type(None), list, tuple, dict, set, np.ndarray, np.float64}
_made: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()  # classes that nobody declared


def no_derivative(
    *,
    default: Any = dataclasses.MISSING,
    default_factory: Any = dataclasses.MISSING,
    metadata: Mapping | None = None,
    **options: Any,
) -> Any:
    """A dataclass field without a derivative: gradients leave it out, `move` leaves it as it is."""
    marked = {**(metadata or {}), _MARK: True}
    return dataclasses.field(default=default, default_factory=default_factory, metadata=marked, **options)


def register_fields(cls: Any, fields: Iterable[str]) -> None:
    """Declare the differentiable fields of a class that is no dataclass."""
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    if not isinstance(cls, type) or not names or not all(isinstance(name, str) for name in names):
        raise DifferentiationTypeError(
            f"cannot register {cls!r} with the fields {names!r}",
            because="a class and the names of its differentiable attributes are needed",
            fix='register_differentiable(Model, fields=("w", "b"))',
        )
    _registered[cls] = names
    _no_structs.discard(cls)


def is_struct(cls: type) -> bool:
    """Whether instances of the class are taken apart by fields."""
    return cls not in _no_structs and (cls in _made or is_declared(cls))


def is_declared(cls: type) -> bool:
    """Whether the class is a dataclass, or was registered by its user."""
    return hasattr(cls, "__dataclass_fields__") or (
        bool(_registered) and any(base in _registered for base in cls.__mro__)
    )


def is_made(cls: type) -> bool:
    """Whether the class is a struct only because derivatives make objects of it."""
    return cls in _made and not is_declared(cls)


def note_made(cls: type, fields: tuple[str, ...]) -> None:
    _made[cls] = fields


def stored_slots(cls: type) -> Iterator[str]:
    return _slots(cls)


def differentiable_fields(cls: type) -> tuple[str, ...]:
    """The names of the fields with a derivative: not marked, not annotated as int, str, bool or the like."""
    for base in cls.__mro__:
        if base in _registered:
            return _registered[base]
    if is_made(cls):
        return _made[cls]
    hints = field_annotations(cls)
    return tuple(
        field.name
        for field in _dataclass_fields(cls)
        if _MARK not in field.metadata and not _is_without_derivative(hints[field.name])
    )


def tangent_fields(cls: type) -> tuple[str, ...]:
    """The same, and the fields of functions: what these captured may have a derivative while a function runs.

    And what a dataclass of which nothing else was said stores in its `__post_init__`.
    """
    known = differentiable_fields(cls)
    if not dataclasses.is_dataclass(cls) or any(base in _registered for base in cls.__mro__):
        return known
    hints = field_annotations(cls)
    rest = (f for f in _dataclass_fields(cls) if f.name not in known and _MARK not in f.metadata)
    return (*known, *(f.name for f in rest if _is_of_functions(hints[f.name])), *_stored_last(cls))


def _stored_last(cls: type) -> Iterator[str]:
    """The attributes beside its fields that a dataclass stores in `__post_init__`, or in methods called from there."""
    if not hasattr(cls, "__post_init__") or "TangentVector" in dir(cls):
        return
    fields = cls.__dataclass_fields__  # type: ignore[attr-defined]
    stored = {n for code in _codes_below(cls, "__post_init__") for n in attributes_stored(code)}
    yield from sorted(n for n in stored if n not in fields and not hasattr(cls, n))


def _codes_below(cls: type, first: str) -> Iterator[types.CodeType]:
    """The code of a method, of what it overrides, and of the methods whose names stand in such code."""
    waiting, seen = [first], {first}
    for name in waiting:  # which grows meanwhile
        for own in (vars(base).get(name) for base in cls.__mro__):
            if isinstance(own, types.FunctionType):
                yield own.__code__
                more = names_looked_up(own.__code__) - seen
                waiting += more
                seen |= more


def _is_of_functions(hint: Any) -> bool:
    if isinstance(hint, str):
        return "Callable" in hint
    every = (hint, *typing.get_args(hint))
    return any(one in (Callable, typing.Callable) or typing.get_origin(one) is Callable for one in every)


def is_marked(cls: type, name: str) -> bool:
    """Whether a field was declared with no_derivative()."""
    return _MARK in getattr(getattr(cls, "__dataclass_fields__", {}).get(name), "metadata", ())


def _dataclass_fields(cls: Any) -> tuple[dataclasses.Field, ...]:
    return dataclasses.fields(cls)


def field_annotations(cls: type) -> dict[str, Any]:
    """The annotation of each field of a dataclass; one that cannot be resolved stays text."""
    fields = {field.name: field.type for field in _dataclass_fields(cls)}
    try:
        hints = typing.get_type_hints(cls)
    except Exception:  # names that exist for type checkers only, or in a function that has returned
        return fields
    return {name: hints.get(name, hint) for name, hint in fields.items()}


def _is_without_derivative(hint: Any) -> bool:
    """Whether an annotation rules a derivative out: int, str | None, tuple[int, ...], Callable[...]."""
    if isinstance(hint, str):
        parts = [part.strip() for part in hint.split("|")]
        return all(part.partition("[")[0].rpartition(".")[2] in _NAMES_WITHOUT_DERIVATIVE for part in parts)
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Literal, Callable, type) or hint in (Callable, typing.Callable, None):
        return True
    if origin in (typing.Annotated, typing.Final):
        return _is_without_derivative(parameters[0])
    if origin in (typing.Union, types.UnionType, tuple):
        return all(part is Ellipsis or _is_without_derivative(part) for part in parameters)
    if origin is not None:
        return bool(parameters) and _is_without_derivative(parameters[-1])
    return isinstance(hint, type) and issubclass(hint, _WITHOUT_DERIVATIVE)


def state(x: object) -> dict[str, Any]:
    """All attributes that an instance holds, in its dict or in slots, without those cached by properties."""
    cls = type(x)
    found = {name: held(x, name, _MISSING) for name in _slots(cls)}
    found.update(getattr(x, "__dict__", {}))
    return {
        name: value for name, value in found.items() if value is not _MISSING and not _is_cached(cls, name)
    }


def held(x: object, name: str, otherwise: Any = None) -> Any:
    """x.name, but for what `__getattr__` makes up."""
    try:
        return object.__getattribute__(x, name)
    except AttributeError:
        return otherwise


def attribute_names(x: object) -> tuple[str, ...]:
    """The names in vars(x), in their order."""
    return tuple(vars(x))


def _slots(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                yield f"_{base.__name__.lstrip('_')}{name}" if private else name


def _is_cached(cls: type, name: str) -> bool:
    return isinstance(getattr(cls, name, None), functools.cached_property)


def is_transparent(cls: type) -> bool:
    """Whether reading and storing a field does no more than that."""
    if any(map(_is_own_descriptor, (one for base in cls.__mro__ for one in vars(base).values()))):
        return False
    frozen = getattr(getattr(cls, "__dataclass_params__", None), "frozen", False)
    own = (cls.__getattribute__, *(() if frozen else (cls.__setattr__, cls.__delattr__)))
    return not any(isinstance(one, types.FunctionType) for one in own)


def _is_own_descriptor(one: object) -> bool:
    """Whether something in a class says itself how an attribute is stored: of properties it is known."""
    return isinstance(getattr(type(one), "__set__", None), types.FunctionType)


def is_plain(cls: type) -> bool:
    """Whether instances of a dataclass are made of their fields: the constructor stores its arguments."""
    made = getattr(vars(cls).get("__init__"), "__code__", None)
    own = made is None or made.co_filename != "<string>"  # no text of the dataclass decorator
    return (
        dataclasses.is_dataclass(cls)
        and is_transparent(cls)
        and not own
        and not hasattr(cls, "__post_init__")
    )


def is_named_tuple(cls: type) -> bool:
    """Whether the items of a class of tuples have names."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


@functools.lru_cache(maxsize=512)
def is_plain_named_tuple(cls: Any) -> bool:
    """Whether a class of named tuples leaves to tuples how they are made, read, compared and added."""
    if not is_named_tuple(cls):
        return False
    own = [(n, one) for base in cls.__mro__[: cls.__mro__.index(tuple)] for n, one in vars(base).items()]
    special = {n for n, one in own if n.startswith("__") and isinstance(one, types.FunctionType | property)}
    fields = all(type(inspect.getattr_static(cls, name, None)) is _ITEM for name in cls._fields)
    return fields and special <= _OF_NAMED_TUPLES and stores_items(cls)


def stores_items(cls: type) -> bool:
    """Whether the constructor of a class of named tuples does no more than store its arguments."""
    made = [
        base for base in cls.__mro__ if base is not object and {"__new__", "__init__"} & vars(base).keys()
    ]
    return made[-1] is tuple and len(made) == 2


_ITEM: type = type(vars(collections.namedtuple("_Example", "x"))["x"])
_OF_NAMED_TUPLES = {"__new__", "__repr__", "__getnewargs__", "__replace__"}


_METACLASSES = type, ABCMeta
_HOOKS = "__call__ __getattribute__ __getattr__ __setattr__ __instancecheck__ __subclasscheck__ __prepare__".split()


@functools.lru_cache(maxsize=512)
def is_plain_class(cls: Any) -> bool:
    """Whether a class is what its statements say: its metaclass may take a note of it, and has no more to say."""
    meta = type(cls)
    own = [one for one in meta.__mro__ if one not in (*_METACLASSES, object)]
    is_plain = issubclass(meta, _METACLASSES) and all(one.__module__ not in _LIBRARIES for one in own)
    return is_plain and not any(hook in vars(one) for one in own for hook in _HOOKS)


_LIBRARIES = sys.stdlib_module_names


def is_plain_object(x: object) -> bool:
    """Whether x is of a class of the user's own that extends no built-in one, and has its attributes in a dict."""
    cls: Any = type(x)
    return is_plain_class(cls) and hasattr(x, "__dict__") and _is_users_own(cls)


@functools.lru_cache(maxsize=512)
def _is_users_own(cls: type) -> bool:
    root = cls.__module__.partition(".")[0]
    foreign = root in {*sys.stdlib_module_names, "numpy", "scipy", "cupy", "diffpy"} - {"__main__"}
    return not foreign and all(one.__flags__ & _MADE_BY_CLASS for one in cls.__mro__[:-1])


_MADE_BY_CLASS = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def is_generated(method: types.FunctionType) -> bool:
    """Whether the decorator of a dataclass wrote a method."""
    return method.__code__.co_filename in ("<string>", dataclasses.__file__)


def initial_fields(x: Any) -> dict[str, Any]:
    """What the constructor of a dataclass would be given for an object like this one."""
    return {name: getattr(x, name) for name, one in x.__dataclass_fields__.items() if one.init}


def computing(x: object, name: str) -> tuple[Callable[..., Any], tuple] | None:
    """What of its class computes an attribute (a property, a descriptor, `__getattr__`), and what this is given."""
    if isinstance(x, super):
        above, own = _above(x, name)
        return (above.fget, (own,)) if isinstance(above, property) and above.fget is not None else None
    cls = type(x)
    every = cls.__getattribute__
    if isinstance(every, types.FunctionType):
        return every, (x, name)
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, property) and found.fget is not None:
        return found.fget, (x,)
    reader = getattr(type(found), "__get__", None)
    if isinstance(reader, types.FunctionType) and _is_users_own(found.__class__):
        is_asked = _is_own_descriptor(found) or name not in state(x)
        return (functools.partial(reader, found), (x, cls)) if is_asked else None
    own = getattr(cls, "__getattr__", None)
    if not isinstance(own, _METHODS) or name in state(x):
        return None
    return (own, (x, name)) if inspect.getattr_static(cls, name, _MISSING) is _MISSING else None


_METHODS = types.FunctionType | types.MethodDescriptorType | types.WrapperDescriptorType


def is_computed(cls: Any, name: str) -> bool:
    """Whether reading an attribute of the objects of a class may come to a function."""
    found = inspect.getattr_static(cls, name, None)
    own = isinstance(getattr(type(found), "__get__", None), types.FunctionType) and _is_users_own(
        found.__class__
    )
    return own or isinstance(found, property | functools.cached_property)


def storing(cls: type, name: str) -> Callable[..., Any] | None:
    """What of a class stores an attribute of an object: the setter of a property, `__set__` of a descriptor."""
    found: Any = inspect.getattr_static(cls, name, None)
    if isinstance(found, property):
        return found.fset
    return functools.partial(type(found).__set__, found) if _is_own_descriptor(found) else None


def deleting(cls: type, name: str) -> Callable[..., Any] | None:
    """What of a class deletes an attribute of an object: of a property its function, `__delete__` of a descriptor."""
    found: Any = inspect.getattr_static(cls, name, None)
    if isinstance(found, property):
        return found.fdel
    own = getattr(type(found), "__delete__", None)
    return functools.partial(own, found) if isinstance(own, types.FunctionType) else None


def _above(x: Any, name: str) -> tuple[Any, Any]:
    """What super(...) finds under a name, as it stands in its class, and the object that it was made for."""
    mro = x.__self_class__.__mro__
    later = mro[mro.index(x.__thisclass__) + 1 :]
    return next((vars(cls)[name] for cls in later if name in vars(cls)), None), x.__self__


def is_method_of(value: Any, x: Any, name: str) -> bool:
    """Whether an attribute is a bound method of the object, and none of another one that a field holds."""
    return hasattr(type(value), "__self__") and (value.__self__ is x or name not in state(x))


def is_made_for(x: Any, name: str) -> bool:
    """Whether a descriptor of the class makes an attribute of the object: functools.partialmethod, say."""
    found = inspect.getattr_static(type(x), name, None)
    plain = types.FunctionType | staticmethod | classmethod | property | type
    of_users = isinstance(getattr(type(found), "__get__", None), types.FunctionType)
    return of_users and not isinstance(found, plain) and name not in state(x)


def blank(cls: type) -> Any:
    """An instance without attributes, made without calling __init__ or __post_init__."""
    try:
        return object.__new__(cls)
    except TypeError:  # a subclass of a built-in class
        make: Any = cls.__new__
        return make(cls)


def fill(x: Any, attributes: Mapping[str, Any]) -> Any:
    """Set attributes of a new instance, frozen or not."""
    for name, value in attributes.items():
        try:
            object.__setattr__(x, name, value)
        except (AttributeError, TypeError) as failure:
            raise DifferentiationTypeError(
                f"field {name!r} of '{type(x).__qualname__}' cannot be set",
                because=str(failure),
                fix="register attributes that the instance stores, not properties computed from them",
            ) from failure
    return x


def changed(x: Any, fields: Mapping[str, Any]) -> Any:
    """A copy of an instance with other values of some fields."""
    return fill(fill(blank(type(x)), state(x)), fields)
