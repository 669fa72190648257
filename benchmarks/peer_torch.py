"""The programs by PyTorch, eagerly, on one thread; stores are made into copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def two_scalars(x, y):
    return x**2 * y + y + 2


def scalar_loop(a, b, steps):
    z = torch.zeros((), dtype=torch.float64)
    for i in range(steps):
        z = a * torch.cos(z + i) + z * torch.sin(b - i)
    return z


def newton(a):
    x = a
    while torch.abs(x * x * x - a) > 1e-12 * a:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


def huber(w, b, x, y, delta):
    return F.huber_loss(x @ w + b, y, delta=delta)


def classifier(w1, b1, w2, b2, x, labels):
    h = torch.tanh(torch.addmm(b1, x, w1))
    return F.cross_entropy(torch.addmm(b2, h, w2), labels)


def chain(x, a, b):
    t = torch.sin(x) * a
    t = torch.exp(-t * t) + b
    t = torch.sqrt(1.0 + t * t)
    t = t * torch.cos(x) - a / t
    t = torch.tanh(t) + x * b
    t = torch.log(1.0 + t * t)
    return torch.sum(t * x)


def mixture(weights, means, scales, lower, x):
    factors = torch.tril(lower, -1) + torch.diag_embed(torch.exp(scales))
    y = (x - means[:, None, :]) @ factors
    inside = weights[:, None] + torch.sum(scales, 1)[:, None] - 0.5 * torch.sum(y * y, 2)
    return torch.sum(torch.logsumexp(inside, 0)) - x.shape[0] * torch.logsumexp(weights, 0)


def bundle_loop(cameras, points, seen_by, seen, at):
    total = torch.zeros((), dtype=torch.float64)
    for k in range(len(at)):
        camera = cameras[seen_by[k]]
        turn = camera[:3]
        p = points[seen[k]] - camera[3:6]
        angle = torch.sqrt(turn @ turn)
        axis = turn / angle
        c, s = torch.cos(angle), torch.sin(angle)
        p = c * p + s * torch.linalg.cross(axis, p) + (axis @ p) * (1.0 - c) * axis
        u = p[:2] / p[2]
        r2 = u @ u
        e = camera[6] * (1.0 + camera[7] * r2 + camera[8] * r2 * r2) * u - at[k]
        total = total + e @ e
    return total


def bundle(cameras, points, seen_by, seen, at):
    camera = cameras[seen_by]
    turn = camera[:, :3]
    p = points[seen] - camera[:, 3:6]
    angle = torch.sqrt(torch.sum(turn * turn, 1, keepdim=True))
    axis = turn / angle
    c, s = torch.cos(angle), torch.sin(angle)
    p = c * p + s * torch.linalg.cross(axis, p) + torch.sum(axis * p, 1, keepdim=True) * (1.0 - c) * axis
    u = p[:, :2] / p[:, 2:]
    r2 = torch.sum(u * u, 1, keepdim=True)
    e = camera[:, 6:7] * (1.0 + camera[:, 7:8] * r2 + camera[:, 8:9] * r2 * r2) * u - at
    return torch.sum(e * e)


def lstm(w, u, b, xs):
    n = u.shape[0]
    h = c = torch.zeros(xs.shape[1], n, dtype=xs.dtype)
    total = 0.0
    for given in xs @ w + b:
        i, f, o, g = torch.addmm(given, h, u).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        total = total + torch.sum(h * h)
    return total / len(xs)


def jacobi(u, source, sweeps):
    a = u
    for _ in range(sweeps):
        b = a.clone()
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - source[1:-1, 1:-1])
        a = b
    return torch.sum(a * a)


def gauss_seidel(u, source, sweeps):
    rows, columns = u.shape
    cells = [list(row.unbind()) for row in u.unbind()]
    wanted = [list(row.unbind()) for row in source.unbind()]
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                around = cells[i - 1][j] + cells[i + 1][j] + cells[i][j - 1] + cells[i][j + 1]
                cells[i][j] = 0.25 * (around - wanted[i][j])
    found = torch.stack([torch.stack(row) for row in cells])
    return torch.sum(found * found)


def lotka_volterra(y, k, step, steps):
    def rate(y):
        return torch.stack([k[0] * y[0] - k[1] * y[0] * y[1], k[2] * y[0] * y[1] - k[3] * y[1]])

    for _ in range(steps):
        k1 = rate(y)
        k2 = rate(y + 0.5 * step * k1)
        k3 = rate(y + 0.5 * step * k2)
        k4 = rate(y + step * k3)
        y = y + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y @ y


def convolution(filters, shift, w, b, images, labels):
    y = F.conv2d(images[:, None], filters.permute(2, 0, 1)[:, None], shift)
    h = F.avg_pool2d(F.relu(y), 2).permute(0, 2, 3, 1).reshape(len(images), -1)
    return F.cross_entropy(torch.addmm(b, h, w), labels)


def markov(start, moves, emits, seen):
    alpha = start + emits[:, seen[0]]
    for t in seen[1:]:
        alpha = torch.logsumexp(alpha[:, None] + moves, 0) + emits[:, t]
    return torch.logsumexp(alpha, 0)


def soft_warping(x, y, smooth):
    far = torch.tensor(1e10, dtype=torch.float64)
    before = [torch.zeros((), dtype=torch.float64), *[far] * len(y)]
    for one in x.unbind():
        row = [far]
        for j, other in enumerate(y.unbind()):
            near = torch.logsumexp(torch.stack([-before[j], -before[j + 1], -row[j]]) / smooth, 0)
            row.append((one - other) ** 2 - smooth * near)
        before = row
    return before[-1]


def deep(w1, w2, w3, w4, x, y):
    h = F.relu(x @ w1)
    h = F.relu(h @ w2)
    h = F.relu(h @ w3)
    return F.mse_loss(h @ w4, y)


PLAIN = {"scalar_loop": (2,), "jacobi": (2,), "gauss_seidel": (2,), "lotka_volterra": (2, 3), "huber": (4,)}


def program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[..., Any]:
    function = globals()[name]
    given = [one if place in PLAIN.get(name, ()) else _tensor(one) for place, one in enumerate(args)]
    if name == "soft_warping":
        given[2] = args[2]
    active = [given[place].requires_grad_() for place in wrt]

    def run() -> tuple[Any, Any]:
        value = function(*given)
        gradients = torch.autograd.grad(value, active)
        return value.detach(), gradients if len(gradients) > 1 else gradients[0]

    return run


def _tensor(one: Any) -> torch.Tensor:
    return (
        torch.from_numpy(one.copy())
        if isinstance(one, np.ndarray)
        else torch.tensor(one, dtype=torch.float64)
    )
