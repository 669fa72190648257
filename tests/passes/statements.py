"""Statements: targets, augmented assignment, del, assert, scopes, nested functions, with, try, match."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import contextlib
import functools
from collections import OrderedDict, deque

import numpy as np
from passes import Point, Talking, fail, on, say, swallowing

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


@on(*TWO)
def with_targets(a, b):
    with contextlib.nullcontext((a, b)) as (x, y), contextlib.nullcontext(say(x)) as z:
        say(x, y, z)
    with Talking("one"), Talking("two") as two:
        say(two)
    p = Point(0)
    with contextlib.nullcontext(a) as p.x:
        pass
    return p


@on("1", "0")
def with_raises(n):
    x = "before"
    with swallowing() as how:
        x = [how, 1 / n, fail(n)]
    say(x)
    with Talking("b"):
        1 / n
    return x


@on("0", "1", "2", "3")
def try_blocks(n):
    try:
        say("body")
        x = [1, 2][n]
        if n == 1:
            raise KeyError("key") from None
    except IndexError as error:
        say(type(error).__name__)
        x = -1
    except (KeyError, ValueError) as error:
        say(str(error), error.__cause__)
        if n == 3:
            raise
        x = 5
    else:
        say("else")
    finally:
        say("finally")
    return x


@on("0", "1")
def raise_from(n):
    try:
        1 / n
    except ZeroDivisionError as error:
        raise ValueError(say("why")) from error
    raise RuntimeError


@on("0", "1", "2")
def nested_try(n):
    for _ in range(2):
        try:
            try:
                fail(n) if n else say("fine")
            finally:
                say("inner")
        except ValueError as error:
            if n == 2:
                raise
            say(error.args)
    return n


@on("0", "1")
def exception_groups(n):
    try:
        if n:
            raise ExceptionGroup("group", [ValueError(1), KeyError(2)])
    except* ValueError as group:
        say(len(group.exceptions))
    except* KeyError:
        say("key")
    return n


COUNT = 0


@on(*TWO)
def global_state(a, b):
    say("start")
    if a:
        global COUNT
        COUNT = a
    COUNT = b + COUNT
    return COUNT


@on(*TWO)
def nested_functions(a, b):
    total = 0

    def add(x, /, y=say(a) + 1, *, z=b):
        nonlocal total
        if x > 2:
            return [i for i in range(x)]
        total += x + y + z
        return total

    add(1)
    add(1, 2, z=3)
    return add(3), total


@on(*TWO)
def decorated(a, b):
    @functools.lru_cache(maxsize=say(2))
    @functools.wraps(len)
    def inner(x: int, y: "float" = say(b)) -> int:
        say("run")
        return x + y

    return inner(a), inner(a), inner.__name__


@on("0", "4")
def recursive(n):
    def fib(k):
        return k if k < 2 else fib(k - 1) + fib(k - 2)

    return fib(n)


@on(*TWO)
def imports(a, b):
    import math as m
    from os.path import basename, join

    return m.hypot(a, b), basename(join("a", "b"))


VALUES = ("0", "1", "-1", "'text'", "None", "True", "2.5", "[]", "[1]", "[1, 2]", "[1, [2, 3]]", "[1, 2, 3, 4]",
          "(1, 2, 3)", "{}", "{'a': 1}", "{'a': 1, 'b': 2, 'c': [3]}", "Point(1, 2)", "Point(0, 0)",
          "Point(Point(1, 2), [3])", "deque([1, 2, 3])", "range(3)", "b'xy'")


@on(*VALUES)
def match_values(x):
    match x:
        case 0:
            return "zero"
        case 1 | -1 | "text":
            return "some"
        case None | True:
            return "single"
        case 2.5:
            say("float")
    return "end"


@on(*VALUES)
def match_captures(x):
    match say(x):
        case int() as n if n > 0:
            y = n
        case int(n) | float(n):
            y = -n
        case str(x) if say(x) == "nothing":
            y = 1
        case y:
            say("any")
    return x, y


@on(*VALUES)
def match_sequences(x):
    match x:
        case []:
            return "empty"
        case [1]:
            return "one"
        case [a, [b, *c]]:
            return a, b, c
        case [1, b] | (b, 1):
            return "pair", b
        case [_, *middle, 3]:
            return "three", middle
        case [first, *_, last] if first == last:
            return "same"
        case (*all,):
            return all
        case _:
            return "no sequence"


@on(*VALUES)
def match_mappings(x):
    match x:
        case {"a": 1, **rest} if rest:
            say(rest)
            return "rest", rest
        case {"b": value} | {"a": value}:
            return value
        case {}:
            return "mapping"
    return x


@on(*VALUES)
def match_classes(x):
    match x:
        case Point(x=0, y=0):
            return "origin"
        case Point(Point(a, b), [c]):
            return a, b, c
        case Point(a, y=b) as p if say(a) == 1:
            return p, a, b
        case bool():
            return "bool"
        case deque() | OrderedDict():
            return "collections"
        case Point(z=_):
            return "never"
        case str(text):
            return text
    return "other"


@on(*VALUES)
def match_in_loop(x):
    for k in (1, 2):
        match (x, k):
            case (0, _):
                continue
            case ([*_], 1):
                break
            case (Point(), 2):
                return "point"
            case (_, 2) if k > 1:
                say(k)
        say("after", k)
    else:
        return "else"
    return "broke"


@on("1, 2", "1, 'x'", "[1, 2], 3")
def match_two(a, b):
    match a, b:
        case int(x), int(y):
            return x + y
        case (x, _), y:
            x, y = y, x
            return x, y
        case unmatched:
            return unmatched


@on("1", "2")
def match_failed_guard_keeps(x):
    y = "before"
    match x:
        case y if y > 1:
            pass
    return y
