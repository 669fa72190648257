"""Differentiable structures: how a value is taken apart into its parts, and how tangents are put together."""

from __future__ import annotations

import copy
import dataclasses
import typing
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

import numpy as np

from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.leaves import is_array, is_floating, is_scalar, zero_array, zero_number
from diffpy.runtime.struct_fields import (
    changed,
    field_annotations,
    held,
    is_made,
    is_struct,
    note_made,
    register_fields,
    tangent_fields,
)
from diffpy.runtime.tangent_vectors import TangentVector, make, sequence_like


class Structure(Protocol):
    """One way of taking values apart."""

    def labels(self, x: Any) -> Sequence:
        """Index, key or name of each part."""

    def values(self, x: Any) -> list:
        """The parts, in the order of the labels."""

    def entries(self, x_bar: Any, x: Any) -> list | None:
        """The entries of a tangent in the order of x's parts (None: missing); None if it does not fit x."""

    def tangent(self, x: Any, entries: list) -> Any:
        """The tangent of x that has these entries."""

    def moved(self, x: Any, values: list) -> Any:
        """The value like x that has these parts."""


class _Sequences:
    """Lists, tuples and namedtuples; their tangents are lists, tuples and namedtuples."""

    def labels(self, x: Any) -> Sequence:
        return range(len(x))

    def values(self, x: Any) -> list:
        return list(x)

    def entries(self, x_bar: Any, x: Any) -> list | None:
        fits = isinstance(x_bar, list | tuple) and len(x_bar) == len(x)
        return list(x_bar) if fits else None

    def tangent(self, x: Any, entries: list) -> Any:
        return sequence_like(x, entries)

    def moved(self, x: Any, values: list) -> Any:
        if type(x) is list or isinstance(x, tuple):
            return sequence_like(x, values)
        result = copy.copy(x)
        result[:] = values
        return result


class _Mappings:
    """Dicts with any keys, in their order; their tangents are dicts."""

    def labels(self, x: Any) -> Sequence:
        return list(x)

    def values(self, x: Any) -> list:
        return list(x.values())

    def entries(self, x_bar: Any, x: Any) -> list | None:
        fits = isinstance(x_bar, dict) and x_bar.keys() <= x.keys()
        return [x_bar.get(key) for key in x] if fits else None

    def tangent(self, x: Any, entries: list) -> Any:
        return dict(zip(x, entries, strict=True))

    def moved(self, x: Any, values: list) -> Any:
        moved = dict(zip(x, values, strict=True))
        if type(x) is dict:
            return moved
        result = copy.copy(x)
        result.update(moved)
        return result


class Structs:
    """Dataclasses, registered classes and tangent vectors; their tangents are TangentVectors."""

    def labels(self, x: Any) -> Sequence:
        return tangent_vector(type(x))._names

    def values(self, x: Any) -> list:
        return [held(x, name) for name in self.labels(x)]

    def entries(self, x_bar: Any, x: Any) -> list | None:
        return list(vars(x_bar).values()) if type(x_bar) is tangent_vector(type(x)) else None

    def tangent(self, x: Any, entries: list) -> Any:
        kind = tangent_vector(type(x))
        return make(kind, dict(zip(kind._names, entries, strict=True)))

    def moved(self, x: Any, values: list) -> Any:
        fields = dict(zip(self.labels(x), values, strict=True))
        return changed(x, {name: value for name, value in fields.items() if hasattr(x, name)})


class _TangentVectors(Structs):
    """Tangent vectors, which are their own tangents."""

    def moved(self, x: Any, values: list) -> Any:
        return self.tangent(x, values)


SEQUENCES, MAPPINGS, STRUCTS, TANGENT_VECTORS = _Sequences(), _Mappings(), Structs(), _TangentVectors()
_BUILT_IN: dict[type, Structure] = {list: SEQUENCES, tuple: SEQUENCES, dict: MAPPINGS}

_LEAVES = frozenset({float, int, bool, complex, str, type(None), np.ndarray, np.float64})

_structures: WeakKeyDictionary[type, Structure | None] = WeakKeyDictionary()
_tangent_vectors: WeakKeyDictionary[type, type[TangentVector]] = WeakKeyDictionary()


def structure_of(x: Any) -> Structure | None:
    """How x is taken apart; None for numbers, arrays and what has no derivative."""
    cls = type(x)
    known = _BUILT_IN.get(cls)
    if known is not None or cls in _LEAVES:
        return known
    try:
        return _structures[cls]
    except KeyError:
        return _structures.setdefault(cls, _structure_of_class(cls))


def _structure_of_class(cls: type) -> Structure | None:
    if issubclass(cls, TangentVector):
        return TANGENT_VECTORS
    if is_struct(cls):
        return STRUCTS
    for kind, structure in _BUILT_IN.items():
        if issubclass(cls, kind):
            return structure
    return None


def register_differentiable(cls: type, fields: Iterable[str]) -> type:
    """Make a class that is no dataclass differentiable; `fields` names the attributes with derivatives."""
    register_fields(cls, fields)
    _structures.clear()
    for known in [known for known in _tangent_vectors if issubclass(known, cls)]:
        del _tangent_vectors[known]
    return cls


def register_made(cls: type, fields: tuple[str, ...]) -> None:
    """The same for a class that nobody declared, of which a differentiated function makes objects."""
    note_made(cls, fields)
    _structures.clear()
    if cls in _tangent_vectors:
        kind: Any = _tangent_vectors[cls]
        kind._names = tangent_fields(cls)
        kind._zero_fields = staticmethod(cache(partial(_zero_fields, ref(cls))))


def tangent_vector(cls: type) -> type[TangentVector]:
    """The class of a struct's tangents, made when first needed and kept as long as the struct's class."""
    if issubclass(cls, TangentVector):
        return cls
    try:
        return _tangent_vectors[cls]
    except KeyError:
        return _tangent_vectors.setdefault(cls, _synthesize(cls))


def _synthesize(cls: type) -> type[TangentVector]:
    struct = ref(cls)  # not the class itself: the cache would keep it alive
    return type(
        "TangentVector",
        (TangentVector,),
        {
            "__module__": cls.__module__,
            "__qualname__": f"{cls.__qualname__}.TangentVector",
            "__doc__": f"A direction of change of {cls.__qualname__}.",
            "_names": tangent_fields(cls),
            "_zero_fields": staticmethod(cache(partial(_zero_fields, struct))),
            "_rebuild": staticmethod(partial(_reduced, struct)),
            "zero_like": staticmethod(zero_tangent),
        },
    )


def _reduced(struct: Any, fields: dict) -> tuple:
    return _restored, (struct(), fields)


def _restored(cls: type, fields: dict) -> TangentVector:
    return tangent_vector(cls)(**fields)


def _zero_fields(struct: Any) -> dict[str, Any]:
    """The zeros that annotations tell: of float, complex and structs; None, zero too, for the rest."""
    cls = struct()
    names = tangent_fields(cls)
    is_registered = not hasattr(cls, "__dataclass_fields__")
    hints = {} if is_registered else field_annotations(cls)
    return {name: _zero_of_annotation(hints.get(name)) for name in names}


def _zero_of_annotation(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Annotated, typing.Final):
        hint = typing.get_args(hint)[0]
    if hint in (float, "float"):
        return 0.0
    if hint in (complex, "complex"):
        return 0j
    return tangent_vector(hint).zero if isinstance(hint, type) and dataclasses.is_dataclass(hint) else None


def zero_tangent(x: Any, around: tuple[int, ...] = ()) -> Any:
    """The zero of x's own structure, shapes and dtypes (0.0 for an int); None where x has no derivative.

    `around`: the objects that hold x.
    """
    if type(x) is float:
        return 0.0
    if is_array(x):
        return zero_array(x) if is_floating(x) else None
    structure = structure_of(x)
    if isinstance(structure, Structs) and is_made(type(x)):
        return make(tangent_vector(type(x)), dict.fromkeys(tangent_vector(type(x))._names))
    if structure is not None:
        if id(x) in around:
            raise _held_by_itself(x)
        inside = (*around, id(x))
        return container_tangent(structure, x, [zero_tangent(value, inside) for value in structure.values(x)])
    return zero_number(x) if is_scalar(x) else None


def _held_by_itself(x: Any) -> DifferentiationTypeError:
    return DifferentiationTypeError(
        f"an object of class '{type(x).__name__}' holds itself, or what holds it",
        because="its tangent would have no end",
        fix="make such objects in the function, or declare the field that leads back no_derivative()",
    )


def container_tangent(structure: Structure, x: Any, entries: list) -> Any:
    """The tangent of x with these entries; None where no part has a derivative (an empty list's is empty)."""
    if all(entry is None for entry in entries) and (entries or isinstance(structure, Structs)):
        return None
    return structure.tangent(x, entries)


def has_derivative(x: Any) -> bool:
    """Whether x is, or holds, a number or a floating array."""
    if type(x) is float:
        return True
    if is_array(x):
        return is_floating(x)
    structure = structure_of(x)
    if structure is None:
        return is_scalar(x)
    if is_made(type(x)):
        return True  # its objects may hold each other
    values = structure.values(x)
    return any(map(has_derivative, values)) or not (values or isinstance(structure, Structs))


def holds_reals(x: Any) -> bool:
    """Whether x is, or holds, a number that is no integer, or a floating array."""
    if is_scalar(x):
        return not isinstance(x, int | np.integer)
    structure = structure_of(x)
    if is_made(type(x)):
        return True
    return any(map(holds_reals, structure.values(x))) if structure is not None else has_derivative(x)


def describe(x: Any) -> str:
    """What x is, as the end of a sentence: "has shape (3,)", "is a float", "is a list of 2 entries"."""
    if is_array(x):
        return f"has shape {x.shape}"
    if isinstance(x, list | tuple | dict):
        return f"is a {type(x).__name__} of {len(x)} entries"
    name = type(x).__qualname__
    return "is None" if x is None else f"is {'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
