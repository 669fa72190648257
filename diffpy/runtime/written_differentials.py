"""Differentials of functions of which only pullbacks are known: a callee, its arguments and their tangents in."""

from __future__ import annotations

from typing import Any

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime.by_rules import name_of
from diffpy.runtime.carrying import is_free
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.leaves import is_array, is_scalar
from diffpy.runtime.struct_fields import is_struct
from diffpy.runtime.structures import structure_of
from diffpy.runtime.zeros import settled, zero_like


def by_pullbacks(
    function: Any, own: Any, args: tuple, dots: tuple, keywords: dict, asked: tuple
) -> tuple[Any, Any]:
    """The value of a call and its tangent, by the pullback of its pullback, which is the transpose of the transpose.

    `own` is the tangent of the callee, `dots` are those of the positions and keywords `asked`; None is zero. The
    pullback is linear in its cotangent: where it is taken does not count (Townsend, 2017: forward mode by reverse).
    """
    value, back = with_pullback(function, asked, True)(*args, **keywords)
    _, again = with_pullback(back)(zero_of_numbers(value, function))
    return value, in_form(again((own, *dots)), value)


def in_form(dot: Any, value: Any) -> Any:
    """A tangent in the form of its value, whatever that is."""
    return settled(dot, value)


def zero_of_numbers(value: Any, function: Any) -> Any:
    """The zero cotangent of a value that numbers and arrays make up; what else it holds would have no place in it."""
    if not _is_numeric(value):
        raise UnknownDerivativeError(
            f"the differential of '{name_of(function)}' has no derivative of its own here",
            because="what is called is known only when the call runs, and its tangent is found then",
            fix="differentiate the gradient or the pullback instead",
        )
    return zero_like(value)


def _is_numeric(x: Any) -> bool:
    if is_array(x) or is_scalar(x) or is_free(x):
        return True
    structure = structure_of(x)
    is_function = callable(x) and not is_struct(type(x))
    return structure is not None and not is_function and all(map(_is_numeric, structure.values(x)))
