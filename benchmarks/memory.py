"""How much memory derivatives take: `python benchmarks/memory.py` prints a table, and asserts nothing."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import hand
import numpy as np
from workloads import WORKLOADS

from diffpy import value_with_gradient, with_recomputation

SIDE, CELLS, STEPS = 128, 16_384, (25, 50, 100)
LEAST = 1.0  # kilobytes
LONG, NUMBERS = (1_000, 10_000, 100_000), 1_000


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


def decay(u, h, n):
    """A long loop over a row of numbers."""
    for _ in range(n):
        u = u - h * np.sin(u)
    return np.sum(u)


def decay_with_recomputation(u, h, n):
    """The same, with the usual number of states kept."""
    for _ in with_recomputation(range(n)):
        u = u - h * np.sin(u)
    return np.sum(u)


def decay_with_twenty(u, h, n):
    """The same, with twenty states kept at a time."""
    for _ in with_recomputation(range(n), steps=20):
        u = u - h * np.sin(u)
    return np.sum(u)


@with_recomputation
def stretch(u, h, n):
    for _ in range(n):
        u = u - h * np.sin(u)
    return u


def decay_in_stretches(u, h, n):
    """The same, in stretches of which the arguments are kept: sqrt(n) of them."""
    count = int(n**0.5)
    for k in range(count):
        u = stretch(u, h, n * (k + 1) // count - n * k // count)
    return np.sum(u)


def peak(function: Callable[..., Any], *args: Any) -> int:
    """The most bytes that one call has held at a time, over those held before it."""
    function(*args)
    return peak_of_one(function, *args)


def peak_of_one(function: Callable[..., Any], *args: Any) -> int:
    """The same of a call that is not the first."""
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

    workloads()
    long_loops()


def workloads() -> None:
    """Programs of `workloads.py`, their adjoints by hand, and diffpy's, plain: those that take memory at all."""
    print("\nPeak memory in kilobytes, value and gradient of\n")
    print(f"{'':<24}{'primal':>10}{'by hand':>10}{'diffpy':>10}{'to by hand':>12}")
    for title, function, wrt, arguments in WORKLOADS:
        args, by_hand = arguments(np.random.default_rng(0)), getattr(hand, function.__name__)
        derived = value_with_gradient(of=function, wrt=wrt)
        taken = [peak(one, *args) / 1e3 for one in (function, by_hand, derived)]
        if taken[1] < LEAST:
            continue
        print(
            f"{title:<24}{taken[0]:>10,.1f}{taken[1]:>10,.1f}{taken[2]:>10,.1f}{taken[2] / taken[1]:>12.2f}"
        )


def long_loops() -> None:
    """Value and gradient of long loops: the memory, and how many times the time of the loop alone they take."""
    u, h = np.linspace(0.1, 1.0, NUMBERS), 1e-5
    print(f"\nValue and gradient of a loop of n steps over {NUMBERS} numbers\n")
    print(f"{'':<28}{'n':>10}{'megabytes':>12}{'times the loop':>16}")
    for function in (decay, decay_with_recomputation, decay_with_twenty, decay_in_stretches):
        derived = value_with_gradient(of=function, wrt=("u", "h"))
        for n in LONG:
            if function is decay and n == LONG[-1]:
                continue  # 1.6 gigabytes
            derived(u, h, 100)
            taken = min(seconds(derived, u, h, n) for _ in range(2)) / min(
                seconds(decay, u, h, n) for _ in range(2)
            )
            print(f"{function.__name__:<28}{n:>10}{peak_of_one(derived, u, h, n) / 1e6:>12.1f}{taken:>16.1f}")


def seconds(function: Callable[..., Any], *args: Any) -> float:
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
