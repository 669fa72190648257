"""What check_derivative looks at: a function of the arguments that matter, with its derivatives of both modes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from diffpy.forward_operators import differential
from diffpy.functions import bound_signature
from diffpy.operators import ValueWithPullback, pullback
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.syntax import emit
from diffpy.syntax.names import Names

Kind = inspect.Parameter

Values = tuple[Any, ...]
Result = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Case:
    """How to run a function of these values, and its two derivatives."""

    title: str
    names: tuple[str, ...]
    values: Values
    run: Callable[..., Any]
    back: Callable[[Values, Any], Values]  # the values and the result's cotangent -> their cotangents
    along: Callable[[Values, Values], Any]  # the values and their tangents -> the result's tangent
    call: Call
    is_analytic: bool = True  # whether it may be run with complex numbers


@dataclass(frozen=True)
class Call:
    """A call of a Python function, in which the arguments with these names may be others."""

    function: Callable[..., Any]
    signature: inspect.Signature
    arguments: dict[str, Any]
    names: tuple[str, ...]
    result: Result

    def filled(self, values: Values) -> inspect.BoundArguments:
        every = {**self.arguments, **dict(zip(self.names, values, strict=True))}
        return inspect.BoundArguments(self.signature, every)

    def run(self, *values: Any) -> Any:
        """The result for these values, on copies of them."""
        made = self.filled(values)
        copies = dict(zip(made.arguments, copy_arguments(tuple(made.arguments.values())), strict=True))
        made = inspect.BoundArguments(self.signature, copies)
        value = self.function(*made.args, **made.kwargs)
        if self.result is None:
            return value
        left = self.result if isinstance(self.result, tuple) else (self.result,)
        found = tuple(copies[name] for name in left)
        return found if isinstance(self.result, tuple) else found[0]

    def back(self, values: Values, y_bar: Any) -> Values:
        made = self.filled(values)
        return pullback(of=self.function, wrt=self.names, result=self.result)(*made.args, **made.kwargs)(
            y_bar
        )

    def along(self, values: Values, dots: Values) -> Any:
        made = self.filled(values)
        at = differential(of=self.function, wrt=self.names, result=self.result)
        return at(*made.args, **made.kwargs)(*dots)


def case_of(function: Any, arguments: tuple, keywords: dict[str, Any], wrt: Any, result: Any) -> Case:
    """A call that a user describes."""
    operator = ValueWithPullback(function, wrt, result=result)
    target = operator._target(arguments, keywords)
    whole, named = target.whole(arguments, keywords)
    names = operator._asked(target, whole, named).layout.lively
    signature = bound_signature(target.function)
    bound = signature.bind(*whole, **named)
    bound.apply_defaults()
    call = Call(target.function, signature, dict(bound.arguments), names, operator.result)
    values = tuple(bound.arguments[name] for name in names)
    title = getattr(function, "__name__", type(function).__name__)
    return Case(f"'{title}'", names, values, call.run, call.back, call.along, call)


def of_pullback(case: Case, y_bar: Any) -> Case:
    """The cotangents along y_bar, as a function of the point."""
    slope = _slope(case, pullback, (y_bar,))
    return _again(case, slope, "the pullback")


def of_differential(case: Case, dots: Values) -> Case:
    """The tangent along dots, as a function of the point."""
    return _again(case, _slope(case, differential, dots), "the differential")


def _slope(case: Case, operator: Callable[..., Any], directions: Values) -> Callable[..., Any]:
    """A function to be differentiated, so written out for this call.

    It reads `def slope(x): return pullback(of=function, wrt=names, result=result)(x, fixed_1)(direction_1)`.
    """
    parameters, given = case.call.signature.parameters, case.call.arguments
    names = Names(given)
    held: dict[str, Any] = {}

    def hold(stem: str, value: Any) -> str:
        name = names.fresh(stem)
        held[name] = value
        return name

    def passed(name: str) -> str:
        text = name if name in case.names else hold("fixed", given[name])
        match parameters[name].kind:
            case Kind.VAR_POSITIONAL:
                return f"*{text}"
            case Kind.VAR_KEYWORD:
                return f"**{text}"
            case Kind.KEYWORD_ONLY:
                return f"{name}={text}"
        return text

    options = {"of": case.call.function, "wrt": case.names, "result": case.call.result}
    stated = ", ".join(f"{option}={hold(option, value)}" for option, value in options.items())
    point = ", ".join(map(passed, given))
    along = ", ".join(hold("direction", one) for one in directions)
    text = f"def slope({', '.join(case.names)}):\n    return {hold('operator', operator)}({stated})({point})({along})"
    return emit.function(gast.parse(text).body[0], held, {"__name__": "<diffpy>"}, {}, "slope")


def _again(case: Case, slope: Callable[..., Any], title: str) -> Case:
    """A derivative as a function to be checked itself."""

    def run(*values: Any) -> Any:
        return slope(*copy_arguments(values))

    def back(values: Values, y_bar: Any) -> Values:
        found = pullback(of=slope)(*values)(y_bar)
        return (found,) if len(values) == 1 else found

    def along(values: Values, dots: Values) -> Any:
        return differential(of=slope)(*values)(*dots)

    title = f"{title} of {case.title}"
    return Case(title, case.names, case.values, run, back, along, case.call, is_analytic=False)
