"""The value and gradient of each program of `benchmarks/workloads.py`, as a person would write it with NumPy."""

from __future__ import annotations

import math

import numpy as np
from workloads import rate


def two_scalars(x, y):
    return x**2 * y + y + 2, (2.0 * x * y, x**2 + 1.0)


def scalar_loop(a, b, steps):
    z, tape = 0.0, []
    for i in range(steps):
        tape.append(z)
        z = a * math.cos(z + i) + z * math.sin(b - i)
    value, z_bar, a_bar, b_bar = z, 1.0, 0.0, 0.0
    for i, z in zip(reversed(range(steps)), reversed(tape), strict=True):
        t1, t2 = z + i, b - i
        a_bar += z_bar * math.cos(t1)
        b_bar += z_bar * z * math.cos(t2)
        z_bar = z_bar * math.sin(t2) - z_bar * a * math.sin(t1)
    return value, (a_bar, b_bar)


def newton(a):
    x, tape = a, []
    while abs(x * x * x - a) > 1e-12 * a:
        tape.append(x)
        x = x - (x * x * x - a) / (3.0 * x * x)
    x_bar, a_bar = 1.0, 0.0
    for before in reversed(tape):
        square = before * before
        a_bar += x_bar / (3.0 * square)
        x_bar = x_bar * (2.0 / 3.0 - 2.0 * a / (3.0 * square * before))
    return x, a_bar + x_bar


def huber(w, b, x, y, delta):
    e = x @ w + b - y
    r = np.abs(e)
    inside = r <= delta
    value = np.mean(np.where(inside, 0.5 * r**2, delta * (r - 0.5 * delta)))
    e_bar = np.clip(e, -delta, delta) / e.size
    return value, (e_bar @ x, float(np.sum(e_bar)))


def _cross_entropy(scores, labels):
    """The mean cross entropy of a softmax, and the cotangent of the scores."""
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = np.sum(exps, axis=1, keepdims=True)
    value = -np.mean(np.sum((shifted - np.log(sums)) * labels, axis=1))
    return value, (exps / sums - labels) / scores.dtype.type(len(scores))


def classifier(w1, b1, w2, b2, x, labels):
    h = np.tanh(x @ w1 + b1)
    value, scores_bar = _cross_entropy(h @ w2 + b2, labels)
    h_bar = (scores_bar @ w2.T) * (1 - h * h)
    return value, (x.T @ h_bar, h_bar.sum(axis=0), h.T @ scores_bar, scores_bar.sum(axis=0))


def chain(x, a, b):
    sine = np.sin(x)
    cosine = np.cos(x)
    t1 = sine * a
    e = np.exp(-t1 * t1)
    t2 = e + b
    t3 = np.sqrt(1.0 + t2 * t2)
    t5 = np.tanh(t3 * cosine - a / t3)
    t6 = t5 + x * b
    u = 1.0 + t6 * t6
    t7 = np.log(u)
    t6_bar = x * 2.0 * t6 / u
    t4_bar = t6_bar * (1.0 - t5 * t5)
    t3_bar = t4_bar * (cosine + a / (t3 * t3))
    t2_bar = t3_bar * t2 / t3
    t1_bar = -2.0 * t2_bar * e * t1
    x_bar = t7 + t6_bar * b - t4_bar * t3 * sine + t1_bar * a * cosine
    a_bar = np.vdot(t1_bar, sine) - np.sum(t4_bar / t3)
    b_bar = np.vdot(t6_bar, x) + np.sum(t2_bar)
    return np.sum(t7 * x), (x_bar, float(a_bar), float(b_bar))


def mixture(weights, means, scales, lower, x):
    size = means.shape[1]
    diagonal = np.exp(scales)
    factors = np.tril(lower, -1) + diagonal[:, :, None] * np.eye(size)
    away = x - means[:, None, :]
    y = away @ factors
    inside = weights[:, None] + np.sum(scales, axis=1)[:, None] - 0.5 * np.sum(y * y, axis=2)
    top = np.max(inside, axis=0)
    exps = np.exp(inside - top)
    sums = np.sum(exps, axis=0)
    most = np.max(weights)
    parts = np.exp(weights - most)
    whole = np.sum(parts)
    value = np.sum(top + np.log(sums)) - len(x) * (most + np.log(whole))
    inside_bar = exps / sums
    y_bar = -inside_bar[:, :, None] * y
    factors_bar = away.transpose(0, 2, 1) @ y_bar
    each = np.sum(inside_bar, axis=1)
    means_bar = -(np.sum(y_bar, axis=1)[:, None, :] @ factors.transpose(0, 2, 1))[:, 0]
    scales_bar = each[:, None] + np.einsum("kii->ki", factors_bar) * diagonal
    return value, (each - len(x) * parts / whole, means_bar, scales_bar, np.tril(factors_bar, -1))


def bundle_loop(cameras, points, seen_by, seen, at):
    total = 0.0
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    for k in range(len(at)):
        camera = cameras[seen_by[k]]
        turn = camera[:3]
        q = points[seen[k]] - camera[3:6]
        angle = math.sqrt(turn @ turn)
        axis = turn / angle
        c, s = math.cos(angle), math.sin(angle)
        crossed, along = np.cross(axis, q), axis @ q
        p = c * q + s * crossed + along * (1.0 - c) * axis
        z = p[2]
        u = p[:2] / z
        r2 = u @ u
        focal, k1, k2 = camera[6], camera[7], camera[8]
        wide = 1.0 + k1 * r2 + k2 * r2 * r2
        e = focal * wide * u - at[k]
        total += e @ e
        e_bar = 2.0 * e
        eu = e_bar @ u
        wide_bar = focal * eu
        r2_bar = wide_bar * (k1 + 2.0 * k2 * r2)
        u_bar = focal * wide * e_bar + 2.0 * r2_bar * u
        p_bar = np.empty(3)
        p_bar[:2] = u_bar / z
        p_bar[2] = -(u_bar @ u) / z
        s_bar = p_bar @ crossed
        turned = axis @ p_bar
        c_bar = p_bar @ q - along * turned
        along_bar = (1.0 - c) * turned
        q_bar = c * p_bar + s * np.cross(p_bar, axis) + along_bar * axis
        axis_bar = s * np.cross(q, p_bar) + along * (1.0 - c) * p_bar + along_bar * q
        angle_bar = s_bar * c - c_bar * s - (axis_bar @ axis) / angle
        camera_bar = cameras_bar[seen_by[k]]
        camera_bar[:3] += axis_bar / angle + angle_bar * axis
        camera_bar[3:6] -= q_bar
        camera_bar[6] += wide * eu
        camera_bar[7] += wide_bar * r2
        camera_bar[8] += wide_bar * r2 * r2
        points_bar[seen[k]] += q_bar
    return total, (cameras_bar, points_bar)


def bundle(cameras, points, seen_by, seen, at):
    camera = cameras[seen_by]
    turn = camera[:, :3]
    q = points[seen] - camera[:, 3:6]
    angle = np.sqrt(np.sum(turn * turn, axis=1, keepdims=True))
    axis = turn / angle
    c, s = np.cos(angle), np.sin(angle)
    crossed, along = np.cross(axis, q), np.sum(axis * q, axis=1, keepdims=True)
    p = c * q + s * crossed + along * (1.0 - c) * axis
    z = p[:, 2:]
    u = p[:, :2] / z
    r2 = np.sum(u * u, axis=1, keepdims=True)
    focal, k1, k2 = camera[:, 6:7], camera[:, 7:8], camera[:, 8:9]
    wide = 1.0 + k1 * r2 + k2 * r2 * r2
    e = focal * wide * u - at
    e_bar = 2.0 * e
    eu = np.sum(e_bar * u, axis=1, keepdims=True)
    wide_bar = focal * eu
    u_bar = focal * wide * e_bar + 2.0 * wide_bar * (k1 + 2.0 * k2 * r2) * u
    p_bar = np.empty_like(p)
    p_bar[:, :2] = u_bar / z
    p_bar[:, 2] = -np.sum(u_bar * u, axis=1) / z[:, 0]
    s_bar = np.sum(p_bar * crossed, axis=1, keepdims=True)
    turned = np.sum(axis * p_bar, axis=1, keepdims=True)
    c_bar = np.sum(p_bar * q, axis=1, keepdims=True) - along * turned
    along_bar = (1.0 - c) * turned
    q_bar = c * p_bar + s * np.cross(p_bar, axis) + along_bar * axis
    axis_bar = s * np.cross(q, p_bar) + along * (1.0 - c) * p_bar + along_bar * q
    angle_bar = s_bar * c - c_bar * s - np.sum(axis_bar * axis, axis=1, keepdims=True) / angle
    camera_bar = np.empty_like(camera)
    camera_bar[:, :3] = axis_bar / angle + angle_bar * axis
    camera_bar[:, 3:6] = -q_bar
    camera_bar[:, 6:7] = wide * eu
    camera_bar[:, 7:8] = wide_bar * r2
    camera_bar[:, 8:9] = wide_bar * r2 * r2
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(cameras_bar, seen_by, camera_bar)
    np.add.at(points_bar, seen, q_bar)
    return np.sum(e * e), (cameras_bar, points_bar)


def lstm(w, u, b, xs):
    steps, batch, _ = xs.shape
    n = u.shape[0]
    h, c = np.zeros((batch, n)), np.zeros((batch, n))
    total, tape = 0.0, []
    for t in range(steps):
        gates = xs[t] @ w + h @ u + b
        i = 1.0 / (1.0 + np.exp(-gates[:, :n]))
        f = 1.0 / (1.0 + np.exp(-gates[:, n : 2 * n]))
        o = 1.0 / (1.0 + np.exp(-gates[:, 2 * n : 3 * n]))
        g = np.tanh(gates[:, 3 * n :])
        before = h, c
        c = f * c + i * g
        squashed = np.tanh(c)
        h = o * squashed
        tape.append((before, i, f, o, g, squashed, h))
        total += np.sum(h * h)
    w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    h_bar, c_bar = np.zeros((batch, n)), np.zeros((batch, n))
    gates_bar = np.empty((batch, 4 * n))
    for t in reversed(range(steps)):
        (h_before, c_before), i, f, o, g, squashed, h = tape.pop()
        h_bar += 2.0 / steps * h
        c_bar += h_bar * o * (1.0 - squashed * squashed)
        gates_bar[:, :n] = c_bar * g * i * (1.0 - i)
        gates_bar[:, n : 2 * n] = c_bar * c_before * f * (1.0 - f)
        gates_bar[:, 2 * n : 3 * n] = h_bar * squashed * o * (1.0 - o)
        gates_bar[:, 3 * n :] = c_bar * i * (1.0 - g * g)
        w_bar += xs[t].T @ gates_bar
        u_bar += h_before.T @ gates_bar
        b_bar += gates_bar.sum(axis=0)
        h_bar = gates_bar @ u.T
        c_bar *= f
    return total / steps, (w_bar, u_bar, b_bar)


def jacobi(u, source, sweeps):
    a, b = u.copy(), u.copy()
    for _ in range(sweeps):
        b[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - source[1:-1, 1:-1])
        a[1:-1, 1:-1] = b[1:-1, 1:-1]
    a_bar = 2.0 * a
    source_bar = np.zeros_like(source)
    for _ in range(sweeps):
        part = 0.25 * a_bar[1:-1, 1:-1]
        a_bar[1:-1, 1:-1] = 0.0
        a_bar[:-2, 1:-1] += part
        a_bar[2:, 1:-1] += part
        a_bar[1:-1, :-2] += part
        a_bar[1:-1, 2:] += part
        source_bar[1:-1, 1:-1] -= part
    return np.sum(a * a), (a_bar, source_bar)


def gauss_seidel(u, source, sweeps):
    u = u.copy()
    rows, columns = u.shape
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - source[i, j])
    u_bar, source_bar = 2.0 * u, np.zeros_like(source)
    for _ in range(sweeps):
        for i in range(rows - 2, 0, -1):
            for j in range(columns - 2, 0, -1):
                part = 0.25 * u_bar[i, j]
                u_bar[i, j] = 0.0
                u_bar[i - 1, j] += part
                u_bar[i + 1, j] += part
                u_bar[i, j - 1] += part
                u_bar[i, j + 1] += part
                source_bar[i, j] -= part
    return np.sum(u * u), (u_bar, source_bar)


def rate_back(y, k, bar, k_bar):
    """The cotangent of y; that of k is added to."""
    one, two = bar
    product = y[0] * y[1]
    k_bar[0] += one * y[0]
    k_bar[1] -= one * product
    k_bar[2] += two * product
    k_bar[3] -= two * y[1]
    both = two * k[2] - one * k[1]
    return np.array([one * k[0] + both * y[1], both * y[0] - two * k[3]])


def lotka_volterra(y, k, step, steps):
    tape = []
    for _ in range(steps):
        k1 = rate(y, k)
        y2 = y + 0.5 * step * k1
        k2 = rate(y2, k)
        y3 = y + 0.5 * step * k2
        k3 = rate(y3, k)
        y4 = y + step * k3
        k4 = rate(y4, k)
        tape.append((y, y2, y3, y4))
        y = y + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    y_bar, k_bar = 2.0 * y, np.zeros_like(k)
    for y1, y2, y3, y4 in reversed(tape):
        part = step / 6.0 * y_bar
        y4_bar = rate_back(y4, k, part, k_bar)
        y3_bar = rate_back(y3, k, 2.0 * part + step * y4_bar, k_bar)
        y2_bar = rate_back(y2, k, 2.0 * part + 0.5 * step * y3_bar, k_bar)
        y1_bar = rate_back(y1, k, part + 0.5 * step * y2_bar, k_bar)
        y_bar = y_bar + y1_bar + y2_bar + y3_bar + y4_bar
    return y @ y, (y_bar, k_bar)


def convolution(filters, shift, w, b, images, labels):
    count, side = images.shape[0], images.shape[1] - 2
    y = np.zeros((count, side, side, filters.shape[2]), images.dtype) + shift
    for i in range(3):
        for j in range(3):
            y += images[:, i : i + side, j : j + side, None] * filters[i, j]
    h = np.maximum(y, 0).reshape(count, side // 2, 2, side // 2, 2, -1).mean(axis=(2, 4))
    rows = h.reshape(count, -1)
    value, scores_bar = _cross_entropy(rows @ w + b, labels)
    h_bar = (scores_bar @ w.T).reshape(h.shape) / np.float32(4)
    y_bar = np.where(y > 0, np.repeat(np.repeat(h_bar, 2, axis=1), 2, axis=2), np.float32(0))
    flat = y_bar.reshape(-1, y.shape[-1])
    filters_bar = np.empty_like(filters)
    for i in range(3):
        for j in range(3):
            filters_bar[i, j] = images[:, i : i + side, j : j + side].reshape(-1) @ flat
    return value, (filters_bar, flat.sum(axis=0), rows.T @ scores_bar, scores_bar.sum(axis=0))


def markov(start, moves, emits, seen):
    alpha, tape = start + emits[:, seen[0]], []
    for t in range(1, len(seen)):
        paths = alpha[:, None] + moves
        top = np.max(paths, axis=0)
        exps = np.exp(paths - top)
        sums = np.sum(exps, axis=0)
        tape.append((exps, sums))
        alpha = top + np.log(sums) + emits[:, seen[t]]
    most = np.max(alpha)
    exps = np.exp(alpha - most)
    total = np.sum(exps)
    alpha_bar = exps / total
    moves_bar, emits_bar = np.zeros_like(moves), np.zeros_like(emits)
    for t in reversed(range(1, len(seen))):
        emits_bar[:, seen[t]] += alpha_bar
        exps, sums = tape.pop()
        paths_bar = exps * (alpha_bar / sums)
        moves_bar += paths_bar
        alpha_bar = paths_bar.sum(axis=1)
    emits_bar[:, seen[0]] += alpha_bar
    return most + np.log(total), (alpha_bar, moves_bar, emits_bar)


def soft_warping(x, y, smooth):
    n, m = len(x), len(y)
    r = np.full((n + 1, m + 1), 1e10)
    r[0, 0] = 0.0
    tape = []
    for i in range(n):
        for j in range(m):
            a, b, c = -r[i, j] / smooth, -r[i, j + 1] / smooth, -r[i + 1, j] / smooth
            top = max(a, b, c)
            a, b, c = math.exp(a - top), math.exp(b - top), math.exp(c - top)
            total = a + b + c
            tape.append((a, b, c, total))
            d = x[i] - y[j]
            r[i + 1, j + 1] = d * d - smooth * (top + math.log(total))
    r_bar, x_bar, y_bar = np.zeros_like(r), np.zeros_like(x), np.zeros_like(y)
    r_bar[n, m] = 1.0
    for i in reversed(range(n)):
        for j in reversed(range(m)):
            bar = r_bar[i + 1, j + 1]
            a, b, c, total = tape.pop()
            part = bar / total
            r_bar[i, j] += a * part
            r_bar[i, j + 1] += b * part
            r_bar[i + 1, j] += c * part
            d_bar = 2.0 * bar * (x[i] - y[j])
            x_bar[i] += d_bar
            y_bar[j] -= d_bar
    return r[n, m], (x_bar, y_bar)


def deep(w1, w2, w3, w4, x, y):
    h1 = np.maximum(x @ w1, 0)
    h2 = np.maximum(h1 @ w2, 0)
    h3 = np.maximum(h2 @ w3, 0)
    e = h3 @ w4 - y
    e_bar = e * np.float32(2.0 / e.size)
    h3_bar = (e_bar @ w4.T) * (h3 > 0)
    h2_bar = (h3_bar @ w3.T) * (h2 > 0)
    h1_bar = (h2_bar @ w2.T) * (h1 > 0)
    return np.mean(e * e), (x.T @ h1_bar, h1.T @ h2_bar, h2.T @ h3_bar, h3.T @ e_bar)
