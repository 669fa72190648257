"""x += v on numbers is x = x + v: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis import calls
from diffpy.analysis.aliasing import mutable
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.infer import Facts
from diffpy.analysis.kinds import AnyTuple, DictOf, Kind, ListOf, Scalar, Struct, is_surely_array
from diffpy.analysis.sharing import shared_when_changed
from diffpy.rules.cotangents import check_rebound
from diffpy.syntax.build import load
from diffpy.syntax.names import Names

Objects = dict[str, object]
Rewrite = Callable[[gast.Assign | None, gast.AugAssign], list[gast.stmt] | None]


def expand_augmented(tree: gast.FunctionDef, facts: Facts) -> None:
    """Rewrite augmented assignments to names that hold no array or list; in place.

    Before:             After:
        s_1 = s             s_1 = s + v
        s_1 += v
    """

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        return None if _in_place(facts.kind(s.target)) else [_rewritten(copy, s, facts)]

    _each(tree.body, rewrite)


def expand_first_sums(tree: gast.FunctionDef, facts: Facts) -> bool:
    """Rewrite those that make an array of a number; in place. Whether there are any."""

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        source = _source(copy, s)
        if not isinstance(facts.kind(source), Scalar) or isinstance(facts.kind(s.target), Scalar):
            return None
        return [_placed(gast.Assign([s.target], gast.BinOp(source, s.op, s.value), None), s)]

    return _each(tree.body, rewrite)


def check_rebound_names(tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> bool:
    """Put a check before those of what may be an array with other names; in place. Whether there are any.

    Before:             After:
        s_1 = s             check_rebound(s)
        s_1 += v            s_1 = s
                            s_1 += v
    """
    shared = shared_when_changed(tree, facts)

    def rewrite(copy: gast.Assign | None, s: gast.AugAssign) -> list[gast.stmt] | None:
        kind = facts.kind(s.target)
        if id(s) not in shared or _in_place(kind) or not mutable(kind):
            return None
        check = gast.Expr(gast.Call(_checker(names, objects), [_source(copy, s)], []))
        return [_placed(check, s), *([] if copy is None else [copy]), s]

    return _each(tree.body, rewrite)


def _each(block: list[gast.stmt], rewrite: Rewrite) -> bool:
    """Rewrite the augmented assignments to names, in place; whether there were any."""
    done: list[gast.stmt] = []
    found = False
    for s in block:
        if not isinstance(s, gast.FunctionDef):
            inner = [getattr(s, field, None) or [] for field in ("body", "orelse", "finalbody")]
            inner += [h.body for h in getattr(s, "handlers", None) or []]
            for one in inner:
                found = _each(one, rewrite) or found
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


def _in_place(kind: Kind) -> bool:
    if isinstance(kind, AnyTuple):
        return False
    return is_surely_array(kind) or isinstance(kind, ListOf | DictOf | Struct)


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


def _checker(names: Names, objects: Objects) -> gast.Name:
    for name, value in objects.items():
        if value is check_rebound:
            return load(name)
    name = names.fresh("check_rebound")
    objects[name] = check_rebound
    return load(name)


def _placed(made: gast.stmt, s: gast.stmt) -> gast.stmt:
    for node in gast.walk(made):
        gast.copy_location(node, s)
    return made
