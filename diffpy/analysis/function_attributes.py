"""Attributes of functions: a count of calls that is kept there changes nothing that derivatives depend on."""

from __future__ import annotations

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import is_function


def is_count(s: gast.stmt, facts: Facts) -> bool:
    """Whether it is f.calls = 0 or f.calls += 1, for a function f."""
    match s:
        case (
            gast.Assign(targets=[gast.Attribute(value=gast.Name() as base)], value=value)
            | gast.AugAssign(target=gast.Attribute(value=gast.Name() as base), value=value)
        ):
            return is_function(facts.kind(base)) and not facts.kind(value).may_differ
    return False
