"""Objects that are made like others and share what these hold: an analysed function in, their making written out, out."""

from __future__ import annotations

import copy
import dataclasses

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.kinds import Array, DictOf, ListOf, Struct
from diffpy.following.spelling import object_name
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.made_alike import Constructor, write_makers_out

Made = dict[int, tuple[type, tuple[str, ...]] | None]


def made_alike(found: Analysed, lively: frozenset[str]) -> Made:
    """By their numbers, calls of replace() and copy() whose result, or argument, is changed."""
    wanted: Made = {}
    for s in nodes(found.tree):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=y)], value=gast.Call(args=[gast.Name() as x], keywords=given) as value
            ) if y in lively and (found.aliases.is_shadowed(y) or found.aliases.is_shadowed(x.id)):
                asked = getattr(found.facts.calls.get(id(value)), "function", None)
                kind = found.facts.kind(x)
                if asked is copy.copy and isinstance(kind, ListOf | DictOf | Array) and not given:
                    wanted[site_of(value)] = None
                if asked is dataclasses.replace and isinstance(kind, Struct):
                    if dataclasses.is_dataclass(kind.cls) and all(k.arg for k in given):
                        wanted[site_of(value)] = kind.cls, _kept(kind.cls, {str(k.arg) for k in given})
    wanted.pop(NO_SITE, None)
    return wanted


def _kept(cls: type, given: set[str]) -> tuple[str, ...]:
    """The fields that replace() takes from the object."""
    return tuple(one.name for one in dataclasses.fields(cls) if one.init and one.name not in given)


def with_makers(prepared: Prepared, found: Analysed, wanted: Made, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    made = {
        site: one and Constructor(object_name(found, names, objects, one[0]), one[1])
        for site, one in wanted.items()
    }
    return Prepared(prepared.source, write_makers_out(tree, names, made), names, prepared.objects)
