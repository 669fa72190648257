"""Random small expressions that say in which order they are evaluated: a source of chance in, a text out."""

NAMES = ("n", "k", "j")


def write_values(chance):
    """A function of one integer that assigns a few random expressions."""
    lines = ["def f(n):", "    k, j, xs = n, 2, [n, 1, 2]"]
    for _ in range(chance.randint(1, 4)):
        lines.append("    " + _statement(chance))
    return "\n".join([*lines, "    return n, k, j, xs", ""])


def _statement(chance):
    value = _value(chance, 0)
    return chance.choice(
        [
            f"k = {value}",
            f"say({value})",
            f"xs[{_small(chance)}] = {value}",
            f"xs[{_small(chance)}] += {_number(chance, 1)}",
            f"k, j = {value}, {_value(chance, 1)}",
            f"j, xs[0], *k = [{value}, n, {_value(chance, 1)}]",
            f"j = k = {value}",
            f"k += {_number(chance, 1)}",
            f"if {value}: k = {_value(chance, 1)}",
            f"for j in [{value}, {_value(chance, 1)}]: say(j)",
            f"assert {value}, {_value(chance, 1)}",
            f"xs.append({value})",
        ]
    )


def _small(chance):
    return chance.choice(["0", "1", "say(1)", "-1", "(j := 0)"])


def _number(chance, depth):
    """An expression whose value is a number, most of the time."""
    if depth > 3:
        return chance.choice([*NAMES, str(chance.randint(0, 3)), "-1"])
    a, b = (_number(chance, depth + 1) for _ in range(2))
    return chance.choice(
        [
            a,
            f"say({a})",
            f"say({a})",
            f"({a} + {b})",
            f"({a} - {b})",
            f"(-{a})",
            f"({a} < {b})",
            f"(j := {a})",
            f"(k := {b})",
            f"({a} if {b} else n)",
            f"({a} and {b})",
            f"({a} or {b})",
            f"xs[{_small(chance)}]",
            f"len([{a}, {b}])",
            f"sum(say(i) + {a} for i in xs if i > {b})",
            f"(lambda i={a}: i + n)()",
            f"max({a}, *[{b}, 1])",
            f"any(say(i) < {a} for i in xs if {b})",
            f"({a} < say({b}) <= n)",
            f"(say({a}) < say({b}) < say(3) != j)",
        ]
    )


def _value(chance, depth):
    if depth > 2:
        return _number(chance, depth)
    a, b, c = (_value(chance, depth + 1) for _ in range(3))
    return chance.choice(
        [
            _number(chance, depth),
            f"({a}, {b})",
            f"[{a}, *[{b}], {c}]",
            f"{{{_number(chance, 1)}: {a}, 'x': {b}}}",
            f"({a} and {b} or {c})",
            f"({a} if {b} else {c})",
            f"(not {a})",
            f"say({a}, {b})",
            f"[say(i, {a}, {b}) for i in xs if {c}]",
            f"{{i: {a} for i in range(2)}}",
            f"[(i, {a}) for i in [xs] for i in i]",
            f"(k := {a})",
            f"[{a}, {b}, n][{_small(chance)}]",
            f"f'{{{_number(chance, 2)}}}{{k!r:>4}}{{{_number(chance, 2)}}}'",
            f"dict(a={a}, **{{'b': {b}}})",
            f"next(({a} for i in xs if {b}), {c})",
            f"all({a} for i in say(xs) for m in xs if {b})",
        ]
    )
