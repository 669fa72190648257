"""Real and imaginary parts that are assigned: an analysed function in, one that stores into their views out.

Before:           After:
    w.real = x        w_real = w.real
                      w_real[...] = x
"""

from __future__ import annotations

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.kinds import Array
from diffpy.syntax.build import at, load, statements
from diffpy.transforms.blocks import every_statement, rebuild
from diffpy.transforms.inline import NO_SITE, site_of


def assigned_parts(found: Analysed, lively: frozenset[str]) -> set[int]:
    """The numbers of the attributes by which parts of arrays are assigned."""
    targets = [t for s in every_statement(found.tree.body) if (t := _part(s)) is not None]
    of_arrays = (t for t in targets if isinstance(found.facts.kind(t.value), Array) and t.value.id in lively)
    return {site_of(t) for t in of_arrays} - {NO_SITE}


def _part(s: gast.stmt) -> gast.Attribute | None:
    """The part of an array that a statement assigns."""
    match s:
        case gast.Assign(targets=[target]) | gast.AugAssign(target=target):
            match target:
                case gast.Attribute(value=gast.Name(), attr="real" | "imag"):
                    return target
    return None


def with_parts_filled(prepared: Prepared, sites: set[int]) -> Prepared:
    """The program with what is assigned to these parts stored into them."""
    tree, names = prepared.fresh()

    def written(s: gast.stmt) -> list[gast.stmt]:
        part = _part(s)
        if part is None or site_of(part) not in sites:
            return [s]
        view = names.fresh(f"{part.value.id}_{part.attr}")
        place = gast.Subscript(load(view), gast.Constant(Ellipsis, None), gast.Store())
        if isinstance(s, gast.AugAssign):
            s.target = at(place, part)
        else:
            s.targets = [at(place, part)]
        return [*statements(f"{view} = x.{part.attr}", s, x=part.value), s]

    tree.body = rebuild(tree.body, written)
    return Prepared(prepared.source, tree, names, prepared.objects)
