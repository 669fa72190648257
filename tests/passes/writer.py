"""Random small programs of loops, branches and exits: a source of chance in, a function's text out."""

COMPOUND = ("if", "if", "if", "for", "for", "while", "with", "swallow", "try", "match")


def write(chance):
    """A function of one integer that says what it does and always ends."""
    body = _block(chance, depth=0, loops=0, indent=1)
    return "def f(n):\n    k = 0\n" + body + "    say('end')\n" + chance.choice(["", "    return k\n"])


def _block(chance, depth, loops, indent):
    lines = [
        _statement(chance, depth, loops, indent) for _ in range(chance.randint(1, 4 if depth < 2 else 2))
    ]
    return "".join(lines)


def _statement(chance, depth, loops, indent):
    if depth < 4 and chance.random() < 0.55:
        kind = chance.choice(COMPOUND)
        return WRITERS[kind](chance, depth + 1, loops, indent)
    return "    " * indent + _simple(chance, loops) + "\n"


def _simple(chance, loops):
    exits = ["return say(k)", "return", "return 7", "raise ValueError(k)", "fail(k)"]
    if loops:
        exits += ["break", "continue"] * 4
    if chance.random() < 0.3:
        return chance.choice(exits)
    return chance.choice(
        [
            "k += 1",
            f"say({chance.randint(0, 9)}, k)",
            "k = k * 2 % 7",
            "k = say(k) + n",
            "k = k if say(n) > 1 and k else k + 1",
            "k = sum(say(i) for i in range(k % 3))",
            "k = any(say(i) == n for i in range(3)) + k",
        ]
    )


def _test(chance):
    return chance.choice(
        [
            "k > n",
            "say(n) == 2",
            f"k % {chance.randint(2, 3)} == 0",
            "n < 2 or say(k) > 3",
            "not say(k)",
            "0 < say(k) < 3",
            "(j := k + 1) > 2",
            "True" if chance.random() < 0.1 else "n",
        ]
    )


def _pad(indent, text):
    return "    " * indent + text + "\n"


def _if(chance, depth, loops, indent):
    text = _pad(indent, f"if {_test(chance)}:") + _block(chance, depth, loops, indent + 1)
    if chance.random() < 0.3:
        text += _pad(indent, f"elif {_test(chance)}:") + _block(chance, depth, loops, indent + 1)
    if chance.random() < 0.5:
        text += _pad(indent, "else:") + _block(chance, depth, loops, indent + 1)
    return text


def _for(chance, depth, loops, indent):
    text = _pad(indent, f"for i{depth} in range({chance.randint(1, 3)}):") + _block(
        chance, depth, loops + 1, indent + 1
    )
    return text + _else(chance, depth, loops, indent)


def _while(chance, depth, loops, indent):
    """A counter ends the loop: it counts first of all, so that no continue can miss it."""
    counter = f"c{depth}_{chance.randint(0, 999)}"
    test = chance.choice([f"{counter} < 3", f"{counter} < 2 and say({counter}) < 2", f"say({counter}) < 3"])
    text = (
        _pad(indent, f"{counter} = 0") + _pad(indent, f"while {test}:") + _pad(indent + 1, f"{counter} += 1")
    )
    return text + _block(chance, depth, loops + 1, indent + 1) + _else(chance, depth, loops, indent)


def _else(chance, depth, loops, indent):
    if chance.random() < 0.5:
        return ""
    return _pad(indent, "else:") + _block(chance, depth, loops, indent + 1)


def _with(chance, depth, loops, indent):
    return _pad(indent, "with Talking(k) as w:") + _block(chance, depth, loops, indent + 1)


def _swallow(chance, depth, loops, indent):
    return _pad(indent, "with swallowing():") + _block(chance, depth, loops, indent + 1)


def _try(chance, depth, loops, indent):
    text = _pad(indent, "try:") + _block(chance, depth, loops, indent + 1)
    text += _pad(indent, "except ValueError as error:") + _block(chance, depth, loops, indent + 1)
    if chance.random() < 0.5:
        text += _pad(indent, "else:") + _block(chance, depth, loops, indent + 1)
    if chance.random() < 0.4:
        text += _pad(indent, "finally:") + _pad(indent + 1, "say('finally', k)")
    return text


def _match(chance, depth, loops, indent):
    text = _pad(indent, "match k:")
    for pattern in chance.sample(["0 | 1", "2", "int(m) if m > n", "[a, *b]", "m if say(m) > 2"], 2):
        text += _pad(indent + 1, f"case {pattern}:") + _block(chance, depth, loops, indent + 2)
    return text


WRITERS = {
    "if": _if,
    "for": _for,
    "while": _while,
    "with": _with,
    "swallow": _swallow,
    "try": _try,
    "match": _match,
}
