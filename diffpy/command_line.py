"""The commands about one function: where it is found and what is asked in; text printed or written out."""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import importlib
import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import numpy

from diffpy import operators
from diffpy.errors import DifferentiationError
from diffpy.graphs import graph


class CommandError(Exception):
    """What the user asked for cannot be done; the text says why."""


def run(given: argparse.Namespace) -> int:
    """Carry out a parsed command."""
    try:
        path, function = _found(given.target)
        _refuse_to_overwrite(given.output, path)
        made = _source if given.command == "source" else _graph
        _deliver(made(function, given), given.output)
    except DifferentiationError as error:
        if error.place is not None and not Path(error.place.filename).is_file():
            error.place = None  # it is the interpreter that asked
        print(error, file=sys.stderr)
        return 1
    except (CommandError, ValueError, TypeError, OSError) as error:
        print(f"diffpy: error: {error}", file=sys.stderr)
        return 1
    return 0


def _source(function: Callable[..., Any], given: argparse.Namespace) -> str:
    derived = getattr(operators, given.form)(of=function, wrt=_wrt(given.wrt))
    text = derived.source if given.at is None else derived.source_for(*map(_value, given.at))
    return text.rstrip("\n") + "\n"


def _graph(function: Callable[..., Any], given: argparse.Namespace) -> str:
    at = {} if given.at is None else {"at": tuple(map(_value, given.at))}
    found = graph(of=function, wrt=_wrt(given.wrt), **at)
    ending = Path(given.output or "").suffix.lower().lstrip(".")
    shape = given.format or (ending if ending in ("dot", "svg") else "table")
    return f"{found}\n" if shape == "table" else getattr(found, shape)


def _wrt(names: list[str] | None) -> Any:
    """One name is asked for bare, several as a tuple; commas separate too."""
    if names is None:
        return None
    asked = [int(n) if n.isdecimal() else n for one in names for n in one.split(",") if n]
    return asked[0] if len(asked) == 1 else tuple(asked)


def _value(text: str) -> Any:
    """A literal; zeros for the dtype and shape of an array.

    >>> _value("2.5"), _value("float32[2, 3]").shape
    (2.5, (2, 3))
    """
    described = re.fullmatch(r"([a-z]+\d*)\[((?:\d+\s*,?\s*)*)\]", text.strip())
    try:
        if described:
            return numpy.zeros([int(n) for n in re.findall(r"\d+", described[2])], described[1])
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError):
        raise CommandError(
            f"--at {text!r} is neither a Python literal (2.0, '[1.0, 2.0]') nor an array's dtype and shape "
            "('float64[5, 3]')"
        ) from None


def _deliver(text: str, output: str | None) -> None:
    if output is not None:
        Path(output).write_text(text, encoding="utf-8")
        return
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console may lack the characters of the table
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse_to_overwrite(output: str | None, path: Path) -> None:
    if output is not None and Path(output).exists() and Path(output).samefile(path):
        raise CommandError(f"-o {output} is the file that the function is read from")


# Finding the function


def _found(target: str) -> tuple[Path, Callable[..., Any]]:
    """The file and the function that FILE.py:FUNCTION names."""
    file, colon, name = target.rpartition(":")
    if not colon or not file or not name:
        raise CommandError(f"'{target}' does not name a file and a function; write model.py:loss")
    path = Path(file)
    if not path.is_file():
        raise CommandError(f"there is no file '{file}'{_perhaps(path.name, _neighbours(path))}")
    return path, _member(_imported(path.resolve()), name, file)


def _neighbours(path: Path) -> list[str]:
    return [one.name for one in path.parent.glob("*.py")] if path.parent.is_dir() else []


def _member(module: ModuleType, dotted: str, file: str) -> Callable[..., Any]:
    found: Any = module
    for part in dotted.split("."):
        if not hasattr(found, part):
            own = [n for n, value in vars(found).items() if callable(value) and not n.startswith("__")]
            where = f"'{file}'" if found is module else f"'{getattr(found, '__name__', part)}'"
            raise CommandError(f"{where} has no function '{part}'{_perhaps(part, own)}")
        found = getattr(found, part)
    if not callable(found):
        raise CommandError(f"'{dotted}' in '{file}' is no function: it is of type {type(found).__name__}")
    return found


def _perhaps(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, 3, 0.5)
    if near:
        return "; did you mean " + " or ".join(f"'{one}'" for one in near) + "?"
    return f"; it has: {', '.join(sorted(names)[:12])}" if names and "." not in name else ""


def _imported(path: Path) -> ModuleType:
    """The module in a file: inside a package it is imported as part of it, else as a script's neighbour would be."""
    package = path.parent
    parts = [path.stem]
    while (package / "__init__.py").is_file():
        parts.insert(0, package.name)
        package = package.parent
    sys.path.insert(0, str(package))
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the file prints is no part of the answer
            return importlib.import_module(".".join(parts)) if len(parts) > 1 else _executed(path)
    except (Exception, SystemExit) as error:
        shown = "".join(traceback.format_exception(type(error), error, _within(error.__traceback__, path)))
        raise CommandError(f"importing '{path.name}' failed:\n{shown.rstrip()}{_advice(error)}") from None


def _executed(path: Path) -> ModuleType:
    is_taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names
    name = f"{path.stem}_from_file" if is_taken else path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"'{path.name}' is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _within(trace: TracebackType | None, path: Path) -> TracebackType | None:
    """The traceback from the file's own first line on."""
    while trace is not None and trace.tb_frame.f_code.co_filename != str(path):
        trace = trace.tb_next
    return trace


def _advice(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "\nput what the file does as a script under: if __name__ == '__main__':"
    return ""
