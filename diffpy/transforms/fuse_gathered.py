"""Cotangents in lists whose items are known one by one: added to an item, taken off the end."""

from __future__ import annotations

from typing import Any

from diffpy.transforms.fuse_calls import METHODS, stands_for, with_lists
from diffpy.transforms.fuse_frames import Kernel, may_fill
from diffpy.transforms.fuse_runtime import accumulate, of_its_own
from diffpy.transforms.fuse_values import NONE, Gathered, NotCompiled, place_in


@stands_for("diffpy.runtime.buffers.add_item")
@with_lists
def _add_item(k: Kernel, x_bar: Any, key: Any, value: Any) -> Any:
    """Add a cotangent to an item; each has memory of its own."""
    if value is NONE:
        return NONE
    if not isinstance(x_bar, Gathered):
        raise NotCompiled("the cotangent of an item of a list that is filled in a loop")
    may_fill(k, x_bar)
    place = place_in(x_bar.as_tuple(), key)
    x_bar.items[place] = of_its_own(k, accumulate(k, x_bar.items[place], value))
    return NONE


def _pop(k: Kernel, x: Any) -> Any:
    """x.pop()"""
    if not isinstance(x, Gathered) or not x.items:
        raise NotCompiled("pop of a list that is filled in a loop")
    may_fill(k, x)
    return x.items.pop()


METHODS["pop"] = _pop
