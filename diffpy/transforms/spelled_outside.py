"""Global names as another module writes them: a function's tree, such names and its module's name in, the tree out."""

from __future__ import annotations

from collections.abc import Iterator, Set

import gast

from diffpy.syntax.build import load
from diffpy.syntax.trees import Rewriter, copied, nodes


def spelled_outside(tree: gast.FunctionDef, names: Set[str], module: str) -> gast.FunctionDef | None:
    """The function with its global names looked up in its module; None where something in it binds one of them too.

    Before:                             After:
        def __init__(self):                 def __init__(self):
            self.begun = time()                 self.begun = base.time()
    """
    if not names.isdisjoint(_bound(tree)):
        return None
    tree = copied(tree)
    spelled = _Spelled(names, module)
    tree.body = [spelled.visit(s) for s in tree.body]
    return tree


def _bound(tree: gast.FunctionDef) -> Iterator[str]:
    """What the function, or anything inside it, binds or declares."""
    for node in nodes(*tree.body, tree.args):
        match node:
            case gast.Name(id=name) if not isinstance(node.ctx, gast.Load):
                yield name
            case gast.Global(names=names) | gast.Nonlocal(names=names):
                yield from names
            case gast.FunctionDef(name=name) | gast.ClassDef(name=name) | gast.MatchAs(name=str() as name):
                yield name
            case gast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]


class _Spelled(Rewriter):
    def __init__(self, names: Set[str], module: str) -> None:
        self.names, self.module = names, module

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if node.id not in self.names:
            return node
        return gast.copy_location(gast.Attribute(load(self.module), node.id, gast.Load()), node)
