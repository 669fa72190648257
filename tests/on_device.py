"""Programs of the corpus on a device: their arguments moved there, their results compared with the host's."""

import copy
import itertools

import numpy as np
import references

from diffpy import value_with_gradient, value_with_pullback
from diffpy.backends import devices


def arrays_of(program) -> list:
    return list(references.arrays_in(list(program.arguments()) + list(program.keywords.values())))


def is_of_arrays(program) -> bool:
    """Whether the program takes real arrays that can be moved, each with memory of its own."""
    arrays = arrays_of(program)
    apart = not any(np.shares_memory(one, other) for one, other in itertools.combinations(arrays, 2))
    kinds = {array.dtype.kind for array in arrays if array.ndim}
    return bool(kinds & {*"fc"}) and apart and "O" not in kinds and "V" not in kinds


def moved(value, device):
    """A copy in which the device's arrays stand for NumPy's."""
    arrays = list(references.arrays_in(value)) if not isinstance(value, np.ndarray) else [value]
    memo = {id(one): device.to_device(one) for one in arrays if one.ndim}
    return copy.deepcopy(value, memo)


def back(value):
    """The same with NumPy's arrays, and numbers for those without axes."""
    device = devices.of(value)
    if device is not None:
        return device.to_host(value)[()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(back, value))
    if isinstance(value, list | tuple):
        return type(value)(map(back, value))
    if isinstance(value, dict):
        return {key: back(part) for key, part in value.items()}
    if hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type):
        held = copy.copy(value)
        for name, part in vars(value).items():
            object.__setattr__(held, name, back(part))
        return held
    return value


def answers(program, arguments, seed):
    """The value, and the gradient or the cotangents."""
    options = {"wrt": program.wrt} if program.wrt is not None else {}
    options |= {"result": program.result} if program.result is not None else {}
    if seed is None:
        return value_with_gradient(of=program.function, **options)(*arguments, **program.keywords)
    value, pull = value_with_pullback(of=program.function, **options)(*arguments, **program.keywords)
    return value, pull(seed)


def numbers(value) -> list:
    """All that can be compared in a result, in order."""
    if isinstance(value, np.ndarray | np.generic | float | int | complex):
        return [np.asarray(value)]
    if isinstance(value, dict):
        return [one for part in value.values() for one in numbers(part)]
    if isinstance(value, list | tuple):
        return [one for part in value for one in numbers(part)]
    if hasattr(value, "__dict__"):
        return numbers(vars(value))
    return [value]


def same(one, other) -> bool:
    """Whether two results hold the same numbers, to the rounding of the least precise among them."""
    mine, theirs = numbers(one), numbers(other)
    kinds = {x.dtype for x in mine if isinstance(x, np.ndarray) and x.dtype.kind in "fc"}
    near = max((20 * np.finfo(one).eps for one in kinds if np.finfo(one).bits < 64), default=1e-12)
    return len(mine) == len(theirs) and all(_close(*pair, near) for pair in zip(mine, theirs, strict=True))


def _close(one, other, near) -> bool:
    if not isinstance(one, np.ndarray) or one.dtype.kind not in "fciub":
        return type(one) is type(other)
    return (
        isinstance(other, np.ndarray)
        and one.shape == other.shape
        and np.allclose(one, other, rtol=near, atol=near, equal_nan=True)
    )


def seed_of(program):
    return (
        None
        if references.in_one_number(program)
        else references.seeded(program, references.plain(program).value)
    )


def host_arrays(value) -> list:
    """The arrays with axes in a result that are not on the device."""
    return [array for array in references.arrays_in(value) if array.ndim]
