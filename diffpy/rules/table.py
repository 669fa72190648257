"""The table of derivatives: one row an operation, found by the function that the user's program calls."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar

import numpy

from diffpy.rules.keywords import IN_A_TYPE, UFUNC, UFUNC_TYPE, structure, unread
from diffpy.runtime.written import write

Line = Callable[..., object]
Function = TypeVar("Function", bound=Callable[..., Any])

# Packages that a program may use: module seen -> module of rules, which is read once the other was imported.
LATE = {
    "scipy.special": "diffpy.rules.scipy_special",
    "scipy.linalg": "diffpy.rules.scipy_linalg",
    "scipy.fft": "diffpy.rules.scipy_fft",
    "scipy.fftpack": "diffpy.rules.scipy_fftpack",
    "scipy.signal": "diffpy.rules.scipy_signal",
    "scipy.sparse": "diffpy.rules.scipy_sparse",
    "scipy.optimize": "diffpy.rules.scipy_optimize",
    "scipy.integrate": "diffpy.rules.scipy_integrate",
    "scipy.stats": "diffpy.rules.scipy_stats",
}


@dataclass(frozen=True)
class Row:
    """What is known of one operation's derivative.

    `pullbacks` maps an argument's name to its line: a lambda whose parameters say what it reads:
    `d` (the cotangent of the result), `y` (the result), an argument or keyword by name, `<argument>_shape`.
    A free name `xp` in a line stands for the array module of the user's call.
    A sequence (a list to stack, `*args`) has a list or tuple of cotangents, and so has a result that is a
    tuple: `d` holds None for an entry that nothing depends on.
    """

    name: str
    signature: inspect.Signature
    pullbacks: Mapping[str, Line]
    tangents: Mapping[str, Line] = field(default_factory=dict)
    family: str = "general"  # elementwise | linear | general | constant
    # keyword -> why another value than its default is refused
    unless: Mapping[str, str] = field(default_factory=dict)
    # argument -> why it has no derivative (an index, an order)
    no_derivative: Mapping[str, str] = field(default_factory=dict)
    # keyword in `unless` -> more values that are honoured
    accepts: Mapping[str, tuple] = field(default_factory=dict)
    # ranks of the arguments -> pullbacks that are shorter where these are known
    by_rank: Mapping[tuple[int, ...], Mapping[str, Line]] = field(default_factory=dict)
    # pullbacks that need less where the first argument is the literal one
    of_one: Mapping[str, Line] = field(default_factory=dict)
    # *args -> a line for args[index] alone: it reads `index`, too, and `one_shape`; where it comes to None the
    # line for all of them is taken
    each: Mapping[str, Line] = field(default_factory=dict)
    each_tangent: Mapping[str, Line] = field(default_factory=dict)
    # False: lines take and give cotangents of complex arguments as they are (abs, conj)
    holomorphic: bool = True
    # True: the numbers decide whether the result is complex, so that no kind is known of it
    typed_by_value: bool = False
    # arguments that the result reads, but whose change does not change it: only their shape, type or order counts
    structural: frozenset[str] = frozenset()
    # the row in place of this one where an argument is complex
    of_complex: Row | None = None

    @property
    def conjugates(self) -> bool:
        """Whether the lines of tangents do not hold of complex arguments: the pullbacks say what they come to."""
        return not self.holomorphic and self.name not in _REAL_LINEAR

    def bind(self, args: Sequence[object], keywords: Mapping[str, object]) -> inspect.BoundArguments:
        """The arguments by parameter, as the signature's bind gives them; TypeError where they do not fit."""
        if not keywords and len(args) in self._counts:
            return inspect.BoundArguments(
                self.signature, dict(zip(self.signature.parameters, args, strict=False))
            )
        return self.signature.bind(*args, **keywords)

    @cached_property
    def _counts(self) -> range:
        """How many arguments suffice, given by position alone and none to *args."""
        positional, needed = 0, 0
        for one in self.signature.parameters.values():
            if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD):
                positional += 1
                needed += one.default is one.empty
            elif one.kind is one.KEYWORD_ONLY and one.default is one.empty:
                return range(0)
        return range(needed, positional + 1)

    def ignores(self, argument: str) -> bool:
        """Whether the result reads nothing but the argument's shape or type: its derivative is zero."""
        return self.no_derivative.get(argument, "").startswith("only its")

    def refusals(self, arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Each keyword given a value that the row does not honour, and why."""
        for keyword, reason in self.unless.items():
            if keyword in arguments and not self._honours(keyword, arguments[keyword]):
                yield keyword, reason

    def _honours(self, keyword: str, value: object) -> bool:
        known = (self.signature.parameters[keyword].default, *self.accepts.get(keyword, ()))
        return any(value is one or (type(value) is type(one) and value == one) for one in known)


# Maps of complex numbers that are no holomorphic ones, but whose lines of tangents say what they are.
_REAL_LINEAR = frozenset(
    "real real_if_close imag conjugate conj rect complex vdot correlate eigh eigvalsh cholesky pinv svdvals "
    "fft ifft rfft irfft fft2 ifft2 fftn ifftn".split()
)


WHILE_DERIVING: set[Callable[..., Any]] = set()


def while_deriving(function: Function) -> Function:
    """For a function that lines call with words and numbers: derivatives are written with what it gives for them.

    Where what it is called with is not known while deriving, it counts as None.
    """
    WHILE_DERIVING.add(function)
    return function


FOLDED: set[Callable[..., Any]] = set()


def folded(function: Function) -> Function:
    """A function that a line calls: of constants it is worked out while deriving."""
    FOLDED.add(function)
    return function


def evaluate(line: Line, arguments: Mapping[str, object], **read: object) -> object:
    """What a line gives for bound arguments (defaults applied); `read` holds d, y and the like."""
    values = {**arguments, **read}
    return line(*(_read(name, values) for name in parameters_of(line)))


@lru_cache(maxsize=4096)
def parameters_of(line: Line) -> tuple[str, ...]:
    """What a line reads."""
    return tuple(inspect.signature(line).parameters)


def _read(name: str, values: Mapping[str, Any]) -> object:
    return values[name] if name in values else numpy.shape(values[name.removesuffix("_shape")])


class Table:
    """Rows by dotted name, found by the identity of the function that the name stands for."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        # what stands for calls that no row takes, by dotted name
        self.written: dict[str, Callable[..., Any]] = {}
        self.pure: dict[int, object] = {}  # those of NumPy that do nothing but compute, by identity
        self.refused: dict[str, str] = {}  # functions that have no derivative here, and why
        self.stores: frozenset[str] = frozenset()  # functions that fill an argument, as an assignment does
        self.version = 0
        self._by_function: dict[int, tuple[object, Row]] = {}
        self._resolved = -1
        self._late = dict(LATE)

    def add(self, row: Row, of: tuple[str, ...]) -> None:
        for dotted in of:
            self.rows[dotted] = row
        self.version += 1

    def find(self, function: object) -> Row | None:
        """The row of a function object, or None."""
        if self._resolved != self.version:
            self._resolve()
        entry = self._by_function.get(id(function))
        if entry is None and self.read_late():
            return self.find(function)
        return entry[1] if entry is not None else None

    def read_late(self) -> bool:
        """Read the rules of optional packages that the program has imported by now; whether there were any."""
        found = [rules for module, rules in self._late.items() if _is_imported(module)]
        self._late = {module: rules for module, rules in self._late.items() if rules not in found}
        for rules in found:
            importlib.import_module(rules)
        return bool(found)

    def _resolve(self) -> None:
        for dotted, row in self.rows.items():
            function = resolve(dotted)
            if function is not None:
                self._by_function[id(function)] = (function, row)
        self._resolved = self.version


def _is_imported(module: str) -> bool:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return spec is not None and not getattr(spec, "_initializing", False)


@cache
def resolve(dotted: str) -> object | None:
    """The object that a dotted name such as numpy.linalg.norm stands for; None where it does not exist."""
    parts = dotted.split(".")
    found, rest = _module(parts)
    for part in rest:
        found = getattr(found, part, None)
        if found is None:
            return None
    return found


def _module(parts: list[str]) -> tuple[object, list[str]]:
    """The longest prefix of the parts that is a module, and the parts after it."""
    for length in range(len(parts) - 1, 0, -1):
        try:
            return importlib.import_module(".".join(parts[:length])), parts[length:]
        except ModuleNotFoundError:
            continue
    return None, parts


TABLE = Table()


@cache
def signature_of(text: str) -> inspect.Signature:
    """The signature that "a, b, /, *, axis=None" spells; defaults are literals."""
    namespace: dict[str, Callable] = {}
    exec(f"def operation({text}): pass", namespace)
    return inspect.signature(namespace["operation"])


def _names(name: str, of: tuple[str, ...]) -> tuple[str, ...]:
    return of or (f"numpy.{name}",)


def _add(
    dotted: tuple[str, ...],
    family: str,
    name: str,
    signature: str,
    pullbacks: Mapping[str, Line],
    tangents: Mapping[str, Line],
    ignores: str = "",
    unless: Mapping[str, str] | None = None,
    no_derivative: Mapping[str, str] | None = None,
    **notes: Any,
) -> None:
    parsed = signature_of(signature)
    row = Row(
        name,
        parsed,
        pullbacks,
        tangents,
        family,
        {**unread(parsed, pullbacks, ignores), **(unless or {})},
        {**structure(parsed, pullbacks), **(no_derivative or {})},
        **notes,
    )
    TABLE.add(row, dotted)


def elementwise(
    name: str, signature: str, *lines: Line | None, of: tuple[str, ...] = (), **notes: Any
) -> None:
    """An elementwise map: a line an argument, in order (None: no derivative); the engine undoes broadcasting.

    Each line is its own transpose: `d` is a tangent or a cotangent.
    """
    arguments = [one.strip().partition("=")[0] for one in signature.split(",")]
    partials = {argument: line for argument, line in zip(arguments, lines, strict=False) if line}
    tangents = {**partials, **notes.pop("forward", {})}
    ignores = "order " + notes.pop("ignores", "")
    for dotted in _names(name, of):
        text = signature + _more_of(resolve(dotted))
        _add((dotted,), "elementwise", name, text, partials, tangents, ignores, **notes)


def _more_of(function: object) -> str:
    """The keywords of a ufunc; one that is written out for a type asked for has no keyword for that."""
    if not isinstance(function, numpy.ufunc):
        return ""
    return UFUNC if function.__name__ in IN_A_TYPE else UFUNC + UFUNC_TYPE


def linear(
    name: str,
    signature: str,
    of: tuple[str, ...] = (),
    unless: Mapping[str, str] | None = None,
    no_derivative: Mapping[str, str] | None = None,
    ignores: str = "",
    accepts: Mapping[str, tuple] | None = None,
    structural: frozenset[str] = frozenset(),
    **pullbacks: Line,
) -> None:
    """A map that is linear in the arguments named: a pullback a line, the tangent is the map itself."""
    more = {"accepts": accepts or {}, "structural": structural}
    _add(_names(name, of), "linear", name, signature, pullbacks, {}, ignores, unless, no_derivative, **more)


def rule(
    name: str,
    signature: str,
    of: tuple[str, ...] = (),
    forward: Mapping[str, Line] | None = None,
    unless: Mapping[str, str] | None = None,
    no_derivative: Mapping[str, str] | None = None,
    ignores: str = "",
    notes: Mapping[str, Any] | None = None,
    **pullbacks: Line,
) -> None:
    """Any other map: a pullback line an argument; `notes` are further fields of the row."""
    dotted, more, ahead = _names(name, of), notes or {}, forward or {}
    _add(dotted, "general", name, signature, pullbacks, ahead, ignores, unless, no_derivative, **more)


def constant(*dotted: str) -> None:
    """Functions whose result has derivative zero or none: argmax, floor, shape, zeros ..."""
    for one in dotted:
        TABLE.add(Row(one, signature_of("*args, **keywords"), {}, {}, "constant"), (one,))


def written(function: Callable[..., Any], *dotted: str, once: bool = False) -> None:
    """A function of the running half, derived by its text, for calls that no row takes: `once` if it has effects."""
    for one in dotted:
        found = resolve(one)
        if found is not None:
            write(found, function, once)
            TABLE.written[one] = function
            if not once and one.startswith("numpy."):
                TABLE.pure[id(found)] = found


def refused(reason: str, *dotted: str) -> None:
    """Functions that have no derivative, with the reason: they are known, and calls of them are refused."""
    TABLE.refused.update(dict.fromkeys(dotted, reason))


def stores(*dotted: str) -> None:
    """Functions that change an argument, and are followed as the assignment that they are."""
    TABLE.stores |= {*dotted}


@contextmanager
def where_complex(*dotted: str) -> Iterator[None]:
    """Rows added within hold where an argument is complex; elsewhere what stood there before."""
    plain = {one: TABLE.rows[one] for one in dotted}
    yield
    for one, row in plain.items():
        TABLE.add(replace(row, of_complex=TABLE.rows[one]), (one,))


def without_complex(reason: str, *dotted: str) -> None:
    """Rows that refuse complex arguments."""
    for one in dotted:
        row = TABLE.rows[one]
        lacking = dict.fromkeys(row.pullbacks, reason)
        bare = replace(row, pullbacks={}, tangents={}, no_derivative={**row.no_derivative, **lacking})
        TABLE.add(replace(row, of_complex=bare), (one,))
