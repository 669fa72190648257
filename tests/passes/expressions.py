"""Expressions: order of evaluation, short circuit, comprehensions, generators, lambdas, f-strings, walrus."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import math

import numpy as np
from passes import Point, Talking, fail, on, say

TWO = ("0, 0", "1, 0", "0, 2", "3, 4", "-1, 2")
STEP = 2


@on(*TWO)
def arithmetic(a, b):
    return -a + b * (a - 2) ** 2 - ~b // 3 + (a << 1) | b


@on(*TWO)
def order_of_calls(a, b):
    return say(a) + say(b) * say(3) - say(say(4) - say(5))


@on(*TWO)
def short_circuit(a, b):
    return say(a) and say(b) or say(7)


@on(*TWO)
def long_and(a, b):
    return (say(1) and say(2) and say(3) and say(4) and say(5) and say(6) and say(7) and say(a) and say(b)
            and say(9) and say(10))


@on(*TWO)
def long_or(a, b):
    return say(0) or say("") or say(a) or say([]) or say(None) or say(()) or say(b) or say(0.0) or say({}) or "x"


@on(*TWO)
def nested_choice(a, b):
    return not (a and not b) or (a or b) and (say(a) if b else say(b))


@on(*TWO)
def conditional(a, b):
    y = say("yes") if say(a) > 0 else (say("no") if b else say("never"))
    return y


@on(*TWO)
def conditional_keeps(a, b):
    b = (b or a) if a else (b and a)
    return b


@on(*TWO)
def chained(a, b):
    return say(-1) < say(a) <= say(b) < say(3)


@on(*TWO)
def chained_mixed(a, b):
    return a < b != 0 in (a, b, 0, True) is not None


@on(*TWO)
def chained_in_if(a, b):
    if 0 <= say(a) < say(b):
        return "in"
    return "out"


@on("Talking('a'), Talking('b', False)", "Talking('a', False), Talking('b')")
def truth_asked(a, b):
    x = not a
    y = a or b
    return x, y


@on(*TWO)
def walrus(a, b):
    y = (x := say(a) + 1) + (x := x * 2) + x
    return x, y


@on(*TWO)
def walrus_rebinds(a, b):
    y = a + (a := b) * a
    z = [a, (a := 7), a]
    w = say(a, (a := 8), a)
    return a, y, z, w


@on(*TWO)
def walrus_in_condition(a, b):
    if (c := a + b) > 2 and (d := c * 2) > 5:
        return c, d
    return c


@on("[1, 2, 3]", "[]", "[0, -1, 5]")
def walrus_in_comprehension(xs):
    ys = [last := x * 2 for x in xs if (half := x / 2) > 0]
    if ys:
        return ys, last, half
    return ys


@on(*TWO)
def starred_call(a, b):
    xs = (a, b)
    d = {"sep": "", "end": "."}
    return say(*xs, say(3), *[say(4), 5]), dict(**d, x=say(b), **{"y": say(a)}), max(*xs, *xs)


@on(*TWO)
def starred_displays(a, b):
    xs = [a, b]
    return [*xs, say(1), *xs], (*xs,), {*xs, 3}, {**{"a": a}, "b": say(b), **{"a": 1}}


@on(*TWO)
def starred_before_change(a, b):
    xs = [a]
    return [*xs, xs.append(b), *xs]


@on(*TWO)
def keywords(a, b):
    def inner(x, /, y, *rest, z=3, **more):
        return say((x, y, rest, z, sorted(more.items())))

    return inner(a, b), inner(a, y=say(b), z=say(1), w=say(2)), inner(1, 2, 3, *[4], k=b)


@on(*TWO)
def method_chains(a, b):
    return "-".join(str(x) for x in [a, b]).replace("-", "+").split("+")[0].strip()


@on(*TWO)
def subscripts(a, b):
    xs = [[a, b], [b, a], [1, 2]]
    xs[say(0)][say(1)] = say(9)
    return xs[1][0], xs[say(1):], xs[:2][::-1], xs[-1][-1]


@on(*TWO)
def array_indexing(a, b):
    x = np.arange(24.0).reshape(2, 3, 4)
    x[0, say(1), :] = a
    x[..., -1] += b
    x[:, None, 1:3][1] *= 2
    return x[1, :2, ::2].tolist(), x[..., say(1)].sum(), x[(0, 1), (1, 2)].tolist(), x[:, 1:][0, 1].tolist()


@on(*TWO)
def starred_index(a, b):
    x = np.arange(12.0).reshape(3, 4)
    i = (1, 2)
    return x[*i], x[*(0,), 1:2].tolist(), x[()].sum()


@on(*TWO)
def attribute_chains(a, b):
    p = Point(Point(a), b)
    p.x.y = say(5)
    p.x.x += p.x.y
    return p.x.x * p.y - p.x.bump(2) + p.x.x


@on(*TWO)
def load_before_call(a, b):
    p = Point(a, b)
    return p.x + p.bump(3) + p.x


@on(*TWO)
def f_strings(a, b):
    width = 8
    text = "x"
    return f"{a} and {b!r:>5}: {a + b:{width}.{2}f}|{text!s:^{width}}|{{}}{a=}{say(b):03d}"


@on(*TWO)
def f_string_order(a, b):
    one, two = Talking("one"), Talking("two")
    xs = [a]
    return f"{one:x}{two}{say(a)}{one:{say('spec')}}{xs}{xs.append(b)}{xs}"


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


@on(*TWO)
def operands_rebound(a, b):
    def change():
        nonlocal a
        a = 100
        return say(b)

    y = a + change() * a
    a += change()
    return y, a, [a, change(), a]


@on(*TWO)
def state_replaced(a, b):
    p = Point({"v": a})

    def step(value):
        p.x = {"v": value}
        return {"w": value}

    p.x.update(step(b))
    return p.x


@on(*TWO)
def global_read(a, b):
    return STEP * a + math.pi * b + np.linalg.norm([a, b]) + np.float64(a).real


@on("{'a': 1}, 2", "{}, 2")
def missing_key(d, b):
    return d["a"] + say(b)


@on(*TWO)
def division(a, b):
    return say(a) / say(b)


@on(*TWO)
def sets_and_types(a, b):
    x: float = a
    y: int
    z: list[int] = [b]
    z[0]: int = 4
    return {a, b, x}, z, a in z, b not in z, a is b, type(a) is int


@on(*TWO)
def unary(a, b):
    return -1, -a, +b, not a, ~b, -(-1), -1 ** 2, (-1) ** 2, 2 ** -1


@on(*TWO)
def deep(a, b):
    return max(say(max(say(a), max(b, min(say(1), say(b))))), abs(-(a - (b - (a - (b - 1))))))


@on(*TWO)
def constants(a, b):
    "Documentation."
    ...
    "not documentation"
    3
    a
    a + b
    say(a) and say(b)
    return None, True, ..., b"x", 1j, 1e10, "tex" "t"


@on("1")
def unbound(x):
    del x
    return x


@on("(1, 2)", "(1, 2, 3)", "()", "5")
def unpack_errors(x):
    a, b = x
    return b, a
