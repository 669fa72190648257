"""What exported derivatives run on: calls met at run time find the pullbacks that were exported with them."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from diffpy.errors import DifferentiationError
from diffpy.functions import ByCode
from diffpy.rules import TABLE
from diffpy.rules.table import evaluate
from diffpy.runtime import (
    by_rules,
    calling_items,
    carrying,
    iteration,
    pairing,
    pulling,
    taking_apart,
)
from diffpy.runtime.signatures import Unkeyed, spelled

_REGISTERED = (iteration, calling_items, taking_apart, pairing)  # importing them registers their rules


class Exported(NamedTuple):
    """A generated value and pullback of a function, for the parameters in `wrt`."""

    made: Callable[..., Any]
    wrt: tuple[str, ...]
    signature: tuple[str, ...]


_exported: ByCode[list[Exported]] = ByCode()


def export(
    function: types.FunctionType, made: Callable[..., Any], wrt: tuple[str, ...], *signature: str
) -> None:
    """Make the generated function known as the derivative of another one of the file."""
    _exported.setdefault(function.__code__, []).append(Exported(made, wrt, signature))


def _call(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> pulling.Pulled:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    wrt = tuple(
        names[k] for k in sorted(k for k in wanted if isinstance(k, int)) if carrying.carries(args[k])
    )
    given = _signature(args)
    for one in _exported.get(function.__code__, ()):
        if one.wrt == wrt and one.signature == given and not keywords:
            return _pulled(one, names, args)
    if not carrying.carries(function) and not any(map(carrying.carries, (*args, *keywords.values()))):
        return function(*args, **keywords), lambda y_bar: pulling.Parts(None, (None,) * len(args), {})
    _refuse(function)


def _pulled(one: Exported, names: tuple[str, ...], args: tuple) -> pulling.Pulled:
    value, pullback = one.made(*args)

    def full(y_bar: Any) -> pulling.Parts:
        found = pullback(y_bar)
        parts = dict(zip(one.wrt, (found,) if len(one.wrt) == 1 else found, strict=True))
        return pulling.Parts(None, tuple(parts.get(n) for n in names[: len(args)]), {})

    return value, full


def _signature(args: tuple) -> tuple[str, ...] | None:
    try:
        return tuple(map(spelled, args))
    except Unkeyed:
        return None


def _refuse(function: Any, *rest: Any) -> NoReturn:
    raise DifferentiationError(
        f"'{by_rules.name_of(function)}' has no exported derivative for this call",
        because="the call did not happen with the arguments that the file was exported with",
        fix="export the file with arguments that reach the call, or import diffpy",
    )


if not pulling.lent:
    deriver: dict[str, Any] = dict.fromkeys(pulling.Deriver._fields, _refuse)
    nothing: Any = lambda *call: None  # noqa: E731
    deriver.update(call=_call, row_of=TABLE.find, evaluate=evaluate)
    deriver.update(met=nothing, standing_for=nothing, note_row=nothing, runs=lambda function: function)
    pulling.install(pulling.Deriver(**deriver))
