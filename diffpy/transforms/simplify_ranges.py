"""Ranges that loops run through: a derivative in, the same with `range(n)` where the loops are out."""

from __future__ import annotations

import copy
from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import RANGE, Scalar
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.blocks import blocks_below, every_statement
from diffpy.transforms.simplify_facts import Derivative, scopes

Ranges = dict[str, gast.Call]


def inline_ranges(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A temporary that holds a range of what never changes is written as that range in each loop.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     r = range(3)
    ...     for i in r:
    ...         x = x * i
    ...     with reverse:
    ...         for i in reversed(r):
    ...             x = x * i
    ...     return x
    ... ''', inline_ranges))
    def f(x):
        for i in range(3):
            x = x * i
        with reverse:
            for i in reversed(range(3)):
                x = x * i
        return x
    """
    ranges = _ranges(tree, known)
    loops = [s for scope in scopes(tree) for s in every_statement(scope.body) if isinstance(s, gast.For)]
    inside = Counter(
        n.id for s in loops for n in nodes(s.iter) if isinstance(n, gast.Name) and n.id in ranges
    )
    every = Counter(n.id for n in nodes(tree) if isinstance(n, gast.Name) and n.id in ranges)
    ranges = {n: found for n, found in ranges.items() if every[n] == inside[n] + 1}
    for s in loops:
        s.iter = _Written(ranges).visit(s.iter)
    for block in blocks_below(tree.body):
        block[:] = [s for s in block if not _defines(s, ranges)]
    return tree


def _ranges(tree: gast.FunctionDef, known: Derivative) -> Ranges:
    """Ranges under names that are bound once, whose arguments are literals or numbers bound once."""
    bound = Counter(name for s in every_statement(tree.body) for name in flow.names_written(s))
    bound.update(flow.argument_names(tree))
    found: Ranges = {}
    for s in every_statement(tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=gast.Name(id="range")) as made
            ):
                fixed = all(_is_fixed(one, bound, known) for one in made.args) and not made.keywords
                if fixed and bound[name] == 1 and known.kind_of(name) == RANGE and _is_unnamed(name, known):
                    found[name] = made
    return found


def _is_unnamed(name: str, known: Derivative) -> bool:
    return known.is_temporary(name) or not known.names.temporaries


def _is_fixed(argument: gast.expr, bound: Counter[str], known: Derivative) -> bool:
    match argument:
        case gast.Constant() | gast.UnaryOp(operand=gast.Constant()):
            return True
        case gast.Name(id=name):
            kind = known.kind_of(name)
            return bound[name] == 1 and isinstance(kind, Scalar) and kind.type in ("int", "integer")
    return False


class _Written(Rewriter):
    def __init__(self, ranges: Ranges) -> None:
        self.ranges = ranges

    def visit_Name(self, node: gast.Name) -> gast.expr:
        return copy.deepcopy(self.ranges[node.id]) if node.id in self.ranges else node


def _defines(s: gast.stmt, ranges: Ranges) -> bool:
    return isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name) and s.targets[0].id in ranges
