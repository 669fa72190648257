"""What is known of a value while a kernel is written: numbers, arrays, structures of them; and how two of one meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import gast

PYTHON = frozenset({"bool", "int", "float"})
BOOLS = frozenset({"bool", "bool_"})
INTS = frozenset({"int", "int64"})
FLOATS = frozenset({"float", "float64", "float32"})
DTYPES = {"float64": "float64", "float32": "float32", "int64": "int64", "bool": "bool_"}


class NotCompiled(Exception):
    """Why a piece of text stays as it is."""

    def __init__(self, reason: str, node: gast.AST | None = None) -> None:
        super().__init__(reason)
        self.reason, self.node = reason, node


class PlaceNotKnown(NotCompiled):
    """An item of a tuple is asked for, or stored, at a place that only a round of a loop knows."""


class LoopMustRun(Exception):
    """A name or a type is known only where some loops run at least once: the kernel is written anew with a check."""

    def __init__(self, loops: frozenset[Any]) -> None:
        super().__init__(loops)
        self.loops = loops


@dataclass(frozen=True)
class Span:
    """The values of an integer in a loop: from `first` to `last`, which hold before the loop begins, and so much more."""

    loop: Any
    first: str
    last: str
    more: int = 0


class Told(NamedTuple):
    """Stands among loops for a name whose type a flag tells: one of NumPy's if the flag is up."""

    path: tuple[Any, ...]
    name: str


class Either(NamedTuple):
    """Stands among loops for two sets of them: one that has run, with flags that are up, is enough."""

    one: frozenset[Any]
    other: frozenset[Any]


TOLD = (Told, Either)


def each_loop(loops: Iterable[Any]) -> Iterator[Any]:
    """All that is named."""
    for one in loops:
        if isinstance(one, Either):
            yield from each_loop((*one.one, *one.other))
        else:
            yield one


class TypeMustBeKnown(LoopMustRun):
    """The same of a type: that such a loop has run once before is enough."""


class Learnt(Exception):
    """An attempt has shown what the next one has to know."""


@dataclass(frozen=True)
class Number:
    """A number: the types that Python and NumPy would give it, and the expression that is its value here."""

    types: frozenset[str]
    text: str
    value: Any = None  # of a literal
    bits: int = 63  # an integer is below 2 ** bits in magnitude
    natural: bool = False  # an integer that is not negative
    loops: frozenset[Any] = frozenset()  # its types are fewer where these loops run
    span: Span | None = None  # where in the range of a loop it moves

    @property
    def form(self) -> str:
        """How machine code holds it."""
        if self.types <= BOOLS:
            return "bool"
        if self.types <= INTS:
            return "int"
        if self.types == {"float32"}:
            return "single"
        if self.types & BOOLS or "float32" in self.types:
            raise NotCompiled(f"a number is one of {', '.join(sorted(self.types))}")
        return "float"


@dataclass(frozen=True)
class Array:
    """An array in a variable of its own; arrays of two fresh memories share nothing."""

    name: str
    dtype: str
    dims: tuple[str, ...]
    memory: frozenset[str]  # what it may be a part of
    is_fresh: bool = False  # made here


@dataclass(frozen=True)
class Axis:
    """Where an axis of an array is looked at: at one place, or from there on along an axis of the view."""

    start: str
    step: int = 1
    along: int | None = None


@dataclass(frozen=True)
class View:
    """Part of an array, which shares its memory."""

    base: Array
    axes: tuple[Axis, ...]
    dims: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lazy:
    """An array that is computed element by element where it is needed."""

    dims: tuple[str, ...]
    element: Callable[[tuple[str, ...]], Number]
    types: frozenset[str]
    of: frozenset[str] | None = (
        None  # the memory that it is a view of, which nobody may write, nor what is made of it
    )
    is_read: bool = False  # an element is read from a tape, and computed no more


@dataclass(frozen=True)
class Tuple:
    """A tuple; a list or a dict that nobody changes."""

    items: tuple[Any, ...]
    is_list: bool = False
    keys: tuple[str, ...] | None = None  # of a dict, or a struct
    cls: Any = None  # of a named tuple, or a struct

    def of(self, items: Iterable[Any]) -> Tuple:
        """Others in the same structure."""
        return replace(self, items=tuple(items))

    def unnamed(self, items: Iterable[Any]) -> Tuple:
        """The same of a named tuple as a plain one, and of a struct as a dict: cotangents are."""
        return replace(self, items=tuple(items), cls=None)

    def is_like(self, other: Tuple) -> bool:
        return self.of(()) == other.of(()) and len(self.items) == len(other.items)


@dataclass(frozen=True)
class Optional:
    """Numbers and arrays, or None: then they are zeros."""

    value: Any
    there: Number


@dataclass(frozen=True)
class Range:
    start: Number
    stop: Number
    step: Number


@dataclass(frozen=True)
class Listed:
    """A list: a stretch of what all lists made at one place hold. Without a length it is the last, and still grows."""

    site: Any
    start: Number
    length: Number | None = None


@dataclass(eq=False)
class Gathered:
    """A list that is made, and filled, outside of all loops and branches: each of its items is known."""

    site: Any
    items: list[Any] = field(default_factory=list)
    is_closed: bool = False  # it was put away, and grows no further

    def as_tuple(self) -> Tuple:
        """What is read of it."""
        return Tuple(tuple(self.items), is_list=True)


@dataclass(frozen=True, eq=False)
class Iterated:
    """What a loop goes through: how many, and the item at an index."""

    length: Number
    item: Callable[[Number], Any]


@dataclass(frozen=True)
class Known:
    """A module, a function, None: an object that is what it is while the text is written."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True)
class Method:
    of: Any
    name: str


WHOLE = -1  # the place of the only cotangent that a pullback gives, which is bare


@dataclass(frozen=True)
class Closure:
    """A function that the text defines, with what the names held that it sees."""

    tree: gast.FunctionDef
    scope: Any
    names: tuple[str, ...]
    captured: Tuple
    # Of a pullback: the places of the cotangents that are handed on; a dict of them.
    taken: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Pulled:
    """with_pullback(f): a function whose derivative is asked for where it is called."""

    function: Any
    wrt: tuple[int, ...] | None
    keep: tuple[int, ...] = ()  # arguments that the caller changes before the pullback runs
    callee: bool = False  # the cotangents of what the function captured are asked for, too


@dataclass(frozen=True)
class Back:
    """The pullback of a function that is called as it is: the result's cotangent and the arguments in.

    A tuple of it and the arguments stands for what with_pullback returns.
    """

    function: Callable[..., Any]
    __name__: str = "pullback"

    def __call__(self, d: Any, *args: Any) -> Any:
        return self.function(d, *args)


@dataclass(frozen=True)
class Held:
    """An array or a size in a list, as it is: its variable holds the same for as long as the list is there."""

    value: Any


@dataclass(frozen=True)
class Rolled:
    """An array in a list whose arrays have sizes of their own: where it begins in a roll of elements, and its sizes."""

    numbers: Tuple
    roll: str
    dtype: str


@dataclass(frozen=True)
class Referred:
    """An array in a list that may be written there: where its object is, and its sizes."""

    numbers: Tuple
    dtype: str
    memory: frozenset[str]


@dataclass(frozen=True)
class Looked:
    """Part of an array in a list, where the array stays what it is: where the part begins, and its sizes."""

    numbers: Tuple
    base: Array
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Sliced:
    start: Any
    stop: Any
    step: Any


@dataclass(frozen=True)
class Maybe:
    """A value that exists only where a loop has run."""

    value: Any
    loops: frozenset[Any] = field(default_factory=frozenset)


NONE = Known(None)


def literal(value: Any) -> Number:
    kind = type(value).__name__
    if kind not in PYTHON:
        raise NotCompiled(f"the constant {value!r}")
    if kind == "int":
        return Number(frozenset({"int"}), repr(value), value, value.bit_length(), value >= 0)
    return Number(frozenset({kind}), spelled(value), value)


def spelled(value: Any) -> str:
    """A literal as an expression, infinities and NaN too."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", "math.inf").replace("nan", "math.nan")
    return text


def number(kind: str, text: str, **more: Any) -> Number:
    return Number(frozenset({kind}), text, **more)


def leaves(value: Any) -> list[Any]:
    """The numbers and arrays of a structure, from left to right."""
    match value:
        case Number() if value.value is not None:
            return []
        case Number() | Array():
            return [value]
        case Tuple():
            return [one for item in value.items for one in leaves(item)]
        case Range():
            return [one for item in (value.start, value.stop, value.step) for one in leaves(item)]
        case Listed():
            return [one for item in (value.start, value.length) for one in leaves(item)]
        case Closure():
            return leaves(value.captured)
        case Rolled() | Referred() | Looked():
            return leaves(value.numbers)
        case Optional():
            return [value.there, *leaves(value.value)]
        case _:
            return []


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The structure with each number and array changed."""
    match value:
        case Number() if value.value is not None:
            return value
        case Number() | Array():
            return change(value)
        case Tuple():
            return value.of(mapped(one, change) for one in value.items)
        case Range():
            return Range(*(mapped(one, change) for one in (value.start, value.stop, value.step)))
        case Listed():
            return Listed(
                value.site,
                mapped(value.start, change),
                None if value.length is None else mapped(value.length, change),
            )
        case Closure():
            return replace(value, captured=mapped(value.captured, change))
        case Rolled() | Referred() | Looked():
            return replace(value, numbers=mapped(value.numbers, change))
        case Optional():
            there = change(value.there)
            return Optional(mapped(value.value, change), there)
        case _:
            return value


def joined(one: Any, other: Any, text: Callable[..., str]) -> Any:
    """What a value is that is the one or the other; `text` names the variable that a number, or a bool, will be in."""
    match one, other:
        case Number(), Number():
            return _joined_numbers(one, other, text)
        case Tuple(), Tuple() if one.is_like(other):
            return one.of(joined(a, b, text) for a, b in zip(one.items, other.items, strict=True))
        case Range(), Range():
            parts = ((one.start, other.start), (one.stop, other.stop), (one.step, other.step))
            return Range(*(joined(a, b, text) for a, b in parts))
        case Listed(), Listed() if one.site == other.site and (one.length is None) == (other.length is None):
            length = None if one.length is None else joined(one.length, other.length, text)
            return Listed(one.site, joined(one.start, other.start, text), length)
        case Closure(), Closure() if replace(one, captured=other.captured) == other:
            return replace(one, captured=joined(one.captured, other.captured, text))
        case Rolled(), Rolled() if replace(one, numbers=other.numbers) == other:
            return replace(one, numbers=joined(one.numbers, other.numbers, text))
        case Looked(), Looked() if (one.base, one.axes) == (other.base, other.axes):
            return replace(one, numbers=joined(one.numbers, other.numbers, text))
        case Referred(), Referred() if one.dtype == other.dtype:
            memory = one.memory | other.memory
            return Referred(joined(one.numbers, other.numbers, text), one.dtype, memory)
        case Array(), Array() if one.dtype == other.dtype and len(one.dims) == len(other.dims):
            if one == other and one.name != "?":
                return one
            is_fresh = one.is_fresh and other.is_fresh
            dims = met_dims(one.dims, other.dims)
            return Array(text(), one.dtype, dims, one.memory | other.memory, is_fresh)
        case (
            (Optional(), _)
            | (_, Optional())
            | (Known(value=None), Number() | Array() | Tuple())
            | (Number() | Array() | Tuple(), Known(value=None))
        ):
            return _joined_optional(one, other, text)
        case Held(), Array() | Number() | Held():
            return one if one == other else joined(_by_copy(one), _by_copy(other), text)
        case Array() | Number(), Held():
            return joined(one, _by_copy(other), text)
    if one == other:
        return one
    raise NotCompiled("a name holds things of different kinds")


def _joined_optional(one: Any, other: Any, text: Callable[..., str]) -> Optional:
    values = [x.value if isinstance(x, Optional) else x for x in (one, other) if x != NONE]
    there = number("bool", text(True))
    return Optional(_either(values[0], values[-1], text), there)


def _either(one: Any, other: Any, text: Callable[..., str]) -> Any:
    """The same structure with variables for all of it."""
    match one, other:
        case Number(), Number():
            return _joined_numbers(replace(one, value=None), replace(other, value=None), text)
        case Array(), Array() if one.dtype == other.dtype and len(one.dims) == len(other.dims):
            dims = met_dims(one.dims, other.dims)
            return Array(text(), one.dtype, dims, one.memory | other.memory, one.is_fresh and other.is_fresh)
        case Tuple(), Tuple() if one.is_like(other):
            return one.of(_either(a, b, text) for a, b in zip(one.items, other.items, strict=True))
        case Known(), Known() if one == other:
            return one
    raise NotCompiled("a name holds things of different kinds")


def _by_copy(one: Any) -> Any:
    """An array of a list, not as it is but as what its elements are; a number as any number of its kind."""
    if isinstance(one, Array | Number):
        return one
    view = one.value
    if isinstance(view, Number):
        return replace(view, text="?", span=None)
    base = view.base if isinstance(view, View) else view
    return Array("?", base.dtype, view.dims, frozenset())


def met_dims(dims: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The sizes of an array that is one or the other; where they differ the plain text runs."""
    return tuple(b if b.isdigit() else a for a, b in zip(dims, others, strict=True))


def _joined_numbers(one: Number, other: Number, text: Callable[..., str]) -> Number:
    same = one.value is not None and type(one.value) is type(other.value)
    if same and spelled(one.value) == spelled(other.value):
        return one
    bits = one.bits if one.bits == other.bits else max(one.bits, other.bits)
    types = one.types | other.types
    found = Number(
        types,
        text(types <= BOOLS),
        None,
        bits,
        one.natural and other.natural,
        _loops_of_both(one, other),
        one.span if one.span == other.span else None,
    )
    found.form  # noqa: B018 (refuses what machine code cannot hold)
    return found


def _loops_of_both(one: Number, other: Number) -> frozenset[Any]:
    """What says that a number is one of NumPy's; flags of names do only if they do on both ways."""
    both = one.loops | other.loops
    if all(x.loops or not x.types & PYTHON for x in (one, other)):
        return both
    return frozenset(x for x in both if not isinstance(x, TOLD))


def untold(value: Any) -> Any:
    """The same where names change whose flags would tell of it."""

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, Number):
            return leaf
        return replace(leaf, loops=frozenset(x for x in leaf.loops if not isinstance(x, TOLD)))

    return mapped(value, change)


def widened(value: Any) -> Any:
    """The same for any number of further rounds: integers may have grown."""
    return mapped(value, lambda leaf: replace(leaf, bits=63) if isinstance(leaf, Number) else leaf)


def place_in(value: Tuple, key: Any) -> int:
    """Where in a tuple, a list or a dict an item is."""
    if value.keys is not None:
        if isinstance(key, Known) and key.value in value.keys:
            return value.keys.index(key.value)
    elif isinstance(key, Number) and type(key.value) is int:
        if -len(value.items) <= key.value < len(value.items):
            return key.value % len(value.items)
    raise PlaceNotKnown("an item at a place that is not known")
