"""Defaults of nested functions that derivatives depend on: which there are, the program without them."""

from __future__ import annotations

from collections.abc import Sequence

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.activity import active
from diffpy.analysis.mutability import mutable
from diffpy.runtime.absent import not_given
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.expand_defaults import defaults_of, expand_defaults, held_names


def has_moving_defaults(found: Analysed, given: Sequence[str]) -> bool:
    """Whether a nested function has a default that depends on what derivatives are taken of, or that it changes."""
    nested = [s for s in every_statement(found.tree.body) if isinstance(s, gast.FunctionDef)]
    if any(_changes_defaults(found, s) for s in nested):
        return True
    held = {n for s in nested for n in held_names(s) if found.facts.kind(n).may_differ}
    return bool(held and active(found.tree, given, held, found.facts, found.aliases) & held)


def _changes_defaults(found: Analysed, s: gast.FunctionDef) -> bool:
    """Whether a nested function changes what one of its parameters has by default: in a call, or wherever it gets to."""
    held = {p for p, d in defaults_of(s) if mutable(found.facts.kind(d))}
    called = (one for one, _ in found.facts.summaries.values() if one.is_local and one.tree.name == s.name)
    known = [*called, found.facts.escaping.get(id(s))] if held else []
    return any(one is not None and one.changed & held for one in known)


def without_defaults(prepared: Prepared, objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    missing = names.fresh("not_given")
    objects[missing] = not_given
    return Prepared(prepared.source, expand_defaults(tree, names, missing), names)
