"""Objects that a function does no more with than put values in and count them: names in, yes or no out."""

from __future__ import annotations

from collections.abc import Collection

import gast

from diffpy.rules.changing_methods import OF_CONTAINERS
from diffpy.syntax.trees import nodes


def only_logged(tree: gast.FunctionDef, names: Collection[str]) -> bool:
    every = [one for s in tree.body for one in nodes(s)]
    uses = sum(isinstance(n, gast.Name) and n.id in names for n in every)
    return uses == sum(_logs(n, names) for n in every)


def _logs(node: gast.AST, names: Collection[str]) -> bool:
    match node:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method))):
            return name in names and method in OF_CONTAINERS
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))]):
            return name in names
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
            return name in names
    return False
