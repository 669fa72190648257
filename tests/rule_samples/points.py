"""Ordinary points for the rows of the table: a call of the operation a sample, away from kinks and poles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

RANDOM = np.random.default_rng(7)


@dataclass(frozen=True)
class Sample:
    """A call: the operation's dotted name and what it is called with."""

    name: str
    args: tuple
    keywords: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = [_shown(one) for one in self.args] + [
            f"{key}={_shown_keyword(value)}" for key, value in self.keywords.items()
        ]
        return f"{self.name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "x".join(map(str, value.shape)) or "0-d"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return getattr(value, "__name__", type(value).__name__) if callable(value) else str(value)


def _shown_keyword(value: Any) -> str:
    return _shown(value) if callable(value) else str(value)


def call(name: str, *args: Any, **keywords: Any) -> Sample:
    return Sample(name, args, keywords)


def unit(*shape: int) -> np.ndarray:
    """Random elements between 0.2 and 0.8: in the domain of every function, far from ties."""
    return (
        0.2
        + 0.6 * RANDOM.permutation(int(np.prod(shape))).reshape(shape) / max(np.prod(shape), 1)
        + 0.01 * RANDOM.random(shape)
    )


def real(*shape: int) -> np.ndarray:
    """Random elements of both signs, of magnitude 0.3 to 2."""
    return RANDOM.choice([-1.0, 1.0], shape) * (0.3 + 1.7 * RANDOM.random(shape))


def above(*shape: int) -> np.ndarray:
    """Random elements between 1.2 and 3, no two of them close."""
    size = max(int(np.prod(shape)), 1)
    offset = 0.2 + 0.6 * RANDOM.random()
    return 1.2 + 1.8 * (RANDOM.permutation(size).reshape(shape) + offset) / size


def spaced(*shape: int) -> np.ndarray:
    """Elements from -2 to 2, a twentieth away from each other and from tenths at the least."""
    return np.linspace(-2, 2, int(np.prod(shape))).reshape(shape) + 0.033


BINARY_SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((2, 1, 3), (4, 1))]
AXES: list[dict[str, Any]] = [
    {},
    {"axis": 0},
    {"axis": -1},
    {"axis": (0, 2)},
    {"keepdims": True},
    {"axis": 1, "keepdims": True},
    {"axis": (-1, 0), "keepdims": True},
]


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)
