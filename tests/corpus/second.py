"""Programs that are differentiated twice: the gradient of the gradient along a seeded direction."""

import functools
import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from corpus import second_order

M = np.array([[0.5, -1.0], [1.5, 0.2]])
V = np.array([0.5, -1.2, 2.0])


@second_order(1.3)
def cubic(x):
    return x ** 3 - 2 * x


@second_order(0.7)
def sine_of_square(x):
    return math.sin(x * x) * math.exp(-x)


@second_order(0.7)
def numpy_scalar(x):
    return np.tanh(x) * np.log(x + 2)


@second_order(1.5, 0.5)
def two_numbers(x, y):
    return x ** 2 * y ** 3 + math.cos(x * y)


@second_order(-1.2, 1.0)
def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2


@second_order(0.8)
def branch(x):
    if x > 0.5:
        return x ** 4
    return x


@second_order(0.8)
def conditional(x):
    return x ** 3 if math.sin(x) > 0 else x


@second_order(1.1)
def loop(x):
    y = 1.0
    for i in range(4):
        y = y * x + math.sin(y * i)
    return y


@second_order(0.7, 1.3)
def issue_loop(a, b):
    z = 0
    for i in range(20):
        z = a * np.cos(z + i) + z * np.sin(b - i)
    return z


@second_order(2.0)
def while_loop(x):
    y = x
    while y < 30:
        y = y * y * 0.6 + x
    return y


@second_order(1.2)
def break_and_continue(x):
    total = 0.0
    for i in range(10):
        if i % 2:
            continue
        total += x ** i / (i + 1)
        if total > 3:
            break
    return total * x


@second_order(0.6)
def nested_loops(x):
    s = x
    for i in range(3):
        for j in range(i + 1):
            s = s + math.sin(s * x + j) * 0.3
    return s


def helper(a, b):
    return a * a * b + math.exp(a * b)


@second_order(0.4, 0.6)
def calls(x, y):
    return helper(x, y) * helper(y, x)


@second_order(0.4)
def recursion(x):
    def f(v, n):
        return v if n == 0 else f(v * v + x, n - 1)

    return f(x, 3)


@second_order(0.4)
def closure(x):
    scale = x * 2

    def f(y):
        return scale * y * y

    return f(x) * f(scale)


@second_order(V)
def polynomial_of_an_array(x):
    return np.sum(x ** 3) + x[0] * x[1] * x[2]


@second_order(V)
def elementwise(x):
    return np.sum(np.exp(x) * np.sin(x) / (1 + x * x))


@second_order(V, M)
def quadratic_form(x, m):
    return x[:2] @ m @ x[:2] + np.sum(np.tanh(m @ x[1:]) ** 2)


@second_order(np.ones((2, 3)) * 0.3, V)
def broadcasting(m, v):
    return np.sum((m * v + v) ** 3)


@second_order(V)
def log_sum_exp(x):
    return np.log(np.sum(np.exp(x)))


@second_order(V)
def softmax_entropy(x):
    e = np.exp(x - x.max())
    p = e / e.sum()
    return -np.sum(p * np.log(p))


@second_order(M)
def reductions(m):
    return np.mean(m, axis=0) @ np.prod(m, axis=1) + np.var(m) ** 2 + np.max(m) ** 3


@second_order(V)
def indexing(x):
    return np.sum(x[[0, 0, 2]] ** 3) + np.sum(x[1:] ** 2 * x[:-1])


@second_order(V)
def over_elements(x):
    total = 1.0
    for v in x:
        total = total * (v * v + 1)
    return total


@second_order(np.array([[2.0, 0.3], [0.1, 1.5]]), np.array([1.0, -0.5]))
def solve(a, b):
    x = np.linalg.solve(a, b)
    return x @ x + np.log(np.linalg.det(a))


@second_order([1.5, 0.5], {"k": 2.0})
def containers(xs, d):
    a, b = xs
    return a ** 2 * b * d["k"] ** 3


@second_order(0.5)
def list_grows(x):
    items = [x]
    for _ in range(3):
        items.append(items[-1] ** 2 + x)
    return sum(v * v for v in items)


@second_order(V)
def where_and_maximum(x):
    return np.sum(np.where(x > 0, x ** 3, x ** 2)) + np.sum(np.maximum(x, 0.1) ** 2)


@second_order(V, 0.4)
def stacked_and_joined(x, s):
    y = np.stack([x * s, x ** 2])
    return np.sum(np.concatenate([y[0], y[1] * s]) ** 2) + np.sum(y.T @ y)


@second_order(np.array([0.3, 0.1]))
def states_of_a_pendulum(state):
    for _ in range(5):
        state = state + 0.1 * np.array([state[1], -np.sin(state[0])])
    return state @ state


@second_order(2.0)
def partial_binds_again(x):
    def affine(v, w, b):
        return w * v + b

    h = functools.partial(affine, w=x, b=x ** 2)
    return h(3.0) * functools.partial(h, b=1.0)(x)


@second_order(np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]]))
def stores_into_a_transpose(m):
    a = m * 1.0
    t = a.T
    t[0] = t[1] * 2
    return (a ** 3).sum()


@second_order(V)
def stores_into_a_list(x):
    sums = [0.0] * 4
    for k in range(3):
        sums[k + 1] = sums[k] * x[k] + x[k] ** 2
    return sums[-1] ** 2


@second_order(V)
def stores_into_nested_lists(x):
    table = [[0.0] * 2 for _ in range(2)]
    table[0][0] = x[0]
    table[0][1] = x[1] * table[0][0]
    table[1][0] = table[0][1] ** 2
    table[1][1] = table[1][0] * table[0][0]
    return table[1][1] + table[0][1]


@second_order(V)
def stores_into_a_dict(x):
    seen = {}
    for key, v in zip("aba", x):
        seen[key] = seen.get(key, 0.0) + v * v
    return seen["a"] * seen["b"]


@second_order(V)
def neighbours_in_a_list(x):
    squares = []
    for v in x:
        squares.append(v ** 2)
    return sum(a * b for a, b in zip(squares, squares[1:]))


@second_order(V)
def list_of_arrays(x):
    rows = [x * k for k in range(3)]
    rows[0][1] = x[0]
    rows[1] *= x[2]
    rows[2] = rows[0] + rows[1]
    return (rows[2] * rows[1]).sum()


@second_order(np.array([0.7, -1.2, 2.5]))
def elements_that_are_not_taken(x):
    with np.errstate(invalid="ignore"):
        r = np.sqrt(x)
        y = np.where(x > 0, r * np.log(x) + 1 / r, x ** 2)
        return np.sum(y) * np.fmax(r, 0.5).sum()


def squares(u):
    return u * u


@second_order(np.array([0.7, -1.2, 2.5]))
def results_that_change(u):
    a = squares(u)
    b = squares(a)
    a[0] = b[1] * u[2]
    b[1:] *= a[:-1]
    return np.sum(a * b)


@second_order(0.7, 1.2)
def sums_of_dicts(x, y):
    d = {"x": x ** 2, "y": x * y}
    d["z"] = d["x"] * d["y"]
    return sum(d.values()) * max(d.values()) + sum(sorted(d.values())[1:]) ** 2


@second_order(np.array([0.7, -1.2, 0.0, 2.5]))
def operations_with_derivatives_written_out(u):
    p = np.cumprod(u + 0.5) @ u + np.rollaxis(np.outer(u, u)[None], 2)[1, 0] @ u
    return np.sinc(u).sum() * p + np.sum(np.pad(u, 1) ** 3) + np.asarray([u[0] ** 2, u[1] * u[3]]).prod()


class Span:
    def __init__(self, low, high):
        self.low, self.high = min(low, high), max(low, high)

    def __abs__(self):
        return self.high**2 - self.low


@second_order(0.4, 1.1)
def numbers_of_objects(a, b):
    return abs(Span(-a, a * b)) * b


def first_of(first, *others, **more):
    return first


@second_order(0.3, np.array([1.0, 0.2, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 4.0]))
def number_that_may_become_an_array(x, v, w):
    if x > 5.0:
        x += first_of(*w)
    w[:] = v
    return w @ v * x


@second_order(V)
def maps_windows_and_blocks(x):
    total = 0.0
    for (size,) in map(np.shape, (x, x * x, [1.0, 2.0])):
        total += size
    windows = np.lib.stride_tricks.sliding_window_view(np.column_stack((x, x * x)), (2, 1), axis=(0, 1))
    blocks = np.block([[x[:2], x[:1] * x[1:2]], [1.0, x[0], x[2]]])
    return total * np.sum(windows.sum(axis=(2, 3)) ** 2) + np.sum(blocks ** 3)


@second_order(V, 0.37)
def levels_of_quantiles(u, q):
    return np.quantile(u, q) ** 2 + np.percentile(np.outer(u, u), 100 * q * q, axis=1).sum()


@dataclass
class Spring:
    rate: float
    rest: float = 0.9
    force: float = field(init=False)

    def __post_init__(self):
        self.force = self.rate * self.rest
        self.energy = self.force * self.rest


@second_order(1.2, 0.7)
def fields_stored_after_the_first(a, b):
    springs = [Spring(a, b), Spring(b, a)]
    springs[0].force *= 2
    springs[1].energy += springs[0].force
    return sum(one.force * one.energy for one in springs) * springs[1].rate


@second_order(0.7, 1.3)
def defaults_that_change_after_the_function_is_made(x, y):
    items = [x, y * x]

    def product(of=items):
        return of[0] * of[1] * of[1]

    items[0] = items[1] * 2
    items.insert(0, items.pop())
    return product() * y


@second_order(0.7, np.array([1.3, -0.4, 0.2]))
def items_that_move_after_they_were_captured(x, v):
    items = list(v)
    product = lambda t: t * items[0] * items[1] * items[1]
    for one in [items, items]:
        one.insert(0, one.pop())
    return product(x) + items[0] * items[2]


def exchanged(a, t):
    a[0], a[1] = a[1], a[0] * t


@second_order(0.7, np.array([1.3, -0.4, 0.2]))
def partials_that_change_what_they_hold(x, v):
    s = v.copy()
    partial(exchanged, s)(x * v[0])
    return s[1] * s[2] * x + s[0] * s[1]


class Holding:
    def __init__(self, rows, name=None):
        self.rows = rows


def called_twice(g):
    g()
    g()


@second_order(0.7, np.array([1.3, -0.4, 0.2]))
def rows_that_an_object_holds_and_a_function_replaces(x, v):
    rows = [np.ones(3) for _ in range(3)]
    held = Holding(rows)

    def replace():
        rows[1] = rows[0] * x * v

    called_twice(replace)
    return held.rows[0] @ v + held.rows[1][1] * held.rows[0][2] * x + held.rows[-1].sum()


class Doubling:
    """What is noted between is doubled, also where an error ends it."""

    def __init__(self, notes):
        self.notes = notes

    def __enter__(self):
        self.notes.append(1.0)
        return self

    def __exit__(self, kind, error, traceback):
        self.notes[-1] *= 2
        return kind is ValueError


@second_order(0.8, 1.3)
def contexts_that_share_a_list(x, y):
    notes = [x * x]
    for k in range(3):
        with Doubling(notes):
            notes.append(x * y * k)
            if k == 1:
                raise ValueError
            notes[0] *= y
    return sum(note * note * k for k, note in enumerate(notes)) * notes[0]
