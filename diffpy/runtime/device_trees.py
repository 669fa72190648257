"""Arrays of hosts and devices in structures: where a call runs, and structures moved from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from diffpy.backends import cupy, devices
from diffpy.backends.devices import Device
from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.leaves import is_array, is_on_device
from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.struct_fields import is_struct, state
from diffpy.runtime.structures import structure_of


def to_device(x: Any, device: Device | None = None) -> Any:
    """Arrays moved to the GPU, by CuPy: an array, or all floating arrays of a list, a tuple, a dict or a struct.

    What is no array is shared with x. Its derivative is the identity: a cotangent comes back to the host.

    Raises:
        DifferentiationError: there is no CuPy, and what to install; or there is no GPU.
    """
    device = device or devices.here() or cupy.device_with_gpu()
    return _moved(x, lambda one: device.to_device(one) if isinstance(one, np.ndarray) else one)


def to_host(x: Any) -> Any:
    """Arrays moved to the memory of the host, as NumPy arrays: of one array, a list, a tuple, a dict or a struct.

    It waits for the device. Its derivative is the identity: a cotangent goes back to the device.

    >>> import numpy as np
    >>> to_host([np.ones(2), 3.0])
    [array([1., 1.]), 3.0]
    """
    return _moved(x, _on_host)


def _on_host(array: Any) -> Any:
    device = devices.of(array)
    return array if device is None else device.to_host(array)


def _moved(x: Any, move: Callable[[Any], Any]) -> Any:
    if is_array(x) or is_on_device(x):
        return move(x)
    structure = structure_of(x)
    if structure is None:
        return x
    return structure.moved(x, [_moved(one, move) for one in structure.values(x)])


def _to_device_pulled(x: Any, device: Device | None = None) -> Pulled:
    return to_device(x, device), lambda y_bar: Parts(None, (to_host(y_bar), None), {})


def _to_host_pulled(x: Any) -> Pulled:
    device = next((found for _, one in arrays_in(x) if (found := devices.of(one))), None)
    back = (lambda y_bar: y_bar) if device is None else (lambda y_bar: to_device(y_bar, device))
    return to_host(x), lambda y_bar: Parts(None, (back(y_bar),), {})


CONTAINER_RULES[to_device] = _to_device_pulled
CONTAINER_RULES[to_host] = _to_host_pulled


# Where a call runs


def deciding(named: Mapping[str, Any]) -> Device | None:
    """The device that the arrays among a call's arguments are on; an error where they are on several.

    Arrays without axes count as numbers, which are at home everywhere.
    """
    if not devices.present():
        return None
    found: dict[Device | None, str] = {}
    for path, array in ((path, one) for name, x in named.items() for path, one in arrays_in(x, name)):
        device = devices.of(array)
        if device is not None or array.ndim:
            found.setdefault(device, path)
    if len(found) > 1:
        raise _mixed(found)
    return next(iter(found), None)


def _mixed(found: dict[Device | None, str]) -> DifferentiationTypeError:
    places = ", ".join(f"'{path}' is {_home(device)}" for device, path in found.items())
    return DifferentiationTypeError(
        f"arrays of the host and of a device are mixed: {places}",
        because="a function runs where its arrays are, and no array is moved without being asked",
        fix="move them: diffpy.to_device(x), or diffpy.to_host(x)",
    )


def _home(device: Device | None) -> str:
    return "on the host" if device is None else f"on the device ({device.name})"


def arrays_in(x: Any, path: str = "", seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Each array that x holds, with its place in x: 'model.layers[0].w'."""
    if is_array(x) or is_on_device(x):
        yield path, x
    elif id(x) not in seen:
        for label, part in _parts(x):
            yield from arrays_in(part, f"{path}{label}" if path else label, seen | {id(x)})


def _parts(x: Any) -> Iterator[tuple[str, Any]]:
    match x:
        case list() | tuple():
            yield from ((f"[{k}]", one) for k, one in enumerate(x))
        case Mapping():
            yield from ((f"[{k!r}]", one) for k, one in x.items())
        case _ if is_struct(type(x)):
            yield from ((f".{name}", one) for name, one in state(x).items())


def with_numbers(x: Any) -> Any:
    """The same with numbers in place of the host's arrays without axes."""
    return _moved(x, lambda one: one[()] if isinstance(one, np.ndarray) and not one.ndim else one)
