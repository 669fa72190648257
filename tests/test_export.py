"""Exported files run without the half that derives, and give what the operators give."""

import functools
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from diffpy import derivative, differentiable, gradient, pullback, value_with_gradient, value_with_pullback
from diffpy.errors import DifferentiationError

FACTOR = 3.0
WEIGHTS = np.array([[1.0, -2.0], [0.5, math.inf]])
TABLE = {"low": (1, 2.5), "high": [None, "text"]}


def wave(x, amplitude=2.0):
    return amplitude * math.sin(x) * FACTOR


def stepped(x):
    return math.floor(x) * 1.0


@derivative(of=stepped)
def stepped_rule(x):
    return stepped(x), lambda v: v * 7.0


def calling(x, y):
    z = wave(x) + wave(y, 3.0) + TABLE["low"][1] * x
    if y > 100:
        z = wave(z)
    return z * z + stepped(x) + np.sum(WEIGHTS[0]) * y


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def filling(out, x):
    for k in range(len(x)):
        out[k] = 2 * x[k] * out[k]


@differentiable
def spread(x, *rest, k=2.0):
    return x * rest[0] * k


def network(weights, x, training):
    return np.sum(np.tanh(x @ weights) ** 2) if training else 0.0


def value(value, found, np):
    return value * found * np


def closure_of(scale):
    def scaled(x):
        return x * scale * wave(x)

    return scaled


def loop(a, b):
    z = 0
    for i in range(20):
        z = a * np.cos(z + i) + b * np.sin(b - i)
    return z


ones = np.ones
CASES = {
    "calling": (gradient(of=calling), (0.5, 0.7), {}),
    "calling_value": (value_with_gradient(of=calling), (0.5, 0.7), {}),
    "power": (gradient(of=power, wrt="x"), (1.5, 3), {}),
    "spread": (gradient(of=spread), (2.0, 3.0), {"k": 4.0}),
    "network": (value_with_gradient(of=network), (ones((3, 2)), ones((4, 3)), True), {}),
    "partial": (gradient(of=functools.partial(wave, amplitude=5.0)), (0.3,), {}),
    "sin": (gradient(of=np.sin), (0.3,), {}),
    "names": (gradient(of=value), (2.0, 3.0, 4.0), {}),
    "closure": (gradient(of=closure_of(4.0)), (0.5,), {}),
    "lambda": (gradient(of=lambda x: x * stepped(x)), (2.5,), {}),
    "aux": (gradient(of=lambda x: (x * x, "more"), aux=True), (2.5,), {}),
    "loop": (value_with_gradient(of=loop, wrt=("b",)), (1.0, 2.0), {}),
}

RUN = """
import json, sys
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        half = ("derive", "operators", "decorators", "transforms", "analysis", "syntax", "traces", "exporting")
        if name.split(".")[0] in ("gast", "astor") or name.split(".")[:2] in [["diffpy", one] for one in half]:
            raise ImportError("the file loads " + name)
sys.meta_path.insert(0, Forbidden())
sys.path.insert(0, sys.argv[1])
import numpy as np
plain = lambda x: [plain(one) for one in x] if isinstance(x, (tuple, list, np.ndarray)) else x
found = {}
for name, (entry, args, keywords) in json.loads(sys.argv[2]).items():
    module = __import__("exported_" + name)
    args = [np.array(a) if isinstance(a, list) else a for a in args]
    found[name] = plain(getattr(module, entry)(*args, **keywords))
    for line in open(module.__file__):
        assert "/" not in line or " / " in line, line
print(json.dumps(found, default=float))
"""


def plain(x):
    if isinstance(x, tuple | list | np.ndarray):
        return [plain(one) for one in x]
    return float(x) if isinstance(x, np.floating) else x


def test_files_run_alone(tmp_path):
    asked = {}
    for name, (operator, args, keywords) in CASES.items():
        operator.export(tmp_path / f"exported_{name}.py", *args, **keywords)
        title = (operator.__name__ if name not in ("partial",) else "wave").replace("<lambda>", "lambda_")
        asked[name] = (f"{title}_{operator.title}", plain(args), keywords)
    command = [sys.executable, "-c", RUN, str(tmp_path), json.dumps(asked)]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    for name, (operator, args, keywords) in CASES.items():
        assert found[name] == plain(operator(*args, **keywords)), name


def imported(path, monkeypatch):
    monkeypatch.syspath_prepend(str(path.parent))
    sys.modules.pop(path.stem, None)
    return __import__(path.stem)


def test_pullback_and_result(tmp_path, monkeypatch):
    path = tmp_path / "exported_filling.py"
    made = value_with_pullback(of=filling, result="out")
    made.export(path, np.ones(3), np.arange(3.0))
    out, x, seed = np.ones(4), np.arange(4.0), np.arange(4.0) + 1
    value, back = imported(path, monkeypatch).filling_value_with_pullback(out, x)
    right, right_back = made(out, x)
    assert np.array_equal(value, right) and np.array_equal(out, np.ones(4))
    for one, other in zip(back(seed), right_back(seed), strict=True):
        assert np.array_equal(one, other)


def test_callees_are_bound_in_the_file(tmp_path):
    path = tmp_path / "file.py"
    gradient(of=calling).export(path, 0.5, 0.7)
    text = path.read_text()
    assert "wave_value_with_pullback(x)" in text and "with_pullback(wave)(x)" not in text
    assert "FACTOR = 3.0" in text and "float('inf')" in text


def test_the_signature_is_checked(tmp_path, monkeypatch):
    path = tmp_path / "exported_signature.py"
    gradient(of=network).export(path, ones((3, 2)), ones((4, 3)), True)
    module = imported(path, monkeypatch)
    module.network_gradient(ones((5, 4)), ones((6, 5)), False)
    for args in [
        (ones((3, 1)), ones((4, 3)), True),
        (ones((3, 2)), ones((4, 3)), 1),
        (ones(3), ones(3), True),
    ]:
        with pytest.raises(DifferentiationError, match="was exported for"):
            module.network_gradient(*args)


class Unknown:
    value = 2.0


UNKNOWN = Unknown()
COUNT = 0
HERE = sys.modules[__name__]


def reads_an_object(x):
    return x * UNKNOWN.value


def counts(x):
    global COUNT
    COUNT += 1
    return x * COUNT


def reads_its_module(x):
    return x * HERE.FACTOR


def makes_functions(x):
    inner = lambda y: x * y
    return inner(x) * inner(2.0)


def takes_a_function(function, x):
    return function(x)


def not_defined(x):
    return x * NOT_THERE if x > 100 else x  # noqa: F821


REFUSED = [
    (reads_an_object, (2.0,), "UNKNOWN"),
    (counts, (2.0,), "COUNT"),
    (reads_its_module, (2.0,), "HERE"),
    (makes_functions, (2.0,), "inner|lambda"),
    (takes_a_function, (math.sin, 2.0), "argument"),
    (not_defined, (2.0,), "NOT_THERE"),
]


@pytest.mark.parametrize("function, args, message", REFUSED)
def test_what_cannot_travel(tmp_path, function, args, message):
    path = tmp_path / "refused.py"
    wrt = "x" if len(args) == 2 else None
    with pytest.raises(DifferentiationError, match=message):
        gradient(of=function, wrt=wrt).export(path, *args)
    assert not list(tmp_path.iterdir())


def test_other_files_are_left_alone(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("mine = True\n")
    made = pullback(of=wave)
    with pytest.raises(FileExistsError):
        made.export(path, 0.5)
    assert path.read_text() == "mine = True\n"
    made.export(path, 0.5, overwrite=True)
    first = path.read_text()
    made.export(path, 0.5)
    assert path.read_text() == first != "mine = True\n"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.py"]
