"""Decorators of nested functions: a function in, the same with calls of the user's own decorators written out, out."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import gast

from diffpy.syntax.build import assign, load, moved
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.blocks import every_statement, rebuild

Lookup = Callable[[str], object]
# What they give is, for derivatives, the function itself, or is known when it is called.
_KNOWN = (
    functools.wraps,
    functools.lru_cache,
    functools.cache,
    functools.singledispatch,
    contextlib.contextmanager,
)


def expand_decorators(tree: gast.FunctionDef, names: Names, lookup: Lookup) -> gast.FunctionDef:
    """Decorators of Python's library that are known here stay; the tree that is given stays as it is.

    Before:                     After:
        @scaled(x)                  t1 = scaled(x)
        @twice                      def g(v):
        def g(v):                       return v * v
            return v * v            g = t1(twice(g))
    """
    if not any(one.decorator_list for one in _nested(tree)):
        return tree
    tree = copied(tree)
    dispatching = {one.name for one in _nested(tree) if one.decorator_list and _all_known(one, lookup, set())}

    def written(s: gast.stmt) -> list[gast.stmt]:
        if not isinstance(s, gast.FunctionDef) or not s.decorator_list or _all_known(s, lookup, dispatching):
            return [s]
        return _written(s, names)

    tree.body = rebuild(tree.body, written)
    return tree


def _nested(tree: gast.FunctionDef) -> list[gast.FunctionDef]:
    return [s for s in every_statement(tree.body) if isinstance(s, gast.FunctionDef)]


def _all_known(function: gast.FunctionDef, lookup: Lookup, dispatching: set[str]) -> bool:
    return all(_is_known(one, lookup, dispatching) for one in function.decorator_list)


def _is_known(decorator: gast.expr, lookup: Lookup, dispatching: set[str]) -> bool:
    """Whether it is one of Python's library, or @f.register of a function that dispatches."""
    called = decorator.func if isinstance(decorator, gast.Call) else decorator
    match called:
        case gast.Attribute(value=gast.Name(id=name), attr="register") if name in dispatching:
            return True
        case gast.Attribute(value=gast.Name(id=name), attr=attr):
            found = getattr(lookup(name), attr, None)
        case gast.Name(id=name):
            found = lookup(name)
        case _:
            return False
    of_ours = str(getattr(found, "__module__", "")).partition(".")[0] == "diffpy"
    return of_ours or any(found is one for one in _KNOWN)


def _written(s: gast.FunctionDef, names: Names) -> list[gast.stmt]:
    before: list[gast.stmt] = []
    value: gast.expr = load(s.name)
    for decorator in s.decorator_list:
        if not isinstance(decorator, gast.Name) or decorator.id == s.name:
            held = names.temporary()
            before.append(moved(assign(held, decorator), decorator))
    evaluated = iter([one.targets[0].id for one in before])
    applied = [
        one if isinstance(one, gast.Name) and one.id != s.name else load(next(evaluated))
        for one in s.decorator_list
    ]
    for decorator in reversed(applied):
        value = gast.Call(decorator, [value], [])
    like = s.decorator_list[0]
    s.decorator_list = []
    return [*before, s, moved(assign(s.name, value), like)]
