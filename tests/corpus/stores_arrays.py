"""In-place programs of arrays: items, slices, masks, `out=`, preallocated arrays, arguments overwritten."""

import functools

import numpy as np

from corpus import program as _program

program = functools.partial(_program, stage="stores")

X = np.array([0.5, -1.0, 2.0, 0.3, 1.7])
M = np.arange(12.0).reshape(3, 4) / 5 - 0.7


@program(X)
def store_an_item(x):
    y = np.zeros(3)
    y[0] = x[0] * x[1]
    y[1] = x[2] ** 2
    y[2] = y[0] * y[1]
    return y.sum() + y[2] * y[0]


@program(X)
def overwrite_an_item(x):
    y = x * 2
    y[1] = y[1] ** 2
    y[1] = y[1] * y[0]
    y[0] = 5.0
    return np.sum(y * y)


@program(X)
def read_before_and_after(x):
    y = x.copy()
    before = y[2] * 3
    y[2] = x[0] * x[4]
    after = y[2] ** 2
    return before * after


@program(X)
def add_to_an_item(x):
    y = np.ones(5)
    y[3] += x[0] ** 2
    y[3] *= x[1]
    y[-1] -= x[2]
    y[0] /= x[4]
    y[1] **= 2
    return y @ y


@program(X)
def fill_in_a_loop(x):
    y = np.empty(len(x))
    for i in range(len(x)):
        y[i] = np.sin(x[i]) * i
    return np.sum(y ** 2)


@program(X)
def prefix_sums(x):
    s = np.empty_like(x)
    s[0] = x[0]
    for i in range(1, len(x)):
        s[i] = s[i - 1] * 0.5 + x[i] ** 2
    return s[-1] * s[2]


@program(X, 0.6)
def recursive_filter(x, a):
    y = np.zeros(x.shape[0])
    for n in range(x.shape[0]):
        y[n] = a * x[n]
        if n > 0:
            y[n] += (1 - a) * y[n - 1]
    return np.sum(y ** 2)


@program(M)
def fill_a_matrix(m):
    out = np.zeros((4, 4))
    for i in range(4):
        for j in range(i, 4):
            out[i, j] = m[:, i] @ m[:, j]
            out[j, i] = out[i, j]
    return np.sum(out * out) + out[1, 2]


@program(M)
def rows_assigned(m):
    a = np.zeros((3, 4))
    a[0] = m[1]
    a[1, :] = m[0] * a[0]
    a[2] = 2.0
    a[-1] = a[1] + a[0]
    return np.sum(a ** 2)


@program(M)
def columns_assigned(m):
    a = m.copy()
    a[:, 0] = a[:, 1] * a[:, 2]
    a[:, 3] += a[:, 0]
    a[:, 1] = 1.0
    return np.sum(a ** 2)


@program(X)
def slices_assigned(x):
    y = np.zeros(5)
    y[1:4] = x[:3] ** 2
    y[::2] += x[::2]
    y[:2] = x[-2:] * y[1:3]
    return np.sum(y * np.arange(1.0, 6.0) * y)


@program(X)
def broadcasts_into_a_slice(x):
    y = np.zeros((2, 5))
    y[:] = x
    y[0, 1:3] = x[0]
    y[:, 4] *= x[1] * x[2]
    return np.sum(y ** 2)


@program(X, 0.7)
def scalar_into_everything(x, s):
    y = x * x
    y[...] = s
    z = x * 3
    z[:] = s * x[0]
    return np.sum(y * x) + np.sum(z * z)


@program(X)
def overlap_shift(x):
    y = x.copy()
    y[1:] = y[:-1]
    y[:-1] += 2 * y[1:]
    return np.sum(y * x)


@program(X)
def reversed_onto_itself(x):
    y = x * 1.5
    y[...] = y[::-1]
    y[:2] = y[3:][::-1] * y[:2]
    return np.sum(y * np.arange(5.0))


@program(X)
def argument_reversed(x):
    x[...] = x[::-1]
    return np.sum(x * np.arange(5.0) * x)


@program(X)
def argument_overwritten(x):
    x[0] = x[1] * x[2]
    x *= 2
    x[3:] += x[0]
    return np.sum(x ** 2)


@program(X)
def argument_overwritten_in_a_loop(x):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1] + 0.1
    return x[-1] + x[2] ** 2


@program(X)
def argument_cleared(x):
    total = np.sum(x ** 2)
    x[:] = 0.0
    return total + np.sum(x)


@program(X)
def whole_array_augmented(x):
    y = x.copy()
    y += x * 2
    y *= y
    y -= x[0]
    y /= 3.0
    return y.sum()


@program(X)
def augmented_in_a_loop(x):
    total = np.zeros(5)
    for k in range(1, 4):
        total += x ** k / k
    return np.sum(total ** 2)


@program(X)
def augmented_is_seen_by_the_alias(x):
    a = x * 1.0
    b = a
    a += x
    c = a
    a = a + x
    return np.sum(b * c) + np.sum(a)


@program(X)
def masked_store(x):
    y = x.copy()
    y[y < 0] = 0.0
    y[x > 1] = x[x > 1] ** 2
    y[np.array([True, False, False, True, False])] *= 3
    return np.sum(y * y)


@program(X)
def masked_store_of_a_scalar(x):
    y = x * x
    y[x < 0.4] = x[2]
    return np.sum(y * x)


@program(X)
def store_by_integer_array(x):
    y = np.zeros(5)
    y[[0, 2]] = x[1:3]
    y[np.array([3, 4])] += x[:2] * x[0]
    return np.sum(y ** 2)


@program(X, expected=np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
def store_repeated_index(x):
    y = np.zeros(2)
    y[[0, 0, 0]] = x[:3]
    return y[0]


@program(X)
def augment_repeated_index(x):
    y = np.ones(3)
    y[[1, 1, 2]] += x[:3]
    return np.sum(y ** 2)


@program(X)
def add_at(x):
    y = np.zeros(3)
    np.add.at(y, [0, 1, 1, 2, 0], x)
    return np.sum(y ** 2)


@program(X, np.array([0, 1, 1, 0, 2]))
def histogram_of_weights(x, bins):
    h = np.zeros(3)
    for b, v in zip(bins, x):
        h[b] += v ** 2
    return h[0] * h[1] + h[2]


@program(M)
def negative_steps(m):
    a = np.zeros((3, 4))
    a[::-1, ::-2] = m[:, ::2]
    a[1, ::-1] += m[0]
    return np.sum(a * a)


@program(M)
def ellipsis_and_newaxis(m):
    a = np.zeros((2, 3, 4))
    a[..., 0] = m[:, 1]
    a[0, ...] += m
    a[1][:, None, 2:] = m[:, None, :2]
    return np.sum(a ** 2)


@program(np.array(1.5), X)
def zero_rank_store(s, x):
    acc = np.zeros(())
    acc[...] = s * x[0]
    acc += x[1] ** 2
    s[()] = s * 2
    return acc * s


@program(X)
def fill_and_copyto(x):
    y = np.empty(5)
    y.fill(x[0])
    z = np.empty(5)
    np.copyto(z, x * y)
    z[0] = y[1]
    return np.sum(z * z)


@program(M)
def fill_diagonal(m):
    a = m[:, :3] * 2
    np.fill_diagonal(a, m[0, 0])
    return np.sum(a ** 2)


@program(X)
def put_items(x):
    y = x * 1.0
    np.put(y, [0, 3], [x[1], 2.0])
    return np.sum(y * y)


@program(X)
def out_of_a_ufunc(x):
    y = np.empty(5)
    np.multiply(x, x, out=y)
    np.add(y, x, out=y)
    np.sin(y, out=y)
    return y.sum()


@program(X)
def out_of_a_reduction(x):
    m = np.outer(x, x)
    s = np.empty(5)
    np.sum(m, axis=0, out=s)
    np.dot(m, s, out=(t := np.empty(5)))
    return s @ t


@program(X)
def where_of_a_ufunc(x):
    y = np.zeros(5)
    np.sqrt(x, out=y, where=x > 0)
    return np.sum(y * x)


@program(X)
def sorted_in_place(x):
    y = x * x
    y.sort()
    return y @ np.arange(5.0)


@program(X)
def masked_by_where_then_stored(x):
    y = np.where(x > 0, x, 0.0)
    y[1] = y[0] * y[2]
    return y @ y


@program(M)
def row_swap(m):
    a = m.copy()
    a[[0, 2]] = a[[2, 0]]
    a[0] *= a[1]
    return np.sum(a * np.arange(12.0).reshape(3, 4))


@program(M)
def row_swap_with_the_trap(m):
    a = m.copy()
    a[0], a[2] = a[2], a[0]
    return np.sum(a * np.arange(12.0).reshape(3, 4)) + a[0] @ a[1]


@program(M)
def row_swap_by_copy(m):
    a = m * 1.0
    kept = a[0].copy()
    a[0] = a[1]
    a[1] = kept
    return a[0] @ a[1] + a[1] @ a[2] * kept[0]


@program(X)
def item_swap(x):
    y = x.copy()
    for i in range(len(y) - 1):
        if y[i] > y[i + 1]:
            y[i], y[i + 1] = y[i + 1], y[i]
    return y @ np.array([1.0, 2.0, 4.0, 8.0, 16.0])


@program(np.linspace(0.0, 1.0, 7) ** 2, 0.1)
def heat_in_place(u, r):
    for _ in range(4):
        u[1:-1] += r * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


@program(np.linspace(0.0, 1.0, 6) ** 2)
def gauss_seidel(u):
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1]) + 0.01 * u[i] ** 2
    return np.sum(u)


@program(np.linspace(0.0, 1.0, 6) ** 2)
def double_buffering(u):
    a, b = u.copy(), np.zeros_like(u)
    for _ in range(5):
        b[1:-1] = (a[:-2] + a[1:-1] * a[2:]) / 2
        b[0], b[-1] = a[0], a[-1]
        a, b = b, a
    return np.sum(a * a) + b[2]


@program(M)
def jacobi_two_dimensions(a):
    b = np.zeros_like(a)
    for _ in range(3):
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:])
        a[1:-1, 1:-1] = b[1:-1, 1:-1] ** 2
    return np.sum(a * np.arange(12.0).reshape(3, 4))


@program(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]))
def cholesky(a):
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = np.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    return np.sum(np.log(np.diag(a))) + a[2, 1]


@program(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]), np.array([1.0, 2.0, 3.0]))
def gaussian_elimination(a, b):
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x @ x


@program(np.array([2.0, 2.5, 3.0, 2.2]), np.array([1.0, 2.0, 0.5, 1.5]))
def thomas_solver(d, b):
    n = len(d)
    c = np.full(n, -1.0)
    c[0] = c[0] / d[0]
    b[0] = b[0] / d[0]
    for i in range(1, n):
        m = d[i] + c[i - 1]
        c[i] = c[i] / m
        b[i] = (b[i] + b[i - 1]) / m
    for i in range(n - 2, -1, -1):
        b[i] -= c[i] * b[i + 1]
    return np.sum(b ** 2)


@program(X)
def store_in_branches(x):
    y = np.zeros(5)
    for i in range(5):
        if x[i] > 1:
            y[i] = x[i] ** 2
        elif x[i] > 0:
            y[i] += x[i]
        else:
            y[0] = x[i] * y[0]
    return y @ y


@program(X)
def break_after_a_store(x):
    y = x.copy()
    for i in range(5):
        y[i] *= y[0]
        if y[i] > 0.5:
            break
        y[i] += 1
    return np.sum(y ** 2)


@program(X)
def while_with_stores(x):
    stack = np.zeros(10)
    n = 0
    for v in x:
        stack[n] = v
        n += 1
        while n >= 2 and stack[n - 1] < stack[n - 2]:
            stack[n - 2] = stack[n - 1] * stack[n - 2]
            n -= 1
    return np.sum(stack[:n] ** 2)


@program(np.array([0.4, 0.9]), 2.0)
def table_of_recurrences(p, x):
    t = np.zeros((5, 2))
    t[0] = p
    for k in range(1, 5):
        t[k, 0] = t[k - 1, 1] * x
        t[k, 1] = t[k - 1, 0] + t[k, 0] * p[1]
    return t[-1].sum() + t[2, 0]


@program(np.array([0.2, 1.0, 0.4]), np.array([0.1, 0.5, 0.9, 0.3]))
def soft_dynamic_time_warping(a, b):
    d = np.full((len(a) + 1, len(b) + 1), np.inf)
    d[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i, j] = (a[i - 1] - b[j - 1]) ** 2 + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[-1, -1]


@program(np.array([0.3, 0.8, -0.5, 1.2], dtype=np.float32), tolerance=2e-5)
def single_precision_store(x):
    y = np.zeros(4, dtype=np.float32)
    y[1:] = x[:-1] * 2
    y[0] += x[3] ** 2
    return np.sum(y * y)


@program(X)
def integers_and_floats_stored(x):
    count = np.zeros(5, dtype=int)
    y = np.zeros(5)
    for i in range(5):
        count[i] = i * 2
        y[i] = x[count[i] % 5] * count[i]
    return y @ y


@program(X)
def array_never_read(x):
    scratch = np.zeros(5)
    scratch[:] = x ** 2
    return x @ x


@program(X)
def save_states(x):
    history = np.zeros((4, 5))
    for t in range(4):
        x = np.tanh(x * 1.1)
        history[t] = x
        x[0] = 0.5
    return np.sum(history[1:] * history[:-1])


def _kernel_arguments():
    return X.copy(), np.zeros(5), 0.3


@program(make=_kernel_arguments, result="out")
def kernel_fills_its_argument(x, out, s):
    for i in range(1, len(x) - 1):
        out[i] = s * (x[i - 1] + x[i + 1]) + out[i]
    out[0] = x[0] ** 2


@program(make=lambda: (X.copy(), np.ones(5)), result=("x", "y"))
def kernel_updates_both(x, y):
    x *= y
    y += x[::-1] ** 2
    y[0] = x[0]


@program(2.0, expected=12.0)
def array_without_axes(x):
    y = np.zeros(())
    y += x
    z = y
    z *= x
    return y * x


@program(X, expected=0.8 * (X @ X) / 5 * X)
def total_without_axes(x):
    total = np.zeros(())
    kept = [total, total]
    for v in x:
        total += v * v
    total /= len(x)
    return kept[0] * kept[1]


@program(2.0)
def view_without_axes(x):
    y = np.zeros(2)
    z = y[1:2].reshape(())
    z += x
    z[...] = z * y[1]
    return y[1] * x


@program(np.arange(1.0, 5.0).reshape(2, 2))
def items_of_an_array_of_unknown_rank(a):
    table = np.block([[a, a * a], [np.eye(2), a]])
    table[0] *= 2.0
    corner = table[-1, 0]
    row = table[1]
    while table[0, 0] < 50.0:
        table[0] += table[0, 1] * row
        row[0] += 1.0
    table[-1, 0] = corner + table[2, 3] ** 2
    return table[0, 3] * corner + table[-1, 0]


@program(0.7, np.array([0.5, -1.0, 2.0, 0.3]), np.array([1.5, 0.2, -0.4, 0.9]))
def some_places_of_an_array_are_filled(x, v, w):
    v = v * x
    scale = sum(one for one in [x, 2.0] if one > 1.0)
    np.copyto(w, v, where=v > 0.3)
    np.add(v, np.maximum(v, scale - 2.0), out=w, where=w > 1.0)
    v.fill(scale * x)
    np.multiply(w, v, out=v, where=w > 0.0)
    return v @ w


@program(0.7, np.array([0.5, -1.0, 2.0, 0.3]))
def lists_of_the_rest_of_arrays(x, v):
    v[1] *= x
    first, *rest = v
    v[0] = 2.0 * x
    rest.append(first)
    rest[0] *= x
    v[2] = rest[0]
    items = [x, first, x * first]
    *front, last = items
    items[1] = last * x
    front[0] += items[1]
    return sum(rest) * v.sum() + sum(front) * items[0]


@program(0.7, 1.3, np.array([0.5, -1.0, 2.0, 0.3]))
def callees_fill_what_does_not_matter(x, y, v):
    note(v, x)
    for k in range(2):
        note(v[k:], y)
    return x * y


def note(a, t):
    a[0] += t
    a[-1] = a[0]


@program(np.array([[0.5, 1.5, -0.2], [0.9, 0.1, 0.7]]), np.array([0.3, 2.0, 1.1, 0.6]))
def placed_and_masked(a, v):
    b = a * 2
    np.place(b, b > 0.9, v[:2])
    np.putmask(b, b < 0.3, v)
    c = b * a
    c.partition(1, axis=0)
    np.putmask(c, c > 1, -c)
    np.place(c, c < 0, 3.0)
    return (b * a).sum() + (c ** 2)[0].sum()


@program(np.array([[1.1, 4.2, 3.4], [2.3, 0.7, 5.2], [0.4, 3.8, 1.6]]))
def out_by_position(a):
    m = a * 1
    np.clip(m, 0, 3, m)
    s, t, i = np.zeros(3), np.zeros(3), np.zeros(3, int)
    np.mean(a, 0, None, s)
    np.max(a, 1, t)
    a.cumsum(0, None, m[:, ::-1])
    n = a * 2
    np.around(n, 1, n)
    np.sign(m - 4, m)
    a.argmax(0, i)
    k = np.zeros(3)
    np.trunc(s, out=k)
    return s @ t + (m * a).sum() + (n * a).sum() + a[i, 0].sum() + k @ t


@program(np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]))
def put_along_each_axis(m):
    low = np.argmin(m, axis=1, keepdims=True)
    np.put_along_axis(m, low, m.max(axis=1, keepdims=True) * 0.5, 1)
    np.put_along_axis(m, np.array([[0, 1, 1]]), m[0] ** 2, axis=-2)
    flat = m[0].copy()
    np.put_along_axis(flat, np.array([2, 0]), flat[:2] * m[1, 1], 0)
    return (m * np.arange(6.0).reshape(2, 3)).sum() + flat @ flat


@program(X[[4, 0, 2, 3]])
def places_by_tuples_with_names(x):
    m = np.outer(x, x + 1)
    place = (2, 3)
    total = m[place[::-1]]
    for where in [(0, 1), (3, 2), place]:
        seen = m[where]
        m[where] = seen * total + m[tuple(reversed(where))]
        total += seen
    for row in ((1,), (2,)):
        line = m[row]
        line *= total
    return m.sum() + total


@program(X[[4, 0, 2, 3]])
def lengths_that_values_decide(x):
    k = np.subtract.outer(np.arange(4.0), np.arange(4.0)) ** 2 + 1.0
    v = np.ones(4)
    for _ in range(2):
        v = x / (k @ v)
    few = x[np.flatnonzero(x > 1.8)] * v
    kinds = np.unique(np.array([1, 2, 2, 7]))
    rough = np.polyadd(x, v[:2]) * v
    return few.sum() + (kinds * x[:3]).sum() + rough @ x + x.dot([1, 2, 3, 4])


@program(0.4, np.array([0.3, -1.2, 0.5, 0.9]), np.array([0.5, 0.2, 0.7, -0.4]))
def masks_of_unknown_kind(x, v, w):
    bound = sum({x, 0.0})
    np.add(v, v, out=w, where=w > bound)
    np.copyto(v, w * bound, where=v < bound)
    np.copyto(v, bound, where=[True, False, False, True] if x > 0 else v > x)
    np.multiply(v, 2.0, out=v, where=bound > 0.0)
    return w @ np.arange(1.0, 5.0) + v @ w


@program(np.array([[2.0, 0.4, 0.1], [0.4, 1.5, 0.3], [0.1, 0.3, 1.0]]))
def results_and_arguments_that_change(m):
    a = (m + m.T) * 0.5
    values, largest, middle = np.linalg.eigvalsh(a), a.max(initial=0.5), np.median(a, overwrite_input=False)
    low = np.linalg.eigh(a)[0]
    diagonal = np.einsum("ii->i", a)
    values.sort()
    low *= 2.0
    a *= 3.0
    return values @ low * largest + diagonal @ np.array([values, low], ndmin=3)[0, 1] + middle
