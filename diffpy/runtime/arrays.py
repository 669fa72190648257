"""What derivatives call on arrays and numbers: shapes spread out and summed back, kinks, poles, types."""

from __future__ import annotations

from typing import Any

import numpy

from diffpy.backends.devices import array_module

Array = Any  # a NumPy or CuPy array, a NumPy scalar or a Python number
Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


def shape_of(x: Array) -> Shape:
    if hasattr(x, "shape"):
        return x.shape
    if isinstance(x, list | tuple) and len(x):  # NumPy would read the numbers, which may be a device's
        return len(x), *shape_of(x[0])
    return numpy.shape(x)


def is_number(x: Array) -> bool:
    """Whether x is a number of Python's own (or float64, which is one), not an array."""
    return isinstance(x, (float, int, complex))


# Shapes


def axes_of(axis: Axis, rank: int) -> tuple[int, ...]:
    """The axes that `axis` names, counted from the front."""
    if axis is None:
        return tuple(range(rank))
    return tuple(one % rank for one in axis) if isinstance(axis, (tuple, list)) else (axis % max(rank, 1),)


def kept_shape(shape: Shape, axis: Axis) -> Shape:
    """The shape that a reduction with keepdims=True leaves.

    >>> kept_shape((2, 3, 4), (0, -1))
    (1, 3, 1)
    """
    axes = axes_of(axis, len(shape))
    return tuple(1 if place in axes else size for place, size in enumerate(shape))


def spread(value: Array, shape: Shape, axis: Axis = None, keepdims: bool = False) -> Array:
    """Undo a reduction: each element of a group gets the group's value. A read-only view where it can be."""
    if shape == ():
        return value
    xp = array_module(value)
    if not keepdims and axis is not None:
        value = xp.reshape(value, kept_shape(shape, axis))
    return xp.broadcast_to(value, shape)


def count(shape: Shape, axis: Axis = None, ddof: int = 0) -> int:
    """How many elements a reduction over `axis` puts together, less the degrees of freedom taken away."""
    product = 1
    for one in axes_of(axis, len(shape)):
        product *= shape[one] if shape else 1
    return product - ddof


def unbroadcast(value: Array, shape: Shape) -> Array:
    """Undo broadcasting: sum over the axes that were added or stretched.

    >>> unbroadcast(numpy.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    if getattr(value, "shape", None) == shape:
        return value
    found = shape_of(value)
    if found == shape:
        return value
    xp = array_module(value)
    extra = len(found) - len(shape)
    if extra < 0:
        return xp.broadcast_to(value, shape)
    axes = (
        *range(extra),
        *(extra + i for i, size in enumerate(shape) if size == 1 and found[extra + i] != 1),
    )
    total = xp.sum(value, axis=axes, keepdims=not extra) if axes else value
    total_shape = shape_of(total)
    if total_shape == shape:
        return total
    return xp.broadcast_to(xp.reshape(total, shape) if len(total_shape) < len(shape) else total, shape)


def gathered(value: Array, shape: Shape, axis: Axis = None, keepdims: bool = False) -> Array:
    """Undo spread: sum each group, to the shape that was spread."""
    if keepdims or axis is None:
        return unbroadcast(value, shape)
    return array_module(value).sum(value, axis=axis)


def rebroadcast(value: Array, shape: Shape) -> Array:
    """Undo unbroadcast: repeat along the axes that were summed."""
    return unbroadcast(value, shape)


def inverse(axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The permutation that undoes transpose(axes)."""
    if axes is None:
        return None
    order = [one % len(axes) for one in axes]
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def inverse_of(axes: tuple) -> tuple[int, ...] | None:
    """The permutation that undoes x.transpose(*axes): axes apart, or one tuple, or none."""
    return inverse(axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def rolled_back(d: Array, axis: int, start: int = 0) -> Array:
    """Undo rollaxis."""
    place, before = axis % d.ndim, start + d.ndim if start < 0 else start
    return array_module(d).moveaxis(d, before - 1 if before > place else before, place)


def negated(shift: Array) -> Array:
    """Minus a count, or a tuple of counts."""
    return tuple(-one for one in shift) if isinstance(shift, (tuple, list)) else -shift


# Kinks and poles


def sign(x: Array) -> Array:
    """-1, 0 or 1; of a Python number too."""
    if type(x) in (float, int):
        return (x > 0) - (x < 0) if x == x else x
    if isinstance(x, complex):
        return x / abs(x) if x else x
    return array_module(x).sign(x)


def without_zeros(x: Array) -> Array:
    """x with ones in place of zeros: 0 / without_zeros(0) is 0, the choice for norms at the zero vector."""
    return x + (x == 0)


def unless_still(y: Array, x_dot: Array) -> Array:
    """y with ones in place of zeros where the tangent is zero too: the root of what stays at zero stays."""
    return y + ((y == 0) & (x_dot == 0))


def quotient(a: Array, b: Array) -> Array:
    """a / b as IEEE has it: of Python numbers too a division by zero is infinite or NaN, no exception."""
    if not isinstance(b, (float, int, complex)) or b != 0:
        return a / b
    if isinstance(a, complex) or isinstance(b, complex):
        with numpy.errstate(all="ignore"):
            return complex(numpy.complex128(a) / b)
    return numpy.nan if a == 0 or a != a else a * numpy.copysign(numpy.inf, b)


def share(value: Array, result: Array, one: Array, *others: Array) -> Array:
    """The part of `value` for `one`: all where it is the result, an equal part where others tie, else 0."""
    ties = 1 + sum(other == result for other in others if other is not None)
    if all(map(is_number, (value, result, one, ties))):
        return value / ties if one == result else type(value)(0)  # not 0.0 * value, which may be infinite
    xp = array_module(value, result, one, ties)
    return xp.where(one == result, value / xp.asarray(ties, xp.asarray(value).dtype), 0)


def logaddexp_weight(one: Array, other: Array, result: Array) -> Array:
    """exp(one - result): the derivative of logaddexp(one, other) in one; a half at ties, also at -inf."""
    xp = array_module(one, other, result)
    alone = one == result
    difference = xp.where(alone, 0, one - xp.where(alone, 0, result))
    return xp.where(one == other, 0.5, xp.exp(difference))


# Types


def cast(value: Array, like: Array) -> Array:
    """value in the type of `like`: a float for a Python number, else its dtype."""
    if hasattr(like, "dtype"):
        return _cast_dtype(value, like.dtype)
    if isinstance(like, complex):
        return complex(value)
    return float(value.real if array_module(value).iscomplexobj(value) else value)


def is_of(value: Any, dtype: numpy.dtype) -> bool:
    """Whether a number or an array is of a type; Python's own real numbers are doubles.

    A comparison of types alone does not tell: to NumPy no type, None, is equal to float64.
    """
    if hasattr(value, "dtype"):
        return value.dtype == dtype
    return isinstance(value, float | int) and dtype == numpy.float64


def _cast_dtype(value: Array, dtype: numpy.dtype) -> Array:
    if is_of(value, dtype) or dtype.kind not in "fc":
        return value
    if dtype.kind == "f" and array_module(value).iscomplexobj(value):
        value = value.real
    return value.astype(dtype) if hasattr(value, "astype") else dtype.type(value)


def as_argument(value: Array, like: Array) -> Array:
    """The cotangent of x from that of float(x): in x's own type and shape."""
    part = cast(value, like)
    return part if shape_of(part) == shape_of(like) else spread(part, shape_of(like))


def is_inexact(dtype: object) -> bool:
    """Whether values of the type have a derivative: real and complex numbers, no integers."""
    return dtype is None or numpy.dtype(dtype).kind in "fc"  # type: ignore[call-overload]


def converted(value: Array, like: Array, dtype: object) -> Array:
    """The cotangent of `like` from that of like.astype(dtype): zero through integers, else in its type."""
    if is_inexact(dtype):
        return cast(value, like)
    return 0.0 * cast(value, like)


def imaginary(value: Array, like: Array) -> Array:
    """The cotangent of `like` from that of its imaginary part."""
    return 1j * value if array_module(like).iscomplexobj(like) else 0.0 * value


def real_part(value: Array, like: Array) -> Array:
    """The cotangent of the first argument of complex(): real unless that is complex itself."""
    return value if isinstance(like, complex) else complex(value).real


def imaginary_part(value: Array, like: Array) -> Array:
    """The cotangent of the second argument of complex(): real unless that is complex itself."""
    return -1j * value if isinstance(like, complex) else complex(value).imag


# Elements


def placed(value: Array, shape: Shape, index: Any) -> Array:
    """Zeros of a shape with `value` added at an index; an element indexed twice gets both."""
    xp = array_module(value)
    result = xp.zeros(shape, xp.asarray(value).dtype)
    if _is_basic(index):
        result[index] = value
    else:
        add_at(result, index, value)
    return result


def with_added(a: Array, value: Array, index: Any) -> Array:
    """A copy of a with `value` added at an index, as np.add.at does it: an element indexed twice gets both."""
    result = a.copy()
    array_module(a).add.at(result, index, value)
    return result


def taken(a: Array, index: Any) -> Array:
    return a[index]


def _is_basic(index: Any) -> bool:
    """Whether no element can be indexed twice: numbers, slices and masks."""
    return all(map(_is_single, index if isinstance(index, tuple) else (index,)))


def _is_single(part: Any) -> bool:
    plain = part is None or part is Ellipsis or isinstance(part, (int, slice, numpy.integer))
    return plain or getattr(getattr(part, "dtype", None), "kind", "") == "b"


def add_at(target: Array, index: Any, value: Array) -> None:
    """target[index] += value, with an element indexed twice added twice."""
    array_module(target).add.at(target, index, value)


# Sequences of equal steps


def arange_start(d: Array, stop: Array | None) -> Array:
    """The cotangent of the first argument of arange: of a start, as the only argument it is a bound."""
    return 0.0 if stop is None else float(array_module(d).sum(d))


def arange_step(d: Array) -> Array:
    xp = array_module(d)
    return float(xp.sum(d * xp.arange(len(d))))
