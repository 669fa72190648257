"""What the combinations of names and changes share: the ways to a name, helpers, the choice, the check."""

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

    def kept(self):
        return self.a

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


def by_defaults(a):
    def given(q=a):
        return q

    return given()


def of_loops(a, v):
    b, c = v, a
    for _ in range(3):
        b, c = c, b
    return b


def grow(a, v):
    a[1:] += v[1:] * 2.0


def grow_reversed(a, v):
    grow(a[::-1], v)
"""

NAMES = """
b = a
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
b = None or a
c = [b := a]
c, *things = 1.0, a; b = things[0]
b = v; c = a; b, c = c, b
for b, c in zip([a], [1.0]): pass
for c, b in {"a": a}.items(): pass
b = a if x == x else v
b = x == x and a
b = list({"k": a}.values())[0]
b = next(iter({"k": a}.values()))
b = list(reversed([a]))[0]
b = list(itertools.chain([a], [v]))[0]
b = next(c for c in [a])
b = operator.itemgetter(0)([a])
b = operator.attrgetter("a")(Box(a))
b = vars(Box(a))["a"]
b = types.SimpleNamespace(a=a).a
box = Box(v); setattr(box, "a", a); b = box.a
box = Box(v); box.a = a; b = box.a
b = getattr(Box(v), "missing", a)
b = {}.get("k", a)
b = {"k": v, "l": a}.pop("l")
b = Writer(a).kept()
kept = Writer(a).kept; b = kept()
b = functools.partial(keyword, a=a)()
b = [None, same][1](a)
b = list(range(2)); b[1] = a; b = b[1]
b = v; b = a
b, *rest = [a, v]
*rest, b = [v, a]
(b, c), d = [a, v], v
for k in range(2): b = a
for b in [v, a]: pass
for k, b in enumerate([v, a]): pass
b = [v, v]; b[0] = b[1] = a; b = b[0]
b = entered(contextlib.nullcontext(a))
b = by_defaults(a)
b = of_loops(a, v)
""".strip().splitlines()


def place(title):
    """A number that a combination has by its text."""
    return zlib.crc32(title.encode())


def chosen(titles, one_in, full=1):
    """Those to run, of combinations by their titles; others, or one in `full` of them, with `pytest --full` alone."""
    return [
        pytest.param(*case, id=title, marks=() if place(title) % one_in == 0 else pytest.mark.full)
        for title, case in titles.items()
        if place(title) % full == 0
    ]


def function(lines):
    return "\n\ndef f(x, y, v, w, m):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def assert_right_or_refused(text, *others):
    finding = check(text, 5, ("forward",))
    assert finding.kind in ("right", "refused", *others), f"{finding.kind}: {finding.where}\n{finding.detail}"
