"""Programs to time: plain NumPy in, a number out; `benchmarks/hand.py` has the adjoint of each by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Workload(NamedTuple):
    """A program, with respect to which of its parameters it is differentiated, and how its arguments are made."""

    title: str
    function: Callable[..., Any]
    wrt: tuple[str, ...]
    arguments: Callable[[np.random.Generator], tuple[Any, ...]]


def two_scalars(x, y):
    return x**2 * y + y + 2


def scalar_loop(a, b, steps):
    z = 0.0
    for i in range(steps):
        z = a * math.cos(z + i) + z * math.sin(b - i)
    return z


def newton(a):
    x = a
    while abs(x * x * x - a) > 1e-12 * a:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


def huber(w, b, x, y, delta):
    r = np.abs(x @ w + b - y)
    return np.mean(np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)))


def classifier(w1, b1, w2, b2, x, labels):
    h = np.tanh(x @ w1 + b1)
    scores = h @ w2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(np.sum(logs * labels, axis=1))


def chain(x, a, b):
    t = np.sin(x) * a
    t = np.exp(-t * t) + b
    t = np.sqrt(1.0 + t * t)
    t = t * np.cos(x) - a / t
    t = np.tanh(t) + x * b
    t = np.log(1.0 + t * t)
    return np.sum(t * x)


def mixture(weights, means, scales, lower, x):
    """Log-likelihood of a Gaussian mixture; the inverse covariances are L L' with the diagonal exp(scales)."""
    size = means.shape[1]
    factors = np.tril(lower, -1) + np.exp(scales)[:, :, None] * np.eye(size)
    y = (x - means[:, None, :]) @ factors
    inside = weights[:, None] + np.sum(scales, axis=1)[:, None] - 0.5 * np.sum(y * y, axis=2)
    top = np.max(inside, axis=0)
    likelihood = np.sum(top + np.log(np.sum(np.exp(inside - top), axis=0)))
    most = np.max(weights)
    normal = most + np.log(np.sum(np.exp(weights - most)))
    return likelihood - x.shape[0] * normal


def bundle_loop(cameras, points, seen_by, seen, at):
    """Squared reprojection errors; a camera is a rotation vector, a centre, a focal length and two distortions."""
    total = 0.0
    for k in range(len(at)):
        camera = cameras[seen_by[k]]
        turn = camera[:3]
        p = points[seen[k]] - camera[3:6]
        angle = math.sqrt(turn @ turn)
        axis = turn / angle
        c, s = math.cos(angle), math.sin(angle)
        p = c * p + s * np.cross(axis, p) + (axis @ p) * (1.0 - c) * axis
        u = p[:2] / p[2]
        r2 = u @ u
        e = camera[6] * (1.0 + camera[7] * r2 + camera[8] * r2 * r2) * u - at[k]
        total = total + e @ e
    return total


def bundle(cameras, points, seen_by, seen, at):
    """The same for all observations at once."""
    camera = cameras[seen_by]
    turn = camera[:, :3]
    p = points[seen] - camera[:, 3:6]
    angle = np.sqrt(np.sum(turn * turn, axis=1, keepdims=True))
    axis = turn / angle
    c, s = np.cos(angle), np.sin(angle)
    p = c * p + s * np.cross(axis, p) + np.sum(axis * p, axis=1, keepdims=True) * (1.0 - c) * axis
    u = p[:, :2] / p[:, 2:]
    r2 = np.sum(u * u, axis=1, keepdims=True)
    e = camera[:, 6:7] * (1.0 + camera[:, 7:8] * r2 + camera[:, 8:9] * r2 * r2) * u - at
    return np.sum(e * e)


def lstm(w, u, b, xs):
    steps, batch, _ = xs.shape
    n = u.shape[0]
    h, c = np.zeros((batch, n)), np.zeros((batch, n))
    total = 0.0
    for t in range(steps):
        gates = xs[t] @ w + h @ u + b
        i = 1.0 / (1.0 + np.exp(-gates[:, :n]))
        f = 1.0 / (1.0 + np.exp(-gates[:, n : 2 * n]))
        o = 1.0 / (1.0 + np.exp(-gates[:, 2 * n : 3 * n]))
        g = np.tanh(gates[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
        total = total + np.sum(h * h)
    return total / steps


def jacobi(u, source, sweeps):
    a, b = u.copy(), u.copy()
    for _ in range(sweeps):
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - source[1:-1, 1:-1])
        a[1:-1, 1:-1] = b[1:-1, 1:-1]
    return np.sum(a * a)


def gauss_seidel(u, source, sweeps):
    u = u.copy()
    rows, columns = u.shape
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - source[i, j])
    return np.sum(u * u)


def rate(y, k):
    return np.array([k[0] * y[0] - k[1] * y[0] * y[1], k[2] * y[0] * y[1] - k[3] * y[1]])


def lotka_volterra(y, k, step, steps):
    for _ in range(steps):
        k1 = rate(y, k)
        k2 = rate(y + 0.5 * step * k1, k)
        k3 = rate(y + 0.5 * step * k2, k)
        k4 = rate(y + step * k3, k)
        y = y + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y @ y


def convolution(filters, shift, w, b, images, labels):
    count, side = images.shape[0], images.shape[1] - 2
    y = np.zeros((count, side, side, filters.shape[2]), images.dtype) + shift
    for i in range(3):
        for j in range(3):
            y += images[:, i : i + side, j : j + side, None] * filters[i, j]
    h = np.maximum(y, 0).reshape(count, side // 2, 2, side // 2, 2, -1).mean(axis=(2, 4))
    scores = h.reshape(count, -1) @ w + b
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(np.sum(logs * labels, axis=1))


def markov(start, moves, emits, seen):
    """Log-likelihood of what a hidden Markov model was seen to emit; its parameters are logarithms."""
    alpha = start + emits[:, seen[0]]
    for t in range(1, len(seen)):
        paths = alpha[:, None] + moves
        top = np.max(paths, axis=0)
        alpha = top + np.log(np.sum(np.exp(paths - top), axis=0)) + emits[:, seen[t]]
    most = np.max(alpha)
    return most + np.log(np.sum(np.exp(alpha - most)))


def soft_warping(x, y, smooth):
    n, m = len(x), len(y)
    r = np.full((n + 1, m + 1), 1e10)
    r[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            a, b, c = -r[i, j] / smooth, -r[i, j + 1] / smooth, -r[i + 1, j] / smooth
            top = max(a, b, c)
            near = top + math.log(math.exp(a - top) + math.exp(b - top) + math.exp(c - top))
            d = x[i] - y[j]
            r[i + 1, j + 1] = d * d - smooth * near
    return r[n, m]


def deep(w1, w2, w3, w4, x, y):
    h = np.maximum(x @ w1, 0)
    h = np.maximum(h @ w2, 0)
    h = np.maximum(h @ w3, 0)
    e = h @ w4 - y
    return np.mean(e * e)


def _huber(rng):
    return rng.normal(size=20), 0.1, rng.normal(size=(10_000, 20)), rng.normal(size=10_000), 1.0


def _one_hot(rng, rows, dtype):
    return np.eye(10, dtype=dtype)[rng.integers(0, 10, rows)]


def _classifier(rng):
    weights = single(rng, (784, 128), 0.05), single(rng, 128), single(rng, (128, 10), 0.1), single(rng, 10)
    return *weights, single(rng, (128, 784)), _one_hot(rng, 128, np.float32)


def single(rng, shape, scale=1.0):
    return (scale * rng.normal(size=shape)).astype(np.float32)


def _chain(rng):
    return rng.normal(size=1_000_000), 0.7, 1.3


def _mixture(rng):
    parameters = [rng.normal(size=shape) for shape in (25, (25, 10), (25, 10), (25, 10, 10))]
    return parameters[0], parameters[1], 0.1 * parameters[2], 0.1 * parameters[3], rng.normal(size=(1000, 10))


def _bundle(rng):
    cameras = np.concatenate(
        [
            rng.normal(size=(20, 3)) * 0.1,
            rng.normal(size=(20, 2)),
            np.full((20, 1), -8.0),
            np.full((20, 1), 500.0),
            rng.normal(size=(20, 2)) * 1e-2,
        ],
        axis=1,
    )
    seen_by, seen = rng.integers(0, 20, 1000), rng.integers(0, 200, 1000)
    return cameras, rng.normal(size=(200, 3)), seen_by, seen, rng.normal(size=(1000, 2)) * 50.0


def _lstm(rng):
    w, u = 0.1 * rng.normal(size=(64, 256)), 0.1 * rng.normal(size=(64, 256))
    return w, u, 0.1 * rng.normal(size=256), rng.normal(size=(100, 16, 64))


def _convolution(rng):
    parameters = (
        single(rng, (3, 3, 8), 0.3),
        single(rng, 8, 0.1),
        single(rng, (1352, 10), 0.05),
        single(rng, 10),
    )
    return *parameters, single(rng, (32, 28, 28)), _one_hot(rng, 32, np.float32)


def _markov(rng):
    start, moves, emits = (np.log(rng.dirichlet(np.ones(n), m)) for n, m in ((20, 1), (20, 20), (30, 20)))
    return start[0], moves, emits, rng.integers(0, 30, 200)


def _deep(rng):
    weights = [single(rng, (1024, 1024), 0.04) for _ in range(4)]
    return *weights, single(rng, (256, 1024)), single(rng, (256, 1024))


WORKLOADS = (
    Workload("two scalars", two_scalars, ("x", "y"), lambda rng: (3.0, 4.0)),
    Workload("100 scalar steps", scalar_loop, ("a", "b"), lambda rng: (0.9, 0.3, 100)),
    Workload("10,000 scalar steps", scalar_loop, ("a", "b"), lambda rng: (0.9, 0.3, 10_000)),
    Workload("Newton's root", newton, ("a",), lambda rng: (7.0,)),
    Workload("Huber regression", huber, ("w", "b"), _huber),
    Workload("784-128-10 classifier", classifier, ("w1", "b1", "w2", "b2"), _classifier),
    Workload("elementwise chain, 1e6", chain, ("x", "a", "b"), _chain),
    Workload("Gaussian mixture", mixture, ("weights", "means", "scales", "lower"), _mixture),
    Workload("bundle, a loop", bundle_loop, ("cameras", "points"), _bundle),
    Workload("bundle, whole arrays", bundle, ("cameras", "points"), _bundle),
    Workload("LSTM, 100 steps", lstm, ("w", "u", "b"), _lstm),
    Workload("Jacobi 200 x 200", jacobi, ("u", "source"), lambda rng: (*rng.normal(size=(2, 200, 200)), 50)),
    Workload(
        "Gauss-Seidel 60 x 60", gauss_seidel, ("u", "source"), lambda rng: (*rng.normal(size=(2, 60, 60)), 10)
    ),
    Workload(
        "Lotka-Volterra",
        lotka_volterra,
        ("y", "k"),
        lambda rng: (np.array([1.0, 1.5]), np.array([1.5, 1.0, 1.0, 3.0]), 0.01, 1000),
    ),
    Workload("convolution net", convolution, ("filters", "shift", "w", "b"), _convolution),
    Workload("hidden Markov model", markov, ("start", "moves", "emits"), _markov),
    Workload("soft time warping", soft_warping, ("x", "y"), lambda rng: (*rng.normal(size=(2, 40)), 0.5)),
    Workload("four layers of 1024", deep, ("w1", "w2", "w3", "w4"), _deep),
)
