"""Programs with tuples, lists, dicts, sets and comprehensions; nothing is changed in place but lists that grow."""

import collections
import itertools
import math
from collections import ChainMap, UserDict, UserList
from collections.abc import Iterator, MutableMapping, MutableSequence, Sequence
from typing import NamedTuple

import numpy as np

from corpus import program


class Point(NamedTuple):
    x: float
    y: float


Pair = collections.namedtuple("Pair", "left right")


@program(1.5, 2.5)
def tuple_packing(x, y):
    pair = x * y, x + y
    return pair[0] * pair[1] + pair[-1]


@program(1.5, 2.5)
def list_packing(x, y):
    items = [x, y, x * y]
    return items[0] * items[2] - items[-2]


@program([1.0, 2.0, 3.0])
def list_argument(xs):
    return xs[0] * xs[1] + xs[2] ** 2


@program((1.0, (2.0, 3.0)))
def nested_tuple_argument(t):
    a, (b, c) = t
    return a * b ** 2 + c / a


@program({"w": np.array([1.0, -2.0]), "b": 0.5}, np.array([0.3, 0.7]))
def dictionary_argument(parameters, x):
    return np.tanh(parameters["w"] @ x + parameters["b"]) ** 2


@program({"layers": [{"w": 0.5, "b": 0.1}, {"w": -0.3, "b": 0.2}], "scale": (2.0, 3.0)}, 0.7)
def nested_structure_argument(model, x):
    for layer in model["layers"]:
        x = math.tanh(layer["w"] * x + layer["b"])
    return x * model["scale"][0] + model["scale"][1]


@program(Point(1.5, -0.5))
def named_tuple_argument(p):
    return p.x ** 2 * p.y + p[0]


@program(1.5, 0.5)
def named_tuple_inside(a, b):
    p = Point(a * b, y=a + b)
    q = Pair(left=p, right=p.x)
    x, y = p
    return q.left.y * q.right + x * y


@program([np.array([1.0, 2.0]), np.array([[0.5, 0.1], [0.2, 0.3]])])
def list_of_arrays_argument(arrays):
    x, m = arrays
    return x @ m @ x


@program([1.0, 2.0, 3.0, 4.0])
def list_slices(xs):
    a = xs[1:]
    b = xs[:-1]
    c = xs[::2]
    return a[0] * b[-1] + c[1] * xs[-1] + sum(xs[1:3])


@program((1.0, 2.0, 3.0, 4.0))
def tuple_slices_backwards(t):
    r = t[::-1]
    return r[0] * 2 + r[1] * r[3] + len(t) * t[2]


@program([1.0, 2.0, 3.0, 4.0])
def starred_unpacking(xs):
    first, *middle, last = xs
    head, *_ = middle
    return first * last + sum(middle) * head


@program(np.array([1.0, 2.0, 3.0]))
def unpack_an_array(v):
    x, y, z = v
    return x * y ** 2 * z ** 3


@program(np.array([[1.0, 2.0], [3.0, 4.0]]))
def unpack_rows(m):
    a, b = m
    (c, d), (e, _) = m
    return a @ b + c * d - e


@program(np.array([1.0, 2.0, 3.0, 4.0]))
def starred_unpacking_of_an_array(v):
    head, *tail = v
    return head * sum(tail) + tail[0] ** 2


@program(1.0, 2.0)
def swap_in_a_tuple(x, y):
    (x, y), z = (y * 2, x), x
    return x * z + y


@program([1.0, 2.0], [3.0])
def concatenated_lists(a, b):
    c = a + b + [5.0]
    d = [c[0]] * 3
    total = 0.0
    for i, v in enumerate(c + d):
        total += (i + 1) * v ** 2
    return total


@program((1.0, 2.0), (3.0,))
def concatenated_tuples(a, b):
    c = a + b
    return c[0] * c[1] * c[2] + sum(c * 2)


@program(1.5)
def starred_in_displays(x):
    a = [x, x ** 2]
    b = [*a, 1.0, *a]
    c = (*b, x)
    d = {**{"u": x}, "v": c[1], **{"u": 2 * x}}
    return sum(b) + c[-1] * c[3] + d["u"] * d["v"]


@program(0.8)
def append_in_a_loop(x):
    history = []
    y = x
    for i in range(5):
        y = math.sin(y) + i * x
        history.append(y)
    total = 0.0
    for i, h in enumerate(history):
        total += h ** 2 / (i + 1)
    return total + history[-1] * history[0]


@program(np.array([1.0, 2.0, 3.0]))
def append_then_array(x):
    rows = []
    for i in range(3):
        rows.append(x * i + x[i])
    m = np.array(rows)
    return (m * m).sum() + m[1, 2]


@program(np.array([1.0, 2.0, 3.0]))
def append_then_stack(x):
    states = [x]
    for _ in range(3):
        states.append(np.sin(states[-1]) * 1.5)
    path = np.stack(states)
    return np.sum(path[1:] * path[:-1])


@program(0.8)
def append_tuples(x):
    pairs = []
    for i in range(1, 4):
        pairs.append((x ** i, i * x))
    return sum(a * b for a, b in pairs)


@program(np.array([0.5, -0.5, 1.5, 2.5]))
def append_when(xs):
    positive = []
    for x in xs:
        if x > 0:
            positive.append(x)
    return sum(positive) * len(positive)


@program(0.5)
def append_in_while(x):
    xs = []
    while x < 10:
        x = x * 2
        xs.append(x)
    return max(xs) + min(xs) * len(xs)


@program(0.8)
def list_comprehension(x):
    powers = [x ** k for k in range(5)]
    return sum(powers) + powers[2] * powers[3]


@program([1.0, -2.0, 3.0])
def comprehension_with_condition(xs):
    return sum([v ** 2 for v in xs if v > 0]) + len([v for v in xs if v < 0]) * xs[0]


@program([[1.0, 2.0], [3.0, 4.0]], 0.5)
def nested_comprehension(rows, x):
    flat = [v * x for row in rows for v in row]
    square = [[v ** 2 for v in row] for row in rows]
    return sum(flat) + square[1][0] * square[0][1]


@program([1.0, 2.0, 3.0], [0.5, 0.25, 0.125])
def generator_in_sum(a, b):
    return sum(u * v for u, v in zip(a, b)) + max(u + v for u, v in zip(a, b))


@program([1.0, 2.0, 3.0])
def generator_in_list_and_tuple(a):
    items = list(v * 2 for v in a)
    others = tuple(v + i for i, v in enumerate(items))
    return items[0] * others[2] + min(v * v for v in others)


@program(0.5)
def dict_comprehension(x):
    table = {k: x ** (i + 1) for i, k in enumerate("abc")}
    return table["a"] * table["b"] + table["c"]


@program(0.5)
def set_comprehension_of_constants(x):
    kinds = {k % 2 for k in range(5)}
    return x ** 2 * len(kinds) + sum(k * x for k in sorted(kinds))


@program([3.0, 1.0, 2.0])
def sorted_values(xs):
    low, middle, high = sorted(xs)
    return low * 1 + middle * 10 + high * 100 * low


@program([3.0, 1.0, 2.0])
def sorted_by_key_backwards(xs):
    ordered = sorted(xs, key=lambda v: -abs(v - 2.2), reverse=True)
    return ordered[0] * ordered[1] ** 2


@program([3.0, 1.0, 2.0])
def any_and_all_over_generators(xs):
    if any(v > 2.5 for v in xs) and all(v > 0 for v in xs):
        return xs[0] * xs[1]
    return xs[2]


@program(2.0, 3.0)
def dictionary_built_and_read(x, y):
    d = {"x": x, "y": y, "xy": x * y}
    return d["xy"] * d["x"] + d.get("y") + d.get("nothing", 5.0) * d.get("none", x)


@program({"b": 2.0, "a": 1.0})
def dictionary_views(d):
    total = 0.0
    for i, k in enumerate(sorted(d.keys())):
        total += (i + 1) * d[k]
    return total * sum(d.values()) + len(d) + ("a" in d) * d["a"]


@program({(0, 1): 2.0, (1, 0): 3.0}, 0.5)
def dictionary_with_tuple_keys(d, x):
    return sum((i + 2 * j) * v * x for (i, j), v in d.items())


@program({1: 2.0, 2: 3.0})
def dictionary_with_int_keys(d):
    return d[1] ** 2 * d[2]


@program([1.0, 2.0, 3.0], 1)
def index_by_argument(xs, i):
    return xs[i] * xs[i - 1] + xs[-i]


@program([[1.0, 2.0], [3.0, 4.0]])
def zip_star_transposes(rows):
    columns = list(zip(*rows))
    return sum(a * b for a, b in columns) + columns[1][0]


@program([1.0, 2.0])
def isinstance_and_len(xs):
    if isinstance(xs, list) and len(xs) == 2:
        return xs[0] * xs[1]
    return 0.0


@program(1.5, 2.5)
def same_value_twice_in_a_list(x, y):
    items = [x, x, y]
    return items[0] * items[1] * items[2]


@program([2.0, 3.0])
def iterators(xs):
    it = iter([v * v for v in xs])
    a = next(it)
    b = next(it)
    return a * b + a


@program([1.0, 2.0, 3.0])
def count_max_index(xs):
    best = max(range(len(xs)), key=lambda i: xs[i])
    return xs[best] ** 2 + best


@program([], 2.0, wrt="x")
def empty_list(xs, x):
    return sum(xs) * x + x ** 2


@program(np.array([1.0, 2.0]), [np.array([3.0, 4.0]), np.array([5.0, 6.0])])
def sum_of_arrays(x, others):
    return (sum(others) * x).sum() + sum([x, x * 2], np.zeros(2))[0]


@program([0.5, 1.5, 2.5, 3.5])
def sliding_window(xs):
    return sum((b - a) ** 2 / (i + 1) for i, (a, b) in enumerate(zip(xs, xs[1:])))


@program([0.5, 1.5, 2.5])
def running_total_with_walrus(xs):
    acc = 0.0
    sums = [acc := acc + v ** 2 for v in xs]
    return sums[0] * sums[1] * sums[2]


@program(0.5)
def comprehension_does_not_leak(x):
    i = 7
    y = sum(i * x for i in range(3))
    return y * i


@program(0.5)
def comprehension_reads_functions(x):
    functions = [math.sin, math.cos, lambda t: t ** 2]
    values = [f(x) * k for k, f in enumerate(functions, 1)]
    return sum(values)


@program(([1.0, 2.0], {"k": (3.0, np.array([4.0, 5.0]))}))
def deep_argument(t):
    xs, d = t
    a, v = d["k"]
    return xs[0] * a + xs[1] * v[1] + v.sum()


@program([1.5, 2.5, -0.5])
def list_as_operand(xs):
    return np.sum(xs) * xs[0] + np.dot(xs, np.asarray(xs))


@program(1.5, (0.5, 2.5))
def nested_lists_as_operands(x, pair):
    rows = [[x, 2.0 * x], [pair[0], x * pair[1]]]
    return np.mean(rows) * rows[1][0] + np.max(np.abs(rows), axis=0)[1]


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def best_array_by_key(x):
    best = max([x * 1.0, x * 2.0], key=lambda a: a.sum())
    low = min(np.outer(x, x), key=np.linalg.norm)
    return (best ** 2).sum() + (low * x).sum()


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def best_pair_by_key(x):
    scores = {"a": x[0] ** 2, "b": x[1] ** 2}
    a, b = max([(x[0], x[1]), (x[2], x[3])], key=lambda p: p[0] * p[1])
    return a * b ** 2 * scores[max(scores, key=scores.get)]


@program(np.array([0.7, 1.3]), np.array([0.4, 2.1]), 1.0)
def lists_and_arrays_in_one_operation(k, x, turn):
    level = [k[0], k[1] * k[0]] if turn > 0.0 else k
    return np.sum(level * x - level) + np.sum(x**2 / level) * np.sum(level**x)


@program([1.0, 2.0, 1.5], 0.3)
def sets_that_are_only_asked(xs, t):
    seen = set()
    centres = {0.1, 0.5}
    near = lambda v: sum(np.exp(-((v - c) ** 2)) for c in centres)
    total = 0.0
    for v in xs:
        if v not in seen:
            seen.add(v)
            total += near(v * t)
    return total * len(seen)


@program([1.0, 2.0, 3.0], stage="hard")
def a_set_by_its_other_name(xs):
    seen = set()
    other = seen
    for v in xs:
        other.add(v * v)
    return max(seen)


@program(np.array([0.71, -0.43, 1.33]))
def lists_beside_numbers_of_numpy(x):
    sums = x[0] + [x[1], 2, 3.0]
    ratios = [x[1], 2, 3.0] / x[0]
    spread = np.std([x[0], x[1], 1]) + np.var([x[0], 2])
    return np.sum(sums * ratios) * spread


@program(np.array([0.71, -0.43, 1.33]))
def lists_that_become_arrays(x):
    values = [x[0], x[1], 1]
    values += x * 2.0
    return np.sum(values) * x[0]


@program(np.array([0.71, 0.43, 1.33]))
def ranges_as_numbers(x):
    a = x * 2.0
    a[...] = range(1, 4)
    a[0] = x[0]
    return np.sum(a * x) + np.dot(x, range(3)) + np.sum(x ** range(1, 4))


@program(2, np.array([0.71, 0.43, 1.33]), wrt="x")
def number_that_is_divided_by_an_array(n, x):
    n //= x * 2.0
    return np.sum(n * x)


@program([0.4, -1.2, 0.8], np.array([0.3, 1.5]))
def lists_that_numpy_makes_arrays_of(xs, v):
    spread = np.std(xs) * np.var(xs, ddof=1) + np.std([v[0], 2.0, v[1]])
    slopes = np.interp(v, [0.0, 1.0, 2.0], xs) * np.trapezoid(xs, [0.0, 1.0, 3.0])
    joined = np.append(xs, v[0]) @ np.pad(xs, (0, 1)) + np.ediff1d(xs).prod()
    counts = np.bincount([0, 1, 1], weights=xs)
    return spread + slopes.sum() + joined + counts @ v + np.broadcast_to(xs, (2, 3)).prod()


@program([0.3, 1.2, 0.7])
def whole_numbers_deep_in_dicts_become_others(xs):
    sums = {"a": {"b": {"c": 0}}, "d": [[0, 1]]}
    after = []

    def add(v):
        sums["a"]["b"]["c"] += v
        sums["d"][0][1] += v * sums["a"]["b"]["c"]

    for x in xs:
        add(x)
        after.append(sums["a"]["b"]["c"])
    return sums["d"][0][1] * xs[1] + sum(after)


def in_series(parts):
    total = len(parts[0]) * [0 + 0j]
    for part in parts:
        total += part
    return total


def side_by_side(parts):
    total = len(parts[0]) * [0.0 + 0j]
    for part in parts:
        total += 1 / part
    return 1 / total


@program(np.array([1.0, 0.4, 2.0]))
def lists_that_arrays_are_added_to(x):
    z = in_series([side_by_side([x, (1 + 2j) * x * x]), side_by_side([x * x, x]), x])
    twice = [x[0], x[1] * x[2]]
    twice *= 2
    return np.sum(np.abs(z) ** 2) + twice[2] * twice[3] * len(twice)


@program([0.7, 0.3, 0.5], stage="hard")
def tests_that_remember_what_they_saw(xs):
    seen = np.zeros(2)

    def is_large(v):
        seen[0] += v * v
        return v > 0.4

    large = list(filter(is_large, xs))
    ahead = list(itertools.takewhile(is_large, xs)) + list(itertools.dropwhile(is_large, xs))
    return seen[0] * large[0] + sum(ahead) + sum(itertools.filterfalse(is_large, xs)) * seen[0]


@program([1.2, 2.5, 3.3], 2.1)
def sets_made_of_sets(xs, c):
    a, b = {x * c for x in xs}, frozenset(xs)
    united, both = a | {c, xs[0]}, (a | b).intersection(b, xs)
    return sum(united) * c + sum(v**2 for v in a.copy() - {xs[1] * c}) + sum(both ^ b.union([c])) * max(a & a)


@program(0.4, np.array([0.3, 0.7, 1.2]))
def lists_made_arrays_by_numbers(x, v):
    parts = [x, 2.0 * x, 3.0 * x]
    parts[1:] /= v[1]
    parts[1:] = parts[1:] * np.int64(2)
    halves = [x, parts[2]] / v[2]
    halves += 1.0
    halves[1:] *= v[0]
    return parts[1] * parts[4] + halves[0] * halves[1]


class Series(Sequence):
    def __init__(self, *items):
        self.items = list(items)

    def __getitem__(self, k):
        return Series(*self.items[k]) if isinstance(k, slice) else self.items[k]

    def __len__(self):
        return len(self.items)

    def at(self, x):
        return sum(c * x**k for k, c in enumerate(self))


class Latest(MutableSequence):
    def __init__(self, size):
        self.size, self.items = size, []

    def __getitem__(self, k):
        return self.items[k]

    def __setitem__(self, k, item):
        self.items[k] = item

    def __delitem__(self, k):
        del self.items[k]

    def __len__(self):
        return len(self.items)

    def insert(self, k, item):
        self.items.insert(k, item)
        if len(self.items) > self.size:
            del self.items[0]


class Names(MutableMapping):
    def __init__(self, **found):
        self.found = dict(found)

    def __getitem__(self, key):
        return self.found[key]

    def __setitem__(self, key, value):
        self.found[key.lower()] = value

    def __delitem__(self, key):
        del self.found[key]

    def __iter__(self):
        return iter(self.found)

    def __len__(self):
        return len(self.found)


class Counted(Iterator):
    def __init__(self, x, count):
        self.x, self.count = x, count

    def __next__(self):
        if self.count == 0:
            raise StopIteration
        self.count -= 1
        self.x = self.x * 1.5
        return self.x


@program(1.3, 0.7, stage="stores")
def containers_that_inherit_from_abstract_ones(x, y):
    series = Series(x, y, x * y)
    latest = Latest(3)
    for k in range(5):
        latest.append(x * k + y)
    latest.reverse()
    latest += [y * y]
    last = latest.pop()
    total = series.at(y) + series[1:].at(x) + sum(reversed(series)) + max(series) + series.count(2.0)
    return total * last + sum(a * (k + 1) for k, a in enumerate(latest)) + sum(v * v for v in Counted(x, 3))


def product_of(a, b=1.0, **more):
    return a * b * len(more)


@program(1.3, 0.7, stage="stores")
def mappings_that_inherit_from_abstract_ones(x, y):
    names = Names(a=x)
    names["B"] = x * y
    names.update(c=y, d=2.0)
    names.setdefault("e", y * y)
    total = names.get("f", x) + names.pop("c") * names.pop("g", x)
    for key, value in names.items():
        total += value * len(key)
    copied, merged = dict(names), {**names, "z": x}
    total += sum(names.values()) * ("a" in names) + copied["e"] + merged["b"] * merged["z"]
    return total + product_of(**names) + sum(names[key] for key in names) + sum(len(k) for k in names.keys())


class Table(UserList):
    def __matmul__(self, other):
        return Table([[sum(a * b for a, b in zip(row, line)) for line in zip(*other)] for row in self])


class Lowered(UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)

    def __missing__(self, key):
        return 0.0


@program(1.3, 0.7, stage="stores")
def lists_and_dicts_of_the_library_that_classes_extend(x, y):
    table = Table([[x, y], [1.0, x]])
    square = table @ table
    square[0] = [x * x, y]
    square.extend([[1.0, y]])
    square.insert(0, [y, y])
    names = Lowered({"A": x})
    names["B"] = y
    names["c"] += x * y
    names.update(D=x + y)
    total = sum(sum(row) for row in square) + square[0][1] * square[-1][1] + len(square[1:])
    return total + names["a"] * names["b"] + names["c"] + names["zz"] + sum(v for v in names.values())


@program(1.3, 0.7, stage="stores")
def chained_dicts(x, y):
    inner = {"a": y, "b": x * x}
    chain = ChainMap({}, inner)
    chain["a"] = x * 3.0
    child = chain.new_child({"z": y})
    found = dict(child)
    total = chain["a"] * chain["b"] + child["z"] + child.get("q", x) + child.parents["a"] + len(child)
    return total + found["b"] * inner["a"] + sum(child.values()) + product_of(**ChainMap({"a": x}, {"b": y}))
