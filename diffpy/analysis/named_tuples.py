"""Named tuples that are made of their items: the constructor call in, a tuple of what it is given out."""

from __future__ import annotations

from collections.abc import Sequence
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
    items = in_order(cls._fields, found.args, [(k.arg, k.value) for k in found.keywords])
    return None if items is None else gast.Tuple(items, gast.Load())


def in_order(
    names: Sequence[str], args: Sequence[Any], keywords: Sequence[tuple[str | None, Any]]
) -> list[Any] | None:
    """What a constructor is given for each of these names; None where one is left out, or given twice."""
    given = dict(zip(names, args, strict=False)) | dict(keywords)
    is_whole = len(args) + len(keywords) == len(names) and given.keys() == {*names}
    return [given[name] for name in names] if is_whole else None
