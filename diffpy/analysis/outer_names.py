"""Global variables that functions assign: which, what else mentions them, and which calls may get there."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import gast

from diffpy.analysis.kinds import Kind
from diffpy.functions import captured_by, has_instruction, names_looked_up
from diffpy.syntax.trees import nodes

ANYTHING = "*"  # stands for functions without a name
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def declared(tree: gast.FunctionDef) -> frozenset[str]:
    """The global variables that a function of the normal form assigns."""
    return frozenset(n for s in tree.body if isinstance(s, gast.Global) for n in s.names)


def taking_values(
    tree: gast.FunctionDef, kind_of: Callable[[gast.expr], Kind], is_changed: Callable[[str], bool]
) -> frozenset[str]:
    """The same less those that take in nothing but what has no derivative: functions and modules, say."""
    found = declared(tree)
    imported: set[str] = set()
    values: dict[str, list[gast.expr]] = {}
    for s in nodes(*tree.body) if found else ():
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                values.setdefault(name, []).append(value)
            case gast.alias(asname=str(name)):
                imported.add(name)

    def takes(value: gast.expr, seen: frozenset[str] = frozenset()) -> bool:
        if not isinstance(value, gast.Name) or not kind_of(value).may_differ:
            return kind_of(value).may_differ
        known = value.id in imported or value.id in seen
        given = values.get(value.id, ())
        return not known and (not given or any(takes(one, seen | {value.id}) for one in given))

    return frozenset(n for n in found if n not in values or is_changed(n) or any(map(takes, values[n])))


def mentioning(module: ast.Module, names: frozenset[str]) -> frozenset[str]:
    """The names of the functions of a file that mention one of these variables."""
    found: set[str] = set()
    waiting: list[tuple[ast.AST, str | None]] = [(module, None)]
    while waiting:
        node, function = waiting.pop()
        if isinstance(node, ast.Name) and node.id in names and function is not None:
            found.add(function)
        inside = getattr(node, "name", ANYTHING) if isinstance(node, _FUNCTIONS) else function
        if isinstance(node, _FUNCTIONS) and {one.arg for one in _parameters(node.args)} & names:
            continue
        waiting += [(one, inside) for one in ast.iter_child_nodes(node)]
    return frozenset(found)


def _parameters(a: ast.arguments) -> list[ast.arg]:
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(one for one in (a.vararg, a.kwarg) if one is not None)]


def reachable(roots: Iterable[Any], is_foreign: Callable[[Any], bool]) -> list[types.FunctionType]:
    """The functions that calls of some objects may get to, as far as these mention them by name."""
    found: dict[int, types.FunctionType] = {}  # by the number of the code: equal code may name other things
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and not is_foreign(one):
            waiting += [v for v in vars(one).values() if isinstance(v, types.FunctionType)]
        if not isinstance(one, types.FunctionType) or id(one.__code__) in found or is_foreign(one):
            continue
        found[id(one.__code__)] = one
        outside = names_looked_up(one.__code__).difference(one.__code__.co_freevars)
        waiting += [one.__globals__.get(n) for n in outside]
        waiting += captured_by(one).values()
    return list(found.values())


def reaches(roots: Iterable[Any], touching: frozenset[str], is_foreign: Callable[[Any], bool]) -> bool:
    """Whether calls of some objects may get to one of the functions with these names."""
    return any(
        one.__name__ in touching or names_looked_up(one.__code__) & touching
        for one in reachable(roots, is_foreign)
    )


@lru_cache(maxsize=4096)
def assigns_globals(code: types.CodeType) -> bool:
    """Whether a function, or one inside it, assigns a global variable."""
    return has_instruction(code, "STORE_GLOBAL")


def mentions(node: gast.AST, names: frozenset[str]) -> bool:
    """Whether a nested function mentions one of the names."""
    return any(isinstance(one, gast.Name) and one.id in names for one in nodes(node))
