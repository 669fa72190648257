"""What a call of a Python function does: the kind of its result, the objects of its caller that it changes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import gast

from diffpy.analysis.kinds import UNKNOWN, DictOf, Iterator, Kind, ListOf, Local, TupleOf


@dataclass(frozen=True)
class Summary:
    """Facts about a function for the kinds of its arguments; names are its parameters or free names."""

    kind: Kind
    tree: gast.FunctionDef
    changed: frozenset[str] = frozenset()  # whose objects it changes
    # which it changes too, though derivatives have nothing to do with them
    touched: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()  # which get to calls of which nothing is known
    exposed: frozenset[str] = frozenset()  # of these: which such a call may change
    changed_inside: frozenset[str] = frozenset()  # of these: where it changes what the object holds
    # of these: the containers and structs, and their kinds afterwards
    grown: tuple[tuple[str, Kind], ...] = ()
    joined: frozenset[tuple[str, str]] = frozenset()  # the first of which may hold the second afterwards
    returned: frozenset[str] = frozenset()  # whose objects its result may be, hold or share memory with
    together: frozenset[tuple[int, int]] = frozenset()  # items of the tuple it returns that may share memory
    # of those that it changes and was not given: which take arguments in
    filled: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()  # global variables in which it may leave its arguments
    globals: Mapping[str, object] | None = field(default=None, compare=False)  # None: it captured variables
    gives_changing: bool = (
        False  # whether its result is, or holds, a function that changes what it captured here
    )
    is_local: bool = False  # a nested function of the caller, or itself: its free names are the caller's
    inert: bool = False  # whether none of its changes has to do with derivatives
    recursive: bool = False  # whether it calls itself, perhaps by way of others
    leaves: bool = False  # whether it stores what it is given in attributes of functions or classes
    # what names that its tree was given stand for
    objects: Mapping[str, object] = field(default_factory=dict, compare=False)


def portable(kind: Kind) -> Kind:
    """A kind that means something outside the function it was found in."""
    match kind:
        case Local():
            return UNKNOWN
        case TupleOf():
            return kind.of(map(portable, kind.items))
        case DictOf(fields=tuple() as fields):
            return DictOf(portable(kind.item), tuple((name, portable(one)) for name, one in fields))
        case ListOf() | DictOf() | Iterator():
            return type(kind)(portable(kind.item))
        case _:
            return kind


Bound = dict[str, list[gast.expr]]


def bind(
    parameters: gast.arguments, args: Sequence[gast.expr], keywords: Sequence[gast.keyword]
) -> Bound | None:
    """The expressions that each parameter takes; None where * or ** hide them or they do not fit."""
    if any(isinstance(a, gast.Starred) for a in args) or any(k.arg is None for k in keywords):
        return None
    positional = [*parameters.posonlyargs, *parameters.args]
    found: Bound = {p.id: [a] for p, a in zip(positional, args, strict=False)}
    rest = list(args[len(positional) :])
    if parameters.vararg is not None:
        found[parameters.vararg.id] = rest
    elif rest:
        return None
    named = {p.id for p in (*parameters.args, *parameters.kwonlyargs)}
    for k in keywords:
        if k.arg in named and k.arg not in found:
            found[k.arg] = [k.value]
        elif parameters.kwarg is not None and k.arg not in named:
            found.setdefault(parameters.kwarg.id, []).append(k.value)
        else:
            return None
    return found


def may_take(
    name: str, parameters: gast.arguments, args: Sequence[gast.expr], keywords: Sequence[gast.keyword]
) -> list[gast.expr]:
    """What a parameter may take where * or ** hide it; these stand for their items, as in the call."""
    positional = [p.id for p in (*parameters.posonlyargs, *parameters.args)]
    ahead = [*takewhile(lambda a: not isinstance(a, gast.Starred), args)]
    named = {k.arg: k.value for k in keywords if k.arg is not None}
    sure = {**dict(zip(positional, ahead, strict=False)), **named}
    if name in sure:
        return [sure[name]]
    more = named.values() if parameters.kwarg is not None and name == parameters.kwarg.id else ()
    spread = [gast.Starred(k.value, gast.Load()) for k in keywords if k.arg is None]
    return [*args[min(len(ahead), len(positional)) :], *more, *spread]


def parameter_names(function: object) -> list[str]:
    """The parameters that take positional arguments."""
    if isinstance(function, gast.FunctionDef):
        return [p.id for p in (*function.args.posonlyargs, *function.args.args)]
    code = getattr(function, "__code__", None)
    return list(code.co_varnames[: code.co_argcount]) if code is not None else []


def takes_rest(function: object) -> bool | None:
    """Whether a parameter with a star takes the other positional arguments; None where that is not known."""
    if isinstance(function, gast.FunctionDef):
        return function.args.vararg is not None
    code = getattr(function, "__code__", None)
    return None if code is None else bool(code.co_flags & inspect.CO_VARARGS)
