"""Forward mode over a rule that a user wrote as value and pullback: the tangents of both."""

from __future__ import annotations

import types
from typing import Any

from diffpy.runtime import by_rules
from diffpy.runtime.differentials import Moved, _pusher, pushed
from diffpy.runtime.pairing import _Derivable, _Ruled
from diffpy.runtime.pulling import Parts
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.tangents import item_of
from diffpy.runtime.transposed import transposed


def _ruled(ruled: _Ruled, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """The value moves as the pullback says that it does; the pullback moves as its text says."""
    rule = ruled.rule
    pair, dots = _wherever_written(rule.rule, args, keywords, moves)
    value, pullback = by_rules.checked_pair(rule, pair)
    names = by_rules.parameter_names(rule.function, args, keywords)

    def full(y_bar: Any) -> Parts:
        return by_rules.checked_parts(rule, pullback(y_bar), names, args, keywords)

    moved = transposed(value, full, moves, by_rules.name_of(rule.function))
    return (value, _Derivable(pullback)), (moved, item_of(dots, 1))


def _derivable(pullback: _Derivable, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    return _wherever_written(pullback.function, args, keywords, moves)


def _wherever_written(function: Any, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
    """Rules are derived wherever they were written."""
    if isinstance(function, types.FunctionType) and not REGISTRY.find(function):
        return _pusher[0](function, args, keywords, moves)
    return pushed(function, args, keywords, moves)


_Ruled.__diffpy_moved__ = _ruled  # type: ignore[attr-defined]
_Derivable.__diffpy_moved__ = _derivable  # type: ignore[attr-defined]
