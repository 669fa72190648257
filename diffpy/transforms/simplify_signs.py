"""Values that are another's with a minus: a derivative in, the same that subtracts the other out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.build import load
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import blocks, every_statement
from diffpy.transforms.simplify_again import changes_arrays
from diffpy.transforms.simplify_facts import (
    Derivative,
    is_reverse_sweep,
    scopes,
    times_bound,
)

_ABSORBING = gast.Mult | gast.Div | gast.Add | gast.Sub


def propagate_signs(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Where -x is a term, a factor or what is summed, its name is not read: a sign costs nothing there.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     t1 = -x
    ...     with reverse:
    ...         t2_bar = y_bar * t1 + y_bar * x
    ...         t3_bar = -t2_bar
    ...         x_bar = g(t3_bar) + t3_bar
    ... ''', propagate_signs))
    def f(x):
        t1 = -x
        with reverse:
            t2_bar = y_bar * -x + y_bar * x
            t3_bar = -t2_bar
            x_bar = g(t3_bar) + -t2_bar
    """
    given = _given(tree, known)
    for scope in scopes(tree):
        stored = _stored(scope)
        for s in scope.body:
            if is_reverse_sweep(s):
                read = flow.loads(*s.body)
                _Signs(known, stored).block(s.body, {n: x for n, x in given.items() if read[x]})
    return tree


def _given(tree: gast.FunctionDef, known: Derivative) -> dict[str, str]:
    """Temporaries of the forward sweep that are -x, by name: what both stand for stays as it is."""
    bound = times_bound(tree)
    parameters = flow.argument_names(tree)
    found = {
        y: x
        for s in tree.body
        if (pair := _negated(s)) is not None
        for y, x in [pair]
        if known.is_temporary(y) and bound[y] == 1 and bound[x] + (x in parameters) == 1
    }
    if any(isinstance(known.kind_of(x), Array) for x in found.values()) and changes_arrays(tree, known):
        return {y: x for y, x in found.items() if isinstance(known.kind_of(x), Scalar)}
    return {y: x for y, x in found.items() if isinstance(known.kind_of(x), Scalar | Array)}


def _negated(s: gast.stmt) -> tuple[str, str] | None:
    """y and x of y = -x."""
    match s:
        case gast.Assign(
            targets=[gast.Name(id=y)], value=gast.UnaryOp(op=gast.USub(), operand=gast.Name(id=x))
        ) if x != y:
            return y, x
    return None


def _stored(scope: gast.FunctionDef) -> set[str]:
    """Names of arrays into which something is stored, or may be, under this or another name."""
    found: set[str] = set()
    same: list[set[str]] = []
    for s in every_statement(scope.body):
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=value):
                same += [{y, x} for x in _whose(value)]
            case gast.For():
                same.append({*flow.names_written(s.target), *flow.names_read(s.iter)})
            case gast.Expr(value=value):
                found |= flow.names_read(value)
        if isinstance(s, gast.Assign | gast.AugAssign):
            targets = s.targets if isinstance(s, gast.Assign) else [s.target]
            found |= {
                x
                for one in targets
                if isinstance(s, gast.AugAssign) or not _is_bound(one)
                for x in _whose(one)
            }
    before = -1
    while before != len(found):
        before = len(found)
        found |= {n for names in same if names & found for n in names}
    return found


def _is_bound(target: gast.expr) -> bool:
    return isinstance(target, gast.Name | gast.Tuple)


def _whose(node: gast.expr) -> Iterator[str]:
    """The name that an expression is, or is a part of."""
    while isinstance(node, gast.Subscript | gast.Attribute):
        node = node.value
    if isinstance(node, gast.Name):
        yield node.id


class _Negated(dict[str, str]):
    """The names that are -x here, with x."""

    def __init__(self, known: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(known)
        self.of: dict[str, set[str]] = defaultdict(set)
        for y, x in known.items():
            self.of[x].add(y)

    def __setitem__(self, y: str, x: str) -> None:
        super().__setitem__(y, x)
        self.of[x].add(y)

    def forget(self, written: Iterable[str]) -> None:
        for name in written:
            for y in (name, *self.of.pop(name, ())):
                self.pop(y, None)


class _Signs(Rewriter):
    """Goes through a block; `negated` is what is known where the walk stands."""

    def __init__(self, known: Derivative, stored: set[str]) -> None:
        self.known, self.stored = known, stored
        self.negated = _Negated()

    def block(self, block: list[gast.stmt], before: Mapping[str, str]) -> None:
        made: set[str] = set()  # what has an array of its own here
        negated = _Negated(before)
        for s in block:
            written = flow.all_written([s])
            inner = list(blocks(s))
            if not inner:
                self.negated = negated
                self.operands(s)
            negated.forget(written)
            for one in inner:
                self.block(one, negated)
            made -= written
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=gast.BinOp() | gast.UnaryOp()):
                    made.add(name)
            pair = _negated(s)
            if pair is not None and self.stays(pair[1], made):
                negated[pair[0]] = pair[1]

    def operands(self, s: gast.stmt) -> None:
        if isinstance(s, gast.Assign | gast.AugAssign):
            s.value = self.absorbed(s.value)

    def stays(self, x: str, made: set[str]) -> bool:
        """Whether nothing changes what a name stands for while it is bound to it."""
        number = isinstance(self.known.kind_of(self.known.primals.get(x, x)), Scalar)
        return number or (x in made and x not in self.stored)

    def absorbed(self, node: gast.expr) -> gast.expr:
        """An operand in a place where a minus before it costs nothing."""
        if isinstance(node, gast.Name) and node.id in self.negated:
            return gast.copy_location(gast.UnaryOp(gast.USub(), load(self.negated[node.id])), node)
        return self.visit(node)

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        if isinstance(node.op, _ABSORBING):
            node.left, node.right = self.absorbed(node.left), self.absorbed(node.right)
            return node
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: gast.UnaryOp) -> gast.expr:
        match node:
            case gast.UnaryOp(op=gast.USub(), operand=gast.Name(id=name)) if name in self.negated:
                return gast.copy_location(load(self.negated[name]), node)
        return self.generic_visit(node)

    def visit_Call(self, node: gast.Call) -> gast.expr:
        match node:
            case gast.Call(func=gast.Attribute(attr="sum") | gast.Name(id="unbroadcast"), args=[first, *_]):
                node.args[0] = self.absorbed(first)
                return node
        return self.generic_visit(node)

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node
