"""The state of a kernel while it is written: names and what they hold, lists, and what earlier attempts have shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

import gast

from diffpy.transforms.fuse_arrays import dtype_of, equal_dims, made, put, size_number, taped, types_of, whole
from diffpy.transforms.fuse_numbers import FUNCTIONS
from diffpy.transforms.fuse_text import Deed, Line, Writer, as_float
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    PYTHON,
    TOLD,
    Array,
    Back,
    Closure,
    Either,
    Gathered,
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
    joined,
    leaves,
    literal,
    mapped,
    number,
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
        if {one.text for one in held} & set(own):
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
                {(site, path) for site, names in every for path in _paths_of(self, site, names, array)}
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
        captured, guards, guarded = dict(self.captured), len(self.guards), dict(self.guarded)
        variables = [(one, dict(one.variables)) for one in self.frames]
        try:
            with self.trial():
                yield
        finally:
            frame.names, self.reserved, self.captured = names, reserved, captured
            self.handed_out, self.calls = handed_out, calls
            del self.shapes[shapes:]
            del self.guards[guards:]
            self.guarded = guarded
            for one, held in variables:
                one.variables = held

    def settle(self, have: Any, want: Any) -> None:
        """Put what a name holds into the variables where all ways expect it."""
        for one, to in _pairs(have, want):
            if isinstance(to, Array) and one.dims != to.dims:
                equal_dims(self, one.dims, to.dims)
        pairs = [(self._as_array(one, to), to) for one, to in _pairs(have, want)]
        self.tell(pairs)
        moves = [pair for pair in pairs if _text(pair[0]) != _text(pair[1])]
        written = {_text(to) for _, to in moves}
        held = []
        for one, to in moves:
            if _text(one) in written and len(moves) > 1:
                name = self.fresh("e")
                self.assign(name, _text(one))
                one = replace(one, text=name) if isinstance(one, Number) else replace(one, name=name)
            held.append((one, to))
        for one, to in held:
            is_float = isinstance(to, Number) and to.form == "float"
            self.assign(_text(to), as_float(one) if is_float else _text(one))

    def _as_array(self, one: Any, to: Any) -> Any:
        """A part of an array as one of its own: neither may be written afterwards."""
        if not isinstance(one, View | Lazy):
            return one
        array = made(self, one, "own")
        self.copy_of(array.memory | (one.base.memory if isinstance(one, View) else frozenset()))
        return array


def _text(one: Number | Array) -> str:
    return one.text if isinstance(one, Number) else one.name


_NOTHING = {"float": literal(0.0), "single": literal(0.0), "int": literal(0), "bool": literal(False)}


def _nothing(leaf: Number | Array) -> Number | Lazy:
    """What is held in place of a number or an array that is not there."""
    if isinstance(leaf, Number):
        return _NOTHING[leaf.form]
    types = frozenset({DTYPES[leaf.dtype]})
    zero = Number(types, {"float32": "np.float32(0.0)", "int64": "0", "bool": "False"}.get(leaf.dtype, "0.0"))
    return Lazy(leaf.dims, lambda places: zero, types)


def _pairs(have: Any, want: Any) -> Iterator[tuple[Any, Any]]:
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
                yield from _pairs(one, to)
        case Range(), Range():
            for part in ("start", "stop", "step"):
                yield from _pairs(getattr(have, part), getattr(want, part))
        case Closure(), Closure():
            yield from _pairs(have.captured, want.captured)
        case (Rolled(), Rolled()) | (Referred(), Referred()) | (Looked(), Looked()):
            yield from _pairs(have.numbers, want.numbers)
        case _, Optional():
            yield (have.there if isinstance(have, Optional) else literal(have != NONE)), want.there
            if have == NONE:
                yield from ((_nothing(leaf), leaf) for leaf in leaves(want.value))
            else:
                yield from _pairs(have.value if isinstance(have, Optional) else have, want.value)
        case Listed(), Listed():
            yield from _pairs(have.start, want.start)
            if have.length is not None:
                yield from _pairs(have.length, want.length)


# Lists


def new_list(k: Kernel, frame: Frame, node: gast.AST) -> Listed | Gathered:
    """An empty list: a stretch that begins where the others of this place end."""
    site = (*frame.path, node.lineno, node.col_offset)
    if not k.rounds and not k.depth and site not in k.learned.growing:
        return Gathered(site)
    k.learned.growing.add(site)
    holders = [n for one in k.frames for n, v in one.names.items() if _holds(v, site)]
    if frame.path or len(holders) > 1:
        _escape(k, site)
    for one in k.frames:
        one.names = {n: closed(k, v, site) for n, v in one.names.items()}
    top = _variables(k, site)[0]
    k.list_rounds[site] = tuple(k.rounds)
    if not k.rounds and not k.depth and site not in k.declared:
        k.declared.add(site)
        k.out += _declaration(k, site)
    if site not in k.learned.escaping:
        k.assign(top, "0")
        for (place, _), names in k.learned.rolls.items():
            if place == site:
                k.assign(names[0], "0")
        return Listed(site, number("int", "0", value=0))
    start = k.fresh(f"{top}_start")
    k.assign(start, top)
    return Listed(site, number("int", start, bits=40, natural=True))


def _holds(value: Any, site: Any) -> bool:
    if isinstance(value, Closure):
        return _holds(value.captured, site)
    if isinstance(value, Tuple):
        return any(_holds(one, site) for one in value.items)
    return isinstance(value, Listed) and value.site == site


def _escape(k: Kernel, site: Any) -> None:
    if site not in k.learned.escaping:
        k.learned.escaping.add(site)
        k.learned.changed = True


def closed(k: Kernel, value: Any, site: Any) -> Any:
    """The same, where lists of a place grow no further."""
    if isinstance(value, Tuple):
        return value.of(closed(k, one, site) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=closed(k, value.captured, site))
    if isinstance(value, Listed) and value.site == site and value.length is None:
        return replace(value, length=k.atom(length_of(k, value), "length"))
    return value


def length_of(k: Kernel, listed: Listed) -> Number:
    if listed.length is not None:
        return listed.length
    top = _variables(k, listed.site)[0]
    text = top if listed.start.value == 0 else f"({top} - {listed.start.text})"
    return number("int", text, bits=40, natural=True)


def gather(k: Kernel, listed: Gathered, value: Any) -> None:
    """listed.append(value), where no loop and no branch does it."""
    may_fill(k, listed)
    listed.items.append(_for_good(k, value))


def may_fill(k: Kernel, listed: Gathered) -> None:
    """Refuse to change a list where that may happen several times, or not at all: it is none whose items are known."""
    if k.rounds or k.depth or listed.is_closed:
        k.learned.growing.add(listed.site)
        raise Learnt


def _for_good(k: Kernel, value: Any) -> Any:
    """A value whose variables nobody assigns again."""
    match value:
        case Tuple():
            return value.of(_for_good(k, one) for one in value.items)
        case Lazy():
            return made(k, value, "part")
        case View():
            return replace(value, base=_for_good(k, value.base))
        case Array() if not _is_of_a_name(k, value.name):
            return value
    return mapped(value, lambda leaf: _apart(k, leaf))


def _is_of_a_name(k: Kernel, variable: str) -> bool:
    """Whether a variable stands for a name of the program, which may become another array's."""
    return any(one == variable for frame in k.frames for one in frame.variables.values())


def _apart(k: Kernel, leaf: Number | Array) -> Number | Array:
    name = k.fresh("kept")
    k.assign(name, _text(leaf))
    return replace(leaf, text=name) if isinstance(leaf, Number) else replace(leaf, name=name)


def append(k: Kernel, listed: Listed, value: Any) -> None:
    """listed.append(value)."""
    if listed.length is not None:
        raise NotCompiled("a list that grows after it was put away")
    if value is NONE and listed.site in k.learned.filled:
        value = _zeros_like(pattern_of(k, listed))
    value = _put_away(k, value, listed.site)
    _learn_item(k, listed.site, value)
    top, *stores = _variables(k, listed.site)
    if listed.site not in k.reserved:
        _make_room(k, listed)
    for name, leaf in zip(stores, _kept_leaves(k, listed.site, value), strict=True):
        if isinstance(leaf, Number):
            k.line(f"{name}[{top}] = {leaf.text}", name)
        else:
            _put_array(k, listed.site, name, top, leaf)
    k.assign(top, f"{top} + 1")


def pattern_of(k: Kernel, listed: Listed) -> Any:
    """What is known of the items of a list."""
    if listed.site not in k.learned.items:
        raise NotCompiled("a list that nothing is known of")
    return k.learned.items[listed.site]


def tapes_of(k: Kernel, listed: Listed) -> list[str]:
    """The variables that have the items of a list."""
    return _variables(k, listed.site)[1:]


def fill_with_zeros(k: Kernel, x_bar: Listed, value: Any) -> None:
    """A list holds cotangents like this one: zeros where it was given None."""
    if x_bar.site not in k.learned.filled:
        k.learned.filled.add(x_bar.site)
        k.learned.items[x_bar.site] = mapped(arrays_of(value), _unnamed)
        k.learned.stored.pop(x_bar.site, None)
        raise Learnt
    _learn_item(k, x_bar.site, value)


def _zeros_like(pattern: Any) -> Any:
    match pattern:
        case Number():
            return replace(pattern, text="0.0") if pattern.form == "float" else _nothing(pattern)
        case Array():
            return _nothing(pattern)
    raise NotCompiled("the cotangents of items that are neither numbers nor arrays")


def _put_array(k: Kernel, site: Any, name: str, top: str, value: Any) -> None:
    """A copy of an array in a tape."""
    _stands_for(k, site, value)
    pattern = dict(zip(_variables(k, site)[1:], leaves(k.learned.items[site]), strict=True))[name]
    equal_dims(k, value.dims, pattern.dims)
    start = k.fresh("start")
    k.assign(start, f"{top} * {name}_size")
    put(k, _tape(name, pattern), start, value)


def _stands_for(k: Kernel, site: Any, value: Any) -> None:
    """A copy in a list stands for an array: nothing may write it afterwards.

    What a derivative records of the primal is read as it was then, be it written afterwards or not; its own
    cotangents are handed on by tapes as they are.
    """
    if isinstance(value, Lazy):
        return
    memory = whole(value).base.memory
    if site not in k.recordings or _has_cotangents(k, memory):
        k.copy_of(memory)


def _has_cotangents(k: Kernel, memory: frozenset[str]) -> bool:
    named = [(name, one) for frame in k.frames for name, one in frame.names.items() if "_bar" in name]
    return any(memory & one for name, value in named for one in _memories(value))


def _memories(value: Any) -> Iterator[frozenset[str]]:
    match value:
        case Array() | View():
            yield whole(value).base.memory
        case Lazy(of=frozenset() as memory):
            yield memory
        case Tuple():
            for one in value.items:
                yield from _memories(one)
        case Maybe() | Held() | Optional():
            yield from _memories(value.value)


def _tape(name: str, pattern: Array) -> Array:
    return Array(name, pattern.dtype, ("?",), frozenset({name}), True)


def _put_away(k: Kernel, value: Any, site: Any, path: tuple[int, ...] = ()) -> Any:
    """What a list keeps of a value; a list in it grows no further."""
    if isinstance(value, Tuple):
        return value.of(_put_away(k, one, site, (*path, n)) for n, one in enumerate(value.items))
    if isinstance(value, Listed):
        _escape(k, value.site)
        for one in k.frames:
            one.names = {n: closed(k, v, value.site) for n, v in one.names.items()}
        return closed(k, value, value.site)
    if isinstance(value, Closure):
        return replace(value, captured=_put_away(k, value.captured, site, (*path, 0)))
    if isinstance(value, Array) and (site, path) in k.learned.referred and k.is_object(value):
        return _referred(k, value, site)
    if isinstance(value, Array | View) and (site, path) not in k.learned.copied and _stays(k, value, site):
        return Held(value)
    if isinstance(value, View) and _base_stays(k, value.base, site):
        return _looked(k, value, site)
    if isinstance(value, Array) and k.is_object(value):
        for name in value.memory:
            k.copiers.setdefault(name, set()).add((site, path))
    if isinstance(value, Array | View | Lazy) and site in k.learned.ragged:
        return _rolled(k, value, site)
    if isinstance(value, Number) and value.value is None and k.is_given(value.text):
        return Held(value)
    return value


def _paths_of(k: Kernel, site: Any, names: list[str], array: Lazy) -> Iterator[tuple[int, ...]]:
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


def _referred(k: Kernel, value: Array, site: Any) -> Referred:
    """The array itself: its object, which stays as long as the kernel runs."""
    numbers = (number("int", f"place_of({value.name})"), *(size_number(dim) for dim in value.dims))
    kept = tuple(_put_away(k, one, site) for one in numbers)
    return Referred(Tuple(kept), value.dtype, value.memory)


def _array_of(k: Kernel, value: Referred) -> Array:
    """The array that a list holds."""
    place, *sizes = (one.value if isinstance(one, Held) else one for one in value.numbers.items)
    dims = _dims_of(k, sizes)
    name = k.fresh("array")
    shape = ", ".join(dims) + "," * (len(dims) == 1)
    k.out.append(
        Deed(f"{name} = array_at({place.text}, ({shape}), np.{DTYPES[value.dtype]})", frozenset({name}))
    )
    return Array(name, value.dtype, dims, value.memory, True)


def _dims_of(k: Kernel, sizes: Iterable[Number]) -> tuple[str, ...]:
    """Sizes that were kept in a list as sizes of an array."""
    return tuple(
        one.text if one.value is not None or one.text in k.dims else k.new_size(one.text) for one in sizes
    )


def _stays(k: Kernel, value: Array | View, site: Any) -> bool:
    """Whether the variable of an array holds the same for as long as the list is there."""
    view = whole(value)
    is_still = all(dim.isdigit() or dim in view.base.dims or k.is_given(dim) for dim in view.dims)
    return is_still and _base_stays(k, view.base, site) and all(axis.start.isdigit() for axis in view.axes)


def _base_stays(k: Kernel, base: Array, site: Any) -> bool:
    made_in = k.made_in.get(base.name)
    if made_in is None or k.list_rounds[site][: len(made_in)] != made_in:
        return False
    return not (made_in and site in k.learned.escaping)


def _looked(k: Kernel, value: View, site: Any) -> Looked:
    """Where a part of an array begins, and its sizes."""
    starts = [
        number("int", axis.start, bits=40, natural=True) for axis in value.axes if not axis.start.isdigit()
    ]
    kept = tuple(_put_away(k, one, site) for one in (*starts, *map(size_number, value.dims)))
    axes = tuple(axis if axis.start.isdigit() else replace(axis, start="?") for axis in value.axes)
    return Looked(Tuple(kept), value.base, axes)


def _view_of(k: Kernel, value: Looked) -> View:
    """The part of the array that a list holds."""
    numbers = [one.value if isinstance(one, Held) else one for one in value.numbers.items]
    starts = iter(numbers)
    axes = []
    for axis in value.axes:
        if axis.start == "?":
            name = k.fresh("start")
            k.assign(name, next(starts).text)
            axis = replace(axis, start=name)
        axes.append(axis)
    return View(value.base, tuple(axes), _dims_of(k, starts))


def _learn_item(k: Kernel, site: Any, value: Any) -> None:
    item = mapped(arrays_of(value), _unnamed)
    known = k.learned.items.get(site)
    if copied := {(site, path) for path in _copied_at(known, item, ())} - k.learned.copied:
        k.learned.copied |= copied
        k.learned.items.pop(site)
        k.learned.stored.pop(site, None)
        raise Learnt
    wide = item if known is None else joined(known, item, lambda *_: "?")
    if wide != known:
        k.learned.items[site] = wide
        k.learned.stored.pop(site, None)
        k.learned.changed = True


def arrays_of(value: Any) -> Any:
    """A structure with what is computed element by element, and parts of arrays, as arrays."""
    if isinstance(value, Tuple):
        return value.of(arrays_of(one) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=arrays_of(value.captured))
    if isinstance(value, Rolled | Referred | Looked):
        return value
    if isinstance(value, Optional):
        return replace(value, value=arrays_of(value.value))
    if isinstance(value, View | Lazy):
        memory = value.base.memory if isinstance(value, View) else frozenset()
        return Array("?", dtype_of(types_of(value)), value.dims, memory)
    return value


def _unnamed(leaf: Number | Array) -> Number | Array:
    if isinstance(leaf, Number):
        return replace(untold(leaf), text="?", span=None)
    return Array("?", leaf.dtype, leaf.dims, frozenset())


def _variables(k: Kernel, site: Any) -> list[str]:
    """The variables of a place that makes lists: how much is held, and an array for each number of an item."""
    if site not in k.learned.stored:
        fields = leaves(k.learned.items.get(site))
        k.learned.stored[site] = [k.lasting_name("top"), *(k.lasting_name("tape") for _ in fields)]
    return k.learned.stored[site]


def prologue(k: Kernel) -> list[Line]:
    """The variables of lists that are made in loops."""
    flags = [Line(f"{name} = False", frozenset({name})) for name in k.learned.flags.values()]
    return flags + [
        line for site in [*k.learned.stored] if site not in k.declared for line in _declaration(k, site, True)
    ]


def _declaration(k: Kernel, site: Any, is_first: bool = False) -> list[Line]:
    top, *stores = _variables(k, site)
    lines = [Line(f"{top} = 0", frozenset({top}))]
    known = {name for line in k.shapes for name in line.writes} if is_first else k.dims
    for name, leaf in zip(stores, leaves(k.learned.items.get(site)), strict=True):
        if isinstance(leaf, Number):
            shape, dtype = "0", _DTYPE[leaf.form]
        else:
            shape, dtype = "0", DTYPES[leaf.dtype]
            size = " * ".join(leaf.dims) or "1"
            lines.append(Line(f"{name}_size = {size}", frozenset({f"{name}_size"})))
            if not all(dim.isdigit() or dim in known for dim in leaf.dims):
                _learn_ragged(k, site)
                return lines
        lines.append(Line(f"{name} = np.empty({shape}, np.{dtype})", frozenset({name})))
    for (place, dtype), names in k.learned.rolls.items():
        if place == site:
            lines += _roll_begun(names, dtype)
    return lines


_DTYPE = {"float": "float64", "int": "int64", "bool": "bool_", "single": "float32"}


def _kept_leaves(k: Kernel, site: Any, value: Any) -> list[Number]:
    pattern = k.learned.items[site]
    return [have for have, want in _pairs(value, pattern)]


def _make_room(k: Kernel, listed: Listed) -> None:
    """Make room for one more, in each tape that has none: they need not be as large as one another."""
    top, *stores = _variables(k, listed.site)
    for name, leaf in zip(stores, leaves(k.learned.items[listed.site]), strict=True):
        used, more = (top, "1") if isinstance(leaf, Number) else (f"{top} * {name}_size", f"{name}_size")
        larger = Line(f"{name} = room({name}, {used}, {more})", frozenset({name}))
        k.block(f"if {used} + {more} > len({name}):", [larger])


def reserve(k: Kernel, listed: Listed, items: Number) -> None:
    """Make room for so many more."""
    top, *stores = _variables(k, listed.site)
    for name, leaf in zip(stores, leaves(k.learned.items.get(listed.site)), strict=True):
        size = "" if isinstance(leaf, Number) else f" * {name}_size"
        k.line(f"{name} = room({name}, {top}{size}, {items.text}{size})", name)


def index_in(k: Kernel, listed: Listed, index: Any) -> str:
    """An index of a list, counted from the front and checked."""
    if not isinstance(index, Number) or index.form != "int":
        raise NotCompiled("an item of a list at what is no place")
    length = k.atom(length_of(k, listed))
    place = k.fresh("k")
    text = index.text if index.value is None or index.value >= 0 else f"{length.text} - {-index.value}"
    k.assign(place, text)
    if index.value is None and not index.natural:
        k.redo_if(f"{place} < 0")
    k.redo_if(f"{place} < 0 or {place} >= {length.text}")
    return place


def item_at(k: Kernel, listed: Listed, place: str) -> Any:
    """The item that many places from the start, which is there."""
    pattern = k.learned.items.get(listed.site)
    if pattern is None:
        raise NotCompiled("a list that nothing is known of")
    _, *stores = _variables(k, listed.site)
    start = listed.start
    where = k.atom(number("int", place if start.value == 0 else f"{start.text} + {place}"), "back").text
    named = iter(stores)
    return _released(k, _read(k, pattern, named, where))


def _read(k: Kernel, pattern: Any, names: Iterator[str], where: str) -> Any:
    """An item of a list with the names of its tapes."""
    match pattern:
        case Tuple():
            return pattern.of(_read(k, one, names, where) for one in pattern.items)
        case Closure():
            return replace(pattern, captured=_read(k, pattern.captured, names, where))
        case Rolled() | Referred() | Looked():
            return replace(pattern, numbers=_read(k, pattern.numbers, names, where))
        case Optional():
            there = _read(k, pattern.there, names, where)
            return Optional(_read(k, pattern.value, names, where), there)
        case Array():
            name = next(names)
            start = k.fresh("start")
            k.assign(start, f"{where} * {name}_size")
            return taped(k, _tape(name, pattern), start, pattern.dims)
    return mapped(pattern, lambda leaf: replace(leaf, text=f"{next(names)}[{where}]"))


def _released(k: Kernel, value: Any) -> Any:
    if isinstance(value, Tuple):
        return value.of(_released(k, one) for one in value.items)
    if isinstance(value, Closure):
        return replace(value, captured=_released(k, value.captured))
    if isinstance(value, Rolled):
        return _unrolled(k, value)
    if isinstance(value, Referred):
        return _array_of(k, value)
    if isinstance(value, Looked):
        return _view_of(k, value)
    return value.value if isinstance(value, Held) else value


# Arrays of sizes of their own: one after the other in a roll, beside where they begin and how large they are


def _learn_ragged(k: Kernel, site: Any) -> None:
    if site in k.learned.ragged:
        raise NotCompiled("arrays in a list, of sizes that are not known before")
    k.learned.ragged.add(site)
    k.learned.items.pop(site, None)
    k.learned.stored.pop(site, None)
    k.learned.changed = True


def _copied_at(known: Any, item: Any, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Where one item of a list holds an array as it is, and another one the elements of one with sizes of its own."""
    match known, item:
        case (Held(), Rolled()) | (Rolled(), Held()):
            yield path
        case (Tuple(items=items), Tuple(items=others)) if len(items) == len(others):
            for place, (one, other) in enumerate(zip(items, others, strict=True)):
                yield from _copied_at(one, other, (*path, place))


def _rolled(k: Kernel, value: Any, site: Any) -> Rolled:
    """Put the elements of an array at the end of the roll."""
    _stands_for(k, site, value)
    dtype = dtype_of(types_of(value))
    if (site, dtype) not in k.learned.rolls:
        k.learned.rolls[site, dtype] = [k.lasting_name("end"), k.lasting_name("roll")]
        k.learned.changed = True
    end, roll = k.learned.rolls[site, dtype]
    sizes = tuple(k.atom(size_number(dim)) for dim in value.dims)
    count = k.atom(number("int", " * ".join(value.dims) or "1"), "count")
    start = k.fresh("start")
    k.assign(start, end)
    k.line(f"{roll} = room({roll}, {end}, {count.text})", roll)
    put(k, Array(roll, dtype, ("?",), frozenset({roll}), True), start, value)
    k.assign(end, f"{end} + {count.text}")
    numbers = (number("int", start, bits=40, natural=True), *sizes)
    return Rolled(Tuple(tuple(_put_away(k, one, site) for one in numbers)), roll, dtype)


def _unrolled(k: Kernel, value: Rolled) -> Any:
    """The array as it was put there."""
    start, *sizes = (one.value if isinstance(one, Held) else one for one in value.numbers.items)
    name = k.fresh("start")
    k.assign(name, start.text)
    dims = _dims_of(k, sizes)
    return taped(k, Array(value.roll, value.dtype, ("?",), frozenset({value.roll}), True), name, dims)


def _roll_begun(names: list[str], dtype: str) -> list[Line]:
    end, roll = names
    begun = f"{roll} = np.empty(0, np.{DTYPES[dtype]})"
    return [Line(f"{end} = 0", frozenset({end})), Line(begun, frozenset({roll}))]
