"""Objects of one of several classes that change: an analysed function in, one that tells the classes apart out."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from functools import partial
from typing import Any

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.analysis.kinds import Struct
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.known_objects import known_as
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
    spelled = partial(_spelled, found, names, objects)
    told = {
        site: Classes(tuple(spelled(one.cls) for one in choices), spelled(isinstance), writes[name] > 1)
        for site, (name, choices) in wanted.items()
    }
    return Prepared(prepared.source, tell_apart(tree, names, told), names, prepared.objects)


def _spelled(found: Analysed, names: Names, objects: dict[str, object], wanted: Any) -> str:
    """The name under which the function finds a class or a builtin."""
    name, around = wanted.__name__, found.resolution
    own = flow.writes(found.prepared.tree.body).keys() | flow.argument_names(found.prepared.tree)
    if (
        name not in own | around.closure.keys()
        and around.globals.get(name, vars(builtins).get(name)) is wanted
    ):
        return str(name)
    return str(known_as(wanted, name, names, objects).id)
