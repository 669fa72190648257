"""The table of derivatives: one row an operation, found by the function object that the user's program calls."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy

Line = Callable[..., object]

# Keywords that every ufunc takes.
UFUNC = ", /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, subok=True"

# Arguments that steer an operation and have no derivative, wherever they stand.
STRUCTURE = {
    "axis": "it is an axis", "axis1": "it is an axis", "axis2": "it is an axis", "axes": "they are axes",
    "axisa": "it is an axis", "axisb": "it is an axis", "axisc": "it is an axis",
    "source": "it is an axis", "destination": "it is an axis", "shape": "it is a shape", "num": "it is a count",
    "keepdims": "it is a flag", "ddof": "it is a count", "correction": "it is a count", "offset": "it is an offset",
    "k": "it is an offset", "n": "it is a count", "N": "it is a count", "shift": "it is a count", "reps": "it is a count",
    "repeats": "it is a count", "pad_width": "it is a count", "indices": "it is an index", "index": "it is an index",
    "obj": "it is an index", "indices_or_sections": "it is an index", "kth": "it is an index", "size": "it is a size",
    "condition": "it is a condition", "subscripts": "it is a text", "ord": "it names a norm", "mode": "it is a mode",
    "start_axis": "it is an axis", "ndmin": "it is a count", "kind": "it names a method", "order": "it is an order",
    "dtype": "it is a type", "UPLO": "it is a flag", "optimize": "it is a flag", "ndigits": "it is a count",
}

# Why a keyword that a row's lines do not read is refused when it is given.
REFUSED = {
    "out": "the derivative of a call that fills `out=` is not known here; assign the result instead",
    "where": "the derivative under a `where=` mask is not known; multiply by the mask, or use numpy.where",
    "dtype": "the derivative of a call that changes the type is not known; convert with .astype() before or after",
    "casting": "the derivative under another casting is not known; convert with .astype() before or after",
    "initial": "the derivative with `initial=` is not known; combine the initial value in a line of its own",
    "weights": "the derivative with weights is not known",
}

# Keywords that change neither values nor derivatives, only where and how values lie in memory or are found.
HARMLESS = frozenset({"subok", "copy", "kind", "optimize", "overwrite_input", "assume_unique", "check_finite", "device"})


@dataclass(frozen=True)
class Row:
    """What is known of one operation's derivative.

    `pullbacks` maps an argument's name to its line: a lambda whose parameters say what it reads:
    `d` (the cotangent of the result), `y` (the result), an argument by name, `<argument>_shape`; keywords by name.
    A free name `xp` in a line stands for the array module of the user's call.
    A sequence (a list to stack, `*args`) has a list or tuple of cotangents; so has `d` where the result is a tuple,
    with None for an entry that nothing depends on.
    """

    name: str
    signature: inspect.Signature
    pullbacks: Mapping[str, Line]
    tangents: Mapping[str, Line] = field(default_factory=dict)
    family: str = "general"  # elementwise | linear | general | constant
    unless: Mapping[str, str] = field(default_factory=dict)  # keyword -> why another value than its default is refused
    no_derivative: Mapping[str, str] = field(default_factory=dict)  # argument -> why it has none (an index, an order)
    accepts: Mapping[str, tuple] = field(default_factory=dict)  # keyword in `unless` -> more values that are honoured
    by_rank: Mapping[tuple[int, ...], Mapping[str, Line]] = field(default_factory=dict)  # shorter lines, ranks known
    each: Mapping[str, Line] = field(default_factory=dict)  # for *args: the cotangent of args[index] alone
    holomorphic: bool = True  # False: lines take and give cotangents as they are (abs, conj)

    def bind(self, args: tuple, keywords: dict) -> inspect.BoundArguments:
        return self.signature.bind(*args, **keywords)

    def refusals(self, arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Each keyword given a value that the row does not honour, and why."""
        for keyword, reason in self.unless.items():
            if keyword in arguments and not self._honours(keyword, arguments[keyword]):
                yield keyword, reason

    def _honours(self, keyword: str, value: object) -> bool:
        known = (self.signature.parameters[keyword].default, *self.accepts.get(keyword, ()))
        return any(value is one or (type(value) is type(one) and value == one) for one in known)


def evaluate(line: Line, arguments: Mapping[str, object], **read: object) -> object:
    """What a line gives for bound arguments (defaults applied); `read` holds d, y and the like."""
    values = {**arguments, **read}
    return line(*(_read(name, values) for name in inspect.signature(line).parameters))


def _read(name: str, values: Mapping[str, object]) -> object:
    return values[name] if name in values else numpy.shape(values[name.removesuffix("_shape")])  # type: ignore[arg-type]


class Table:
    """Rows by dotted name, found by the identity of the function that the name stands for."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.version = 0
        self._by_function: dict[int, tuple[object, Row]] = {}
        self._resolved = -1

    def add(self, row: Row, of: tuple[str, ...]) -> None:
        for dotted in of:
            self.rows[dotted] = row
        self.version += 1

    def find(self, function: object) -> Row | None:
        """The row of a function object, or None."""
        if self._resolved != self.version:
            self._resolve()
        entry = self._by_function.get(id(function))
        return entry[1] if entry is not None else None

    def _resolve(self) -> None:
        for dotted, row in self.rows.items():
            function = resolve(dotted)
            if function is not None:
                self._by_function[id(function)] = (function, row)
        self._resolved = self.version


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
def _signature(text: str) -> inspect.Signature:
    """The signature that "a, b, /, *, axis=None" spells; defaults are literals."""
    namespace: dict[str, Callable] = {}
    exec(f"def operation({text}): pass", namespace)
    return inspect.signature(namespace["operation"])


def _names(name: str, of: tuple[str, ...]) -> tuple[str, ...]:
    return of or (f"numpy.{name}",)


def _unread(signature: inspect.Signature, lines: Mapping[str, Line], ignores: str) -> dict[str, str]:
    """Each keyword that no line reads and whose value may matter, with the reason for refusing it: none is ignored."""
    read = {one for line in lines.values() for one in inspect.signature(line).parameters} | set(lines)
    known = read | HARMLESS | set(ignores.split())
    return {
        name: REFUSED.get(name, f"the derivative with `{name}=` is not known")
        for name, parameter in signature.parameters.items()
        if parameter.default is not parameter.empty and name not in known
    }


def _structure(signature: inspect.Signature, lines: Mapping[str, Line]) -> dict[str, str]:
    return {name: STRUCTURE[name] for name in signature.parameters if name in STRUCTURE and name not in lines}


def _add(dotted: tuple[str, ...], family: str, name: str, signature: str, pullbacks: Mapping[str, Line],
         tangents: Mapping[str, Line], ignores: str = "", unless: Mapping[str, str] | None = None,
         no_derivative: Mapping[str, str] | None = None, **notes) -> None:
    parsed = _signature(signature)
    row = Row(name, parsed, pullbacks, tangents, family,
              {**_unread(parsed, pullbacks, ignores), **(unless or {})},
              {**_structure(parsed, pullbacks), **(no_derivative or {})}, **notes)
    TABLE.add(row, dotted)


def elementwise(name: str, signature: str, *lines: Line | None, of: tuple[str, ...] = (), **notes) -> None:
    """An elementwise map: a line an argument, in order (None: no derivative); the engine undoes broadcasting.

    Each line is its own transpose: `d` is a tangent or a cotangent.
    """
    arguments = [one.strip().partition("=")[0] for one in signature.split(",")]
    partials = {argument: line for argument, line in zip(arguments, lines, strict=False) if line}
    tangents = {**partials, **notes.pop("forward", {})}
    for dotted in _names(name, of):
        keywords = f"{UFUNC}" if isinstance(resolve(dotted), numpy.ufunc) else ""
        _add((dotted,), "elementwise", name, signature + keywords, partials, tangents,
             ignores="order " + notes.get("ignores", ""), **{k: v for k, v in notes.items() if k != "ignores"})


def linear(name: str, signature: str, of: tuple[str, ...] = (), unless=None, no_derivative=None, ignores: str = "",
           accepts: Mapping[str, tuple] | None = None, **pullbacks: Line) -> None:
    """A map that is linear in the arguments named: only the pullbacks are written, the tangent is the map itself."""
    _add(_names(name, of), "linear", name, signature, pullbacks, {}, ignores, unless, no_derivative,
         accepts=accepts or {})


def rule(name: str, signature: str, of: tuple[str, ...] = (), forward: Mapping[str, Line] | None = None,
         unless=None, no_derivative=None, ignores: str = "", notes: Mapping[str, object] | None = None,
         **pullbacks: Line) -> None:
    """Any other map: a pullback line an argument; `notes` are further fields of the row."""
    _add(_names(name, of), "general", name, signature, pullbacks, forward or {}, ignores, unless, no_derivative,
         **(notes or {}))


def constant(*dotted: str) -> None:
    """Functions whose result has derivative zero or none: argmax, floor, shape, zeros ..."""
    for one in dotted:
        TABLE.add(Row(one, _signature("*args, **keywords"), {}, {}, "constant"), (one,))
