"""Global variables that a function assigns: normal form in, the same with the values in local ones out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.outer_names import declared
from diffpy.syntax.build import assign, load, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import blocks


def expand_globals(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """What is assigned to a global variable is kept in a local one too, from which it is read; in place.

    `count = count`, which comes after calls that may assign it, reads the global variable anew.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     global count
    ...     count = count + 1
    ...     y = g(x)
    ...     count = count
    ...     return y
    ... ''', expand_globals))
    def f(x):
        global count
        count_held = count
        count_held = count_held + 1
        count = count_held
        y = g(x)
        count_held = count
        return y
    """
    outer = sorted(declared(tree))
    if not outer:
        return tree
    held = {name: names.fresh(f"{name}_held") for name in outer}
    body = _Held(held).block([s for s in tree.body if not isinstance(s, gast.Global)])
    exposed = flow.FlowFacts().block(body).exposed
    like = tree.body[0]
    start: list[gast.stmt] = [gast.copy_location(gast.Global(outer), like)]
    start += [assign(held[n], load(n), like) for n in outer if held[n] in exposed]
    tree.body = [*start, *body]
    return tree


class _Held(Rewriter):
    """The statements over the local variables, each store followed by that of the global variable."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        return [one for s in block for one in self.statement(s)]

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.FunctionDef():
                return [s]
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=same)) if name == same:
                if name in self.held:
                    s.targets = [store(self.held[name], s)]
                return [s]
            case gast.Delete(targets=[gast.Name(id=name)]) if name in self.held:
                return [s]
        written = [n for n in sorted(flow.names_written(s)) if n in self.held]
        for inner in blocks(s):
            inner[:] = self.block(inner)
        self.own(s)
        stores = [assign(n, load(self.held[n], s), s) for n in written]
        if isinstance(s, gast.For | gast.With):
            s.body[:0] = stores
            return [s]
        return [s, *stores]

    def own(self, s: gast.stmt) -> None:
        """The statement's own names, not those in its blocks."""
        for field, value in gast.iter_fields(s):
            if isinstance(value, gast.expr):
                setattr(s, field, self.visit(value))
            elif field in ("targets", "items"):
                value[:] = [self.visit(one) for one in value]

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.held.get(node.id, node.id)
        return node
