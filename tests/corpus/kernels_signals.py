"""Filters, transforms, networks and dynamic programmes that fill arrays element by element."""

import math

import numpy as np

from corpus import program


def wave(*shape):
    n = int(np.prod(shape))
    return (np.sin(0.9 * np.arange(n) + 0.2) + 0.03 * np.arange(n)).reshape(shape)


@program(wave(2, 3, 2), wave(2), wave(2, 6, 5), np.array([0.3, 0.9]))
def windows_of_few_rounds(filters, shift, images, weights):
    """Loops that are written out: windows, windows within windows, and rounds that need the round before."""
    rows, columns = images.shape[1] - 1, images.shape[2] - 2
    y = np.zeros((2, rows, columns, 2)) + shift
    for i in range(2):
        for j in range(3):
            y += images[:, i:i + rows, j:j + columns, None] * filters[i, j]
    blurred = np.zeros((2, rows, columns))
    for k in range(2):
        blurred += weights[k] * np.maximum(y[..., k], 0.1)
    for k in range(2):
        blurred[:, 1:-1] = blurred[:, 1:-1] + 0.3 * blurred[:, :-2] * weights[k]
    edges = np.zeros_like(images)
    for j in (0, 2):
        edges[:, :rows, j:j + columns] += blurred * weights[0]
    total = 0.0
    for k in range(3):
        total = total + np.sum(np.sin((k + 1.0) * edges))
    return total


@program(0.25, wave(5, 4))
def deriche(alpha, imgIn):
    k = ((1.0 - np.exp(-alpha)) * (1.0 - np.exp(-alpha))
         / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha)))
    a1 = a5 = k
    a2 = a6 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = a7 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = a8 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0**(-alpha)
    b2 = -np.exp(-2.0 * alpha)
    c1 = c2 = 1
    y1 = np.empty_like(imgIn)
    y1[:, 0] = a1 * imgIn[:, 0]
    y1[:, 1] = a1 * imgIn[:, 1] + a2 * imgIn[:, 0] + b1 * y1[:, 0]
    for j in range(2, imgIn.shape[1]):
        y1[:, j] = (a1 * imgIn[:, j] + a2 * imgIn[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2])
    y2 = np.empty_like(imgIn)
    y2[:, -1] = 0.0
    y2[:, -2] = a3 * imgIn[:, -1]
    for j in range(imgIn.shape[1] - 3, -1, -1):
        y2[:, j] = (a3 * imgIn[:, j + 1] + a4 * imgIn[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2])
    imgOut = c1 * (y1 + y2)
    y1[0, :] = a5 * imgOut[0, :]
    y1[1, :] = a5 * imgOut[1, :] + a6 * imgOut[0, :] + b1 * y1[0, :]
    for i in range(2, imgIn.shape[0]):
        y1[i, :] = (a5 * imgOut[i, :] + a6 * imgOut[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :])
    y2[-1, :] = 0.0
    y2[-2, :] = a7 * imgOut[-1, :]
    for i in range(imgIn.shape[0] - 3, -1, -1):
        y2[i, :] = (a7 * imgOut[i + 1, :] + a8 * imgOut[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :])
    imgOut[:] = c2 * (y1 + y2)
    return imgOut


@program(wave(8), np.array([0.2, 0.3, 0.1]), np.array([1.1, -0.4, 0.15]))
def iir_filter(x, b, a):
    n = len(x)
    y = np.zeros(n)
    for i in range(n):
        for k in range(len(b)):
            if i - k >= 0:
                y[i] += b[k] * x[i - k]
        for k in range(1, len(a)):
            if i - k >= 0:
                y[i] -= a[k] * y[i - k]
        y[i] /= a[0]
    return y


@program(wave(8), 0.3, 1.2)
def biquad_with_state(x, f, q):
    w0 = 2 * math.pi * f / 4
    alpha = math.sin(w0) / (2 * q)
    b = np.array([(1 - math.cos(w0)) / 2, 1 - math.cos(w0), (1 - math.cos(w0)) / 2])
    a = np.array([1 + alpha, -2 * math.cos(w0), 1 - alpha])
    b /= a[0]
    a /= a[0]
    z = np.zeros(2)
    out = np.empty_like(x)
    for n in range(len(x)):
        out[n] = b[0] * x[n] + z[0]
        z[0] = b[1] * x[n] - a[1] * out[n] + z[1]
        z[1] = b[2] * x[n] - a[2] * out[n]
    return out


@program(wave(6), 0.4, np.zeros(6), result="out")
def exponential_smoothing(x, alpha, out):
    out[0] = x[0]
    for i in range(1, len(x)):
        out[i] = alpha * x[i] + (1 - alpha) * out[i - 1]


@program(wave(8))
def haar_wavelet(x):
    y = x.copy()
    n = len(y)
    tmp = np.zeros(n)
    while n > 1:
        h = n // 2
        for i in range(h):
            tmp[i] = (y[2 * i] + y[2 * i + 1]) / np.sqrt(2)
            tmp[h + i] = (y[2 * i] - y[2 * i + 1]) / np.sqrt(2)
        y[:n] = tmp[:n]
        n = h
    return y


@program(wave(8))
def lifting_wavelet(x):
    s, d = x[::2], x[1::2]
    d -= 0.5 * (s + np.roll(s, -1))
    s += 0.25 * (d + np.roll(d, 1))
    d *= 1.5
    return x


@program(wave(2, 5, 5, 2), wave(3, 3, 2, 3), wave(3), stage="stores")
def conv2d_bias(input, weights, bias):
    K = weights.shape[0]
    N = input.shape[0]
    H_out = input.shape[1] - K + 1
    W_out = input.shape[2] - K + 1
    C_out = weights.shape[3]
    output = np.empty((N, H_out, W_out, C_out), dtype=np.float64)
    for i in range(H_out):
        for j in range(W_out):
            output[:, i, j, :] = np.sum(
                input[:, i:i + K, j:j + K, :, np.newaxis] * weights[np.newaxis, :, :, :],
                axis=(1, 2, 3),
            )
    return output + bias


def relu(x):
    return np.maximum(x, 0)


def maxpool2d(x):
    output = np.empty((x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]), dtype=x.dtype)
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            output[:, i, j, :] = np.max(x[:, 2 * i:2 * i + 2, 2 * j:2 * j + 2, :], axis=(1, 2))
    return output


def conv2d(input, weights):
    K = weights.shape[0]
    N = input.shape[0]
    H_out = input.shape[1] - K + 1
    W_out = input.shape[2] - K + 1
    C_out = weights.shape[3]
    output = np.empty((N, H_out, W_out, C_out), dtype=input.dtype)
    for i in range(H_out):
        for j in range(W_out):
            output[:, i, j, :] = np.sum(
                input[:, i:i + K, j:j + K, :, np.newaxis] * weights[np.newaxis, :, :, :],
                axis=(1, 2, 3),
            )
    return output


@program(wave(2, 6, 6, 1), wave(3, 3, 1, 2), wave(2), wave(8, 3), wave(3), 2, wrt=("input", "conv1", "conv1bias", "w", "b"))
def lenet(input, conv1, conv1bias, w, b, N):
    x = relu(conv2d(input, conv1) + conv1bias)
    x = maxpool2d(x)
    x = np.reshape(x, (N, 8))
    x = relu(x @ w + b)
    return x


def softmax(x):
    tmp_max = np.max(x, axis=-1, keepdims=True)
    tmp_out = np.exp(x - tmp_max)
    tmp_sum = np.sum(tmp_out, axis=-1, keepdims=True)
    return tmp_out / tmp_sum


@program(wave(2, 4), wave(4, 3), wave(3), wave(3, 2), wave(2))
def mlp(input, w1, b1, w2, b2):
    x = relu(input @ w1 + b1)
    x = softmax(x @ w2 + b2)
    return x


@program(wave(3, 4), wave(4, 2), wave(2), np.zeros((3, 2)), result="out", stage="stores")
def dense_in_loops(x, w, b, out):
    for n in range(x.shape[0]):
        for o in range(w.shape[1]):
            acc = b[o]
            for i in range(x.shape[1]):
                acc += x[n, i] * w[i, o]
            out[n, o] = 1.0 / (1.0 + np.exp(-acc))


@program(wave(3, 4), stage="stores")
def softmax_in_place(x):
    for i in range(x.shape[0]):
        x[i] -= x[i].max()
        np.exp(x[i], out=x[i])
        x[i] /= x[i].sum()
    return x


@program(wave(2, 4, 3), 1.0 + 0.1 * wave(3), wave(3), 1e-5)
def batchnorm(x, gamma, beta, eps):
    mean = np.mean(x, axis=0, keepdims=True)
    std = np.std(x, axis=0, keepdims=True)
    return gamma * (x - mean) / np.sqrt(std + eps) + beta


@program(wave(4, 2), 0.3 * wave(2, 8), 0.3 * wave(2, 8) ** 2, 0.1 * wave(8), stage="stores")
def lstm_over_time(x, Wx, Wh, b):
    T, H = x.shape[0], 2
    h = np.zeros((T + 1, H))
    c = np.zeros((T + 1, H))
    gates = np.zeros((T, 4 * H))
    for t in range(T):
        z = x[t] @ Wx + h[t] @ Wh + b
        gates[t, :3 * H] = 1 / (1 + np.exp(-z[:3 * H]))
        gates[t, 3 * H:] = np.tanh(z[3 * H:])
        i, f, o, g = gates[t, :H], gates[t, H:2 * H], gates[t, 2 * H:3 * H], gates[t, 3 * H:]
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
    return h[1:]


@program(wave(4, 3), 0.4 * wave(3, 3), 0.3 * wave(3, 3)[::-1].copy(), np.zeros((5, 3)), result="h")
def rnn_forward(x, W, U, h):
    for t in range(x.shape[0]):
        np.tanh(x[t] @ W + h[t] @ U, out=h[t + 1])


@program(wave(4, 2), 0.5 * wave(2, 3), 0.1 * wave(3), 0.5, stage="stores")
def training_with_cross_entropy(X, W, b, lr):
    y = np.array([0, 2, 1, 0])
    n = len(y)
    losses = np.zeros(3)
    for epoch in range(3):
        scores = X @ W + b
        scores -= np.max(scores, axis=1, keepdims=True)
        probs = np.exp(scores)
        probs /= np.sum(probs, axis=1, keepdims=True)
        losses[epoch] = -np.sum(np.log(probs[np.arange(n), y])) / n
        dscores = probs.copy()
        dscores[np.arange(n), y] -= 1
        dscores /= n
        gW = X.T @ dscores
        gb = np.sum(dscores, axis=0)
        W -= lr * gW
        b -= lr * gb
    return losses


@program(wave(5, 2), 0.5 * wave(2, 3), 0.4 * wave(3, 1), 0.1, stage="stores")
def two_layer_training_by_hand(X, W1, W2, lr):
    y = X[:, :1] * 0.5 + 0.1
    for t in range(2):
        h = X.dot(W1)
        h_relu = np.maximum(h, 0)
        y_pred = h_relu.dot(W2)
        grad_y_pred = 2.0 * (y_pred - y)
        grad_w2 = h_relu.T.dot(grad_y_pred)
        grad_h_relu = grad_y_pred.dot(W2.T)
        grad_h = grad_h_relu.copy()
        grad_h[h < 0] = 0
        grad_w1 = X.T.dot(grad_h)
        W1 -= lr * grad_w1
        W2 -= lr * grad_w2
    return np.square(X.dot(W1).clip(0).dot(W2) - y).sum()


@program(wave(3), 0.1)
def adam_in_place(w, lr):
    m = np.zeros_like(w)
    v = np.zeros_like(w)
    for t in range(1, 4):
        g = 2 * (w - np.arange(3.0) - 0.5)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g ** 2
        mhat = m / (1 - 0.9 ** t)
        vhat = v / (1 - 0.99 ** t)
        w -= lr * mhat / (np.sqrt(vhat) + 1e-8)
    return w


@program(wave(4, 4))
def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


@program(0.2 * wave(4), 0.3 * wave(4), 0.5 + 0.2 * wave(4), 0.1 + 0.3 * wave(4))
def arc_distance(theta_1, phi_1, theta_2, phi_2):
    temp = (np.sin((theta_2 - theta_1) / 2)**2
            + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2)**2)
    distance_matrix = 2 * (np.arctan2(np.sqrt(temp), np.sqrt(1 - temp)))
    return distance_matrix


@program(4.0 + wave(8), 2.0 + wave(8) ** 2, 3, stage="stores")
def azimuthal_integration(data, radius, npt):
    rmax = radius.max()
    res = np.zeros(npt)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        mask_r12 = np.logical_and((r1 <= radius), (radius < r2))
        values_r12 = data[mask_r12]
        if values_r12.size:
            res[i] = values_r12.mean()
    return res


@program(wave(6), 1.0 + 0.1 * wave(6))
def weighted_histogram(x, w):
    lo, hi, bins = -2.0, 2.0, 4
    counts = np.zeros(bins)
    moments = np.zeros(bins)
    for i in range(len(x)):
        b = int((x[i] - lo) / (hi - lo) * bins)
        b = min(max(b, 0), bins - 1)
        counts[b] += w[i]
        moments[b] += w[i] * x[i]
    return moments / (counts + 1.0)


@program(np.linspace(-0.5, 0.4, 4), np.linspace(-0.6, 0.5, 3), stage="stores")
def mandelbrot(xs, ys):
    C = xs + ys[:, None] * 1j
    Z = np.zeros(C.shape, dtype=np.complex128)
    N = np.zeros(C.shape, dtype=np.int64)
    for n in range(4):
        I = abs(Z) < 2.0
        N[I] = n
        Z[I] = Z[I]**2 + C[I]
    return np.abs(Z) ** 2


@program(0.3 * wave(3, 4) + 0.2j)
def julia_with_where(z):
    c = -0.4 + 0.6j
    count = np.zeros(z.shape)
    for n in range(3):
        inside = np.abs(z) < 1.5
        z = np.where(inside, z * z + c, z)
        count += np.where(inside, np.abs(z), 0.0)
    return count


DISTANCES = np.array([[0.0, 1.1, 5.3, 9.7], [1.2, 0.0, 2.1, 4.4], [5.0, 2.6, 0.0, 1.7], [8.8, 4.1, 1.3, 0.0]])


@program(DISTANCES + np.diag([0.5] * 4), result="path")
def floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))


@program(DISTANCES + np.diag([0.5] * 4), result="path")
def floyd_warshall_in_loops(path):
    n = len(path)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]


def pairing(a, b):
    if a + b == 3:
        return 1
    return 0


@program(np.array([0, 1, 2, 3, 1, 2]), 0.05 * wave(6), wrt="bonus")
def nussinov(seq, bonus):
    N = len(seq)
    table = np.zeros((N, N))
    for i in range(N - 1, -1, -1):
        for j in range(i + 1, N):
            if j - 1 >= 0:
                table[i, j] = max(table[i, j], table[i, j - 1])
            if i + 1 < N:
                table[i, j] = max(table[i, j], table[i + 1, j])
            if j - 1 >= 0 and i + 1 < N:
                if i < j - 1:
                    table[i, j] = max(table[i, j],
                                      table[i + 1, j - 1] + pairing(seq[i], seq[j]) * (1 + bonus[i]))
                else:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1])
            for k in range(i + 1, j):
                table[i, j] = max(table[i, j], table[i, k] + table[k + 1, j])
    return table[0, N - 1]


@program(np.log(0.2 + wave(3) ** 2), wave(3, 3), wave(4, 3) * 1.1, stage="stores")
def viterbi(start, trans, emit):
    T, S = emit.shape
    V = np.full((T, S), -np.inf)
    back = np.zeros((T, S), dtype=int)
    V[0] = start + emit[0]
    for t in range(1, T):
        for s in range(S):
            scores = V[t - 1] + trans[:, s]
            back[t, s] = np.argmax(scores)
            V[t, s] = scores[back[t, s]] + emit[t, s]
    path = [int(np.argmax(V[-1]))]
    for t in range(T - 1, 0, -1):
        path.insert(0, back[t, path[0]])
    return V[-1].max() + 0.1 * V[1, path[1]]


@program(np.log(0.2 + wave(3) ** 2), wave(3, 3), wave(4, 3), stage="stores")
def forward_algorithm(start, trans, emit):
    T, S = emit.shape
    alpha = np.zeros((T, S))
    alpha[0, :] = start + emit[0, :]
    for t in range(1, T):
        for j in range(S):
            terms = np.empty(S)
            for i in range(S):
                terms[i] = alpha[t - 1, i] + trans[i, j]
            m = terms.max()
            alpha[t, j] = m + np.log(np.sum(np.exp(terms - m))) + emit[t, j]
    return alpha


@program(wave(4), wave(3) + 0.1, 0.7)
def soft_edit_distance(a, b, gap):
    n, m = len(a), len(b)
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        D[i, 0] = D[i - 1, 0] + gap
    for j in range(1, m + 1):
        D[0, j] = D[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            costs = np.array([D[i - 1, j] + gap, D[i, j - 1] + gap, D[i - 1, j - 1] + (a[i - 1] - b[j - 1]) ** 2])
            low = costs.min()
            D[i, j] = low - 0.5 * np.log(np.sum(np.exp(-(costs - low) / 0.5)))
    return D[n, m]


@program(wave(4), wave(5) * 1.3 + 0.1)
def dynamic_time_warping(s, t):
    n, m = len(s), len(t)
    dtw = np.zeros((n + 1, m + 1))
    dtw[:, :] = np.inf
    dtw[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = abs(s[i - 1] - t[j - 1])
            last_min = np.min([dtw[i - 1, j], dtw[i, j - 1], dtw[i - 1, j - 1]])
            dtw[i, j] = cost + last_min
    return dtw[n, m]


@program(1.0, -0.3, -0.55)
def needleman_wunsch(match, mismatch, gap):
    a, b = "GATTACA", "GCATGC"
    n, m = len(a), len(b)
    score = np.zeros((n + 1, m + 1))
    for i in range(n + 1):
        score[i][0] = gap * i
    for j in range(m + 1):
        score[0][j] = gap * j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            diag = score[i - 1][j - 1] + (match if a[i - 1] == b[j - 1] else mismatch * (1 + 0.01 * i + 0.003 * j))
            delete = score[i - 1][j] + gap * (1 + 0.007 * i)
            insert = score[i][j - 1] + gap * (1 + 0.011 * j)
            score[i][j] = max(diag, delete, insert)
    return score[n][m]


@program(0.8 * np.eye(2) + 0.1, 0.1 * np.eye(2), np.array([[1.0, 0.2]]), 0.3 * np.eye(1), wave(5, 1), stage="stores")
def kalman_filter_in_place(F, Q, H, R, zs):
    n = F.shape[0]
    x = np.zeros(n)
    P = np.eye(n)
    xs = np.zeros((len(zs), n))
    ll = 0.0
    for k in range(len(zs)):
        x[:] = F @ x
        P[:] = F @ P @ F.T + Q
        y = zs[k] - H @ x
        S = H @ P @ H.T + R
        K = P @ H.T @ np.linalg.inv(S)
        x += K @ y
        P -= K @ H @ P
        xs[k] = x
        ll -= 0.5 * (y @ np.linalg.solve(S, y) + np.log(np.linalg.det(S)))
    return xs, ll


@program(wave(6, 2), wave(2, 2) + 0.3)
def soft_k_means(points, centers):
    n, k = len(points), len(centers)
    r = np.zeros((n, k))
    for it in range(2):
        for i in range(n):
            for j in range(k):
                r[i, j] = np.exp(-np.sum((points[i] - centers[j]) ** 2))
            r[i, :] /= r[i, :].sum()
        for j in range(k):
            centers[j] = (r[:, j] @ points) / r[:, j].sum()
    return centers


@program(wave(6, 2) * 2, np.array([[0.0, 0.2], [1.5, -1.0]]))
def k_means(points, centers):
    labels = np.zeros(len(points), dtype=int)
    for it in range(2):
        for i in range(len(points)):
            d = ((points[i] - centers) ** 2).sum(axis=1)
            labels[i] = np.argmin(d)
        for j in range(len(centers)):
            members = points[labels == j]
            if len(members) > 0:
                centers[j] = members.mean(axis=0)
    return centers


@program(100.0, 0.05, 0.2)
def random_walk_paths(s0, mu, sigma):
    z = np.array([[0.3, -1.2, 0.4], [1.1, 0.2, -0.5], [-0.7, 0.9, 0.1]])
    n, m = z.shape
    S = np.empty((n, m + 1))
    S[:, 0] = s0
    dt = 1 / m
    for t in range(m):
        S[:, t + 1] = S[:, t] * np.exp((mu - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * z[:, t])
    payoff = np.maximum(S[:, -1] - 95.0, 0)
    return payoff.mean() + 0.1 * S.max(axis=1).mean()


@program(100.0, 105.0, 0.03, 0.25)
def binomial_option(S0, K, r, sigma):
    n, T = 4, 1.0
    dt = T / n
    u = np.exp(sigma * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    V = np.zeros(n + 1)
    for i in range(n + 1):
        V[i] = max(K - S0 * u**i * d**(n - i), 0.0)
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            hold = np.exp(-r * dt) * (p * V[i + 1] + (1 - p) * V[i])
            V[i] = max(hold, K - S0 * u**i * d**(step - i))
    return V[0]


@program(wave(5), np.linspace(0.0, 2.0, 5))
def cubic_spline(y, x):
    n = len(x) - 1
    h = np.diff(x)
    A = np.zeros((n + 1, n + 1))
    rhs = np.zeros(n + 1)
    A[0, 0] = A[n, n] = 1
    for i in range(1, n):
        A[i, i - 1] = h[i - 1]
        A[i, i] = 2 * (h[i - 1] + h[i])
        A[i, i + 1] = h[i]
        rhs[i] = 3 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    c = np.linalg.solve(A, rhs)
    b = np.zeros(n)
    d = np.zeros(n)
    for i in range(n):
        b[i] = (y[i + 1] - y[i]) / h[i] - h[i] * (2 * c[i] + c[i + 1]) / 3
        d[i] = (c[i + 1] - c[i]) / (3 * h[i])
    return b, c, d


@program(wave(4), np.array([0.0, 0.7, 1.5, 2.2]), 1.1, stage="stores")
def newton_divided_differences(y, x, at):
    n = len(x)
    coef = y.copy()
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            coef[i] = (coef[i] - coef[i - 1]) / (x[i] - x[i - j])
    result = coef[-1]
    for i in range(n - 2, -1, -1):
        result = result * (at - x[i]) + coef[i]
    return result


@program(np.array([0.0, 0.3, 0.9]), np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 0.5]]))
def de_casteljau(ts, control):
    out = np.zeros((len(ts), 2))
    for k, t in enumerate(ts):
        beta = control.copy()
        n = len(beta)
        for j in range(1, n):
            for i in range(n - j):
                beta[i] = beta[i] * (1 - t) + beta[i + 1] * t
        out[k] = beta[0]
    return out


@program(1.3)
def legendre_table(x):
    P = np.zeros(6)
    P[0], P[1] = 1.0, x
    for n in range(1, 5):
        P[n + 1] = ((2 * n + 1) * x * P[n] - n * P[n - 1]) / (n + 1)
    return P


@program(0.3, 1.7)
def romberg(a, b):
    R = np.zeros((4, 4))
    h = b - a
    R[0, 0] = 0.5 * h * (np.sin(a * a) + np.sin(b * b))
    for i in range(1, 4):
        h *= 0.5
        s = 0.0
        for k in range(1, 2**i, 2):
            s += np.sin((a + k * h) ** 2)
        R[i, 0] = 0.5 * R[i - 1, 0] + h * s
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R[3, 3]


@program(wave(6))
def running_sums_in_place(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    total = np.empty(len(x) + 1)
    total[0] = 0
    total[1:] = np.cumsum(x)
    return total[3:] - total[:-3]


@program(wave(5, 5), wave(3, 3))
def image_filter_with_padding(image, kernel):
    h, w = image.shape
    padded = np.pad(image, 1, mode="edge")
    out = np.zeros_like(image)
    for y in range(h):
        for x in range(w):
            out[y, x] = (kernel * padded[y:y + 3, x:x + 3]).sum()
    out[out < 0] *= 0.1
    return out


@program(wave(4, 4), stage="stores")
def total_variation_denoising(f):
    u = f.copy()
    px = np.zeros_like(u)
    py = np.zeros_like(u)
    for it in range(2):
        ux = np.zeros_like(u)
        uy = np.zeros_like(u)
        ux[:, :-1] = u[:, 1:] - u[:, :-1]
        uy[:-1, :] = u[1:, :] - u[:-1, :]
        px += 0.2 * ux
        py += 0.2 * uy
        norm = np.maximum(1.0, np.sqrt(px**2 + py**2 + 1e-6))
        px /= norm
        py /= norm
        div = np.zeros_like(u)
        div[:, 0] = px[:, 0]
        div[:, 1:] = px[:, 1:] - px[:, :-1]
        div[0, :] += py[0, :]
        div[1:, :] += py[1:, :] - py[:-1, :]
        u = f + 0.3 * div
    return u


@program(0.5 + 0.1 * wave(3, 3), np.array([1.0, 2.0, 0.5]), np.array([0.8, 1.5, 1.2]))
def sinkhorn(K, a, b):
    u = np.ones(len(a))
    v = np.ones(len(b))
    for it in range(3):
        u[:] = a / (K @ v)
        v[:] = b / (K.T @ u)
    P = u[:, None] * K
    P *= v
    return P


@program(0.7, 0.2 * wave(3))
def value_iteration_in_place(gamma, rewards):
    n = len(rewards)
    V = np.zeros(n)
    for sweep in range(3):
        for s in range(n):
            q = np.zeros(2)
            q[0] = rewards[s] + gamma * V[(s + 1) % n]
            q[1] = 0.5 * rewards[s] + gamma * V[s - 1] + 0.05
            V[s] = max(q)
    return V


@program(np.array([0.5, 0.2, 0.3]), wave(4) ** 2)
def levinson_recursion(k, r):
    a = np.zeros(len(k) + 1)
    a[0] = 1.0
    e = r[0] + 5.0
    for i in range(1, len(k) + 1):
        acc = r[i]
        for j in range(1, i):
            acc += a[j] * r[i - j]
        ki = -acc / e + k[i - 1]
        prev = a.copy()
        for j in range(1, i):
            a[j] = prev[j] + ki * prev[i - j]
        a[i] = ki
        e *= 1 - ki * ki
    return a, e
