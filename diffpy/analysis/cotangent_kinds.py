"""Kinds of what derivatives call: a row and the kinds of its arguments in, the kind of the result out."""

from __future__ import annotations

from diffpy.analysis.kinds import (
    FLOAT,
    UNKNOWN,
    Array,
    Bottom,
    Cotangent,
    Inert,
    Kind,
    ListOf,
    Scalar,
    TupleOf,
    join,
)

_LIKE = {
    "own": 1,
    "formed_like": 1,
    "unbroadcast_like": 1,
    "fitted": 1,
    "accumulate_item": 1,
    "accumulate_field": 1,
    "item_placed": 1,
    "field_placed": 1,
    "part_of": 2,
    "field_part": 2,
}


def cotangent_kind(row: str, kinds: list[Kind]) -> Kind | None:
    """A cotangent has the kind of its value, where that is a number or an array; None for other functions."""
    if row in ("item_of", "field_of", "captured", "closed"):
        return Cotangent()
    if row.endswith(".fresh_buffer"):
        return _buffer_kind(kinds[0])
    if row.endswith(".fresh_buffers"):
        return TupleOf(tuple(map(_buffer_kind, kinds)))
    if row == "accumulate":
        return _sum_kind(kinds)
    if row not in _LIKE or len(kinds) <= _LIKE[row]:
        return None
    like = kinds[_LIKE[row]]
    if isinstance(like, Scalar):
        return FLOAT if like.type in ("int", "integer", "bool") else like
    return like if isinstance(like, Array) and like.may_differ else Cotangent()


def _buffer_kind(kind: Kind) -> Kind:
    """Entries of a list's buffer that are None now will be cotangents of any kind."""
    if isinstance(kind, ListOf) and isinstance(kind.item, Inert | Bottom | Cotangent):
        return ListOf(Cotangent())
    return kind if isinstance(kind, Array) else UNKNOWN


def _sum_kind(kinds: list[Kind]) -> Kind:
    if len(kinds) == 2 and all(isinstance(k, Scalar | Array) for k in kinds):
        return join(kinds[0], kinds[1], "sum")
    return Cotangent()
