"""Functions that are tried: a function and the exceptions to catch in, what became of it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from diffpy.errors import DifferentiationError, UnsupportedSyntaxError
from diffpy.runtime.carrying import carries
from diffpy.runtime.dispatch import effect, pulled
from diffpy.runtime.pulling import ASKING, CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.structures import holds_reals
from diffpy.runtime.tangents import item_of

Outcome = tuple[int, BaseException | None, Any]


def attempted(function: Callable[..., Any], caught: tuple, *args: Any) -> Outcome:
    """(-1, None, f(*args)), or (k, exception, None) where the exception is one of the k-th in `caught`."""
    try:
        return -1, None, function(*args)
    except BaseException as error:
        return handled(error, caught), error, None


def handled(error: BaseException, caught: tuple) -> int:
    if isinstance(error, DifferentiationError):  # no handler of the user's is meant for it
        raise error
    for k, kinds in enumerate(caught):
        if isinstance(error, kinds):
            return k
    raise error


class Raised:
    """The tangent of an exception: what it holds may depend on anything."""


def check_held(error: BaseException, name: str, value: Any) -> None:
    """Refuse to read a value with a derivative out of an exception; see note_numbers for whole numbers."""
    whole = isinstance(value, int | tuple) and not holds_reals(value) and _NUMBERS not in vars(error)
    if carries(value) and not whole:
        raise UnsupportedSyntaxError(
            f"the derivative depends on '{name}' of an exception that was caught",
            because="what an exception holds when it is raised is not followed to where it is caught",
            fix="assign the value to a variable before the exception is raised, and read that; or return it",
        )


class uncaught:
    """A context for statements whose exceptions no handler may catch: what they changed cannot be told from outside."""

    __diffpy_lets_through__ = True
    __diffpy_changes_nothing__ = True

    def __init__(self, caught: tuple) -> None:
        self.caught = caught

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, self.caught) and not isinstance(error, DifferentiationError):
            raise UnsupportedSyntaxError(
                f"a change in the body of 'try' raised {type(error).__name__}, which a handler catches",
                because="the derivative cannot follow a change that came half-way",
                fix="test the condition with 'if' before the change",
            ) from error


def _tried_for_effect(function: Callable[..., Any], caught: tuple, *args: Any) -> Outcome:
    return attempted(effect(function), caught, *args)


attempted.__diffpy_effect__ = _tried_for_effect  # type: ignore[attr-defined]


def note_numbers(error: BaseException, given: Iterable[Any]) -> None:
    """Whole numbers in an exception are places and codes, unless some that derivatives go to were given."""
    if any(_holds_whole_numbers(x) for x in given):
        vars(error)[_NUMBERS] = True


_NUMBERS = "__diffpy_holds_numbers__"


def _holds_whole_numbers(x: Any) -> bool:
    if isinstance(x, list | tuple):
        return any(map(_holds_whole_numbers, x))
    if isinstance(x, dict):
        return any(map(_holds_whole_numbers, x.values()))
    return isinstance(x, int) and not isinstance(x, bool)


def _attempted(
    function: Callable[..., Any], caught: tuple, *args: Any, wanted: tuple | None = None
) -> Pulled:
    try:
        value, full = pulled(function, args, {}, tuple(range(len(args))))
    except BaseException as error:
        number = handled(error, caught)
        note_numbers(error, args if wanted is None else [args[k - 2] for k in wanted if k >= 2])
        return (number, error, None), lambda y_bar: Parts(None, (None,) * (2 + len(args)), {})

    def back(y_bar: Any) -> Parts:
        value_bar = item_of(y_bar, 2)
        if value_bar is None:
            return Parts(None, (None,) * (2 + len(args)), {})
        parts = full(value_bar)
        return Parts(None, (parts.callee, None, *parts.args), {})

    return (-1, None, value), back


CONTAINER_RULES[attempted] = _attempted
ASKING.add(attempted)
