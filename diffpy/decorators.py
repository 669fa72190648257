"""The decorators: @differentiable on functions and structs, @derivative for rules of one's own."""

from __future__ import annotations

import functools
import inspect
import os
import types
from collections.abc import Callable
from typing import Any

from diffpy import arguments, derive, forward_operators, higher, operators, traces
from diffpy.backends.devices import present
from diffpy.errors import DerivativeRuleError, DifferentiationTypeError
from diffpy.placing import run_where_arrays_are
from diffpy.runtime.by_rules import name_of
from diffpy.runtime.marks import with_derivative, without_derivative
from diffpy.runtime.moving import differentiable_struct
from diffpy.runtime.recomputation import Recomputed
from diffpy.runtime.registry import REGISTRY, CustomRule
from diffpy.runtime.structures import describe
from diffpy.runtime.undeclared_fields import warn_of_fields


def differentiable(
    target: Any = None, *, wrt: Any = None, compile: bool = False, fast_math: bool = False, threads: int = 1
) -> Any:
    """Promise that a function, or a dataclass, is differentiable; the promise is checked here and now.

    A function gets the operators as methods (`f.gradient(3.0)`); a dataclass gets `TangentVector` and `move`. With
    compile=True its gradients run as machine code where that can be, as those of gradient(of=f, compile=True) do; so
    with fast_math= and threads=.

    >>> @differentiable
    ... def square(x):
    ...     return x * x
    >>> square.gradient(3.0)
    6.0
    """
    arguments.check_threads(compile, fast_math, threads)
    again = functools.partial(differentiable, wrt=wrt, compile=compile, fast_math=fast_math, threads=threads)
    if target is None:
        return again
    if isinstance(target, type):
        with traces.pointing():
            struct = differentiable_struct(target)
        warn_of_fields(struct, stacklevel=2)
        return struct
    if isinstance(target, staticmethod | classmethod):
        return type(target)(again(target.__func__))
    if not isinstance(target, types.FunctionType):
        with traces.pointing():
            raise DifferentiationTypeError(
                "@differentiable needs a function or a dataclass",
                because=f"what was given {describe(target)}",
                fix=_where_it_goes(target),
            )
    derive.check_definition(target)
    if wrt is not None:
        parameters = list(inspect.signature(target).parameters)
        with traces.pointing():
            for one in wrt if isinstance(wrt, tuple | list) else (wrt,):
                arguments.parameter(one, parameters, target)
    return DifferentiableFunction(target, wrt, (compile, fast_math, threads) if compile else ())


def _where_it_goes(target: Any) -> str:
    if isinstance(target, property):
        return "put it below @property, directly above the def"
    if isinstance(target, Recomputed):
        return "put with_recomputation above @differentiable"
    if callable(target) and hasattr(target, "__name__"):
        return f"a function without Python source gets its derivative from @derivative(of={name_of(target)})"
    return "put it on a def, or above @dataclass"


class DifferentiableFunction:
    """A function with its derivatives as methods; it is called as before."""

    __qualname__: str

    def __init__(self, function: types.FunctionType, wrt: Any = None, compile: tuple[Any, ...] = ()) -> None:
        self.function = function
        self.wrt = wrt
        self.compile = compile
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if present():
            return run_where_arrays_are(self.function, args, keywords)
        return self.function(*args, **keywords)

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else BoundDifferentiable(self, owner)

    def __repr__(self) -> str:
        return f"<differentiable {name_of(self.function)}>"

    def __reduce__(self) -> Any:
        return self.__qualname__

    def __copy__(self) -> DifferentiableFunction:
        return self

    def __deepcopy__(self, memo: Any) -> DifferentiableFunction:
        return self

    @property
    def __diffpy_function__(self) -> types.FunctionType:
        """The function that operators differentiate in place of this object."""
        return self.function

    @property
    def gradient(self) -> Any:
        return operators.Gradient(self, self.wrt, False, None, *self.compile)

    @property
    def value_with_gradient(self) -> Any:
        return operators.ValueWithGradient(self, self.wrt, False, None, *self.compile)

    @property
    def pullback(self) -> Any:
        return operators.Pullback(self, self.wrt)

    @property
    def value_with_pullback(self) -> Any:
        return operators.ValueWithPullback(self, self.wrt)

    @property
    def differential(self) -> Any:
        return forward_operators.Differential(self, self.wrt)

    @property
    def value_with_differential(self) -> Any:
        return forward_operators.ValueWithDifferential(self, self.wrt)

    @property
    def jacobian(self) -> Any:
        return higher.Jacobian(self, self.wrt)

    @property
    def hessian(self) -> Any:
        return higher.Hessian(self, self.wrt)

    @property
    def hessian_vector_product(self) -> Any:
        return higher.HessianVectorProduct(self, self.wrt)


class BoundDifferentiable:
    """A method that was decorated, bound to its object."""

    def __init__(self, function: DifferentiableFunction, owner: Any) -> None:
        self.__func__, self.__self__, self.wrt = function.function, owner, function.wrt
        self.compile = function.compile
        functools.update_wrapper(self, function.function)

    def __repr__(self) -> str:
        return f"<bound differentiable {name_of(self.__func__)} of {self.__self__!r}>"

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, BoundDifferentiable) and other.__func__ is self.__func__
        return same and other.__self__ is self.__self__  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((self.__func__, id(self.__self__)))

    def __reduce__(self) -> Any:
        return getattr, (self.__self__, self.__func__.__name__)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if present():
            return run_where_arrays_are(self.__func__, (self.__self__, *args), keywords)
        return self.__func__(self.__self__, *args, **keywords)

    @property
    def __diffpy_function__(self) -> types.MethodType:
        """The method that operators differentiate in place of this object."""
        return types.MethodType(self.__func__, self.__self__)

    def __getattr__(self, name: str) -> Any:
        kinds = {
            "gradient": operators.Gradient,
            "value_with_gradient": operators.ValueWithGradient,
            "pullback": operators.Pullback,
            "value_with_pullback": operators.ValueWithPullback,
            "differential": forward_operators.Differential,
            "value_with_differential": forward_operators.ValueWithDifferential,
            "jacobian": higher.Jacobian,
            "hessian": higher.Hessian,
            "hessian_vector_product": higher.HessianVectorProduct,
        }
        if name not in kinds:
            raise AttributeError(name)
        asked = (False, None, *self.compile) if name in ("gradient", "value_with_gradient") else ()
        return kinds[name](self, self.wrt, *asked)


def derivative(
    *, of: Any, wrt: Any = None, mode: str = "reverse", replace: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the derivative of a function, one's own or a library's; it wins over the generated one.

    The decorated function takes the original's arguments and returns the value and its pullback: a function from the
    result's cotangent to one cotangent for each argument in `wrt` (bare for one, None for zero). A second derivative
    of one function with respect to the same arguments is an error, unless replace=True.

    >>> import math
    >>> @derivative(of=math.lgamma)
    ... def _(x):
    ...     return math.lgamma(x), lambda v: v * 0.0
    """
    target = of.function if isinstance(of, DifferentiableFunction) else of
    if not callable(target):
        with traces.pointing():
            raise DerivativeRuleError(
                "of= needs a function", because=f"{target!r} cannot be called", fix="@derivative(of=f)"
            )
    if mode not in ("reverse", "forward"):
        raise ValueError(f"mode is 'reverse' or 'forward', not {mode!r}")

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        names = _check_signature(target, rule)
        covered = None
        if wrt is not None:
            given = wrt if isinstance(wrt, tuple | list) else (wrt,)
            with traces.pointing():
                covered = tuple(arguments.parameter(n, names, target) if names else str(n) for n in given)
        plain = rule.function if isinstance(rule, DifferentiableFunction) else rule
        made = CustomRule(target, plain, covered, mode)
        for other in REGISTRY.same(made):
            if not (replace or _same_definition(other.rule, plain)):
                raise _registered_twice(made, other, names)
            REGISTRY.remove(other)
        REGISTRY.add(made)
        return rule

    return register


def _same_definition(one: Any, other: Any) -> bool:
    """Whether a rule is an earlier one anew: its module is imported again, or its notebook cell runs again."""
    if not all(isinstance(rule, types.FunctionType) for rule in (one, other)):
        return one is other
    if (one.__module__, one.__qualname__) != (other.__module__, other.__qualname__):
        return False
    files = {rule.__code__.co_filename for rule in (one, other)}
    if len(files) == 1:
        return traces.place_of(one) in (None, traces.place_of(other))
    return not any(map(os.path.exists, files))


def _registered_twice(made: CustomRule, other: CustomRule, names: list[str]) -> DerivativeRuleError:
    name = name_of(made.function)
    first = getattr(other.rule, "__name__", "another rule")
    return DerivativeRuleError(
        f"'{name}' already has a derivative with respect to ({', '.join(made.wrt or names)})",
        because=f"it was registered by '{first}'",
        fix=f"remove one, or replace it on purpose with @derivative(of={name}, replace=True)",
        place=traces.place_of(made.rule),
        notes=[(traces.place_of(other.rule), "the first rule")],
    )


def _check_signature(target: Any, rule: Callable[..., Any]) -> list[str]:
    try:
        wanted, given = inspect.signature(target), inspect.signature(rule)
    except (TypeError, ValueError):
        return []
    names = list(wanted.parameters)
    flexible = any(
        p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        for p in (*given.parameters.values(), *wanted.parameters.values())
    )
    if not flexible and len(given.parameters) != len(names):
        name = getattr(rule, "__name__", "the rule")
        defined = traces.place_of(target)
        raise DerivativeRuleError(
            f"rule '{name}' takes ({', '.join(given.parameters)}) but '{name_of(target)}' takes ({', '.join(names)})",
            because="a rule is called with the original arguments",
            fix=f"def {name}({', '.join(names)}): ...",
            place=traces.place_of(rule),
            notes=[(defined, f"'{name_of(target)}' is defined here")] if defined else (),
        )
    return names


__all__ = ["derivative", "differentiable", "with_derivative", "without_derivative"]
