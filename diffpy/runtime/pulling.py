"""What a call whose derivative is found when it runs gives, and what the deriving half lends for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Parts(NamedTuple):
    """Cotangents of the callee (a closure, a bound method's object), the positional and the keyword arguments."""

    callee: Any
    args: tuple[Any, ...]
    keywords: dict[str, Any]


Full = Callable[[Any], Parts]


Pulled = tuple[Any, Full]


class Order(NamedTuple):
    """How what a generated pullback gives becomes what a caller asks for, and what stands for nothing."""

    take: Callable[[Any], Any] | None  # None: as it is
    none: Any


class Deriver(NamedTuple):
    """What the deriving half lends to the running half at start-up."""

    # (function, args, keywords, wanted) -> value and pullback of a Python function
    call: Callable[..., Pulled]
    row_of: Callable[[object], Any]
    evaluate: Callable[..., Any]
    check_effect: Callable[..., None]
    generate: Callable[..., Any]  # the generated function behind `call`; None where nothing can flow
    calling: Callable[..., Any]  # a call as a function of its own
    row_pair: Callable[..., Any]  # a call of an operation of the table as a function of value and pullback
    met: Callable[..., Any]  # what `call` has generated for arguments like these; None where nothing is kept
    # the function with text in place of a class or an operation, if there is one
    standing_for: Callable[..., Any]
    changed_by: Callable[..., frozenset[str]]  # (function, args) -> the parameters whose objects it changes
    # a function that makes objects of an ordinary class; None where there is none
    factory_of: Callable[..., Any]
    first_of: Callable[..., Any]  # a generator function as a function of the first items
    note_row: Callable[..., None]  # a call of an operation of the table was looked at in full
    on_buffers: Callable[..., Any]  # `call` with the buffers of the caller
    runs: Callable[..., Any]  # a generated function as it runs here: on the device of its caller


lent: list[Deriver] = []


def install(deriver: Deriver) -> None:
    lent[:] = [deriver]


def deriver() -> Deriver:
    return lent[0]


# Objects that bring their own derivative along: operators, callable results of this library.
Differentiable = Callable[[tuple, dict, Any], Pulled]


CONTAINER_RULES: dict[object, Callable[..., Pulled]] = {}


ASKING: set[object] = set()  # functions whose rules ask what is wanted
