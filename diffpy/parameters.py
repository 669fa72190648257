"""A call of a function in; its parameters' kinds and values out."""

from __future__ import annotations

import inspect
import types
from typing import Any

from diffpy.analysis.closures import with_captured
from diffpy.analysis.kinds import UNKNOWN, Kind, TupleOf, kind_of, kind_of_default
from diffpy.functions import bound_signature


def argument_kinds(
    function: types.FunctionType, args: tuple, keywords: dict
) -> tuple[dict[str, Kind], dict[str, Any]]:
    """Kinds and values by parameter name, defaults included."""
    try:
        bound = bound_signature(function).bind(*args, **keywords)
    except TypeError:
        function(*args, **keywords)  # Python says in its own words what does not fit.
        raise
    given = set(bound.arguments)
    bound.apply_defaults()
    kinds = {n: (kind_of if n in given else kind_of_default)(v, n) for n, v in bound.arguments.items()}
    return with_captured(function, kinds, bound.arguments), bound.arguments


def met_kinds(
    function: types.FunctionType, args: tuple, keywords: dict
) -> tuple[dict[str, Kind], dict[str, Any]]:
    """The same of a call that is met while a program runs.

    A function that calls itself goes down a tree: of the tuples in a tuple nothing is known, for one text serves all.
    """
    kinds, values = argument_kinds(function, args, keywords)
    if function.__code__.co_name in {*function.__code__.co_names, *function.__code__.co_freevars}:
        kinds = {n: _without_branches(k) for n, k in kinds.items()}
    return kinds, values


def _without_branches(kind: Kind) -> Kind:
    if not isinstance(kind, TupleOf):
        return kind
    return kind.of(UNKNOWN if isinstance(one, TupleOf) else one for one in kind.items)


def argument_values(function: types.FunctionType, args: tuple, keywords: dict) -> dict[str, Any]:
    """The values alone."""
    return argument_kinds(function, args, keywords)[1]


def places_of(function: types.FunctionType, args: tuple, keywords: dict) -> dict[Any, Any]:
    """For each position and keyword of a call the parameter that takes it, with an index inside *args or **keywords."""
    code = function.__code__
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    star = rest[0] if code.co_flags & inspect.CO_VARARGS else None
    stars = rest[1 if star else 0] if code.co_flags & inspect.CO_VARKEYWORDS else None
    places: dict[Any, Any] = {k: code.co_varnames[k] for k in range(min(len(args), code.co_argcount))}
    places.update({k: (star, k - code.co_argcount) for k in range(code.co_argcount, len(args))})
    places.update({k: k if k in named else (stars, k) for k in keywords})
    return places
