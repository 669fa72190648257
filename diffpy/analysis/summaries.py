"""The summary of an analysed function: its tree, its result and its aliases in, what a call of it does out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.callees import Summary, portable
from diffpy.analysis.captured_names import captured_with
from diffpy.analysis.facts import Facts
from diffpy.analysis.inert_changes import is_inert
from diffpy.analysis.kinds import AnyTuple, DictOf, Iterator, Kind, ListOf, Local, Struct, TupleOf, join_all
from diffpy.analysis.left_in_functions import left_in_functions
from diffpy.analysis.logs import only_logged
from diffpy.analysis.mutability import mutable
from diffpy.analysis.outer_names import taking_values
from diffpy.analysis.taking_in import taking_in
from diffpy.syntax.yields import is_generator, yields


def summary(
    tree: gast.FunctionDef,
    written: gast.FunctionDef,
    facts: Facts,
    found: Aliases,
    globals: Mapping[str, object] | None = None,
    is_local: bool = True,
) -> Summary:
    """What a caller needs to know of `tree`, the analysed form of `written`.

    `is_local`: it is nested in the caller, whose variables it captured.
    """
    results = results_of(tree, written)
    inside = flow.all_written(tree.body) - flow.argument_names(tree)
    seen = sorted((flow.argument_names(tree) | captured_with(_mentioned(tree), facts.kind)) - inside)
    changed = frozenset(n for n in seen if changes_given(n, tree, found) and facts.kind(n).may_differ)
    held = captured_with({one.id for one in results if isinstance(one, gast.Name)}, facts.kind)
    objects = Objects(found)
    returned = frozenset(
        n for n in seen if mutable(facts.kind(n)) and any(objects.meet(n, one) for one in held)
    )
    kind = portable(join_all(map(facts.fully, results), "item"))
    touched = frozenset(n for n in seen if n not in changed and found.is_left_changed(n))
    outside = (changed | touched) - flow.argument_names(tree)
    given = flow.argument_names(tree) | (_mentioned(tree) if is_local else set())
    filled = taking_in(tree, facts, found, objects, outside, frozenset(given))
    logs = frozenset(n for n in changed & outside - filled if only_logged(tree, {n}))
    if logs and not is_local:  # what another function's variables hold, for nobody to see here
        changed, touched = changed - logs, touched | logs
    return Summary(
        Iterator(kind) if is_generator(written) else kind,
        written,
        changed,
        touched,
        frozenset(n for n in seen if found.opened and found.is_opened(n)),
        frozenset(n for n in seen if found.exposed and found.is_exposed(n)),
        frozenset(n for n in changed if found.is_changed_inside(n)),
        tuple((n, portable(facts.fully(n))) for n in sorted(changed) if _may_grow(facts.kind(n))),
        frozenset(
            (n, m) for n in changed for m in seen if m != n and mutable(facts.kind(m)) and objects.meet(n, m)
        ),
        returned,
        frozenset(pair for one in results for pair in _together(one, facts, found)),
        filled,
        left_outside(tree, facts, found, globals is None),
        globals,
        any(_holds_changing(facts.kind(one), facts) for one in results),
        is_local=is_local,
        inert=all(is_inert(where, facts) for where in _changing(changed, found)),
        leaves=left_in_functions(tree, given, (), facts, found) is not None,
    )


def changes_given(name: str, tree: gast.FunctionDef, found: Aliases) -> bool:
    """Whether a call changes what its caller has given; *args and **kwargs themselves are new at each call."""
    reached = found.held(name) if name in flow.gathering_names(tree) else found.reach(name)
    return not found.changed.keys().isdisjoint(reached)


def _changing(names: Iterable[str], found: Aliases) -> Iterable[gast.AST]:
    """The statements that change the objects with these names, or what they hold."""
    roots = set().union(*map(found.reach, names))
    return (where for name, where in found.changes if found.find(name) in roots)


def _may_grow(kind: Kind) -> bool:
    return isinstance(kind, ListOf | DictOf | Struct) and not isinstance(kind, AnyTuple)


def _together(result: gast.expr, facts: Facts, found: Aliases) -> Iterable[tuple[int, int]]:
    """The pairs of items of a tuple that may be one object, hold one or share memory."""
    kind = facts.kind(result)
    if not isinstance(result, gast.Name) or not isinstance(kind, TupleOf):
        return []
    places = [k for k, one in enumerate(kind.items) if mutable(one)]
    reached = {k: found.reach(found.content(result.id, k)) for k in places}
    return [(k, other) for k, other in combinations(places, 2) if reached[k] & reached[other]]


def left_outside(
    tree: gast.FunctionDef, facts: Facts, found: Aliases, is_local: bool = False
) -> frozenset[str]:
    """The global variables that values of arguments reach, or of variables that a nested function captured."""
    outer = taking_values(tree, facts.kind, found.is_shadowed)
    given = flow.argument_names(tree) | (_mentioned(tree) - outer if is_local else set())
    return active(tree, given, outer, facts, found) & outer if outer else frozenset()


def results_of(tree: gast.FunctionDef, written: gast.FunctionDef) -> list[gast.expr]:
    """What a function of the normal form, the analysed form of `written`, returns or hands over."""
    return [one.value for one in yields(tree)] if is_generator(written) else [tree.body[-1].value]


def _holds_changing(kind: Kind, facts: Facts) -> bool:
    match kind:
        case Local():
            found = facts.escaping.get(id(kind.node))
            return found is None or bool(found.changed & flow.free_names(kind.node))
        case TupleOf():
            return any(_holds_changing(one, facts) for one in kind.items)
        case ListOf() | DictOf():
            return _holds_changing(kind.item, facts)
    return False


def _mentioned(tree: gast.FunctionDef) -> set[str]:
    return {n for s in tree.body for n in flow.names_read(s)}
