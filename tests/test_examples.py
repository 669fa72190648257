"""Each file in examples/ runs as a person would run it, and prints what it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

# file: what it must print, as regular expressions
PRINTS = {
    "first_gradient.py": [
        r"gradient at \(3, 4\): \(24\.0, 10\.0\)",
        r"\(36\.0, 10\.0\)",
        r"second .* in x: 8\.0",
    ],
    "control_flow.py": [r"off by 0\.000000000000", r"1 / \(2 \* sqrt\(2\)\): 0\.353553390593"],
    "own_derivative.py": [
        r"(?s)(Taking e.*){2}gradient: 20\.0855",
        r"factors_bar: 33\.3237, 34\.3335, 32\.3716",
    ],
    "structs.py": [r"model_bar = .*\(w=2\.0, b=1\.0\)", r"x_bar = 4\.0", r"line: y = 2\.00 x \+ 1\.00"],
    "projectile.py": [r"lands at 60\.00 m"],
    "digits.py": [r"test accuracy: 0\.9[5-9]|test accuracy: 1"],
}


def run(name, *arguments, folder):
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env=os.environ | {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def test_every_example_has_a_row():
    assert sorted(PRINTS) == sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", PRINTS)
def test_example(name, tmp_path):
    finished = run(name, folder=tmp_path)
    assert finished.returncode == 0, finished.stderr
    for pattern in PRINTS[name]:
        assert re.search(pattern, finished.stdout), f"{name} printed no {pattern!r}:\n{finished.stdout}"


def test_digits_draws_its_picture_and_shows_its_source(tmp_path):
    finished = run("digits.py", "--epochs", "1", "--show-source", "--picture", "curve.png", folder=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "network_bar" in finished.stdout
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
