"""Writing random programs: each is a function f(x, y, v, w, m), and the functions that it calls."""

from __future__ import annotations

import random
import re

from fuzzing import grammar

ARGUMENTS = {"x": "f", "y": "f", "v": "v4", "w": "v4", "m": "m"}
SLICES = {
    4: {"1:3": 2, ":2": 2, "2:": 2, "1:": 3, ":-1": 3, "::2": 2, "1::2": 2, ":": 4, "::-1": 4, "2::-1": 3},
    3: {"1:": 2, ":-1": 2, ":": 3, "::-1": 3, "::2": 2},
    2: {":": 2, "::-1": 2},
}
INDENT = "    "


class Impossible(Exception):
    """A template asks for what is not in scope."""


class Writer:
    """Writes the body of one function, and keeps the kind of each name in scope."""

    def __init__(
        self, rng: random.Random, names: dict, functions: dict, counter: list, level: int = 1
    ) -> None:
        self.rng, self.functions, self.counter, self.level = rng, functions, counter, level
        self.names = dict(names)  # name -> kind: f, v<length>, m, l, g, d, h, n, o, i<bound>
        self.own = set(names)  # what may be assigned here
        self.lines: list[str] = []
        self.loops = 0
        self.result = "f"

    # --- names

    def fresh(self, stem: str) -> str:
        self.counter[0] += 1
        return f"{stem}{self.counter[0]}"

    def named(self, kind: str, own: bool = False) -> str:
        found = [n for n, k in self.names.items() if k == kind and (n in self.own or not own)]
        if not found:
            raise Impossible
        return self.rng.choice(found[-6:] if self.rng.random() < 0.6 else found)

    def length(self) -> int:
        found = [int(k[1:]) for k in self.names.values() if k[0] == "v"]
        if not found:
            raise Impossible
        return self.rng.choice(found)

    # --- expressions

    def expression(self, templates: tuple, depth: int, n: int) -> str:
        for _ in range(30):
            try:
                return Filling(self, depth, n).filled(self.rng.choice(templates))
            except Impossible:
                continue
        raise Impossible

    def float(self, depth: int, n: int = 4) -> str:
        if depth <= 0 or self.rng.random() < 0.3:
            return self.atom()
        return self.parted(self.expression(grammar.FLOATS, depth, n))

    def array(self, depth: int, n: int) -> str:
        if depth <= 0 or self.rng.random() < 0.3:
            try:
                return self.named(f"v{n}")
            except Impossible:
                return f"np.ones({n})"
        return self.parted(self.expression(grammar.ARRAYS, depth, n))

    def atom(self) -> str:
        if self.rng.random() < 0.15:
            return str(self.rng.choice((0.5, 1.5, -0.7, 2, 3.0)))
        try:
            return self.named("f")
        except Impossible:
            return "1.25"

    def parted(self, text: str) -> str:
        whole = re.fullmatch(r"[\w.\[\]]+(\([^()]*\))?|\([^()]*\)", text)
        return text if whole else f"({text})"

    def called(self, gives: str, depth: int) -> str:
        found = [name for name, (_, result) in self.functions.items() if result == gives]
        if not found:
            raise Impossible
        name = self.rng.choice(found)
        given = [self.argument(kind, depth - 1) for kind in self.functions[name][0]]
        if name.startswith("helper") and self.rng.random() < 0.2:
            given[-1] = f"p{len(given) - 1}={given[-1]}"
        return f"{name}({', '.join(given)})"

    def argument(self, kind: str, depth: int) -> str:
        if kind == "f":
            return self.float(depth)
        if kind[0] != "v":
            return self.named(kind)
        n = int(kind[1:])
        if self.rng.random() < 0.3:
            cuts = [(cut, k) for k in SLICES for cut, length in SLICES[k].items() if length == n]
            cut, k = self.rng.choice(cuts)
            return f"{self.named(f'v{k}')}[{cut}]"
        return self.named(kind) if self.rng.random() < 0.7 else self.array(depth, n)

    def function(self, depth: int) -> str:
        """A function of a float: one of those within, one of a library, a lambda."""
        found = [name for name, (kinds, result) in self.functions.items() if (kinds, result) == (("f",), "f")]
        parameter = self.fresh("t")
        made = f"lambda {parameter}: {parameter} * {self.float(depth - 1)}"
        return self.rng.choice([*found, *found, "math.sin", "np.tanh", made])

    # --- statements

    def line(self, text: str) -> None:
        self.lines.append(INDENT * self.level + text)

    def block(self, header: str, size: int, names: dict | None = None) -> None:
        """A header and statements under it; the names that they make are gone after it."""
        self.line(header)
        saved, own = dict(self.names), set(self.own)
        self.names |= names or {}
        self.level += 1
        self.statements(max(1, size))
        self.level -= 1
        self.names, self.own = saved, own

    def statements(self, count: int) -> None:
        for _ in range(count):
            self.statement(count)

    def statement(self, size: int) -> None:
        compound = self.level < 4 and self.rng.random() < 0.28
        for _ in range(30):
            before = len(self.lines), dict(self.names), set(self.own), self.level, self.loops
            try:
                if compound:
                    self.rng.choice(COMPOUND)(self, max(1, size // 2))
                else:
                    self.simple()
                return
            except Impossible:
                count, self.names, self.own, self.level, self.loops = before
                del self.lines[count:]
        self.line("pass")

    def simple(self) -> None:
        filling = Filling(self, self.rng.choice((1, 1, 2)), self.length())
        self.line(filling.filled(self.rng.choice(grammar.STATEMENTS)))
        self.keep(filling.made)

    def keep(self, made: dict) -> None:
        self.names |= made
        self.own |= set(made)

    def condition(self) -> str:
        return self.expression(grammar.CONDITIONS, 1, self.length())

    def answer(self) -> str:
        """What is returned: something of what is in scope, each element weighted by its place."""
        if self.result != "f":
            return self.array(2, int(self.result[1:]))
        names = [name for name, kind in self.names.items() if kind[0] in "fvmlgdhno"]
        chosen = self.rng.sample(names, min(len(names), self.rng.choice((1, 2, 3, 4))))
        return " + ".join(weighed(name, self.names[name]) for name in chosen) or "x"


def weighed(name: str, kind: str) -> str:
    if kind[0] == "v":
        return f"{name} @ np.arange(1.0, {int(kind[1:]) + 1}.0)"
    return {
        "f": name,
        "m": f"np.sum({name} * np.arange(12.0).reshape(3, 4))",
        "l": f"sum({name}) * {name}[0]",
        "g": f"np.sum({name}[0] * {name}[-1])",
        "d": f'{name}["p"] * {name}["q"]',
        "h": f"{name}['u'] @ {name}['k']",
        "n": f"{name} * 0.5",
        "o": f"{name}.slope * {name}.values[1]",
        "r": f"{name}[0].slope * {name}[1].values[2]",
    }[kind]


class Filling:
    """One template being filled: what is chosen once holds for all of it."""

    def __init__(self, writer: Writer, depth: int, n: int) -> None:
        self.writer, self.depth, self.n = writer, depth, n
        self.made: dict = {}
        self.chosen: dict = {}

    def filled(self, template: str) -> str:
        text = template.replace("{{", "\0").replace("}}", "\1")
        text = re.sub(r"{(\w+)}", lambda field: self.field(field[1]), text)
        return text.replace("\0", "{").replace("\1", "}")

    def field(self, name: str) -> str:
        if name in ONCE:
            if name not in self.chosen:
                self.chosen[name] = self.choice(name)
            return self.chosen[name]
        return self.choice(name)

    def choice(self, name: str) -> str:
        if name.startswith("new_"):
            return self.new(name[4:])
        if name.startswith("call_"):
            return self.writer.called("f" if name == "call_f" else f"v{self.n}", self.depth)
        return FIELDS[name](self)

    def new(self, kind: str) -> str:
        known = {"v": f"v{self.n}", "p": f"v{self.chosen.get('part', self.n)}"}.get(kind, kind)
        name = self.writer.fresh(STEMS.get(kind, "a"))
        self.made[name] = known
        if kind == "p":
            self.field("cut")
            self.made[name] = f"v{self.chosen['part']}"
        return name

    def cut(self) -> str:
        text, self.chosen["part"] = self.writer.rng.choice(list(SLICES[self.n].items()))
        return text

    def index(self, n: int) -> str:
        rng = self.writer.rng
        ints = [k for k, kind in self.writer.names.items() if kind[0] == "i" and int(kind[1:]) <= n]
        return rng.choice(ints) if ints and rng.random() < 0.6 else str(rng.randrange(-n, n))

    def integer(self) -> str:
        ints = [name for name, kind in self.writer.names.items() if kind[0] == "i"]
        if not ints:
            raise Impossible
        return self.writer.rng.choice(ints)

    def longer(self) -> str:
        k = self.writer.rng.choice([k for k in SLICES if k > self.n] or [self.n])
        cuts = [cut for cut, length in SLICES[k].items() if length == self.n]
        return f"{self.writer.named(f'v{k}')}[{self.writer.rng.choice(cuts)}]"

    def picks(self) -> str:
        return str([self.writer.rng.randrange(self.n) for _ in range(self.n)])


STEMS = {
    "f": "s",
    "l": "items",
    "g": "group",
    "d": "table",
    "h": "arrays",
    "m": "mat",
    "n": "count",
    "o": "part",
    "r": "parts",
}
ONCE = {"one", "two", "cut", "S", "T", "A", "L", "D", "R", "Q", "H", "W", "new_v"}
FIELDS = {
    "f": lambda it: it.writer.float(it.depth - 1, it.n),
    "s": lambda it: it.writer.atom(),
    "c": lambda it: it.writer.condition(),
    "v": lambda it: it.writer.array(it.depth - 1, it.n),
    "v3": lambda it: it.writer.array(it.depth - 1, 3),
    "v4": lambda it: it.writer.array(it.depth - 1, 4),
    "p": lambda it: it.writer.array(it.depth - 1, it.chosen["part"]),
    "a": lambda it: it.writer.named(f"v{it.n}"),
    "a4": lambda it: it.writer.named("v4"),
    "A": lambda it: it.writer.named(f"v{it.n}"),
    "R": lambda it: it.writer.named(f"v{it.n}", own=True),
    "S": lambda it: it.writer.named("f", own=True),
    "T": lambda it: it.writer.named("f", own=True),
    "L": lambda it: it.writer.named("l"),
    "G": lambda it: it.writer.named("g"),
    "D": lambda it: it.writer.named("d"),
    "M": lambda it: it.writer.named("m"),
    "N": lambda it: it.writer.named("n"),
    "O": lambda it: it.writer.named("o"),
    "H": lambda it: it.writer.named("h"),
    "P": lambda it: it.writer.named("r"),
    "W": lambda it: it.writer.named("r", own=True),
    "Q": lambda it: it.writer.named(f"v{it.n}", own=True),
    "function": lambda it: it.writer.function(it.depth),
    "two": lambda it: it.writer.fresh("e"),
    "bit_or_two": lambda it: str(it.writer.rng.randrange(3)),
    "n": lambda it: str(it.n),
    "i": lambda it: it.index(it.n),
    "i4": lambda it: it.index(4),
    "row": lambda it: it.index(3),
    "column": lambda it: it.index(4),
    "bit": lambda it: it.index(2),
    "int": lambda it: it.integer(),
    "one": lambda it: it.writer.fresh("e"),
    "cut": Filling.cut,
    "picks": Filling.picks,
    "longer": Filling.longer,
    "floats": lambda it: ", ".join(it.writer.float(it.depth - 1, it.n) for _ in range(it.n)),
    "of_matrix": lambda it: it.writer.expression(grammar.OF_MATRIX[it.n], it.depth, it.n),
}


# --- statements that hold others


def branch(w: Writer, size: int) -> None:
    w.block(f"if {w.condition()}:", size)
    if w.rng.random() < 0.3:
        w.block(f"elif {w.condition()}:", size)
    if w.rng.random() < 0.5:
        w.block("else:", size)


def choice(w: Writer, size: int) -> None:
    """Each branch gives a value to the same new name."""
    kind = w.rng.choice(("f", f"v{w.length()}"))
    name = w.fresh("c")
    value = (lambda: w.float(2)) if kind == "f" else (lambda: w.array(2, int(kind[1:])))
    for header in (f"if {w.condition()}:", "else:"):
        w.block(header, size)
        w.line(INDENT + f"{name} = {value()}")
    w.keep({name: kind})


def counted(w: Writer, size: int) -> None:
    name, n = w.fresh("i"), w.rng.choice((2, 3, 4))
    header = w.rng.choice((f"range({n})", f"range({n})", f"range({n - 1}, -1, -1)", f"range(0, {n}, 2)"))
    in_loop(w, f"for {name} in {header}:", size, {name: f"i{n}"})


def over_items(w: Writer, size: int) -> None:
    name, other = w.fresh("e"), w.fresh("e")
    n = w.length()
    lines = [
        (f"for {name} in {w.named(f'v{n}')}:", {name: "f"}),
        (f"for {name}, {other} in enumerate({w.named(f'v{n}')}):", {name: f"i{n}", other: "f"}),
        (f"for {name}, {other} in zip({w.named(f'v{n}')}, {w.named(f'v{n}')}):", {name: "f", other: "f"}),
    ]
    for make in (
        lambda: (f"for {name} in list({w.named('l')}):", {name: "f"}),
        lambda: (f"for {name} in {w.named('m')}:", {name: "v4"}),
        lambda: (f"for {name} in {w.named('g')}[:]:", {name: "v4"}),
        lambda: (f"for {name}, {other} in {w.named('d')}.items():", {other: "f"}),
    ):
        try:
            lines.append(make())
        except Impossible:
            continue
    header, names = w.rng.choice(lines)
    in_loop(w, header, size, names)


def repeated(w: Writer, size: int) -> None:
    """A while loop that counts, and may stop for another reason."""
    name, n = w.fresh("k"), w.rng.choice((2, 3, 4))
    w.line(f"{name} = 0")
    more = f" and ({w.condition()})" if w.rng.random() < 0.4 else ""
    w.loops += 1
    w.line(f"while {name} < {n}{more}:")
    w.line(INDENT + f"{name} += 1")
    saved, own = dict(w.names), set(w.own)
    w.names[name] = f"i{n + 1}"
    w.level += 1
    w.statements(size)
    w.level -= 1
    w.names, w.own = saved, own
    w.loops -= 1
    if w.rng.random() < 0.1:
        w.block("else:", 1)


def in_loop(w: Writer, header: str, size: int, names: dict) -> None:
    w.loops += 1
    w.block(header, size, names)
    w.loops -= 1
    if w.rng.random() < 0.1:
        w.block("else:", 1)


def leave(w: Writer, size: int) -> None:
    if not w.loops:
        raise Impossible
    w.line(f"if {w.condition()}:")
    if w.rng.random() < 0.4:
        w.level += 1
        w.simple()
        w.level -= 1
    w.line(INDENT + w.rng.choice(("break", "continue")))


def early(w: Writer, size: int) -> None:
    condition, answer = w.condition(), w.answer()
    w.line(f"if {condition}:")
    w.line(INDENT + f"return {answer}")


def attempt(w: Writer, size: int) -> None:
    error, fails = w.rng.choice(
        (
            ("ValueError", 'raise ValueError("no")'),
            ("(ValueError, IndexError) as error", f"{w.named('f', own=True)} = {w.named('v4')}[9]"),
            ("ZeroDivisionError", f"{w.named('f', own=True)} = 1.0 / 0.0"),
            ("LookupError", "raise KeyError('no')"),
        )
    )
    w.block("try:", size)
    w.line(INDENT + f"if {w.condition()}:")
    w.line(INDENT * 2 + fails)
    w.block(f"except {error}:", size)
    if w.rng.random() < 0.2:
        w.block("else:", 1)
    if w.rng.random() < 0.3:
        w.block("finally:", 1)


def cases(w: Writer, size: int) -> None:
    """A match by an integer, or by what is in a tuple."""
    subject, patterns = w.rng.choice(
        (
            (w.named("n"), ("0", "1 | 2", "_")),
            (f"({w.named('n')}, {w.atom()})", ("0, t", "_, t if t > 0.2", "_")),
            (f"{w.named('l')}", ("[t]", "[t, *_] if t > 0.0", "_")),
        )
    )
    w.line(f"match {subject}:")
    w.level += 1
    for pattern in patterns:
        w.block(f"case {pattern}:", size, {"t": "f"} if "t" in pattern else {})
    w.level -= 1


def within(w: Writer, size: int) -> None:
    w.block("with np.errstate(all='ignore'):", size)


def closure(w: Writer, size: int) -> None:
    """A function within: it reads what is around it, and may change arrays, lists and one float there."""
    if w.level > 3:
        raise Impossible
    name, parameter = w.fresh("inner"), w.fresh("t")
    w.line(f"def {name}({parameter}):")
    inner = Writer(w.rng, w.names | {parameter: "f"}, w.functions, w.counter, w.level + 1)
    inner.own = {parameter}
    if w.rng.random() < 0.35:
        captured = w.named("f", own=True)
        inner.line(f"nonlocal {captured}")
        inner.own.add(captured)
    inner.statements(size)
    inner.line(f"return {inner.float(2)}")
    w.lines += inner.lines
    if w.level == 1:
        w.functions = w.functions | {name: (("f",), "f")}
    if w.level > 1 or w.rng.random() < 0.7:
        w.line(f"{w.named('f', own=True)} += {name}({w.float(1)})")


COMPOUND = (
    *(branch, branch, choice, counted, counted, over_items, repeated, leave, leave, leave),
    *(early, attempt, closure, closure, cases, within),
)


# --- functions and programs


SIGNATURES = (
    (("f", "f"), "f"),
    (("v4",), "f"),
    (("v4", "f"), "v4"),
    (("v4", "v4"), "v4"),
    (("v2", "f"), "f"),
    (("v4", "f"), "f"),
    (("v3", "v3"), "v3"),
    (("l", "f"), "f"),
    (("g", "v4"), "f"),
    (("m", "v4"), "f"),
    (("m", "f"), "v4"),
    (("d", "f"), "f"),
    (("h", "f"), "f"),
    (("o", "f"), "f"),
    (("o", "v4"), "v4"),
)


def function(rng: random.Random, functions: dict, counter: list, name: str) -> list[str]:
    kinds, result = rng.choice(SIGNATURES)
    parameters = {f"p{k}": kind for k, kind in enumerate(kinds)}
    writer = Writer(rng, parameters | {"one": "v4"}, dict(functions), counter)
    writer.result = result
    writer.line("one = np.ones(4)")
    writer.statements(rng.choice((1, 2, 3, 5)))
    mutable = [p for p, kind in parameters.items() if kind == result and result != "f"]
    answer = rng.choice(mutable) if mutable and rng.random() < 0.4 else writer.answer()
    writer.line(f"return {answer}")
    functions[name] = (kinds, result)
    given = [*parameters]
    if kinds[-1] == "f" and rng.random() < 0.3:
        given[-1] += "=0.5"
    return [f"def {name}({', '.join(given)}):", *writer.lines, "", ""]


def program(seed: int) -> str:
    """The text of a module; the same for the same seed."""
    rng = random.Random(seed)
    counter, functions = [0], {}
    declared = rng.choice(("@differentiable\n", "@differentiable\n", ""))
    lines = [grammar.PREAMBLE.replace("{declared}", declared).strip(), "", ""]
    for k in range(rng.choice((0, 0, 1, 2))):
        lines += function(rng, functions, counter, f"helper{k}")
    writer = Writer(rng, ARGUMENTS, functions, counter)
    writer.statements(rng.choice((3, 5, 7, 9)))
    writer.line(f"return {writer.answer()}")
    return "\n".join([*lines, f"def f({', '.join(ARGUMENTS)}):", *writer.lines, ""])
