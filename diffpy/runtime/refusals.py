"""What functions that are written out do not follow: an argument in, a refusal that names it out."""

from __future__ import annotations

from typing import Any

from diffpy.errors import UnknownDerivativeError, UnsupportedSyntaxError
from diffpy.runtime.carrying import carries, is_foreign


def refuse_out(name: str, out: Any) -> None:
    """Refuse a call that fills an array given for `out`."""
    if out is not None:
        refuse(name, "out", "the call fills the array, and the derivative of that is not known here")


def refuse_sentinel(given: tuple) -> None:
    """Refuse iter(function, sentinel)."""
    if given:
        refuse("iter", "sentinel", "what the function gives, call by call, is not followed")


def refuse_own_steps(x: Any) -> None:
    """Refuse an object that is its own iterator: it changes with each item."""
    if hasattr(getattr(type(x), "__next__", None), "__code__") and not is_foreign(type(x)):
        raise UnsupportedSyntaxError(
            f"a loop runs over an object of class '{type(x).__name__}', which is its own iterator",
            because="each item changes the object, and a pullback cannot follow the change",
            fix="let '__iter__' be a generator function, or return iter(...) of a list",
        )


def refuse_attributes(x: Any, name: str) -> None:
    """Refuse the dict of an object's attributes: what is stored in the one is stored in the other."""
    if name == "__dict__" and carries(x):
        raise UnsupportedSyntaxError(
            f"the attributes of an object of class '{type(x).__name__}' are read as a dict",
            because="the object changes as the dict does, and a pullback cannot follow the change",
            fix="name the attribute, or use getattr(object, name) and setattr(object, name, value)",
        )


def refuse(name: str, keyword: str, reason: str) -> None:
    raise UnknownDerivativeError(
        f"'{name}' has no derivative with '{keyword}=' given",
        because=reason,
        fix=f"leave '{keyword}' out, or register a rule with @derivative(of=...)",
    )
