"""Functions that derivatives call, and that change what they are given: each is in the list that analysis reads.

A derivative of a derivative that took such a call for one that changes nothing would be wrong, and nobody would know.
"""

import ast
import functools
import inspect
import sys
import textwrap
import types

import pytest

from diffpy.analysis import foreign
from diffpy.rules.changing_methods import EVERY
from diffpy.rules.table import TABLE
from diffpy.running import RUNNING
from diffpy.runtime import carrying

# Functions that change an argument, and need not be in the list.
ALONE = "it changes what nobody else holds, and copies what somebody does"
EXPLAINED = {
    "accumulate_element": ALONE,
    "accumulate_field": ALONE,
    "accumulate_item": ALONE,
    "_zero": "it keeps what it made, for its own calls",
    "carries": "it keeps what it saw, for its own calls",
    "mirror": "it sets a flag of the array, and no element",
}


TEXTS = [sys.modules[name] for name in sorted(carrying._ARITHMETIC) if name in sys.modules]


def is_ours(function) -> bool:
    return isinstance(function, types.FunctionType) and function.__module__.startswith("diffpy.runtime.")


def called():
    """What generated text calls by name, what the lines of rules call, and what is called by functions with text."""
    lines = [
        line for row in TABLE.rows.values() for line in (*row.pullbacks.values(), *row.tangents.values())
    ]
    texts = [f for module in TEXTS for f in vars(module).values() if isinstance(f, types.FunctionType)]
    named = [f.__globals__.get(name) for f in (*lines, *texts) for name in f.__code__.co_names]
    return {f.__name__: f for f in (*RUNNING.values(), *named) if is_ours(f) and carrying.is_foreign(f)}


@functools.cache
def tree_of(function):
    return ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]


class Changes:
    """The parameters that functions change, those that they hand on to others of ours included."""

    def __init__(self):
        self.known = {}

    def of(self, function) -> frozenset[str]:
        """To the fixed point: functions call each other."""
        while True:
            before, self.seen = dict(self.known), set()
            found = self.visit(function)
            if self.known == before:
                return found

    def visit(self, function) -> frozenset[str]:
        if function not in self.seen:
            self.seen.add(function)
            self.known[function] = self.known.get(function, frozenset()) | frozenset(self.changed(function))
        return self.known.get(function, frozenset())

    def changed(self, function):
        meant = {name: {name} for name in inspect.signature(function).parameters}
        every = list(ast.walk(tree_of(function)))
        for node in every:
            for target, value in bindings(node):
                meant.setdefault(target, set()).update(meant.get(root(value), ()))
        for node in every:
            for one in self.places(node, function):
                yield from meant.get(root(one), ())

    def places(self, node, function):
        """What a statement or a call changes."""
        match node:
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                yield from (t for t in targets if not isinstance(t, ast.Name))
            case ast.AugAssign(target=target):
                yield target
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=args, keywords=keywords):
                yield from (k.value for k in keywords if k.arg == "out")
                yield from [owner] if name in EVERY else args[:1] if name in ("at", "copyto") else ()
            case ast.Call(func=ast.Name(id=name), args=args):
                callee = function.__globals__.get(name)
                if name in ("setattr", "delattr"):
                    yield args[0]
                elif is_ours(callee):
                    changed = self.visit(callee)
                    yield from (
                        a
                        for a, p in zip(args, inspect.signature(callee).parameters, strict=False)
                        if p in changed
                    )


def bindings(node):
    """Names that a statement lets stand for (part of) something else."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            yield name, value
        case ast.For(target=ast.Name(id=name), iter=value):
            yield name, value


def root(node):
    """The name that an expression is (part of)."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Subscript(value=value) | ast.Attribute(value=value) | ast.Starred(value=value):
            return root(value)
        case ast.Call(func=ast.Name(id="vars"), args=[value]):
            return root(value)
    return None


CALLED, CHANGES = called(), Changes()


@pytest.mark.parametrize("name", sorted(CALLED))
def test_what_changes_an_argument_is_known_to_analysis(name):
    function = CALLED[name]
    changed = CHANGES.of(function)
    first = next(iter(inspect.signature(function).parameters), None)
    expected = {first} if function in foreign.CHANGING else set()
    known = changed == expected or (changed and name in EXPLAINED)
    assert known, f"{name} changes {sorted(changed)}: see CHANGING in rules/cotangents.py"
