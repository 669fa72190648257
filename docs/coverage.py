"""Writes docs/coverage.md: the functions of NumPy and SciPy and their derivatives, from the table of rules itself."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import types
from functools import cache
from pathlib import Path

import numpy

from diffpy.backends.device_functions import lacking
from diffpy.rules import TABLE
from diffpy.rules.table import LATE, Row, resolve

PAGE = Path(__file__).with_suffix(".md")
CUPY = Path(__file__).with_name("cupy_functions.txt")

# Modules of which each public function has a line.
MODULES = ("numpy", "numpy.linalg", "numpy.fft", "math", "cmath", "scipy.special")

for module in LATE:  # rules of SciPy are read once a program has imported it
    importlib.import_module(module)
TABLE.read_late()

INTRODUCTION = """\
# Coverage

Every public function of `numpy`, `numpy.linalg`, `numpy.fft`, `math`, `cmath` and `scipy.special`, and whatever else has
a rule, as `python docs/coverage.py` writes them from the table in `diffpy/rules/`. A function that is not here is
differentiated like one's own if it has Python source and belongs neither to Python's library nor to NumPy or SciPy;
others need `@derivative(of=...)`, or are refused. Operators have the rules of `operator`, `x.sum()` has the rule of
`numpy.ndarray.sum`.

Rules of SciPy are read where a program imports it. A root or a minimum has the derivatives that the implicit function
theorem gives it, up to the second, and is refused where no smooth solution is found. Integrals and solutions of
differential equations have those of a written rule over nodes and steps that are found again, to nine digits or so, and
to seven where an integrand has a kink. Functions handed to these are called more often than SciPy calls them. Of
`scipy.stats` the methods `pdf`, `logpdf`, `cdf`, `logcdf`, `sf`, `logsf`, `ppf` and `isf` of `norm` are written out, with
`pdf` and `logpdf` of `multivariate_normal`, where the covariance is a matrix of full rank. Of a result
that is an object, `x`, `root`, `fun`, `t` and `y` have a derivative, and reading another part of it that is a number is
refused.

*Elementwise*, *linear* and *general* functions have a derivative, by the kind of their rule; *written* ones have that of
a plain function in `diffpy/runtime/`, which stands for them, as it does for others where their keywords say more than
the rule knows. All of these have both modes. *Constant* ones have derivative zero, or a result that has none; *store* is
followed like the assignment that it is. A keyword that is refused may still be given the value that it has when it is
left out, or one of those in brackets. `out=` is a store, and is followed.

The last column says what there is for NumPy's functions [on a GPU](gpu.md), by the list of CuPy's functions in
`docs/cupy_functions.txt`: *CuPy* has it, it is *joined* from other functions of CuPy's, or there is *none*.
"""


def page() -> str:
    """The whole page."""
    lines = {name: line(name) for name in sorted(names())}
    derived = [one for name, one in lines.items() if state(name) in DERIVED]
    constant = [one for name, one in lines.items() if state(name) == "constant"]
    others = [one for name, one in lines.items() if state(name) not in (*DERIVED, "constant")]
    head = f"{len(derived)} functions with a derivative in both modes, {len(constant)} that are constant."
    of_numpy = sum(one.startswith("| `numpy.") for one in derived)
    of_scipy = sum(one.startswith("| `scipy.") for one in derived)
    head += f" Of the first, {of_numpy} are NumPy's, {of_scipy} SciPy's."
    table = ["| function | state | keywords refused | GPU |", "| --- | --- | --- | --- |"]
    return INTRODUCTION + "\n".join(["", versions(), head, "", *table, *derived, *constant, *others, ""])


def versions() -> str:
    """Of what the functions are listed: names come and go with versions."""
    packages = {"NumPy": numpy.__version__, "SciPy": importlib.metadata.version("scipy")}
    spelled = " and ".join(f"{name} {version.rpartition('.')[0]}" for name, version in packages.items())
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, {spelled}:"


DERIVED = ("elementwise", "linear", "general", "written")


def names() -> set[str]:
    """The functions that the table knows, and those of the modules that it should know."""
    known = {*TABLE.rows, *TABLE.written, *TABLE.refused, *TABLE.stores}
    public = {f"{module}.{name}" for module in MODULES for name in functions(module)}
    return {name for name in known | public if not name.startswith("diffpy.") and resolve(name) is not None}


def functions(module: str) -> list[str]:
    """The public names of a module that can be called."""
    found = importlib.import_module(module)
    public = [name for name in dir(found) if not name.startswith("_")]
    return [
        name for name in public if callable(getattr(found, name)) and not _is_module(getattr(found, name))
    ]


def _is_module(value: object) -> bool:
    return isinstance(value, types.ModuleType)


def state(name: str) -> str:
    """What is known of a function: the family of its rule, or why there is none; "unknown" where nothing is."""
    row = row_of(name)
    if row is not None:
        return row.family
    if name in TABLE.written:
        return "written"
    if name in TABLE.stores:
        return "store"
    return f"refused: {TABLE.refused[name]}" if name in TABLE.refused else "unknown"


def row_of(name: str) -> Row | None:
    """The row of a name, or of another name of the same function."""
    return TABLE.rows.get(name) or TABLE.find(resolve(name))


def line(name: str) -> str:
    row = row_of(name)
    refused = "" if row is None else ", ".join(_keyword(k, row) for k in row.unless if k != "out")
    spelled = f"| `{name.removeprefix('builtins.')}` | {state(name)} | {refused} | {on_gpu(name)} |"
    return spelled.replace("|  |", "| |").replace("|  |", "| |")


def on_gpu(name: str) -> str:
    """What CuPy has of a function of NumPy's."""
    home, _, dotted = name.partition(".")
    if home != "numpy" or dotted.startswith("random."):
        return ""
    if dotted in of_cupy():
        return "CuPy"
    return "joined" if dotted in JOINED else "none"


@cache
def of_cupy() -> frozenset[str]:
    """The functions and methods that CuPy has, by their names in NumPy."""
    every = CUPY.read_text(encoding="utf-8").splitlines()
    return frozenset(one.partition(":")[0] for one in every if not one.startswith("#"))


JOINED = {*lacking(numpy)}  # what CuPy lacks is put together the same way from any module


def _keyword(keyword: str, row: Row) -> str:
    honoured = ", ".join(f"`{value!r}`" for value in row.accepts.get(keyword, ()))
    return f"`{keyword}` ({honoured})" if honoured else f"`{keyword}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
