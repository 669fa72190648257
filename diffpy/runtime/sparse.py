"""Products with sparse matrices that are constant, and systems of them: functions that have rules in their place.

A pullback must find the matrix as it was: the functions work with a copy, which comes first.
"""

from __future__ import annotations

import functools
import operator
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np


def is_sparse(x: Any) -> bool:
    return type(x).__module__.startswith("scipy.sparse.")


def times(kept: Any, matrix: Any, x: Any) -> Any:
    """matrix @ x"""
    return kept @ x


def times_left(kept: Any, x: Any, matrix: Any) -> Any:
    """x @ matrix"""
    return x @ kept


def solved(kept: Any, matrix: Any, b: Any) -> Any:
    """spsolve(matrix, b)"""
    return sys.modules["scipy.sparse.linalg"].spsolve(kept, b)


def of_sparse(function: Any, args: tuple) -> Callable[..., Any] | None:
    """The function for a call with a sparse matrix and an array; None for any other call."""
    if isinstance(function, types.MethodType):
        owner: Any = function.__self__
        if is_sparse(owner) and function.__name__ == "dot" and len(args) == 1 and _is_array(args[0]):
            return functools.partial(times, owner.copy(), owner)
        return None
    if len(args) != 2:
        return None
    one, other = args
    if is_sparse(one) and _is_array(other):
        if _multiplies(function, one):
            return functools.partial(times, one.copy())
        if function is getattr(sys.modules.get("scipy.sparse.linalg"), "spsolve", None):
            return functools.partial(solved, one.copy())
    if is_sparse(other) and _is_array(one) and _multiplies(function, other):
        return functools.partial(times_left, other.copy())
    return None


def _is_array(x: Any) -> bool:
    return type(x) is np.ndarray and x.ndim > 0 and x.dtype.kind in "fc"


def _multiplies(function: Any, matrix: Any) -> bool:
    """Whether it is the product of matrices: of matrix objects * is, of sparse arrays it is not."""
    if function is operator.mul:
        return isinstance(matrix, sys.modules["scipy.sparse"].spmatrix)
    return function is operator.matmul


def back_through(kept: Any, c: Any) -> Any:
    """The cotangent of x in kept @ x."""
    return kept.conj().T @ c


def back_through_left(kept: Any, c: Any) -> Any:
    """The cotangent of x in x @ kept."""
    return c @ kept.conj().T


def back_through_solved(kept: Any, c: Any, shape: tuple) -> Any:
    """The cotangent of b in spsolve(kept, b)."""
    spsolve = sys.modules["scipy.sparse.linalg"].spsolve
    return np.reshape(spsolve(kept.conj().T.tocsc(), c), shape)
