"""What is refused before anything is derived, at which line, and in which words; and what is not."""

import linecache
import sys

import pytest

from diffpy.errors import UnsupportedSyntaxError
from diffpy.syntax.source import find
from diffpy.syntax.subset import check


def defined(written, **names):
    """The function `f` of a text, which is shown as a notebook shows its cells."""
    filename = "/cells/subset.py"
    linecache.cache[filename] = (len(written), None, written.splitlines(True), filename)
    exec(compile(written, filename, "exec"), names)
    return names["f"]


REFUSED = [
    ("def f(x):\n    y = yield from x\n", "yield from x", ["generator"]),
    ("f = lambda: (yield)\n", "yield", ["generator"]),
    ("async def f(x):\n    return x * x\n", "async def f(x):", ["coroutine", "def"]),
    ("def f(x):\n    async def g():\n        await x\n    return g\n", "async def g():", ["coroutine"]),
    ("def f(x):\n    exec('y = x * 2')\n    return x\n", "exec", ["exec() cannot be analysed"]),
    ("def f(x):\n    return eval('x')\n", "eval", ["eval()"]),
    ("def f(x):\n    return sum(map(eval, x))\n", "eval", ["eval()"]),
    ("def f(x):\n    locals()['x'] = 1\n    return x\n", "locals", ["locals()"]),
    ("def f(x):\n    return globals()['x']\n", "globals", ["globals()", "name the global variable"]),
    ("def f(x):\n    return vars()['x']\n", "vars", ["vars()"]),
    ("import builtins as b\ndef f(x):\n    return b.eval('x')\n", "b.eval", ["eval()"]),
    ("run = exec\ndef f(x):\n    run('x')\n", "run('x')"[:3], ["exec()"]),
    (
        "def g(e=eval):\n    return lambda x: e('x')\nf = (lambda e: lambda x: e('x'))(eval)\n",
        "e('x')"[:1],
        ["eval()"],
    ),
    ("def f(x):\n    class A:\n        v = x\n    return A.v\n", "class A:", ["'A'", "top of the module"]),
    ("def f(x):\n    global n\n    del n\n", "del n", ["'n'"]),
    *[
        (
            "def f(x):\n    try:\n        y = g(x)\n    except* ValueError:\n        y = x\n    return y\n",
            "except* ValueError:",
            ["except*", "group.split"],
        )
    ][: sys.version_info >= (3, 11)],
    ("def f(x):\n    global n\n    import n.a\n", "import n.a", ["'n'"]),
    ("def f(x):\n    def g():\n        global n\n        del n\n    g()\n", "del n", ["'n'"]),
    (
        "def f(x):\n    global g\n    def g(t):\n        return t * x\n    return g(x)\n",
        "def g(t):",
        ["global g", "local"],
    ),
]


@pytest.mark.parametrize(("written", "at", "words"), REFUSED)
def test_refused_at_the_line(written, at, words):
    source = find(defined(written))
    with pytest.raises(UnsupportedSyntaxError) as caught:
        check(source)
    error = caught.value
    line = written.splitlines()[error.lineno - 1]
    assert line[error.col_offset :].startswith(at)
    assert error.filename == "/cells/subset.py"
    assert error.because and error.fix
    assert all(word in str(error) for word in words), str(error)


def test_the_whole_message():
    source = find(defined("def f(x):\n    exec('y = x * 2')\n    return x\n"))
    with pytest.raises(UnsupportedSyntaxError) as caught:
        check(source)
    assert str(caught.value).splitlines() == [
        "/cells/subset.py:2:5: error: exec() cannot be analysed",
        "        exec('y = x * 2')",
        "        ^~~~",
        "  because: it can read or write any variable, so what flows through it is unknown",
        "  fix: write the code out, or call a function (a function may be looked up at run time)",
    ]


ALLOWED = [
    "def f(x):\n    try:\n        return 1 / x\n    except OSError as e:\n        raise e from e\n",
    "def f(x):\n    match x:\n        case [a, *b]:\n            return a\n",
    "def f(x):\n    with open(x) as y, z:\n        return y\n",
    "n = 1\ndef f(x):\n    global n\n    return n * x\n",
    "def f(x):\n    global n\n    n[0] = x\n    n.a = x\n",
    "def f(x):\n    n = 0\n    def g():\n        nonlocal n\n        n += x\n    g()\n    return n\n",
    "def f(x):\n    global n\n    g = lambda n: n\n    return [n for n in g(x)]\n",
    "def vars(x):\n    return x\ndef f(x):\n    return vars(x)\n",
    "def f(eval):\n    return eval(1)\n",
    "def f(x):\n    return x.eval('a') + x.locals()\n",
    "def f(x):\n    import math\n    from math import sin\n    return sin(x) + dir(x)[0] + getattr(x, 'a')\n",
    "def f(x):\n    g = lambda y: [y for y in (z for z in x)]\n    while x: break\n    return g\n",
]


@pytest.mark.parametrize("written", ALLOWED)
def test_allowed(written):
    check(find(defined(written)))
