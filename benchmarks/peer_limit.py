"""The limit: the programs as loops by hand in C (`limit.c`), by the system's compiler; large products are NumPy's.

Results and what is kept for the way back lie in arrays that are made once; a call from Python is part of the time.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Run = Callable[[], tuple[Any, Any]]
_FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")


def _compiled() -> ctypes.CDLL:
    path = Path(tempfile.mkdtemp()) / "limit.so"
    source = Path(__file__).parent / "limit.c"
    try:
        subprocess.run(["cc", *_FLAGS, str(source), "-o", str(path), "-lm"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ImportError(f"no compiler for C: {error}") from None
    return ctypes.CDLL(str(path))


C = _compiled()


def called(name: str, *args: Any) -> Callable[[], float]:
    """A call of a function of limit.c: arrays by their place, which stays; floats as doubles, ints as longs."""
    function, kept = getattr(C, name), args
    function.restype = ctypes.c_double
    given = [_handed(one) for one in args]
    return lambda kept=kept: function(*given)  # type: ignore[misc]


def _handed(one: Any) -> Any:
    if isinstance(one, np.ndarray):
        assert one.flags.c_contiguous
        return ctypes.c_void_p(one.ctypes.data)
    return ctypes.c_double(one) if isinstance(one, float) else ctypes.c_long(one)


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Run:
    return globals()[name](*args)


def likes(*args: Any) -> tuple[np.ndarray, ...]:
    return tuple(map(np.empty_like, args))


def aligned(size: int) -> np.ndarray:
    """An array of vectors of eight numbers in single precision."""
    room = np.empty(size + 16, np.float32)
    first = -room.ctypes.data % 64 // 4
    return room[first : first + size]


def scalar_loop(a, b, steps):
    bars = np.empty(2)
    run = called("scalar_loop", a, b, steps, bars)
    return lambda: (run(), (bars[0], bars[1]))


def newton(a):
    bar = np.empty(1)
    run = called("newton", a, bar)
    return lambda: (run(), bar[0])


def huber(w, b, x, y, delta):
    e, b_bar, w_bar = np.empty(len(y)), np.empty(1), np.empty_like(w)
    loss = called("huber", len(y), e, y, b, delta, b_bar)

    def run():
        np.dot(x, w, out=e)
        value = loss()
        np.dot(e, x, out=w_bar)
        return value, (w_bar, b_bar[0])

    return run


def classifier(w1, b1, w2, b2, x, labels):
    n, m = len(x), len(b1)
    h, scores, h_bar = (np.empty((n, size), np.float32) for size in (m, 10, m))
    w1_bar, b1_bar, w2_bar, b2_bar = likes(w1, b1, w2, b2)
    squash, back = called("tanh_of", n, m, h, b1), called("tanh_back", n, m, h_bar, h, b1_bar)
    loss = called("cross_entropy", n, scores, labels, b2, b2_bar)

    def run():
        np.dot(x, w1, out=h)
        squash()
        np.dot(h, w2, out=scores)
        value = loss()
        np.dot(scores, w2.T, out=h_bar)
        back()
        np.dot(h.T, scores, out=w2_bar)
        np.dot(x.T, h_bar, out=w1_bar)
        return value, (w1_bar, b1_bar, w2_bar, b2_bar)

    return run


def chain(x, a, b):
    x_bar, bars = np.empty_like(x), np.empty(2)
    run = called("chain", len(x), x, a, b, x_bar, bars)
    return lambda: (run(), (x_bar, bars[0], bars[1]))


def mixture(weights, means, scales, lower, x):
    bars = likes(weights, means, scales, lower)
    run = called("mixture", len(x), weights, means, scales, lower, x, *bars)
    return lambda: (run(), bars)


def bundle(cameras, points, seen_by, seen, at):
    bars = likes(cameras, points)
    sizes = len(at), len(cameras), len(points)
    run = called("bundle", *sizes, cameras, points, seen_by, seen, at, *bars)
    return lambda: (run(), bars)


bundle_loop = bundle


def lstm(w, u, b, xs):
    steps, rows, _ = xs.shape
    n = len(u)
    gates, more = np.empty((steps, rows, 4 * n)), np.empty((rows, 4 * n))
    h, c = np.zeros((steps + 1, rows, n)), np.zeros((steps + 1, rows, n))
    squashed, h_bar, c_bar = np.empty((steps, rows, n)), np.empty((rows, n)), np.empty((rows, n))
    w_bar, u_bar, b_bar = likes(w, u, b)
    flat, every = xs.reshape(steps * rows, -1), gates.reshape(steps * rows, -1)
    forward = [
        called("lstm_step", rows, n, gates[t], more, b, c[t], c[t + 1], h[t + 1], squashed[t])
        for t in range(steps)
    ]
    backward = [
        called("lstm_back", rows, n, 2.0 / steps, gates[t], c[t], h[t + 1], squashed[t], h_bar, c_bar, b_bar)
        for t in range(steps)
    ]

    def run():
        total = 0.0
        np.dot(flat, w, out=every)
        for t in range(steps):
            np.dot(h[t], u, out=more)
            total += forward[t]()
        for one in (h_bar, c_bar, b_bar):
            one[...] = 0.0
        for t in reversed(range(steps)):
            backward[t]()
            np.dot(gates[t], u.T, out=h_bar)
        np.dot(flat.T, every, out=w_bar)
        np.dot(h[:-1].reshape(steps * rows, -1).T, every, out=u_bar)
        return total / steps, (w_bar, u_bar, b_bar)

    return run


def _sweeps(name, u, source, sweeps):
    bars = likes(u, source)
    run = called(name, *u.shape, u, source, sweeps, *bars)
    return lambda: (run(), bars)


def jacobi(u, source, sweeps):
    return _sweeps("jacobi", u, source, sweeps)


def gauss_seidel(u, source, sweeps):
    return _sweeps("gauss_seidel", u, source, sweeps)


def lotka_volterra(y, k, step, steps):
    bars = likes(y, k)
    run = called("lotka_volterra", y, k, step, steps, *bars)
    return lambda: (run(), bars)


def convolution(filters, shift, w, b, images, labels):
    count, side = len(images), images.shape[1] - 2
    y, h, h_bar = (aligned(count * size) for size in (side * side * 8, len(w), len(w)))
    h, h_bar = h.reshape(count, -1), h_bar.reshape(count, -1)
    scores = np.empty((count, 10), np.float32)
    filters_bar, shift_bar, w_bar, b_bar = likes(filters, shift, w, b)
    forward = called("convolve", count, side, images, filters, shift, y, h)
    loss = called("cross_entropy", count, scores, labels, b, b_bar)
    backward = called("convolve_back", count, side, images, y, h_bar, filters_bar, shift_bar)

    def run():
        forward()
        np.dot(h, w, out=scores)
        value = loss()
        np.dot(h.T, scores, out=w_bar)
        np.dot(scores, w.T, out=h_bar)
        backward()
        return value, (filters_bar, shift_bar, w_bar, b_bar)

    return run


def markov(start, moves, emits, seen):
    bars = likes(start, moves, emits)
    run = called("markov", len(seen), emits.shape[1], start, moves, emits, seen, *bars)
    return lambda: (run(), bars)


def soft_warping(x, y, smooth):
    bars = likes(x, y)
    run = called("soft_warping", len(x), len(y), x, y, smooth, *bars)
    return lambda: (run(), bars)


def deep(w1, w2, w3, w4, x, y):
    weights, bars = (w1, w2, w3, w4), likes(w1, w2, w3, w4)
    layers, back = [x, *(np.empty_like(x) for _ in weights)], likes(x, x)
    cuts = [called("cut_off", h.size, h) for h in layers[1:4]]
    loss = called("squares", y.size, layers[4], y)
    masks = {k: called("cut_off_back", x.size, back[k % 2], layers[k]) for k in (1, 2, 3)}

    def run():
        for k, w in enumerate(weights):
            np.dot(layers[k], w, out=layers[k + 1])
            if k < 3:
                cuts[k]()
        value, bar = loss(), layers[4]
        for k in (3, 2, 1, 0):
            np.dot(layers[k].T, bar, out=bars[k])
            if k:
                np.dot(bar, weights[k].T, out=back[k % 2])
                masks[k]()
                bar = back[k % 2]
        return value, bars

    return run
