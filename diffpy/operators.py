"""The operators: gradient, pullback and their kin, as functions of a function or at a point."""

from __future__ import annotations

import difflib
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

from diffpy import derive, traces
from diffpy.analysis.kinds import FLOAT, Kind, kind_of
from diffpy.derive import Derived, Request
from diffpy.errors import DifferentiationError, DifferentiationTypeError, Note, ParameterError
from diffpy.runtime import dispatch
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.boundary import check_cotangent, own
from diffpy.runtime.dispatch import Parts, Pulled
from diffpy.runtime.structures import describe, has_derivative, zero_tangent
from diffpy.runtime.tangents import item_of

_MISSING: Any = object()


def gradient(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, aux: bool = False) -> Any:
    """The gradient of a real scalar function.

    Args:
        of: a plain Python function with a float (or an array of size one) as result.
        at: the point; a tuple is the argument list. Without it a function of f's arguments comes back.
        wrt: names or positions of arguments, one or a tuple; left out: every argument given by position.
        aux: f returns (value, more); the result is (gradient, more).

    Returns:
        One gradient an argument, in the argument's structure, shapes and dtypes; bare for one argument.
        For complex arguments it is dL/dRe + i dL/dIm, the direction of steepest ascent.

    Raises:
        DifferentiationError: what cannot be differentiated, with the line and what to write instead.

    >>> gradient(of=lambda x, y: x ** 2 * y + y + 2)(3.0, 4.0)
    (24.0, 10.0)
    """
    return _operator(Gradient, of, at, wrt, aux)


def value_with_gradient(
    *, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, aux: bool = False
) -> Any:
    """The value of a real scalar function and its gradient, from one run of the function.

    Arguments are those of `gradient`; the result is (value, gradient), with aux=True ((value, more), gradient).

    >>> value_with_gradient(at=3.0, of=lambda x: x * x)
    (9.0, 6.0)
    """
    return _operator(ValueWithGradient, of, at, wrt, aux)


def pullback(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None) -> Any:
    """The pullback of a function: a linear map from the result's cotangent to the arguments'.

    >>> pullback(at=3.0, of=lambda x: x * x)(10.0)
    60.0
    """
    return _operator(Pullback, of, at, wrt, False)


def value_with_pullback(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None) -> Any:
    """The value of a function and its pullback, from one run of the function.

    >>> value, back = value_with_pullback(at=3.0, of=lambda x: x * x)
    >>> value, back(1.0)
    (9.0, 6.0)
    """
    return _operator(ValueWithPullback, of, at, wrt, False)


def _operator(kind: type[Operator], of: Any, at: Any, wrt: Any, aux: bool) -> Any:
    if not callable(of):
        with traces.pointing():
            raise DifferentiationTypeError(
                f"of= needs a function; what was given {describe(of)}",
                because="only functions have derivatives",
                fix="gradient(of=f)",
            )
    if hasattr(type(of), "__diffpy_function__"):
        of, wrt = of.__diffpy_function__, of.wrt if wrt is None else wrt
    made = kind(of, wrt, aux)
    if at is _MISSING:
        return made
    args = at if type(at) is tuple else (at,)
    with traces.pointing():
        _check_at(of, at, args)
    return made(*args)


def _check_at(of: Callable[..., Any], at: Any, args: tuple) -> None:
    """The point has to be a list of arguments that the function can be called with."""
    try:
        signature = inspect.signature(of, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args)
    except TypeError as reason:
        name, count = getattr(of, "__name__", "the function"), len(args)
        found = "a list, which counts as one argument" if isinstance(at, list) else f"of {count} argument(s)"
        raise DifferentiationTypeError(
            f"at= is no argument list for '{name}{signature}': {reason}",
            because=f"what was given is {found}",
            fix=f"at=({', '.join(signature.parameters)}): a tuple is the argument list",
            notes=_definition_note(of),
        ) from None


class Operator:
    """A derivative of one function, derived anew for each signature it is called with."""

    form = "gradient"

    def __init__(self, of: Callable[..., Any], wrt: Any = None, aux: bool = False) -> None:
        self.of, self.wrt, self.aux = of, wrt, aux
        functools.update_wrapper(self, of, updated=())
        self._plain = _plain_function(of)
        self._fast: dict[tuple, tuple[Derived, Any, tuple[str, ...]]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {dispatch.name_of(self.of)}>"

    def __reduce__(self) -> Any:
        return type(self), (self.of, self.wrt, self.aux)

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    # What is asked

    def _request(self, args: tuple, keywords: dict) -> tuple[Request, dict[str, Kind], tuple[str, ...]]:
        """The request for a call, the kinds of all parameters, and the names asked for (those without derivative too)."""
        function = self._plain
        assert function is not None
        kinds, values = derive.argument_kinds(function, args, keywords)
        names = self._names(function, args, values)
        lively = tuple(n for n in names if has_derivative(values[n]))
        for name in names:
            if name not in lively and (self.wrt is not None or not lively):
                raise _cannot(name, function, values[name])
        return Request(self.form, lively, aux=self.aux), kinds, names

    def _names(self, function: types.FunctionType, args: tuple, values: dict[str, Any]) -> tuple[str, ...]:
        parameters = list(inspect.signature(function, follow_wrapped=False).parameters)
        if self.wrt is None:
            skip = (
                1
                if isinstance(self.of, types.MethodType) or not isinstance(self.of, types.FunctionType)
                else 0
            )
            star = _star(function)
            positional = parameters[: function.__code__.co_argcount]
            given = positional[: len(args)] + ([star] if star and len(args) > len(positional) else [])
            return tuple(given[skip:])
        wrt = self.wrt if isinstance(self.wrt, tuple | list) else (self.wrt,)
        return tuple(_parameter(one, parameters, function) for one in wrt)

    def _shape(self, found: tuple, names: tuple[str, ...], lively: tuple[str, ...]) -> Any:
        """One entry a parameter, None where there is no derivative; bare when there is one."""
        entries = dict(zip(lively, found, strict=True))
        every = tuple(entries.get(n) for n in names)
        if self.wrt is None and self._plain is not None and names and _star(self._plain) == names[-1]:
            every = (*every[:-1], *(every[-1] or ()))
        bare = len(every) == 1 and not isinstance(self.wrt, tuple | list)
        return every[0] if bare else every

    def _run(self, args: tuple, keywords: dict) -> Any:
        raise NotImplementedError

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        with_self = _with_self(self.of, args)
        try:
            return self._run(with_self, keywords)
        except DifferentiationError as error:
            traces.locate(error)
            raise
        except BaseException as error:
            traces.explain(error)
            raise

    # The text

    @property
    def source(self) -> str:
        """The generated Python for arguments of unknown kinds; the same at any time."""
        with traces.pointing():
            function = _needs_function(self)
            parameters = list(inspect.signature(function, follow_wrapped=False).parameters)
            names = self._names(function, tuple(parameters), {})
            kinds = {n: derive.unknown_kind(function, n) for n in parameters}
            found = derive.derive(function, Request(self.form, names, aux=self.aux), kinds)
            return derive.text(found)

    def source_for(self, *args: Any, **keywords: Any) -> str:
        """The generated Python for the kinds of these arguments."""
        with traces.pointing():
            function = _needs_function(self)
            request, kinds, _ = self._request(_with_self(self.of, args), keywords)
            found, _ = derive.lookup(function, request, kinds)
            return derive.text(found)


class Gradient(Operator):
    """gradient(of=f)."""

    def _run(self, args: tuple, keywords: dict) -> Any:
        value, found = self._both(args, keywords)
        return (found, value[1]) if self.aux else found

    def _both(self, args: tuple, keywords: dict) -> tuple[Any, Any]:
        if self._plain is None or dispatch.REGISTRY.find(self.of) or dispatch.REGISTRY.find(self._plain):
            return self._through_dispatch(args, keywords)
        request, kinds, names = self._request(args, keywords)
        found, made = derive.lookup(self._plain, request, kinds)
        if found.changed:
            args, keywords = derive.copied(args, keywords)
        value, bars = made(*args, **keywords)
        bars = (bars,) if len(request.wrt) == 1 else bars
        return value, self._shape(bars, names, request.wrt)

    def _through_dispatch(self, args: tuple, keywords: dict) -> tuple[Any, Any]:
        value, back, targets = _pulled_whole(self, args, keywords)
        result = value[0] if self.aux else value
        seed = derive.RUNNING["seed_of"](result, dispatch.name_of(self.of))
        return value, back((seed, None) if self.aux else seed)

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        """The derivative of a gradient: the generated function is differentiated again."""
        function = _needs_function(self)
        whole = _with_self(self.of, args)
        request, kinds, names = self._request(whole, keywords)
        _, made = derive.lookup(function, request, kinds)
        pair, full = dispatch.pulled(made, whole, keywords, wanted)
        bars = (pair[1],) if len(request.wrt) == 1 else pair[1]
        value, select = self._selected(pair[0], self._shape(bars, names, request.wrt))

        def back(y_bar: Any) -> Parts:
            value_bar, shaped = select(y_bar)
            bare = len(names) == 1 and not isinstance(self.wrt, tuple | list)
            every = dict(zip(names, (shaped,) if bare else shaped or (None,) * len(names), strict=True))
            inner = tuple(every.get(n) for n in request.wrt)
            return full((value_bar, inner[0] if len(inner) == 1 else inner))

        return value, back

    def _selected(self, value: Any, found: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        if self.aux:
            return (found, value[1]), lambda y_bar: ((None, item_of(y_bar, 1)), item_of(y_bar, 0))
        return found, lambda y_bar: (None, y_bar)


class ValueWithGradient(Gradient):
    """value_with_gradient(of=f)."""

    def _run(self, args: tuple, keywords: dict) -> Any:
        return self._both(args, keywords)

    def _selected(self, value: Any, found: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        return (value, found), lambda y_bar: (item_of(y_bar, 0), item_of(y_bar, 1))


class ValueWithPullback(Operator):
    """value_with_pullback(of=f)."""

    form = "pullback"

    def _run(self, args: tuple, keywords: dict) -> Any:
        value, back, _ = _pulled_whole(self, args, keywords)

        def pullback(cotangent: Any) -> Any:
            with traces.pointing():
                checked = check_cotangent(cotangent, value)
                return back(zero_tangent(value) if checked is None else checked)

        return value, pullback


class Pullback(ValueWithPullback):
    """pullback(of=f)."""

    def _run(self, args: tuple, keywords: dict) -> Any:
        return super()._run(args, keywords)[1]


def _pulled_whole(operator: Operator, args: tuple, keywords: dict) -> tuple[Any, Callable[[Any], Any], tuple]:
    """Value and pullback through dispatch, for any callable."""
    function = operator._plain if operator._plain is not None else operator.of
    targets = _targets(operator, function, args, keywords)
    lively = tuple(t for t in targets if has_derivative(_given(t, args, keywords)))
    value, full = dispatch.pulled(function, args, keywords, lively)

    def back(cotangent: Any) -> Any:
        parts = full(cotangent)
        found = []
        for t in targets:
            part = parts.args[t] if isinstance(t, int) else parts.keywords.get(t)
            x = _given(t, args, keywords)
            found.append(own(part, x) if t in lively else None)
        bare = len(found) == 1 and not isinstance(operator.wrt, tuple | list)
        return found[0] if bare else tuple(found)

    return value, back, targets


def _given(target: Any, args: tuple, keywords: dict) -> Any:
    return args[target] if isinstance(target, int) else keywords[target]


def _targets(operator: Operator, function: Any, args: tuple, keywords: dict) -> tuple:
    skip = 1 if isinstance(operator.of, types.MethodType) or operator._plain not in (None, operator.of) else 0
    if operator.wrt is None:
        return tuple(range(skip, len(args)))
    wrt = operator.wrt if isinstance(operator.wrt, tuple | list) else (operator.wrt,)
    names = list(inspect.signature(function, follow_wrapped=False).parameters)
    found: list[Any] = []
    for one in wrt:
        name = _parameter(one, names, function)
        found.append(name if name in keywords else names.index(name))
    for t in found:
        if not has_derivative(_given(t, args, keywords)):
            raise _cannot(names[t] if isinstance(t, int) else t, function, _given(t, args, keywords))
    return tuple(found)


def _plain_function(of: Any) -> types.FunctionType | None:
    """The Python function behind a callable, where there is one."""
    if isinstance(of, types.FunctionType):
        return of
    if isinstance(of, types.MethodType):
        return of.__func__ if isinstance(of.__func__, types.FunctionType) else None
    call = getattr(type(of), "__call__", None)
    if isinstance(of, type | functools.partial | Operator) or not isinstance(call, types.FunctionType):
        return None
    return call


def _star(function: types.FunctionType) -> str | None:
    """The name of the parameter *args."""
    code = function.__code__
    named = code.co_argcount + code.co_kwonlyargcount
    return code.co_varnames[named] if code.co_flags & inspect.CO_VARARGS else None


def _with_self(of: Any, args: tuple) -> tuple:
    if isinstance(of, types.FunctionType) or _plain_function(of) is None:
        return args
    return (of.__self__ if isinstance(of, types.MethodType) else of, *args)


def _needs_function(operator: Operator) -> types.FunctionType:
    if operator._plain is not None:
        return operator._plain
    raise DifferentiationError(
        f"'{dispatch.name_of(operator.of)}' has no generated source",
        because="it is no Python function with source of its own",
        fix="wrap it in a function: def f(x): return g(x)",
    )


def _parameter(one: Any, parameters: list[str], function: Any) -> str:
    if isinstance(one, int) and not isinstance(one, bool) and -len(parameters) <= one < len(parameters):
        return parameters[one]
    if one in parameters:
        return one
    name, every = getattr(function, "__name__", function), ", ".join(parameters)
    near = difflib.get_close_matches(str(one), parameters, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ParameterError(
        f"'{name}' has no parameter {one!r}; its parameters are: {every}{hint}",
        because="wrt= takes the names or the positions of parameters, one or a tuple",
        fix=f"wrt={(near or parameters or [''])[0]!r}, or leave wrt= out for all that the call passes by position",
        notes=_definition_note(function),
    )


def _definition_note(function: Any) -> list[Note]:
    place = traces.place_of(function)
    return [(place, f"'{function.__name__}' is defined here")] if place else []


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


assert FLOAT and kind_of and zero_tangent and copy_arguments
