"""Iterators, itertools and collections; what copies, takes apart and stands for functions: items that only move."""

import copy
import dataclasses
import functools
import itertools
import math
import operator
import random
import statistics
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from itertools import (
    accumulate,
    chain,
    combinations,
    combinations_with_replacement,
    compress,
    count,
    cycle,
    dropwhile,
    filterfalse,
    groupby,
    islice,
    pairwise,
    permutations,
    product,
    starmap,
    takewhile,
    tee,
    zip_longest,
)
from typing import NamedTuple

import numpy as np

from corpus import program
from diffpy import differentiable, no_derivative

X3 = [1.5, 2.0, -0.5]
X4 = [1.5, 2.0, -0.5, 3.0]


@program(X3, [4.0, 5.0])
def chain1(xs, ys):
    t = 0.0
    for k, v in enumerate(chain(xs, ys)):
        t += v**2 * (k + 1)
    return t


@program([[1.0, 2.0], [3.0]])
def chain2(xss):
    return sum(v**2 for v in chain.from_iterable(xss))


@program(np.arange(6.0).reshape(2, 3))
def chain3(a):
    return sum(k * v**2 for k, v in enumerate(chain.from_iterable(a)))


@program(X3, [4.0, 5.0])
def product1(xs, ys):
    return sum(a * b**2 for a, b in product(xs, ys))


@program(X3)
def product2(xs):
    return sum(a * b**2 for a, b in itertools.product(xs, repeat=2))


@program(np.array(X4))
def pairwise1(xs):
    return sum((b - a) ** 2 for a, b in pairwise(xs))


@program(X4)
def comb1(xs):
    return sum(a * b**2 * c for a, b, c in combinations(xs, 3))


@program(X3)
def perm1(xs):
    t = 0.0
    for a, b in permutations(xs, 2):
        t += a * b**3
    return t


@program(X3)
def cwr(xs):
    return sum(a * b**3 for a, b in combinations_with_replacement(xs, 2))


@program(X4)
def isl1(xs):
    return sum(v**2 for v in islice(xs, 1, None, 2))


@program(X4)
def isl2(xs):
    it = iter(xs)
    a, b = islice(it, 2)
    return a * b + sum(v**3 for v in it)


@program(X4)
def isl3(xs):
    return sum(v**2 * (k + 1) for k, v in enumerate(islice(cycle(xs), 6)))


@program(2.0)
def isl4(x):
    return sum(v**2 for v in islice(count(1.0, x), 6))


@program(X4, X3, 2.0)
def zl(xs, ys, f):
    return sum(a * b**2 for a, b in zip_longest(xs, ys, fillvalue=f))


@program(X4)
def zl0(xs):
    return sum(a * b**2 for a, b in zip_longest(xs, [1.0], fillvalue=0.5))


@program([1.0, 2.0, 3.0, 1.0])
def tw(xs):
    return sum(v**2 for v in takewhile(lambda v: v < 2.5, xs))


@program([1.0, 2.0, 3.0, 1.0])
def dw(xs):
    return sum(v**2 for v in dropwhile(lambda v: v < 2.5, xs))


@program([1.0, 2.0, 3.0, 1.0])
def ff(xs):
    return sum(v**2 for v in filterfalse(lambda v: v < 2.5, xs))


@program(X3, [4.0, 5.0, 6.0])
def sm(xs, ys):
    return sum(starmap(lambda a, b: a * b**2, zip(xs, ys)))


@program(X3, [4.0, 5.0, 6.0], 2.0)
def sm2(xs, ys, c):
    return sum(starmap(lambda a, b: a * b**2 * c, zip(xs, ys)))


@program([[1.0, 2.0], [3.0, 4.0]])
def sm3(ps):
    return sum(starmap(pow, ps))


@program([1.0, 1.5, -2.0, -3.0, 4.0])
def gb(xs):
    t = 0.0
    for s, g in groupby(xs, key=lambda v: v > 0):
        q = sum(g)
        t += q**2 if s else q**3
    return t


@program([1.0, 1.2, -2.0, -3.0, 4.0])
def gb3(xs):
    data = [("a", xs[0]), ("a", xs[1]), ("b", xs[2]), ("b", xs[3]), ("c", xs[4])]
    out = {}
    for k, g in groupby(data, key=operator.itemgetter(0)):
        out[k] = sum(v for _, v in g)
    return out["a"] * out["b"] * out["c"]


@program(X4)
def comp(xs):
    return sum(v**2 for v in compress(xs, [1, 0, True, 1]))


@program(X4)
def comp2(xs):
    return sum(v**2 for v in compress(xs, [v > 0 for v in xs]))


@program(X4)
def tee1(xs):
    a, b = tee(xs)
    next(b, None)
    return sum(u * v**2 for u, v in zip(a, b))


@program(X4)
def tee2(xs):
    a, b = tee(v * v for v in xs)
    return sum(a) * max(b)


@program(np.arange(1.0, 5.0))
def chain_arr(a):
    return np.array(list(chain(a, a * 2))) @ np.arange(8.0)


@program(X4)
def nested(xs):
    return sum(a * b for a, b in islice(combinations(chain(xs, [2.0]), 2), 7))


@program(X3, [4.0, 5.0, 6.0])
def zipchain(xs, ys):
    return sum(x * y * k for k, (x, y) in enumerate(chain(zip(xs, ys), zip(ys, [v * 2 for v in xs]))))


@program({"a": 1.0, "b": 2.0})
def chaindict(d):
    return sum(v**2 for v in chain(d.values(), [3.0]))


@program([(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)])
def zipstar(pairs):
    a, b = zip(*pairs)
    return sum(a) * b[0] * b[2]


@program([1.0, 2.0])
def mapun(xs):
    a, b = map(lambda v: v**2, xs)
    return a * b**2


@program(X4)
def revun(xs):
    x, *rest = reversed(xs)
    return x * rest[0] ** 2 + sum(rest)


@program(X4)
def itnext(xs):
    it = iter(xs)
    a = next(it)
    t = 0.0
    for k, v in enumerate(it):
        t += v**2 * a * (k + 1)
    return t


@program(X4)
def itnext2(xs):
    it = iter(xs)
    a = next(it)
    t = 0.0
    for v in it:
        t = t * a + v**2
    return t


@program(np.array(X4))
def itnext3(xs):
    it = iter(xs)
    a = next(it)
    t = 0.0
    for v in it:
        t = t * a + v**2
    return t


@program(X4)
def itbreak(xs):
    it = iter(xs)
    t = 0.0
    for v in it:
        t = t * 2 + v**2
        if v < 0:
            break
    return t * sum(it)


@program(X4)
def itpairs(xs):
    it = iter(xs)
    t = 0.0
    for v in it:
        w = next(it)
        t += v * w**2
    return t


@program(X4)
def zipit(xs):
    it = iter(xs)
    return sum(a * b**2 for a, b in zip(it, it))


@program(X4)
def zipit2(xs):
    return sum(a * b**2 for a, b in zip(*[iter(xs)] * 2))


@program(X4)
def itlist(xs):
    it = iter(xs)
    a = next(it)
    r = list(it)
    return a * r[0] ** 2 * r[2]


@program(X4)
def itmax(xs):
    it = iter(xs)
    m = next(it)
    for v in it:
        if v > m:
            m = v
    return m**2


def helper_iter(it):
    t = 0.0
    for v in it:
        t = t * 2 + v**2
    return t


@program(X4)
def ithelper(xs):
    it = iter(xs)
    a = next(it)
    return a * helper_iter(it)


@program(X4)
def itred(xs):
    it = iter(xs)
    a = next(it)
    return functools.reduce(lambda u, v: u * v, it, a)


@program(X4)
def mapnext(xs):
    it = map(lambda v: v * v, xs)
    a = next(it)
    return a * sum(it)


@program([3.0, 4.0])
def itemsun(xs):
    d = {"a": xs[0], "b": xs[1]}
    (k, v), (k2, v2) = d.items()
    a, b = d.values()
    return v * v2**2 * a


@program([3.0, 4.0])
def enumun(xs):
    (i, a), (j, b) = enumerate(xs)
    return a * b**2 + j * a


@program(X4)
def star3(xs):
    a, *m, b = map(lambda v: v**2, xs)
    return a * b * sum(m)


@program(2.0, 3.0)
def od(x, y):
    d = OrderedDict()
    d["a"] = x
    d["b"] = y * x
    return sum(v**2 for v in d.values())


@program(2.0, 3.0)
def od2(x, y):
    d = OrderedDict(a=x, b=y)
    d["c"] = d["a"] * d["b"]
    return d["c"] ** 2


@program(2.0, 3.0)
def od3(x, y):
    d = OrderedDict([("a", x), ("b", y)])
    return d["a"] * d["b"]


@program(X4)
def dd(xs):
    g = defaultdict(float)
    for k, v in enumerate(xs):
        g[k % 2] += v * v
    return g[0] * g[1]


@program(X4)
def dd2(xs):
    g = defaultdict(list)
    for k, v in enumerate(xs):
        g[k % 2].append(v * v)
    return sum(g[0]) * max(g[1])


@program(X4)
def dd3(xs):
    g = defaultdict(lambda: 0.0)
    for k, v in enumerate(xs):
        g["a" if v > 0 else "b"] += v * v
    return sum(v**2 for v in g.values())


@program(X4)
def dd4(xs):
    g = defaultdict(int)
    for k, v in zip("abab", xs):
        g[k] += v * v
    return g["a"] * g["b"]


@program(X4)
def dd5(xs):
    g = defaultdict(list)
    for k, v in zip("abab", xs):
        g[k].append(v)
    t = 0.0
    for k, vs in g.items():
        t += sum(vs) ** 2
    return t


@program(X4)
def cnt(xs):
    c = Counter("abca")
    return sum(v * c[k] for k, v in zip("abcd", xs))


@program(X4)
def cnt2(xs):
    c = Counter(v > 0 for v in xs)
    return sum(xs) / c[True]


@program(X4)
def dq(xs):
    d = deque()
    for v in xs:
        d.append(v * v)
    d.appendleft(xs[0])
    a = d.popleft()
    b = d.pop()
    return a * b + sum(d) * d[0]


@program(X4)
def dq2(xs):
    d = deque(maxlen=2)
    t = 0.0
    for v in xs:
        d.append(v * v)
        t += sum(d) / len(d)
    return t


@program(X4)
def dq3(xs):
    d = deque(xs)
    t = 0.0
    while d:
        t = t * 2 + d.popleft() ** 2
        if d:
            t += d.pop()
    return t


@program(X4)
def dq4(xs):
    d = deque([0.0, 0.0], maxlen=2)
    t = 0.0
    for v in xs:
        d.append(v)
        t += d[0] * d[1]
    return t


@program(X4)
def dq5(xs):
    d = deque(xs)
    d.rotate(1)
    d.extend([1.0])
    d.extendleft([2.0, 3.0])
    return sum(k * v * v for k, v in enumerate(d))


class Pt(NamedTuple):
    x: float
    y: float


@differentiable
@dataclass
class Vec:
    x: float
    y: float

    def __iter__(self):
        return iter((self.x, self.y))

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)


@program(Pt(1.0, 2.0), 3.0)
def ntr(q, v):
    r = q._replace(x=v * q.y)
    return r.x**2 * r.y


@program(Pt(1.0, 2.0))
def nta(q):
    d = q._asdict()
    return d["x"] * d["y"] ** 2


@program(Vec(1.0, 2.0))
def ast(v):
    a, b = dataclasses.astuple(v)
    return a * b**2


@program(Vec(1.0, 2.0))
def asd(v):
    d = dataclasses.asdict(v)
    return d["x"] * d["y"] ** 2


@program(Vec(1.0, 2.0))
def flds(v):
    t = 1.0
    for f in dataclasses.fields(v):
        t *= getattr(v, f.name) ** 2
    return t


@program(Vec(1.0, 2.0), 3.0, stage="stores")
def seta(v, u):
    setattr(v, "x", u * v.y)
    return v.x**2


@program(X3, stage="stores")
def cp(xs):
    ys = copy.copy(xs)
    ys[0] = xs[1] * xs[2]
    ys.append(xs[0])
    return sum(v * v for v in ys) + xs[0]


@program(X3, stage="stores")
def cpd(xs):
    ys = copy.deepcopy(xs)
    ys[0] = xs[1] * xs[2]
    ys.append(xs[0])
    return sum(v * v for v in ys) + xs[0]


@program({"a": 2.0, "b": 3.0}, stage="stores")
def cpdict(d):
    e = copy.copy(d)
    e["a"] = d["b"] * d["a"]
    e["c"] = e["a"] ** 2
    return e["c"] * e["b"]


@program(np.array(X3), stage="stores")
def cpa(x):
    y = copy.copy(x)
    y[0] = x[1] * x[2]
    return (y * y).sum() + x[0]


@program(np.array(X3), stage="stores")
def cpa2(x):
    y = copy.deepcopy(x)
    y[0] = x[1] * x[2]
    y += 1.0
    return (y * y).sum() + x[0]


@program(Vec(1.0, 2.0), stage="stores")
def cps(v):
    w = copy.copy(v)
    w.x = v.y * v.x
    return w.x * w.y + v.x


@program(Vec(1.0, 2.0), stage="stores")
def cps2(v):
    w = copy.deepcopy(v)
    w.x *= 3.0
    return w.x * w.y * v.x


@program([[1.0, 2.0], [3.0]], stage="stores")
def cpn(xss):
    y = copy.deepcopy(xss)
    y[0][0] = xss[1][0] * xss[0][0]
    return sum(v * v for r in y for v in r)


@program(Vec(1.0, 2.0))
def vun(v):
    x, y = v
    return x * y**2


@program(Vec(1.0, 2.0))
def vit(v):
    t = 0.0
    for k, c in enumerate(v):
        t += c**2 * (k + 1)
    return t


@program(Vec(1.0, 2.0))
def vget(v):
    t = 0.0
    for k in range(len(v)):
        t += v[k] ** 2 * (k + 1)
    return t


@program(Vec(1.0, 2.0))
def vlist(v):
    return sum(c**2 for c in v) + max(list(v))


@program(Vec(1.0, 2.0), Vec(3.0, 4.0))
def vsum(a, b):
    s = sum([a, b], Vec(0.0, 0.0))
    return s.x * s.y**2


@program([Vec(1.0, 2.0), Vec(3.0, 4.0)])
def vsum2(vs):
    s = sum(vs, Vec(0.0, 0.0))
    return s.x * s.y**2


@program([Vec(1.0, 2.0), Vec(3.0, 4.0)])
def vsum3(vs):
    s = sum((v + v for v in vs), Vec(0.0, 0.0))
    return s.x * s.y**2


@program(Vec(1.0, 2.0))
def vstar(v):
    return math.hypot(*v)


@functools.lru_cache(maxsize=None)
def cached(x, n):
    return x**n


@functools.cache
def cached2(x):
    return math.sin(x) * x


@program(2.0)
def lru(x):
    return cached(x, 3) * cached2(x)


@functools.cache
def fibc(x, n):
    return x if n < 2 else fibc(x, n - 1) * x + fibc(x, n - 2)


@program(1.5)
def lrurec(x):
    return fibc(x, 5)


@program(2.0)
def lruin(x):
    @functools.lru_cache
    def g(n):
        return x if n < 1 else g(n - 1) * x

    return g(3)


@functools.singledispatch
def area(s):
    raise TypeError


@area.register
def _(s: Vec):
    return s.x * s.y


@area.register
def _(s: float):
    return s * s


@program(Vec(1.0, 2.0), 3.0)
def sd(v, r):
    return area(v) * area(r)


@program([(1.0, 2.0), (3.0, 4.0)])
def ig(ps):
    return sum(map(operator.itemgetter(1), ps)) ** 2


@program([1.0, 2.0, 3.0])
def ig2(xs):
    a, b = operator.itemgetter(0, 2)(xs)
    return a * b**2


@program([(1.0, 2.0), (3.0, -4.0)])
def ig3(ps):
    return sorted(ps, key=operator.itemgetter(1))[0][0] ** 2


@program([Vec(1.0, 2.0), Vec(3.0, -4.0)])
def ag(vs):
    return sum(map(operator.attrgetter("y"), vs)) ** 2


@program(Vec(1.0, 2.0))
def ag2(v):
    a, b = operator.attrgetter("x", "y")(v)
    return a * b**2


@program([Vec(1.0, 2.0), Vec(3.0, -4.0)])
def ag3(vs):
    m = max(vs, key=operator.attrgetter("x"))
    return m.y**2


@program(np.array([[1.0, 2.0], [3.0, 4.0]]))
def mc(a):
    return operator.methodcaller("sum", axis=0)(a)[0] ** 2


@program(X4)
def stm(xs):
    return statistics.mean(xs) ** 2


@program(X4)
def stf(xs):
    return statistics.fmean(xs) ** 2


@program(X4)
def stp(xs):
    return statistics.pvariance(xs)


@program(X4)
def stv(xs):
    return statistics.variance(xs) * statistics.stdev(xs) * statistics.pstdev(xs)


@program(X4)
def stmed(xs):
    return statistics.median(xs) ** 2


@program(X3)
def stmed2(xs):
    return statistics.median(xs) ** 2


@program(2.0)
def rnd(x):
    r = random.Random(3)
    return x**2 * r.random() + r.gauss(0, 1) * x


@program(2.0)
def rnd2(x):
    r = np.random.default_rng(3)
    return (x**2 * r.normal(size=3)).sum()


@program(2.0)
def rnd3(x):
    r = np.random.RandomState(3)
    return (x**2 * r.uniform(size=3)).sum()


@program(2.0)
def rep(x):
    return sum(v**2 * k for k, v in zip([1.0, 2.0, 3.0], itertools.repeat(x)))


@program(2.0, X3)
def rep2(x, ys):
    return sum(map(pow, itertools.repeat(x, 3), ys))


@program(X3)
def cyc(xs):
    c = cycle(xs)
    t = 0.0
    for k in range(5):
        t = t * 2 + next(c) ** 2
    return t


class Deep(NamedTuple):
    p: Pt
    q: float


@differentiable
@dataclass
class Nest:
    v: Vec
    w: list
    tag: str = no_derivative(default="a")


@program(Nest(Vec(1.0, 2.0), [3.0, 4.0]))
def astn(n):
    (a, b), w, _ = dataclasses.astuple(n)
    return a * b**2 * w[0] * w[1] ** 2


@program(Nest(Vec(1.0, 2.0), [3.0, 4.0]))
def asdn(n):
    d = dataclasses.asdict(n)
    return d["v"]["x"] * d["w"][1] ** 2


@program(Deep(Pt(1.0, 2.0), 3.0), 2.0)
def dnr(d, x):
    e = d._replace(p=d.p._replace(y=x * d.q))
    return e.p.y**2 * e.p.x * e.q


@program([1.0, 2.0], [3.0, 4.0])
def sumlists(a, b):
    return sum(k * v for k, v in enumerate(sum([a, b, a], [])))


@program([Vec(1.0, 2.0), Vec(3.0, -4.0)])
def vred(vs):
    s = functools.reduce(operator.add, vs)
    return s.x * s.y**2


@program(X4)
def stiter(xs):
    return statistics.mean(v**2 for v in xs) * statistics.median(map(lambda v: v * 2, xs))


@program(X4, 2.0)
def accc(xs, c):
    return sum(accumulate(xs, lambda a, b: a * c + b))


@program(X4, 2.0, 3.0)
def accd(xs, c, s):
    return max(accumulate(xs, lambda a, b: a * c + b, initial=s))


@program(X4)
def maplazy(xs):
    it = iter(xs)
    m = map(lambda v: v * v, it)
    a = next(m)
    b = next(it)
    c = next(m)
    return a * b**2 * c**3


@program(X4)
def nestit(xs):
    it = iter(xs)
    t = 0.0
    for a in it:
        for b in it:
            t += a * b**2
            break
    return t


@program(X4)
def gen2(xs):
    ps = [iter(xs), iter(xs)]
    next(ps[1])
    return sum(a * b**2 for a, b in zip(*ps))


@program(X4)
def wh(xs):
    it = iter(xs)
    t = 0.0
    while True:
        v = next(it, None)
        if v is None:
            break
        t = t * 2 + v * v
    return t


@program(X4)
def sentinel(xs):
    it = iter(xs)
    t = 0.0
    try:
        while True:
            t = t * 2 + next(it) ** 2
    except StopIteration:
        pass
    return t


@program(X4)
def chunks(xs):
    t = 0.0
    it = iter(xs)
    while chunk := list(islice(it, 2)):
        t = t * 2 + math.prod(chunk)
    return t


@program(X3, [4.0, 5.0, 6.0])
def zipst(xs, ys):
    return sum(a * b**2 for a, b in zip(xs, ys, strict=True))


@program([1.0, 2.5, 3.0])
def gbnt(xs):
    t = 0.0
    for k, g in groupby(xs, key=lambda v: v // 2.0):
        t += k * sum(g) ** 2
    return t


@program([1.0, 2.5, 3.0])
def gbact(xs):
    t = 0.0
    for k, g in groupby(xs, key=lambda v: v * v):
        t += k * sum(g) ** 2
    return t


@program([1.0, 2.5, 3.0])
def dictzip(xs):
    d = dict(zip("abc", xs))
    d["a"] = d["b"] * d["c"]
    return d["a"] ** 2


@program([1.0, 2.5, 3.0])
def sets(xs):
    return sum(v**2 for v in chain({xs[0], xs[1]}, [xs[2]]))


@program([1.0, 2.5, 3.0])
def compdict(xs):
    d = {k: v for k, v in zip("abc", xs)}
    return sum(a * b**2 for (_, a), (_, b) in combinations(d.items(), 2))


@program([1.0, 1.0, -2.0, -3.0, 4.0], expected=[4.0, 1.0, -3.0, -5.0, 9.0])
def groups_of_equal_items(xs):
    t = 0.0
    for s, g in groupby(xs):
        q = list(g)
        t += s**2 * len(q) + q[-1]
    return t


@program(Vec(1.0, 2.0), 3.0, stage="later")
def fields_by_names(v, u):
    for n in ("x", "y"):
        setattr(v, n, u * getattr(v, n))
    return v.x**2 * v.y


def of_the_second(pair):
    t = 0.0
    for v in pair[1]:
        t = t * 2 + v * v
    return t


@program(X4, stage="later")
def iterators_in_a_pair(xs):
    pair = tee(xs)
    next(pair[1])
    return of_the_second(pair)


@program(X4)
def prints_in_order(xs):
    t = 0.0
    for v in map(lambda v: (print(v), v * v)[1], takewhile(lambda v: (print("?"), v > 0)[1], xs)):
        print("got", v)
        t += v * v
    return t


@program(X4)
def bounded_from_the_left(xs):
    d = deque(maxlen=3)
    for v in xs:
        d.appendleft(v * v)
    return d[0] * d[1] ** 2 + d[-1]


@program(X4)
def bounded_and_extended(xs):
    d = deque(xs, 2)
    d.extend([v * 2 for v in xs])
    return d[0] * d[1] ** 2


@program(X4)
def default_of_a_lambda(xs):
    g = defaultdict(lambda: 1.0)
    n = 0
    for v in xs:
        g[v > 0] *= v
    for k in g:
        n += 1
    return g[True] * g[False] * n


@program(X4)
def dicts_by_default(xs):
    g = defaultdict(dict)
    for k, v in zip("abab", xs):
        g[k][v > 0] = v * v
    return sum(v**2 for d in g.values() for v in d.values())


@program(X4)
def means_of_groups(xs):
    g = defaultdict(list)
    for k, v in zip("abab", xs):
        g[k].append(v)
    m = {k: sum(v) / len(v) for k, v in g.items()}
    return m["a"] * m["b"]


@program(X4)
def pairs_of_one_iterator(xs):
    it = iter(xs)
    t = 0.0
    for a, b in zip(it, it):
        t += a * b**2
    return t


@program(X4)
def slices_of_one_iterator(xs):
    it = iter(xs)
    t = 0.0
    for k in range(2):
        t = t * 3 + sum(islice(it, 2)) ** 2
    return t


@program(X4)
def first_of_enumerate_skipped(xs):
    it = enumerate(xs)
    next(it)
    t = 0.0
    for k, v in it:
        t += k * v * v
    return t


@program(X4)
def two_loops_over_one_iterator(xs):
    t = 0.0
    it = iter(xs)
    for v in it:
        if v > 1.8:
            break
    for v in it:
        t += v * v
    return t


@program(X4)
def first_of_zip_apart(xs):
    z = zip(xs, xs[1:])
    a, b = next(z)
    t = a * b
    for a, b in z:
        t = t * 2 + a * b
    return t


@program([[1.0, 2.0], [3.0, 4.0]])
def columns(rows):
    cols = list(zip(*rows))
    return cols[0][1] * cols[1][0] ** 2


@program({"a": 1.0, "b": 2.0})
def items_unzipped(d):
    ks, vs = zip(*d.items())
    return vs[0] * vs[1] ** 2


@program(X4)
def best_by_getter(xs):
    best = max(enumerate(xs), key=operator.itemgetter(1))
    return best[1] ** 2


@program(np.arange(6.0).reshape(3, 2))
def rows_of_an_iterator(a):
    it = iter(a)
    first = next(it)
    t = 0.0
    for row in it:
        t += (row * first).sum()
    return t


@program(X4)
def breadth_first(xs):
    q = deque([(xs[0], 0)])
    t = 0.0
    while q:
        v, k = q.popleft()
        t += v * v
        if k < 2:
            q.append((v * xs[k + 1], k + 1))
    return t


@program(X4)
def forwards_and_backwards(xs):
    s = 0.0
    for i, (a, b) in enumerate(zip(xs, reversed(xs))):
        s += i * a * b**2
    return s


@program(X4)
def names_of_every_day(ys):
    xs = deque(ys, maxlen=3)
    xs.rotate(1)
    key = defaultdict(float)
    n = deque([1.0])
    for v in xs:
        key[v > 0] += v * v
        n.appendleft(v * n[0])
    return key[True] * n[0] + sum(xs)


@program((1.0, 2.0, 3.0, 4.0))
def change_a_slice(ys):
    xs = list(ys[1:])
    xs[0] = xs[1] * xs[2]
    return sum(xs)


@program([1.0, 2.0, 3.0], stage="stores")
def change_slices_from_each_on(ys):
    t = 0.0
    for k in range(3):
        xs = ys[k:]
        xs.append(t)
        xs[0] = xs[0] * xs[-1]
        t = t + sum(xs) ** 2
    return t


if hasattr(itertools, "batched"):

    @program([1.0, 2.0, 3.0, 4.0, 5.0])
    def batches(xs):
        return sum(math.prod(b) for b in itertools.batched(xs, 2))


@program(2.0, 3.0, stage="stores")
def containers_of_lists_that_change(x, y):
    a = [[x, y], [x * 2, 1.0]]
    b, c = list(a), sorted(a, key=lambda row: -row[0])
    b[0][0] = 5 * x
    c.append([y])
    both = a + list(tuple(b)[1:])
    both[-1][1] *= x
    named = dict({"all": a})
    named["all"][0][1] += y * y
    columns = [list(column) for column in zip(*a)]
    columns[0][1] *= 2
    return sum(map(sum, a)) * sum(map(sum, b)) + sum(map(sum, c)) * sum(map(sum, columns))


def joined(x, w, way):
    f = {"a": x}
    if way == 0:
        f = {**f, "w": w}
    elif way == 1:
        f.update([("w", w)])
    elif way == 2:
        f.update(w=w)
    elif way == 3:
        f |= {"w": w}
    else:
        f = f | {"w": w}
    f["w"] *= x
    return w.sum() + f["a"]


for number in (0, 2, 3, 4):
    program(2.0, np.ones(2), number, stage="stores", name=f"an_array_beside_numbers_{number}")(
        lambda x, v, way: joined(x, v * x, way)
    )


@program(2.0, 3.0, stage="stores")
def lists_in_order_that_change_later(x, y):
    rows = [[x, y], [x * y, 1.0]]
    turned = sorted(rows, key=lambda row: -row[0])
    turned[0][1] *= x
    rows.append(max([turned[1][0], y], [x, x]))
    return sum(map(math.prod, rows)) * turned[1][1]


@program(2.0, 3.0, stage="stores")
def the_largest_of_lists_changes(x, y):
    rows = [[x, y], [x * y, 1.0]]
    best = max(rows)
    best[1] *= x
    return rows[0][0] * rows[1][1]


@program(0.3, np.array([0.5, -1.2, 0.7, 2.0]))
def shuffled_by_every_generator(p, x):
    rng, old = np.random.default_rng(3), np.random.RandomState(4)
    random.seed(5)
    cards = [p * k for k in range(1, 6)]
    rows = np.outer(x, x + p)
    rng.shuffle(cards)
    random.shuffle(cards)
    old.shuffle(x)
    rng.shuffle(rows)
    return cards[0] * cards[1] + x @ np.arange(4.0) + rows[0] @ rows[2]


@program([0.2, 0.7, 0.4], [1.0, 2.5, 3.0])
def statistics_of_two_samples(xs, ys):
    return statistics.correlation(xs, ys) + statistics.covariance(xs, [1.0, 2.0, 4.0]) * statistics.covariance(ys, xs)


@program([3.0, 1.0, 2.0])
def one_generator_of_random(xs):
    rng = random.Random(3)
    cards, places, total = list(xs), list(range(3)), 0.0
    rng.shuffle(cards)
    rng.shuffle(places)
    for v in xs:
        total += rng.gauss(v, 0.1) * rng.random() + rng.uniform(0.0, v) * rng.randint(1, 3)
        if rng.random() < 0.5:
            total *= rng.choice([v, 2.0])
    return total + cards[0] * cards[1] + sum(k * xs[one] for k, one in enumerate(places)) + rng.sample(xs, 2)[1]


@program(np.array([0.1, 0.2]), 1.0, 5.0)
def pairs_of_a_value_and_a_point_in_order(start, a, b):
    def height(x):
        return (a - x[0]) ** 2 + b * (x[1] - x[0] ** 2) ** 2

    points = [(height(start), start)]
    for k in range(2):
        x = start.copy()
        x[k] += 0.3
        points.append((height(x), x))
    points.sort(key=lambda point: point[0])
    points[-1] = (height(points[-1][1] * 0.5), points[-1][1] * 0.5)
    value, x = min(points, key=lambda point: point[0])
    return value + x[0] - 2 * x[1]


def _first(items):
    return next(items)


@program(1.5, stage="hard")
def handed_out_before_they_change(x):
    a = np.arange(4.0) * x
    it = iter([a, a[::-1]])
    b = next(it)
    a[0] = x * x
    d = next(it)
    rows = [[x], [2 * x]]
    back = reversed(rows)
    last = next(back)
    rows[1].append(x * x)
    mapped = map(lambda q: q, [a, a * 2])
    c = _first(mapped)
    a[1] = x**3
    return b[0] + d[-1] * 3 + sum(last) * sum(next(back)) + c[1] + sum(np.sum(q) for q in mapped)


@program(1.5, stage="hard")
def mapped_after_they_have_changed(x):
    a = np.ones(2) * x
    late = [map][0](np.sin, [a, a * 2])
    a[0] = x**3
    return sum(np.sum(one) for one in late)
