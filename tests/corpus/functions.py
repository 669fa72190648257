"""Programs of functions: calls of every form, closures, recursion, callables, decorators."""

import functools
import inspect
import math
import operator
import time
from dataclasses import dataclass
from functools import partial, reduce
from typing import cast

import numpy as np

from corpus import helpers, program
from corpus.helpers import gaussian
from corpus.helpers import softplus as smooth_relu


def square(x):
    return x * x


def mix(a, b=2.0, *, scale=1.0):
    return scale * (a + b * a * b)


def positional(a, b, /, c=3.0):
    return a * b + c * a


def total(*values):
    result = 0.0
    for v in values:
        result = result + v ** 2
    return result


def weighted(**parts):
    result = 0.0
    for name in parts:
        result = result + len(name) * parts[name] ** 2
    return result


def anything(a, *rest, k=1.0, **more):
    for r in rest:
        a = a + k * r
    for v in more.values():
        a = a * v
    return a


@program(1.5)
def calls_a_helper(x):
    return square(x) + square(square(x))


@program(1.5, 0.5)
def calls_a_helper_of_another_module(x, y):
    return helpers.rosenbrock(x, y) + gaussian(x, mean=y) + smooth_relu(x)


@program(1.5)
def default_arguments(x):
    return mix(x) + mix(x, 3.0) + mix(x, scale=x) + mix(b=x, a=2 * x)


@program(1.5, 2.5)
def positional_only(x, y):
    return positional(x, y) + positional(y, x, c=x * y)


@program(1.0, 2.0, 3.0)
def star_call(x, y, z):
    items = [x, y * z]
    return total(*items) + total(x, *items, z) + total()


@program(1.0, 2.0)
def double_star_call(x, y):
    options = {"b": y, "scale": x * y}
    return mix(x, **options) + mix(**{"a": x, "b": 1.0})


@program(1.0, 2.0, 3.0)
def keyword_dictionary(x, y, z):
    return weighted(a=x, bb=y * x, ccc=z) + weighted()


@program(1.0, 2.0, 3.0)
def calls_of_every_form(x, y, z):
    return anything(x) + anything(x, y, z) + anything(x, *[y, z], k=y, **{"m": z, "n": x}) + anything(a=x, m=y)


@program(1.0, 2.0, 3.0)
def star_parameters(*xs):
    product = 1.0
    for i, x in enumerate(xs):
        product = product * (x + i)
    return product


@program(1.0, 2.0, 3.0)
def first_and_star(first, *others):
    return first * sum(others) + len(others) * first ** 2


@program(2.0, keywords={"scale": 3.0})
def keyword_only(x, *, scale, shift=1.0):
    return scale * x ** 2 + shift * x


@program(2.0, keywords={"scale": 3.0}, wrt="scale")
def keyword_named_in_wrt(x, *, scale, shift=1.0):
    return scale ** 2 * x + shift * x


@program(2.0, keywords={"scale": 3.0}, wrt=("x", "scale"))
def keyword_and_positional_in_wrt(x, *, scale=1.0):
    return scale ** 2 * x


@program(2.0, keywords={"y": 3.0})
def keywords_are_constant(x, y):
    return x ** 2 * y


@program(2.0)
def default_is_constant(x, y=4.0):
    return x ** y


@program(2.0, 3.0, wrt=("x", "y"))
def default_given_by_position(x, y=4.0):
    return x ** y


@program(2.0, keywords={"alpha": 0.5, "beta": 3.0})
def catches_keywords(x, **options):
    return options["alpha"] * x ** 2 + options.get("beta", 1.0) * x + options.get("gamma", 0.0)


@program(0.5)
def nested_function(x):
    def inner(y):
        return y * y + x

    return inner(x) * inner(2.0)


@program(0.5, 1.5)
def nested_twice(x, y):
    def outer(a):
        def inner(b):
            return a * b * x

        return inner(y) + inner(a)

    return outer(x + y)


@program(0.5)
def closure_reads_at_call_time(x):
    scale = 1.0

    def scaled(y):
        return scale * y

    scale = x * 3
    first = scaled(x)
    scale = 10.0
    return first + scaled(x)


@program(0.5)
def closures_of_a_loop_see_its_end(x):
    functions = []
    for k in range(1, 4):
        functions.append(lambda y: k * y * x)
    return functions[0](x) + functions[2](2.0)


@program(0.5)
def closures_of_a_loop_bound_by_default(x):
    functions = []
    for k in range(1, 4):
        functions.append(lambda y, k=k: k * y * x)
    return functions[0](x) + functions[2](2.0)


@program(0.5, 2.0)
def closure_over_active_value(x, y):
    z = x * y
    f = lambda t: t * z + math.sin(z)
    return f(x) + f(f(y))


def make_adder(a):
    def add(b):
        return a * a + b

    return add


@program(0.5, 2.0)
def function_as_result(x, y):
    add = make_adder(x)
    return add(y) * add(x)


@program(0.5)
def immediately_called(x):
    return (lambda a, b: a * b + a)(x, x + 1) + make_adder(x)(3 * x)


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


@program(0.5)
def composition(x):
    return compose(math.sin, square, lambda t: t + x)(x)


def apply_twice(f, x):
    return f(f(x))


@program(0.5)
def function_as_argument(x):
    return apply_twice(square, x) + apply_twice(math.cos, x) + apply_twice(lambda t: x * t, x)


@program(square, 0.5)
def function_is_an_argument_of_the_program(f, x):
    return f(x) + f(f(x) + 1)


@program(0.5)
def functions_in_a_list(x):
    steps = [math.sin, square, make_adder(x), np.exp]
    y = x
    for step in steps:
        y = step(y)
    return y * steps[1](x)


ACTIVATIONS = {"tanh": np.tanh, "relu": lambda z: z if z > 0 else 0.0, "square": square}


@program(0.5, "tanh")
def functions_in_a_dict(x, name):
    return ACTIVATIONS[name](x) + ACTIVATIONS["relu"](x - 1) * x + ACTIVATIONS["square"](x)


@program(0.5)
def functions_in_a_local_dict(x):
    table = {"double": lambda v: 2 * v, "shift": lambda v: v + x}
    y = x
    for name in ("double", "shift", "double"):
        y = table[name](y)
    return y * y


@program(1.1, 6)
def recursive_power(x, n):
    def power(n):
        if n == 0:
            return 1.0
        half = power(n // 2)
        return half * half * (x if n % 2 else 1.0)

    return power(n)


def continued_fraction(x, depth):
    if depth == 0:
        return x
    return x + 1 / continued_fraction(x, depth - 1)


@program(1.3)
def recursion(x):
    return continued_fraction(x, 5) * x


@program(1.3, 4)
def recursion_of_itself(x, n):
    return x if n <= 1 else x * recursion_of_itself(x / n, n - 1) + n


def even_step(x, n):
    return x if n == 0 else odd_step(x * 1.1, n - 1)


def odd_step(x, n):
    return x if n == 0 else even_step(math.sin(x) + x, n - 1)


@program(0.7)
def mutual_recursion(x):
    return even_step(x, 5)


def tree_sum(tree):
    if isinstance(tree, tuple):
        left, right = tree
        return tree_sum(left) * tree_sum(right) + 1
    return tree ** 2


@program(((1.0, 0.5), (2.0, (0.3, -1.0))))
def recursion_over_a_tree(tree):
    return tree_sum(tree)


@program(0.8)
def data_dependent_recursion(x):
    def grow(y):
        if y > 5:
            return y
        return grow(y * 1.5 + x)

    return grow(x)


@program(2.0, 3.0)
def partial_inside(x, y):
    scaled = partial(mix, b=y, scale=x)
    plus = partial(positional, x)
    return scaled(x) + plus(y) + plus(y, c=y)


program(3.0, name="partial_itself")(partial(positional, 2.0))
program(3.0, name="partial_with_keywords")(partial(mix, b=0.5, scale=2.0))
program(0.4, name="lambda_itself")(lambda x: x * math.sin(x) + (lambda y: y * y)(x))


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2 * function(*args, **kwargs)

    return wrapper


def repeated(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            for _ in range(times):
                x = function(x)
            return x

        return wrapper

    return decorate


@doubled
def decorated_helper(x, y=1.0):
    return x ** 2 + y * x


@repeated(3)
def thrice(x):
    return math.cos(x) + 0.5 * x


@program(1.5)
def calls_decorated(x):
    return decorated_helper(x) + decorated_helper(x, y=x) + thrice(x)


@program(1.5, 2.5)
@doubled
def decorated_with_wraps(x, y):
    return x * y + y


@program(0.3)
@repeated(4)
@doubled
def decorated_twice(x):
    return math.sin(x) * 0.8


class Polynomial:
    """A callable with constants of its own."""

    degree = 2

    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        y = 0.0
        for c in self.coefficients:
            y = y * x + c
        return y

    def slope_at(self, x, h=1.0):
        return (self(x + h) - self(x - h)) / (2 * h)

    @staticmethod
    def shifted(x):
        return x + 1

    @classmethod
    def monomial(cls, x):
        return x ** cls.degree

    @property
    def leading(self):
        return self.coefficients[0]


POLYNOMIAL = Polynomial(1.0, -2.0, 0.5)


@program(1.7)
def callable_object(x):
    return POLYNOMIAL(x) * POLYNOMIAL(2 * x)


@program(1.7)
def methods(x):
    p = POLYNOMIAL
    return p.slope_at(x, h=0.5) + p.shifted(x) * p.leading + Polynomial.monomial(x) + p.monomial(x)


@program(1.7)
def bound_method_in_a_name(x):
    slope = POLYNOMIAL.slope_at
    return slope(x) * slope(x, 0.1)


program(1.7, name="callable_object_itself")(POLYNOMIAL)
program(1.7, name="bound_method_itself")(POLYNOMIAL.slope_at)


@program(1.2)
def mapped_and_filtered(x):
    return sum(map(lambda k: x ** k, range(1, 5))) + sum(filter(lambda k: k > 1, [x, x * 2, x / 2]))


@program(1.2, [0.5, 1.5, 2.5])
def reduced(x, values):
    return reduce(lambda a, b: a * x + b, values) + reduce(lambda a, b: a * b, values, x)


@program(3.0)
def newton_with_functions(a):
    def newton(f, derivative, x, steps=6):
        for _ in range(steps):
            x = x - f(x) / derivative(x)
        return x

    return newton(lambda x: x ** 3 - a, lambda x: 3 * x ** 2, 1.5)


@program(0.5)
def integral_of_a_function(x):
    def trapezoid(f, a, b, n=8):
        h = (b - a) / n
        result = (f(a) + f(b)) / 2
        for i in range(1, n):
            result += f(a + i * h)
        return result * h

    return trapezoid(lambda t: math.exp(-x * t * t), 0.0, 1.0 + x)


@program(0.5)
def returns_several(x):
    def polar(r, angle):
        return r * math.cos(angle), r * math.sin(angle)

    a, b = polar(2.0, x)
    c, (d, e) = x, polar(a, b)
    return a * b + c * d - e


@program(0.5)
def result_unused(x):
    square(x)
    _ = mix(x)
    return x * 2


@program(0.5)
def returns_none_sometimes(x):
    def maybe(y):
        if y > 1:
            return y * 2

    found = maybe(x)
    if found is None:
        found = x ** 3
    return found + maybe(x + 1)


@program(0.5)
def shadowing_parameter(x):
    def f(x):
        x = x * 2
        return x

    y = f(x)
    return x * y


@program(2.0, 0.1)
def many_parameters(x, a):
    def f(p, q, r, s, t, u=1, v=2, *, w=3):
        return p * q + r * s - t / u + v ** w

    return f(x, a, x * a, 1.0, x, u=a, w=2, v=x)


def counts_calls():
    calls = {"n": 0}

    def f(x):
        return x * (len(calls) + 1)

    return f


@program(0.7)
def closure_over_constants_of_a_factory(x):
    f = counts_calls()
    return f(x) * f(x)


@program(np.array([1.0, 2.0]), np.array([0.5, -0.5]))
def helper_for_scalars_and_arrays(x, y):
    return mix(x[0], y[1]) + mix(x, y).sum() + square(x).dot(y)


@program(0.6)
def function_attribute_as_constant(x):
    return x * settings.factor + settings.table["power"] * x ** 2


def settings():
    raise AssertionError("nobody calls this")


settings.factor = 3.0
settings.table = {"power": 0.5}


@program(1.4)
def star_in_the_middle(x):
    def f(a, b, c, d, e=0.0):
        return a + b * c ** 2 - d * e

    middle = (2 * x, x ** 2)
    return f(x, *middle, 3.0, e=x) + f(*middle, *middle) + f(1.0, *middle, **{"d": x, "e": 2.0})


def quick_sorted(v):
    if len(v) <= 1:
        return v
    first = v[0]
    low = quick_sorted([u for u in v[1:] if u < first])
    return low + [first] + quick_sorted([u for u in v[1:] if u >= first])


@program(np.array([0.5, 1.5, -2.0, 0.7]), stage="stores")
def sorted_by_recursion(x):
    return sum(k * v for k, v in enumerate(quick_sorted(list(x))))


def permutations(xs):
    if not xs:
        return [[]]
    return [[xs[i]] + p for i in range(len(xs)) for p in permutations(xs[:i] + xs[i + 1:])]


@program(np.array([0.5, 1.5, -2.0]))
def lists_of_lists_by_recursion(x):
    return sum(p[0] * p[1] ** 2 for p in permutations(list(x)))


def dense_layer(x, *, w, b, power=1.0):
    return np.exp(np.tanh(x * w + b)) ** power


@program(np.array([0.3, 0.7]), {"w": np.array([1.5, -0.4]), "b": 0.2}, {"power": 2.0}, 1.3)
def keywords_beside_a_spread_dict(x, layer, options, power):
    y = dense_layer(x, **layer, power=power) + dense_layer(x=x, w=power, **options, b=layer["b"])
    return (y * dense_layer(x, **layer, **options)).sum()


def inside(n, m):
    columns, rows = np.meshgrid(range(m), range(n))
    return rows + columns < 2, (rows - 1) ** 2 + columns > 1


@program(np.array([[0.3, 0.7, 0.4], [0.2, 0.9, 0.1]]), 0.6, stage="stores")
def comparisons_of_what_is_not_known(a, factor):
    corner, rest = inside(2, 3)
    kept = a[corner]
    chosen = None
    for k in range(2):
        if chosen is None or k > 0:
            chosen = np.argsort(a[k])
    front = a[:, chosen]
    a += factor * a
    a[corner] = 2 * kept
    return (a * rest + a[0] * corner) * front, front


@program(np.array([0.5, 1.5]), 1.2)
def defaults_that_hold_values(x, y):
    scaled = [lambda v, w=w, *, shift=w * y: v * w + shift for w in x]

    def power(n, total=y, step=x):
        return total if n == 0 else power(n - 1, total * step[n - 1])

    y = 3.0
    return sum(f(k + y) for k, f in enumerate(scaled)) * scaled[0](2.0, shift=y) + power(2) + power(1, y)


def root(function, start, args=(), tolerance=1e-10):
    before, at = start, start * 1.001 + 1e-3
    low, high = function(before, *args), function(at, *args)
    for _ in range(60):
        after = at - high * (at - before) / (high - low)
        if abs(at - before) <= tolerance * abs(before):
            return after
        before, low, at = at, high, after
        high = function(at, *args)
        if high == 0.0:
            return at
    raise ValueError("no root")


def resisted(speed, kind, push, drag):
    return speed - math.sqrt(push / (drag * speed + 1.0)) if kind is None else speed


@program(3.0, 2.0)
def a_root_whose_last_value_counts_for_nothing(push, drag):
    return root(resisted, 0.3, args=(None, push, drag))


@program(np.array([0.7, 0.9]))
def a_value_of_the_last_full_round(x):
    a, error = np.atleast_2d(x) * 1.0, 1.0
    while error > 1e-3:
        if error > 10.0:
            raise ValueError(error)
        else:
            b = a * 0.5 * np.sin(a)
            error = np.max(np.abs(b - a))
            a = b
    return np.sum(b + x)


@program([0.7, 0.4], np.array([[0.2, 0.5], [1.1, 0.3]]))
def values_under_other_types(xs, a):
    ys = cast("list[float]", xs)
    row, square = np.atleast_2d(ys[0] * a[0], a)
    return (row @ square).sum() * ys[1]


@program(1.3)
def decorated_within(x):
    def scaled(k):
        def decorate(f):
            return lambda *a: k * f(*a) + x

        return decorate

    def twice(f):
        @functools.wraps(f)
        def both(v):
            return f(f(v))

        return both

    @scaled(2.0)
    @scaled(x)
    def squared(v):
        return v * v

    @twice
    def grown(v):
        return v * x

    def shrunk(v):
        return v / x

    shrunk = twice(shrunk)
    return squared(x) + squared(1.0) * grown(2.0) + shrunk(x) * len(grown.__name__)


@program(1.3)
def functions_bound_again(x):
    g = x * x
    y = g * 2

    def g(v):
        return v * y

    for _ in range(2):
        f = g

        def g(v, f=f):
            return f(v) * x

    return g(1.0)


@program(np.array([1.0, 0.5, 2.0]), stage="hard")
def kept_functions_read_late(x):
    """What a function reads, it reads when it is called."""
    adding = []
    for v in x:
        def scaled(u, v=v):
            return u * v

        def added(u):
            return u + v

        adding.append((scaled, added))
    s = sum(f(g(2.0)) for f, g in adding)
    k = x[0]
    ops = {"a": lambda u: u * k, "b": lambda u: u + k}
    early = ops["a"](x[1])
    k = x[2] * early
    late = [lambda u: u * w * k for w in x]
    for i in range(2):
        q = x[i]
        for f in (lambda u: u * q, math.sin):
            s = s + f(q)
    return s * ops["a"](1.0) + ops["b"](s) + sum(f(early) for f in late)


@program(np.array([1.0, 0.5, 2.0]), stage="hard")
def partial_of_what_changes(x):
    v = x[0]
    p = partial(lambda k, u: u * v * k, 2.0)
    v = x[1] * 2
    return p(2.0) * v


def counter(start, x):
    total = start

    def add(v):
        nonlocal total
        total += v * x
        return total

    return add, lambda: total


def logged(k, x, log):
    log.append(k * x)
    return lambda v: v * k * x


@program(0.7, stage="hard")
def functions_made_turn_by_turn(x):
    def keeping(first):
        held = np.array([first, 1.0])

        def put(v):
            held[0] += v * x
            return held[0] * held[1]

        return put

    puts, log, scaled = [], [], []
    for k in range(3):
        puts.append(keeping(k * 1.0))
        scaled.append(logged(k, x, log))
    total = puts[0](x) + puts[1](2.0) * puts[0](1.0) - puts[2](x) + scaled[1](x) * sum(log)
    before = None
    for k in range(3):
        add, read = counter(k * 1.0, x)
        total += add(x) * (1.0 if before is None else before())
        before = read
    return total


@program(0.7)
def functions_of_one_turn(x):
    total = 0.0
    for k in range(3):
        add, read = counter(k * 1.0, x)
        add(2.0)
        total += read() * add(x)
    return total


@program(0.7)
def defaults_that_calls_change(x):
    def remembered(v, seen=[]):
        seen.append(v * x)
        return sum(seen)

    def known(v, found={}):
        if v not in found:
            found[v] = v * x
        return found[v]

    pushes = []
    for k in range(2):

        def push(v, *, seen=[k * 1.0]):
            seen.append(v * x)
            return sum(seen)

        pushes.append(push)
    total = remembered(1.0) + remembered(x) * remembered(2.0) + sum(map(known, [1.0, 2.0, 1.0]))
    return total + pushes[0](x) + pushes[1](2.0) * pushes[0](1.0)


def counted(function):
    @functools.wraps(function)
    def count(*args):
        count.calls += 1
        return function(*args)

    count.calls = 0
    return count


@counted
def squared(v):
    return v * v


@program(0.7, stage="hard")
def calls_that_are_counted(x):
    @counted
    def scaled(v):
        return v * x

    squared.calls = 0
    total = squared(x) + squared(2 * x) * squared.calls + scaled(x) + scaled(2.0) * scaled.calls
    for k in range(3):
        total = total * squared.calls + scaled(total)
        squared.calls += k
    return total


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **keywords):
        start = time.perf_counter()
        found = function(*args, **keywords)
        wrapper.seconds = time.perf_counter() - start
        return found

    return wrapper


@timed
def measured(x, scale=1.0):
    return x * x * scale


@program(1.5)
def calls_that_are_timed(x):
    return measured(x) + measured(x, scale=x)


def with_options(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        options.setdefault("scale", 2.0)
        options.pop("verbose", None)
        options["offset"] = options.get("offset", 0.0) + 1.0
        for name in options.pop("doubled", ()):
            options[name] = options[name] * 2
        return function(*args, **options)

    return wrapper


@with_options
def scaled_line(x, scale=1.0, offset=0.0):
    return scale * x**2 + offset


def updated_items(**items):
    items["a"] *= items["b"]
    items.update(b=items["a"] ** 2)
    return items["a"] + items["b"]


@program(0.7, 1.3)
def wrappers_that_change_their_keywords(x, s):
    given = {"a": x, "b": s}
    total = scaled_line(x, verbose=True) * scaled_line(x, scale=s) + scaled_line(s, offset=x, doubled=["offset"])
    return total * updated_items(**given) + given["a"]


def halved(a, times=1, copy=True, verbose=False):
    if verbose:
        print(times)
    if not copy:
        a //= 2.0
        return a
    return a * 0.5**times if copy and not verbose else a


@program(np.array([0.7, -1.3]))
def flags_that_are_left_out(x):
    def inner(y, twice=False):
        return halved(y, 2) if twice else halved(y)

    return np.sum(halved(x) * x) + np.sum(inner(x) * inner(x, True)) + np.sum(halved(x, verbose=True))


calls_by_name = {}


def timed(function):
    times = []

    @functools.wraps(function)
    def run(*args, **named):
        calls_by_name[function.__name__] = calls_by_name.get(function.__name__, 0) + 1
        start = time.perf_counter()
        try:
            return function(*args, **named)
        finally:
            times.append(time.perf_counter() - start)

    return run


@timed
def cube_that_is_timed(x):
    return x**3


@program(1.4)
def decorators_that_keep_count_and_time(x):
    return cube_that_is_timed(x) * cube_that_is_timed(x=2 * x)


def noted(function):
    def wrapper(*args, **options):
        return function(*args, **options) * 2.0

    wrapper.__signature__ = inspect.signature(function)
    return wrapper


@noted
def noted_line(x, scale=1.0):
    return x * scale


@program(0.7, 1.3)
def wrappers_that_note_another_signature(x, s):
    return noted_line(x, scale=s) * noted_line(s) + noted_line(scale=x, x=s)


@program(0.7, np.array([1.0, -2.0, 3.0, 4.0]))
def functions_that_change_what_they_captured_by_itself(x, v):
    w = v * x

    def double_the_last():
        v[3] *= 1.5

    def clear_the_negative():
        def one_deeper():
            v[v < 0] = 0.0

        one_deeper()

    def turned():
        w.sort()
        return 1.0

    double_the_last()
    clear_the_negative()
    return np.sum(v * np.arange(1.0, 5.0)) * x + turned() * w @ np.arange(1.0, 5.0)


def halves_of(t, u):
    for _ in [t]:
        u = u * 0.5
    return t * u


@program(0.7, 2.3, np.ones(4))
def chained_comparison_of_an_argument_written_out(x, y, v):
    def inner(t):
        nonlocal x
        if -1.0 < t < 1.0:
            v[1] = t
        else:
            x = y
        return x

    y += inner(halves_of(x, y))
    return y + x + v @ np.arange(1.0, 5.0)


def weaken(items, share):
    items[0] = items[1] * share


@program(0.7, np.array([1.0, -2.0, 3.0, 4.0]))
def partials_called_for_what_they_change(x, v):
    rows = [v * x, v.copy()]
    partial(weaken, rows)(0.3)
    for change in [partial(weaken, v), partial(weaken, rows[1])]:
        change(0.5)
    partial(np.multiply, v, 2.0, out=v)()
    tail = [x, x * x, 3.0]
    partial(list.reverse, tail)()
    return rows[0] @ rows[1] + rows[1][1] * v[1] + v[0] * x + tail[0] * tail[1] + 2.0 * tail[2]


def times_more(items, share):
    items["b"][2] = share


@program(0.7, np.array([1.0, -2.0, 3.0, 4.0]))
def arguments_held_by_what_is_handed_on(x, v):
    rows = [v, v * x]
    held = {"a": v * x, "b": v}

    def put(t):
        rows[0][1] = t

    def scale(t):
        rows[0][3] *= t

    for change in (put, scale):
        smooth_calls(change, 1.1)
    g = partial(times_more, share=x)
    g(held)
    return rows[0].sum() * x + held["a"] @ v


def smooth_calls(g, t):
    g(t)
    g(t)


@dataclass
class Filled:
    size: float
    out: np.ndarray


@program(0.7, np.array([1.0, -2.0, 3.0, 4.0]))
def out_is_a_name_like_another(x, v):
    s = v * x
    made = Filled(x, out=s)
    made.out[1] = 2.0
    named = dict(a=x, out=s)
    double = lambda t, out: np.multiply(t, out, out=out)
    double(x, out=s)
    for g in [np.sin, np.cos]:
        g(s, out=s)
    return made.out[0] * made.size + named["out"] @ np.arange(1.0, 5.0) * named["a"]


def scaled_in_place(factor, values):
    values *= factor


def shifted_in_place(shift, values):
    values -= 0.1 * shift


@program(np.array([0.3, -0.8]))
def item_of_a_dict_for_one_of_several_functions(x):
    total = 0.0
    for change in (scaled_in_place, shifted_in_place):
        held = {"w": x.copy(), "v": [x * 2]}
        change(held["w"] ** 2, held["w"])
        change(x, held["v"][0])
        total += held["w"].sum() + (held["v"][0] ** 2).sum()
    return total


@program(np.array([0.6, -0.8]))
def items_that_are_spread_over_unknown_calls(x):
    held = {"w": x * 1.5}
    given = (x**2, held["w"])
    for change in (scaled_in_place, shifted_in_place):
        change(*given)
        named = {"values": held["w"]}
        change(x, **named)
    return held["w"].sum()


@program(np.array([0.6, -0.8]))
def functions_that_a_lambda_calls_change_what_it_captured(x):
    p = x**2
    list(map(lambda change: change(0.5 * p, p), [scaled_in_place, shifted_in_place]))

    def run(change):
        change(x, p)

    for change in (scaled_in_place, shifted_in_place):
        run(change)
    return (p**2).sum()


@program(np.array([0.6, -0.8]))
def entry_that_may_be_missing_changes_in_place(x):
    held = {"w": x * 1.5, "v": x * x}
    w = held.get("w")
    w *= x
    scaled_in_place(x**2, held.get("v"))
    return held["w"].sum() + held["v"].sum()


def entry_of(**given):
    return given["a"]


def scaled_by_default(a, b=3.0, *, c=2.0, **rest):
    return a * b * c * len(rest)


@program(np.array([1.0, 2.0, -1.0]))
def entries_spread_by_name(v):
    a = v * 2.0
    entries = {"a": a}
    b = entry_of(**entries)
    b += v
    entries["z"] = v[0]
    if v[0] > 0.0:
        entries["c"] = v[1]
    return np.sum(a * a) + b[0] + np.sum(scaled_by_default(**entries))


class Observer:
    def __init__(self, state, seen):
        self.state, self.seen = state, seen

    def update(self, noise, **options):
        rows = [self.seen(self.state * (k + 1.0), **options) for k in range(3)]
        together = np.array(rows)
        spread = np.dot(together.T, together)
        spread += noise
        self.state = self.state + spread[0]


@program(np.array([0.3, 0.4]), 0.2)
def options_that_nobody_gives(x, noise):
    observer = Observer(x, lambda state: np.array([state[0] * state[1], state[1]]))
    for _ in range(2):
        observer.update(noise)
    return observer.state @ np.array([1.0, 2.0])


@program(0.5, 0.7)
def functions_that_assign_a_variable_and_call_each_other(x, y):
    s = 0.0

    def first(t):
        nonlocal s
        s += x * t
        return s * y

    def second(t):
        nonlocal s
        s += x * t
        return first(t) + s

    def third(t):
        nonlocal s
        s += y * t
        return second(t) + s * y

    def fourth(t):
        nonlocal s
        s += x * t
        return third(t) - s

    def fifth(t):
        nonlocal s
        s *= t
        return fourth(t) + s * x

    def sixth(t):
        nonlocal s
        s += x * t
        return fifth(t) * s

    def seventh(t):
        nonlocal s
        s += y + t
        return sixth(t) + s

    return seventh(y) + s


@program([0.6, 1.1, 1.7])
def functions_by_number(x):
    total = 0.0
    for k, f in enumerate((math.sin, math.exp)):
        total += f(x[k]) * x[2]
    for weight, f in zip((1.5, 2.5), (math.cos, square), strict=True):
        total += weight * f(x[1]) * total
    several = enumerate((square, math.sin)) if x[0] > 0 else zip((1.0,), (math.cos,), strict=True)
    for k, f in several:
        total += f(x[k + 1])
    return total


@program(0.4, 0.7)
def functions_that_are_sorted_and_chosen(x, y):
    """What they captured, or are bound to, goes with them: closures, partials, methods of arrays and of lists."""
    closures = [lambda v: v * y, lambda v: v + y * y]
    partials = [functools.partial(operator.mul, y), functools.partial(operator.add, y * y)]
    methods = [np.array([x, y]).dot, np.array([y, y]).dot]
    pairs = [(1, lambda v: v * x), (0, lambda v: v + x * y)]
    total = max(closures, key=lambda f: f(1.0))(x)
    for f in sorted(closures, key=lambda f: -f(0.5)):
        total = total * 0.5 + f(x)
    for _, f in sorted(pairs, key=lambda pair: pair[0]):
        total = total * 0.5 + f(y)
    total += sorted(partials, key=lambda f: f(1.0))[0](x)
    total += sorted(methods, key=lambda f: f(np.ones(2)))[1](np.array([x, 1.0]))
    return total + max([[x, y, x * y].pop], key=str)() + list((methods[0], np.array([x, y]).sum))[1]()
