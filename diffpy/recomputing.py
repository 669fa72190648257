"""with_recomputation: what a derivative keeps, traded for time."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from diffpy import answering, traces
from diffpy.errors import DifferentiationTypeError, UnsupportedSyntaxError
from diffpy.functions import ByCode
from diffpy.quiet import effects_of
from diffpy.runtime import recomputation
from diffpy.runtime.recomputation import Recomputed
from diffpy.runtime.signatures import signature
from diffpy.runtime.structures import describe
from diffpy.syntax import source
from diffpy.targets import target_of


def with_recomputation(target: Any, *, steps: int | None = None) -> Any:
    """Keep less for a derivative, and compute it again: of a function, or of the steps of a loop.

    `with_recomputation(f)`, or `@with_recomputation` above a def: a derivative keeps the arguments of a call alone, and
    its pullback runs f again. `for k in with_recomputation(range(n), steps=s)`: of the states that the loop goes
    through `s` are kept at a time (left out: four times log2(n)), and the steps between them run again. Where they
    are kept is the binomial schedule of Griewank and Walther (2000): with n up to binomial(s + r, s) a step runs at
    most r times more. Values and derivatives are those without it; so is what plain Python does.

    A function may draw random numbers from NumPy's and Python's own sources and from generators that are its
    arguments, captured or global: the same are drawn again. It may have no other effects. A loop may not draw, break,
    return, or change what it did not make in the same step.

    Args:
        target: a function; or, in a for statement, a range, a list, a tuple or an array.
        steps: for a loop, how many states are kept at a time.

    Raises:
        DifferentiationError: when differentiated: effects; arguments that are changed in place; another value at the
            second run.

    >>> import numpy as np
    >>> from diffpy import gradient
    >>> @with_recomputation
    ... def layer(x, w):
    ...     return np.tanh(w * np.sin(x))
    >>> print("%.4f %.4f" % gradient(of=layer)(1.0, 2.0))
    0.1395 0.1086

    >>> def decayed(x, rate, n):
    ...     for _ in with_recomputation(range(n), steps=5):
    ...         x = x - rate * np.sin(x)
    ...     return x
    >>> print("%.4f %.4f" % gradient(of=decayed, wrt=("x", "rate"))(1.0, 0.01, 100))
    0.4584 -38.8251
    """
    if callable(target) and steps is None:
        return Recomputed(target, check)
    if callable(target) or not isinstance(target, Iterable):
        with traces.pointing():
            raise DifferentiationTypeError(
                f"with_recomputation{' with steps=' if steps is not None else ''} does not take what {describe(target)}",
                because="it takes a function, or what a for statement runs through",
                fix="@with_recomputation above a def, or: for k in with_recomputation(range(n), steps=20)",
            )
    recomputation.check_steps(steps)
    return target


with_recomputation.__diffpy_repeats__ = True  # type: ignore[attr-defined]
recomputation.install(with_recomputation)


# What may not run twice

_draws: ByCode[bool] = ByCode()
_checked: ByCode[set] = ByCode()


def check(function: Any, args: tuple, keywords: dict[str, Any], wanted: tuple) -> bool:
    """Refuse a function that does more than give its result; say whether it may draw random numbers."""
    target = target_of(function)
    if target is None:
        return True
    plain = target.function
    if plain.__code__ not in _draws:
        _draws[plain.__code__] = refuse_effects(plain)
    whole, named = target.whole(args, keywords)
    key = signature(whole, named)
    known = _checked.setdefault(plain.__code__, set())
    if key is None or key not in known:
        _refuse_changes(plain, whole, named)
        known.add(key)
    return _draws[plain.__code__]


def refuse_effects(function: types.FunctionType) -> bool:
    """Refuse effects of a function and of what it calls; say whether it draws random numbers."""
    draws = False
    for effect, written in effects_of(function):
        if not effect.draws:
            raise written.error(
                UnsupportedSyntaxError,
                f"with_recomputation would run '{written.name}' twice, which {effect.what}",
                effect.node,
                because="a function with recomputation runs once for its value and once more for its derivative",
                fix="return what is to be printed or stored, and do it where the function is called",
            )
        draws = True
    return draws


def _refuse_changes(function: types.FunctionType, args: tuple, keywords: dict[str, Any]) -> None:
    """Refuse a function that changes its arguments."""
    made = answering.generate(function, args, keywords, (*range(len(args)), *keywords))
    changed = sorted(vars(made.function)["__diffpy_changed__"]) if made is not None else []
    if changed:
        written = source.find(function)
        raise written.error(
            UnsupportedSyntaxError,
            f"with_recomputation would run '{function.__name__}' twice, which changes its argument '{changed[0]}'",
            None,
            because="the second run would start from what the first one left",
            fix=f"work on a copy: {changed[0]} = {changed[0]}.copy() before the first write, and return it",
        )
