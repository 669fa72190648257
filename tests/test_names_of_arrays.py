"""An array under every name that Python can give it, changed in every way through one name and read through the other.

Nothing may be silently wrong: a program is right by the oracles of the fuzzer, or refused.
"""

import textwrap
import zlib

import pytest
from fuzzing.checking import check

HELPERS = """
import collections, contextlib, copy, dataclasses, functools, itertools, operator, types, typing
from dataclasses import dataclass

import numpy as np


class Box:
    def __init__(self, a):
        self.a = a


class Slots:
    __slots__ = ("a",)

    def __init__(self, a):
        self.a = a


class Property:
    def __init__(self, a):
        self._a = a

    @property
    def a(self):
        return self._a


class Items:
    def __init__(self, a):
        self.by_name = {"a": a}

    def __getitem__(self, key):
        return self.by_name[key]

    def __call__(self):
        return self.by_name["a"]

    def __iter__(self):
        yield self.by_name["a"]

    def __enter__(self):
        return self.by_name["a"]

    def __exit__(self, *what):
        return False


@dataclass
class Struct:
    a: typing.Any


class Pair(typing.NamedTuple):
    a: typing.Any
    b: typing.Any = 1.0


class Carried(Exception):
    pass


class Writer:
    def __init__(self, a):
        self.a = a

    def write(self, v):
        self.a[0] = v[1] * 3.0


def same(a):
    return a


def first(things):
    return things[0]


def two(a):
    return 1.0, a


def keyword(**given):
    return given["a"]


def star(*given):
    return given[0]


def captured(a):
    def inner():
        return a

    return inner


def handed(a):
    yield a


def entered(context):
    with context as a:
        return a


def recursive(a, n):
    return a if n == 0 else recursive(a, n - 1)


def caught(a):
    try:
        raise Carried(a)
    except Carried as error:
        return error.args[0]


def at_last(a):
    try:
        return a
    finally:
        b = 1.0


def matched(thing):
    match thing:
        case ("k", a):
            return a
        case Struct(a=a):
            return a


def bound_inside(a):
    b = 0.0

    def bind():
        nonlocal b
        b = a

    bind()
    return b


def grow(a, v):
    a[1:] += v[1:] * 2.0


def grow_reversed(a, v):
    grow(a[::-1], v)
"""

NAMES = """
b = a
b = a[:]
b = a[...]
b = a.reshape(4)
b = np.ravel(a)
b = a.T
b = np.asarray(a)
b = np.atleast_1d(a)
b = np.require(a)
b = np.ascontiguousarray(a)
b = a.view()
b = a.real
b = a[::-1][::-1]
b = np.expand_dims(a, 0)[0]
b = np.split(a, 1)[0]
b = np.nan_to_num(a, copy=False)
b = np.trim_zeros(a)
b = np.einsum("i->i", a)
b = np.meshgrid(a)[0]
b = np.meshgrid(a, copy=False)[0]
b = a.conj()
b = a.squeeze()
b = a.astype(float, copy=False)
b = [a][0]
b = (a, 1.0)[0]
b = {"a": a}.get("a")
b = [a].pop()
things = []; things.append(a); b = things[0]
things = []; things += [a]; b = things[0]
things = [1.0]; things.insert(0, a); b = things[0]
things = [1.0, 2.0]; things[0:1] = [a]; b = things[0]
things = {}; things.update(a=a); b = things["a"]
things = {}; b = things.setdefault("a", a)
things = collections.deque([a]); b = things[0]
things = collections.defaultdict(list); things["a"].append(a); b = things["a"][0]
things = [[a]]; b = things[0][0]
b = Box(a).a
b = Slots(a).a
b = Property(a).a
b = Items(a)["a"]
b = Items(a)()
b = list(Items(a))[0]
b = entered(Items(a))
b = Struct(a).a
b = dataclasses.replace(Struct(0.0), a=a).a
b = Pair(0.0)._replace(a=a).a
b = Pair(a)._asdict()["a"]
b = getattr(Box(a), "a")
b = (lambda: a)()
b = (lambda q=a: q)()
b = captured(a)()
b = functools.partial(same, a)()
b = bound_inside(a)
b = same(a)
b = first([a])
b = two(a)[1]
c, b = two(a)
b = keyword(a=a)
b = keyword(**{"a": a})
b = star(*[a])
b = recursive(a, 2)
b = caught(a)
b = at_last(a)
b = matched(("k", a))
b = matched(Struct(a))
b = next(iter([a]))
b = next(handed(a))
b = list(map(same, [a]))[0]
b = list(zip([a], [1.0]))[0][0]
b = list(enumerate([a]))[0][1]
b = tuple([a])[0]
b = [c for c in [a]][0]
b = {k: c for k, c in [("a", a)]}["a"]
b = copy.copy([a])[0]
b = {"a": a}.copy()["a"]
b = ([1.0] + [a])[1]
b = ([a] * 2)[1]
b = [*[a]][0]
b = {**{"a": a}}["a"]
b = sorted([(1, a), (0, None)], key=lambda p: p[0])[1][1]
b = functools.reduce(lambda c, d: d, [None, a])
b = a if x > 0 else v * 2.0
b = None or a
c = [b := a]
c, *things = 1.0, a; b = things[0]
b = np.zeros(4); c = a; b, c = c, b
for b, c in zip([a], [1.0]): pass
for c, b in {"a": a}.items(): pass
for b in a.reshape(1, 4): pass
things = [row for row in a.reshape(1, 4)]; b = things[0]
""".strip().splitlines()

STORES = """
{0}[...] = v * 3.0
{0}[:] = v[::-1] * 2.0
{0} += v
{0}[0] = v[1] * 3.0
{0}[1:] *= v[:-1]
{0}[1:3][0] = v[2] * 2.0
{0}[v > 0] = x * 2.0
{0}[[0, 2]] = v[:2]
{0}[...] = {0}[::-1]
{0}[0], {0}[1] = {0}[1], {0}[0]
np.multiply({0}, v, out={0}, where=v > 0)
np.copyto({0}, v * 2.0)
np.put({0}, [0], x * 2.0)
np.add.at({0}, [0, 0, 1], v[:3])
{0}.fill(x * 2.0)
{0}.sort()
{0}.partition(1)
{0}.flat[1] = x * 2.0
{0}.__iadd__(v)
{0}.__setitem__(0, x * 2.0)
operator.setitem({0}, 0, x * 2.0)
(lambda q: q.__setitem__(0, x * 2.0))({0})
grow({0}, v)
grow_reversed({0}, v)
Writer({0}).write(v)
for k in range(4): {0}[k] = {0}[k - 1] * v[k]
if x > 0: {0}[0] = x * y
{0} *= v; {0}[1] = 3.0
{0} += x; {0}[0] = x * y
""".strip().splitlines()

CASES = [(name, store, changed) for name in NAMES for store in STORES for changed in ("a", "b")]


def cases(one_in, full=1):
    """A choice of the cases, by their text; others, or one in `full` of them, with `pytest --full` alone."""
    found = []
    for name, store, changed in CASES:
        title = f"{name} | {store.format(changed)}"
        place = zlib.crc32(title.encode())
        if place % full == 0:
            marks = () if place % one_in == 0 else pytest.mark.full
            found.append(pytest.param(name, store, changed, id=title, marks=marks))
    return found


def written(name, store, changed):
    return program("v * 1.5 + y", name, store, changed, f"np.sum({changed} * w[0])")


def program(made, name, store, changed, more):
    lines = [f"a = {made}", *name.split("; "), *store.format(changed).splitlines()]
    read = "b" if changed == "a" else "a"
    lines += [f"return np.sum({read} ** 2 * v) + {more}"]
    return HELPERS + "\n\ndef f(x, y, v, w, m):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def assert_right_or_refused(text):
    finding = check(text, 5, ("forward",))
    assert finding.kind in ("right", "refused"), f"{finding.kind}: {finding.where}\n{finding.detail}"


@pytest.mark.parametrize(("name", "store", "changed"), cases(40))
def test_store_is_seen_through_the_other_name(name, store, changed):
    assert_right_or_refused(written(name, store, changed))


@pytest.mark.parametrize(("name", "store", "changed"), cases(64, 8))
def test_store_in_what_is_not_known(name, store, changed):
    """Nothing says while deriving that it is an array, and nobody reads it by the name that it was changed by."""
    assert_right_or_refused(program('[None, v * 1.5 + y, "k"][1]', name, store, changed, "y"))
