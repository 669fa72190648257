"""Where tangents meet the user: gradients get the form of their arguments, seeds and steps are checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from sys import getrefcount
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.backends.device_functions import shares_memory
from diffpy.errors import DifferentiationTypeError, ShapeError
from diffpy.runtime.argument_copies import overlapping
from diffpy.runtime.leaves import (
    ALONE,
    ALONE_INSIDE,
    array_like,
    is_array,
    is_buffer,
    is_complex,
    is_floating,
    is_scalar,
    number_like,
    size_one,
    zero_array,
    zero_number,
)
from diffpy.runtime.structures import Structure, container_tangent, describe, structure_of, zero_tangent


@dataclass(frozen=True)
class Wording:
    """How messages call a tangent and the value that it belongs to."""

    tangent: str
    value: str
    because: str


SEED = Wording(
    "the cotangent",
    "the result of the function",
    "a pullback takes a value shaped like the function's result",
)
GRADIENT = Wording("the gradient", "the argument", "a gradient has the structure of its argument")


def own(x_bar: Any, x: Any) -> Any:
    """A gradient in the structure, shapes, dtypes and kinds of argument x; its arrays are shared with nobody.

    Called with a plain name: own(x_bar, x). None is zero; what has no derivative gets None.
    """
    if type(x) is float and type(x_bar) is float:
        return x_bar
    alone = getrefcount(x_bar) <= ALONE  # a statement of its own: an argument list would hold x_bar once more
    return _own(x_bar, x, alone, "")


def check_apart(args: tuple) -> None:
    """Refuse arguments that share memory with each other, for a function that changes one of them."""
    arrays = [(k, x) for k, x in enumerate(args) if is_array(x) and is_floating(x) and x.size]
    for k, (i, x) in enumerate(arrays):
        for j, other in arrays[k + 1 :]:
            if x is other or _overlap(x, other):
                raise DifferentiationTypeError(
                    f"arguments {i} and {j} share memory, and the function changes an argument in place",
                    because="which of the two a change belongs to is not decided by the arguments alone",
                    fix="pass a copy of one of them: x.copy()",
                )
    for k, x in enumerate(args):
        if not is_array(x) and not is_scalar(x) and _overlap_inside(x):
            raise DifferentiationTypeError(
                f"arrays in argument {k} share memory, and the function changes an argument in place",
                because="which of them a change belongs to is not decided by the argument alone",
                fix="pass a copy of one of them: x.copy()",
            )


def _overlap_inside(x: Any) -> bool:
    """Whether floating arrays that a container or struct reaches share elements."""
    pairs = (pair for group in overlapping(x, is_floating) for pair in combinations(group, 2))
    return any(_overlap(one, other) for one, other in pairs)


def _overlap(x: Any, other: Any) -> bool:
    device = devices.of(x)
    if device is not devices.of(other):
        return False
    return np.shares_memory(x, other) if device is None else shares_memory(x, other)


def _own(x_bar: Any, x: Any, alone: bool, path: str) -> Any:
    if is_array(x):
        return _own_array(x_bar, x, alone, path) if is_floating(x) else None
    structure = structure_of(x)
    if structure is not None:
        return _own_container(structure, x_bar, x, alone, path)
    if not is_scalar(x):
        return None
    x_bar = size_one(x_bar)
    if is_scalar(x_bar):
        return number_like(x_bar, x)
    if x_bar is None:
        return zero_number(x)
    raise misfit(x_bar, x, GRADIENT, path)


def _own_array(x_bar: Any, x: Any, alone: bool, path: str) -> Any:
    if x_bar is None:
        return zero_array(x)
    if is_array(x_bar):
        if alone and x_bar.dtype == x.dtype and x_bar.shape == x.shape and is_buffer(x_bar):
            return x_bar
        if x_bar.shape not in (x.shape, ()):
            raise misfit(x_bar, x, GRADIENT, path)
    elif not is_scalar(x_bar):
        raise misfit(x_bar, x, GRADIENT, path)
    return array_like(x_bar, x, copy=True)


def _own_container(structure: Structure, x_bar: Any, x: Any, alone: bool, path: str) -> Any:
    if x_bar is None:
        return zero_tangent(x)
    values = structure.values(x)
    entries = structure.entries(x_bar, x)
    if entries is None and type(x) is list and type(x_bar) is list:
        return _own_of_changed(x_bar, x, path)
    if entries is None:
        raise misfit(x_bar, x, GRADIENT, path)
    owned = []
    for i, label in enumerate(structure.labels(x)):
        if type(entries[i]) is float and type(values[i]) is float:
            owned.append(entries[i])
        else:
            unshared = alone and getrefcount(entries[i]) <= ALONE_INSIDE
            owned.append(_own(entries[i], values[i], unshared, f"{path}[{label!r}]"))
    return container_tangent(structure, x, owned)


def _own_of_changed(x_bar: list, x: list, path: str) -> list:
    """Of a list that has another length by now: an entry for each that it had when the function was called.

    What a rule hands back for a list was compared with the list when the rule ran.
    """
    owned = []
    for i, part in enumerate(x_bar):
        if part is None and i >= len(x):
            raise misfit(x_bar, x, GRADIENT, path)
        owned.append(_own(part, x[i] if i < len(x) else part, False, f"{path}[{i}]"))
    return owned


def check_cotangent(y_bar: Any, y: Any, wording: Wording = SEED) -> Any:
    """A cotangent given by the user in y's structure, shapes and dtypes; an error where it does not fit."""
    if type(y_bar) is float and type(y) is float:
        return y_bar
    return conform(y_bar, y, wording)


def conform(tangent: Any, x: Any, wording: Wording, path: str = "") -> Any:
    """A tangent in exactly x's structure, shapes and dtypes; None is zero and stays None."""
    if tangent is None:
        return None
    structure = structure_of(x)
    if structure is not None:
        return _conform_container(structure, tangent, x, wording, path)
    if is_array(x) and is_floating(x):
        return _conform_array(tangent, x, wording, path)
    if is_scalar(x):
        return _conform_number(tangent, x, wording, path)
    raise DifferentiationTypeError(
        f"{wording.tangent}{path} {describe(tangent)} but {wording.value}{path} has no derivative",
        because=f"it {describe(x)}{_dtype_note(x)}",
        fix="pass None for it",
    )


def _conform_container(structure: Structure, tangent: Any, x: Any, wording: Wording, path: str) -> Any:
    entries = structure.entries(tangent, x)
    if entries is None:
        raise misfit(tangent, x, wording, path)
    labels, values = structure.labels(x), structure.values(x)
    checked = [
        conform(entry, value, wording, f"{path}[{label!r}]")
        for label, value, entry in zip(labels, values, entries, strict=True)
    ]
    return structure.tangent(x, checked)


def _conform_array(tangent: Any, x: Any, wording: Wording, path: str) -> Any:
    is_single = is_scalar(tangent) and x.size == 1
    if not is_single and not (is_array(tangent) and tangent.shape == x.shape):
        raise misfit(tangent, x, wording, path)
    _require_real(tangent, x, wording, path)
    _require_same_home(tangent, x, wording, path)
    return array_like(tangent, x)


def _require_same_home(tangent: Any, x: Any, wording: Wording, path: str) -> None:
    device = devices.of(x)
    if devices.present() and is_array(tangent) and devices.of(tangent) is not device:
        places = ("the host", f"the device ({device.name})") if device else ("a device", "the host")
        raise DifferentiationTypeError(
            f"{wording.tangent}{path} is on {places[0]} but {wording.value}{path} is on {places[1]}",
            because="no array is moved without being asked",
            fix="move it: diffpy.to_device(x), or diffpy.to_host(x)",
        )


def _conform_number(tangent: Any, x: Any, wording: Wording, path: str) -> Any:
    if is_array(tangent) and tangent.ndim == 0:
        tangent = tangent.item()
    if not is_scalar(tangent):
        raise misfit(tangent, x, wording, path)
    _require_real(tangent, x, wording, path)
    return number_like(tangent, x)


def _require_real(tangent: Any, x: Any, wording: Wording, path: str) -> None:
    if is_array(tangent) and tangent.dtype.kind not in "iufc":
        raise DifferentiationTypeError(
            f"{wording.tangent}{path} has dtype {tangent.dtype}, no numbers",
            because=wording.because,
            fix=f"pass an array of dtype {x.dtype}",
        )
    if is_complex(tangent) and not is_complex(x):
        raise DifferentiationTypeError(
            f"{wording.tangent}{path} is complex but {wording.value}{path} is real",
            because=wording.because,
            fix="pass its real part",
        )


def misfit(tangent: Any, x: Any, wording: Wording, path: str) -> ShapeError | DifferentiationTypeError:
    """The error for a tangent that does not have the shape or the structure of its value."""
    headline = f"{wording.tangent}{path} {describe(tangent)} but {wording.value}{path} {describe(x)}"
    both_leaves = (is_array(tangent) or is_scalar(tangent)) and (is_array(x) or is_scalar(x))
    both_same = isinstance(tangent, list | tuple | dict) and isinstance(x, list | tuple | dict)
    kind = ShapeError if both_leaves or both_same else DifferentiationTypeError
    if isinstance(x, dict) and isinstance(tangent, dict):
        headline = f"{wording.tangent}{path} has keys {[*tangent]} but {wording.value}{path} has keys {[*x]}"
    return kind(headline, because=wording.because, fix=_wanted(x))


def _wanted(x: Any) -> str:
    if is_array(x):
        return f"pass an array of shape {x.shape}"
    if is_scalar(x):
        return "pass a number"
    if isinstance(x, list | tuple | dict):
        return f"pass a {type(x).__name__} with an entry for each of its {len(x)} entries"
    return f"pass a {type(x).__qualname__}.TangentVector"


def _dtype_note(x: Any) -> str:
    return f" and its dtype is {x.dtype}" if is_array(x) else ""
