"""Whether a call of a function may leave something in objects that were there before: a function in, yes or no out."""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.functions import instructions, named_by, names_looked_up
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.changing_methods import EVERY
from diffpy.runtime.zeros import is_still

_STORING = frozenset(
    "STORE_SUBSCR STORE_SLICE STORE_ATTR STORE_DEREF STORE_GLOBAL DELETE_SUBSCR DELETE_ATTR".split()
)
_CHANGING = EVERY | {"out", "copyto", "put", "place", "putmask", "fill_diagonal", "at", "setattr"}


def check_called(function: Any, args: tuple, keywords: dict, dots: tuple, named: dict) -> None:
    """Refuse an operation that calls a function of the user's which may change what it holds."""
    pairs = [*zip(args, dots, strict=False), *((x, named.get(k)) for k, x in keywords.items())]
    if any(not is_still(dot) and callable(x) and may_store(x) for x, dot in pairs):
        raise _changing(function)


def check_without_tangent(function: Any, keywords: dict, named: dict) -> None:
    """Refuse a call of a function that derivatives depend on and that may change objects without tangents."""
    if any(named.get(k, x) is None and callable(x) and may_store(x) for k, x in keywords.items()):
        raise _changing(function)


def _changing(function: Any) -> UnsupportedSyntaxError:
    name = getattr(function, "__name__", "this")
    return UnsupportedSyntaxError(
        f"'{name}' calls a function that may change what it captured",
        because="the derivative would have to follow the change into the call",
        fix="compute what the function gives in a loop of its own, and choose by that",
    )


def may_store(function: Any, seen: frozenset = frozenset()) -> bool:
    """Whether its code, or that of what it names, stores into an object; of what has no code nothing is known."""
    function = getattr(function, "func", getattr(function, "__func__", function))
    if isinstance(function, operator.itemgetter | operator.attrgetter):
        return False
    if not isinstance(function, types.FunctionType):
        return not isinstance(function, types.BuiltinFunctionType | type)
    if id(function.__code__) in seen or is_foreign(function):
        return False
    named = (one for one in named_by(function) if isinstance(one, types.FunctionType))
    return _stores(function.__code__) or any(may_store(one, seen | {id(function.__code__)}) for one in named)


def changes_objects(code: types.CodeType) -> bool:
    """Whether a function, or one inside it, stores into items, attributes or outer variables, or calls what does."""
    return bool(_CHANGING & names_looked_up(code)) or any(
        one.opname in _STORING for one in instructions(code)
    )


@functools.cache
def _stores(code: types.CodeType) -> bool:
    """With the functions inside."""
    return bool(_CHANGING & names_looked_up(code)) or any(
        one.opname in _STORING or (one.opname == "BINARY_OP" and one.argrepr.endswith("="))
        for one in instructions(code)
    )
