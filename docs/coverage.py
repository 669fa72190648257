"""Writes docs/coverage.md: the functions that have a rule, from the table of rules itself."""

from pathlib import Path

from diffpy.rules import TABLE
from diffpy.rules.table import Row

PAGE = Path(__file__).with_suffix(".md")

INTRODUCTION = """\
# Coverage

The functions that have a rule, as `python docs/coverage.py` writes them from the table in `diffpy/rules/`. A function
that is not here is differentiated like one's own if it has Python source and belongs neither to Python's library nor to
NumPy or SciPy; others need `@derivative(of=...)`, or are refused. Operators have the rules of `operator`, `x.sum()` has
the rule of `numpy.ndarray.sum`.

*Elementwise*, *linear* and *general* functions have a derivative, by the kind of their rule; *constant* ones have
derivative zero, or a result that has none. A keyword that is refused may still be given the value that it has when it is
left out, or one of those in brackets. `out=` is a store, and is followed.
"""


def page() -> str:
    """The whole page."""
    rows = {name: row for name, row in sorted(TABLE.rows.items()) if not name.startswith("diffpy.")}
    derived = [line(name, row) for name, row in rows.items() if row.family != "constant"]
    constant = [line(name, row) for name, row in rows.items() if row.family == "constant"]
    head = ["", f"{len(derived)} functions with a derivative, {len(constant)} that are constant.", ""]
    table = ["| function | state | keywords refused |", "| --- | --- | --- |", *derived, *constant, ""]
    return INTRODUCTION + "\n".join([*head, *table])


def line(name: str, row: Row) -> str:
    refused = ", ".join(_keyword(keyword, row) for keyword in row.unless if keyword != "out")
    return f"| `{name.removeprefix('builtins.')}` | {row.family} | {refused} |".replace("|  |", "| |")


def _keyword(keyword: str, row: Row) -> str:
    honoured = ", ".join(f"`{value!r}`" for value in row.accepts.get(keyword, ()))
    return f"`{keyword}` ({honoured})" if honoured else f"`{keyword}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
