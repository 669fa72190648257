"""A call of another function, whose pullback is found when it runs."""

import math

AT = (0.3, 1.2)


def wave(x, k):
    return math.sin(k * x)


def callee(x, k):
    s = wave(x, k)
    return s * wave(x, 2 * k) + s


TEXT = """
def callee_value_with_gradient(x, k):
    s, wave_pullback = with_pullback(wave)(x, k)
    t1, wave_pullback_1 = with_pullback(wave)(x, 2 * k)
    s_bar = 1.0 + t1
    x_part_1, t2_part = wave_pullback_1(s)
    x_bar = accumulate(0.0, x_part_1)
    k_bar = accumulate(0.0, t2_part) * 2
    x_part, k_part = wave_pullback(s_bar)
    x_bar = accumulate(x_bar, x_part)
    k_bar = accumulate(k_bar, k_part)
    return s * t1 + s, (float(x_bar), float(k_bar))
"""
