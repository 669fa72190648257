"""Programs with complex intermediates and complex arguments; the gradient is dL/dRe + i dL/dIm."""

import cmath
import functools
import operator

import numpy as np

from corpus import program

Z = np.array([0.5 + 1.0j, -1.2 + 0.3j, 2.0 - 0.7j])


@program(0.7)
def complex_intermediate(x):
    z = np.exp(1j * x) * (1 + 2j * x)
    return abs(z) ** 2 + z.real


@program(np.array([0.5, -1.2, 2.0]))
def real_array_through_complex(x):
    z = x + 1j * x ** 2
    return np.sum(np.abs(z) ** 2) + np.sum(np.real(z * z)) - np.imag(z).sum()


@program(1.5 + 0.5j)
def complex_argument(z):
    return (z * z.conjugate()).real + (z ** 2).imag


@program(Z)
def complex_array_argument(z):
    return np.sum(np.abs(z) ** 2) + np.sum(np.real(z) * np.imag(z)) + np.real(np.sum(np.conj(z) * np.exp(z)))


@program(Z, np.array([0.3, 0.2, -0.4]))
def complex_and_real_arguments(z, x):
    w = z * x + np.conj(z) / (x + 2)
    return np.real(np.vdot(w, w)) + np.real(z @ x)


@program(np.array([0.5, 1.5, -0.3, 0.8]))
def power_spectrum(x):
    n = len(x)
    k = np.arange(n)
    f = np.exp(-2j * np.pi * np.outer(k, k) / n) @ x
    return np.sum(np.abs(f[1:]) ** 2 * np.array([1.0, 2.0, 3.0]))


@program(0.4)
def mandelbrot_steps(x):
    c = complex(x, 0.2)
    z = 0j
    for _ in range(5):
        z = z * z + c
    return z.real ** 2 + z.imag


@program(np.array([0.5, 1.5, -0.3, 0.8]))
def fourier_transform(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.arange(4.0)) + np.fft.ifft(np.fft.fft(x)).real[2]


# Python's own complex numbers


@program(0.3 + 0.4j)
def elementary_functions(z):
    w = cmath.exp(z) * cmath.sin(z) + cmath.sqrt(z) / cmath.cosh(z) - cmath.log(z) * cmath.tanh(z)
    w += cmath.asin(z) * cmath.acos(z) + cmath.atan(z) - cmath.asinh(z) + cmath.acosh(z + 2) * cmath.atanh(z)
    return abs(w + cmath.cos(z) / cmath.tan(z) + cmath.sinh(z) * cmath.log10(z) + cmath.log(z, 2.5))


@program(0.3 + 0.4j, 1.2, 0.7)
def polar_form(z, r, phi):
    modulus, phase = cmath.polar(z)
    w = cmath.rect(r, phi) * z
    return modulus * phase + cmath.phase(w) + w.real * w.imag


@program(1.5, -0.4)
def built_from_parts(a, b):
    z = complex(a, b) ** 3 + complex(b) / complex(1.0, a)
    return z.real * z.imag + abs(z.conjugate() - a)


@program(0.8 + 0.6j, 1.7)
def powers(z, p):
    return abs(z ** 2 + z ** -1 + z ** p + p ** z + z ** z + z ** (0.5 - 1j) + pow(z, 3))


@program(-2.0)
def real_base_complex_exponent(x):
    return abs(x ** (1.5 + 0.5j) + 1j ** x)


@program(0.8 + 0.6j)
def negative_and_positive(z):
    w = -z * 2 - +z / (3 - z)
    return (w * 1j).imag + (2 / w).real


@program(0.8 + 0.6j, 2.0)
def chosen_by_a_branch(z, x):
    w = x if abs(z) > 5 else z * x
    v = x * x if w.real > 0 else z
    return abs(w * v) + abs(v)


@program(0.8 + 0.6j, 2.0)
def real_and_complex_in_one_list(z, x):
    values = [x, z, x * z]
    total = 0.0
    for v in values:
        total = total + abs(v) ** 2 + (v * 1j).real
    values.append(x ** 2)
    return total + (values[0] * values[1] * values[3]).imag


@program(0.8 + 0.6j, 2.0)
def real_and_complex_in_one_dict(z, x):
    values = {"a": x, "b": z}
    values["c"] = abs(values["a"] * values["b"])
    return values["c"] * x + (values["a"] / values["b"]).real


@program(0.8 + 0.6j)
def newton_steps(z):
    for _ in range(4):
        z = z - (z ** 3 - 1) / (3 * z ** 2)
        if abs(z) > 3:
            z = z / 2
    return abs(z - 2)


def rotated(v, angle):
    return v * cmath.exp(1j * angle)


@program(0.8 + 0.6j, 0.5)
def through_a_helper(z, angle):
    return rotated(z, angle).real + abs(rotated(angle, abs(z)) - 1)


@program(0.8 + 0.6j, 2.0)
def kinds_found_when_it_runs(z, x):
    v, w = next(iter([z])), next(iter([x]))
    t = v * w + w / v - v ** 2 * abs(v) + w ** 2
    product = functools.reduce(operator.mul, [v, w, t])
    return product.real * t.imag + abs(t.conjugate() * w) + sum([v, w]).imag


# Arrays


@program(Z)
def elementwise_functions(z):
    w = np.exp(z) * np.sin(z) + np.sqrt(z) / np.cosh(z) - np.log(z) * np.tanh(z) + np.square(z) - np.cos(z) ** 2
    w = w + np.arctan(z) + np.arcsinh(z) * np.reciprocal(z) + np.expm1(z) - np.log1p(z) + np.sinh(z) * np.tan(z)
    return np.sum(np.abs(w) ** 2)


@program(Z)
def phases_and_directions(z):
    return np.sum(np.angle(z) ** 2) + np.angle(z[0], deg=True) + np.sum(np.sign(z).real * np.arange(3.0))


@program(Z, np.array([0.5, 1.5, -0.3]))
def mixed_arithmetic(z, x):
    w = (z + x) * (z - 2 * x) / (1 + x ** 2) - x / z + x ** 2 * 1j
    return np.sum(np.abs(w)) + np.sum((w * z.conj()).imag)


@program(Z, np.array([0.5, 1.5, -0.3]), 0.7)
def mixed_shapes(z, x, s):
    w = z[:, None] * x + s * z
    return np.sum(np.abs(w) ** 2 * np.arange(9.0).reshape(3, 3)) + np.abs(np.sum(s * 1j * x))


@program(Z, np.array([0.5, 1.5, -0.3]))
def joined_and_chosen(z, x):
    both = np.concatenate([z, x]) * np.stack([x, z]).ravel()
    chosen = np.where(x > 0, z, x) * np.where(x > 1, x, 2j)
    return np.sum(np.abs(both)) + np.abs(np.sum(chosen * np.array([z[0], x[1], 1.0])))


@program(Z, np.arange(1.0, 10.0).reshape(3, 3))
def products_of_complex_and_real(z, m):
    a = m * (1 + 0.5j) + np.eye(3)
    v = a @ z + m @ z - z @ m
    t = np.einsum("i,ij,j->", z, m, np.conj(v)) + np.tensordot(a, m, 2) + np.dot(z, v) + np.inner(v, z)
    return np.abs(t) + np.abs(np.vdot(z, v)) + np.sum(np.abs(np.outer(z, v))) + np.sum(np.abs(np.kron(z, m[0])))


@program(Z)
def reductions_of_complex(z):
    total = np.sum(z) + np.mean(z) * np.prod(z) + np.cumsum(z)[1] * np.cumprod(z)[2]
    return np.abs(total) + np.var(z) + np.std(z) + np.linalg.norm(z) + np.linalg.norm(z, 1)


@program(np.array([[2 + 1j, 0.5, 0.3j], [0.1, 3 - 1j, 0.2], [0.7j, 0.4, 1 + 2j]]), np.array([1.0, 2.0, 3.0]))
def linear_algebra_of_complex(a, b):
    x = np.linalg.solve(a, b)
    u = np.abs(np.linalg.det(a)) + np.sum(np.abs(np.linalg.inv(a)) ** 2) + np.linalg.slogdet(a)[1]
    return u + np.sum(np.abs(x)) + np.abs(np.trace(np.linalg.matrix_power(a, 2))) + np.sum(np.linalg.svdvals(a))


@program(np.array([[2.0, 0.5 + 1j, 0.3j], [0.1, 3.0, 0.2], [0.7j, 0.4 + 0.1j, 4.0]]))
def hermitian_matrices(a):
    h = a + a.conj().T
    values, vectors = np.linalg.eigh(h)
    weights = np.abs(vectors) ** 2  # phases of eigenvectors do not count
    lower = np.linalg.cholesky(h)
    return np.sum(values ** 2 * weights[0]) + np.linalg.eigvalsh(h)[0] + np.sum(np.abs(lower) * np.arange(3.0))


@program(Z, 0.7)
def stores_of_complex(z, x):
    w = np.zeros(4, dtype=complex)
    w[:3] = z * x
    w[3] = x
    w[1:] *= z
    w[0] += x * 1j
    w -= np.sum(z)
    return np.sum(np.abs(w) ** 2 * np.arange(1.0, 5.0)) + w[3].real


@program(Z)
def items_of_complex(z):
    total = 0j
    for k in range(3):
        total = total * z[k] + z[-1]
    real, imaginary = z.real, z.imag
    return abs(total) + real[0] * imaginary[1] + z[1:].imag.sum() + z[[0, 0, 2]].real.sum()


@program(np.array([0.5, 1.5, -0.3, 0.8, 1.1]))
def transforms_of_real_signals(x):
    half = np.fft.rfft(x)
    smooth = np.fft.irfft(half * np.exp(-np.arange(3.0)), n=5)
    even = np.fft.irfft(np.fft.rfft(x[:4]) ** 2)
    return np.sum(smooth ** 3) + np.sum(np.abs(half)) + np.sum(even ** 2) + np.fft.rfft(x, 7, norm="ortho")[2].imag


@program(np.arange(12.0).reshape(3, 4) ** 0.5 * (1 + 0.3j))
def transforms_of_images(m):
    f = np.fft.fftshift(np.fft.fft2(m, norm="ortho"))
    g = np.fft.ifftn(f * np.arange(4.0), s=(2, 5), axes=(0, 1)) + np.fft.ifft2(f, s=(2, 5))
    return np.sum(np.abs(g) ** 2 * np.arange(5.0)) + np.abs(np.fft.ifft(f, 6, axis=0)[4, 1])


@program(Z.astype(np.complex64), np.array([0.5, 1.5, -0.3], dtype=np.float32), tolerance=2e-5)
def single_precision_of_complex(z, x):
    return np.sum(np.abs(z * x + np.exp(z)) ** 2) + np.real(z @ x)


@program(np.array([0.3, -0.7, 1.1]), stage="stores")
def rotations_of_a_register(angles):
    state = np.zeros((2,) * 3, dtype=complex)
    state[0, 0, 0] = 1
    for k, angle in enumerate(angles):
        c, s = np.cos(angle / 2), np.sin(angle / 2)
        gate = np.array([[c, -1j * s], [-1j * s, c]])
        state = np.moveaxis(np.tensordot(gate, state, axes=(1, k)), 0, k)
    phased = state.copy()
    phased[1, 1, :] *= -1
    return np.abs(phased[0]) ** 2, np.einsum("ijk,ljk->il", phased, state.conj()).real


@program(Z)
def parts_changed_by_name(z):
    w = z.copy()
    w.real *= w.imag
    w.imag[1:] = w.real[:-1] ** 2
    w.imag -= 1.0
    w.real = w.imag * 2.0
    return np.sum(np.abs(w) ** 2 * np.array([1.0, 2.0, 3.0]))


@program(np.array([[3.0 + 1j, 0.5, 1j], [0.2, 2.5 - 1j, 0.4], [1.0, 0.3j, 2.0]]))
def systems_by_singular_values(m):
    solution = np.linalg.lstsq(m, np.ones(3), rcond=None)[0]
    return np.linalg.cond(m) + np.sum(np.abs(solution) ** 2)
