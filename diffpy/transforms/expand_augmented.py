"""x += v on numbers is x = x + v: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gast

from diffpy.analysis import calls
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import (
    AnyTuple,
    Array,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Scalar,
    Struct,
    is_surely_array,
)
from diffpy.analysis.mutability import mutable
from diffpy.analysis.sharing import shared_when_changed
from diffpy.rules.cotangents import changes_in_place, check_rebound
from diffpy.syntax.build import assign, at, call, load, placed
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.blocks import blocks, every_statement
from diffpy.transforms.known_objects import Objects, known_as

Rewrite = Callable[[gast.Assign | None, gast.AugAssign], list[gast.stmt] | None]


def expand_augmented(tree: gast.FunctionDef, facts: Facts) -> bool:
    """Rewrite augmented assignments to names that hold no array or list; in place. Whether there are any.

    Before:             After:
        s_1 = s             s_1 = s + v
        s_1 += v
    """

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        return None if _in_place(facts.kind(s.target)) else [_rewritten(copy, s, facts)]

    return _each(tree.body, rewrite)


def expand_first_sums(tree: gast.FunctionDef, facts: Facts) -> bool:
    """Rewrite those that make an array of a number or a list, or a new object; in place. Whether there are any."""

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        source = _source(copy, s)
        first, whole = facts.kind(source), facts.kind(s.target)
        grows = isinstance(first, Scalar) and not isinstance(whole, Scalar)
        grows = grows or (isinstance(first, ListOf) and isinstance(facts.kind(s.value), Array | Scalar))
        if not grows and not _makes_another(whole, s.op):
            return None
        return [at(gast.Assign([s.target], gast.BinOp(source, s.op, s.value), None), s)]

    return _each(tree.body, rewrite)


def tell_arrays_apart(tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> bool:
    """Write those of what is a number or an array with other names as a branch for each; in place. Whether any was.

    Before:             After:
        s_1 = s             t1 = changes_in_place(s)
        s_1 += v            if t1:
                                s[...] += v
                                s_1 = s
                            else:
                                s_1 = s + v
    """
    doubtful = {id(s) for s in _changing_at_times(tree, facts) if isinstance(facts.kind(s.target), Array)}
    shared = shared_when_changed(tree, facts) & doubtful if doubtful else doubtful

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        if id(s) not in shared:
            return None
        asked = known_as(changes_in_place, "changes_in_place", names, objects)
        test, source, target = names.temporary(), _source(copy, s), s.target.id
        place = gast.Subscript(load(source.id), gast.Constant(Ellipsis, None), gast.Store())
        changed = [gast.AugAssign(place, s.op, s.value), assign(target, load(source.id))]
        rebound = [assign(target, gast.BinOp(load(source.id), s.op, copied(s.value)))]
        told = [assign(test, call(asked, load(source.id))), gast.If(load(test), changed, rebound)]
        return placed(told, s)

    return _each(tree.body, rewrite)


def check_rebound_names(tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> bool:
    """Put a check before those of what may be an array with other names; in place. Whether there are any.

    Before:             After:
        s_1 = s             check_rebound(s)
        s_1 += v            s_1 = s
                            s_1 += v
    """
    doubtful = set(map(id, _changing_at_times(tree, facts)))
    shared = shared_when_changed(tree, facts) & doubtful if doubtful else doubtful

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        if id(s) not in shared:
            return None
        checker = known_as(check_rebound, "check_rebound", names, objects)
        check = gast.Expr(gast.Call(checker, [load(_source(copy, s).id)], []))
        return [at(check, s), *([] if copy is None else [copy]), s]

    return _each(tree.body, rewrite)


def _changing_at_times(tree: gast.FunctionDef, facts: Facts) -> Iterator[gast.AugAssign]:
    """Those that change an object of some kinds that the name may have, and none of others."""
    for s in every_statement(tree.body):
        if isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name):
            kind = facts.kind(s.target)
            if mutable(kind) and not _in_place(kind):
                yield s


def _each(block: list[gast.stmt], rewrite: Rewrite) -> bool:
    """Rewrite the augmented assignments to names, in place; whether there were any."""
    done: list[gast.stmt] = []
    found = False
    for s in block:
        for inner in blocks(s):
            found = _each(inner, rewrite) or found
        if isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name):
            copy = done[-1] if _starts(done, s) else None
            made = rewrite(copy, s)
            if made is not None:
                done[len(done) - (copy is not None) :] = made
                found = True
                continue
        done.append(s)
    block[:] = done
    return found


def _starts(done: list[gast.stmt], s: gast.AugAssign) -> bool:
    """Whether the statement before is the copy that the new name starts from."""
    last = done[-1] if done else None
    return (
        isinstance(last, gast.Assign)
        and isinstance(last.targets[0], gast.Name)
        and last.targets[0].id == s.target.id
        and isinstance(last.value, gast.Name)
    )


def _makes_another(kind: Kind, op: gast.operator) -> bool:
    """Whether x += v is x = x + v, because the class of x says nothing else."""
    return isinstance(kind, Struct) and not hasattr(kind.cls, f"__{calls.INPLACE[type(op)].__name__}__")


def _in_place(kind: Kind) -> bool:
    if isinstance(kind, AnyTuple):
        return False
    return is_surely_array(kind) or isinstance(kind, ListOf | DictOf | Struct | Inert)


def _rewritten(copy: gast.Assign | None, s: gast.AugAssign, facts: Facts) -> gast.Assign:
    source = _source(copy, s)
    value = gast.copy_location(gast.BinOp(source, s.op, s.value), s)
    found = facts.calls.pop(id(s), None)
    if isinstance(found, TableCall):
        names = list(found.row.signature.parameters)[:2]
        found = TableCall(found.row, found.function, dict(zip(names, (source, s.value), strict=True)))
    elif isinstance(found, OpenCall):
        function = calls.INPLACE[type(s.op)]
        callee = gast.Name(f"operator.{function.__name__}", gast.Load(), None, None)
        found = OpenCall(callee, (source, s.value), (), function)
    if found is not None:
        facts.calls[id(value)] = found
    facts.kept.append(value)  # resolutions go by identity: what they belong to must stay alive
    return gast.copy_location(gast.Assign([s.target], value, None), s)


def _source(copy: gast.Assign | None, s: gast.AugAssign) -> gast.Name:
    return load(s.target.id) if copy is None else copy.value
