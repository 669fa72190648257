"""Generator expressions with a name: moved to the one place that consumes them."""

from __future__ import annotations

import gast

from diffpy.syntax.build import load, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import placed

_REPEATED = (gast.While, gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def expand_generators(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A generator that is read once, and no loop around that, stands where it is read.

    What it runs through is taken where it was made; all else it reads when it is consumed.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     squares = (v * v for v in x)
    ...     print(x)
    ...     return sum(squares)
    ... ''', expand_generators))
    def f(x):
        source = x
        print(x)
        return sum((v * v for v in source))
    """
    if any(_made(s) for s in nodes(tree)):
        _Moving(tree, names).block(tree.body)
    return tree


def _made(s: gast.AST) -> bool:
    is_one = isinstance(s, gast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], gast.Name)
    return is_one and isinstance(s.value, gast.GeneratorExp)


class _Moving:
    def __init__(self, tree: gast.FunctionDef, names: Names) -> None:
        self.tree, self.names = tree, names

    def block(self, block: list[gast.stmt]) -> None:
        for k, s in enumerate(block):
            for field in ("body", "orelse", "finalbody"):
                if not isinstance(s, gast.FunctionDef | gast.ClassDef):
                    self.block(getattr(s, field, None) or [])
            if _made(s) and self.mentions(s.targets[0].id) == 2:
                self.move(s, block[k + 1 :])

    def mentions(self, name: str) -> int:
        own = sum(isinstance(n, gast.Name) and n.id == name for n in nodes(self.tree))
        outside = any(
            isinstance(n, gast.Global | gast.Nonlocal) and name in n.names for n in nodes(self.tree)
        )
        return 0 if outside else own

    def move(self, s: gast.Assign, rest: list[gast.stmt]) -> None:
        name, made = s.targets[0].id, s.value
        for later in rest:
            if _replace(later, name, made):
                first = made.generators[0]
                source = self.names.fresh("source")
                s.targets, s.value = [placed(store(source), s)], first.iter
                first.iter = placed(load(source), s)
                return


def _replace(node: gast.AST, name: str, made: gast.expr) -> bool:
    """Put the generator where its name is read, if that is reached but once."""
    for field, value in _parts(node):
        several = value if isinstance(value, list) else [value]
        for k, one in enumerate(several):
            if isinstance(one, gast.Name) and one.id == name and isinstance(one.ctx, gast.Load):
                several[k] = made
                setattr(node, field, several if isinstance(value, list) else made)
                return True
            if isinstance(one, gast.AST) and _replace(one, name, made):
                return True
    return False


def _parts(node: gast.AST) -> list[tuple[str, object]]:
    """The fields of a node that are run at most once when it is."""
    if isinstance(node, _REPEATED):
        return []
    if isinstance(node, gast.For | gast.AsyncFor):
        return [("iter", node.iter)]
    if isinstance(node, _COMPREHENSIONS):
        return [("generators", node.generators[:1])]
    if isinstance(node, gast.comprehension):
        return [("iter", node.iter)]
    return list(gast.iter_fields(node))
