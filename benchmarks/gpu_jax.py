"""The workloads of a GPU by JAX, as its users write them: a scan for a loop, new arrays for stores, one jit each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # or the others find no memory

import jax
import jax.numpy as jnp
from jax import lax


def chain(x):
    t = jnp.sin(x) * 1.5
    t = jnp.exp(-t * t) + 0.5
    t = jnp.sqrt(1.0 + t * t)
    t = jnp.tanh(t) + x * 0.5
    return jnp.sum(jnp.log(1.0 + t * t))


def layers(w1, w2, w3, w4, x):
    h = jax.nn.relu(x @ w1)
    h = jax.nn.relu(h @ w2)
    h = jax.nn.relu(h @ w3)
    return jnp.mean((h @ w4) ** 2)


def stencil(u):
    for _ in range(4):
        inner = 0.2 * (u[1:-1, 1:-1] + u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u = u.at[1:-1, 1:-1].set(inner)
    return jnp.sum(u * u)


def lstm(w, u, b, xs):
    def step(state, x):
        h, c = state
        keep, add, show, new = jnp.split(x @ w + h @ u + b, 4, axis=1)
        c = jax.nn.sigmoid(keep) * c + jax.nn.sigmoid(add) * jnp.tanh(new)
        return (jax.nn.sigmoid(show) * jnp.tanh(c), c), None

    zeros = jnp.zeros((xs.shape[1], u.shape[0]), xs.dtype)
    (h, _), _ = lax.scan(step, (zeros, zeros), xs)
    return jnp.sum(h * h)


def convolutions(k1, k2, images):
    for kernel in (k1, k2):
        images = jax.nn.relu(lax.conv(images, kernel, (1, 1), "VALID"))
    return jnp.mean(images * images)


def gradients(name: str, arrays: Sequence[Any], active: int) -> dict[str, Callable[[], Any]]:
    """The value and gradient of a workload at these arrays; JAX has streams of its own, so each call is awaited."""
    held = [jnp.from_dlpack(one) for one in arrays]
    run = jax.jit(jax.value_and_grad(globals()[name], argnums=tuple(range(active))))
    return {"JAX": lambda: jax.block_until_ready(run(*held))}
