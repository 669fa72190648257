"""The source that is found is the source of the very function given, on the user's lines, or a refusal."""

import ast
import copy
import functools
import inspect
import linecache
import math
import os
import pickle
import subprocess
import sys
import textwrap
import types
import warnings
import zipfile
from dataclasses import replace

import gast
import pytest

from diffpy.errors import DifferentiationError, Place, ShapeError, SourceNotFoundError, UnsupportedSyntaxError
from diffpy.syntax.emit import text
from diffpy.syntax.source import find


def shown(function):
    return text(find(function).tree).strip()


def body(function):
    return shown(function).partition("\n")[2].strip()


def file_module(tmp_path, written, name="model"):
    """A module object, made from a file as an import would make it."""
    path = tmp_path / f"{name}.py"
    path.write_text(textwrap.dedent(written), encoding="utf-8")
    module = types.ModuleType(name)
    module.__file__ = str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    return module


# ---- what is found

double, triple = lambda x: x * 2.0, lambda x: x * 3.0
nested_lambda = lambda x: lambda y: x * y
chosen = [
    lambda x: x + 1,
    lambda x: x - 1,
    lambda x: 1 if x else 2,
    lambda: None,
    lambda x: x,
    lambda *, k=1: k,
]


def apply_to(function, *args):
    return function


def with_default(x, by=lambda v: v + 10, *, also=lambda v: v + 20):
    return by(also(x))


in_a_call = apply_to(
    lambda x: x + 100,
    lambda x: x + 200,
)
multi_line = apply_to(
    lambda x, y=(1,
                 2): (
        x
        + y[0]
    ))  # fmt: skip


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) + function(*args)

    return wrapper


def apply_marker(marker):
    return lambda function: function


@apply_marker(lambda x: x + 1)
@apply_marker("long")
def decorated(x):
    return x * 5


@twice
def wrapped(x):
    return x * 6


def same_name(x):
    return x + 1


first_same_name = same_name


def same_name(x):
    return x + 2


def outer(a, b):
    def inner(x):
        def innermost(y):
            return a * x * y

        return innermost(x) + b

    return inner


class Base:
    def value(self):
        return 1


class _Model(Base):
    __weight = 3.0

    def value(self, __scale=2):
        __local = super().value()

        def __nested():
            return self.__weight

        return __local + __nested() * __scale

    def own(self):
        return __class__

    @staticmethod
    def still(x):
        return x + 1

    @classmethod
    def made(cls, x):
        return x + 2

    @property
    def prop(self):
        return self.__weight

    class Inner:
        def __call__(self, x):
            return self.__x + x


def test_a_def_keeps_its_lines_and_columns():
    source = find(with_default)
    lines, first = inspect.getsourcelines(with_default)
    assert source.tree.lineno == first
    assert source.tree.body[0].lineno == first + 1
    assert source.tree.body[0].value.col_offset == lines[1].index("by(")
    assert source.filename == __file__
    assert source.globals is globals()
    assert source.module == __name__
    assert not source.is_lambda


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (double, "return x * 2.0"),
        (triple, "return x * 3.0"),
        (nested_lambda, "return lambda y: x * y"),
        (nested_lambda(2), "return x * y"),
        (chosen[0], "return x + 1"),
        (chosen[1], "return x - 1"),
        (chosen[2], "return 1 if x else 2"),
        (chosen[3], "return None"),
        (chosen[4], "return x"),
        (chosen[5], "return k"),
        (with_default.__defaults__[0], "return v + 10"),
        (with_default.__kwdefaults__["also"], "return v + 20"),
        (in_a_call, "return x + 100"),
        (multi_line, "return x + y[0]"),
        (decorated, "return x * 5"),
        (wrapped, "return function(*args) + function(*args)"),
        (wrapped.__wrapped__, "return x * 6"),
        (first_same_name, "return x + 1"),
        (same_name, "return x + 2"),
        (outer(1, 2), "def innermost(y):\n        return a * x * y\n\n    return innermost(x) + b"),
        (_Model.still, "return x + 1"),
        (_Model.made, "return x + 2"),
        (_Model().own, "return __class__"),
    ],
)
def test_the_very_function(function, expected):
    assert body(function) == expected
    assert find(function).tree.decorator_list == []


def test_a_lambda_becomes_a_def_at_its_own_column():
    source = find(triple)
    line = linecache.getline(__file__, source.tree.lineno)
    assert source.is_lambda
    assert source.tree.name == "lambda_"
    assert source.tree.col_offset == line.index("lambda x: x * 3.0")
    assert source.tree.body[0].col_offset == line.index("x * 3.0")


def test_lambdas_alike_on_one_line():
    pair = (lambda x: x * 2, lambda x: x * 2)
    assert body(pair[0]) == body(pair[1]) == "return x * 2"


def test_private_names_are_spelled_out():
    assert shown(_Model.value) == textwrap.dedent(
        """\
        def value(self, _Model__scale=2):
            _Model__local = super().value()

            def _Model__nested():
                return self._Model__weight

            return _Model__local + _Model__nested() * _Model__scale"""
    )
    assert body(_Model.Inner.__call__) == "return self._Inner__x + x"
    assert body(_Model.prop.fget) == "return self._Model__weight"
    nested = next(one for one in _Model.value.__code__.co_consts if isinstance(one, types.CodeType))
    assert nested.co_name == "__nested"


def test_the_closure_is_live():
    source = find(outer(3, 4))
    assert {name: cell.cell_contents for name, cell in source.closure.items()} == {"a": 3, "b": 4}
    assert find(_Model.value).closure["__class__"].cell_contents is _Model


def test_each_source_has_a_tree_of_its_own():
    first, second = find(same_name), find(same_name)
    assert first.tree is first.tree
    first.tree.body.clear()
    assert len(second.tree.body) == len(find(same_name).tree.body) == 1


def test_methods_stand_for_their_functions():
    assert find(_Model().value).function is _Model.value


def test_redefinition_in_a_loop_and_in_branches(tmp_path):
    module = file_module(
        tmp_path,
        """\
        made = []
        for k in range(2):
            made.append(lambda x: x + 1)
            def f(x): return x * k
            made.append(f)
        if made:
            def g(x): return 1
        else:
            def g(x): return 2
        pair = {"a": lambda x: x, "b": lambda x: -x}; one = lambda x: +x
        """,
    )
    assert [body(one) for one in module.made] == ["return x + 1", "return x * k"] * 2
    assert body(module.g) == "return 1"
    assert [body(one) for one in (*module.pair.values(), module.one)] == [
        "return x",
        "return -x",
        "return +x",
    ]


def test_columns_count_characters_in_places_and_bytes_in_nodes(tmp_path):
    module = file_module(tmp_path, "def f(x):\n\treturn 'äöü', x.größe\n")
    source = find(module.f)
    place = source.place(source.tree.body[0].value.elts[1])
    assert place.text[place.column : place.end_column] == "x.größe"
    assert place.picture() == ["    \treturn 'äöü', x.größe", "    \t              ^~~~~~~"]


def test_future_annotations_and_odd_text(tmp_path):
    module = file_module(
        tmp_path,
        '''\
        from __future__ import annotations
        def f(x: Nowhere, s="d") -> Nothing:
            """Doc."""
            return x in {1, 2.0, "a"}, -0.0, 1j, s is "d", ...
        ''',
    )
    assert find(module.f).tree.args.args[0].annotation.id == "Nowhere"


# ---- text that moved or changed


def changed_file(tmp_path, before, after):
    module = file_module(tmp_path, before)
    path = tmp_path / "model.py"
    path.write_text(after)
    os.utime(path, ns=(1, 1))
    return module


def test_a_file_edited_elsewhere(tmp_path):
    module = changed_file(
        tmp_path,
        "def f(x):\n    return x + 1\n\ndef g(x):\n    return x\n",
        "import math\n\n\ndef g(x):\n    return -x\n\n\ndef f(x):\n    return x + 1\n",
    )
    assert find(module.f).tree.lineno == 8
    with pytest.raises(SourceNotFoundError, match="'g' has changed"):
        find(module.g)


@pytest.mark.parametrize(
    "after",
    [
        "def f(x):\n    return x + 2\n",
        "def f(x):\n    return x + 1.0\n",
        "def f(y):\n    return y + 1\n",
        "def f(x):\n    return x + True\n",
        "def g(x):\n    return x + 1\n",
        "def f(x:\n",
        "x = 1\n",
        "f = lambda x: x + 1\n",
        "def f(x):\n    yield x + 1\n",
        "def f(x, *y):\n    return x + 1\n",
    ],
)
def test_a_changed_function_is_refused(tmp_path, after):
    module = changed_file(tmp_path, "def f(x):\n    return x + 1\n", after)
    with pytest.raises(SourceNotFoundError) as caught:
        find(module.f)
    assert caught.value.fix


def test_a_text_of_exec_is_not_that_of_another_program(monkeypatch):
    """From Python 3.13 on linecache knows the text of python -c by the name that exec() gives all texts."""
    other = "import sys\nsys.exit()\n"
    monkeypatch.setitem(linecache.cache, "<string>", (len(other), None, other.splitlines(True), "<string>"))
    space = {}
    exec("def f(x):\n    return x + 1\n", space)
    with pytest.raises(SourceNotFoundError, match="could not be found") as caught:
        find(space["f"])
    assert "exec()" in caught.value.because


def test_an_edit_after_the_first_find_is_seen(tmp_path):
    module = file_module(tmp_path, "def f(x):\n    return x + 1\n")
    assert body(module.f) == "return x + 1"
    (tmp_path / "model.py").write_text("def f(x):\n    return x + 22\n")
    with pytest.raises(SourceNotFoundError, match="has changed"):
        find(module.f)


def test_a_code_object_put_in_place_of_another():
    def f(x):
        return x

    f.__code__ = same_name.__code__
    assert body(f) == "return x + 2"


def test_asserts_rewritten_by_pytest():
    def f(x):
        y = x + 1
        assert y > 0, "positive"
        return y

    assert any(name.startswith("@py") for name in f.__code__.co_varnames)
    assert "assert y > 0, 'positive'" in shown(f)


# ---- text that is elsewhere


def test_notebook_cells():
    name = "/tmp/ipykernel_1/123.py"
    written = "def cell(x):\n    return x * 7\n"
    linecache.cache[name] = (len(written), None, written.splitlines(True), name)
    namespace = {}
    exec(compile(written, name, "exec"), namespace)
    assert body(namespace["cell"]) == "return x * 7"
    again = written.replace("7", "8")
    linecache.cache[name] = (len(again), None, again.splitlines(True), name)
    with pytest.raises(SourceNotFoundError, match="changed"):
        find(namespace["cell"])
    del linecache.cache[name]


def test_statements_compiled_one_by_one_as_in_a_cell():
    name = "/tmp/ipykernel_1/124.py"
    written = "import math\ndef cell(x):\n    return math.sin(x)\n"
    linecache.cache[name] = (len(written), None, written.splitlines(True), name)
    for mode in ("together", "apart"):
        tree, namespace = ast.parse(written), {}
        for part in [tree.body] if mode == "together" else [[one] for one in tree.body]:
            exec(compile(ast.Module(part, []), name, "exec"), namespace)
        assert body(namespace["cell"]) == "return math.sin(x)"
    del linecache.cache[name]


def test_doctest_functions(tmp_path):
    script = tmp_path / "documented.py"
    script.write_text(
        '"""\n>>> def f(x):\n...     return x * 9\n>>> from diffpy.syntax.source import find\n'
        '>>> find(f).tree.name\n\'f\'\n"""\n'
    )
    done = subprocess.run([sys.executable, "-m", "doctest", str(script)], capture_output=True, text=True)
    assert done.stdout == done.stderr == ""


def test_zipped_modules(tmp_path, monkeypatch):
    archive = tmp_path / "things.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("zipped_model.py", "def f(x):\n    return x * 11\n")
    monkeypatch.syspath_prepend(str(archive))
    import zipped_model

    assert body(zipped_model.f) == "return x * 11"


def test_without_columns(tmp_path):
    script = tmp_path / "bare.py"
    script.write_text(
        "from diffpy.syntax.source import find\nfrom diffpy.syntax.emit import text\n"
        "pair = [lambda x: x + 1, lambda x: x - 1, lambda x: (lambda y: x + y)]\n"
        "for one in [*pair, pair[2](1)]: print(text(find(one).tree.body[0]), end='')\n"
    )
    command = [sys.executable, "-X", "no_debug_ranges", str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert done.stderr == ""
    assert done.stdout == "return x + 1\nreturn x - 1\nreturn lambda y: x + y\nreturn x + y\n"


# ---- refusals


def test_exec_without_text():
    namespace = {}
    exec("def f(x): return x * x", namespace)
    with pytest.raises(SourceNotFoundError) as caught:
        find(namespace["f"])
    for word in ("'f'", "<string>", "derivative(of=f)", "linecache"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.sin, ["math.sin", "C", "@derivative(of=math.sin)"]),
        (len, ["'len'", "C"]),
        (str.join, ["C"]),
        (_Model, ["class", "lambda"]),
        (functools.partial(same_name, 1), ["partial"]),
        (functools.lru_cache(same_name), ["__wrapped__"]),
        (_Model.Inner(), ["Inner"]),
        (3, ["cannot be called"]),
    ],
)
def test_what_is_no_python_function(value, words):
    with pytest.raises(SourceNotFoundError) as caught:
        find(value)
    assert all(word in str(caught.value) for word in words), caught.value


def test_odd_files_are_not_opened(tmp_path):
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    namespace = {}
    exec(compile("def f(x): return x", str(pipe), "exec"), namespace)
    with pytest.raises(SourceNotFoundError, match="regular"):
        find(namespace["f"])
    large = tmp_path / "large.py"
    with large.open("w") as opened:
        opened.truncate(10_000_001)
    exec(compile("def f(x): return x", str(large), "exec"), namespace)
    with pytest.raises(SourceNotFoundError, match="10 MB"):
        find(namespace["f"])


# ---- the errors themselves


def test_an_error_is_drawn_as_promised():
    place = Place("model.py", 3, 11, 17, "    return float(int(x)) * 2.0", "f")
    error = UnsupportedSyntaxError("no", because="why", fix="do", place=place, notes=[(place, "here"), "and"])
    assert str(error) == textwrap.dedent(
        """\
        model.py:3:12: error: no
                return float(int(x)) * 2.0
                       ^~~~~~
          because: why
          fix: do
        model.py:3:12: note: here
                return float(int(x)) * 2.0
                       ^~~~~~
        note: and"""
    )
    assert (error.filename, error.lineno, error.col_offset) == ("model.py", 3, 11)
    assert str(UnsupportedSyntaxError("no")) == "error: no"


def test_a_stretch_of_several_lines_is_drawn_to_the_end_of_the_first():
    assert Place("m", 1, 4, None, "y = f(  ", None).picture() == ["    y = f(", "        ^~"]


def test_errors_can_be_sent_and_caught_as_what_they_are():
    error = ShapeError("shapes", because="b", place=Place("m", 1, 0, 1, "x"), notes=["n"])
    error.add_note("more")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert str(other) == str(error)
        assert (type(other), other.place, other.__notes__) == (ShapeError, error.place, ["more"])
    assert isinstance(error, ValueError)
    assert isinstance(error, DifferentiationError)


def test_a_source_makes_errors_at_its_nodes():
    source = find(same_name)
    error = source.error(UnsupportedSyntaxError, "no", source.tree.body[0], because="b", fix="f")
    assert error.place.text == "    return x + 2"
    assert (error.col_offset, error.place.function) == (4, "same_name")
    unplaced = gast.Name("x", gast.Load(), None, None)
    assert source.place(unplaced).line == source.tree.lineno
    assert replace(source).tree is not source.tree


def test_the_standard_library_is_found():
    """Every function of some modules, methods included."""
    for module in (functools, textwrap, copy):
        for function in functions_of(module):
            tree = find(function).tree
            assert tree.name in (function.__name__, "lambda_") or function.__code__.co_name == tree.name


def functions_of(module):
    for value in [*vars(module).values()]:
        members = (
            vars(value).values()
            if isinstance(value, type) and value.__module__ == module.__name__
            else [value]
        )
        for one in members:
            if isinstance(one, types.FunctionType) and one.__code__.co_filename == module.__file__:
                yield one


def test_a_text_that_is_nested_too_deeply_is_refused(tmp_path):
    written = "def f(x):\n    return " + " + ".join(["x"] * 600) + "\n"
    module = file_module(tmp_path, written)
    assert module.f(2.0) == 1200.0
    with pytest.raises(UnsupportedSyntaxError, match="the text of 'f' is nested too deeply"):
        find(module.f).tree  # noqa: B018
