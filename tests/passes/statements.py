"""Statements: targets, augmented assignment, del, assert, loop variables."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import numpy as np
from passes import Point, on, say

TWO = ("0, 0", "1, 0", "0, 2", "3, 4", "-1, 2")


@on(*TWO)
def swap(a, b):
    a, b = b, a
    [a, b] = a + b, say(b)
    a, (b, c) = b, (a, b)
    return a, b, c


@on(*TWO)
def rotate(a, b):
    c = 5
    a, b, c = c, a, b
    xs = [a, b, c]
    xs[0], xs[1] = xs[1], xs[0]
    i = 0
    i, xs[i] = 2, "i"
    xs[i], i = i, say(1)
    return a, b, c, xs, i


@on("[1, 2, 3]", "[1, 2]", "[1]", "'ab'")
def starred_targets(xs):
    first, *rest = xs
    *init, last = xs
    (a, *b), c = xs, 4
    return first, rest, init, last, a, b, c


@on("[1, [2, 3], 4]", "[1, 2, 3]")
def nested_targets(xs):
    a, (b, *c), d = xs
    return a, b, c, d


@on("(1, 2)", "(1, 2, 3)")
def mixed_targets(v):
    xs = [0, 0, 0]
    p = Point(0)
    xs[say(0)], a = v
    a, xs[a] = v
    p.x, p.y = v
    v, w = v
    return xs, a, p, v, w


@on(*TWO)
def chained_assignment(a, b):
    xs = [1, 2]
    x = y = xs[0] = z = say(a) + b
    p = q = 0.0
    p, q = r = [a, b]
    s = t = a
    return x, y, z, xs, p, q, r, s, t


@on(*TWO)
def store_order(a, b):
    xs = [0, 0]
    xs[say(0)] = xs[say(1)] = say(a)
    Point(xs).x[say(1, "index")] = say(b)
    return xs


@on(*TWO)
def augmented(a, b):
    a += say(b)
    a -= 1
    xs = [a, b, 3]
    ys = xs
    xs += [say(4)]
    xs[say(0)] += say(10)
    xs[1] *= xs[2]
    p = Point(a, [b])
    p.x **= 2
    p.y[0] -= say(1)
    p.y += [7]
    return a, xs, ys is xs, p


@on(*TWO)
def augmented_call_changes(a, b):
    p = Point(a)
    p.x += p.bump(5)
    xs = [a]

    def change(ys):
        ys[0] = 50
        return 1

    xs[0] += change(xs)
    return p.x, xs


@on(*TWO)
def augmented_array(a, b):
    x = np.arange(6.0)
    y = x[1:4]
    y += a
    x[::2] *= np.sin(x[1::2]) + b
    x[1:] += x[:-1].copy()
    y[y > 1] -= 1
    return x.tolist(), y.tolist()


@on("{'a': 1}, 2", "{}, 3")
def augmented_missing(d, b):
    d["a"] += b
    d["b"] = d.get("b", 0) + 1
    return d


@on(*TWO)
def deletes(a, b):
    xs = [a, b, 1, 2]
    p = Point(a)
    del xs[0], xs[say(-1)]
    del p.x
    d = {"k": 1}
    del (a, [d["k"], b])
    del xs[:1]
    return xs, hasattr(p, "x"), d


@on(*TWO)
def asserts(a, b):
    assert say(a) >= 0
    assert b == 0, say(f"b is {b}")
    return a


@on(*TWO)
def for_targets(a, b):
    xs = [0, 0, 0]
    p = Point(0)
    for xs[say(1)] in range(2):
        say(list(xs))
    for p.x, (i, *j) in [(a, (1, 2)), (b, (3,))]:
        say(p.x, i, j)
    for i in "ab":
        say(i)
    for k, v in {"a": a, "b": b}.items():
        say(k, v)
    return xs, p, i


@on("[1, 2, 3]")
def loop_variable_stays(xs):
    for x in xs:
        xs = []
        x = x * 2
    return x, xs
