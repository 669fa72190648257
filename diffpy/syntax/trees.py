"""Walks through trees, rewritings and copies of them, quick enough for long functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

import gast

Node = TypeVar("Node", bound=gast.AST)

_DULL = frozenset(["ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment"])
_INTERESTING: dict[type, tuple[str, ...]] = {}


def _found_below(node: gast.AST) -> Sequence[gast.AST]:
    """What stands in the fields of a node of any class."""
    kind = type(node)
    found: list[gast.AST] = []
    given = node.__dict__
    for field in _INTERESTING.get(kind) or _fields(kind):
        value = given.get(field)
        if value is None:
            continue
        if type(value) is list:
            found += [one for one in value if isinstance(one, gast.AST)]
        elif isinstance(value, gast.AST):
            found.append(value)
    return found


class _Below(dict[type, Callable[[Any], Sequence[gast.AST]]]):
    """For each class of nodes what finds the nodes right below one, but for operators and contexts."""

    def __missing__(self, kind: type) -> Callable[[Any], Sequence[gast.AST]]:
        return _found_below


# The commonest nodes have a way of their own.
BELOW = _Below(
    {
        gast.Constant: lambda node: (),
        gast.Name: lambda node: () if node.annotation is None else (node.annotation,),
        gast.Attribute: lambda node: (node.value,),
        gast.BinOp: attrgetter("left", "right"),
        gast.UnaryOp: lambda node: (node.operand,),
        gast.Call: lambda node: [node.func, *node.args, *node.keywords],
        gast.keyword: lambda node: (node.value,),
        gast.Subscript: attrgetter("value", "slice"),
        gast.Tuple: attrgetter("elts"),
        gast.Assign: lambda node: [*node.targets, node.value],
        gast.AugAssign: attrgetter("target", "value"),
    }
)


def nodes(*roots: gast.AST) -> list[gast.AST]:
    """The roots and every node below them, level by level as gast.walk has them; of operators and contexts none.

    It takes a twentieth of the time of gast.walk, which shows in long functions.
    """
    found = list(roots)
    for node in found:  # which grows meanwhile
        kind = type(node)
        if kind is not gast.Constant and (kind is not gast.Name or node.annotation is not None):
            found += BELOW[kind](node)
    return found


def children(node: gast.AST) -> Sequence[gast.AST]:
    """The nodes right below one, but for operators and contexts."""
    return BELOW[type(node)](node)


def _fields(kind: type[gast.AST]) -> tuple[str, ...]:
    """The fields that may hold nodes of interest."""
    if kind not in _INTERESTING:
        _INTERESTING[kind] = tuple(one for one in kind._fields if one not in _DULL)
    return _INTERESTING[kind]


class Rewriter:
    """What gast.NodeTransformer is, in a third of the time; it does not visit operators and contexts.

    A method visit_<class> returns what takes the node's place: a node, a list of statements, None for nothing.
    """

    _methods: ClassVar[dict[type, Callable[..., Any]]]

    def __init_subclass__(cls) -> None:
        cls._methods = {}

    def visit(self, node: gast.AST) -> Any:
        kind = type(node)
        if kind not in self._methods:
            leaf = kind is gast.Constant or kind is gast.Name
            rest = Rewriter._leaf if leaf else Rewriter.generic_visit
            self._methods[kind] = getattr(type(self), f"visit_{kind.__name__}", rest)
        return self._methods[kind](self, node)

    def _leaf(self, node: gast.AST) -> gast.AST:
        return self.generic_visit(node) if vars(node).get("annotation") is not None else node

    def generic_visit(self, node: gast.AST) -> Any:
        kind = type(node)
        given = node.__dict__
        for field in _INTERESTING.get(kind) or _fields(kind):
            value = given.get(field)
            if type(value) is list:
                value[:] = self._rewritten(value)
            elif isinstance(value, gast.AST):
                found = self.visit(value)
                if found is None:
                    delattr(node, field)
                elif found is not value:
                    setattr(node, field, found)
        return node

    def _rewritten(self, block: list[Any]) -> Iterator[Any]:
        for one in block:
            found = self.visit(one) if isinstance(one, gast.AST) else one
            if isinstance(found, list):
                yield from found
            elif found is not None or one is None:
                yield found


def copied(tree: Node) -> Node:
    """A deep copy in which each node stands in one place.

    Unlike copy.deepcopy it does not recur: expressions may be long chains.
    """
    whole = _alike(tree)
    waiting: list[gast.AST] = [whole]
    for one in waiting:  # which grows meanwhile
        given = vars(one)
        for key in _INTERESTING.get(type(one)) or _fields(type(one)):
            value = given.get(key)
            if type(value) is list:
                given[key] = made = [_alike(each) if isinstance(each, gast.AST) else each for each in value]
                waiting += [each for each in made if isinstance(each, gast.AST)]
            elif isinstance(value, gast.AST):
                given[key] = _alike(value)
                waiting.append(given[key])
    return whole


def content(tree: gast.AST) -> tuple[object, ...]:
    """What a tree says, and where that stands: equal for a tree and its copies. The numbers of sites do not count."""
    found: list[object] = []
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        found.append(type(one))
        for name, value in vars(one).items():
            if name == "site" or value is None:
                continue
            parts = value if type(value) is list else [value]
            found.append((name, len(parts)))
            for part in parts:
                if isinstance(part, gast.AST):
                    waiting.append(part)
                else:  # 1, 1.0 and True are equal, as 0.0 and -0.0 are
                    found.append((type(part), repr(part) if isinstance(part, float | complex) else part))
    return tuple(found)


def _alike(node: Node) -> Node:
    found = gast.AST.__new__(type(node))
    vars(found).update(vars(node))
    if type(node) is gast.Compare:
        vars(found)["ops"] = list(node.ops)
    return found
