"""Sets of objects in a run that is recorded: a set has no places for tangents, so the record keeps them by object."""

from __future__ import annotations

from typing import Any

from diffpy.runtime.pulling import Parts
from diffpy.runtime.recorded import here, lost
from diffpy.runtime.struct_fields import is_struct
from diffpy.runtime.zeros import is_still


def members_changed(function: Any, args: tuple, keywords: dict, moves: Parts) -> tuple[Any, Any]:
    """visited.add(node)."""
    name, record = function.__name__, here()
    if record is None or name not in ("add", "discard", "remove") or keywords:
        raise lost(f"'{name}' changes a set of objects")
    (x,), (dot,) = args, moves.args
    if name == "add" and not is_still(dot):
        if not is_struct(type(x)):
            raise lost("a number that moves is put into a set")
        record.members[id(x)] = x, dot
    return function(x), None


def member(x: Any) -> Any:
    """The tangent of an object that a set holds."""
    record = here()
    found = record.members.get(id(x)) if record is not None else None
    return None if found is None else found[1]
