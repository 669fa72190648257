"""Dicts whose entries come, go and change; containers that take others in; generators with a name."""

import collections
import enum
import heapq
import math
from dataclasses import dataclass

import numpy as np

from corpus import program

X4 = np.array([0.5, 1.5, -2.0, 0.7])


@program(X4)
def popped_and_deleted(x):
    d = {"a": x[0], "b": x[1]}
    v = d.pop("a")
    d["c"] = v * x[2]
    del d["b"]
    return sum(d.values()) + v


@program(X4)
def popped_or_else(x):
    d = {k: v * v for k, v in zip("abcd", x)}
    t = 0.0
    for k in "adz":
        t += d.pop(k, 1.0) * 2
    d["a"] = x[3]
    return t * d["a"] + d["b"]


@program(X4, stage="stores")
def popped_array_that_changes(x):
    d = {"u": x * 2, "v": x[0]}
    w = d.pop("u")
    w[0] = 5.0
    w *= d["v"]
    d["w"] = w
    return d["w"].sum()


@program(X4)
def work_list_in_a_dict(x):
    todo = {0: x[0], 1: x[1]}
    done = {}
    steps = 0
    while todo:
        k = min(todo)
        v = todo.pop(k)
        done[k] = v * 2
        steps += 1
        if steps < 4:
            todo[k + 2] = v * x[3]
    return sum(v ** 2 for v in done.values())


@program(X4)
def negative_entries_deleted(x):
    d = {"a": x[0], "b": x[1], "c": x[2]}
    for k in list(d):
        if d[k] < 0:
            del d[k]
    s = 0.0
    for k, v in d.items():
        s += v ** 2
    return s


@program(X4, stage="stores")
def state_of_arrays_and_numbers(x):
    state = {"pos": x[:2].copy(), "vel": x[2:].copy(), "t": 0.0}
    for _ in range(3):
        state["pos"] += 0.1 * state["vel"]
        state["vel"] -= 0.1 * state["pos"]
        state["t"] += 0.1
    return state["pos"].sum() * state["t"]


@program(X4)
def settings_with_a_number_that_changes(x):
    settings = {"n": 3, "scale": x[0], "mode": "a"}
    y = x * settings["scale"]
    for _ in range(settings["n"]):
        y = y + settings["scale"]
    if settings["mode"] == "a":
        settings["scale"] = settings["scale"] ** 2
    return y.sum() * settings["scale"]


@program(X4)
def history_beside_a_number(x):
    s = {"x": x[0], "history": []}
    for k in range(3):
        s["x"] = s["x"] * x[1] + 1
        s["history"].append(s["x"])
    return sum(s["history"]) * s["x"]


@program(X4)
def entries_updated_while_going_through(x):
    p = {"w": x[:2] * 1.0, "b": x[2]}
    for k, v in p.items():
        p[k] = v * 2
    p.update(w=p["w"] * p["b"])
    p.setdefault("c", x[3])
    return p["w"].sum() * p["b"] * p["c"]


@program(X4)
def descent_on_a_dict(x):
    def slope(p):
        return {"w": p["w"] * 2, "b": p["b"] * 3}

    p = {"w": x[:2], "b": x[2]}
    for _ in range(3):
        g = slope(p)
        p = {k: p[k] - 0.1 * g[k] for k in p}
    return p["w"].sum() * p["b"]


@program(X4)
def dict_taken_in_and_changed(x):
    a = {"w": x * 2, "k": x[0]}
    b = {**a, "k": x[1], "z": 1.0}
    b["w"] = b["w"] * b["k"]
    b["z"] += b["k"]
    return b["w"].sum() * b["z"] + a["k"]


@program(X4)
def list_taken_in_and_changed(x):
    a = [x[0], x[1]]
    b = [*a, x[2], *a]
    b[0] *= 3
    b.append(x[3])
    return sum(v * v for v in b)


@program(X4, stage="stores")
def arrays_taken_in_and_changed(x):
    a = [x * 1.0, x * 2.0]
    b = [*a, x]
    b[0][1] = 7.0
    b[2] = b[1] * b[0]
    return (b[2] * a[0]).sum()


@program(X4)
def generator_consumed_later(x):
    squares = (v * v for v in x)
    x = x * 2
    return sum(squares) + x[0]


@program(X4)
def generator_reads_late(x):
    k = 2.0
    scaled = (v * k for v in x if v > 0)
    k = x[0]
    if x[1] > 0:
        return max(scaled)
    return 0.0


@program(X4)
def generator_in_a_loop(x):
    t = 0.0
    for k in range(3):
        scaled = (v * k for v in x)
        t += sum(scaled)
    return t


@program({"x": 2.0}, {"y": 3.0, "x": 0.5}, 1.5, stage="stores")
def merged_in_place(a, b, x):
    a |= {"q": x * a["x"]}
    c = {**a, "z": x}
    c |= b
    c |= {"w": c.pop("z") + 1.0}
    return sum(v * k for k, v in enumerate(c.values())) * a["q"]


@program([3.0, 1.0, 2.0, -1.5], 1.5)
def the_largest_few(xs, x):
    best = heapq.nlargest(2, xs)
    least = heapq.nsmallest(2, [(v * x, k) for k, v in enumerate(xs)], key=lambda pair: -pair[0])
    none = max((v for v in xs if v > 9.0), default=x) + min([], default=x * x)
    return best[0] * best[1] + least[1][0] * none + max(xs, default=0.0)


@program({"a": 1.0, "b": 2.0}, 0.85, stage="stores")
def ranks_from_keys(ranks, d):
    links = {"a": "b", "b": "ab"}
    for _ in range(3):
        new = dict.fromkeys(ranks, (1 - d) / len(links))
        for name, others in links.items():
            for other in others:
                new[other] += d * ranks[name] ** 2 / len(others)
        ranks = new
    totals = dict.fromkeys("ab", 0.0)
    for name, rank in ranks.items():
        totals[name] += rank * d
    return totals["a"] * totals["b"]


def evaluated(tree, names):
    match tree:
        case float():
            return tree
        case str():
            return names[tree]
        case ("let", name, value, body):
            return evaluated(body, {**names, name: evaluated(value, names)})
        case (_, left, right):
            return evaluated(left, names) * evaluated(right, names)


@program(1.5)
def keys_of_which_only_the_run_can_tell(x):
    return evaluated(("let", "z", ("*", "x", "x"), ("*", "z", "x")), {"x": x})


@program({"a": 1.1, "b": -0.4, "c": 0.7}, 0.6)
def loops_over_views_that_bind_the_dict_again(p, x):
    """The loop goes on with the dict that it started with, whatever its names are bound to meanwhile."""
    total = 0.0
    for k, v in p.items():
        p = {k: v * x, "z": x}
        k = k + "!"
        total += p[k[0]] * len(k) + p["z"] ** 2
    for p, q in {"u": x * x, "v": total}.items():
        total = total * q + ord(p)
    for (a, b), v in {(1, 2): x, (3, 4): x**2}.items():
        total += (a + 2 * b) * v
    for pair in {"s": x}.items():
        total += pair[1] ** 3
    return total


@program({"w": np.array([0.4, 1.2]), "b": np.array([0.3, -0.8])}, 0.6, stage="stores")
def loops_over_views_of_a_dict_whose_entries_change(p, x):
    """Views see what is stored while a loop runs through them; entries change in place as well."""
    p = dict(p)
    seen = 0.0
    for k, v in p.items():
        p["b"] = p["b"] * x + v
        p[k] = p[k] + v * v
        seen += np.sum(v)
    for v in p.values():
        v += x
        seen *= np.sum(v)
    return seen + sum(np.sum(v * v) for v in p.values())


@program({"a": 1.1, "b": -0.4}, {"a": 0.3, "b": 2.0}, 0.6)
def loops_over_views_side_by_side(p, q, x):
    total, last = 0.0, None
    for i, (k, v) in enumerate(p.items(), 1):
        total += i * v * q[k]
    for (k, v), w in zip(p.items(), q.values()):
        q = {**q, k: v * x}
        total = total * w + q["a"]
    for last in zip(reversed(p.values()), q.items()):
        total += last[0] * last[1][1] ** 2
    for i, key in enumerate(q):
        total += i * p[key]
    return total + last[0]


SETTINGS = {"rate": 2.0}


@program(1.5, 0.4)
def what_is_taken_where_a_key_is_missing(x, y):
    own, empty = {"a": x, "w": np.ones(2)}, {}
    taken = own.pop("a", y) * own.pop("a", y) + empty.get("a", x) + SETTINGS.get("power", y)
    w = own.get("w", x)
    return taken * empty.get("b", 3.0) + np.sum(w) * SETTINGS.get("rate", x)


@program(0.6, 1.1)
def views_of_a_dict_that_changes(x, y):
    d = {"a": x, "b": y}
    values, keys = d.values(), d.keys()
    pairs = d.items()
    d["c"] = x * y
    total = sum(values) * len(keys)
    for k in list(d):
        d[k] = d[k] ** 2 + max(values)
    for k, v in pairs:
        total += v * len(k + "b")
    del d["a"]
    return total + math.prod(values)


@program(0.6, 1.1)
def views_that_are_taken_apart(x, y):
    times = collections.OrderedDict()
    for i in range(3):
        times[f"t{i}"] = x * i + y
    first, *_, last = times.values()
    (key, second), *rest = times.items()
    name, when = times.popitem(last=False)
    one, other = times.values()
    return first * last + second * len(key + name) + rest[0][1] * when + one * other


@program(0.7, 1.2)
def sets_of_names_that_shrink(a, b):
    roads = {"s": {"u": a, "v": b}, "u": {"t": b * b, "v": 0.1}, "v": {"t": a * a}, "t": {}}
    far = dict.fromkeys(roads, math.inf)
    far["s"] = 0.0
    left, ends = set(roads), set(range(3))
    while left:
        near = min(left, key=lambda k: far[k])
        left.remove(near)
        for k, way in roads[near].items():
            far[k] = min(far[k], far[near] + way)
    ends -= {0}
    ends |= {4}
    return far["t"] + sum(far["u"] * k for k in ends)


@program(1.3)
def remembered_under_numbers(x):
    known = {}

    def square(y):
        if y not in known:
            known[y] = y * y
        return known[y]

    return square(x) + square(x) * square(2 * x)


class Shape(enum.Enum):
    LINE = 1.5
    CURVE = 2.5

    def scaled(self, x):
        return x * self.value


@dataclass(frozen=True)
class Place:
    number: int

    def scaled(self, x):
        return x * self.number


@program(2.0, Shape.LINE, stage="stores")
def members_as_keys(x, shape):
    table = {Shape.LINE: x * x, Shape.CURVE: x - 1}
    table[shape] *= 2
    table[Shape(2.5)] *= x
    total = 0.0
    for key, v in table.items():
        total += key.scaled(v) * (1 if key is Shape.LINE else 3)
    made = {}
    for one in Shape:
        made[one] = one.value * x
    total += made[Shape["CURVE"]] * sum(made.values())
    places = {Place(1): x, Place(3): x * x}
    for place, v in places.items():
        total += place.scaled(v) * place.number
    for place in {Place(2), Place(4)}:
        total += place.scaled(x)
    return total


@program({"a": 1.5, "b": 0.5}, stage="stores")
def updated_by_both(p):
    d = dict(p)
    d.update({"f": d["a"] ** 2}, b=d["b"] * d["a"], g=3.0)
    return sum(d.values()) * d["f"]


@program([0.5, 1.5, 1.0])
def merged_rows(xs):
    rows = list(heapq.merge([xs[1], xs[0]], (xs[2] * 2, 0.3), key=lambda v: -v))
    turned = heapq.merge([3.0, xs[0]], [xs[1]], [], reverse=True)
    first = next(turned)
    return rows[0] * rows[1] + 3 * rows[2] + first * sum(turned) + sum(
        k * v for k, v in enumerate(heapq.merge(sorted(xs), [0.1, 1.2]))
    )


@program(0.7, 1.3)
def view_handed_on_in_a_loop(x, y):
    found = {"a": x, "b": x * y}
    first = found.values()
    total = 0.0
    for k in range(3):
        second = first
        first = second
        total += sum(found.values()) * k
    found["a"] = y * y
    return total + sum(found.values())


@program({"b": 0.5, "a": 1.5})
def in_the_order_of_keys(p):
    out = {}
    for key in sorted(p):
        out[key] = p[key] ** 2 + sum(out.values())
    return out["b"] * sum(out.values())


@program(1.5, 2.0, [3, 2, 1])
def popped_or_else_an_active_value(x, p, counts):
    total = 0.0
    for n in counts:
        d = {f"k{k}": x * (k + 1) for k in range(n)}
        a = d.pop("k1", x**3)
        d["k0"] *= a
        total += d.pop("k0") + d.pop("k2", p) * a
    return total


def _settings(function, **given):
    given = dict(given)
    for key in set(given.keys()) - set(function.__code__.co_varnames):
        given.pop(key)
    return given


def _shrunk(x, rate=0.5):
    return x * rate


@program(0.8, 1.1, stage="hard")
def what_a_function_does_not_take_is_dropped(x, rate):
    given = {"rate": rate, "width": x}
    return _shrunk(x, **_settings(_shrunk, **given)) + _shrunk(x, **_settings(_shrunk, width=x))


@program([1.0, 2.5, 1.5])
def keys_that_move_to_either_end(xs):
    d = collections.OrderedDict((i, x) for i, x in enumerate(xs))
    d.move_to_end(0)
    d.move_to_end(2, last=False)
    found = 0.0
    for value in d.values():
        found = found * 0.5 + value
    _, value = d.popitem(last=False)
    return found * value


def normalised(x, scale, options):
    mode = options["mode"]
    eps = options.get("eps", 1e-5)
    momentum = options.get("momentum", 0.9)
    running = options.get("running", np.zeros(x.shape[1]))
    out, cache = None, None
    if mode == "train":
        mean = x.mean(axis=0)
        out = scale * (x - mean) / np.sqrt(x.var(axis=0) + eps)
        running = momentum * running + (1 - momentum) * mean
        cache = (mean, eps)
    elif mode == "test":
        out = scale * (x - running)
    else:
        raise ValueError('Invalid mode "%s"' % mode)
    options["running"] = running
    return out, cache


@program(np.array([[0.3, -1.0], [1.2, 0.4], [0.1, 0.9]]), np.array([1.0, 0.5]))
def options_with_defaults_that_grow(x, scale):
    options = {"mode": "train"}
    weights = np.ones((2, 2))
    for _ in range(2):
        y, cache = normalised(x, scale, options)
        step = y.T.dot(y)
        for parameter, change in ((weights, step),):
            parameter -= 0.1 * change
        x = x + 0.1 * (y @ weights)
    options["mode"] = "test"
    y, _ = normalised(x, scale, options)
    return (y**3).sum() + cache[1]


def put_by(functions, entries, v):
    for put in functions:
        put(entries, v)


def put_b(entries, v):
    entries["b"] = 2.0 * v


@program(0.7)
def entries_that_an_unknown_call_puts(x):
    entries = {"a": 1.0}
    put_by([put_b], entries, 3.0)
    return entries["b"] * x + entries.get("c", x) * entries.get("b", 0.0)
