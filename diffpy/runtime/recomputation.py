"""Calls that keep their arguments and nothing else: a function in; out, one whose pullback runs it again."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError
from diffpy.runtime import by_rules, pulling
from diffpy.runtime.differentials import MOVING, Moved, pushed
from diffpy.runtime.dispatch import pulled
from diffpy.runtime.leaves import array_module, is_array, is_floating, is_scalar
from diffpy.runtime.pairing import SPECIAL, paired
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.random_sources import set_back, sources
from diffpy.runtime.standing import Standing, fixed
from diffpy.runtime.structures import structure_of

Check = Callable[[Any, tuple, dict[str, Any], tuple], bool]  # refuses, or says whether the call may draw


class Recomputed:
    """A function that is run again for its pullback; called, it is the function itself."""

    wrt = None  # what an operator differentiates with respect to where it is not told

    def __init__(self, function: Callable[..., Any], check: Check) -> None:
        self.function, self.check = function, check
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.function(*args, **keywords)

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def __repr__(self) -> str:
        return f"<{by_rules.name_of(self.function)} with recomputation>"

    def __reduce__(self) -> Any:
        module = sys.modules.get(self.function.__module__)
        name = getattr(self, "__qualname__", "")
        if getattr(module, name, None) is self:
            return name
        return type(self), (self.function, self.check)

    def __copy__(self) -> Recomputed:
        return self

    def __deepcopy__(self, memo: Any) -> Recomputed:
        return self

    @property
    def __diffpy_function__(self) -> Any:
        """What stands for it where nothing is to be run again: its kind, its tangents."""
        return self.function

    @property
    def __diffpy_carries__(self) -> Any:
        return [self.function]

    def __diffpy_pulled__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Pulled:
        draws = self.check(self.function, args, keywords, wanted)
        drawn = sources(self.function, (*args, *keywords.values())) if draws else []
        states = [one.state for one in drawn]
        value = self.function(*args, **keywords)
        before = fingerprint(value)

        def full(y_bar: Any) -> Parts:
            with set_back(drawn, states):
                again, back = pulled(self.function, args, keywords, wanted)
            if not alike(fingerprint(again), before):
                raise changed(self.function)
            return back(y_bar)

        return value, full

    def __diffpy_moved__(self, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
        return pushed(self.function, args, keywords, moves)

    def __diffpy_paired__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a derivative keeps what it needs."""
        self.check(self.function, args, keywords, wanted)
        return paired(self.function, args, keywords, wanted)


def changed(function: Any) -> DifferentiationError:
    return DifferentiationError(
        f"'{by_rules.name_of(function)}' gave another value when it was run again for its derivative",
        because="with_recomputation runs a function twice, and what it reads has changed in between",
        fix="pass all that it reads as arguments, draw random numbers before the call; or leave with_recomputation out",
    )


# Whether a value is what it was: a few sums stand for it, which rounding does not move


def fingerprint(value: Any) -> tuple[float, float, float]:
    """The sum of the numbers in a value, the sum of their sizes, and a sum that minds their order."""
    total = size = ordered = 0.0
    for k, leaf in enumerate(_numbers(value)):
        row = np.abs(leaf.real) + np.abs(leaf.imag) if leaf.dtype.kind == "c" else np.abs(leaf)
        total += float(np.sum(leaf.real) + 0.5 * np.sum(leaf.imag))
        size += float(np.sum(row))
        ordered += float(np.sum(row[::2])) / (k + 1)
    return total, size, ordered


def _numbers(value: Any) -> Iterator[np.ndarray]:
    structure = structure_of(value)
    if structure is not None:
        for one in structure.values(value):
            yield from _numbers(one)
    elif (is_array(value) and (is_floating(value) or value.dtype.kind in "iub")) or is_scalar(value):
        yield array_module(value).asarray(value).ravel()


def alike(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether two fingerprints are those of one value; a NaN stays what it is."""
    close = 1e-5 * other[1]
    return all(a == b or abs(a - b) <= close or (a != a and b != b) for a, b in zip(one, other, strict=True))


def install(with_recomputation: Callable[..., Any]) -> None:
    """with_recomputation(f) met in a program: its cotangent and its tangent are f's; of items, their own."""

    def taken(y_bar: Any) -> Parts:
        return Parts(None, (y_bar,), {})

    def first(*args: Any, **keywords: Any) -> Pulled:
        return with_recomputation(*args, **keywords), lambda y_bar: Parts(
            None, (y_bar,), dict.fromkeys(keywords)
        )

    def again(args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        made = with_recomputation(*args, **keywords)
        return fixed(made, taken, lambda bar: bar.args[0], args, keywords, wanted)

    def moved(args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
        return with_recomputation(*args, **keywords), moves.args[0]

    pulling.CONTAINER_RULES[with_recomputation] = first
    SPECIAL[with_recomputation] = again
    MOVING[with_recomputation] = moved


def check_steps(steps: Any) -> None:
    """What with_recomputation(..., steps=s) raises where the loop runs as it stands, its derivatives raise too."""
    if steps is not None and (not isinstance(steps, int) or steps < 1):
        raise ValueError(f"steps is a number of states to keep, at least 1; not {steps!r}")
