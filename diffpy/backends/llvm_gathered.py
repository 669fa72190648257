"""Sums that are scattered to neighbours: a kernel's tree in, one that gathers them, element by element, out.

The way back of a stencil adds an array to another one several times, each time moved by some places. Where it is moved
to is written again and again then; gathered, each element is written once, behind the same sums in the same order.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from diffpy.backends.llvm_memory import blocks, classes

_FEW = 16  # places along an axis


def gathered(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The tree with such loops, changed where it stands; what is not moved to from everywhere is done as before.

    >>> import textwrap
    >>> text = '''
    ... def f(a, n):
    ...     z = np.zeros((n + 1,), np.float64)
    ...     for i in range(n):
    ...         z[i] = z[i] + a[i]
    ...     for i in range(n):
    ...         z[i + 1] = z[i + 1] + 2.0 * a[i]
    ...     return (z,)
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(gathered(tree)))
    def f(a, n):
        z = np.zeros((n + 1,), np.float64)
        inner_0 = max(n - 1, 0)
        for i in range(min(1, n)):
            z[i] = z[i] + a[i]
        for i in range(inner_0, n):
            z[i + 1] = z[i + 1] + 2.0 * a[i]
        for i in range(inner_0):
            z[i + 1] = z[i + 1] + a[i + 1]
            z[i + 1] = z[i + 1] + 2.0 * a[i]
        return (z,)
    """
    known = classes(tree)
    stem = "inner"
    while any(isinstance(n, ast.Name) and n.id.startswith(f"{stem}_") for n in ast.walk(tree)):
        stem += "_"
    for block in blocks(tree.body):
        block[:] = _gathered(block, known, stem)
    return ast.fix_missing_locations(tree)


@dataclass
class _Scatter:
    """Loops over a shape that add something to an array, at places that are moved by a number along each axis."""

    loop: ast.For
    name: str
    indices: tuple[str, ...]
    stops: tuple[ast.expr, ...]
    places: tuple[str, ...]  # without what is added to them
    moves: tuple[int, ...]
    store: ast.Assign

    @property
    def kind(self) -> tuple[object, ...]:
        return self.name, self.indices, tuple(map(ast.unparse, self.stops)), self.places


def _gathered(block: list[ast.stmt], known: dict[str, int], stem: str) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    group: list[_Scatter] = []
    for one in [*block, ast.Pass()]:
        found = _scatter(one, known)
        if group and (found is None or found.kind != group[0].kind):
            out += _written(group, stem)
            group = []
        if found is None:
            out.append(one)
        else:
            group.append(found)
    return out[:-1]


def _scatter(one: ast.stmt, known: dict[str, int]) -> _Scatter | None:
    indices: list[str] = []
    stops: list[ast.expr] = []
    node = one
    while isinstance(node, ast.For):
        match node:
            case ast.For(
                target=ast.Name(id=index),
                iter=ast.Call(func=ast.Name(id="range"), args=[ast.Name() | ast.Constant() as stop]),
                body=[inner],
            ) if not _is_little(stop):
                indices.append(index)
                stops.append(stop)
                node = inner
            case _:
                return None
    match node:
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=where) as target],
            value=ast.BinOp(left=ast.Subscript() as before, op=ast.Add() | ast.Sub(), right=term),
        ) if indices and ast.unparse(before) == ast.unparse(target):
            places = where.elts if isinstance(where, ast.Tuple) else [where]
            moved = [_moved(place, {*indices}) for place in places]
            if not _holds(term, name, known) and all(moved):
                found = [move for move in moved if move is not None and move[0] in indices]
                if [index for index, _ in found] == indices and isinstance(one, ast.For):
                    texts = tuple(move[0] for move in moved if move is not None)
                    moves = tuple(move for _, move in found)
                    return _Scatter(one, name, tuple(indices), tuple(stops), texts, moves, node)
    return None


def _is_little(stop: ast.expr) -> bool:
    return isinstance(stop, ast.Constant) and not (type(stop.value) is int and stop.value >= _FEW)


def _moved(place: ast.expr, indices: set[str]) -> tuple[str, int] | None:
    """A place as an index, or what has nothing to do with them, and a number."""
    match place:
        case ast.BinOp(left=ast.Name(id=index), op=ast.Add(), right=ast.Constant(value=int(move))):
            return (index, move) if index in indices else (ast.unparse(place), 0)
        case ast.BinOp(left=ast.Name(id=index), op=ast.Sub(), right=ast.Constant(value=int(move))):
            return (index, -move) if index in indices else (ast.unparse(place), 0)
        case ast.Name(id=index) | ast.Constant(value=index):
            return str(index), 0
    return None


def _holds(term: ast.expr, name: str, known: dict[str, int]) -> bool:
    """Whether a term reads the array, or what may be the same memory."""
    own = known.get(name, name)
    return any(known.get(n.id, n.id) == own for n in ast.walk(term) if isinstance(n, ast.Name))


def _written(group: list[_Scatter], stem: str) -> list[ast.stmt]:
    if len({one.moves for one in group}) < 2:
        return [one.loop for one in group]
    columns = [*zip(*(one.moves for one in group), strict=True)]
    lows, highs = [min(column) for column in columns], [max(column) for column in columns]
    sizes = [_size(stop, high - low) for stop, low, high in zip(group[0].stops, lows, highs, strict=True)]
    named = [
        f"{stem}_{axis}" if isinstance(size, str) and low != high else str(size)
        for axis, (size, low, high) in enumerate(zip(sizes, lows, highs, strict=True))
    ]
    made = [f"{name} = {size}" for name, size in zip(named, sizes, strict=True) if name != str(size)]
    return [*ast.parse("\n".join(made)).body, *_along(group, 0, lows, highs, named)]


def _along(
    group: list[_Scatter], axis: int, lows: list[int], highs: list[int], sizes: list[str]
) -> list[ast.stmt]:
    """What is done along an axis and the next ones: by each one of its own at the border, then by all of them inside."""
    if axis == len(lows):
        return [_at(one, highs, axis) for one in group]
    out: list[ast.stmt] = []
    for one in group:
        rest = [_range("0", ast.unparse(stop)) for stop in one.stops[axis + 1 :]]
        for border in _borders(one, axis, lows[axis], highs[axis], sizes[axis]):
            out.append(_loops(one.indices[axis:], [border, *rest], [_at(one, highs, axis)]))
    inside = _along(group, axis + 1, lows, highs, sizes)
    return [*out, _loops(group[0].indices[axis : axis + 1], [_range("0", sizes[axis])], inside)]


def _borders(one: _Scatter, axis: int, low: int, high: int, size: str) -> Iterator[str]:
    """The ranges along an axis before and behind the places that all of them move something to."""
    stop, move = ast.unparse(one.stops[axis]), one.moves[axis]
    if move < high:
        yield _range("0", f"min({high - move}, {stop})")
    if move > low:
        yield _range(_sum(size, high - move), stop)


def _size(stop: ast.expr, less: int) -> str | int:
    """How many places all of them move something to."""
    if isinstance(stop, ast.Constant) and isinstance(stop.value, int):
        return max(stop.value - less, 0)
    return f"max({ast.unparse(stop)} - {less}, 0)" if less else ast.unparse(stop)


def _sum(size: str, more: int) -> str:
    return f"{size} + {more}" if more else size


def _range(start: str, stop: str) -> str:
    return f"range({stop})" if start == "0" else f"range({start}, {stop})"


def _loops(indices: tuple[str, ...], ranges: list[str], body: list[ast.stmt]) -> ast.stmt:
    for index, text in zip(reversed(indices), reversed(ranges), strict=True):
        iterated = ast.parse(text, mode="eval").body
        body = [ast.For(ast.Name(index, ast.Store()), iterated, body, [], lineno=1, col_offset=0)]
    return body[0]


def _at(one: _Scatter, highs: list[int], axes: int) -> ast.stmt:
    """The sum at the place that is moved to, along the first axes counted from the first one of all."""
    every = [*zip(one.indices, highs, one.moves, strict=True)][:axes]
    more = {index: high - move for index, high, move in every if high != move}
    found: ast.stmt = _Later(more).visit(copy.deepcopy(one.store))
    return found


class _Later(ast.NodeTransformer):
    """Indices and more: of those that are moved already a sum."""

    def __init__(self, more: dict[str, int]) -> None:
        self.more = more

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        match node:
            case ast.BinOp(left=ast.Name(id=index), op=ast.Add(), right=ast.Constant(value=int(move))):
                if index in self.more:
                    return ast.BinOp(node.left, ast.Add(), ast.Constant(move + self.more[index]))
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.more:
            return ast.BinOp(node, ast.Add(), ast.Constant(self.more[node.id]))
        return node
