"""Straight-line code: no tape, no seed, powers written out."""

AT = (3.0, 4.0)


def polynomial(x, y):
    return x**2 * y + y + 2


TEXT = """
def polynomial_value_with_gradient(x, y):
    t1 = x ** 2
    y_bar = 1.0 + t1
    x_bar = y * 2 * x
    return t1 * y + y + 2, (float(x_bar), float(y_bar))
"""
