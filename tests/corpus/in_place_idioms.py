"""Idioms of code that changes things in place."""

import functools
import heapq
import math

import numpy as np

from corpus import program

POINT = np.array([0.3, 0.7, -0.2, 0.5])
POSITIVE = np.array([0.3, 0.7, 0.2, 0.5])


@program(POINT)
def items_swapped(x):
    w = x.copy()
    w[1], w[0] = w[0], w[1] * 2
    return w @ np.arange(4.0)


@program(POINT, stage="stores")
def rows_swapped(x):
    A = np.outer(x, x + 1)
    A[[0, 1]] = A[[1, 0]]
    A[2], A[3] = A[3].copy(), A[2].copy()
    return (A * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def casteljau(x):
    ps = list(x)
    while len(ps) > 1:
        ps = [a + x[0] * b for a, b in zip(ps, ps[1:])]
    return ps[0]


@program(POINT)
def differences_until_none_is_left(x):
    v = [a * a for a in x]
    out = 0.0
    while v:
        out += v[0]
        v = [b - a for a, b in zip(v[:-1], v[1:])]
    return out


@program(POINT)
def rows_changed(x):
    A = np.outer(x, x + 1)
    for row in A:
        row -= row.mean()
        row *= 2
    return (A * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def rows_filled_by_number(x):
    A = np.zeros((4, 4))
    for i, row in enumerate(A):
        row[:] = x * i
    return (A * A).sum()


@program(POINT, stage="stores")
def rows_filled_beside_rows(x):
    A = np.outer(x, x)
    B = np.zeros((4, 4))
    for a, b in zip(A, B):
        b[:] = a[::-1] * x
    return (B * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def list_changed_by_number(x):
    xs = [v * v for v in x]
    for i, v in enumerate(xs):
        xs[i] = v * xs[i - 1]
    return sum(xs)


@program(POINT)
def array_changed_by_number(x):
    u = x.copy()
    for i, v in enumerate(u):
        u[i] = v * v + u[i - 1]
    return u.sum()


@program(POINT)
def open_mesh_of_indices(x):
    K = np.zeros((4, 4))
    d = np.array([0, 2])
    K[np.ix_(d, d)] += np.outer(x[:2], x[2:])
    K[np.ix_([1], [1, 2])] = x[0]
    return (K * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT, stage="stores")
def range_as_index(x):
    A = np.outer(x, x)
    n = 4
    y = np.array([1, 0, 3, 2])
    A[range(n), y] -= 1 * x
    return (A**2).sum()


@program(POINT)
def upper_triangle(x):
    A = np.outer(x, x + 1)
    i = np.triu_indices(4, 1)
    A[i] = x[0] * 2
    return (A**2 * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def multi_index(x):
    A = np.outer(x, x + 1)
    B = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        B[i, j] = A[i, j] ** 2
    for idx in np.ndindex(*A.shape):
        B[idx] *= A[idx]
    return B.sum()


@program(POINT)
def numbered_entries(x):
    A = np.outer(x, x + 1)
    B = np.zeros((4, 4))
    for (i, j), v in np.ndenumerate(A):
        B[j, i] = v**2
    return (B * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def product_in_place(x):
    A = np.outer(x, x + 1) + np.eye(4)
    B = A.copy()
    B @= A
    return B.sum()


@program(POINT)
def put_with_values(x):
    y = x.copy()
    np.put(y, [0, 2], x[1:3] ** 2)
    y.put([1], x[0] * 3)
    return (y * np.arange(1.0, 5)).sum()


@program(POINT, stage="stores")
def diagonal_filled(x):
    A = np.outer(x, x + 1)
    np.fill_diagonal(A, x)
    np.fill_diagonal(A[1:, 1:], x[0])
    return (A * np.arange(16.0).reshape(4, 4)).sum()


@program(POINT)
def array_from_its_class(x):
    out = np.ndarray((4,), dtype=x.dtype)
    for k in range(4):
        out[k] = x[k] ** 2
    return out.sum()


@program(POINT)
def rows_of_a_display(x):
    A = np.outer(x, x + 1)
    b = [*A][2]
    return (b * b).sum()


@program(POINT)
def list_multiplied(x):
    a = [0.0] * 3
    a[1] = x[0]
    c = a + [x[1]] * 2
    return sum(c) * a[1]


@program(POINT)
def index_from_a_list_sum(x):
    I = np.eye(3)
    k = [0] + [2]
    i = k[1]
    I[i, 0] = I[i, 0] - x[1] * I[i, 0]
    I[i] = I[i] * x[0]
    return I.sum()


@program(POINT, stage="stores")
def store_in_each_clause(x):
    out = [0.0] * 4
    for i in range(4):
        try:
            out[i] = math.sqrt(x[i])
        except ValueError:
            out[i] = x[i] * 2
        finally:
            out[i] += x[i]
    return sum(out)


@program(POSITIVE)
def list_reduced_then_changed(x):
    l = [x[0], x[1]]
    l.append(x[2] * x[0])
    y = functools.reduce(lambda p, q: p * q, l)
    l[0] = x[3]
    return y + l[0]


@program(POSITIVE, stage="stores")
def list_spread_then_changed(x):
    def h(a, b, c, d):
        return a * b + c * d

    l = list(x)
    y = h(*l)
    l[0] = y
    return l[0] * l[1]


@program(POSITIVE)
def dict_spread_then_changed(x):
    def h(a, b):
        return a * b

    d = {"a": x[0], "b": x[1]}
    y = h(**d)
    d["a"] = y * x[2]
    return d["a"] * d["b"]


@program(POSITIVE)
def list_sliced_then_changed(x):
    a = [0.0] * 3
    a[1] = x[0]
    b = a[:2]
    b[1] = x[1]
    c = a + [x[2]] * 2
    return sum(c) + b[1] * a[1]


@program(POSITIVE)
def bubble_sort(x):
    l = list(x)
    for i in range(len(l)):
        for j in range(len(l) - 1 - i):
            if l[j] > l[j + 1]:
                l[j], l[j + 1] = l[j + 1], l[j]
    return sum(k * v for k, v in enumerate(l))


@program(POSITIVE)
def dict_of_parameters(x):
    pr = {"W": np.outer(x, x), "b": x * 2, "s": 1.5}
    h = np.tanh(pr["W"] @ x + pr["b"]) * pr["s"]
    return h.sum()


@program(1.37)
def largest_of_a_list_that_changes(x):
    values = [x, 0.3, x * x]
    largest = max(values)
    values.pop()
    return largest + sum(values)


@program(1.37, stage="stores")
def contraction_of_an_array_that_changes(x):
    v = np.array([x, 0.3, x * x])
    c = np.einsum("i,i->", v, v)
    v[2] = 0.0
    return c + v.sum()


@program(2.0)
def largest_with_an_integer(x):
    best = 0
    for k in range(3):
        best = max(best, x * k)
    return max(best, 1)


@program(POSITIVE)
def one_item_of_a_list_of_an_array(x):
    return (x * x).tolist()[1] ** 2


@program(2.0)
def factory_of_counters(x):
    def make():
        total = 0.0

        def step(v):
            nonlocal total
            total = total + v
            return total

        return step

    one, other = make(), make()
    one(x)
    one(x * x)
    return one(1.0) * other(x)


@program([3.0, 1.0, 2.0], stage="hard")
def quicksort(values):
    def ordered(v):
        if len(v) <= 1:
            return v
        pivot = v[0]
        low = ordered([a for a in v[1:] if a < pivot])
        high = ordered([a for a in v[1:] if a >= pivot])
        return low + [pivot] + high

    return sum((k + 1) * v for k, v in enumerate(ordered(values)))


@program(1.3)
def recursive_lambda(x):
    power = lambda n: 1.0 if n == 0 else n * x * power(n - 1)  # noqa: E731
    return power(4)


@program(1.3)
def lambdas_that_call_each_other(x):
    even = lambda n: x if n == 0 else x * odd(n - 1)  # noqa: E731
    odd = lambda n: x * x if n == 0 else 2 * x * even(n - 1)  # noqa: E731
    return even(3)


@program(POINT)
def number_becomes_array(x):
    s = 0.0
    s += x * 2
    u = s
    u *= 2
    return s.sum()


@program(POINT)
def sums_of_rows_begin_with_a_number(x):
    sums = []
    for k in range(3):
        total = 0.0
        for row in np.outer(x, x + k):
            total += row * k
        sums.append(total)
    return sum((one**2).sum() for one in sums)


@program(POINT)
def number_or_array_of_one_name(x):
    total = None
    for k in range(3):
        if total is None:
            total = x * k
        else:
            total += x**k
    return (total**2).sum()


@program(POINT, stage="stores")
def number_under_two_names(x):
    low = high = 0.0
    for v in x:
        low += v
        high = low
        high *= 1.5
    return low * high


@program(POINT)
def dict_of_an_array_and_a_number_that_change(x):
    d = {"w": x[:2] * 2, "b": x[2]}
    d["w"] = d["w"] * d["b"]
    d["b"] += 1.0
    return d["w"].sum() * d["b"]


def shortest(lengths):
    far, todo = [float("inf")] * len(lengths), [(0.0, 0)]
    far[0] = 0.0
    while todo:
        d, here = heapq.heappop(todo)
        if d > far[here]:
            continue
        for there in range(len(lengths)):
            if there != here and d + lengths[here, there] < far[there]:
                far[there] = d + lengths[here, there]
                heapq.heappush(todo, (far[there], there))
    return far


@program(np.abs(np.sin(np.arange(1.0, 17.0))).reshape(4, 4))
def heaps(x):
    far = shortest(x)
    heap = [v * v for v in x[0]]
    heapq.heapify(heap)
    least = heapq.heapreplace(heap, x[1, 1] * far[1]) * heapq.heappushpop(heap, x[2, 1])
    return far[1] * far[2] + far[3] ** 2 + least * heapq.heappop(heap) + sum(heap)


@program(1.3, 0.7, stage="stores")
def repeated_lists_and_views(x, y):
    items = [x, y]
    other = items
    items *= 2
    items[2] = x * y
    items[0] = other[1] * x
    a = np.array([x, y, x * y])
    b = a.view()
    b[1] = items[0]
    b[1:].view()[0] *= y
    return other[0] * items[1] + items[2] * other[3] + (a * a).sum()


def lengths(data, axis=None, out=None):
    data = np.array(data, dtype=np.float64, copy=True)
    if out is None:
        if data.ndim == 1:
            return math.sqrt(np.dot(data, data))
        data *= data
        out = np.atleast_1d(np.sum(data, axis=axis))
        np.sqrt(out, out)
        return out
    return np.sqrt(np.sum(data * data, axis=axis), out)


@program(np.array([[0.3, 0.7], [-0.2, 0.5], [0.9, 0.4]]), [0.2, 0.1, 0.4], stage="stores")
def kinds_that_branches_decide(a, border):
    given, other = list(map(np.asanyarray, (a, a[:, ::-1])))
    work = np.diff(given, axis=0) + other[1:]
    if isinstance(work, (list, tuple)) or np.ndim(work) > 1:
        work[work > 0.5] *= 2.0
    upper = np.eye(3)
    upper[np.triu(np.ones((3, 3)), 1).astype(bool)] = border
    p, q, r, s = work.flat
    upper /= upper[0, 1] + p
    total = q * r + s
    for v in given.flat:
        total = total * v + 0.5
    return lengths(given, 1) @ upper, lengths(given[:, 0]), lengths(a, axis=0, out=np.zeros(2)), total, work


@program(np.array([[0.3, 0.7, -0.2], [0.5, 0.9, 0.4]]), np.array([[0.4, 0.1, 0.6]]), np.array([[0.4], [0.7]]))
def list_items_of_different_sizes(a, row, column):
    items = [a, row, column]
    doubled = list(map(np.asarray, (row, column)))
    return np.sum(items[0] * items[1] * items[2]) + np.sum(doubled[0] * doubled[1]) ** 2


@program(np.array([[0.5, 1.5, -0.4], [2.0, -1.0, 0.3]]), 1.5, stage="stores")
@program(np.asfortranarray([[0.5, 1.5, -0.4], [2.0, -1.0, 0.3]]), 1.5, stage="stores", name="places_of_columns_laid_flat")
def places_laid_flat(a, v):
    a.flat[2] = v
    a.flat[::3] = v * a.flat[1]
    a.flat[[0, -1]] += [v, 2.0]
    flat = a.flat
    for k in range(a.size):
        flat[k] *= k + 1.5
    np.put(a, [1, -2], v * a[0])
    b = np.zeros((2, 2))
    b.flat = a[1]
    total = 0.0
    for w in b.flat:
        total += w ** 2
    return a, total


@program(np.array([0.5, 1.5, -0.4, 2.0]), np.array([1.2, 0.7]), stage="stores")
def entries_that_ufuncs_change(x, w):
    a = np.ones((2, 2))
    np.multiply.at(a, ([0, 1, 0], [0, 1, 0]), x[:3] * w[0])
    np.maximum.at(x, [0, 0, 3], w[1])
    np.divide.at(a, (slice(None), 1), w)
    np.negative.at(a, (0, 0))
    x //= 0.3
    x[1:] %= 0.7 * w[0]
    return a, x * w[1]


@program(np.array([0.5, 1.5, -0.4]), np.array([1.2, 0.7, 0.3]), stage="stores")
def parts_of_complex_numbers_assigned(x, y):
    z = np.zeros(3, dtype=complex)
    z.real = x
    z.imag = y * z.real
    z *= z
    z.imag = 2.0 * z.real[::-1]
    return z.real * x[0] - z.imag * y


@program(np.array([0.5, 1.5, -0.4, 2.0, 0.1]), np.array([1.2, 0.7, 0.3]))
def windows_that_slide(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, len(w))
    smooth = windows @ w
    return smooth * windows.max(axis=1), np.lib.stride_tricks.sliding_window_view(np.outer(x, w), (2, 3)).sum(axis=(2, 3))


@program(np.array([0.5, 1.5, -0.4, 2.0]), stage="hard")
def windows_over_what_changes(x):
    windows = np.lib.stride_tricks.sliding_window_view(x, 2)
    x[1] = x[0] ** 2
    return windows.sum(axis=1) * x[1]


@program(
    np.array([[0.2, 1.5, -0.3], [2.0, 0.4, 0.7], [0.5, -0.6, 1.1]]),
    np.array([1.0, -0.5, 0.3]),
    stage="stores",
)
def elimination_with_rows_in_another_order(a, b):
    rows, copied = map(np.array, (a, b))
    order = np.array(range(len(copied)))
    times = np.zeros(np.linspace(a[0, 0], 1.0, 3, dtype=float).shape, dtype=int)
    for k in range(2):
        p = k + np.argmax(np.abs(rows[k:, k]))
        order[[k, p]] = order[[p, k]]
        rows[[k, p]] = rows[[p, k]]
        for i in range(k + 1, 3):
            rows[i, k] /= rows[k, k]
            rows[i, k + 1 :] -= rows[i, k] * rows[k, k + 1 :]
            times[i] += 1
    first, second = list(map(lambda v: v * v[order[0]], (copied, rows[order[2]])))
    return first @ second * times.sum() + rows[2, 2] * copied[order[1]]


@program(np.array([[0.0, 1.2, 4.1], [0.7, 0.0, 0.9], [2.3, 5.2, 0.0]]), stage="stores")
def shortest_ways(ways):
    d = ways * ways
    for k in range(3):
        d[:] = np.minimum(d[:], np.add.outer(d[:, k], d[k, :]))
    return np.sum(d * np.multiply.outer(d[0], d[1])) + np.sum(np.subtract.outer(d, d[2]) ** 2)


@program(np.array([[0.4, 1.1], [0.9, 0.2], [1.3, 0.8]]), np.array([0.5, 1.5]), stage="stores")
def masks_of_fewer_axes(x, w):
    y = x * w
    length = np.hypot(y[:, 0], y[:, 1]).reshape(3, 1)
    y = np.divide(y, length, out=y, where=length > 0.6)
    np.copyto(y, x * x, where=w > 1.0)
    np.copyto(y, 0.7, where=length > 1.6)
    return np.sum(y**2) * y[1, 0]


@program(np.array([[0.3], [0.8]]), stage="stores")
def counters_that_become_arrays(c):
    place, speed, path = 0, 0, 0.0
    for k in range(3):
        force = c[k % 2] - place
        speed += force * 0.4
        place += speed * 0.4
        path = path + math.cos(place.item()) * speed.sum()
    return path


@program(0.3, stage="stores")
def fields_of_records_that_react(rate):
    cells = np.zeros((5, 5), [("fuel", np.double), ("heat", np.double)])
    fuel, heat = cells["fuel"], cells["heat"]
    inside = fuel[1:-1, 1:-1]
    fuel[...] = 1.0
    heat[1:3, 1:3] = 0.25
    inside += 0.1 * rate
    for _ in range(2):
        inside -= rate * fuel[:-2, 1:-1] * heat[1:-1, 1:-1]
        heat[1:-1, 1:-1] += rate * inside
    return np.sum(heat) + np.sum(fuel**2)


@program(np.array([0.4, -1.1, 0.9, 0.2, 1.3, -0.8]), np.array([0.5, 1.5, -0.3]), stage="stores")
def masks_of_the_size_alone(x, v):
    y = x.reshape(2, 3).copy()
    np.putmask(y, np.array([[True, False, True], [False, False, True]]), v * x[0])
    np.putmask(y, [1, 0, 0, 0, 1, 0], v)
    np.place(y.T, [[1, 0], [0, 1], [1, 1]], v[:2])
    return np.sum(y**2 * v)


def some_array(kinds, a):
    return kinds["made"](a)


@program(np.array([[0.4, -1.1, 0.9], [0.2, 1.3, -0.8], [0.3, 0.6, -0.2]]), stage="stores")
def diagonals_of_arrays_of_unknown_rank(x):
    y = some_array({"made": np.array}, x * x[0])
    np.fill_diagonal(y, x[1, 1])
    np.clip(y, -0.5, 0.8, y)
    cube = np.outer(x[0], x[1])[None] * np.ones((3, 1, 1))
    np.fill_diagonal(cube, x[2])
    return np.sum(y**2) + np.sum(cube**3)
