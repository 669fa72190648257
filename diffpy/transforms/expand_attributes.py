"""Attributes one at a time: normal form in, the same program with chains on values taken apart out."""

from __future__ import annotations

import types
from collections.abc import Callable

import gast

from diffpy.syntax.build import assign, load
from diffpy.syntax.names import Names

Lookup = Callable[[str], object]


def expand_attributes(tree: gast.FunctionDef, names: Names, lookup: Lookup) -> gast.FunctionDef:
    """A chain of attributes stays whole on a module or a class only; `super()` names its arguments.

    Before:                     After:
        y = m.T.sum()               t1 = m.T
                                    y = t1.sum()
        y = np.linalg.norm(x)       y = np.linalg.norm(x)
    """
    _Chains(names, lookup, tree).block(tree.body)
    return tree


class _Chains:
    def __init__(self, names: Names, lookup: Lookup, tree: gast.FunctionDef) -> None:
        self.names, self.lookup = names, lookup
        first = [*tree.args.posonlyargs, *tree.args.args]
        self.first = first[0].id if first else None

    def block(self, block: list[gast.stmt]) -> None:
        done: list[gast.stmt] = []
        for s in block:
            if isinstance(s, gast.FunctionDef):
                done.append(s)
                continue
            before: list[gast.stmt] = []
            for field in ("value", "test", "iter", "exc"):
                part = getattr(s, field, None)
                if isinstance(part, gast.expr):
                    setattr(s, field, self.value(part, before))
            for target in getattr(s, "targets", None) or (
                [s.target] if isinstance(s, gast.AugAssign) else []
            ):
                if isinstance(target, gast.Subscript | gast.Attribute):
                    target.value = self.root(target.value, before)
            for item in getattr(s, "items", None) or []:
                item.context_expr = self.value(item.context_expr, before)
            for inner in ("body", "orelse", "finalbody"):
                self.block(getattr(s, inner, None) or [])
            for handler in getattr(s, "handlers", None) or []:
                self.block(handler.body)
            done += [*before, s]
        block[:] = done

    def value(self, node: gast.expr, before: list[gast.stmt]) -> gast.expr:
        match node:
            case gast.Attribute():
                node.value = self.root(node.value, before)
            case gast.Call(func=gast.Attribute()):
                node.func.value = self.root(node.func.value, before)
            case gast.Call(func=gast.Name(id="super"), args=[], keywords=[]) if self.first is not None:
                node.args = [load("__class__", node), load(self.first, node)]
            case gast.Subscript():
                node.value = self.root(node.value, before)
        return node

    def root(self, node: gast.expr, before: list[gast.stmt]) -> gast.expr:
        """The part before the last attribute: kept where it is a module or a class, else put into a name."""
        if not isinstance(node, gast.Attribute) or self.is_static(node):
            return node
        node.value = self.root(node.value, before)
        held = self.names.temporary()
        before.append(assign(held, node, node))
        return load(held, node)

    def is_static(self, node: gast.expr) -> bool:
        parts: list[str] = []
        while isinstance(node, gast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, gast.Name):
            return False
        found = self.lookup(node.id)
        for part in reversed(parts):
            if not isinstance(found, types.ModuleType | type):
                return False
            found = getattr(found, part, None)
        return isinstance(found, types.ModuleType | type) or callable(found)
