"""The state of a kernel while it is written: names and what they hold, lists, and what earlier attempts have shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

import gast

from diffpy.transforms.fuse_arrays import equal_dims, made, whole
from diffpy.transforms.fuse_numbers import FUNCTIONS
from diffpy.transforms.fuse_text import Writer, as_float, names_in
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    PYTHON,
    TOLD,
    Array,
    Back,
    Closure,
    Either,
    Held,
    Lazy,
    Learnt,
    Listed,
    Looked,
    LoopMustRun,
    Maybe,
    NotCompiled,
    Number,
    Optional,
    Range,
    Referred,
    Rolled,
    Told,
    Tuple,
    TypeMustBeKnown,
    View,
    each_loop,
    leaves,
    literal,
    mapped,
    untold,
)


class Outside(Protocol):
    """What a kernel asks of the program that it is part of."""

    def tree(self, function: Any) -> tuple[gast.FunctionDef, Scope]: ...

    def inner(self, scope: Scope, name: str, captured: dict[str, Any]) -> Any: ...

    def pullback(self, function: Any, wrt: tuple[int, ...] | None) -> Back: ...

    def pulled(
        self, function: Any, values: list[Any], wrt: Any, callee: bool
    ) -> tuple[Any, tuple[Any, ...], list[tuple[Callable[[], Any], Any]]]: ...


@dataclass(frozen=True)
class Scope:
    """Where the free names of a text are found: as a value, and as a way to look it up anew."""

    find: Callable[[str], Any]
    getter: Callable[[str], Callable[[], Any]]
    tapes: frozenset[str] = frozenset()  # lists that deriving made: what they hold is what it was
    function: Any = None  # the function that the text is of


@dataclass
class Learned:
    """What attempts have shown; a kernel is written anew until nothing is learned."""

    loops: set[Any] = field(default_factory=set)  # loops that have to run at least once
    items: dict[Any, Any] = field(default_factory=dict)  # what lists hold, by the place that makes them
    escaping: set[Any] = field(default_factory=set)  # places whose lists outlive the next one made there
    stored: dict[Any, list[str]] = field(default_factory=dict)  # the variables of lists
    sizes: dict[str, str] = field(default_factory=dict)  # the names of sizes that are known before all else
    ragged: set[Any] = field(default_factory=set)  # places whose lists hold arrays of sizes of their own
    rolls: dict[Any, list[str]] = field(default_factory=dict)  # where these have their elements
    growing: set[Any] = field(default_factory=set)  # places whose lists are filled in loops, or branches
    nested: set[Any] = field(default_factory=set)  # loops in others
    flags: dict[Any, str] = field(default_factory=dict)  # variables that say whether loops have run
    filled: set[Any] = field(default_factory=set)  # places whose lists hold cotangents: zeros for None
    # loops over a few known numbers, written out round by round
    unrolled: set[Any] = field(default_factory=set)
    # parts of items that are arrays which are written in lists
    referred: set[Any] = field(default_factory=set)
    copied: set[Any] = field(default_factory=set)  # parts of items that are not held in each of them
    changed: bool = False
    stays_rolled: bool = False  # no loop is written out only because that is faster

    def begins_anew(self, rolled: set[Any]) -> bool:
        """Whether further loops are written out from now on; of the lists that they fill nothing is known then."""
        if rolled <= self.unrolled:
            return False
        found = Learned(self.loops, sizes=self.sizes, unrolled=self.unrolled | rolled)
        vars(self).update(vars(found))
        return True


@dataclass
class Loop:
    """A loop that is being written: what its names hold where it begins anew, and where it is left."""

    head: dict[str, Any]
    left: list[dict[str, Any]] = field(default_factory=list)
    anew: list[dict[str, Any]] = field(default_factory=list)


# What the text of a kernel calls.
RESERVED = frozenset(
    {"np", "math", "room", "len", "added", "found", "range", "max", "min", "abs", "float", "int"}
    | {"place_of", "array_at", "outside", "array_of", "float_of", "int_of", "bool_of"}
    | {f"np_{name}" for name in FUNCTIONS}
    | {f"i_{axis}" for axis in range(32)}
)


ARRAY = -1  # the part of a name that is an array


class Frame:
    """The names of one function."""

    def __init__(
        self, kernel: Kernel, scope: Scope, path: tuple[Any, ...], outer: Frame | None = None
    ) -> None:
        self.kernel, self.scope, self.path, self.outer = kernel, scope, path, outer
        self.names: dict[str, Any] = {}
        self.variables: dict[Any, str] = {}
        self.loops: list[Loop] = []

    def variable(self, name: str, part: int | None = None) -> str:
        """The variable of a name, or of a part of what it holds: the same one always."""
        key = (name, part)
        if key not in self.variables:
            stem = name if part is None else f"{name}_held" if part == ARRAY else f"{name}_{part}"
            stem = f"{name}_is" if part is not None and part < ARRAY else stem
            first = not self.path and part is None and name not in RESERVED
            self.variables[key] = self.kernel.claim(stem) if first else self.kernel.fresh(stem)
            self.kernel.taken.add(self.variables[key])
        return self.variables[key]

    def parts(self, name: str) -> Callable[..., str]:
        """Names for the numbers of a structure, one after the other; bools have variables of their own."""
        places, flags = count(), count(-2, -1)
        return lambda is_bool=False: self.variable(name, next(flags if is_bool else places))

    def bind(self, name: str, value: Any) -> None:
        """name = value."""
        match value:
            case Number() if value.value is None and value.form == "int" and self.kernel.is_given(value.text):
                self.names[name] = replace(value, text=self.kernel.given_size(value.text))
            case Number() if value.value is None:
                variable = self.variable(name)
                self.kernel.assign(variable, value.text)
                self.names[name] = self.kernel.retold(self.path, name, replace(value, text=variable))
            case Tuple() | Range() | Listed() | Closure() | Optional():
                self.names[name] = self._copied(name, untold(value))
            case _:
                self.names[name] = value

    def _copied(self, name: str, value: Any) -> Any:
        """A structure whose numbers are in variables of its own."""
        texts = self.parts(name)
        given = {
            one.text for one in leaves(value) if isinstance(one, Number) and self.kernel.is_given(one.text)
        }
        still = self.kernel.still | given
        held = [one for one in leaves(value) if isinstance(one, Number) and one.text not in still]
        own = [texts(one.form == "bool") for one in held]
        if {name for one in held for name in names_in(one.text)} & set(own):
            held = [self._apart(one) for one in held]
        for variable, one in zip(own, held, strict=True):
            self.kernel.assign(variable, one.text)
        named = iter(own)
        return mapped(
            value,
            lambda leaf: (
                replace(leaf, text=next(named))
                if isinstance(leaf, Number) and leaf.text not in still
                else leaf
            ),
        )

    def _apart(self, one: Number) -> Number:
        name = self.kernel.fresh("e")
        self.kernel.assign(name, one.text)
        return replace(one, text=name)

    def look_up(self, name: str) -> Any:
        """What a name holds; None in place of a number is left to the plain text."""
        found = self.held(name)
        if isinstance(found, Optional):
            self.kernel.redo_if(f"not {found.there.text}")
            return found.value
        return found

    def held(self, name: str) -> Any:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return _surely(frame.names[name], name)
            frame = frame.outer
        return self.kernel.outside_name(self.scope, name)


def _surely(value: Any, name: str) -> Any:
    if isinstance(value, Maybe):
        if not value.loops:
            raise NotCompiled(f"'{name}' may have no value")
        raise LoopMustRun(value.loops)
    return value


class Kernel(Writer):
    """One attempt at the text of a kernel."""

    def __init__(self, outside: Outside, learned: Learned, taken: Iterable[str]) -> None:
        super().__init__(taken)
        self.outside, self.learned = outside, learned
        self.size_names = learned.sizes
        variables = (*learned.stored.values(), *learned.rolls.values(), [*learned.flags.values()])
        self.lasting = {*learned.sizes.values(), *(name for names in variables for name in names)}
        self.calls = 0
        self.still: set[str] = set()  # variables that this round of all loops writes no more
        self.list_rounds: dict[Any, tuple[Any, ...]] = {}  # the loops that lists are made in
        self.declared: set[Any] = set()  # places whose lists have their variables
        self.recordings: set[Any] = set()  # places whose lists are tapes of a derivative
        # parts of items that are copies of memory, and might be the arrays
        self.copiers: dict[str, set[Any]] = {}
        self.captured: dict[Any, tuple[str, Callable[[], Any], Any]] = {}
        self.rolled: set[Any] = set()  # loops that are faster written out
        self.asked: list[tuple[str, Any]] = []  # conditions on the parameters, and the objects that they name
        self.guarded: dict[Any, Any] = {}
        self.guards: list[tuple[Callable[[], Any], Any]] = []
        self.frames: list[Frame] = []
        self.pulling: list[Any] = []  # functions of libraries whose derivatives are being written
        self.reserved: set[Any] = set()
        self.handed_out: set[str] = set()  # arrays that are results
        self.evaluate: Any = None
        self.inline: Any = None
        self.symbol: Any = None
        self.item: Any = None

    def outside_name(self, scope: Scope, name: str) -> Any:
        """A free name: an object that stays, or a number or array that is handed in at each call."""
        return self.named(scope, name, scope.find(name), scope.getter(name))

    def named(self, owner: Any, name: str, found: Any, getter: Callable[[], Any]) -> Any:
        """What a name of a scope, or of a module, stands for; the getter looks it up anew."""
        key = (id(owner), name)
        if key in self.captured:
            return self.captured[key][2]
        is_own = owner is self.frames[0].scope and name not in self.claimed
        value = self.symbol(found, self.claim(name) if is_own else self.fresh(name), self)
        if isinstance(value, Number | Array) and getattr(value, "value", None) is None:
            self.captured[key] = (value.text if isinstance(value, Number) else value.name, getter, value)
            return value
        if key not in self.guarded or self.guarded[key] is not found:
            self.guarded[key] = found
            self.guards.append((getter, found))
        return value

    def of_one_type(self, one: Number) -> Number:
        """A number that some loops have made one of NumPy's; where they have not run, the plain text does."""
        if len(one.types) == 1:
            return one
        said = self._flags(one.loops)
        types = one.types - PYTHON
        if not one.loops or len(types) != 1:
            raise NotCompiled(f"a number is one of {', '.join(sorted(one.types))}")
        for flag in said:
            self.redo_if(f"not {flag}")
        return replace(one, types=types, loops=frozenset())

    # Numbers that are Python's on one way, and NumPy's on another

    def told(self, path: tuple[Any, ...], name: str, value: Any) -> Any:
        """The same with the flag of its name to tell which it is, if both can be."""
        if not isinstance(value, Number) or not value.types & PYTHON or value.types <= PYTHON:
            return value
        own = Told(path, name)
        self.learned.nested.add(own)
        return replace(value, loops=frozenset({own}))

    def retold(self, path: tuple[Any, ...], name: str, value: Number) -> Number:
        """What is bound to a name is told by its own flag: others may change, or their loops run later on."""
        if not any(isinstance(one, TOLD) or one in self.learned.nested for one in value.loops):
            return value
        found = self.told(path, name, value)
        self.tell([(value, found)])
        return found

    def tell(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Set the flags of what is put into variables; those that nobody asked for do not exist."""
        flags = self.learned.flags
        moves = []
        for one, to in pairs:
            for own in to.loops if isinstance(to, Number) else ():
                if isinstance(own, Told) and own in flags and (said := self._said(one)) != flags[own]:
                    moves.append((flags[own], said))
        if len(moves) > 1:
            moves = [(flag, self._set_aside(said)) for flag, said in moves]
        for flag, said in moves:
            self.assign(flag, said)

    def _said(self, one: Number) -> str:
        """Whether it surely is a number of NumPy's."""
        if not one.types & PYTHON:
            return "True"
        if one.types <= PYTHON or not one.loops:
            return "False"
        return " and ".join(self._flags(one.loops))

    def _flags(self, loops: frozenset[Any]) -> list[str]:
        """Conditions that hold where these loops have run, and their flags are up."""
        if missing := {*each_loop(loops)} - self.learned.flags.keys():
            raise TypeMustBeKnown(frozenset(missing))
        return sorted(self._flag(one) for one in loops)

    def _flag(self, loop: Any) -> str:
        if isinstance(loop, Either):
            return f"({' or '.join(sorted(' and '.join(self._flags(way)) for way in loop))})"
        return self.learned.flags[loop]

    def _set_aside(self, said: str) -> str:
        if said in ("True", "False"):
            return said
        name = self.fresh("e")
        self.assign(name, said)
        return name

    def conflict(self, memory: Iterable[str]) -> None:
        """Memory is written that there are copies of: lists hold the arrays themselves, if they can."""
        self._refer({part for name in memory for part in self.copiers.get(name, ())})
        super().conflict(memory)

    def write_in_list(self, array: Any) -> None:
        """An array is written that was found in a list: it has to be the array itself, and no copy."""
        if isinstance(array, Lazy) and array.is_read:
            every = ((site, names[1:]) for site, names in self.learned.stored.items())
            self._refer(
                {(site, path) for site, names in every for path in paths_of(self, site, names, array)}
            )

    def _refer(self, parts: set[Any]) -> None:
        """From the next attempt on lists hold these parts of their items as the arrays that they are."""
        if more := parts - self.learned.referred:
            self.learned.referred |= more
            for site, _ in more:
                self.learned.items.pop(site, None)
                self.learned.stored.pop(site, None)
            raise Learnt

    def object(self, value: Any, stem: str) -> str:
        """An object of Python's that the kernel is given at each call, as a name."""
        name = self.fresh(stem)
        self.captured[id(value), name] = name, lambda: value, value
        return name

    def check_made_here(self, array: Array | View) -> None:
        """Refuse a store in an array from outside."""
        name = whole(array).base.name
        if any(isinstance(one, Array) and one.name == name for _, _, one in self.captured.values()):
            raise NotCompiled("a store in an array from outside")

    @contextmanager
    def branch(self) -> Iterator[None]:
        """What is written meanwhile does not run always."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def attempt(self, frame: Frame) -> Iterator[None]:
        """What is written and bound meanwhile is forgotten."""
        calls, shapes = self.calls, len(self.shapes)
        names, reserved, handed_out = dict(frame.names), set(self.reserved), set(self.handed_out)
        still = set(self.still)
        captured, guards, guarded = dict(self.captured), len(self.guards), dict(self.guarded)
        variables = [(one, dict(one.variables)) for one in self.frames]
        try:
            with self.trial():
                yield
        finally:
            frame.names, self.reserved, self.captured = names, reserved, captured
            self.handed_out, self.calls, self.still = handed_out, calls, still
            del self.shapes[shapes:]
            del self.guards[guards:]
            self.guarded = guarded
            for one, held in variables:
                one.variables = held

    def settle(self, have: Any, want: Any) -> None:
        """Put what a name holds into the variables where all ways expect it."""
        for one, to in pairs_of(have, want):
            if isinstance(to, Array) and one.dims != to.dims:
                equal_dims(self, one.dims, to.dims)
        pairs = [(self._as_array(one, to), to) for one, to in pairs_of(have, want)]
        self.tell(pairs)
        moves = [pair for pair in pairs if spelled(pair[0]) != spelled(pair[1])]
        written = {spelled(to) for _, to in moves}
        held = []
        for one, to in moves:
            if spelled(one) in written and len(moves) > 1:
                name = self.fresh("e")
                self.assign(name, spelled(one))
                one = replace(one, text=name) if isinstance(one, Number) else replace(one, name=name)
            held.append((one, to))
        for one, to in held:
            is_float = isinstance(to, Number) and to.form == "float"
            self.assign(spelled(to), as_float(one) if is_float else spelled(one))

    def _as_array(self, one: Any, to: Any) -> Any:
        """A part of an array as one of its own: neither may be written afterwards."""
        if not isinstance(one, View | Lazy):
            return one
        array = made(self, one, "own")
        self.copy_of(array.memory | (one.base.memory if isinstance(one, View) else frozenset()))
        return array


def spelled(one: Number | Array) -> str:
    return one.text if isinstance(one, Number) else one.name


_NOTHING = {"float": literal(0.0), "single": literal(0.0), "int": literal(0), "bool": literal(False)}


def nothing(leaf: Number | Array) -> Number | Lazy:
    """What is held in place of a number or an array that is not there."""
    if isinstance(leaf, Number):
        return _NOTHING[leaf.form]
    types = frozenset({DTYPES[leaf.dtype]})
    zero = Number(types, {"float32": "np.float32(0.0)", "int64": "0", "bool": "False"}.get(leaf.dtype, "0.0"))
    return Lazy(leaf.dims, lambda places: zero, types)


def pairs_of(have: Any, want: Any) -> Iterator[tuple[Any, Any]]:
    match have, want:
        case Number(), Number():
            if want.value is None:
                yield have, want
        case Held(), Array() | Number():
            yield have.value, want
        case Array() | View() | Lazy(), Array():
            yield have, want
        case Tuple(), Tuple():
            for one, to in zip(have.items, want.items, strict=True):
                yield from pairs_of(one, to)
        case Range(), Range():
            for part in ("start", "stop", "step"):
                yield from pairs_of(getattr(have, part), getattr(want, part))
        case Closure(), Closure():
            yield from pairs_of(have.captured, want.captured)
        case (Rolled(), Rolled()) | (Referred(), Referred()) | (Looked(), Looked()):
            yield from pairs_of(have.numbers, want.numbers)
        case _, Optional():
            yield (have.there if isinstance(have, Optional) else literal(have != NONE)), want.there
            if have == NONE:
                yield from ((nothing(leaf), leaf) for leaf in leaves(want.value))
            else:
                yield from pairs_of(have.value if isinstance(have, Optional) else have, want.value)
        case Listed(), Listed():
            yield from pairs_of(have.start, want.start)
            if have.length is not None:
                yield from pairs_of(have.length, want.length)


def paths_of(k: Kernel, site: Any, names: list[str], array: Lazy) -> Iterator[tuple[int, ...]]:
    """The parts of the items of lists that are in the tape that an array was read from."""
    paths = _paths(k.learned.items.get(site), ())
    return (path for name, path in zip(names, paths, strict=False) if name in (array.of or ()))


def _paths(item: Any, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Where in an item its numbers and arrays are, from left to right."""
    if isinstance(item, Tuple):
        for place, one in enumerate(item.items):
            yield from _paths(one, (*path, place))
    elif isinstance(item, Closure):
        yield from _paths(item.captured, (*path, 0))
    else:
        yield from (path for _ in leaves(item))
