"""Numbers on a device are arrays without axes; these functions let them be used as the numbers that they are."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from diffpy.backends import devices


def entry(x: Any) -> Any:
    """What was read of an array: of one entry a copy, which does not change when the array does."""
    return x.copy() if _is_number(x) else x


def place(index: Any) -> Any:
    """An index: a whole number of the device as one of the host, which waits for it."""
    if type(index) is list:
        return joined(index)
    return int(index) if _is_number(index) and index.dtype.kind in "iu" else index


def joined(x: Any, holder: Any = None) -> Any:
    """A list of a device's numbers as one array there, without waiting: an index, or what an array is to hold."""
    if type(x) is list and holder is None:
        device = devices.first_of(_in_lists(x))
    else:
        device = devices.of(holder) if type(x) in (list, tuple, range) else None
    return x if device is None else device.making.joined(x)


def _in_lists(x: list) -> Iterator[Any]:
    for one in x:
        if type(one) is list:
            yield from _in_lists(one)
        else:
            yield one


def entries(x: Any) -> Any:
    """What a loop goes through: of an array with one axis its entries as numbers; anything else as it is."""
    return Numbers(x) if devices.of(x) is not None and x.ndim == 1 else x


class Numbers(Sequence):
    """The entries of an array with one axis, each read when it is asked for."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: Any) -> Any:
        return entry(self.array[index])


def item(x: Any, *index: Any) -> Any:
    """x.item(k), which waits; CuPy's takes no index."""
    if devices.of(x) is None or not index:
        return x.item(*index)
    places = index[0] if isinstance(index[0], tuple) else index
    return (x.ravel() if len(places) == 1 else x)[places].item()


def rounded(x: Any, ndigits: int | None = None) -> Any:
    """round(x, digits) of a number of a device, without waiting; round(x) is a whole number, which waits."""
    if not _is_number(x):
        return round(x) if ndigits is None else round(x, ndigits)
    return round(x.item()) if ndigits is None else x.round(ndigits)


def updated(name: str, x: Any, value: Any) -> Any:
    """x after `x += value`: of a number a new one, of anything else what Python makes of it."""
    operation = getattr(operator, name[1:] if _is_number(x) else name)
    return operation(x, value)


def updated_item(name: str, x: Any, key: Any, value: Any) -> None:
    """x[key] += value: a number that x holds gets a new value, and others that hold it keep the old one."""
    x[key] = updated(name, x[key], joined(value, x))


def updated_field(name: str, x: Any, field: str, value: Any) -> None:
    """The same for x.field += value."""
    setattr(x, field, updated(name, getattr(x, field), value))


def _is_number(x: Any) -> bool:
    return devices.of(x) is not None and x.ndim == 0
