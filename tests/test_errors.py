"""What is refused, in which words and at which text; and what the function itself raises, which arrives as it would."""

import linecache
import pickle
import re
import sys
import traceback
import types
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import diffpy
from diffpy import errors

PREAMBLE = "import math\nimport numpy as np\nfrom dataclasses import dataclass\nfrom diffpy import *\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a text as a module of its own; the module comes back."""

    def run(code, name="model"):
        path = tmp_path / f"{name}.py"
        path.write_text(PREAMBLE + code, encoding="utf-8")
        module = types.ModuleType(name)
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(PREAMBLE + code, str(path), "exec"), vars(module))
        return module

    return run


# Refusals: a program, the text under the caret, the headline, words of the reason and of the remedy.


@dataclass
class Case:
    name: str
    code: str
    error: str
    at: str
    headline: str
    because: str
    fix: str
    nth: int = 1  # which occurrence of `at`
    notes: tuple = ()  # (text under the caret, message)

    def place(self, text, nth=1):
        """Line, column (from 0) and the line's text."""
        position = -1
        for _ in range(nth):
            position = self.code.index(text, position + 1)
        before = self.code[:position]
        line = before.count("\n")
        return line, position - (before.rfind("\n") + 1), self.code.splitlines()[line]

    def picture(self, text, nth=1):
        _, column, line = self.place(text, nth)
        width = len(text.splitlines()[0])
        return f"    {line}\n    {' ' * column}^{'~' * (width - 1)}\n"


AREA = "def area(w, h):\n    return w * h\n"
RULE = AREA + "@derivative(of=area)\ndef rule(w, h):\n    return area(w, h), "
SQUARE = "def area(w):\n    return w * w\n@derivative(of=area)\ndef rule(w):\n    return "
USED = "\ndef f(x):\n    return np.sum(area(x))\ng = gradient(at=np.ones(2), of=f)\n"
PRODUCT = "def f(x, y):\n    return x * y\n"
PB = "pb = pullback(at=np.ones((2, 2)), of=lambda x: x @ x)\n"

CASES = [
    Case(
        "a callee that looks at its caller's variables",
        "import sys\ndef said(text):\n    return eval(text, {}, sys._getframe(1).f_locals)\n"
        "def f(x):\n    return said('x * x')\ngradient(of=f)(2.0)\n",
        "UnsupportedSyntaxError",
        "said('x * x')",
        "'said' may read variables of the function that calls it",
        "its caller's frame",
        "write what it computes as Python",
    ),
    Case(
        "a masked store that overwrites what it reads",
        "def f(x):\n    a = x * x\n    a[a < 9.0] = a[1:3]\n    return a.sum()\ngradient(of=f)(np.arange(1.0, 4.0))\n",
        "UnsupportedSyntaxError",
        "a[a < 9.0] = a[1:3]",
        "a store under a mask overwrites entries of the array that it takes its values from",
        "which of them NumPy has read by then",
        "a[mask] = values.copy()",
    ),
    Case(
        "conversion to an integer",
        "@differentiable\ndef f(x):\n    return float(int(x)) * 2.0\n",
        "DifferentiationError",
        "int(x)",
        "function 'f' is not differentiable with respect to 'x'",
        "int() turns the active value 'x' into an integer",
        "int(without_derivative(x))",
    ),
    Case(
        "no rule and no source",
        "import statistics\ndef f(x):\n    return statistics.linear_regression([x, 0.5], [1.0, 2.0]).slope\n"
        "gradient(at=2.0, of=f)\n",
        "UnknownDerivativeError",
        "statistics.linear_regression([x, 0.5], [1.0, 2.0])",
        "no derivative is known for 'statistics.linear_regression'",
        "no rule is registered",
        "@derivative(of=statistics.linear_regression)",
    ),
    Case(
        "a view of a dict that is kept while the dict changes",
        "def f(x):\n    d = {'a': x}\n    views = [d.values()]\n    d['b'] = x * x\n    return sum(views[0])\n"
        "gradient(at=2.0, of=f)\n",
        "UnsupportedSyntaxError",
        "d.values()",
        "a view of 'd' is kept while the dict changes",
        "the derivative would have to follow the change through the view",
        "d.values()",
    ),
    Case(
        "a library that changes a list",
        "import random\ndef f(x):\n    mix = random.Random(3).shuffle\n    xs = [x, x * x]\n    mix(xs)\n"
        "    return xs[0]\ngradient(at=2.0, of=f)\n",
        "UnsupportedSyntaxError",
        "mix(xs)",
        "'Random.shuffle' changes an object that the derivative depends on",
        "how the derivative changes with it is not known",
        "build a new value",
    ),
    Case(
        "a number that was a key",
        "def f(x):\n    d = {}\n    for y in (x, x * x):\n        d[y] = d.get(y, 0) + 1\n"
        "    return sum(k * n for k, n in d.items())\ngradient(at=2.0, of=f)\n",
        "UnsupportedSyntaxError",
        "d.items()",
        "the keys of a dict are read here, among which are numbers that depend on the arguments",
        "no derivative goes through the keys of a dict",
        "keep the numbers as values too",
    ),
    Case(
        "a key that a nested function stored",
        "def f(x):\n    d = {}\n    def put(k):\n        d[k] = 1.0\n    put(x)\n    return max(d)\n"
        "gradient(at=2.0, of=f)\n",
        "UnsupportedSyntaxError",
        "max(d)",
        "the keys of a dict are read here, among which are numbers that depend on the arguments",
        "no derivative goes through the keys of a dict",
        "keep the numbers as values too",
    ),
    Case(
        "a loop in a try over what raises",
        "def f(x):\n    y = 0.0\n    try:\n        for a, b in zip([x, x], [1.0], strict=True):\n            y += a * b\n"
        "    except Exception:\n        y *= 2\n    return y\ngradient(at=2.0, of=f)\n",
        "UnsupportedSyntaxError",
        "for a, b in zip([x, x], [1.0], strict=True):",
        "a change in the body of 'try' raised ValueError, which a handler catches",
        "came half-way",
        "with 'if' before",
    ),
    Case(
        "a ufunc without a rule",
        "h = np.frompyfunc(lambda t: t * t, 1, 1)\ndef f(x):\n    return h(x) + 1.0\ngradient(at=2.0, of=f)\n",
        "UnknownDerivativeError",
        "h(x)",
        "no derivative is known for '<lambda> (vectorized)'",
        "no rule is registered",
        "@derivative(of=f) def _(x): return f(x)",
    ),
    Case(
        "an array of objects from a ufunc",
        "h = np.frompyfunc(lambda t: t * t, 1, 1)\ndef f(x):\n    return h(x).sum()\ngradient(at=np.ones(2), of=f)\n",
        "UnknownDerivativeError",
        "h(x)",
        "no derivative is known for '<lambda> (vectorized)'",
        "no rule is registered",
        "without_derivative(x)",
    ),
    Case(
        "a change of what is an array at times and has two names",
        "def f(x):\n    held = [x, 'one']\n    s = held[0]\n    print(file=None)\n    s += x\n"
        "    return held[0].sum() * s.sum()\ngradient(at=np.ones(2), of=f)\n",
        "UnsupportedSyntaxError",
        "s += x",
        "this changes an array that may have other names",
        "it may be a number too",
        "start from an array",
    ),
    Case(
        "an array of objects",
        "def f(x):\n    return np.sum(np.array([x, x], dtype=object))\ngradient(at=2.0, of=f)\n",
        "DifferentiationTypeError",
        "np.sum(np.array([x, x], dtype=object))",
        "argument 'a' of 'sum' is an array of Python objects",
        "is not known",
        "an array of floats",
    ),
    Case(
        "numbers of another kind",
        "from decimal import Decimal\ndef f(x):\n    return float(Decimal(x) * 2)\ngradient(at=2.0, of=f)\n",
        "UnknownDerivativeError",
        "Decimal(x)",
        "no derivative is known for 'decimal.Decimal'",
        "no rule is registered",
        "@derivative(of=decimal.Decimal)",
    ),
    Case(
        "source from exec",
        "space = {}\nexec('def f(x): return x * x', space)\nf = space['f']\ng = gradient(of=f)\ng(2.0)\n",
        "SourceNotFoundError",
        "g(2.0)",
        "the source of function 'f' could not be found",
        "'<string>', by exec() or at a prompt",
        "@derivative(of=f)",
    ),
    Case(
        "source of a callee from exec",
        "space = {}\nexec('def h(x): return x * x', space)\nh = space['h']\n"
        "def f(x):\n    return h(x) + x\ngradient(of=f)(2.0)\n",
        "SourceNotFoundError",
        "h(x)",
        "the source of function 'h' could not be found",
        "exec()",
        "@derivative(of=h)",
        nth=2,
    ),
    Case(
        "an integer array",
        "def f(x):\n    return np.sum(x * x)\ng = gradient(at=np.array([1, 2, 3]), of=f)\n",
        "DifferentiationTypeError",
        "gradient(at=np.array([1, 2, 3]), of=f)",
        "argument 'x' of 'f' has dtype int64 and cannot be differentiated",
        "no small change",
        "x.astype(float)",
    ),
    Case(
        "wrt a string",
        PRODUCT + "gradient(of=f, wrt='y')(1.0, 'a')\n",
        "DifferentiationTypeError",
        "gradient(of=f, wrt='y')(1.0, 'a')",
        "argument 'y' of 'f' is a str and cannot be differentiated",
        "no small change",
        "leave 'y' out with wrt=...",
    ),
    Case(
        "wrt a struct without fields",
        "@differentiable\n@dataclass\nclass Relu:\n    pass\n"
        + PRODUCT
        + "gradient(of=f, wrt=0)(Relu(), 2.0)\n",
        "DifferentiationTypeError",
        "gradient(of=f, wrt=0)(Relu(), 2.0)",
        "argument 'x' of 'f' is a Relu and cannot be differentiated",
        "which fields of Relu",
        "register_differentiable(Relu, fields=(...))",
    ),
    Case(
        "no argument with a derivative",
        "class A:\n    w = 1.0\ndef f(a):\n    return a.w ** 2\ngradient(of=f)(A())\n",
        "DifferentiationTypeError",
        "gradient(of=f)(A())",
        "argument 'a' of 'f' is an A and cannot be differentiated",
        "nothing says which fields of A have derivatives",
        "@differentiable above @dataclass",
    ),
    Case(
        "objects that hold each other",
        "class Node:\n    def __init__(self, m):\n        self.m, self.peer = m, None\n"
        "register_differentiable(Node, fields=('m', 'peer'))\n"
        "def f(n):\n    return n.m * n.peer.m\n"
        "one, other = Node(1.0), Node(2.0)\none.peer, other.peer = other, one\ngradient(at=one, of=f)\n",
        "DifferentiationTypeError",
        "return n.m * n.peer.m",
        "an object of class 'Node' holds itself, or what holds it",
        "no end",
        "make such objects in the function",
    ),
    Case(
        "an object of an undeclared class",
        "class A:\n    def __init__(self, w):\n        self.w = w\n        print(self, file=None)\n"
        "def f(x):\n    return A(x).w * 2\ngradient(at=1.0, of=f)\n",
        "UnknownDerivativeError",
        "A(x)",
        "no derivative is known for objects of class 'model.A'",
        "which of their fields",
        "register_differentiable(model.A, fields=(...))",
    ),
    Case(
        "no parameter to differentiate",
        "@differentiable\ndef f(name: str, flag: bool) -> float:\n    return float(name)\n",
        "DifferentiationError",
        "def f(name: str, flag: bool) -> float:",
        "'f' has no parameter to differentiate with respect to",
        "'name: str' and 'flag: bool'",
        "remove the decorator",
    ),
    Case(
        "unknown wrt",
        "@differentiable(wrt=('y', 'z'))\n" + PRODUCT,
        "ParameterError",
        "differentiable(wrt=('y', 'z'))",
        "'f' has no parameter 'z'; its parameters are: x, y",
        "names or the positions",
        "wrt='x'",
        notes=(("def f(x, y):", "'f' is defined here"),),
    ),
    Case(
        "mistyped wrt",
        "def f(x, weight):\n    return x * weight\ngradient(of=f, wrt='weigth')(1.0, 2.0)\n",
        "ParameterError",
        "gradient(of=f, wrt='weigth')(1.0, 2.0)",
        "'f' has no parameter 'weigth'; its parameters are: x, weight; did you mean 'weight'?",
        "names or the positions",
        "wrt='weight'",
        notes=(("def f(x, weight):", "'f' is defined here"),),
    ),
    Case(
        "wrt beyond the parameters",
        PRODUCT + "text = gradient(of=f, wrt=7).source\n",
        "ParameterError",
        "gradient(of=f, wrt=7).source",
        "'f' has no parameter 7; its parameters are: x, y",
        "names or the positions",
        "wrt='x'",
        notes=(("def f(x, y):", "'f' is defined here"),),
    ),
    Case(
        "mistyped wrt of a rule",
        AREA + "@derivative(of=area, wrt='hh')\ndef rule(w, h):\n    return w * h, lambda v: v * w\n",
        "ParameterError",
        "derivative(of=area, wrt='hh')",
        "'area' has no parameter 'hh'; its parameters are: w, h; did you mean 'h'?",
        "names or the positions",
        "wrt='h'",
        notes=(("def area(w, h):", "'area' is defined here"),),
    ),
    Case(
        "at= of a list",
        PRODUCT + "gradient(at=[1.0, 2.0], of=f)\n",
        "DifferentiationTypeError",
        "gradient(at=[1.0, 2.0], of=f)",
        "at= is no argument list for 'f(x, y)': missing a required argument: 'y'",
        "a list, which counts as one argument",
        "at=(x, y): a tuple is the argument list",
        notes=(("def f(x, y):", "'f' is defined here"),),
    ),
    Case(
        "at= of too many",
        PRODUCT + "gradient(at=(1.0, 2.0, 3.0), of=f)\n",
        "DifferentiationTypeError",
        "gradient(at=(1.0, 2.0, 3.0), of=f)",
        "at= is no argument list for 'f(x, y)': too many positional arguments",
        "3 arguments",
        "at=(x, y)",
        notes=(("def f(x, y):", "'f' is defined here"),),
    ),
    Case(
        "of= of no function",
        "def f(x):\n    return x * x\ngradient(of=f(2.0))\n",
        "DifferentiationTypeError",
        "gradient(of=f(2.0))",
        "of= needs a function; what was given is a float",
        "only functions",
        "gradient(of=f)",
    ),
    Case(
        "a derivative of no function",
        "derivative(of=3)\n",
        "DerivativeRuleError",
        "derivative(of=3)",
        "of= needs a function",
        "3 cannot be called",
        "@derivative(of=f)",
    ),
    Case(
        "result is an array",
        "def f(x):\n    if x[0] > 5.0:\n        return x\n    return x * 2.0\ngradient(at=np.ones(3), of=f)\n",
        "NonScalarOutputError",
        "return x * 2.0",
        "gradient() needs a function with a real scalar result; 'f' returned an array of shape (3,)",
        "one real number",
        "pullback(at=..., of=f)(cotangent) or jacobian(of=f)(x)",
    ),
    Case(
        "result is complex",
        "def f(x):\n    return x * 1j\ngradient(at=1.0, of=f)\n",
        "NonScalarOutputError",
        "return x * 1j",
        "gradient() needs a function with a real scalar result; 'f' returned a complex number",
        "one real number",
        "y.real",
    ),
    Case(
        "result is a string",
        "def f(x):\n    return 'a'\ngradient(at=1.0, of=f)\n",
        "DifferentiationTypeError",
        "return 'a'",
        "gradient() needs a function with a real scalar result; 'f' returned a value of type str",
        "only a float",
        "return one number",
    ),
    Case(
        "result is a tuple",
        "def f(x):\n    return x, x * x\ngradient(at=1.0, of=f)\n",
        "DifferentiationTypeError",
        "return x, x * x",
        "gradient() needs a function with a real scalar result; 'f' returned a value of type tuple",
        "only a float",
        "aux=True",
    ),
    Case(
        "no pair for aux",
        "def f(x):\n    return x, x, x\ngradient(at=1.0, of=f, aux=True)\n",
        "DifferentiationTypeError",
        "return x, x, x",
        "aux=True needs a function that returns (value, more); 'f' returns a tuple of 3",
        "the rest handed through",
        "leave aux out",
    ),
    Case(
        "forgotten return, promised",
        "@differentiable\ndef f(x):\n    y = x * x\n",
        "DifferentiationTypeError",
        "def f(x):",
        "'f' returns nothing",
        "without a return statement",
        "add a return statement",
        notes=(("y = x * x", "the last value computed is 'y'; was 'return y' meant?"),),
    ),
    Case(
        "forgotten return",
        "def f(x):\n    y = x * x\ngradient(at=1.0, of=f)\n",
        "DifferentiationTypeError",
        "def f(x):",
        "'f' returns nothing",
        "without a return statement",
        "add a return statement",
        notes=(("y = x * x", "the last value computed is 'y'; was 'return y' meant?"),),
    ),
    Case(
        "a way without return",
        "def f(x):\n    if x > 0:\n        return x * x\ngradient(at=-1.0, of=f)\n",
        "DifferentiationTypeError",
        "return x * x",
        "'f' returned None",
        "one real number",
        "without `return`",
    ),
    Case(
        "a global that a recursive function changes in place",
        "known = {}\ndef put(x, k):\n    global known\n    known |= {'a': x}\n    k and put(x, k - 1)\n"
        "def f(x):\n    global known\n    known = {'a': 1.0}\n    mine = known\n    put(x, 2)\n"
        "    return mine['a']\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "put(x, 2)",
        "this call may use the global variable 'known', which holds a value that the derivative depends on",
        "cannot follow the value",
        "pass 'known' as an argument",
    ),
    Case(
        "a global that a call changes unseen",
        "total = 0.0\ndef add(v):\n    global total\n    total += v\n"
        "def f(x):\n    list(map(add, [x]))\n    return total\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "map(add, [x])",
        "this call may use the global variable 'total', which holds a value that the derivative depends on",
        "cannot follow the value",
        "as an argument",
    ),
    Case(
        "a function in a global",
        "@differentiable\ndef f(x):\n    global g\n    def g(t):\n        return t * x\n    return g(x)\n",
        "UnsupportedSyntaxError",
        "def g(t):",
        "the function 'g' is stored in a global name",
        "keep the variables of 'f' alive",
        "remove 'global g'",
    ),
    Case(
        "change of an item that a star hands over",
        "def add(a, k):\n    a += k\nkept = (np.ones(2), 3.0)\ndef f(x):\n    both = (kept[0], x)\n    add(*both)\n"
        "    return kept[0].sum()\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "add(*both)",
        "'add' changes 'both[0]' in place, which the derivative depends on",
        "follow the change into the call",
        "return the new value",
    ),
    Case(
        "a count of the calls that an integral makes",
        "from scipy.integrate import quad\ndef f(x):\n    calls = []\n    def g(t):\n        calls.append(t)\n"
        "        return t * x\n    return quad(g, 0.0, x)[0]\n"
        "gradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "quad(g, 0.0, x)",
        "a function that is handed on here changes 'calls' in place, which the derivative depends on",
        "follow the change into the call",
        "return the new value",
    ),
    Case(
        "a value left in a function",
        "def g(v):\n    g.last = v * v\n    return v\ndef f(x):\n    return g(x) * g.last\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "g.last = v * v",
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        "outlives the call",
        "return the value",
        notes=(("g(x)", "called here"),),
    ),
    Case(
        "a value left in a class, and read through an object",
        "class P:\n    scale = 2.0\n    def __init__(self, x):\n        self.x = x\n    def out(self):\n"
        "        return self.x * self.scale\ndef f(x):\n    P.scale = x * x\n    return P(x).out()\n"
        "gradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "P.scale = x * x",
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        "outlives the call",
        "return the value",
    ),
    Case(
        "a value left in a class by a call",
        "class P:\n    total = 0.0\n    @classmethod\n    def add(cls, v):\n        cls.total = cls.total + v\n"
        "def f(x):\n    P.add(x)\n    return P().total\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "P.add(x)",
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        "outlives the call",
        "return the value",
    ),
    Case(
        "a value left in a module, which one of its functions reads",
        "import types\nsettings = types.ModuleType('settings')\n"
        "exec('rate = 1.0\\ndef read():\\n    return rate', vars(settings))\nread = settings.read\n"
        "def f(x):\n    settings.rate = x * x\n    return read() + x\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "settings.rate = x * x",
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        "outlives the call",
        "return the value",
    ),
    Case(
        "a value set in a module that is imported where it is set",
        "def f(x):\n    import numpy as settings\n    setattr(settings, 'rate', x * x)\n    return x\n"
        "gradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "setattr(settings, 'rate', x * x)",
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        "outlives the call",
        "return the value",
    ),
    Case(
        "a comparison that changes what it compares, while items are sorted",
        "class Gauge:\n    def __init__(self, v, seen):\n        self.v = v\n        self.seen = seen\n"
        "    def __lt__(self, other):\n        self.seen.append(self.v * other.v)\n        return self.v < other.v\n"
        "def f(x):\n    seen = []\n    gauges = [Gauge(x, seen), Gauge(2 * x, seen)]\n    gauges.sort()\n"
        "    return seen[0]\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "gauges.sort()",
        "Python calls 'Gauge.__lt__' here, which changes what the derivative depends on",
        "into a call that is not written",
        "a statement of its own",
    ),
    Case(
        "values in an object that its class makes in a way of its own",
        "class Box:\n    def __new__(cls):\n        made = super().__new__(cls)\n        made.held = {}\n"
        "        return made\ndef f(x):\n    box = Box()\n    box.held['a'] = x\n"
        "    return box.held['a'] * x\ngradient(at=1.0, of=f)\n",
        "UnknownDerivativeError",
        "box = Box()",
        "values that the derivative depends on are stored in an object of class 'Box'",
        "what its constructor makes",
        "let __init__ store all that it holds",
    ),
    Case(
        "copies that are no copies",
        "import copy\nclass Twin:\n    def __init__(self, v):\n        self.v = v\n    def __copy__(self):\n"
        "        return Twin(2 * self.v)\ndef f(x):\n    return copy.copy(Twin(x)).v\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "copy.copy(Twin(x))",
        "Python calls 'Twin.__copy__' here, which says what a copy is",
        "takes a copy for what it is a copy of",
        "a method of another name",
    ),
    Case(
        "active value in a default that an object keeps",
        "class Log:\n    def __init__(self, entries=[]):\n        self.entries = entries\n"
        "def f(x):\n    log = Log()\n    log.entries.append(x * x)\n    return log.entries[-1]\n"
        "gradient(at=1.0, of=f)\n",
        "DifferentiationError",
        "log.entries.append(x * x)",
        "an active value is stored in the captured object 'entries'",
        "'entries' outlives the call",
        "create 'entries' inside 'f'",
    ),
    Case(
        "active value in a captured list",
        "seen = []\ndef f(x):\n    seen.append(x * x)\n    return seen[-1]\ngradient(at=1.0, of=f)\n",
        "DifferentiationError",
        "seen.append(x * x)",
        "an active value is stored in the captured object 'seen'",
        "'seen' outlives the call",
        "create 'seen' inside 'f'",
    ),
    Case(
        "generator",
        "@differentiable\ndef f(xs):\n    for x in xs:\n        yield x * x\n",
        "UnsupportedSyntaxError",
        "yield x * x",
        "the generator function 'f' has no derivative of its own",
        "who asks for the items",
        "return a list",
    ),
    Case(
        "coroutine",
        "@differentiable\nasync def f(x):\n    return x * x\n",
        "UnsupportedSyntaxError",
        "async def f(x):",
        "coroutines are not supported",
        "the event loop",
        "plain def",
    ),
    Case(
        "a change in a try that comes half-way",
        "@differentiable\ndef f(x):\n    u = [x]\n    try:\n        y = u.pop(2)\n    except IndexError:\n"
        "        y = 2.0 * x\n    return y + u[0]\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "y = u.pop(2)",
        "a change in the body of 'try' raised IndexError, which a handler catches",
        "half-way",
        "test the condition",
    ),
    Case(
        "exec",
        "@differentiable\ndef f(x):\n    exec('y = x * 2')\n    return x\n",
        "UnsupportedSyntaxError",
        "exec",
        "exec() cannot be analysed",
        "any variable",
        "write the code out",
    ),
    Case(
        "a callee that is refused",
        "def g(x):\n    y = yield x\ndef f(x):\n    return sum(g(2.0 * x))\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "yield x",
        "the value of a 'yield' is used",
        "send()",
        "as arguments",
        notes=(("g(2.0 * x)", "called here"),),
    ),
    Case(
        "a generator that is spoken to",
        "def g(x):\n    yield x\n    yield x * x\n"
        "def f(x):\n    it = g(x)\n    y = next(it)\n    return y * it.send(2.0)\ngradient(at=1.0, of=f)\n",
        "UnsupportedSyntaxError",
        "it.send(2.0)",
        "the iterator's 'send' is called",
        "counts the items",
        "pass the generator what it needs",
    ),
    Case(
        "a generator that is left and acts then",
        "def g(x, log):\n    try:\n        yield x\n        yield x * x\n    finally:\n        log.append(x)\n"
        "def f(x):\n    log = []\n    for y in g(x, log):\n        break\n    return y * sum(log)\n"
        "gradient(at=3.0, of=f)\n",
        "UnsupportedSyntaxError",
        "return y * sum(log)",
        "the generator function 'g' does something when it is closed, and may be left before its end",
        "its derivative holds it",
        "it.close()",
    ),
    Case(
        "what a generator returns",
        "def g(x):\n    yield x\n    return x * x\n"
        "def f(x):\n    it = g(x)\n    y = next(it)\n    try:\n        next(it)\n"
        "    except StopIteration as end:\n        y = y * end.value\n    return y\ngradient(at=3.0, of=f)\n",
        "UnsupportedSyntaxError",
        "end.value",
        "the derivative depends on 'value' of an exception that was caught",
        "is not followed",
        "assign the value to a variable",
    ),
    Case(
        "a C function known only at run time",
        "import ctypes\nroot = ctypes.CDLL(None).abs\ntable = {'root': root}\n"
        "def f(x):\n    return table['root'](x) * 1.5\n"
        "root.restype = ctypes.c_double\nroot.argtypes = [ctypes.c_double]\ngradient(at=2.0, of=f)\n",
        "UnknownDerivativeError",
        "table['root'](x)",
        "no derivative is known for 'ctypes.abs'",
        "no rule is registered",
        "without_derivative(x)",
    ),
    Case(
        "a matrix object, whose * is no product by element",
        "import warnings\nwarnings.simplefilter('ignore')\nm = np.matrix([[1.0, 2.0], [3.0, 4.0]])\n"
        "def f(x):\n    return np.sum(np.multiply(x, 2.0) * m)\ngradient(at=np.ones((2, 2)), of=f)\n",
        "UnknownDerivativeError",
        "np.multiply(x, 2.0) * m",
        "a matrix object takes part in this operation",
        "by element",
        "np.asarray(m)",
    ),
    Case(
        "an argument that the rule does not cover",
        AREA + "@derivative(of=area, wrt='w')\ndef rule(w, h):\n    return area(w, h), lambda v: v * h\n"
        "def f(x):\n    return area(x, x)\ngradient(at=2.0, of=f)\n",
        "UnknownDerivativeError",
        "area(x, x)",
        "'model.area' has no derivative with respect to 'h', 'w'",
        "the registered rule covers w only",
        "register a rule for it",
    ),
    Case(
        "an option that the rule does not cover",
        "def f(x):\n    return np.exp(x, where=x > 0)\ngradient(at=np.ones(2), of=f)\n",
        "UnknownDerivativeError",
        "np.exp(x, where=x > 0)",
        "'exp' has no derivative with 'where=' given",
        "mask",
        "leave 'where' out",
    ),
    Case(
        "cotangent of another shape",
        PB + "pb(np.ones(3))\n",
        "ShapeError",
        "pb(np.ones(3))",
        "the cotangent has shape (3,) but the result of the function has shape (2, 2)",
        "shaped like the function's result",
        "pass an array of shape (2, 2)",
    ),
    Case(
        "cotangent of another kind",
        PB + "pb(np.ones((2, 2), complex))\n",
        "DifferentiationTypeError",
        "pb(np.ones((2, 2), complex))",
        "the cotangent is complex but the result of the function is real",
        "shaped like",
        "its real part",
    ),
    Case(
        "cotangent of another structure",
        "pb = pullback(at=np.ones(2), of=lambda x: (x, [x]))\npb((np.ones(2), [np.ones(3)]))\n",
        "ShapeError",
        "pb((np.ones(2), [np.ones(3)]))",
        "the cotangent[1][0] has shape (3,) but the result of the function[1][0] has shape (2,)",
        "shaped like",
        "pass an array of shape (2,)",
    ),
    Case(
        "cotangent with too few entries",
        "pb = pullback(at=np.ones(2), of=lambda x: (x, x))\npb((np.ones(2),))\n",
        "ShapeError",
        "pb((np.ones(2),))",
        "the cotangent is a tuple of 1 entries but the result of the function is a tuple of 2 entries",
        "shaped like",
        "its 2 entries",
    ),
    Case(
        "cotangent of what has none",
        "pb = pullback(at=1.0, of=lambda x: str(x))\npb(1.0)\n",
        "DifferentiationTypeError",
        "pb(1.0)",
        "the cotangent is a float but the result of the function has no derivative",
        "it is a str",
        "pass None",
    ),
    Case(
        "rule that returns too few",
        RULE + "lambda v: v * h\ngradient(at=(2.0, 3.0), of=area)\n",
        "DerivativeRuleError",
        "lambda v: v * h",
        "the pullback registered for 'model.area' returned 1 value; 2 are needed (w, h)",
        "the rule was registered for w, h",
        "wrt=...",
        notes=(("gradient(at=(2.0, 3.0), of=area)", "needed here"),),
    ),
    Case(
        "rule that returns another shape",
        SQUARE + "area(w), lambda v: np.ones(3)" + USED,
        "DerivativeRuleError",
        "lambda v: np.ones(3)",
        "the cotangent from the rule of 'model.area' has shape (3,) but the argument has shape (2,)",
        "the shape and the type of its argument",
        "pass an array of shape (2,)",
        notes=(("area(x)", "needed here"),),
    ),
    Case(
        "rule that returns no pullback",
        SQUARE + "area(w)" + USED,
        "DerivativeRuleError",
        "def rule(w):",
        "the derivative registered for 'model.area' must return the value and its pullback",
        "what it returned has shape (2,)",
        "return value, lambda v: ...",
        notes=(("area(x)", "needed here"),),
    ),
    Case(
        "rule whose pullback is no function",
        SQUARE + "area(w), 3.0" + USED,
        "DerivativeRuleError",
        "def rule(w):",
        "the derivative registered for 'model.area' must return the value and its pullback",
        "a value that is a float, not with a function",
        "return value, lambda v: ...",
        notes=(("area(x)", "needed here"),),
    ),
    Case(
        "rule with other parameters",
        AREA + "@derivative(of=area)\ndef rule(w):\n    return area(w, w), lambda v: v\n",
        "DerivativeRuleError",
        "def rule(w):",
        "rule 'rule' takes (w) but 'model.area' takes (w, h)",
        "the original arguments",
        "def rule(w, h): ...",
        notes=(("def area(w, h):", "'model.area' is defined here"),),
    ),
    Case(
        "two rules",
        AREA + "@derivative(of=area)\ndef one(w, h): ...\n@derivative(of=area)\ndef two(w, h): ...\n",
        "DerivativeRuleError",
        "def two(w, h): ...",
        "'model.area' already has a derivative with respect to (w, h)",
        "it was registered by 'one'",
        "replace=True",
        notes=(("def one(w, h): ...", "the first rule"),),
    ),
    Case(
        "decorated builtin",
        "differentiable(len)\n",
        "DifferentiationTypeError",
        "differentiable(len)",
        "@differentiable needs a function or a dataclass",
        "a builtin_function_or_method",
        "@derivative(of=len)",
    ),
    Case(
        "decorated property",
        "class A:\n    @differentiable\n    @property\n    def f(self):\n        return 1.0\n",
        "DifferentiationTypeError",
        "differentiable",
        "@differentiable needs a function or a dataclass",
        "is a property",
        "below @property",
    ),
    Case(
        "decorated class",
        "@differentiable\nclass A:\n    def __init__(self):\n        self.w = 1.0\n",
        "DifferentiationTypeError",
        "differentiable",
        "class 'A' cannot be made differentiable",
        "it is not a dataclass",
        "@differentiable above @dataclass",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refusal(case, run):
    with pytest.raises(errors.DifferentiationError) as caught:
        run(case.code)
    error, text = caught.value, str(caught.value) + "\n"
    assert type(error).__mro__[:2].count(getattr(errors, case.error)) == 1, type(error)
    line, column, _ = case.place(case.at, case.nth)
    assert error.filename.endswith("model.py")
    assert (error.lineno - PREAMBLE.count("\n") - 1, error.col_offset) == (line, column), text
    assert error.headline == case.headline
    assert case.because in error.because
    assert case.fix in error.fix
    head = f"{error.filename}:{error.lineno}:{error.col_offset + 1}: error: {case.headline}\n"
    assert text.startswith(head + case.picture(case.at, case.nth))
    for at, message in case.notes:
        assert f": note: {message}\n" + case.picture(at) in text
    assert text.count(": note: ") == len(case.notes), text
    assert not re.search(r"<diffpy|\bt\d+\b|_bar\b", text), text


def test_every_message_survives_pickling(run):
    for case in CASES[::7]:
        with pytest.raises(errors.DifferentiationError) as caught:
            run(case.code)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), str(again)) == (type(caught.value), str(caught.value))


WARNINGS = [
    Case(
        "a result from no parameter",
        "@differentiable\ndef f(x):\n    y = 3.0\n    return np.sqrt(y)\n",
        "ZeroDerivativeWarning",
        "np.sqrt(y)",
        "the derivative of 'f' is always zero",
        "computed from none of its parameters",
        "without_derivative(...)",
    ),
    Case(
        "a field without derivative",
        "@differentiable\n@dataclass\nclass Layer:\n    w: float\n    name: str\n",
        "NonDifferentiableFieldWarning",
        "name: str",
        "field 'name' of 'Layer' has no derivative because str is not differentiable",
        "it is left out of Layer.TangentVector",
        "name: str = no_derivative()",
    ),
]


@pytest.mark.parametrize("case", WARNINGS, ids=lambda case: case.name)
def test_warning(case, run):
    with pytest.warns(getattr(errors, case.error)) as caught:
        module = run(case.code)
    (warning,) = caught
    line, column, _ = case.place(case.at)
    line += PREAMBLE.count("\n") + 1
    message = f"{module.__file__}:{line}:{column + 1}: warning: {case.headline}\n{case.picture(case.at)}"
    assert str(warning.message).startswith(message), str(warning.message)
    assert case.because in str(warning.message) and case.fix in str(warning.message)
    assert warning.filename == module.__file__


MEANT = [
    "def f(x):\n    return 0.0\n",
    "def f(x):\n    return without_derivative(math.sqrt(2.0))\n",
    "def f(x):\n    first = [0.0]\n    second = first\n    second[0] = x\n    return first[0]\n",
    "def f(x):\n    y = 0.0\n    def g():\n        nonlocal y\n        y = x\n    g()\n    return y\n",
    "def f(**options):\n    return options['a'] * 2.0\n",
    "def f(x):\n    total = 0.0\n    for one in x:\n        total += one\n    return total\n",
    "def f(x):\n    print(x)\n",
]


@pytest.mark.parametrize("code", MEANT)
def test_no_warning(code, run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run("@differentiable\n" + code)


# A generated function is differentiated: places are still the user's.

HELPERS = """import statistics
def mean(x):
    return statistics.linear_regression([x, 0.5], [1.0, 2.0]).slope
def helper(x):
    y = x * x
    return mean(y) + mean(x)
"""
NESTED = [
    (
        "def f(x):\n    return np.cumsum(x)\n",
        "gradient(of=gradient(of=f))(np.ones(2))",
        "return np.cumsum(x)",
    ),
    (
        "def g(x):\n    return helper(x)\ndef f(x):\n    return g(x) * x\n",
        "gradient(of=gradient(of=f))(2.0)",
        "statistics.linear_regression([x, 0.5], [1.0, 2.0])",
    ),
    (
        "def f(x):\n    y = 2.0 * x\n    return helper(y)\n",
        "value_with_pullback(of=gradient(of=f))(2.0)",
        "statistics.linear_regression([x, 0.5], [1.0, 2.0])",
    ),
    (
        "def f(x):\n    return helper(x)\n",
        "gradient(of=lambda x: gradient(of=f)(x) * x)(2.0)",
        "statistics.linear_regression([x, 0.5], [1.0, 2.0])",
    ),
]


@pytest.mark.parametrize(("code", "call", "at"), NESTED)
def test_places_in_second_order(code, call, at, run):
    with pytest.raises(errors.DifferentiationError) as caught:
        run(HELPERS + code + call + "\n")
    error = caught.value
    line = (PREAMBLE + HELPERS + code).splitlines()[error.lineno - 1]
    assert error.filename.endswith("model.py"), str(error)
    assert line[error.col_offset :].startswith(at), str(error)
    assert "<diffpy" not in str(error)


# What the function raises


@dataclass
class Raising:
    name: str
    code: str
    x: object = 2.0


RAISING = [
    Raising("division", "def f(x):\n    y = 2.0 * x\n    return y / (x - 2.0)\n"),
    Raising("division by an int", "def f(x):\n    n = 0\n    return x * (1 // n)\n"),
    Raising("key", "def f(x):\n    table = {'a': x}\n    return table['b'] * x\n"),
    Raising("index", "def f(x):\n    values = [x, x * x]\n    return values[2] + x\n"),
    Raising("array index", "def f(x):\n    return x[0] * x[7]\n", np.ones(3)),
    Raising("attribute", "def f(x):\n    y = x * x\n    return y.nothing\n"),
    Raising("type", "def f(x):\n    y = x * x\n    return y + 'a'\n"),
    Raising("arguments", "def h(a, b):\n    return a * b\ndef f(x):\n    return h(x)\n"),
    Raising("range", "def f(x):\n    for i in range(x):\n        x = x * i\n    return x\n"),
    Raising("shapes", "def f(x):\n    return np.sum(x @ np.ones((4, 5)))\n", np.ones((2, 3))),
    Raising(
        "class of the user's",
        "class Odd(Exception):\n    def __init__(self, a, b):\n        super().__init__(a, b)\n"
        "def f(x):\n    if x > 1.0:\n        raise Odd(1, 'two')\n    return x * x\n",
    ),
    Raising("assert", "def f(x):\n    assert x < 0, f'x is {x}'\n    return x * x\n"),
    Raising("bare assert", "def f(x):\n    y = x * x\n    assert y < 0\n    return y\n"),
    Raising(
        "chained",
        "def check(x):\n    try:\n        return {}[x]\n    except KeyError as error:\n"
        "        raise ValueError('no such x') from error\n"
        "def f(x):\n    check(3)\n    return x * x\n",
    ),
    Raising(
        "from nothing", "def f(x):\n    if x > 1.0:\n        raise ValueError('no') from None\n    return x\n"
    ),
    Raising(
        "in a helper",
        "def h(x):\n    z = x - 2.0\n    return 1.0 / z\ndef f(x):\n    y = x * x\n    return y + h(x)\n",
    ),
    Raising(
        "two deep",
        "def g(x):\n    return math.log(x - 2.0)\ndef h(x):\n    return g(x) * x\ndef f(x):\n    return h(x)\n",
    ),
    Raising(
        "in a callback",
        "def apply(h, x):\n    return h(x)\ndef f(x):\n    return apply(lambda t: t / 0.0, x)\n",
    ),
    Raising(
        "in a method",
        "class A:\n    def m(self, x):\n        return x / 0.0\na = A()\ndef f(x):\n    return a.m(x)\n",
    ),
    Raising("in a loop", "def f(x):\n    for i in range(3):\n        x = x / (2 - i)\n    return x\n"),
    Raising("in a comprehension", "def f(x):\n    return sum([x / (1 - i) for i in range(3)])\n"),
    Raising(
        "in a with block",
        "def f(x):\n    with np.errstate(all='raise'):\n        return np.log(x - x)\n",
        np.float64(2.0),
    ),
    Raising("unbound", "def f(x):\n    if x < 0:\n        y = x * x\n    return y * 2\n"),
    Raising(
        "unbound later", "def f(x):\n    for i in range(0):\n        y = x\n    x = x * 2\n    return y + x\n"
    ),
    Raising("arguments inside", "def f(x):\n    def g(a, b):\n        return a * b * x\n    return g(x)\n"),
    Raising("unknown name", "def f(x):\n    y = x * x\n    return undefined * y\n"),
    Raising("unpacking", "def f(x):\n    a, b = [x, x, x]\n    return a * b\n"),
    Raising("interrupt", "def h():\n    raise KeyboardInterrupt\ndef f(x):\n    h()\n    return x * x\n"),
    Raising("exit", "import sys\ndef f(x):\n    if x > 0:\n        sys.exit(3)\n    return x * x\n"),
]


def lines_of(error, filename):
    """The lines of a file in a traceback."""
    return {
        line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == filename
    }


def noted(error, filename):
    found = re.findall(re.escape(filename) + r":(\d+)", "\n".join(getattr(error, "__notes__", ())))
    return {int(line) for line in found}


OPERATORS = {
    "gradient": lambda f: diffpy.gradient(of=f),
    "value_with_pullback": lambda f: diffpy.value_with_pullback(of=f),
    "second order": lambda f: diffpy.gradient(of=diffpy.gradient(of=f)),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("case", RAISING, ids=lambda case: case.name)
def test_exceptions_arrive(case, operator, run):
    module = run(case.code)
    with pytest.raises(BaseException) as plain:
        module.f(case.x)
    with pytest.raises(BaseException) as derived:
        OPERATORS[operator](module.f)(case.x)
    assert type(derived.value) is type(plain.value), repr(derived.value)
    assert derived.value.args == plain.value.args
    assert type(derived.value.__cause__) is type(plain.value.__cause__)
    assert derived.value.__suppress_context__ is plain.value.__suppress_context__
    shown = lines_of(derived.value, module.__file__) | noted(derived.value, module.__file__)
    assert lines_of(plain.value, module.__file__) <= shown, getattr(derived.value, "__notes__", ())


def test_a_rule_that_raises_is_in_the_traceback(run):
    module = run(
        "def h(x):\n    return x\n@derivative(of=h)\ndef rule(x):\n    return x, lambda v: v / 0.0\n"
        "def f(x):\n    y = x * x\n    return h(y)\n"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        diffpy.gradient(of=module.f)(2.0)
    first = PREAMBLE.count("\n")
    assert first + 5 in lines_of(caught.value, module.__file__)
    assert noted(caught.value, module.__file__) == {first + 8}


def test_deep_recursion_has_few_notes(run):
    module = run("def f(x):\n    return f(x) * x\n")
    with pytest.raises(RecursionError) as caught:
        diffpy.gradient(of=module.f)(2.0)
    assert 1 <= len(caught.value.__notes__) <= 8


def test_a_traceback_shows_the_generated_lines(run):
    module = run("def f(x):\n    scale = 3.0\n    return x * scale / (x - 2.0)\n")
    with pytest.raises(ZeroDivisionError) as caught:
        diffpy.gradient(of=module.f)(2.0)
    shown = "".join(traceback.format_exception(caught.value))
    (frame,) = [
        one for one in traceback.extract_tb(caught.value.__traceback__) if one.filename.startswith("<diffpy")
    ]
    assert frame.line and frame.line in shown and "/" in frame.line
    assert linecache.getline(frame.filename, frame.lineno).strip() == frame.line
    assert f"while differentiating {module.__file__}:{PREAMBLE.count(chr(10)) + 3}:" in shown


def test_breakpoint_stops_among_the_users_variables(run, monkeypatch):
    module = run("def f(x):\n    y = x * x\n    breakpoint()\n    return y * 3.0\n")
    seen = []

    def hook():
        frame = sys._getframe(1)
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        seen.append((dict(frame.f_locals), text.strip()))

    monkeypatch.setattr(sys, "breakpointhook", hook)
    assert diffpy.gradient(of=module.f)(2.0) == 12.0
    ((variables, text),) = seen
    assert variables["x"] == 2.0 and variables["y"] == 4.0
    assert text == "breakpoint()"


# Rules that are registered again


def test_a_rule_may_be_replaced_on_purpose(run):
    module = run(
        AREA + "@derivative(of=area)\ndef one(w, h):\n    return w * h, lambda v: (v * 2.0, v)\n"
        "@derivative(of=area, replace=True)\ndef two(w, h):\n    return w * h, lambda v: (v * 5.0, v)\n"
    )
    assert diffpy.gradient(of=module.area)(1.0, 1.0) == (5.0, 1.0)


def test_a_notebook_cell_may_run_again():
    space = {"__name__": "__main__"}
    exec(PREAMBLE, space)

    def cell(number, text):
        filename = f"<ipython-input-{number}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        exec(compile(text, filename, "exec"), space)

    cell(1, AREA)
    for number, factor in enumerate((2.0, 3.0, 3.0)):
        cell(
            number + 2,
            f"@derivative(of=area)\ndef rule(w, h):\n    return w * h, lambda v: (v * {factor}, v)\n",
        )
        assert diffpy.gradient(of=space["area"])(1.0, 1.0) == (factor, 1.0)
    with pytest.raises(errors.DerivativeRuleError, match="already has a derivative"):
        cell(9, "@derivative(of=area)\ndef other(w, h):\n    return w * h, lambda v: (v, v)\n")


def test_a_module_may_be_imported_again(run, tmp_path):
    library = run(AREA, "library")
    rule = "@derivative(of=area)\ndef _(w, h):\n    return w * h, lambda v: (v * 2.0, v)\n"
    for blank in ("", "", "\n\n"):
        linecache.checkcache()
        run("from library import area\n" + blank + rule, "rules")
        assert diffpy.gradient(of=library.area)(1.0, 1.0) == (2.0, 1.0)


def test_a_cotangent_of_none_is_zero():
    assert diffpy.pullback(at=3.0, of=lambda x: x * x)(None) == 0.0
    pair = diffpy.pullback(at=3.0, of=lambda x: (x * x, x))
    assert pair((None, 2.0)) == 2.0
