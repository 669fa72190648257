"""What contextlib.nullcontext hands over: renamed normal form and its facts in, the same program without it out."""

from __future__ import annotations

import contextlib
import itertools

import gast

from diffpy.analysis.facts import Facts
from diffpy.syntax.build import assign
from diffpy.transforms.blocks import blocks_below


def expand_null_contexts(tree: gast.FunctionDef, facts: Facts) -> bool:
    """Bind what the context was made of in the body; in place. Whether there was one.

    Before:                         After:
        t1 = nullcontext(x)             t1 = nullcontext(x)
        with t1 as y:                   with t1:
            ...                             y = x
                                            ...
    """
    found = False
    for block in blocks_below(tree.body):
        for before, s in itertools.pairwise(block):
            match before, s:
                case (
                    gast.Assign(targets=[gast.Name(id=name)], value=gast.Call(args=[x]) as called),
                    gast.With(
                        items=[
                            gast.withitem(
                                context_expr=gast.Name(id=same), optional_vars=gast.Name(id=y)
                            ) as item
                        ]
                    ),
                ) if name == same and _function(called, facts) is contextlib.nullcontext:
                    item.optional_vars = None
                    s.body.insert(0, assign(y, x, s))
                    found = True
    return found


def _function(called: gast.Call, facts: Facts) -> object:
    return getattr(facts.calls.get(id(called)), "function", None)
