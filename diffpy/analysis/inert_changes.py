"""Changes that derivatives have nothing to do with: a count of calls, a list of names. A statement in, yes or no out."""

from __future__ import annotations

import gast

from diffpy.analysis.calls import MethodCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind, Object, Struct
from diffpy.analysis.mutability import held_kind


def is_inert(s: gast.AST, facts: Facts) -> bool:
    """Whether what a statement changes neither held, nor holds now, what may have a derivative."""
    match s:
        case (
            gast.Assign(targets=[gast.Attribute() | gast.Subscript() as target])
            | gast.AugAssign(target=gast.Attribute() | gast.Subscript() as target)
        ):
            return not (_kind_there(target, facts).may_differ or facts.kind(s.value).may_differ)
        case gast.AugAssign(target=target):
            return not (facts.kind(target).may_differ or facts.kind(s.value).may_differ)
        case gast.Assign(value=gast.Call() as value) | gast.Expr(value=gast.Call() as value):
            return _is_inert_call(value, facts)
    return False


def _kind_there(target: gast.Attribute | gast.Subscript, facts: Facts) -> Kind:
    kind = facts.kind(target.value)
    if isinstance(target, gast.Attribute) and isinstance(kind, Struct | Object):
        return kind.field(target.attr) or Kind()
    return held_kind(kind)


def _is_inert_call(called: gast.Call, facts: Facts) -> bool:
    match facts.calls.get(id(called)):
        case MethodCall(base=base, args=args):
            return not any(facts.kind(one).may_differ for one in (base, *args))
    summary, _ = facts.summaries.get(id(called), (None, None))
    return summary is not None and summary.inert
