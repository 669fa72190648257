"""compile=True: machine code gives what the plain text gives, or the plain text runs and the report says why."""

import ast
import importlib
import math
import pickle
import types
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import references

from diffpy import compiling, differentiable, gradient, value_with_gradient
from diffpy.backends import llvm, llvm_small, llvm_tapes
from diffpy.transforms.fuse_calls import CALLS

pytestmark = pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed")


def scalars(a, b, n):
    """Ints that become floats, a branch, a tape, an exit from a loop that has work to do."""
    z, total, k = 0, 0.0, 0
    while k < n:
        z = a * math.cos(z + k) + z * math.sin(b - k)
        if z > 0.9:
            total = total + z**2
            k += 2
            if total > 40:
                z = z - 1.0
                break
        else:
            total = total - z / (1.0 + z * z)
        k += 1
    return total + z


def elements(x, y, smooth):
    """Stores and reads of elements, nested loops, tapes in tapes, the best of two."""
    n, m = len(x), len(y)
    r = np.full((n + 1, m + 1), 1e3)
    r[0, 0] = 0.0
    for i in range(n):
        for j in range(i % 2, m):
            best = min(r[i, j], r[i, j + 1])
            r[i + 1, j + 1] = x[i] * y[j] + smooth * best
            if x[i] > 0.0:
                r[i + 1, j] += 0.1 * x[-i - 1]
    return r[n, m]


def whole_arrays(x, w, a):
    """Broadcasting, functions of elements, sums over axes, np.where, a transpose."""
    t = np.sin(x) * a + w
    s = np.exp(-t * t) / np.sqrt(1.0 + t * t)
    rows = np.sum(s * w, axis=1)
    parts = np.where(rows > 0.2, rows * rows, np.abs(rows))
    return np.sum(parts) + np.mean(np.tanh(s.T)) + np.maximum(x[0], w).sum()


def stencil(u, steps):
    """Stores in slices that overlap what is read."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u[1:] += 0.1 * u[:-1]
    return np.sum(u * u)


def rate(y, k):
    return np.array([k[0] * y[0] - y[0] * y[1], k[1] * y[0] * y[1] - y[1]])


def flow(y, k, steps):
    """A callee whose pullbacks wait in a list, arrays that change from round to round, an extreme."""
    total = 0.0
    for _ in range(steps):
        y = y + 0.1 * rate(y, k)
        total = total + np.max(y)
    return total + y @ y


def single(x, scale):
    return np.sum(np.exp(x * scale) * 2.0)


def layers(w, v, x, stack):
    """Products of matrices, of a matrix and a vector, of stacks, with transposes between them."""
    h = np.tanh(x @ w)
    scores = h @ v
    rows = stack @ w
    return np.sum(scores * scores) + np.sum(rows[0].T @ x) + v @ np.sum(h, axis=0) + np.max(h)


def shapes(x, lower, k):
    """Other shapes of the same elements, triangles, cross products."""
    a = x.reshape(2, -1, 3)
    b = np.cross(a[0], np.tril(lower, k)) + np.eye(3)
    return (
        np.sum(np.swapaxes(a, 0, 2).mean(axis=(0, 1))) + np.sum(b.ravel() ** 2) + np.cross(x[0], x[1]) @ x[2]
    )


def picked(table, where, rows, weights):
    """Integer arrays as indices, also twice the same place, from the end, and in stores."""
    t = table[where] * weights[:, None]
    t[rows] = t[rows] * 2.0
    return np.sum(t * t) + np.sum(table[where, rows]) + np.sum(table[:, rows] ** 2)


def small_steps(y, k, n):
    """Arrays of two elements that are handed on, from round to round and from a branch."""
    kept, total = y, 0.0
    for i in range(n):
        y = y + 0.1 * rate(y, k)
        if i % 2 == 0:
            kept = y * total
        total = total + kept[1] * y[0]
    return total + y @ kept


def apart(x, a, n, ahead_0):
    """Functions that need no former rounds beside ones that do, also of what is written, or computed conditionally."""
    z, r = a, x * 1.0
    for i in range(1, n):
        s = math.sin(a * x[i % 5] - i) * ahead_0
        r[i % 5] = r[i % 5 - 1] + math.cos(s) * math.exp(-r[i % 5])
        z = z * s + (math.tanh(z) if z > 0.1 else math.exp(z - 1.0)) + math.log(1.0 + s * s)
    return z + r[2]


def remembered(x, n):
    """The end of a range that changes in it, numbers that are kept twice and are products of others."""
    z = x
    for i in range(n):
        a = z * z
        n = n + 1
        b = a * z
        z = math.sin(x * n) * b + math.cos(z) * a - math.sin(a * i) * math.exp(-b) + math.cos(b * z)
    return z * n


def parts(p, xs):
    """Arguments that are dicts and lists, a list of two numbers made on the way."""
    h = np.tanh(xs[0] @ p["w"]) * p["scale"] + p["b"]
    both = [np.sum(h * xs[1]), p["scale"]]
    return both[0] * both[1]


def triangle(a, x):
    """Records whose sizes change from round to round, arrays that nothing fills at first, rows turned round."""
    n = a.shape[0]
    out = np.empty_like(a)
    for i in range(n):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= 2.0 + a[j, j]
        out[i] = a[i] * x
        out[i, : n - i] += np.flip(a[i, i:])
    return np.sum(out * out) + np.sum(np.roll(x, 1) * np.diff(np.concatenate([x, x[:1]])))


def damped(x, by, power=2, kind=None):
    shape = list(x.shape)
    shape[-1] = 1
    if kind is not None or not isinstance(x, np.ndarray):
        raise ValueError("no kind")
    return (x - x.mean(axis=-1).reshape(shape)) ** power * by


def helped(x, scale):
    """Callees with defaults and keywords, of arrays that change afterwards; lists of known length that change."""
    total = 0.0
    for _ in range(3):
        kept = damped(x, SETTINGS.depth)
        x[0] = kept[1] * scale
        total = total + np.sum(kept * damped(x, scale))
    return total


def masked(x, w):
    """Masks as indices, in stores and in sums; a number of one type in variables named like those of machine code."""
    x = x.copy()
    result = np.sum(x[x > 0.3] * 2.0)
    shape = x[(x > 0) & (w < 0)]
    x[x < -0.5] = 0.25
    x[w > 1] += w[w > 1]
    return np.std(x, axis=0).sum() + result + np.var(x) + np.sum(shape**2) + np.linalg.norm(x)


def settled(x, least):
    """Tapes of arrays and of numbers that grow in a loop of which nobody knows how often it runs."""
    y, k = x.copy(), 0
    while np.sum(y) > least:
        y = np.sin(y) * 0.9
        if np.sum(y) > 2.0:
            y = y * np.sum(y) / 2.0
        if y[0] * k > 3.0:
            break
        k += 1
    return np.sum(y * y) + k


def filled(p, x, y):
    p[1:-1] = p[2:] - x * y[1:-1]


def in_rounds(p, u, x, steps):
    """What an inner list holds of an array of the outer round, by a callee that fills its argument."""
    for k in range(steps):
        y = u / x
        for _ in range(2):
            filled(p, x + k, y)
        u[1:-1] = p[2:]
    return np.sum(u * u)


def ordered(x, w):
    """Running sums, extremes and where they are, what is joined and cut, angles, bounds."""
    steps = np.cumsum(np.clip(x, -0.5, w), axis=0)
    both = np.stack([steps[np.argmax(x[:, 0])], np.arctan2(x[0], x[1])])
    flat = both.reshape(-1)
    flat[0] = flat[0] + np.where(np.any(x > 5), 0.0, x[1, 1])
    x[1::2] = x[::2][: len(x) // 2] * w
    return np.sum(both * both) + np.sum(np.vstack([x[:2], both]) * 0.5) + np.sum(x[::2, 1:] ** 2)


def waves(u, c, steps):
    """Arrays that are made in each round, handed on to the next, and written there: lists hold the arrays."""
    before, now = u, u * c
    for k in range(steps):
        new = np.zeros_like(now)
        new[1:-1] = 2 * now[1:-1] - before[1:-1] + c**2 * (now[2:] - 2 * now[1:-1] + now[:-2])
        now = now.copy()
        now[0] += c * k
        before, now = now, new
    return np.sum(now * now) + np.sum(before[1:] * before[:-1])


def bodies(m, x, steps):
    """Vectors that there are in one branch only, None in the other; sums that are written in rounds."""
    v = np.zeros_like(x)
    for _ in range(steps):
        a = np.zeros_like(x)
        for i in range(len(m)):
            for j in range(len(m)):
                if i != j:
                    d = x[j] - x[i]
                    a[i] += m[j] * d / (np.dot(d, d) + 0.1) ** 1.5
        v = v + 0.01 * a
        x = x + 0.01 * v
    return np.sum(v * x)


def network(parameters, x, names):
    """A list that is gone through entry by entry, and lists of as many entries; a vector as several targets."""
    hidden = []
    for w, b in parameters:
        x = np.tanh(x @ w + b)
        hidden.append(x)
    total = 0.0
    for place, one in enumerate(hidden):
        total = total + np.sum(one) * (place + len(names))
    a, b = hidden[-1][0]
    return total + a * b + 2 * a


def inside(p, y, steps, h):
    """A function within, which captures what is differentiated; its pullbacks in a list."""

    def slope(z):
        return np.array([z[1] * p[0], -math.erf(p[1]) * z[0] + np.cbrt(p[0])])

    for k in range(steps):
        y = y + h * slope(y) * round(1.2 + math.floor(k / 2))
    return np.sum(y * np.floor(3 * y) + np.rint(y))


def solved(a, b, x, names):
    """Functions that are called as they are, in a loop; diagonals and contractions, which are written out."""
    total = 0.0
    for k in range(3):
        m = a @ a.T + (k + 1.0) * np.eye(len(b)) + np.eye(len(b), k=1)
        y = np.linalg.solve(m, b) + np.linalg.inv(m)[0]
        sign, size = np.linalg.slogdet(m)
        total = total + np.sum(y * y) + sign * size + np.log(np.linalg.det(m))
    low = np.linalg.cholesky(a @ a.T + np.eye(len(b)))
    place = np.searchsorted(x, 0.3)
    total = total + np.sum(np.log(np.diag(low))) + x[place] + np.sum(np.sort(x * b[0])[:2])
    turned = np.einsum("ij,kj->ki", a, low) + np.diag(b) + np.diag(b[1:], -1)
    return total + np.trace(turned) + np.einsum("ij,j,i", turned, b, b) + np.sum(np.diagonal(turned) ** 2)


def covered(data, w, stack):
    """Products of columns and of parts of matrices, which lists hold as the views that they are; rows of a stack."""
    m = data.shape[1]
    found = np.zeros((m, m))
    for i in range(m):
        found[i:m, i] = found[i, i:m] = data[:, i] @ data[:, i:m] * (i + 1.0)
    part = data[1:, :2].T @ data[1:, 1:3] + data[:2, 1:3] @ w[:2, 1:3].T
    return np.sum(found * found) + np.sum((stack @ w) ** 2) + np.sum(part * part) + w[:, 0] @ w[:, 1]


def collected(w, x, a):
    """Lists of numbers and of arrays that a loop fills, read as one array, item by item, and added up."""
    h = np.zeros(len(w))
    states, sizes = [], []
    for t in range(len(x)):
        h = np.tanh(w @ h + x[t] * a)
        states.append(h)
        a = a * 0.9
        sizes.append(a + h[0])
    total = sum(sizes) + np.sum(np.array(sizes) ** 2)
    for one in states:
        total = total + np.sum(one**2)
    total = total + np.sum(np.stack([total, -a]) ** 2) * 0.01
    return (
        total + np.sum(np.stack(states) ** 3) + sizes[2] * states[1][0] + sum([w[0, k] * k for k in range(2)])
    )


def by_rows(xs, w):
    """Rows that a list holds as views, which other loops read."""
    total = 0.0
    for x in xs:
        for _ in range(2):
            w = np.tanh(x * w + x[0])
        total = total + np.sum(w)
    return total


def best_pairs(x, n):
    """A table that a callee fills: branches in branches, bests of what there is in one of them, rounds that are none."""
    table = np.zeros((n, n))
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            if i + 1 < n:
                table[i, j] = max(table[i, j], table[i + 1, j])
                if i < j - 1:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1] + x[i] * x[j])
                else:
                    table[i, j] = max(table[i, j - 1], table[i + 1, j - 1] + x[j])
            for k in range(i + 1, j):
                table[i, j] = max(table[i, j], table[i, k] + table[k + 1, j])
    return table


def folded(x, n):
    return np.sum(best_pairs(x, n))


def pairs(x, a):
    """A number that is NumPy's once an inner loop has run, which in the first round it does not."""
    energy = 0.0
    for i in range(len(x)):
        for j in range(i):
            d = x[i] - x[j]
            energy += 4 * a / (d[0] * d[0] + d[1] ** 2) ** 3
    for i in range(2):
        part = 0.0
        for j in range(i, 2):
            part += x[j, 0] * a
        energy += part
    return energy


def butterflies(x, a, n):
    """Ranges by steps that a loop computes, recorded ones; masks that are added to; powers that are no small integers."""
    half, total = 1, 0.0
    while half < n:
        y = np.zeros(n)
        for s in range(half):
            for k in range(s, n - half, 2 * half):
                y[k] = x[k] + a * x[k + half]
                y[k + half] = x[k] - a * x[k + half]
        y[y > 0.5] += a * x[x < -0.2].sum()
        y[y < 0.0] *= y[y < 0.0]
        total += np.sum((1.0 + y * y) ** -1.5 + np.abs(x) ** 5)
        x, half = 0.5 * y, half * 2
    return total + np.sum(x)


def quotients_of_few(x, w, s):
    """Divisions in rounds that fill no vector: what is beside them divides nothing by nothing, and NumPy is silent."""
    z = (x[:, None] - w) / np.exp(s)
    top = z.max(axis=1, keepdims=True)
    parts = np.exp(z - top)
    images = np.zeros((2, len(w) + 4, 3)) + w[0]
    images[1, :, 0] = x[: len(w) + 4]
    return np.sum(top[:, 0] + np.log(parts.sum(axis=1))) + np.sum(
        np.sqrt(1.0 + images**2) / (2.0 + images**2)
    )


def swapped(u, c):
    """A kernel with buffers that change names, a row in place, and numbers in rows; its pullback runs once."""
    old, new = u.copy(), np.zeros_like(u)
    for _ in range(3):
        new[1:-1] = old[1:-1] + c[0, 1] * (old[2:] - old[:-2])
        new[0] = new[-1] = 0.0
        old, new = new, old
    rows = np.outer(old, old[:3])
    for i in range(rows.shape[0]):
        rows[i] -= rows[i].max()
        np.exp(rows[i], out=rows[i])
        rows[i] /= rows[i].sum()
    return rows @ np.array([[c[0, 0], -c[1, 0]], [c[1, 0], c[0, 0]], [1.0, 0.0]])


def after_a_kernel(u, c):
    found = swapped(u, c)
    return np.sum(found * found)


def empty_products(a, x):
    """Sums of no terms, which are zero: of vectors, of a matrix and a vector."""
    rows = np.zeros_like(a)
    for s in range(len(x)):
        rows[s] = x + a[s, :s] @ a[:s] + x[:s] @ x[:s]
    return np.sum(rows * rows)


def springs(y, stiff, h, steps):
    """A function inside that captures an argument, called many times: its cotangent is None, and then a number."""

    def rate(y):
        return np.array([y[1], stiff * (1.0 - y[0] ** 2) * y[1] - y[0]])

    for _ in range(steps):
        k1 = rate(y)
        k2 = rate(y + 0.5 * h * k1)
        y = y + h * rate(0.5 * (k1 + k2))
    return y @ y


rng = np.random.default_rng(3)
SETTINGS = types.ModuleType("settings")
SETTINGS.depth = 0.75


def drawn(*shapes, single=False):
    return tuple(rng.normal(size=shape).astype(np.float32 if single else np.float64) for shape in shapes)


PROGRAMS = [
    (scalars, ("a", "b"), (0.9, 0.3, 30), (0.5, 1.3, 44)),
    (elements, ("x", "y"), (rng.normal(size=6), rng.normal(size=5), 0.3), (rng.normal(size=4), np.ones(7), 0.3)),
    (whole_arrays, ("x", "w", "a"), (rng.normal(size=(9, 5)), rng.normal(size=5), 0.7), (np.eye(3), np.ones(3), 1.0)),
    (stencil, ("u",), (rng.normal(size=12), 5), (rng.normal(size=5), 3)),
    (flow, ("y", "k"), (np.array([1.0, 1.5]), np.array([1.5, 0.5]), 6), (np.ones(2), np.ones(2), 0)),
    (layers, ("w", "v"), drawn((3, 4), 4, (5, 3), (2, 5, 3)), drawn((1, 2), 2, (3, 1), (1, 3, 1))),
    (layers, ("w", "v"), drawn((13, 11), 11, (40, 13), (2, 40, 13)), drawn((13, 11), 11, (7, 13), (1, 7, 13))),
    (layers, ("w", "v"), drawn((3, 4), 4, (5, 3), (2, 5, 3), single=True),
        drawn((2, 2), 2, (3, 2), (2, 3, 2), single=True)),
    (shapes, ("x", "lower"), (*drawn((6, 3), (3, 3)), -1), (*drawn((6, 3), (3, 3)), 1)),
    (picked, ("table", "weights"), (*drawn((4, 3)), np.array([1, 1, -1]), np.array([0, 2, 2]), *drawn(3)),
        (*drawn((2, 2)), np.array([0, 1]), np.array([1, -2]), np.ones(2))),
    (apart, ("x", "a"), (rng.normal(size=5), 0.7, 600, 1.5), (rng.normal(size=5), 0.3, 3, 0.5)),
    (remembered, ("x",), (0.7, 5), (1.2, 1)),
    (parts, ("p", "xs"), ({"w": np.eye(3), "b": np.ones(3), "scale": 0.7}, list(drawn((2, 3), 3))),
        ({"w": np.ones((2, 3)), "b": np.ones(3), "scale": 2.0}, list(drawn((4, 2), 3)))),
    (small_steps, ("y", "k"), (np.array([0.6, 0.3]), np.ones(2), 7), (np.ones(2), np.ones(2), 2)),
    (triangle, ("a", "x"), drawn((5, 5), 5), drawn((3, 3), 3)),
    (helped, ("x", "scale"), (*drawn((3, 2)), 0.5), (*drawn((4, 3)), 1.5)),
    (masked, ("x",), drawn((5, 4), (5, 4)), drawn((3, 2), (3, 2))),
    (masked, ("x",), drawn((5, 4), (5, 4), single=True), drawn((3, 2), (3, 2), single=True)),
    (settled, ("x",), (np.linspace(0, 1, 50), 1e-3), (np.linspace(0, 1, 400), 1e-3)),
    (in_rounds, ("p", "x"), (*drawn(6, 6), 0.7, 1), (*drawn(6, 6), 1.2, 3)),
    (ordered, ("x", "w"), (*drawn((4, 3)), 0.4), (*drawn((3, 2)), 0.2)),
    (waves, ("u", "c"), (rng.normal(size=7), 0.4, 6), (rng.normal(size=5), 0.3, 9)),
    (bodies, ("m", "x"), (np.ones(4), rng.normal(size=(4, 3)), 3), (np.ones(5), rng.normal(size=(5, 2)), 2)),
    (network, ("parameters",), ([drawn((3, 4), 4), drawn((4, 2), 2)], *drawn((5, 3)), ("a", "b")),
        ([drawn((2, 3), 3), drawn((3, 2), 2)], *drawn((4, 2)), ("a", "b"))),
    (inside, ("p", "y", "h"), (np.array([0.4, 0.7]), np.ones(2), 7, 0.1), (np.ones(2), np.ones(2), 4, 0.2)),
    (solved, ("a", "b", "x"), (*drawn((4, 4), 4), np.arange(3) / 2, "ab"), (*drawn((3, 3), 3), np.arange(5) / 4, "ab")),
    (covered, ("data", "w", "stack"), drawn((6, 4), (3, 3), (2, 5, 3)), drawn((30, 20), (20, 20), (4, 3, 20))),
    (collected, ("w", "x", "a"), (*drawn((3, 3), (5, 3)), 1.1), (*drawn((2, 2), (4, 2)), 0.8)),
    (by_rows, ("xs", "w"), drawn((4, 3), 3), drawn((2, 5), 5)),
    (folded, ("x",), (rng.normal(size=6), 6), (rng.normal(size=5), 5)),
    (butterflies, ("x", "a"), (rng.normal(size=8), 0.7, 8), (rng.normal(size=16), 1.3, 16)),
    (quotients_of_few, ("x", "w", "s"), drawn(20, 5, 5), drawn(30, 6, 6)),
    (after_a_kernel, ("u", "c"), drawn(7, (2, 2)), drawn(5, (2, 2))),
    (empty_products, ("a", "x"), drawn((5, 5), 5), drawn((70, 70), 70)),
    (springs, ("y", "stiff"), (np.array([0.6, 0.3]), 1.5, 0.1, 7), (np.ones(2), 0.5, 0.2, 2)),
    (pairs, ("x", "a"), (*drawn((5, 2)), 0.3), (*drawn((4, 2)), 0.4)),
    (single, ("x",), (rng.normal(size=8).astype(np.float32), 0.5), (np.ones(3, np.float32), 1.0)),
]  # fmt: skip


def kinds(value):
    if isinstance(value, tuple | list | dict):
        return type(value), *map(kinds, value.values() if isinstance(value, dict) else value)
    return (value.dtype, value.shape) if isinstance(value, np.ndarray) else type(value)


def numbers(value):
    return np.concatenate([np.ravel(part) for part in references.arrays_in(value)] or [np.zeros(0)])


def check(function, wrt, *points, exactly=False):
    """The same values, gradients and types at each point, by machine code at all but the first."""
    asked = wrt if len(wrt) > 1 else wrt[0]
    plain, made = (value_with_gradient(of=function, wrt=asked, compile=c) for c in (False, True))
    for args in (points[0], *points):
        found, right = made(*args), plain(*args)
        assert kinds(found) == kinds(right)
        flat, expected = ([np.ravel(one) for one in _flat(value)] for value in (found, right))
        for one, other in zip(flat, expected, strict=True):
            np.testing.assert_allclose(
                one, other, rtol=2e-4 if other.dtype == np.float32 else 1e-10, atol=1e-12
            )
    assert made.compiled_report().endswith(": compiled"), made.compiled_report()
    for _, outcome in made._entries.outcomes.values():
        assert outcome.compiled.is_trusted and outcome.compiled.left == compiling._PATIENCE
    return made


def _flat(value):
    if isinstance(value, dict):
        return _flat(list(value.values()))
    return [one for part in value for one in _flat(part)] if isinstance(value, tuple | list) else [value]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[0].__name__)
def test_compiled_is_plain(program):
    function, wrt, *points = program
    made = check(function, wrt, *points)
    text = made.compiled_source_for(*points[0])
    assert "_kernel(" in text and "for " in text
    compile(text, function.__name__, "exec")


def positive(x):
    total, best = 0.0, 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            total += x[i] * x[i]
        best = x[i] if x[i] > best else best
        total = total + (x[i] if x[i] > 1.0 else 0.0)
    return total + best


def swapping(x):
    """What a name takes over is of the type that it was then, whatever becomes of the other one."""
    kept, total = 1.0, 1.0
    for _ in range(2 if x[0] < 0.0 else 1):
        for _ in range(1):
            kept, total = total, kept
        for i in range(len(x)):
            total = x[i] - total
    return kept


def resetting(x):
    """A loop that makes a number one of Python's."""
    p = x[0]
    for i in range(len(x)):
        for _ in range(2):
            p = 0.5 * len(x)
        if x[i] > 0.7:
            break
    return p


@pytest.mark.parametrize("function", [positive, swapping, resetting])
def test_numbers_are_of_the_type_that_the_way_to_them_gives(function):
    made, plain = (value_with_gradient(of=function, compile=c) for c in (True, False))
    for shift in (0.0, 0.0, -9.0, 0.0, 9.0):
        x = np.linspace(-1.5, 2.0, 6) + shift
        found, right = made(x), plain(x)
        assert kinds(found) == kinds(right)
        assert np.array_equal(numbers(found), numbers(right))
    assert function is not positive or made.compiled_report().endswith(": compiled")


def test_arrays_of_arguments_are_left_as_they_are():
    def damped(u, steps):
        for k in range(steps):
            u[k] = 0.5 * u[k] + u[k + 1]
        return u[0] * u[steps]

    u = np.arange(5.0)
    check(damped, ("u",), (u, 4))
    assert np.array_equal(u, np.arange(5.0))


def test_functions_that_are_called_as_they_are_raise_and_warn_as_ever():
    def settled(a, b):
        return np.sum(np.linalg.solve(a, b)) + np.sum(np.sort(b) / b)

    b = np.ones(2)
    made = check(settled, ("a", "b"), (np.eye(2), b), (2.0 * np.eye(2), 3 * b))
    with pytest.raises(np.linalg.LinAlgError):
        made(np.zeros((2, 2)), b)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        plain = value_with_gradient(of=settled)
        for one in (made, plain):
            one(np.eye(2), np.array([0.0, 1.0]))
    messages = [str(one.message) for one in noted]
    half = len(messages) // 2
    assert messages and messages[:half] == messages[half:]
    assert made(np.eye(2), b)[0] == 4.0


def test_memory_that_waits_for_the_next_call_is_nobody_elses():
    """Results of former calls stay what they are, also where sizes change and after a call that was given up."""

    def chained(x, n):
        y = x
        for _ in range(n):
            y = np.sin(y) * x
        return np.sum(y / (x[0] - 2.0)), y

    made, plain = (gradient(of=lambda x, n: chained(x, n)[0], wrt="x", compile=c) for c in (True, False))
    points = [rng.normal(size=size) for size in (3, 3, 70, 3, 90, 70, 3)]
    points[4][0] = 2.0
    kept = []
    with np.errstate(all="ignore"):
        for n, x in enumerate(points):
            kept.append((made(x, 3 + n), plain(x, 3 + n)))
    for found, right in kept:
        np.testing.assert_allclose(found, right, rtol=1e-9)
    assert made.compiled_report().endswith(": compiled")
    assert len({one.ctypes.data for one, _ in kept}) == len(kept)


def test_arrays_in_another_order_are_compiled_anew():
    made, plain = (gradient(of=whole_arrays, wrt=("x", "w"), compile=c) for c in (True, False))
    x, w = rng.normal(size=(6, 4)), rng.normal(size=8)
    for first, second in ((x, w[:4]), (x.T.copy().T, w[::2]), (x[::-1], w[:4]), (x, w[:4])):
        for one, other in zip(made(first, second, 0.7), plain(first, second, 0.7), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    assert made.compiled_report().endswith(": compiled")
    swapped = x.astype(">f8")
    np.testing.assert_allclose(made(swapped, w[:4], 0.7)[0], plain(x, w[:4], 0.7)[0])


def test_other_words_and_longer_lists_are_answered_by_the_plain_text():
    def moved(xs, word):
        x = xs[0]
        for _ in range(3):
            x = x * xs[1] if word == "times" else x + xs[-1]
        return x

    made, plain = (gradient(of=moved, wrt="xs", compile=c) for c in (True, False))
    for xs, word in (
        ([0.5, 0.7], "times"),
        ([0.5, 0.7], "times"),
        ([0.5, 0.7], "plus"),
        ([0.5, 0.7, 0.9], "times"),
    ):
        assert np.allclose(made(xs, word), plain(xs, word))
        assert len(made(xs, word)) == len(xs)


def quotients(x, n):
    total = 0.0
    for k in range(n):
        total = total + math.log(x - k) / (x - k - 0.5)
    return total


def sum_to(x, n):
    total = 0.0
    for k in range(n):
        total = total + x[k] * x[k]
    return total


@pytest.mark.parametrize(
    ("function", "good", "bad", "error"),
    [
        (quotients, (9.25, 5), (3.5, 5), ZeroDivisionError),
        (quotients, (9.25, 5), (2.0, 5), ValueError),
        (sum_to, (np.ones(5), 5), (np.ones(3), 5), IndexError),
        (sum_to, (np.ones(5), 5), (np.ones(3), 10**30), IndexError),
        (
            lambda x, w: np.sum(x @ w),
            (np.ones((2, 3)), np.ones(3)),
            (np.ones((2, 3)), np.ones(2)),
            ValueError,
        ),
        (lambda x, k: np.sum(x[k] ** 2), (np.ones(3), np.arange(3)), (np.ones(3), np.arange(4)), IndexError),
        (lambda x, n: np.sum(x.reshape(n, -1).T ** 2), (np.ones(6), 2), (np.ones(6), 4), ValueError),
    ],
)
def test_errors_are_those_of_the_plain_text(function, good, bad, error):
    made = gradient(of=function, compile=True, wrt=0)
    made(*good)
    with pytest.raises(error) as plain:
        function(*bad)
    with pytest.raises(error) as caught:
        made(*bad)
    assert str(caught.value) == str(plain.value)
    made(*good)
    assert made.compiled_report().endswith(": compiled")


def test_numpy_warns_as_in_the_plain_text():
    def ratios(x):
        return np.sum(x / (x - 1.0))

    made = gradient(of=ratios, compile=True)
    made(np.full(3, 2.0))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        made(np.ones(3))
    assert {"divide by zero", "invalid value"} == {" ".join(str(w.message).split()[:-3])[:14] for w in seen}
    with np.errstate(divide="raise", invalid="raise"), pytest.raises(FloatingPointError):
        made(np.ones(3))
    with np.errstate(all="ignore"):
        assert not np.isfinite(made(np.ones(3))).any()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            made(np.ones(3))
    assert "NumPy warns" in made.compiled_report()  # too many calls were answered twice


class Named(NamedTuple):
    angle: float
    speed: float


@dataclass
class Struct:
    angle: float
    speed: float


def swung(s, g, c):
    angle, speed = s
    return speed, -g * math.sin(angle) - c * speed


def swings(g, c, n):
    s = (1.0, 0.1)
    for _ in range(n):
        d = swung(s, g, c)
        s = (s[0] + 0.1 * d[0], s[1] + 0.1 * d[1])
    return s[0] ** 2 + s[1] ** 2


def swung_with_names(s, make, g, c):
    return make(s.speed, -g * math.sin(s.angle) - c * s.speed)


def swings_of(make):
    def swings(g, c, n):
        s = make(1.0, speed=0.1)
        for _ in range(n):
            d = swung_with_names(s, make, g, c)
            s = make(s.angle + 0.1 * d.angle, s.speed + 0.1 * d.speed)
            s = make(s.speed * s.angle - s.speed, s.angle - 0.1 * s.speed)
        return s.angle**2 + s.speed**2

    return swings


def turned(s):
    return s[1], -math.sin(s[0])


def turns(g, c, n):
    s = (g, c)
    for _ in range(n):
        d = turned(s)
        s = (s[0] + 0.1 * d[0] * s[1], s[1] + 0.1 * d[1] * s[0])
    return s[0] * s[1]


@pytest.mark.parametrize("function", [swings, turns, swings_of(Named), swings_of(Struct)])
def test_variables_of_calls_in_loops_are_the_rounds_own(function):
    made, plain = (gradient(of=function, wrt=("g", "c"), compile=on) for on in (True, False))
    for n in (1, 5, 2):
        assert np.allclose(made(9.8, 0.1, n), plain(9.8, 0.1, n), rtol=1e-12)
    assert made.compiled_report().endswith(": compiled")


def spreads(x):
    padded = np.zeros((x.shape[0], x.shape[1] + 2, 4))
    padded[:, 1:-1] = x
    return np.sum(np.cos(padded) / np.sqrt(np.std(padded, axis=0) + 1e-5))


def sum_of_ratios(x):
    s = np.zeros_like(x[0])
    for i in range(x.shape[0]):
        s += x[i] / (1.0 + x[i])
    return np.sum(s * s)


@pytest.mark.parametrize("function, shape", [(spreads, (4, 10, 4)), (sum_of_ratios, (7, 3, 14))])
def test_places_of_vectors_that_nothing_is_for_note_nothing(function, shape, rng):
    """Sizes that fill no vector, of eight or of four, and zeros for which there are ones to divide by."""
    made, x = gradient(of=function, compile=True), rng.random(shape)
    for _ in range(4):
        assert np.allclose(made(x), gradient(of=function)(x), rtol=1e-10)
    assert made.compiled_report().endswith(": compiled")


def test_what_gets_too_small_is_not_computed_twice(monkeypatch):
    made = gradient(of=lambda x: np.sum(np.exp(-x * x)), compile=True)
    x = np.full(5, 30.0)
    for _ in range(2):
        made(x)
    monkeypatch.setattr(compiling.Compiled, "slowly", None)
    assert np.array_equal(made(x), np.zeros(5))


def ratios(x):
    return np.sum(x / (x - 1.0))


RATE = 0.5


def test_globals_are_looked_up_at_each_call(monkeypatch):
    def decay(x, n):
        for _ in range(n):
            x = x * RATE
        return x

    made = gradient(of=decay, wrt="x", compile=True)
    assert [made(1.0, 3), made(1.0, 3)] == [0.125, 0.125]
    monkeypatch.setitem(globals(), "RATE", 2.0)
    assert made(1.0, 3) == 8.0


def test_integers_do_not_wrap():
    def powers(x, n):
        factor = 1
        for _ in range(n):
            factor = factor * 3
        return x * factor

    made = gradient(of=powers, wrt="x", compile=True)
    assert made(1.0, 3) == 27.0
    assert made(1.0, 60) == float(3**60)


def test_report_says_why_with_the_line():
    def printing(x):
        for _ in range(3):
            print("here")
            x = x * x
        return x

    made = gradient(of=printing, compile=True)
    assert made.compiled_report() == f"test_compile.{printing.__qualname__}: nothing was compiled yet"
    assert made(1.0) == 8.0
    line = printing.__code__.co_firstlineno + 2
    assert made.compiled_report().endswith(f"plain text: a call of print ({__file__}:{line})")
    assert made.compiled_source_for(1.0) == made.source_for(1.0)


def test_decorator_methods_and_pickles():
    assert differentiable(sum_to, compile=True, wrt="x").gradient.compile
    made = pickle.loads(pickle.dumps(gradient(of=sum_to, wrt="x", compile=True, fast_math=True)))
    assert made.compile and made.fast_math
    assert np.array_equal(made(np.ones(3), 2), [2.0, 2.0, 0.0])

    class Model:
        @differentiable(compile=True, wrt="x")
        def loss(self, x, n):
            return sum_to(x, n)

    assert np.array_equal(Model().loss.gradient(np.ones(3), 2), [2.0, 2.0, 0.0])


def test_without_a_compiler_it_warns_once(monkeypatch):
    monkeypatch.setattr(llvm, "is_there", lambda: False)
    monkeypatch.setattr(compiling, "_warned", [])
    made = gradient(of=sum_to, wrt="x", compile=True)
    made._entries = type(made._entries)()
    made._plain = made._entries.plain
    with pytest.warns(UserWarning, match="llvmlite is not installed") as seen:
        assert np.array_equal(made(np.ones(3), 2), [2.0, 2.0, 0.0])
        made(np.ones((3, 1)), 2)
    assert len(seen) == 1 and "llvmlite is not installed" in made.compiled_report()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("a[0] = x\nb = a", {"a": [2], "b": [2]}),
        ("a[0] = x\nb = a\na[1] = x", {}),
        ("a[0] = x\nb = a\nb[1] = x", {}),
        ("for i in range(2):\n    a[i] = x\n    b = a", {}),
        ("for i in range(2):\n    a[i] = x\nfor i in range(2):\n    b = a", {"a": [2], "b": [2]}),
        ("a[0] = x\nb = a\nreturn (b,)", {"a": [2], "b": [2]}),
        ("np.dot(a, a, c)\nb = a", {}),
    ],
)
def test_arrays_are_copied_only_where_nobody_can_tell(body, found):
    made = "a = np.empty((2,), np.float64)\nc = np.zeros((3,), np.float64)"
    lines = "\n".join("    " + line for line in f"{made}\n{body}".splitlines())
    (tree,) = ast.parse(f"def f(x):\n{lines}\n").body
    assert {name: shape for name, shape in llvm_small.small(tree).items() if name in "ab"} == found


def test_entries_of_a_tape_that_is_read_while_it_grows_are_not_taken_for_one():
    text = """
def f(x, j):
    pass
    for i in range(3):
        a = one[j]
        one[top] = x
        b = one[j]
        two[top] = a
        three[top] = b
        four[top] = b
        top = top + 1
    return two[j] + three[j] + four[j]
"""
    made = "".join(f"    {name} = np.empty(0, np.float64)\n" for name in ("one", "two", "three", "four"))
    (tree,) = ast.parse(text.replace("    pass\n", made)).body
    last = ast.unparse(llvm_tapes.fewer_tapes(tree).body[-1])
    assert last == "return two[j] + three[j] + np.float64(three[j])"


def test_functions_that_are_named_are_there():
    for name in filter(lambda one: isinstance(one, str), CALLS):
        module, _, function = name.rpartition(".")
        assert getattr(importlib.import_module(module), function).__module__ == module
