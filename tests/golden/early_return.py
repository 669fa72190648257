"""An early return becomes a branch."""

import math

AT = (0.4,)


def early_return(x):
    if x < 0:
        return x * x
    y = math.exp(x)
    return y / (1 + y)


TEXT = """
def early_return_value_with_gradient(x):
    t1 = x < 0
    if t1:
        result = x * x
    else:
        y = math.exp(x)
        t2 = 1 + y
        result_1 = y / t2
        result = result_1
    if t1:
        x_bar = 2.0 * x
    else:
        y_bar = 1.0 / t2 - result_1 / t2
        x_bar = y_bar * y
    return result, float(x_bar)
"""
