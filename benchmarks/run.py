"""How fast derivatives are, and how long deriving them takes: `make bench` prints tables, and asserts nothing."""

from __future__ import annotations

import linecache
import math
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import hand
import numpy as np
from workloads import WORKLOADS

from diffpy import gradient, value_with_gradient

Timed = Callable[[], Any]

ROUNDS = 41


def interleaved(functions: dict[str, Timed], seconds: float = 0.01, most: float = 60.0) -> dict[str, float]:
    """Median seconds a call; the functions take turns, so that a slow moment of the machine meets them all.

    After `most` seconds there are no more rounds, but five at least.
    """
    counts = {name: _calls_in(function, seconds) for name, function in functions.items()}
    rounds: dict[str, list[float]] = {name: [] for name in functions}
    end = time.perf_counter() + most
    for done in range(ROUNDS):
        if done >= 5 and time.perf_counter() > end:
            break
        for name, function in functions.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                function()
            rounds[name].append((time.perf_counter() - start) / counts[name])
    return {name: statistics.median(times) for name, times in rounds.items()}


def _calls_in(function: Timed, seconds: float) -> int:
    function()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        function()
        count += 1
    return max(count, 1)


def table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print(f"\n{title}\n")
    for row in (head, tuple("-" * w for w in widths), *rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *cells[1:]]))


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} us"


# A call of a small function: what the operator adds to the generated text.


def small(x, y):
    z = math.sin(x) * y
    return z * z + x


def small_by_hand(x, y):
    sine = math.sin(x)
    z_bar = 2.0 * sine * y
    return z_bar * y * math.cos(x) + 1.0, z_bar * sine


def quadratic(a, x):
    return x @ (a @ x)


def quadratic_by_hand(a, x):
    ax = a @ x
    return np.outer(x, x), ax + a.T @ x


def generated(operator: Any, *args: Any) -> Callable[..., Any]:
    """The function that an operator calls, without the look-up."""
    operator(*args)
    return next(iter(operator._entries.every.values())).made


def calls() -> None:
    a, x = np.eye(3), np.ones(3)
    rows = []
    for name, function, by_hand, args in [
        ("two lines of floats", small, small_by_hand, (0.5, 0.7)),
        ("small arrays", quadratic, quadratic_by_hand, (a, x)),
    ]:
        made = gradient(of=function)
        text = generated(made, *args)
        times = interleaved(
            {
                "operator": lambda made=made, args=args: made(*args),
                "inline": lambda function=function, args=args: gradient(of=function)(*args),
                "text": lambda text=text, args=args: text(*args),
                "hand": lambda by_hand=by_hand, args=args: by_hand(*args),
            }
        )
        added = micro(times["operator"] - times["text"])
        inline = micro(times["inline"] - times["text"])
        rows.append(
            (name, micro(times["hand"]), micro(times["text"]), micro(times["operator"]), added, inline)
        )
    head = ("gradient of", "by hand", "generated text", "operator", "operator adds", "gradient(of=f)(x) adds")
    table("A call", head, rows)


# Loops against adjoints written by hand.


def loop(a, b):
    z = 0.0
    for i in range(100):
        z = a * math.cos(z + i) + z * math.sin(b - i)
    return z


def loop_by_hand(a, b):
    z, tape = 0.0, []
    for i in range(100):
        tape.append(z)
        z = a * math.cos(z + i) + z * math.sin(b - i)
    value, z_bar, a_bar, b_bar = z, 1.0, 0.0, 0.0
    for i in reversed(range(100)):
        z = tape.pop()
        a_bar += z_bar * math.cos(z + i)
        b_bar += z_bar * z * math.cos(b - i)
        z_bar = z_bar * math.sin(b - i) - z_bar * a * math.sin(z + i)
    return value, (a_bar, b_bar)


def heat(u, k):
    for _ in range(50):
        u = u + k * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1))
    return np.sum(u * u)


def heat_by_hand(u, k):
    tape = []
    for _ in range(50):
        tape.append(u)
        u = u + k * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1))
    u_bar, k_bar = 2.0 * u, 0.0
    for before in reversed(tape):
        k_bar += np.sum(u_bar * (np.roll(before, 1) - 2.0 * before + np.roll(before, -1)))
        part = k * u_bar
        u_bar = u_bar + np.roll(part, -1) - 2.0 * part + np.roll(part, 1)
    return np.sum(u * u), (u_bar, k_bar)


def layers(w, v, x):
    h = np.tanh(x @ w)
    y = h @ v
    return np.mean(y * y)


def layers_by_hand(w, v, x):
    h = np.tanh(x @ w)
    y = h @ v
    y_bar = 2.0 * y / y.size
    part = (y_bar @ v.T) * (1.0 - h * h)
    return np.mean(y * y), (x.T @ part, h.T @ y_bar, part @ w.T)


def cumulative(x):
    y = np.zeros(200)
    y[0] = x[0]
    for i in range(1, 200):
        y[i] = 0.9 * y[i - 1] + x[i] * x[i]
    return np.sum(y)


def cumulative_by_hand(x):
    y = np.zeros(200)
    y[0] = x[0]
    for i in range(1, 200):
        y[i] = 0.9 * y[i - 1] + x[i] * x[i]
    y_bar, x_bar = np.ones(200), np.zeros(200)
    for i in reversed(range(1, 200)):
        x_bar[i] = 2.0 * x[i] * y_bar[i]
        y_bar[i - 1] += 0.9 * y_bar[i]
    x_bar[0] = y_bar[0]
    return np.sum(y), x_bar


def adjoints() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for name, function, by_hand, args in [
        ("100 steps of floats", loop, loop_by_hand, (1.5, 0.3)),
        ("heat, 50 steps, 10000 cells", heat, heat_by_hand, (rng.random(10_000), 0.1)),
        (
            "two layers, 256 rows",
            layers,
            layers_by_hand,
            (rng.random((64, 128)) * 0.1, rng.random((128, 8)) * 0.1, rng.random((256, 64))),
        ),
        ("200 stores", cumulative, cumulative_by_hand, (rng.random(200),)),
    ]:
        made = value_with_gradient(of=function)
        times = interleaved(
            {
                "primal": lambda function=function, args=args: function(*args),
                "generated": lambda made=made, args=args: made(*args),
                "hand": lambda by_hand=by_hand, args=args: by_hand(*args),
            },
            0.02,
        )
        ratio = f"{times['generated'] / times['hand']:.2f}"
        slower = f"{times['generated'] / times['primal']:.2f}"
        rows.append((name, *(micro(times[one]) for one in ("primal", "hand", "generated")), ratio, slower))
    head = ("value and gradient of", "primal", "by hand", "generated", "to by hand", "to primal")
    table("Adjoints", head, rows)


# The programs of workloads.py.


def programs(*titles: str) -> None:
    """All of them, or those whose titles hold one of the words."""
    rows = []
    for title, function, wrt, arguments in chosen(titles):
        args, by_hand = arguments(np.random.default_rng(0)), getattr(hand, function.__name__)
        made, first = called(value_with_gradient(of=function, wrt=asked(wrt)), args)
        agree(title, made(*args), by_hand(*args))
        times = interleaved(
            {
                "primal": lambda function=function, args=args: function(*args),
                "hand": lambda by_hand=by_hand, args=args: by_hand(*args),
                "diffpy": lambda made=made, args=args: made(*args),
            },
            most=4.0,
        )
        ratio = f"{times['diffpy'] / times['hand']:.2f}"
        rows.append((title, *(micro(times[one]) for one in times), ratio, f"{first:.3f} s"))
    head = ("value and gradient of", "primal", "by hand", "diffpy", "to by hand", "first call")
    table("Programs", head, rows)


def chosen(titles: tuple[str, ...]) -> list[Any]:
    return [one for one in WORKLOADS if not titles or any(word in one.title for word in titles)]


def asked(wrt: tuple[str, ...]) -> Any:
    return wrt if len(wrt) > 1 else wrt[0]


def called(made: Any, args: tuple[Any, ...]) -> tuple[Any, float]:
    """An operator, and how long its first call takes."""
    start = time.perf_counter()
    made(*args)
    return made, time.perf_counter() - start


def agree(title: str, found: Any, right: Any) -> None:
    """Value and gradients are the same to 1e-6 of the largest entry, 1e-3 in single precision."""
    for one, other in zip((found[0], *_several(found[1])), (right[0], *_several(right[1])), strict=True):
        one, other = np.asarray(one), np.asarray(other)
        within = 1e-3 if other.dtype == np.float32 else 1e-6
        scale = np.max(np.abs(other), initial=1e-30)
        if (
            one.shape != other.shape
            or one.dtype != other.dtype
            or np.max(np.abs(one - other)) > within * scale
        ):
            raise SystemExit(f"{title}: by hand and derived differ")


def _several(gradients: Any) -> tuple[Any, ...]:
    return gradients if isinstance(gradients, tuple) else (gradients,)


# Deriving.


def straight(statements: int) -> Callable[..., Any]:
    """A function of so many statements."""
    lines = ["def long(x, y):", "    z = x * y"]
    lines += [f"    z = np.sin(z) * x + {k}.0 * y" for k in range(statements - 2)]
    return _written("\n".join([*lines, "    return z", ""]), f"straight {statements}")


def branching(statements: int) -> Callable[..., Any]:
    """The same, every fourth statement a branch and every eighth a loop."""
    lines = ["def long(x, y):", "    z = x * y"]
    for k in range(0, statements, 8):
        lines += [f"    a{k} = np.sin(z) * x", f"    if a{k} > y:", f"        z = a{k} + z", "    else:"]
        lines += [f"        z = a{k} * y", f"    for i in range({k % 3}):", f"        z = z * x + a{k}"]
        lines += [f"    z = z - a{k} * 0.5"]
    return _written("\n".join([*lines, "    return z", ""]), f"branching {statements}")


def _written(text: str, name: str) -> Callable[..., Any]:
    filename = f"<{name}, {time.perf_counter_ns()}>"
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    namespace: dict[str, Any] = {"np": np, "__name__": "benchmark"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["long"]


def deriving() -> None:
    gradient(of=straight(10))(0.5, 0.7)
    rows = []
    for shape in (straight, branching):
        for statements in (50, 100, 200, 400):
            function = shape(statements)
            start = time.perf_counter()
            gradient(of=function)(0.5, 0.7)
            spent = time.perf_counter() - start
            rows.append(
                (shape.__name__, str(statements), f"{spent:.3f} s", f"{spent / statements * 1e3:.2f} ms")
            )
    table("Deriving", ("code", "statements", "first call", "a statement"), rows)


TABLES: dict[str, Callable[..., None]] = {
    "calls": calls,
    "adjoints": adjoints,
    "programs": programs,
    "deriving": deriving,
}

if __name__ == "__main__":
    if sys.argv[1:]:
        TABLES[sys.argv[1]](*sys.argv[2:])
    else:
        for one in TABLES.values():
            one()
