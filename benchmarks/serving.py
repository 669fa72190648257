"""A process for each peer: it makes its programs, compares what they give with the adjoints by hand, and times them.

It is asked by lines on its input, `first TITLE` or `time TITLE`, and answers each by a line in JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import hand
import numpy as np
from workloads import WORKLOADS, Workload

_CHUNK = 0.01  # seconds that a timing takes at least
Run = Callable[[], Any]


class Served:
    """What one peer makes of the programs."""

    def __init__(self, peer: str) -> None:
        self.peer = importlib.import_module(f"peer_{peer}")
        self.programs: dict[str, Run] = {}

    def first(self, workload: Workload) -> dict[str, Any]:
        """How long the first call takes, by the clock and by the processor; why there is none."""
        args = workload.arguments(np.random.default_rng(0))
        names = workload.function.__code__.co_varnames
        wrt = tuple(map(names.index, workload.wrt))
        right = getattr(hand, workload.function.__name__)(*args)
        start, used = time.perf_counter(), time.process_time()
        try:
            run = self.peer.program(workload.function.__name__, wrt, args)
            found = run()
            taken = {"first": time.perf_counter() - start, "used": time.process_time() - used}
            differs = difference(found, right)
        except Exception as error:  # Whatever a peer does not take is an empty place in the table.
            return {"reason": f"{type(error).__name__}: {str(error)[:80]}"}
        if differs is not None:
            return {"reason": differs}
        self.programs[workload.title] = run
        return taken

    def time(self, workload: Workload) -> dict[str, Any]:
        """Seconds a call."""
        run = self.programs[workload.title]
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < _CHUNK:
            run()
            count += 1
        return {"seconds": (time.perf_counter() - start) / count}


def difference(found: Any, right: Any) -> str | None:
    """None where values and gradients agree to 1e-6 of their norms; in single precision to 1e-2, where a rounded
    number may be on the other side of a kink."""
    ones, others = (found[0], *_several(found[1])), (right[0], *_several(right[1]))
    for one, other in zip(ones, others, strict=True):
        one, other = np.asarray(one, dtype=float), np.asarray(other)
        within = 1e-2 if other.dtype == np.float32 else 1e-6
        if one.shape != other.shape or not np.linalg.norm(one - other) <= within * np.linalg.norm(other):
            return "it gives other numbers"
    return None


def _several(gradients: Any) -> tuple[Any, ...]:
    return tuple(gradients) if isinstance(gradients, tuple | list) else (gradients,)


def main(peer: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What a peer prints is no answer.
    warnings.simplefilter("ignore")
    if hasattr(os, "sched_setaffinity"):  # Some packages take every core there is, whatever they are told.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    by_title = {one.title: one for one in WORKLOADS}
    try:
        served = Served(peer)
    except ImportError as error:
        print(json.dumps({"reason": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        what, _, title = line.strip().partition(" ")
        print(json.dumps(getattr(served, what)(by_title[title])), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
