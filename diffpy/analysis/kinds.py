"""Kinds: what is known of a value while deriving. Values in, kinds out; kinds join where paths meet."""

from __future__ import annotations

import datetime
import enum
import functools
import inspect
import logging
import random
import threading
import types
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from typing import Any

import gast
import numpy as np

from diffpy.analysis.alike import first_alike
from diffpy.errors import UnsupportedSyntaxError
from diffpy.rules.arrays_met import is_array, is_on_device
from diffpy.rules.contexts import makes_contexts
from diffpy.rules.structs import (
    differentiable_fields,
    is_made,
    is_plain,
    is_plain_named_tuple,
    is_plain_object,
    is_transparent,
    no_value,
    state,
)

# a known size | ("n", symbol, offset): not 1 when offset is 0 | ("?", symbol, offset)
Dim = int | tuple[str, str, int]


@dataclass(frozen=True)
class Kind:
    """Nothing is known (the base of all kinds)."""

    @property
    def may_differ(self) -> bool:
        """Whether a value of this kind may have a derivative."""
        return True


@dataclass(frozen=True)
class Bottom(Kind):
    """Not computed yet."""


@dataclass(frozen=True)
class Scalar(Kind):
    """A Python number or a NumPy scalar: type is float, int, bool, complex or a dtype's name."""

    type: str

    @property
    def may_differ(self) -> bool:
        return self.type.startswith(("float", "complex", "longdouble", "clongdouble", "integer"))


@dataclass(frozen=True)
class Flag(Scalar):
    """A bool that is known: the default of a parameter."""

    value: bool = False


@dataclass(frozen=True)
class Array(Kind):
    """An ndarray; dims None: of unknown rank, perhaps a number."""

    dtype: str
    dims: tuple[Dim, ...] | None = None

    @property
    def may_differ(self) -> bool:
        return np.dtype(self.dtype).kind in "fc"


@dataclass(frozen=True)
class SurelyArray(Array):
    """An ndarray of unknown rank, and no number."""


ANY_ARRAY = SurelyArray("float64")


@dataclass(frozen=True)
class PerhapsFloat(Array):
    """An ndarray of unknown rank or a number, which may be one of Python's own: it has no shape to read."""


_OF_PYTHON = ("float", "int", "integer", "bool", "complex")


def may_be_of_python(kind: Kind) -> bool:
    """Whether a value of this kind may be a number of Python's own, not of NumPy's."""
    return isinstance(kind, PerhapsFloat) or (isinstance(kind, Scalar) and kind.type in _OF_PYTHON)


def is_surely_array(kind: Kind) -> bool:
    """Whether a value of this kind is no number."""
    return isinstance(kind, SurelyArray) or (isinstance(kind, Array) and kind.dims is not None)


@dataclass(frozen=True)
class TupleOf(Kind):
    items: tuple[Kind, ...]

    def of(self, items: Iterable[Kind]) -> TupleOf:
        """The kind of the same tuple, where more or less is known of its items."""
        return TupleOf(tuple(items))

    @property
    def may_differ(self) -> bool:
        return any(one.may_differ for one in self.items)


@dataclass(frozen=True)
class NamedTupleOf(TupleOf):
    """A tuple whose items have names, and that is made, read and compared as tuples are."""

    cls: Any

    def of(self, items: Iterable[Kind]) -> NamedTupleOf:
        return NamedTupleOf(tuple(items), self.cls)

    def place(self, name: str) -> int | None:
        """The place of an item."""
        return self.cls._fields.index(name) if name in self.cls._fields else None


def place_of_item(kind: Kind, name: str) -> int | None:
    """The place of the item of a named tuple that an attribute reads."""
    return kind.place(name) if isinstance(kind, NamedTupleOf) else None


def named_tuple_of(cls: Any, items: Iterable[Kind]) -> NamedTupleOf:
    """The kind of a named tuple; of those in it only what holds no others is known, for trees are made of them."""
    return NamedTupleOf(tuple(UNKNOWN if _is_nested(one) else one for one in items), cls)


def _is_nested(kind: Kind) -> bool:
    """Whether a kind is that of a named tuple with more in it than numbers and arrays."""
    flat = Scalar | Array | Inert
    return isinstance(kind, NamedTupleOf) and not all(isinstance(one, flat) for one in kind.items)


@dataclass(frozen=True)
class ListOf(Kind):
    item: Kind

    @property
    def may_differ(self) -> bool:
        return self.item.may_differ


@dataclass(frozen=True)
class DictOf(Kind):
    """A dict; item is what any of its entries may be, fields are its entries where all keys are known."""

    item: Kind
    fields: tuple[tuple[str, Kind], ...] | None = None

    @classmethod
    def of(cls, fields: Mapping[object, Kind], site: str) -> DictOf:
        """The kind of a dict with these entries."""
        named = {k: kind for k, kind in fields.items() if isinstance(k, str)}
        known = tuple(sorted(named.items())) if 0 < len(named) == len(fields) else None
        return cls(join_all(fields.values(), f"{site}[]"), known)

    def entry(self, key: object) -> Kind:
        """What stands under a key, a string or something that is not known."""
        if self.fields is None or not isinstance(key, str):
            return self.item
        return dict(self.fields).get(key, BOTTOM)

    def lacks(self, key: object) -> bool:
        """Whether nothing that is known has put an entry there."""
        return self.fields is not None and isinstance(key, str) and key not in dict(self.fields)

    def filled(self, key: object) -> DictOf:
        """A buffer with what is put in later under a key, or under all of them: where None stood now, of any kind."""
        if self.fields is None:
            item = self.item
            if not isinstance(item, Array):
                item = Cotangent() if isinstance(item, Inert | Bottom | Cotangent) else UNKNOWN
            return DictOf(item)
        found: dict[object, Kind] = {
            name: Cotangent() if key in (None, name) and isinstance(kind, Inert | Bottom) else kind
            for name, kind in self.fields
        }
        if isinstance(key, str):
            found.setdefault(key, Cotangent())
        return DictOf.of(found, "buffer")

    def storing(self, key: object, kind: Kind, site: str) -> DictOf:
        """The dict after a store."""
        item = join(self.item, kind, f"{site}[]")
        if isinstance(key, str) and (self.fields is not None or isinstance(self.item, Bottom)):
            fields = dict(self.fields or {})
            fields[key] = join(fields.get(key, BOTTOM), kind, f"{site}[{key}]")
            return DictOf(item, tuple(sorted(fields.items())))
        return DictOf(item)

    @property
    def may_differ(self) -> bool:
        return self.item.may_differ


@dataclass(frozen=True)
class Iterator(Kind):
    """What a for loop takes apart and nothing else does: range, enumerate, zip, dict views."""

    item: Kind

    @property
    def may_differ(self) -> bool:
        return self.item.may_differ


@dataclass(frozen=True)
class Range(Iterator):
    """A range object: it can be run through backwards."""


@dataclass(frozen=True)
class AnyTuple(ListOf):
    """A tuple of unknown length."""


@dataclass(frozen=True)
class Rest(Kind):
    """Arguments of a call, however many: what * spreads over a parameter with a star."""

    item: Kind


@dataclass(frozen=True)
class Struct(Kind):
    """A struct with differentiable fields."""

    cls: type
    fields: tuple[tuple[str, Kind], ...]

    @property
    def may_differ(self) -> bool:
        return any(kind.may_differ for _, kind in self.fields)

    def field(self, name: str) -> Kind | None:
        return dict(self.fields).get(name)


@dataclass(frozen=True)
class Object(Kind):
    """An object of a user's class of which nothing was declared, with its attributes."""

    cls: type
    fields: tuple[tuple[str, Kind], ...]

    @property
    def may_differ(self) -> bool:
        return any(kind.may_differ for _, kind in self.fields)

    def field(self, name: str) -> Kind | None:
        return dict(self.fields).get(name)


@dataclass(frozen=True)
class OneOf(Kind):
    """An object of one of several classes, each with its fields."""

    choices: tuple[Struct, ...]

    def of(self, cls: type, is_one: bool) -> Kind:
        """What it is where isinstance says whether it is of a class."""
        left = tuple(one for one in self.choices if issubclass(one.cls, cls) == is_one)
        return left[0] if len(left) == 1 else OneOf(left) if left else BOTTOM


def one_of_classes(found: Iterable[Struct], site: str) -> Kind:
    """The kind of an object that is one of these."""
    by_class: dict[type, Kind] = {}
    for one in found:
        by_class[one.cls] = join(by_class.get(one.cls, BOTTOM), one, f"{site}.{one.cls.__name__}")
    choices = [one for one in by_class.values() if isinstance(one, Struct)]
    if len(choices) < len(by_class) or len(choices) > MOST_CLASSES:
        return UNKNOWN
    return OneOf(tuple(sorted(choices, key=lambda one: (-len(one.cls.__mro__), one.cls.__qualname__))))


MOST_CLASSES = 6


def with_one_class(kind: Kind) -> Kind:
    """The same where an object that may be of several classes is of no known kind."""
    match kind:
        case OneOf():
            return UNKNOWN
        case TupleOf():
            return kind.of(map(with_one_class, kind.items))
        case DictOf(fields=tuple() as fields):
            return DictOf(with_one_class(kind.item), tuple((n, with_one_class(k)) for n, k in fields))
        case ListOf() | DictOf() | Iterator() | Rest():
            return type(kind)(with_one_class(kind.item))
        case Struct():
            return Struct(kind.cls, tuple((n, with_one_class(k)) for n, k in kind.fields))
    return kind


DEEPEST = 4  # objects of a class, and lists and dicts, inside of each other


def of_bounded_depth(kind: Kind, around: tuple[type, ...] = ()) -> Kind:
    """The same where objects hold objects of their own class, and lists and dicts others, down to some depth."""
    match kind:
        case TupleOf():
            return kind.of(of_bounded_depth(one, around) for one in kind.items)
        case ListOf() | DictOf() if around.count(type(kind)) >= DEEPEST:
            return UNKNOWN
        case DictOf(fields=tuple() as fields):
            inner = (*around, DictOf)
            named = tuple((n, of_bounded_depth(k, inner)) for n, k in fields)
            return DictOf(of_bounded_depth(kind.item, inner), named)
        case ListOf() | DictOf() | Iterator() | Rest():
            return type(kind)(of_bounded_depth(kind.item, (*around, type(kind))))
        case Struct() if around.count(kind.cls) >= DEEPEST:
            return UNKNOWN
        case Struct():
            inner = (*around, kind.cls)
            return Struct(kind.cls, tuple((n, of_bounded_depth(k, inner)) for n, k in kind.fields))
        case OneOf():
            bounded = [of_bounded_depth(one, around) for one in kind.choices]
            choices = tuple(one for one in bounded if isinstance(one, Struct))
            return OneOf(choices) if len(choices) == len(bounded) else UNKNOWN
    return kind


class Known(Kind):
    """One object: a module, a function, a class; equal only to itself."""

    def __init__(self, value: object) -> None:
        object.__setattr__(self, "value", value)

    value: object

    @property
    def may_differ(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return f"Known({getattr(self.value, '__name__', type(self.value).__name__)})"


@dataclass(frozen=True)
class Closure(Kind):
    """A function that captured values: equal to any other of the same code; derivatives may flow into what it holds.

    `cells` are the kinds of what it captured, where they are known.
    """

    code: types.CodeType
    example: types.FunctionType | None = field(default=None, compare=False)
    cells: tuple[tuple[str, Kind], ...] | None = None


@dataclass(frozen=True)
class Local(Kind):
    """A function defined inside the one that is analysed."""

    node: gast.FunctionDef


def is_function(kind: Kind) -> bool:
    """Whether it is surely a function that is written in Python."""
    return isinstance(kind, Closure | Local) or (
        isinstance(kind, Known) and isinstance(kind.value, types.FunctionType)
    )


@dataclass(frozen=True)
class Inert(Kind):
    """A value without derivative: str, None, slice, dtype, one of several functions, an integer array's iterator ..."""

    type: str = ""

    @property
    def may_differ(self) -> bool:
        return False


@dataclass(frozen=True)
class Word(Inert):
    """A string that is known: the default of a parameter."""

    value: str = ""


@dataclass(frozen=True)
class Maker(Kind):
    """with_pullback(f) of a known function f, or of another Maker: a call of it gives f's value and its pullback."""

    function: Known | Maker

    @property
    def may_differ(self) -> bool:
        return False


@dataclass(frozen=True)
class Mover(Kind):
    """with_differential(f, x_dot) of a known function f: a call of it gives f's value and its tangent."""

    function: Known | Maker


@dataclass(frozen=True)
class Cotangent(Kind):
    """What derivatives hand on and add up: of any kind, never changed in place."""


@dataclass(frozen=True)
class PerhapsNumber(Kind):
    """None, or a number: nothing changes it in place."""


@dataclass(frozen=True)
class Pullback(Kind):
    """A pullback that with_pullback gave out, or None where no call was made: nothing changes it, or what it gives."""


UNKNOWN, BOTTOM = Kind(), Bottom()
FLOAT, INT, BOOL = Scalar("float"), Scalar("int"), Scalar("bool")
INTEGER = Scalar("integer")  # a Python int that an argument of interest holds: a real number
STRING, NONE, RANGE = Inert("str"), Inert("NoneType"), Range(INT)
GENERATORS = {one.__name__: one for one in (np.random.RandomState, np.random.Generator, random.Random)}
_PYTHON = {float: FLOAT, int: INT, bool: BOOL, complex: Scalar("complex"), str: STRING, type(None): NONE}
_KNOWN = (
    *(types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType),
    *(np.ufunc, type(np.sum), type, type(np.c_).__mro__[1], type(np.mgrid).__mro__[1]),
)


def kind_of(value: object, symbol: str = "") -> Kind:
    """The kind of a value that is at hand; `symbol` names the sizes of its axes."""
    plain = _PYTHON.get(type(value))
    if plain is not None:
        return plain
    if value is no_value:
        return BOTTOM
    if is_array(value) or is_on_device(value):
        return _kind_of_array(value, symbol)
    if isinstance(value, np.generic):
        return Scalar(value.dtype.name) if value.dtype.kind in "fciub" else Inert(type(value).__name__)
    if isinstance(value, types.FunctionType) and value.__closure__ and not makes_contexts(value):
        return Closure(value.__code__, value)
    if isinstance(value, types.FunctionType):
        return Known(first_alike(value))
    if _is_bound(value):
        return UNKNOWN  # xs.append, x.sum: derivatives flow into what it is bound to
    if isinstance(value, _KNOWN) or _is_array_module(value) or _is_member(value):
        return Known(value)
    if hasattr(value.func if isinstance(value, functools.partial) else type(value), "__diffpy_is_pullback__"):
        return Pullback()
    if hasattr(type(value), "__diffpy_function__"):
        inner: Any = value.__diffpy_function__  # type: ignore[attr-defined]
        is_open = isinstance(inner, types.FunctionType) and not inner.__closure__
        return Known(value) if is_open else UNKNOWN  # derivatives flow into what it has captured
    return _kind_of_container(value, symbol)


def _is_bound(value: object) -> bool:
    """Whether a value is a method of a container or of an array."""
    owner = getattr(value, "__self__", None) if isinstance(value, types.BuiltinFunctionType) else None
    return isinstance(owner, list | dict | set | deque | np.ndarray)


def _is_member(value: object) -> bool:
    """Whether a value is a member of an enumeration, and no number besides."""
    return isinstance(value, enum.Enum) and not isinstance(value, int | float | complex)


def _kind_of_array(array: Any, symbol: str) -> Kind:
    """On a device an array without axes is a number."""
    known = type(array) is np.ndarray or is_on_device(array)
    if not known or array.dtype.kind not in "fciub":
        return UNKNOWN
    if type(array) is not np.ndarray and not array.ndim:
        return Scalar(array.dtype.name)
    dims = tuple(1 if n == 1 else ("n", f"{symbol}{k}", 0) for k, n in enumerate(array.shape))
    return Array(array.dtype.name, dims)


_DEEPEST = 200  # containers in each other; Python's own limit is not far from there


def _kind_of_container(value: object, symbol: str) -> Kind:
    if symbol.count("[") > _DEEPEST:
        raise UnsupportedSyntaxError(
            "a derivative goes through a container that holds itself",
            because="what it is made of has no end",
            fix="keep what it stands for beside it, under a name of its own",
        )
    if type(value) is tuple:
        return TupleOf(tuple(kind_of(one, f"{symbol}.{k}.") for k, one in enumerate(value)))
    if isinstance(value, tuple) and is_plain_named_tuple(type(value)):
        held = (UNKNOWN if _is_tree(one) else kind_of(one, f"{symbol}.{k}.") for k, one in enumerate(value))
        return named_tuple_of(type(value), held)
    if type(value) is list:
        return ListOf(join_all((kind_of(one, f"{symbol}[]") for one in value), f"{symbol}[]"))
    if type(value) is dict:
        return DictOf.of({k: kind_of(one, f"{symbol}[{k}]") for k, one in value.items()}, symbol)
    if type(value) is range:
        return RANGE
    if type(value) in GENERATORS.values():
        return Inert(type(value).__name__)
    if not is_transparent(type(value)) or isinstance(value, BaseException):
        return UNKNOWN
    if is_dataclass(value) and not isinstance(value, type):
        return Struct(type(value), _fields_of(value, symbol))
    if isinstance(value, frozenset) and not all(isinstance(one, str | int | None) for one in value):
        return UNKNOWN
    if isinstance(value, bytes | slice | np.dtype | types.EllipsisType | frozenset | _WITHOUT_NUMBERS):
        return Inert(type(value).__name__)
    if is_made(type(value)):
        return _kind_of_made(value)
    if is_plain_object(value):
        return Object(type(value), tuple((n, _attribute_kind(v, n)) for n, v in vars(value).items()))
    return UNKNOWN


# Days and times are made of ints.
_WITHOUT_NUMBERS = datetime.date | datetime.time | datetime.timedelta | datetime.tzinfo | logging.Logger


def _is_tree(value: object) -> bool:
    """Whether a value is a named tuple with more in it than numbers and arrays."""
    flat = (*_PYTHON, np.ndarray, np.generic)
    named = isinstance(value, tuple) and is_plain_named_tuple(type(value))
    return named and not all(isinstance(one, flat) for one in value)  # type: ignore[attr-defined]


def _kind_of_made(value: object) -> Kind:
    """An object with the kinds of its attributes, those of objects in them too; one that holds itself is unknown."""
    inside = vars(_looked_into).setdefault("objects", set())
    if id(value) in inside:
        return UNKNOWN
    inside.add(id(value))
    try:
        fields = ((n, _attribute_kind(v, n, _HOLDING)) for n, v in state(value).items())
        return Struct(type(value), tuple(sorted(fields, key=lambda one: one[0])))
    finally:
        inside.discard(id(value))


_looked_into = threading.local()  # the objects around, by identity


def _is_array_module(value: object) -> bool:
    return callable(inspect.getattr_static(value, "__array_namespace_info__", None))


def _attribute_kind(value: object, name: str, more: tuple[type, ...] = ()) -> Kind:
    """Kinds of attributes go one level deep: objects may hold each other."""
    simple = isinstance(value, _SIMPLE) or type(value) in more or is_made(type(value))
    return kind_of(value, f".{name}.") if simple else UNKNOWN


_SIMPLE = (
    *(float, int, complex, str, type(None), np.ndarray, np.generic),
    *(types.FunctionType, types.ModuleType, logging.Logger),
)
_HOLDING = (list, tuple, dict)


def _fields_of(value: object, symbol: str) -> tuple[tuple[str, Kind], ...]:
    found = []
    for one in fields(value):  # type: ignore[arg-type]
        if hasattr(value, one.name):
            constant = one.metadata.get("diffpy.no_derivative", False)
            kind = kind_of(getattr(value, one.name), f"{symbol}.{one.name}.")
            found.append((one.name, constant_kind(kind) if constant else kind))
    return tuple(found)


def is_marked_constant(cls: type, name: str) -> bool:
    """Whether a field of a struct is declared to have no derivative."""
    declared = {f.name: f for f in fields(cls)} if is_dataclass(cls) else {}
    return name in declared and declared[name].metadata.get("diffpy.no_derivative", False)


_EMPTY: dict[object, Kind] = {list: ListOf(BOTTOM), dict: DictOf(BOTTOM)}


def struct_of(cls: type, given: Mapping[str, Kind]) -> Kind:
    """The struct that a dataclass makes of arguments; UNKNOWN where its constructor does more than store them."""
    if not is_plain(cls):
        return UNKNOWN
    found = []
    for one in fields(cls):
        if one.name in given:
            kind = given[one.name]
        elif one.default is not MISSING:
            kind = kind_of(one.default)
        else:
            kind = _EMPTY.get(one.default_factory, UNKNOWN)
        if one.name in differentiable_fields(cls):
            kind = as_real(kind)  # total: float = 0
        found.append((one.name, constant_kind(kind) if is_marked_constant(cls, one.name) else kind))
    return Struct(cls, tuple(found))


def as_real(kind: Kind) -> Kind:
    """The kind of an argument of interest: its Python ints count as real numbers."""
    match kind:
        case Scalar(type="int"):
            return INTEGER
        case TupleOf():
            return kind.of(as_real(one) for one in kind.items)
        case DictOf(fields=tuple() as fields):
            return DictOf(as_real(kind.item), tuple((name, as_real(one)) for name, one in fields))
        case ListOf() | DictOf():
            return type(kind)(as_real(kind.item))
        case _:
            return kind


def as_open(kind: Kind) -> Kind:
    """The kind of an argument that moves: its lists and dicts that hold nothing of interest yet may take it in."""
    match kind:
        case AnyTuple():
            return kind
        case (
            ListOf(item=Bottom() | Inert() | TupleOf() as item) | DictOf(item=Bottom() | Inert() as item)
        ) if isinstance(item, Bottom) or not item.may_differ:
            if isinstance(kind, DictOf) and kind.fields is not None:
                return DictOf(UNKNOWN, tuple((n, k if k == STRING else UNKNOWN) for n, k in kind.fields))
            return type(kind)(UNKNOWN)
        case ListOf():
            return ListOf(as_open(kind.item))
        case Struct():
            return Struct(kind.cls, tuple((name, as_open(one)) for name, one in kind.fields))
        case _:
            return kind


def as_filled(kind: Kind) -> Kind:
    """The kind of a captured list or dict that moves: where there are ints now, it may take in other numbers."""
    match kind:
        case ListOf(item=Scalar()) | DictOf(item=Scalar()):
            return as_real(kind)
        case ListOf(item=ListOf() | DictOf() as item) | DictOf(item=ListOf() | DictOf() as item):
            return type(kind)(as_filled(item))
    return kind


def constant_kind(kind: Kind) -> Kind:
    """The kind of a value that is declared to have no derivative."""
    return kind if not kind.may_differ else Inert("no_derivative")


# One of several of these, or None, is a value of which nothing is to be followed.
_FUNCTIONS = types.ModuleType, types.FunctionType, types.BuiltinFunctionType, np.ufunc


def kind_of_default(value: object, symbol: str = "") -> Kind:
    """The kind of a default that nothing else was given for: strings and bools, which choose, are known."""
    match value:
        case str() if type(value) is str:
            return Word("str", value)
        case bool():
            return Flag("bool", value)
    return kind_of(value, symbol)


def is_string(kind: Kind) -> bool:
    return isinstance(kind, Inert) and kind.type == "str"


def join_all(kinds: Iterable[Kind], site: str) -> Kind:
    joined: Kind = BOTTOM
    for kind in kinds:
        joined = join(joined, kind, site)
    return joined


def join(a: Kind, b: Kind, site: str) -> Kind:
    """The least kind that both values have; `site` names sizes that differ."""
    if a == b or isinstance(b, Bottom):
        return a
    if isinstance(a, Bottom):
        return b
    match a, b:
        case (Cotangent(), Scalar() | Inert()) | (Scalar() | Inert(), Cotangent()):
            return Cotangent()
        case (Pullback(), Inert()) | (Inert(), Pullback()):
            return Pullback()
        case (PerhapsNumber(), Cotangent()) | (Cotangent(), PerhapsNumber()):
            return Cotangent()
        case (PerhapsNumber() | Scalar(), Inert(type="NoneType") | PerhapsNumber()) if a.may_differ:
            return PerhapsNumber()
        case (Inert(type="NoneType") | PerhapsNumber(), PerhapsNumber() | Scalar()) if b.may_differ:
            return PerhapsNumber()
        case Scalar(), Scalar():
            return Scalar(_joined_type(a.type, b.type))
        case (Array() | Scalar(), Array() | Scalar()):
            return _join_arrays(a, b, site)
        case TupleOf(), TupleOf() if getattr(a, "cls", tuple) is not getattr(b, "cls", tuple):
            return UNKNOWN
        case TupleOf(), TupleOf() if len(a.items) == len(b.items):
            items = enumerate(zip(a.items, b.items, strict=True))
            return a.of(join(x, y, f"{site}.{k}.") for k, (x, y) in items)
        case ListOf(), ListOf():
            return ListOf(join(a.item, b.item, site))
        case DictOf(), DictOf():
            return _join_dicts(a, b, site)
        case (Known(), Known() | Inert(type="NoneType" | "function")) | (
            Inert(type="NoneType" | "function"),
            Known(),
        ) if all(isinstance(one.value, _FUNCTIONS) for one in (a, b) if isinstance(one, Known)):
            return Inert("function")
        case Inert(type="str"), Inert(type="str"):
            return STRING
        case Closure(), Closure() if a.code is b.code:
            return replace(a, cells=None)
        case Iterator(), Iterator():
            return Iterator(join(a.item, b.item, site))
        case Struct(), Struct() if a.cls is b.cls and is_made(a.cls):
            names = sorted({f for f, _ in (*a.fields, *b.fields)})
            one, other = dict(a.fields), dict(b.fields)
            return Struct(
                a.cls,
                tuple((f, join(one.get(f, BOTTOM), other.get(f, BOTTOM), f"{site}.{f}.")) for f in names),
            )
        case Struct(), Struct() if a.cls is b.cls and [f for f, _ in a.fields] == [f for f, _ in b.fields]:
            pairs = zip(a.fields, b.fields, strict=True)
            return Struct(a.cls, tuple((f, join(x, y, f"{site}.{f}.")) for (f, x), (_, y) in pairs))
        case (Struct() | OneOf(), Struct() | OneOf()) if getattr(a, "cls", None) is not getattr(b, "cls", b):
            return one_of_classes((*_choices(a), *_choices(b)), site)
        case _:
            return (
                UNKNOWN
                if a.may_differ
                or b.may_differ
                or any(isinstance(k, Known | Maker | Array | ListOf | DictOf) for k in (a, b))
                else Inert("")
            )


def _choices(kind: Struct | OneOf) -> tuple[Struct, ...]:
    return kind.choices if isinstance(kind, OneOf) else (kind,)


def _join_dicts(a: DictOf, b: DictOf, site: str) -> DictOf:
    item = join(a.item, b.item, site)
    if isinstance(a.item, Bottom) or isinstance(b.item, Bottom):
        return DictOf(item, b.fields if isinstance(a.item, Bottom) else a.fields)
    if a.fields is None or b.fields is None:
        return DictOf(item)
    one, other = dict(a.fields), dict(b.fields)
    names = sorted(one.keys() | other.keys())
    return DictOf(
        item, tuple((n, join(one.get(n, BOTTOM), other.get(n, BOTTOM), f"{site}[{n}]")) for n in names)
    )


_ORDER = ["bool", "int", "integer", "float", "complex"]


@functools.cache
def _joined_type(a: str, b: str) -> str:
    """The type of a number that is of one of two types."""
    if a in _ORDER and b in _ORDER:
        return _ORDER[max(_ORDER.index(a), _ORDER.index(b))]
    strong = np.result_type(*(np.dtype(one) for one in (a, b) if one not in _ORDER))
    weak = [one for one in (a, b) if one in _ORDER]
    if weak and weak[0] == "complex" and strong.kind != "c":
        return "complex"
    if weak and weak[0] == "float" and strong.kind in "iub":
        return "float"
    return strong.name


def _join_arrays(a: Array | Scalar, b: Array | Scalar, site: str) -> Kind:
    name = _joined_type(dtype_of(a), dtype_of(b))
    name = {"float": "float64", "int": "int64", "complex": "complex128"}.get(name, name)
    if isinstance(a, Array) and isinstance(b, Array):
        if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
            pairs = enumerate(zip(a.dims, b.dims, strict=True))
            return Array(name, tuple(_join_dims(x, y, f"{site}{k}") for k, (x, y) in pairs))
        if is_surely_array(a) and is_surely_array(b):
            return SurelyArray(name)
    return (PerhapsFloat if may_be_of_python(a) or may_be_of_python(b) else Array)(name, None)


def _join_dims(x: Dim, y: Dim, site: str) -> Dim:
    if x == y:
        return x
    return ("n" if surely_not_one(x) and surely_not_one(y) else "?", site, 0)


def surely_not_one(dim: Dim) -> bool:
    return dim != 1 if isinstance(dim, int) else dim[0] == "n"


def dtype_of(kind: Array | Scalar) -> str:
    return kind.dtype if isinstance(kind, Array) else kind.type


def is_complex(kind: Kind) -> bool:
    """Whether a value of this kind is complex, or one of several that are."""
    match kind:
        case Scalar() | Array():
            return dtype_of(kind).startswith("c")
        case TupleOf():
            return any(map(is_complex, kind.items))
        case ListOf():
            return is_complex(kind.item)
        case _:
            return False


def named_in(kind: Kind) -> list[object]:
    """The classes of the objects that a value is and holds, and the functions that it holds.

    >>> named_in(ListOf(Struct(slice, (("f", Known(abs)),))))
    [<class 'slice'>, <built-in function abs>]
    """
    found: list[object] = []
    waiting: list[object] = [kind]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, tuple):
            waiting += one
        elif isinstance(one, Kind):
            waiting += vars(one).values()
        elif callable(one):
            found.append(one)
    return found


def is_real(kind: Kind) -> bool:
    """Whether a value of this kind is a real number, an array of them, or a constant."""
    return isinstance(kind, Scalar | Array | Inert) and not is_complex(kind)


def rank_of(kind: Kind) -> int | None:
    """0 for a number, the number of axes of an array, None where it is not known."""
    if isinstance(kind, Scalar):
        return 0
    if isinstance(kind, Array) and kind.dims is not None:
        return len(kind.dims)
    return None


def describe(kind: Kind) -> str:
    """How a signature states the kind: float, float64 array of shape (n, 1), ..."""
    match kind:
        case Scalar():
            return kind.type
        case Array(dims=None):
            return f"{kind.dtype} of any rank"
        case Array():
            return f"{kind.dtype}[{', '.join('1' if d == 1 else 'n' for d in kind.dims or ())}]"
        case TupleOf():
            return f"tuple[{', '.join(describe(one) for one in kind.items)}]"
        case ListOf():
            return f"list[{describe(kind.item)}]"
        case DictOf():
            return f"dict[{describe(kind.item)}]"
        case Struct():
            return kind.cls.__name__
        case Known():
            return getattr(kind.value, "__name__", "object")
        case Inert():
            return kind.type or "constant"
        case _:
            return "any"
