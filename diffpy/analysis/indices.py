"""What indexing an array with a part takes: the kind of the part in, a view or a copy out."""

from __future__ import annotations

from diffpy.analysis.kinds import AnyTuple, Array, Inert, Kind, ListOf, Range, Scalar, TupleOf


def takes(kind: Kind, alone: bool) -> str:
    """What indexing with a part of this kind takes: a "view", a "copy", or "" where it is not known."""
    match kind:
        case Scalar() | Inert(type="NoneType" | "slice" | "ellipsis" | "str" | "key"):
            return "view"
        case TupleOf(items=items) if alone:
            found = {takes(one, False) for one in items}
            return "" if "" in found else "copy" if "copy" in found else "view"
        case AnyTuple(item=item) if alone:
            return takes(item, False)
        case Array() | ListOf() | TupleOf() | Range():
            return "copy"
    return ""
