"""Contexts that may swallow an exception: normal form in, the same program with `try` in place of such a `with` out."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from diffpy.syntax.build import at, statements
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import site_of


def expand_contexts(
    tree: gast.FunctionDef, names: Names, wanted: Mapping[int, tuple[str, str]]
) -> gast.FunctionDef:
    """Rewrite the with statements of these numbers; in place. The names are those of what enters and leaves a context.

    Before:                     After:
        with c as k:                k = entered(c)
            y = f(x)                try:
                                        y = f(x)
                                    except BaseException as e:
                                        t3 = type(e)
                                        t4 = e.__traceback__
                                        t1 = left(c, t3, e, t4)
                                        t2 = not t1
                                        if t2:
                                            raise
                                    else:
                                        left(c, None, None, None)
    """

    def written(s: gast.stmt) -> list[gast.stmt]:
        if not isinstance(s, gast.With) or site_of(s) not in wanted:
            return [s]
        (item,) = s.items
        context = item.context_expr
        bound = item.optional_vars.id if item.optional_vars is not None else names.temporary()
        entered, left = wanted[site_of(s)]
        swallowed, raised, error = names.temporary(), names.temporary(), names.fresh("error")
        kind, trace = names.temporary(), names.temporary()
        text = (
            f"{bound} = {entered}(context__)\n"
            "try:\n"
            "    pass\n"
            f"except BaseException as {error}:\n"
            f"    {kind} = type({error})\n"
            f"    {trace} = {error}.__traceback__\n"
            f"    {swallowed} = {left}(context__, {kind}, {error}, {trace})\n"
            f"    {raised} = not {swallowed}\n"
            f"    if {raised}:\n"
            "        raise\n"
            "else:\n"
            f"    {left}(context__, None, None, None)"
        )
        enter, tried = statements(text, s, context__=context)
        tried.body = s.body
        return [at(enter, s), at(tried, s)]

    tree.body = rebuild(tree.body, written)
    return tree
