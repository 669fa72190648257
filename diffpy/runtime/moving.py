"""Moving a value along a tangent: a new value of the same structure, shapes and dtypes."""

from __future__ import annotations

import dataclasses
from typing import Any

from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.boundary import Wording, conform
from diffpy.runtime.leaves import array_module, is_array, is_floating, is_scalar
from diffpy.runtime.structures import structure_of, tangent_vector
from diffpy.runtime.tangent_vectors import TangentVector

STEP = Wording(
    "the tangent 'along'", "the value to move", "a value moves along a tangent of its own structure"
)


def move(x: Any, *, along: Any) -> Any:
    """x + along for any structure (numbers, arrays, lists, tuples, dicts, structs); dtypes are kept.

    None in `along` is zero. What has no derivative is shared with x, arrays are not.
    """
    return _moved(x, conform(along, x, STEP))


def _moved(x: Any, along: Any) -> Any:
    structure = structure_of(x)
    if structure is not None:
        values = structure.values(x)
        entries = None if along is None else structure.entries(along, x)
        return structure.moved(x, [*map(_moved, values, entries or [None] * len(values))])
    if is_array(x):
        return _moved_array(x, along) if is_floating(x) else x
    return _moved_number(x, along) if is_scalar(x) else x


def _moved_array(x: Any, along: Any) -> Any:
    if along is None:
        return x.copy(order="K")
    xp = array_module(x)
    return xp.add(x, along, out=xp.empty_like(x))


def _moved_number(x: Any, along: Any) -> Any:
    if along is None or along == 0:
        return x  # an int that nothing depends on stays an int
    return type(x)(x + along) if hasattr(x, "dtype") and x.dtype.kind in "fc" else x + along


class _TangentVectorOfStruct:
    """The attribute TangentVector of a struct's class, made when it is first read."""

    def __get__(self, x: object, owner: type) -> type[TangentVector]:
        return tangent_vector(owner)


def move_struct(self: Any, *, along: Any) -> Any:
    """A new instance, moved along a tangent vector; __init__ and __post_init__ do not run."""
    return move(self, along=along)


def differentiable_struct(cls: type) -> type:
    """Give a dataclass its `TangentVector` and its method `move`; the same class comes back."""
    if not dataclasses.is_dataclass(cls):
        raise DifferentiationTypeError(
            f"class '{cls.__qualname__}' cannot be made differentiable",
            because="it is not a dataclass",
            fix="write @differentiable above @dataclass, or use register_differentiable(cls, fields=(...))",
        )
    for name, value in (("TangentVector", _TangentVectorOfStruct()), ("move", move_struct)):
        if name not in vars(cls) and name not in cls.__dataclass_fields__:
            setattr(cls, name, value)
    return cls
