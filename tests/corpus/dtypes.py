"""Programs of other numbers: float32, arrays of rank zero, NumPy scalars, ints as arguments, arrays of ints and bools."""

import math

import numpy as np

from corpus import program

F = np.array([0.5, -1.2, 2.0], dtype=np.float32)
G = np.array([[0.5, 1.0, 2.0], [1.5, 0.2, 0.4]], dtype=np.float32)


@program(F, tolerance=2e-5)
def single_precision(x):
    return np.sum(np.sin(x) * x ** 2)


@program(F, G, tolerance=2e-5)
def single_precision_products(x, m):
    return np.sum(np.tanh(m @ x) ** 2)


@program(F, 0.7, tolerance=2e-5)
def single_precision_with_a_float(x, s):
    return np.sum(s * x + x / 3 + x ** s if s > 1 else s * x * 2.5)


@program(F, np.array([1.0, 2.0, 3.0]), tolerance=2e-5)
def single_and_double(x, y):
    return np.sum(x * y + np.exp(x)) * y[0]


@program(G, tolerance=2e-5)
def single_precision_reductions(m):
    return np.mean(m, axis=0) @ np.max(m, axis=0) + np.std(m) + np.prod(m[:, 0]) + np.linalg.norm(m)


@program(np.float32(1.5), tolerance=2e-5)
def single_precision_scalar(x):
    return x * x + np.sin(x)


@program(F, tolerance=2e-5, expected=3 * F ** 2)
def cast_up_and_down(x):
    y = x.astype(np.float64) ** 2
    return np.sum(y.astype(np.float32) * x)


@program(F, tolerance=2e-5)
def single_precision_loop(x):
    total = np.float32(0)
    for v in x:
        total = total + v * v
    return total


@program(np.array([0.5, 1.5], dtype=np.float16), tolerance=5e-3)
def half_precision(x):
    return np.sum(x * x)


@program(np.array(1.5))
def zero_rank(x):
    return x ** 2 + np.sin(x)


@program(np.array(1.5), np.array([1.0, 2.0]))
def zero_rank_and_vector(s, v):
    return (s * v).sum() * s[()] + v[0] * s.item()


@program(np.array([1.5]))
def array_of_one_as_result(x):
    return x ** 2


@program(np.array([[1.5]]), np.array([2.0]))
def array_of_one_by_products(m, v):
    return m @ v * v


@program(np.float64(1.5), np.float64(0.5))
def numpy_scalars(x, y):
    return x * y + x ** y - np.float64(2.0) * x


@program(3, 4, ints="real", expected=(24.0, 10.0))
def ints_count_as_reals(x, y):
    return x ** 2 * y + y + 2


@program(3, 2.0, ints="real")
def int_and_float(n, x):
    return n * x + n / 2 + x ** n + math.sqrt(n)


@program(7, 2.0, ints="real")
def int_stays_an_int(n, x):
    return n * x + (n // 2) * x


@program(2, np.array([1.0, 2.0, 3.0]))
def int_steers(axis, x):
    y = x[:axis] * axis
    return y.sum() + sum(x[i] ** 2 for i in range(axis))


@program(np.arange(6.0).reshape(2, 3), 1, wrt="m")
def int_is_an_axis(m, axis):
    return np.sum(m.sum(axis=axis) ** 2)


@program(np.array([1.0, 2.0, 3.0]), np.array([2, 0, 1]))
def int_array_beside(x, n):
    return np.sum(x ** n) + np.sum(x * n)


@program(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]))
def bool_array_beside(x, mask):
    return np.sum(x * mask) + np.sum(x[mask] ** 2) + np.sum(np.where(mask, x, -x))


@program(0.5)
def int_arithmetic_inside(x):
    n = 10
    k = n // 3 + n % 4
    return x ** k * n + k / n * x


@program(True, 2.0)
def bool_argument(flag, x):
    return x ** 2 if flag else x


@program(np.array([1.0, 2.0, 3.0]), 2.5)
def result_is_a_python_float(x, s):
    return float(np.sum(x) * s)


@program(np.array([1.0, 2.0, 3.0]))
def result_is_a_numpy_scalar(x):
    return x[1] * 3


@program(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
def fortran_order(m):
    return np.sum(m ** 2 * np.arange(3.0)) + m.ravel()[1] * m.reshape(3, 2)[2, 0]


@program(make=lambda: (np.arange(12.0)[::2], np.arange(6.0).reshape(2, 3).T, np.arange(4.0)[::-1]))
def strided_arguments(x, m, r):
    return np.sum(x ** 2) + np.sum(m @ m.T) + x[1] * r[0] + np.sum(r * r[::-1])


def _read_only():
    x = np.array([1.0, 2.0, 3.0])
    x.flags.writeable = False
    return (x,)


@program(make=_read_only)
def read_only_argument(x):
    return np.sum(x ** 3)


@program(make=lambda: (np.broadcast_to(np.array([1.0, 2.0]), (3, 2)),))
def argument_of_stride_zero(m):
    return np.sum(m ** 2 * np.arange(6.0).reshape(3, 2))


@program(1e200, 1e-200)
def far_from_one(x, y):
    return x * y + y / 1e-200 + x / 1e200


@program(np.array([1000.0, 1001.0]))
def large_logits(x):
    top = x.max()
    return top + np.log(np.sum(np.exp(x - top)))


@program(np.zeros(0), 2.0)
def empty_array(x, y):
    return np.sum(x ** 2) + y ** 2
