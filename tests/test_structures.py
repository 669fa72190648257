"""Structures: what has a derivative, tangent vectors of structs, and moving a value along a tangent."""

import copy
import dataclasses
import gc
import math
import pickle
import weakref
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pytest

from diffpy import differential, gradient, value_with_pullback
from diffpy.errors import DifferentiationError, DifferentiationTypeError, ShapeError
from diffpy.runtime.moving import differentiable_struct, move
from diffpy.runtime.struct_fields import differentiable_fields, no_derivative
from diffpy.runtime.structures import has_derivative, register_differentiable, tangent_vector, zero_tangent


@differentiable_struct
@dataclass
class Line:
    w: float
    b: float
    name: str = no_derivative(default="line")


@differentiable_struct
@dataclass(frozen=True, slots=True)
class Layer:
    weights: np.ndarray
    bias: np.ndarray
    activation: Callable = math.tanh
    size: int = 3


@differentiable_struct
@dataclass
class Network:
    layers: list[Layer]
    scale: float
    extra: dict[str, Any] = field(default_factory=dict)
    head: Line = field(default_factory=lambda: Line(1.0, 2.0))
    sizes: tuple[int, ...] = (3, 2)


class Point(NamedTuple):
    x: float
    y: float


class Colour(Enum):
    RED = 1


class Plain:
    def __init__(self, w):
        self.w = w


def network():
    layer = Layer(np.ones((2, 3), np.float32), np.zeros(2))
    return Network([layer], 2.0, {"t": 1.0, "tag": "a"})


# What has a derivative

WITH = [
    1.0,
    2,
    1j,
    np.float32(1),
    np.float64(2),
    np.complex64(1),
    np.int64(3),
    np.ones(3),
    np.array(2.0),
    np.ones(0),
    np.ones(2, np.complex64),
    (1.0, "a"),
    [np.ones(2), None],
    {"a": 1.0},
    {(1, 2): [3.0]},
    Point(1.0, 2.0),
    Line(1.0, 2.0),
    network(),
    [],
    (),
    {},
    Line.TangentVector(1.0, 2.0),
]
WITHOUT = [
    "a",
    b"a",
    True,
    None,
    np.array([1, 2]),
    np.array([True]),
    np.bool_(True),
    len,
    math,
    Line,
    Colour.RED,
    np.array(["a"]),
    np.array([None]),
    ("a", None),
    ["a"],
    {"a": "b"},
    {1, 2},
    range(3),
    Plain(1.0),
    np.timedelta64(3, "s"),
    np.datetime64("2020-01-01"),
    slice(1),
    Ellipsis,
    (1.5).hex,
]


@pytest.mark.parametrize("x", WITH, ids=repr)
def test_has_a_derivative(x):
    assert has_derivative(x)
    assert zero_tangent(x) is not None


@pytest.mark.parametrize("x", WITHOUT, ids=lambda x: repr(x).partition(" at 0x")[0])
def test_has_no_derivative(x):
    assert not has_derivative(x)
    assert zero_tangent(x) is None


@pytest.mark.parametrize(
    ("x", "zero"),
    [
        (3.5, 0.0),
        (2, 0.0),
        (1j, 0j),
        ((1.0, "a", (2,)), (0.0, None, (0.0,))),
        ([1.0], [0.0]),
        ({"b": 1.0, "a": "t"}, {"b": 0.0, "a": None}),
        (Point(1.0, 2), Point(0.0, 0.0)),
        ([], []),
        (Line(2.0, 3), Line.TangentVector(0.0, 0.0)),
    ],
)
def test_zero(x, zero):
    assert zero_tangent(x) == zero
    assert type(zero_tangent(x)) is type(zero)


def test_zero_of_a_dict_keeps_the_order():
    assert list(zero_tangent({"b": 1.0, 3: 2.0, (1,): 3.0})) == ["b", 3, (1,)]


@pytest.mark.parametrize(
    "x", [np.float32(1), np.float16(1), np.longdouble(1), np.complex64(1), np.float64(2)]
)
def test_zero_of_a_numpy_scalar_keeps_its_type(x):
    assert type(zero_tangent(x)) is type(x)


@pytest.mark.parametrize(
    "x",
    [
        np.ones((2, 3), np.float32),
        np.array(1.0),
        np.ones((0, 3)),
        np.ones(2, ">f8"),
        np.broadcast_to(1.0, (3,)),
        np.asfortranarray(np.ones((2, 3))),
    ],
)
def test_zero_of_an_array(x):
    zero = zero_tangent(x)
    assert (zero.shape, zero.dtype, zero.any()) == (x.shape, x.dtype, False)
    assert type(zero) is np.ndarray
    assert zero.flags.writeable


# Fields of structs


def test_fields_are_those_with_a_derivative():
    assert differentiable_fields(Line) == ("w", "b")
    assert differentiable_fields(Layer) == ("weights", "bias")
    assert differentiable_fields(Network) == ("layers", "scale", "extra", "head")


def test_annotations_that_rule_a_derivative_out():
    @dataclass
    class Settings:
        shared: ClassVar[float] = 1.0
        a: int | None = None
        b: Literal["x"] = "x"
        c: tuple[int, str] = (1, "")
        d: list[int] = field(default_factory=list)
        e: Callable[[float], float] = abs
        f: Colour = Colour.RED
        g: "str | None" = None
        h: bool = False
        i: "NotDefinedAnywhere" = 1.0  # noqa: F821
        j: "int" = 3
        k: float | int = 2
        m: Any = None
        n: "tuple[float, ...]" = ()
        o: type = int

    assert differentiable_fields(Settings) == ("i", "k", "m", "n")
    assert zero_tangent(Settings(m="text")) == tangent_vector(Settings)(i=0.0, k=0.0, m=None, n=())


def test_a_float_field_that_holds_an_int_is_real():
    assert zero_tangent(Line(1, 2)) == Line.TangentVector.zero


def test_struct_without_differentiable_fields():
    @dataclass
    class Name:
        first: str

    assert not has_derivative(Name("a"))
    assert zero_tangent(Name("a")) is None


def test_only_dataclasses_are_made_differentiable_structs():
    with pytest.raises(DifferentiationTypeError, match="not a dataclass"):
        differentiable_struct(Plain)


# Tangent vectors


def test_arithmetic():
    a, b = Line.TangentVector(1.0, 2.0), Line.TangentVector(w=3.0, b=5.0)
    assert a + b == Line.TangentVector(4.0, 7.0)
    assert b - a == Line.TangentVector(2.0, 3.0)
    assert -a == Line.TangentVector(-1.0, -2.0)
    assert +a is a
    assert 2 * a == a * 2 == a * np.float64(2) == np.float64(2) * a == np.array(2.0) * a == a / 0.5
    assert sum([a, b]) == a + b
    assert (a.w, a.b) == (1.0, 2.0)
    assert a.dot(b) == 13.0
    assert Line.TangentVector(3.0, 4.0).norm() == 5.0
    assert a.map(abs) == a
    assert a.map(lambda p, q: p * q, b) == Line.TangentVector(3.0, 10.0)
    assert a != b
    assert a != 3.0
    assert vars(a) == {"w": 1.0, "b": 2.0}


def test_repr_shows_the_differentiable_fields():
    assert repr(Line.TangentVector(8.0, 2.0)) == "Line.TangentVector(w=8.0, b=2.0)"
    assert repr(zero_tangent(network())).startswith(
        "Network.TangentVector(layers=[Layer.TangentVector(weights=array("
    )


def test_tangents_are_values():
    a = b = Line.TangentVector(1.0, 2.0)
    a += Line.TangentVector(1.0, 1.0)
    assert b == Line.TangentVector(1.0, 2.0)
    with pytest.raises(AttributeError, match="cannot be changed"):
        b.w = 3.0
    with pytest.raises(TypeError):
        hash(b)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda t: t + 1.0,
        lambda t: t * t,
        lambda t: t * np.ones(2),
        lambda t: np.ones(2) * t,
        lambda t: t + Layer.TangentVector.zero,
        lambda t: t * "a",
        lambda t: 1.0 / t,
        lambda t: type(t)(z=1.0),
        lambda t: type(t)(1, 2, 3),
        lambda t: type(t)(1, w=2),
    ],
)
def test_what_tangents_refuse(wrong):
    with pytest.raises(TypeError):
        wrong(Line.TangentVector(1.0, 2.0))


def test_zero_and_zero_like():
    assert (
        Line.TangentVector.zero
        == Line.TangentVector(0.0, 0.0)
        == Line.TangentVector.zero_like(Line(1.0, 2.0))
    )
    zero = Network.TangentVector.zero
    assert zero.head == Line.TangentVector.zero
    step = Network.TangentVector.zero_like(network()).map(lambda leaf: leaf + 1)
    assert 0.9 * zero + step == step
    assert step - zero == step
    assert (zero - step).scale == -1.0
    assert zero.dot(step) == 0.0
    assert zero == Network.TangentVector.zero_like(network())
    assert zero != step
    assert repr(Layer.TangentVector.zero) == "Layer.TangentVector.zero"


def test_nested_structs_nest():
    step = zero_tangent(network()).map(lambda leaf: leaf + 2)
    assert step.layers[0].weights.dtype == np.float32
    assert step.layers[0].weights.shape == (2, 3)
    assert step.extra == {"t": 2.0, "tag": None}
    assert step.head.w == 2.0
    half = step / np.float64(2)
    assert half.layers[0].weights.dtype == np.float32
    assert half.layers[0].weights.max() == 1.0
    assert step.norm() == pytest.approx(2 * math.sqrt(6 + 2 + 1 + 1 + 2))
    assert step.dot(half) == 2 * (6 + 2 + 1 + 1 + 2)


def test_dot_of_complex_leaves_is_real():
    @dataclass
    class Wave:
        a: complex
        s: np.ndarray

    step = tangent_vector(Wave)(1 + 2j, np.array([3j]))
    assert step.dot(step) == 14.0
    assert step.norm() == pytest.approx(math.sqrt(14.0))


def test_equality_of_arrays_of_other_shapes():
    a = Layer.TangentVector(np.zeros(2), np.zeros(2))
    assert a != Layer.TangentVector(np.zeros(3), np.zeros(2))
    assert a != Layer.TangentVector(np.zeros((1, 2)), np.zeros(2))
    assert a == Layer.TangentVector(np.zeros(2), np.zeros(2))


def test_fields_with_the_names_of_methods():
    @differentiable_struct
    @dataclass
    class Odd:
        map: float
        dot: float
        norm: float
        zero: float
        self: float
        TangentVector: float = 1.0
        move: float = 1.0

    step = 2 * zero_tangent(Odd(1.0, 2.0, 3.0, 4.0, 5.0)).__class__(*range(1, 8))
    assert (step.map, step.dot, step.norm, step.zero, step.self) == (2, 4, 6, 8, 10)
    assert type(step).norm(step) > 0
    assert move(Odd(0.0, 0.0, 0.0, 0.0, 0.0), along=step).dot == 4


def test_a_struct_is_its_own_class_of_tangents_once():
    @differentiable_struct
    @dataclass
    class Steeper(Line):
        c: float = 0.0

    assert Line.TangentVector is Line.TangentVector is Line(1.0, 2.0).TangentVector
    assert Steeper.TangentVector is not Line.TangentVector
    assert Steeper.TangentVector._names == ("w", "b", "c")
    assert tangent_vector(Line.TangentVector) is Line.TangentVector
    assert zero_tangent(Line.TangentVector(1.0, 2.0)) == Line.TangentVector.zero
    assert move(Line.TangentVector(1.0, 2.0), along=Line.TangentVector(1.0, 1.0)) == Line.TangentVector(
        2.0, 3.0
    )


def test_subclass_of_a_struct_that_is_not_decorated():
    @dataclass
    class Sub(Line):
        c: float = 0.0

    assert Sub(1.0, 2.0).move(along=Sub.TangentVector(1.0, 1.0, c=2.0)) == Sub(2.0, 3.0, c=2.0)


def test_classes_of_tangents_die_with_their_struct():
    def scope():
        @differentiable_struct
        @dataclass
        class Local:
            w: float
            children: "list[Local]" = field(default_factory=list)

        step = zero_tangent(Local(1.0))
        return weakref.ref(Local), step.w

    alive, _ = scope()
    gc.collect()
    assert alive() is None


def test_tangents_pickle_and_copy():
    step = Layer.TangentVector(np.ones(2), np.zeros(1))
    assert pickle.loads(pickle.dumps(step)) == step
    assert copy.deepcopy(step) == step
    assert copy.copy(step) == step


# Moving


def test_moving_keeps_everything_else():
    old = network()
    step = zero_tangent(old).map(lambda leaf: leaf + 1.0)
    new = old.move(along=step)
    assert type(new) is Network
    assert new.layers[0].weights.dtype == np.float32
    assert (new.layers[0].weights == 2).all()
    assert (new.scale, new.extra, new.head, new.sizes) == (
        3.0,
        {"t": 2.0, "tag": "a"},
        Line(2.0, 3.0),
        (3, 2),
    )
    assert new.layers[0].activation is math.tanh
    assert (old.layers[0].weights == 1).all()
    assert old.extra == {"t": 1.0, "tag": "a"}


def test_moving_does_not_call_init():
    @dataclass(frozen=True)
    class Careful:
        w: float
        double: float = field(init=False)
        log: list = no_derivative(default_factory=list)  # noqa: RUF009

        def __post_init__(self):
            self.log.append("made")
            object.__setattr__(self, "double", 2 * self.w)

        @cached_property
        def triple(self):
            return 3 * self.w

    old = Careful(2.0)
    assert old.triple == 6.0
    new = move(old, along=tangent_vector(Careful)(1.0, 1.0))
    assert (new.w, new.double, new.log, new.triple) == (3.0, 5.0, ["made"], 9.0)
    assert new.log is old.log


def test_moving_with_slots_inheritance_and_attributes_that_are_no_fields():
    @dataclass(slots=True)
    class Base:
        a: float

    @dataclass(slots=True)
    class Derived(Base):
        b: np.ndarray
        n: int = 3

    @dataclass
    class Open(Base):
        c: float = 1.0

    new = move(Derived(1.0, np.ones(2)), along=tangent_vector(Derived)(1.0, np.ones(2)))
    assert (new.a, new.b.tolist(), new.n) == (2.0, [2.0, 2.0], 3)
    old = Open(1.0)
    old.note = "kept"
    assert move(old, along=tangent_vector(Open)(a=1.0)).note == "kept"


def test_a_field_that_was_never_set():
    @dataclass
    class Lazy:
        w: float
        later: float = field(init=False)

    step = zero_tangent(Lazy(1.0))
    assert step.later is None
    assert not hasattr(move(Lazy(1.0), along=step), "later")


@pytest.mark.parametrize(
    ("x", "along", "moved"),
    [
        (1.0, 0.5, 1.5),
        (3, 0.5, 3.5),
        (3, 0.0, 3),
        (1.0, None, 1.0),
        (1j, 1.0, 1 + 1j),
        ("a", None, "a"),
        (1.0, 2, 3.0),
        ((1.0, "a"), (1.0, None), (2.0, "a")),
        ([1.0, [2.0]], [1.0, [1.0]], [2.0, [3.0]]),
        ([1.0], (1.0,), [2.0]),
        ({"a": 1.0, "b": 2.0}, {"b": 1.0}, {"a": 1.0, "b": 3.0}),
        (Point(1.0, 2.0), Point(1.0, 1.0), Point(2.0, 3.0)),
        (OrderedDict(a=1.0), {"a": 1.0}, OrderedDict(a=2.0)),
        ([], [], []),
    ],
)
def test_move(x, along, moved):
    assert move(x, along=along) == moved
    assert type(move(x, along=along)) is type(moved)


def test_moving_dict_subclasses_keeps_the_class():
    moved = move(defaultdict(list, a=1.0), along={"a": 1.0})
    assert moved.default_factory is list
    assert moved == {"a": 2.0}


@pytest.mark.parametrize(
    "x",
    [
        np.ones((2, 3), np.float32),
        np.array(1.0),
        np.ones((0, 2)),
        np.asfortranarray(np.ones((3, 2))),
        np.ones((4, 2))[::-2],
        np.ones(2, np.complex64),
        np.ones(2, ">f8"),
        np.broadcast_to(1.0, (3,)),
    ],
)
def test_moving_arrays(x):
    before = x.copy()
    moved = move(x, along=np.full(x.shape, 0.5))
    assert (moved.shape, moved.dtype, type(moved)) == (x.shape, x.dtype, np.ndarray)
    assert (moved == before + 0.5).all()
    assert (x == before).all()
    assert not np.shares_memory(x, moved)
    assert moved.flags.writeable


def test_moving_nothing_still_copies_arrays():
    x = {"a": np.ones(2), "n": np.array([1, 2])}
    moved = move(x, along=None)
    assert not np.shares_memory(moved["a"], x["a"])
    assert moved["n"] is x["n"]


def test_moving_numpy_scalars():
    assert type(move(np.float32(1), along=np.float64(0.5))) is np.float32
    assert type(move(np.float32(1), along=0.5)) is np.float32
    assert type(move(1.0, along=np.float64(0.5))) is float


@pytest.mark.parametrize(
    ("x", "along", "error", "words"),
    [
        (np.ones(2), np.ones(3), ShapeError, "has shape (3,) but the value to move has shape (2,)"),
        (np.ones(2), 1.0, ShapeError, "is a float but the value to move has shape (2,)"),
        (1.0, np.ones(3), ShapeError, "has shape (3,) but the value to move is a float"),
        ({"w": [np.ones(2)]}, {"w": [np.ones(3)]}, ShapeError, "['w'][0] has shape (3,)"),
        (
            [1.0],
            [1.0, 2.0],
            ShapeError,
            "is a list of 2 entries but the value to move is a list of 1 entries",
        ),
        ({"a": 1.0}, {"b": 1.0}, ShapeError, "has keys ['b'] but the value to move has keys ['a']"),
        (Line(1.0, 2.0), 1.0, DifferentiationTypeError, "pass a Line.TangentVector"),
        (Line(1.0, 2.0), {"w": 1.0}, DifferentiationTypeError, "pass a Line.TangentVector"),
        (np.ones(2), np.ones(2) * 1j, DifferentiationTypeError, "is complex"),
        (np.ones(2), np.array(["a", "b"]), DifferentiationTypeError, "dtype <U1"),
        ("a", 1.0, DifferentiationTypeError, "has no derivative"),
        (np.array([1, 2]), np.ones(2), DifferentiationTypeError, "int64"),
    ],
)
def test_moving_along_what_does_not_fit(x, along, error, words):
    with pytest.raises(error) as caught:
        move(x, along=along)
    assert words in str(caught.value)


# Registered classes


def test_registered_class():
    class Box:
        def __init__(self, w, name):
            self.w, self.name = w, name

    register_differentiable(Box, fields=("w",))
    box = Box(np.ones(2), "box")
    assert has_derivative(box)
    step = zero_tangent(box).map(lambda leaf: leaf + 1)
    assert repr(type(step).zero).endswith("Box.TangentVector.zero")
    new = move(box, along=step)
    assert (type(new), new.w.tolist(), new.name) == (Box, [2.0, 2.0], "box")


def test_registered_class_with_properties():
    class Hidden:
        def __init__(self, w):
            self._w = w

        @property
        def w(self):
            return self._w

        @w.setter
        def w(self, value):
            self._w = value

        @property
        def computed(self):
            return self._w * 2

    register_differentiable(Hidden, fields="w")
    assert move(Hidden(1.0), along=tangent_vector(Hidden)(w=1.0))._w == 2.0
    register_differentiable(Hidden, fields=["computed"])
    with pytest.raises(DifferentiationTypeError, match="computed"):
        move(Hidden(1.0), along=tangent_vector(Hidden)(1.0))


def test_registering_leaves_other_classes_alone():
    kind = Line.TangentVector
    register_differentiable(Plain, ["w"])
    try:
        assert Line.TangentVector is kind
        assert has_derivative(Plain(1.0))
    finally:
        register_differentiable(Plain, ["nothing"])
    with pytest.raises(DifferentiationTypeError):
        register_differentiable(Plain, [])
    with pytest.raises(DifferentiationTypeError):
        register_differentiable(Plain(1.0), ["w"])


def test_no_derivative_is_a_field_like_others():
    @dataclass
    class Marked:
        a: float = no_derivative(default=1.0, metadata={"unit": "m"})
        b: list = no_derivative(default_factory=list, compare=False)  # noqa: RUF009
        c: float = 2.0

    assert Marked().b == []
    assert dataclasses.fields(Marked)[0].metadata["unit"] == "m"
    assert differentiable_fields(Marked) == ("c",)


def test_namedtuples_made_by_hand():
    Pair = namedtuple("Pair", "a b")
    assert move(Pair(1.0, np.ones(1)), along=zero_tangent(Pair(1.0, np.ones(1)))) == Pair(1.0, np.ones(1))


class Doubled(namedtuple("Doubled", "x y")):
    def __new__(cls, x, y=3.0):
        return super().__new__(cls, 2 * x, y)


def test_named_tuples_that_do_more_than_store_their_arguments_are_refused():
    with pytest.raises(DifferentiationError, match="Doubled"):
        gradient(of=lambda x: Doubled(x).x * x)(1.2)


def test_containers_that_hand_out_other_things_are_refused():
    class Doubled(tuple):
        def __iter__(self):
            return (2 * one for one in tuple.__iter__(self))

    def product(x):
        a, b = x
        return a * b

    for operator in (gradient, value_with_pullback, differential):
        with pytest.raises(DifferentiationTypeError, match="has an __iter__ of its own"):
            operator(of=product)(Doubled((1.5, 2.25)))
    with pytest.raises(DifferentiationTypeError, match="'Doubled'"):
        gradient(of=lambda x: product(x[0]))([Doubled((1.5, 2.25))])
