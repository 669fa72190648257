"""Sets made of other sets: which set hands an element on. Cotangents and tangents of a set go by value."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

_SETS = (set, frozenset)
_METHODS = {"or_": "union", "and_": "intersection", "sub": "difference", "xor": "symmetric_difference"}
JOINS = tuple(getattr(cls, name) for cls in _SETS for name in (*_METHODS.values(), "copy"))


def joined_by(function: Any, args: tuple) -> Any:
    """a | b: the method of sets that the operator stands for, if it does."""
    name = _METHODS.get(function.__name__)
    if name is None or not all(isinstance(one, _SETS) for one in args):
        return None
    return getattr(set if isinstance(args[0], set) else frozenset, name)


_UPDATES = {
    operator.ior: "update",
    operator.iand: "intersection_update",
    operator.isub: "difference_update",
    operator.ixor: "symmetric_difference_update",
}
UPDATES = tuple(getattr(set, name) for name in _UPDATES.values())


def updated_by(in_place: Any, x: Any, other: Any) -> Any:
    """x |= other: the method of a set, or of a dict, that the operator stands for, if it does."""
    name = _UPDATES.get(in_place)
    is_known = isinstance(other, _SETS) if isinstance(x, set) else in_place is operator.ior
    return getattr(x, name) if name is not None and is_known else None


def handed_on(y_bar: Any, sets: Iterable[Any]) -> list[dict]:
    """The parts of a cotangent for the sets that elements came from: the first that holds one."""
    left = dict(y_bar or {})
    return [{one: left.pop(one) for one in [*left] if one in held} for held in sets]
