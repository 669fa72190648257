"""Emitted functions: the text is the tree, and what runs, is shown and is found again is the text."""

import ast
import bdb
import copy
import gc
import inspect
import linecache
import math
import textwrap
import traceback
import types
from pathlib import Path

import gast
import pytest

from diffpy.errors import SourceNotFoundError
from diffpy.syntax import emit, printer, wrapping
from diffpy.syntax.emit import text
from diffpy.syntax.source import find


def tree_of(written):
    return gast.parse(textwrap.dedent(written)).body[0]


def emitted(written, namespace=None, names=None, closure=None):
    names = {"__name__": "user"} if names is None else names
    return emit.function(tree_of(written), namespace or {}, names, closure or {}, "test")


# ---- text

ROUND_TRIPS = [
    "x = (-3) ** 2",
    "x = -3 ** 2",
    "x = (yield)",
    "x[i, :] = x[..., None] + x[1:-1, ::2]",
    "x[i,] = (1,)",
    "t = (1,)",
    "x = 1e999",
    "x = 'it\\'s' + b'\\x00'.decode() + '''a\nb''' + '\\t\\\\'",
    "x = f'{x!r:>{w}} {{}} {y=} {z:.2f}'",
    "def f(a, /, b: int = 1, *c, d, e=2, **g) -> float:\n    '''Doc.\n\n    More.\n    '''\n    return a",
    "lambda a, /, b=1, *c, d, e=2, **g: (a, *c)",
    "with a as b, c:\n    pass",
    "try:\n    pass\nexcept (A, B) as e:\n    raise E from e\nelse:\n    pass\nfinally:\n    pass",
    "try:\n    pass\nexcept* A:\n    x = 1",
    "match x:\n    case [1, *_, {'a': 2, **r}] if r:\n        pass\n    case A(b=-1) | None:\n        pass",
    "for i, (j, *k) in x:\n    continue\nelse:\n    pass",
    "while True:\n    if x:\n        break\n    elif y:\n        pass\n    else:\n        del x[0], y.z",
    "x = a if b else (c if d else e)",
    "x = not (a and b) or c < d <= e is not f",
    "x = {**a, 'b': c, **d}, {*a, b}, [*c]",
    "x = [a for b in c if d for e in f], {a: b for c in d}, sum(a for b in c)",
    "if (n := 10) > 5:\n    pass",
    "async def f():\n    async with a:\n        await b\n    return [x async for x in y]",
    "global a, b\nx: int = 3\nassert x, 'm'",
    "from a.b import c as d, e\nimport f.g as h",
    "x = a @ b ** -c ** d // e << f | ~g",
    "x = (a + b) * c - (d - (e - f)) / (g / h)",
    "x = 1 .real, 1.0.real, (1).real, 1j * -2j",
    "f(*a, b, c=d, **e)(g)[h].i",
    "def f():\n    nonlocal x\n    def g():\n        return x\n    return g",
    "@a.b(c)\nclass D(E, metaclass=F):\n    x = 1",
]


@pytest.mark.parametrize("written", ROUND_TRIPS)
def test_text_reads_back(written):
    tree = ast.parse(written)
    assert ast.dump(ast.parse(text(gast.parse(written)))) == ast.dump(tree)


def test_text_is_the_same_twice_and_leaves_the_tree_alone():
    tree = gast.parse("def f(x, y: int = -1): return x ** -2 * f'{x}'")
    before = gast.dump(tree)
    assert text(tree) == text(tree)
    assert gast.dump(tree) == before


LONG = {
    "calls": """\
tape.append((
    first_pullback, second_pullback, third_pullback, first_shape, second_shape, a.shape,
    b.shape
))
""",
    "targets": """\
for (
    first_pullback, second_pullback, third_pullback, first_shape, second_shape, a_shape
) in reversed(tape):
    pass
""",
    "terms": """\
x_bar = (
    x_bar + y_bar * np.exp(first_factor) - z_bar * np.sin(second_factor) / np.log(third)
    + 2.0 * third_factor
)
""",
    "choices": """\
value = (
    best_of_many_values(first_values, second_values)
    if len(first_values) == len(second_values) else -np.inf
)
""",
    "results": """\
return value, (
    own(first_argument_bar, first_argument), own(second_argument_bar, second_argument),
    0.0
)
""",
}


@pytest.mark.parametrize("name", LONG)
def test_long_lines_are_broken_where_least_is_torn_apart(name):
    assert text(gast.parse(LONG[name])) == LONG[name]


def test_narrow_texts_read_back(monkeypatch):
    """Lines of 40 characters make nearly all that diffpy's own functions are made of too long."""
    monkeypatch.setattr(wrapping, "WIDTH", 40)
    for path in sorted(Path(wrapping.__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                node.body = node.body[1:] or [ast.Pass()]  # no docstring
                written = printer._astor(ast.Module([node], []))
                assert ast.dump(ast.parse(written).body[0]) == ast.dump(node), written


def test_nested_functions_have_space_around_them():
    tree = gast.parse("def f(x):\n  def g(y): return y\n  z = g(x)\n  def h(y): return y\n  return h")
    assert text(tree) == textwrap.dedent(
        """\
        def f(x):
            def g(y):
                return y

            z = g(x)

            def h(y):
                return y

            return h
        """
    )


def test_negative_constants_keep_their_value():
    minus_three = gast.Constant(-3, None)
    power = gast.BinOp(minus_three, gast.Pow(), gast.Constant(2, None))
    assert eval(text(power)) == 9
    assert eval(text(gast.Constant(-0.0, None))) == 0.0
    assert math.copysign(1, eval(text(gast.Constant(-0.0, None)))) == -1
    assert text(gast.Constant(True, None)) == "True\n"


@pytest.mark.parametrize("value", [math.nan, 1 + 2j, (1, 2), object(), type("float64", (float,), {})(1.5)])
def test_values_that_text_cannot_spell_are_refused(value):
    with pytest.raises(ValueError, match=r"no literal|no text"):
        text(gast.Constant(value, None))


def comment(words):
    return gast.Expr(gast.Name(words, gast.Load(), None, None))


def test_comments():
    tree = tree_of("def f(x): return x")
    tree.body.insert(0, comment("# forward sweep"))
    assert text(tree) == "def f(x):\n    # forward sweep\n    return x\n"
    assert emit.function(tree, {}, {}, {}, "f")(2) == 2


def test_text_cannot_be_broken_out_of():
    tree = tree_of("def f(x): return x")
    tree.body.insert(0, comment("# innocent\n    import os"))
    with pytest.raises(ValueError, match="no text"):
        text(tree)
    with pytest.raises(ValueError, match="no text"):
        text(gast.Name("a + b", gast.Load(), None, None))


# ---- functions


def test_globals_are_live_and_left_alone():
    names = {"a": 1}
    f = emitted("def f(x): return x + a", names=names)
    assert f(1) == 2
    names["a"] = 10
    assert f(1) == 11
    assert names.keys() == {"a"} | ({"__builtins__"} & names.keys())
    assert f.__globals__ is names


def test_cells_are_shared():
    total = 0

    def user(x):
        nonlocal total
        total += x

    (cell,) = user.__closure__
    f = emitted(
        "def f(x):\n  nonlocal total\n  total += scale * x\n  return total",
        {"scale": 2},
        None,
        {"total": cell},
    )
    assert f(3) == total == 6
    user(1)
    assert f(0) == 7


def test_an_empty_cell_is_filled_later():
    cell = types.CellType()
    f = emitted("def f(x): return g(x)", closure={"g": cell})
    cell.cell_contents = abs
    assert f(-1) == 1


def test_recursion_calls_what_the_name_means_to_the_user():
    names = {"f": lambda n: "the user's own"}
    assert emitted("def f(n): return f(n)", names=names)(1) == "the user's own"
    assert emitted("def f(n): return f(n)", closure={"f": types.CellType(names["f"])})(1) == "the user's own"


def test_signature_names_and_defaults():
    f = emitted(
        """
        def f(a, /, b=one, *c, d, e=(lambda: two), **g) -> nowhere:
            'Doc.'
            return a, b, c, d, e(), g
        """,
        {"one": 1},
        {"__name__": "user", "two": 2},
    )
    assert f(0, d=5) == (0, 1, (), 5, 2, {})
    assert f.__defaults__ == (1,)
    assert (f.__name__, f.__qualname__, f.__module__, f.__doc__) == ("f", "f", "user", "Doc.")
    assert str(inspect.signature(f)).startswith("(a, /, b=1, *c, d, e=<function")
    assert find(f.__kwdefaults__["e"]).is_lambda


def test_clashes_and_decorators_are_refused():
    with pytest.raises(ValueError, match="'a'"):
        emitted("def f(): return a", {"a": 1}, None, {"a": types.CellType(2)})
    with pytest.raises(ValueError, match="decorators"):
        emitted("@a\ndef f(): pass")


def test_super_and_class():
    class Base:
        def value(self):
            return 3

    class Derived(Base):
        def value(self):
            return super().value() + __class__.extra

        extra = 4

    source = find(Derived.value)
    f = emit.function(source.tree, {}, source.globals, source.closure, "value")
    assert f(Derived()) == 7


def test_text_is_shown_to_inspect():
    f = emitted("def f(x):\n    def g(y): return x * y + a\n    return g", {"a": 1})
    assert inspect.getsource(f) == f.__diffpy_source__ == text(tree_of(f.__diffpy_source__))
    assert inspect.getsource(f(2)) == "    def g(y):\n        return x * y + a\n"


def test_tracebacks_show_generated_lines():
    f = emitted("def f(x):\n    y = x + a\n    return y / 0", {"a": 1})
    with pytest.raises(ZeroDivisionError) as caught:
        f(1)
    (*_, last) = traceback.extract_tb(caught.value.__traceback__)
    assert (last.name, last.lineno, last.line) == ("f", 3, "return y / 0")
    assert last.filename.startswith("<diffpy test #")


class Steps(bdb.Bdb):
    """What a person who steps through a call would see."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def user_line(self, frame):
        if frame.f_code.co_filename.startswith("<diffpy"):
            self.seen.append(
                linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip()
            )


def test_debuggers_step_through_the_lines():
    f = emitted("def f(x):\n    y = x + a\n    if y > 1:\n        y = -y\n    return y", {"a": 1})
    steps = Steps()
    assert steps.runcall(f, 1) == -2
    assert steps.seen == ["y = x + a", "if y > 1:", "y = -y", "return y"]


def test_files_have_names_of_their_own_and_go_with_their_code():
    f, g = emitted("def f(x): return lambda y: x"), emitted("def f(x): return x")
    first, second = f.__code__.co_filename, g.__code__.co_filename
    assert first != second
    inner = f(1)
    find(f), find(inner)
    del f, g
    gc.collect()
    assert second not in linecache.cache
    assert find(inner).is_lambda
    del inner
    gc.collect()
    assert first not in linecache.cache


# ---- found again


def test_an_emitted_function_is_found_and_emitted_again():
    cell = types.CellType(5)
    f = emitted(
        """
        def f(x, k=1):
            nonlocal total
            total += k
            def g(y):
                h = lambda z: f(x) + z * a
                return h(y) + b
            return g
        """,
        {"a": 2, "b": 3},
        {"f": lambda x: 100 * x},
        {"total": cell},
    )
    g = f(1)
    for function, names in ((f, {"a", "b", "total"}), (g, {"a", "b", "x"})):
        source = find(function)
        assert source.closure.keys() == names
        again = emit.function(source.tree, {}, source.globals, source.closure, "again")
        assert again.__code__.co_freevars == function.__code__.co_freevars
        assert find(again).tree.name == function.__name__
        assert again.__closure__ == function.__closure__
    assert f(2)(4) == 200 + 8 + 3
    assert cell.cell_contents == 7
    assert text(find(f).tree) == f.__diffpy_source__
    assert find(g).tree.lineno == 5
    assert find(g).place().text == "    def g(y):"


def test_a_function_of_the_users_is_emitted_unchanged():
    weights = [1.0, 2.0]

    def user(x, *, scale=2.0):
        return [scale * x * one for one in weights]

    source = find(user)
    f = emit.function(source.tree, {}, source.globals, source.closure, "user")
    assert f(3.0) == user(3.0)
    assert f.__closure__ == user.__closure__
    assert f.__kwdefaults__ == user.__kwdefaults__


def test_a_lambda_is_emitted_as_a_function():
    offset = 3
    source = find(lambda x: x + offset)
    f = emit.function(source.tree, {}, source.globals, source.closure, "lambda")
    assert (f(1), f.__name__) == (4, "lambda_")
    assert inspect.getsource(f) == "def lambda_(x):\n    return x + offset\n"


def test_nothing_is_found_once_the_text_is_gone():
    f = emitted("def f(x): return x")
    entry = linecache.cache.pop(f.__code__.co_filename)
    with pytest.raises(SourceNotFoundError):
        find(f)
    linecache.cache[f.__code__.co_filename] = entry
    assert find(copy.copy(f)).tree.name == "f"
