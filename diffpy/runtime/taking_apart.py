"""dataclasses.astuple and asdict, _replace and _asdict of named tuples: how parts go there, and come back."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.standing import Standing, fixed
from diffpy.runtime.struct_fields import differentiable_fields
from diffpy.runtime.tangents import accumulate_field, field_of, item_of
from diffpy.runtime.zeros import zero_like

IN_ORDER: dict[Any, bool] = {dataclasses.astuple: True, dataclasses.asdict: False}


def put_together(x: Any, y_bar: Any, in_order: bool) -> Any:
    """The cotangent of x from the cotangent of what it was taken apart into."""
    if y_bar is None:
        return None
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        x_bar: Any = None
        for k, one in enumerate(dataclasses.fields(x)):
            part = item_of(y_bar, k if in_order else one.name)
            x_bar = accumulate_field(x_bar, x, one.name, put_together(getattr(x, one.name), part, in_order))
        return x_bar
    return _each(x, y_bar, functools.partial(put_together, in_order=in_order))


def taken_apart(x: Any, x_bar: Any, in_order: bool, leaf: Callable[[Any, Any], Any]) -> Any:
    """A cotangent of x in the form of what x is taken apart into."""
    again = functools.partial(taken_apart, in_order=in_order, leaf=leaf)
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        known = differentiable_fields(type(x))
        parts = {
            one.name: again(getattr(x, one.name), field_of(x_bar, one.name) if one.name in known else None)
            for one in dataclasses.fields(x)
        }
        return tuple(parts.values()) if in_order else parts
    return _each(x, x_bar, again) if isinstance(x, list | tuple | dict) else leaf(x, x_bar)


def _each(x: Any, bar: Any, turned: Callable[[Any, Any], Any]) -> Any:
    """Containers part for part; anything else as it is."""
    if isinstance(x, dict):
        return {key: turned(one, item_of(bar, key)) for key, one in x.items()}
    if isinstance(x, list | tuple):
        parts = [turned(one, item_of(bar, k)) for k, one in enumerate(x)]
        return parts if isinstance(x, list) else tuple(parts)
    return bar


def _check_plain(function: Any, keywords: dict) -> None:
    if keywords:
        raise UnknownDerivativeError(
            f"'{function.__name__}' has no derivative with '{next(iter(keywords))}=' given",
            because="what the factory makes of the parts is not known",
            fix="leave it out, and convert the result",
        )


def _register(function: Any, in_order: bool) -> None:
    def rule(x: Any, **keywords: Any) -> Pulled:
        _check_plain(function, keywords)
        return function(x), lambda y_bar: Parts(None, (put_together(x, y_bar, in_order),), {})

    CONTAINER_RULES[function] = rule


for _function, _in_order in IN_ORDER.items():
    _register(_function, _in_order)


def paired_apart(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """The same as a call of value and pullback."""
    value, first = CONTAINER_RULES[function](*args, **keywords)

    def turned(bar: Parts) -> Any:
        return taken_apart(args[0], bar.args[0], IN_ORDER[function], lambda x, part: part)

    return fixed(value, first, turned, args, keywords, wanted)


def moved_apart(function: Any, args: tuple, keywords: dict, moves: Parts) -> tuple[Any, Any]:
    """The same with its tangent."""
    _check_plain(function, keywords)

    def leaf(x: Any, dot: Any) -> Any:
        return zero_like(x) if dot is None else copy.deepcopy(dot)

    return function(*args), taken_apart(args[0], moves.args[0], IN_ORDER[function], leaf)
