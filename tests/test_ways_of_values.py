"""What a derivative cannot follow a value through is refused, in both modes; plain ways beside it are followed."""

import contextvars
import csv
import functools
import io
import math
import pickle
import queue
import struct
import tempfile

import numpy as np
import pytest
from references import same

from diffpy import DifferentiationError, differential, gradient


def through_repr(x):
    return float(repr(x[0])) * x[1]


def through_format(x):
    return float(f"{x[0]:.17g}") * x[1]


def through_a_list_of_texts(x):
    texts = [str(v) for v in x]
    return sum([float(t) for t in texts]) * x[0]


def through_a_split_text(x):
    first, *_ = ",".join(map(str, x)).split(",")
    return float(first) * x[0]


def through_bytes(x):
    return np.sum(np.frombuffer((x * 1.0).tobytes()) * x)


def through_pickled_bytes(x):
    return pickle.loads(pickle.dumps({"x": x[0]}))["x"] * x[1]


def through_a_file_in_memory(x):
    file = io.BytesIO()
    np.save(file, x)
    file.seek(0)
    return np.load(file) @ x


def through_packed_bits(x):
    return struct.unpack("d", struct.pack("d", x[0]))[0] * x[1]


def through_bits_of_integers(x):
    return (x.view(np.int64) + 0).view(np.float64) @ x


def through_an_array_of_texts(x):
    return x.astype(str).astype(float) @ x


def through_a_fraction(x):
    over, under = float(x[0]).as_integer_ratio()
    return over / under * x[1]


def through_a_file(x):
    with tempfile.TemporaryDirectory() as place:
        with open(f"{place}/x.txt", "w") as file:
            file.write(f"{x[0]}")
        with open(f"{place}/x.txt") as file:
            return float(file.read()) * x[1]


def through_rows_of_a_file(x):
    with tempfile.TemporaryFile("w+", newline="") as file:
        csv.writer(file).writerow(x)
        file.seek(0)
        return sum([float(v) for row in csv.reader(file) for v in row]) * x[0]


def through_a_queue(x):
    waiting = queue.Queue()
    waiting.put(x)
    return np.sum(waiting.get() * x)


def through_an_array_of_objects(x):
    held = np.array([x, None], dtype=object)
    return np.sum(held[0].astype(float) * x)


def through_a_sum_of_objects(x):
    return x.astype(object).sum() * x[0]


def through_shown_memory(x):
    return math.fsum((x * 1.0).data) * x[0]


def through_a_context_variable(x):
    held = contextvars.ContextVar("held")
    held.set(x * 2.0)
    return held.get() @ x


class Shared:
    items = []  # noqa: RUF012
    value = 0.0


def through_a_list_of_a_class(x):
    Shared.items.append(x * 2.0)
    return Shared.items[-1] @ x


def through_an_attribute_of_a_class(x):
    Shared.value = x[0] * x[0]
    return getattr(Shared, "value") * x[1]  # noqa: B009


def through_a_store_of_every_object(x):
    class Held:
        pass

    one = Held()
    object.__setattr__(one, "value", x * 2.0)
    return one.value @ x


def through_a_record(x):
    records = np.zeros(1, dtype=[("p", float)])
    records["p"][0] = np.sum(x)
    return records["p"][0] * x[0]


def through_a_slice(x):
    bounds = slice(x[0], x[1])
    return bounds.start * bounds.stop


class Scaled:
    def __init__(self, k):
        self.k = k

    def powers(self, n, v):
        return self.k * v**n

    square = functools.partialmethod(powers, 2)


def through_a_partial_method(x):
    one = Scaled(x[0])
    return one.square(x[1])


def through_partial_methods_by_name(x):
    return sum(getattr(one, name)(x[1]) for one, name in [(Scaled(x[0]), "square"), (Scaled(x[2]), "square")])


def through_a_median_that_overwrites(x):
    a = x * 2.0
    middle = np.median(a, overwrite_input=True)
    return middle * a[0]


LOST = [value for name, value in list(globals().items()) if name.startswith("through_")]


def slope(function, x, direction):
    return (function(x + 1e-6 * direction) - function(x - 1e-6 * direction)) / 2e-6


def refused_or_right(function):
    """No derivative is lost without a word: each mode follows the values, or says where it cannot."""
    x = np.array([0.7, -0.4, 1.3])
    for direction in np.eye(3):
        for moved in (
            lambda d: gradient(of=function)(x) @ d,
            lambda d: differential(of=function)(x)(d),
        ):
            try:
                found = moved(direction)
            except DifferentiationError as refusal:
                assert refusal.lineno is not None
            else:
                assert np.isclose(found, slope(function, x, direction), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("function", LOST, ids=lambda f: f.__name__)
def test_no_derivative_is_lost(function):
    refused_or_right(function)


@pytest.mark.parametrize("function", LOST[:13], ids=lambda f: f.__name__)
def test_no_derivative_goes_through_a_text(function):
    with pytest.raises(DifferentiationError, match="a text that depends on the arguments"):
        gradient(of=function)(np.array([0.7, -0.4, 1.3]))


def texts_that_only_tell(x):
    log = []
    log.append(f"{x[0]:.3f}")
    print(str(x), len(log))
    return x[0] * float("2.5") * int(str(len(x)))


def texts_as_keys(x):
    kept = {}
    for v in x:
        kept[f"{v:.3f}"] = v * v
    return sum([kept[key] for key in kept])


def texts_of_names(x):
    values = {"a": x[0], "b": x[1]}
    total = 0.0
    for name in values:
        total = total + values[name] * float(len(f"{name}={values[name]}"))
    return total


@pytest.mark.parametrize("function", [texts_that_only_tell, texts_as_keys, texts_of_names])
def test_texts_beside_the_values(function, capsys):
    x = np.array([0.75, -0.5, 1.25])
    wanted = {
        "texts_that_only_tell": [7.5, 0.0, 0.0],
        "texts_as_keys": 2.0 * x,
        "texts_of_names": [6.0, 6.0, 0.0],
    }
    assert same(gradient(of=function)(x), np.asarray(wanted[function.__name__]))


def read_late(x):
    a = x * 1.0
    items = iter(a)
    first = next(items)
    a *= 2.0
    return first * next(items)


def read_late_reversed(x):
    values = [x[0] * 1.0, x[1]]
    items = reversed(values)
    values[1] = 3.0 * x[0]
    return next(items) * x[1]


@pytest.mark.parametrize("function", [read_late, read_late_reversed])
def test_iterator_read_after_a_change(function):
    refused_or_right(function)
