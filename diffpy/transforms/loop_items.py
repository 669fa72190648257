"""What a loop hands to its body: the statements that make an item, and the body, in; the loop's new body out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign

Block = list[gast.stmt]


def with_item(made: Block, body: Block, read: Counter[str]) -> Block:
    """The body behind the statements that make the item; tuples that it takes apart at once are not made.

    `read` counts how often the function reads each name.

    Before:                             After:
        t3 = params[key]                    t3 = params[key]
        t2 = key, t3                        k = key
        k, w = t2                           w = t3
    """
    made, body, read = [*made], [*body], read + flow.loads(*made)
    while body:
        tuples = {s.targets[0].id: s for s in made if isinstance(s.value, gast.Tuple)}
        parts = _parts(body[0], tuples)
        name = flow.names_read(body[0])
        if parts is None or any(read[one] > 1 for one in name):
            break
        made.remove(tuples[next(iter(name))])
        for target, part in parts:
            inner = tuples.get(part.id) if read[part.id] == 1 else None
            if inner is not None:
                made.remove(inner)
            if target != part.id:
                made.append(assign(target, part if inner is None else inner.value))
        body.pop(0)
    return [*made, *body]


def _parts(s: gast.stmt, tuples: dict[str, gast.Assign]) -> list[tuple[str, gast.Name]] | None:
    """What a statement assigns that takes one of these tuples apart: names to names; None for any other statement."""
    match s:
        case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Name(id=name)) if name in tuples:
            parts = tuples[name].value.elts
            plain = all(isinstance(one, gast.Name) for one in (*targets, *parts))
            if plain and len(targets) == len(parts) == len({one.id for one in targets}):
                return [(one.id, part) for one, part in zip(targets, parts, strict=True)]
    return None
