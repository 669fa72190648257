"""The operators of forward mode: differential and value_with_differential, as functions of a function or at a point."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from diffpy import answering, derive, traces
from diffpy.analysis.kinds import as_real
from diffpy.arguments import getter, layout, wanted, with_derivatives
from diffpy.backends import devices
from diffpy.backends.devices import Device
from diffpy.errors import DifferentiationError, DifferentiationTypeError, UnknownDerivativeError
from diffpy.operators import (
    _MISSING,
    Asked,
    Finish,
    Gradient,
    Operator,
    Pullback,
    ValueWithGradient,
    ValueWithPullback,
    _operator,
    called,
    gradient,
    held_by,
    pullback,
    value_with_gradient,
    value_with_pullback,
)
from diffpy.parameters import argument_kinds, places_of
from diffpy.placing import Outermost, runs
from diffpy.runtime import by_rules, dispatch
from diffpy.runtime.argument_copies import copy_arguments, copy_point
from diffpy.runtime.boundary import Wording, conform, own
from diffpy.runtime.differentials import MOVING, Moved, pushed
from diffpy.runtime.leaves import is_array, is_scalar
from diffpy.runtime.pairing import stands_for
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.recorded import unrecorded
from diffpy.runtime.sharing import objects_in
from diffpy.runtime.standing import Standing, fixed
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangents import item_of
from diffpy.runtime.transposed import transposed
from diffpy.runtime.written_jacobians import with_rates
from diffpy.runtime.zeros import own_tangent
from diffpy.targets import Target
from diffpy.transforms.another import for_another, is_for_another
from diffpy.unseen import Attempt, watched

TANGENT = Wording("the tangent", "the argument", "a differential takes a value shaped like each argument")


def differential(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None) -> Any:
    """The differential of a function: a linear map from the arguments' tangents to the result's.

    It takes a tangent for each argument in `wrt` (None for zero). The function runs when the differential is applied,
    once each time, with a tangent beside each value, or by its pullback where no tangent can follow;
    `value_with_differential` runs it once and for all.

    >>> differential(at=3.0, of=lambda x: x * x)(10.0)
    60.0
    """
    return _operator(Differential, of, at, wrt, False, result)


def value_with_differential(
    *, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None
) -> Any:
    """The value of a function and its differential, from one run of the function.

    The differential applies the transpose of the pullback that this run left, so it runs nothing of the function again.
    Where the pullback cannot be transposed as a whole, it is called once for each number of the value.

    >>> value, along = value_with_differential(at=3.0, of=lambda x: x * x)
    >>> value, along(1.0)
    (9.0, 6.0)
    """
    return _operator(ValueWithDifferential, of, at, wrt, False, result)


class Differential(Operator):
    """differential(of=f)."""

    __diffpy_linear__ = True  # it puts its arguments into a map
    form, title = "differential", "differential"

    def _answer(self, args: tuple, keywords: dict[str, Any]) -> Any:
        target = self._target(args, keywords)
        args, keywords = target.whole(args, keywords)
        device = self._device(target.function, args, keywords)
        with devices.running_on(device):
            try:
                asked = self._asked(target, args, keywords)
            except derive.REFUSALS:
                found = self._instead(target, args, keywords, device)
                if found is None:
                    raise
                return found
        instead = partial(self._instead, target, args, keywords, device)
        return LinearMap(target, asked, args, keywords, bool(self.result), device, instead)

    def _instead(
        self, target: Target, args: tuple, keywords: dict[str, Any], device: Device | None
    ) -> ByPullback | None:
        """The same by pullbacks, where tangents are refused and pullbacks are not."""
        if device is not None or is_for_another():
            return None
        operator = ValueWithDifferential(self.of, self.wrt, False, self.result)
        try:
            operator._asked(target, args, keywords)
        except DifferentiationError:
            return None
        return ByPullback(operator, *target.asked_with(args, keywords))

    def _asked(self, target: Target, args: tuple, keywords: dict[str, Any]) -> Asked:
        function = target.function
        kinds, values = argument_kinds(function, args, keywords)
        names = wanted(self.wrt, target, len(args))
        lively = with_derivatives(names, values, function, self.wrt is not None)
        counted = {n: as_real(k) if n in lively else k for n, k in kinds.items()}
        found, made = derive.lookup(function, self._request(lively), counted)
        getters = tuple(getter(n, function, len(args), values[n]) for n in lively)
        return Asked(found, made, layout(names, lively, self.wrt, target), getters)

    def export(self, path: Any, *args: Any, overwrite: bool = False, **keywords: Any) -> None:
        raise DifferentiationError(
            "a differential cannot be exported",
            because="an exported file holds a gradient or a pullback",
            fix="export the gradient, or save the text: differential(of=f).source_for(...)",
        )

    def __diffpy_pulled__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Pulled:
        """What flows back to the linear map flows on to the point that it was taken at."""
        with for_another():
            made = self(*args, **keywords)
        first, held = len(made.args) - len(args), held_by(made.target.function, self.of)

        def full(map_bar: Any) -> Parts:
            parts = item_of(map_bar, "args") or (None,) * len(made.args)
            named = item_of(map_bar, "keywords") or {}
            callee = item_of(map_bar, "function")
            callee = callee if held is None else item_of(callee, held)
            if first:
                callee = (
                    parts[0] if self.is_owned else {"function": callee, "args": parts[:first], "keywords": {}}
                )
            return Parts(callee, tuple(parts[first:]), {k: named.get(k) for k in keywords})

        return made, full

    @property
    def is_owned(self) -> bool:
        """Whether what is differentiated is a method, or an object that is called, which comes first."""
        return not isinstance(self.of, types.FunctionType | partial)

    def __diffpy_moved__(self, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
        with for_another():
            made = self(*args, **keywords)
        callee, before = moves.callee, (None,) * (len(made.args) - len(args))
        held = held_by(made.target.function, self.of)
        callee = callee if held is None or callee is None else {held: callee}
        if before and self.is_owned:
            callee, before = None, (callee,)
        elif before:
            callee, before = item_of(callee, "function"), item_of(callee, "args") or before
        return made, {"function": callee, "args": (*before, *moves.args), "keywords": dict(moves.keywords)}

    def __diffpy_paired__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        made, full = self.__diffpy_pulled__(args, keywords, wanted)
        turned = lambda bar: self.__diffpy_moved__(args, keywords, bar)[1]  # noqa: E731
        return fixed(made, full, turned, args, keywords, wanted)


class LinearMap:
    """The differential of a function at a point: tangents of the arguments in, the tangent of the result out."""

    def __init__(
        self,
        target: Target,
        asked: Asked,
        args: tuple,
        keywords: dict[str, Any],
        on_copies: bool,
        device: Device | None = None,
        instead: Callable[[], ByPullback | None] = lambda: None,
    ) -> None:
        self.device, self.instead = device, instead
        self.target, self.asked, self.args, self.keywords = target, asked, args, keywords
        self.on_copies = on_copies or bool(asked.found.changed)
        self.dots: dict[str, str] = vars(asked.made)["__diffpy_dots__"]

    def __repr__(self) -> str:
        return f"<differential of {by_rules.name_of(self.target.function)} at a point>"

    def __call__(self, *dots: Any) -> Any:
        return _located(self._applied, *dots)

    def _applied(self, *dots: Any) -> Any:
        given, made = tangents(self.asked, self.args, self.keywords, dots), self.asked.made
        watch = None if "__diffpy_ended__" in vars(made) else watched(self.target.function)
        found = self.along(given) if watch is None else self._first(watch, given, dots)
        vars(made)["__diffpy_ended__"] = True
        return found

    def _first(self, watch: Callable[[tuple], Attempt], given: tuple, dots: tuple) -> Any:
        """The first run; one that is refused is taken back where nobody has seen it, and pullbacks answer."""
        run = watch((*self.args, *self.keywords.values()))
        try:
            with run:
                return self.along(given)
        except DifferentiationError as error:
            may_turn = type(error) in derive.REFUSALS and run.is_taken_back()
            instead = self.instead() if may_turn else None
            if instead is None:
                raise
            run.printed = None  # it prints again
            try:
                return instead(*dots)
            except DifferentiationError:
                raise error from None
        finally:
            run.show()

    def along(self, given: tuple) -> Any:
        """The tangent of the result, from one of each argument that has a derivative."""
        function, made = self.target.function, self.asked.made
        check_defaults(function, made, self.args, self.keywords)
        point: tuple = (*self.args, *self.keywords.values())
        if self.on_copies:
            check_apart(point)
            point, given = copy_point(point), apart(given)
        args, rest = point[: len(self.args)], (*point[len(self.args) :], *given)
        names = (*self.keywords, *(self.dots[n] for n in self.asked.layout.lively))
        named = dict(zip(names, rest, strict=True))
        with devices.running_on(self.device), unrecorded():
            value, moved = runs(made)(*args, **named)
        return own(moved, value)

    @property
    def __diffpy_carries__(self) -> Any:
        """Where derivatives may flow on to: the point."""
        return [self.target.function, *self.args, *self.keywords.values()]

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a differential: the generated function is differentiated again."""
        laid = self.asked.layout
        names = [self.dots[n] for n in laid.lively]
        dots = tangents(self.asked, self.args, self.keywords, args)
        given = dict(zip(names, apart(dots) if self.on_copies else dots, strict=True))

        def outward(parts: Parts) -> Parts:
            found = tuple(parts.keywords.get(n) for n in names)
            shaped = laid.shaped(found[0] if len(found) == 1 else found)
            named = {k: parts.keywords.get(k) for k in self.keywords}
            point = {"function": parts.callee, "args": parts.args, "keywords": named}
            return Parts(point, (shaped,) if len(args) == 1 and not laid.is_tuple else tuple(shaped), {})

        def inward(bar: Parts) -> Parts:
            point = bar.callee or {}
            taken = laid.taken(bar.args[0] if len(args) == 1 and not laid.is_tuple else bar.args, len(args))
            moving = dict(zip(names, (taken,) if len(names) == 1 else taken, strict=True))
            named = {k: item_of(point.get("keywords"), k) for k in self.keywords}
            where = point.get("args") or (None,) * len(self.args)
            return Parts(point.get("function"), where, {**named, **moving})

        every = {**self.keywords, **given}
        return Standing(
            answering.OnCopies(self.asked.made) if self.on_copies else self.asked.made,
            self.args,
            every,
            (*range(len(self.args)), *every),
            after=lambda pair: own(pair[1], pair[0]),
            before=lambda y_bar: (None, y_bar),
            along=lambda pair: item_of(pair, 1),
            outward=outward,
            inward=inward,
        )


class ByPullback:
    """The differential of a function at a point: the function runs each time, and its pullback is transposed."""

    def __init__(self, operator: ValueWithDifferential, args: tuple, keywords: dict[str, Any]) -> None:
        self.operator, self.args, self.keywords = operator, args, keywords

    def __repr__(self) -> str:
        return f"<differential of {by_rules.name_of(self.operator.of)} at a point>"

    def __call__(self, *dots: Any) -> Any:
        _, along = self.operator(*self.args, **self.keywords)
        return along(*dots)


def apart(dots: Iterable[Any]) -> tuple:
    """A copy of each tangent: one may be the point itself, or that of another argument, and both change."""
    return tuple(copy_arguments((dot,))[0] for dot in dots)


def check_defaults(
    function: types.FunctionType, made: types.FunctionType, args: tuple, keywords: dict[str, Any]
) -> None:
    answering.check_defaults(function, made, {*places_of(function, args, keywords).values()})


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
        found.append(own_tangent(conform(dot, x, TANGENT), x))
    return tuple(found)


def check_apart(args: tuple) -> None:
    """Two arguments that are one object, or overlap, and change: their tangents cannot both be what was given."""
    objects = [one for x in args for one in objects_in(x)]
    for k, one in enumerate(objects):
        for other in objects[:k]:
            both = is_array(one) and is_array(other)
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
            return value, Transposed(self.of, value, back, asked, args, keywords)

        return finish

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The value, and the pullback of the pullback."""
        return of_point(with_rates, ValueWithPullback(self.of, self.wrt, False, self.result), args, keywords)


def of_point(call: Callable[..., Any], operator: Operator, args: tuple, keywords: dict[str, Any]) -> Standing:
    """A call of an operator, a point and its keywords: what the operator holds is what the callee holds."""

    def outward(parts: Parts) -> Parts:
        bar, point, named = parts.args
        return Parts(
            bar,
            tuple(item_of(point, k) for k in range(len(args))),
            {n: item_of(named, n) for n in keywords},
        )

    def inward(bar: Parts) -> Parts:
        return Parts(None, (bar.callee, tuple(bar.args), bar.keywords), {})

    return Standing(call, (operator, args, keywords), {}, (0, 1, 2), outward=outward, inward=inward)


class Transposed:
    """The transpose of a pullback: tangents of the arguments in, the tangent of the value out."""

    def __init__(
        self, of: Any, value: Any, back: Any, asked: Asked, args: tuple, keywords: dict[str, Any]
    ) -> None:
        self.of, self.value, self.back = of, value, back
        self.asked, self.args, self.keywords = asked, args, keywords

    def __repr__(self) -> str:
        return f"<differential of {by_rules.name_of(self.of)} at a point>"

    def __call__(self, *dots: Any) -> Any:
        return _located(self._applied, *dots)

    def _applied(self, *dots: Any) -> Any:
        given = tangents(self.asked, self.args, self.keywords, dots)
        return own(self._moved(given), self.value)

    def _moved(self, dots: tuple) -> Any:
        if is_scalar(self.value):
            return by_seeds(self.value, self.back, dots)
        try:
            return along(self.value, self.back, dots)
        except DifferentiationError as error:
            return by_seeds(self.value, self.back, dots, error)


FEW = 4096  # results; each costs a call of the pullback


def along(value: Any, back: Callable[[Any], Any], dots: tuple) -> Any:
    """The tangent of a value, from the pullback of its run: the pullback is linear, and is differentiated itself."""
    zero = zero_tangent(value)
    if zero is None:
        return None
    device, inner = (back.device, back.function) if isinstance(back, Outermost) else (devices.here(), back)
    with devices.running_on(device):
        _, full = dispatch.pulled(inner, (zero,), {}, (0,))
        return full(dots[0] if len(dots) == 1 else dots).args[0]


def by_seeds(
    value: Any, back: Callable[[Any], Any], dots: tuple, error: DifferentiationError | None = None
) -> Any:
    """The same from a cotangent for each number of the value, where the pullback has no derivative of its own."""

    def full(seed: Any) -> Parts:
        found = back(seed)
        return Parts(None, (found,) if len(dots) == 1 else found, {})

    try:
        return transposed(value, full, Parts(None, dots, {}), "the pullback", FEW)
    except UnknownDerivativeError as unknown:
        raise error or unknown from None


# Operators met in a program


def met(
    kind: Callable[..., Any], call: Callable[[tuple, dict[str, Any], tuple], Standing | None]
) -> Callable[[tuple, dict[str, Any], Parts], Moved]:
    """The tangent of gradient(of=f), and of gradient(of=f, at=x)."""

    def rule(args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
        standing = call(args, keywords, ())
        if standing is None:
            return kind(**keywords), moves.keywords.get("of")
        inner = standing.inward(moves)
        value, moved = pushed(standing.function, standing.args, standing.keywords, inner)
        return standing.after(value), None if moved is None else standing.along(moved)

    return rule


for _function, _kind in (
    (gradient, Gradient),
    (value_with_gradient, ValueWithGradient),
    (pullback, Pullback),
    (value_with_pullback, ValueWithPullback),
    (differential, Differential),
    (value_with_differential, ValueWithDifferential),
):
    MOVING[_function] = met(_kind, called(_kind))
stands_for(differential, Differential, called(Differential))
stands_for(value_with_differential, ValueWithDifferential, called(ValueWithDifferential))
