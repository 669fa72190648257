"""Objects of one of several classes that change: an analysed function in, one that tells the classes apart out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.analysis.kinds import Struct
from diffpy.following.spelling import object_name
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.tell_apart import Classes, tell_apart, used

Choices = tuple[str, tuple[Struct, ...]]  # the name of an object, and what it may be


def changing_objects(found: Analysed, lively: frozenset[str]) -> dict[int, Choices]:
    """By their numbers, stores in objects of one of several classes, and calls of methods that change them."""
    wanted: dict[int, Choices] = {}
    for s in nodes(found.tree):
        attribute = used(s)
        choices = found.facts.choices.get(id(attribute))
        if attribute is None or not choices or attribute.value.id not in lively:
            continue
        if isinstance(attribute.ctx, gast.Store) or id(s.value) in found.facts.changing:
            wanted[site_of(attribute)] = attribute.value.id, choices
    wanted.pop(NO_SITE, None)
    return wanted


def with_classes_told_apart(
    prepared: Prepared, found: Analysed, wanted: Mapping[int, Choices], objects: dict[str, object]
) -> Prepared:
    tree, names = prepared.fresh()
    writes = flow.writes(found.tree.body)
    spelled = partial(object_name, found, names, objects)
    told = {
        site: Classes(tuple(spelled(one.cls) for one in choices), spelled(isinstance), writes[name] > 1)
        for site, (name, choices) in wanted.items()
    }
    return Prepared(prepared.source, tell_apart(tree, names, told), names, prepared.objects)
