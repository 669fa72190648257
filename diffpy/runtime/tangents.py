"""Cotangents in generated code: contributions are accumulated into, and read from, parts of containers.

Adding never changes a cotangent (two names may hold one array). Accumulating into a *part* writes in place
where the caller's variable is the only holder of the container, so that loops take linear time, and copies it
otherwise. For this the container is passed as a plain name and the name is assigned again:

    x_bar = accumulate_item(x_bar, x, i, y_bar)
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationTypeError, UnsupportedSyntaxError
from diffpy.runtime.device_numbers import joined
from diffpy.runtime.extending import Entries
from diffpy.runtime.leaves import (
    ALONE,
    array_like,
    array_module,
    is_array,
    is_buffer,
    is_complex,
    is_floating,
    is_scalar,
    zero_array,
)
from diffpy.runtime.struct_fields import is_made, is_marked, is_struct, state
from diffpy.runtime.structures import (
    Structs,
    has_derivative,
    holds_reals,
    structure_of,
    tangent_vector,
    zero_tangent,
)
from diffpy.runtime.tangent_vectors import TangentVector, add_tangents, make, sequence_like

__all__ = [
    "accumulate_field",
    "accumulate_item",
    "add_tangents",
    "clear_item",
    "field_of",
    "item_of",
    "undo_append",
    "zero_tangent",
]


def accumulate_item(x_bar: Any, x: Any, key: Any, contribution: Any) -> Any:
    """The cotangent of x with a contribution to x[key] added; repeated indices add up; None is zero."""
    if contribution is None:
        return x_bar
    alone = getrefcount(x_bar) <= ALONE
    if is_array(x):
        return _accumulate_in_array(x_bar, x, key, contribution, alone) if is_floating(x) else x_bar
    if isinstance(x, dict):
        x_bar = {} if x_bar is None else x_bar if alone else dict(x_bar)
        x_bar[key] = add_tangents(x_bar.get(key), contribution)
        return x_bar
    if isinstance(x, list | tuple):
        return _accumulate_in_sequence(x_bar, x, key, contribution, alone)
    if is_scalar(x):  # x[()] or x[None] of a NumPy scalar: each element is x
        return add_tangents(x_bar, contribution.sum() if is_array(contribution) else contribution)
    if not has_derivative(x) and isinstance(x, str | bytes | range):
        return x_bar
    if isinstance(key, int) and is_struct(type(x)) and hasattr(type(x), "__iter__"):
        return add_tangents(x_bar, through_iteration[0](x, key, contribution))
    raise _no_parts(x, f"the item {key!r}")


# What an object of a class of the user's own hands out: x, number and cotangent of the item in, cotangent of x out.
# Whoever derives functions puts the one function here.
through_iteration: list[Callable[[Any, int, Any], Any]] = []


def _accumulate_in_array(x_bar: Any, x: Any, key: Any, contribution: Any, alone: bool) -> Any:
    x_bar = _buffer(x_bar, x, alone)
    if is_complex(contribution) and not is_complex(x):
        contribution = contribution.real
    contribution = joined(contribution, x_bar)
    if is_basic(key):
        part = x_bar[key]
        if is_array(part):
            part += contribution
        else:
            x_bar[key] = part + contribution
    elif is_array(key) and key.dtype.kind == "b":
        x_bar[key] += contribution
    else:
        array_module(x).add.at(x_bar, _index(key), contribution)
    return x_bar


def _buffer(x_bar: Any, x: Any, alone: bool) -> Any:
    """An array in x's shape and dtype that may be written: x_bar itself where nobody else holds it."""
    if x_bar is None:
        return zero_array(x)
    if alone and is_array(x_bar) and is_buffer(x_bar) and x_bar.shape == x.shape and x_bar.dtype == x.dtype:
        return x_bar
    return array_like(x_bar, x, copy=True)


def is_basic(key: Any) -> bool:
    """Whether an index selects each element at most once, by a view: integers, slices, ... and None."""
    if type(key) is int or type(key) is slice:
        return True
    if isinstance(key, tuple):
        return all(map(is_basic, key))
    if isinstance(key, bool | list | np.bool_) or is_array(key):
        return False
    return key is None or key is Ellipsis or isinstance(key, slice) or hasattr(key, "__index__")


def _index(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_index, key))
    return np.asarray(key, dtype=None if key else np.intp) if isinstance(key, list) else key


def _accumulate_in_sequence(x_bar: Any, x: Any, key: Any, contribution: Any, alone: bool) -> Any:
    if x_bar is None:
        entries = [None] * len(x)
    else:
        entries = x_bar if alone and isinstance(x_bar, list) else list(x_bar)
    if isinstance(key, slice):
        for index, entry in zip(range(len(entries))[key], contribution, strict=True):
            entries[index] = add_tangents(entries[index], entry)
    else:
        entries[key] = add_tangents(entries[key], contribution)
    return sequence_like(x, entries)


def accumulate_field(x_bar: Any, x: Any, name: str, contribution: Any) -> Any:
    """The cotangent of x with a contribution to x.name added; None is zero."""
    if contribution is None:
        return x_bar
    alone = getrefcount(x_bar) <= ALONE
    cls: Any = type(x)
    if alone and isinstance(x_bar, TangentVector):
        fields = vars(x_bar)
        if name in fields:
            fields[name] = add_tangents(fields[name], contribution)
            return x_bar
    if isinstance(x, tuple) and name in getattr(cls, "_fields", ()):
        return _accumulate_in_sequence(x_bar, x, cls._fields.index(name), contribution, alone)
    if isinstance(x, enum.Enum):
        return x_bar  # a member of an enumeration: it was there before
    if not isinstance(structure_of(x), Structs):
        raise _no_parts(x, f"the attribute {name!r}")
    vector = tangent_vector(cls)
    if name not in vector._names:
        _require_constant(x, name)
        return x_bar
    if x_bar is None or not alone:
        x_bar = make(vector, dict.fromkeys(vector._names) if x_bar is None else vars(x_bar))
    fields = vars(x_bar)
    fields[name] = add_tangents(fields[name], contribution)
    return x_bar


def _require_constant(x: Any, name: str) -> None:
    """Refuse to lose the derivative of an attribute that is real but no differentiable field."""
    cls = type(x)
    if is_marked(cls, name) or (name not in state(x) and not _is_computed(cls, name)):
        return
    if is_made(cls) and _is_computed(cls, name):
        raise UnsupportedSyntaxError(
            f"'{cls.__qualname__}.{name}' is computed when it is read",
            because="what its object holds afterwards is found when it runs",
            fix=f"compute it in a method, and store what it gives: x.{name} = x.compute_{name}()",
        )
    if _is_computed(cls, name) or holds_reals(getattr(x, name)):
        raise DifferentiationTypeError(
            f"'{cls.__qualname__}.{name}' is not a differentiable field of '{cls.__qualname__}'",
            because=f"its differentiable fields are: {', '.join(tangent_vector(cls)._names) or 'none'}",
            fix=f"annotate it as float or as an array, or declare it constant: {name}: ... = no_derivative()",
        )


def _is_computed(cls: type, name: str) -> bool:
    found = inspect.getattr_static(cls, name, None)
    return hasattr(type(found), "__get__") and not callable(found) and not inspect.ismemberdescriptor(found)


def _no_parts(x: Any, part: str) -> DifferentiationTypeError:
    name = type(x).__qualname__
    return DifferentiationTypeError(
        f"{part} of an object of class '{name}' has no derivative",
        because=f"'{name}' is not a differentiable structure",
        fix=f"make '{name}' a dataclass, or name its fields: register_differentiable({name}, fields=(...))",
    )


def item_of(x_bar: Any, key: Any) -> Any:
    """The cotangent of x[key] in a cotangent of x."""
    if x_bar is None or is_scalar(x_bar):
        return x_bar
    if isinstance(x_bar, TangentVector):
        raise DifferentiationTypeError(
            f"an item of an object with {type(x_bar).__qualname__} as tangent has no derivative of its own here",
            because="its class says what its items are made of, which this derivative does not follow",
            fix="read its fields",
        )
    return x_bar.get(key) if isinstance(x_bar, dict) else x_bar[key]


def field_of(x_bar: Any, name: str) -> Any:
    """The cotangent of x.name in a cotangent of x."""
    if x_bar is None:
        return None
    if isinstance(x_bar, tuple):
        return getattr(x_bar, name)
    if not hasattr(x_bar, "__dict__"):
        raise _no_parts(x_bar, f"the attribute {name!r}")
    is_buffer = isinstance(x_bar, dict) and not isinstance(x_bar, Entries)
    return x_bar.get(name) if is_buffer else vars(x_bar).get(name)


def clear_item(x_bar: Any, key: Any) -> Any:
    """The cotangent of a container before x[key] was stored: nothing depends on what the store overwrote."""
    alone = getrefcount(x_bar) <= ALONE
    if x_bar is None:
        return None
    if isinstance(x_bar, dict):
        x_bar = x_bar if alone else dict(x_bar)
        x_bar.pop(key, None)
    elif isinstance(x_bar, list):
        x_bar = x_bar if alone else list(x_bar)
        x_bar[key] = [None] * len(x_bar[key]) if isinstance(key, slice) else None
    else:
        x_bar = _buffer(x_bar, x_bar, alone)
        x_bar[key] = 0
    return x_bar


def undo_append(x_bar: Any) -> tuple[Any, Any]:
    """The cotangent of a list before its last entry was appended, and the cotangent of that entry."""
    alone = getrefcount(x_bar) <= ALONE
    if x_bar is None:
        return None, None
    if not alone:
        x_bar = list(x_bar)
    last = x_bar.pop()
    return x_bar, last
