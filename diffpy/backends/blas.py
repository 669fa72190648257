"""The products of matrices that NumPy itself calls, for machine code: their addresses, and how they count."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, NamedTuple

import numpy as np

_NAMES = ("gemm", "gemv")
# How the libraries that NumPy is built with spell their names, and the kind of their integers.
_SPELLINGS = (
    ("scipy_cblas_{}64_", "i64"),
    ("cblas_{}64_", "i64"),
    ("cblas_{}$NEWLAPACK$ILP64", "i64"),
    ("scipy_cblas_{}", "i32"),
    ("cblas_{}", "i32"),
)


class Products(NamedTuple):
    """Functions by their names (dgemm, sgemm, dgemv, sgemv), and the kind of integer that they count with."""

    addresses: dict[str, int]
    integer: str


@cache
def products() -> Products | None:
    """The functions that NumPy's own library for products has; None where they are not found."""
    try:
        library: Any = ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
    except (OSError, AttributeError):
        return None
    for spelling, integer in _SPELLINGS:
        names = {f"{kind}{name}": spelling.format(f"{kind}{name}") for kind in "ds" for name in _NAMES}
        if all(hasattr(library, one) for one in names.values()):
            found = {
                name: ctypes.cast(getattr(library, one), ctypes.c_void_p).value or 0
                for name, one in names.items()
            }
            return Products(found, integer)
    return None
