"""What a constructor that was written out puts into its object: its summary in, the arguments held as they are out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.callees import Summary
from diffpy.rules.structs import built
from diffpy.syntax.trees import nodes


def held_as_they_are(found: Summary) -> frozenset[str]:
    """The parameters that become attributes and are used for nothing else."""
    copies = _copies(found.tree)
    made = [one for s in found.tree.body for one in nodes(s) if _is_built(one, found)]
    if len(made) != 1:
        return frozenset()
    uses = Counter(n.id for s in found.tree.body for n in nodes(s) if isinstance(n, gast.Name))
    kept = set()
    for keyword in made[0].keywords:
        name = keyword.value.id if isinstance(keyword.value, gast.Name) else ""
        while name in copies and uses[name] == 2:  # where it is assigned, and where it is read
            name = copies[name]
        if name in flow.argument_names(found.tree) and uses[name] == 1:
            kept.add(name)
    return frozenset(kept)


def _is_built(node: gast.AST, found: Summary) -> bool:
    is_call = isinstance(node, gast.Call) and isinstance(node.func, gast.Name)
    return is_call and found.objects.get(node.func.id) is built


def _copies(tree: gast.FunctionDef) -> dict[str, str]:
    """By name, the other name whose value it is given."""
    copied = {}
    for s in tree.body:
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=other)):
                copied[name] = other
    return copied
