"""Lines of the rule table as text: a lambda and the expressions for its parameters in, an expression out."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache

import gast

from diffpy.analysis import flow
from diffpy.rules.table import parameters_of
from diffpy.syntax import source
from diffpy.syntax.build import constant, expression, load, moved, substitute
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


def inline(
    line: Line, parts: Mapping[str, gast.expr], module: str, namespace: Namespace, like: gast.AST
) -> gast.expr:
    """The line's expression over the caller's own: d, y and the arguments replaced, xp by the user's module."""
    body, parameters, free = parsed(line)
    replaced = {p: parts[p] for p in parameters}
    for name in free:
        if name == "xp":
            replaced[name] = expression(module)
        elif not hasattr(builtins, name) or name in line.__globals__:
            found = line.__globals__[name]
            replaced[name] = load(namespace.name(name, found))
    return _Choices().visit(substitute(moved(copied(body), like), replaced))


class _Choices(Rewriter):
    """What a line says of an argument that was left out: `a if None is None else b` is a."""

    def visit_IfExp(self, node: gast.IfExp) -> gast.expr:
        match node.test:
            case gast.Compare(
                left=gast.Constant(value=given), ops=[op], comparators=[gast.Constant(value=None)]
            ):
                return self.visit(node.body if (given is None) == isinstance(op, gast.Is) else node.orelse)
        return self.generic_visit(node)


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
