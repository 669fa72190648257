"""What derivatives add to buffers of any structure, differentiated: a call in, what flows back to the addend out.

add_item(a, k, v)    v_bar += gathered_part(item_of(a_bar, k), v)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from diffpy.analysis.calls import OpenCall
from diffpy.syntax.build import call
from diffpy.transforms.sweeps import Contribute, Swept

if TYPE_CHECKING:
    from diffpy.transforms.words import Words


def gathered(r: Words, found: OpenCall, s: gast.stmt) -> Swept | None:
    """The buffer keeps its own cotangent, and the addend takes a copy of it; None where there is no such buffer."""
    base, *place, value = found.args
    if not r.is_active(base) or not r.is_active(value):
        return [s], []
    if not r.shadowed(base.id):
        return None
    part: gast.expr = r.read(base.id)
    for key in place:
        part = call(r.runtime("item_of"), part, key)
    return [s], [Contribute(value.id, call(r.runtime("gathered_part"), part, value), certain=False)]
