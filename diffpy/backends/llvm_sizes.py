"""Sizes that machine code is made for: a kernel's tree and its arguments in, a tree with numbers for small sizes out."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diffpy.backends.llvm_memory import statements

MOST = 64  # of an axis: loops over it are laid out for its length


def small_sizes(names: Sequence[str], values: Sequence[Any]) -> dict[tuple[str, int], int]:
    """The sizes of the axes of arrays that are small: by the array and the axis."""
    return {
        (name, axis): size
        for name, value in zip(names, values, strict=True)
        if type(value) is np.ndarray
        for axis, size in enumerate(value.shape)
        if size <= MOST
    }


def with_sizes(tree: ast.FunctionDef, sizes: Mapping[tuple[str, int], int]) -> ast.FunctionDef:
    """The same for arguments of these sizes.

    >>> (tree,) = ast.parse("def f(x):\\n    n = x.shape[0]\\n    m = n + 1\\n    return np.zeros((m, n))").body
    >>> print(ast.unparse(with_sizes(tree, {("x", 0): 3})))
    def f(x):
        return np.zeros((4, 3))
    """
    count: dict[str, int] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            count[one.id] = count.get(one.id, 0) + 1
    known: dict[str, int] = {}
    body: list[ast.stmt] = []
    numbers = _Numbers(sizes, known)
    for one in tree.body:
        one = numbers.visit(one)
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int(value))) if (
                count[name] == 1 and type(value) is int
            ):
                known[name] = value
            case ast.If(test=ast.Constant(value=False), orelse=[]):
                pass
            case _:
                body.append(one)
    return ast.FunctionDef(tree.name, tree.args, body or [ast.Pass()], [], lineno=1, col_offset=0)


class _Numbers(ast.NodeTransformer):
    """Names of sizes, and sums and products of them, as numbers."""

    def __init__(self, sizes: Mapping[tuple[str, int], int], known: Mapping[str, int]) -> None:
        self.sizes, self.known = sizes, known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.known:
            return ast.Constant(self.known[node.id])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=name), attr="shape"),
                slice=ast.Constant(value=int(axis)),
            ) if (name, axis) in self.sizes:
                return ast.Constant(self.sizes[name, axis])
        self.generic_visit(node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.Constant(value=int(a)), right=ast.Constant(value=int(b)), op=op):
                return _number(op, a, b, node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Compare(
                left=ast.Constant(value=int(a)), ops=[op], comparators=[ast.Constant(value=int(b))]
            ):
                return ast.Constant(a != b) if isinstance(op, ast.NotEq) else node
        return node


def _number(op: ast.operator, a: int, b: int, node: ast.expr) -> ast.expr:
    """A sum or a product of two small numbers; a division where there is one, and what else there is as it is."""
    match op:
        case _ if abs(a) > 2**31 or abs(b) > 2**31 or bool in (type(a), type(b)):
            return node
        case ast.Add():
            return ast.Constant(a + b)
        case ast.Sub():
            return ast.Constant(a - b)
        case ast.Mult():
            return ast.Constant(a * b)
        case ast.FloorDiv() if b > 0:
            return ast.Constant(a // b)
        case ast.Mod() if b > 0:
            return ast.Constant(a % b)
    return node


def fixed_sizes(tree: ast.FunctionDef, sizes: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """The sizes of axes that are numbers, of the arguments and of arrays that the text makes of a fixed size.

    >>> (tree,) = ast.parse("def f(x, n):\\n    a = np.empty((n, 3), np.float64)\\n    b = a\\n    return b").body
    >>> sorted(fixed_sizes(tree, {("x", 0): 2}).items())
    [(('a', 1), 3), (('b', 1), 3), (('x', 0), 2)]
    """
    shapes: dict[str, list[ast.expr]] = {}
    others: dict[str, set[str]] = {}
    for one in statements(tree.body):
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                others.setdefault(name, set()).add(other)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="empty" | "zeros" | "reshape"), args=[shape, *_]),
            ):
                shapes.setdefault(name, []).append(shape)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()):
                shapes.setdefault(name, []).append(ast.Tuple([], ast.Load()))
    given = {one.arg for one in tree.args.args}
    found = {name: _fixed(every) for name, every in shapes.items() if name not in given}
    found |= {name: {axis: size for (own, axis), size in sizes.items() if own == name} for name in given}
    left = {name: names for name, names in others.items() if name not in given}
    while left:
        ready = {name for name, names in left.items() if not names & left.keys()} or {*left}
        for name in ready:
            every = [found.get(other, {}) if other not in ready else {} for other in left[name]]
            every += [found[name]] if name in found else []
            found[name] = _common(every)
        left = {name: names for name, names in left.items() if name not in ready}
    return {(name, axis): size for name, known in found.items() for axis, size in known.items()}


def _fixed(shapes: list[ast.expr]) -> dict[int, int]:
    """The sizes that all shapes have."""
    every = [one.elts if isinstance(one, ast.Tuple) else [one] for one in shapes]
    return _common(
        [
            {
                n: one.value
                for n, one in enumerate(items)
                if isinstance(one, ast.Constant) and type(one.value) is int
            }
            for items in every
        ]
    )


def _common(every: list[dict[int, int]]) -> dict[int, int]:
    first, *others = every
    return {axis: size for axis, size in first.items() if all(one.get(axis) == size for one in others)}
