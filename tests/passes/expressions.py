"""Expressions: order of evaluation, short circuit, walrus, calls, subscripts, f-strings."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import math

import numpy as np
from passes import Point, Talking, on, say

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
