"""Programs that read arrays by index: integers, slices, integer arrays, masks, newaxis, ellipsis. Nothing is stored."""

import numpy as np

from corpus import program

X = np.array([0.5, -1.0, 2.0, 0.3, 1.7])
M = np.arange(12.0).reshape(3, 4) / 5 - 0.7
T = np.linspace(-1.0, 1.3, 24).reshape(2, 3, 4)


@program(X)
def integers(x):
    return x[0] * x[-1] + x[2] ** 2 * x[-2]


@program(M)
def pairs_of_integers(m):
    return m[0, 1] * m[2, -1] + m[1][2] * m[-1][0]


@program(X)
def slices(x):
    return np.sum(x[1:] * x[:-1]) + x[1:-1].sum() ** 2 + np.prod(x[::2]) + np.sum(x[:] * x[::-1]) + x[-3:-1] @ x[:2]


@program(M)
def slices_of_matrices(m):
    return np.sum(m[1:, ::2] * m[:-1, 1::2]) + np.sum(m[:, 0] * m[:, -1]) + m[0] @ m[1] + np.sum(m[::-1, ::-1] * m)


@program(T)
def ellipsis(t):
    return np.sum(t[..., 0] * t[..., -1]) + np.sum(t[0, ...] ** 2) + np.sum(t[:, 1, :] * t[1, :, :][0]) + t[..., 1:3].mean()


@program(X)
def new_axes(x):
    return np.sum(x[:, None] * x[None, :3]) + np.sum(x[np.newaxis] ** 2) + np.sum(x[None, :, None] * x[:2])


@program(X)
def integer_array(x):
    index = np.array([0, 2, 4])
    return np.sum(x[index] ** 2) + x[[1, 3]] @ x[[0, 0]]


@program(X)
def repeated_index(x):
    return np.sum(x[[1, 1, 1, 3]] * np.array([1.0, 2.0, 3.0, 4.0])) + np.sum(x[np.array([[0, 0], [4, 0]])] ** 2)


@program(M)
def pairs_of_arrays(m):
    rows, columns = np.array([0, 1, 2, 0]), np.array([3, 1, 0, 3])
    return np.sum(m[rows, columns] * np.array([1.0, 2.0, 3.0, 4.0])) + np.sum(m[rows] ** 2) + np.sum(m[:, columns] * 2)


@program(M)
def crossed_arrays(m):
    return np.sum(m[np.ix_([0, 2], [1, 3, 1])] ** 2) + np.sum(m[np.arange(3)[:, None], np.array([0, 2])] * m[:, :2])


@program(T)
def arrays_and_slices_mixed(t):
    i = np.array([0, 1, 1])
    return np.sum(t[i, :, 2] ** 2) + np.sum(t[0, i, 1:3] * t[:, 0, i][0, 1]) + np.sum(t[:, i])


@program(X)
def boolean_mask(x):
    return np.sum(x[x > 0.4] ** 2) + x[np.array([True, False, True, False, True])].prod()


@program(M)
def boolean_mask_of_a_matrix(m):
    positive = m > 0
    return np.sum(m[positive] ** 2) + np.sum(m[np.array([True, False, True])] * 3) + np.sum(m[:, m[0] < 0])


@program(M)
def mask_and_integer(m):
    return np.sum(m[m[:, 0] > 0, 1] ** 2) + m[1, m[1] > 0].sum() ** 2


@program(X, np.array([4, 0, 2]))
def index_is_an_argument(x, index):
    return np.sum(x[index] * np.array([1.0, -2.0, 3.0]))


@program(X, np.array([True, False, True, True, False]))
def mask_is_an_argument(x, mask):
    return np.sum(x[mask] ** 2) + np.sum(np.where(mask, x, 0.5 * x))


@program(X, 2)
def integer_is_an_argument(x, k):
    return x[k] * x[k - 1] + x[:k].sum() ** 2 + x[k:] @ x[k:]


@program(X)
def index_computed(x):
    order = np.argsort(x)
    middle = order[len(x) // 2]
    return x[middle] ** 2 + x[order[0]] * x[order[-1]] + x[int(np.argmax(x))]


@program(X)
def take_and_friends(x):
    return np.sum(np.take(x, [0, 3, 3]) ** 2) + np.sum(x.take(np.array([1, 2])) * 2)


@program(M)
def take_along_an_axis(m):
    order = np.argsort(m, axis=1)[:, ::-1]
    return np.sum(np.take_along_axis(m, order, axis=1) * np.arange(4.0)) + np.sum(np.take(m, [0, 2], axis=1) ** 2)


@program(np.array([[0.1, 2.0, -1.0], [1.0, 0.3, 0.2], [0.0, 0.5, 0.4]]), np.array([1, 0, 2]))
def cross_entropy_by_labels(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


@program(np.arange(8.0).reshape(4, 2) / 3, np.array([3, 1, 3, 0]))
def embedding_look_up(table, tokens):
    vectors = table[tokens]
    return np.sum(vectors[1:] * vectors[:-1]) + np.tanh(vectors.mean(axis=0)).sum()


@program(X)
def slice_object(x):
    window = slice(1, 4)
    return np.sum(x[window] ** 2) + x[slice(None, None, 2)].sum()


@program(M)
def tuple_as_index(m):
    where = (1, 2)
    part = (slice(None), 1)
    return m[where] ** 2 + m[part].sum()


@program(X)
def neighbours_in_a_loop(x):
    total = 0.0
    for i in range(1, len(x) - 1):
        total += (x[i - 1] - 2 * x[i] + x[i + 1]) ** 2 * x[i]
    return total


@program(M)
def diagonal_in_a_loop(m):
    product = 1.0
    for i in range(3):
        product *= m[i, i] + m[i, i + 1]
    return product


@program(X)
def view_read_later(x):
    tail = x[2:]
    y = x * 2
    middle = tail[1:]
    return np.sum(tail * y[:3]) + middle @ middle


@program(X)
def nonzero_positions(x):
    where = np.nonzero(x > 0)[0]
    hits = np.where(x < 0.4)[0]
    return np.sum(x[where] ** 2) + np.sum(x[hits]) * len(where)


@program(np.array([[1.0, 2.0], [3.0, 4.0]]))
def flat_index(m):
    return m.ravel()[3] * m.reshape(-1)[0] + m.flat[1] * 2


@program(X, np.array([0, 1, 0, 2, 1]))
def group_sums(x, groups):
    total = 0.0
    for g in range(3):
        member = groups == g
        total = total + x[member].sum() ** 2 / member.sum()
    return total


@program(np.array([0.3, -0.2, 0.5, 1.0, 0.4, -2.0, 1.5, 0.1]), np.array([0.2, 0.6, 1.1]))
def parts_of_one_array(camera, point):
    turn = camera[:3]
    p = point - camera[3:6]
    p = p + np.cross(turn, p) * (turn @ turn)
    u = p[:2] / p[2]
    return camera[6] * (1.0 + camera[7] * (u @ u)) * u


@program(np.array([0.7]), np.array([0.2, 0.6, 1.1]))
def items_that_are_not_there(short, x):
    total = 0.0
    try:
        total = np.sum(short[:3] * x)
        total = total + short[5]
    except IndexError:
        total = total * total
    for _ in range(2):
        part = short[:3] + x
        total = total + part @ part
        if total > -1.0:
            break
        total = total + short[4]
    return total


@program(0.3, np.array([0.4]))
def arrays_of_written_lists(angle, x):
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    place = turn @ np.array([angle, c]) + x + np.array([s])
    return np.sum(place * np.array([c, angle])), place


def _stacked(parts):
    return np.concatenate([x[..., np.newaxis] for x in np.asarray(parts)], axis=-1)


@program(np.array([0.4, -0.7, 1.2]), 0.8)
def numbers_with_an_axis(rgb, s):
    rows = np.asarray(rgb, dtype=np.float64)
    r, g, b = [rows[..., k] for k in range(3)]
    light = _stacked([r * g, s * b, g])
    return np.sum(light**2 * np.arange(1.0, 4.0)) + (r[None] * s) @ g[..., None]
