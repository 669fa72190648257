"""with_differential(setattr, x_dot, None, v_dot)(x, name, v), differentiated: a call of the function that stores both.

In forward mode alone: tangents of tangents change as values do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from diffpy.runtime.differentials import with_differential
from diffpy.runtime.leaves import is_array
from diffpy.runtime.pulling import Parts
from diffpy.runtime.standing import Standing
from diffpy.runtime.tangents import item_of
from diffpy.runtime.written_stores import store_field, store_field_of_tangent, store_item
from diffpy.runtime.zeros import full_tangent, set_field

_AHEAD: ContextVar[bool] = ContextVar("ahead", default=False)

STORES: dict[Any, Callable[..., Any]] = {
    setattr: store_field,
    set_field: store_field_of_tangent,
    operator.setitem: store_item,
}


def is_ahead() -> bool:
    """Whether only tangents are asked for."""
    return _AHEAD.get()


@contextmanager
def ahead() -> Iterator[None]:
    token = _AHEAD.set(True)
    try:
        yield
    finally:
        _AHEAD.reset(token)


def storing(function: Any, maker: with_differential, args: tuple) -> Standing | None:
    """The store of a value and of its tangent; None for what is no store, or an object's own."""
    text = STORES.get(function) if is_ahead() else None
    if text is None or (
        function is operator.setitem and not (is_array(args[0]) or isinstance(args[0], list | dict))
    ):
        return None
    x, key, v = args
    x_dot, _, v_dot = (*maker.dots, None, None)[:3]
    given = (x, key, v, x_dot, full_tangent(v_dot, v))

    def inward(bar: Parts) -> Parts:
        moved = item_of(bar.callee, "args") if bar.callee else None
        x_moved, _, v_moved = (*(moved or ()), None, None, None)[:3]
        return Parts(None, (bar.args[0], None, bar.args[2], x_moved, v_moved), {})

    return Standing(text, given, {}, (0, 2, 3, 4), inward=inward)
