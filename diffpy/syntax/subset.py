"""The Python that is differentiated: a source in; silence, or a refusal that points at the line, out."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from diffpy.errors import UnsupportedSyntaxError
from diffpy.functions import content_of
from diffpy.syntax.local_classes import is_closed, local_classes
from diffpy.syntax.source import Source
from diffpy.syntax.trees import children, nodes

_FRAME_ACCESS: dict[Any, str] = {
    exec: "write the code out, or call a function (a function may be looked up at run time)",
    eval: "write the expression out, or call a function (a function may be looked up at run time)",
    locals: "name the variables, or keep the values in a dict of your own",
    globals: "name the global variable",
    vars: "name the variable or the attribute; getattr(object, name) reads an attribute by name",
}
_FUNCTIONS = gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda


def check(source: Source) -> None:
    """Raise UnsupportedSyntaxError at the first construct that no later stage could treat."""
    every = nodes(source.tree)
    bound = {name for node in every for name in _binds(node)}
    classes = local_classes(source) if any(isinstance(s, gast.ClassDef) for s in source.tree.body) else {}
    alone = {id(node.value) for node in every if isinstance(node, gast.Expr)}
    of_objects = {id(node.func) for node in every if isinstance(node, gast.Call) and len(node.args) == 1}
    for node in every:
        _check_suspension(source, node, alone)
        _check_group_handlers(source, node)
        _check_class(source, node, classes)
        _check_frame_access(source, node, bound, of_objects)
    for function in every:
        if isinstance(function, _FUNCTIONS):
            _check_globals(source, function)


def _check_suspension(source: Source, node: gast.AST, alone: set[int]) -> None:
    """`alone`: expressions whose values nothing uses."""
    match node:
        case gast.AsyncFunctionDef() | gast.AsyncFor() | gast.AsyncWith() | gast.Await():
            raise _coroutine(source, node)
        case gast.comprehension(is_async=1):
            raise _coroutine(source, node.target)
        case gast.Yield() | gast.YieldFrom() if id(node) not in alone:
            raise source.error(
                UnsupportedSyntaxError,
                "the value of a 'yield' is used",
                node,
                because="what send() puts in there, or another generator returns, is not known to the derivative",
                fix="hand values over only, and pass the generator what it needs as arguments",
            )


def _coroutine(source: Source, node: gast.AST) -> UnsupportedSyntaxError:
    return source.error(
        UnsupportedSyntaxError,
        "coroutines are not supported",
        node,
        because="the event loop, not this function, decides when the body runs",
        fix="keep the numeric part in a plain def, and await around it",
    )


def _check_group_handlers(source: Source, node: gast.AST) -> None:
    if isinstance(node, gast.TryStar):
        raise source.error(
            UnsupportedSyntaxError,
            "'except*' is not supported",
            node.handlers[0],
            because="several handlers may run, one after the other, each with a part of the group",
            fix="write except ExceptionGroup as group, and take it apart: group.split(ValueError)",
        )


def _check_class(source: Source, node: gast.AST, known: Mapping[str, type]) -> None:
    """`known`: classes that are the same at each call."""
    if isinstance(node, gast.ClassDef) and node.name not in known and not is_closed(source, node):
        raise source.error(
            UnsupportedSyntaxError,
            f"the class '{node.name}' is defined inside a differentiated function",
            node,
            because="each call makes another class, which may depend on its variables or be changed",
            fix=f"define '{node.name}' at the top of the module",
        )


def _check_frame_access(source: Source, node: gast.AST, bound: set[str], of_objects: set[int]) -> None:
    """A reader or writer of whole frames, called or handed on, under whatever name it goes.

    `of_objects`: the callees that are given one argument, with which vars(o) is the dict of an object.
    """
    match node:
        case gast.Name(id=name, ctx=gast.Load()) if name not in bound:
            meant = _value(source, name)
        case gast.Attribute(value=gast.Name(id=name), attr=field) if _value(source, name) is builtins:
            meant = getattr(builtins, field, None)
        case _:
            return
    if meant is vars and id(node) in of_objects:
        return
    if any(meant is one for one in _FRAME_ACCESS):
        raise source.error(
            UnsupportedSyntaxError,
            f"{meant.__name__}() cannot be analysed",
            node,
            because="it can read or write any variable, so what flows through it is unknown",
            fix=_FRAME_ACCESS[meant],
        )


def _value(source: Source, name: str) -> Any:
    """What a free name means now; None where it means nothing yet."""
    cell = source.closure.get(name)
    if cell is None:
        return source.globals.get(name, getattr(builtins, name, None))
    return content_of(cell)


def _check_globals(source: Source, function: gast.AST) -> None:
    """A declared global may be assigned values; a function keeps the variables around it alive."""
    own = list(_own_nodes(function))
    declared = {name for node in own if isinstance(node, gast.Global) for name in node.names}
    for node in own if declared else ():
        assigned = isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Del)
        assigned = assigned or (isinstance(node, gast.alias) and ("." not in node.name or node.asname))
        for name in declared.intersection(_binds(node)) if not assigned else ():
            raise _global_write(source, node, name, own)


def _global_write(source: Source, node: gast.AST, name: str, own: list[gast.AST]) -> UnsupportedSyntaxError:
    if isinstance(node, gast.FunctionDef):
        return source.error(
            UnsupportedSyntaxError,
            f"the function '{name}' is stored in a global name",
            node,
            because=f"'{name}' would keep the variables of '{source.name}' alive after the call",
            fix=f"make '{name}' a local function (remove 'global {name}')",
        )
    return source.error(
        UnsupportedSyntaxError,
        f"the global variable '{name}' is deleted, or bound without an assignment",
        _statement_of(node, own),
        because="values are followed from assignments to where they are read",
        fix=f"assign it: {name} = None",
    )


def _own_nodes(function: gast.AST) -> Iterator[gast.AST]:
    """All nodes of a function's scope: a nested function counts as one node, without what is in it."""
    body = function.body if isinstance(function.body, list) else [function.body]
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, gast.comprehension):
            waiting.extend([*node.ifs, node.iter])  # Its target is a variable of its own.
        elif not isinstance(node, _FUNCTIONS | gast.ClassDef):
            waiting.extend(reversed(children(node)))


def _statement_of(node: gast.AST, own: list[gast.AST]) -> gast.AST:
    """The innermost statement that a node stands in; `own` lists statements before what is in them."""
    before = own[: next(position for position, one in enumerate(own) if one is node) + 1]
    return next(one for one in reversed(before) if isinstance(one, gast.stmt))


def _binds(node: gast.AST) -> list[str]:
    match node:
        case gast.Name(id=name, ctx=gast.Store() | gast.Del() | gast.Param()):
            return [name]
        case gast.FunctionDef(name=name) | gast.ClassDef(name=name):
            return [name]
        case (
            gast.MatchAs(name=str(name)) | gast.MatchStar(name=str(name)) | gast.MatchMapping(rest=str(name))
        ):
            return [name]
        case gast.alias(name=name, asname=asname):
            return [asname or name.partition(".")[0]]
    return []
