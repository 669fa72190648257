"""The type of a cotangent: conjugates of complex ones, the real part for a real number, the precision of its value."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.runtime.arrays import cast, is_of
from diffpy.runtime.leaves import is_complex


def conjugated(d: Any) -> Any:
    """The complex conjugate of a cotangent, entry by entry in lists and tuples; None is zero."""
    if isinstance(d, list | tuple):
        return type(d)(map(conjugated, d))
    return d.conjugate() if is_complex(d) else d


def fitted(d: Any, x: Any) -> Any:
    """A cotangent in the type of its value x: real for a real x, in x's precision; None is zero.

    >>> fitted(2 + 3j, 1.5), fitted(np.ones(2), np.ones(2, np.float32)).dtype
    (2.0, dtype('float32'))
    """
    if d is None or type(d) is type(x) is float:
        return d
    if isinstance(d, list | tuple):
        return _fitted_entries(d, x)
    if hasattr(x, "dtype"):
        return _fitted_precision(d, x)
    if not isinstance(x, float | int | complex):
        return d
    d = d.real if is_complex(d) and not isinstance(x, complex) else d
    narrow = isinstance(d, np.inexact) and not isinstance(d, float | complex)
    return d.item() if narrow else d


def _fitted_entries(d: list | tuple, x: Any) -> Any:
    if not isinstance(x, list | tuple) or len(d) != len(x):
        return d
    entries = [fitted(part, one) for part, one in zip(d, x, strict=True)]
    return entries if isinstance(d, list) else tuple(entries)


def _fitted_precision(d: Any, x: Any) -> Any:
    if is_of(d, x.dtype) or x.dtype.kind not in "fc" or (hasattr(d, "dtype") and d.dtype.kind not in "fciu"):
        return d
    return cast(d, x)


def holds_complex(x: Any) -> bool:
    """Whether a number, an array or an entry of a sequence of them is complex."""
    return any(map(holds_complex, x)) if isinstance(x, list | tuple) else is_complex(x)


def real_cotangent(d: Any) -> Any:
    """The cotangent of a real number that was put among complex ones; None is zero."""
    return d.real if is_complex(d) else d
