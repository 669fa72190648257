"""Points and directions: values of any structure in; their real and complex numbers, one after another, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.runtime.leaves import is_array, is_complex, is_floating, is_scalar
from diffpy.runtime.structures import Structs, container_tangent, structure_of, zero_tangent


def is_leaf(x: Any) -> bool:
    """Whether x is a number that may be moved, or an array of such; an integer is a count, and stays."""
    if is_array(x):
        return is_floating(x) and x.size > 0
    return is_scalar(x) and not isinstance(x, int | np.integer)


def leaves(x: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a value, each with the words that lead to it: `[0].weight`."""
    structure = structure_of(x)
    if structure is not None:
        for label, value in zip(structure.labels(x), structure.values(x), strict=True):
            step = f".{label}" if isinstance(structure, Structs) else f"[{label!r}]"
            yield from leaves(value, path + step)
    elif is_leaf(x):
        yield path, x


def with_leaves(x: Any, given: Iterator[Any]) -> Any:
    """The value like x that has these leaves."""
    structure = structure_of(x)
    if structure is not None:
        return structure.moved(x, [with_leaves(value, given) for value in structure.values(x)])
    return next(given) if is_leaf(x) else x


def tangent_with(x: Any, given: Iterator[Any]) -> Any:
    """The tangent of x that has these leaves, and zero for what stays."""
    structure = structure_of(x)
    if structure is not None:
        return container_tangent(structure, x, [tangent_with(value, given) for value in structure.values(x)])
    return next(given) if is_leaf(x) else zero_tangent(x)


def widened(x: Any) -> Any:
    """x in double precision: what differences are taken of is not to be as coarse as float32."""

    def wide(leaf: Any) -> Any:
        return leaf + np.zeros((), np.float64)[()] if hasattr(leaf, "dtype") else leaf

    return with_leaves(x, (wide(leaf) for _, leaf in leaves(x)))


def is_coarse(x: Any) -> bool:
    """Whether a number in x has fewer digits than a float."""
    return any(getattr(leaf, "dtype", np.dtype(float)).char in "efF" for _, leaf in leaves(x))


def numbers(y: Any) -> np.ndarray:
    """The real numbers of a result in one row; a complex one gives two."""
    return _row([leaf for _, leaf in _results(y)])


def numbers_of_tangent(y_dot: Any, y: Any) -> np.ndarray:
    """The same of a tangent or a cotangent of y, in which None is zero."""
    return _row(list(_entries(y_dot, y)))


def labels(y: Any) -> list[str]:
    """What each of numbers(y) is called."""
    found = []
    for path, leaf in _results(y):
        parts = (" (real part)", " (imaginary part)") if is_complex(leaf) else ("",)
        for index in np.ndindex(np.shape(leaf)):
            found += [path + _index(index) + part for part in parts]
    return found


def _index(index: tuple) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _results(y: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a result: an integer among them counts as a real number."""
    structure = structure_of(y)
    if structure is not None:
        for label, value in zip(structure.labels(y), structure.values(y), strict=True):
            step = f".{label}" if isinstance(structure, Structs) else f"[{label!r}]"
            yield from _results(value, path + step)
    elif is_scalar(y) or is_leaf(y):
        yield path, y


def _entries(y_dot: Any, y: Any) -> Iterator[Any]:
    structure = structure_of(y)
    if structure is not None:
        values = structure.values(y)
        entries = [None] * len(values) if y_dot is None else structure.entries(y_dot, y)
        assert entries is not None, f"a tangent {y_dot!r} does not fit {y!r}"
        for entry, value in zip(entries, values, strict=True):
            yield from _entries(entry, value)
    elif is_scalar(y) or is_leaf(y):
        given = np.asarray(0.0 if y_dot is None else y_dot)
        wide = given.astype(complex) if is_complex(y) else given
        yield np.broadcast_to(wide, np.shape(y))


def _row(found: list[Any]) -> np.ndarray:
    parts = [_pairs(np.asarray(leaf)) for leaf in found]
    return np.concatenate(parts) if parts else np.zeros(0)


def _pairs(leaf: np.ndarray) -> np.ndarray:
    if leaf.dtype.kind == "c":
        return np.stack([leaf.real, leaf.imag], -1).ravel().astype(float)
    return leaf.ravel().astype(float)


# Directions

Step = tuple[int, np.ndarray]  # which leaf moves, and how


def steps_of(leaf: Any, number: int, few: int, count: int, random: np.random.Generator) -> Iterator[Step]:
    """Directions that a leaf is moved along: each of its numbers when they are few, else at random."""
    scale, shape = _scales(leaf), np.shape(leaf)
    units = (1.0, 1j) if is_complex(leaf) else (1.0,)
    if np.size(leaf) * len(units) <= few:
        for index in np.ndindex(shape):
            for unit in units:
                step = np.zeros(shape, type(unit))
                step[index] = unit * scale[index]
                yield number, step
        return
    for _ in range(count):
        parts = [unit * random.uniform(0.5, 1.5, shape) * random.choice((-1.0, 1.0), shape) for unit in units]
        yield number, scale * sum(parts)


def _scales(leaf: Any) -> np.ndarray:
    """How far each number moves in a step of one: as far as it is from zero."""
    sizes = np.abs(np.asarray(leaf)).astype(float)
    largest = float(np.max(sizes)) or 1.0
    return np.where(sizes == 0.0, largest, np.maximum(sizes, 1e-3 * largest))


def halves(step: Step) -> Iterator[Step]:
    """The two halves of a step that moves several numbers."""
    number, direction = step
    where = np.flatnonzero(np.atleast_1d(direction))
    for part in (where[: len(where) // 2], where[len(where) // 2 :]):
        only = np.zeros_like(direction)
        only.flat[part] = direction.flat[part]
        yield number, only


def random_cotangent(y: Any, random: np.random.Generator) -> Any:
    """A cotangent of y of random numbers, none of them small."""

    def drawn(leaf: Any) -> Any:
        parts = random.uniform(0.5, 1.5, (2, *np.shape(leaf))) * random.choice(
            (-1.0, 1.0), (2, *np.shape(leaf))
        )
        made = parts[0] + 1j * parts[1] if is_complex(leaf) else parts[0]
        return made.astype(leaf.dtype)[()] if hasattr(leaf, "dtype") else made.item()

    return tangent_with(y, (drawn(leaf) for _, leaf in leaves(y)))


def unit_cotangents(y: Any) -> Iterator[Any]:
    """The cotangents of y that pick out each of numbers(y)."""
    every = [leaf for _, leaf in _results(y)]
    for number, leaf in enumerate(every):
        for index in np.ndindex(np.shape(leaf)):
            for unit in (1.0, 1j) if is_complex(leaf) else (1.0,):
                bar = np.zeros(np.shape(leaf), type(unit))
                bar[index] = unit
                yield dots_for(y, (number, bar), _results)


def dots_for(x: Any, step: Step, leaves_of: Callable[[Any], Iterator[tuple[str, Any]]] = leaves) -> Any:
    """The tangent of x of which one leaf moves."""
    every = [leaf for _, leaf in leaves_of(x)]
    number, direction = step
    moving = (_tangent_leaf(leaf, direction if k == number else None) for k, leaf in enumerate(every))
    return tangent_with(x, (dot for leaf, dot in zip(every, moving, strict=True) if is_leaf(leaf)))


def _tangent_leaf(leaf: Any, direction: np.ndarray | None) -> Any:
    if direction is None:
        return zero_tangent(leaf)
    if is_array(leaf):
        return direction.astype(leaf.dtype)
    return type(zero_tangent(leaf))(direction[()])


def path_of(values: tuple, names: tuple[str, ...], step: Step) -> str:
    """What moves, in words: 'x', entry [3]."""
    number, direction = step
    path, leaf = list(leaves(values))[number]
    first, _, rest = path[1:].partition("]")
    where = np.argwhere(direction)
    entry = ""
    if np.ndim(leaf) and len(where) == 1:
        entry = f", entry {_index(tuple(where[0]))}"
    elif np.ndim(leaf):
        entry = f", {len(where)} entries along a random direction"
    if is_complex(leaf) and len(where) == 1:
        entry += ", the imaginary part" if direction[tuple(where[0])].real == 0.0 else ", the real part"
    return f"argument '{names[int(first)]}{rest}'{entry}"


def moved_by(values: tuple, step: Step) -> Callable[[Any], tuple]:
    """t -> the values after t of a step."""
    every = [leaf for _, leaf in leaves(values)]
    number, direction = step
    way = direction if is_array(every[number]) else direction[()].item()

    def at(t: Any) -> tuple:
        return with_leaves(values, (leaf + t * way if k == number else leaf for k, leaf in enumerate(every)))

    return at
