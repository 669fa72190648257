"""The text of a kernel as it is written: lines, blocks and nests of loops in, Python text out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from diffpy.transforms.fuse_sizes import Sum, sum_of
from diffpy.transforms.fuse_sizes import spelled as spelled_sum
from diffpy.transforms.fuse_values import FLOATS, Array, NotCompiled, Number, number, spelled

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")  # not of attributes
_MOST_FINITE = 64  # numbers that are asked about together
REDO = "raise ValueError"  # the plain text runs instead, and does what Python does in such a case


@dataclass
class Line:
    """A simple statement."""

    text: str
    writes: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return names_in(self.text)


@dataclass
class Deed(Line):
    """A statement that stays where it is: it reads and writes whole arrays."""


@dataclass
class Made:
    """A new array whose elements are all written before they are read."""

    name: str
    dims: tuple[str, ...]
    dtype: str
    writes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.writes = frozenset({self.name})

    @property
    def text(self) -> str:
        return f"{self.name} = np.empty({_shape(self.dims)}, np.{self.dtype})"

    @property
    def names(self) -> frozenset[str]:
        return names_in(self.text)


@dataclass
class Zeros(Made):
    """A new array of zeros."""

    @property
    def text(self) -> str:
        return f"{self.name} = np.zeros({_shape(self.dims)}, np.{self.dtype})"

    @property
    def zero(self) -> str:
        return _ZEROS.get(self.dtype, f"np.{self.dtype}(0)")


_ZEROS = {"float64": "0.0", "float32": "np.float32(0.0)", "int64": "0", "bool_": "False"}


@dataclass
class Size(Line):
    """A size that is a sum of others."""

    sum: Sum = field(default_factory=dict)


@dataclass
class Block:
    """A compound statement; further branches follow it as blocks of their own."""

    head: str
    body: list[Any]
    writes: frozenset[str] = frozenset()
    rounds: int = 1  # of a loop that the next attempt writes out


@dataclass(frozen=True)
class Access:
    """An element of an array that a nest reads or writes; its own at each place where `is_full`."""

    name: str
    memory: frozenset[str]
    is_fresh: bool
    places: tuple[str, ...]
    is_full: bool

    def may_meet(self, other: Access) -> bool:
        """Whether the two may be of one memory."""
        return bool(self.memory & other.memory) or not (self.is_fresh or other.is_fresh)

    def is_same(self, other: Access) -> bool:
        """Whether a place of the nest has the same element in both, and no other place has it."""
        return self.name == other.name and self.places == other.places and self.is_full


@dataclass
class Nest:
    """Loops over all places of a shape, and what is done at each."""

    dims: tuple[str, ...]
    body: list[Any] = field(default_factory=list)
    loads: list[Access] = field(default_factory=list)
    stores: list[Access] = field(default_factory=list)
    sums: set[str] = field(default_factory=set)  # numbers that it adds up


def places_of(dims: tuple[str, ...]) -> tuple[str, ...]:
    """The place of a nest over a shape."""
    return tuple(f"i_{k}" if dim != "1" else "0" for k, dim in enumerate(dims))


@dataclass
class Checks:
    """Checks of indices that can be made before a loop begins."""

    loop: Any
    known: frozenset[str]  # names that hold the same in each round
    guard: str  # the loop has a round at all
    depth: int
    conditions: list[str] = field(default_factory=list)

    def add(self, condition: str) -> None:
        if condition not in self.conditions:
            self.conditions.append(condition)


def written_in(body: Iterable[Any]) -> set[str]:
    """The names that lines write."""
    found: set[str] = set()
    for one in body:
        found |= one.writes if isinstance(one, Line | Made | Block) else set()
        found |= written_in(one.body) if isinstance(one, Block | Nest) else set()
    return found


def is_check(one: Any) -> bool:
    """Whether this is a branch that does nothing but let the plain text run."""
    return isinstance(one, Block) and all(isinstance(line, Line) and line.text == REDO for line in one.body)


def element_of(name: str, places: tuple[str, ...]) -> str:
    return f"{name}[{', '.join(places) or '()'}]"


def replaced(text: str, element: str, name: str) -> str:
    """The text with a number in place of an element; names may end like that of the array."""
    return re.sub(rf"(?<!\w){re.escape(element)}", name, text)


def names_in(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text))


def _shape(dims: tuple[str, ...]) -> str:
    return f"({', '.join(dims)}{',' * (len(dims) == 1)})" if dims else "()"


class Writer:
    """Where the kernel is written, and the names that are taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.lasting: set[str] = set()  # names that are taken in further attempts, too
        self.own = frozenset(taken)  # the program's names
        self.claimed: set[str] = set()  # those that stand for something here
        self.out: list[Any] = []
        self.nest: Nest | None = None
        # lines that come first: the sizes of arrays that are handed in, and sums of them
        self.shapes: list[Any] = []
        self.size_names: dict[str, str] = {}  # of sums of them, the same ones at each attempt
        self.sizes: dict[str, str] = {}  # expressions of sizes that have a variable here
        self.dims: set[str] = set()  # variables of sizes, which nothing changes
        self.same: dict[str, str] = {}  # sizes that are known to be others
        self.doubts: list[str] = []  # conditions under which Python would have raised since the last check
        self.finite: list[str] = []  # numbers about which it would have, were they infinite or NaN
        self.depth = 0  # of branches
        self.warns = False  # NumPy does some of it, and may warn
        self.rounds: list[Any] = []  # the loops that are being written
        self.made_in: dict[str, tuple[Any, ...]] = {}  # the loops that an array is made in
        self.taped: set[str] = set()  # memory that lists have copies of, and the copies
        self.stored: dict[str, set[tuple[Any, ...]]] = {}  # the loops in which memory is written
        self.loops: list[Checks] = []
        self.reshaped: set[str] = set()  # memory that is also looked at in another shape
        self.handed: set[str] = set()  # memory of buffers that a pullback got as they are, which runs once

    # Names

    def fresh(self, stem: str) -> str:
        name, count = stem, 0
        while name in self.taken or name in self.lasting:
            count += 1
            name = f"{stem}_{count}"
        self.taken.add(name)
        return name

    def lasting_name(self, stem: str) -> str:
        """A name that stays taken, also where what is written now is forgotten."""
        name = self.fresh(stem)
        self.lasting.add(name)
        return name

    def claim(self, stem: str) -> str:
        """A name of the program's own for the first that asks for it, else a fresh one."""
        if stem in self.own and stem not in self.claimed:
            self.claimed.add(stem)
            return stem
        return self.fresh(stem)

    # Lines

    def line(self, text: str, *writes: str) -> None:
        self.out.append(Line(text, frozenset(writes)))

    def assign(self, name: str, text: str) -> None:
        if name == text:
            return
        if self.doubts and name in names_in(" ".join(self.doubts)):
            self.check()
        self.line(f"{name} = {text}", name)
        self.forget({name})

    def forget(self, written: Iterable[str]) -> None:
        """What is known of sizes that were read from these names."""
        if written := set(written):
            self.sizes = {k: v for k, v in self.sizes.items() if not written & (names_in(k) | {v})}

    def redo_if(self, condition: str) -> None:
        """Where the condition holds, the plain text runs in place of all this."""
        self.block(f"if {condition}:", [Line(REDO)])

    def doubt(self, condition: str) -> None:
        """The same, found out at the end of this block: until then IEEE's results do no harm."""
        if self.nest is not None:
            self.redo_if(condition)
        elif condition not in self.doubts:
            self.doubts.append(condition)

    def doubt_finite(self, name: str) -> None:
        if self.nest is not None:
            self.redo_if(f"not math.isfinite({name})")
        else:
            self.finite.append(name)
            if len(self.finite) > _MOST_FINITE:
                self.check()

    def check(self) -> None:
        """Find out now."""
        conditions, finite = self.doubts, self.finite
        self.doubts, self.finite = [], []
        if finite:
            conditions = [*conditions, f"(not math.isfinite({' + '.join(finite)}))"]
        if conditions:
            self.redo_if(" | ".join(conditions))

    def block(self, head: str, body: list[Any]) -> None:
        self.out.append(Block(head, body))

    @contextmanager
    def within(self) -> Iterator[list[Any]]:
        """What is written meanwhile goes into a list of its own."""
        self.check()
        before, sizes, dims, same = self.out, dict(self.sizes), set(self.dims), dict(self.same)
        self.out = []
        try:
            yield self.out
            self.check()
        finally:
            inside, self.out, self.sizes, self.same = self.out, before, sizes, same
            self.dims = dims | self.given_sizes()
            self.doubts, self.finite = [], []
            self.forget(written_in(inside))

    @contextmanager
    def trial(self) -> Iterator[None]:
        """What is written meanwhile is forgotten."""
        taped, stored = set(self.taped), {name: set(rounds) for name, rounds in self.stored.items()}
        taken, nest, dims, claimed = set(self.taken), self.nest, set(self.dims), set(self.claimed)
        try:
            with self.within():
                yield
        finally:
            self.taped, self.stored = taped, stored
            self.taken, self.nest, self.dims, self.claimed = taken, nest, dims, claimed

    # Values

    def atom(self, one: Number, stem: str = "e") -> Number:
        """The same number as a name or a literal, to be read more than once."""
        if one.value is not None or one.text.isidentifier():
            return one
        name = self.fresh(stem)
        self.assign(name, one.text)
        return replace(one, text=name)

    def given_sizes(self) -> set[str]:
        """The names of sizes that are known before all else."""
        return {name for line in self.shapes for name in line.writes}

    def is_given(self, text: str) -> bool:
        """Whether a size is known before all else."""
        names = names_in(text)
        return bool(names) and names <= self.given_sizes()

    def given_size(self, text: str) -> str:
        """A size that is known before all else, as a name or a literal."""
        total = sum_of(text, self._sums())
        text = text if total is None else spelled_sum(total)
        if text.isdigit() or text in self.dims:
            return text
        for line in self.shapes:
            name, _, known = line.text.partition(" = ")
            if known == text:
                return name
        if text not in self.size_names:
            self.size_names[text] = self.lasting_name("n")
        name = self.size_names[text]
        line = Line(f"{name} = {text}", frozenset({name}))
        self.shapes.append(line if total is None else Size(line.text, line.writes, total))
        self.dims.add(name)
        return name

    def given_difference(self, one: str, other: str) -> str | None:
        """one - other, where that is a size that is known before all else."""
        total = sum_of(f"({one}) - ({other})", self._sums())
        if total is None or not {*total} - {""} <= self.given_sizes():
            return None
        text = spelled_sum(total)
        return text if text.isdigit() else self.given_size(text) if self.is_given(text) else None

    def _sums(self) -> dict[str, Sum]:
        return {line.text.partition(" = ")[0]: line.sum for line in self.shapes if isinstance(line, Size)}

    def size(self, text: str) -> str:
        """A variable for a size; equal expressions are one."""
        if text.isdigit() or text in self.dims:
            return text
        if self.is_given(text):
            return self.given_size(text)
        if text not in self.sizes:
            name = self.fresh("n")
            self.assign(name, text)
            self.sizes[text] = name
            self.dims.add(name)
        return self.sizes[text]

    def new_size(self, text: str) -> str:
        """A variable of its own for a size that is read from somewhere."""
        name = self.fresh("n")
        self.assign(name, text)
        self.dims.add(name)
        return name

    def store_into(self, memory: frozenset[str]) -> None:
        """Memory is written that no copy was taken of in place of the array itself."""
        if memory & self.taped:
            self.conflict(memory & self.taped)
        for name in memory:
            self.stored.setdefault(name, set()).add(tuple(self.rounds))

    def copy_of(self, memory: Iterable[str]) -> None:
        """A copy stands for the memory itself: from now on nobody may write it."""
        for name in memory:
            if any(self._comes_again(name, rounds) for rounds in self.stored.get(name, ())):
                self.conflict({name})
            self.taped.add(name)

    def check_carried(self, memory: Iterable[str], loop: Any) -> None:
        """An array that is made in each round of a loop is not both copied there, and written in the next round."""
        for name in memory:
            is_written = any(loop in rounds for rounds in self.stored.get(name, ()))
            if is_written and name in self.taped and loop in self.made_in.get(name, ()):
                self.conflict({name})

    def conflict(self, memory: Iterable[str]) -> None:
        """Memory is written, and a copy stands for it."""
        raise NotCompiled("an array that is written after a list, or a view, has taken a copy of it")

    def _comes_again(self, name: str, rounds: tuple[Any, ...]) -> bool:
        """Whether a store in these loops happens once more after now, in the same array."""
        common = 0
        for one, other in zip(rounds, self.rounds, strict=False):
            if one != other:
                break
            common += 1
        return common > 0 and self.made_in.get(name, ())[:common] != rounds[:common]

    def mark(self) -> tuple[Any, ...]:
        """Where the text is, and what is known there."""
        known = dict(self.sizes), set(self.dims), dict(self.same), list(self.doubts), list(self.finite)
        return len(self.out), self.out, self.nest, known, set(self.taped), set(self.reshaped)

    def back_to(self, mark: tuple[Any, ...]) -> None:
        """Forget what was written since."""
        length, self.out, self.nest, known, self.taped, self.reshaped = mark
        del self.out[length:]
        self.sizes, self.dims, self.same, self.doubts, self.finite = known

    def is_object(self, array: Array) -> bool:
        """Whether the variable of an array made here holds an object of that very shape."""
        return array.is_fresh and (array.memory == {array.name} or not array.memory & self.reshaped)

    def equal(self, one: str, other: str) -> None:
        """Two sizes are one, or the plain text runs."""
        one, other = self.known(one), self.known(other)
        if one != other:
            self.redo_if(f"{one} != {other}")
            kept, gone = (other, one) if other.isdigit() else (one, other)
            self.same[gone] = kept

    def known(self, dim: str) -> str:
        """The size that a size is known to be."""
        while dim in self.same:
            dim = self.same[dim]
        return dim

    def bounded(self, one: Number, bits: int = 62) -> Number:
        """An integer that further sums cannot make too large."""
        if one.value is not None or one.bits <= bits:
            return one
        one = self.atom(one)
        known = f"{one.text} in {bits}"
        if known not in self.sizes:
            self.redo_if(f"not -{2**bits} < {one.text} < {2**bits}")
            self.sizes[known] = one.text
        return replace(one, bits=bits)

    def empty(self, stem: str, dims: tuple[str, ...], dtype: str) -> Array:
        self.warns = True
        name = self.claim(stem)
        self.made_in[name] = tuple(self.rounds)
        self.out.append(Made(name, dims, dtype))
        return Array(name, dtype, dims, frozenset({name}), True)

    def loop(self, dims: tuple[str, ...], write: Callable[[tuple[str, ...]], None]) -> Nest:
        """A nest over a shape; `write` writes what is done at a place."""
        if self.nest is not None:
            raise NotCompiled("an array inside an element of another one")
        dims = tuple(map(self.known, dims))
        nest = Nest(dims)
        places = places_of(dims)
        self.nest = nest
        try:
            with self.within() as body:
                write(places)
        finally:
            self.nest = None
        nest.body = body
        self.out.append(nest)
        return nest

    def read(self, array: Array, places: tuple[str, ...]) -> Number:
        self.access(array, places, "loads")
        kind = {"bool": "bool_"}.get(array.dtype, array.dtype)
        return number(kind, element_of(array.name, places))

    def access(self, array: Array, places: tuple[str, ...], what: str) -> None:
        if self.nest is not None:
            used = names_in(" ".join(places))
            is_one = not any("[" in place for place in places)  # else two places may have one element
            is_full = is_one and all(f"i_{k}" in used for k, dim in enumerate(self.nest.dims) if dim != "1")
            found = Access(array.name, array.memory, array.is_fresh, places, is_full)
            getattr(self.nest, what).append(found)


def as_float(one: Number) -> str:
    """A number as an expression that machine code holds as a float."""
    if one.value is not None:
        return spelled(float(one.value))
    return one.text if one.types <= FLOATS else f"float({one.text})"


# Text


def printed(body: list[Any], depth: int = 1) -> list[str]:
    return [line for one in body for line in _lines(one, depth)] or ["    " * depth + "pass"]


def _lines(one: Any, depth: int) -> list[str]:
    indent = "    " * depth
    match one:
        case Line() | Made():
            return [indent + one.text]
        case Block():
            return [indent + one.head, *printed(one.body, depth + 1)]
        case Nest():
            lines, inside = [], depth
            for k, dim in enumerate(one.dims):
                if dim != "1":
                    lines.append("    " * inside + f"for i_{k} in range({dim}):")
                    inside += 1
            return lines + printed(one.body, inside)
        case other:
            raise ValueError(f"no line of a kernel: {other!r}")


def at(node: gast.AST, error: NotCompiled) -> NotCompiled:
    """The same reason at a place, unless it has one."""
    error.node = error.node or node
    return error


def texts(numbers: Iterable[Number]) -> list[str]:
    return [one.text for one in numbers]
