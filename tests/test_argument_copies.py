"""Copies of arguments: layout and overlaps are those of the originals, memory is not."""

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffpy.derive import on_copies
from diffpy.errors import DifferentiationTypeError
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.structures import tangent_vector

Pair = namedtuple("Pair", "a b")


@dataclass
class Model:
    w: np.ndarray
    name: str = "m"
    log: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    w: object
    n: int = 1


def copy_of(x):
    (copied,) = copy_arguments((x,))
    return copied


BASE = np.arange(24.0).reshape(4, 6)
LAYOUTS = [
    BASE,
    BASE.T,
    BASE[::-1],
    BASE[:, ::-2],
    BASE[1:3, 2:5],
    BASE[2],
    BASE[:, 0],
    BASE[1:1],
    np.array(3.0),
    np.asfortranarray(BASE),
    BASE.reshape(2, 2, 6).transpose(2, 0, 1),
    np.broadcast_to(2.0, (3, 2)),
    BASE[0, 0:0],
    np.arange(5, dtype=np.int32)[::2],
    np.ones(3, np.float32),
    np.ones(3, ">f8"),
    np.array([True, False])[::-1],
    np.zeros(3, [("a", "f8"), ("b", "i4")]),
    np.zeros(3, [("a", "f8"), ("b", "i4")])["b"],
]


@pytest.mark.parametrize("x", LAYOUTS, ids=range(len(LAYOUTS)))
def test_arrays_keep_their_layout(x):
    copied = copy_of(x)
    assert (copied.shape, copied.dtype) == (x.shape, x.dtype)
    assert copied.strides == x.strides or not x.size
    assert copied.flags.writeable == x.flags.writeable
    assert copied.flags.c_contiguous == x.flags.c_contiguous
    assert copied.flags.f_contiguous == x.flags.f_contiguous
    assert (copied == x).all()
    assert not np.shares_memory(copied, x)


def test_read_only_stays_read_only():
    x = np.ones(3)
    x.flags.writeable = False
    assert not copy_of(x).flags.writeable


def test_one_array_twice_is_one_array_twice():
    x = np.ones(3)
    a, b, (c, d) = copy_arguments((x, x, [x, {"k": x}]))
    assert a is b is c is d["k"]
    assert a is not x


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 10), st.sampled_from([1, 2, 3, -1, -2])),
        min_size=2,
        max_size=5,
    )
)
def test_overlaps_stay(slices):
    def views(base):
        return tuple(base[a:b:step] if step > 0 else base[b:a:step] for a, b, step in slices)

    base, twin = np.arange(10.0), np.arange(10.0)
    copied = copy_arguments(views(base))
    for value, (one, expected) in enumerate(zip(copied, views(twin), strict=True)):
        one[...] = -value
        expected[...] = -value
    for one, expected in zip(copied, views(twin), strict=True):
        assert one.tolist() == expected.tolist()
        assert one.strides == expected.strides or not one.size
    assert (base == np.arange(10.0)).all()


def test_overlaps_without_a_common_base():
    memory = bytearray(8 * 4)
    a, b = np.frombuffer(memory), np.frombuffer(memory)[1:]
    one, other = copy_arguments((a, b))
    one[1] = 5.0
    assert other[0] == 5.0
    assert not any(memory)


def test_overlaps_of_other_dtypes():
    x = np.zeros(2)
    floats, integers = copy_arguments((x, x.view(np.int64)[::-1]))
    integers[0] = np.float64(3.0).view(np.int64)
    assert floats.tolist() == [0.0, 3.0]


def test_neighbours_are_not_tied():
    x = np.zeros(4)
    a, b = copy_arguments((x[:2], x[2:]))
    a[:] = 1.0
    assert not b.any()


def test_a_column_of_a_large_array():
    x = np.zeros((1000, 1000))
    copied = copy_of(x[:, 3])
    assert copied.strides == (8000,)


def test_containers():
    x = {"b": [1.0, np.ones(2)], 3: (np.ones(1), "a"), "p": Pair(np.ones(1), 2)}
    copied = copy_of(x)
    assert list(copied) == list(x)
    copied["b"][1][0] = 9.0
    copied["b"].append(1)
    copied[3][0][0] = 9.0
    copied["p"].a[0] = 9.0
    assert x["b"][1][0] == 1.0
    assert len(x["b"]) == 2
    assert x[3][0][0] == 1.0
    assert x["p"].a[0] == 1.0
    assert type(copied["p"]) is Pair
    assert type(copy_of(OrderedDict(a=[1]))) is OrderedDict


def test_structs():
    x = Model(np.ones(2), log=["a"])
    x.more = np.ones(1)
    copied = copy_of(x)
    copied.w[0] = copied.more[0] = 9.0
    copied.name = "other"
    copied.log.append("b")
    assert (x.w[0], x.more[0], x.name, x.log) == (1.0, 1.0, "m", ["a"])
    assert type(copied) is Model


def test_what_is_immutable_is_shared():
    frozen, holder = Frozen((1.0, "a")), Frozen(np.ones(2))
    pair = (1.0, ("a", 2), frozen)
    shared = (1.0, "a", None, math, len, pair, frozen, frozenset({1}), Model)
    assert all(one is other for one, other in zip(copy_arguments(shared), shared, strict=True))
    copied = copy_of(holder)
    assert copied is not holder
    assert copied.n == 1
    assert not np.shares_memory(copied.w, holder.w)
    step = tangent_vector(Model)(w=np.ones(2))
    assert not np.shares_memory(copy_of(step).w, step.w)


def test_numbers_come_back_as_they_are():
    args = (1.0, 2, 1j, np.float32(3))
    assert copy_arguments(args) is args


def test_other_objects_are_shared():
    class Thing:
        def __init__(self):
            self.w = np.ones(2)

    thing, generator, numbers = Thing(), np.random.default_rng(0), {1, 2}
    assert copy_arguments((thing, generator, numbers)) == (thing, generator, numbers)


def test_cycles():
    x = [np.ones(1)]
    x.append(x)
    x.append((x,))
    copied = copy_of(x)
    assert copied[1] is copied
    assert copied[2][0] is copied
    model = Model(np.ones(1))
    model.log.append(Frozen(model))
    copied = copy_of(model)
    assert copied.log[0].w is copied
    assert copied is not model


def test_arrays_of_objects():
    x = np.array([1.0, "a", None], object)
    copied = copy_of(x)
    assert copied.tolist() == x.tolist()
    assert copied is not x
    assert copy_of(x[::2]).tolist() == [1.0, None]
    with pytest.raises(DifferentiationTypeError, match="object"):
        copy_arguments((x, x[1:]))


def test_subclasses_of_arrays():
    x = np.ones(3).view(np.recarray)
    assert type(copy_of(x)) is np.recarray
    masked = np.ma.masked_array([1.0, 0.0, 2.0], [True, False, False])[::2]
    copied = copy_of(masked)
    copied[1] = 5.0
    assert masked[1] == 2.0
    assert copied.mask.tolist() == [True, False]


def test_what_is_not_changed_is_given_as_it_is():
    """Where arguments have memory of their own; else what overlaps still does."""

    def change(a, b, k):
        a[0] = k
        return a, b

    x, y = np.zeros(3), np.zeros(3)
    run = on_copies(change, changed={0})
    for args in ((x, y, 2.0), (x[:], y, 2.0), (x, [y], 2.0)):
        a, b = run(*args)
        assert a[0] == 2.0 and not x.any() and a is not x
        assert (b is y) is (args[0] is x and args[1] is y)
    with pytest.raises(DifferentiationTypeError, match="share memory"):
        run(x, x, 2.0)
    a, b = run(x, y, k=2.0)
    assert a[0] == 2.0 and not x.any() and b is y
    a, b = run(b=y, k=2.0, a=x)
    assert a[0] == 2.0 and not x.any()
