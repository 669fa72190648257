"""x += v on numbers is x = x + v: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

import gast

from diffpy.analysis import calls
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.infer import Facts
from diffpy.analysis.kinds import AnyTuple, Array, DictOf, Kind, ListOf, Struct


def expand_augmented(tree: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Rewrite augmented assignments to names that hold no array or list; in place.

    Before:             After:
        s_1 = s             s_1 = s + v
        s_1 += v
    """
    _expand(tree.body, facts)
    return tree


def _expand(block: list[gast.stmt], facts: Facts) -> None:
    done: list[gast.stmt] = []
    for s in block:
        if not isinstance(s, gast.FunctionDef):
            for inner in ("body", "orelse", "finalbody"):
                _expand(getattr(s, inner, None) or [], facts)
            for handler in getattr(s, "handlers", None) or []:
                _expand(handler.body, facts)
        if (
            isinstance(s, gast.AugAssign)
            and isinstance(s.target, gast.Name)
            and not _in_place(facts.kind(s.target))
        ):
            done[-1:] = (
                [_rewritten(done[-1], s, facts)]
                if _starts(done, s)
                else [done[-1], _rewritten(None, s, facts)]
            )
        else:
            done.append(s)
    block[:] = done


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
    return (isinstance(kind, Array) and kind.dims is not None) or isinstance(kind, ListOf | DictOf | Struct)


def _rewritten(copy: gast.stmt | None, s: gast.AugAssign, facts: Facts) -> gast.Assign:
    source = copy.value if isinstance(copy, gast.Assign) else gast.Name(s.target.id, gast.Load(), None, None)
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
