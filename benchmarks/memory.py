"""How much memory derivatives take: `python benchmarks/memory.py` prints a table, and asserts nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy import value_with_gradient

SIDE, CELLS, STEPS = 128, 16_384, (25, 50, 100)


def linear(u, steps):
    """Jacobi sweeps of a field of SIDE by SIDE cells, forth and back between two arrays: linear in u."""
    a, b = u.copy(), u.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:])
        a[1:-1, 1:-1] = 0.25 * (b[:-2, 1:-1] + b[2:, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:])
    return np.sum(a)


def nonlinear(u, steps):
    """A stencil whose derivative needs each field that it went through."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - u[:-2]) * u[1:-1]
    return np.sum(u)


def recurrence(u, steps):
    """A row of states, each computed from the one before: what is kept is the result itself."""
    states = np.zeros((steps, len(u)))
    states[0] = u
    for i in range(1, steps):
        states[i] = np.sin(states[i - 1])
    return np.sum(states)


def peak(function: Callable[..., Any], *args: Any) -> int:
    """The most bytes that one call has held at a time, over those held before it."""
    function(*args)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    function(*args)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - before


def main() -> None:
    field = np.linspace(0.1, 0.9, CELLS)
    print("Peak memory, in arrays of the size of u\n")
    print(f"{'program':<12}{'steps':>7}{'primal':>9}{'value and gradient':>20}{'of that, a step':>17}")
    for function, u in ((linear, field.reshape(SIDE, SIDE)), (nonlinear, field), (recurrence, field)):
        derived = value_with_gradient(of=function, wrt="u")
        taken = [peak(derived, u, steps) / u.nbytes for steps in STEPS]
        a_step = (taken[-1] - taken[0]) / (STEPS[-1] - STEPS[0])
        for steps, arrays in zip(STEPS, taken, strict=True):
            primal = peak(function, u, steps) / u.nbytes
            print(f"{function.__name__:<12}{steps:>7}{primal:>9.1f}{arrays:>20.1f}{a_step:>17.1f}")


if __name__ == "__main__":
    main()
