"""Attributes that a constructor may not have stored: they raise what they raise in an object, and it has none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, load, store
from diffpy.syntax.names import Names
from diffpy.transforms.expand_unbound import Error, expand_unset, unset_at_end


class Unset(NamedTuple):
    """The name of the mark for no value, and the variables that stand for attributes with what Python says of each."""

    mark: str
    lacking: Mapping[str, Error]


def expand_partly_stored(tree: gast.FunctionDef, names: Names, unset: Unset) -> None:
    """A variable that stands for an attribute and may have no value gets the mark; in place.

    Before:                                 After:
        t1 = x > 0                              w = no_value
        if t1:                                  t1 = x > 0
            w = x                               if t1:
        t2 = built(Line, w=w)                       w = x
        return t2                               t2 = built(Line, w=w)
                                                return t2
    """
    reads = flow.FlowFacts().block(tree.body).exposed - flow.argument_names(tree)
    early = {n: unset.lacking[n] for n in sorted(reads & unset.lacking.keys())}
    if not early:
        return
    *body, made, returned = tree.body
    tree.body = [*(at(gast.Delete([store(n)]), made) for n in early), *body]
    gone = unset_at_end(tree, frozenset(early))
    expand_unset(tree, names, early)
    marks = [assign(n, load(unset.mark), made) for n in sorted(gone)]
    tree.body = [*marks, *tree.body, made, returned]
