"""Calls of functions that have a rule, a custom one or a row of the table: their value and pullback."""

from __future__ import annotations

from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from diffpy.backends.devices import instead_of
from diffpy.errors import (
    DerivativeRuleError,
    DifferentiationError,
    DifferentiationTypeError,
    UnknownDerivativeError,
)
from diffpy.functions import bound_signature
from diffpy.runtime.arrays import shape_of, unbroadcast
from diffpy.runtime.boundary import Wording, conform
from diffpy.runtime.carrying import (
    carries,
    is_foreign,
    is_free,
)
from diffpy.runtime.cotangent_types import conjugated, fitted, holds_complex
from diffpy.runtime.leaves import is_array
from diffpy.runtime.operands import makes_array, with_arrays
from diffpy.runtime.pulling import Parts, Pulled, lent
from diffpy.runtime.registry import CustomRule
from diffpy.runtime.sequences import unpacked
from diffpy.runtime.structures import describe, has_derivative
from diffpy.runtime.zeros import own_tangent


def choose(
    rules: list[CustomRule], function: Any, args: tuple, keywords: dict, wanted: tuple
) -> CustomRule | None:
    """The registered rule that covers the arguments wanted."""
    names = parameter_names(function, args, keywords)
    needed = {
        names.get(k, k) for k in wanted if has_derivative(args[k] if isinstance(k, int) else keywords[k])
    }
    for rule in reversed(rules):
        if rule.mode == "reverse" and (rule.wrt is None or needed <= set(rule.wrt)):
            return rule
    covered = ", ".join(sorted({n for r in rules if r.mode == "reverse" for n in r.wrt or ()}))
    raise UnknownDerivativeError(
        f"'{name_of(function)}' has no derivative with respect to {', '.join(sorted(map(repr, map(str, needed))))}",
        because=f"the registered rule covers {covered} only"
        if covered
        else "its rule is for forward mode only",
        fix="leave the argument out with wrt=..., or register a rule for it",
    )


def parameter_names(function: Any, args: tuple, keywords: dict) -> dict[Any, str]:
    """Parameter names by position."""
    try:
        parameters = list(bound_signature(function).parameters)
    except (TypeError, ValueError):
        return {}
    return dict(enumerate(parameters[: len(args)]))


def filled(y_bar: Any, value: Any) -> Any:
    """A cotangent for a user's pullback: zeros in the entries of a tuple, list, dict or struct that do not matter."""
    is_leaf = y_bar is None or type(y_bar) is float or is_array(y_bar)
    return y_bar if is_leaf else own_tangent(y_bar, value)


def by_custom_rule(rule: CustomRule, args: tuple, keywords: dict) -> Pulled:
    """A user's rule is taken at its word, but what it returns is checked."""
    value, pullback = checked_pair(rule, rule.rule(*args, **keywords))
    names = parameter_names(rule.function, args, keywords)

    def full(y_bar: Any) -> Parts:
        found = pullback(filled(y_bar, value))
        try:
            return checked_parts(rule, found, names, args, keywords)
        except DifferentiationError as error:
            raise _blaming(
                pullback, DerivativeRuleError(error.headline, because=error.because, fix=error.fix)
            ) from None

    return value, full


def checked_pair(rule: CustomRule, result: Any) -> tuple[Any, Any]:
    """The value and the pullback that a rule returned."""
    if not isinstance(result, tuple) or len(result) != 2 or not callable(result[1]):
        raise _blaming(
            rule.rule,
            DerivativeRuleError(
                f"the derivative registered for '{name_of(rule.function)}' must return the value and its pullback",
                because=f"what it returned {_not_a_pair(result)}",
                fix="return value, lambda v: ...",
            ),
        )
    return result


def _not_a_pair(result: Any) -> str:
    if isinstance(result, tuple) and len(result) == 2:
        return f"ends with a value that {describe(result[1])}, not with a function"
    return describe(result)


def _blaming(function: Any, error: DerivativeRuleError) -> DerivativeRuleError:
    error.blamed = function
    return error


def checked_parts(rule: CustomRule, found: Any, names: dict, args: tuple, keywords: dict) -> Parts:
    targets: list[Any] = [*range(len(args)), *keywords]
    if rule.wrt is not None:
        targets = [k for k in targets if names.get(k, k) in rule.wrt]
    given = (found,) if len(targets) == 1 else found
    if not isinstance(given, tuple) or len(given) != len(targets):
        count = len(given) if isinstance(given, tuple) else 1
        spelled = ", ".join(str(names.get(k, k)) for k in targets)
        raise DerivativeRuleError(
            f"the pullback registered for '{name_of(rule.function)}' returned {count} value{'s' * (count != 1)}; "
            f"{len(targets)} are needed ({spelled})",
            because=f"the rule was registered for {spelled}",
            fix="return a tuple with one cotangent an argument, or register it for a part of them with wrt=...",
        )
    wording = Wording(
        f"the cotangent from the rule of '{name_of(rule.function)}'",
        "the argument",
        "a cotangent has the structure, the shape and the type of its argument",
    )
    parts: dict[Any, Any] = {}
    for target, one in zip(targets, given, strict=True):
        x = args[target] if isinstance(target, int) else keywords[target]
        parts[target] = None if one is None or not has_derivative(x) else conform(one, x, wording)
    return Parts(None, tuple(parts.get(k) for k in range(len(args))), {k: parts.get(k) for k in keywords})


def by_row(row: Any, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """An operation of the table: its lines are called as functions."""
    try:
        bound = row.bind(args, keywords)
        where = row.bind(range(len(args)), {k: k for k in keywords})
    except TypeError:
        return plain(function, args, keywords, wanted)
    bound.apply_defaults()
    if row.of_complex is not None and holds_complex((*args, *keywords.values())):
        return by_row(row.of_complex, function, args, keywords, wanted)
    if row.family == "constant" and not _is_on_containers(function, args):
        value = instead_of(function)(*args, **keywords)
        return value, lambda y_bar: Parts(None, (None,) * len(args), {})
    for option, reason in row.refusals(bound.arguments):
        raise UnknownDerivativeError(
            f"'{row.name}' has no derivative with '{option}=' given",
            because=reason,
            fix=f"leave '{option}' out, or register a rule with @derivative(of=...)",
        )
    value = instead_of(function)(*args, **keywords)
    conjugates = row.holomorphic and row.family != "linear" and holds_complex(value)

    def full(y_bar: Any) -> Parts:
        y_bar = fitted(y_bar, value)
        d = conjugated(y_bar) if conjugates else y_bar
        arrays = with_arrays(function, bound.arguments)
        found: dict[Any, Any] = {}
        for parameter, target in where.arguments.items():
            targets = target if isinstance(target, tuple) else (target,)
            if not any(t in wanted for t in targets if not isinstance(t, dict)):
                continue
            given = bound.arguments[parameter]
            if not carries(given):
                check_elements(given, row.name, parameter)
                continue
            line = row.pullbacks.get(parameter)
            if line is None and row.ignores(parameter):
                continue
            if line is None:
                found.update(dict.fromkeys(targets, _Missing(row, parameter)))
                continue
            contribution = lent[0].evaluate(line, arrays, d=d, y_bar=d, y=value)
            if conjugates:
                contribution = conjugated(contribution)
            if isinstance(target, tuple):
                found.update(zip(target, fitted(contribution, given), strict=False))
            else:
                elementwise = row.family == "elementwise"
                part = unbroadcast(contribution, shape_of(given)) if elementwise else contribution
                if isinstance(given, list | tuple) and makes_array(function, parameter):
                    part = unpacked(part, given)
                found[target] = fitted(part, given)
        for target, one in found.items():
            if isinstance(one, _Missing):
                if _steers(args[target] if isinstance(target, int) else keywords[target]):
                    found[target] = None
                else:
                    raise one.error()
        return Parts(None, tuple(found.get(k) for k in range(len(args))), {k: found.get(k) for k in keywords})

    return value, full


def check_elements(x: Any, name: str, parameter: str) -> None:
    """An array of Python objects may hold numbers whose derivatives nothing follows; one of texts came from them."""
    if is_array(x) and x.dtype == object:
        raise DifferentiationTypeError(
            f"argument '{parameter}' of '{name}' is an array of Python objects",
            because="which of its elements depend on what is not known",
            fix="compute with an array of floats: .astype(float) where it is made, or a list of numbers",
        )
    if isinstance(x, np.str_ | np.bytes_ | memoryview) or (is_array(x) and x.dtype.kind in "SU"):
        raise DifferentiationTypeError(
            f"argument '{parameter}' of '{name}' is a {type(x).__name__} of texts or bytes",
            because="no derivative goes through a text",
            fix="use the numbers themselves; or say that they are constant: without_derivative(...)",
        )


def _is_on_containers(function: Any, args: tuple) -> bool:
    """d | e: an operator that is constant for numbers."""
    return getattr(function, "__module__", "") == "_operator" and any(isinstance(a, dict | set) for a in args)


def _steers(x: Any) -> bool:
    """Whether an argument without derivative is an int (a size, an axis) or made of ints."""
    return all(map(_steers, x)) if isinstance(x, list | tuple) else isinstance(x, int | np.integer)


class _Missing(NamedTuple):
    row: Any
    parameter: str

    def error(self) -> UnknownDerivativeError:
        return UnknownDerivativeError(
            f"'{self.row.name}' has no derivative with respect to '{self.parameter}'",
            because=self.row.no_derivative.get(self.parameter, "its rule does not cover this argument"),
            fix="leave it out with wrt=..., or use without_derivative(...) where zero is meant",
        )


def plain(function: Any, args: tuple, keywords: dict, wanted: tuple, passed: tuple | None = None) -> Pulled:
    """A callee without rule and without source: it runs; its result may not carry a derivative on."""
    value = instead_of(function)(*(args if passed is None else passed), **keywords)
    given = [args[k] if isinstance(k, int) else keywords[k] for k in wanted]
    blocked = any(not is_free(one) for one in given) and not is_free(value)
    if blocked and not carries(value):  # No cotangent would ever arrive to say so.
        raise unknown(function)

    def full(y_bar: Any) -> Parts:
        if blocked and y_bar is not None:
            raise unknown(function)
        return Parts(None, (None,) * len(args), {})

    return value, full


def unknown(function: Any) -> UnknownDerivativeError:
    name = name_of(function)
    spelled = name if all(map(str.isidentifier, name.split("."))) else "f"
    if isinstance(function, type) and not is_foreign(function) and not hasattr(function, "__array__"):
        return UnknownDerivativeError(
            f"no derivative is known for objects of class '{name}'",
            because="nothing says which of their fields carry derivatives",
            fix="make it a dataclass with @differentiable above @dataclass, "
            f"or call register_differentiable({spelled}, fields=(...))",
        )
    is_written = isinstance(function, FunctionType) and is_foreign(function)
    package = name.partition(".")[0]
    return UnknownDerivativeError(
        f"no derivative is known for '{name}'",
        because=f"no rule is registered for it, and functions of '{package}' are derived by rules alone"
        if is_written
        else "no rule is registered for it, and it has no Python source that could be transformed",
        fix=f"register one: @derivative(of={spelled}) def _(x): return {spelled}(x), lambda v: ...; "
        "or pass without_derivative(x) if a zero derivative is meant",
    )


def name_of(function: Any) -> str:
    name = (
        getattr(function, "__qualname__", None)
        or getattr(function, "__name__", None)
        or type(function).__name__
    )
    module = getattr(function, "__module__", None)
    return (
        f"{module}.{name}"
        if isinstance(module, str) and module not in ("builtins", "__main__")
        else str(name)
    )
