"""Loops that several threads do: a kernel's tree in; one out where they are in parts, which need nothing of each other.

What a part adds up it adds up by itself; the sums of all parts are added in the order of the parts. So a sum is the same
for the same number of threads, whichever of them did a part. Where the rounds are few one part has them all.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

from diffpy.backends.llvm_independent import Independent, independent
from diffpy.backends.llvm_memory import statements
from diffpy.backends.llvm_rounds import parts_of_rounds
from diffpy.backends.llvm_small import MOST as SMALL
from diffpy.backends.llvm_work import work

_EACH = 4  # parts for a thread: those that come late, or work slowly, do fewer of them
_LEAST = 20_000  # statements that are worth it
_FOR_SUMS = 16  # statements for each element of the sums of all parts
_LANES = 64  # rounds: parts of innermost loops begin where vectors do


def in_parts(tree: ast.FunctionDef, threads: int) -> ast.FunctionDef:
    """The tree with such loops, changed where it stands; `shared` is a range whose rounds the threads share.

    >>> import textwrap
    >>> text = '''
    ... def f(x, n):
    ...     y = np.empty((n, 2), np.float64)
    ...     sums = np.zeros((2,), np.float64)
    ...     for i in range(n):
    ...         for j in range(2):
    ...             y[i, j] = x[i, j] * 2.0
    ...             sums[j] = added(sums[j], x[i, j])
    ...     return (sums, y)
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(in_parts(tree, 2)))
    def f(x, n):
        y = np.empty((n, 2), np.float64)
        sums = np.zeros((2,), np.float64)
        parts = 8 if n * 4 >= 20000 else 1
        each = (n + parts - 1) // parts
        sums_parts = np.empty((parts, 2), np.float64)
        for part in shared(parts):
            sums_part = np.zeros((2,), np.float64)
            for i in range(part * each, min(part * each + each, n)):
                for j in range(2):
                    y[i, j] = x[i, j] * 2.0
                    sums_part[j] = added(sums_part[j], x[i, j])
            for sums_part_0 in range(2):
                sums_parts[part, sums_part_0] = sums_part[sums_part_0]
        for part in range(parts):
            for sums_part_0 in range(2):
                sums[sums_part_0] = added(sums[sums_part_0], sums_parts[part, sums_part_0])
        return (sums, y)
    """
    found = independent(tree)
    if found:
        tree.body = _Parts(tree, found, threads * _EACH).block(tree.body)
    return ast.fix_missing_locations(tree)


class _Parts:
    """Blocks with such loops in parts."""

    def __init__(self, tree: ast.FunctionDef, found: dict[int, Independent], most: int) -> None:
        self.found, self.most = found, most
        self.taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        self.taken |= {one.arg for one in tree.args.args}
        self.made = _made(tree)
        self.of_rounds = parts_of_rounds(tree)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in body:
            parted = self.parted(self.found[id(one)]) if id(one) in self.found else None
            if parted is not None:
                out += parted
                continue
            if isinstance(one, ast.For | ast.While | ast.If):
                one.body, one.orelse = self.block(one.body), self.block(one.orelse)
            out.append(one)
        return out

    def parted(self, one: Independent) -> list[ast.stmt] | None:
        """The statements in place of a loop; None where it is better done as it is."""
        sums = [self.sum(name) for name in (*one.sums, *one.arrays)]
        worth = work(one.loop)
        if _is_little(worth) or None in sums:
            return None
        return self.written(one.loop, worth, [each for each in sums if each is not None])

    def sum(self, name: str) -> _Sum | None:
        made = self.made.get(name)
        if made is None:
            return None
        zero, dtype, shape = made
        return _Sum(name, zero, dtype, shape, self.fresh(f"{name}_part"), self.fresh(f"{name}_parts"))

    def written(self, loop: ast.For, worth: ast.expr, sums: list[_Sum]) -> list[ast.stmt]:
        part, parts, each = self.fresh("part"), self.fresh("parts"), self.fresh("each")
        start, rounds = _rounds(loop)
        unit = 1 if _holds_more(loop) else _LANES
        first = f"{start} + {part} * {each}" if start else f"{part} * {each}"
        stop = f"{start} + {rounds}" if start else rounds
        units = f"{parts} * {unit}" if unit > 1 else parts
        index = _index(loop)
        lines = [
            f"{parts} = {self.count(worth, sums)}",
            f"{each} = ({rounds} + {units} - 1) // {f'({units}) * {unit}' if unit > 1 else units}",
            *(line for one in sums for line in one.made(parts)),
            f"for {part} in shared({parts}):",
            *_inside(line for one in sums for line in one.begun(part)),
            f"    for {index} in range({first}, min({first} + {each}, {stop})):",
            "        pass",
            *_inside(line for one in sums for line in one.ended(part)),
            *([f"for {part} in range({parts}):"] if sums else []),
            *_inside(line for one in sums for line in one.added(part)),
        ]
        found = ast.parse("\n".join(lines)).body
        (own,) = (n for one in found for n in ast.walk(one) if isinstance(n, ast.For) and _index(n) == index)
        own.body = [self.own(loop, sums, part).visit(one) for one in loop.body]
        return found

    def count(self, worth: ast.expr, sums: list[_Sum]) -> str:
        """How many parts there are."""
        tests = [] if isinstance(worth, ast.Constant) else [f"{ast.unparse(worth)} >= {_LEAST}"]
        for one in sums:
            if one.is_large:
                tests.append(f"{ast.unparse(worth)} >= {_FOR_SUMS * self.most} * {' * '.join(one.shape)}")
        return f"{self.most} if {' and '.join(tests)} else 1" if tests else str(self.most)

    def own(self, loop: ast.For, sums: list[_Sum], part: str) -> _Own:
        """What a part has of its own."""
        names = {one.name: one.own for one in sums if not one.is_large}
        large = {one.name: one.every for one in sums if one.is_large}
        rounds = self.of_rounds.get(id(loop), [])
        for one in rounds:
            one.shape.elts[0] = ast.Constant(self.most)
        return _Own(part, names, large, {one.name for one in rounds})

    def fresh(self, stem: str) -> str:
        name, n = stem, 0
        while name in self.taken:
            n += 1
            name = f"{stem}_{n}"
        self.taken.add(name)
        return name


@dataclass
class _Sum:
    """What the rounds of a loop add up: a number, or the elements of an array; a part has its own."""

    name: str
    zero: str
    dtype: str
    shape: list[str]
    own: str
    every: str

    @property
    def is_large(self) -> bool:
        """Whether what the parts have lies in one array; else each has a variable, which is handed on at its end."""
        return not all(map(str.isdigit, self.shape)) or prod(map(int, self.shape)) > SMALL

    def made(self, parts: str) -> list[str]:
        return [f"{self.every} = np.empty(({', '.join([parts, *self.shape])},), {self.dtype})"]

    def begun(self, part: str) -> list[str]:
        if self.is_large:
            return self.each(lambda place: f"{self.every}[{part}, {place}] = {self.zero}")
        if self.shape:
            return [f"{self.own} = np.zeros(({', '.join(self.shape)},), {self.dtype})"]
        return [f"{self.own} = {self.zero}"]

    def ended(self, part: str) -> list[str]:
        if self.is_large:
            return []
        if self.shape:
            return self.each(lambda place: f"{self.every}[{part}, {place}] = {self.own}[{place}]")
        return [f"{self.every}[{part}] = {self.own}"]

    def added(self, part: str) -> list[str]:
        if not self.shape:
            return [f"{self.name} = added({self.name}, {self.every}[{part}])"]
        return self.each(
            lambda place: f"{self.name}[{place}] = added({self.name}[{place}], {self.every}[{part}, {place}])"
        )

    def each(self, line: Callable[[str], str]) -> list[str]:
        """Loops over the elements."""
        names = [f"{self.own}_{axis}" for axis in range(len(self.shape))]
        lines = [
            f"{'    ' * axis}for {name} in range({size}):"
            for axis, (name, size) in enumerate(zip(names, self.shape, strict=True))
        ]
        return [*lines, f"{'    ' * len(names)}{line(', '.join(names))}"]


class _Own(ast.NodeTransformer):
    """What a part has of its own in place of what all rounds share."""

    def __init__(self, part: str, names: dict[str, str], large: dict[str, str], rounds: set[str]) -> None:
        self.part, self.names, self.large, self.rounds = part, names, large, rounds

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Name) or node.value.id not in {*self.large, *self.rounds}:
            return node
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        behind = places if node.value.id in self.large else places[1:]
        node.value.id = self.large.get(node.value.id, node.value.id)
        own: list[ast.expr] = [ast.Name(self.part, ast.Load()), *behind]
        node.slice = ast.Tuple(own, ast.Load()) if behind else own[0]
        return node


def _inside(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _rounds(loop: ast.For) -> tuple[str, str]:
    """The first round, nothing where it is 0, and how many there are."""
    assert isinstance(loop.iter, ast.Call)
    *start, stop = (text if text.isalnum() else f"({text})" for text in map(ast.unparse, loop.iter.args))
    return (start[0], f"({stop} - {start[0]})") if start else ("", stop)


def _holds_more(loop: ast.For) -> bool:
    return any(isinstance(n, ast.For | ast.Expr) for one in loop.body for n in ast.walk(one))


def _index(loop: ast.For) -> str:
    return ast.unparse(loop.target)


def _is_little(worth: ast.expr) -> bool:
    match worth:
        case ast.Constant(value=int(count)):
            return count < _LEAST
    return False


# What variables begin with

_Made = tuple[str, str, list[str]]


def _made(tree: ast.FunctionDef) -> dict[str, _Made]:
    """Zero, the data type and the shape of the variables that may be sums, and have the same ones throughout."""
    found: dict[str, list[_Made | None]] = {}
    for one in statements(tree.body):
        match one:
            case ast.Assign(value=ast.Call(func=ast.Name(id="added"))):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(_begun(name, value))
    given = {one.arg for one in tree.args.args}
    return {
        name: every[0]
        for name, every in found.items()
        if every[0] is not None and every.count(every[0]) == len(every) and name not in given
    }


def _begun(name: str, value: ast.expr) -> _Made | None:
    match value:
        case ast.Constant(value=float()):
            return "0.0", "np.float64", []
        case ast.Constant(value=int(number)) if type(number) is int:
            return "0", "np.int64", []
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="float32"), args=[ast.Constant()]):
            return "np.float32(0.0)", "np.float32", []
        case ast.Call(func=ast.Attribute(attr="empty" | "zeros"), args=[shape, dtype]):
            sizes = shape.elts if isinstance(shape, ast.Tuple) else [shape]
            texts = [
                str(one.value) if isinstance(one, ast.Constant) else f"{name}.shape[{axis}]"
                for axis, one in enumerate(sizes)
            ]
            spelled = ast.unparse(dtype)
            return "0" if spelled == "np.int64" else "0.0", spelled, texts
    return None
