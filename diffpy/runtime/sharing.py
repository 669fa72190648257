"""Objects that values share: whether a result may share memory with what it was made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.functions import captured_by
from diffpy.runtime.handing import handed_out_and_changed
from diffpy.runtime.leaves import is_array, is_floating, is_on_device, is_scalar
from diffpy.runtime.struct_fields import is_struct, state


def objects_in(x: Any) -> Iterator[Any]:
    """The arrays, lists, dicts and structs that a value is or holds, or that a function captured, each once."""
    seen: set[int] = set()
    waiting = [x]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(reversed(one))
        elif id(one) in seen:
            continue
        elif isinstance(one, FunctionType | MethodType | partial):
            seen.add(id(one))
            waiting.extend(_captured(one))
        elif is_array(one):
            yield one
        elif isinstance(one, list | dict | deque) or is_struct(type(one)):
            seen.add(id(one))
            yield one
            held = (
                one
                if isinstance(one, list | deque)
                else one.values()
                if isinstance(one, dict)
                else state(one).values()
            )
            waiting.extend(reversed(list(held)))


def _captured(x: FunctionType | MethodType | partial) -> Iterator[Any]:
    if isinstance(x, partial):
        yield from (x.func, *x.args, *x.keywords.values())
    elif isinstance(x, MethodType):
        yield x.__self__
    else:
        yield from captured_by(x).values()


def check_apart(y: Any, *given: Any) -> None:
    """Refuse a result that shares memory with what it was made of, where one of them is changed in place."""
    made = list(objects_in(y))
    if any(is_shared(one, other) for x in given for other in objects_in(x) for one in made):
        raise UnsupportedSyntaxError(
            "a call returns (part of) an argument, and one of them is changed in place afterwards",
            because="the derivative would have to follow the change through the call",
            fix="let the function return a copy, or write its body here",
        )


def items_apart(items: Iterator[Any], pairs: list[tuple[Any, Any]], *owner: Any) -> Iterator[Any]:
    """The items of an iterator over copies, each compared as it is handed out; what was copied must be as it was."""
    while all(is_same(old, new) for old, new in pairs):
        try:
            item = next(items)
        except StopIteration:
            return
        check_apart(item, *(new for _, new in pairs), *owner)
        yield item
    raise handed_out_and_changed()


def is_same(x: Any, copy: Any) -> bool:
    """Whether a value is still what its copy is, and holds the same."""
    if is_array(x):
        return bool(np.array_equal(x, copy, equal_nan=is_floating(x)))
    if isinstance(x, dict):
        return x.keys() == copy.keys() and all(is_same(one, copy[k]) for k, one in x.items())
    if isinstance(x, list | tuple):
        return len(x) == len(copy) and all(map(is_same, x, copy))
    if is_struct(type(x)):
        return is_same(state(x), state(copy))
    return x is copy or not is_scalar(x) or x == copy or x != x


def check_rebound(x: Any) -> None:
    """Refuse x += v where another name may see the change, and x turns out to be changed in place.

    What a class of the user's own does is found out when it is derived.
    """
    if is_on_device(x) and x.ndim == 0:
        return
    own = (getattr(type(x), name, None) for name in ("__iadd__", "__imul__", "__ior__"))
    if is_array(x) or any(one is not None and not isinstance(one, FunctionType) for one in own):
        raise UnsupportedSyntaxError(
            f"this changes {'an array' if is_array(x) else 'an object'} that may have other names",
            because="it may be a number too, so the change is not followed to the other names",
            fix="start from an array, such as np.zeros(n), or write x = x + v instead of x += v",
        )


def changes_in_place(x: Any) -> bool:
    """Whether x += v changes an array."""
    return is_array(x) and not (is_on_device(x) and x.ndim == 0)


def check_array(x: Any) -> None:
    """Refuse stores into what is no array of real numbers: it was taken for one while deriving."""
    if (type(x) is not np.ndarray and not is_on_device(x)) or x.dtype.kind != "f":
        what = f"an array of {x.dtype}" if is_array(x) else f"an object of class '{type(x).__name__}'"
        raise UnsupportedSyntaxError(
            f"{what} is changed in place",
            because="what it is was not known while deriving, and this is found when it runs",
            fix="start from an array, such as np.zeros(n), or build a new value instead of changing this one",
        )
    check_no_record(x)


def is_record(x: Any) -> bool:
    """Whether it is a structured array whose fields are real numbers."""
    fields = x.dtype.fields or {}
    return bool(fields) and all(one.base.kind == "f" for one, *_ in fields.values())


def is_of_record(x: Any) -> bool:
    """Whether it is a field of a structured array."""
    return is_array(x) and getattr(getattr(x, "base", None), "dtype", x.dtype).kind == "V"


def check_no_record(x: Any, x_dot: Any = None) -> None:
    """Refuse changes of an array that is a field of a structured array, unless its tangent is one as well."""
    if is_of_record(x) and not is_of_record(getattr(x_dot, "bar", x_dot)):
        raise UnsupportedSyntaxError(
            "a field of a structured array is changed in place",
            because="its records are no arrays of real numbers, and no derivative is kept beside them",
            fix="keep an array for each field",
        )


def check_extending(xs: Any) -> None:
    """Refuse `items += xs` where xs is an array, or a number of NumPy's: it makes an array of the list."""
    if isinstance(xs, np.ndarray | np.generic):
        raise UnsupportedSyntaxError(
            "an array is added to a list by '+='",
            because="that makes an array of the list, which was taken for one that grows",
            fix="write items = items + xs, or items.extend(xs) if the list is to grow",
        )


def is_shared(one: Any, other: Any) -> bool:
    arrays = is_array(one) and is_array(other)
    return one is other or (arrays and np.may_share_memory(one, other))
