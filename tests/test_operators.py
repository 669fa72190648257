"""The operators as their users meet them: what they take, what they give, and that nothing stale is used."""

import copy
import functools
import inspect
import linecache
import math
import pickle
import sys
import types
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from diffpy import (
    derivative,
    differentiable,
    gradient,
    pullback,
    value_with_gradient,
    value_with_pullback,
)
from diffpy.errors import DifferentiationError, DifferentiationTypeError, ParameterError
from diffpy.runtime.signatures import signature


def product(a, b, scale=1.0):
    return a * b * scale


def total(*args, **options):
    return args[0] * args[1] * options.get("k", 1.0)


@differentiable
@dataclass
class Line:
    slope: float
    shift: float

    def at(self, x):
        return self.slope * x + self.shift

    def __call__(self, x):
        return self.at(x)

    @differentiable
    def cubed(self, x):
        return self.at(x) ** 3


@differentiable(wrt="b")
def decorated(a, b=2.0):
    return a * b


LINE = Line(2.0, 1.0)

# Which arguments: operator(of=function, wrt=wrt)(*args, **keywords) == expected
CHOICES = [
    (product, None, (3.0, 4.0), {}, (4.0, 3.0)),
    (product, "a", (3.0, 4.0), {}, 4.0),
    (product, 1, (3.0, 4.0), {}, 3.0),
    (product, -1, (3.0, 4.0, 2.0), {}, 12.0),
    (product, ("a",), (3.0, 4.0), {}, (8.0 / 2,)),
    (product, ["b", 0], (3.0, 4.0), {}, (3.0, 4.0)),
    (product, "scale", (3.0, 4.0), {"scale": 2.0}, 12.0),
    (product, None, (3.0,), {"b": 4.0}, 4.0),
    (product, None, (3, 4.0), {}, (4.0, 3.0)),
    (product, None, (True, 4.0), {}, (None, 1.0)),
    (total, None, (2.0, 3.0), {"k": 4.0}, (12.0, 8.0)),
    (total, "args", (2.0, 3.0), {"k": 4.0}, (12.0, 8.0)),
    (total, "options", (2.0, 3.0), {"k": 4.0}, {"k": 6.0}),
    (total, ("args", "options"), (2.0, 3.0), {"k": 4.0}, ((12.0, 8.0), {"k": 6.0})),
    (lambda *xs: xs[0] ** 2, None, (3.0,), {}, 6.0),
    (functools.partial(product, 2.0), None, (3.0,), {}, 2.0),
    (functools.partial(product, 2.0), 0, (3.0,), {}, 2.0),
    (functools.partial(product, 2.0), "a", (3.0,), {}, 3.0),
    (functools.partial(product, b=0.5, scale=4.0), None, (3.0,), {}, 2.0),
    (functools.partial(functools.partial(product, 2.0), scale=5.0), None, (3.0,), {}, 10.0),
    (functools.partial(total, 2.0), None, (3.0,), {}, 2.0),
    (LINE.at, None, (3.0,), {}, 2.0),
    (LINE.at, 0, (3.0,), {}, 2.0),
    (LINE.at, "x", (3.0,), {}, 2.0),
    (LINE.at, -1, (), {"x": 3.0}, 2.0),
    (LINE, None, (3.0,), {}, 2.0),
    (functools.partial(LINE.at, 3.0), "x", (), {}, 2.0),
    (np.sin, None, (0.0,), {}, 1.0),
    (math.atan2, "y", (0.0, 2.0), {}, 0.5),
    (max, None, (1.0, 2.0), {}, (0.0, 1.0)),
    (decorated, None, (2.0, 3.0), {}, 2.0),
    (decorated, "a", (2.0, 3.0), {}, 3.0),
    (LINE.cubed, None, (1.0,), {}, 54.0),
]


@pytest.mark.parametrize("function, wrt, args, keywords, expected", CHOICES)
def test_choice_of_arguments(function, wrt, args, keywords, expected):
    made = gradient(of=function, wrt=wrt)
    for _ in range(3):
        assert made(*args, **keywords) == expected
        assert type(made(*args, **keywords)) is type(expected)
    assert value_with_gradient(of=function, wrt=wrt)(*args, **keywords) == (
        function(*args, **keywords),
        expected,
    )
    assert pullback(of=function, wrt=wrt)(*args, **keywords)(1.0) == expected
    assert made.source == gradient(of=function, wrt=wrt).source
    compile(made.source_for(*args, **keywords), "text", "exec")


def test_the_object_of_a_method():
    line_bar = gradient(of=LINE.at, wrt="self")(3.0)
    assert (line_bar.slope, line_bar.shift) == (3.0, 1.0)
    line_bar, x_bar = gradient(of=LINE.at, wrt=("self", "x"))(3.0)
    assert (line_bar.slope, x_bar) == (3.0, 2.0)
    assert type(gradient(of=lambda line: line.slope * line.shift)(LINE)) is Line.TangentVector


def test_operators_as_methods():
    assert decorated.gradient(2.0, 3.0) == 2.0
    assert decorated.value_with_gradient(2.0) == (4.0, 2.0)
    assert decorated.pullback(2.0, 3.0)(10.0) == 20.0
    assert LINE.cubed.gradient(1.0) == 54.0
    line_bar, x_bar = Line.cubed.gradient(LINE, 1.0)
    assert (line_bar.slope, line_bar.shift, x_bar) == (27.0, 27.0, 54.0)


def test_at():
    assert gradient(at=(3.0, 4.0), of=product) == (4.0, 3.0)
    assert gradient(at=3.0, of=lambda x: x * x) == 6.0
    assert gradient(at=[1.0, 2.0], of=lambda xs: xs[0] * xs[1]) == [2.0, 1.0]
    pair = namedtuple("Pair", "x y")
    assert gradient(at=pair(3.0, 4.0), of=lambda p: p.x * p.y) == (4.0, 3.0)


def test_aux():
    def squared(x):
        return x * x, {"x": x}

    assert gradient(of=squared, aux=True)(3.0) == (6.0, {"x": 3.0})
    assert value_with_gradient(of=squared, aux=True)(3.0) == ((9.0, {"x": 3.0}), 6.0)


@pytest.mark.parametrize("wrt", ["missing", 3, -4, True, 1.0, None.__class__])
def test_wrt_that_is_no_argument(wrt):
    with pytest.raises(ParameterError):
        gradient(of=product, wrt=wrt)(3.0, 4.0)


def scaled(out, x):
    for k in range(3):
        out[k] = 2 * x[k] * out[k]


def rebinding(out, x):
    out[0] = x[1]
    out = out * 0.0
    out[1] = x[0]


def settled(out, x):
    steps = 0
    while np.max(np.abs(out - x * x)) > 0.0:
        out[:] = x * x
        steps += 1
    return steps


class TestResult:
    def test_one_argument(self):
        out, x = np.ones(3), np.arange(3.0)
        value, back = value_with_pullback(of=scaled, result="out")(out, x)
        assert np.array_equal(value, [0.0, 2.0, 4.0])
        assert np.array_equal(out, np.ones(3))
        out_bar, x_bar = back(np.ones(3))
        assert np.array_equal(out_bar, [0.0, 2.0, 4.0])
        assert np.array_equal(x_bar, [2.0, 2.0, 2.0])

    def test_several_arguments(self):
        value, back = value_with_pullback(of=scaled, result=("out", "x"))(np.ones(3), np.arange(3.0))
        assert isinstance(value, tuple) and np.array_equal(value[1], np.arange(3.0))
        _, x_bar = back((np.ones(3), np.ones(3)))
        assert np.array_equal(x_bar, [3.0, 3.0, 3.0])

    def test_a_name_that_is_bound_anew(self):
        value, back = value_with_pullback(of=rebinding, result="out")(np.ones(2), np.array([5.0, 7.0]))
        assert np.array_equal(value, [7.0, 1.0])
        out_bar, x_bar = back(np.array([1.0, 10.0]))
        assert np.array_equal(out_bar, [0.0, 10.0]) and np.array_equal(x_bar, [0.0, 1.0])

    def test_a_returned_value_is_left_out(self):
        value, back = value_with_pullback(of=settled, result="out")(np.ones(2), np.array([3.0, 4.0]))
        assert np.array_equal(value, [9.0, 16.0])
        assert np.array_equal(back(np.array([1.0, 10.0]))[1], [6.0, 80.0])

    def test_refusals(self):
        with pytest.raises(DifferentiationTypeError, match="'a' is a number"):
            gradient(of=product, result="a")(1.0, 2.0)
        with pytest.raises(ParameterError, match="no parameter 'missing'"):
            pullback(of=scaled, result="missing")(np.ones(3), np.ones(3))


# Nothing stale: what a derivative was made from changes, and the next call follows.


def module(text):
    made = types.ModuleType("changing")
    made.__file__ = f"<changing {id(made)}>"
    change(made, text)
    return made


def change(made, text):
    name = f"<changing {len(linecache.cache)}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    exec(compile(text, name, "exec"), vars(made))


def test_redefined_helper():
    made = module("def helper(x):\n    return x * x\ndef f(x):\n    return helper(x) + 0.0\n")
    g = gradient(of=made.f)
    assert [g(3.0), g(3.0)] == [6.0, 6.0]
    change(made, "def helper(x):\n    return 10.0 * x\n")
    assert g(3.0) == 10.0
    made.helper.__code__ = (lambda x: 7.0 * x).__code__
    assert g(3.0) == 7.0


def test_redefined_helpers_that_are_written_out():
    kept = "def f(x):\n    a = Box()\n    fill(a, x)\n    a.add(x)\n    return a.v\n"
    box = "class Box:\n    def __init__(self):\n        self.v = 0.0\n    def add(self, v):\n        self.v += v\n"
    made = module(box + "def fill(box, x):\n    box.v = x * x\n" + kept)
    g = gradient(of=made.f)
    assert g(3.0) == 7.0
    change(made, "def fill(box, x):\n    box.v = 5 * x\n")
    assert g(3.0) == 6.0
    change(made, "def add(self, v):\n    self.v *= v\n")
    made.Box.add = made.add
    assert g(3.0) == 30.0


def test_redefined_classes_of_patterns():
    head = "from dataclasses import dataclass\n@dataclass\nclass Pair:\n"
    f = "def f(x):\n    match Pair(a=x, b=3 * x):\n        case Pair(u, v):\n            return u * u + v\n"
    made = module(head + "    a: float\n    b: float\n" + f)
    g = gradient(of=made.f)
    assert g(2.0) == 7.0
    change(made, head + "    b: float\n    a: float\n")
    assert g(2.0) == 37.0


def stepped(y, f):
    return y + 0.5 * f(y)


def test_a_function_that_is_made_anew_needs_no_new_derivative(monkeypatch):
    g = gradient(of=lambda y: stepped(stepped(y, lambda y: -y * y), lambda y: 3.0 * y))
    assert g(1.0) == g(1.0) == 0.0

    def derive(*given):
        raise AssertionError("derived again")

    monkeypatch.setattr("diffpy.derive.derive", derive)
    assert g(0.5) == 1.25


@pytest.mark.parametrize("wrt", [None, "a", 0, ("a", "b"), ("b",), (1, 0), ["a", 1]])
def test_operators_that_are_made_anew_know_what_was_compiled(wrt, monkeypatch):
    made = [gradient(of=product, wrt=wrt, compile=compile) for compile in (False, True)]
    expected = [one(3.0, 4.0) for one in made]

    def enter(*given):
        raise AssertionError("looked up again")

    monkeypatch.setattr("diffpy.operators.Operator._enter", enter)
    for one, compile in zip(expected, (False, True), strict=True):
        assert gradient(of=product, wrt=wrt, compile=compile)(3.0, 4.0) == one


def test_functions_that_are_made_alike_and_told_apart_later():
    def make():
        return lambda y: 2.0 * y

    first, second = make(), make()
    g = gradient(of=stepped, wrt="y")
    assert g(1.0, first) == g(1.0, second) == 2.0

    @derivative(of=second)
    def _(y):
        return 2.0 * y, lambda v: 10.0 * v

    assert (g(1.0, first), g(1.0, second), g(1.0, make())) == (2.0, 6.0, 2.0)
    first.__code__ = (lambda y: 4.0 * y).__code__
    assert (g(1.0, first), g(1.0, make())) == (3.0, 2.0)


def test_rebound_global():
    made = module("import math\nfactor = 2.0\ndef f(x):\n    return factor * math.sin(x)\n")
    g = gradient(of=made.f)
    assert g(0.0) == 2.0
    made.factor = 3.0
    assert g(0.0) == 3.0
    made.factor = np.array([1.0, 2.0])
    with pytest.raises(DifferentiationError):
        g(0.0)
    made.factor = 4
    assert g(0.0) == 4.0
    made.math = types.SimpleNamespace(sin=lambda x: x * 5.0)
    assert g(0.0) == 20.0
    del made.factor
    with pytest.raises(NameError):
        g(0.0)


def test_shadowed_builtin():
    made = module("def f(x):\n    return abs(x) * x\n")
    g = gradient(of=made.f)
    assert g(-3.0) == 6.0
    made.abs = lambda x: 2.0 * x
    assert g(-3.0) == -12.0
    del made.abs
    assert g(-3.0) == 6.0


def test_edited_function():
    made = module("def f(x, y=2.0):\n    return x * y\n")
    g = gradient(of=made.f)
    assert g(3.0) == 2.0
    made.f.__defaults__ = (5.0,)
    assert g(3.0) == 5.0
    made.f.__defaults__ = (np.array([5.0]),)
    assert g(3.0) == 5.0
    before = made.f
    change(made, "def f(x, y=2.0):\n    return x * x * y\n")
    before.__code__, before.__defaults__ = made.f.__code__, (2.0,)
    assert g(3.0) == 12.0


def test_changed_closure():
    weight = 2.0

    def f(x):
        return weight * x

    g = gradient(of=f)
    assert g(3.0) == 2.0
    weight = 3
    assert g(3.0) == 3.0
    weight = np.array(4.0)
    assert g(3.0) == 4.0


def test_rule_that_comes_later():
    def rounded(x):
        return float(round(x))

    def f(x):
        return rounded(x) * 2.0

    g, own = gradient(of=f), gradient(of=rounded)
    assert (g(2.6), own(2.6)) == (0.0, 0.0)

    @derivative(of=rounded)
    def rule(x):
        return rounded(x), lambda v: v

    assert (g(2.6), own(2.6)) == (2.0, 1.0)


def test_an_int_result_with_a_rule_counts_as_real():
    def straight(x):
        return round(x)

    @derivative(of=straight)
    def rule(x):
        return straight(x), lambda v: v

    assert gradient(of=lambda x: straight(x) * 3.0)(2.6) == 3.0


def test_kinds_of_numbers_are_told_apart():
    g = gradient(of=product)
    for one in (1.0, 1, np.float64(1), np.float32(1), np.ones(1), np.ones((1, 1)), 1.0, np.float32(1)):
        given, _ = g(one, 2.0)
        assert type(given) is (float if isinstance(one, int) else type(one))
        assert np.shape(given) == np.shape(one)
    assert g(True, 2.0) == (None, 1.0)


def test_signatures_hold_what_a_text_depends_on():
    assert signature((np.ones((3, 4)),), {}) == signature((np.ones((5, 2)),), {})
    different = [
        (1.0,),
        (1,),
        (True,),
        (np.float32(1),),
        (np.ones(3),),
        (np.ones(1),),
        (np.ones((3, 1)),),
        (np.ones((1, 3)),),
        (np.ones((3, 4)),),
        (np.ones(3, np.float32),),
        ((1.0,),),
        ([1.0],),
        ([1.0, 1],),
        ({"a": 1.0},),
        (LINE,),
        (Line(1, 2.0),),
        (1.0, 1.0),
    ]
    keys = [signature(args, {}) for args in different]
    assert len({*keys}) == len(different) and None not in keys
    assert signature((product,), {}) is None
    assert signature((1.0,), {"a": 1.0}) != signature((1.0,), {"b": 1.0})


# Operators are values.


def test_pickle_and_copy():
    for one in (gradient(of=product, wrt="a"), decorated.gradient, LINE.cubed.gradient, gradient(of=LINE.at)):
        args = (1.0,) if one.of not in (product, decorated) else (1.0, 2.0)
        for twin in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
            assert type(twin) is type(one) and twin(*args) == one(*args)
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated) is decorated
    assert pickle.loads(pickle.dumps(LINE.cubed))(1.0) == LINE.cubed(1.0)


def test_operators_say_what_they_are():
    made = gradient(of=product)
    assert made.__name__ == "product" and "product" in repr(made)
    assert inspect.signature(made) == inspect.signature(product)
    with pytest.raises(AttributeError):
        made.missing  # noqa: B018


def test_operators_nest():
    cube = lambda x: x**3
    assert gradient(of=gradient(of=cube))(2.0) == 12.0
    assert gradient(of=lambda x: value_with_gradient(of=cube)(x)[1])(2.0) == 12.0
    assert gradient(of=lambda x: pullback(of=cube)(x)(1.0))(2.0) == 12.0
    assert gradient(of=lambda x: value_with_pullback(of=math.sin)(x)[1](1.0))(0.5) == -math.sin(0.5)
    assert gradient(of=gradient(of=LINE.cubed))(1.0) == 72.0


def test_text_of_what_has_no_python():
    assert gradient(of=np.sin).source_for(0.5) == (
        "def sin_value_with_gradient(x):\n"
        "    value = np.sin(x)\n"
        "    x_bar = np.cos(x)\n"
        "    return value, float(x_bar)\n"
    )
    with pytest.raises(DifferentiationError, match="no derivative is known"):
        gradient(of=np.nditer)(np.ones(2))


def test_mistakes_of_calls_are_pythons_own():
    with pytest.raises(TypeError) as plain:
        product(1.0)
    with pytest.raises(TypeError) as caught:
        gradient(of=product)(1.0)
    assert str(caught.value) == str(plain.value)


def shrunk(x, by=2.0):
    return x / by


def shrunk_twice(x):
    x *= 3.0
    y = shrunk(x)
    x[0] = 0.0
    return (y * x).sum()


class TestCalleesThatAreKnown:
    def test_a_default_that_is_set_anew(self, monkeypatch):
        assert np.array_equal(gradient(of=shrunk_twice)(np.array([1.0, 2.0])), [0.0, 18.0])
        assert np.array_equal(gradient(of=shrunk_twice)(np.array([1.0, 2.0])), [0.0, 18.0])
        monkeypatch.setattr(shrunk, "__defaults__", (4.0,))
        assert np.array_equal(gradient(of=shrunk_twice)(np.array([1.0, 2.0])), [0.0, 9.0])

    def test_what_the_caller_changes_was_copied(self):
        value, back = value_with_pullback(of=shrunk_twice)(np.array([1.0, 2.0]))
        assert value == 18.0 and np.array_equal(back(1.0), back(1.0))


def test_a_chain_of_calls_as_long_as_python_allows(monkeypatch):
    """What is far inside is looked at when it runs: each function that is looked into takes frames."""
    lines = ["def g0(x):", "    return x * x"]
    for k in range(1, 36):
        lines += [f"def g{k}(x):", f"    return g{k - 1}(x) + x"]
    text, namespace = "\n".join([*lines, ""]), {}
    file = "<a chain of calls>"
    monkeypatch.setitem(linecache.cache, file, (len(text), None, text.splitlines(True), file))
    exec(compile(text, file, "exec"), namespace)
    frames = len(inspect.stack(0))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(frames + 420)
    try:
        assert gradient(of=namespace["g35"])(3.0) == 41.0
    finally:
        sys.setrecursionlimit(limit)
