"""What a function does besides giving its result: a tree and its surroundings in; prints, stores and draws out."""

from __future__ import annotations

import builtins
import io
import logging
import random
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import gast
import numpy as np

from diffpy.analysis import flow, foreign
from diffpy.analysis.calls import dotted

Lookup = Callable[[str], Any]  # a free name -> what it stands for; None where that is not known


class Effect(NamedTuple):
    """One effect, where it stands, and what it does in words: "prints"."""

    node: gast.AST
    what: str
    draws: bool = False  # from a source of random numbers, which can be set back


class Callee(NamedTuple):
    """A call of a Python function, whose effects are the caller's too."""

    node: gast.AST
    function: types.FunctionType


LOUD = {builtins.print, builtins.input, builtins.open, builtins.exec, builtins.eval, builtins.setattr}
_OUTSIDE = {logging, warnings, random, np.random}
CHANGING = {getattr(one, "__name__", "") for one in foreign.CHANGING} | {"add", "discard", "appendleft"}
DRAWING = {
    name
    for owner in (np.random.Generator, np.random.RandomState, random.Random)
    for name in dir(owner)
    if not name.startswith("_")
} - {"bit_generator", "bytes", "power"}


def effects(body: Sequence[gast.AST], own: set[str], lookup: Lookup) -> Iterator[Effect | Callee]:
    """The effects of a block that makes the objects called `own` itself."""
    waiting: list[gast.AST] = [*body]
    files = files_made_here(body, own, lookup)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, gast.FunctionDef):
            made = made_here(node.body) | flow.argument_names(node)
            yield from effects(node.body, own | made - outer_names(node), lookup)
            waiting[:0] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
            continue
        if isinstance(node, gast.Lambda):
            yield from effects([gast.Expr(node.body)], own | flow.argument_names(node), lookup)
            waiting[:0] = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            continue
        yield from _stored(node, own)
        if isinstance(node, gast.Call) and not _prints_to(node, files, own, lookup):
            yield from _called(node, own, lookup)
        waiting[:0] = gast.iter_child_nodes(node)


def _stored(node: gast.AST, own: set[str]) -> Iterator[Effect]:
    match node:
        case gast.Global() | gast.Nonlocal():
            yield from (Effect(node, f"assigns the outer variable '{n}'") for n in node.names if n not in own)
        case gast.Subscript(ctx=gast.Store() | gast.Del()) | gast.Attribute(ctx=gast.Store() | gast.Del()):
            root = root_of(node)
            if root is not None and root not in own:
                yield Effect(node, f"stores into '{root}', which it did not make")


def root_of(node: gast.AST) -> str | None:
    """a of a[i].b[j]; None where it is no name."""
    while isinstance(node, gast.Subscript | gast.Attribute):
        node = node.value
    return node.id if isinstance(node, gast.Name) else None


def _called(node: gast.Call, own: set[str], lookup: Lookup) -> Iterator[Effect | Callee]:
    callee = value_of(node.func, own, lookup)
    name = node.func.attr if isinstance(node.func, gast.Attribute) else ""
    root = root_of(node.func)
    if callee is setattr and node.args and root_of(node.args[0]) in own:
        return  # a store, like those that are written as such
    if _is_among(callee, LOUD):
        yield Effect(node, f"calls {callee.__name__}()")
    elif isinstance(callee, types.FunctionType) and not _is_library(callee):
        yield Callee(node, callee)
    elif name in DRAWING and _may_draw(node.func, callee, own, lookup):
        yield Effect(node, "draws random numbers", draws=True)
    elif _is_logging(node.func, callee, own, lookup):
        yield Effect(node, f"calls {'.'.join(dotted(node.func) or [name])}()")
    elif name in CHANGING and callee is None and root is not None and root not in own:
        yield Effect(node, f"changes '{root}', which it did not make")


def value_of(expression: gast.expr, own: set[str], lookup: Lookup) -> Any:
    """What a free name, or an attribute of a module, stands for."""
    path = dotted(expression)
    if path is None or path[0] in own:
        return None
    value = lookup(path[0])
    for name in path[1:]:
        value = getattr(value, name, None) if isinstance(value, types.ModuleType) else None
    return value.__diffpy_function__ if hasattr(type(value), "__diffpy_function__") else value


def files_made_here(body: Sequence[gast.AST], own: set[str], lookup: Lookup) -> set[str]:
    """Names that stand for nothing but files in memory that the block makes: what is printed there stays there."""
    made = Counter(
        name
        for s in flow.statements(body)
        if isinstance(s, gast.Assign) and _makes_file(s.value, own, lookup)
        for name in flow.names_written(s)
    )
    every = flow.bindings(*body) if made else made
    return {name for name, count in made.items() if count == every[name]}


def _makes_file(value: gast.AST, own: set[str], lookup: Lookup) -> bool:
    return isinstance(value, gast.Call) and value_of(value.func, own, lookup) is io.StringIO


def _prints_to(node: gast.Call, files: set[str], own: set[str], lookup: Lookup) -> bool:
    """Whether a call prints to a file in memory that is made here."""
    file = next((one.value for one in node.keywords if one.arg == "file"), None)
    if file is None or value_of(node.func, own, lookup) is not print:
        return False
    return _makes_file(file, own, lookup) or (isinstance(file, gast.Name) and file.id in files)


def _may_draw(called: gast.expr, callee: Any, own: set[str], lookup: Lookup) -> bool:
    """Whether a method of this name is one of a source of random numbers, as far as one can see."""
    if callee is not None:
        owner = getattr(callee, "__self__", None)
        return isinstance(owner, np.random.RandomState | random.Random)
    assert isinstance(called, gast.Attribute)
    owner = value_of(called.value, own, lookup)
    return owner is None or isinstance(owner, np.random.Generator | np.random.RandomState | random.Random)


def _is_logging(called: gast.expr, callee: Any, own: set[str], lookup: Lookup) -> bool:
    if getattr(callee, "__module__", None) in ("logging", "warnings", "_warnings"):
        return True
    return isinstance(called, gast.Attribute) and isinstance(
        value_of(called.value, own, lookup), logging.Logger
    )


def _is_among(value: Any, known: set) -> bool:
    try:
        return value in known
    except TypeError:  # not hashable
        return False


def _is_library(function: types.FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] in ("numpy", "scipy", "diffpy")


def made_here(body: list[gast.stmt]) -> set[str]:
    """Names that a block binds: what they stand for is its own, or is checked where kinds are known."""
    return set(flow.all_written(body)) | {
        n
        for s in body
        for w in gast.walk(s)
        if isinstance(w, gast.comprehension)
        for n in flow.names_written(w.target)
    }


def outer_names(tree: gast.FunctionDef) -> set[str]:
    """Variables from outside that a function declares, to assign them."""
    found: set[str] = set()
    waiting: list[gast.AST] = list(tree.body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, gast.Global | gast.Nonlocal):
            found.update(one.names)
        elif not isinstance(one, gast.FunctionDef | gast.Lambda):
            waiting.extend(gast.iter_child_nodes(one))
    return found
