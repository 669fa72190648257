"""The operators of forward mode: differential and value_with_differential, as functions of a function or at a point."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diffpy import derive, pushing, traces
from diffpy.analysis.kinds import as_real
from diffpy.arguments import getter, layout, wanted, with_derivatives
from diffpy.errors import DifferentiationError, DifferentiationTypeError
from diffpy.operators import _MISSING, Asked, Finish, Operator, _operator
from diffpy.runtime import dispatch
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.boundary import Wording, conform, own
from diffpy.runtime.buffers import _objects
from diffpy.runtime.dispatch import Parts
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.transposed import transposed
from diffpy.runtime.zeros import full_tangent
from diffpy.targets import Target

TANGENT = Wording("the tangent", "the argument", "a differential takes a value shaped like each argument")


def differential(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None) -> Any:
    """The differential of a function: a linear map from the arguments' tangents to the result's.

    It takes a tangent for each argument in `wrt` (None for zero). The function runs when the differential is applied,
    once each time, with a tangent beside each value; `value_with_differential` runs it once and for all.

    >>> differential(at=3.0, of=lambda x: x * x)(10.0)
    60.0
    """
    return _operator(Differential, of, at, wrt, False, result)


def value_with_differential(
    *, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None
) -> Any:
    """The value of a function and its differential, from one run of the function.

    The differential applies the transpose of the pullback that this run left, so it runs nothing of the function again.

    >>> value, along = value_with_differential(at=3.0, of=lambda x: x * x)
    >>> value, along(1.0)
    (9.0, 6.0)
    """
    return _operator(ValueWithDifferential, of, at, wrt, False, result)


class Differential(Operator):
    """differential(of=f)."""

    form, title = "differential", "differential"

    def _answer(self, args: tuple, keywords: dict[str, Any]) -> Any:
        target = self._target(args, keywords)
        args, keywords = target.whole(args, keywords)
        asked = self._asked(target, args, keywords)
        return partial(_located, self._applied, target.function, asked, args, keywords)

    def _asked(self, target: Target, args: tuple, keywords: dict[str, Any]) -> Asked:
        function = target.function
        kinds, values = derive.argument_kinds(function, args, keywords)
        names = wanted(self.wrt, target, len(args))
        lively = with_derivatives(names, values, function, self.wrt is not None)
        counted = {n: as_real(k) if n in lively else k for n, k in kinds.items()}
        found, made = derive.lookup(function, self._request(lively), counted)
        getters = tuple(getter(n, function, len(args), values[n]) for n in lively)
        return Asked(found, made, layout(names, lively, self.wrt, target), getters)

    def _applied(
        self, function: types.FunctionType, asked: Asked, args: tuple, keywords: dict[str, Any], *dots: Any
    ) -> Any:
        given = tangents(asked, args, keywords, dots)
        pushing.check_defaults(function, asked.made, {*derive._places(function, args, keywords).values()})
        every: tuple = (*args, *keywords.values(), *given)
        if asked.found.changed or self.result:
            check_apart((*args, *keywords.values()))
            every = copy_arguments(every)
        args, rest = every[: len(args)], every[len(args) :]
        named = dict(zip(keywords, rest, strict=False))
        names = vars(asked.made)["__diffpy_dots__"]
        moving = zip(asked.layout.lively, rest[len(keywords) :], strict=True)
        value, moved = asked.made(*args, **named, **{names[n]: dot for n, dot in moving})
        return own(moved, value)


def _located(function: Callable[..., Any], *args: Any) -> Any:
    """A call whose errors point at the user's text."""
    try:
        return function(*args)
    except DifferentiationError as error:
        traces.locate(error)
        raise
    except BaseException as error:
        traces.explain(error)
        raise


def tangents(asked: Asked, args: tuple, keywords: dict[str, Any], dots: tuple) -> tuple:
    """What the user gave, checked and with zeros filled in, a tangent for each argument that has one."""
    laid = asked.layout
    count = len(laid.names)
    if laid.star is not None:
        count = len(laid.shaped(tuple(get(args, keywords) for get in asked.getters) or None))
    if len(dots) != count:
        raise DifferentiationTypeError(
            f"the differential takes {count} tangent{'s' * (count != 1)}; {len(dots)} were given",
            because=f"it is the differential with respect to {', '.join(laid.names)}",
            fix="pass one tangent for each of these arguments, None where it is zero",
        )
    taken = laid.taken(dots if count != 1 or laid.is_tuple else dots[0], count)
    every = (taken,) if len(laid.lively) == 1 else taken
    found = []
    for dot, get in zip(every, asked.getters, strict=True):
        x = get(args, keywords)
        if laid.star is not None and isinstance(dot, tuple):
            dot = tuple(dot)
        found.append(full_tangent(conform(dot, x, TANGENT), x))
    return tuple(found)


def check_apart(args: tuple) -> None:
    """Two arguments that are one object, or overlap, and change: their tangents cannot both be what was given."""
    objects = [one for x in args for one in _objects(x)]
    for k, one in enumerate(objects):
        for other in objects[:k]:
            both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
            if one is other or (both and np.may_share_memory(one, other)):
                raise DifferentiationTypeError(
                    "arguments that share memory are changed by the function",
                    because="one object has one tangent, and a tangent was given for each argument",
                    fix="pass objects that do not share memory, or take the pullback",
                )


class ValueWithDifferential(Operator):
    """value_with_differential(of=f)."""

    form, title = "pullback", "value_with_differential"

    def _finish(self, asked: Asked) -> Finish:
        def finish(found: Any, args: tuple, keywords: dict[str, Any]) -> Any:
            value, back = found
            return value, partial(_located, _transposed, value, back, asked, args, keywords)

        return finish


def _transposed(
    value: Any, back: Any, asked: Asked, args: tuple, keywords: dict[str, Any], *dots: Any
) -> Any:
    return own(along(value, back, tangents(asked, args, keywords, dots)), value)


FEW = 4


def along(value: Any, back: Callable[[Any], Any], dots: tuple) -> Any:
    """The tangent of a value, from the pullback of its run: the pullback is linear, and is differentiated itself."""
    zero = zero_tangent(value)
    if zero is None:
        return None
    _, full = dispatch.pulled(back, (zero,), {}, (0,))
    return full(dots[0] if len(dots) == 1 else dots).args[0]


def from_seeds(value: Any, back: Callable[[Any], Any], dots: tuple, name: str) -> Any:
    """The same by unit seeds, for few results."""

    def full(seed: Any) -> Parts:
        found = back(seed)
        return Parts(None, (found,) if len(dots) == 1 else found, {})

    return transposed(value, full, Parts(None, dots, {}), name)
