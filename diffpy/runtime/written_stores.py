"""Stores beside their tangents, as functions that have tangents again: an object, what is stored, and theirs in."""

from __future__ import annotations

import operator
from typing import Any

from diffpy.runtime.zeros import set_field


def store_field(x: Any, name: str, v: Any, x_dot: Any, v_dot: Any) -> tuple[None, None]:
    setattr(x, name, v)
    set_field(x_dot, name, v_dot)
    return None, None


def store_field_of_tangent(x: Any, name: str, v: Any, x_dot: Any, v_dot: Any) -> tuple[None, None]:
    set_field(x, name, v)
    set_field(x_dot, name, v_dot)
    return None, None


def store_item(x: Any, key: Any, v: Any, x_dot: Any, v_dot: Any) -> tuple[None, None]:
    operator.setitem(x, key, v)
    operator.setitem(x_dot, key, v_dot)
    return None, None
