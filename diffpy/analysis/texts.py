"""Numbers that are written as text, or as bytes, and read again: no derivative goes through a text."""

from __future__ import annotations

import builtins
import contextlib
import json
import marshal
import pickle
import struct
import tempfile
import types
from collections.abc import Iterable, Iterator, Set

import gast
import numpy as np

from diffpy.analysis import calls, flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Known, is_string

_WRITING = (
    str,
    builtins.repr,
    builtins.format,
    builtins.ascii,
    json.dumps,
    np.array2string,
    np.array_str,
    np.array_repr,
    float.hex,
    pickle.dumps,
    marshal.dumps,
    struct.pack,
)
_WRITING_METHODS = {
    "hex",
    "tobytes",
    "dumps",
    "format",
    "as_integer_ratio",
    "__str__",
    "__repr__",
    "__format__",
}
# What is read from one file may be what was written to another: both may have the same name.
_OPENING = (open, tempfile.TemporaryFile, tempfile.NamedTemporaryFile)
_ROWS = {"writerow", "writerows"}
_COUNTING = (len, hash, print)
# Functions that write to a file, which stands at this place or under this name.
_FILLING = {
    **dict.fromkeys((np.save, np.savez, np.savez_compressed, np.savetxt), 0),
    **dict.fromkeys((pickle.dump, marshal.dump, json.dump), 1),
    print: "file",
}
# Of what types arrays are no longer numbers; for a view, which shows the same memory, whole numbers too.
_NO_NUMBERS = {"astype": "SU", "array": "SU", "asarray": "SU", "view": "SUViub"}


def lost_through_texts(
    tree: gast.FunctionDef, wrt: Iterable[str], results: Iterable[str], facts: Facts, aliases: Aliases
) -> gast.stmt | None:
    """The first statement that reads a number of interest from a text that depends on the arguments of interest."""
    statements = list(flow.statements(tree.body))
    if not any(_may_write(s, facts) for s in statements):
        return None
    varied = active(tree, wrt, facts.kinds.keys(), facts, aliases)
    for name, s in _read_again(statements, facts, varied):
        if name in active(tree, [name], results, facts, aliases):
            return s
    return None


def _read_again(
    statements: list[gast.stmt], facts: Facts, varied: Set[str]
) -> Iterator[tuple[str, gast.stmt]]:
    """What calls of known functions make out of the texts."""
    texts = _texts(statements, facts, varied)
    for s in statements:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called):
                known = _known(called.func, facts)
                is_reading = known is not None and not _is_one_of(known, (*_WRITING, *_COUNTING))
                if (is_reading and texts & _given(called)) or _converted(called) & texts:
                    yield name, s
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.BinOp(op=gast.Div()) as value):
                if texts & flow.names_read(value):  # x.as_integer_ratio()
                    yield name, s


def _converted(called: gast.Call) -> frozenset[str]:
    """The array whose texts, or whose bits, are read as numbers: a of a.astype(float)."""
    match called.func:
        case gast.Attribute(value=gast.Name(id=name), attr="astype" | "view"):
            return frozenset((name,))
    return frozenset()


def _texts(statements: list[gast.stmt], facts: Facts, varied: Set[str]) -> Set[str]:
    """Names of texts of interest, and of what holds them."""
    found: set[str] = set()
    opened = _opened(statements, facts)
    count = -1
    while count != len(found):
        count = len(found)
        found |= opened if found & opened else set()
        for s in statements:
            match s:
                case gast.Assign(targets=[gast.Name() | gast.Tuple() as target], value=value):
                    written = flow.names_written(target)
                    if _writes(value, written, facts) and flow.names_read(value) & (varied | found):
                        found |= written
                    elif _passed_on(value) & found:
                        found |= written
                case gast.Expr(value=gast.Call() as called) if file := _file(called, facts):
                    found |= file if _given(called) & (varied | found) else set()
                case gast.Expr(
                    value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method)) as called
                ):
                    texts = found | varied if method in _ROWS else found
                    found |= {name} if _given(called) & texts else set()
                case gast.For(target=gast.Name(id=name), iter=gast.Name(id=through)):
                    found |= {name} if through in found else set()
    return found


def _opened(statements: list[gast.stmt], facts: Facts) -> Set[str]:
    """Names of open files, and of what was made of them: csv.reader(file)."""
    found: set[str] = set()
    count = -1
    while count != len(found):
        count = len(found)
        for s in statements:
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call(func=func) as called):
                    is_opening = isinstance(func, gast.Attribute) and func.attr == "open"
                    is_opening = is_opening or _is_one_of(_known(func, facts), _OPENING)
                    is_made = isinstance(_known(func, facts), type | types.BuiltinFunctionType)
                    found |= {name} if is_opening or (is_made and _given(called) & found) else set()
                case gast.With(
                    items=[gast.withitem(context_expr=gast.Name(id=made), optional_vars=gast.Name(id=name))]
                ):
                    found |= {name} if made in found else set()
    return found


def _may_write(s: gast.stmt, facts: Facts) -> bool:
    match s:
        case gast.Assign(value=value):
            return _writes(value, flow.names_written(s), facts)
        case gast.Expr(value=gast.Call(func=gast.Attribute(attr=method))) if method in _ROWS:
            return True
        case gast.Expr(value=gast.Call() as called):
            return bool(_file(called, facts))
    return False


def _file(called: gast.Call, facts: Facts) -> frozenset[str]:
    """The name of the file that a call writes to."""
    known = _known(called.func, facts)
    place = next((place for one, place in _FILLING.items() if one is known), None)
    named = [k.value for k in called.keywords if k.arg == place]
    file = named or (called.args[place : place + 1] if isinstance(place, int) else [])
    return frozenset().union(*map(flow.names_read, file))


def _writes(value: gast.expr, written: Set[str], facts: Facts) -> bool:
    """Whether an expression gives a text of what it reads."""
    match value:
        case gast.JoinedStr():
            return True
        case gast.BinOp(op=gast.Mod(), left=left):
            return is_string(facts.kind(left))
        case gast.Call(func=gast.Attribute(attr=method)) if method in _WRITING_METHODS:
            return True
        case gast.Call(func=gast.Attribute(attr=method)) if method in _NO_NUMBERS and (
            _asked_kinds(value, facts) & set(_NO_NUMBERS[method])
        ):
            return True
        case gast.Call():
            told = any(is_string(facts.kind(name)) for name in written)
            return told or any(_is_one_of(_known(one, facts), _WRITING) for one in (value.func, *value.args))
    return False


def _asked_kinds(called: gast.Call, facts: Facts) -> set[str]:
    """The kinds ("f", "U") of the types that a call names."""
    found: set[str] = set()
    for one in (*called.args, *(k.value for k in called.keywords)):
        named = one.value if isinstance(one, gast.Constant) else _known(one, facts)
        if isinstance(named, str | type | np.dtype):
            with contextlib.suppress(TypeError):
                found.add(np.dtype(named).kind)
    return found


def _passed_on(value: gast.expr) -> frozenset[str]:
    """Names whose texts an expression may hand on: text.split(",") does, a call of a function is looked at elsewhere."""
    match value:
        case gast.Subscript():
            return flow.names_read(value.value)
        case gast.Call(func=gast.Name()):
            return frozenset()
    return flow.names_read(value)


def _known(func: gast.expr, facts: Facts) -> object:
    """The object that a name, or a name in a module, is known to stand for."""
    parts = calls.dotted(func) or [""]
    kind = facts.kind(parts[0])
    found = kind.value if isinstance(kind, Known) else None
    for part in parts[1:]:
        found = getattr(found, part, None) if isinstance(found, types.ModuleType | type) else None
    return found


def _is_one_of(found: object, some: Iterable[object]) -> bool:
    return any(found is one for one in some)  # which may have no hash


def _given(called: gast.Call) -> frozenset[str]:
    return frozenset().union(*map(flow.names_read, [*called.args, *(k.value for k in called.keywords)]))
