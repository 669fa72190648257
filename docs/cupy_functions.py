"""Writes docs/cupy_functions.txt: the functions of NumPy that the CuPy installed has. It needs CuPy, and no GPU."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy

PAGE = Path(__file__).with_suffix(".txt")


def page() -> str:
    """The whole page: a line a function, with its parameters where Python can tell them."""
    cupy = importlib.import_module("cupy")
    head = f"# The functions of NumPy that CuPy {cupy.__version__} has, with their parameters where Python can tell them."
    return "\n".join([head, *lines(cupy), ""])


def lines(cupy: Any) -> Iterator[str]:
    for prefix in ("", "linalg.", "fft.", "lib.stride_tricks.", "ndarray."):
        theirs, ours = (attrgetter(prefix[:-1])(one) if prefix else one for one in (numpy, cupy))
        for name in sorted(dir(theirs)):
            function, other = getattr(theirs, name), getattr(ours, name, None)
            if (
                callable(function)
                and not isinstance(function, type)
                and not name.startswith("_")
                and callable(other)
            ):
                yield f"{prefix}{name}{parameters(other)}"


def parameters(function: Any) -> str:
    try:
        names = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ""
    return f": {' '.join(names)}" if names else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
