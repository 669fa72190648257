"""Sets of numbers that move: their tangents are in a dict, by value, which changes as the set does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.differential_rules import in_step, moving
from diffpy.runtime.differential_stores import check_still
from diffpy.runtime.differentials import Moved
from diffpy.runtime.joined_sets import JOINS, UPDATES
from diffpy.runtime.pulling import Parts
from diffpy.runtime.zeros import full_tangent


def by_value(x: Any, x_dot: Any) -> dict:
    """The tangents of items by value: of equal values the first stands in a set."""
    found: dict = {}
    for value, dot in zip(*in_step(x, x_dot), strict=False):
        found.setdefault(value, dot)
    return found


def _register_join(method: Any) -> None:
    @moving(method)
    def join(args: tuple, keywords: dict, moves: Parts) -> Moved:
        given = list(map(by_value, args, moves.args))
        found: dict = {}
        for held in given:
            found = held | found
        value = method(args[0], *given[1:])
        return value, {one: full_tangent(found[one], one) for one in value}


for _method in JOINS:
    _register_join(_method)


def _changed(x: set, x_dot: dict, change: Callable[[], Any], coming: dict) -> Any:
    """What a change gives; items that stay keep the tangents that they had."""
    given = change()
    dots = {one: x_dot[one] if one in x_dot else full_tangent(coming[one], one) for one in x}
    x_dot.clear()
    x_dot.update(dots)
    return given


def _register_change(method: Any) -> None:
    """x.update(a, b) and the like: items come from other sets, or stay only if these hold them."""

    @moving(method)
    def change(args: tuple, keywords: dict, moves: Parts) -> Moved:
        (x, *others), (x_dot, *dots) = args, moves.args
        if x_dot is None:
            for dot in dots:
                check_still(dot, x)
            return method(*args), None
        given = list(map(by_value, others, dots))
        coming = {one: dot for held in reversed(given) for one, dot in held.items()}
        return _changed(x, x_dot, lambda: method(x, *given), coming), None


for _method in UPDATES:
    _register_change(_method)


@moving(set.add)
def _add(args: tuple, keywords: dict, moves: Parts) -> Moved:
    (x, one), (x_dot, dot) = args, moves.args
    if x_dot is None:
        check_still(dot, x)
    elif one not in x:
        x_dot[one] = full_tangent(dot, one)
    return x.add(one), None


def _register_loss(method: Any) -> None:
    @moving(method)
    def lost(args: tuple, keywords: dict, moves: Parts) -> Moved:
        x, x_dot = args[0], moves.args[0] or {}
        before = {**x_dot}
        given = method(*args)
        for one in before.keys() - x:
            del x_dot[one]
        return given, before.get(given)


for _method in (set.discard, set.remove, set.clear, set.pop):
    _register_loss(_method)
