"""Copies of arguments for functions that write into them: same layout, same overlaps, other memory.

Arrays, lists, dicts and structs that the arguments reach are copied; numbers, strings, functions, sets and
objects of other classes are shared. Two arrays that overlap still overlap, at the same places.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.extending import extended_otherwise, with_attributes
from diffpy.runtime.leaves import array_module, is_array, is_on_device, is_scalar
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.runtime.struct_fields import blank, fill, is_made, is_struct, state
from diffpy.runtime.tangent_vectors import TangentVector, make, sequence_like

Memo = dict[int, Any]


def copy_arguments(args: tuple) -> tuple:
    """The arguments with all that is mutable copied."""
    if all(map(_is_value, args)):
        return args
    copied = _copied_arrays(list(_reached(args)[0].values()))
    return tuple(_copied(argument, copied) for argument in args)


def copy_point(args: tuple) -> tuple:
    """The same for what an operator is asked at: objects of classes that nobody declared are none of its structs."""
    if all(map(_is_value, args)):
        return args
    arrays, seen = _reached(args)
    shared = {number: x for number, x in seen.items() if is_made(type(x))}
    copied = _copied_arrays(list(arrays.values())) | shared
    return tuple(_copied(argument, copied) for argument in args)


def reaches_made(x: Any) -> bool:
    """Whether x is or holds an object of a class that nobody declared."""
    return any(is_made(type(one)) for one in _reached((x,))[1].values())


def _reached(args: tuple) -> tuple[dict[int, Any], dict[int, Any]]:
    """The arrays that the arguments reach, and all else."""
    arrays: dict[int, Any] = {}
    seen: dict[int, Any] = {}
    for argument in args:
        _collect(argument, arrays, seen)
    return arrays, seen


def are_apart(args: tuple) -> bool:
    """Whether these are numbers, and arrays that have memory of their own each: seen at a glance."""
    arrays = [x for x in args if type(x) is np.ndarray]
    if len({*map(id, arrays)}) < len(arrays) or not all(
        x.flags.owndata and not x.dtype.hasobject for x in arrays
    ):
        return False
    return len(arrays) == len(args) or all(type(x) is np.ndarray or _is_value(x) for x in args)


def _is_value(x: Any) -> bool:
    """Whether nothing that x holds can change: a number, a tuple of them."""
    return all(map(_is_value, x)) if type(x) is tuple else type(x) in _VALUES or is_scalar(x)


_VALUES = {float, int, bool, complex, str, type(None)}


def _collect(x: Any, arrays: dict[int, Any], seen: dict[int, Any]) -> None:
    """Find the arrays that x reaches."""
    if is_array(x):
        arrays[id(x)] = x
    elif id(x) not in seen:
        seen[id(x)] = x
        for part in _parts(x):
            _collect(part, arrays, seen)


def _parts(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return x
    if isinstance(x, dict):
        return x.values()
    if isinstance(x, OnBuffers):
        return x.held
    return _attributes(x).values() if _has_fields(x) else ()


def _has_fields(x: Any) -> bool:
    return isinstance(x, TangentVector) or is_struct(type(x))


def _attributes(x: Any) -> dict[str, Any]:
    return vars(x) if isinstance(x, TangentVector) else state(x)


def _copied(x: Any, memo: Memo) -> Any:
    """The copy of x; `memo` holds the copies that exist, by the identity of the original."""
    if id(x) in memo:
        return memo[id(x)]
    if isinstance(x, list):
        return _copied_list(x, memo)
    if isinstance(x, dict):
        return _copied_dict(x, memo)
    if isinstance(x, tuple):
        return _copied_tuple(x, memo)
    if isinstance(x, set):
        return memo.setdefault(id(x), copy.copy(x))
    if isinstance(x, OnBuffers):
        return memo.setdefault(id(x), x.with_held(tuple(_copied(one, memo) for one in x.held)))
    # a value for its user, but that of an object that changes changes with it
    if isinstance(x, TangentVector):
        return memo.setdefault(id(x), make(type(x), {n: _copied(one, memo) for n, one in vars(x).items()}))
    if hasattr(type(x), "__diffpy_copied__"):  # a recorded tangent
        return x.__diffpy_copied__(memo)
    if not _has_fields(x):
        return x
    return _copied_value(x, memo) if _is_immutable(x) else _copied_struct(x, memo)


def _copied_list(x: list, memo: Memo) -> list:
    if extended_otherwise(type(x)) is not None:
        result = memo[id(x)] = with_attributes(x, list.__new__(type(x)))
        list.extend(result, [_copied(entry, memo) for entry in list.__iter__(x)])
        return result
    result = memo[id(x)] = [] if type(x) is list else copy.copy(x)
    result[:] = [_copied(entry, memo) for entry in x]
    return result


def _copied_dict(x: dict, memo: Memo) -> dict:
    if extended_otherwise(type(x)) is not None:
        result = memo[id(x)] = with_attributes(x, dict.__new__(type(x)))
        dict.update(result, {key: _copied(value, memo) for key, value in dict.items(x)})
        return result
    result = memo[id(x)] = {} if type(x) is dict else copy.copy(x)
    for key, value in x.items():
        result[key] = _copied(value, memo)
    return result


def _copied_tuple(x: tuple, memo: Memo) -> tuple:
    entries = [_copied(entry, memo) for entry in x]
    if all(new is old for new, old in zip(entries, x, strict=True)):
        return x
    return memo.setdefault(id(x), sequence_like(x, entries))


def _is_immutable(x: Any) -> bool:
    parameters = getattr(type(x), "__dataclass_params__", None)
    return getattr(parameters, "frozen", False)


def _copied_value(x: Any, memo: Memo) -> Any:
    """A frozen struct: itself where all that it holds is immutable."""
    held = _attributes(x)
    attributes = {name: _copied(value, memo) for name, value in held.items()}
    if all(attributes[name] is value for name, value in held.items()):
        return x
    return memo.setdefault(id(x), fill(blank(type(x)), attributes))


def _copied_struct(x: Any, memo: Memo) -> Any:
    result = memo[id(x)] = blank(type(x))
    return fill(result, {name: _copied(value, memo) for name, value in state(x).items()})


def _copied_arrays(arrays: list) -> Memo:
    copied: Memo = {}
    for cluster in _overlapping(arrays):
        copied.update(_copied_cluster(cluster))
    return copied


def _overlapping(arrays: list) -> Iterator[list]:
    """Groups of arrays whose stretches of memory meet."""
    yield from ([array] for array in arrays if not array.size)
    cluster: list = []
    end = 0
    for array in sorted((array for array in arrays if array.size), key=_bounds):
        start, stop = _bounds(array)
        if cluster and start >= end:
            yield cluster
            cluster = []
        end = max(end, stop) if cluster else stop
        cluster.append(array)
    if cluster:
        yield cluster


def _bounds(array: Any) -> tuple[int, int]:
    """The first address of an array's elements and the first one behind them."""
    start = _address(array)
    reach = [(size - 1) * stride for size, stride in zip(array.shape, array.strides, strict=True)]
    return start + sum(r for r in reach if r < 0), start + sum(r for r in reach if r > 0) + array.itemsize


def _address(array: Any) -> int:
    return array.__array_interface__["data"][0] if isinstance(array, np.ndarray) else array.data.ptr


def _copied_cluster(cluster: list) -> Memo:
    if len(cluster) == 1:
        return {id(cluster[0]): copied_array(cluster[0])}
    _check_separable(cluster)
    return _rebuilt_in_one_buffer(cluster)


def overlapping(x: Any, counts: Callable[[Any], bool] = is_array) -> list[list]:
    """The arrays that x reaches and whose stretches of memory meet, in groups; of all arrays those that `counts`."""
    arrays: dict[int, Any] = {}
    _collect(x, arrays, {})
    counted = [array for array in arrays.values() if counts(array)]
    return [cluster for cluster in _overlapping(counted) if len(cluster) > 1]


def overlapping_zeros(x: Any, counts: Callable[[Any], bool] = is_array) -> Memo:
    """Zeros for the arrays that x reaches and that overlap others of them: they overlap at the same places."""
    found: Memo = {}
    for cluster in overlapping(x, counts):
        _check_separable(cluster)
        found.update(_laid_out(cluster, "zeros"))
    return found


def _check_separable(cluster: list) -> None:
    for array in cluster:
        if not _has_plain_memory(array):
            raise _inseparable(array)


def _has_plain_memory(array: Any) -> bool:
    """Whether an array is no more than a view of bytes."""
    if is_on_device(array):
        return True
    is_plain = isinstance(array, np.ndarray) and not isinstance(array, np.ma.MaskedArray)
    return is_plain and not array.dtype.hasobject


def copied_array(array: Any) -> Any:
    """The copy of an array that overlaps no other."""
    result = array.copy(order="K")
    if not isinstance(array, np.ndarray):
        return result
    if result.strides != array.strides and array.size and _has_plain_memory(array):
        return _rebuilt_in_one_buffer([array])[id(array)]
    result.flags.writeable = array.flags.writeable
    return result


def _rebuilt_in_one_buffer(cluster: list) -> Memo:
    """The arrays laid out in fresh memory as they lie in theirs; only elements that they show are touched."""
    rebuilt = _laid_out(cluster, "empty")
    for array in cluster:
        twin = rebuilt[id(array)]
        twin[...] = array
        if isinstance(array, np.ndarray):
            twin.flags.writeable = array.flags.writeable
    return rebuilt


def _laid_out(cluster: list, new: str) -> Memo:
    """Arrays in fresh memory that lie there as those of the cluster do in theirs."""
    low = min(_bounds(array)[0] for array in cluster)
    high = max(_bounds(array)[1] for array in cluster)
    device = devices.of(cluster[0])
    memory = getattr(array_module(cluster[0]), new)(high - low, np.uint8)
    found = {}
    for array in cluster:
        offset = _address(array) - low
        if device is not None:
            found[id(array)] = device.laid_out(memory, array.shape, array.dtype, offset, array.strides)
            continue
        twin = np.ndarray(array.shape, array.dtype, memory, offset, array.strides)
        found[id(array)] = twin if type(array) is np.ndarray else twin.view(type(array))
    return found


def _inseparable(array: Any) -> DifferentiationTypeError:
    kind = f"{type(array).__module__}.{type(array).__qualname__}"
    return DifferentiationTypeError(
        f"overlapping arrays of {kind} with dtype {array.dtype} cannot be copied together",
        because="the function writes into its arguments, but the caller's are left as they are",
        fix="pass arrays that do not share memory",
    )
