"""Program texts as modules: in a file of its own, and a second time with dual numbers for floats."""

from __future__ import annotations

import contextlib
import itertools
import linecache
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import oracle

_numbers = itertools.count()


@contextlib.contextmanager
def defined(text: str) -> Iterator[types.FunctionType]:
    """The function f of a program that stands in a file, as a user's does."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"fuzzed_{next(_numbers)}"
        path = Path(folder) / f"{name}.py"
        path.write_text(text)
        module = types.ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module
        try:
            exec(compile(text, str(path), "exec"), vars(module))
            yield module.f
        finally:
            del sys.modules[name]
            linecache.cache.pop(str(path), None)


def on_duals(text: str) -> types.FunctionType:
    """The function f, for which math, np and float mean dual numbers."""
    names: dict = {"__name__": "on_duals"}
    exec(compile(text, "<on duals>", "exec"), names)
    names |= {"math": oracle.shadow_math, "np": oracle.shadow_numpy, "float": oracle._float}
    return names["f"]


def arguments(seed: int) -> tuple:
    """A point: two floats, two arrays of four, a matrix of three rows and four columns."""
    rng = np.random.default_rng(seed)
    x, y = (float(number) for number in rng.uniform(-1.5, 1.5, 2))
    return x, y, *rng.uniform(-1.5, 1.5, (2, 4)), rng.uniform(-1.5, 1.5, (3, 4))
