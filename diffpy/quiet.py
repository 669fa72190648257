"""Effects of a function and of all that it calls: a function in; what it prints, stores and draws, and where, out."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.effects import Callee, Effect, effects, made_here, outer_names
from diffpy.backends.devices import original
from diffpy.functions import ByCode, value_of
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.registry import REGISTRY
from diffpy.syntax import source
from diffpy.syntax.trees import nodes


def effects_of(function: Any, seen: set[int] | None = None) -> Iterator[tuple[Effect, source.Source]]:
    """The effects, each with the function that it stands in; what has a rule is its rule's."""
    seen = set() if seen is None else seen
    function = original(function)
    if id(function.__code__) in seen or is_foreign(function) or REGISTRY.find(function):
        return
    seen.add(id(function.__code__))
    written = found_source(function)
    own = made_here(written.tree.body) | flow.argument_names(written.tree)
    own -= outer_names(written.tree)
    for found in effects(written.tree.body, own, lambda name: value_of(function, name)):
        if isinstance(found, Callee):
            yield from effects_of(found.function, seen)
        else:
            yield found, written


_sources: ByCode[source.Source] = ByCode()


def found_source(function: types.FunctionType) -> source.Source:
    """The source of a function, read once: what is asked of it is asked again and again."""
    found = _sources.get(function.__code__)
    if found is None or found.globals is not function.__globals__:
        found = _sources[function.__code__] = source.find(function)
    return found


def is_plain_print(effect: Effect) -> bool:
    """Whether an effect is a print to where all is printed."""
    node = effect.node
    return effect.what == "calls print()" and isinstance(node, gast.Call) and not _names_file(node)


def _names_file(node: gast.Call) -> bool:
    return any(one.arg in ("file", None) for one in node.keywords)


def acts_at_its_end(function: types.FunctionType) -> bool:
    """Whether a generator function does something when it is closed: a `finally`, or a context, around a `yield`."""
    tree = found_source(function).tree
    around = (one for one in nodes(tree) if isinstance(one, gast.Try | gast.With))
    return any(
        (isinstance(one, gast.With) or one.finalbody)
        and any(isinstance(inner, gast.Yield | gast.YieldFrom) for inner in nodes(*one.body))
        for one in around
    )
