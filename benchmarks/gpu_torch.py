"""The workloads of a GPU by PyTorch, as its users write them, eagerly and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import conv2d


def chain(x):
    t = torch.sin(x) * 1.5
    t = torch.exp(-t * t) + 0.5
    t = torch.sqrt(1.0 + t * t)
    t = torch.tanh(t) + x * 0.5
    return torch.sum(torch.log(1.0 + t * t))


def layers(w1, w2, w3, w4, x):
    h = torch.relu(x @ w1)
    h = torch.relu(h @ w2)
    h = torch.relu(h @ w3)
    return torch.mean((h @ w4) ** 2)


def stencil(u):
    for _ in range(4):
        v = u.clone()
        v[1:-1, 1:-1] = 0.2 * (u[1:-1, 1:-1] + u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u = v
    return torch.sum(u * u)


def lstm(w, u, b, xs):
    h = torch.zeros(xs.shape[1], u.shape[0], dtype=xs.dtype, device=xs.device)
    c = torch.zeros_like(h)
    for x in xs:
        keep, add, show, new = (x @ w + h @ u + b).chunk(4, dim=1)
        c = torch.sigmoid(keep) * c + torch.sigmoid(add) * torch.tanh(new)
        h = torch.sigmoid(show) * torch.tanh(c)
    return torch.sum(h * h)


def convolutions(k1, k2, images):
    for kernel in (k1, k2):
        images = torch.relu(conv2d(images, kernel))
    return torch.mean(images * images)


def gradients(name: str, arrays: Sequence[Any], active: int) -> dict[str, Callable[[], Any]]:
    """The value and gradient of a workload at these arrays, by what runs it."""
    held = [torch.from_dlpack(one).detach() for one in arrays]
    asked = [one.requires_grad_() for one in held[:active]]

    def run(function: Callable[..., Any]) -> Any:
        value = function(*held)
        return value.detach(), torch.autograd.grad(value, asked)

    eager = globals()[name]
    compiled = torch.compile(eager)
    return {"PyTorch": lambda: run(eager), "torch.compile": lambda: run(compiled)}
