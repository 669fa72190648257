"""Programs that do something besides: print, log, write to the world, assert, enter contexts. Each effect happens once."""

import contextlib
import functools
import io
import logging
import math
import random
import warnings

import numpy as np

from corpus import LOG, program

logger = logging.getLogger("corpus.effects")


@program(2.0, printed="hello\n")
def prints_a_constant(x):
    print("hello")
    return x ** 2


@program(2.0, printed="x = 2.0\ny = 4.0\n")
def prints_values(x):
    print("x =", x)
    y = x ** 2
    print(f"y = {y}")
    return y * x


@program(0.5, printed="0 0.5\n1 1.0\n2 2.0\n")
def prints_in_a_loop(x):
    for i in range(3):
        print(i, x)
        x = x * 2
    return x


@program(0.5, printed="small|0.5\nend\n")
def prints_in_a_branch(x):
    if x > 1:
        print("large")
    else:
        print("small", x, sep="|")
    y = x * x
    print("end")
    return y


@program(np.array([1.0, 2.0]), printed="shape (2,) sum 3.0\n")
def prints_an_array_fact(x):
    print("shape", x.shape, "sum", float(x.sum()))
    return (x ** 2).sum()


@program(3.14159, printed="pi is  3.14, '3.142' and 0x10\n")
def formats(x):
    width = 5
    text = f"pi is {x:{width}.2f}, {format(x, '.3f')!r} and {16:#x}"
    print(text)
    return x * len(text)


@program(1.5, log=["start", 2.25, "end"])
def writes_to_a_log(x):
    LOG.append("start")
    y = x * x
    LOG.append(y)
    z = y * x
    LOG.append("end")
    return z


@program(1.5, log=[(0, 1.5), (1, 3.0), (2, 6.0)])
def writes_in_a_loop(x):
    for i in range(3):
        LOG.append((i, x))
        x = 2 * x
    return x ** 2


def noted(name, value):
    LOG.append(name)
    return value


@program(1.5, 2.5, log=["a", "b", "c"])
def order_of_evaluation(x, y):
    return noted("a", x) * noted("b", y) + noted("c", x * y)


@program(1.5, log=["left", "right", "call"])
def order_of_arguments(x):
    def f(a, b):
        LOG.append("call")
        return a * b

    return f(noted("left", x), b=noted("right", x + 1))


@program(1.5, log=["first"])
def short_circuit(x):
    if noted("first", x > 1) or noted("second", x > 2):
        return x ** 2
    return x


@program(1.5, log=["a", "b"])
def comparison_chain_evaluates_once(x):
    if noted("a", 1) < noted("b", x) < 2:
        return x ** 3
    return x


@program(1.5, log=["yes"])
def conditional_expression_evaluates_one_side(x):
    return noted("yes", x * x) if x > 1 else noted("no", x)


@program(1.5, log=["call"])
def inner_function_runs_once(x):
    def f(a):
        LOG.append("call")
        return a * math.exp(a)

    return f(x)


@program(1.5)
def logs(x):
    logger.info("at %.2f", x)
    y = math.sin(x)
    if y > 0.9:
        logger.warning("large: %s", y > 0.9)
    return y * x


@program(1.5, 3)
def asserts(x, n):
    assert n > 2
    assert x > 0, f"x must be positive, not {x}"
    return x ** 2 * n


@program(np.array([4.0, 9.0]))
def with_errstate(x):
    with np.errstate(divide="raise", invalid="raise"):
        y = np.sqrt(x) / x
    return y.sum()


@program(4.0)
def with_warnings_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = x ** 1.5
        if y > 2:
            y = y * x
    return y


@contextlib.contextmanager
def section(name):
    LOG.append(f"enter {name}")
    yield name
    LOG.append(f"leave {name}")


@program(1.5, log=["enter a", "inside", "leave a"])
def with_a_context(x):
    with section("a"):
        y = x * x
        LOG.append("inside")
        z = y + x
    return z * y


@program(1.5, log=["enter a", "enter b", "leave b", "leave a"])
def with_two_contexts(x):
    with section("a") as a, section("b"):
        y = x * len(a + "xx")
    return y ** 2


@program(1.5, log=["enter 0", "leave 0", "enter 1", "leave 1"])
def with_in_a_loop(x):
    for i in range(2):
        with section(i):
            x = x * x + i
    return x


@program(1.5, log=["enter a", "leave a"])
def return_from_with(x):
    with section("a"):
        if x > 1:
            return x ** 2
        x = x * 5
    return x


@program(0.3, log=["enter 0", "leave 0", "enter 1", "leave 1"])
def break_from_with(x):
    for i in range(5):
        with section(i):
            x = x * 2
            if x > 1:
                break
    return x * x


@program(0.3, printed="[0.09, 0.3]\n")
def prints_a_list(x):
    items = [round(x * x, 5), x]
    print(items)
    return items[1] ** 3


@program(2.0, log=["debug"])
def statement_with_value_dropped(x):
    noted("debug", x * 3)
    x * 5
    "a string that stands alone"
    return x * 7


@program(0.5)
def random_numbers_of_its_own(x):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=4)
    scale = rng.uniform(1.0, 2.0)
    return np.sum((x * noise + 1) ** 2) * scale


@program(0.5, np.array([1.0, 2.0, 3.0]))
def history_outside(x, data):
    for d in data:
        x = x - 0.1 * (x - d)
        LOG.append(round(x, 6))
    return x


@program(2.0, printed="a\nb\na\nb\n")
def prints_from_helpers(x):
    def a(v):
        print("a")
        return b(v) * v

    def b(v):
        print("b")
        return v + 1

    return a(x) + a(2 * x)


@program(2.0, printed="progress: 0 1 2 done\n")
def prints_with_end(x):
    print("progress:", end=" ")
    for i in range(3):
        print(i, end=" ", flush=True)
        x = x + i * x
    print("done")
    return x


@program(np.array([1.0, 2.0, 4.0]))
def draws_from_what_was_given(x):
    rng, old, mine = np.random.default_rng(1), np.random.RandomState(2), random.Random(3)
    total = rng.choice(x, size=4).mean() * rng.permutation(x)[0] + rng.choice(x, size=2, replace=False)[0]
    total += old.choice(x, 3).sum() * old.permutation(x)[1]
    items = (x[0] ** 2, x[1], x[2] ** 3)
    return total + mine.choice(items) * sum(mine.choices(items, k=3)) + mine.sample(items, 2)[1]


@program(0.4, 0.3, np.ones(3))
def drawn_by_ones_own_generator(mean, spread, weights):
    rng = np.random.default_rng(11)
    around = rng.normal(mean, spread, size=len(weights)) * weights
    steps = rng.standard_normal(weights.size) * spread
    return np.sum(np.exp(around) * steps) + rng.uniform(mean, 2.0)


@program(0.6, np.array([0.3, -1.2, 0.4, 0.9]), np.arange(12.0).reshape(3, 4))
def prints_into_memory_where_items_change(x, w, m):
    out = io.StringIO()
    try:
        w.sort()
        if x < 1.5:
            raise KeyError("no")
    except LookupError:
        print(f"{x:.1f}", file=out)
        m.flat[5] = -0.7 * x
        m.flat[1:3] = w[1:3]
        part = m.flat[4:8]
        part *= x
        m.flat[[0, 2, 2]] = w[:3]
    finally:
        m[1, -1] += x
    w[1:][:1] *= x
    print("done", file=io.StringIO())
    return w @ np.arange(1.0, 5.0) + part @ w + np.sum(m * m) + len(out.getvalue())


@functools.lru_cache(None)
def known_count(n):
    LOG.append(n)
    return 2.0 if n < 2 else known_count(n - 1) + 1.0


@program(1.5, log=[3, 2, 1])
def cache_of_what_has_no_derivative(x):
    known_count.cache_clear()
    return x * known_count(3) ** known_count(2)


@program(np.array([1.0, 2.0]), printed="[1. 4.] is 4.0, array([1., 4.])\n")
def formats_arrays_with_percent(a):
    b = a * a
    print("%s is %.1f, %r" % (b, b[1], b))  # noqa: UP031
    return b @ a


class Telling:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        print("add")
        return Telling(self.value + other.value)

    def __hash__(self):
        print("hash")
        return 1

    def __eq__(self, other):
        return self.value == other.value

    def __call__(self, x):
        print("call")
        return self.value * x

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


@program(1.5, printed="call\nadd\nadd\n")
def objects_that_tell_of_each_call(x):
    one = Telling(x)
    with one as other:
        y = other(x)
    return y * sum([one, Telling(y)], Telling(0.0)).value


def told_at_each_depth(x, depth):
    print("in", depth, x)
    y = x if depth == 0 else told_at_each_depth(x * 0.5, depth - 1)
    print("out", depth, y, file=io.StringIO())
    return y * x


@program(1.5, printed="in 2 1.5\nin 1 0.75\nin 0 0.375\n")
def prints_in_recursion(x):
    return told_at_each_depth(x, 2)


@program(np.array([0.7, -0.4, 1.3]), stage="stores")
def nested_functions_that_make_contexts(x):
    stack, total = [1.0], 0.0

    @contextlib.contextmanager
    def scaled(k):
        stack.append(stack[-1] * k)
        try:
            yield stack[-1]
        finally:
            stack.pop()

    @contextlib.contextmanager
    def weighed(w):
        nonlocal total
        before = total
        yield
        total = before + w * (total - before)

    for v in x:
        with scaled(v) as k, weighed(k):
            if v < 0:
                continue
            total += k * v
            with scaled(2.0):
                total += stack[-1]
    return total * stack[-1]


def fill_first(w, v):
    w[0] = v[1] * v[2]


def fill_second(w, v):
    w[1] += v[0] * v[2]


def run_all(functions, w, v):
    for one in functions:
        one(w, v)


def counted_run(functions, w, v):
    run_all(functions, w, v)
    return len(functions)


class Runner:
    def __init__(self, functions):
        self.functions = functions

    def run(self, w, v):
        for one in self.functions:
            one(w, v)


FILLING = [fill_first, fill_second]
RUNNER = Runner(FILLING)
BY_NAME = {"first": fill_first, "second": fill_second}


def run_named(name, *args, **keywords):
    BY_NAME[name](*args, **keywords)


def repeated(count):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **keywords):
            for _ in range(count):
                function(*args, **keywords)

        return wrapper

    return decorate


@repeated(2)
def scale(w, by):
    w *= by


class Body:
    def __init__(self, place):
        self.place = place

    @repeated(3)
    def step(self, dt):
        self.place = self.place * dt

    @repeated(2)
    def kick(self, k, by):
        self.place[k] += by


@program(np.array([0.7, -0.4, 1.3]), np.array([0.5, 1.7, -0.2]), stage="stores")
def calls_for_their_effect_of_functions_of_a_table(v, w):
    run_all(FILLING, w, v)
    RUNNER.run(w, v * v)
    return (w * v).sum() * counted_run(FILLING[::-1], w, v) + w @ w


@program(np.array([0.7, -0.4, 1.3]), np.array([0.5, 1.7, -0.2]), stage="stores")
def calls_for_their_effect_that_hand_all_on(v, w):
    run_named("first", w, v)
    run_named("second", w, v=v)
    run_named("second", w=w, v=v)
    return (w * v).sum()


@program(np.array([0.7, -0.4, 1.3]), np.array([0.5, 1.7, -0.2]), stage="stores")
def decorated_functions_that_change_arguments(v, w):
    scale(w, v)
    scale(v, by=w)
    bodies = [Body(w), Body(v * 2.0)]
    for one in bodies:
        one.step(v[0])
        one.kick(1, by=v[2])
    return sum((one.place * v).sum() for one in bodies)


@program(1.3, stage="stores")
def change_of_an_item_that_a_star_hands_over(x):
    a = np.ones(2) * x
    both = (a, 3.0 * x)
    scale(*both)
    return a.sum()


@program(np.array([0.7, -0.4, 1.3]), np.array([0.5, 1.7, -0.2]), stage="stores")
def nested_decorator_of_a_function_that_changes(v, w):
    @repeated(2)
    def change(x, k, *, by=2.0):
        x[k] *= by

    change(w, 0, by=v[1])
    change(w, 1)
    return (w * v).sum()
