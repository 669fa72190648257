"""Which names need not be of one class, though one may be the other: the classes of a function in, pairs out."""

from __future__ import annotations

import gast

from diffpy.analysis.alias_classes import Aliases, Way
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.kinds import Kind, OneOf, Struct
from diffpy.analysis.order import Order

_FIELDS = Struct | OneOf  # of what has fields the buffer and the cotangent are two things


def pairs_apart(tree: gast.FunctionDef, found: Aliases) -> frozenset[tuple[str, str]]:
    """Pairs of a name and what it may be: a class keeps the order of changes, and these need none.

    Nothing changes the latter; or nothing changes what a call gives, and the run refuses what shares memory with it;
    or one that is nothing of a known kind is a copy of what changes no more.
    """
    asked = {
        pair: ways
        for pair, ways in found.gotten.items()
        if found.is_shadowed(pair[1]) and not _has_fields(pair, found)
    }
    if not asked:
        return frozenset()
    objects, order = Objects(found), Order(tree)

    def needs_none(y: str, x: str, way: Way) -> bool:
        if way.copy is None:
            return way.is_compared and objects.is_only_read(y)
        is_unknown = type(found.facts.kind(y)) is Kind
        return is_unknown and not any(order.may_follow(where, way.copy) for where in objects.changes(x))

    return frozenset(
        (y, x)
        for (y, x), ways in asked.items()
        if objects.is_left_alone(x) or all(needs_none(y, x, way) for way in ways)
    )


def _has_fields(pair: tuple[str, str], found: Aliases) -> bool:
    is_copy = any(way.copy is not None for way in found.gotten[pair])
    return is_copy and any(isinstance(found.facts.kind(one), _FIELDS) for one in pair)
