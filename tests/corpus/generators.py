"""Programs with generator functions: consumed by loops and by calls, endless, chained, recursive, with state."""

import functools
import itertools
import math
import operator

import numpy as np

from corpus import program


def powers(x, n, *, scale=1.0):
    for k in range(n):
        if k == 2:
            continue
        yield scale * x**k


def newton(c):
    x = c
    while True:
        yield x
        x = 0.5 * (x + c / x)


def squared(items):
    for v in items:
        yield v * v


def both(x):
    yield x
    yield from powers(x, 3)
    yield from squared(powers(x, 2, scale=x))
    if x < 0:
        return
    yield x * x


@program(1.3)
def generators_consumed_by_loops(x):
    total, last = 0.0, 0.0
    for root in newton(x):
        if abs(root - last) < 1e-10:
            break
        last = root
    for k, (v, w) in enumerate(zip(both(x), squared(powers(x, 9)), strict=False)):
        total += k * v * w
    first, *rest = powers(x, 4)
    return total * root + first * rest[1]


@program(1.2)
def generators_consumed_by_calls(x):
    items = list(both(x))
    it = newton(x)
    one = next(it) * next(it) + sum(itertools.islice(it, 2))
    steps = functools.reduce(lambda a, b: a * b + 1.0, squared(squared(powers(x, 4))))
    return sum(both(x)) * items[2] + one + max(powers(x, 4)) + math.prod(powers(x, 4)) + steps + next(it, x)


class Node:
    def __init__(self, left, key, right):
        self.left, self.key, self.right = left, key, right


def in_order(node, x):
    if node is not None:
        yield from in_order(node.left, x)
        yield x[node.key] ** 2
        yield from in_order(node.right, x)


def permuted(items):
    if len(items) < 2:
        yield items
        return
    for k in range(len(items)):
        for rest in permuted(items[:k] + items[k + 1 :]):
            yield [items[k]] + rest


@program(np.array([1.2, 0.7, -0.5]))
def recursive_and_local_generators(x):
    def windows(n):
        for k in range(len(x) - n + 1):
            yield x[k : k + n]

    tree = Node(Node(None, 0, None), 1, Node(None, 2, None))
    walked = sum(k * v for k, v in enumerate(in_order(tree, x)))
    permutations = sum(p[0] * p[1] ** 2 for p in permuted(list(x)))
    return walked + permutations + sum(w.prod() for w in windows(2))


@program(0.8)
def generator_expressions_that_wait(x):
    doubled = (v * x for v in [x, 2.0, x * x] if v > 0)
    waiting = [map(lambda k: k * x, range(3)), (k * v for k, v in enumerate([x, x * x]))]
    chained = (v * v for v in doubled)
    first = next(chained)
    return first * sum(chained) + sum(sum(one) for one in waiting)


def changing(a):
    for k in range(len(a)):
        yield a[k] * 2.0


@program(np.array([1.2, 0.7, -0.5]), stage="hard")
def a_generator_over_what_changes(x):
    a, total = x * x, 0.0
    for k, v in enumerate(changing(a)):
        total += v
        if k + 1 < len(a):
            a[k + 1] = v * x[k]
    return total


def weighed(pairs):
    return sum(row[k] * row[0] for k, row in pairs)


@program(np.array([0.4, 1.2, 0.7]))
def iterators_over_lists_that_grew(x):
    table = [[a * b for b in x] for a in x]
    products = list(itertools.accumulate((row[k] for k, row in enumerate(table)), operator.mul))
    last = functools.reduce(lambda u, w: u * w, (row[0] for row in reversed(table)))
    mapped = sum(map(lambda pair: pair[1][pair[0]] ** 2, enumerate(table)))
    return weighed(enumerate(table)) * products[-1] + last + mapped * dict(enumerate(table))[1][2]


@program(np.array([0.3, -0.5]), np.array([[[0.1, 0.4], [0.2, -0.3]], [[0.5, -0.2], [0.3, 0.6]]]), [0.7, 1.1])
def generators_that_targets_take_apart(h, weights, xs):
    for x in xs:
        a, b = (w @ h + x for w in weights)
        gate, *_ = (np.tanh(v) for v in (a, b))
        h = gate * h + b
    return h.sum()


def partial_sums(x):
    total = 0.0
    for k in range(3):
        total += x**k
        yield total
    return k * total


def until_large(x, count):
    if count == 0:
        return None
    while True:
        if x > 100.0:
            return count
        yield x
        x = x * x + 1.0


def sums_and_large(x):
    yield from partial_sums(x)
    yield from until_large(2.0 * x, 1)
    return "done"


@program(1.3)
def generators_that_return_values(x):
    sums = partial_sums(x)
    found = next(sums, 0.0) + next(sums, 0.0) * next(sums, 0.0) + next(sums, 7.0)
    large = until_large(x, 2)
    while True:
        try:
            found = 0.5 * found + next(large)
        except StopIteration as end:
            return found * end.value + sum(sums_and_large(x)) + sum(until_large(x, 0))


def noting_its_end(x, log):
    try:
        for k in range(4):
            yield x * k
    finally:
        log.append(x * x)


@program(1.6)
def generators_that_act_when_they_end(x):
    log = []
    found = sum(noting_its_end(x, log)) * log[0]
    items = noting_its_end(x, log)
    for item in items:
        if item > 3.0:
            break
    items.close()
    return found + item * sum(log)
