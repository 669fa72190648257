"""Passes: each program does the same after each prefix of NORMALISE, and ends in normal form."""

import ast
import copy
import doctest
import importlib
import inspect
import pkgutil
import random
import re
import sys
import textwrap
import types

import corpus
import gast
import numpy as np
import passes
import programs
import pytest
from passes import LOG, PROGRAMS
from passes.values import write_values
from passes.writer import write

from diffpy import transforms
from diffpy.analysis.normal_form import check
from diffpy.errors import UnsupportedSyntaxError
from diffpy.syntax.names import Names, names_in
from diffpy.syntax.trees import copied
from diffpy.transforms import NORMALISE, normalise
from diffpy.transforms.refusal import Refusal

for one in pkgutil.iter_modules(passes.__path__):
    importlib.import_module(f"passes.{one.name}")

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
PREFIXES = range(1, len(NORMALISE) + 1)


def compiled(tree, name, namespace):
    """The function that a tree spells, over a copy of the namespace; `name` picks it."""
    text = ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree)))
    scope = dict(namespace)
    exec(compile(text, f"<{name}>", "exec"), scope)
    return scope[name], scope, text


def outcome(function, scope, inputs):
    """All that a call is seen to do: value or exception, log, arguments afterwards, its own global."""
    LOG.clear()
    arguments = eval(f"[{inputs}]", scope)
    try:
        end = ("value", repr(function(*arguments)))
    except Exception as error:
        end = (
            type(error).__name__,
            error.args if not isinstance(error, UnboundLocalError | NameError) else (),
        )
    return end, repr(LOG), repr(arguments), scope.get("COUNT")


def rewritten(tree, passes_to_run):
    tree = copied(tree)
    names = Names(names_in(tree))
    for one in passes_to_run:
        tree = one(tree, names)
    return tree


def tree_of(function):
    tree = gast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    tree.decorator_list = []
    return tree


def assert_same(tree, namespace, all_inputs, counts):
    """After each of the prefixes of NORMALISE the function does what it did; one pass is run after the other."""
    before, scope, _ = compiled(tree, tree.name, namespace)
    right = [outcome(before, scope, inputs) for inputs in all_inputs]
    new, names = copied(tree), Names(names_in(tree))
    for count, one in enumerate(NORMALISE, 1):
        new = one(new, names)
        if count not in counts:
            continue
        if count == len(NORMALISE):
            check(new)
        after, new_scope, text = compiled(new, tree.name, namespace)
        for inputs, expected in zip(all_inputs, right, strict=True):
            assert outcome(after, new_scope, inputs) == expected, f"{inputs}\n{text}"


@pytest.mark.parametrize(("function", "inputs"), PROGRAMS, ids=lambda one: getattr(one, "__name__", ""))
def test_each_prefix_does_the_same(function, inputs):
    assert_same(tree_of(function), sys.modules[function.__module__].__dict__, inputs, PREFIXES)


def test_programs_are_many():
    assert len(PROGRAMS) >= 120


def corpus_tree(function):
    """The tree of a corpus program; None where its text alone does not make it."""
    plain = isinstance(function, types.FunctionType) and function.__name__.isidentifier()
    if not plain or function.__closure__ or function.__qualname__ != function.__name__:
        return None
    found = tree_of(function)
    return None if any(isinstance(one, gast.ClassDef) for one in gast.walk(found)) else found


CORPUS = [one for one in programs.PROGRAMS + programs.RAISING if corpus_tree(one.function) is not None]


def seen(function, program):
    corpus.LOG.clear()
    random.seed(0)
    np.random.seed(0)
    arguments = program.arguments()
    try:
        end = repr(function(*arguments, **program.keywords))
    except BaseException as error:
        end = repr(error)
    return ADDRESS.sub("", repr((end, corpus.LOG, arguments)))


@pytest.mark.parametrize("program", CORPUS, ids=lambda one: one.id)
def test_corpus_does_the_same(program, capsys):
    tree = corpus_tree(program.function)
    new = rewritten(tree, NORMALISE)
    check(new)
    module = vars(sys.modules[program.function.__module__])
    before, after = (compiled(one, tree.name, module)[0] for one in (tree, new))
    assert (seen(after, program), capsys.readouterr().out) == (seen(before, program), capsys.readouterr().out)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("start", range(0, 60, 20))
@pytest.mark.parametrize("writer", [write, write_values])
def test_written_programs(start, writer, seed):
    for number in range(start, start + 20):
        text = writer(random.Random(f"{seed}:{number}"))
        tree = gast.parse(text).body[0]
        assert_same(tree, vars(passes.protected_exits), ("0", "1", "2", "3"), PREFIXES[-2:])


@pytest.mark.parametrize(
    "module",
    [
        one.name
        for one in pkgutil.iter_modules(transforms.__path__)
        if one.name.startswith(("expand", "flatten"))
    ],
)
def test_docstrings_show_before_and_after(module):
    found = doctest.testmod(importlib.import_module(f"diffpy.transforms.{module}"))
    assert found.failed == 0


def test_normal_form_checks_its_own_examples():
    assert doctest.testmod(importlib.import_module("diffpy.analysis.normal_form")).failed == 0


def tree_from(text):
    return gast.parse(text).body[0]


def test_the_tree_given_stays_as_it_is():
    tree = tree_of(passes.nested_exits.for_three_exits)
    before = gast.dump(tree)
    normalise(tree, Names(names_in(tree)))
    assert gast.dump(tree) == before


@pytest.mark.parametrize("function", [function for function, _ in PROGRAMS], ids=lambda one: one.__name__)
def test_positions(function):
    """Every node that can have a position has one, on a line of the user's function."""
    tree = tree_of(function)
    end = tree.end_lineno
    new = rewritten(tree, NORMALISE)
    for node in gast.walk(new):
        if "lineno" in getattr(type(node), "_attributes", ()):
            assert getattr(node, "lineno", None) is not None, gast.dump(node)
            assert 1 <= node.lineno <= end


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def f(x):\n    y = 1\n    z = ((w := y) for y in x)", 3),
        ("def f(x):\n    for y in (a + b for a in x for b in x):\n        break", 2),
    ],
)
def test_refusals_know_the_node(text, line):
    tree = tree_from(text)
    with pytest.raises(UnsupportedSyntaxError) as caught:
        normalise(tree, Names(names_in(tree)))
    assert isinstance(caught.value, Refusal)
    assert caught.value.node.lineno == line
    assert caught.value.because
    assert caught.value.fix


def work_to_normalise(text):
    """How many Python functions are called, and the tree that comes out."""
    tree = tree_from(text)
    count = 0

    def seen(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        new = normalise(tree, Names(names_in(tree)))
    finally:
        sys.setprofile(None)
    check(new)
    return count, new


BODIES = {
    "plain": "    x = np.sin(x) * {k} + g(x, y={k})[0]\n",
    "guards": "    if x == {k}:\n        return x + {k}\n",
    "loops": "    for i in range({k}):\n        if i == x:\n            continue\n        x = x + i\n",
    "choices": "    y = [i * 2 for i in range(x) if i and x or y] if x > {k} else y\n",
    "elif": "    {word} x == {k}:\n        y = g({k})\n",
}


@pytest.mark.parametrize(
    ("kind", "count"), [("plain", 300), ("guards", 300), ("loops", 80), ("choices", 80), ("elif", 150)]
)
def test_long_functions(kind, count):
    """Work that grows with the length of the function, and nesting that Python's parser takes."""
    done = []
    for length in (count // 2, count):
        parts = (BODIES[kind].format(k=k, word="elif" if k else "if") for k in range(length))
        work, new = work_to_normalise("def f(x, y=0):\n" + "".join(parts) + "    return y\n")
        done.append(work)
        compiled(new, "f", {})
    assert done[1] < 2.3 * done[0]


@pytest.fixture
def deep():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("operator", ["+", "and", "<"])
def test_long_chains(operator, deep):
    terms = 900 if operator != "<" else 90
    tree = tree_from("def f(x):\n    return " + f" {operator} ".join(["x"] * terms))
    sys.setrecursionlimit(1000)
    new = normalise(tree, Names(names_in(tree)))
    check(new)
    function, _, _ = compiled(new, "f", {})
    assert function(1.0) == {"+": 900.0, "and": 1.0, "<": False}[operator]


def test_no_two_statements_are_one_node():
    """A node that stands in two places would be changed in both by a later pass."""
    for function, _ in PROGRAMS:
        seen = set()
        for node in gast.walk(rewritten(tree_of(function), NORMALISE)):
            if isinstance(node, gast.stmt):
                assert id(node) not in seen, function.__name__
                seen.add(id(node))


def test_names_of_the_user_stay():
    """Nothing the function names is reused for a temporary."""
    for function, _ in PROGRAMS:
        tree = tree_of(function)
        names = Names(names_in(tree))
        taken = copy.copy(names_in(tree))
        normalise(tree, names)
        assert not names.temporaries & taken
