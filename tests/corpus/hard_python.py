"""Programs in the rest of the language: try, match, del, generators, decorators, classes, contexts that suppress."""

import contextlib
import enum
import functools
import math
import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from corpus import LOG
from corpus import program as _program
from diffpy import differentiable

program = functools.partial(_program, stage="hard")


@program(2.0)
def try_without_an_error(x):
    try:
        y = math.log(x)
    except ValueError:
        y = 0.0
    return y * x


@program(-2.0)
def try_with_an_error(x):
    y = x * 3
    try:
        y = math.log(x)
        y = y * 100
    except ValueError:
        y = y * x
    return y + x


@program(2.0, log=["else", "finally"])
def try_else_finally(x):
    try:
        y = math.sqrt(x)
    except ValueError as error:
        LOG.append(str(error))
        return x
    else:
        LOG.append("else")
        y = y * x
    finally:
        LOG.append("finally")
    return y


@program(2.0, log=["finally"])
def return_through_finally(x):
    try:
        return x ** 3
    finally:
        LOG.append("finally")


@program(np.array([2.0, -1.0, 0.5]))
def error_swallowed_in_a_loop(xs):
    total = 0.0
    for x in xs:
        try:
            total += math.sqrt(x)
        except ValueError:
            total += x ** 2
            continue
        total *= 1.1
    return total


@program({"a": 2.0})
def key_error_swallowed(d):
    try:
        return d["missing"]
    except KeyError:
        return d["a"] ** 2


@program(2.0)
def raised_and_caught_with_a_value(x):
    class Found(Exception):
        pass

    def search(v):
        for k in range(10):
            v = v * 1.5
            if v > 10:
                raise Found(k)
        return v

    try:
        return search(x)
    except Found as found:
        return x ** 2 * found.args[0]


@program(3.0)
def error_raised_again_and_wrapped(x):
    def checked(v):
        try:
            if v > 2:
                raise ValueError("too large")
            return v
        except ValueError as error:
            raise RuntimeError("checked") from error

    try:
        return checked(x)
    except RuntimeError:
        return checked(x - 2) * x


@program(2.0)
def context_that_suppresses(x):
    y = x
    with contextlib.suppress(ZeroDivisionError):
        y = y * 3
        y = y / 0
        y = y * 100
    return y * x


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        return self.factor * 2

    def __exit__(self, *error):
        return False


@program(2.0)
def context_that_binds_an_active_value(x):
    with Scale(x) as s:
        y = s * x
    return y * s


@program(2.0, "double")
def match_on_strings(x, kind):
    match kind:
        case "half":
            return x / 2
        case "double" | "twice":
            return x * 2 * x
        case _:
            return x


@program((2.0, 3.0))
def match_on_sequences(t):
    match t:
        case (a,):
            return a
        case (a, b) if a > b:
            return a
        case (a, b):
            return a * b ** 2
        case (a, *rest):
            return a + sum(rest)


@program({"kind": "circle", "r": 1.5})
def match_on_mappings(shape):
    match shape:
        case {"kind": "square", "a": a}:
            return a * a
        case {"kind": "circle", "r": r, **rest}:
            return math.pi * r ** 2 + len(rest)
    return 0.0


class Leaf(NamedTuple):
    value: float


class Sum(NamedTuple):
    left: object
    right: object


class Product(NamedTuple):
    left: object
    right: object


@program(Sum(Leaf(2.0), Product(Leaf(3.0), Sum(Leaf(0.5), Leaf(1.0)))))
def match_on_classes(tree):
    def value(node):
        match node:
            case Leaf(v):
                return v * v
            case Sum(left=a, right=b):
                return value(a) + value(b)
            case Product(a, b):
                return value(a) * value(b)

    return value(tree)


@dataclass
class Known:
    name: str


@dataclass
class Both:
    one: object
    other: object


@dataclass
class Times(Both):
    __match_args__ = ("other", "one")


@dataclass
class Where:
    name: str
    value: object
    inside: object


def value_of_tree(tree, known):
    """Trees without numbers, whose classes say nothing of derivatives."""
    match tree:
        case Known(name):
            return known[name]
        case Times(b, a):
            return value_of_tree(a, known) ** 2 * value_of_tree(b, known)
        case Both(a, other=b):
            return value_of_tree(a, known) + np.sin(value_of_tree(b, known))
        case Where(name, value, inside):
            return value_of_tree(inside, {**known, name: value_of_tree(value, known)})
        case _:
            raise TypeError(tree)


@program(1.5, 0.5)
def match_on_dataclasses_by_position(x, y):
    square = Times(Known("x"), Known("y"))
    tree = Both(square, Where("z", Both(Known("y"), square), Times(Known("z"), Known("x"))))
    return value_of_tree(tree, {"x": x, "y": y})


@program(2.0)
def match_on_a_number(x):
    n = 2
    match n:
        case 1:
            y = x
        case 2 | 3 as k:
            y = x ** k
        case int(k):
            y = x + k
    return y * x


@program(2.0)
def names_deleted(x):
    y = x * 2
    z = y * y
    del y
    y = z + 1
    return y * x


def powers(x, n):
    p = 1.0
    for _ in range(n):
        p = p * x
        yield p


@program(1.5)
def own_generator(x):
    return sum(k * p for k, p in enumerate(powers(x, 4)))


@program(1.5)
def own_generator_stopped_early(x):
    total = 0.0
    for p in powers(x, 100):
        if p > 10:
            break
        total += p
    return total


@program(1.5)
def generator_of_generators(x):
    def twice(n):
        yield from powers(x, n)
        yield from powers(x / 2, n)

    a, b, *_ = twice(2)
    return a * b + sum(twice(2))


@functools.lru_cache
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


@program(0.3)
def cached_constants(x):
    return sum(binomial(4, k) * x ** k * (1 - x) ** (4 - k) * k for k in range(5))


@functools.lru_cache
def cached_square(x):
    return x * x


@program(0.3)
def cached_active(x):
    return cached_square(x) + cached_square(x) * x


class Mode(enum.Enum):
    SIN = 1
    SQUARE = 2

    def apply(self, x):
        return math.sin(x) if self is Mode.SIN else x ** 2


@program(0.7, Mode.SQUARE)
def enumeration_chooses(x, mode):
    if mode is Mode.SIN:
        return math.sin(x)
    return mode.apply(x) * Mode.SIN.apply(x)


class Base:
    gain = 2.0

    def __init__(self, a):
        self.a = a

    def value(self, x):
        return self.a * x

    @property
    def doubled(self):
        return self.a * 2

    @staticmethod
    def cube(x):
        return x ** 3

    @classmethod
    def make(cls, a):
        return cls(a * cls.gain)


class Child(Base):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def value(self, x):
        return super().value(x) + self.b * x * x


@program(1.5, 0.5, 2.0)
def classes_made_inside(a, b, x):
    child = Child(a, b)
    base = Base.make(b)
    return child.value(x) * base.doubled + child.doubled * Base.cube(x)


class Matrix2:
    """A user's own arithmetic."""

    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, index):
        i, j = index
        return self.rows[i][j]

    def __matmul__(self, other):
        return Matrix2([[sum(self[i, k] * other[k, j] for k in range(2)) for j in range(2)] for i in range(2)])

    def __add__(self, other):
        return Matrix2([[self[i, j] + other[i, j] for j in range(2)] for i in range(2)])

    def __rmul__(self, factor):
        return Matrix2([[factor * v for v in row] for row in self.rows])

    def __neg__(self):
        return -1.0 * self

    def __len__(self):
        return len(self.rows)


@program(1.5, 0.5)
def operators_of_ones_own(a, b):
    m = Matrix2([[a, b], [b, 1.0]])
    n = m @ m + 2.0 * m + (-m)
    return n[0, 0] * n[1, 0] + len(n) * n[1, 1]


class Quantity:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value

    def __mul__(self, other):
        return Quantity(self.value * (other.value if isinstance(other, Quantity) else other))

    def __iter__(self):
        yield self.value
        yield self.value ** 2

    def __call__(self, k):
        return self.value * k

    def __getattr__(self, name):
        if name == "half":
            return self.value / 2
        raise AttributeError(name)


@program(1.5, 0.5)
def magic_methods(a, b):
    p, q = Quantity(a), Quantity(b)
    small = p if p < q else q
    u, v = small * p
    return u * v + small(3) + p.half


@differentiable
@dataclass
class Node:
    value: float
    children: list


@program(Node(1.0, [Node(2.0, []), Node(0.5, [Node(3.0, [])])]))
def recursion_over_structs(node):
    def total(n):
        return n.value ** 2 * (1 + sum(total(c) for c in n.children))

    return total(node)


@program(0.5)
def several_lambdas_on_a_line(x):
    f, g, h = lambda t: t * x, lambda t: t + x, lambda t, k=3: t ** k
    return f(g(h(x)))


@program(0.5)
def star_expression_in_a_return(x):
    def f():
        parts = [x, x * x]
        return *parts, 3.0

    a, b, c = f()
    return a * b * c


@program(1.2)
def early_exit_out_of_try_and_with_in_a_loop(x):
    for i in range(10):
        try:
            with contextlib.nullcontext(i) as k:
                x = x * 1.2
                if k == 2:
                    continue
                if x > 2:
                    break
        finally:
            x = x + 0.01
    return x * x


def switch(name):
    def decorate(function):
        table[name] = function
        return function

    return decorate


table = {}


@switch("a")
def first_way(x):
    return x ** 2


@switch("b")
def second_way(x):
    return math.exp(x)


@program(0.4, "b")
def registry_of_functions(x, name):
    return table[name](x) * table["a"](x)


class Cell:
    def __init__(self, w):
        self._w = w

    @property
    def w(self):
        return self._w

    @w.setter
    def w(self, value):
        self._w = value * 2


@program(0.4)
def property_with_a_setter(x):
    cell = Cell(x)
    cell.w = cell.w * x
    return cell.w * x


@program(0.4)
def getattr_and_setattr(x):
    cell = Base(x)
    setattr(cell, "b", getattr(cell, "a") * 3)
    return cell.b * getattr(cell, "missing", x)


@program(0.4)
def loop_over_an_iterator_object(x):
    it = iter(range(5))
    total = 0.0
    for i in it:
        total += x ** i
        next(it, None)
    return total


@program(2.0)
def assertion_caught(x):
    try:
        assert x > 3, "small"
        return x
    except AssertionError:
        return x ** 2


@program(0.8)
def unpacking_with_nested_stars(x):
    (a, *b), *c, d = [[x, x ** 2, 3.0], 4 * x, 5.0, x ** 3]
    return a * b[0] + b[1] * c[0] - d


@program(np.array([1.0, 2.0, 3.0]))
def random_draw_of_the_global_generator(x):
    np.random.seed(4)
    noise = np.random.normal(size=3)
    return np.sum(x * noise) ** 2 + np.random.rand() * x[0]


def total_of(*numbers):
    return sum(numbers) * len(numbers)


class Terms:
    def __init__(self, *numbers):
        self.numbers = numbers


class Arrow(NamedTuple):
    x: float
    y: float

    def scaled(self, s):
        return Arrow(*[s * c for c in self])

    @property
    def length(self):
        return sum(c * c for c in self)


def evaluated(expression, known):
    if isinstance(expression, str):
        return known[expression]
    if not isinstance(expression, tuple):
        return expression
    name, *parts = expression
    values = [evaluated(one, known) for one in parts]
    functions = {"+": operator.add, "*": operator.mul, "-": operator.neg}
    return functions[name](*values)


@program(Arrow(1.0, 0.5), 1.5)
def items_spread_over_calls(arrow, s):
    for _ in range(2):
        half = arrow.scaled(s)
        arrow = half.scaled(1 / (1 + half.length))
    total = evaluated(("+", ("*", "x", ("-", "y")), ("+", "y", 0.5)), {"x": s, "y": arrow.x})
    functions = {"linear": lambda t, a=1.0: a * t, "square": lambda t, a=1.0: a * t * t}
    for item in ["linear:a=2", "square:", "linear:"]:
        name, _, given = item.partition(":")
        options = {key: float(v) for key, v in (one.split("=") for one in given.split(",") if one)}
        total += functions[name](arrow.y, **options)
    best, found = None, []
    for v in arrow:
        best = v if best is None else 0.5 * best + v
        found.append(best)
    total *= total_of(*found, s) + Terms(*found).numbers[0]
    return total * found[-1]
