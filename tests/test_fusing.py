"""compile=True on a device: elementwise parts as kernels, which give what the plain text gives.

Without a GPU the kernels' text is compiled for the host (tests/cuda_on_host.py), for arrays of the strict device.
"""

import dataclasses
import types

import cuda_on_host
import gast
import numpy as np
import on_device
import pytest
import strict
from conftest import why_no_gpu

from diffpy import gradient, value_with_gradient
from diffpy.backends import cupy
from diffpy.functions import value_of
from diffpy.fusing import Fused, Plan
from diffpy.syntax import emit
from diffpy.transforms.cuda_functions import UFUNCS, identifier
from diffpy.transforms.device_parts import with_parts


@pytest.fixture(params=["host", pytest.param("cupy", marks=pytest.mark.gpu)])
def device(request):
    """Where kernels run: compiled for the host, or on a GPU."""
    if request.param == "cupy":
        if (reason := why_no_gpu()) is not None:
            pytest.skip(reason)
        yield cupy.device()
        return
    if cuda_on_host.COMPILER is None:
        pytest.skip("there is no C++ compiler here to read kernels")
    with strict.registered(dataclasses.replace(strict.DEVICE, kernel=cuda_on_host.kernel)) as found:
        yield found


def compared(device, function, *args, operator=value_with_gradient, **options):
    """The operator whose kernels' answers, and those to a second call, are the host's."""
    function = types.FunctionType(function.__code__, globals(), function.__name__)  # nothing is known of it
    right = operator(of=function, **options)(*args)
    fused = operator(of=function, compile=True, **options)
    given = on_device.moved(list(args), device)
    for _ in range(2):
        assert on_device.same(on_device.back(fused(*given)), right)
    return fused, given


def made_of(fused, given):
    """How many kernels there are, and their texts with that of the derivative."""
    return fused.compiled_report().partition(": ")[2], fused.compiled_source_for(*given)


def chain(x):
    t = np.exp(-np.sin(x) * x) + 0.5
    return np.sum(np.log(1.0 + t * t))


def test_a_chain_is_one_kernel_that_reads_and_writes_once(device):
    fused, given = compared(device, chain, np.linspace(-2, 2, 1000))
    told, text = made_of(fused, given)
    assert told == "1 kernels"
    assert text.startswith(
        "def chain_value_with_gradient(x):\n    value, x_bar = chain_value_with_gradient_part(x)\n"
    )
    assert text.count("from_x[i]") == 1 and text.count("to_x_bar[i]") == 1 and text.count(" = from_") == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_types_stay(device, dtype):
    fused, given = compared(device, chain, np.linspace(-2, 2, 300, dtype=dtype))
    told, text = made_of(fused, given)
    assert told == "1 kernels"
    assert ("double" in text) == (dtype is np.float64) and ("half" in text) == (dtype is np.float16)


def rows(x, w, b):
    y = np.tanh(x * w + b) * w
    return np.mean(y * y)


LAYOUTS = {
    "rows": (np.linspace(0, 1, 12).reshape(3, 4), np.linspace(1, 2, 4), np.linspace(-1, 1, 3)[:, None]),
    "steps": (
        np.linspace(0, 1, 24).reshape(6, 4)[::-2],
        np.linspace(1, 2, 8)[::2],
        np.linspace(0, 1, 9).reshape(3, 3)[:, 1:2],
    ),
    "mixed types": (
        np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
        np.linspace(1, 2, 4),
        np.ones((3, 1)),
    ),
    "one": (np.linspace(0, 1, 12).reshape(3, 4), np.array([2.0]), np.array([[0.5]])),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_read_as_they_lie(device, layout):
    told, _ = made_of(*compared(device, rows, *LAYOUTS[layout], wrt=(0, 1, 2)))
    assert told in ("1 kernels", "2 kernels", "3 kernels")


def affine(x, w, b):
    """The cotangents of w and b are sums over an axis, in the midst of what is computed element by element."""
    y = np.tanh(x * w + b)
    z = y * w - b
    return np.sum(z * z)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_sums_over_axes_stand_between_kernels(device, dtype):
    x, w, b = np.linspace(-1, 1, 12).reshape(3, 4), np.linspace(0.5, 2, 4), np.ones((3, 1))
    told, text = made_of(*compared(device, affine, *(one.astype(dtype) for one in (x, w, b))))
    assert "plainly" not in told and text.count("affine_value_with_gradient_part") == 2 + text.count(
        "__global__"
    )


def test_arrays_by_columns_are_left_to_the_array_module(device):
    x = np.asfortranarray(LAYOUTS["rows"][0])
    told, _ = made_of(*compared(device, rows, x, np.ones(4), np.ones((3, 1))))
    assert "lies in another order" in told


def test_arrays_without_elements(device):
    told, _ = made_of(*compared(device, chain, np.zeros(0)))
    assert told == "0 kernels; a part runs plainly: an array without elements"


def of_shapes(x, w):
    """What has the shape of w, and what has that of x."""
    u = w * w + 1.0
    v = np.exp(u) * 0.5
    y = x * v - u
    z = y * y + x
    return np.sum(z * z)


def test_each_shape_has_a_kernel_of_its_own(device):
    fused, given = compared(device, of_shapes, np.linspace(0, 1, 12).reshape(3, 4), np.linspace(-1, 1, 4))
    _, text = made_of(fused, given)
    first = text[text.index("extern") :]
    assert "exp(" in first[: first.index("}")] and first.count("exp(") == 1


def recurrent(w, xs):
    h = np.zeros(xs.shape[1])
    total = 0.0
    for x in xs:
        a = x * w + h
        h = np.maximum(a, 0.25 * a) / (1.0 + a * a)
        if total > 1:
            h = h * 0.5 - x
        total = total + np.sum(h * h)
    return total


def test_loops_branches_and_tapes(device):
    told, _ = made_of(
        *compared(device, recurrent, np.linspace(-1, 1, 5), np.linspace(-2, 2, 20).reshape(4, 5))
    )
    assert "plainly" not in told


def stores(u):
    v = np.zeros_like(u)
    for k in range(3):
        v[1:-1] += u[:-2] * u[1:-1] - 0.5 * u[2:] * k
    return np.sum(v * v)


def test_what_is_stored(device):
    compared(device, stores, np.linspace(-1, 1, 9))


def rates(x, rate, steps):
    for k in range(steps):
        x = x - rate * x * x / (k + 1)
    return np.sum(x * x)


def test_numbers_of_the_host_are_given_at_each_call(device):
    x = np.linspace(0.1, 1, 7)
    (given,) = on_device.moved([x], device)
    fused = value_with_gradient(of=rates, compile=True)
    for rate in (0.1, 0.2, 0.7):
        right = value_with_gradient(of=rates)(x, rate, 4)
        assert on_device.same(on_device.back(fused(given, rate, 4)), right)


EDGES = np.array([-np.inf, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, np.inf, np.nan])


def fused_alone(device, text, *args):
    """A part that is this text, run by kernels and by NumPy."""
    _, (part,) = with_parts(gast.parse(text).body[0], {"np": np}.get)
    plain = emit.function(part.tree, {}, {"np": np}, {}, part.tree.name)
    given = {
        name: (args * 2)[k] for k, name in enumerate(plain.__code__.co_varnames[: plain.__code__.co_argcount])
    }
    held = on_device.moved([*given.values()], device)
    with np.errstate(all="ignore"):
        return part, on_device.back(Plan(part, tuple(held), device)(*held)), plain(*given.values())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_are_numpys_at_their_edges_too(device, dtype):
    """All functions in one kernel, at all pairs of these numbers."""
    named = [f"np.{one.__name__}" for one in UFUNCS if one.__name__ not in ("logical_not",)]
    counts = [one.nin for one in UFUNCS if one.__name__ not in ("logical_not",)]
    truths = {f"np.{one}" for one in ("bitwise_and", "bitwise_or", "logical_and", "logical_or")}
    lines, names = [], []
    for k, (name, count) in enumerate(zip(named, counts, strict=True)):
        given = "x > y, y > 0" if name in truths else "x, y"[: 4 * count - 3]
        lines.append(f"    r{k} = {name}({given})")
        names.append(f"r{k}")
    text = "\n".join(["def all_of_them(x, y):", *lines, f"    return {', '.join(names)}"])
    x, y = (one.astype(dtype).ravel() for one in np.meshgrid(EDGES, EDGES))
    part, found, right = fused_alone(device, text, x, y)
    results = [one.id for one in part.tree.body[-1].value.elts]
    near = {"rtol": 2e-6 if dtype is np.float32 else 1e-13, "equal_nan": True}
    for name, one, other in zip(results, found, right, strict=True):
        function = named[int(name[1:])]
        assert one.dtype == other.dtype, function
        assert np.allclose(one, other, atol=1e-300, **near), function
        zeros = (other == 0) & (one == 0)
        if other.dtype != bool and function not in ("np.maximum", "np.minimum", "np.fmax", "np.fmin"):
            assert np.array_equal(np.signbit(one[zeros]), np.signbit(other[zeros])), function


def test_names_that_are_words_of_cuda(device):
    text = "def f(x): double = x * 2; i = double + 1; exp = np.exp(i); größe = exp * x; from_x = größe - x; return from_x"
    _, found, right = fused_alone(device, text, np.linspace(0, 1, 5))
    assert np.allclose(found, right)
    assert identifier("double") == "double_" and identifier("exp") == "exp_" and identifier("x") == "x"


def test_a_name_that_is_bound_again(device):
    text = "def f(x): t = x * 2; u = t + 1; t = t * u; x = x - t; return t, x, u"
    _, found, right = fused_alone(device, text, np.linspace(0, 1, 5))
    assert all(map(np.allclose, found, right))


def tries(x):
    total = 0.0
    try:
        y = x * x + 1.0
        total = np.sum(y * y)
        total = total + x[7]
    except IndexError:
        total = total * total
    return total


def test_functions_that_are_differentiated_when_they_run(device):
    compared(device, tries, np.linspace(0, 1, 4))


def test_numbers_that_are_bound_again(device):
    text = "def f(x, s): w = x * s; s = s * 2; y = w + x * s; s = s + x.ndim; t = s * x; s = s * y; return y, t, s"
    _, found, right = fused_alone(device, text, np.linspace(0, 1, 5), 1.5)
    assert all(map(np.allclose, found, right))


def test_kernels_that_give_other_numbers_are_not_used():
    """A device whose kernels compute nothing: the array module answers, and the report says why."""

    def idle(text, name):
        return lambda grid, block, args: [one for one in args if isinstance(one, strict.Strict)][
            -1
        ].held.fill(0)

    with strict.registered(dataclasses.replace(strict.DEVICE, kernel=idle)) as device:
        fused, _ = compared(device, of_shapes, np.linspace(0, 1, 12).reshape(3, 4), np.linspace(-1, 1, 4))
        assert "a kernel gave other numbers at the first call" in fused.compiled_report()


def test_kernels_that_cannot_be_made_are_done_without():
    def broken(text, name):
        raise OSError("no compiler")

    with strict.registered(dataclasses.replace(strict.DEVICE, kernel=broken)) as device:
        fused, _ = compared(device, chain, np.linspace(0, 1, 12))
        assert fused.compiled_report().endswith("0 kernels; a part runs plainly: OSError: no compiler")


def test_devices_without_kernels_and_programs_without_parts():
    def product(x):
        return x @ x

    with strict.registered() as device:
        fused, given = compared(device, chain, np.linspace(0, 1, 12))
        assert fused.compiled_report().endswith("plain text: no kernels are made for strict")
        assert fused.compiled_source_for(*given).startswith("def chain_value_with_gradient(x):")
    with strict.registered(dataclasses.replace(strict.DEVICE, kernel=cuda_on_host.kernel)) as device:
        fused, given = compared(device, product, np.linspace(0, 1, 12))
        assert "there is no part that is elementwise" in fused.compiled_report()


def test_what_only_facts_are_asked_of_is_not_written(device):
    text = "def f(x, w): t = np.sin(x); y = t * x; return y @ w, t.shape, t.size"
    _, (part,) = with_parts(gast.parse(text).body[0], {"np": np}.get)
    assert part.facts == {"t"}
    held = on_device.moved([np.ones((2, 3))], device)
    t, y = Plan(part, tuple(held), device)(*held)
    assert (t.shape, t.size, t.ndim, t.dtype) == ((2, 3), 6, 2, np.float64)
    assert np.allclose(on_device.back(y), np.sin(1.0))


def test_a_part_takes_kinds_of_arguments_as_they_come(device):
    text = "def f(x): t = x * x; return t * t - x"
    tree = gast.parse(text.replace("return t * t - x", "y = t * t - x; return y")).body[0]
    _, (part,) = with_parts(tree, {"np": np}.get)
    fused = Fused(part, emit.function(part.tree, {}, {"np": np}, {}, "f_part"), device)
    for size in (3, 5, 3, 0, 7):
        x = np.linspace(0, 1, size)
        (given,) = on_device.moved([x], device)
        assert np.allclose(on_device.back(fused(given)), (x * x) ** 2 - x)
    assert len(fused.trusted) == 1 and len(fused.plans) == 4


def test_gradients_of_compiled_gradients(device):
    x = np.linspace(-1, 1, 6)

    def of_slopes(x):
        return np.sum(gradient(of=chain, compile=True)(x) ** 2)

    right = gradient(of=of_slopes)(x)
    (given,) = on_device.moved([x], device)
    assert on_device.same(on_device.back(gradient(of=of_slopes)(given)), right)
    assert value_of(test_gradients_of_compiled_gradients, "chain") is chain
