"""The command line: arguments in; a derivative, a graph or the state of the installation printed."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from diffpy import doctor

FORMS = ("gradient", "value_with_gradient", "pullback", "value_with_pullback")
TARGET = "a function in a file (model.py:loss), or a method (model.py:Model.loss)"
IMPORTED = "The file is imported, so what stands at its top level runs; what it prints goes to stderr."
AT = (
    "arguments whose kinds the text is made for: Python literals (2.0 3 '[1.0, 2.0]'), "
    "or dtype and shape of an array ('float64[5, 3]')"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit status: 0 done, 1 could not be done, 2 not understood."""
    given = _parser().parse_args(argv)
    if given.command == "doctor":
        return doctor.examine()
    # Found when it is needed: the doctor has to run where the rest of the library cannot be imported.
    return importlib.import_module("diffpy.command_line").run(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m diffpy", description="Derivatives of plain Python.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    title = "print the derivative of a function, in Python"
    source = commands.add_parser("source", help=title, description=_sentence(title))
    _about_function(source)
    source.add_argument("--form", choices=FORMS, default="gradient", help="the operator (gradient)")
    title = "print the tensor graph of a function, which is not run"
    graph = commands.add_parser("graph", help=title, description=_sentence(title))
    _about_function(graph)
    graph.add_argument(
        "--format",
        choices=("table", "dot", "svg"),
        help="left out, the ending of FILE says it, and without a file it is a table",
    )
    title = "check this installation; the exit status is 1 if something is broken"
    commands.add_parser("doctor", help=title, description=f"{title.capitalize()}.")
    return parser


def _sentence(title: str) -> str:
    return f"{title[0].upper()}{title[1:]}. {IMPORTED}"


def _about_function(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="FILE.py:FUNCTION", help=TARGET)
    command.add_argument("--wrt", nargs="+", metavar="NAME", help="the arguments to differentiate by (all)")
    command.add_argument("--at", nargs="+", metavar="VALUE", help=AT)
    command.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of printing")


if __name__ == "__main__":
    sys.exit(main())
