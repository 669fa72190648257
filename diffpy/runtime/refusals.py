"""What functions that are written out do not follow: an argument in, a refusal that names it out."""

from __future__ import annotations

from typing import Any

from diffpy.errors import UnknownDerivativeError


def refuse_out(name: str, out: Any) -> None:
    """Refuse a call that fills an array given for `out`."""
    if out is not None:
        refuse(name, "out", "the call fills the array, and the derivative of that is not known here")


def refuse_sentinel(given: tuple) -> None:
    """Refuse iter(function, sentinel)."""
    if given:
        refuse("iter", "sentinel", "what the function gives, call by call, is not followed")


def refuse(name: str, keyword: str, reason: str) -> None:
    raise UnknownDerivativeError(
        f"'{name}' has no derivative with '{keyword}=' given",
        because=reason,
        fix=f"leave '{keyword}' out, or register a rule with @derivative(of=...)",
    )
