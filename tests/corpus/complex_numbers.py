"""Programs with complex intermediates and complex arguments; the gradient is dL/dRe + i dL/dIm."""

import numpy as np

from corpus import program

Z = np.array([0.5 + 1.0j, -1.2 + 0.3j, 2.0 - 0.7j])


@program(0.7, stage="later")
def complex_intermediate(x):
    z = np.exp(1j * x) * (1 + 2j * x)
    return abs(z) ** 2 + z.real


@program(np.array([0.5, -1.2, 2.0]), stage="later")
def real_array_through_complex(x):
    z = x + 1j * x ** 2
    return np.sum(np.abs(z) ** 2) + np.sum(np.real(z * z)) - np.imag(z).sum()


@program(1.5 + 0.5j, stage="later")
def complex_argument(z):
    return (z * z.conjugate()).real + (z ** 2).imag


@program(Z, stage="later")
def complex_array_argument(z):
    return np.sum(np.abs(z) ** 2) + np.sum(np.real(z) * np.imag(z)) + np.real(np.sum(np.conj(z) * np.exp(z)))


@program(Z, np.array([0.3, 0.2, -0.4]), stage="later")
def complex_and_real_arguments(z, x):
    w = z * x + np.conj(z) / (x + 2)
    return np.real(np.vdot(w, w)) + np.real(z @ x)


@program(np.array([0.5, 1.5, -0.3, 0.8]), stage="later")
def power_spectrum(x):
    n = len(x)
    k = np.arange(n)
    f = np.exp(-2j * np.pi * np.outer(k, k) / n) @ x
    return np.sum(np.abs(f[1:]) ** 2 * np.array([1.0, 2.0, 3.0]))


@program(0.4, stage="later")
def mandelbrot_steps(x):
    c = complex(x, 0.2)
    z = 0j
    for _ in range(5):
        z = z * z + c
    return z.real ** 2 + z.imag


@program(np.array([0.5, 1.5, -0.3, 0.8]), stage="later")
def fourier_transform(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.arange(4.0)) + np.fft.ifft(np.fft.fft(x)).real[2]
