"""Sweeps forth and back between two arrays, linear in them: no array is kept."""

import numpy as np

AT = (np.linspace(0.0, 1.0, 8), np.zeros(8))


def jacobi(a, b):
    for _ in range(10):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3
    return np.sum(a)


TEXT = """
def jacobi_value_with_gradient(a, b):
    a_bar = np.zeros(a.shape)
    b_bar = np.zeros(b.shape)
    tape = []
    for _ in range(10):
        t1 = (a[:-2] + a[1:-1] + a[2:]) / 3
        b[1:-1] = t1
        t2 = (b[:-2] + b[1:-1] + b[2:]) / 3
        tape.append((np.shape(t1), np.shape(t2)))
        a[1:-1] = t2
    value = np.sum(a)
    a_bar[...] += spread(1.0, a.shape)
    for t1_shape, t2_shape in reversed(tape):
        t3_bar = unbroadcast(a_bar[1:-1], t2_shape) / 3
        a_bar[1:-1] = 0.0
        b_bar[2:] += t3_bar
        b_bar[1:-1] += t3_bar
        b_bar[:-2] += t3_bar
        t4_bar = unbroadcast(b_bar[1:-1], t1_shape) / 3
        b_bar[1:-1] = 0.0
        a_bar[2:] += t4_bar
        a_bar[1:-1] += t4_bar
        a_bar[:-2] += t4_bar
    return value, (own(a_bar, a), own(b_bar, b))
"""
