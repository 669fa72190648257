"""Pullbacks of products of arrays: dot, matmul, inner, tensordot, einsum, kron, cross."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy

from diffpy.runtime.arrays import Array, Shape, array_module, shape_of, unbroadcast

TensorAxes = int | tuple[int | Sequence[int], int | Sequence[int]]


def product(a: Array, b: Array) -> Array:
    return array_module(a, b).dot(a, b)


def tensor_product(a: Array, b: Array, axes: TensorAxes = 2) -> Array:
    return array_module(a, b).tensordot(a, b, axes)


# matmul


def matmul_left(d: Array, a_shape: Shape, b: Array) -> Array:
    """The cotangent of a in a @ b, vectors and stacks of matrices included."""
    if len(a_shape) == b.ndim == 2:
        return d @ b.T
    full = _as_result(d, len(a_shape), b.ndim)
    right = b[:, None] if b.ndim == 1 else b
    rows = a_shape if len(a_shape) > 1 else (1, *a_shape)
    return array_module(b).reshape(unbroadcast(full @ right.swapaxes(-1, -2), rows), a_shape)


def matmul_right(d: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of b in a @ b."""
    if a.ndim == len(b_shape) == 2:
        return a.T @ d
    full = _as_result(d, a.ndim, len(b_shape))
    left = a[None, :] if a.ndim == 1 else a
    columns = b_shape if len(b_shape) > 1 else (*b_shape, 1)
    return array_module(a).reshape(unbroadcast(left.swapaxes(-1, -2) @ full, columns), b_shape)


def _as_result(d: Array, a_rank: int, b_rank: int) -> Array:
    """d with the axes that matmul drops for vectors."""
    xp = array_module(d)
    full = xp.expand_dims(d, -1) if b_rank == 1 else d
    return xp.expand_dims(full, -2) if a_rank == 1 else full


# dot, inner, tensordot


def dot_left(d: Array, a_shape: Shape, b: Array) -> Array:
    """The cotangent of a in dot(a, b)."""
    if a_shape == () or shape_of(b) == ():
        return unbroadcast(d * b, a_shape)
    return tensordot_left(d, a_shape, b, _dot_axes(len(a_shape), b.ndim))


def dot_right(d: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of b in dot(a, b)."""
    if b_shape == () or shape_of(a) == ():
        return unbroadcast(d * a, b_shape)
    return tensordot_right(d, a, b_shape, _dot_axes(a.ndim, len(b_shape)))


def _dot_axes(a_rank: int, b_rank: int) -> tuple[int, int]:
    return a_rank - 1, max(b_rank - 2, 0)


def inner_left(d: Array, a_shape: Shape, b: Array) -> Array:
    """The cotangent of a in inner(a, b)."""
    if a_shape == () or shape_of(b) == ():
        return unbroadcast(d * b, a_shape)
    return tensordot_left(d, a_shape, b, (-1, -1))


def inner_right(d: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of b in inner(a, b)."""
    if b_shape == () or shape_of(a) == ():
        return unbroadcast(d * a, b_shape)
    return tensordot_right(d, a, b_shape, (-1, -1))


def tensordot_left(d: Array, a_shape: Shape, b: Array, axes: TensorAxes = 2) -> Array:
    """The cotangent of a in tensordot(a, b, axes)."""
    xp = array_module(b)
    a_axes, b_axes = _pairs(axes, len(a_shape), numpy.ndim(b))
    a_free, b_free = _others(a_axes, len(a_shape)), _others(b_axes, numpy.ndim(b))
    result = xp.tensordot(d, b, (tuple(range(len(a_free), len(a_free) + len(b_free))), tuple(b_free)))
    came = sorted(range(len(b_axes)), key=b_axes.__getitem__)
    return xp.transpose(result, _places(a_free + [a_axes[one] for one in came]))


def tensordot_right(d: Array, a: Array, b_shape: Shape, axes: TensorAxes = 2) -> Array:
    """The cotangent of b in tensordot(a, b, axes)."""
    xp = array_module(a)
    a_axes, b_axes = _pairs(axes, numpy.ndim(a), len(b_shape))
    a_free, b_free = _others(a_axes, numpy.ndim(a)), _others(b_axes, len(b_shape))
    result = xp.tensordot(a, d, (tuple(a_free), tuple(range(len(a_free)))))
    came = sorted(range(len(a_axes)), key=a_axes.__getitem__)
    return xp.transpose(result, _places([b_axes[one] for one in came] + b_free))


def _pairs(axes: TensorAxes, a_rank: int, b_rank: int) -> tuple[list[int], list[int]]:
    """The axes that tensordot sums over, of each operand, from the front."""
    if isinstance(axes, (int, numpy.integer)):
        return list(range(a_rank - axes, a_rank)), list(range(axes))
    left, right = ([one] if isinstance(one, (int, numpy.integer)) else list(one) for one in axes)
    return [one % a_rank for one in left], [one % b_rank for one in right]


def _others(axes: list[int], rank: int) -> list[int]:
    return [one for one in range(rank) if one not in axes]


def _places(order: list[int]) -> list[int]:
    """Where each axis stands in `order`: the transposition that sorts it."""
    return sorted(range(len(order)), key=order.__getitem__)


# einsum


def einsum_pullback(d: Array, subscripts: str, operands: Sequence[Array], optimize: object = False) -> tuple:
    """The cotangents of all operands of einsum."""
    if not isinstance(subscripts, str):
        text, arrays = as_text(subscripts, operands)
        given = [einsum_part(d, text, arrays, index, optimize) for index in range(1, len(arrays))]
        return tuple(given[k // 2] if k % 2 and k // 2 < len(given) else None for k in range(len(operands)))
    return tuple(einsum_part(d, subscripts, operands, index, optimize) for index in range(len(operands)))


def einsum_part(
    d: Array, subscripts: str, operands: Sequence[Array], index: int, optimize: object = False
) -> Array:
    """The cotangent of operands[index]: einsum with that operand and the result changing places."""
    if not isinstance(subscripts, str):
        text, arrays = as_text(subscripts, operands)
        return einsum_part(d, text, arrays, (index + 1) // 2, optimize)
    shapes = [shape_of(one) for one in operands]
    terms, result = einsum_terms(subscripts, [len(one) for one in shapes])
    own = "".join(dict.fromkeys(terms[index]))
    others = [*operands[:index], *operands[index + 1 :]]
    known = [result, *(one for place, one in enumerate(terms) if place != index)]
    found = "".join(one for one in own if any(one in term for term in known))
    part = array_module(d).einsum(",".join(known) + "->" + found, d, *others, optimize=optimize)
    return _restored(part, found, own, terms[index], shapes[index])


def einsum_tangent(
    d: Sequence[Array | None], subscripts: str, operands: Sequence[Array], optimize: object = False
) -> Array:
    """The sum over the operands of einsum with one of them replaced by its tangent (None for zero)."""
    if not isinstance(subscripts, str):
        text, arrays = as_text(subscripts, operands)
        return einsum_tangent([None, *d[1 : 2 * len(arrays) - 1 : 2]], text, arrays, optimize)
    parts = [
        array_module(one).einsum(
            subscripts, *operands[:index], one, *operands[index + 1 :], optimize=optimize
        )
        for index, one in enumerate(d)
        if one is not None
    ]
    return sum(parts[1:], parts[0])


def einsum_first(d: Array, subscripts: Array, operands: Sequence[Any], optimize: object = False) -> Array:
    """The cotangent of a in einsum(a, [0, 1], b, [1, 2])."""
    text, arrays = as_text(subscripts, operands)
    return einsum_part(d, text, arrays, 0, optimize)


def einsum_first_tangent(
    d: Array, subscripts: Array, operands: Sequence[Any], optimize: object = False
) -> Array:
    """The tangent of einsum(a, [0, 1], b, [1, 2]) from that of a."""
    text, arrays = as_text(subscripts, operands)
    return array_module(d).einsum(text, d, *arrays[1:], optimize=optimize)


def as_text(first: Array, operands: Sequence[Any]) -> tuple[str, list[Array]]:
    """The list form of einsum, einsum(a, [0, 1], b, [1, 2], [0, 2]), as subscripts in text and the arrays."""
    every = [first, *operands]
    count = len(every) // 2
    texts = [_letters(one) for one in every[1 : 2 * count : 2]]
    text = ",".join(texts) + ("->" + _letters(every[-1]) if len(every) % 2 else "")
    return text, every[0 : 2 * count : 2]


def _letters(places: Sequence[Any]) -> str:
    """Numbers of axes as letters, in NumPy's order of them; Ellipsis as dots."""
    letters = string.ascii_uppercase + string.ascii_lowercase
    return "".join("..." if one is Ellipsis else letters[one] for one in places)


def multi_dot_tangent(d: Sequence[Array | None], arrays: Sequence[Array]) -> Array:
    """The sum over the factors of the product with one of them replaced by its tangent (None for zero)."""
    parts = [
        array_module(one).linalg.multi_dot([*arrays[:index], one, *arrays[index + 1 :]])
        for index, one in enumerate(d)
        if one is not None
    ]
    return sum(parts[1:], parts[0])


def einsum_terms(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """A letter for each axis of each operand and of the result; an ellipsis becomes letters of its own.

    >>> einsum_terms("...i,ij", [2, 2])
    (['ai', 'ij'], 'aj')
    """
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    free = [one for one in string.ascii_letters if one not in subscripts]
    widths = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    widest = max([width for term, width in zip(terms, widths, strict=True) if "..." in term], default=0)
    dots = "".join(free[:widest])
    terms = [
        term.replace("...", dots[widest - width :] if width else "")
        for term, width in zip(terms, widths, strict=True)
    ]
    if not arrow:
        letters = "".join(terms)
        right = "..." + "".join(sorted(one for one in set(letters) - set(dots) if letters.count(one) == 1))
    return terms, right.replace("...", dots)


def _restored(part: Array, found: str, own: str, term: str, shape: Shape) -> Array:
    """The part with the axes it lacks: those summed alone are spread, a repeated letter is a diagonal."""
    xp = array_module(part)
    sizes = dict(zip(term, shape, strict=True))
    kept = xp.reshape(part, tuple(shape_of(part)[found.index(one)] if one in found else 1 for one in own))
    wanted = tuple(sizes[one] for one in own)
    full = xp.broadcast_to(unbroadcast(kept, wanted), wanted)
    return full if own == term else _on_diagonal(full, own, term, sizes)


def _on_diagonal(full: Array, own: str, term: str, sizes: dict[str, int]) -> Array:
    """Zeros shaped like the operand, with `full` where the indices of a repeated letter agree."""
    xp = array_module(full)
    free = iter(one for one in string.ascii_letters if one not in term)
    factors, target, seen = [own], "", set()
    masks = []
    for letter in term:
        fresh = next(free) if letter in seen else letter
        if letter in seen:
            factors.append(letter + fresh)
            masks.append(xp.eye(sizes[letter], dtype=full.dtype))
        seen.add(letter)
        target += fresh
    return xp.einsum(",".join(factors) + "->" + target, full, *masks)


# kron, cross


def kron_left(d: Array, a_shape: Shape, b: Array) -> Array:
    """The cotangent of a in kron(a, b)."""
    a_full, b_full = _padded(a_shape, shape_of(b))
    xp = array_module(d)
    blocks = xp.reshape(d, _interleaved(a_full, b_full)) * xp.reshape(
        b, _interleaved((1,) * len(b_full), b_full)
    )
    return xp.reshape(xp.sum(blocks, axis=tuple(range(1, 2 * len(a_full), 2))), a_shape)


def kron_right(d: Array, a: Array, b_shape: Shape) -> Array:
    """The cotangent of b in kron(a, b)."""
    a_full, b_full = _padded(shape_of(a), b_shape)
    xp = array_module(d)
    blocks = xp.reshape(d, _interleaved(a_full, b_full)) * xp.reshape(
        a, _interleaved(a_full, (1,) * len(a_full))
    )
    return xp.reshape(xp.sum(blocks, axis=tuple(range(0, 2 * len(a_full), 2))), b_shape)


def _padded(a_shape: Shape, b_shape: Shape) -> tuple[Shape, Shape]:
    rank = max(len(a_shape), len(b_shape))
    return (1,) * (rank - len(a_shape)) + a_shape, (1,) * (rank - len(b_shape)) + b_shape


def _interleaved(one: Shape, other: Shape) -> Shape:
    return tuple(size for pair in zip(one, other, strict=True) for size in pair)


def cross_left(
    d: Array, a_shape: Shape, b: Array, axisa: int, axisb: int, axisc: int, axis: int | None
) -> Array:
    """The cotangent of a in cross(a, b): the cross product of b and d."""
    first, second, third = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    return _cross(b, second, d, third, a_shape, first)


def cross_right(
    d: Array, a: Array, b_shape: Shape, axisa: int, axisb: int, axisc: int, axis: int | None
) -> Array:
    """The cotangent of b in cross(a, b): the cross product of d and a."""
    first, second, third = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    return _cross(d, third, a, first, b_shape, second)


def _cross(left: Array, left_axis: int, right: Array, right_axis: int, shape: Shape, axis: int) -> Array:
    xp = array_module(left)
    if shape[axis] != 3 or left.shape[left_axis] != 3 or right.shape[right_axis] != 3:
        raise ValueError(
            "cross: the derivative is known for vectors of three components; give the third as 0"
        )
    place = axis % len(shape)
    last = shape[:place] + shape[place + 1 :] + (3,)
    if xp is numpy and left.ndim == right.ndim == 1 and left.dtype == right.dtype == float:
        return _crossed(left.tolist(), right.tolist())
    product = xp.cross(_along_last(left, left_axis), _along_last(right, right_axis))
    found = unbroadcast(product, last)
    return found if place == len(shape) - 1 else xp.moveaxis(found, -1, place)


def _crossed(left: Sequence[float], right: Sequence[float]) -> Array:
    """The cross product of two vectors of floats: numpy.cross, made for stacks of them, takes ten times as long."""
    (a, b, c), (x, y, z) = left, right
    return numpy.array([b * z - c * y, c * x - a * z, a * y - b * x])


def _along_last(a: Array, axis: int) -> Array:
    """The vectors of an array along its last axis; as it is where they are: moveaxis takes its time."""
    return a if axis in (-1, a.ndim - 1) else array_module(a).moveaxis(a, axis, -1)
