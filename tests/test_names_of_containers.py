"""A list, a dict, an object under every name that Python can give it, changed in every way through one, read by another.

Nothing may be silently wrong: a program is right by the oracles of the fuzzer, raises as it does plainly, or is refused.
"""

import re
from dataclasses import dataclass

import combining
import pytest

HELPERS = """
import bisect, math


class Thing:
    def __init__(self, p, q):
        self.p, self.q = p, q

    def put(self, value):
        self.p = value

    def grow(self, by=2.0):
        self.p *= by
        return self

    def own(self):
        return self

    @property
    def first(self):
        return self.p

    @first.setter
    def first(self, value):
        self.p = value


class Slotted:
    __slots__ = ("p", "q")

    def __init__(self, p, q):
        self.p, self.q = p, q

    put, grow = Thing.put, Thing.grow


@dataclass
class Data:
    p: typing.Any
    q: typing.Any
    put, grow = Thing.put, Thing.grow


class Row(list):
    def put(self, value):
        self[0] = value


class Bag:
    def __init__(self, items):
        self.items = list(items)

    def __getitem__(self, k):
        return self.items[k]

    def __setitem__(self, k, value):
        self.items[k] = value

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items)

    def append(self, value):
        self.items.append(value)

    def __iadd__(self, values):
        self.items += values
        return self

    def pop(self, *k):
        return self.items.pop(*k)


def weighted(numbers):
    return sum(k * q * q for k, q in enumerate(numbers, 1))


def by_index(numbers):
    total = 0.0
    for k in range(len(numbers)):
        total += numbers[k] * (k + 1.5) ** 2
    return total


def first_rest(numbers):
    first, *rest = numbers
    return first * first + 3.0 * sum(rest)


def by_while(numbers):
    k, total = 0, 1.0
    while k < len(numbers):
        total = total * 0.7 + numbers[k]
        k += 1
    return total


def sizes(parts, y):
    return [np.sum(np.square(part) * 0.3) + part[0] * y for part in parts]


def by_items(table):
    total = 0.0
    for k, (key, value) in enumerate(table.items(), 1):
        total += k * value * value if key != "q" else value
    return total
"""

COPIES = """
b = copy.copy(a)
b = copy.deepcopy(a)
b = copy.copy([a, a])[1]
b = copy.deepcopy([a, a])[1]
b = a or v
""".strip().splitlines()

COPIES_OF_ROWS = """
b = a[:]
b = list(a)
b = a.copy()
b = [*a]
b = a + []
b = a * 1
b = [q for q in a]
b = [q for _, q in zip(range(9), a)]
b = [q for _, q in enumerate(a)]
b = list(reversed(a))
b = list(map(same, a))
b = list(filter(lambda q: True, a))
b = list(itertools.chain(a, []))
b = list(itertools.islice(a, 9))
*b, c = a
c, *b = a
b = [c, *_] = a
b = []; b.extend(a)
b = []; b += a
b = [None]; b[:] = a
b = collections.deque(a)
b = Row(a)
b = list(iter(a))
b = [a.pop(), *a]
b = star(a)
b = (lambda *q: list(q))(*a)
""".strip().splitlines()

COPIES_OF_DICTS = """
b = dict(a)
b = a.copy()
b = {**a}
b = a | {}
b = {k: q for k, q in a.items()}
b = dict(a.items())
b = dict(zip(a.keys(), a.values()))
b = {}; b.update(a)
b = {}; b |= a
b = dict(**a)
b = (lambda **q: q)(**a)
b = collections.OrderedDict(a)
b = collections.defaultdict(float, a)
b = {k: a[k] for k in a}
b = {k: a[k] for k in sorted(a)}
b = dict(reversed(list(a.items())))
""".strip().splitlines()

COPIES_OF_OBJECTS = """
b = type(a)(a.p, a.q)
b = Thing(a.p, a.q)
b = Thing(**vars(a))
b = dataclasses.replace(a)
b = dataclasses.replace(a, q=a.q)
b = Thing(0.0, 0.0); b.__dict__.update(a.__dict__)
b = Thing(0.0, 0.0); b.__dict__ = a.__dict__
b = object.__new__(type(a)); b.p, b.q = a.p, a.q
b = a.own()
b = a.grow()
b = bound = a.own; b = bound()
""".strip().splitlines()

CHANGES_OF_ROWS = """
{0}[0] = x * 3.0
{0}[1] += x * y
{0}[-1] *= y
{0}.append(x * y)
{0}.insert(0, x * 2.0)
{0}.extend([x, y * 2.0])
{0}.extend(q * x for q in (1.0, 2.0))
{0} += [x * y]
{0} += (x, y * y)
{0} = {0} + [x * y]
{0}.pop()
{0}.pop(0)
{0}[0] = {0}.pop() * x
{0}.append({0}.pop(0))
{0}.remove({0}[1])
{0}.clear()
{0}.clear(); {0}.append(x * y)
{0}.reverse()
{0}.sort()
{0}.sort(key=lambda q: -q)
{0}.sort(reverse=True)
del {0}[0]
del {0}[1:]
del {0}[:]
{0}[1:3] = [x]
{0}[:] = [x, y * x]
{0}[:2] = {0}[1:3]
{0}[::2] = [x, y]
{0}[len({0}):] = [x * x]
{0}[:] = [q * x for q in {0}]
{0}[:] = reversed({0})
{0} *= 2
{0}[0], {0}[1] = {0}[1], {0}[0]
{0}[0] = {0}[1]; {0}[1] = x
for k in range(2): {0}[k] = {0}[k - 1] * x
for k, q in enumerate({0}): {0}[k] = q * y
for k in range(2): {0}.append({0}[k] * x)
while len({0}) < 6: {0}.append({0}[-1] * x)
while len({0}) > 2: {0}.pop()
if x > 0: {0}[0] = x * y
{0}.__setitem__(0, x * y)
{0}.__iadd__([x])
operator.setitem({0}, 0, x * y)
operator.iadd({0}, [x * y])
operator.delitem({0}, 0)
(lambda q: q.append(x * y))({0})
list.append({0}, x * y)
add = {0}.append; add(x * y)
[{0}.append(q * x) for q in (1.0, 2.0)]
list(map({0}.append, [x, y]))
bisect.insort({0}, x * y)
getattr({0}, "append")(x * y)
if {0}: {0}[0] = x * y
{0}[x > 0] = x * y
{0}.appendleft(x * y)
{0}.rotate(1)
{0}.popleft()
{0}.extendleft([x, y])
{0}.put(x * y)
""".strip().splitlines()

CHANGES_OF_DICTS = """
{0}["p"] = x * 3.0
{0}["q"] += x * y
{0}["r"] *= y
{0}["s"] = x * y
{0}.update(p=x * y)
{0}.update({{"p": x, "s": y}})
{0}.update([("p", x), ("s", y)])
{0}.setdefault("p", x)
{0}.setdefault("s", x * y)
{0}.pop("p")
{0}.pop("s", None)
{0}["q"] = {0}.pop("p") * x
{0}.popitem()
{0} |= {{"p": x, "s": y}}
{0} = {0} | {{"p": x}}
del {0}["p"]
del {0}["p"]; {0}["p"] = x
{0}.clear()
{0}.clear(); {0}["q"] = x
{0}["p"], {0}["q"] = {0}["q"], {0}["p"]
for k in {0}: {0}[k] = x * y
for k in list({0}): {0}[k + "z"] = x * y
for k, q in {0}.items(): {0}[k] = q * x
for k in sorted({0}): {0}[k] *= x
for k in ("p", "s"): {0}[k] = {0}.get(k, 1.0) * x
if "p" in {0}: {0}["p"] = x * y
if "s" not in {0}: {0}["s"] = x * y
{0}.__setitem__("p", x * y)
operator.setitem({0}, "p", x * y)
(lambda q: q.update(p=x * y))({0})
dict.update({0}, p=x * y)
put = {0}.update; put(p=x * y)
{0}["p" if x > 0 else "q"] = x * y
{0}.move_to_end("p")
{0}["n"] += x * y
""".strip().splitlines()

CHANGES_OF_OBJECTS = """
{0}.p = x * 3.0
{0}.q += x * y
{0}.p *= y
{0}.r = x * y
setattr({0}, "p", x * y)
object.__setattr__({0}, "p", x * y)
{0}.__dict__["p"] = x * y
{0}.__dict__["p"] *= x
{0}.__dict__.update(p=x * y)
{0}.__dict__ = {{"p": x * y, "q": y}}
vars({0})["p"] = x * y
vars({0}).update(p=x * y)
for k in vars({0}): setattr({0}, k, x * y)
for k in ("p", "q"): setattr({0}, k, getattr({0}, k) * x)
{0}.put(x * y)
{0}.grow()
{0}.grow(x).grow(y)
{0}.first = x * y
{0}.first *= x
type({0}).put({0}, x * y)
Thing.put({0}, x * y)
put = {0}.put; put(x * y)
getattr({0}, "put")(x * y)
del {0}.p
del {0}.p; {0}.p = x
delattr({0}, "p"); {0}.p = x
{0}.p, {0}.q = {0}.q, {0}.p
{0}.p = {0}.q; {0}.q = x
(lambda q: setattr(q, "p", x * y))({0})
(lambda q: q.put(x * y))({0})
if hasattr({0}, "p"): {0}.p = x * y
if x > 0: {0}.p = x * y
for {0}.p in (x, y): pass
with contextlib.nullcontext(x * y) as {0}.p: pass
{0}.__setattr__("p", x * y)
list(map({0}.put, [x, y]))
""".strip().splitlines()

# What changes the parts alone: {1} and {2} are two of them.
CHANGES_OF_ARRAYS = """
{1}[1] = x * 3.0
{1}[...] = w * x
{1} += w
{1} *= x
{1}[:2] += w[1:3]
{2}[0] = {1}[1]
np.multiply({1}, w, out={2})
{1}.sort()
{1}.fill(x)
{1} = {2}; {1}[0] = x
{1} = {2}; {2} *= x
{1}, {2} = {2}, {1}; {1}[0] = x
part = {1}; part[0] = x
part = {1}[1:]; part *= x
part = {1}; part += w
{1} = w * x; {1}[0] = y
{1} = {1} * x; {2} *= y
for k in range(4): {1}[k] = {2}[k - 1] * x
grow({1}, w)
Writer({1}).write(w)
{1}.put([0], x)
np.copyto({2}, {1}); {1}[0] = x
""".strip().splitlines()

CHANGES_OF_LISTS = """
{1}[0] = x * 3.0
{1}.append(x * y)
{1} += [x]
{1}[0] *= x
{1}.pop()
{1}.clear()
{1}.insert(0, x * y)
{1}.reverse()
{1}[:] = [x, y]
del {1}[0]
{1}.extend({2})
{1}.append({2}.pop())
{1} = {2}; {1}[0] = x
{1} = {2}; {2}.append(x)
{1}, {2} = {2}, {1}; {1}[0] = x
{1}[0], {2}[0] = {2}[0], {1}[0]
part = {1}; part[0] = x
part = {1}; part.append(x)
part = {1}; part += [x]
{1} = [x, y]; {1}[0] *= x
for k in range(2): {1}.append({2}[0] * x)
while len({1}) < 4: {1}.append(x * y)
for part in ({1}, {2}): part[0] = x * y
for part in ({1}, {2}): part.append(x)
list(map({1}.append, [x, y]))
(lambda q: q.append(x * y))({1})
{1} *= 2; {1}[0] = x
""".strip().splitlines()

WHOLE_ROWS_OF_PARTS = """
{0}.append({0}[0])
{0}.append({0}[0]); {1} *= 2
{0}.append({3}); {1} *= 2
{0}.insert(0, {3})
{0}.reverse(); {1} *= 2
{0} += [{3}]
{0} *= 2; {1} *= 2
{0}[:] = {0}[::-1]; {1} *= 2
{0}[0:1] = []; {1} *= 2
{0}.pop(); {1} *= 2
{0}.extend({0}); {2} *= 2
for part in {0}: part[0] = x * y
for part in {0}: part *= 2
for part in {0}: part += part
for k, part in enumerate({0}): part[0] = part[1] * x
for k in range(len({0})): {0}[k][0] = {0}[k - 1][1] * x
for one, other in zip({0}, {0}[1:]): one[0] = other[1] * x
for part in reversed({0}): part[0] = x * y
for part in sorted({0}, key=len): part[0] = x * y
for part in map(same, {0}): part[0] = x * y
for part in {0}[:]: {0}.append(part)
while len({0}) < 4: {0}.append({0}[0])
one, *rest = {0}; one[0] = x; rest[0][0] = y
one, two = {0}[:2]; one[0] = two[1] * x
[operator.setitem(part, 0, x * y) for part in {0}]
rest = {0}[1:]; rest[0][0] = x
rest = list({0}); rest[0][0] = x; rest.clear()
(lambda one, *rest: operator.setitem(one, 0, x * y))(*{0})
{0}.sort(key=lambda part: -part[0]); {1} *= 2
max({0}, key=lambda part: part[0])[0] = x * y
""".strip().splitlines()

WHOLE_DICTS_OF_PARTS = """
{0}["s"] = {0}["p"]
{0}["s"] = {0}["p"]; {1} *= 2
{0}["s"] = {3}; {1} *= 2
{0}.update(p={3}); {1} *= 2
{0}.setdefault("p", {3})[0] = x
{0}.setdefault("s", {3})[0] = x
{0}.get("p")[0] = x
{0}.get("s", {3})[0] = x
{0}.pop("p")[0] = x
{0}["q"] = {0}.pop("p"); {2} *= 2
for part in {0}.values(): part[0] = x * y
for part in {0}.values(): part *= 2
for k, part in {0}.items(): part[0] = x * y
for k in {0}: {0}[k][0] = x * y
for k in {0}: {0}[k] *= 2
for k in {0}: {0}[k] = {3}
k, part = {0}.popitem(); part[0] = x; {0}["t"] = part
part = list({0}.values())[0]; part[0] = x * y
[operator.setitem(part, 0, x * y) for part in {0}.values()]
(lambda p, **rest: operator.setitem(p, 0, x * y))(**{0})
""".strip().splitlines()

WHOLE_OBJECTS_OF_PARTS = """
{0}.put({3}); {1} *= 2
{0}.p = {3}; {1} *= 2
{0}.r = {0}.p; {1} *= 2
{0}.grow(2)
{0}.first[0] = x * y
{0}.p[0], {0}.q[0] = {0}.q[0], {0}.p[0]
for part in vars({0}).values(): part[0] = x * y
for k in ("p", "q"): getattr({0}, k)[0] = x * y
vars({0})["p"][0] = x * y
getattr({0}, "p")[0] = x * y
setattr({0}, "p", {0}.q); {1} *= 2
(lambda q: operator.setitem(q.p, 0, x * y))({0})
""".strip().splitlines()


@dataclass(frozen=True)
class Family:
    made: tuple[str, ...]
    changes: list[str]
    reads: tuple[str, ...]
    names: list[str] = ()
    parts: tuple[str, str] = ("", "")
    fresh: str = ""


ROW_READS = (
    "weighted({0})",
    "by_index({0})",
    "first_rest({0})",
    "by_while({0})",
    "len({0}) * x",
    "{0}[0] * y",
)
ROW_READS += ("sum({0}[::-1][:2])", "sum(sorted({0})[:2])", "(x if x * 3.0 in {0} else y)", "math.fsum({0})")
ROW_READS += ("max({0}, default=y)", "float(np.dot(np.array({0}), np.arange(len({0}))))", "{0}[-1] * x")
DICT_READS = (
    "by_items({0})",
    'sum({0}.values()) * {0}["q"]',
    '{0}.get("p", y) ** 2',
    "weighted({0}.values())",
)
DICT_READS += ("sum({0}[k] * len(k) for k in {0}) + len({0}) * x", '(x if "s" in {0} else y)', '{0}["q"] * x')
OBJECT_READS = ("{0}.p * y + {0}.q", "weighted(vars({0}).values())", 'getattr({0}, "p", y) ** 2')
OBJECT_READS += ('getattr({0}, "r", y) * {0}.q', "len(vars({0})) * x + {0}.p", "{0}.own().first * x")


def of_parts(values, more):
    """A number of each part, read in every way of numbers."""
    return (*(one.replace("{0}", f"sizes({values}, y)") for one in ROW_READS), *more)


ARRAYS, LISTS = ("v * 1.5", "w + y", "v * w"), ("[x, y]", "[v[1], 2.0]", "[x * y, 1.0]")
PLAIN = ("np.ones(4)", "np.arange(4.0)", "np.zeros(4)"), ("[1.0, 2.0]", "[0.5, 1.5]", "[3.0, 1.0]")


def rows(parts):
    listed = ", ".join(parts)
    return (
        f"[{listed}]",
        f"[q for q in ({listed})]",
        f"Row([{listed}])",
        f"collections.deque([{listed}])",
        f"Bag([{listed}])",
    )


def dicts(parts):
    p, q, r = parts
    literal = f'{{"p": {p}, "q": {q}, "r": {r}}}'
    others = (f"dict(p={p}, q={q}, r={r})", f"collections.OrderedDict({literal})")
    return literal, *others, f"collections.defaultdict(float, {literal})"


def objects(parts):
    p, q, _ = parts
    own = (f"{one}({p}, {q})" for one in ("Thing", "Slotted", "Data"))
    return (*own, f"types.SimpleNamespace(p={p}, q={q})")


FAMILIES = {
    "numbers": Family(
        (*rows(("x * 1.5", "y", "v[1]", "2.0")), "[1.0, 2.0, 3.0]"), CHANGES_OF_ROWS, ROW_READS, COPIES_OF_ROWS
    ),
    "numbers by name": Family(
        (*dicts(("x * 1.5", "y", "2.0")), 'dict(p=1.0, q=2.0, r=3.0)'), CHANGES_OF_DICTS, DICT_READS, COPIES_OF_DICTS
    ),
    "attributes": Family(
        (*objects(("x * 1.5", "y", "")), "Thing(1.0, 2.0)"), CHANGES_OF_OBJECTS, OBJECT_READS, COPIES_OF_OBJECTS
    ),
}  # fmt: skip
for what, parts, plain, inner, fresh in (
    ("arrays", ARRAYS, PLAIN[0], CHANGES_OF_ARRAYS, "w * y"),
    ("lists", LISTS, PLAIN[1], CHANGES_OF_LISTS, "[y, x * x]"),
):
    FAMILIES |= {
        what: Family(
            (*rows(parts), f"[{plain[0]}, {plain[1]}]"),
            inner + WHOLE_ROWS_OF_PARTS, of_parts("{0}", ("np.sum({0}[0]) * x", "len({0}) * x")),
            COPIES_OF_ROWS, ("{0}[0]", "{0}[1]"), fresh,
        ),
        f"{what} in a tuple": Family(
            (f"({', '.join(parts)})", f"Pair({parts[0]}, {parts[1]})"),
            inner, of_parts("{0}", ("np.sum({0}[0]) * x",)), [], ("{0}[0]", "{0}[1]"), fresh,
        ),
        f"{what} by name": Family(
            (*dicts(parts), f'{{"p": {plain[0]}, "q": {plain[1]}}}'),
            inner + WHOLE_DICTS_OF_PARTS, of_parts("{0}.values()", ('np.sum({0}["p"]) * x',)),
            COPIES_OF_DICTS, ('{0}["p"]', '{0}["q"]'), fresh,
        ),
        f"{what} in attributes": Family(
            (*objects(parts), f"Thing({plain[0]}, {plain[1]})"),
            inner + WHOLE_OBJECTS_OF_PARTS, of_parts("[{0}.p, {0}.q]", ("np.sum({0}.p) * x", "{0}.q[0] * x")),
            COPIES_OF_OBJECTS, ("{0}.p", "{0}.q"), fresh,
        ),
    }  # fmt: skip

# Where it comes from; after the first, nothing says while deriving what it is.
SOURCES = """
a = {0}
a = {0}
a = {0}
a = [None, {0}, "k"][1]
a = {{"k": {0}, "l": None}}["k"]
a = {{"k": {0}, "l": None}}.get("k")
box = [None, Box({0})][1]; a = box.a
a = [None, same][1]({0})
a = [1.0, None, {0}].pop()
for a in (None, {0}): pass
match [None, {0}]: case [_, a]: pass
a = caught({0})
a = next(handed({0}))
a = entered(Items({0}))
a = by_defaults({0})
a = bound_inside({0})
a = Items({0})["a"]
a = (lambda *q, **more: q[-1])(None, {0})
a = captured([None, {0}])()[1]
a = functools.reduce(lambda q, r: r, [None, {0}])
""".strip().splitlines()

# The ways of a change.
WAYS = """
{0}
{0}
{0}
if x * x >= 0.0:|    {0}
if x * x < 0.0:|    {0}
for turn in range(2):|    {0}
for turn in range(3):|    if turn != 1:|        {0}
try:|    {0}|finally:|    x = x * 1.0
try:|    {0}|    raise Carried(x)|except Carried:|    pass
def change({1}):|    {0}|change({1})
def deepest({1}):|    {0}|def deeper(q):|    deepest(q)|(lambda q: deeper(q))({1})
turn = 0|while turn < 2:|    turn += 1|    {0}
with contextlib.nullcontext():|    {0}
""".strip().splitlines()

CASES = {
    f"{family}: {name} | {change} | {changed}": (family, name, change, changed)
    for family, what in FAMILIES.items()
    for name in (*combining.NAMES, *(COPIES + list(what.names)) * 2)
    for change in what.changes
    for changed in ("a", "b")
}


OF_LISTS_ALONE = re.compile(r"\[[^]]*:[^]]*\]|\.sort|\.pop\(0\)|\+ \[|bisect")


def one_of(choices, title):
    return choices[combining.place(title) % len(choices)]


def indented(lines, way, changed):
    """The lines of a change where {0} stands in a way."""
    found = []
    for line in way.format("{0}", changed).split("|"):
        before, inside, _ = line.partition("{0}")
        found += [before + one for one in lines] if inside else [line]
    return found


def is_fit(made, text):
    """Whether Python says the same of a program as of what it is written in: vars of slots, a deque that is no list."""
    if "Slotted" in made and ("vars" in text or "__dict__" in text):
        return False
    if "replace(" in text and "Data" not in made:
        return False
    return "deque" not in made + text or OF_LISTS_ALONE.search(text) is None


def program(family, name, change, changed):
    what, title = FAMILIES[family], f"{family} {name} {change} {changed}"
    read = "b" if changed == "a" else "a"
    source, way = one_of(SOURCES, f"source {title}"), one_of(WAYS, f"way {title}")
    if "match" in source:
        source = source.replace(": case", ":\n    case")
    parts = [part.format(changed) for part in what.parts]
    lines = indented(change.format(changed, *parts, what.fresh).split("; "), way, changed)
    more = one_of(("y", one_of(what.reads, f"more {title}").format(changed)), f"and {title}")
    last = f"return float({one_of(what.reads, f'read {title}').format(read)} + {more})"
    fit = [made for made in what.made if is_fit(made, "\n".join((name, *lines, last)))]
    if not fit:
        return None
    lines = [*source.format(one_of(fit, f"made {title}")).split("; "), *name.split("; "), *lines, last]
    return combining.HELPERS + HELPERS + combining.function(lines)


@pytest.mark.parametrize(("family", "name", "change", "changed"), combining.chosen(CASES, 2000, 100))
def test_change_is_seen_through_the_other_name(family, name, change, changed):
    text = program(family, name, change, changed)
    if text is not None:
        combining.assert_right_or_refused(text, "raises", "unfit")
