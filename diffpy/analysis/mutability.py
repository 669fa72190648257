"""What the kind of a value says of changes: whether it can be changed in place, or hold what can."""

from __future__ import annotations

from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    Bottom,
    Cotangent,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Maker,
    Mover,
    PerhapsNumber,
    Pullback,
    Scalar,
    TupleOf,
)


def mutable(kind: Kind) -> bool:
    if isinstance(kind, TupleOf):
        return any(mutable(one) for one in kind.items)
    if isinstance(kind, Iterator | AnyTuple):
        return mutable(kind.item)
    plain = Scalar | PerhapsNumber | Inert | Known | Maker | Mover | Cotangent | Pullback | Bottom
    return not isinstance(kind, plain)


def may_hold(kind: Kind) -> bool:
    """Whether a value of this kind may hold objects that can be changed."""
    match kind:
        case Array():
            return False
        case ListOf() | DictOf() | Iterator():
            return mutable(kind.item)
        case TupleOf():
            return any(map(mutable, kind.items))
    return True


def held_kind(kind: Kind) -> Kind:
    return kind.item if isinstance(kind, ListOf | DictOf | Iterator) else Kind()
