"""Values left in objects outside of a function, and read there by another way: refused; what nobody reads: right."""

import itertools
import sys
import types

import pytest

from diffpy import differential, errors, gradient

MODULE = """
from functools import partial
import numpy as np

store = {"a": 0.0}
other = store
row = [0.0, 0.0]
numbers = np.zeros(3)
tail = numbers[1:]
seen = []
made = types.SimpleNamespace(store=store)


def write(x):
    store["a"] = row[1] = x * x
    numbers[1] = x * x
    return 1.0


def into(kept, x):
    kept[1] = numbers[1] = store["a"] = x * x


class Keeper:
    def __init__(self):
        self.value = 0.0

    def keep(self, x):
        self.value = x * x
        write(x)

    def __call__(self, x):
        self.keep(x)


keeper = Keeper()
writers, keepers, table = [write], [keeper], {"write": write, "keeper": keeper}
bound, later = partial(into, row), [partial(into, row)]


def call(function, x):
    function(x)


def call_all(x):
    for one in writers:
        one(x)


def read():
    return store["a"]


def note(x):
    seen.append(x * x)


readers, notes = [read], [note, print]
"""

WRITES = [
    "keepers[0](x)",
    "keepers[0].keep(x)",
    "keeper.keep(x)",
    'table["keeper"](x)',
    "bound(x)",
    "later[0](x)",
    "call(write, x)",
    "call(keeper.keep, x)",
    "call(lambda t: write(t), x)",
    "call_all(x)",
    "list(map(write, [x]))",
    "sorted([x, 2 * x], key=write)",
    'getattr(keeper, "keep")(x)',
    "y = call_all(x)",
]
READS = ['store["a"]', 'other["a"]', "row[1]", "numbers.sum()", "tail[0]", "read()", "readers[0]()"]


HANDING = """
def fill(kept, x):
    kept[1] = x * x


def read(kept, x):
    return kept[0] * x * x


def hand(function, *args, **keywords):
    return function(*args, **keywords)


def hand_two(function, both):
    return function(both[0], both[1])


def hand_all(function, both):
    return function(*both)


filling, reading, handing = [fill, read], [read], [hand_two, hand_all]
held, named = [np.ones(2)], {"n": np.ones(2)}
keeper.numbers = np.ones(2)
"""


def defined(written, tmp_path):
    path = tmp_path / "shared.py"
    path.write_text(MODULE + written)
    names = {"__name__": "shared", "types": types}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names["f"]


def assert_refused(f, message=None, **asked):
    for derived in (gradient, differential):
        with pytest.raises(errors.DifferentiationError, match=message):
            derived(of=f, **asked)


@pytest.mark.parametrize(("write", "read"), [*itertools.product(WRITES, READS)])
def test_what_calls_leave_is_not_lost(write, read, tmp_path):
    assert_refused(defined(f"def f(x):\n    {write}\n    return {read} * x\n", tmp_path), at=1.3)


@pytest.mark.parametrize(
    "written",
    [
        'store["a"] = x * x\n    return other["a"] * x',
        "row[1] = x * x\n    return later[0].args[0][1] * x",
        "numbers[1] = x * x\n    return tail[0] * x",
        'made.store["a"] = x * x\n    return store["a"] * x',
        "keeper.value = x * x\n    return keepers[0].value * x",
        'setattr(keeper, "value", x * x)\n    return keepers[0].value * x',
    ],
)
def test_objects_of_two_names(written, tmp_path):
    assert_refused(defined(f"def f(x):\n    {written}\n", tmp_path), at=1.3)


def test_arguments_that_are_called(tmp_path):
    f = defined('def f(x, functions):\n    functions[0](x)\n    return store["a"] * x\n', tmp_path)
    with pytest.raises(errors.DifferentiationError, match="'store'"):
        gradient(at=(1.3, [f.__globals__["write"]]), of=f, wrt="x")


@pytest.mark.parametrize(
    "written",
    [
        "filling[0](numbers, x)\n    return numbers[1] * x",
        "filling[0](held[0], x)\n    return held[0][1] * x",
        'filling[0](named["n"], x)\n    return named["n"][1] * x',
        "filling[0](keeper.numbers, x)\n    return keeper.numbers[1] * x",
        "hand(filling[0], held[0], x)\n    return held[0][1] * x",
        "hand(filling[0], kept=held[0], x=x)\n    return held[0][1] * x",
        "handing[0](filling[0], [held[0], x])\n    return held[0][1] * x",
        "handing[1](filling[0], (held[0], x))\n    return held[0][1] * x",
        "for one in held:\n        filling[0](one, x)\n    return held[0][1] * x",
    ],
)
def test_objects_that_are_handed_over(written, tmp_path):
    assert_refused(defined(f"{HANDING}\n\ndef f(x):\n    {written}\n", tmp_path), at=1.3)


@pytest.mark.parametrize(
    "written",
    [
        "return reading[0](held[0], x) * held[0][0]",
        "row = np.zeros(2)\n    filling[0](row, x)\n    return row[1] + 0 * held[0][0]",
        "return hand(reading[0], held[0], x) * held[0][0]",
    ],
)
def test_objects_that_are_handed_over_and_stay(written, tmp_path):
    f = defined(f"{HANDING}\n\ndef f(x):\n    {written}\n", tmp_path)
    for derived in (gradient, differential):
        found = derived(at=1.5, of=f)
        assert (found(1.0) if derived is differential else found) == 3.0


METHODS = """
class Model:
    def __init__(self):
        self.weight, self.seen, self.steps = 2.0, [], {"scale": self.scale}

    def scale(self, x):
        return self.weight * x

    def all(self, xs):
        return sum(self.scale(x) for x in xs)

    def fit(self, x):
        self.weight = x

    def ask(self, name, x):
        return getattr(self, name)(x)

    def __iter__(self):
        return iter([self.weight])


model = Model()
"""


@pytest.mark.parametrize(
    ("written", "derivative"),
    [
        ("model.scale(model.scale(x))", 4.0),
        ("model.all([x, x])", 4.0),
        ("sum(weight * x for weight in model)", 2.0),
        ('model.steps["scale"](x)', 2.0),
        ("sum(one(x) for one in (model.scale, abs))", 3.0),
        ("model.fit(x) or model.all([x])", None),
        ('model.ask("fit", x) or model.all([x])', None),
        ('model.ask("scale", x) + model.all([x])', None),
    ],
)
def test_methods_that_nobody_names_are_not_called(written, derivative, tmp_path):
    f = defined(f"{METHODS}\n\ndef f(x):\n    return {written}\n", tmp_path)
    if derivative is not None:
        assert gradient(at=1.5, of=f) == differential(at=1.5, of=f)(1.0) == derivative
        return
    for derived in (gradient, differential):
        with pytest.raises(errors.DifferentiationError):
            derived(at=1.5, of=f)


LOGS = """
import dataclasses


class Log:
    def __init__(self):
        self.rows, self.count, self.last, self.out, self.weight = [], 0, None, None, 2.0

    def add(self, x):
        self.rows.append(x)
        self.count += 1
        return len(self.rows)

    def forward(self, x):
        self.last = x
        self.out = self.weight * x
        return self.out

    def solve(self, x):
        y = x
        for k in range(2):
            y = 0.5 * (y + x / y)
            self.rows.append(y)
        self.last = y
        return y * y

    def kept(self, x):
        if self.out is None:
            self.out = x * x
        return self.out

    def clear(self):
        self.out = None

    def latest(self):
        return self.last if self.last is not None else 0.0

    @property
    def shown(self):
        return self.rows

    def __repr__(self):
        return f"{self.last} {self.out}"


class Shown(Log):
    @property
    def last(self):
        return self.seen

    @last.setter
    def last(self, x):
        self.seen = self.weight = x


log, rows = Log(), Log().rows
log.rows = rows
kept = [log]
shown = Shown()


@dataclasses.dataclass
class Found:
    last: object = None
    weight: float = 2.0


found, taken_apart = Found(), dataclasses.asdict
"""


@pytest.mark.parametrize(
    ("written", "derivative"),
    [
        ("log.last = x * x\n    return x * x", 3.0),
        ("log.rows.append(x * x)\n    return x * x", 3.0),
        ("return x * x + 0 * log.add(x)", 3.0),
        ("return log.forward(x) * log.forward(x)", 12.0),
        ("return log.solve(x)", None),
        ("return log.forward(x) * log.forward(x) + log.weight * x", 14.0),
        ("log.last = np.array([x, x])\n    return log.weight * x", 2.0),
        ("log.last = x * x\n    return log.last", False),
        ("log.last = x * x\n    return log.latest()", False),
        ("log.out = None\n    return log.kept(x) * log.kept(x)", False),
        ("log.clear()\n    return log.kept(x) * log.kept(x)", False),
        ("return log.kept(x) * log.kept(x)", False),
        ("log.last = x * x\n    return kept[0].last * x", False),
        ("found.last = x * x\n    return found.weight * x", 2.0),
        ("found.last = x * x\n    return dataclasses.asdict(found)['last'] * x", False),
        ("found.last = x * x\n    return taken_apart(found)['last'] * x", False),
        ("log.last = x * x\n    return getattr(log, 'la' + 'st') * x", False),
        ("log.rows.append(x * x)\n    return rows[-1] * x", False),
        ("log.rows.append(x * x)\n    return log.shown[-1] * x", False),
        ("log.rows.append(x * x)\n    return log.rows[-1] * x", False),
        ("log.shown.append(x * x)\n    return log.rows[-1] * x", False),
        ("shown.last = x * x\n    return shown.weight * x", False),
        ("row = log.rows\n    row.append(x * x)\n    return row[0] * x", False),
    ],
)
def test_what_is_left_where_nobody_reads(written, derivative, tmp_path):
    f = defined(f"{LOGS}\n\ndef f(x):\n    {written}\n", tmp_path)
    if derivative is False:
        for derived in (gradient, differential):
            try:
                found = derived(at=1.5, of=f)
                found = found if derived is gradient else found(1.0)
            except errors.DifferentiationError:
                continue
            assert written.endswith("return log.last") and found == 3.0  # what was stored at once
        return
    found = gradient(at=1.5, of=f)
    assert found == differential(at=1.5, of=f)(1.0)
    assert derivative is None or found == derivative
    assert "without" not in repr(f.__globals__["log"])


@pytest.mark.parametrize(
    "written",
    [
        "for one in notes[:1]: one(x)\n    return x * x",
        "call(note, x)\n    return x * x + 0 * len(seen)",
        "call(write, x)\n    return x * x",
        'y = store["a"]\n    call(write, x)\n    return x * x',
        "keepers[0](x)\n    return x * x",
    ],
)
def test_what_nobody_reads_is_no_matter(written, tmp_path):
    f = defined(f"def f(x):\n    {written}\n", tmp_path)
    assert gradient(at=1.5, of=f) == 3.0


READER = """
class Reader:
    def __init__(self, of):
        self.seen = of.value


"""


@pytest.mark.parametrize(
    "written",
    [
        "a = [x]\n    keeper.row = a\n    keeper.row.append(x * x)\n    return a[1]",
        "a = [x]\n    keeper.row = a\n    keeper.row.insert(0, x * x)\n    return a[0]",
        "a = []\n    keeper.row = a\n    for k in range(3):\n        keeper.row.append(x**k)\n    return sum(a)",
        "a = np.zeros(3)\n    keeper.row = a\n    keeper.row += x * x\n    return a.sum()",
        "keeper.value = x * x\n    return list(map(Reader, [keeper]))[0].seen",
    ],
)
def test_what_is_left_outside_is_read_by_another_name(written, tmp_path):
    assert_refused(defined(f"{READER}def f(x):\n    {written}\n", tmp_path), at=1.3)


WRAPPED = """
import collections
import operator
import weakref


class Kept:
    rows = collections.deque(maxlen=1)
    shown = property(operator.attrgetter("last"))

    def __init__(self):
        self.last = 1.0

    @functools.cached_property
    def at_first(self):
        return kept.last

    def times(self, k):
        return k * self.last

    twice = functools.partialmethod(times, 2.0)


kept = Kept()
rows, light = Kept.rows, weakref.proxy(kept)
get = operator.attrgetter("last")


def read(k=1.0):
    return kept.last


cached = functools.lru_cache(maxsize=0)(read)
chosen = functools.singledispatch(read)
spread, made = np.vectorize(read), np.frompyfunc(read, 1, 1)
"""


@pytest.mark.parametrize(
    "read",
    [
        "kept.shown",
        "Kept().at_first",
        "kept.twice()",
        "get(kept)",
        "cached()",
        "chosen(1.0)",
        "float(spread(1.0))",
        "made(1.0)",
        "light.last",
        "rows[0]",
    ],
)
def test_what_wrapped_functions_read(read, tmp_path):
    written = f"kept.last = x * x\n    kept.rows.append(x * x)\n    return {read}"
    assert_refused(defined(f"import functools\n{WRAPPED}\n\ndef f(x):\n    {written}\n", tmp_path), at=1.3)


BETWEEN_FUNCTIONS = """
import operator
from dataclasses import dataclass
from dataclasses import replace as made_like


def pair(kept):
    total = 0.0

    def put(x):
        nonlocal total
        total = kept[0] = x

    def by_cell(x):
        put(x * x)
        return total

    def by_list(x):
        [put][0](x * x)
        return get()

    def get():
        return kept[0] + total

    def by_name(x):
        kept[0] = x * x
        return get()

    def by_part(x):
        partial(operator.setitem, kept, 0)(x * x)
        set_first(x * x)
        return get_first()

    def run():
        while True:
            yield kept[0]

    def by_generator(x):
        put(x * x)
        return next(running)

    set_first, get_first = partial(operator.setitem, kept, 0), partial(operator.getitem, kept, 0)
    running = run()
    return by_cell, by_list, by_name, by_part, by_generator


by_cell, by_list, by_name, by_part, by_generator = pair([0.0])


class Noted:
    every, last = [], {}

    def __init__(self, x):
        self.x, self.last["x"] = x, x
        Noted.every.append(self)

    def get(self):
        return self.last["x"]

    @classmethod
    def again(cls, x):
        return cls(x)


noted = again = Noted(0.0)


def copied(one, x):
    return type(one)(x)


def get_all(values):
    return [one for one in values]


kind_of = type


@dataclass
class Kept:
    x: float
    every = []

    def __post_init__(self):
        self.every.append(self)

    @property
    def kind(self):
        return type(self)


kept = Kept(0.0)


class Setup:
    def __init__(self, x):
        self.x = x
        self.prepare()

    def prepare(self):
        self.twice = self.x * 2.0


ready = Setup(1.5)


class Shared:
    def __get__(self, one, owner=None):
        return self.value

    def __set__(self, one, value):
        self.value = value


class Plain:
    shared = Shared()


class Borg:
    state = {"n": 2.0}

    def __init__(self):
        self.__dict__ = self.state


class Counting(Borg):
    def __init__(self, n):
        super().__init__()
        self.count = n


class Setting:
    state = {"n": 2.0}

    def __init__(self, n=None):
        self.__dict__ = self.state
        if n is not None:
            self.n = n


def read_n():
    return Borg().n


borg, one, other = Borg(), Plain(), Plain()
other.__dict__ = one.__dict__


class Row:
    def __init__(self, x=0.0):
        self.x = x

    def __setitem__(self, k, value):
        row[k] = value

    def __add__(self, value):
        row[0] = value

    def __contains__(self, value):
        row[0] = value

    def __len__(self):
        row[0] = self.x
        return 1

    def __bool__(self):
        row[0] = self.x
        return True

    @property
    def first(self):
        return row[0]

    @first.setter
    def first(self, value):
        row[0] = value
"""


@pytest.mark.parametrize(
    "written",
    [
        "return by_cell(x)",
        "return by_list(x)",
        "return by_name(x)",
        "return by_part(x)",
        "return by_generator(x)",
        "Noted(x * x)\n    return Noted.every[-1].x",
        'Noted(x * x)\n    return Noted.last["x"]',
        "one = Noted(x * x)\n    Noted(x)\n    return one.get()",
        "one = Plain()\n    one.shared = x * x\n    return Plain().shared",
        "one = Row()\n    one[0] = x * x\n    return row[0]",
        "one = Row()\n    one.first = x * x\n    return row[0]",
        "one = Row()\n    one + x * x\n    return row[0]",
        "x * x in Row()\n    return row[0]",
        "len(Row(x * x))\n    return row[0]",
        "if Row(x * x):\n        pass\n    return row[0]",
        "borg.n = x * x\n    return Borg().n",
        "borg.n = x * x\n    return read_n()",
        'borg.n = x * x\n    return Borg.state["n"]',
        "Borg().n = x * x\n    return borg.n",
        "a, b = Borg(), Borg()\n    a.n = x * x\n    return b.n",
        "a = Counting(1)\n    a.n = x * x\n    return Counting(2).n",
        "Setting(x * x)\n    return Setting().n",
        "type(noted)(x * x)\n    return Noted.every[-1].x",
        "noted.__class__(x * x)\n    return Noted.every[-1].x",
        "noted.again(x * x)\n    return Noted.every[-1].x",
        "copied(noted, x * x)\n    return Noted.every[-1].x",
        "noted.__init__(x * x)\n    return again.x",
        "kind_of(noted)(x * x)\n    return Noted.every[-1].x",
        "made_like(kept, x=x * x)\n    return Kept.every[-1].x",
        "kept.kind(x * x)\n    return Kept.every[-1].x",
        'getattr(kept, "__class__")(x * x)\n    return Kept.every[-1].x',
        "one.n = x * x\n    return other.n",
        'vars(one)["n"] = x * x\n    return other.n',
    ],
)
def test_what_is_shared_without_a_name(written, tmp_path):
    assert_refused(defined(f"{BETWEEN_FUNCTIONS}\n\ndef f(x):\n    {written}\n", tmp_path), at=1.3)


def test_objects_that_their_constructors_fill_may_be_read(tmp_path):
    f = defined(
        f"{BETWEEN_FUNCTIONS}\n\ndef f(x):\n    return get_all([x * ready.twice])[0] * ready.x\n", tmp_path
    )
    assert gradient(of=f)(1.3) == 4.5


def test_attributes_that_all_have_may_be_read(tmp_path):
    f = defined(f"{BETWEEN_FUNCTIONS}\n\ndef f(x):\n    return Borg().n * x + borg.n\n", tmp_path)
    assert gradient(of=f)(1.3) == 2.0
    assert differential(of=f)(1.3)(1.0) == 2.0


@pytest.mark.parametrize(
    "written",
    [
        'importlib.import_module("sought").depth = x * x',
        'setattr(importlib.import_module("sought"), "depth", x * x)',
        'sys.modules["sought"].depth = x * x',
        'globals()["depth"] = x * x',
        "globals().update(depth=x * x)",
    ],
)
def test_modules_that_the_program_looks_for(written, tmp_path, monkeypatch):
    before = "import importlib\nimport sys\n\ndepth = 1.0\n\ndef read_depth():\n    return depth\n\n"
    path, module = tmp_path / "sought.py", types.ModuleType("sought")
    path.write_text(f"{before}def f(x):\n    {written}\n    return read_depth() * x\n")
    exec(compile(path.read_text(), str(path), "exec"), vars(module))
    monkeypatch.setitem(sys.modules, "sought", module)
    assert_refused(module.f, at=1.3)


def test_variables_that_functions_without_source_only_read(tmp_path):
    """Since Python 3.13 the methods that dataclasses write have their variables in common."""
    written = """
def make():
    failure = ArithmeticError
    def __setitem__(self, name, value):
        if value < 0:
            raise failure
        setattr(self, name, value)
    def __len__(self):
        if self.x < 0:
            raise failure
        return 1
    return __setitem__, __len__
"""
    after = f"""
made = {{}}
exec({written!r}, made)
setting, length = made["make"]()


class Kept:
    __setitem__, __len__ = setting, length

    def __init__(self, x):
        self.x = x


def f(x):
    kept = Kept(x * x)
    return kept.x if kept else 0.0
"""
    f = defined(after, tmp_path)
    assert gradient(of=f)(1.5) == 3.0
