"""Tangents in generated code: sums, contributions to parts, gradients at the boundary, seeds."""

import math
from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any, ClassVar

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffpy.errors import DifferentiationTypeError, ShapeError
from diffpy.runtime.boundary import check_cotangent, own
from diffpy.runtime.struct_fields import no_derivative
from diffpy.runtime.structures import register_differentiable, tangent_vector
from diffpy.runtime.tangents import (
    accumulate_field,
    accumulate_item,
    add_tangents,
    clear_item,
    field_of,
    item_of,
    undo_append,
    zero_tangent,
)

Pair = namedtuple("Pair", "a b")


@dataclass
class Model:
    w: Any
    b: float = 0.0
    rate: float = no_derivative(default=0.1)
    n: int = 3
    scale: ClassVar[float] = 2.0

    def __post_init__(self):
        self.cache = 2.0 * self.b

    @property
    def double(self):
        return 2.0 * self.b


Step = tangent_vector(Model)


# Sums


@pytest.mark.parametrize(
    ("a", "b", "total"),
    [
        (1.0, 2.0, 3.0),
        (None, 2.0, 2.0),
        (2.0, None, 2.0),
        (None, None, None),
        (1.0, 1j, 1 + 1j),
        (1, 0.5, 1.5),
        ([1.0, None], [2.0, 3.0], [3.0, 3.0]),
        ((1.0, (2.0,)), (None, (3.0,)), (1.0, (5.0,))),
        ({"a": 1.0}, {"b": 2.0}, {"a": 1.0, "b": 2.0}),
        (Pair(1.0, 2.0), Pair(1.0, None), Pair(2.0, 2.0)),
        (Step(1.0, 2.0), Step(w=None, b=1.0), Step(1.0, 3.0)),
        ([], [], []),
    ],
)
def test_add(a, b, total):
    assert add_tangents(a, b) == total
    assert type(add_tangents(a, b)) is type(total)


def test_add_never_changes_its_operands():
    a, b = [np.ones(2), {"k": np.ones(2)}], [np.ones(2), {"k": np.ones(2)}]
    total = add_tangents(a, b)
    assert (total[1]["k"] == 2).all()
    assert (a[1]["k"] == 1).all()
    assert (b[0] == 1).all()


@pytest.mark.parametrize(("a", "b"), [([1.0], [1.0, 2.0]), ((1.0,), (1.0, 2.0))])
def test_add_of_other_lengths(a, b):
    with pytest.raises(ShapeError):
        add_tangents(a, b)


@pytest.mark.parametrize(("a", "b"), [([1.0], {"a": 1.0}), ({}, 1.0), (Step(1.0), {"w": 1.0}), (1.0, [1.0])])
def test_add_of_other_structures(a, b):
    with pytest.raises(TypeError):
        add_tangents(a, b)


# Contributions to items of arrays


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        np.int64(1),
        slice(None),
        slice(None, None, -2),
        Ellipsis,
        None,
        (0, 1),
        (slice(1), -1),
        (..., 0),
        (1, None),
        [0, 0, 2],
        [],
        np.array([1, 1, 1]),
        np.array([[0, 1], [1, 0]]),
        np.array([True, False, True]),
        ([0, 0], [1, 1]),
        (slice(None), [1, 1]),
        (0, [0, 0, 0]),
        [True, False, True],
        np.array(1),
        True,
        (np.array([2, 2]), None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_item_is_the_transpose_of_indexing(key, dtype, rng):
    x = rng.normal(size=(3, 4)).astype(dtype)
    contribution = rng.normal(size=x[key].shape)
    x_bar = accumulate_item(None, x, key, contribution)
    assert (x_bar.shape, x_bar.dtype) == (x.shape, x.dtype)
    expected = np.zeros(x.shape, dtype)
    places = np.arange(x.size).reshape(x.shape)[key]
    np.add.at(expected.ravel(), places.ravel(), contribution.ravel().astype(dtype))
    np.testing.assert_allclose(x_bar, expected, rtol=1e-6)
    again = accumulate_item(x_bar, x, key, contribution)
    np.testing.assert_allclose(again, 2 * expected, rtol=1e-6)


def test_item_written_in_place_when_nobody_else_holds_the_cotangent():
    x = np.ones(1000)
    x_bar = accumulate_item(None, x, 0, 1.0)
    address = x_bar.__array_interface__["data"]
    for i in range(1000):
        x_bar = accumulate_item(x_bar, x, i, 1.0)
    assert x_bar.__array_interface__["data"] == address
    assert x_bar[0] == 2.0
    assert (x_bar[1:] == 1.0).all()


@pytest.mark.parametrize(
    "hold",
    [
        lambda a: a,
        lambda a: [a],
        lambda a: a[1:],
        lambda a: {"k": (a,)},
        lambda a: memoryview(a),
        lambda a: lambda: a,
    ],
    ids=range(6),
)
def test_item_copies_a_cotangent_that_somebody_else_holds(hold):
    x = np.ones(3)
    x_bar = np.ones(3)
    held = hold(x_bar)
    before = x_bar.__array_interface__["data"]
    x_bar = accumulate_item(x_bar, x, 1, 5.0)
    assert x_bar.tolist() == [1.0, 6.0, 1.0]
    assert x_bar.__array_interface__["data"] != before
    del held


def test_item_copies_views_and_read_only_arrays():
    x = np.ones(3)
    x_bar = np.broadcast_to(2.0, (3,))
    x_bar = accumulate_item(x_bar, x, 1, 1.0)
    assert x_bar.tolist() == [2.0, 3.0, 2.0]
    x_bar = 2.0
    assert accumulate_item(x_bar, x, 1, 1.0).tolist() == [2.0, 3.0, 2.0]
    base = np.zeros(6)
    x_bar = base[:3]
    x_bar = accumulate_item(x_bar, x, 0, 1.0)
    assert not base.any()
    x_bar = np.zeros(3)
    x_bar.flags.writeable = False
    assert accumulate_item(x_bar, x, 0, 1.0)[0] == 1.0


def test_item_of_two_names_for_one_cotangent():
    def pullback(z_bar, p, q):  # of z = p + q with p[0] and q[1] read before
        p_bar = q_bar = z_bar
        p_bar = accumulate_item(p_bar, p, 0, 1.0)
        q_bar = accumulate_item(q_bar, q, 1, 1.0)
        return p_bar, q_bar

    p_bar, q_bar = pullback(np.zeros(2), np.ones(2), np.ones(2))
    assert p_bar.tolist() == [1.0, 0.0]
    assert q_bar.tolist() == [0.0, 1.0]


def test_item_of_special_arrays():
    assert accumulate_item(None, np.array([1, 2]), 0, 1.0) is None
    assert accumulate_item(None, np.ones(2), 0, None) is None
    assert accumulate_item(None, np.array(1.0), (), 2.0) == 2.0
    assert accumulate_item(None, np.array(1.0), ..., 2.0) == 2.0
    assert accumulate_item(None, np.float64(1.0), (), 2.0) == 2.0
    assert accumulate_item(None, np.ones(2), 0, 1 + 2j).tolist() == [1.0, 0.0]
    assert accumulate_item(None, np.ones((0, 2)), slice(None), np.ones((0, 2))).shape == (0, 2)


# Contributions to items of containers, and to fields


@pytest.mark.parametrize(
    ("x", "key", "contribution", "x_bar"),
    [
        ([1.0, 2.0], 1, 3.0, [None, 3.0]),
        ([1.0, 2.0], -1, 3.0, [None, 3.0]),
        ((1.0, 2.0), 0, 3.0, (3.0, None)),
        ({"a": 1.0, "b": 2.0}, "b", 3.0, {"b": 3.0}),
        (Pair(1.0, 2.0), 0, 3.0, Pair(3.0, None)),
        ([1.0, 2.0, 3.0], slice(None, None, 2), [4.0, 5.0], [4.0, None, 5.0]),
        ((1.0, 2.0, 3.0), slice(1, None), (4.0, 5.0), (None, 4.0, 5.0)),
        ([1.0], slice(5, 9), [], [None]),
    ],
)
def test_item_of_containers(x, key, contribution, x_bar):
    first = accumulate_item(None, x, key, contribution)
    assert first == x_bar
    assert type(first) is type(x_bar)
    held = first
    second = accumulate_item(first, x, key, contribution)
    assert held == x_bar
    assert second == add_tangents(x_bar, x_bar)
    assert item_of(second, key) == add_tangents(contribution, contribution)


def test_item_of_a_list_is_written_in_place():
    x = [1.0] * 100
    x_bar = accumulate_item(None, x, 0, 1.0)
    identity = id(x_bar)
    for i in range(100):
        x_bar = accumulate_item(x_bar, x, i, 1.0)
    assert id(x_bar) == identity
    assert x_bar == [2.0] + [1.0] * 99


def test_fields():
    x = Model(np.ones(3), 2.0)
    x_bar = accumulate_field(None, x, "b", 1.0)
    assert x_bar == Step(w=None, b=1.0)
    held = x_bar
    x_bar = accumulate_field(x_bar, x, "w", np.ones(3))
    assert held.w is None
    assert (x_bar.w == 1).all()
    identity = id(x_bar)
    x_bar = accumulate_field(x_bar, x, "b", 1.0)
    assert id(x_bar) == identity
    assert x_bar.b == 2.0
    assert field_of(x_bar, "b") == 2.0
    assert field_of(x_bar, "rate") is None
    assert field_of(None, "b") is None
    assert accumulate_field(None, x, "b", None) is None
    assert accumulate_field(None, Pair(1.0, 2.0), "b", 3.0) == Pair(None, 3.0)
    assert field_of(Pair(None, 3.0), "b") == 3.0


@pytest.mark.parametrize("name", ["rate", "n", "scale"])
def test_fields_that_are_constant(name):
    assert accumulate_field(None, Model(1.0), name, 1.0) is None


def test_what_a_dataclass_stores_when_it_is_made_is_a_field():
    assert accumulate_field(None, Model(1.0), "cache", 1.0).cache == 1.0


def test_a_property_whose_derivative_would_be_lost():
    with pytest.raises(DifferentiationTypeError, match="double"):
        accumulate_field(None, Model(1.0), "double", 1.0)


def test_a_float_in_a_field_annotated_as_int():
    with pytest.raises(DifferentiationTypeError, match=r"Model\.n"):
        accumulate_field(None, Model(1.0, n=2.5), "n", 1.0)


def test_objects_without_structure():
    class Thing:
        w = 1.0

    with pytest.raises(DifferentiationTypeError, match="register_differentiable"):
        accumulate_field(None, Thing(), "w", 1.0)
    with pytest.raises(DifferentiationTypeError, match="Thing"):
        accumulate_item(None, Thing(), 0, 1.0)
    register_differentiable(Thing, ["w"])
    assert accumulate_field(None, Thing(), "w", 1.0).w == 1.0


def test_reading_items():
    assert item_of(None, 3) is None
    assert item_of({"a": 1.0}, "b") is None
    assert item_of(np.array([1.0, 2.0]), 1) == 2.0
    assert item_of(2.0, slice(3)) == 2.0


def test_undoing_stores():
    x_bar = [1.0, 2.0]
    held = x_bar
    x_bar = clear_item(x_bar, 0)
    assert (x_bar, held) == ([None, 2.0], [1.0, 2.0])
    assert clear_item({"a": 1.0, "b": 2.0}, "a") == {"b": 2.0}
    assert clear_item([1.0, 2.0, 3.0], slice(1, None)) == [1.0, None, None]
    assert clear_item(np.ones(3), slice(1)).tolist() == [0.0, 1.0, 1.0]
    assert clear_item(None, 3) is None


def test_undoing_append():
    x_bar = [1.0, 2.0]
    held = x_bar
    x_bar, last = undo_append(x_bar)
    assert (x_bar, last, held) == ([1.0], 2.0, [1.0, 2.0])
    assert undo_append(None) == (None, None)


# Gradients at the boundary


@pytest.mark.parametrize(
    ("x_bar", "x", "gradient"),
    [
        (2.0, 1.0, 2.0),
        (None, 1.0, 0.0),
        (2, 1.0, 2.0),
        (np.float64(2), 1.0, 2.0),
        (np.array(2.0), 1.0, 2.0),
        (np.array([2.0]), 1.0, 2.0),
        (1 + 2j, 1.0, 1.0),
        (2.0, 3, 2.0),
        (None, 3, 0.0),
        (2.0, 1j, 2 + 0j),
        (2.0, np.int64(3), 2.0),
        (2.0, "a", None),
        (None, True, None),
        (1.0, np.array([1]), None),
        (None, len, None),
        (None, (1.0, "a"), (0.0, None)),
        ((1.0, None), (1.0, 2.0), (1.0, 0.0)),
        ([1.0], (1.0,), (1.0,)),
        ({"b": 1.0}, {"a": 1.0, "b": 2.0}, {"a": 0.0, "b": 1.0}),
        (None, ["a"], None),
        (None, [], []),
        (Pair(1.0, None), Pair(1.0, 2), Pair(1.0, 0.0)),
        (None, Model(1.0), Step(0.0, 0.0)),
        (Step(2.0, None), Model(1.0), Step(2.0, 0.0)),
        (None, None, None),
    ],
)
def test_own(x_bar, x, gradient):
    assert own(x_bar, x) == gradient
    assert type(own(x_bar, x)) is type(gradient)


@pytest.mark.parametrize("x", [np.float32(1), np.float64(1), np.complex64(1)])
@pytest.mark.parametrize("x_bar", [2.0, np.float64(2), np.array(2.0), None])
def test_own_of_numpy_scalars(x, x_bar):
    assert type(own(x_bar, x)) is type(x)
    assert own(x_bar, x) == (x_bar or 0.0)


@given(
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0),
    st.sampled_from(["f4", "f8", "c8", ">f8", "f2"]),
    st.sampled_from(["zeros", "none", "scalar", "float64", "fortran", "broadcast", "view"]),
)
def test_own_of_arrays(shape, dtype, kind):
    x = np.ones(shape, dtype)
    x_bar = {
        "zeros": np.zeros(shape, dtype),
        "none": None,
        "scalar": 2.0,
        "float64": np.ones(shape),
        "fortran": np.ones(shape, dtype, order="F"),
        "broadcast": np.broadcast_to(3.0, shape),
        "view": np.zeros((2, *shape), dtype)[0],
    }[kind]
    expected = np.broadcast_to(0.0 if x_bar is None else x_bar, shape)
    gradient = own(x_bar, x)
    assert (gradient.shape, gradient.dtype, type(gradient)) == (shape, x.dtype, np.ndarray)
    assert gradient.flags.writeable
    assert gradient.base is None
    assert (gradient == expected).all()


def test_own_shares_nothing():
    def gradients(seed, x):
        a_bar = seed
        b_bar = seed * 2
        c_bar = b_bar
        d_bar = seed * 3
        e_bar = (d_bar, d_bar)
        f_bar = x
        return (own(a_bar, x), own(b_bar, x), own(c_bar, x), *own(e_bar, (x, x)), own(f_bar, x))

    seed, x = np.ones(3), np.ones(3)
    results = [seed, x, *gradients(seed, x)]
    for i, one in enumerate(results):
        assert not any(np.shares_memory(one, other) for other in results[i + 1 :])


def test_own_of_entries_of_the_seed():
    def pullback(y_bar, x):
        return own(y_bar, x)

    seed = [np.ones(2), {"k": np.ones(2)}]
    gradient = pullback(seed, [np.ones(2), {"k": np.ones(2)}])
    assert gradient is not seed
    assert not np.shares_memory(gradient[0], seed[0])
    assert not np.shares_memory(gradient[1]["k"], seed[1]["k"])
    array = np.ones(2)
    (held,) = pullback((array,), (np.ones(2),))
    assert not np.shares_memory(held, array)


def test_own_does_not_copy_what_nobody_else_holds():
    def gradient(x):
        x_bar = x * 2
        nested_bar = [x * 3]
        places = x_bar.__array_interface__["data"], nested_bar[0].__array_interface__["data"]
        x_bar, nested_bar = own(x_bar, x), own(nested_bar, [x])
        return places == (x_bar.__array_interface__["data"], nested_bar[0].__array_interface__["data"])

    assert gradient(np.ones(3))


@pytest.mark.parametrize(
    ("x_bar", "x"),
    [
        (np.ones(3), np.ones(2)),
        (np.ones((1, 2)), np.ones(2)),
        (np.ones(2), 1.0),
        ((1.0,), (1.0, 2.0)),
        ([1.0], np.ones(1)),
        (1.0, [1.0]),
    ],
)
def test_own_of_what_does_not_fit(x_bar, x):
    with pytest.raises((ShapeError, DifferentiationTypeError), match="the gradient"):
        own(x_bar, x)


# Seeds


@pytest.mark.parametrize(
    ("seed", "y", "checked"),
    [
        (1.0, 2.0, 1.0),
        (1, 2.0, 1.0),
        (1, 2, 1.0),
        (np.float64(1), 2.0, 1.0),
        (np.array(1.0), 2.0, 1.0),
        (None, 2.0, None),
        (1.0, 1j, 1 + 0j),
        ([1.0], (2.0,), (1.0,)),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": None}),
        ((1.0, None), (1.0, "a"), (1.0, None)),
        (Step(1.0, 1), Model(1.0), Step(1.0, 1.0)),
        (None, "a", None),
    ],
)
def test_check_cotangent(seed, y, checked):
    assert check_cotangent(seed, y) == checked
    assert type(check_cotangent(seed, y)) is type(checked)


def test_seeds_take_the_dtype_of_the_result():
    assert check_cotangent(np.ones(2), np.ones(2, np.float32)).dtype == np.float32
    assert check_cotangent(np.ones(2, int), np.ones(2)).dtype == np.float64
    assert check_cotangent(1.0, np.ones((1, 1))).shape == (1, 1)
    assert check_cotangent(1.0, np.array(2.0)).shape == ()
    assert type(check_cotangent(1.0, np.float32(2))) is np.float32


@pytest.mark.parametrize(
    ("seed", "y", "error", "words"),
    [
        (
            np.ones(3),
            np.ones((2, 2)),
            ShapeError,
            "the cotangent has shape (3,) but the result of the function has shape (2, 2)",
        ),
        (
            np.ones(1),
            2.0,
            ShapeError,
            "the cotangent has shape (1,) but the result of the function is a float",
        ),
        (1.0, np.ones(3), ShapeError, "is a float but the result of the function has shape (3,)"),
        (
            (1.0,),
            (1.0, 2.0),
            ShapeError,
            "is a tuple of 1 entries but the result of the function is a tuple of 2 entries",
        ),
        ((1.0, np.ones(2)), (1.0, np.ones(3)), ShapeError, "the cotangent[1] has shape (2,)"),
        (1j, 2.0, DifferentiationTypeError, "complex"),
        ("a", 2.0, DifferentiationTypeError, "is a str"),
        (1.0, "a", DifferentiationTypeError, "has no derivative"),
        (1.0, True, DifferentiationTypeError, "has no derivative"),
        ([1.0, 2.0], np.ones(2), DifferentiationTypeError, "pass an array of shape (2,)"),
        (1.0, Model(1.0), DifferentiationTypeError, "pass a Model.TangentVector"),
        (np.array([None]), np.ones(1), DifferentiationTypeError, "dtype object"),
    ],
)
def test_seeds_that_do_not_fit(seed, y, error, words):
    with pytest.raises(error) as caught:
        check_cotangent(seed, y)
    assert words in str(caught.value)
    assert "fix:" in str(caught.value)


def test_the_message_about_a_seed_of_another_shape():
    with pytest.raises(ShapeError) as caught:
        check_cotangent(np.ones(3), np.ones((2, 2)))
    assert caught.value.because == "a pullback takes a value shaped like the function's result"
    assert caught.value.fix == "pass an array of shape (2, 2)"


# The pieces together: a reverse sweep by hand, against finite differences


@dataclass(frozen=True, slots=True)
class Body:
    mass: float
    position: np.ndarray
    parts: list = field(default_factory=list)


def energy(body, table):
    return math.sin(body.mass) * body.position[1] + sum(body.parts) * table["g"] + body.position[-1] ** 2


def energy_gradient(body, table):
    position = body.position
    position_bar = accumulate_item(None, position, 1, math.sin(body.mass))
    position_bar = accumulate_item(position_bar, position, -1, 2 * position[-1])
    parts_bar = None
    for i in range(len(body.parts)):
        parts_bar = accumulate_item(parts_bar, body.parts, i, table["g"])
    body_bar = accumulate_field(None, body, "parts", parts_bar)
    body_bar = accumulate_field(body_bar, body, "position", position_bar)
    body_bar = accumulate_field(body_bar, body, "mass", math.cos(body.mass) * position[1])
    table_bar = accumulate_item(None, table, "g", sum(body.parts))
    return own(body_bar, body), own(table_bar, table)


def test_a_reverse_sweep_by_hand():
    body, table = Body(0.3, np.array([1.0, 2.0]), [1.0, 2.0]), {"unit": "m", "g": 9.81}
    body_bar, table_bar = energy_gradient(body, table)
    assert table_bar == {"unit": None, "g": 3.0}
    assert body_bar.mass == pytest.approx(2 * math.cos(0.3))
    assert body_bar.position == pytest.approx([0.0, math.sin(0.3) + 4.0])
    assert body_bar.parts == [9.81, 9.81]
    assert type(zero_tangent(body)) is type(body_bar)
