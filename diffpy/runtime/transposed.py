"""The tangent of a call of which only the pullback is known: a linear map of few results is its values at unit seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime.leaves import is_array, is_complex, number_like
from diffpy.runtime.pulling import Parts
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangent_vectors import dot_tangents, map_tangents

LIMIT = 64  # more results are more calls of the pullback than anybody expects


def transposed(value: Any, full: Callable[[Any], Parts], moves: Parts, name: str, limit: int = LIMIT) -> Any:
    """The tangent of a value, from the pullback that it came with."""
    zero = zero_tangent(value)
    if zero is None:
        return None
    count = sum(np.size(leaf) for leaf in _leaves(zero))
    if count > limit:
        raise UnknownDerivativeError(
            f"'{name}' has no derivative in forward mode",
            because=f"its rule is a pullback, and the result has {count} entries, each of which would need a call of it",
            fix=f'register a rule: @derivative(of={name}, mode="forward"), which returns the value and its differential',
        )
    rates = iter([_rate(seed, full, moves) for seed in _seeds(zero)])
    return map_tangents(lambda leaf: _filled(leaf, rates), zero)


def _leaves(tangent: Any) -> list[Any]:
    found: list[Any] = []
    map_tangents(found.append, tangent)
    return found


def _seeds(zero: Any) -> Iterator[Any]:
    """A cotangent for each real number in a tangent: one there, and zero elsewhere."""
    for place, leaf in enumerate(_leaves(zero)):
        for index in np.ndindex(np.shape(leaf)):
            for one in (1.0, 1j) if is_complex(leaf) else (1.0,):
                yield _unit(zero, place, index, one)


def _unit(zero: Any, place: int, index: tuple, one: Any) -> Any:
    count = iter(range(1_000_000))

    def at(leaf: Any) -> Any:
        if next(count) != place:
            return leaf
        if not is_array(leaf):
            return number_like(one, leaf)
        leaf = leaf.copy()
        leaf[index] = one
        return leaf

    return map_tangents(at, zero)


def _rate(seed: Any, full: Callable[[Any], Parts], moves: Parts) -> float:
    parts = full(seed)
    return _paired(parts.callee, moves.callee) + sum(
        _paired(part, dot)
        for part, dot in (
            *zip(parts.args, moves.args, strict=True),
            *((parts.keywords.get(k), dot) for k, dot in moves.keywords.items()),
        )
    )


def _paired(part: Any, dot: Any) -> float:
    return 0.0 if part is None or dot is None else dot_tangents(part, dot)


def _filled(leaf: Any, rates: Iterator[float]) -> Any:
    """A leaf of the tangent, from its numbers in order."""
    found = [
        next(rates) + 1j * next(rates) if is_complex(leaf) else next(rates) for _ in range(np.size(leaf))
    ]
    if not is_array(leaf):
        return number_like(found[0], leaf)
    filled = leaf.copy()
    for index, rate in zip(np.ndindex(leaf.shape), found, strict=True):
        filled[index] = rate
    return filled


def transposed_elementwise(value: Any, pulled: Callable[[str, Any], Any], moving: dict[str, Any]) -> Any:
    """Of a map of each element by itself: two cotangents, 1 and i, tell all of it."""
    total: Any = 0.0
    ones = np.ones_like(value)
    for parameter, dot in moving.items():
        total = total + np.real(np.conj(pulled(parameter, ones)) * dot)
        if is_complex(value):
            total = total + 1j * np.real(np.conj(pulled(parameter, 1j * ones)) * dot)
    return total if is_array(value) else np.asarray(total)[()]
