"""Programs as people who train models write them: layers, losses, optimisers, sequences."""

import numpy as np

from corpus import program

rng = np.random.default_rng(5)
X = rng.normal(size=(4, 3))
LABELS = np.array([0, 2, 1, 1])
W1, B1 = rng.normal(size=(3, 4)) * 0.5, rng.normal(size=4) * 0.1
W2, B2 = rng.normal(size=(4, 3)) * 0.5, rng.normal(size=3) * 0.1


def relu(x):
    return np.maximum(x, 0.0)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def layer_norm(x, gain, shift, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(variance + eps) + shift


@program(W1, B1, W2, B2)
def two_layers(w1, b1, w2, b2):
    hidden = np.tanh(X @ w1 + b1)
    p = softmax(hidden @ w2 + b2)
    return -np.mean(np.log(p[np.arange(len(LABELS)), LABELS]))


@program({"w1": W1, "b1": B1, "w2": W2, "b2": B2}, X)
def two_layers_in_a_dict(parameters, x):
    hidden = relu(x @ parameters["w1"] + parameters["b1"])
    out = hidden @ parameters["w2"] + parameters["b2"]
    one_hot = np.eye(3)[LABELS]
    return ((sigmoid(out) - one_hot) ** 2).sum() / len(x)


@program([(W1, B1), (W2, B2)])
def list_of_layers(layers):
    x = X
    for w, b in layers[:-1]:
        x = np.tanh(np.dot(x, w) + b)
    w, b = layers[-1]
    logits = np.dot(x, w) + b
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(4), LABELS])


@program(rng.normal(size=3), 0.2)
def logistic_regression(w, b):
    y = np.array([1.0, 0.0, 1.0, 1.0])
    p = sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.01 * np.sum(w ** 2)


@program(rng.normal(size=(3, 3)) * 0.4, rng.normal(size=(3, 3)) * 0.4, np.zeros(3))
def recurrent_network(w, u, b):
    h = np.zeros(3)
    states = []
    for x in X:
        h = np.tanh(w @ h + u @ x + b)
        states.append(h)
    return np.sum(np.stack(states)[1:] ** 2) + h[0]


@program(rng.normal(size=(12, 5)) * 0.4)
def lstm_cell(weights):
    h, c = np.zeros(3), np.zeros(3)
    for t in range(3):
        z = weights @ np.concatenate([h, X[t, :2]])
        i, f, o = sigmoid(z[:3]), sigmoid(z[3:6] + 1.0), sigmoid(z[6:9])
        c = f * c + i * np.tanh(z[9:])
        h = o * np.tanh(c)
    return np.sum(h * np.array([1.0, -1.0, 2.0]))


@program(rng.normal(size=(5, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 4)))
def attention(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = q @ k.T / np.sqrt(k.shape[-1])
    mask = np.tril(np.ones((5, 5))) == 1
    scores = np.where(mask, scores, -1e9)
    return np.sum((softmax(scores) @ v) ** 2)


@program(rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 8)) * 0.5)
def attention_with_heads(x, w):
    batch, time, width = x.shape
    h = (x @ w).reshape(batch, time, 2, 4).transpose(0, 2, 1, 3)
    scores = np.einsum("bhid,bhjd->bhij", h, h) / 2.0
    mixed = np.einsum("bhij,bhjd->bhid", softmax(scores), h)
    return np.mean(mixed.transpose(0, 2, 1, 3).reshape(batch, time, 8) ** 2)


@program(X, np.array([1.0, 0.5, 2.0]), np.array([0.1, 0.0, -0.2]))
def layer_normalised(x, gain, shift):
    return np.sum(layer_norm(x, gain, shift) * np.arange(12.0).reshape(4, 3))


@program(X, np.ones(3), np.zeros(3))
def batch_normalised(x, gamma, beta):
    mean, variance = x.mean(0), x.var(0)
    return np.sum(np.tanh(gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta) ** 3)


@program(rng.normal(size=(6, 6)), rng.normal(size=(3, 3)))
def convolution_by_shifts(image, kernel):
    out = 0.0
    for i in range(3):
        for j in range(3):
            out = out + kernel[i, j] * image[i : i + 4, j : j + 4]
    pooled = out.reshape(2, 2, 2, 2).max(axis=(1, 3))
    return np.sum(relu(pooled) ** 2)


@program(rng.normal(size=(5, 2)), rng.normal(size=(5, 2)))
def contrastive(a, b):
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    logits = a @ b.T / 0.5
    return -np.mean(np.diag(logits) - np.log(np.sum(np.exp(logits), axis=1)))


@program(rng.normal(size=3), 0.1)
def gelu_and_friends(x, alpha):
    gelu = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))
    elu = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0.0)) - 1))
    softplus = np.logaddexp(x, 0.0)
    return np.sum(gelu + elu ** 2 + x * sigmoid(alpha * x) + softplus)


@program(rng.normal(size=4), rng.normal(size=4))
def huber_loss(predicted, target):
    error = predicted - target
    small = np.abs(error) <= 1.0
    return np.mean(np.where(small, 0.5 * error ** 2, np.abs(error) - 0.5))


@program(np.array([0.3, -0.4]), np.array([-0.5, 0.1]))
def variational(mean, log_variance):
    noise = np.random.default_rng(3).normal(size=(6, 2))
    z = mean + np.exp(0.5 * log_variance) * noise
    kl = 0.5 * np.sum(np.exp(log_variance) + mean ** 2 - 1 - log_variance)
    return np.mean(np.sum((z - 1.0) ** 2, axis=1)) + kl


@program(X)
def dropout_with_a_fixed_draw(x):
    keep = np.random.default_rng(9).random(x.shape) > 0.3
    return np.sum(np.tanh(x) * keep / 0.7)


@program(rng.normal(size=(3, 2)), rng.normal(size=(3, 2)))
def gaussian_mixture(means, logs):
    points = X[:, :2]
    squares = ((points[:, None, :] - means[None]) / np.exp(logs)[None]) ** 2
    log_p = -0.5 * squares.sum(-1) - logs.sum(-1)
    top = log_p.max(axis=1, keepdims=True)
    return np.mean(top[:, 0] + np.log(np.mean(np.exp(log_p - top), axis=1)))


@program(np.array([0.5, -0.3, 0.8]), 0.05)
def unrolled_momentum(w, rate):
    target = np.array([1.0, 0.0, -1.0])
    velocity = np.zeros(3)
    for _ in range(5):
        slope = 2 * (w - target) + 0.1 * w ** 3
        velocity = 0.9 * velocity - rate * slope
        w = w + velocity
    return np.sum((w - target) ** 2)


@program(W1, np.array([0.2, 0.8]))
def minibatches(w, mix):
    total = 0.0
    for start in range(0, len(X), 2):
        batch = X[start : start + 2]
        out = relu(batch @ w).mean(axis=0)
        total += mix[0] * out.sum() ** 2 + mix[1] * out.max()
    return total / (len(X) // 2)


@program(rng.normal(size=(4, 3)), rng.normal(size=(2, 3)))
def nearest_prototype(x, prototypes):
    distance = np.sum((x[:, None] - prototypes[None]) ** 2, axis=2)
    nearest = np.argmin(distance, axis=1)
    return np.mean(distance[np.arange(4), nearest])


@program(rng.normal(size=(4, 3)), np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]))
def graph_messages(nodes, edges):
    source, target = edges[:, 0], edges[:, 1]
    gathered = np.eye(4)[target].T @ np.tanh(nodes[source])
    return np.sum((nodes + gathered) ** 2) + np.sum(nodes[source] * nodes[target])


@program(np.array([2.0, -1.0, 0.5]), 2)
def top_k_by_sorting(x, k):
    kept = np.sort(x)[::-1][:k]
    return np.sum(kept ** 2)


@program(rng.normal(size=(4, 4)), rng.normal(size=4), 0.7)
def extremes_that_come_back(x, c, smooth):
    """Shifts by a maximum that cancel out: of numbers, along axes, in loops and branches."""
    top = np.max(x, axis=1, keepdims=True)
    logs = x - top - np.log(np.sum(np.exp(x - top), axis=1, keepdims=True))
    total = np.sum(logs * logs) + np.sum(softmax(c) * c)
    alpha = c
    for k in range(3):
        paths = alpha[:, None] + x
        best = paths.max(axis=0)
        alpha = best + np.log(np.sum(np.exp(paths - best), axis=0))
        if k > 0:
            low = np.min(alpha)
            alpha = (alpha - low) / smooth + low / smooth
    a, b = alpha[0] / smooth, alpha[1]
    most = max(a, b, 0.1)
    return total + most + np.log(np.exp(a - most) + np.exp(b - most) + np.exp(0.1 - most))


@program(rng.normal(size=(4, 4)), rng.normal(size=4))
def extremes_that_stay(x, c):
    """The same where something is left of the maximum: it is read once more, scaled, changed, or of another axis."""
    top = np.max(x, axis=0)
    crossed = top + np.log(np.sum(np.exp(x - top), axis=1))
    one = np.max(c)
    twice = 2.0 * one + np.log(np.sum(np.exp(c - one)))
    two = np.max(c)
    shifted = c - two
    three = np.max(c * c)
    weight = c + 1.0
    there = three * weight[0]
    weight[0] = 3.0
    changed = there - three * weight[0]
    last = np.max(x)
    for _ in range(2):
        kept = last + np.log(np.sum(np.exp(c - last)))
        last = last * kept
    return np.sum(crossed * c) + twice + np.sum(np.exp(shifted)) + two + changed + last


@program(rng.normal(size=(4, 2)), rng.normal(size=(2, 3)), rng.normal(size=3), stage="stores")
def parameters_in_pairs(x, w, b):
    """Arrays of several ranks, changed under one name; the losses come out as an array."""
    losses = np.zeros(2)
    w, b = w.copy(), b.copy()
    for epoch in range(2):
        hidden = np.exp(x @ w + b)
        losses[epoch] = np.sum(hidden**2)
        slope = hidden.copy()
        slope /= 2.0
        for p, g in ((w, x.T @ slope), (b, slope.sum(axis=0))):
            p -= 0.1 * g
    held = w.copy()
    for p, factor in [(held, 3.0), (2.0, 1.0)]:
        p *= factor
    return losses * held[0, 0]


class Mixture:
    def __init__(self, count):
        self.count, self.scores = count, []

    def likelihood(self, x, one):
        away = x - one["mean"]
        return np.exp(-0.5 * np.sum(away @ np.linalg.inv(one["cov"]) * away, axis=1))

    def fit(self, x, means, rounds):
        self.parameters = []
        for k in range(self.count):
            one = {}
            one["mean"] = means[k]
            one["cov"] = np.eye(2)
            self.parameters.append(one)
        for _ in range(rounds):
            weights = np.zeros((len(x), self.count))
            for k in range(self.count):
                weights[:, k] = self.likelihood(x, self.parameters[k])
            self.scores.append(np.log(weights.sum(axis=1)).sum())
            weights /= weights.sum(axis=1, keepdims=True)
            for k in range(self.count):
                part = weights[:, k : k + 1]
                mean = (part * x).sum(axis=0) / part.sum()
                cov = (x - mean).T @ ((x - mean) * part) / part.sum() + np.eye(2)
                self.parameters[k]["mean"], self.parameters[k]["cov"] = mean, cov
        return self


@program(rng.normal(size=(5, 2)), rng.normal(size=(2, 2)), stage="stores")
def parameters_of_parts_in_dicts(x, means):
    """Items of dicts in a list of an object, arrays of several sizes, are put in anew in a loop."""
    model = Mixture(2).fit(x, means, 2)
    return model.scores[-1] + np.sum(model.parameters[0]["mean"]) + model.parameters[1]["cov"][0, 1]


class Windows:
    def __init__(self, w):
        self.w, self.seen = w, None

    def forward(self, x):
        k = np.arange(2).repeat(2)[:, None]
        i = np.array([0, 0, 0, 0])[:, None] + np.array([[0, 1]])
        j = np.array([0, 1, 0, 1])[:, None] + np.array([[0, 1]])
        columns = x[:, k, i, j].transpose(1, 2, 0).reshape(4, -1)
        self.seen = columns
        return self.w @ columns


class Clipped:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out


@program({"first": rng.normal(size=(3, 4))}, rng.normal(size=(2, 2, 2, 3)), stage="stores")
def layers_by_name(parameters, x):
    """Layers of several classes, which keep what they saw, in a dict; what indices pick is laid out otherwise."""
    layers = {"windows": Windows(parameters["first"]), "clipped": Clipped()}
    for layer in layers.values():
        x = layer.forward(x)
    return np.sum(x * x) + np.sum(layers["windows"].seen[0])
