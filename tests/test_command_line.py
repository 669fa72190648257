"""python -m diffpy: what it prints, writes and refuses, and with which exit status."""

import importlib.metadata
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import diffpy
from diffpy import command_line, doctor
from diffpy.__main__ import main

MODEL = """\
import numpy as np
print("a word from the file")

def loss(w, x):
    return ((w * x) ** 2).sum()

def kernel(x):
    raise RuntimeError("it was run")

class Model:
    def energy(self, x):
        return x * x

LIMIT = 3
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A file with functions, and the modules and the path as they were afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    file = tmp_path / "model.py"
    file.write_text(MODEL, encoding="utf-8")
    yield file
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refused(capsys, *argv):
    """The message of a command that ends with status 1."""
    assert main([*map(str, argv)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


# source


def test_source_prints_the_derivative(model, capsys):
    assert main(["source", f"{model}:loss"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("def loss_value_with_gradient(w, x):")
    assert "a word from the file" in shown.err
    compile(shown.out, "printed", "exec")


def test_source_is_that_of_the_library(model, capsys):
    assert main(["source", f"{model}:loss", "--wrt", "w", "--at", "2.0", "float64[3]"]) == 0
    loss = sys.modules["model"].loss
    expected = diffpy.gradient(of=loss, wrt="w").source_for(2.0, np.zeros(3))
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("form", ["pullback", "value_with_gradient"])
def test_forms(model, capsys, form):
    assert main(["source", f"{model}:Model.energy", "--wrt", "x", "--form", form]) == 0
    assert capsys.readouterr().out.startswith("def energy_")


def test_output_goes_to_a_file(model, capsys):
    written = model.with_name("derived.py")
    assert main(["source", f"{model}:loss", "-o", str(written)]) == 0
    assert capsys.readouterr().out == ""
    assert written.read_text(encoding="utf-8").startswith("def loss_value_with_gradient")


# graph


def test_graph_prints_the_table(model, capsys):
    assert main(["graph", f"{model}:loss", "--wrt", "w,x"]) == 0
    shown = capsys.readouterr().out
    assert "multiply" in shown and "tensor regions" in shown


def test_graph_does_not_run_the_function(model, capsys):
    assert main(["graph", f"{model}:kernel", "--at", "2.0"]) == 0
    assert "raise" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", "<svg"), ("a.dot", "digraph"), ("a.txt", "loss(w, x)")]
)
def test_the_ending_says_the_format(model, name, start):
    written = model.with_name(name)
    assert main(["graph", f"{model}:loss", "-o", str(written)]) == 0
    assert written.read_text(encoding="utf-8").startswith(start)


def test_format(model, capsys):
    assert main(["graph", f"{model}:loss", "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith("digraph")


# What cannot be done


def test_a_missing_file(model, capsys):
    assert "did you mean 'model.py'" in refused(capsys, "source", f"{model.with_name('modle.py')}:loss")


def test_a_missing_function(model, capsys):
    assert "has no function 'los'; did you mean 'loss'?" in refused(capsys, "graph", f"{model}:los")
    assert "'Model' has no function 'enrgy'; did you mean 'energy'?" in refused(
        capsys, "graph", f"{model}:Model.enrgy"
    )


def test_no_function(model, capsys):
    assert "is no function: it is of type int" in refused(capsys, "source", f"{model}:LIMIT")


@pytest.mark.parametrize("target", ["model.py", "model.py:", ":loss"])
def test_no_target(capsys, target):
    assert "write model.py:loss" in refused(capsys, "source", target)


def test_errors_of_the_file_are_shown_with_its_own_lines(model, capsys):
    model.write_text("def loss(x):\n    return x\n\nloss(1) + missing\n", encoding="utf-8")
    message = refused(capsys, "source", f"{model}:loss")
    assert "importing 'model.py' failed" in message
    assert "line 4" in message and "NameError: name 'missing' is not defined" in message
    assert "command_line.py" not in message and "importlib" not in message


def test_syntax_errors_of_the_file(model, capsys):
    model.write_text("def loss(x)\n    return x\n", encoding="utf-8")
    assert "SyntaxError" in refused(capsys, "source", f"{model}:loss")


def test_a_script_that_exits(model, capsys):
    model.write_text("import sys\nsys.exit(0)\n", encoding="utf-8")
    assert "if __name__ == '__main__':" in refused(capsys, "source", f"{model}:loss")


def test_wrt_that_is_no_parameter(model, capsys):
    message = refused(capsys, "source", f"{model}:loss", "--wrt", "v")
    assert "'loss' has no parameter 'v'" in message
    assert "runpy" not in message


def test_what_cannot_be_differentiated_is_shown_at_its_line(model, capsys):
    model.write_text("def loss(x):\n    yield x * 2.0\n", encoding="utf-8")
    message = refused(capsys, "source", f"{model}:loss", "--at", "2.0")
    assert f"{model}:2:" in message and "^" in message


def test_values_that_are_none(model, capsys):
    assert "neither a Python literal" in refused(capsys, "graph", f"{model}:loss", "--at", "x+", "2")
    assert "neither a Python literal" in refused(capsys, "graph", f"{model}:loss", "--at", "floot[3]", "2")


def test_the_file_is_not_overwritten(model, capsys):
    assert "is the file that the function is read from" in refused(
        capsys, "source", f"{model}:loss", "-o", model
    )
    assert model.read_text(encoding="utf-8") == MODEL


def test_a_module_of_a_package(tmp_path, model, capsys):
    package = tmp_path / "packed_models"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "part.py").write_text("def twice(x):\n    return 2 * x\n", encoding="utf-8")
    (package / "whole.py").write_text("from .part import twice\n\ndef four(x):\n    return twice(twice(x))\n")
    assert main(["source", f"{package / 'whole.py'}:four"]) == 0
    assert "def four_" in capsys.readouterr().out


def test_a_file_named_like_a_module_of_python(model, capsys):
    model.rename(model.with_name("statistics.py"))
    assert main(["source", f"{model.with_name('statistics.py')}:loss"]) == 0
    assert capsys.readouterr().out.startswith("def loss_")


@pytest.mark.parametrize("argv", [[], ["sauce"], ["source"], ["graph", "a.py:f", "--format", "png"]])
def test_what_is_not_understood_has_status_2(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_says_that_the_file_is_imported(capsys):
    with pytest.raises(SystemExit):
        main(["source", "--help"])
    assert "The file is imported" in " ".join(capsys.readouterr().out.split())


def test_as_a_program(model):
    command = [sys.executable, "-m", "diffpy", "graph", f"{model.name}:loss"]
    paths = {**os.environ, "PYTHONPATH": str(Path(diffpy.__path__[0]).parent), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, cwd=model.parent, encoding="utf-8", env=paths)
    assert (done.returncode, done.stderr) == (0, "a word from the file\n")
    assert "multiply" in done.stdout


# doctor


def statuses(found):
    return {one.what: one.status for one in found}


def test_doctor(capsys):
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    for word in ("Python", "numpy", "llvmlite", "GPU", "a derivative"):
        assert word in shown


def test_doctor_knows_the_versions_that_the_project_asks_for():
    project = Path(diffpy.__path__[0]).parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("the tests do not run in a checkout")
    settings = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    assert settings["dependencies"] == [f"{name}>={version}" for name, version in doctor.NEEDED.items()]
    compiler = [f"{name}>={version}" for name, version in doctor.COMPILER.items()]
    assert settings["optional-dependencies"]["compile"] == compiler
    assert settings["optional-dependencies"]["cuda13"][0].endswith(f">={doctor.CUPY}")


def test_an_overwritten_face_is_a_problem(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "diffpy", SimpleNamespace(__file__=str(doctor.FACE)))
    others = {"diffpy": ["diffpy", "diffpy.structure"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: others)
    assert doctor.examine() == 1
    shown = capsys.readouterr().out
    assert "was overwritten, most likely by diffpy.structure" in shown
    assert "--force-reinstall --no-deps diffpy" in shown


def test_old_and_broken_packages_are_problems(monkeypatch):
    monkeypatch.setitem(doctor.NEEDED, "numpy", "999.0")
    monkeypatch.setitem(doctor.NEEDED, "no_such_package", "1.0")
    found = {one.what: one for one in doctor.findings()}
    assert found["numpy"].status == "problem" and "older than 999.0" in found["numpy"].detail
    assert found["no_such_package"] == (
        "no_such_package",
        "problem",
        "not installed",
        "pip install -U 'no_such_package>=1.0'",
    )


def test_a_check_that_fails_is_a_finding(monkeypatch):
    def broken():
        raise OSError("no disk")
        yield

    monkeypatch.setitem(doctor.CHECKS, "GPU", broken)
    assert statuses(doctor.findings())["GPU"] == "problem"


def test_missing_options_are_no_problem(monkeypatch):
    monkeypatch.setattr(doctor, "COMPILER", {"no_such_package": "1.0"})
    assert statuses(doctor._compiler()) == {"no_such_package": "missing"}


def test_command_line_values():
    assert command_line._value(" [1.0, 2] ") == [1.0, 2]
    assert command_line._value("float32[2, 3]").dtype == "float32"
    assert command_line._value("float64[]").shape == ()
