"""Comprehensions, generators consumed at once, and lambdas."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import math

from passes import fail, on, say

TWO = ("0, 0", "1, 0", "0, 2", "3, 4", "-1, 2")


@on("[1, 2, 3]", "[]", "[0, -1, 5]")
def walrus_in_comprehension(xs):
    ys = [last := x * 2 for x in xs if (half := x / 2) > 0]
    if ys:
        return ys, last, half
    return ys


@on("[1, 2, 3]", "[]", "range(5)")
def list_comprehension(xs):
    return [say(x) * 2 for x in xs if x % 2 if say(x, "if")]


@on("[1, 2, 3]", "[]")
def nested_comprehension(xs):
    return [(x, y) for x in say(xs) for y in range(say(x)) if y], [[x * y for y in xs] for x in xs]


@on("[(1, 2), (3, 4)]", "[]")
def comprehension_targets(pairs):
    return {a: b for a, b in pairs}, {b for _, b in pairs}, [b for a, *b in pairs], {a: (b, a) for (a, b) in pairs}


@on("[1, 2, 3]", "[]")
def comprehension_scope(x):
    y = 10
    z = [x + y for x in x for y in range(x)]
    return x, y, z, [y for y in [y]], {x: [x for x in range(x)] for x in x}


@on("[1, 2, 3]")
def comprehension_raises(xs):
    ys = "before"
    try:
        ys = [fail(x) if x > 1 else x for x in xs]
    except ValueError:
        say(ys)
    return ys


@on("[1, 2, 3]", "[]")
def comprehension_updates(xs):
    xs = [x + 1 for x in xs]
    xs = [xs for _ in xs]
    return xs


@on("[1, 2, 3]", "[]")
def dict_order(xs):
    return {say(x): say(-x) for x in xs}


@on("[1, 2, 3]", "[]", "[0, 0]", "[0, 4]")
def any_all(xs):
    return any(say(x) > 1 for x in xs), all(say(x) for x in xs), any(say(x) for x in xs if say("if", x))


@on("[1, 2, 3]", "[]", "[0, 4]")
def nested_any(xs):
    return any(x + y == 5 for x in say(xs) for y in say(xs, 1)), all(say(x) >= y for x in xs for y in xs if y)


@on("[1, 2, 3]", "[]", "[0, 4]")
def next_of(xs):
    first = next((x for x in xs if say(x) > 1), say(None))
    pair = next(((x, y) for x in xs for y in xs if say(x, y) if y > x), "none")
    return first, pair, next(iter("ab")), next(say(x) for x in xs if x > 1)


@on("[1, 2, 3]", "[0, 4]")
def consumers(xs):
    return (sum(x * x for x in xs), max(x for x in xs), min((x for x in xs), default=1), tuple(x for x in xs),
            sorted((x for x in xs), key=lambda x: -x), list(x for x in xs), set(x for x in xs),
            dict((x, 1) for x in xs), ",".join(str(x) for x in xs), math.fsum(x / 3 for x in xs), [*(x for x in xs)],
            max(xs, key=lambda x: (x % 2, x)), sum((x for x in xs), 10))


@on("[]")
def empty_max(xs):
    return max(x for x in xs)


@on("[1, 2]", "[]")
def extending(xs):
    ys = [0]
    ys.extend(x * 2 for x in xs)
    return ys


@on(*TWO)
def lambdas(a, b):
    f = lambda x, y=say(b), *z, k=a, **w: (x + y + k, z, w)
    g = lambda: a + b
    a = 10
    return f(1), f(1, 2, 3, k=4, m=5), g(), (lambda x: x * 2)(a), list(map(lambda x: x + a, [1, 2]))


@on("[1, 2, 3]")
def closures_in_comprehensions(xs):
    fs = [lambda: x for x in xs]
    gs = []
    for k in xs:
        gs.append([lambda: x + k for x in range(k)])
    return [f() for f in fs], [[g() for g in row] for row in gs]


@on("[[3, 1], [2, 5]]")
def key_in_comprehension_in_loop(rows):
    out = []
    for row in rows:
        out += [max(row, key=lambda v: abs(v - x)) for x in row]
    return out


@on(*TWO)
def lambda_scope(a, b):
    x = 1
    f = lambda x: [x for x in range(x)] + [x, a]
    return f(2), x
