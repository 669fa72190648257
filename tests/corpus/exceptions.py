"""Programs that raise: their exception arrives with its type and its message, through any operator."""

import math

import numpy as np

from corpus import raising


class ModelError(Exception):
    """A user's own exception."""


@raising(-1.0)
def value_error_of_math(x):
    return math.sqrt(x) * 2


@raising(0.0)
def division_by_zero(x):
    y = x * 2
    return 1.0 / y


@raising(-1.0)
def raised_by_the_user(x):
    if x < 0:
        raise ModelError(f"negative: {x}")
    return x


@raising(2.0)
def assertion(x):
    assert x < 1, f"x is {x}"
    return x


@raising(2.0)
def assertion_without_a_message(x):
    assert x < 1
    return x


@raising(np.array([1.0, 2.0]))
def index_out_of_range(x):
    return x[0] * x[2]


@raising([1.0, 2.0])
def list_index_out_of_range(xs):
    return xs[0] * xs[5]


@raising({"a": 1.0})
def key_missing(d):
    return d["a"] * d["b"]


@raising(np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0]))
def shapes_do_not_match(a, b):
    return np.sum(a + b)


@raising(np.ones((2, 3)), np.ones((2, 3)))
def matrices_do_not_match(a, b):
    return np.sum(a @ b)


@raising(np.ones((2, 2)))
def singular_matrix(a):
    return np.sum(np.linalg.inv(a))


@raising(1.0)
def raised_in_a_loop(x):
    for i in range(10):
        x = x * 2
        if x > 5:
            raise ModelError("grew", i)
    return x


def fails(x):
    raise ValueError("from a helper")


@raising(1.0)
def raised_in_a_helper(x):
    return x * fails(x * 2)


@raising(1.0)
def name_missing(x):
    return x * undefined_name           # noqa: F821


@raising(-1.0)
def local_not_bound(x):
    if x > 0:
        y = x
    return y * 2


@raising(1.0)
def attribute_missing(x):
    return math.no_such_function(x)


@raising(1.0)
def not_callable(x):
    f = 3
    return f(x)


@raising(1.0)
def wrong_number_of_arguments(x):
    def f(a, b):
        return a * b

    return f(x)


@raising((1.0, 2.0, 3.0))
def too_many_to_unpack(t):
    a, b = t
    return a * b


@raising(1.0)
def recursion_without_end(x):
    def f(v):
        return f(v + 1)

    return f(x)


@raising(1000.0)
def overflow(x):
    return math.exp(x)


@raising(1.0, stage="hard")
def raised_from_another(x):
    try:
        return x / 0
    except ZeroDivisionError as error:
        raise ModelError("wrapped") from error


@raising(1.0)
def not_implemented(x):
    raise NotImplementedError


@raising(3.0)
def stops_by_system_exit(x):
    if x > 2:
        raise SystemExit("stopped")
    return x


@raising(1.0, "mystery")
def unknown_option(x, kind):
    options = {"linear": x, "square": x * x}
    if kind not in options:
        raise ValueError(f"unknown kind {kind!r}; one of {sorted(options)}")
    return options[kind]


@raising(1.0)
def bare_read_of_what_was_never_assigned(x):
    if x > 100:
        y = x
    y  # noqa: B018
    return x * 2


@raising(1.0)
def read_of_what_was_deleted(x):
    y = x * 2
    for k in range(3):
        if k == 1:
            del y
    return y


@raising(np.array([0.5, 2.0]))
def function_defined_on_another_path(x):
    view = x[:1]
    if x[0] > 1.0:

        def shift(by):
            view[0] += by

    shift(1.5)
    return x @ x


class Wary:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        self.value = self.value * 0.5
        return self.value

    def __len__(self):
        self.value = self.value + 1.0
        return -2


@raising(1.5)
def truth_that_is_no_bool(x):
    one = Wary(x)
    if one:
        x = x * one.value
    return x + one.value


@raising(1.5)
def length_below_zero(x):
    one = Wary(x)
    return x * len(one) * one.value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


@raising(1.5)
def attribute_without_a_slot(x):
    one = Slotted(x)
    one.other = x * 2
    return one.value * one.other
