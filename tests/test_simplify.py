"""Simplifying passes: derivatives do the same with each pass left out; and what the passes must never do."""

import doctest
import importlib
import math
import pkgutil
import warnings
import zlib

import numpy as np
import programs
import pytest
import references

from diffpy import transforms, value_with_gradient, value_with_pullback
from diffpy.analysis import activity
from diffpy.errors import DifferentiationError
from diffpy.transforms.simplify import SIMPLIFY, without

PASSES = list(dict.fromkeys(one.__name__ for one in SIMPLIFY))
SPREAD = programs.sample([one for one in programs.PROGRAMS if one.stage == "functional"], 13)


@pytest.mark.parametrize(
    "module",
    [one.name for one in pkgutil.iter_modules(transforms.__path__) if one.name.startswith("simplify")],
)
def test_docstrings_show_before_and_after(module):
    assert doctest.testmod(importlib.import_module(f"diffpy.transforms.{module}")).failed == 0


def test_every_pass_shows_before_and_after():
    for one in SIMPLIFY:
        assert ">>> print(after(" in one.__doc__, one.__name__


def derived(program):
    """Value, effects and gradient of a program; or how it is refused."""
    options = {"wrt": program.wrt} if program.wrt is not None else {}
    options |= {"result": program.result} if program.result is not None else {}
    arguments = program.arguments()
    in_one_number = references.in_one_number(program)

    def run():
        if in_one_number:
            return value_with_gradient(of=program.function, **options)(*arguments, **program.keywords)
        operator = value_with_pullback(of=program.function, **options)
        value, back = operator(*arguments, **program.keywords)
        return value, back(references.seeded(program, value))

    try:
        found = references.observed(run)
    except DifferentiationError as error:
        return type(error), error.headline
    return *found.value, found.printed, found.log, found.records, arguments


def alike(one, other):
    """Equal up to the rounding of sums in another order."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, float | complex | np.ndarray | np.generic):
        given, wanted = np.asarray(one), np.asarray(other)
        if given.dtype.kind in "fc":
            close = max(1e-9, 8 * float(np.finfo(given.dtype).eps))
            return given.dtype == wanted.dtype and np.allclose(given, wanted, rtol=close, equal_nan=True)
        return bool(np.all(given == wanted))
    if hasattr(one, "__dict__") and not callable(one):
        return type(one) is type(other) and alike(vars(one), vars(other))
    return type(one) is type(other)


@pytest.mark.parametrize("program", SPREAD)
def test_same_with_passes_left_out(program):
    """All left out, and a few of them one by one: over the programs each is left out many times."""
    number = zlib.crc32(program.id.encode()) // 13
    references.plain(program)
    right = derived(program)
    with without():
        assert alike(right, derived(program))
    for k in range(3):
        with without(PASSES[(3 * number + k) % len(PASSES)]):
            assert alike(right, derived(program)), PASSES[(3 * number + k) % len(PASSES)]


def test_programs_are_many():
    assert sum(not one.marks for one in SPREAD) >= 50


# What passes must never do

LOG = []


def said(word, x):
    LOG.append(word)
    return x


def order_of_effects(x, y):
    a = said("a", x) * said("b", y)
    return a + said("c", x) * a


def raises_second(x):
    first = said("first", x)
    return first + math.log(-x) + said("never", x)


def test_effects_keep_their_order():
    LOG.clear()
    assert value_with_gradient(of=order_of_effects)(2.0, 3.0) == (18.0, (15.0, 6.0))
    assert LOG == ["a", "b", "c"]


def test_exceptions_keep_their_place():
    LOG.clear()
    with pytest.raises(ValueError, match="math domain error"):
        value_with_gradient(of=raises_second)(2.0)
    assert LOG == ["first"]


def unused_division(x, y):
    z = x / y
    w = z * 0.0
    del w
    return x * 2


def test_a_statement_that_may_raise_stays():
    with pytest.raises(ZeroDivisionError):
        value_with_gradient(of=unused_division)(1.0, 0.0)


def unused_warning(x):
    unused = np.log(x)  # noqa: F841
    return (x * x).sum()


def test_a_statement_that_may_warn_stays():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        value_with_gradient(of=unused_warning)(np.array([0.0, 1.0]))


def weighed(x, weight):
    return weight * x * x


def test_no_term_goes_that_may_be_nan():
    _, (x_bar, _) = value_with_gradient(of=weighed)(math.inf, 0.0)
    assert math.isnan(x_bar)


def overflows(x):
    for _ in range(2):
        x = x * np.exp(x)
    return x


def test_what_warns_is_not_computed_again():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value_with_gradient(of=overflows)(800.0)
    assert sum("overflow encountered in exp" in str(one.message) for one in caught) == 1


def swapped(x, y):
    for _ in range(3):
        x, y = y, x * y
    return x - y


def test_names_that_overlap_stay_apart():
    value, (x_bar, y_bar) = value_with_gradient(of=swapped)(2.0, 3.0)
    assert value == swapped(2.0, 3.0)
    assert (x_bar, y_bar) == (9.0 - 2 * 2 * 27, 2 * 2 * 3 - 3 * 4 * 9)  # of x y^2 - x^2 y^3


def named_like_cotangents(x, y):
    value = x * y
    value_bar = 3
    t1 = value * value_bar
    t1_bar = 2
    return t1 * t1_bar + x


def test_names_of_the_user_are_left_to_the_user():
    assert value_with_gradient(of=named_like_cotangents)(1.5, 2.0) == (19.5, (13.0, 9.0))


def rebound_after_capture(x):
    k = 1

    def scaled(v):
        return v * k

    y = scaled(x)
    k = 2
    return y + scaled(x)


def test_captured_names_keep_their_variable():
    assert value_with_gradient(of=rebound_after_capture)(1.5) == (4.5, 3.0)


def unbound_on_one_path(x, chosen):
    if chosen:
        y = x
    return x * y


def test_an_unbound_name_stays_unbound():
    with pytest.raises(UnboundLocalError, match="'y'"):
        value_with_gradient(of=unbound_on_one_path, wrt="x")(1.5, False)


def captured_before_it_is_bound(x, chosen):
    if chosen:
        y = x
    x = x * (y > 0.0)

    def scaled(v):
        return v * y

    y = 2.0
    return scaled(x)


def test_a_captured_name_stays_unbound_until_it_is_bound():
    with pytest.raises(UnboundLocalError, match="'y'"):
        value_with_gradient(of=captured_before_it_is_bound, wrt="x")(1.5, False)


# Switching off


def doubled(x):
    y = x + x
    return y * y


def test_passes_are_part_of_what_a_derivative_is():
    plain = value_with_gradient(of=doubled).source_for(1.0)
    with without("fold_literals", "join_coefficients", "propagate_copies"):
        longer = value_with_gradient(of=doubled).source_for(1.0)
    assert len(longer) > len(plain)
    assert value_with_gradient(of=doubled).source_for(1.0) == plain


def test_what_is_left_out_in_a_block_is_back_after_it():
    with without("drop_dead"), without("merge_names"):
        pass
    assert value_with_gradient(of=doubled)(3.0) == (36.0, 24.0)


@pytest.mark.parametrize("name", ["extremes_that_come_back", "extremes_that_stay"])
def test_extremes_that_cancel_out_are_idle(name, monkeypatch):
    (program,) = (one for one in programs.PROGRAMS if one.name == name)
    right, idle = derived(program), _text(program)
    monkeypatch.setattr(activity, "cancelling", lambda *_: frozenset())
    with without("fold_literals", "drop_dead"):  # derived anew
        assert alike(right, derived(program))
        assert "to_winners" in _text(program)
    assert ("to_winners" in idle) == (name == "extremes_that_stay")


def _text(program):
    return value_with_gradient(of=program.function).source_for(*program.arguments())
