"""Calls, captured names and containers that change: programs that once went wrong, or nearly did."""

import collections
import contextlib
import math
from dataclasses import dataclass, replace

import numpy as np

from corpus import program
from diffpy import differentiable


def ident(a):
    return a


def fill(b, v):
    for i in range(len(b)):
        b[i] = v * i


def fill2(b, v):
    fill(b, v)
    return 3


@differentiable
@dataclass
class S:
    w: float
    tag: float = 1.0


@program(2.0)
def nonloc(x):
    t = 0.0

    def add(v):
        nonlocal t
        t += v * v

    add(x)
    add(2 * x)
    return t


@program(np.arange(1.0, 5.0))
def alias_ret(x):
    y = ident(x)
    y[0] = 2 * y[1]
    return x.sum()


@program(2.0)
def fills(x):
    b = np.zeros(4)
    fill(b, x * x)
    return b.sum()


@program(2.0)
def fills2(x):
    b = np.zeros(4)
    k = fill2(b, x * x)
    return b.sum() * k


@program(2.0)
def fills3(x):
    b = np.zeros(4)
    (lambda: fill2(b, x * x))()
    return b.sum()


@program(2.0)
def listcomp_mut(x):
    l = []
    [l.append(x * i) for i in range(4)]
    return sum(l)


@program(np.arange(1.0, 5.0))
def addat(x):
    b = np.zeros(3)
    np.add.at(b, [0, 1, 0], x[:3])
    return (b**2).sum()


@program(np.arange(1.0, 5.0))
def outk(x):
    b = np.empty(4)
    np.multiply(x, x, out=b)
    return b.sum()


@program(np.arange(1.0, 5.0))
def outp(x):
    b = np.empty(4)
    np.sin(x, b)
    return b.sum()


@program(np.arange(1.0, 5.0))
def outm(x):
    b = np.empty(())
    x.sum(out=b)
    return b * 2.0


@program({"a": 2.0, "b": np.ones(3)})
def dct(p):
    p["c"] = p["a"] * p["b"]
    return p["c"].sum()


@program([1.0, 2.0, 3.0])
def lst(xs):
    xs[0] = xs[1] * xs[2]
    return sum(xs) * xs[0]


@program([3.0, 2.0, 1.0])
def lsort(xs):
    xs.sort()
    return xs[0] * xs[2] ** 2


@program([3.0, 2.0, 1.0])
def lsorted(xs):
    ys = sorted(xs, reverse=True)
    return ys[0] * ys[2] ** 2


@program([3.0, 2.0, 1.0], stage="stores")
def ldel(xs):
    del xs[0]
    return xs[0] * xs[1] ** 2


@program([3.0, 2.0, 1.0])
def lslice(xs):
    xs[1:] = [xs[0] * 2]
    return xs[0] * xs[1] ** 2


@program([3.0, 2.0, 1.0], stage="stores")
def lpopq(q):
    s = 0.0
    while q:
        v = q.pop(0)
        if v > 2.5:
            q.append(v * 0.5)
        s += v * v
    return s


@program([3.0, 2.0, 1.0], stage="stores")
def lsum_then_append(q):
    s = sum(q)
    q.append(s)
    t = sum(q)
    q.pop()
    return s * t * sum(q)


@program([3.0, 2.0, 1.0])
def lcopy(a):
    c = a[:]
    c[0] = a[1] * 2
    return sum(c) * a[0]


@program([3.0, 2.0, 1.0])
def lcopy2(a):
    c = list(a)
    c[0] = a[1] * 2
    return sum(c) * a[0]


@program([3.0, 2.0, 1.0], stage="stores")
def lalias(a):
    b = a
    b.append(a[0] * 2)
    return sum(a) * len(a)


@program(2.0)
def nested_list(x):
    rows = [[0.0] * 2 for _ in range(2)]
    rows[0][1] = x * x
    rows[1][0] = rows[0][1] * 3
    return rows[1][0] * rows[0][1]


@program(2.0, stage="stores")
def nested_list_alias(x):
    rows = [[0.0] * 2] * 2
    rows[0][1] = x * x
    return rows[1][1] * 3


@program(2.0)
def tuple_of_lists(x):
    t = ([x], [2 * x])
    t[0].append(x * x)
    return sum(t[0]) * t[1][0]


@program(np.arange(1.0, 7.0).reshape(2, 3))
def ravelT(x):
    y = x.T.ravel()
    y[0] = y[1] * 2
    return (y * y).sum() + x.sum()


@program(np.arange(1.0, 7.0).reshape(2, 3))
def reshT(x):
    y = x.T.reshape(2, 3)
    y[0] = y[1] * 2
    return (y * y).sum() + x.sum()


@program(np.arange(1.0, 7.0).reshape(2, 3))
def reshv(x):
    y = x.reshape(3, 2)
    y[0] = y[1] * 2
    return (y * y).sum() + (x**2).sum()


@program(np.arange(1.0, 5.0))
def savest(x):
    s = []
    u = x.copy()
    for i in range(3):
        u[0] = u[0] * u[1]
        s.append(u.copy())
    return sum(v.sum() for v in s)


@program(np.arange(1.0, 5.0))
def savest2(x):
    s = []
    u = x.copy()
    for i in range(3):
        s.append(u)
        u[0] = u[0] * u[1]
    return sum(v.sum() for v in s)


@program(np.arange(1.0, 5.0))
def savest3(x):
    s = np.zeros((3, 4))
    u = x.copy()
    for i in range(3):
        s[i] = u
        u = u * u
    return s.sum()


@program(2.0)
def trys(x):
    try:
        y = x * x
        if y > 3:
            raise ValueError
        z = y * 2
    except ValueError:
        z = y * 3
    return z


@program(2.0)
def setsum(x):
    return sum({x * i for i in range(3)})


@program(2.0)
def setlit(x):
    s = {x, x * x}
    return max(s) * 3


@program(2.0)
def setsorted(x):
    return sorted({x, 3 * x, x * x * 5})[1]


@program(2.0)
def dcomp(x):
    d = {k: x**k for k in range(4)}
    return sum(d.values()) * d[2]


@program(2.0)
def fset(x):
    return sum(frozenset([x, x * 3]))


@program(2.0)
def late(x):
    fs = [lambda v: v * k for k in range(3)]
    return sum(f(x) for f in fs)


@program([1.0, 2.0, 3.0])
def starargs(xs):
    def f(a, *r, k=2.0):
        return a * sum(r) * k

    return f(*xs) + f(*xs, k=xs[0])


@program(2.0)
def whileelse(x):
    i = 0
    while x < 100:
        x = x * x
        i += 1
        if i > 5:
            break
    else:
        x = x + 1
    return x


@program(2.0)
def mutual(x):
    def ev(n, v):
        return v if n == 0 else od(n - 1, v * x)

    def od(n, v):
        return v * 3 if n == 0 else ev(n - 1, v + x)

    return ev(5, x)


@program(2.0)
def matchcls(x):
    s = S(x)
    match s:
        case S(w=w):
            return w * w


@program(2.0)
def dataclass_replace(x):
    s = S(x)
    t = replace(s, w=s.w * x)
    return t.w * s.w


@program(2.0)
def zipdict(x):
    d = dict(zip("abc", [x, x * x, 1.0]))
    return d["a"] * d["b"] + d.get("z", x)


@program(2.0)
def dictmerge(x):
    d = {"a": x, **{"b": x * x}} | {"c": x}
    return d["a"] * d["b"] * d["c"]


@program(np.array([1.0, 2.0, 3.0]))
def nplist(v):
    return np.sum([v[0], v[1] * v[2]]) + np.dot([v[0], 2.0], [v[1], v[2]])


@program(2.0)
def curried(x):
    return (lambda a: lambda b: a * b * b)(x)(x + 1)


@program(2.0)
def error_on_the_way(x):
    try:
        y = x * x / 0
    except ZeroDivisionError:
        y = x * 3
    return y


@program(2.0)
def try_with_else(x):
    try:
        y = x * x
    except ZeroDivisionError:
        y = x * 3
    else:
        y = y * x
    return y


@program(2.0)
def error_passed_over(x):
    y = x
    try:
        y = math.sqrt(-x)
    except ValueError:
        pass
    return y * x


@program(2.0)
def try_with_finally(x):
    log = []
    try:
        y = x * x
    finally:
        log.append(1)
    return y * len(log)


@program(2.0)
def errors_in_a_loop(x):
    s = 0.0
    for i in range(4):
        try:
            if i == 2:
                raise KeyError(i)
            v = x**i
        except KeyError as e:
            v = x * e.args[0]
        s += v
    return s


@program(2.0)
def missing_key(x):
    d = {"a": x}
    try:
        v = d["b"]
    except KeyError:
        v = d["a"] * 2
    try:
        w = v * x
    except (TypeError, ValueError):
        w = 0.0
    finally:
        print(end="")
    return w


@program(2.0)
def try_that_returns(x):
    def g(v):
        try:
            return v * v
        except ValueError:
            return v

    return g(x) + g(2 * x)


@program(2.0)
def raised_by_a_condition(x):
    y = x * x
    try:
        if y > 3:
            raise ValueError
        z = y * 2
    except ValueError:
        z = y * 3
    return z


@program(2.0)
def handler_reads_the_body(x):
    try:
        y = x * x
        if y > 3:
            raise ValueError
        z = y * 2
    except ValueError:
        z = y * 3
    return z


@program(np.arange(3.0))
def singular_matrix(x):
    try:
        v = np.linalg.inv(np.zeros((2, 2)))
    except np.linalg.LinAlgError:
        v = x * 2
    return v.sum()


@program(2.0)
def captured_array_scaled_later(x):
    w = np.ones(2)

    def g(v):
        return (w * v).sum()

    out = g(x)
    w *= 5
    return out


@program(2.0)
def function_of_the_loop_variable(x):
    out = 0.0
    for k in range(3):

        def g(v):
            return v**k

        out += g(x)
    return out


@program(2.0)
def lambda_of_the_loop_variable(x):
    return sum((lambda v: v**k)(x) for k in range(4))


@program(2.0)
def context_variable_captured(x):
    out = 0.0
    for j in range(3):
        with contextlib.nullcontext(j) as k:

            def g(v):
                return v**k

            out += g(x)
    return out


@program(np.arange(3.0) + 1)
def interp_between_lists(v):
    return np.interp([0.5, 1.5], [0, 1, 2], v).sum()


@program(np.arange(3.0) + 1)
def captured_array_filled_before(x):
    w = np.zeros(3)
    for i in range(3):
        w[i] = x[i] * i
    f = lambda v: (w * v).sum()

    def app(g, a):
        return g(a)

    return app(f, x)


@program(np.arange(3.0) + 1)
def captured_matrix_filled_in_a_loop(x):
    K = np.eye(3)

    def apply(v):
        return K @ v

    y = x
    for k in range(3):
        K[k, k] = x[k]
        y = apply(y)
    return y.sum()


def squares(values):
    total = 0.0
    for v in values:
        total += v * v
    return total / len(values)


@program(1.3)
def views_of_dicts_as_arguments(x):
    d = {1: x, 2: x * x, 3: 2.0}
    return squares(d.values()) + sum(k * v for k, v in pairs_of(d.items()))


def pairs_of(items):
    return [(k, v * v) for k, v in items]


@program(1.3, stage="hard")
def view_captured_by_a_function(x):
    values = {1: x, 2: x * x}.values()

    def total():
        return sum(v * v for v in values)

    return total()


def grown(x):
    """What its derivative reads again: the results."""
    return np.exp(x), [np.sqrt(x), x * 2], S(np.tanh(x), 1.0)


def shifted_by(x, c):
    return [x + c, (c - x)[:]][0]


@program(np.array([1.1, 0.7]), stage="stores")
def results_that_the_caller_changes(x):
    total = 0.0
    y = x
    for _ in range(3):
        a, roots, s = grown(y * 0.3)
        a *= x
        roots[0] += a[1]
        roots.append(roots[0] * a)
        s.w[1:] = s.w[0] * a[0]
        s.tag = a[0]
        total = total + np.sum(roots[2] * s.w) * s.tag
        y = np.exp(a * 0.01)
    return total + np.sum(y)


@program(np.array([1.1, 0.7]), 0.4, stage="stores")
def sums_that_the_caller_changes(x, c):
    y = shifted_by(x, c)
    z = +x
    w = np.positive(shifted_by(z, 1.0))
    y *= x
    y[0] = 3.0 * y[1]
    z += y
    w[1:] *= z[0]
    return np.sum(y * x) + np.sum(x ** 3 * z) + np.sum(w)


class Oscillator:
    def __init__(self, stiffness):
        self.stiffness, self.kept = stiffness, [0.5, 0.25]

    def slope(self, state):
        return np.array([state[1], -self.stiffness * np.sin(state[0])])

    def slope_as_tuple(self, state):
        return state[1], -self.stiffness * state[0] * self.kept[1]


def midpoints(slope, state, times):
    states = np.zeros((len(times), len(state)))
    states[0] = state
    for i in range(len(times) - 1):
        step, now = times[i + 1] - times[i], states[i]
        first = np.asarray(slope(now))
        second = np.asarray(slope(now + step / 2 * first))
        states[i + 1] = now + step * second
    return states[-1]


OSCILLATOR = Oscillator(1.7)


@program(np.array([0.4, -0.3]), stage="hard")
def methods_of_objects_that_nobody_changes(state):
    one = midpoints(OSCILLATOR.slope, state, [0.0, 0.2, 0.5])
    other = midpoints(OSCILLATOR.slope_as_tuple, state * 2, [0.0, 0.3])
    return one @ other + one[0]


def scaled_columns(rows, scales):
    rows = np.asarray(rows, dtype=float)
    if callable(scales):
        scales = (scales,) * rows.shape[1]
    elif all(isinstance(one, str) for one in scales):
        scales = [getattr(np, one) for one in scales]
    out = rows.astype(float)
    for i, scale in enumerate(scales):
        out[:, i] = scale(rows[:, i])
    return out


class Scaling:
    def __init__(self, scales):
        self.scales = scales

    def __call__(self, rows):
        return scaled_columns(rows, self.scales)


SCALINGS = [Scaling(np.tanh), Scaling(["sin", "cos"])]


@program(np.array([[0.4, -0.3], [1.2, 0.7]]), stage="hard")
def lists_that_are_made_of_arguments(rows):
    return sum(np.sum(scaling(rows) ** 3) for scaling in SCALINGS)


def density(kind, z, power=0.3):
    if kind == "constant":
        found = np.ones_like(z) if isinstance(z, np.ndarray) else 1.0
    elif kind == "power":
        found = (1.0 + z) ** power
    else:
        places = np.atleast_1d(z).astype(float)
        found = np.zeros_like(places)
        for i in range(len(places)):
            found[i] = np.exp(power * places[i])
        if np.ndim(z) == 0:
            found = found[0]
    return found


@program(np.array([0.4, 1.3]), 0.7)
def one_of_several_that_was_filled(z, s):
    total = 0.0
    for kind in ("constant", "power", "filled"):
        total += np.sum(density(kind, z) * z) + density(kind, s) * s
    return total


@program([1.2, 2.5, 3.3], 2.1)
def sets_that_grow_and_shrink(xs, c):
    seen, total = set(), 0.0
    for x in xs:
        if x * c not in seen:
            seen.add(x * c)
            total += x**2
    seen.update([c**2, c], xs)
    seen.discard(xs[0])
    seen.remove(xs[1])
    seen |= {c * 5}
    seen -= {c, 8.0}
    seen ^= {xs[2], 7.0}
    seen.add(c**2 + 0.0)
    last = {c}
    return total * len(seen) + sum(v**2 for v in seen) + last.pop() * len(last)


@program([1.2, 2.5, 3.3], 2.1)
def dicts_of_collections_that_others_see(xs, c):
    counts = collections.Counter()
    state = {"by_place": collections.OrderedDict()}
    for k, x in enumerate(xs):
        counts["ab"[k % 2]] += x * c
        state["by_place"][k] = x**2
    state["by_place"].move_to_end(0)
    totals = sum((k + 1) * v for k, v in enumerate(state["by_place"].copy().values()))
    assert len(counts) == 2, counts
    return counts["a"] * counts["b"] + totals + state["by_place"][1]


@program([1.5, 2.5, 3.6])
def counts_of_ints_that_functions_fill(xs):
    counts, sums = [0, 0], [0, 0]

    def each(functions, v):
        for function in functions:
            function(v)

    def add(v):
        counts[int(v) % 2] += v

    class Adder:
        def __call__(self, v):
            sums[int(v) % 2] += v * v

    adder = Adder()
    for x in xs:
        each([add, lambda v: counts.append(v * counts[0])], x)
        adder(x)
    return counts[0] * counts[1] + counts[-1] + sums[0] * sums[1]
