"""A loop over floats: one tape entry an iteration, cheap scalars computed again."""

import numpy as np

AT = (0.5, 0.3)


def loop(a, b):
    z = 0
    for i in range(100):
        z = a * np.cos(z + i) + z * np.sin(b - i)
    return z


TEXT = """
def loop_value_with_gradient(a, b):
    z = 0
    tape = []
    for i in range(100):
        tape.append(z)
        z = a * np.cos(z + i) + z * np.sin(b - i)
    value = z
    z_bar = 1.0
    a_bar = 0.0
    b_bar = 0.0
    for i, z in zip(reversed(range(100)), reversed(tape)):
        t1 = z + i
        t2 = b - i
        b_bar = b_bar + z_bar * z * np.cos(t2)
        a_bar = a_bar + z_bar * np.cos(t1)
        z_bar = z_bar * np.sin(t2) - z_bar * a * np.sin(t1)
    return value, (float(a_bar), float(b_bar))
"""
