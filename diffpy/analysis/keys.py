"""Numbers that are put away as keys and taken out again: no derivative goes through the keys of a dict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import gast

from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import dotted
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import DictOf, Kind, ListOf, Scalar, TupleOf
from diffpy.analysis.kinds import Iterator as Items
from diffpy.syntax.trees import nodes

_METHODS = {"keys", "items", "popitem", "copy", "update"}  # through which keys leave a dict
_READING = frozenset(
    "list tuple set frozenset dict sorted min max sum iter next enumerate zip map filter reversed any all".split()
)


def lost_through_keys(
    tree: gast.FunctionDef, wrt: Iterable[str], results: Iterable[str], facts: Facts, aliases: Aliases
) -> gast.stmt | None:
    """The first statement that reads the keys of a dict among which are numbers that depend on the arguments.

    Whatever the `results` depend on: a key that is read may decide more than they show.
    """
    statements = list(flow.statements(tree.body))
    stores = [one for s in statements for one in _stored(s, facts)]
    inner = {name for s in statements if isinstance(s, gast.FunctionDef) for name in _stored_inside(s)}
    if not stores and not inner:
        return None
    varied = active(tree, wrt, facts.kinds.keys(), facts, aliases)
    taking = inner | {name for name, key in stores if flow.names_read(key) & varied}
    roots = {aliases.find(name) for name in taking & facts.kinds.keys()}
    dicts = {name for name in facts.kinds if _may_be_dict(facts.kind(name)) and aliases.find(name) in roots}
    return next((s for s in statements if dicts and _reads_keys(s, dicts, facts)), None)


def _stored(s: gast.stmt, facts: Facts) -> Iterator[tuple[str, gast.expr]]:
    """The dicts that a statement stores into under a key that may be a number of interest."""
    name, key = _store(s)
    if key is not None and _may_be_dict(facts.kind(name)) and _may_move(facts.kind(key)):
        yield name, key
    match s:
        case gast.Assign(
            targets=[gast.Name(id=made)], value=gast.Call(func=gast.Name(id="dict"), args=[pairs])
        ):
            kind = facts.kind(pairs)
            pair = kind.item if isinstance(kind, ListOf | Items) else kind
            if isinstance(pair, TupleOf) and len(pair.items) == 2 and _may_move(pair.items[0]):
                yield made, pairs


def _stored_inside(function: gast.FunctionDef) -> Iterator[str]:
    """What a nested function stores into, under a key that it was given."""
    own = flow.argument_names(function) | flow.all_written(function.body)
    for s in flow.statements(function.body):
        name, key = _store(s)
        if key is not None and name not in own and flow.names_read(key) & own:
            yield name


def _store(s: gast.stmt) -> tuple[str, gast.expr | None]:
    """The name and the key of d[key] = v, and of d.setdefault(key, v)."""
    match s:
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name), slice=key)]):
            return name, key
        case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name), slice=key)):
            return name, key
        case gast.Assign(value=called) | gast.Expr(value=called):
            match called:
                case gast.Call(
                    func=gast.Attribute(value=gast.Name(id=name), attr="setdefault"), args=[key, *_]
                ):
                    return name, key
    return "", None


def _may_be_dict(kind: Kind) -> bool:
    return isinstance(kind, DictOf) or type(kind) is Kind


def _may_move(kind: Kind) -> bool:
    """Whole numbers are keys as names are: that they count as real numbers elsewhere does not make them values here."""
    return kind.may_differ and not (isinstance(kind, Scalar) and kind.type == "integer")


def _reads_keys(s: gast.stmt, dicts: Set[str], facts: Facts) -> bool:
    match s:
        case gast.For(iter=gast.Name(id=name)):
            return name in dicts
        case gast.Assign(targets=[gast.Tuple()], value=gast.Name(id=name)):
            return name in dicts
        case gast.Assign() | gast.Expr() | gast.AugAssign() | gast.Return():
            return any(_hands_keys_on(node, dicts, facts) for node in nodes(s))
    return False


def _hands_keys_on(node: gast.AST, dicts: Set[str], facts: Facts) -> bool:
    match node:
        case gast.Starred(value=gast.Name(id=name)):
            return name in dicts
        case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method)) if name in dicts:
            return method in _METHODS
        case gast.Call():
            summary, bound = facts.summaries.get(id(node), (None, None))
            if summary is None or bound is None:
                given = [one.id for one in node.args if isinstance(one, gast.Name)]
                return not dicts.isdisjoint(given) and (dotted(node.func) or [""])[-1] in _READING
            inner = {p for p, values in bound.items() if any(flow.names_read(one) & dicts for one in values)}
            return any(_reads_keys(s, inner, facts) for s in flow.statements(summary.tree.body))
    return False
