"""Loops and branches are differentiated as they are written: nothing is unrolled or rewritten by hand."""

import numpy as np

from diffpy import value_with_gradient


def wave(a, b):
    z = 0
    for i in range(100):
        z = a * np.cos(z + i) + z * np.sin(b - i)
    return z


def square_root(c):
    """Newton's method: how often the loop runs depends on the data."""
    root = c if c > 1 else 1.0
    while abs(root * root - c) > 1e-12:
        root = (root + c / root) / 2
    return root


def complex_step(f, a, b, step=1e-30):
    """The same derivatives by another way: f'(x) is the imaginary part of f(x + i h) / h."""
    return f(a + step * 1j, b).imag / step, f(a, b + step * 1j).imag / step


def main():
    a, b = 0.5, 0.25
    value, (a_bar, b_bar) = value_with_gradient(of=wave)(a, b)
    print(f"wave({a}, {b}): {value:.12f}")
    print(f"a_bar: {a_bar:.12f}   b_bar: {b_bar:.12f}")
    a_step, b_step = complex_step(wave, a, b)
    print(f"the complex step is off by {max(abs(a_bar - a_step), abs(b_bar - b_step)):.12f}")

    value, slope = value_with_gradient(of=square_root)(2.0)
    print(f"\nsqrt(2): {value:.12f}, its derivative, which is 1 / (2 * sqrt(2)): {slope:.12f}")

    print("\nThe generated Python:\n")
    print(value_with_gradient(of=wave).source_for(a, b))


if __name__ == "__main__":
    main()
