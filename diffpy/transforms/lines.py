"""Lines of the rule table as text: a lambda and the expressions for its parameters in, an expression out."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.rules.table import FOLDED, WHILE_DERIVING, parameters_of
from diffpy.syntax import source
from diffpy.syntax.build import constant, expression, load, moved
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, copied, nodes

Line = Callable[..., object]


class Namespace:
    """What generated text refers to besides the user's names: fresh name -> object."""

    def __init__(self, names: Names, available: Mapping[str, object]) -> None:
        self.names = names
        self.available = available  # what generated code may call of the running half, by its name there
        self.objects: dict[str, object] = {}
        self._known: dict[int, str] = {}

    def name(self, stem: str, value: object) -> str:
        """The name under which generated text knows an object."""
        if id(value) not in self._known:
            self._known[id(value)] = self.names.fresh(stem)
            self.objects[self._known[id(value)]] = value
        return self._known[id(value)]

    def runtime(self, name: str) -> str:
        return self.name(name, self.available[name])

    def adopt(self, name: str, value: object) -> None:
        """Use the user's own name for an object (np, math)."""
        self._known.setdefault(id(value), name)


@lru_cache(maxsize=2048)
def parsed(line: Line) -> tuple[gast.expr, tuple[str, ...], frozenset[str]]:
    """The expression of a line, its parameters, and the names it takes from around it."""
    tree = source.find(line).tree
    body = tree.body[0].value
    parameters = parameters_of(line)
    return body, parameters, frozenset(flow.names_read(body) - set(parameters))


def is_multiple(line: Line) -> bool:
    """Whether the tangent of a line is only added, multiplied and divided, and no function takes it."""
    calls = (n for n in nodes(parsed(line)[0]) if isinstance(n, gast.Call))
    return not any("d" in flow.names_read(one) for one in calls)


def inline(
    line: Line, parts: Mapping[str, gast.expr], module: str, namespace: Namespace, like: gast.AST
) -> gast.expr:
    """The line's expression over the caller's own: d, y and the arguments replaced, xp by the user's module."""
    body, parameters, free = parsed(line)
    inlining = _Inlining({p: parts[p] for p in parameters}, free, line.__globals__, module, namespace)
    return inlining.visit(moved(copied(body), like))


class _Inlining(Rewriter):
    """A line over the caller's expressions, with what is known of them while deriving worked out.

    `a if b is None else c` is a where b was left out; an item of *args is the argument that stands there.
    """

    def __init__(
        self,
        parts: Mapping[str, gast.expr],
        free: frozenset[str],
        globals: Mapping[str, object],
        module: str,
        namespace: Namespace,
    ) -> None:
        self.parts, self.free, self.globals = parts, free, globals
        self.module, self.namespace = module, namespace

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if node.id in self.parts:
            return copied(self.parts[node.id])
        if node.id == "xp":
            return expression(self.module)
        if node.id in self.free and (node.id in self.globals or not hasattr(builtins, node.id)):
            return load(self.namespace.name(node.id, self.globals[node.id]))
        return node

    def visit_IfExp(self, node: gast.IfExp) -> gast.expr:
        test = self.visit(node.test)
        if isinstance(test, gast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        return gast.IfExp(test, self.visit(node.body), self.visit(node.orelse))

    def visit_Compare(self, node: gast.Compare) -> gast.expr:
        self.generic_visit(node)
        match node:
            case gast.Compare(
                left=gast.Constant(value=given),
                ops=[gast.Is() | gast.IsNot() as op],
                comparators=[gast.Constant(value=None)],
            ):
                return constant((given is None) == isinstance(op, gast.Is))
            case gast.Compare(
                left=gast.Constant(value=int(given)),
                ops=[gast.Eq()],
                comparators=[gast.Constant(value=int(other))],
            ):
                return constant(given == other)
        return node

    def visit_Call(self, node: gast.Call) -> gast.expr:
        called: Any = self.globals.get(node.func.id) if isinstance(node.func, gast.Name) else None
        if called not in WHILE_DERIVING:
            self.generic_visit(node)
            node.args = [one for arg in node.args for one in _spread(arg)]
            return _length(node) or _folded(node, called) or node
        given = [self.visit(one) for one in node.args]
        known = all(isinstance(one, gast.Constant) for one in given)
        return constant(called(*(one.value for one in given)) if known else None)

    def visit_Subscript(self, node: gast.Subscript) -> gast.expr:
        self.generic_visit(node)
        match node.value, _place(node.slice):
            case gast.Tuple(elts=items), slice() as places:
                return gast.Tuple(items[places], gast.Load())
            case gast.Tuple(elts=items), int(place):
                return items[place]
        return node


def _folded(node: gast.Call, called: Any) -> gast.expr | None:
    """Of a function that is worked out while deriving where its arguments are constants."""
    if called not in FOLDED or not all(isinstance(one, gast.Constant) for one in node.args):
        return None
    return constant(called(*(one.value for one in node.args)))


def _length(node: gast.Call) -> gast.expr | None:
    """Of len((a, b)), which is known."""
    match node:
        case gast.Call(func=gast.Name(id="len"), args=[gast.Tuple(elts=items)]):
            return None if any(isinstance(one, gast.Starred) for one in items) else constant(len(items))
    return None


def _spread(given: gast.expr) -> list[gast.expr]:
    match given:
        case gast.Starred(value=gast.Tuple(elts=items)):
            return items
    return [given]


def _place(node: gast.expr | None) -> int | slice | None:
    """The places that an index of whole numbers stands for."""
    match node:
        case gast.Slice(lower=lower, upper=upper, step=None):
            return slice(_place(lower), _place(upper))
        case gast.BinOp(
            left=gast.Constant(value=int(one)), op=gast.Add(), right=gast.Constant(value=int(other))
        ):
            return one + other
        case gast.Constant(value=int(place)):
            return place
    return None


@lru_cache(maxsize=2048)
def divisors(line: Line) -> frozenset[str]:
    """The parameters that a line divides by: zeros, where these are zero and Python's own numbers, would raise."""
    found: set[str] = set()
    for node in nodes(parsed(line)[0]):
        match node:
            case gast.BinOp(op=gast.Div(), right=right) if not _is_positive(right):
                if not any(isinstance(n, gast.Call) for n in nodes(right)):
                    found |= flow.names_read(right)
    return frozenset(found - {"d", "y", "y_bar"})


def _is_positive(value: gast.expr) -> bool:
    """1 + x * x, 1.0 + x**2, and constants."""
    match value:
        case gast.Constant():
            return True
        case gast.BinOp(left=gast.Constant(value=1 | 1.0), op=gast.Add(), right=gast.BinOp(op=op)):
            return isinstance(op, gast.Mult | gast.Pow)
    return False


def default(parameter: inspect.Parameter) -> gast.expr:
    """The literal for a parameter that the call leaves out."""
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return gast.Tuple([], gast.Load())
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return gast.Dict([], [])
    value = parameter.default
    if isinstance(value, tuple):
        return gast.Tuple([constant(one) for one in value], gast.Load())
    return constant(value)
