"""The programs by JAX: as its users write them, with scans for loops and new arrays for stores, in one jit each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import logsumexp

jax.config.update("jax_enable_x64", True)


def two_scalars(x, y):
    return x**2 * y + y + 2


def scalar_loop(a, b, steps):
    def step(z, i):
        return a * jnp.cos(z + i) + z * jnp.sin(b - i), None

    return lax.scan(step, 0.0, jnp.arange(steps, dtype=float))[0]


def newton(a):
    def step(x):
        return x - (x * x * x - a) / (3.0 * x * x)

    return lax.while_loop(lambda x: jnp.abs(x * x * x - a) > 1e-12 * a, step, a)


def huber(w, b, x, y, delta):
    r = jnp.abs(x @ w + b - y)
    return jnp.mean(jnp.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)))


def _cross_entropy(scores, labels):
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(scores) * labels, axis=1))


def classifier(w1, b1, w2, b2, x, labels):
    return _cross_entropy(jnp.tanh(x @ w1 + b1) @ w2 + b2, labels)


def chain(x, a, b):
    t = jnp.sin(x) * a
    t = jnp.exp(-t * t) + b
    t = jnp.sqrt(1.0 + t * t)
    t = t * jnp.cos(x) - a / t
    t = jnp.tanh(t) + x * b
    t = jnp.log(1.0 + t * t)
    return jnp.sum(t * x)


def mixture(weights, means, scales, lower, x):
    size = means.shape[1]
    factors = jnp.tril(lower, -1) + jnp.exp(scales)[:, :, None] * jnp.eye(size)
    y = (x - means[:, None, :]) @ factors
    inside = weights[:, None] + jnp.sum(scales, axis=1)[:, None] - 0.5 * jnp.sum(y * y, axis=2)
    return jnp.sum(logsumexp(inside, axis=0)) - x.shape[0] * logsumexp(weights)


def _error(camera, point, at):
    turn, p = camera[:3], point - camera[3:6]
    angle = jnp.sqrt(turn @ turn)
    axis = turn / angle
    c, s = jnp.cos(angle), jnp.sin(angle)
    p = c * p + s * jnp.cross(axis, p) + (axis @ p) * (1.0 - c) * axis
    u = p[:2] / p[2]
    r2 = u @ u
    e = camera[6] * (1.0 + camera[7] * r2 + camera[8] * r2 * r2) * u - at
    return e @ e


def bundle(cameras, points, seen_by, seen, at):
    return jnp.sum(jax.vmap(_error)(cameras[seen_by], points[seen], at))


bundle_loop = bundle


def lstm(w, u, b, xs):
    n = u.shape[0]

    def step(state, given):
        h, c = state
        i, f, o, g = jnp.split(given + h @ u, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), jnp.sum(h * h)

    zeros = jnp.zeros((xs.shape[1], n))
    return jnp.mean(lax.scan(step, (zeros, zeros), xs @ w + b)[1])


def jacobi(u, source, sweeps):
    def sweep(a, _):
        inside = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - source[1:-1, 1:-1])
        return a.at[1:-1, 1:-1].set(inside), None

    a, _ = lax.scan(sweep, u, None, length=sweeps)
    return jnp.sum(a * a)


def gauss_seidel(u, source, sweeps):
    def row(above, given):
        old, below, wanted = given

        def entry(left, parts):
            up, down, right, here = parts
            found = 0.25 * (up + down + left + right - here)
            return found, found

        inside = lax.scan(entry, old[0], (above[1:-1], below[1:-1], old[2:], wanted[1:-1]))[1]
        new = jnp.concatenate([old[:1], inside, old[-1:]])
        return new, new

    def sweep(a, _):
        rows = lax.scan(row, a[0], (a[1:-1], a[2:], source[1:-1]))[1]
        return jnp.concatenate([a[:1], rows, a[-1:]]), None

    u, _ = lax.scan(sweep, u, None, length=sweeps)
    return jnp.sum(u * u)


def lotka_volterra(y, k, step, steps):
    k0, k1, k2, k3 = k  # Scalars stay in registers; arrays of two do not.

    def rate(a, b):
        return k0 * a - k1 * a * b, k2 * a * b - k3 * b

    def advance(state, _):
        a, b = state
        a1, b1 = rate(a, b)
        a2, b2 = rate(a + 0.5 * step * a1, b + 0.5 * step * b1)
        a3, b3 = rate(a + 0.5 * step * a2, b + 0.5 * step * b2)
        a4, b4 = rate(a + step * a3, b + step * b3)
        part = step / 6.0
        return (a + part * (a1 + 2.0 * a2 + 2.0 * a3 + a4), b + part * (b1 + 2.0 * b2 + 2.0 * b3 + b4)), None

    (a, b), _ = lax.scan(jax.checkpoint(advance), (y[0], y[1]), None, length=steps)
    return a * a + b * b


def convolution(filters, shift, w, b, images, labels):
    kinds = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(
        images[..., None], filters[:, :, None, :], (1, 1), "VALID", dimension_numbers=kinds
    )
    h = jax.nn.relu(y + shift)
    count, side = images.shape[0], images.shape[1] - 2
    h = h.reshape(count, side // 2, 2, side // 2, 2, -1).mean(axis=(2, 4))
    return _cross_entropy(h.reshape(count, -1) @ w + b, labels)


def markov(start, moves, emits, seen):
    def step(alpha, t):
        return logsumexp(alpha[:, None] + moves, axis=0) + emits[:, t], None

    return logsumexp(lax.scan(step, start + emits[:, seen[0]], seen[1:])[0])


def soft_warping(x, y, smooth):
    far = jnp.full(len(y), 1e10)

    def row(before, given):
        one, corner = given

        def entry(left, parts):
            up, slant, other = parts
            near = logsumexp(jnp.stack([-slant, -up, -left]) / smooth)
            found = (one - other) ** 2 - smooth * near
            return found, found

        slants = jnp.concatenate([corner[None], before[:-1]])
        new = lax.scan(entry, 1e10, (before, slants, y))[1]
        return new, None

    corners = jnp.full(len(x), 1e10).at[0].set(0.0)
    return lax.scan(row, far, (x, corners))[0][-1]


def deep(w1, w2, w3, w4, x, y):
    h = jax.nn.relu(x @ w1)
    h = jax.nn.relu(h @ w2)
    h = jax.nn.relu(h @ w3)
    e = h @ w4 - y
    return jnp.mean(e * e)


STATIC = {"scalar_loop": 2, "jacobi": 2, "gauss_seidel": 2, "lotka_volterra": 3}


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[..., Any]:
    function = globals()[name]
    given = tuple(jnp.asarray(one) if isinstance(one, np.ndarray) else one for one in args)
    if name == "newton":  # Only forwards: how many rounds there are depends on the data.
        made = jax.jit(lambda a: jax.jvp(newton, (a,), (1.0,)))
    else:
        static = (STATIC[name],) if name in STATIC else ()
        wanted = wrt if len(wrt) > 1 else wrt[0]
        made = jax.jit(jax.value_and_grad(function, wanted), static_argnums=static)
    return lambda: jax.block_until_ready(made(*given))
