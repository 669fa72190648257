"""Programs that assign global names: counters, a best value so far, values carried from call to call within one run."""

import numpy as np

from corpus import LOG, program

count = 0
state = 0.0
best = None


def start():
    global count, state
    count, state = 0, 0.0


def counted(x):
    global count
    count += 1
    return x * count


def tree_sum(n, x):
    global count
    count += 1
    return x if n < 2 else tree_sum(n - 1, x) * 1.1 + tree_sum(n - 2, x)


@program(1.3, log=[3, 18])
def counters(x):
    start()
    y = counted(x)
    for _ in range(2):
        y = counted(y)
    LOG.append(count)
    total = tree_sum(5, x) * count + y
    LOG.append(count)
    return total


def add(v):
    global state
    state += v * v


def taken():
    return state * 2.0


@program(1.3, 0.7)
def carried_through_a_global(x, y):
    global best
    start()
    best = None
    for k in range(4):
        add(x * k)
        far = (y - k) ** 2 * state
        if best is None or far < best:
            best = far
    add(y)
    return taken() * state + best * x


called = [add]


@program(1.3, stage="hard")
def carried_by_unknown_calls(x):
    start()
    list(map(called[0], [x, 2.0 * x]))
    return state * x


@program(np.array([0.5, -1.0, 2.0]))
def known_when_it_runs(x):
    """Functions of this file leave values in global variables; these two do not."""
    functions = {"sum": np.sum, "mean": np.mean}
    return sum(f(x * x) * k for k, (_, f) in enumerate(functions.items(), 1))


NOTES = []
BOARD = np.zeros(2)


def noted(v):
    NOTES.append(v)


def last_note():
    return NOTES[-1]


def on_board():
    return BOARD[0]


@program(1.1)
def values_that_are_only_noted(x):
    for _ in range(2):
        noted(x)
        x = x * x
    return x


@program(1.5, stage="hard")
def a_note_that_a_helper_reads(x):
    noted(x * x)
    return last_note() * 3.0


@program(1.5, stage="hard")
def a_board_that_a_helper_reads(x):
    BOARD[0] = x
    return on_board() * 3.0


def running_total(start):
    total = start

    def grow(v):
        nonlocal total
        total = total + v
        return total

    def read():
        return total

    return grow, read


@program(0.9, stage="hard")
def closures_beside_functions_that_assign_globals(x):
    grow, read = running_total(x)
    grow_more, read_more = running_total(0.0)
    grow(x * 2)
    grow_more(grow(x**3))
    return read() * read_more() + grow(1.0)


_tapers = None
_weight = None


def tapered(x, at):
    """What a module keeps of the first call: an array, a function that is imported late."""
    global _tapers, _weight
    if _tapers is None:
        _tapers = np.linspace(0.5, 1.5, 4)
    if _weight is None:
        from math import exp as _weight
    return _tapers[at] * _weight(x)


@program(0.7)
def kept_by_the_module(x):
    return sum(tapered(x * k, k) for k in range(4))


def run_once(g):
    return g()


def each_called(gs, t):
    for g in gs:
        g(t)


@program(0.7, 1.3)
def assigned_by_functions_that_are_handed_on(x, y):
    global state
    state = 1.0

    def grow():
        global state
        state += x * y

    run_once(grow)
    before = state

    def shrink(t):
        global state
        state *= t

    def start_again():
        global best
        best = state * x

    kept = {}
    kept["shrink"] = shrink
    each_called(kept.values(), y)
    run_once(start_again)
    return state * before + best
