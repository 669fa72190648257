"""Rows of the table at special points (zeros, ties, bounds, infinities), and what all lines promise."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
from typing import Any

import numpy as np
import pytest

from diffpy import differential, gradient
from diffpy.rules import TABLE
from diffpy.rules.methods import METHODS, find, find_attribute
from diffpy.rules.table import LATE, WHILE_DERIVING, Row, evaluate, resolve
from diffpy.runtime.arrays import array_module, unbroadcast
from diffpy.runtime.written import written

if importlib.util.find_spec("scipy"):
    for module in LATE:
        importlib.import_module(module)
    TABLE.read_late()

INF, NAN = np.inf, np.nan
LINES = [
    pytest.param(name, line, id=f"{name}-{kind}-{argument}")
    for name, row in TABLE.rows.items()
    for kind, lines in (
        ("pullback", row.pullbacks),
        ("tangent", row.tangents),
        ("each", row.each),
        ("each_tangent", row.each_tangent),
    )
    for argument, line in lines.items()
]


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)


def array(*values: Any) -> np.ndarray:
    return np.array(values)


# Operation, arguments, keywords, cotangent, expected cotangents of the arguments (None: not looked at)
SPECIAL: list[tuple[str, tuple, dict, Any, tuple]] = [
    # Powers: 0 for a constant exponent 0, no NaN for negative bases, 0 for 0 ** y in y
    ("operator.pow", (0.0, 0), {}, 1.0, (0.0, None)),
    ("operator.pow", (0.0, 1), {}, 1.0, (1.0, None)),
    ("operator.pow", (0.0, 2.0), {}, 1.0, (0.0, 0.0)),
    ("operator.pow", (0.0, 0.5), {}, 1.0, (INF, 0.0)),
    ("operator.pow", (-2.0, 3), {}, 1.0, (12.0, NAN)),
    ("operator.pow", (-2.0, -1), {}, 1.0, (-0.25, NAN)),
    (
        "operator.pow",
        (array(0.0, 0.0, -2.0, 3.0), array(0, 1, 3, 0)),
        {},
        np.ones(4),
        (array(0.0, 1.0, 12.0, 0.0), None),
    ),
    ("operator.pow", (array(0.0, -1.5), 2), {}, np.ones(2), (array(0.0, -3.0), None)),
    ("operator.pow", (array(0.0, 0.0), 0.0), {}, np.ones(2), (zeros(2), None)),
    (
        "numpy.power",
        (array(0.0, 2.0), array(3.0, 2.0)),
        {},
        np.ones(2),
        (array(0.0, 4.0), array(0.0, 4 * np.log(2))),
    ),
    ("numpy.power", (2.0, array(0.0, 1.0)), {}, np.ones(2), (1.0, None)),
    ("math.pow", (0.0, 2.0), {}, 1.0, (0.0, 0.0)),
    # Kinks
    ("builtins.abs", (0.0,), {}, 1.0, (0.0,)),
    ("numpy.abs", (array(0.0, -0.0, -2.0),), {}, np.ones(3), (array(0.0, 0.0, -1.0),)),
    ("math.fabs", (0.0,), {}, 1.0, (0.0,)),
    ("math.copysign", (0.0, -1.0), {}, 1.0, (0.0, 0.0)),
    ("numpy.copysign", (array(0.0, -2.0), -1.0), {}, np.ones(2), (array(0.0, 1.0), 0.0)),
    ("numpy.heaviside", (array(-1.0, 0.0), 0.3), {}, np.ones(2), (zeros(2), 1.0)),
    ("numpy.maximum", (array(1.0, 2.0), 1.0), {}, np.ones(2), (array(0.5, 1.0), 0.5)),
    ("numpy.minimum", (array(1.0, 2.0), array(1.0, 3.0)), {}, np.ones(2), (array(0.5, 1.0), array(0.5, 0.0))),
    ("numpy.fmax", (array(NAN, 2.0), array(1.0, NAN)), {}, np.ones(2), (array(0.0, 1.0), array(1.0, 0.0))),
    (
        "numpy.clip",
        (array(-1.0, 0.0, 0.5, 1.0, 3.0), 0.0, 1.0),
        {},
        np.ones(5),
        (array(0.0, 0.5, 1.0, 0.5, 0.0), 1.5, 1.5),
    ),
    (
        "numpy.ndarray.clip",
        (array(-1.0, 0.0, 1.0), 0.0, 1.0),
        {},
        np.ones(3),
        (array(0.0, 0.5, 0.5), 1.5, 0.5),
    ),
    ("numpy.max", (array(1.0, 3.0, 3.0),), {}, 1.0, (array(0.0, 0.5, 0.5),)),
    ("numpy.min", (np.ones((2, 2)),), {"axis": 0}, np.ones(2), (np.full((2, 2), 0.5),)),
    ("numpy.max", (array(1.0, NAN),), {}, 1.0, (array(0.0, 1.0),)),
    ("numpy.ptp", (np.ones(2),), {}, 1.0, (zeros(2),)),
    ("builtins.max", (2.0, 2.0, 1.0), {}, 1.0, ((0.5, 0.5, 0.0),)),
    ("builtins.min", ([2.0, 2.0],), {}, 1.0, (([0.5, 0.5],),)),
    ("numpy.sort", (array(2.0, 1.0, 2.0),), {}, array(1.0, 2.0, 3.0), (array(2.0, 1.0, 3.0),)),
    ("builtins.sorted", ([2.0, 1.0, 2.0],), {}, [1.0, 2.0, 3.0], ([2.0, 1.0, 3.0],)),
    ("numpy.median", (array(1.0, 4.0, 2.0, 2.0),), {}, 1.0, (array(0.0, 0.0, 0.5, 0.5),)),
    # Norms, hypot and deviations at zero
    ("numpy.hypot", (0.0, 0.0), {}, 1.0, (0.0, 0.0)),
    ("math.hypot", (0.0, 0.0), {}, 1.0, ((0.0, 0.0),)),
    ("math.dist", ([1.0, 2.0], [1.0, 2.0]), {}, 1.0, ([0.0, 0.0], [0.0, 0.0])),
    ("numpy.linalg.norm", (zeros(3),), {}, 1.0, (zeros(3),)),
    ("numpy.linalg.norm", (zeros(2, 3),), {"axis": 1}, np.ones(2), (zeros(2, 3),)),
    ("numpy.linalg.norm", (zeros(2, 3), "nuc"), {}, 1.0, (zeros(2, 3),)),
    ("numpy.linalg.norm", (zeros(2, 3), 2), {}, 1.0, (zeros(2, 3),)),
    ("numpy.linalg.norm", (array(0.0, 2.0), 1), {}, 1.0, (array(0.0, 1.0),)),
    ("numpy.linalg.norm", (zeros(2), 3), {}, 1.0, (zeros(2),)),
    ("numpy.linalg.norm", (zeros(2), INF), {}, 1.0, (zeros(2),)),
    ("numpy.std", (np.full(3, 0.1),), {}, 1.0, (zeros(3),)),
    ("numpy.std", (np.full((2, 3), 0.1),), {"axis": 1, "ddof": 1}, np.ones(2), (zeros(2, 3),)),
    ("numpy.std", (np.ones(3),), {}, 1.0, (zeros(3),)),
    ("numpy.nanstd", (array(1.0, NAN, 1.0),), {}, 1.0, (zeros(3),)),
    ("numpy.var", (np.full(3, 0.1),), {}, 1.0, (zeros(3),)),
    ("numpy.nanstd", (array(0.1, NAN, 0.1, 0.1),), {}, 1.0, (zeros(4),)),
    # Products with zeros
    ("numpy.prod", (array(2.0, 0.0, 3.0),), {}, 1.0, (array(0.0, 6.0, 0.0),)),
    ("numpy.prod", (array(0.0, 0.0, 3.0),), {}, 1.0, (zeros(3),)),
    ("numpy.prod", (zeros(0),), {}, 1.0, (zeros(0),)),
    ("math.prod", ([0.0, 3.0],), {}, 1.0, ([3.0, 0.0], None)),
    ("numpy.cumprod", (array(2.0, 0.0, 3.0),), {}, np.ones(3), (array(1.0, 8.0, 0.0),)),
    # Infinities and NaN that must not spread
    (
        "numpy.logaddexp2",
        (array(-INF, -INF), array(-INF, 2.0)),
        {},
        np.ones(2),
        (array(0.5, 0.0), array(0.5, 1.0)),
    ),
    ("numpy.sinc", (array(0.0, 1e-9, 1.0),), {}, np.ones(3), (array(0.0, -(np.pi**2) * 1e-9 / 3, -1.0),)),
    (
        "numpy.logaddexp",
        (array(-INF, -INF, 1.0), array(-INF, 2.0, -INF)),
        {},
        np.ones(3),
        (array(0.5, 0.0, 1.0), array(0.5, 1.0, 0.0)),
    ),
    ("numpy.nan_to_num", (array(NAN, INF, 1.0),), {}, np.ones(3), (array(0.0, 0.0, 1.0),)),
    (
        "numpy.where",
        (array(True, False), array(1.0, INF), array(NAN, 2.0)),
        {},
        array(3.0, 4.0),
        (array(3.0, 0.0), array(0.0, 4.0)),
    ),
    ("numpy.nansum", (array(NAN, 1.0),), {}, 1.0, (array(0.0, 1.0),)),
    # Poles: infinite, and no exception of Python's
    ("math.sqrt", (0.0,), {}, 1.0, (INF,)),
    ("diffpy.runtime.arrays.quotient", (1.0, 0.0), {}, 0.0, (0.0, 0.0)),  # of what was cut off
    ("math.asin", (1.0,), {}, 1.0, (INF,)),
    ("math.acos", (-1.0,), {}, 1.0, (-INF,)),
    ("math.acosh", (1.0,), {}, 1.0, (INF,)),
    # Matrices
    ("numpy.linalg.det", (zeros(3, 3),), {}, 1.0, (zeros(3, 3),)),
    ("numpy.linalg.det", (np.diag([1.0, 0.0]),), {}, 1.0, (np.diag([0.0, 1.0]),)),
    ("numpy.linalg.eigh", (np.eye(2),), {}, (np.ones(2), None), (np.eye(2),)),
    ("numpy.linalg.eigvalsh", (np.eye(2),), {}, np.ones(2), (np.eye(2),)),
    # Nothing came back for one of several results
    ("builtins.divmod", (7.5, 2.0), {}, (None, 1.0), (1.0, -3.0)),
    ("math.modf", (2.5,), {}, (None, 1.0), (0.0,)),
    ("math.frexp", (5.0,), {}, (None, 1.0), (0.0,)),
    ("math.frexp", (5.0,), {}, (1.0, None), (0.125,)),
    ("numpy.split", (np.arange(4.0), 2), {}, [None, np.ones(2)], (array(0.0, 0.0, 1.0, 1.0),)),
    ("builtins.max", ([(1.0, "a"), (2.0, "b")],), {}, (1.0, None), (([None, (1.0, None)],),)),
    ("numpy.copy", ([1.5, 2.5],), {}, np.ones(2), ([1.0, 1.0],)),
    # Through integers
    ("numpy.full", ((2,), 1.5, int), {}, np.ones(2), (0.0,)),
    ("numpy.full_like", (zeros(2), 1.5, int), {}, np.ones(2), (0.0,)),
    ("numpy.trace", (np.eye(2),), {"dtype": int}, 1.0, (zeros(2, 2),)),
    ("numpy.linalg.trace", (np.eye(2),), {"dtype": int}, 1.0, (zeros(2, 2),)),
    ("numpy.astype", (zeros(2), int), {}, np.ones(2), (zeros(2),)),
    ("numpy.ndarray.astype", (zeros(2), int), {}, np.ones(2), (zeros(2),)),
    *(
        (f"numpy.{name}", ([zeros(2)],), {"dtype": int, "casting": "unsafe"}, np.ones(shape), ([zeros(2)],))
        for name, shape in {"concatenate": 2, "stack": (1, 2), "hstack": 2, "vstack": (1, 2)}.items()
    ),
]
if importlib.util.find_spec("scipy"):
    SPECIAL += [
        ("scipy.special.xlogy", (0.0, 0.0), {}, 1.0, (None, 0.0)),
        ("scipy.special.xlog1py", (0.0, -1.0), {}, 1.0, (None, 0.0)),
        ("scipy.special.rel_entr", (0.0, 0.0), {}, 1.0, (None, 0.0)),
        ("scipy.special.kl_div", (0.0, 0.0), {}, 1.0, (None, 1.0)),
        ("scipy.special.pseudo_huber", (0.0, 0.0), {}, 1.0, (0.0, 0.0)),
    ]


def bound(name: str, args: tuple, keywords: dict) -> tuple[Row, inspect.BoundArguments, Any]:
    row = TABLE.find(resolve(name))
    assert row is not None
    arguments = row.bind(args, keywords)
    arguments.apply_defaults()
    return row, arguments, resolve(name)(*args, **keywords)  # type: ignore[operator]


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, (list, tuple)):
        assert type(found) is type(expected) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    elif expected is not None:
        np.testing.assert_allclose(np.asarray(found) + 0.0, expected, rtol=1e-12, atol=1e-15)
        assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize(
    ("name", "args", "keywords", "d", "expected"), SPECIAL, ids=lambda v: v if isinstance(v, str) else ""
)
def test_special_point(name: str, args: tuple, keywords: dict, d: Any, expected: tuple) -> None:
    row, arguments, y = bound(name, args, keywords)
    assert len(expected) <= len(row.pullbacks)
    with np.errstate(all="raise", under="ignore"):
        for (argument, line), one in zip(row.pullbacks.items(), expected, strict=False):
            found = evaluate(line, arguments.arguments, d=d, y=y) if one is not None else None
            if row.family == "elementwise" and one is not None:
                found = unbroadcast(found, np.shape(arguments.arguments[argument]))
            same(found, one)


TANGENTS = [
    ("numpy.std", (np.ones(3),), {}),
    ("numpy.nanstd", (array(1.0, NAN, 1.0),), {}),
    ("math.hypot", (0.0, 0.0), {}),
    ("math.dist", ([1.0, 2.0], [1.0, 2.0]), {}),
    ("numpy.linalg.norm", (zeros(3),), {}),
]


@pytest.mark.parametrize(
    ("name", "args", "keywords"), TANGENTS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_tangents_at_zero_are_zero(name: str, args: tuple, keywords: dict) -> None:
    row, arguments, y = bound(name, args, keywords)
    with np.errstate(all="raise"):
        for argument, line in row.tangents.items():
            x = arguments.arguments[argument]
            d = np.ones(np.shape(x)) if isinstance(x, np.ndarray) else type(x)([1.0] * len(x))
            same(evaluate(line, arguments.arguments, d=d, y=y), 0.0)
    for argument, line in row.each.items():
        assert evaluate(line, arguments.arguments, d=1.0, y=y, index=0) == 0.0, argument


@pytest.mark.parametrize("name", ["numpy.sqrt", "math.sqrt"])
def test_the_root_of_what_stays_at_zero_stays(name: str) -> None:
    row, arguments, y = bound(name, (0.0,), {})
    with np.errstate(all="raise"):
        assert evaluate(row.tangents["x"], arguments.arguments, d=0.0, y=y) == 0.0


def squares_with_a_view(x: Any) -> Any:
    squares = x**2
    tail = squares[1:]
    tail[:] = x[1:]
    return np.sqrt(squares).sum()


def test_the_root_of_what_a_view_has_put_among_squares_is_steep() -> None:
    with np.errstate(divide="ignore"):
        assert gradient(of=squares_with_a_view)(np.array([1.0, 0.0])).tolist() == [1.0, INF]


def test_what_is_cut_off_has_no_part_in_derivatives() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = gradient(of=lambda x: np.clip(np.log(x), -9, None).sum())(np.array([0.0, 0.5]))
    assert found.tolist() == [0.0, 2.0]


def test_vectors_of_equal_eigenvalues_have_no_derivative() -> None:
    row, arguments, y = bound("numpy.linalg.eigh", (np.eye(2),), {})
    found = evaluate(row.pullbacks["a"], arguments.arguments, d=(None, array([0.0, 1.0], [0.0, 0.0])), y=y)
    assert np.isnan(found).any()


def test_the_logarithm_of_a_determinant_of_zero_is_steep() -> None:
    with np.errstate(all="ignore"):
        found = gradient(of=lambda a: np.linalg.slogdet(a)[1])(np.diag([1.0, 0.0]))
    assert found[1, 1] == INF and np.isnan(found[0]).all()


@pytest.mark.parametrize(("name", "line"), LINES)
def test_a_line_reads_only_what_it_may(name: str, line: Any) -> None:
    row = TABLE.rows[name]
    for parameter in inspect.signature(line).parameters:
        known = {"d", "y", "index", "one_shape", *row.signature.parameters}
        assert parameter in known or parameter.removesuffix("_shape") in known
    for free in line.__code__.co_names:
        value = line.__globals__.get(free)
        runtime = getattr(value, "__module__", "") or ""
        if getattr(value, "__name__", "").startswith("scipy."):
            continue
        called = (free in line.__globals__ and free != "xp") or (
            hasattr(builtins, free) and not hasattr(np, free)
        )
        assert (
            not called
            or free in dir(builtins)
            or value in WHILE_DERIVING
            or runtime.startswith("diffpy.runtime.")
        )
    assert line.__closure__ is None and not line.__defaults__


def test_no_keyword_is_ignored() -> None:
    for row in TABLE.rows.values():
        for keyword in row.unless:
            assert keyword in row.signature.parameters


@pytest.mark.parametrize(
    ("name", "args", "keywords", "refused"),
    [
        ("numpy.sum", (zeros(2),), {"axis": 0, "keepdims": True}, None),
        ("numpy.sin", (zeros(2), zeros(2)), {}, "out"),
        ("numpy.add", (zeros(2), zeros(2)), {"where": False}, "where"),
        ("numpy.add", (zeros(2), zeros(2)), {"order": "C"}, None),
        ("numpy.reshape", (zeros(2), 2), {"order": "A"}, "order"),
        ("numpy.reshape", (zeros(2), 2), {"order": "F"}, None),
    ],
)
def test_refusals(name: str, args: tuple, keywords: dict, refused: str | None) -> None:
    row = TABLE.find(resolve(name))
    assert row is not None
    found = [keyword for keyword, reason in row.refusals(row.bind(args, keywords).arguments) if reason]
    assert found == ([refused] if refused else [])


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("numpy.sum", {"where": array(True, False)}),
        ("numpy.sum", {"dtype": np.float32}),
        ("numpy.ndarray.sum", {"initial": 1.0}),
        ("numpy.pad", {"pad_width": 1, "mode": "mean"}),
        ("numpy.quantile", {"q": 0.5, "method": "lower"}),
        ("numpy.linalg.cholesky", {"upper": True}),
    ],
)
def test_what_a_row_leaves_out_is_written(name: str, keywords: dict) -> None:
    function = resolve(name)
    row = TABLE.find(function)
    instead = written(function, row, (zeros(2),), keywords)
    assert instead is not None and instead.function is TABLE.written[name]
    given = {"pad_width": 1} if name == "numpy.pad" else {"q": 0.5} if name == "numpy.quantile" else {}
    assert written(function, row, (zeros(2),), given) is None


def test_methods_have_rows_and_functions() -> None:
    for name in METHODS:
        row, function = find(name)
        assert row is not None and callable(function)
        assert TABLE.find(getattr(np.ndarray, name)) is row
    assert find("sort") == (None, None)
    assert find_attribute("shape")[0].family == "constant"
    assert find_attribute("T")[1] is np.transpose


@pytest.mark.parametrize("name", ["numpy.dot", "operator.matmul"])
@pytest.mark.parametrize("ranks", [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_short_lines_agree(name: str, ranks: tuple[int, int], rng: np.random.Generator) -> None:
    sizes = [(3,), (2, 3)], [(3,), (3, 4)]
    a, b = (rng.standard_normal(of[rank - 1]) for of, rank in zip(sizes, ranks, strict=True))
    row, arguments, y = bound(name, (a, b), {})
    d = rng.standard_normal(np.shape(y))
    for argument, line in row.by_rank[ranks].items():
        np.testing.assert_allclose(
            evaluate(line, arguments.arguments, d=d, y=y),
            evaluate(row.pullbacks[argument], arguments.arguments, d=d, y=y),
        )


EACH = [
    ("math.hypot", (1.0, 2.0)),
    ("numpy.einsum", ("ij,j", np.eye(2), np.ones(2))),
    ("numpy.einsum", ("ij,ij->j", np.ones((2, 1)), np.ones((2, 3)))),
    ("numpy.einsum", ("...i,i", np.eye(2), np.ones(2))),
]


@pytest.mark.parametrize(("name", "args"), EACH, ids=lambda v: v if isinstance(v, str) else "")
def test_lines_for_each_argument_agree(name: str, args: tuple) -> None:
    row, arguments, y = bound(name, args, {})
    ((argument, line),) = row.each.items()
    whole = evaluate(row.pullbacks[argument], arguments.arguments, d=y * 0 + 2.0, y=y)
    given = arguments.arguments[argument]
    for index, part in enumerate(whole):
        read = {"index": index, "one_shape": np.shape(given[index])}
        found = evaluate(line, arguments.arguments, d=y * 0 + 2.0, y=y, **read)
        assert (found is None) == ("..." in str(args[0])), "an ellipsis is left to the line of them all"
        same(found, part if found is not None else None)


@pytest.mark.parametrize(
    ("name", "args"), [("math.hypot", (1.0, 2.0)), ("numpy.einsum", ("ij,j", np.eye(2), np.ones(2)))]
)
def test_tangents_of_each_argument_add_up(name: str, args: tuple) -> None:
    row, arguments, y = bound(name, args, {})
    ((argument, line),) = row.each_tangent.items()
    given = arguments.arguments[argument]
    whole = evaluate(row.tangents[argument], arguments.arguments, d=given, y=y)
    parts = [evaluate(line, arguments.arguments, d=d, y=y, index=k) for k, d in enumerate(given)]
    same(sum(parts[1:], parts[0]), whole)


@pytest.mark.parametrize(
    ("shape", "axis", "keepdims"),
    [
        ((2, 3), None, False),
        ((2, 3), 0, False),
        ((2, 3), (0, 1), True),
        ((2, 3, 4), (-1, 0), False),
        ((), None, False),
    ],
)
def test_unbroadcast(shape: tuple, axis: Any, keepdims: bool) -> None:
    small = np.sum(np.ones(shape), axis=axis, keepdims=True)
    assert unbroadcast(np.ones(shape), small.shape).shape == small.shape
    assert array_module(small) is np


def test_unbroadcast_of_equal_shape_is_the_value_itself() -> None:
    x = np.ones(3)
    assert unbroadcast(x, (3,)) is x
    assert unbroadcast(2.0, ()) == 2.0
    assert unbroadcast(np.ones((4, 3), np.float32), (1,)).dtype == np.float32


SINGULAR = {
    "log": (np.log, 0.0),
    "log2": (np.log2, 0.0),
    "log10": (np.log10, 0.0),
    "log1p": (np.log1p, -1.0),
    "arctanh": (np.arctanh, 1.0),
    "arccosh": (np.arccosh, 1.0),
    "arctan2": (lambda x: np.arctan2(x, 0.0 * x), 0.0),
    "divide": (lambda x: np.divide(1.0, x), 0.0),
    "power": (lambda x: np.power(x, -1.0), 0.0),
    "cbrt": (np.cbrt, 0.0),
}


@pytest.mark.parametrize("name", SINGULAR)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_python_numbers_follow_ieee_where_numpy_does(name):
    function, x = SINGULAR[name]
    right = gradient(of=lambda a: np.sum(function(a)))(np.array([x]))[0]
    np.testing.assert_equal(gradient(of=function)(x), right)
    np.testing.assert_equal(differential(of=function)(x)(1.0), right)
