"""with_recomputation: less is kept, the schedule is the best there is, and what may not run twice is refused."""

import copy
import functools
import math
import pickle
import random
import tracemalloc

import numpy as np
import pytest

from diffpy import (
    differentiable,
    differential,
    gradient,
    value_with_gradient,
    value_with_pullback,
    with_recomputation,
)
from diffpy.errors import DifferentiationError
from diffpy.runtime.repetition import Kept, extend, usual_steps

X = np.array([0.3, 1.2, 0.7])
OUTSIDE = []
FACTOR = np.ones(3)


@functools.cache
def fewest(count, slots):
    """The least number of steps that run again, by trying all places for the next state."""
    if count <= 1:
        return 0
    if slots == 1:
        return count * (count - 1) // 2
    return min(m + fewest(count - m, slots - 1) + fewest(m, slots) for m in range(1, count))


def test_the_schedule_is_binomial():
    for slots in (1, 2, 3, 5):
        for count in (1, 2, 7, 30, 44):
            runs, most = runs_of(count, slots)
            assert runs == fewest(count, slots)
            assert most <= slots
    runs, most = runs_of(20_000, usual_steps(20_000))
    assert runs < 4 * 20_000
    assert most <= usual_steps(20_000) <= 4 * math.log2(20_000) + 4


def runs_of(count, slots):
    """How many steps run to reach each step from the last to the first, and how many states are held at most."""
    runs = most = 0

    def advanced(state, begin, end):
        nonlocal runs
        runs += end - begin
        return state + end - begin

    kept = [Kept(0, 0, slots - 1)]
    for k in reversed(range(count)):
        while kept[-1].at > k:
            kept.pop()
        extend(kept, k + 1, advanced)
        assert advanced(kept[-1].state, kept[-1].at, k) == k
        most = max(most, len(kept))
    return runs, most


def test_memory_stays_small():
    def kept(u, h, n):
        for _ in with_recomputation(range(n), steps=10):
            u = u - h * np.sin(u)
        return u.sum()

    @with_recomputation
    def deep(u, h):
        for _ in range(200):
            u = u - h * np.sin(u)
        return u

    def calls(u, h, n):
        return deep(u, h).sum()

    u = np.linspace(0.1, 1.0, 1000)
    derived = value_with_gradient(of=kept, wrt=("u", "h"))
    assert peak(derived, u, 1e-3, 300) < 30 * u.nbytes
    derived = value_with_pullback(of=calls, wrt=("u", "h"))
    derived(u, 1e-3, 0)
    assert held(lambda: derived(u, 1e-3, 0)) < 10 * u.nbytes


def test_a_pullback_runs_twice():
    def kept(u, h):
        for k in with_recomputation(range(9), steps=3):
            u = u - h * np.sin(u) * k
        return u

    _, back = value_with_pullback(of=kept)(X, 0.1)
    first, second = back(X), back(X)
    assert np.array_equal(first[0], second[0])
    assert first[1] == second[1]


def peak(function, *args):
    function(*args)
    tracemalloc.start()
    function(*args)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def held(run):
    tracemalloc.start()
    found = run()
    now = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return now if found else 0


def test_the_same_numbers_are_drawn_again():
    def noisy(x, rng):
        return x * x * rng.normal(size=3) * np.random.rand() * random.random()

    again = with_recomputation(noisy)
    found = []
    for function in (noisy, again):
        np.random.seed(1)
        random.seed(1)
        rng = np.random.default_rng(1)
        loss = lambda x, rng, f: (f(x, rng) * f(2 * x, rng)).sum()
        value, bar = value_with_gradient(of=loss, wrt="x")(X, rng, function)
        found.append((value, *bar, np.random.rand(), random.random(), rng.random()))
    assert found[0] == found[1]


def test_deriving_draws_nothing():
    def noisy(x):
        return x * np.random.rand() + random.random()

    np.random.seed(1)
    random.seed(1)
    expected = noisy(2.0)
    np.random.seed(1)
    random.seed(1)
    assert value_with_gradient(of=noisy)(2.0)[0] == expected


def test_draws_of_an_object_at_hand_are_those_of_the_first_run():
    class Source:
        def __init__(self):
            self.rng = np.random.default_rng(1)

        def get(self):
            return self.rng.random()

    source, first = Source(), np.random.default_rng(1).random()
    hidden = with_recomputation(lambda x: x * source.get())
    assert gradient(of=lambda x: hidden(x) * x)(2.0) == 4.0 * first


def test_another_value_at_the_second_run_is_refused():
    reads = with_recomputation(lambda x: x * FACTOR)
    _, back = value_with_pullback(of=lambda x: reads(x).sum())(X)
    FACTOR[:] = 2.0
    with pytest.raises(DifferentiationError, match="another value when it was run again"):
        back(1.0)
    FACTOR[:] = 1.0

    def captured(x):
        step = with_recomputation(lambda u: u * x)
        for _ in range(2):
            x = step(x)
        return x

    with pytest.raises(DifferentiationError, match="another value when it was run again"):
        gradient(of=captured)(2.0)


def prints(x):
    print(x)
    return x * x


def stores(x):
    x[0] = 2.0
    return x * x


def appends(x):
    OUTSIDE.append(1)
    return x * x


def calls_one(x):
    return prints(x) * 2


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (prints, "calls print"),
        (stores, "in place"),
        (appends, "changes 'OUTSIDE', which it did not make"),
        (calls_one, "run 'prints' twice"),
    ],
)
def test_functions_with_effects_are_refused(function, said):
    again = with_recomputation(function)
    with pytest.raises(DifferentiationError, match=said):
        gradient(of=lambda x: again(x).sum())(X)


def test_a_change_that_nothing_comes_back_from_is_refused():
    @with_recomputation
    def fill(a, x):
        a[0] = x[0] * x[0]

    def filled(x):
        a = x.copy()
        fill(a, x)
        return a.sum()

    with pytest.raises(DifferentiationError, match="fill"):
        gradient(of=filled)(X)


def leaves_by_break(x):
    for _ in with_recomputation(range(5)):
        x = x * 1.1
        if x.sum() > 3.0:
            break
    return x.sum()


def leaves_by_return(x):
    for k in with_recomputation(range(5)):
        if k == 3:
            return x.sum()
        x = x * 1.1
    return x.sum()


def has_an_else(x):
    for _ in with_recomputation(range(5)):
        x = x * 1.1
    else:
        x = x * 2.0
    return x.sum()


def fills_an_outer_array(x):
    a = np.zeros(5)
    for k in with_recomputation(range(5)):
        x = x * 1.1
        a[k] = x.sum()
    return a.sum()


def fills_it_under_another_name(x):
    a = np.ones(5)
    for k in with_recomputation(range(5)):
        b = a
        b[0] = k
        x = x * a[0]
    return x.sum()


def changes_its_state(x):
    for _ in with_recomputation(range(5)):
        x *= 1.1
    return x.sum()


def changes_a_view(x):
    inner = x[1:-1]
    for k in with_recomputation(range(5)):
        inner += k * inner
    return x.sum()


def changes_it_in_an_inner_loop(x):
    a = np.zeros((2, 3))
    for i in with_recomputation(range(2)):
        row = a[i]
        for k in with_recomputation(range(3)):
            row += x * k
    return a.sum()


def appends_to_a_list(x):
    seen = []
    for _ in with_recomputation(range(5)):
        x = x * 1.1
        seen.append(x)
    return seen[-1].sum()


def draws(x):
    for _ in with_recomputation(range(5)):
        x = x * np.random.rand()
    return x.sum()


def calls_what_prints(x):
    for _ in with_recomputation(range(5)):
        x = prints(x)
    return x.sum()


def runs_through_an_iterator(x):
    for k in with_recomputation(iter([1.0, 2.0])):
        x = x * k
    return x.sum()


LOOPS = {
    leaves_by_break: "'break' leaves a loop with recomputation",
    leaves_by_return: "'return' leaves a loop with recomputation",
    has_an_else: "has an else",
    fills_an_outer_array: "stores into 'a', which it did not make",
    fills_it_under_another_name: "changes 'a' in place",
    changes_its_state: "changes 'x' in place",
    changes_a_view: "changes 'inner' in place",
    changes_it_in_an_inner_loop: "changes 'a' in place",
    appends_to_a_list: "changes 'seen', which it did not make",
    draws: "draws random numbers",
    calls_what_prints: "calls 'prints', which has effects",
    runs_through_an_iterator: "a range, a list, a tuple or an array",
}


@pytest.mark.parametrize("function", LOOPS)
def test_loops_that_cannot_run_again_are_refused(function):
    with pytest.raises(DifferentiationError, match=LOOPS[function]) as refused:
        gradient(of=function)(X)
    assert refused.value.place.filename == __file__


@with_recomputation
def squared(x):
    return x * x


def test_it_is_copied_pickled_and_decorated():
    assert copy.deepcopy(squared) is squared
    assert pickle.loads(pickle.dumps(squared)) is squared
    other = pickle.loads(pickle.dumps(with_recomputation(prints)))
    assert other.function is prints
    assert gradient(of=with_recomputation(differentiable(squared.function)))(3.0) == 6.0
    with pytest.raises(DifferentiationError, match="put with_recomputation above @differentiable"):
        differentiable(squared)


def test_what_it_takes_is_checked():
    with pytest.raises(DifferentiationError, match="does not take"):
        with_recomputation(3.0)
    with pytest.raises(DifferentiationError, match="with steps= does not take"):
        with_recomputation(prints, steps=3)
    with pytest.raises(ValueError, match="at least 1"):
        with_recomputation(range(3), steps=0)

    def kept(x, steps):
        for _ in with_recomputation(range(3), steps=steps):
            x = x * x
        return x

    for steps in (0, 2.5):
        for derivative in (
            gradient(of=kept, wrt="x"),
            lambda *args: differential(of=kept, wrt="x")(*args)(1.0),
        ):
            with pytest.raises(ValueError, match="at least 1"):
                derivative(1.1, steps)
    assert with_recomputation(range(3), steps=2) == range(3)
