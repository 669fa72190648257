"""Which programs are compiled: those of the benchmarks, and kernels of the corpus; what falls back to plain text is seen.

Kernels are written, and the text that LLVM makes machine code of, but no machine code is made: that takes longest.
"""

import ast
import importlib.util
import inspect
import linecache
from pathlib import Path

import numpy as np
import programs
import pytest
import references

from diffpy import value_with_gradient
from diffpy.backends import llvm

pytestmark = [
    pytest.mark.skipif(not llvm.is_there(), reason="the extra 'compile' (llvmlite) is not installed"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


def _workloads():
    path = Path(__file__).parents[1] / "benchmarks" / "workloads.py"
    spec = importlib.util.spec_from_file_location("workloads", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {one.title: one for one in module.WORKLOADS}


WORKLOADS = _workloads()
KERNELS = [one for one in programs.PROGRAMS if one.topic.startswith("kernels") and not one.keywords]

# Those that run the plain text: complex numbers, recursion, and what kernels do not know yet.
PLAIN = {
    "two scalars",
    *(
        "scattering_self_energies",
        "contour_integral",
        "schroedinger_split_step",
        "mandelbrot",
        "julia_with_where",
    ),
    *("strassen", "cholesky_by_hand", "lu_with_pivoting", "gaussian_elimination", "power_iteration_in_place"),
    *("lanczos", "gauss_jordan_inverse", "truss", "finite_elements_with_add_at", "ray_marching"),
    *("particle_in_cell", "rotations_of_a_chain", "viterbi", "needleman_wunsch", "kalman_filter_in_place"),
    *("binomial_option", "cubic_spline", "romberg", "value_iteration_in_place"),
    *(
        "levinson_recursion",
        "lattice_boltzmann_collision",
        "image_filter_with_padding",
    ),
}


@pytest.fixture
def written(monkeypatch):
    """The text for LLVM is written, and the plain text answers."""

    def compiled(text, values, options):
        (tree,) = ast.parse(text).body
        llvm._module(tree, values, options)
        return lambda *given: None

    monkeypatch.setattr(llvm, "compiled", compiled)


@pytest.mark.parametrize("title", WORKLOADS)
def test_benchmarks_are_compiled(title, written, rng):
    one = WORKLOADS[title]
    wrt = one.wrt if len(one.wrt) > 1 else one.wrt[0]
    check(title, value_with_gradient(of=one.function, wrt=wrt, compile=True), one.arguments(rng))


@pytest.mark.parametrize("program", programs.sample(KERNELS, 8))
def test_kernels_of_the_corpus_are_compiled(program, written):
    options = {"wrt": program.wrt} if program.wrt is not None else {}
    function = program.function if references.in_one_number(program) else squared(program)
    made = value_with_gradient(of=function, compile=True, **options)
    check(program.function.__name__, made, program.arguments())


def check(name, made, arguments):
    made(*arguments)
    report = made.compiled_report().partition(": ")[2]
    assert (report != "compiled") == (name in PLAIN), report


def squared(program):
    """The sum of the squares of what a kernel returns, or leaves in its arguments."""
    arguments = program.arguments()
    names = list(inspect.signature(program.function).parameters)[: len(arguments)]
    call, results = f"whole_kernel({', '.join(names)})", program.result
    if results is None:
        found = program.function(*arguments)
        results = [f"found_{k}" for k in range(len(found))] if isinstance(found, tuple) else "found"
        call = f"{results if isinstance(results, str) else ', '.join(results)} = {call}"
    every = [results] if isinstance(results, str) else results
    total = " + ".join(f"np.sum({one} * {one})" for one in every)
    text = f"def squared({', '.join(names)}):\n    {call}\n    return {total}\n"
    filename = f"<{program.id}, squared>"
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    namespace = {"np": np, "whole_kernel": program.function}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["squared"]
