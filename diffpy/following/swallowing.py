"""With statements that may swallow an exception: which there are, the program without them."""

from __future__ import annotations

import types
from collections.abc import Mapping

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.following.methods_called import own_context
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.leaving import entered, left, may_return_true, swallows
from diffpy.transforms.blocks import assigned, every_statement
from diffpy.transforms.contexts import lets_through, made_by, values_of
from diffpy.transforms.expand_contexts import expand_contexts
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.known_objects import known_as


def swallowing_contexts(found: Analysed, lively: frozenset[str]) -> dict[int, tuple[object, object]]:
    """The with statements that may swallow an exception of what derivatives depend on: what enters and leaves."""
    sites: dict[int, tuple[object, object]] = {}
    values = assigned(found.tree)
    for s in every_statement(found.tree.body):
        if not isinstance(s, gast.With):
            continue
        written = any(found.facts.kind(name).may_differ for name in flow.all_written([s]))
        if not written and lively.isdisjoint(flow.names_read(gast.Module(s.body, []))):
            continue  # what is not assigned at last counts too: lively are the names of an undisturbed run
        context = s.items[0].context_expr
        own = own_context(found.facts.kind(context))
        made = made_by(found.facts, values_of(context, values, found.facts))
        if own is not None:
            if may_return_true(own[1].__code__):
                sites[site_of(s)] = own
        elif context.id not in lively and any(map(_may_swallow, made)) and all(map(_is_known, made)):
            sites[site_of(s)] = (entered, left)
    sites.pop(NO_SITE, None)
    return sites


def _is_known(made: object) -> bool:
    return _may_swallow(made) or lets_through(made)


def _may_swallow(made: object) -> bool:
    """Whether it makes contexts that swallow exceptions; a function of the user's may give any."""
    return swallows(made) or (isinstance(made, types.FunctionType) and not is_foreign(made))


def without_contexts(
    prepared: Prepared, wanted: Mapping[int, tuple[object, object]], objects: dict[str, object]
) -> Prepared:
    tree, names = prepared.fresh()
    named = {
        site: (known_as(enter, "entered", names, objects).id, known_as(leave, "left", names, objects).id)
        for site, (enter, leave) in wanted.items()
    }
    return Prepared(prepared.source, expand_contexts(tree, names, named), names)
