"""Random programs, the same ones at each run: `make fuzz` writes others. And that the fuzzer sees what is wrong."""

import numpy as np
import pytest
from fuzzing.checking import Finding, by_differences, by_duals, check, directions
from fuzzing.modules import arguments, defined
from fuzzing.shrinking import shrunk
from fuzzing.writing import program

GROUPS, PROGRAMS = 6, 4


@pytest.mark.parametrize("group", range(GROUPS))
def test_random_programs(group, seed):
    for number in range(PROGRAMS * group, PROGRAMS * (group + 1)):
        text = program(seed * 1000 + number)
        finding = check(text, number, ("text", "forward", *(("pass",) if number % PROGRAMS == 0 else ())))
        assert not finding.failed, f"{finding.kind}: {finding.where}\n{text}\n{finding.detail}"


def test_same_program_for_the_same_seed():
    assert [program(k) for k in range(50)] == [program(k) for k in range(50)]


def test_programs_are_python():
    for k in range(150):
        compile(program(k), f"<program {k}>", "exec")


def test_most_programs_run():
    ran = 0
    for k in range(60):
        with np.errstate(all="ignore"), defined(program(k)) as function:
            try:
                ran += bool(np.isfinite(function(*arguments(k))))
            except Exception:  # an index, a name: what a program may do
                continue
    assert ran > 45


def test_oracles_of_a_program_agree():
    text = (
        "import math\nimport numpy as np\n\n"
        "def f(x, y, v, w, m):\n"
        "    u = v[1:3]\n"
        "    u *= x\n"
        "    m[1] += v\n"
        "    return math.sin(y) * v.sum() + w @ m[1]\n"
    )
    (direction, _) = directions(3)
    with defined(text) as function:
        measured, error = by_differences(function, 3, direction)
    assert abs(by_duals(text, 3, direction) - measured) < 1e-8 + 10 * error
    assert check(text, 3) == Finding("right")


def test_wrong_derivative_is_seen():
    """A helper whose rule is wrong: both oracles are against it."""
    text = (
        "from diffpy import derivative\n\n"
        "def helper(x):\n    return x * 2.0\n\n"
        "def f(x, y, v, w, m):\n    return helper(x) + y\n\n"
        "@derivative(of=helper)\ndef _(x):\n    return x * 2.0, lambda bar: bar * 3.0\n"
    )
    finding = check(text, 0)
    assert (finding.kind, finding.failed) == ("wrong gradient", True)


def test_refusal_is_no_failure():
    text = "def f(x, y, v, w, m):\n    exec('x = 1')\n    return x\n"
    finding = check(text, 0)
    assert (finding.kind, finding.failed) == ("refused", False)


def test_exception_of_a_program_arrives():
    finding = check("def f(x, y, v, w, m):\n    return v[int(x) + 9]\n", 0)
    assert finding.kind == "raises"


def test_shrinking_keeps_what_matters():
    text = (
        "def f(x, y):\n"
        "    z = x\n"
        "    for i in range(3):\n"
        "        z += 1\n"
        "        if z > 2:\n"
        "            y = danger(z * 2, y)\n"
        "    return z\n"
    )
    assert shrunk(text, lambda smaller: "danger(" in smaller, 20) == "def f(x, y):\n    y = danger(z, y)"
