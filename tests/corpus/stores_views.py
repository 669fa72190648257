"""In-place programs where arrays share memory: views, aliases, arrays in containers, callees that write their arguments."""

import functools
from dataclasses import dataclass

import numpy as np

from corpus import program as _program
from diffpy import differentiable

program = functools.partial(_program, stage="stores")

X = np.array([0.5, -1.0, 2.0, 0.3, 1.7, -0.6])
M = np.arange(12.0).reshape(3, 4) / 5 - 0.7


@program(X)
def store_through_a_view(x):
    y = x * 2
    tail = y[2:]
    tail[0] = x[0] ** 2
    tail *= 3
    return np.sum(y ** 2)


@program(X)
def view_of_a_view(x):
    y = x.copy()
    even = y[::2]
    last = even[1:]
    last[:] = last * y[0]
    even[0] += last[1]
    return y @ y


@program(X)
def view_sees_the_store(x):
    y = x * x
    head = y[:3]
    y[1] = x[5] * x[0]
    y[0] *= 2
    return np.sum(head * x[:3])


@program(X)
def reshape_is_a_view(x):
    y = x * 1.0
    m = y.reshape(2, 3)
    m[0, 1] = x[0] * x[5]
    m[1] *= m[0]
    return np.sum(y ** 2) + y[4]


@program(M)
def transpose_is_a_view(m):
    a = m.copy()
    t = a.T
    t[0] = m[:, 1] ** 2
    t[3, 2] += t[0, 0]
    return np.sum(a * m)


@program(M)
def ravel_is_a_view(m):
    a = m * 2
    flat = a.ravel()
    flat[5] = flat[0] * flat[11]
    return np.sum(a ** 2)


@program(M)
def ravel_of_a_transpose_is_a_copy(m):
    a = m * 2
    flat = a.T.ravel()
    flat[5] = 100.0
    a[0, 0] = m[1, 1] ** 2
    return np.sum(a ** 2) + flat[0] * flat[5]


@program(M)
def fancy_index_is_a_copy(m):
    a = m.copy()
    rows = a[[0, 1]]
    rows *= 5
    part = a[a > 0]
    part[0] = 7.0
    return np.sum(a ** 2) + rows.sum() + part.sum()


@program(M)
def row_is_a_view(m):
    a = m * 1.0
    for row in a:
        row[0] = row[1] * row[2]
        row /= 2.0
    return np.sum(a ** 2)


@program(M)
def diagonal_by_steps(m):
    a = m.copy()
    diagonal = a.reshape(-1)[::5]
    diagonal += np.array([1.0, 2.0, 3.0]) * a[0, 1]
    return np.sum(a * a)


@program(X)
def two_names_of_one_array(x):
    a = x * 2
    b = a
    b[0] = b[1] * b[2]
    a[1] = a[0] ** 2
    return np.sum(a * b)


@program(X)
def alias_or_copy(x):
    a = x * 2
    b = a if x[0] > 0 else a.copy()
    b[2] = x[1] * x[3]
    return np.sum(a ** 2)


@program(X)
def overlapping_views(x):
    y = x.copy()
    left, right = y[:-1], y[1:]
    left += right
    right *= left
    return np.sum(y * np.arange(6.0))


@program(X)
def views_swapped(x):
    y = np.concatenate([x, x * 2])
    a, b = y[:6], y[6:]
    for _ in range(3):
        a[:] = np.sin(b)
        a, b = b, a
    return np.sum(y ** 2) + a[0]


@program(X)
def arrays_in_a_list(x):
    parts = [x[:3] * 1, x[3:] * 1]
    parts[0][1] = x[0] * x[5]
    for p in parts:
        p *= 2
    parts[1] += parts[0]
    return np.sum(parts[1] ** 2) + parts[0].sum()


@program(X)
def array_in_a_dict(x):
    state = {"u": x * 1, "v": np.zeros(6)}
    for _ in range(3):
        state["v"] -= 0.1 * state["u"] ** 2
        state["u"] += 0.1 * state["v"]
    return np.sum(state["u"] ** 2)


@program(X)
def array_in_a_tuple(x):
    pair = (x * 1, np.zeros(6))
    u, v = pair
    v[1:] = u[:-1] ** 2
    u[0] = v[1]
    return np.sum(pair[0] * pair[1])


@program([X.copy(), X * 2])
def list_argument_written(arrays):
    arrays[0][1:] *= arrays[1][:-1]
    arrays[1][0] = arrays[0].sum()
    return np.sum(arrays[0] * arrays[1])


@program({"u": X.copy(), "v": X * 0.5})
def dict_argument_written(state):
    state["u"][:] = state["u"] * state["v"]
    state["v"][2] += state["u"][1]
    return np.sum(state["u"] ** 2 + state["v"] ** 3)


def scale_in_place(a, factor):
    a *= factor


def normalise(v):
    v /= np.sqrt(np.sum(v * v))
    return v


def fill_squares(out, x):
    for i in range(len(x)):
        out[i] = x[i] ** 2


def shift(u, amount):
    u[1:] = u[:-1] + amount
    scale_in_place(u, 1.5)


@program(X)
def callee_writes(x):
    y = x.copy()
    scale_in_place(y, x[0])
    scale_in_place(y[2:4], 3.0)
    return np.sum(y ** 2)


@program(X)
def callee_returns_what_it_wrote(x):
    y = x * 2
    z = normalise(y)
    z[0] = 1.0
    return np.sum(y * x)


@program(X)
def callee_fills(x):
    out = np.empty(6)
    fill_squares(out, x)
    fill_squares(out[:3], out[3:])
    return np.sum(out * x)


@program(X, 0.3)
def callee_two_deep(x, amount):
    shift(x, amount)
    shift(x[1:], amount * 2)
    return np.sum(x ** 2)


@program(X)
def callee_writes_two_views_of_one(x):
    def exchange(a, b):
        kept = a.copy()
        a[:] = b
        b[:] = kept * 2

    y = x * 1
    exchange(y[:3], y[3:])
    return y @ np.arange(6.0) + y[0] * y[5]


@program(X)
def closure_writes(x):
    work = np.zeros(6)

    def add(values):
        work[: len(values)] += values ** 2

    add(x)
    add(x[1:] * 2)
    return np.sum(work * x)


@program(X)
def recursion_writes(x):
    def smooth(u, depth):
        if depth == 0:
            return
        u[1:-1] = 0.5 * (u[:-2] + u[2:])
        smooth(u[1:], depth - 1)

    y = x ** 2
    smooth(y, 3)
    return np.sum(y ** 2)


@program(X)
def transform_in_stages(x):
    y = x[:4] * 1
    half = 1
    while half < 4:
        for start in range(0, 4, 2 * half):
            a = y[start : start + half]
            b = y[start + half : start + 2 * half]
            total, difference = a + b, a - b
            y[start : start + half] = total
            y[start + half : start + 2 * half] = difference * 0.7
        half *= 2
    return np.sum(y ** 2 * np.arange(4.0))


@program(X)
def expand_dims_and_squeeze_are_views(x):
    y = x * 1
    column = y[:, None]
    column[2, 0] = x[0] * 3
    np.squeeze(column)[4] *= 2
    np.expand_dims(y, 0)[0, 1] = x[2]
    return y @ y


@program(M)
def swapaxes_and_moveaxis_are_views(m):
    a = m * 1
    np.swapaxes(a, 0, 1)[3] = m[:, 0] ** 2
    np.moveaxis(a, 0, -1)[1, 2] += m[0, 0]
    return np.sum(a * a)


@program(M)
def split_gives_views(m):
    a = m * 1
    left, right = np.split(a, 2, axis=1)
    left *= right
    right[0] = left[1]
    return np.sum(a * m)


@program(make=lambda: (np.arange(12.0)[::2] / 4,))
def strided_argument_written(x):
    x[1:] *= x[:-1] + 1
    return np.sum(x ** 2)


def _base_and_view():
    base = X.copy()
    return (base,)


@program(make=_base_and_view)
def argument_and_its_view(x):
    window = x[2:5]
    window[:] = window[::-1] * x[0]
    x[3] += 1.0
    return np.sum(window * x[:3])


@differentiable
@dataclass
class State:
    u: np.ndarray
    total: float = 0.0

    def step(self, dt):
        self.u[1:-1] += dt * (self.u[2:] - 2 * self.u[1:-1] + self.u[:-2])
        self.total += self.u.sum() * dt


@differentiable
@dataclass
class Account:
    balance: float
    rate: float

    def deposit(self, amount):
        self.balance += amount

    def year(self):
        self.balance *= 1 + self.rate


@program(State(X.copy()), 0.1)
def struct_steps_in_place(state, dt):
    for _ in range(3):
        state.step(dt)
    return state.total + np.sum(state.u ** 2)


@program(Account(100.0, 0.05), 10.0)
def struct_attributes_updated(account, amount):
    for _ in range(3):
        account.deposit(amount)
        account.year()
    return account.balance


@program(2.0, 3.0)
def struct_made_and_updated(a, b):
    account = Account(a, b)
    account.balance = account.balance * account.rate
    account.rate = account.balance + a
    return account.balance * account.rate


@program(2.0)
def two_names_of_a_struct(a):
    first = Account(a, 0.5)
    second = first
    second.balance *= a
    first.rate = second.balance
    return first.balance * second.rate


class Accumulator:
    def __init__(self, start):
        self.total = start
        self.count = 0

    def add(self, x):
        self.total = self.total + x * x
        self.count += 1
        return self


@program(2.0, 3.0)
def object_of_a_plain_class(a, b):
    acc = Accumulator(a)
    acc.add(b).add(a * b)
    return acc.total / acc.count


class Smoother:
    """An object with an array of its own, made inside the program."""

    def __init__(self, n):
        self.work = np.zeros(n)

    def __call__(self, x):
        self.work[:] = 0.5 * self.work + x
        return self.work


@program(X)
def object_with_a_work_array(x):
    smoother = Smoother(6)
    first = smoother(x)
    second = smoother(x ** 2)
    return np.sum(first * second)


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def view_of_an_array_made_in_the_loop(x):
    s = 0.0
    for k in range(3):
        w = np.zeros(4)
        w[1:] = x[1:] * k
        v = w[1:]
        v *= x[0]
        w[0] = v[1] * v[2]
        s += (w * x).sum()
    return s


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def views_in_branches_and_inner_loops(x):
    a = x.copy()
    for k in range(3):
        for j in range(2):
            a[1:] *= a[:-1]
        if a[0] > 0:
            a[:2] += a[2:]
    while a[0] < 3 and k < 5:
        a[:2] += a[2:] ** 2
        v = a[1:]
        v *= 1.1
        k += 1
    return a.sum()


@program(M)
def views_read_before_and_after_stores(m):
    a = m.copy()
    for i in range(1, 3):
        early, late = a[i - 1], a[:, i]
        flipped = np.flip(early[1:])
        a[i, 1:] -= flipped * early[0] + a[i, :3]
        column = a[:, 0]
        a[i] = early * np.dot(column, late) / 8
        square = a.T[i] * column
        a[:, i] *= square[0]
        column[0] += early[i] * a[i, i]
    return np.sum(a * a[1]) + late[0] * flipped[1]


@program(M[:, :3] + 0.1, 1, wrt="m")
def rows_stored_over_columns(m, k):
    """NumPy goes from entry to entry here, and reads some that it has already written."""
    a = np.sin(m)
    a[:, 2] = a[1]
    put(a[k], a[:, 0])
    rows = [a[2], a[:, 1]]
    rows[1][...] = rows[0]
    flat = a.ravel()
    flat[1::2] = flat[:4]
    flat[:3] = flat[4::2]
    a[flat[:3] > 5.0, 0] = a[2, :0]
    for i in range(2):
        a[:, i] = a[i]
        a[i, :2] = a[i + 1, :2]
        a[1:, 2] = a[:-1, 2]
    return np.sum(a * a * m) + a[2, 1] ** 3


def put(target, values):
    target[:] = values


@program(1.0, np.array([1.0, 3.0, 2.0, 4.0]))
def a_number_of_unknown_kind_is_stored(y, v):
    def top(t):
        nonlocal y
        y = t * 2.0
        return v.max()

    x = top(y) * y
    v = v * 1.5
    z = v[::-1].sum()
    v[-4] = y
    v[:2] = z
    return v @ v + x


@program(2.0, np.ones(4))
@program(-2.0, np.ones(4))
def an_array_reduced_by_a_view_of_another(x, v):
    y = x
    if x > 100.0:
        y = v()  # functions are welcome, too
    z = np.zeros(4)
    try:
        if np.any(z > x):
            raise ValueError
    except ValueError:
        y = 2.0 * x
    v -= z[::-1]
    return v @ np.arange(1.0, 5.0) * y


@program(1.7, np.array([0.8, 1.3]))
def functions_within_call_each_other(x, v):
    u = v * x
    u[0] *= x

    def scaled(t):
        return t * u[0]

    def halved(t):
        return u[1] if t < 0.0 else halved(t - 1.0) * u[1] * scaled(x)

    def later(t):
        return halved(t) * x + scaled(t)

    y = later(x)
    u[0] = y
    functions = [scaled, lambda t: scaled(t) * u[1]]
    return later(u[1]) * functions[0](x) + functions[1](x)


@program(1.7, np.array([0.8, 1.3]))
def functions_within_call_each_other_around_a_store(x, v):
    u = v * x
    u[0] *= x

    def falling(t):
        return u[1] if t < 0.0 else rising(t - 1.0) * u[0]

    def rising(t):
        return t * u[1] if t < 0.0 else falling(t - 1.0) * u[1]

    def made(t):
        own = u * t
        own[0] *= x

        def inner(s):
            return own[0] * s

        return inner

    return falling(x) * made(x)(x)


@program(1.7, np.array([0.8, 1.3]))
def functions_within_are_handed_on_before_stores(x, v):
    u = v * x

    def twice(function, t):
        for k in range(2):
            function(t * k)
        return function(t)

    def push(t):
        u[0] += t * u[1]
        return u[0]

    def read(t):
        return u[1:] * t

    u[1] = twice(push, x)
    u[0] = np.sum(twice(read, x))
    return u[0] * u[1]


@program(1.7, np.array([0.8, 1.3]))
def functions_within_change_things_for_each_other(x, v):
    u = v * x
    n = x
    out = []

    def push(t):
        nonlocal n
        u[0] += t * u[1]
        n = n * t
        out.append(n * u[0])
        return n

    def twice(t):
        u = [t]
        push(t)
        return push(u[0])

    def later(n):
        m = twice(n)
        n = n + m
        return n * x

    y = later(x)
    for one in each(later, [y, v[0]]):
        y = y + one
    return y + n + u[0] * u[1] + sum(out) * out[0]


def each(function, items):
    return [function(one) for one in items]


@program(0.7, 1.3, np.array([0.5, -1.0, 2.0, 0.3]))
@program(2.0, 1.3, np.array([0.5, -1.0, 2.0, 0.3]))
def functions_in_lists_read_what_branches_assign(x, y, v):
    v = v * x
    if x > 1.0:
        y = x * y
    v[1:3] = [h(x) for h in [lambda t, k=k: y * t + k for k in range(2)]]

    def read(t2):
        return sum([h(x) for h in [lambda t, k=k: t2 * v[k] for k in range(2)]])

    x += read(x)
    return v[1] * x + v[2]


@program(np.array([[0.3, -0.7], [1.2, 0.4]]), np.array([0.6, -0.2]))
def views_by_einsum(a, x):
    """einsum of one array may be a view of it; of two it is not, even where it begins with an array."""
    b = a.copy()
    turned, diagonal = np.einsum("ij->ji", b), np.einsum(b, [0, 0], [0])
    product = np.einsum(b, [0, 1], x, [1])
    b[0] = 2.0 * x
    diagonal[1] *= x[0]
    turned[0] += product
    return np.sum(b**3) + np.sum(turned[:, 1] ** 2) * diagonal[0]


@program(np.array([0.5, 1.5, -0.2, 0.9, 0.1, 0.7]))
def shapes_assigned(x):
    a, b = np.outer(x, x), x.copy()
    v = a[0]
    a.shape = b.shape = -1
    v[1] = 5 * x[0]
    b[0] = a[1] * a[7]
    for n in (2, 3, 6):
        b.shape = (n, -1)
        b[1] *= b[0, 0]
    return (a * a).sum() + (b[:, 0] * x).sum()


@program(np.array([0.5, 1.5, -0.2, 0.9, 0.1, 0.7]))
def shape_assigned_under_two_names(x):
    a = x * 2
    b = a
    a.shape = (2, 3)
    return (b[0] * x[:3]).sum()


@program(np.array([1.0, 2.0, 3.0, 4.0]))
def parts_changed(x):
    a = x.copy()
    left, right = np.split(a, 2)
    left += right
    for p in np.array_split(a, 3):
        p *= a[0]
    one, rest = np.split(a, [1])
    rest *= one
    one += rest[0]
    return (a ** 2).sum() + (one * rest).sum() + (one + rest * x[0])[1]


@program(np.array([[1.0, 2.0], [3.0, 4.0]]))
def numbered_items_of_what_changes(m):
    a = m.T * 2
    a.T[0] += 1
    for k, v in enumerate(a.T.flat):
        a.flat[(k + 1) % 4] += v
    for place, v in np.ndenumerate(a):
        a[place] = v * 2 + (a[0, 0] if place != (0, 0) else 0.0)
    for k, v in np.ndenumerate(a[0]):
        a[1][k] += v * k[0]
    return (a * m).sum()


@program(0.3, 0.4, np.arange(4.0), M)
def rows_that_only_count_the_stores(x, y, v, m):
    other = v
    v[:] = y
    if v.sum() > x:
        m[0, 0] = y
        for row in m:
            other[::-1][2::-1] = np.ones(3)
    for k in range(2):
        v[1:] = np.abs(m).max() * x
    return other @ v


@program(np.array([[1.0, 0.4], [0.2, -0.7]]))
def what_is_computed_from_views_and_outlives_them(m):
    w = m.copy()
    top, raised, same = w[0], w[1] + 2.0, w[1] ** 1
    rest = divmod(w[1], 50.0)[1]
    top *= raised
    w.T[1] += top[0] ** 2
    np.multiply(w, 2.0, out=w)
    return (raised * same * rest) @ w[1]


def framed(signal, size, hop):
    count = 1 + (len(signal) - size) // hop
    step = signal.strides[0]
    return np.lib.stride_tricks.as_strided(signal, shape=(count, size), strides=(hop * step, step))


@program(np.array([0.4, -1.1, 0.9, 0.2, 1.3, -0.8]), 1.3)
def views_by_strides(x, w):
    y = x * 2
    pairs = np.lib.stride_tricks.as_strided(y, (2, 2), (y.strides[0] * 2, y.strides[0]))
    frames = framed(x, 4, 2)
    pairs[1] *= w
    y[0] = w
    turned = np.lib.stride_tricks.as_strided(np.outer(x, x).T, (3, 2), (16, 8))
    return np.sum(pairs**2) + np.sum(np.abs(np.fft.rfft(frames * w)) ** 2) + np.sum(turned * y[:2])


@program(np.array([0.4, -1.1, 0.9, 0.2]), stage="stores")
def functions_that_may_give_their_argument_back(x):
    table, total = np.outer(x, x) + np.eye(4), 0.0
    for n in range(3):
        rows, power = np.diff(x * 1.5, n), np.linalg.matrix_power(table, n)
        rows *= x[0]
        power[0] *= 0.5
        total += np.sum(rows**3) + np.sum(np.tanh(power))
    turned = x * 1j * 1j
    same, number = np.real_if_close(turned), np.float64(table)
    same[0] = x[1]
    number[1] *= x
    kept = np.polyint(np.polyder(x * 2.0, 0), 0)
    kept[1] = x[3]
    return total + np.sum(table**2) + np.sum(np.abs(turned * turned)) + np.sum(kept**2)


def with_first_scaled(a, t):
    a[0] *= t
    return a


@program(np.array([0.4, -1.1, 0.9, 0.2]), 0.7)
def places_read_ahead_of_a_call_that_changes_them(v, y):
    """Python reads what stands on the left first, whichever name it has there."""
    w = v
    w[[2, 0, 3, 1]] += with_first_scaled(v, y)
    turned = v.reshape(2, 2)
    turned[0, 0] += with_first_scaled(v, y)[1]
    for row in turned:
        row[0] *= with_first_scaled(v, y)[2]
    return v @ np.arange(1.0, 5.0)
