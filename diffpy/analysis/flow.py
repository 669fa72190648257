"""Which names blocks read before they write, and which they surely write: blocks in, sets of names out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import gast

from diffpy.syntax.trees import BELOW, children, nodes

Block = Sequence[gast.stmt]


class Flow(NamedTuple):
    """Names read before any write of the block's own; names written on each path; whether the end is reached.

    `breaks`: whether the loop around may be left.
    """

    exposed: frozenset[str]
    surely: frozenset[str]
    falls_through: bool = True
    breaks: bool = False


class FlowFacts:
    """The flow of each block and statement of one function, each computed once."""

    def __init__(self) -> None:
        self._known: dict[int, Flow] = {}

    def of(self, statement: gast.stmt) -> Flow:
        key = id(statement)
        if key not in self._known:
            self._known[key] = self._statement(statement)
        return self._known[key]

    def block(self, block: Block) -> Flow:
        exposed: set[str] = set()
        surely: set[str] = set()
        breaks = False
        for statement in block:
            flow = self.of(statement)
            exposed |= flow.exposed - surely
            surely |= flow.surely
            breaks = breaks or flow.breaks
            if not flow.falls_through:
                return Flow(frozenset(exposed), frozenset(surely), False, breaks)
        return Flow(frozenset(exposed), frozenset(surely), True, breaks)

    def live_after(
        self, block: Block, live_out: frozenset[str], leave: frozenset[str] = frozenset()
    ) -> list[frozenset[str]]:
        """For each statement of the block the names that are read later, before being written.

        `leave`: those that are read where a break leads to.
        """
        live = set(live_out)
        found: list[frozenset[str]] = []
        for statement in reversed(block):
            compound = isinstance(statement, gast.If | gast.For | gast.While | gast.With | gast.Try)
            found.append(frozenset(live) if compound else frozenset())
            flow = self.of(statement)
            live -= flow.surely
            live |= flow.exposed
            if flow.breaks:
                live |= leave
        return found[::-1]

    def _statement(self, statement: gast.stmt) -> Flow:
        match statement:
            case gast.If():
                return self._either(names_read(statement.test), statement.body, statement.orelse)
            case gast.For():
                body = self.block(statement.body)
                return Flow(
                    names_read(statement.iter) | (body.exposed - names_written(statement.target)), frozenset()
                )
            case gast.While():
                return Flow(names_read(statement.test) | self.block(statement.body).exposed, frozenset())
            case gast.With():
                return self._with(statement)
            case gast.Try():
                return self._try(statement)
            case gast.Break() | gast.Raise() | gast.Return() | gast.Continue():
                return Flow(names_read(statement), frozenset(), False, isinstance(statement, gast.Break))
            case gast.FunctionDef():
                return Flow(names_read(statement), frozenset({statement.name}))
            case _:
                return Flow(names_read(statement), names_written(statement))

    def _either(self, test: frozenset[str], body: Block, orelse: Block) -> Flow:
        one, other = self.block(body), self.block(orelse)
        exposed, breaks = test | one.exposed | other.exposed, one.breaks or other.breaks
        if not one.falls_through and not other.falls_through:
            return Flow(exposed, one.surely | other.surely, False, breaks)
        if not one.falls_through:
            return Flow(exposed, other.surely, True, breaks)
        if not other.falls_through:
            return Flow(exposed, one.surely, True, breaks)
        return Flow(exposed, one.surely & other.surely, True, breaks)

    def _with(self, statement: gast.With) -> Flow:
        body = self.block(statement.body)
        bound = frozenset().union(
            *(names_written(i.optional_vars) for i in statement.items if i.optional_vars)
        )
        read = frozenset().union(*(names_read(i.context_expr) for i in statement.items))
        return Flow(read | (body.exposed - bound), bound | body.surely, body.falls_through, body.breaks)

    def _try(self, statement: gast.Try) -> Flow:
        flows = [self.block(b) for b in (statement.body, statement.orelse, statement.finalbody)]
        handlers = [self.block(h.body) for h in statement.handlers]
        exposed = frozenset().union(*(one.exposed for one in flows))
        for h, inside in zip(statement.handlers, handlers, strict=True):
            exposed |= inside.exposed - (frozenset() if h.name is None else names_written(h.name))
        types = frozenset().union(*(names_read(h.type) for h in statement.handlers if h.type))
        breaks = any(one.breaks for one in (*flows, *handlers))
        return Flow(exposed | types, self.block(statement.finalbody).surely, True, breaks)


def names_read(node: gast.AST) -> frozenset[str]:
    """Names that the node loads; a nested function reads its free variables."""
    if isinstance(node, gast.FunctionDef):
        return free_names(node)
    found: set[str] = set()
    parts: list[gast.AST] = [node]
    for one in parts:  # which grows meanwhile
        kind = type(one)
        if kind is gast.Name:
            if type(one.ctx) is not gast.Store:
                found.add(one.id)
        elif kind is gast.FunctionDef or kind is gast.Lambda:
            found |= free_names(one)
        elif kind is not gast.Constant:
            parts += BELOW[kind](one)
    if type(node) is gast.AugAssign and type(node.target) is gast.Name:
        found.add(node.target.id)
    return frozenset(found)


def loads(*roots: gast.AST) -> Counter[str]:
    """How often each name is mentioned below the roots otherwise than to bind it."""
    return Counter([n.id for n in nodes(*roots) if type(n) is gast.Name and type(n.ctx) is not gast.Store])


def bindings(*roots: gast.AST) -> Counter[str]:
    """How often each name is mentioned below the roots to bind or to delete it, parameters among them."""
    return Counter([n.id for n in nodes(*roots) if type(n) is gast.Name and type(n.ctx) is not gast.Load])


def names_written(node: gast.AST) -> frozenset[str]:
    """Names that the statement (not its blocks) or the target binds."""
    if type(node) is gast.Assign and len(node.targets) == 1 and type(node.targets[0]) is gast.Name:
        return frozenset((node.targets[0].id,))
    match node:
        case gast.Assign():
            return frozenset().union(*(names_written(t) for t in node.targets))
        case gast.AugAssign() | gast.AnnAssign() | gast.For():
            return names_written(node.target)
        case gast.Name():
            return frozenset({node.id})
        case gast.Tuple() | gast.List():
            return frozenset().union(*(names_written(e) for e in node.elts))
        case gast.Starred():
            return names_written(node.value)
        case gast.FunctionDef():
            return frozenset({node.name})
        case gast.Import() | gast.ImportFrom():
            return frozenset((a.asname or a.name).split(".")[0] for a in node.names)
        case _:
            return frozenset()


def all_written(block: Block) -> frozenset[str]:
    """Every name that the block, or a block within it, binds (nested functions keep theirs)."""
    return frozenset(_bindings_of(block))


def writes(block: Block) -> Counter[str]:
    """How many statements bind each of them."""
    return Counter(_bindings_of(block))


def _bindings_of(block: Block) -> list[str]:
    """The names that each statement binds."""
    found: list[str] = []
    stack: list[gast.AST] = list(block)
    while stack:
        one = stack.pop()
        found += names_written(one)
        if type(one) not in _COMPOUND:
            continue
        if type(one) is gast.With:
            found += (n for i in one.items if i.optional_vars for n in names_written(i.optional_vars))
        if type(one) is gast.ExceptHandler and type(one.name) is gast.Name:
            found.append(one.name.id)
        stack.extend(blocks_of(one))
    return found


_COMPOUND = {gast.If, gast.For, gast.While, gast.With, gast.Try, gast.ExceptHandler}
_SIMPLE = {gast.Assign, gast.AugAssign, gast.AnnAssign, gast.Expr, gast.Return, gast.Pass}


def blocks_of(statement: gast.AST) -> list[gast.AST]:
    """The statements directly inside a compound statement."""
    inside: list[gast.AST] = []
    if type(statement) in _SIMPLE:
        return inside
    for field in ("body", "orelse", "handlers", "finalbody"):
        inside.extend(getattr(statement, field, None) or [])
    return inside


def statements(block: Block) -> Iterator[Any]:
    """Every statement of a block, and of the blocks in it; those of nested functions are theirs."""
    for s in block:
        yield s
        if not isinstance(s, gast.FunctionDef):
            yield from statements(blocks_of(s))


def free_names(function: gast.FunctionDef | gast.Lambda) -> frozenset[str]:
    """Names that a nested function takes from around it, with those its defaults and decorators read."""
    decorators = getattr(function, "decorator_list", [])
    return names_in_defaults(function).union(captured_names(function), *map(names_read, decorators))


def names_in_defaults(function: gast.FunctionDef | gast.Lambda) -> frozenset[str]:
    """Names that the defaults of its parameters read, where the function is defined."""
    defaults = [*function.args.defaults, *filter(None, function.args.kw_defaults)]
    return frozenset().union(*map(names_read, defaults))


def captured_names(function: gast.FunctionDef | gast.Lambda) -> set[str]:
    """Names that the body of a nested function takes from around it, when it runs."""
    body = function.body if isinstance(function.body, list) else [function.body]
    bound = argument_names(function) | _bound_in(body)
    inside: set[str] = set()
    for one in body:
        inside |= _mentioned(one)
    nonlocals = {n for w in nodes(*body) if type(w) is gast.Nonlocal for n in w.names}
    return (inside - bound) | nonlocals


def argument_names(function: gast.FunctionDef | gast.Lambda) -> set[str]:
    a = function.args
    return {one.id for one in (*a.posonlyargs, *a.args, *a.kwonlyargs)} | gathering_names(function)


def default_names(function: gast.FunctionDef | gast.Lambda, given: Container[str]) -> set[str]:
    """The arguments that a call leaves to their defaults."""
    return {n for n in argument_names(function) - gathering_names(function) if n not in given}


def gathering_names(function: gast.FunctionDef | gast.Lambda) -> set[str]:
    """The arguments that gather what is left, in a tuple and a dict that each call makes anew: *args and **kwargs."""
    return {one.id for one in (function.args.vararg, function.args.kwarg) if one is not None}


def _bound_in(body: Block) -> set[str]:
    bound: set[str] = set()
    outer: set[str] = set()
    stack: list[gast.AST] = list(body)
    while stack:
        one = stack.pop()
        kind = type(one)
        if kind is gast.Name:
            if type(one.ctx) is gast.Store:
                bound.add(one.id)
        elif kind is gast.Nonlocal or kind is gast.Global:
            outer.update(one.names)
        elif kind is gast.FunctionDef or kind is gast.ClassDef:
            bound.add(one.name)
        elif kind is gast.Import or kind is gast.ImportFrom:
            bound |= names_written(one)
        elif kind in _COMPREHENSIONS:
            stack.extend(w for w in nodes(one) if type(w) is gast.NamedExpr)
        elif kind is not gast.Lambda:
            stack += BELOW[kind](one)
    return bound - outer


_COMPREHENSIONS = {gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp}


def _mentioned(node: gast.AST) -> set[str]:
    """Names loaded in the node, its comprehensions' own variables left out."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        kind = type(one)
        if kind is gast.Name:
            if type(one.ctx) is not gast.Store:
                found.add(one.id)
        elif kind is gast.FunctionDef or kind is gast.Lambda:
            found |= free_names(one)
        elif kind in _COMPREHENSIONS:
            inside: set[str] = set().union(*map(_mentioned, children(one)))
            found |= inside - {n for g in one.generators for n in names_written(g.target)}
        else:
            if kind is gast.AugAssign and type(one.target) is gast.Name:
                found.add(one.target.id)
            stack += BELOW[kind](one)
    return found
