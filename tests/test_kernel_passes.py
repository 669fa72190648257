"""What is done to kernels before machine code is made of them: kernels are Python, so both are run; and switched off."""

import ast
import math
import textwrap

import numpy as np
import pytest

from diffpy import value_with_gradient
from diffpy.backends import llvm, llvm_gathered, llvm_rests, llvm_rounds
from diffpy.transforms import fuse, fuse_merging, fuse_statements

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


PASSES = ("fewer_tapes", "gathered", "in_rounds", "computed_ahead", "abreast", "with_rests")


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


def sweeps(u, source, count):
    """A stencil whose way back adds to four neighbours, and clears a buffer that it leaves as it was."""
    a, b = u.copy(), u.copy()
    for _ in range(count):
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - source[1:-1, 1:-1])
        a[1:-1, 1:-1] = b[1:-1, 1:-1] * b[1:-1, 1:-1]
    return np.sum(a * a)


def _filters(rng):
    return rng.normal(size=(3, 3, 4)), rng.normal(size=(30, 20)), rng.normal(size=2)


def _grids(rng):
    return *rng.normal(size=(2, 5, 40)), 3


LEFT_OUT = {
    "rounds": (windows, _filters, fuse_statements, "pays_written_out", lambda *_: False, "for i in range(3)"),
    "zeros": (windows, _filters, fuse_merging, "begun_with_zeros", lambda body: body, "zeros = np.zeros("),
    "cleared": (
        sweeps,
        _grids,
        fuse,
        "without_cleared",
        lambda body, _: body,
        "zeros_1[i_0 + 1, i_1 + 1] = 0.0",
    ),
}


@pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")
@pytest.mark.parametrize("is_left_out", [False, True])
@pytest.mark.parametrize("case", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_kernels_write_faster_can_be_left_out(case, is_left_out, rng, monkeypatch):
    function, given, module, name, instead, text = case
    args = given(rng)
    if is_left_out:
        monkeypatch.setattr(module, name, instead)
    made = value_with_gradient(of=function, compile=True)
    made(*args)
    found = made(*args)
    assert made.compiled_report().endswith("compiled")
    assert (text in made.compiled_source_for(*args)) == is_left_out
    right = value_with_gradient(of=function)(*args)
    for one, other in zip([found[0], *found[1]], [right[0], *right[1]], strict=True):
        assert other is None or np.allclose(one, other, rtol=1e-12, atol=1e-12)


MOVES = [
    ((0, 0), (0, 1)),
    ((1, 2), (1, 0), (2, 1), (0, 1)),
    ((3, 0), (0, 0), (0, 0)),
    ((0, 2), (1, 2), (5, 2)),
]


@pytest.mark.parametrize("moves", MOVES, ids=str)
def test_sums_that_are_gathered_are_those_that_were_scattered(moves, rng):
    lines = [
        line
        for n, (down, along) in enumerate(moves)
        for line in (
            "for i in range(m):",
            "    for j in range(n):",
            f"        y[i + {down}, j + {along}] = y[i + {down}, j + {along}] {'+-'[n % 2]} {n + 2.3} * x[i, j]",
        )
    ]
    text = "\n    ".join(
        ["def f(x, m, n):", "y = np.ones((m + 5, n + 2), np.float64)", *lines, "return (y,)"]
    )
    for shape in [(0, 3), (1, 1), (2, 5), (4, 2), (7, 9)]:
        x = rng.normal(size=shape)
        (tree,), (other,) = ast.parse(text).body, ast.parse(text).body
        found = llvm_gathered.gathered(other)
        assert ast.unparse(found) != ast.unparse(tree)
        assert np.array_equal(_run(found, x)[0], _run(tree, x)[0])
