"""Every program by every peer that is installed: `make bench` prints the table, and writes docs/performance.md.

`python benchmarks/peers.py [WORD ...] [--with PEER=PYTHON ...] [--write]`: the programs whose titles hold one of the
words; a peer may live in an environment of its own. Each runs in a process of its own; they take turns.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import bars
import numpy as np
from workloads import WORKLOADS, Workload

OWN = ("hand", "diffpy", "compiled", "limit")
OTHERS = ("autograd", "tangent", "torch", "jax")
NAMES = {"hand": "by hand", "compiled": "diffpy, compiled", "limit": "limit, in C"}
_HERE = Path(__file__).parent
_PAGE = _HERE.parent / "docs" / "performance.md"
_ROUNDS = 15
_SLOW = 1.0  # seconds: a program that takes longer is timed once
_FROM, _TO = "<!-- peers -->", "<!-- end of peers -->"


class Row(NamedTuple):
    """Seconds a call, and for the first call seconds of the processor, by peer."""

    title: str
    times: dict[str, float]
    first: dict[str, float]


class Peer:
    """The process of one peer."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, str(_HERE / "serving.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"},
        )
        answer = self.answer()
        self.reason = answer.get("reason")

    def ask(self, what: str, workload: Workload) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what} {workload.title}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"reason": "its process ended"}

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def measured(workload: Workload, peers: list[Peer]) -> Row:
    """The peers take turns, so that a slow moment of the machine meets them all; medians."""
    first = {peer.name: peer.ask("first", workload) for peer in peers}
    for name, answer in first.items():
        if "reason" in answer:
            print(f"{workload.title}: {name}: {answer['reason']}", file=sys.stderr)
    able = [peer for peer in peers if "first" in first[peer.name]]
    rounds: dict[str, list[float]] = {peer.name: [] for peer in able}
    for _ in range(_ROUNDS):
        for peer in able:
            if not rounds[peer.name] or rounds[peer.name][0] < _SLOW:
                rounds[peer.name].append(peer.ask("time", workload)["seconds"])
    times = {name: statistics.median(found) for name, found in rounds.items()}
    return Row(workload.title, times, {name: first[name]["used"] for name in times})


# The table


def table(rows: list[Row], names: list[str]) -> str:
    head = ("value and gradient of", *(NAMES.get(name, name) for name in names), "to best peer", "to limit")
    cells = [
        (
            row.title,
            *(_micro(row.times.get(name)) for name in names),
            _ratio(best(row, "compiled")),
            _ratio(to_limit(row)),
        )
        for row in rows
    ]
    return _aligned([head, *cells])


def firsts(rows: list[Row], names: list[str]) -> str:
    """Seconds of the processor that first calls take; what is written in C was compiled before."""
    names = [name for name in names if name != "limit"]
    head = ("first call of", *(NAMES.get(name, name) for name in names))
    cells = [(row.title, *(_seconds(row.first.get(name)) for name in names)) for row in rows]
    return _aligned([head, *cells])


def best(row: Row, name: str) -> float | None:
    """How many times faster this is than the best of the others."""
    others = [row.times[other] for other in OTHERS if other in row.times]
    return min(others) / row.times[name] if others and name in row.times else None


def to_limit(row: Row) -> float | None:
    """The time of the compiled derivative by that of loops by hand."""
    return row.times["compiled"] / row.times["limit"] if {"compiled", "limit"} <= row.times.keys() else None


def mean(rows: list[Row], name: str) -> float | None:
    """The geometric mean of these."""
    found = [math.log(ratio) for row in rows if (ratio := best(row, name)) is not None]
    return math.exp(statistics.fmean(found)) if found else None


def _micro(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1e6:,.1f} us" if seconds < 1e-4 else f"{seconds * 1e6:,.0f} us"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f} s"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.1f}"


def _aligned(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    rows = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in lines)
    return "\n".join("  ".join(row).rstrip() for row in rows)


# The page


def written(rows: list[Row], names: list[str]) -> None:
    """Put the tables and the picture into the page."""
    page = _PAGE.read_text()
    before, _, rest = page.partition(_FROM)
    _, _, behind = rest.partition(_TO)
    ratio = mean(rows, "compiled")
    says = "" if ratio is None else f" The geometric mean of the former is {ratio:.1f}.\n"
    parts = [
        f"{_FROM}\n{_machine()}",
        f"```console\n{table(rows, names)}\n```\n",
        "*To best peer*: how many times faster the compiled derivative is than the best of the other packages; *to "
        f"limit*: how many times it takes what the loops in C take.{says}",
        "![Times of each package, on a logarithmic scale](performance.svg)\n",
        f"```console\n{firsts(rows, names)}\n```\n\n{_TO}",
    ]
    _PAGE.write_text(before + "\n".join(parts) + behind)
    labels = [NAMES.get(name, name) for name in names]
    series = [(row.title, [row.times.get(name) for name in names]) for row in rows]
    _PAGE.with_name("performance.svg").write_text(bars.picture(series, labels))


def _machine() -> str:
    load = os.getloadavg()[0]
    busy = f" It was busy: {load:.1f} processes wanted to run." if load > 1.5 else ""
    return (
        f"Taken with Python {platform.python_version()} and NumPy {np.__version__} on a machine with {os.cpu_count()} "
        f"cores, each process on one of them.{busy}\n"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("words", nargs="*")
    options.add_argument("--with", dest="others", action="append", default=[], metavar="PEER=PYTHON")
    options.add_argument("--write", action="store_true", help="write docs/performance.md and the picture")
    given = options.parse_args()
    pythons = dict(one.split("=", 1) for one in given.others)
    peers = [Peer(name, pythons.get(name, sys.executable)) for name in (*OWN, *OTHERS)]
    for peer in peers:
        if peer.reason:
            print(f"{peer.name}: {peer.reason}", file=sys.stderr)
    peers = [peer for peer in peers if not peer.reason]
    chosen = [one for one in WORKLOADS if not given.words or any(word in one.title for word in given.words)]
    rows = []
    for workload in chosen:
        rows.append(measured(workload, peers))
        print(rows[-1].title, {name: _micro(found) for name, found in rows[-1].times.items()}, flush=True)
    for peer in peers:
        peer.end()
    names = [peer.name for peer in peers]
    print(
        f"\n{table(rows, names)}\n\n{firsts(rows, names)}\n\ngeometric mean to best peer: {mean(rows, 'compiled')}"
    )
    if given.write:
        written(rows, names)


if __name__ == "__main__":
    main()
