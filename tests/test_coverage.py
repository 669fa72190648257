"""The table knows every public function of NumPy and of math: what is new there fails here."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from diffpy.rules import TABLE
from diffpy.rules.table import resolve

pytest.importorskip("scipy")
COVERAGE = runpy.run_path(str(Path(__file__).parent.parent / "docs" / "coverage.py"))


@pytest.mark.parametrize("module", COVERAGE["MODULES"])
def test_no_function_is_unknown(module: str) -> None:
    state: Any = COVERAGE["state"]
    names = [f"{module}.{name}" for name in COVERAGE["functions"](module)]
    assert names
    assert [name for name in names if state(name) == "unknown"] == []


def test_a_name_is_known_one_way() -> None:
    assert not TABLE.refused.keys() & (TABLE.rows.keys() | TABLE.written.keys() | TABLE.stores)
    constants = {name for name, row in TABLE.rows.items() if row.family == "constant"}
    assert not constants & TABLE.written.keys()


def test_what_is_written_exists() -> None:
    assert all(callable(resolve(name)) for name in TABLE.written)


def test_most_of_numpy_has_a_derivative() -> None:
    derived = [name for name in COVERAGE["names"]() if COVERAGE["state"](name) in COVERAGE["DERIVED"]]
    assert sum(name.startswith("numpy.") for name in derived) >= 300


def test_what_cupy_has_is_what_the_page_says() -> None:
    cupy = pytest.importorskip("cupy")
    listed = runpy.run_path(str(Path(__file__).parent.parent / "docs" / "cupy_functions.py"))
    there = {line.partition(":")[0] for line in listed["lines"](cupy)}
    of_cupy: Any = COVERAGE["of_cupy"]
    assert of_cupy() - there == set()
