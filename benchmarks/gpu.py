"""How fast gradients are on a GPU: `make bench-gpu` prints a table and the device's name, and asserts nothing.

Times are the device's own, between two events, medians of several rounds. Beside each gradient stands what bounds it:
the copy of as many bytes as it has to read and write, or its matrix products alone; and PyTorch and JAX, where they
are installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from diffpy import differentiable, value_with_gradient

ROUNDS = 21


class Workload(NamedTuple):
    """A program, its arguments for a size, and what bounds its gradient."""

    title: str
    function: Callable[..., Any]
    arguments: Callable[[Any, int, Any], tuple]  # of the array module, the size and the dtype
    bound: Callable[[Any, tuple], Any]  # of the array module and the arguments
    size: int
    dtype: str
    active: int  # how many of the arguments it is differentiated with respect to


def chain(x):
    t = np.sin(x) * 1.5
    t = np.exp(-t * t) + 0.5
    t = np.sqrt(1.0 + t * t)
    t = np.tanh(t) + x * 0.5
    return np.sum(np.log(1.0 + t * t))


def layers(w1, w2, w3, w4, x):
    h = np.maximum(x @ w1, 0)
    h = np.maximum(h @ w2, 0)
    h = np.maximum(h @ w3, 0)
    return np.mean((h @ w4) ** 2)


def stencil(u):
    for _ in range(4):
        v = u.copy()
        v[1:-1, 1:-1] = 0.2 * (u[1:-1, 1:-1] + u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u = v
    return np.sum(u * u)


def lstm(w, u, b, xs):
    width = u.shape[0]
    h = np.zeros((xs.shape[1], width), xs.dtype)
    c = np.zeros((xs.shape[1], width), xs.dtype)
    for x in xs:
        gates = x @ w + h @ u + b
        keep = 1 / (1 + np.exp(-gates[:, :width]))
        add = 1 / (1 + np.exp(-gates[:, width : 2 * width]))
        show = 1 / (1 + np.exp(-gates[:, 2 * width : 3 * width]))
        c = keep * c + add * np.tanh(gates[:, 3 * width :])
        h = show * np.tanh(c)
    return np.sum(h * h)


def convolutions(k1, k2, images):
    for kernel in (k1, k2):
        height, width = images.shape[2] - 2, images.shape[3] - 2
        total = np.zeros((images.shape[0], kernel.shape[0], height, width), images.dtype)
        for i in range(3):
            for j in range(3):
                part = images[:, :, i : i + height, j : j + width]
                total += np.einsum("oc,nchw->nohw", kernel[:, :, i, j], part)
        images = np.maximum(total, 0)
    return np.mean(images * images)


def ramp(xp: Any, dtype: str, *shape: int) -> Any:
    """Numbers between -0.02 and 0.02, the same at each run."""
    size = int(np.prod(shape))
    return (((xp.arange(size) * 7919) % 401 - 200) / 10_000).astype(dtype).reshape(shape)


def square(xp: Any, size: int, dtype: str, count: int) -> tuple:
    return tuple(ramp(xp, dtype, size, size) for _ in range(count))


def recurrent(xp: Any, size: int, dtype: str) -> tuple:
    steps, batch = 64, 64
    shapes = ((size, 4 * size), (size, 4 * size), (4 * size,), (steps, batch, size))
    return tuple(ramp(xp, dtype, *shape) for shape in shapes)


def images(xp: Any, size: int, dtype: str) -> tuple:
    shapes = ((32, 3, 3, 3), (32, 32, 3, 3), (32, 3, size, size))
    return tuple(ramp(xp, dtype, *shape) for shape in shapes)


def copied(xp: Any, args: tuple) -> Any:
    """As many bytes as a gradient of the last argument reads and writes at the least."""
    return args[-1].copy()


def products(xp: Any, args: tuple) -> Any:
    """The products of four layers: one forward each, two backward, but one for the first."""
    x, *rest = args[-1], *args[:-1]
    for w in rest:
        for _ in range(2 if w is rest[0] else 3):
            x @ w
    return x


WORKLOADS = (
    Workload("chain, 1e8", chain, lambda xp, n, d: (ramp(xp, d, n),), copied, 10**8, "float32", 1),
    Workload("4 layers, 4096", layers, lambda xp, n, d: square(xp, n, d, 5), products, 4096, "float32", 4),
    Workload("4 layers, 4096", layers, lambda xp, n, d: square(xp, n, d, 5), products, 4096, "float16", 4),
    Workload("stencil, 8192", stencil, lambda xp, n, d: square(xp, n, d, 1), copied, 8192, "float32", 1),
    Workload("LSTM, 64 steps", lstm, recurrent, copied, 1024, "float32", 3),
    Workload("convolutions", convolutions, images, copied, 224, "float32", 2),
)


def milliseconds(cupy: Any, function: Callable[[], Any]) -> float:
    """The median time of a call on the device, after two calls that compile what there is to compile."""
    times = []
    for k in range(ROUNDS + 2):
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        function()
        end.record()
        end.synchronize()
        if k > 1:
            times.append(cupy.cuda.get_elapsed_time(start, end))
    return statistics.median(times)


def waited(function: Callable[[], Any]) -> float:
    """The same by the host's clock, for calls that end when the device is done."""
    times = []
    for _ in range(ROUNDS + 2):
        start = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[2:])


PEERS = {"PyTorch": "gpu_torch", "torch.compile": "gpu_torch", "JAX": "gpu_jax"}


def of_peers(cupy: Any, one: Workload, names: list[str]) -> list[float]:
    """The times of the others that are there; nan where one cannot run a workload."""
    args, times = one.arguments(cupy, one.size, one.dtype), []
    for name in names:
        try:
            run = importlib.import_module(PEERS[name]).gradients(one.function.__name__, args, one.active)[
                name
            ]
            times.append(waited(run) if name == "JAX" else milliseconds(cupy, run))
        except Exception as reason:
            print(f"{name} does not run {one.title}: {reason}", file=sys.stderr)
            times.append(float("nan"))
    return times


def installed() -> list[str]:
    """The others that are there."""
    return [name for name, module in PEERS.items() if importlib.util.find_spec(_LIBRARY[module])]


_LIBRARY = {"gpu_torch": "torch", "gpu_jax": "jax"}


def row(cupy: Any, one: Workload) -> tuple[str, float, float, float, float]:
    args = one.arguments(cupy, one.size, one.dtype)
    derived = value_with_gradient(of=one.function, wrt=tuple(range(one.active)))
    fused = value_with_gradient(of=one.function, wrt=tuple(range(one.active)), compile=True)
    plain = differentiable(one.function)
    primal = milliseconds(cupy, lambda: plain(*args))
    return (
        f"{one.title} ({one.dtype})",
        primal,
        milliseconds(cupy, lambda: derived(*args)),
        milliseconds(cupy, lambda: fused(*args)),
        milliseconds(cupy, lambda: one.bound(cupy, args)),
    )


def main() -> None:
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        sys.exit("bench-gpu needs CuPy: pip install 'diffpy[cuda13]', or 'diffpy[cuda12]'")
    if not cupy.is_available():
        sys.exit("bench-gpu needs an NVIDIA GPU, and CuPy finds none")
    print(cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())
    peers = installed()
    heads = ("workload", "program (ms)", "value and gradient (ms)", "compiled (ms)", "bound (ms)", *peers)
    print(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for one in WORKLOADS:
        title, *times = row(cupy, one)
        times += of_peers(cupy, one, peers)
        print(f"| {title} | {' | '.join(f'{time:.3f}' for time in times)} |")
        cupy.get_default_memory_pool().free_all_blocks()


if __name__ == "__main__":
    main()
