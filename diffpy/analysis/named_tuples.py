"""Named tuples that are made of their items: the constructor call in, a tuple of what it is given out."""

from __future__ import annotations

from typing import Any

import gast

from diffpy.analysis.calls import OpenCall
from diffpy.analysis.facts import Facts
from diffpy.rules.structs import is_plain_named_tuple


def display(facts: Facts, value: gast.expr) -> gast.Tuple | None:
    """(a, b) for State(a, omega=b); None for other calls, and where an item is left to its default."""
    found = facts.calls.get(id(value))
    if not isinstance(found, OpenCall) or not isinstance(found.function, type):
        return None
    cls: Any = found.function
    if not is_plain_named_tuple(cls) or any(isinstance(a, gast.Starred) for a in found.args):
        return None
    given = dict(zip(cls._fields, found.args, strict=False)) | {k.arg: k.value for k in found.keywords}
    is_whole = len(found.args) + len(found.keywords) == len(cls._fields) and given.keys() == {*cls._fields}
    return gast.Tuple([given[name] for name in cls._fields], gast.Load()) if is_whole else None
