"""What a generator function hands over first: its tree in, that of a function that returns a list out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.build import assign, load, statements
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import placed, rebuild
from diffpy.transforms.expand_yields import expand_yields


def listed_yields(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A function of one argument more: how many items to hand over. It is none: the caller has run through all.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     while True:
    ...         x = x / 2
    ...         yield x
    ... ''', listed_yields))
    def f(count, x):
        items = []
        while True:
            x = x / 2
            items.append(x)
            count = count - 1
            if count == 0:
                return items
        return items
    """
    items, count = names.fresh("items"), names.fresh("count")
    tree = expand_yields(tree, names)
    body = rebuild(tree.body, lambda one: _listed(one, items, count))
    last = tree.body[-1]
    returned = placed(gast.Return(load(items, last)), last)
    tree.body = [assign(items, gast.List([], gast.Load()), tree.body[0]), *body, returned]
    first = tree.args.posonlyargs or tree.args.args
    first.insert(0, gast.Name(count, gast.Param(), None, None))
    return tree


def _listed(s: gast.stmt, items: str, count: str) -> list[gast.stmt]:
    match s:
        case gast.Expr(value=gast.Yield(value=value)):
            appended = gast.Attribute(load(items), "append", gast.Load())
            handed = gast.Expr(gast.Call(appended, [value], []))
            rest = f"{count} = {count} - 1\nif {count} == 0:\n    return {items}"
            return [build.at(one, s) for one in (handed, *statements(rest))]
        case gast.Return():
            return [placed(gast.Return(load(items, s)), s)]
    return [s]
