"""Jacobians and Hessians: pullbacks and differentials, applied to unit vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.errors import DifferentiationTypeError
from diffpy.forward_operators import Differential, along
from diffpy.operators import _MISSING, Asked, Finish, Gradient, Operator, _operator
from diffpy.placing import Outermost, runs
from diffpy.runtime.boundary import own
from diffpy.runtime.leaves import is_array, is_complex, number_like
from diffpy.runtime.structures import describe, zero_tangent
from diffpy.runtime.tangent_vectors import leaves, map_tangents


def jacobian(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None) -> Any:
    """The Jacobian of a function: for each part of the result the derivative with respect to each argument.

    Of an array of shape r with respect to an array of shape a it is an array of shape r + a. A result that is a tuple,
    a list or a dict has Jacobians in the same form; several arguments give a tuple, bare for one. The function runs
    once; rows or columns are taken, of which there are fewer.

    >>> import numpy as np
    >>> jacobian(at=np.array([1.0, 2.0]), of=lambda x: x * x)
    array([[2., 0.],
           [0., 4.]])
    """
    return _operator(Jacobian, of, at, wrt, False, result)


def hessian(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None) -> Any:
    """The Hessian of a real scalar function: the Jacobian of its gradient.

    For one argument of shape a it is an array of shape a + a, for several a tuple of tuples of blocks.

    >>> hessian(at=3.0, of=lambda x: x ** 3)
    18.0
    """
    return _operator(Hessian, of, at, wrt, False, None)


def hessian_vector_product(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None) -> Any:
    """The Hessian of a real scalar function times a vector: the differential of its gradient.

    `hessian_vector_product(of=f)(x, v)`: the arguments, then a vector for each argument in `wrt`;
    `hessian_vector_product(at=x, of=f)(v)` is a function of the vectors. The function runs once for each product.

    >>> hessian_vector_product(of=lambda x: x ** 3)(3.0, 2.0)
    36.0
    """
    made = HessianVectorProduct(of, wrt)
    return made if at is _MISSING else made.along(*(at if type(at) is tuple else (at,)))


class Jacobian(Operator):
    """jacobian(of=f)."""

    form, title = "pullback", "jacobian"

    def _finish(self, asked: Asked) -> Finish:
        def finish(found: Any, args: tuple, keywords: dict[str, Any]) -> Any:
            value, back = found
            arguments = tuple(get(args, keywords) for get in asked.getters)
            zeros = tuple(map(zero_tangent, arguments))
            _check_real(value, "the result")
            for x in arguments:
                _check_real(x, "an argument")
            zero = zero_tangent(value)
            if zero is None:
                raise _no_derivative(value)
            rows, columns = _size(zero), _size(zeros)
            taken = by_rows if rows <= columns else by_columns
            with devices.running_on(back.device if isinstance(back, Outermost) else devices.here()):
                return runs(shaped)(
                    asked, zero, zeros, value, runs(taken)(value, zero, back, zeros, arguments)
                )

        return finish


class Hessian(Jacobian):
    """hessian(of=f)."""

    title = "hessian"

    def __init__(self, of: Any, wrt: Any = None, aux: bool = False, result: Any = None) -> None:
        super().__init__(Gradient(of, wrt), None if wrt is None else wrt)


class HessianVectorProduct:
    """hessian_vector_product(of=f)."""

    def __init__(self, of: Any, wrt: Any = None) -> None:
        self.of, self.wrt = of, wrt
        self.rates = Differential(Gradient(of, wrt), wrt)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        several = self.wrt if isinstance(self.wrt, tuple | list) else (self.wrt,)
        count = len(args) // 2 if self.wrt is None else len(several)
        point, vectors = args[: len(args) - count], args[len(args) - count :]
        return self.rates(*point, **keywords)(*vectors)

    def along(self, *args: Any, **keywords: Any) -> Callable[..., Any]:
        return self.rates(*args, **keywords)


# Entries: rates[k][j] is the derivative of number k of the result with respect to number j of the arguments


def by_rows(value: Any, zero: Any, back: Callable[[Any], Any], zeros: tuple, arguments: tuple) -> np.ndarray:
    """A pullback of a unit cotangent is a row."""
    rows = []
    for seed in _units(zero):
        found = back(seed)
        parts = (found,) if len(zeros) == 1 else found
        rows.append(_numbers(tuple(own(part, x) for part, x in zip(parts, arguments, strict=True))))
    return np.array(rows)


def by_columns(
    value: Any, zero: Any, back: Callable[[Any], Any], zeros: tuple, arguments: tuple
) -> np.ndarray:
    """A differential of a unit tangent is a column."""
    return np.array([_numbers(own(along(value, back, unit), value)) for unit in _units(zeros)]).T


def shaped(asked: Asked, zero: Any, zeros: tuple, value: Any, rates: np.ndarray) -> Any:
    """The rates in the form of the result, and inside of it of the arguments."""
    start = iter(np.cumsum([0, *map(np.size, leaves(zero))]).tolist())

    def rows_of(leaf: Any) -> Any:
        first = next(start)
        block = rates[first : first + np.size(leaf)]
        found = _columns(block, np.shape(leaf), zeros, leaf)
        return asked.layout.shaped(found[0] if len(found) == 1 else found)

    return map_tangents(rows_of, zero)


def _columns(block: np.ndarray, shape: tuple, zeros: tuple, row: Any) -> tuple:
    start = iter(np.cumsum([0, *map(np.size, leaves(zeros))]).tolist())

    def part(leaf: Any) -> Any:
        first = next(start)
        found = block[:, first : first + np.size(leaf)].reshape(shape + np.shape(leaf))
        if found.ndim == 0:
            return number_like(found, leaf)
        return found.astype(np.result_type(_dtype(leaf), _dtype(row)))

    return map_tangents(part, zeros)


def _dtype(leaf: Any) -> Any:
    return leaf.dtype if hasattr(leaf, "dtype") else np.dtype(float)


def _units(zero: Any) -> Iterator[Any]:
    """Tangents with a single one, in the order of the numbers."""
    for place, leaf in enumerate(leaves(zero)):
        for index in np.ndindex(np.shape(leaf)):
            counter = iter(range(1_000_000_000))
            yield map_tangents(partial(_with_one, counter, place, index), zero)


def _with_one(counter: Iterator[int], place: int, index: tuple, leaf: Any) -> Any:
    is_here = next(counter) == place
    if not is_array(leaf):
        return number_like(1.0, leaf) if is_here else leaf
    found = np.zeros_like(leaf)
    if is_here:
        found[index] = 1.0
    return found


def _numbers(tangent: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in leaves(tangent)])


def _size(zero: Any) -> int:
    return sum(np.size(leaf) for leaf in leaves(zero))


def _check_real(x: Any, what: str) -> None:
    if any(is_complex(leaf) for leaf in leaves(zero_tangent(x))):
        raise DifferentiationTypeError(
            f"jacobian() needs real numbers; {what} is complex",
            because="the derivative of a complex number has two parts, along the real and the imaginary axis",
            fix="take the real and the imaginary part apart, or use pullback and differential",
        )


def _no_derivative(value: Any) -> DifferentiationTypeError:
    return DifferentiationTypeError(
        f"the result of the function {describe(value)} and has no derivative",
        because="a jacobian needs a number, an array or a container of these",
        fix="return floating point data",
    )
