"""Values left in attributes of functions, classes and modules: they outlive the call, and are constants there."""

from __future__ import annotations

import types
from collections.abc import Iterable

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind, Known, is_function


def left_in_functions(
    tree: gast.FunctionDef, wrt: Iterable[str], results: Iterable[str], facts: Facts, aliases: Aliases
) -> gast.stmt | None:
    """The first statement that stores what depends on the arguments of interest in a function, class or module."""
    modules = frozenset(n for s in flow.statements(tree.body) for n in _modules_found(s))
    stores = [s for s in flow.statements(tree.body) if _stores(s, facts, modules)]
    varied = active(tree, wrt, facts.kinds.keys(), facts, aliases) if stores else frozenset()
    return next((s for s in stores if flow.names_read(s.value) & varied), None)


_FINDING = frozenset(("import_module", "__import__"))


def _modules_found(s: gast.stmt) -> frozenset[str]:
    """The names of modules that the program looks for as it runs."""
    match s:
        case gast.Assign(value=gast.Call(func=gast.Name(id=name) | gast.Attribute(attr=name))):
            return flow.names_written(s) if name in _FINDING else frozenset()
    return frozenset()


def _stores(s: gast.stmt, facts: Facts, modules: frozenset[str]) -> bool:
    match s:
        case (
            gast.Assign(targets=[gast.Attribute(value=gast.Name() as base)])
            | gast.AugAssign(target=gast.Attribute(value=gast.Name() as base))
        ):
            return base.id in modules or _outlives(facts.kind(base))
        case (
            gast.Assign(value=gast.Call(func=gast.Name() as function, args=[base, *_]))
            | gast.Expr(value=gast.Call(func=gast.Name() as function, args=[base, *_]))
        ) if facts.kind(function) == Known(setattr):
            return base.id in modules or _outlives(facts.kind(base))
        case gast.Assign(value=gast.Call() as called) | gast.Expr(value=gast.Call() as called):
            summary, _ = facts.summaries.get(id(called), (None, None))
            is_derived = any(facts.kind(n).may_differ for n in flow.names_written(s))  # and refused itself
            return summary is not None and summary.leaves and not is_derived
    return False


def _outlives(kind: Kind) -> bool:
    return is_function(kind) or (isinstance(kind, Known) and isinstance(kind.value, type | types.ModuleType))
