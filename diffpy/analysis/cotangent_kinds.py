"""Kinds of what derivatives call: a row and the kinds of its arguments in, the kind of the result out."""

from __future__ import annotations

from diffpy.analysis.kinds import (
    FLOAT,
    INT,
    NONE,
    STRING,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    Cotangent,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Scalar,
    TupleOf,
    dtype_of,
    join,
)

_LIKE = {
    "with_added": 0,
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
    "share": 1,
    "products_of_others": 0,
}

# Of these those that make no zeros: None, which stands for one, stays None.
_NO_ZEROS = _LIKE.keys() - {"with_added", "own", "share", "products_of_others"}

# The place of the shape that the result has, and of another factor, whose type the result has too.
_SHAPED = {
    "unbroadcast": (1, 0),
    "matmul_left": (1, 2),
    "matmul_right": (2, 1),
    "dot_left": (1, 2),
    "dot_right": (2, 1),
    "tensordot_left": (1, 2),
    "tensordot_right": (2, 1),
}


def cotangent_kind(row: str, kinds: list[Kind], site: str, key: object = None) -> Kind | None:
    """A cotangent has the kind of its value, where that is a number or an array; None for other functions.

    `key`: the second argument, where it is a literal.
    """
    if row == "item_of" and isinstance(kinds[0], TupleOf) and isinstance(key, int):
        return _item_kind(kinds[0].items, key)
    if row in ("item_of", "field_of", "captured", "closed"):
        return Cotangent()
    if row.endswith(".fresh_buffer"):
        return _buffer_kind(kinds[0])
    if row.endswith(".shadow"):
        return _own_kind(kinds[0]) or _shadow_kind(kinds[0])
    if row.endswith((".zero_like", ".gathering_zero")):
        return _zero_kind(kinds[0])
    if row.endswith(".places_of"):
        return ListOf(INT if isinstance(kinds[0], ListOf) else UNKNOWN)
    if row.endswith(".attribute_names"):
        return AnyTuple(STRING)
    if row.endswith(".reading_order"):
        return Array("int64", (("?", site, 0),))
    if row.endswith(".diagonal_mask"):
        return Array("bool", kinds[0].dims if isinstance(kinds[0], Array) else None)
    if row.endswith(".mask_over"):
        return Array("bool", kinds[1].dims if isinstance(kinds[1], Array) else None)
    if row.endswith(".fresh_buffers"):
        return TupleOf(tuple(map(_buffer_kind, kinds)))
    if row == "accumulate":
        return _sum_kind(kinds)
    if row == "kept":
        return kinds[0]
    if row in ("mirror", "mirrored"):
        return kinds[0] if all(isinstance(k, Array) for k in kinds[:2]) else None
    if row == "part_where":
        return Cotangent()
    if row == "settled" and isinstance(kinds[0], Scalar | Array):
        return kinds[1] if _is_floating(kinds[1]) else None
    if row in _SHAPED and len(kinds) > max(_SHAPED[row]):
        return _shaped_kind(kinds[0], kinds[_SHAPED[row][1]], kinds[_SHAPED[row][0]], site)
    if row not in _LIKE or len(kinds) <= _LIKE[row]:
        return None
    like = kinds[_LIKE[row]]
    if row in _NO_ZEROS and not _is_there(row, kinds, key):
        return Cotangent()
    if isinstance(like, Scalar):
        return FLOAT if like.type in ("int", "integer", "bool") else like
    return like if isinstance(like, Array) and like.may_differ else Cotangent()


def _is_floating(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Array) and dtype_of(kind) in ("float", "float32", "float64")


def _shaped_kind(value: Kind, other: Kind, shape: Kind, site: str) -> Kind | None:
    """An array of as many axes as the shape has places, where the types say which dtype."""
    if not isinstance(value, Scalar | Array) or not isinstance(other, Scalar | Array):
        return None
    joined = join(value, other, "product")
    if not isinstance(shape, TupleOf) or not isinstance(joined, Scalar | Array):
        return None
    dtype = {"float": "float64", "complex": "complex128"}.get(dtype_of(joined), dtype_of(joined))
    if dtype not in ("float64", "complex128"):
        return None
    if not shape.items:
        return Scalar(dtype)
    return Array(dtype, tuple(("?", site, k) for k in range(len(shape.items))))


def _own_kind(kind: Kind) -> Kind | None:
    """An array of no axes, in which the cotangent of a number gathers."""
    if not isinstance(kind, Scalar) or not kind.type.startswith(("float", "complex")):
        return None
    return Array({"float": "float64", "complex": "complex128"}.get(kind.type, kind.type), ())


def _shadow_kind(kind: Kind) -> Kind:
    """Zeros for what can be changed in place, None for numbers, laid out like the value."""
    match kind:
        case Array():
            return kind
        case ListOf() | DictOf() if not isinstance(kind, AnyTuple):
            return type(kind)(_shadow_kind(kind.item))
        case Scalar() | Inert() | Bottom() | Cotangent():
            return Cotangent()
    return UNKNOWN


def _zero_kind(kind: Kind) -> Kind:
    """Zeros laid out like the value; None for what cannot move."""
    match kind:
        case Array() if kind.may_differ:
            return kind
        case Scalar(type="float" | "float64"):
            return kind
        case ListOf() | DictOf() if not isinstance(kind, AnyTuple):
            return type(kind)(_zero_kind(kind.item))
        case Cotangent() | Bottom():
            return kind
        case Inert(type="NoneType" | "str"):
            return NONE
    return UNKNOWN


def _buffer_kind(kind: Kind) -> Kind:
    """Entries of a list's or dict's buffer that are None now will be cotangents of any kind."""
    if isinstance(kind, ListOf | DictOf) and isinstance(kind.item, Inert | Bottom | Cotangent):
        return type(kind)(Cotangent())
    return kind if isinstance(kind, Array) or _is_tape_of_buffers(kind) else UNKNOWN


def _is_tape_of_buffers(kind: Kind) -> bool:
    """Whether each entry of a list is the buffer, or holds the buffers, of an iteration of a loop."""
    if not isinstance(kind, ListOf) or isinstance(kind, AnyTuple):
        return False
    items = kind.item.items if isinstance(kind.item, TupleOf) else (kind.item,)
    return all(isinstance(one, Array) for one in items)


def _is_there(row: str, kinds: list[Kind], key: object) -> bool:
    """Whether the result is surely not None: what is added, placed or formed is a number or an array."""
    given = kinds[0]
    if row in ("accumulate_item", "accumulate_field"):
        return any(isinstance(one, Scalar | Array) for one in (given, kinds[-1]))
    if row == "part_of" and isinstance(given, TupleOf) and isinstance(key, int):
        given = _item_kind(given.items, key)
    return isinstance(given, Scalar | Array)


def _item_kind(items: tuple[Kind, ...], key: int) -> Kind:
    """An item of a tuple of cotangents."""
    found = items[key] if -len(items) <= key < len(items) else UNKNOWN
    return found if isinstance(found, Scalar | Array | TupleOf) or found == NONE else Cotangent()


def _sum_kind(kinds: list[Kind]) -> Kind:
    """None adds nothing, and what is added to a number or an array is of its kind."""
    if kinds[1:] == [NONE]:
        return kinds[0] if isinstance(kinds[0], Scalar | Array) else Cotangent()
    if len(kinds) == 2 and all(isinstance(k, Scalar | Array) for k in kinds):
        return join(kinds[0], kinds[1], "sum")
    arrays = [k for k in kinds if isinstance(k, Array) and k.may_differ]
    if len(kinds) == 2 and arrays:
        return arrays[0]
    number = next((k for k in kinds if k in (FLOAT, Scalar("complex"))), None)
    return number if number is not None and Cotangent() in kinds else Cotangent()
