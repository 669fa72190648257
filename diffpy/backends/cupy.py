"""CuPy: NVIDIA GPUs under NumPy's names. Imported when an array of CuPy's is met, or asked for."""

from __future__ import annotations

import importlib
from typing import Any

import numpy

from diffpy.backends import device_functions, devices
from diffpy.backends.devices import Device
from diffpy.errors import DifferentiationError


def device() -> Device:
    """The device of CuPy's arrays; an error that says what to install where there is none."""
    known = next((one for one in devices.known() if one.name == "cupy"), None)
    return known or devices.register(_made(_imported()))


def device_with_gpu() -> Device:
    """The same for arrays that are to be made: an error where CuPy finds no GPU."""
    found = device()
    if not found.module.is_available():
        raise DifferentiationError(
            "there is no GPU to move arrays to",
            because="CuPy finds no NVIDIA GPU, or no driver that fits it",
            fix="leave the arrays on the host; `python -m diffpy doctor` says what was found",
        )
    return found


def _imported() -> Any:
    try:
        return importlib.import_module("cupy")
    except ImportError as reason:
        raise DifferentiationError(
            "there is no CuPy to compute with on a GPU",
            because=f"it is not installed, or does not work: {reason}",
            fix="pip install 'diffpy[cuda12]', or 'diffpy[cuda13]', by the version of CUDA",
        ) from None


def _made(cupy: Any) -> Device:
    instead = device_functions.instead(cupy.ndarray, cupy, cupy.asarray)

    def laid_out(memory: Any, shape: tuple, dtype: Any, offset: int, strides: tuple) -> Any:
        return cupy.ndarray(shape, dtype, memory.data + offset, strides)

    def kernel(text: str, name: str) -> Any:
        return cupy.RawKernel(
            text, name, options=("-fmad=false",)
        )  # each operation is rounded, as on the host

    known = {**instead, **_random(cupy)}
    return Device("cupy", cupy.ndarray, cupy, cupy.asarray, cupy.asnumpy, laid_out, known, kernel)


def _random(cupy: Any) -> dict[str, Any]:
    """np.random.normal: numbers that are drawn on the device; a generator of the program's own draws on the host."""
    names = devices.DRAWING & {*vars(numpy.random)} | {"seed"}
    return {f"random.{name}": one for name in names if callable(one := getattr(cupy.random, name, None))}
