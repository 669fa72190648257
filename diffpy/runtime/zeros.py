"""Tangents in forward mode: zeros laid out like values, and sums of lines in the form of their values."""

from __future__ import annotations

import inspect
from collections import deque
from types import MethodType
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError, UnknownDerivativeError, UnsupportedSyntaxError
from diffpy.runtime.argument_copies import overlapping_zeros
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.cotangent_types import fitted
from diffpy.runtime.extending import TANGENTS, Items, extended_otherwise
from diffpy.runtime.leaves import is_array, is_complex, is_floating, is_scalar
from diffpy.runtime.made_structs import declare_made, is_followed
from diffpy.runtime.recorded import Recorded, check_zero, here
from diffpy.runtime.sharing import is_record
from diffpy.runtime.struct_fields import held, is_made, state
from diffpy.runtime.structures import Structs, structure_of, tangent_vector
from diffpy.runtime.tangent_vectors import TangentVector, make, sequence_like


def zero_like(x: Any) -> Any:
    """The zero tangent of x, laid out like it: 0.0 for a float, the int 0 for an int, None where nothing can move."""
    return _zero(x, overlapping_zeros(x, is_floating) if isinstance(x, list | tuple | dict) else {})


def gathering_zero(x: Any, name: str) -> Any:
    """The same for an argument that is going to take active values in."""
    if zero_like(x) is None and x is not None and not (is_array(x) or isinstance(x, str | bytes)):
        raise UnknownDerivativeError(
            f"an active value is stored in '{name}', an object of class '{type(x).__name__}'",
            because=f"nothing says which fields of '{type(x).__name__}' carry derivatives",
            fix=f"make '{type(x).__name__}' a dataclass with @differentiable, or register_differentiable(...)",
        )
    return zero_like(x)


def _zero(x: Any, made: dict[int, Any]) -> Any:
    if type(x) is float:
        return 0.0
    if x is None or type(x) is str:
        return None
    if is_array(x):
        if id(x) not in made:
            made[id(x)] = _zero_array(x)
        return made[id(x)]
    if isinstance(x, bool | int | np.bool_ | np.integer):
        return 0
    if isinstance(x, complex | float | np.inexact):
        return type(x)(0)
    if isinstance(x, range):
        return [0] * len(x)
    if isinstance(x, list | dict) and id(x) in made:
        return made[id(x)]
    if type(x) is list:
        found = made[id(x)] = []
        found.extend(_zero(one, made) for one in x)
        return found
    if (base := extended_otherwise(type(x))) in TANGENTS:
        return _zero_container(x, base, made)
    if type(x) is dict:
        return made.setdefault(id(x), {key: _zero(one, made) for key, one in x.items()})
    if isinstance(x, set | frozenset) and here() is not None and all(map(is_scalar, x)):
        return {one: _zero(one, made) for one in x}
    if isinstance(x, deque):
        return deque((_zero(one, made) for one in x), x.maxlen)
    if isinstance(x, MethodType):
        return made.get(id(x.__self__))
    structure = structure_of(x)
    if structure is None and here() is not None and is_followed(type(x)) and not is_foreign(type(x)):
        declare_made(type(x))
        structure = structure_of(x)
    if structure is None:
        return None
    if is_made(type(x)):
        return _zero_object(x, made)
    entries = [_zero(one, made) for one in structure.values(x)]
    return structure.tangent(x, entries) if entries or not isinstance(structure, Structs) else None


def _zero_object(x: Any, made: dict[int, Any]) -> Any:
    """Objects may hold each other: there is one zero for each."""
    if id(x) not in made:
        kind = tangent_vector(type(x))
        made[id(x)] = found = make(kind, dict.fromkeys(kind._names))
        known = state(x)
        vars(found).update({n: _zero(known.get(n, _of_class(x, n)), made) for n in kind._names})
    return made[id(x)]


def _of_class(x: Any, name: str) -> Any:
    """The number or array that objects without the attribute read from their class."""
    held = inspect.getattr_static(type(x), name, None)
    return held if is_scalar(held) or is_array(held) else None


def _zero_container(x: Any, base: Any, made: dict[int, Any]) -> Any:
    """Of a class of the user's own, with zeros for its attributes; what it holds, its class does not tell."""
    found = made[id(x)] = TANGENTS[base]()
    if base is list:
        found.extend(_zero(one, made) for one in list.__iter__(x))
    else:
        found.update({key: _zero(one, made) for key, one in dict.items(x)})
    own = getattr(x, "__dict__", {})
    if own is x:
        object.__setattr__(found, "__dict__", found)
    else:
        vars(found).update({name: _zero(one, made) for name, one in own.items()})
    return found


def _zero_array(x: Any) -> Any:
    record = here()
    if x.dtype.kind in "biu":
        return np.zeros(x.shape)
    if not is_floating(x) and not is_record(x):
        return None
    return np.zeros_like(x) if record is None else record.zero(x)


def full_tangent(dot: Any, x: Any) -> Any:
    """A tangent with zeros where nothing moves, in all parts of x; the object itself, which others may hold."""
    return _full(dot, x, set())


def _full(dot: Any, x: Any, seen: set[int]) -> Any:
    """The same; objects may hold each other, and those `seen` are looked into no more."""
    if dot is None:
        return zero_like(x)
    if isinstance(dot, TangentVector):
        if id(dot) not in seen:
            seen.add(id(dot))
            vars(dot).update({n: _full(one, held(x, n), seen) for n, one in vars(dot).items()})
    elif isinstance(dot, dict) and isinstance(x, dict):
        dot.update({key: _full(dot.get(key), one, seen) for key, one in x.items()})
    elif isinstance(dot, list | tuple) and isinstance(x, list | tuple) and len(dot) == len(x):
        parts = [_full(one, part, seen) for one, part in zip(dot, x, strict=True)]
        if isinstance(dot, tuple):
            return sequence_like(dot, parts)
        dot[:] = parts
    return dot


def own_tangent(dot: Any, x: Any) -> Any:
    """The same in containers and vectors of its own: what the program does to them nobody else sees."""
    if isinstance(dot, TangentVector):
        return make(type(dot), {n: own_tangent(one, held(x, n)) for n, one in vars(dot).items()})
    if isinstance(dot, dict) and isinstance(x, dict):
        return {key: own_tangent(dot.get(key), one) for key, one in x.items()}
    if isinstance(dot, list | tuple) and isinstance(x, list | tuple) and len(dot) == len(x):
        return sequence_like(dot, [own_tangent(one, part) for one, part in zip(dot, x, strict=True)])
    return full_tangent(dot, x)


def set_field(x_dot: Any, name: str, v_dot: Any) -> None:
    """x.name = v, for the tangents: tangents of a struct that changes change with it."""
    if name not in vars(x_dot):
        if is_still(v_dot):
            return
        raise DifferentiationError(
            f"an active value is stored in the field '{name}', which has no derivative",
            because="the field is marked no_derivative, or its type is not differentiable",
            fix=f"remove the marker from '{name}', or store without_derivative(...)",
        )
    vars(x_dot)[name] = v_dot


def is_still(dot: Any) -> bool:
    """Whether a tangent says that nothing depends on the value: None, or the int 0 of an int."""
    return dot is None or type(dot) is int


def settled(dot: Any, y: Any) -> Any:
    """A tangent in the form of its value: the same shape, precision and kind of container; None is zero.

    What has that form stays the object that it is: others may change it.
    """
    if dot is None:
        return zero_like(y)
    if isinstance(dot, Recorded):
        return dot.settled(y)
    if is_array(y):
        return _settled_array(dot, y)
    if isinstance(dot, TangentVector) or isinstance(y, dict):
        return dot
    if isinstance(y, list | tuple) and isinstance(dot, list | tuple) and len(dot) == len(y):
        parts = [settled(one, part) for one, part in zip(dot, y, strict=True)]
        stays = (type(dot) is type(y) or isinstance(dot, Items)) and all(map(_is_same, parts, dot))
        return dot if stays else sequence_like(y, parts)
    if isinstance(y, np.inexact | float | complex):
        dot = dot[()] if is_array(dot) and dot.ndim == 0 else dot
        return fitted(dot, y)
    return dot


def _is_same(one: Any, other: Any) -> bool:
    """Whether a tangent is what it was; numbers are as they are."""
    is_number = not isinstance(one, list | tuple | dict | TangentVector) and not is_array(one)
    return one is other or (is_number and type(one) is type(other))


def _settled_array(dot: Any, y: Any) -> Any:
    if y.dtype.kind in "iub":
        return zero_like(y)
    if not is_floating(y):
        return dot
    if here() is not None:
        check_zero(dot)
        return zero_like(y)
    if np.shape(dot) != y.shape or not is_array(dot):
        dot = np.array(np.broadcast_to(np.asarray(dot), y.shape))
    if dot.dtype != y.dtype:
        dot = dot.real if is_complex(dot) and not is_complex(y) else dot
        dot = dot.astype(y.dtype)
    return dot


def moves_ints(x: Any, x_dot: Any, around: tuple = ()) -> bool:
    """Whether a tangent says that an int counts as a real number; `around` are the containers that hold x."""
    if isinstance(x, int) and not isinstance(x, bool):
        return not is_still(x_dot)
    is_dict = isinstance(x, dict) and isinstance(x_dot, dict)
    if not is_dict and not (isinstance(x, list | tuple) and isinstance(x_dot, list | tuple)):
        return False
    if any(x is one for one in around):
        raise UnsupportedSyntaxError(
            "a derivative of a derivative goes through functions that hold each other",
            because="the tangent of the one holds that of the other, and has no end",
            fix="pass the one to the other as an argument, or write one function",
        )
    if is_dict:
        return any(moves_ints(one, x_dot.get(key), (*around, x)) for key, one in x.items())
    return any(moves_ints(one, dot, (*around, x)) for one, dot in zip(x, x_dot, strict=False))


def mirrored(y_dot: Any, y: Any, x: Any, x_dot: Any) -> Any:
    """The tangent of what may be a view, taken as it was taken: a view where the value is one, and a copy where not."""
    if not is_array(y) or not y.size:
        return y_dot
    is_view, mirrors = np.shares_memory(y, x), np.shares_memory(y_dot, x_dot)
    if is_view and not mirrors:
        raise DifferentiationError(
            "an operation gave a view of the array but a copy of its tangent",
            because="their memory is laid out differently",
            fix="copy the array first: x = x.copy()",
        )
    return y_dot.copy() if mirrors and not is_view else y_dot
