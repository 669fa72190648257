"""Real and imaginary parts that are assigned: an analysed function in, one that stores into their views out.

Before:           After:
    w.real = x        w_real = w.real
                      w_real[...] = x
"""

from __future__ import annotations

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.kinds import Array
from diffpy.syntax.build import statements
from diffpy.transforms.blocks import every_statement, rebuild
from diffpy.transforms.inline import NO_SITE, site_of


def assigned_parts(found: Analysed, lively: frozenset[str]) -> set[int]:
    """The numbers of the attributes by which parts of arrays are assigned."""
    targets = [s.targets[0] for s in every_statement(found.tree.body) if _assigns_part(s)]
    of_arrays = (t for t in targets if isinstance(found.facts.kind(t.value), Array) and t.value.id in lively)
    return {site_of(t) for t in of_arrays} - {NO_SITE}


def _assigns_part(s: gast.stmt) -> bool:
    match s:
        case gast.Assign(targets=[gast.Attribute(value=gast.Name(), attr="real" | "imag")]):
            return True
    return False


def with_parts_filled(prepared: Prepared, sites: set[int]) -> Prepared:
    """The program with what is assigned to these parts stored into them."""
    tree, names = prepared.fresh()

    def written(s: gast.stmt) -> list[gast.stmt]:
        if not _assigns_part(s) or site_of(s.targets[0]) not in sites:
            return [s]
        of, part = s.targets[0].value, s.targets[0].attr
        view = names.fresh(f"{of.id}_{part}")
        return statements(f"{view} = x.{part}\n{view}[...] = v", s, x=of, v=s.value)

    tree.body = rebuild(tree.body, written)
    return Prepared(prepared.source, tree, names, prepared.objects)
