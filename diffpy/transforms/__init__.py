"""Passes: a function's tree in, the tree of a function that does the same in simpler statements out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.expand_chains import expand_chains
from diffpy.transforms.expand_exits import expand_exits
from diffpy.transforms.expand_generators import expand_generators
from diffpy.transforms.expand_loops import expand_loops
from diffpy.transforms.expand_patterns import expand_patterns
from diffpy.transforms.expand_scopes import expand_scopes
from diffpy.transforms.expand_statements import expand_statements
from diffpy.transforms.expand_targets import expand_targets
from diffpy.transforms.expand_unbound import expand_unbound
from diffpy.transforms.expand_yields import expand_yields
from diffpy.transforms.flatten import flatten

Pass = Callable[[gast.FunctionDef, Names], gast.FunctionDef]

NORMALISE: tuple[Pass, ...] = (
    expand_yields,
    expand_statements,
    expand_patterns,
    expand_scopes,
    expand_generators,
    expand_loops,
    expand_targets,
    expand_chains,
    expand_exits,
    flatten,
    expand_unbound,
)


def normalise(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The normal form of a function; the tree that is given stays as it is."""
    tree = copied(tree)
    for one in NORMALISE:
        tree = one(tree, names)
    return tree
