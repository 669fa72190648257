"""What derivatives add to buffers of any structure, differentiated: a call in, the same call of tangents beside it out.

add_item(a, k, v)    add_item(a_dot, k, v_dot)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from diffpy.analysis.calls import OpenCall
from diffpy.syntax.build import at

if TYPE_CHECKING:
    from diffpy.transforms.forward_words import Tangents


def added_along(r: Tangents, found: OpenCall, s: gast.Expr) -> list[gast.stmt] | None:
    """The same added to the tangent of the buffer; None where that has none."""
    base, *place, value = found.args
    if not r.is_active(base):
        return None
    if not r.is_active(value):
        return [s]
    alike = gast.Call(s.value.func, [r.tangent(base), *place, r.tangent(value)], [])
    return [s, at(gast.Expr(alike), s)]
