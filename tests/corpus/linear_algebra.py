"""Programs of matrices: products of every rank, einsum, norms, solve, inv, det."""

import numpy as np
from numpy.polynomial import Polynomial, chebyshev, hermite_e, laguerre, polynomial

from corpus import program

A = np.array([[2.0, 0.3, -0.5], [0.1, 1.5, 0.4], [-0.2, 0.6, 1.8]])
B = np.array([[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]])
M = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.4]])
X = np.array([1.0, -0.5, 0.25])
Y = np.array([0.2, 0.7, -1.1])
T = np.linspace(-1.0, 1.3, 12).reshape(2, 2, 3)


@program(A, X)
def matrix_vector(a, x):
    return np.sum((a @ x) ** 2) + x @ a @ x


@program(M, B)
def matrix_matrix(a, b):
    c = a @ b
    return np.sum(c * c) + c[0, 1] + np.sum(np.matmul(b, a))


@program(X, Y)
def vector_products(x, y):
    return (x @ y) ** 2 + np.dot(x, y) + np.inner(x, y) * x.dot(x) + np.vdot(x, y) + np.sum(np.outer(x, y) ** 2)


@program(X, M)
def vector_matrix(x, m):
    return np.sum((x @ m.T) ** 2) + np.sum(np.dot(m, x) ** 3) + m.dot(x)[0]


@program(T, M)
def batched_products(t, m):
    a = t @ m.T
    b = np.matmul(t, np.swapaxes(t, 1, 2))
    return np.sum(a ** 2) + np.sum(b * a) + np.sum(m @ t[0].T)


@program(T, X)
def batch_times_vector(t, x):
    return np.sum((t @ x) ** 2) + np.sum(np.dot(t, x)) + np.sum(x @ np.swapaxes(t, -1, -2))


@program(T, np.linspace(0.0, 1.0, 12).reshape(1, 3, 4))
def batches_broadcast(t, u):
    return np.sum((t @ u) ** 2)


@program(T, M)
def dot_of_high_rank(t, m):
    return np.sum(np.dot(t, m.T) ** 2) + np.sum(np.inner(t, m) * 0.5)


@program(T, M)
def tensordots(t, m):
    a = np.tensordot(t, m, axes=([1, 2], [0, 1]))
    b = np.tensordot(t, m, axes=1) if t.shape[-1] == m.shape[0] else np.tensordot(m, t, axes=((1,), (2,)))
    return np.sum(a ** 2) + np.sum(b ** 2) + np.tensordot(t, t, axes=3)


@program(A, X, Y)
def einsum_bilinear(a, x, y):
    return np.einsum("i,ij,j->", x, a, y) + np.einsum("ij,j", a, x).sum() + np.einsum("i,i", x, y)


@program(M, B)
def einsum_matrices(a, b):
    c = np.einsum("ij,jk->ik", a, b)
    d = np.einsum("ij,ij->i", a, b.T)
    e = np.einsum("ij->ji", a)
    return np.sum(c ** 2) + np.sum(d ** 2) + np.sum(e[0] * b[0]) + np.einsum("ij->", a) * np.einsum("ij,jk,kl->il", a, b, a)[0, 0]


@program(A)
def einsum_diagonals(a):
    return np.einsum("ii", a) ** 2 + np.sum(np.einsum("ii->i", a) ** 2) + np.sum(np.einsum("ij,kj->ik", a, a) * a)


@program(T, M)
def einsum_batches(t, m):
    return np.sum(np.einsum("bij,kj->bik", t, m) ** 2) + np.sum(np.einsum("...j,j->...", t, m[0])) + np.einsum("bij,bij->", t, t)


@program(np.array([[0.3, -0.7], [1.2, 0.4]]), np.array([0.6, -0.2]))
def einsum_broadcasts_and_lists(a, x):
    """An axis of one goes with any length; lists count as arrays; operands may change afterwards."""
    b = a.copy()
    c = np.einsum("ij,jk->ik", b[:, :1], np.einsum("i,k->ik", x, x))
    d = np.einsum(" ij , j -> i ", b, [x[0], 2.0])
    e = np.einsum("ij,kj,k", b, b, x, optimize=True) + np.einsum(b, [0, 1], x, [1])
    b[0] = 0.0
    b *= np.einsum("ij,", b, x[1])
    return np.sum(c**2) * d[0] + d[1] * np.sum(e**2) + b[1, 1]


@program(A, X)
def outer_of_einsum(a, x):
    return np.sum(np.einsum("i,j->ij", x, x) * a) + np.sum(np.einsum("i,j,k->ikj", x, x, a[0]) ** 2)


@program(A, X)
def solved(a, x):
    y = np.linalg.solve(a, x)
    return y @ y + y[0] * x[1]


@program(A, B)
def solved_for_columns(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2 * np.array([1.0, 2.0]))


@program(A)
def inverted(a):
    return np.sum(np.linalg.inv(a) * np.arange(9.0).reshape(3, 3)) + np.trace(np.linalg.inv(a @ a.T))


@program(A)
def determinants(a):
    return np.linalg.det(a) ** 2 + np.log(np.linalg.det(a @ a.T))


@program(A)
def log_determinant(a):
    sign, logdet = np.linalg.slogdet(a)
    return sign * logdet


@program(X, A)
def norms(x, a):
    return np.linalg.norm(x) + np.linalg.norm(a) ** 2 + np.linalg.norm(x, 1) * np.linalg.norm(x, 2)


@program(A)
def norms_along_an_axis(a):
    return np.sum(np.linalg.norm(a, axis=1) * X) + np.sum(a / np.linalg.norm(a, axis=0, keepdims=True) * np.arange(3.0))


@program(A, X)
def quadratic_form(a, x):
    s = (a + a.T) / 2
    return 0.5 * x.T @ s @ x - x @ Y


@program(A)
def power_iteration(a):
    v = np.ones(3) / np.sqrt(3.0)
    for _ in range(12):
        v = a @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


@program(np.array([[1.0, 0.5], [1.0, 1.5], [1.0, 2.2], [1.0, 3.0]]), np.array([0.3, 1.1, 1.4, 2.5]))
def least_squares(design, y):
    weights = np.linalg.solve(design.T @ design, design.T @ y)
    rest = y - design @ weights
    return rest @ rest + weights[1]


@program(np.array([0.1, 0.5, 0.9, 1.4]), np.array([0.2, -0.1, 0.4, 0.3]), 0.7)
def gaussian_process(x, y, length):
    d = x[:, None] - x[None, :]
    k = np.exp(-0.5 * (d / length) ** 2) + 0.1 * np.eye(4)
    sign, logdet = np.linalg.slogdet(k)
    return 0.5 * y @ np.linalg.solve(k, y) + 0.5 * logdet


@program(X, Y)
def cross_product_by_hand(a, b):
    c = np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
    return np.linalg.norm(c) + c @ a


@program(A * 0.3)
def matrix_exponential_series(a):
    term = np.eye(3)
    result = np.eye(3)
    for k in range(1, 9):
        term = term @ a / k
        result = result + term
    return np.trace(result @ result.T)


@program(np.array([0.1, 0.2, 0.3, 0.4]))
def kronecker_and_blocks(x):
    m = x.reshape(2, 2)
    return np.sum(np.kron(m, m) * np.arange(16.0).reshape(4, 4)) + np.sum(m @ m @ m)


@program(np.linspace(-1.0, 2.3, 20).reshape(4, 5) ** 3 + np.eye(4, 5), np.cos(np.arange(12.0)).reshape(6, 2))
def vectors_that_complete_a_basis(equations, points):
    solution = np.linalg.svd(equations)[2][-1]
    u, s, vt = np.linalg.svd(points - points.mean(axis=0))
    normal = vt[-1] * np.sign(vt[-1, 0])
    return solution[1:] / solution[0], normal, s, u[:, :2] ** 2


@program(np.array([0.3, 0.8, -0.4, 1.1]), np.array([0.6, 0.9, 0.5, 0.7]), 0.7)
def series_of_polynomials(x, c, scale):
    """Functions of numpy.polynomial by NumPy's own text, and the few that are written out."""
    slope = chebyshev.chebder(np.outer(c, x[:2]), m=1, scl=scale)
    return np.sum(slope) * polynomial.polyfromroots(x[:3])[1]


def with_constants(c, k=[]):
    """A default without items: whether it hands out items, its kind says."""
    if not np.iterable(k):
        k = [k]
    return polynomial.polyint(c, 2, list(k) + [c[0]])


@program(np.array([1.0, -2.0, 0.5]), 0.7)
def integrals_of_polynomials(c, k):
    return np.sum(with_constants(c)) * np.sum(with_constants(c, k)) + chebyshev.chebint(c)[-1] * k


@program(np.array([0.3, 0.8, -0.4, 1.1]), np.array([0.6, 0.9, 0.5, 0.7]))
def series_as_objects(x, c):
    """Arithmetic, derivatives and roots of the classes of numpy.polynomial, whose methods are Python."""
    p = 2.0 - Polynomial(c, domain=[-1, 2])
    quotient = divmod(p, x[0])[0]
    return p.deriv()(x[1]) + quotient.coef[1] + Polynomial(c[:3]).roots()[0].imag


@program(np.array([2.0, 0.3, 1.5, 0.7]))
def roots_real_or_complex(c):
    """Numbers decide whether they are real: nothing may be known of it before."""
    real, mixed = hermite_e.hermeroots(c[:2]), hermite_e.hermeroots(c)
    return real[0] + np.sum(np.abs(mixed) ** 3) + mixed[1].imag


@program(np.array([0.3, 0.8, -0.4, 1.1]), np.array([0.6, 0.9, 0.5, 0.7]))
def series_that_are_fitted(x, y):
    fitted = chebyshev.chebfit(x, y, [0, 2], w=y) @ laguerre.lagvander(x, 2).T
    return fitted @ x


@program(A, X)
def new_axes_before_the_last(a, x):
    return np.sum((a * x[..., None, :]) ** 3 + a[..., None, :].sum(axis=0) * a[..., :, None][0])


@program(0.7, 1.3)
def products_of_numbers(x, y):
    """Functions of arrays take numbers too."""
    powers = np.convolve(x, [1.0, y]) * np.convolve([y, x], x)
    return np.sum(powers) + np.tensordot(x, y, 0) * np.kron(x, y)
