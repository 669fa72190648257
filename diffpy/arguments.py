"""Which arguments a derivative is taken of: what wrt= and at= say in, names of parameters out, or why not."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diffpy import traces
from diffpy.errors import DifferentiationTypeError, Note, ParameterError
from diffpy.functions import bound_signature
from diffpy.runtime.struct_fields import is_made
from diffpy.runtime.structures import describe, has_derivative
from diffpy.runtime.tangents import item_of
from diffpy.targets import Target

Wrt = str | int | tuple[str | int, ...] | None


def wanted(wrt: Wrt, target: Target, count: int) -> tuple[str, ...]:
    """The names that wrt= asks for; left out, those that `count` positional arguments go to."""
    function = target.function
    if wrt is None:
        positional = function.__code__.co_varnames[: function.__code__.co_argcount]
        star = star_of(function)
        extra = (star,) if star and count > max(len(positional), len(target.before)) else ()
        return (*positional[len(target.before) : count], *extra)
    every = wrt if isinstance(wrt, tuple) else (wrt,)
    return tuple(parameter(one, target.open, function, target.parameters) for one in every)


def star_of(function: types.FunctionType) -> str | None:
    """The name of the parameter *args."""
    code = function.__code__
    named = code.co_argcount + code.co_kwonlyargcount
    return code.co_varnames[named] if code.co_flags & inspect.CO_VARARGS else None


def parameter(one: Any, parameters: Sequence[str], function: Any, every: Sequence[str] = ()) -> str:
    """The name of a parameter, given its name or its position among those that a call can pass."""
    if isinstance(one, int) and not isinstance(one, bool) and -len(parameters) <= one < len(parameters):
        return parameters[one]
    if one in (every or parameters) and isinstance(one, str):
        return one
    name, spelled = getattr(function, "__name__", function), ", ".join(parameters)
    near = difflib.get_close_matches(str(one), parameters, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ParameterError(
        f"'{name}' has no parameter {one!r}; its parameters are: {spelled}{hint}",
        because="wrt= takes the names or the positions of parameters, one or a tuple",
        fix=f"wrt={(near or parameters or [''])[0]!r}, or leave wrt= out for all that the call passes by position",
        notes=definition_note(function),
    )


def definition_note(function: Any) -> list[Note]:
    place = traces.place_of(function)
    return [(place, f"'{function.__name__}' is defined here")] if place else []


def with_derivatives(
    names: tuple[str, ...], values: dict[str, Any], function: types.FunctionType, is_asked: bool
) -> tuple[str, ...]:
    """Those of the names whose values have derivatives; an error for one that was asked for and has none."""
    lively = tuple(n for n in names if has_derivative(values[n]) and not is_made(type(values[n])))
    for name in names:
        if name not in lively and (is_asked or not lively):
            raise _cannot(name, function, values[name])
    for name in lively:
        _check_iteration(name, values[name])
    return lively


def _check_iteration(name: str, value: Any) -> None:
    """Refuse a container that hands out other things than it holds: `a, b = x` and `x[0]` would not be told apart."""
    if isinstance(value, list | tuple):
        cls: Any = type(value)
        if cls.__iter__ not in (list.__iter__, tuple.__iter__):
            raise DifferentiationTypeError(
                f"'{name}' holds a '{cls.__name__}', which extends a list or a tuple and has an __iter__ of its own",
                because="what it hands out is not what it holds",
                fix=f"pass a plain tuple of what '{cls.__name__}' is to hand out",
            )
        for one in value:
            _check_iteration(name, one)
    elif type(value) is dict:
        for one in value.values():
            _check_iteration(name, one)


def _cannot(name: str, function: types.FunctionType, value: Any) -> DifferentiationTypeError:
    dtype = getattr(value, "dtype", None)
    what = describe(value) if dtype is None else f"has dtype {dtype}"
    return DifferentiationTypeError(
        f"argument '{name}' of '{getattr(function, '__name__', function)}' {what} and cannot be differentiated",
        because="no small change of such a value exists"
        if dtype is not None or not hasattr(value, "__dict__")
        else f"nothing says which fields of {type(value).__name__} have derivatives",
        fix=f"{_remedy(name, value)}; leave '{name}' out with wrt=... if it is no more than a choice or an index",
    )


def _remedy(name: str, value: Any) -> str:
    if hasattr(value, "dtype"):
        return f"pass floating point data: {name}.astype(float)"
    if hasattr(value, "__dict__") and not callable(value):
        cls = type(value).__name__
        return f"put @differentiable above @dataclass, or call register_differentiable({cls}, fields=(...))"
    return "pass floating point data"


def check_at(of: Callable[..., Any], at: Any, args: tuple) -> None:
    """The point has to be a list of arguments that the function can be called with."""
    try:
        signature = bound_signature(of)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args)
    except TypeError as reason:
        name, count = getattr(of, "__name__", "the function"), len(args)
        found = f"{count} argument{'s' * (count != 1)}"
        if isinstance(at, list):
            found = "a list, which counts as one argument"
        raise DifferentiationTypeError(
            f"at= is no argument list for '{name}{signature}': {reason}",
            because=f"what was given is {found}",
            fix=f"at=({', '.join(signature.parameters)}): a tuple is the argument list",
            notes=definition_note(of),
        ) from None


def check_threads(compile: Any = False, fast_math: Any = False, threads: Any = 1) -> None:
    """threads= is a number of threads for machine code."""
    because = None
    if type(threads) is not int or not 1 <= threads <= MOST_THREADS:
        because = f"it is {threads!r}, not a whole number from 1 to {MOST_THREADS}"
    elif threads > 1 and not compile:
        because = "only machine code runs on several threads"
    if because is not None:
        with traces.pointing():
            raise DifferentiationTypeError(
                "threads= is how many threads may run a compiled derivative",
                because=because,
                fix="gradient(of=f, compile=True, threads=2)",
            )


MOST_THREADS = 32


Getter = Callable[[tuple, dict[str, Any]], Any]


def getter(name: str, function: types.FunctionType, count: int, value: Any) -> Getter:
    """How to find the value of a parameter in a call with `count` positional arguments; `value` is its default."""
    code = function.__code__
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if name in named[: min(count, code.co_argcount)]:
        position = named.index(name)
        return lambda args, keywords: args[position]
    if name in named:
        return lambda args, keywords: keywords.get(name, value)
    if name == star_of(function):
        return lambda args, keywords: args[code.co_argcount :]
    return lambda args, keywords: {k: v for k, v in keywords.items() if k not in named}


@dataclass(frozen=True)
class Layout:
    """How the derivatives of a call are handed out: an entry a name, None without derivative; bare for one."""

    names: tuple[str, ...]
    lively: tuple[str, ...]
    is_tuple: bool  # wrt= was a tuple
    star: int | None = None  # the last name is *args, handed out from this entry on

    @property
    def is_direct(self) -> bool:
        """Whether the generated text returns them just so."""
        single = len(self.names) == 1 and self.is_tuple
        return self.names == self.lively and self.star is None and not single

    def shaped(self, found: Any) -> Any:
        """What the user sees of what the generated text returned."""
        found = (found,) if len(self.lively) == 1 else found
        entries = dict(zip(self.lively, found, strict=True))
        every = tuple(entries.get(n) for n in self.names)
        if self.star is not None:
            every = (*every[:-1], *(every[-1] or ())[self.star :])
        return every[0] if len(every) == 1 and not self.is_tuple else every

    def taken(self, y_bar: Any, count: int) -> Any:
        """The cotangent of what the generated text returned, from that of what the user saw of `count` entries."""
        bare = count == 1 and not self.is_tuple
        every = (y_bar,) if bare else tuple(item_of(y_bar, k) for k in range(count))
        if self.star is not None:
            last = len(self.names) - 1
            every = (*every[:last], (*(None,) * self.star, *every[last:]))
        entries = dict(zip(self.names, every, strict=True))
        found = tuple(entries[n] for n in self.lively)
        return found[0] if len(found) == 1 else found


def layout(names: tuple[str, ...], lively: tuple[str, ...], wrt: Wrt, target: Target) -> Layout:
    """Left out, wrt= spreads *args: an entry an argument."""
    star = None
    if wrt is None and names and names[-1] == star_of(target.function):
        star = max(0, len(target.before) - target.function.__code__.co_argcount)
    return Layout(names, lively, isinstance(wrt, tuple), star)
