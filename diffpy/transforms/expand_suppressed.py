"""with contextlib.suppress(...): a function in, the same with try statements in place of such contexts out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import gast

from diffpy.analysis.calls import dotted
from diffpy.analysis.flow import all_written
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import rebuild

Lookup = Callable[[str], object]


def expand_suppressed(tree: gast.FunctionDef, lookup: Lookup) -> gast.FunctionDef:
    """The tree that is given stays as it is.

    Before:                             After:
        with suppress(KeyError):            try:
            y = d["a"]                          y = d["a"]
                                            except (KeyError,):
                                                pass
    """
    if not any(_is_suppressing(one, lookup) for one in nodes(tree)):
        return tree
    tree = copied(tree)

    def written(s: gast.stmt) -> list[gast.stmt]:
        return [_try(s)] if _is_suppressing(s, lookup) else [s]

    tree.body = rebuild(tree.body, written)
    return tree


def _is_suppressing(s: gast.AST, lookup: Lookup) -> bool:
    """Whether it is such a statement, of exceptions that the body does not name anew; no item is handed over in it."""
    match s:
        case gast.With(
            items=[
                gast.withitem(
                    context_expr=gast.Call(args=[_, *_] as kinds, keywords=[]) as called, optional_vars=None
                )
            ],
            body=body,
        ) if _value(called.func, lookup) is contextlib.suppress:
            paths = [dotted(one) for one in kinds]
            hands_over = any(isinstance(one, gast.Yield | gast.YieldFrom) for one in nodes(*body))
            written = all_written(body)
            return not hands_over and all(path is not None and path[0] not in written for path in paths)
    return False


def _value(function: gast.expr, lookup: Lookup) -> object:
    path = dotted(function) or [""]
    value = lookup(path[0])
    for name in path[1:]:
        value = getattr(value, name, None)
    return value


def _try(s: gast.With) -> gast.Try:
    kinds = gast.Tuple(s.items[0].context_expr.args, gast.Load())
    passed = gast.copy_location(gast.Pass(), s)
    handler = gast.ExceptHandler(gast.copy_location(kinds, s), None, [passed])
    return gast.copy_location(gast.Try(s.body, [gast.copy_location(handler, s)], [], []), s)
