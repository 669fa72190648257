"""A layer over a batch: the mean's weight stays a number, nothing is spread over an array."""

import numpy as np

AT = (np.ones((3, 4)), np.ones((4, 2)), np.zeros(2))


def layer(x, w, b):
    h = np.tanh(x @ w + b)
    return (h**2).sum() / x.shape[0]


TEXT = """
def layer_value_with_gradient(x, w, b):
    h = np.tanh(x @ w + b)
    t1 = x.shape[0]
    value = (h ** 2).sum() / t1
    h_bar = 1.0 / np.float64(t1) * 2 * h
    t2_bar = h_bar * (1 - h * h)
    b_bar = np.sum(t2_bar, axis=0)
    x_bar = t2_bar @ w.T
    w_bar = x.T @ t2_bar
    return value, (own(x_bar, x), own(w_bar, w), own(b_bar, b))
"""
