"""In-place stores: buffers that mirror the views."""

import numpy as np

AT = (np.linspace(0.0, 1.0, 8),)


def heat(u):
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u * u).sum()


TEXT = """
def heat_value_with_gradient(u):
    u_bar = np.zeros(u.shape)
    for _ in range(3):
        t1 = 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[1:-1] += t1
    value = (u * u).sum()
    u_bar[...] += 2.0 * u
    for _ in reversed(range(3)):
        t2_bar = u_bar[1:-1] * 0.1
        u_bar[:-2] += t2_bar
        u_bar[1:-1] -= t2_bar * 2
        u_bar[2:] += t2_bar
    return value, own(u_bar, u)
"""
