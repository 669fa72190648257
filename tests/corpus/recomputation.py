"""Programs that keep less for their derivative: functions and loops with recomputation."""

import numpy as np

from corpus import program, second_order
from diffpy import with_recomputation
from diffpy import with_recomputation as again

U = np.array([0.3, 0.9, 1.6, 0.2, 1.1])


@with_recomputation
def layer(x, w, b=0.1):
    t = np.sin(x)
    for _ in range(2):
        t = np.tanh(w * t + b)
    return t


@second_order(U, 1.5)
@program(U, 1.5)
def calls_in_a_loop(x, w):
    for _ in range(3):
        x = layer(x, w)
    return x.sum()


@program(U, 1.5)
def keywords_and_one_argument_twice(x, w):
    return (layer(x, b=w, w=w) * layer(x, w)).sum()


@second_order(U, 1.5)
@program(U, 1.5)
def closure_of_active_names(x, w):
    step = with_recomputation(lambda k, u: np.sin(u * w) + k * x)
    y = x
    for k in range(3):
        y = step(k, y)
    return y.sum()


@program(U, 1.5)
def argument_changed_after_the_call(x, w):
    y = x.copy()
    z = layer(y, w)
    y[0] = z[1] * 5.0
    return (z * y).sum()


@program({"w": U, "b": 0.5}, [U + 1.0, 2 * U])
def structures(parameters, xs):
    @with_recomputation
    def both(p, pair):
        first, second = pair
        return {"sum": p["w"] * first + second, "more": [p["b"] * second]}
    found = both(parameters, (xs[0], xs[1]))
    return (found["sum"] * found["more"][0]).sum()


@second_order(U, 0.3)
@program(U, 0.3)
def long_loop(u, h):
    for _ in with_recomputation(range(17), steps=3):
        u = u - h * np.sin(u)
    return u.sum()


@program(U, 0.3)
def one_state_kept(u, h):
    for _ in with_recomputation(range(6), steps=1):
        u = u - h * np.sin(u)
    return u.sum()


@program(U, 0.3)
def no_step_at_all(u, h):
    for _ in with_recomputation(range(0)):
        u = u - h * np.sin(u)
    return u.sum()


@second_order(U, 0.3)
@program(U, 0.3)
def several_states(u, h):
    f = lambda v: np.sin(v * h)
    total, scale = 0.0, 2.0
    for k in again(range(1, 12, 2), steps=2):
        v = f(u) * scale
        total = total + (v * u).sum() / k
        u = u + h * v
        last = v * k
    return total + last.sum() + u[0]


@program(U, 0.3)
def stores_into_a_copy(u, h):
    for _ in with_recomputation(range(9), steps=3):
        u = u.copy()
        u[1:-1] += h * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return (u * u).sum()


@program(U, 0.3)
def branches_and_continue(u, h):
    count = 0
    for k in with_recomputation(range(9), steps=3):
        if k % 3 == 1:
            continue
        if u.sum() > 3.0:
            u = u * (1.0 - h)
            count = count + 1
        else:
            u = u * (1.0 + h * u)
    return (u * u).sum() + count


@program([U, 2 * U, 3 * U, U - 1.0], 0.3)
def items_are_active(us, h):
    x = np.zeros(5)
    for u in with_recomputation(us, steps=2):
        x = np.tanh(x + h * u) * u
    return x.sum()


@program(np.outer(U, U), 0.3)
def rows_are_active(rows, h):
    x = np.zeros(5)
    for k, row in enumerate(with_recomputation(rows)):
        x = np.tanh(x + h * row) * row + k
    for row in with_recomputation(rows, steps=2):
        x = np.tanh(x + h * row) * row
    return x.sum()


@program(U, 0.3)
def pairs_are_taken_apart(u, h):
    for k, (a, b) in with_recomputation([(1, (2.0, h)), (2, (3.0, u[0])), (3, (h, h))], steps=2):
        u = u * a * h + b * k
    return u.sum()


@program(U, 0.3)
def loop_in_a_loop(u, h):
    for k in with_recomputation(range(4), steps=2):
        for _ in with_recomputation(range(k + 1), steps=2):
            u = u - h * layer(u, h)
        for j in range(2):
            u = u * (1.0 + h * j)
    return u.sum()


@program(U, 0.3)
def loop_in_a_branch(u, h):
    for n in range(3):
        if n != 1:
            for k in with_recomputation(range(4), steps=2):
                u = u - h * np.sin(u) * (k + n)
        else:
            u = u * h
    return u.sum() + k


@program(U, 0.3)
def loop_in_an_inner_function(u, h):
    def run(u):
        for _ in with_recomputation(range(5), steps=2):
            u = u - h * np.sin(u)
        return u
    return run(run(u)).sum()


@program(0.5)
def continue_in_an_inner_else(x):
    total = x
    for n in with_recomputation(range(2, 8), steps=2):
        for d in with_recomputation(range(2, n)):
            if n % d == 0:
                break
        else:
            total = total + x ** n / 100
            continue
        total = total * 0.99
    return total


@program(U, 1.5)
def step_of_a_captured_function(x, w):
    f = with_recomputation(lambda u: np.sin(u * w) + x)
    y = x
    for _ in with_recomputation(range(3), steps=2):
        y = f(y)
    return y.sum()
