"""Programs of arrays: elementwise, broadcasting, reductions, shapes, joining, sorting."""

import random

import numpy as np

from corpus import program

V = np.array([0.5, -1.2, 2.0])
P = np.array([0.5, 1.2, 2.0])
W = np.array([1.5, 0.3, -0.7])
M = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.4]])
Q = np.array([[0.5, 1.0, 2.0], [1.5, 0.2, 0.4]])
T = np.linspace(-1.0, 1.3, 24).reshape(2, 3, 4)
C = np.array([[[1.0, -2.0, 0.5, 3.0]], [[0.1, 0.2, -0.3, 0.4]]])         # (2, 1, 4)


# --- elementwise


@program(V, W)
def array_operators(a, b):
    return np.sum((a + b) * (a - b) / (b * b + 1) - a ** 2 + 2 ** b - -a)


@program(P)
def elementwise_exponentials(x):
    return np.sum(np.exp(x) + np.exp2(x) + np.expm1(x) * np.log(x) + np.log2(x) * np.log10(x) + np.log1p(x))


@program(V)
def elementwise_trigonometry(x):
    return (np.sin(x) * np.cos(x) + np.tan(x / 2) + np.sinh(x) - np.cosh(x) + np.tanh(x)).sum()


@program(V / 3)
def elementwise_inverses(x):
    return (np.arcsin(x) * np.arccos(x) + np.arctan(x) + np.arcsinh(x) + np.arccosh(x + 2) + np.arctanh(x)).sum()


@program(P)
def elementwise_powers(x):
    return (np.sqrt(x) + np.cbrt(x) + np.square(x) + np.reciprocal(x) + np.power(x, 1.5) + np.power(2.0, x)).sum()


@program(V)
def elementwise_signs(x):
    return np.sum(np.abs(x) * x + np.sign(x) * x + np.fabs(x) + np.absolute(x) + np.negative(x) + np.positive(x) * x)


@program(V)
def elementwise_angles(x):
    return np.sum(np.deg2rad(x) + np.radians(x) * np.rad2deg(x) + np.degrees(x))


@program(V * 1.07)
def elementwise_flat(x):
    return np.sum(np.floor(x) * x + np.ceil(x) + np.round(x, 1) * x + np.trunc(x) * x + np.rint(x))


@program(P, W)
def elementwise_of_two(x, y):
    return np.sum(np.arctan2(y, x) + np.hypot(x, y) + np.power(x, y) + np.logaddexp(x, y) + np.fmod(x, 0.7))


@program(V, W)
def maximum_minimum(x, y):
    return np.sum(np.maximum(x, y) * 2 + np.minimum(x, y) ** 2 + np.fmax(x, 0.1) + np.fmin(y, x))


@program(np.array([1.0, 2.0]), np.array([1.0, 3.0]), expected=(np.array([0.5, 0.0]), np.array([0.5, 1.0])))
def maximum_tie(x, y):
    return np.maximum(x, y).sum()


@program(np.array([-1.0, 0.0, 2.0]), expected=np.array([0.0, 0.5, 1.0]))
def relu_at_zero(x):
    return np.maximum(x, 0).sum()


@program(V)
def clipped(x):
    return np.sum(np.clip(x, -1.0, 1.5) * x) + x.clip(-0.3, 0.3).sum() + np.clip(x, None, 1.0).sum()


@program(V, W)
def where_of_two(x, y):
    return np.sum(np.where(x > y, x ** 2, y * x)) + np.where(x > 0, 1.0, x).sum()


@program(np.array([-1.0, 0.0, 4.0]), expected=np.array([0.0, 0.0, 0.25]))
def where_guards_sqrt(x):
    safe = np.where(x > 0, x, 1.0)
    return np.sum(np.where(x > 0, np.sqrt(safe), 0.0))


def root_of_half(x):
    return np.sqrt(x / 2)


@program(np.zeros((0, 3)), 0.4)
def extremes_of_nothing(x, s):
    return np.max(x, initial=s) + np.min(x, axis=1, initial=s).sum() * np.max(x, axis=0, initial=s ** 2).sum()


@program(np.array([0.7, -1.2, 2.5, -0.3]))
def elements_that_are_not_taken(x):
    with np.errstate(invalid="ignore"):
        r = np.sqrt(x)
        u = np.where(x > 0, r * r + 1 / r, x)
        v = np.log(x - 0.5)
        v[x < 0.6] = 0.0
        w = np.where(x > 0, np.where(x > 2, np.log(x - 2), r), root_of_half(-x))
        t = np.where(x > 0, root_of_half(x), x)
        s = np.select([x > 1, x > 0], [np.sqrt(x - 1), np.log(x)], x)
        columns = np.where((x > 0)[:, None], r[:, None] * x, 1.0)
        high = np.nansum(np.sqrt(x - 0.6)) + np.sum(np.log(x), where=x > 0)
        return np.sum(u * v + w * t + s) + r[x > 0].prod() * high + columns.mean()


@program(np.array([[0.7, -1.2, 2.5], [1.4, 0.4, -0.3]]))
def no_numbers_that_are_passed_by(x):
    with np.errstate(invalid="ignore"):
        r, u, v = np.sqrt(x), np.log(x), x**0.5
        high = np.nanmax(r, axis=1) * np.nanmin(u, axis=1, initial=0.1, where=x < 2)
        spread = np.nanstd(r, axis=0, keepdims=True) + np.nanvar(v, ddof=0.5)
        middle = np.nanmedian(np.sqrt(x), axis=1) + np.nanquantile(np.log(x + 0.2), 0.4)
        grown = np.nancumprod(np.sqrt(x), axis=1) * np.fmax.reduce(np.log(x + 1), axis=0)
        return np.sum(spread * x) + np.sum(high * middle) + grown.sum()


@program(2.5)
def a_number_that_is_the_largest_of_itself(x):
    return np.max(x) * np.nanmin(x) + np.median(x) ** 2 + np.ptp(x) + np.quantile(x * x, 0.3)


@program(np.array([0.0, 1.5, 2.0, 0.5]), expected=np.array([0.0, 2.5, 0.0, -1.25]))
def quotients_that_are_cleared(x):
    d = np.array([0.0, 2.0, 0.0, -4.0])
    total = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        r = x / d
        r[~np.isfinite(r)] = 0.0
        total += r.sum()
    for factor in (1.0, 3.0):
        with np.errstate(divide="ignore", invalid="ignore"):
            total += factor * np.nan_to_num(x / d, posinf=0.0, neginf=0.0).sum()
    return total


@program(V)
def comparisons_as_masks(x):
    return np.sum((x > 0) * x ** 2 + (x <= 0) * 3 * x + np.logical_and(x > -1, x < 1) * x + (~(x > 0)) * x)


@program(V * 1.07)
def divisions(x):
    return np.sum(1 / (x + 3) + (x % 0.7) * x + x // 0.5 + np.true_divide(x, 3) + np.mod(x, 2.0))


@program(P)
def negative_and_fractional_powers(x):
    return np.sum(x ** -1 + x ** 0.5 + x ** 3 + x ** 0 + (-x) ** 3)


@program(np.array([0.0, 1.0, -2.0]), expected=np.array([1.0, 6.0, 9.0]))
def powers_at_zero(x):
    return np.sum(x ** 2 + x ** 1 + x ** 3 - 0 * x ** 0)


@program(V, 0.7)
def scalar_with_array(x, s):
    return np.sum(s * x + x / s - s ** 2 * np.sin(s * x))


@program(V)
def softmax_entropy(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    return -np.sum(p * np.log(p))


@program(V, W)
def constant_arrays_inside(x, y):
    a = np.array([1.0, 2.0, 3.0])
    b = np.array([[1, 2, 3], [4, 5, 6]])
    return (a * x).sum() + (b * y).sum() * x[0]


# --- broadcasting: b + x with every combination of ranks

SHAPES = {
    "scalar_scalar": (0.7, -0.4), "scalar_vector": (0.7, V), "vector_scalar": (V, 0.7),
    "scalar_matrix": (0.7, M), "matrix_scalar": (M, 0.7), "vector_vector": (V, W), "vector_matrix": (V, M),
    "matrix_vector": (M, V), "matrix_matrix": (M, Q), "vector_of_one": (np.array([0.5]), V),
    "row_matrix": (V.reshape(1, 3), M), "column_matrix": (np.array([[0.5], [2.0]]), M),
    "column_row": (np.array([[0.5], [2.0]]), V), "vector_tensor": (np.arange(4.0), T), "matrix_tensor": (T[0], T),
    "tensor_column": (T, np.array([[1.0], [2.0], [0.5]])), "ones_inside": (C, T), "scalar_tensor": (0.7, T),
    "zero_rank_vector": (np.array(0.7), V), "vector_zero_rank": (V, np.array(0.7)),
    "zero_rank_zero_rank": (np.array(0.7), np.array(0.3)), "matrix_of_one": (np.array([[0.5]]), V),
    "tensor_of_one": (np.array([[[0.5]]]), M), "cross": (C, np.array([[1.0], [2.0], [0.5]])),
}


def affine(b, x):
    y = b + x
    return np.sum(y * y * 0.5 + b * x - x / (b * b + 1.0))


for _name, _arguments in SHAPES.items():
    program(*_arguments, name=f"broadcast_{_name}")(affine)


@program(M, V, 0.3)
def broadcast_chain(m, v, s):
    return np.sum(m * v + s) * s + np.mean((m + s) * (v - s))


@program(V, np.array([1.0, 2.0]))
def broadcast_by_newaxis(x, y):
    grid = x[:, None] * y[None, :]
    return np.sum(np.sin(grid) * (x[:, np.newaxis] - y))


@program(V)
def broadcast_to_and_tile(x):
    return np.sum(np.broadcast_to(x, (4, 3)) * np.arange(12.0).reshape(4, 3)) + np.sum(np.tile(x, 2) ** 2)


@program(np.zeros((0, 3)), V)
def empty_batch(m, v):
    return np.sum(m * v) + np.sum(v * v)


# --- reductions


@program(M)
def sums(m):
    a = np.sum(m, axis=0)
    b = m.sum(axis=1)
    c = m.sum(axis=-1, keepdims=True)
    return np.sum(a ** 2) + b[0] * b[1] + np.sum(c * m) + m.sum() ** 2


@program(T)
def sums_over_several_axes(t):
    return np.sum(t.sum(axis=(0, 2)) ** 2) + np.sum(np.sum(t, axis=(1, -1), keepdims=True) * t) + t.sum((0, 1, 2)) ** 2


@program(T)
def means(t):
    return t.mean() ** 2 + np.sum(np.mean(t, axis=1) ** 2) + np.sum(t.mean(axis=(0, 2), keepdims=True) * t)


@program(M)
def products(m):
    return np.prod(m) + np.sum(np.prod(m, axis=0) ** 2) + np.sum(m.prod(axis=1, keepdims=True) * m)


@program(np.array([2.0, 0.0, 3.0]), expected=np.array([0.0, 6.0, 0.0]))
def product_with_a_zero(x):
    return np.prod(x)


@program(np.array([2.0, 0.0, 0.0]), expected=np.zeros(3))
def product_with_two_zeros(x):
    return x.prod()


@program(M)
def maxima(m):
    return np.max(m) ** 2 + np.sum(m.max(axis=0) * np.array([1.0, 2.0, 3.0])) + np.min(m, axis=1, keepdims=True).sum() * m.min()


@program(np.array([1.0, 3.0, 3.0]), expected=np.array([0.0, 0.5, 0.5]))
def max_tie(x):
    return np.max(x)


@program(T)
def maxima_over_several_axes(t):
    return np.sum(np.max(t, axis=(0, 2)) ** 2) + np.sum(np.amin(t, axis=(1, 2), keepdims=True) * t)


@program(M)
def variances(m):
    return np.var(m) + np.sum(np.var(m, axis=0) ** 2) + np.sum(m.std(axis=1, keepdims=True) * m) + np.std(m, ddof=1)


@program(M)
def standardised(m):
    z = (m - m.mean(axis=0)) / (m.std(axis=0) + 1e-3)
    return np.sum(z * np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 0.0]]))


@program(M)
def cumulative(m):
    return np.sum(np.cumsum(m) ** 2) + np.sum(np.cumsum(m, axis=1) * m) + np.sum(m.cumsum(axis=0)[-1] ** 3)


@program(V)
def argmax_as_index(x):
    i = np.argmax(x)
    return x[i] ** 2 + x[np.argmin(x)] * i


@program(V)
def counts(x):
    return np.sum(x) / x.size + x.sum() * len(x) * np.count_nonzero(x > 0) + x.ndim * x[0]


@program(np.array([3.0, 4.0]))
def norms_by_hand(x):
    return np.sqrt(np.sum(x ** 2)) + np.sum(np.abs(x)) + np.max(np.abs(x))


@program(M)
def logsumexp(m):
    top = m.max(axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(m - top), axis=1)) + top[:, 0])


@program(V, W)
def weighted_average(x, w):
    p = np.exp(w) / np.exp(w).sum()
    mean = np.sum(p * x)
    return mean + np.sum(p * (x - mean) ** 2)


# --- shapes


@program(M)
def reshapes(m):
    a = m.reshape(3, 2)
    b = np.reshape(m, (-1,))
    c = m.reshape((6, 1))
    d = m.ravel()
    return np.sum(a[0] * a[2]) + b[1] * b[4] + np.sum(c * c.T) + d[5] * m.flatten()[2]


@program(T)
def transposes(t):
    a = t.transpose(2, 0, 1)
    b = np.transpose(t)
    c = np.swapaxes(t, 0, 2)
    d = np.moveaxis(t, 0, -1)
    return a[1, 0, 2] * b[3, 2, 1] + np.sum(c[0] * b[1]) + np.sum(d * d) + np.sum(t.swapaxes(1, 2)[0] ** 3)


@program(M)
def transpose_attribute(m):
    return np.sum(m.T @ m) + m.T[2, 1] ** 2


@program(V)
def added_and_removed_axes(x):
    a = np.expand_dims(x, 0)
    b = np.expand_dims(x, axis=(1, 2))
    c = np.squeeze(a) * np.squeeze(b, axis=2)[:, 0] * a.squeeze()
    return np.sum(a * b) + c.sum() + np.atleast_2d(x)[0, 1]


@program(V, W)
def joined(x, y):
    a = np.concatenate([x, y])
    b = np.concatenate((x[None], y[None]), axis=0)
    c = np.stack([x, y], axis=1)
    return a[1] * a[4] + np.sum(b[0] * b[1]) + np.sum(c[:, 0] / (c[:, 1] + 2)) + np.sum(c ** 2)


@program(M, Q)
def joined_matrices(a, b):
    h = np.hstack([a, b])
    v = np.vstack((a, b))
    s = np.stack([a, b, a * b], axis=-1)
    return np.sum(h[0] * h[1]) + np.sum(v[0] * v[3]) + np.sum(s[..., 2] * s[..., 0]) + np.concatenate((a, b), axis=1)[0, 4]


@program(np.arange(6.0))
def split(x):
    a, b, c = np.split(x, 3)
    d, e = np.split(x, [2])
    return np.sum(a * b - c) + np.sum(d * e[:2]) + e[-1] ** 2


@program(V)
def flips_and_rolls(x):
    return np.sum(np.flip(x) * x) + np.sum(np.roll(x, 1) * x ** 2) + x[::-1] @ W


@program(M)
def repeats(m):
    return np.sum(np.repeat(m, 2, axis=0)[1:] * np.arange(9.0).reshape(3, 3)) + np.sum(np.repeat(m, 3) ** 2)


@program(V)
def array_from_numbers(x):
    a = np.array([x[0] * 2, x[1] + x[2], 1.0])
    b = np.array([[x[0], 0.0], [x[1] ** 2, a[1]]])
    return a @ np.array([1.0, 2.0, 3.0]) + np.sum(b @ b)


@program(0.5, 1.5)
def array_from_scalars(x, y):
    rotation = np.array([[np.cos(x), -np.sin(x)], [np.sin(x), np.cos(x)]])
    return np.sum((rotation @ np.array([y, 1.0])) * np.array([1.0, y]))


@program(V, W)
def array_of_arrays(x, y):
    m = np.array([x, y, x * y])
    return np.sum(m[0] * m[2]) + m.mean()


@program(V)
def makers(x):
    a = np.zeros(3) + np.ones(3) * x
    b = np.full(3, 2.0) * a + np.zeros_like(x) + np.ones_like(x) * x + np.full_like(x, 0.5)
    return np.sum(b * np.arange(3)) + np.sum(np.eye(3) * x) + np.sum(np.linspace(0, 1, 3) * x)


@program(1.5)
def full_of_a_number(x):
    return np.sum(np.full(3, x) * np.array([1.0, 2.0, 3.0])) + np.full((2, 2), x ** 2)[0, 1]


@program(0.5, 2.0)
def linspace_with_ends(a, b):
    return np.sum(np.linspace(a, b, 5) ** 2)


@program(V)
def sorting(x):
    y = np.sort(x)
    return y @ np.array([1.0, 10.0, 100.0]) + np.sum(x[np.argsort(-x)] * np.array([3.0, 2.0, 1.0]))


@program(M)
def sorting_axes(m):
    return np.sum(np.sort(m, axis=0) * Q) + np.sum(np.sort(m) * np.arange(3.0))


@program(V)
def copies_and_types(x):
    y = x.copy()
    z = y.astype(np.float64) * np.asarray(x) + np.copy(x)
    return z.sum() * np.ascontiguousarray(y)[0]


@program(M)
def method_chain(m):
    return m.T.reshape(2, 3).sum(axis=0).dot(np.arange(3.0)) + m.max(axis=0).mean()


@program(M)
def shape_arithmetic(m):
    rows, columns = m.shape
    n = m.shape[0] * len(m[0])
    return m.sum() / n + rows * m[0, columns - 1] ** 2 + m.size * np.mean(m) + np.size(m) * m[0, 0] + np.shape(m)[1] * m[1, 0]


@program(V)
def differences(x):
    return np.sum(np.diff(x) ** 2) + np.sum((x[1:] - x[:-1]) * x[1:])


@program(M)
def triangles_and_traces(m):
    s = m @ m.T
    return np.trace(s) + np.sum(np.triu(s) * 2) + np.sum(np.tril(s, -1)) + np.sum(np.diag(s) ** 2)


@program(V)
def diagonal_made(x):
    return np.sum(np.diag(x) @ np.array([1.0, 2.0, 3.0]) * x)


@program(V)
def dot_items(x):
    return x.item(0) * x[1].item() + float(x[2]) ** 2 + float(np.sum(x))


@program(M)
def tolist_of_shape(m):
    total = 0.0
    for axis in range(m.ndim):
        total += np.sum(m.sum(axis=axis) ** 2) / m.shape[axis]
    return total


@program(np.array([0.3, -0.2, 0.8, 1.1, -0.5]))
def outer_ufunc(x):
    pairs = np.abs(np.subtract.outer(x, x))
    return np.sum(np.exp(-pairs)) + np.sum(np.outer(x, x) * pairs)


@program(M)
def boolean_reductions(m):
    scale = 2.0 if np.any(m > 1.9) and not np.all(m > 0) else 1.0
    return scale * np.sum(m * m.astype(bool)) + np.isfinite(m).all() * m[0, 0]


@program(V)
def nested_calls_of_methods(x):
    return np.abs(x).sum().item() * x.mean() + np.square(x - x.mean()).mean() ** 0.5


@program(V, W)
def interpolation_by_hand(x, y):
    t = np.clip((x - x.min()) / (x.max() - x.min() + 1.0), 0.0, 1.0)
    return np.sum(y * (1 - t) + t * t * y ** 2)


@program(np.arange(12.0).reshape(3, 4) / 7)
def windows_by_slices(image):
    laplace = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:] - 4 * image[1:-1, 1:-1]
    return np.sum(laplace ** 2) + np.sum(np.abs(image[1:] - image[:-1]))


@program(np.array([0.0, 0.0]), expected=np.zeros(2))
def norm_at_zero(x):
    return np.linalg.norm(x)


@program(M)
def meshgrid_like(m):
    x, y = np.meshgrid(np.arange(3.0), np.arange(2.0))
    return np.sum(m * x + m ** 2 * y)


@program(V)
def padded(x):
    y = np.concatenate([np.zeros(1), x, np.zeros(1)])
    return np.sum(y[2:] * y[:-2]) + np.sum(np.pad(x, 1)[1:] ** 2 * 0.5)


# --- joins by items


class Bilinear:
    """What its items are is computed from the numbers in brackets."""

    def __init__(self, offset):
        self.offset = offset

    def __getitem__(self, place):
        if isinstance(place, tuple):
            return place[0] * place[1] + self.offset
        return place ** 2


BILINEAR = Bilinear(0.5)


@program(V, 0.7, 3, stage="stores")
def joined_by_items(v, x, n):
    table = np.c_[v, np.arange(n) * x, np.ones((3, 2)) * v[0], [x, x * x, 1.0]]
    table[0, 1] = v[1] * x
    row = np.r_[v, 0:n, x, [x, 2.0], np.arange(0.0, x, 0.3)]
    row[-1] *= 2.0
    skew = np.r_[np.c_[[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]], np.zeros((1, 3))]
    parts = [v, np.sin(v)]
    stacked = np.r_[tuple(parts)] + np.c_[parts[0], parts[1]].ravel()
    return np.sum(table ** 2), row @ row, skew @ v, stacked * np.arange(6)


@program(1.3, 0.4)
def items_that_are_computed(x, y):
    return BILINEAR[x, y] * BILINEAR[y] + BILINEAR[2, x + y]


@program(np.array([0.5, -0.2, 0.3]), 1.5)
def drawn_by_place_and_scale(mean, spread):
    numbers, one = np.random.default_rng(3), random.Random(5)
    drawn = numbers.normal(mean, spread, (2, 3)) * numbers.uniform(mean, high=spread + 2, size=3)
    single = one.gauss(spread, 0.5) * one.uniform(0.1, spread) + one.normalvariate(sigma=spread)
    return np.sum(drawn ** 2) + single ** 2


@program(np.array([0.0, 1.0]), np.ones(2), expected=(np.array([-2.0, -4 / 27]), np.array([2.0, 4 / 3])))
def step_along_a_gradient_that_is_zero(g, p):
    """The root is steep where its argument, a mean of squares, is flat."""
    v = np.zeros_like(g)
    v = 0.9 * v + (1 - 0.9) * g**2
    p = p - 0.5 * g / (np.sqrt(v / (1 - 0.9**1)) + 0.5)
    return np.sum(p**2)
