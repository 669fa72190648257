"""Array code with reductions and broadcasting."""

import numpy as np

AT = (np.array([[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]]), np.array([0, 2]))


def softmax(z, labels):
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


TEXT = """
def softmax_value_with_gradient(z, labels):
    t1 = np.max(z, axis=1, keepdims=True)
    shifted = z - t1
    t2 = np.exp(shifted)
    t3 = np.sum(t2, axis=1, keepdims=True)
    log_p = shifted - np.log(t3)
    t4 = np.arange(len(labels))
    t5 = log_p[t4, labels]
    value = -np.mean(t5)
    t5_bar = spread(-1.0 / count(t5.shape, None), t5.shape, None, False)
    log_p_bar = np.zeros_like(log_p)
    np.add.at(log_p_bar, (t4, labels), t5_bar)
    t3_bar = np.sum(-log_p_bar, axis=1, keepdims=True) / t3
    shifted_bar = log_p_bar + t3_bar * t2
    t1_bar = np.sum(-shifted_bar, axis=1, keepdims=True)
    z_bar = shifted_bar + to_winners(t1_bar, t1, z, 1, True)
    return value, own(z_bar, z)
"""
