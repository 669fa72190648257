"""The text of a dozen derivatives, reviewed like code; `python tests/test_golden.py` writes it anew."""

import pathlib
import runpy

import pytest

from diffpy import value_with_gradient

GOLDEN = sorted((pathlib.Path(__file__).parent / "golden").glob("*.py"))
START = "\n\nTEXT = "


def derived(path):
    """The derivative of the function that a file is named after, for the kinds of its arguments."""
    found = runpy.run_path(str(path))
    operator = value_with_gradient(of=found[path.stem])
    return operator.source if found["AT"] is None else operator.source_for(*found["AT"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path):
    assert runpy.run_path(str(path))["TEXT"] == "\n" + derived(path)


def test_golden_texts_are_many():
    assert len(GOLDEN) >= 12


def write():
    for path in GOLDEN:
        primal = path.read_text().partition(START)[0]
        path.write_text(f'{primal}{START}"""\n{derived(path)}"""\n')


if __name__ == "__main__":
    write()
