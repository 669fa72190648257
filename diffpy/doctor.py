"""The state of an installation: nothing in; a table of what is there, what is broken and how to mend it out."""

from __future__ import annotations

import importlib
import importlib.metadata
import linecache
import os
import platform
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# package: the oldest version that will do
NEEDED = {"numpy": "2.0", "gast": "0.6", "astor": "0.8"}
COMPILER = {"llvmlite": "0.45"}
CUPY = "14"
FACE = Path(__file__).with_name("__init__.py")


class Finding(NamedTuple):
    """One row: status is ok, missing (something optional) or problem."""

    what: str
    status: str
    detail: str
    remedy: str = ""


def examine() -> int:
    """Print the table; 1 if something is broken."""
    found = findings()
    print(table(found))
    return int(any(one.status == "problem" for one in found))


def findings() -> list[Finding]:
    """All that can be said of this installation; a check that fails is a finding too."""
    found: list[Finding] = []
    for what, check in CHECKS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.extend(check())
        except Exception as error:
            found.append(Finding(what, "problem", _said(error)))
    return found


def table(found: list[Finding]) -> str:
    """Columns, and below a problem what to do about it.

    >>> print(table([Finding("numpy", "problem", "1.26", "pip install -U numpy")]))
    problem  numpy  1.26
                    do: pip install -U numpy
    """
    first, second = (max(len(one[k]) for one in found) for k in (1, 0))
    lines = []
    for one in found:
        lines.append(f"{one.status:{first}}  {one.what:{second}}  {one.detail}".rstrip())
        if one.remedy:
            lines.append(" " * (first + second + 4) + f"do: {one.remedy}")
    return "\n".join(lines)


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 11)
    remedy = "" if good else "install Python 3.11 or newer"
    kind, system = platform.python_implementation(), platform.platform(terse=True)
    detail = f"{platform.python_version()} ({kind}) on {system}"
    yield Finding("Python", "ok" if good else "problem", detail, remedy)


def _diffpy() -> Iterator[Finding]:
    version = _version("diffpy")
    detail = f"{version or 'a copy that is not installed'}, in {FACE.parent}"
    yield Finding("diffpy", "ok", detail)
    yield _face()


def _face() -> Finding:
    """Other distributions put modules into a package `diffpy` too, and some bring an __init__.py."""
    module = sys.modules.get("diffpy")
    others = sorted(set(importlib.metadata.packages_distributions().get("diffpy", [])) - {"diffpy"})
    beside = f" (beside it: {', '.join(others)})" if others else ""
    if "gradient" in getattr(module, "__all__", ()) and Path(getattr(module, "__file__", None) or "") == FACE:
        return Finding("public names", "ok", f"diffpy.gradient is there{beside}")
    whose = f", most likely by {' or '.join(others)}" if others else ""
    return Finding(
        "public names",
        "problem",
        f"diffpy/__init__.py was overwritten{whose}: diffpy.gradient and its like are gone",
        "pip install --force-reinstall --no-deps diffpy (last, after the other packages)",
    )


def _packages() -> Iterator[Finding]:
    for name, oldest in NEEDED.items():
        yield _package(name, oldest, "problem", f"pip install -U '{name}>={oldest}'")


def _compiler() -> Iterator[Finding]:
    for name, oldest in COMPILER.items():
        yield _package(name, oldest, "missing", "pip install 'diffpy[compile]', for compiled derivatives")


def _cache() -> Iterator[Finding]:
    """Where machine code is kept from process to process, if it is."""
    code_cache = importlib.import_module("diffpy.backends.code_cache")
    path, fault = code_cache.asked_for(), code_cache.fault()
    if path is None:
        yield Finding("code cache", "ok", f"off; {code_cache.VARIABLE}=1 keeps compiled derivatives")
    elif fault is None:
        yield Finding("code cache", "ok", str(path))
    else:
        remedy = f"chmod go-w what is named, set {code_cache.VARIABLE} to another directory, or unset it"
        yield Finding("code cache", "problem", f"{path} is not used: {fault}", remedy)


def _package(name: str, oldest: str, absent: str, remedy: str) -> Finding:
    """A package is fine when it is new enough and can be imported."""
    version = _version(name)
    if version is None:
        return Finding(name, absent, "not installed", remedy)
    if _numbers(version) < _numbers(oldest):
        return Finding(name, "problem", f"{version} is older than {oldest}", remedy)
    try:
        importlib.import_module(name)
    except Exception as error:
        return Finding(name, "problem", f"{version} cannot be imported: {_said(error)}", remedy)
    return Finding(name, "ok", version)


def _gpu() -> Iterator[Finding]:
    present = bool(shutil.which("nvidia-smi")) or os.path.exists("/dev/nvidia0")
    every = importlib.metadata.distributions()
    names = sorted({d.name.lower() for d in every if re.fullmatch(r"cupy(-cuda\w+)?", d.name.lower())})
    if not names:
        detail = "an NVIDIA GPU, but no CuPy" if present else "no NVIDIA GPU; arrays are NumPy's"
        yield Finding("GPU", "missing", detail, "pip install 'diffpy[cuda13]'" if present else "")
    elif len(names) > 1:
        detail = f"CuPy is there twice: {', '.join(names)}"
        yield Finding("GPU", "problem", detail, f"pip uninstall {names[0]}")
    else:
        yield _cupy(names[0])


def _cupy(name: str) -> Finding:
    package = _package_of_cupy(name)
    if package.status != "ok":
        return package
    cupy = importlib.import_module("cupy")
    if not cupy.is_available():
        return Finding("GPU", "missing", f"{name} {package.detail} finds no GPU that it can use")
    cupy.zeros(1).sum().item()  # a driver that does not fit shows here
    title = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode(errors="replace")
    return Finding("GPU", "ok", f"{title}, with {name} {package.detail}")


def _package_of_cupy(name: str) -> Finding:
    version = _version(name) or ""
    if _numbers(version) < _numbers(CUPY):
        return Finding("GPU", "problem", f"{name} {version} is older than {CUPY}", f"pip install -U {name}")
    try:
        importlib.import_module("cupy")
    except Exception as error:
        detail = f"{name} cannot be imported: {_said(error)}"
        return Finding("GPU", "problem", detail, f"pip install -U {name}")
    return Finding("GPU", "ok", version)


def _derivation() -> Iterator[Finding]:
    """The whole way, from the text of a function to a number."""
    operators = importlib.import_module("diffpy.operators")
    found = operators.gradient(of=_written(SQUARE)["square"])(3.0)
    if found == 6.0:
        yield Finding("a derivative", "ok", "d(x * x)/dx at 3.0 is 6.0")
    else:
        yield Finding("a derivative", "problem", f"d(x * x)/dx at 3.0 came out as {found}")


SQUARE = "def square(x):\n    return x * x\n"


def _written(text: str) -> dict[str, Any]:
    """What a text defines, as if it stood in a file of its own: functions of this library are not differentiated."""
    filename, found = "<doctor>", {"__name__": "<doctor>"}
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), found)
    return found


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """2.10.0rc1 as (2, 10, 0).

    >>> _numbers("2.10.0rc1") > _numbers("2.9")
    True
    """
    return tuple(int(one) for one in re.findall(r"\d+", re.split(r"[^\d.]", version)[0]))


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": _python,
    "diffpy": _diffpy,
    "packages": _packages,
    "compiler": _compiler,
    "code cache": _cache,
    "GPU": _gpu,
    "a derivative": _derivation,
}
