"""Jacobians and Hessians: pullbacks and differentials, applied to unit vectors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from diffpy.backends import devices
from diffpy.errors import DifferentiationError, DifferentiationTypeError
from diffpy.forward_operators import Differential, LinearMap, along, met, of_point
from diffpy.operators import _MISSING, Asked, Finish, Gradient, Operator, ValueWithPullback, _operator, called
from diffpy.placing import Outermost, runs
from diffpy.runtime.blocks import units
from diffpy.runtime.boundary import own
from diffpy.runtime.differentials import MOVING
from diffpy.runtime.leaves import is_complex, number_like
from diffpy.runtime.pairing import stands_for
from diffpy.runtime.pulling import Parts
from diffpy.runtime.standing import Standing
from diffpy.runtime.structures import describe, zero_tangent
from diffpy.runtime.tangent_vectors import leaves, map_tangents
from diffpy.runtime.tangents import item_of
from diffpy.runtime.written_jacobians import jacobian_of, product_of
from diffpy.unseen import may_run_again


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

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        try:
            return super().__call__(*args, **keywords)
        except DifferentiationError:
            with suppress(DifferentiationError):
                found = by_differentials(self, args, keywords)
                if found is not None:
                    return found
            raise

    def _finish(self, asked: Asked) -> Finish:
        def finish(found: Any, args: tuple, keywords: dict[str, Any]) -> Any:
            value, back = found
            arguments = tuple(get(args, keywords) for get in asked.getters)
            zeros = tuple(map(zero_tangent, arguments))
            zero = _zero(value, arguments)
            taken = by_rows if _size(zero) <= _size(zeros) else by_columns_or_rows
            with devices.running_on(back.device if isinstance(back, Outermost) else devices.here()):
                return runs(shaped)(
                    asked, zero, zeros, value, runs(taken)(value, zero, back, zeros, arguments)
                )

        return finish

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a Jacobian: that of its rows."""
        return of_point(jacobian_of, ValueWithPullback(self.of, self.wrt, False, self.result), args, keywords)


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
        point, vectors = self.halves(args)
        return self.rates(*point, **keywords)(*vectors)

    def halves(self, args: tuple) -> tuple[tuple, tuple]:
        several = self.wrt if isinstance(self.wrt, tuple | list) else (self.wrt,)
        count = len(args) // 2 if self.wrt is None else len(several)
        return args[: len(args) - count], args[len(args) - count :]

    @property
    def __diffpy_carries__(self) -> Any:
        return [self.of]

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a product: that of the differential of the gradient."""
        point, vectors = self.halves(args)

        def outward(parts: Parts) -> Parts:
            bar, point_bar, vectors_bar, named = parts.args
            every = [item_of(point_bar, k) for k in range(len(point))]
            every += [item_of(vectors_bar, k) for k in range(len(vectors))]
            return Parts(bar, tuple(every), {n: item_of(named, n) for n in keywords})

        def inward(bar: Parts) -> Parts:
            given = (bar.callee, *self.halves(bar.args), bar.keywords)
            return Parts(None, given, {})

        given = (self.rates, point, vectors, keywords)
        return Standing(product_of, given, {}, (0, 1, 2, 3), outward=outward, inward=inward)

    def along(self, *args: Any, **keywords: Any) -> Callable[..., Any]:
        return self.rates(*args, **keywords)


# Entries: rates[k][j] is the derivative of number k of the result with respect to number j of the arguments


def by_rows(value: Any, zero: Any, back: Callable[[Any], Any], zeros: tuple, arguments: tuple) -> np.ndarray:
    """A pullback of a unit cotangent is a row."""
    rows = []
    for seed in units(zero):
        found = back(seed)
        parts = (found,) if len(zeros) == 1 else found
        rows.append(_numbers(tuple(own(part, x) for part, x in zip(parts, arguments, strict=True))))
    return np.array(rows).reshape(_size(zero), _size(zeros))


def by_columns(
    value: Any, zero: Any, back: Callable[[Any], Any], zeros: tuple, arguments: tuple
) -> np.ndarray:
    """A differential of a unit tangent is a column."""
    columns = [_numbers(own(along(value, back, unit), value)) for unit in units(zeros)]
    return np.array(columns).reshape(_size(zeros), _size(zero)).T


def by_columns_or_rows(
    value: Any, zero: Any, back: Callable[[Any], Any], zeros: tuple, arguments: tuple
) -> np.ndarray:
    """By columns, of which there are fewer, where the pullback of the run has a derivative of its own."""
    try:
        return by_columns(value, zero, back, zeros, arguments)
    except DifferentiationError:
        return by_rows(value, zero, back, zeros, arguments)


def by_differentials(operator: Jacobian, args: tuple, keywords: dict[str, Any]) -> Any:
    """The Jacobian by columns, where pullbacks are refused and differentials are not; None where that may not be.

    The function runs for each of them.
    """
    rates = Differential(operator.of, operator.wrt, False, operator.result)(*args, **keywords)
    if not isinstance(rates, LinearMap) or operator.result or not may_run_again(rates.target.function):
        return None
    asked, value = rates.asked, operator.of(*args, **keywords)
    arguments = tuple(get(rates.args, rates.keywords) for get in asked.getters)
    zero, zeros = _zero(value, arguments), tuple(map(zero_tangent, arguments))
    columns = [_numbers(rates.along(unit)) for unit in units(zeros)]
    every = np.array(columns).reshape(_size(zeros), _size(zero)).T
    return shaped(asked, zero, zeros, value, every)


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


def _numbers(tangent: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in leaves(tangent)])


def _size(zero: Any) -> int:
    return sum(np.size(leaf) for leaf in leaves(zero))


def _zero(value: Any, arguments: tuple) -> Any:
    """The zero tangent of a result; refuses what has none, and complex numbers."""
    _check_real(value, "the result")
    for x in arguments:
        _check_real(x, "an argument")
    zero = zero_tangent(value)
    if zero is None:
        raise _no_derivative(value)
    return zero


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


# Operators met in a program


def _product_at(args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing | None:
    """hessian_vector_product(of=f, at=x): the differential of the gradient, at the point."""
    call = called(HessianVectorProduct)(args, keywords, wanted)
    return None if call is None else call._replace(function=call.function.rates)


for _function, _kind, _called in (
    (jacobian, Jacobian, called(Jacobian)),
    (hessian, Hessian, called(Hessian)),
    (hessian_vector_product, HessianVectorProduct, _product_at),
):
    MOVING[_function] = met(_kind, _called)
    stands_for(_function, _kind, _called)
