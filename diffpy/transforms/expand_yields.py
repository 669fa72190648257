"""What generator functions hand on: `yield from` in, a loop that yields out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import placed, rebuild


def expand_yields(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A generator hands on what another one hands over, item by item.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     yield x
    ...     yield from f(-x)
    ... ''', expand_yields))
    def f(x):
        yield x
        for item in f(-x):
            yield item
    """
    tree.body = rebuild(tree.body, lambda one: _expanded(one, names))
    return tree


def _expanded(s: gast.stmt, names: Names) -> list[gast.stmt]:
    match s:
        case gast.Expr(value=gast.YieldFrom(value=value)):
            item = names.fresh("item")
            handed = placed(gast.Expr(placed(gast.Yield(build.load(item, s)), s)), s)
            target = placed(gast.Name(item, gast.Store(), None, None), s)
            return [placed(gast.For(target, value, [handed], [], None), s)]
        case gast.Expr(value=gast.Yield(value=None)):
            return [placed(gast.Expr(placed(gast.Yield(build.constant(None, s)), s)), s)]
    return [s]
