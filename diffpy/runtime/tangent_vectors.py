"""The algebra of tangents (numbers, arrays, lists, tuples, dicts, TangentVectors of these; None is zero)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from diffpy.errors import DifferentiationTypeError, ShapeError
from diffpy.runtime.leaves import array_module, is_array, is_scalar, leaf_dot, leaf_norm, size_one

_ADDED_AT_ONCE = frozenset({float, np.ndarray, np.float64, np.float32, complex})


def add_tangents(a: Any, b: Any) -> Any:
    """The sum of two tangents; None is zero; neither is changed."""
    if a is None:
        return b
    if b is None:
        return a
    if type(a) in _ADDED_AT_ONCE:
        return a + b
    if isinstance(a, TangentVector) and type(b) is type(a):
        return _added_vectors(a, b)
    if isinstance(a, list | tuple | dict | TangentVector):
        return join_tangents(add_tangents, a, b)
    return a + b


def _added_vectors(a: TangentVector, b: Any) -> TangentVector:
    """Most fields of a vector may be None: a class of many has objects with few."""
    others = vars(b)
    fields = {
        n: one if (other := others[n]) is None else other if one is None else add_tangents(one, other)
        for n, one in vars(a).items()
    }
    return make(type(a), fields)


def join_tangents(join: Callable[..., Any], a: Any, *others: Any) -> Any:
    """A container whose entries are join(entry of a, entry of each other); a missing entry is None."""
    if isinstance(a, dict):
        dicts = [a, *(_checked(other, dict, a) for other in others)]
        keys = dict.fromkeys(key for one in dicts for key in one)
        return {key: join(*(one.get(key) for one in dicts)) for key in keys}
    if isinstance(a, TangentVector):
        vectors = [a, *(_checked(other, type(a), a) for other in others)]
        return make(type(a), {name: join(*(vars(one)[name] for one in vectors)) for name in vars(a)})
    for other in others:
        if len(_checked(other, list | tuple, a)) != len(a):
            raise ShapeError(
                f"tangents of {len(a)} and {len(other)} entries meet",
                because="two tangents of one value have one structure",
            )
    return sequence_like(a, [join(*entries) for entries in zip(a, *others, strict=True)])


def _checked(other: Any, kind: Any, a: Any) -> Any:
    if not isinstance(other, kind):
        raise DifferentiationTypeError(
            f"a tangent {type(other).__name__} meets a tangent {type(a).__name__}",
            because="two tangents of one value have one structure",
        )
    return other


def sequence_like(x: Any, entries: list) -> Any:
    """A list for a list, a tuple for a tuple, a namedtuple for a namedtuple."""
    if isinstance(x, list):
        return entries
    # Not _make: that is tuple.__new__, too, and then asks for the length, which a class may count in its own way.
    return tuple.__new__(type(x), entries) if hasattr(type(x), "_make") else tuple(entries)


def map_tangents(function: Callable[..., Any], a: Any, *others: Any) -> Any:
    """The tangent whose leaves are function(leaf of a, leaf of each other); None in all stays None."""
    if not others:
        return _mapped(function, a)
    tangents = (a, *others)
    container = next((one for one in tangents if isinstance(one, list | tuple | dict | TangentVector)), None)
    if container is None:
        is_zero = all(leaf is None for leaf in tangents)
        return None if is_zero else function(*(0.0 if leaf is None else leaf for leaf in tangents))
    full = [join_tangents(_nothing, container) if one is None else one for one in tangents]
    return join_tangents(lambda *entries: map_tangents(function, *entries), *full)


def _mapped(function: Callable[..., Any], a: Any) -> Any:
    if isinstance(a, TangentVector):
        return make(type(a), {name: _mapped(function, entry) for name, entry in vars(a).items()})
    if isinstance(a, dict):
        return {key: _mapped(function, entry) for key, entry in a.items()}
    if isinstance(a, list | tuple):
        return sequence_like(a, [_mapped(function, entry) for entry in a])
    return None if a is None else function(a)


def _nothing(entry: object) -> None:
    return None


def leaves(tangent: Any) -> Iterator[Any]:
    """The numbers and arrays of a tangent, in order."""
    if isinstance(tangent, dict | TangentVector):
        tangent = list((tangent if isinstance(tangent, dict) else vars(tangent)).values())
    if isinstance(tangent, list | tuple):
        for entry in tangent:
            yield from leaves(entry)
    elif tangent is not None:
        yield tangent


def dot_tangents(a: Any, b: Any) -> float:
    """The real inner product of two tangents."""
    products = map_tangents(leaf_dot, a, b)
    return math.fsum(leaves(products))


def tangent_norm(a: Any) -> float:
    """The Euclidean norm of a tangent."""
    return math.hypot(*map(leaf_norm, leaves(a)))


def _equal_leaves(a: Any, b: Any) -> bool:
    if is_array(a) or is_array(b):
        shapes_agree = is_scalar(a) or is_scalar(b) or a.shape == b.shape
        return shapes_agree and bool(array_module(a if is_array(a) else b).all(a == b))
    return bool(a == b)


class _Zero:
    """The attribute TangentVector.zero, computed from the annotations of the struct's fields."""

    def __get__(self, tangent: object, owner: type[TangentVector]) -> TangentVector:
        return make(owner, owner._zero_fields())


class TangentVector:
    """A direction of change of a struct: a tangent for each of its differentiable fields, by attribute.

    Tangent vectors are values: `+`, `-`, multiplication and division by a scalar make new ones. A field that
    is None is zero, or has no derivative.
    """

    _names: ClassVar[tuple[str, ...]] = ()
    _zero_fields: ClassVar[Callable[[], dict[str, Any]]] = staticmethod(dict)
    _rebuild: ClassVar[Callable[..., tuple]]
    __array_ufunc__ = None  # so that NumPy's scalars leave `scalar * tangent` to __rmul__
    zero = _Zero()

    def __init__(self, /, *values: Any, **fields: Any) -> None:
        names = type(self)._names
        if len(values) > len(names):
            raise TypeError(f"{type(self).__qualname__} has {len(names)} fields, {len(values)} were given")
        given = dict(zip(names, values, strict=False))
        for name, value in fields.items():
            if name not in names or name in given:
                problem = "was given twice" if name in given else "does not exist"
                raise TypeError(
                    f"{type(self).__qualname__}: field {name!r} {problem}; fields: {', '.join(names)}"
                )
            given[name] = value
        if len(given) < len(names):
            given = {**type(self)._zero_fields(), **given}
        vars(self).update({name: given[name] for name in names})

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in vars(self).items() if value is not None]
        return (
            f"{type(self).__qualname__}({', '.join(shown)})" if shown else f"{type(self).__qualname__}.zero"
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__qualname__} is a value and cannot be changed: make a new one")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __reduce__(self) -> tuple:
        return type(self)._rebuild(vars(self))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        try:
            return all(leaves(map_tangents(_equal_leaves, self, other)))
        except (ShapeError, DifferentiationTypeError):
            return False

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        return add_tangents(self, other) if type(other) is type(self) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return self if is_scalar(other) and other == 0 else NotImplemented  # where sum() starts

    def __sub__(self, other: Any) -> Any:
        return add_tangents(self, -other) if type(other) is type(self) else NotImplemented

    def __neg__(self) -> Any:
        return map_tangents(operator.neg, self)

    def __pos__(self) -> Any:
        return self

    def __mul__(self, scalar: Any) -> Any:
        factor = _scalar(scalar)
        return NotImplemented if factor is None else map_tangents(lambda leaf: leaf * factor, self)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Any:
        divisor = _scalar(scalar)
        return NotImplemented if divisor is None else map_tangents(lambda leaf: leaf / divisor, self)

    def map(self, function: Callable[..., Any], *others: Any) -> Any:
        """The tangent vector of function(leaf) for each number and array; others give further arguments."""
        return map_tangents(function, self, *others)

    def dot(self, other: Any) -> float:
        """The inner product with another tangent vector of the same struct (real also for complex fields)."""
        return dot_tangents(self, other)

    def norm(self) -> float:
        """The Euclidean norm over all fields."""
        return tangent_norm(self)


def _scalar(scalar: Any) -> Any:
    """A scalar as a Python number, which leaves float32 fields float32; None for anything else."""
    if is_array(scalar):
        scalar = size_one(scalar) if scalar.ndim == 0 else None
    return scalar.item() if isinstance(scalar, np.number) else scalar if is_scalar(scalar) else None


def make(kind: type[TangentVector], fields: dict[str, Any]) -> Any:
    """A tangent vector of exactly these fields."""
    tangent = object.__new__(kind)
    vars(tangent).update(fields)
    return tangent
