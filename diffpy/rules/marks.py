"""Functions whose result nothing depends on, whatever they are given."""

from __future__ import annotations

from diffpy.runtime.marks import left_in, left_out, without_derivative


def cuts(function: object) -> bool:
    return function is without_derivative or leaves(function)


def leaves(function: object) -> bool:
    """Whether what it gives is put where nobody reads it: no other name need know which object it is."""
    return function is left_in or function is left_out
