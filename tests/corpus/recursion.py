"""Programs of recursive functions that fill their arguments: lists, arrays, views of them, dicts that remember."""

import math
from dataclasses import dataclass

import numpy as np

from corpus import LOG, program


class Node:
    def __init__(self, left, key, right):
        self.left, self.key, self.right = left, key, right


TREE = Node(Node(None, 0, None), 1, Node(Node(None, 2, None), 3, None))


def walk(node, out, sums, x):
    if node is None:
        return
    walk(node.left, out, sums, x)
    out[node.key] = x[node.key] ** 2 * (out[node.key - 1] if node.key else 1.0)
    sums.append(sums[-1] * x[node.key] + out[node.key])
    LOG.append(node.key)
    walk(node.right, out, sums, x)


@program(np.array([1.0, 0.5, -2.0, 0.7]), log=[0, 1, 2, 3])
def tree_walk_that_fills_an_array_and_a_list(x):
    out, sums = np.zeros(4), [x[0]]
    walk(TREE, out, sums, x)
    out[1] = sums[2]
    return (out * x).sum() + sums[-1] * sums.pop(1)


def transform(a):
    n = len(a)
    if n > 1:
        even, odd = a[::2].copy(), a[1::2].copy()
        transform(even)
        transform(odd)
        turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
        a[: n // 2], a[n // 2 :] = even + turned, even - turned


def order(a):
    if len(a) < 2:
        return
    place = 0
    for k in range(len(a) - 1):
        if a[k] < a[-1]:
            kept, a[k] = a[k], a[place]
            a[place] = kept
            place += 1
    kept, a[-1] = a[-1], a[place]
    a[place] = kept
    order(a[:place])
    order(a[place + 1 :])


@program(np.array([1.0, 3.0, -2.0, 0.7]))
def fourier_and_quick_sort_in_place(x):
    a, b = x.astype(complex), x**2
    transform(a)
    order(b)
    return np.sum(np.abs(a) ** 2 * np.arange(4)) + b @ np.arange(4)


def merged(items):
    if len(items) < 2:
        return items
    left, right, out = merged(items[: len(items) // 2]), merged(items[len(items) // 2 :]), []
    while left and right:
        out.append(left.pop(0) if left[0] <= right[0] else right.pop(0))
    return out + left + right


def grown(n, x, out=None):
    if out is None:
        out = [x]
    if n == 0:
        return out
    out.append(out[-1] * x + n)
    return grown(n - 1, x, out)


@program(np.array([1.2, 0.5, 2.0, 0.7]), 1.1)
def merge_sort_by_pops_and_a_list_handed_back(x, y):
    items = merged([v * v for v in x])
    out = grown(3, y)
    out[0] = out[1] * items[0]
    again = grown(1, y * y, out)
    again[1] = again[1] * y
    return sum(k * v for k, v in enumerate(items)) + out[1] * out[0] + again[-1]


def ways(i, j, x, known):
    if (i, j) in known:
        return known[i, j]
    if i == 0 or j == 0:
        return x ** (i + j)
    known[i, j] = ways(i - 1, j, x, known) * x + ways(i, j - 1, x, known)
    return known[i, j]


@program(0.9)
def memos_in_closures_and_arguments(x):
    known, made = {}, []

    def price(step, ups):
        if (step, ups) not in known:
            made.append(step * x)
            later = 0.5 * price(step + 1, ups) + 0.5 * price(step + 1, ups + 1) if step < 3 else x * 1.1**ups
            known[step, ups] = max(0.95 * later, x * 1.1**ups - 0.3)
        return known[step, ups]

    first = price(0, 0)
    known[1, 0] = known[1, 0] * x
    return first * known[1, 0] + made[2] * ways(3, 2, x, {})


@program(np.array([1.1, 0.9, 1.3]), stage="hard")
def permutations_and_a_flood(x):
    products, grid = [], [[0.0] * 3 for _ in range(3)]
    grid[1][1] = 1.0

    def permute(items, k):
        if k == len(items):
            products.append(items[0] * items[1] ** 2)
        for i in range(k, len(items)):
            items[k], items[i] = items[i], items[k]
            permute(items, k + 1)
            items[k], items[i] = items[i], items[k]

    def flood(i, j, v):
        if 0 <= i < 3 and 0 <= j < 3 and grid[i][j] == 0.0:
            grid[i][j] = v
            flood(i + 1, j, v * x[1])
            flood(i, j + 1, v * v)

    permute(list(x), 0)
    flood(0, 0, x[0])
    return sum(products) + sum(sum(row) for row in grid)


def exchange(a, b, n):
    if n:
        a[n - 1] = b[n - 1] * a[n]
        exchange(b, a, n - 1)


@program(np.array([1.1, 0.9, 1.3]), stage="hard")
def one_array_for_two_parameters(x):
    a = x * x
    exchange(a, a, 2)
    return a.sum()


@program(0.5, None, wrt="x", stage="hard")
def a_dict_that_is_there_or_not(x, known):
    known = known or {}

    def fibonacci(n):
        if n < 2:
            return x
        if n not in known:
            known[n] = fibonacci(n - 1) + fibonacci(n - 2) * x
        return known[n]

    return fibonacci(6)


def halved_into(a, k, t):
    if k < 2:
        a[k] = t
        halved_into(a, k + 1, t * 0.5)


@program(0.7, 0.4, np.array([1.0, 2.0, 3.0]), stage="stores")
def a_variable_of_no_known_kind_beside_a_buffer(x, y, w):
    """What the handler does to x, were it to run, is anything: its cotangent has no place to gather in."""
    w = w.copy()
    halved_into(w, 0, x)
    try:

        def later(t):
            return t * x

    except ValueError:
        y, x = x
    return w @ w * y


def carried_along(a, t, k):
    if k > 1:
        return t
    a[k] += t
    return carried_along(a, t * t, k + 1) + a[k]


@program(0.3, np.arange(4.0))
def result_that_nobody_uses_of_a_call_that_changes(y, v):
    y += carried_along(v, y, 0)
    return v @ np.arange(1.0, 5.0)


@program(np.array([0.5, -1.0, 2.0, 0.3]), 1.5)
def arrays_that_recursion_changes(x, s):
    """What comes out are arrays: the pullback works on the buffers of its caller."""

    def sort(a, low, high):
        if low >= high:
            return
        last, i = a[high], low
        for j in range(low, high):
            if a[j] < last:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[high] = a[high], a[i]
        sort(a, low, i - 1)
        sort(a, i + 1, high)

    def multiples(n, found):
        found.append(n * x[0] * s)
        if n > 0:
            multiples(n - 1, found)

    y, found = x * s, []
    sort(y, 0, len(y) - 1)
    multiples(2, found)
    return y**2, sum(found)


@program([1.2, 2.5, 3.3])
def products_of_all_parts(xs):
    chosen, found = [], []

    def go(i):
        if i == len(xs):
            found.append(math.prod(chosen))
            return
        go(i + 1)
        chosen.append(xs[i])
        go(i + 1)
        chosen.pop()

    go(0)
    return sum(k * v for k, v in enumerate(found))


@program([1.2, 2.5, 3.3])
def a_table_of_ints_takes_numbers(xs):
    ways = [[0] * 4 for _ in range(4)]

    def fill(i, j):
        if i == 0 or j == 0:
            return 1
        if ways[i][j] == 0:
            ways[i][j] = fill(i - 1, j) * xs[i - 1] + fill(i, j - 1)
        return ways[i][j]

    return fill(3, 3) + ways[2][2]


class Polynomials:
    def __init__(self, x):
        self.x, self.known = x, {0: 1.0, 1: x}

    def __getitem__(self, k):
        if k not in self.known:
            self.known[k] = self[k - 1] * self.x - self[k - 2] / k
        return self.known[k]

    def __len__(self):
        return len(self.known)


@program(0.8, stage="stores")
def items_that_ask_for_items(x):
    family = Polynomials(x)
    return family[5] + family[3] * len(family)


@dataclass
class Leaf:
    value: float


@dataclass
class Branch:
    op: str
    left: object
    right: object


def value_of(tree):
    match tree:
        case Leaf(v):
            return v
        case Branch("+", left, right):
            return value_of(left) + value_of(right)
        case Branch("*", Leaf(a), Leaf(b)):
            return a * b
        case Branch(op=op) if op.startswith("p"):
            return value_of(tree.left) ** value_of(tree.right)


def scaled(tree, k):
    match tree:
        case Leaf():
            tree.value *= k
        case Branch(left=left, right=right):
            scaled(left, k)
            scaled(right, k)


@program(2.0, 3.0, stage="stores")
def trees_of_several_classes(a, b):
    sums = Branch("*", Leaf(0.5), Leaf(a))
    tree = Branch("+", Branch("*", Leaf(a), Leaf(b)), Branch("power", Leaf(b), Branch("+", sums, Leaf(1.0))))
    before = value_of(tree)
    scaled(tree.right.left, a)
    return value_of(tree) - before * tree.left.left.value


def shrunk_each(table, share, depth):
    if depth > 0:
        for key in table:
            table[key] = table[key] * share
        shrunk_each(table, share * 0.8, depth - 1)


@program(0.7, np.array([1.0, -2.0, 3.0]))
def replaced_by_recursion_and_read_by_another_name(x, v):
    table = {"a": v, "b": v}
    rows = [table, 1.0]
    shrunk_each(table, x, 2)
    same = table
    return same["b"][1] * same["a"][2] + rows[0]["b"][1] * rows[0]["a"][2]
