"""What is done to kernels before machine code is made of them: kernels are Python, so both are run; and switched off."""

import ast
import math
import textwrap

import numpy as np
import pytest

from diffpy import value_with_gradient
from diffpy.backends import llvm, llvm_rests, llvm_rounds
from diffpy.transforms import fuse_merging, fuse_statements

# Kernels of a matrix x, with the number of loops over its rows that are left of two.
KERNELS = {
    "parts of a round": (
        1,
        """
        t = np.empty((m, n), np.float64)
        for i in range(m):
            for j in range(n):
                t[i, j] = x[i, j] * 2.0
        for i in range(m):
            for j in range(n):
                y[i, j] = t[i, j] + t[i, n - 1 - j]
        """,
    ),
    "parts of the round before": (
        2,
        """
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * 2.0
        for i in range(m):
            for j in range(n):
                z[i, j] = y[m - 1 - i, j]
        """,
    ),
    "parts of the round along another axis": (
        2,
        """
        for i in range(n):
            for j in range(n):
                w[i, j] = x[0, i] * j
        for i in range(n):
            for j in range(n):
                v[i, j] = w[j, i]
        """,
    ),
    "a sum of all rounds": (
        2,
        """
        total = 0.0
        for i in range(m):
            for j in range(n):
                total = total + x[i, j]
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * total
        """,
    ),
    "a number of the round": (
        1,
        """
        for i in range(m):
            a = x[i, 0] * 2.0
            for j in range(n):
                y[i, j] = x[i, j] * a
        for i in range(m):
            a = x[i, 1] * 3.0
            for j in range(n):
                z[i, j] = y[i, j] * a
        """,
    ),
    "a number that is read later": (
        2,
        """
        a = 1.0
        for i in range(m):
            a = x[i, 0]
            for j in range(n):
                y[i, j] = x[i, j] * a
        for i in range(m):
            if x[i, 1] > 1e9:
                a = x[i, 1]
            for j in range(n):
                z[i, j] = x[i, j]
        y[0, 0] = a
        """,
    ),
    "over what has nothing to do with it": (
        1,
        """
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * 2.0
        total = 0.0
        t = np.zeros((m, n), np.float64)
        for j in range(n):
            total = total + x[0, j]
        for i in range(m):
            for j in range(n):
                t[i, j] = t[i, j] + y[i, j]
        for i in range(m):
            z[i, 0] = t[i, 0] * total
        """,
    ),
    "over what it reads": (
        2,
        """
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * 2.0
        z[0, 0] = y[1, 1]
        for i in range(m):
            for j in range(n):
                y[i, j] = y[i, j] + z[0, 0]
        """,
    ),
    "another name of the same memory": (
        2,
        """
        other = y
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * 2.0
        for i in range(m):
            for j in range(n):
                z[i, j] = other[m - 1 - i, j]
        """,
    ),
    "an array of each round": (
        2,
        """
        for i in range(m):
            t = np.empty((n,), np.float64)
            for j in range(n):
                t[j] = x[i, j] * 2.0
        for i in range(m):
            for j in range(n):
                y[i, j] = t[i]
        """,
    ),
    "a way out": (
        2,
        """
        for i in range(m):
            for j in range(n):
                y[i, j] = x[i, j] * 2.0
        for i in range(m):
            if x[i, 0] > 1e9:
                raise ValueError
            for j in range(n):
                z[i, j] = y[i, j]
        """,
    ),
    "products": (
        1,
        """
        t = np.empty((m, n, 5), np.float64)
        s = np.empty((m, 5, 5), np.float64)
        for i in range(m):
            for j in range(n):
                for k in range(5):
                    t[i, j, k] = x[i, j] * (k + 1)
        for i in range(m):
            np.dot(t[i].T, t[i], s[i])
        for i in range(m):
            y[i, 0] = s[i, 1, 2]
        """,
    ),
}


def _tree(body: str) -> ast.FunctionDef:
    made = [f"{name} = np.zeros(({shape}), np.float64)" for name, shape in _SHAPES.items()]
    text = "\n".join([*made, textwrap.dedent(body).strip(), f"return ({', '.join(_SHAPES)},)"])
    (tree,) = ast.parse(f"def f(x, m, n):\n{textwrap.indent(text, '    ')}\n").body
    assert isinstance(tree, ast.FunctionDef)
    return tree


_SHAPES = {"y": "m, n", "z": "m, n", "w": "n, n", "v": "n, n"}


def _run(tree: ast.FunctionDef, x: np.ndarray) -> tuple[np.ndarray, ...]:
    names = {"np": np, "shared": range, "added": lambda total, term: total + term}
    exec(ast.unparse(ast.fix_missing_locations(tree)), names)
    return names["f"](x, *x.shape)


def _far_loops(tree: ast.FunctionDef) -> int:
    return sum(isinstance(one, ast.For) and llvm_rounds._is_far(one) for one in tree.body)


@pytest.mark.parametrize(("left", "body"), KERNELS.values(), ids=KERNELS)
def test_loops_in_one_do_the_same(left, body, rng):
    x = rng.normal(size=(4, 13))
    right = _run(_tree(body), x)
    tree = llvm_rests.with_rests(llvm_rounds.in_rounds(_tree(body)))
    assert _far_loops(tree) == left
    for found, wanted in zip(_run(tree, x), right, strict=True):
        assert np.array_equal(found, wanted)


def distances(points, turns, steps):
    """Stacks of small matrices over many points: far loops, products of few columns, numbers ahead, numbers abreast."""
    moved = (points - turns[:, :1]) @ turns
    near = np.exp(-np.sum(moved * moved, axis=2))
    total = np.sum(np.log(np.sum(near, axis=0)))
    z = 0.0
    for k in range(steps):
        z = 0.5 * z * math.sin(points[k, 0]) + math.exp(-abs(points[k, 1]))
        z = math.log(math.exp(z) + math.exp(-z) + math.exp(0.5 * z))
    return total + z


PASSES = ("fewer_tapes", "in_rounds", "computed_ahead", "abreast", "with_rests")


@pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")
@pytest.mark.parametrize("name", PASSES)
def test_each_pass_can_be_left_out(name, rng, monkeypatch):
    args = rng.normal(size=(90, 10)), 0.3 * rng.normal(size=(5, 10, 10)), 80
    right = value_with_gradient(of=distances, wrt=("points", "turns"))(*args)
    monkeypatch.setattr(llvm, name, lambda tree, *_: tree)
    made = value_with_gradient(of=distances, wrt=("points", "turns"), compile=True)
    made(*args)
    value, bars = made(*args)
    assert made.compiled_report().endswith("compiled")
    assert np.isclose(value, right[0], rtol=1e-12)
    for found, wanted in zip(bars, right[1], strict=True):
        assert np.allclose(found, wanted, rtol=1e-9, atol=1e-9)


def windows(filters, images, weights):
    """Rounds that are written out, over arrays of zeros that a nest begins."""
    rows, columns = images.shape[0] - 2, images.shape[1] - 2
    y = np.zeros((rows, columns, 4))
    for i in range(3):
        for j in range(3):
            y += images[i : i + rows, j : j + columns, None] * filters[i, j]
    h = np.maximum(y, 0.0)
    for k in range(2):
        h = h + weights[k] * np.tanh(h)
    return np.sum(h * h)


def _written(rng, monkeypatch, *without):
    """The kernel's text, and the value and the cotangents, with some of what makes it faster left out."""
    args = rng.normal(size=(3, 3, 4)), rng.normal(size=(30, 20)), rng.normal(size=2)
    with monkeypatch.context() as patched:
        for module, name, instead in without:
            patched.setattr(module, name, instead)
        made = value_with_gradient(of=windows, compile=True)
        made(*args)
        value, bars = made(*args)
        assert made.compiled_report().endswith("compiled")
        text = made.compiled_source_for(*args)
    return text, [value, *bars], value_with_gradient(of=windows)(*args)


LEFT_OUT = {
    "rounds": (fuse_statements, "pays_written_out", lambda *_: False),
    "zeros": (fuse_merging, "begun_with_zeros", lambda body: body),
}


@pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")
@pytest.mark.parametrize("names", [(), ("rounds",), ("zeros",), tuple(LEFT_OUT)], ids=str)
def test_what_kernels_write_faster_can_be_left_out(names, rng, monkeypatch):
    text, found, (value, bars) = _written(rng, monkeypatch, *(LEFT_OUT[name] for name in names))
    assert ("for i in range(3)" in text) == ("rounds" in names)
    for one, right in zip(found, [value, *bars], strict=True):
        assert np.allclose(one, right, rtol=1e-12, atol=1e-12)
