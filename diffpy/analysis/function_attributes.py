"""Attributes of functions: a count of calls that is kept there changes nothing that derivatives depend on.

A number that does depend on the arguments is refused by left_in_functions.
"""

from __future__ import annotations

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Scalar, is_function


def is_count(s: gast.stmt, facts: Facts) -> bool:
    """Whether it is f.calls += 1 or f.seconds = time() - start, for a function f."""
    match s:
        case (
            gast.Assign(targets=[gast.Attribute(value=gast.Name() as base)], value=value)
            | gast.AugAssign(target=gast.Attribute(value=gast.Name() as base), value=value)
        ):
            kind = facts.kind(value)
            return is_function(facts.kind(base)) and (isinstance(kind, Scalar) or not kind.may_differ)
    return False
