"""threads=: loops whose rounds need nothing of each other are done by several threads, and give what one thread gives."""

import ast
import threading
import warnings

import numpy as np
import pytest
import test_kernel_passes as kernels

from diffpy import DifferentiationError, differentiable, gradient, value_with_gradient
from diffpy.backends import llvm, llvm_parts, llvm_threads
from diffpy.backends.llvm_parts import in_parts

compiles = pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")

# More kernels of a matrix x, with how many of their loops are shared; sums of few and of many elements.
KERNELS = {
    "a sum": (
        1,
        """
        total = 0.0
        for i in range(m):
            for j in range(n):
                t = x[i, j] * 2.0
                total = added(total, t)
        y[0, 0] = total
        """,
    ),
    "sums of columns": (
        1,
        """
        few = np.zeros((13,), np.float64)
        many = np.zeros((n, 13), np.float64)
        for i in range(1, m):
            for j in range(13):
                few[j] = added(few[j], x[i, j])
                for k in range(13):
                    many[j, k] = added(many[j, k], x[i, j] * x[i, k])
        y[0, 0] = few[3] + many[2, 4]
        """,
    ),
    "neighbours": (
        1,
        """
        for i in range(m - 1):
            for j in range(n):
                y[i + 1, j] = x[i, j] + x[i + 1, j]
        """,
    ),
    "another round's part": (
        4,
        """
        for i in range(m - 1):
            for j in range(n):
                y[i, j] = y[i + 1, j] + x[i, j]
        total = 0.0
        for i in range(m):
            total = added(total, x[i, 0])
            z[i, 0] = total
        for i in range(m):
            v[0, 0] = x[i, 0]
        other = w
        for i in range(m):
            other[i, 0] = w[i, 0] + x[i, 0]
        for i in range(m):
            z[i, 2] = x[i, 1]
        for k in range(3):
            for j in range(n):
                y[k, j] = x[k, j]
            for j in range(n):
                y[0, j] = y[1, j]
        """,
    ),
    "arrays of each round": (
        2,
        """
        t = np.empty((m, n), np.float64)
        s = np.empty((m, n, 5), np.float64)
        for i in range(m):
            for j in range(n):
                t[i, j] = x[i, j] * 2.0
            for j in range(n):
                for k in range(5):
                    s[i, j, k] = t[i, n - 1 - j] * k
            for j in range(n):
                y[i, j] = s[i, j, 1] + t[i, j]
        for i in range(m):
            if x[i, 0] > 1e9:
                raise ValueError
            last = x[i, 1]
            z[i, 1] = last
        """,
    ),
}


def _shared(tree):
    return sum(isinstance(one, ast.Name) and one.id == "shared" for one in ast.walk(tree))


@pytest.mark.parametrize("name", [*kernels.KERNELS, *KERNELS])
def test_loops_in_parts_do_the_same(name, rng, monkeypatch):
    for limit in ("_LEAST", "_FOR_SUMS"):
        monkeypatch.setattr(llvm_parts, limit, 0)
    count, body = {**kernels.KERNELS, **KERNELS}[name]
    x = rng.normal(size=(7, 13))
    right = kernels._run(kernels._tree(body), x)
    tree = in_parts(kernels._tree(body), 2)
    assert name in kernels.KERNELS or _shared(tree) == count
    for found, wanted in zip(kernels._run(tree, x), right, strict=True):
        assert np.allclose(found, wanted, rtol=1e-13)


# Programs


def elements(x, a):
    t = np.sin(x) * a
    return np.sum(np.exp(-t * t) * np.where(x > 0.0, x, a))


def rows(centres, factors, x):
    """Products of small matrices for each centre, sums over points and over centres."""
    moved = (x - centres[:, None, :]) @ factors
    near = np.exp(-np.sum(moved * moved, axis=2))
    return np.sum(np.log(1.0 + np.sum(near, axis=0))) + np.sum(centres.mean(axis=0) ** 2)


def sweeps(u, count):
    u = u.copy()
    for _ in range(count):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
    return np.max(u) + np.sum(u * u)


def layer(w, b, x):
    y = np.maximum(x[:, :, None] * w, 0) + b
    return np.mean(y.sum(axis=(0, 1)) ** 2)


def drawn(*shapes, single=False):
    rng = np.random.default_rng(7)
    return tuple(rng.normal(size=shape).astype(np.float32 if single else np.float64) for shape in shapes)


PROGRAMS = [
    (elements, (0, 1), (*drawn(9_001), 0.7), True),
    (rows, (0, 1, 2), drawn((5, 3), (5, 3, 3), (300, 3)), False),
    (sweeps, 0, (*drawn((90, 70)), 3), True),
    (layer, (0, 1), drawn((20, 8), 8, (300, 20), single=True), False),
]


@pytest.fixture
def used(monkeypatch):
    """All loops are worth it; what is appended says that threads share some."""
    for limit in ("_LEAST", "_FOR_SUMS"):
        monkeypatch.setattr(llvm_parts, limit, 0)
    found = []
    monkeypatch.setattr(llvm, "threads", lambda count: found.append(count) or llvm_threads.threads(count))
    return found


@compiles
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one[0].__name__)
def test_several_threads_give_what_one_gives(program, used):
    function, wrt, args, exactly = program
    before = [np.copy(one) for one in args]
    alone, made = (value_with_gradient(of=function, wrt=wrt, compile=True, threads=n) for n in (1, 3))
    for _ in range(2):
        right, found = alone(*args), made(*args)
    again = made(*args)
    assert made.compiled_report().endswith(": compiled") and used == [3]
    for one, other, same in zip(_flat(found), _flat(right), _flat(again), strict=True):
        assert one.dtype == other.dtype and np.array_equal(one, same)
        if exactly and one.ndim:
            assert np.array_equal(one, other)
        np.testing.assert_allclose(one, other, rtol=2e-4 if one.dtype == np.float32 else 1e-11)
    assert all(map(np.array_equal, args, before))


def _flat(value):
    return [one for part in value for one in _flat(part)] if isinstance(value, tuple) else [np.asarray(value)]


@compiles
def test_what_a_thread_finds_is_raised_and_warned_of(used):
    def quotients(x, y):
        for i in range(len(x)):
            y[i] = 1.0 / x[i]
        return y[0] + np.sum(np.log(x))

    made = gradient(of=quotients, wrt=0, compile=True, threads=2)
    good, zero = np.full(500, 2.0), np.zeros(500)
    made(good, zero)
    for place in (0, 499):
        bad = good.copy()
        bad[place] = 0
        with pytest.raises(FloatingPointError, match="divide"), np.errstate(divide="raise"):
            made(bad, zero)
        with np.errstate(all="ignore"):
            assert not np.isfinite(made(bad, zero)[place])
        with pytest.raises(IndexError):
            made(good, np.zeros(499))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(made(good, zero)[1:], np.full(499, 0.5))
    assert made.compiled_report().endswith(": compiled") and used


@compiles
def test_threads_of_python_may_use_it_at_once(used):
    function, wrt, args, _ = PROGRAMS[1]
    made = gradient(of=function, wrt=wrt, compile=True, threads=2)
    made(*args)
    right = made(*args)
    found = []

    def run():
        for _ in range(40):
            found.append(all(map(np.array_equal, made(*args), right)))

    every = [threading.Thread(target=run) for _ in range(3)]
    for one in every:
        one.start()
    for one in every:
        one.join()
    assert found == [True] * 120


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, None, 10**6])
def test_threads_is_a_number_of_threads(threads):
    with pytest.raises(DifferentiationError, match="threads= is how many threads may run"):
        gradient(of=elements, compile=True, threads=threads)
    with pytest.raises(DifferentiationError, match=f"not a whole number from 1 to {llvm_threads.MOST}"):
        differentiable(elements, compile=True, threads=threads)


def test_threads_are_for_machine_code():
    with pytest.raises(DifferentiationError, match="only machine code runs on several threads"):
        value_with_gradient(of=elements, threads=2)
