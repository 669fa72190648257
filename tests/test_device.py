"""Programs on a device: arrays decide, nothing leaves it, and the host waits only where Python asks for a number.

Without a GPU they run on the strict device of the tests, which stands for dispatch alone.
"""

import math
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import on_device
import pytest
import references
import strict
from conftest import why_no_gpu
from programs import PROGRAMS

import diffpy
from diffpy import differentiable, gradient, to_device, to_host, value_with_gradient
from diffpy.backends import cupy
from diffpy.errors import DifferentiationError, DifferentiationTypeError

WEIGHTS = np.arange(1.0, 4.0)
X = np.array([0.5, 1.5, 2.0])


@pytest.fixture(params=["strict", pytest.param("cupy", marks=pytest.mark.gpu)])
def device(request):
    """Where a test puts its arrays."""
    if request.param == "cupy":
        yield cupy.device()
    else:
        with strict.registered() as found:
            strict.waits.clear()
            yield found


@pytest.fixture
def strictly():
    """The strict device, which counts how often the host waits."""
    with strict.registered() as found:
        strict.waits.clear()
        yield found


def on_host(x):
    return on_device.back(x)


# A choice of programs: each way of making, storing and passing arrays once.
CHOSEN = [
    program
    for program in PROGRAMS
    if program.id
    in (
        "arrays.dot_items",
        "arrays.elements_that_are_not_taken",
        "arrays.extremes_of_nothing",
        "arrays.outer_ufunc",
        "classes.a_filter_that_stays_in_its_function",
        "complex_numbers.items_of_complex",
        "complex_numbers.products_of_complex_and_real",
        "containers.list_of_arrays_argument",
        "containers.lists_and_arrays_in_one_operation",
        "containers.lists_that_numpy_makes_arrays_of",
        "containers.ranges_as_numbers",
        "effects.draws_from_what_was_given",
        "effects.history_outside",
        "recursion.result_that_nobody_uses_of_a_call_that_changes",
        "tries.changes_of_lists_and_dicts",
        "tries.items_of_what_a_closure_holds",
        "in_place_idioms.elimination_with_rows_in_another_order",
        "in_place_idioms.multi_index",
        "in_place_idioms.list_sliced_then_changed",
        "in_place_idioms.windows_that_slide",
        "indexing.numbers_with_an_axis",
        "kernels_linear_algebra.bicg",
        "kernels_linear_algebra.lu_with_pivoting",
        "kernels_physics.rotations_of_a_chain",
        "kernels_signals.cubic_spline",
        "kernels_stencils.jacobi_2d",
        "kernels_stencils.lattice_boltzmann_collision",
        "linear_algebra.einsum_matrices",
        "recomputation.loop_in_a_loop",
        "recomputation.structures",
        "stores_views.views_by_strides",
        "stores_views.functions_in_lists_read_what_branches_assign",
    )
]


# What docs/gpu.md says to be different.
OTHER_NUMBERS = {
    "hard_python.random_draw_of_the_global_generator": "np.random draws other numbers on a device",
    "stores_views.rows_stored_over_columns": "a store whose value overlaps its target reads all of it first",
}


def check(program, device):
    seed = on_device.seed_of(program)
    right = references.observed(lambda: on_device.answers(program, list(program.arguments()), seed)).value
    given = on_device.moved(list(program.arguments()), device), on_device.moved(seed, device)
    found = references.observed(lambda: on_device.answers(program, *given)).value
    assert on_device.same(on_host(found), right)
    if not on_device.host_arrays(given[0]):
        assert not on_device.host_arrays(found[1])


@pytest.mark.parametrize("program", CHOSEN, ids=lambda program: program.id)
def test_same_numbers(program, device):
    check(program, device)


# The whole corpus: on the strict device with --full, on a GPU wherever there is one.
EACH = [
    *(pytest.param(one, "strict", marks=pytest.mark.full, id=f"{one.id}-strict") for one in PROGRAMS),
    *(
        pytest.param(one, "cupy", marks=pytest.mark.gpu, id=f"{one.id}-cupy")
        for one in (PROGRAMS if why_no_gpu() is None else PROGRAMS[:1])
    ),
]


@pytest.mark.parametrize(("program", "device"), EACH, indirect=["device"])
def test_same_numbers_or_refused(program, device):
    """What needs arrays of the host around a function, or functions that CuPy lacks, is refused."""
    if not on_device.is_of_arrays(program):
        pytest.skip("takes no arrays of real numbers")
    if program.id in OTHER_NUMBERS:
        pytest.skip(OTHER_NUMBERS[program.id])
    try:
        check(program, device)
    except (
        DifferentiationError,
        TypeError,
        DeprecationWarning,
    ) as refused:  # the last: NumPy's of conversions
        pytest.skip(f"refused: {str(refused).splitlines()[0]}")


def test_chosen_are_there():
    assert len(CHOSEN) == 33


# What is made inside


def scale(n):
    return np.linspace(1.0, 2.0, n)


def made_inside(x):
    weights = np.array([1.0, x[0], 3.0])
    first = weights[0]
    weights[0] = weights[1]
    weights[1] = first
    grid = np.zeros((2, 3))
    grid[0] = np.exp(x) * np.arange(3)
    grid[1, 1:] = x[1:] * x[:-1]
    return (grid @ weights * scale(2)).sum() + np.linalg.norm(x @ np.eye(3))


def test_what_a_function_makes_is_made_where_its_arrays_are(device):
    x = device.to_device(X)
    value, x_bar = value_with_gradient(of=made_inside)(x)
    right, right_bar = value_with_gradient(of=made_inside)(X)
    assert type(x_bar) is type(x) and np.allclose(to_host(x_bar), right_bar)
    assert np.allclose(float(value), right)
    assert np.allclose(float(differentiable(made_inside)(x)), right)


def test_straight_line_code_never_waits(strictly):
    value_with_gradient(of=made_inside)(strictly.to_device(X))
    differentiable(made_inside)(strictly.to_device(X))
    assert strict.waits == []


def chosen(x):
    total = np.sum(x)
    if total > 1:
        x = np.exp(x)
    while total < 10:
        total = total * 2 + x[0]
    return (x * total).sum()


def chosen_by_entries(x):
    y = np.zeros(3)
    for i in range(3):
        if x[i] > 1:
            y[i] = x[i] ** 2
    return y.sum()


@pytest.mark.parametrize("function, conditions", [(chosen, 4), (chosen_by_entries, 3)])
def test_each_condition_waits_once(function, conditions, strictly):
    plain = function(X)
    found = differentiable(function)(strictly.to_device(X))
    assert strict.waits == ["bool"] * conditions and on_host(found) == plain
    strict.waits.clear()
    value, x_bar = value_with_gradient(of=function)(strictly.to_device(X))
    assert strict.waits == ["bool"] * conditions
    assert on_host(value) == plain and np.array_equal(on_host(x_bar), gradient(of=function)(X))


def test_entries_that_are_kept_are_numbers(device):
    def rotated(x):
        y = x * 1.0
        kept = []
        for _ in range(4):
            first = y[0]
            kept.append(first)
            y[:-1] = y[1:] * y[0]
            y[2] = first
        part, row = y[0].real, np.reshape(y[1], (1,))
        y[:2] = 0.0
        total = kept[0]
        total += kept[1] + part * row[0]
        return total * kept[3] + sum(v for v in y)

    value, x_bar = value_with_gradient(of=rotated)(device.to_device(X))
    right, right_bar = value_with_gradient(of=rotated)(X)
    assert on_host(value) == right and np.allclose(on_host(x_bar), right_bar, rtol=1e-14)
    assert on_host(differentiable(rotated)(device.to_device(X))) == right


def test_the_text_says_what_is_different(strictly):
    text = gradient(of=chosen_by_entries).source_for(strictly.to_device(X))
    assert "t1 = bool(x[place(i)] > 1)" in text and "entry(" in text
    with pytest.raises(DifferentiationError, match="cannot be exported"):
        gradient(of=chosen).export("nowhere.py", strictly.to_device(X))
    compiled = gradient(of=chosen, compile=True)
    compiled(strictly.to_device(X))
    assert compiled.compiled_report().endswith("plain text: no kernels are made for strict")


# Structures


@differentiable
@dataclass
class Layer:
    w: np.ndarray
    rate: float

    def __call__(self, x):
        h = np.zeros(3)
        h = h + np.tanh(self.w @ x) * self.rate
        return h


def loss(layers, x):
    for layer in layers["all"]:
        x = layer(x)
    return (x**2).sum()


def test_arrays_in_structures_decide(device):
    layers = {"all": [Layer(np.outer(X, X) / 9, 2.0), Layer(np.eye(3) + 0.1, 0.5)]}
    right = gradient(of=loss)(layers, X)[0]["all"]
    there = to_device(layers, device)
    found = gradient(of=loss)(there, device.to_device(X))[0]["all"]
    for mine, theirs in zip(found, right, strict=True):
        assert np.allclose(on_host(mine.w), theirs.w) and math.isclose(mine.rate, theirs.rate)
    assert np.array_equal(to_host(there)["all"][0].w, layers["all"][0].w)
    moved = there["all"][0].move(along=-0.1 * found[0])
    assert isinstance(moved.w, device.array) and isinstance(moved.rate, float)


class Filter:
    """A class that nobody declared."""

    def __init__(self, n):
        self.weights = np.linspace(0.5, 1.0, n)

    def ramp(self, n):
        return np.arange(n) * self.weights

    def __call__(self, x):
        return x * np.ones(3) + self.ramp(3)


def test_arrays_that_may_have_other_names_do_not_change(device):
    class Held:
        def __init__(self, x):
            self.x = x

        def arrays(self):
            return [one for one in vars(self).values() if isinstance(one, np.ndarray)]

    def shrunk(x):
        held = Held(x)
        for one in held.arrays():
            one *= 0.9
        return np.sum(held.x)

    with pytest.raises(DifferentiationError, match="may have other names"):
        gradient(of=shrunk)(device.to_device(X))


def test_methods_of_classes_that_nobody_declared(device):
    def filtered(x, of):
        one = Filter(3)
        return (one(x) * one.ramp(3)).sum() + of[0](x)

    for run in (differentiable(filtered), value_with_gradient(of=filtered, wrt=0)):
        right = run(X, [lambda x: (x * np.eye(3)).sum()])
        assert on_device.same(on_host(run(device.to_device(X), [lambda x: (x * np.eye(3)).sum()])), right)


def counted(x):
    global CALLS
    CALLS += 1
    return (x * np.linspace(0, 1, 3)).sum() * CALLS


CALLS = 0


def test_global_variables_are_assigned(device, monkeypatch):
    monkeypatch.setitem(globals(), "CALLS", 1)
    value, x_bar = value_with_gradient(of=counted)(device.to_device(X))
    assert CALLS == 2 and math.isclose(on_host(value), 5.5) and np.allclose(on_host(x_bar), [0, 1, 2])
    assert math.isclose(on_host(differentiable(counted)(device.to_device(X))), 8.25) and CALLS == 3


def test_moving_is_the_identity(device):
    def there_and_back(x):
        return (to_host(np.exp(to_device(x, device))) * x).sum()

    assert np.allclose(gradient(of=there_and_back)(X), np.exp(X) * (1 + X))
    assert isinstance(gradient(of=lambda x: to_host(x * x).sum())(device.to_device(X)), device.array)


def polynomial(x):
    y = np.zeros(3)
    y[1:] = x[1:] ** 2 * x[:-1]
    return (y * np.arange(3)).sum() * x[0]


def test_other_operators(device):
    x, v = device.to_device(X), device.to_device(X[::-1])
    for operator in (diffpy.hessian, diffpy.jacobian):
        assert np.allclose(on_host(operator(of=polynomial)(x)), operator(of=polynomial)(X)), operator
    product = diffpy.hessian_vector_product(of=polynomial)
    assert np.allclose(on_host(product(x, v)), product(X, X[::-1].copy()))
    for operator in (diffpy.differential, diffpy.pullback):
        back = operator(of=np.tanh)(x)(v)
        assert np.allclose(on_host(back), operator(of=np.tanh)(X)(X[::-1].copy()))
    along = diffpy.value_with_differential(of=polynomial)(x)[1](v)
    assert np.allclose(on_host(along), diffpy.differential(of=polynomial)(X)(X[::-1].copy()))
    twice = gradient(of=lambda x: (gradient(of=polynomial)(x) * v).sum())(x)
    assert np.allclose(on_host(twice), diffpy.hessian(of=polynomial)(X) @ X[::-1])


def test_single_precision_stays(device):
    x = device.to_device(X.astype(np.float32))
    value, x_bar = value_with_gradient(of=lambda x: (np.exp(x) * 2.0 / (1 + x)).sum())(x)
    assert value.dtype == x_bar.dtype == np.float32


def every_kind_of_reduction(x, w):
    padded = np.zeros_like(x)
    padded[1:] = x[:-1] * 0.5
    softmax = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
    spreads = np.sqrt(np.var(w)) + np.stack([x, w]).std() + np.prod(w[0]) + np.cumsum(x).sum()
    means = np.logaddexp(x, w).mean() + np.mean(x, axis=0)[0] + np.linalg.norm(padded)
    return spreads * means - np.log(softmax[0, 0]) + np.where(x > 0, x, 0).sum() + np.sum(np.tanh(x @ w.T))


def test_no_array_in_single_precision_becomes_double(strictly, monkeypatch):
    x, w = np.linspace(0.1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    made, begin = set(), strict.Strict.__init__
    monkeypatch.setattr(
        strict.Strict, "__init__", lambda self, held: (begin(self, held), made.add(held.dtype.name))[0]
    )
    found = value_with_gradient(of=every_kind_of_reduction)(*on_device.moved([x, w], strictly))
    assert "float32" in made and "float64" not in made
    assert on_device.same(on_host(found), value_with_gradient(of=every_kind_of_reduction)(x, w))


def test_digits_are_learnt_on_the_device(device):
    """The example as it stands, with its arrays moved."""
    example = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "digits.py"))
    draws = np.random.default_rng(0)
    (images, labels), (others, answers) = example["load"](draws)
    network = example["random_network"](draws, 64, example["HIDDEN"], 10)
    given = network, images[:320], labels[:320]
    _, losses = example["train"](*given, 2, np.random.default_rng(1))
    there, found = example["train"](*to_device(given, device), 2, np.random.default_rng(1))
    assert np.allclose([float(one) for one in found], losses)
    assert isinstance(there.w1, device.array)
    right = example["read"](there, device.to_device(others)) == device.to_device(answers)
    assert float(right.mean()) > 0.5


# Refusals


def test_mixed_arguments_are_named(device):
    x = device.to_device(X)
    with pytest.raises(DifferentiationTypeError, match=r"'layer\.w' is on the host, 'x' is on the device"):
        gradient(of=lambda layer, x: layer(x).sum())(Layer(np.eye(3), 1.0), x)
    with pytest.raises(DifferentiationTypeError, match=r"'x' is on the device \(\w+\), 'y' is on the host"):
        differentiable(lambda x, y: x * y)(x, X)
    x_bar, y_bar = gradient(of=lambda x, y: (x * y).sum())(x, np.array(2.0))
    assert np.array_equal(on_host(x_bar), [2, 2, 2]) and y_bar == 4.0
    with pytest.raises(DifferentiationTypeError, match="the cotangent is on the host"):
        diffpy.pullback(of=np.exp)(x)(X)


def test_arrays_of_the_host_around_a_function_are_named(device):
    with pytest.raises(TypeError) as caught:
        gradient(of=lambda x: (x * WEIGHTS).sum())(device.to_device(X))
    assert "'WEIGHTS' is an array of the host" in "".join(caught.value.__notes__)


def test_arrays_without_axes_do_not_change_on_a_device(device):
    def filled(x):
        total = np.zeros(())
        total += x[0]
        return total * x[1]

    with pytest.raises(DifferentiationError, match="without axes that is changed in place, on a device"):
        gradient(of=filled)(device.to_device(X))


def test_a_missing_cupy_breaks_nothing():
    program = (
        "import sys; sys.modules['cupy'] = None\n"
        "import numpy as np, diffpy\n"
        "assert diffpy.gradient(of=np.linalg.norm)(np.ones(1)).tolist() == [1]\n"
        "try: diffpy.to_device(np.ones(2))\n"
        "except diffpy.DifferentiationError as error: print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "diffpy[cuda12]" in found.stdout and "diffpy[cuda13]" in found.stdout
