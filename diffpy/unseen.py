"""Whether nobody sees that a function ran: a function in; what it and all that it may call do to the world, out."""

from __future__ import annotations

import builtins
import enum
import io
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError
from diffpy.quiet import effects_of, is_plain_print
from diffpy.reaching import reached
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.random_sources import Source, is_generator, sources
from diffpy.runtime.struct_fields import is_plain_object
from diffpy.runtime.tangent_vectors import TangentVector, leaves

LIMIT = 1_000_000  # elements of outer data that are compared


def watched(function: types.FunctionType) -> Callable[[tuple], Attempt] | None:
    """What watches a run with these arguments; None where others see what it does."""
    data: list[Any] = []
    objects: list[Any] = []
    generators: list[Any] = []
    draws = prints = False

    def meet(x: Any) -> None:
        if isinstance(x, TangentVector):  # a value: what its arrays hold may change alone
            for leaf in leaves(x):
                meet(leaf)
        elif is_generator(x):
            generators.append(x)
        elif is_plain_object(x):  # what its attributes are is met by itself
            objects.append(x)
        elif _may_change(x):
            data.append(x)

    try:
        for one in reached(function, meet):
            for effect, _ in effects_of(one):
                if not effect.draws and not is_plain_print(effect):
                    return None
                draws, prints = draws or effect.draws, prints or not effect.draws
    except DifferentiationError:  # without source, nothing is known
        return None
    if not all(map(_is_plain, data)) or sum(map(_size, data)) > LIMIT:
        return None
    return lambda args: Attempt(data, objects, sources(function, args, generators) if draws else [], prints)


def may_run_again(function: types.FunctionType) -> bool:
    """Whether it does nothing but give its result, nor does what it calls: nobody sees how often it runs."""
    try:
        return not any(True for one in reached(function, lambda _: None) for _ in effects_of(one))
    except DifferentiationError:  # without source, nothing is known
        return False


class Attempt:
    """A run that can be taken back: it draws random numbers that are put back, and what it prints waits."""

    def __init__(self, data: list[Any], objects: list[Any], drawn: list[Source], prints: bool) -> None:
        self.data, self.before = data, copy_arguments(tuple(data))
        self.held = [(x, dict(vars(x))) for x in objects]
        self.drawn, self.states = drawn, [one.state for one in drawn]
        self.printed: io.StringIO | None = io.StringIO() if prints else None

    def __enter__(self) -> Attempt:
        self.screen = sys.stdout
        if self.printed is not None:
            sys.stdout = self.printed
        return self

    def __exit__(self, *error: object) -> None:
        sys.stdout = self.screen

    def show(self) -> None:
        """Print what was printed: the run counts."""
        if self.printed is not None:
            self.screen.write(self.printed.getvalue())
            self.printed = None

    def is_taken_back(self) -> bool:
        """Whether nothing that others see has changed; random numbers are put back."""
        if not all(map(_same, self.data, self.before)):
            return False
        if not all(_holds(x, before) for x, before in self.held):
            return False
        for one, state in zip(self.drawn, self.states, strict=True):
            one.state = state
        return True


def _holds(x: Any, before: dict[str, Any]) -> bool:
    """Whether an object has the attributes that it had."""
    now = vars(x)
    return now.keys() == before.keys() and all(now[name] is one for name, one in before.items())


def _may_change(x: Any) -> bool:
    if isinstance(x, list | dict | set | np.ndarray | bytearray):
        return True
    if isinstance(x, enum.Enum):
        return _may_change(x.value)
    fixed = (
        types.ModuleType
        | types.BuiltinFunctionType
        | np.ufunc
        | np.generic
        | type(np.sum)
        | type(np.random.rand)
    )
    return (
        not isinstance(x, fixed) and hasattr(x, "__dict__") and vars(builtins).get(type(x).__name__) is None
    )


_RUN = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type)


def _is_plain(x: Any) -> bool:
    if isinstance(x, list | tuple | dict):
        return all(map(_is_plain, x.values() if isinstance(x, dict) else x))
    if isinstance(x, _RUN):  # what they do is looked at where they are reached
        return True
    return isinstance(x, int | float | complex | str | np.generic | np.ndarray | None) and not (
        isinstance(x, np.ndarray) and x.dtype.hasobject
    )


def _size(x: Any) -> int:
    if isinstance(x, list | tuple | dict):
        return sum(map(_size, x.values() if isinstance(x, dict) else x))
    return int(np.size(x))


def _same(x: Any, before: Any) -> bool:
    if isinstance(x, list | tuple | dict):
        if len(x) != len(before) or (isinstance(x, dict) and [*x] != [*before]):
            return False
        pairs = (
            zip(x.values(), before.values(), strict=True)
            if isinstance(x, dict)
            else zip(x, before, strict=True)
        )
        return all(_same(*pair) for pair in pairs)
    if isinstance(x, np.ndarray):
        return x.shape == before.shape and x.tobytes() == before.tobytes()
    return bool(x == before) or x != x
