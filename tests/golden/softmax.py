"""Array code with reductions and broadcasting."""

import numpy as np

AT = (np.array([[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]]), np.array([0, 2]))


def softmax(z, labels):
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


TEXT = """
def softmax_value_with_gradient(z, labels):
    shifted = z - np.max(z, axis=1, keepdims=True)
    t1 = np.exp(shifted)
    t2 = np.sum(t1, axis=1, keepdims=True)
    log_p = shifted - np.log(t2)
    t3 = np.arange(len(labels))
    t4 = log_p[t3, labels]
    value = -np.mean(t4)
    t4_bar = spread(-1.0 / t4.size, t4.shape)
    log_p_bar = np.zeros_like(log_p)
    np.add.at(log_p_bar, (t3, labels), t4_bar)
    t2_bar = -np.sum(log_p_bar, axis=1, keepdims=True) / t2
    shifted_bar = log_p_bar + t2_bar * t1
    z_bar = shifted_bar
    return value, own(z_bar, z)
"""
