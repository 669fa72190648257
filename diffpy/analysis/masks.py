"""Values that only a part of a result shows: np.where(c, a, b) and y[c]. A tree and kinds in, masks by name out."""

from __future__ import annotations

from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Kind, Scalar


class Mask(NamedTuple):
    """Elements count where the condition holds, or where it does not."""

    condition: str
    holds: bool


def masks(tree: gast.FunctionDef, facts: Facts) -> dict[str, Mask]:
    """Names of which nothing but the elements under a mask reaches the result.

    What is not taken may be infinite or no number: its cotangent is zero, and has to stay zero through 0 * inf.
    """
    walk = _Walk(tree, facts)
    walk.block(tree.body)
    return walk.found


class _Walk:
    def __init__(self, tree: gast.FunctionDef, facts: Facts) -> None:
        self.facts = facts
        self.found: dict[str, Mask] = {}
        self.reads, self.writes = flow.loads(tree), flow.bindings(tree)

    def block(self, block: list[gast.stmt]) -> None:
        made = {n for s in block if isinstance(s, gast.Assign) for n in flow.names_written(s)}
        for s in reversed(block):
            if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name):
                self.assigned(s.targets[0].id, s.value, made)
            elif not isinstance(s, gast.FunctionDef):
                for field in ("body", "orelse", "finalbody"):
                    self.block(getattr(s, field, None) or [])

    def assigned(self, y: str, value: gast.expr, made: set[str]) -> None:
        found = self.facts.calls.get(id(value))
        if isinstance(found, TableCall) and found.row.name.endswith("where"):
            condition, taken, other = (found.arguments.get(n) for n in ("condition", "a", "b"))
            self.mark(taken, condition, True, y, made)
            self.mark(other, condition, False, y, made)
        elif isinstance(found, TableCall) and found.row.family == "elementwise" and y in self.found:
            for operand in found.arguments.values():
                mask = self.found[y]
                self.mark(operand, gast.Name(mask.condition, gast.Load(), None, None), mask.holds, y, made)
        elif isinstance(value, gast.Subscript) and isinstance(value.value, gast.Name):
            self.mark(value.value, value.slice, True, value.value.id, made)

    def mark(self, operand: object, condition: object, holds: bool, y: str, made: set[str]) -> None:
        if not isinstance(operand, gast.Name) or not isinstance(condition, gast.Name):
            return
        alone = self.reads[operand.id] == 1 and self.writes[operand.id] == 1 and operand.id in made
        steady = self.writes[condition.id] == 1 and is_condition(self.facts.kind(condition))
        shapes = [shape_of(self.facts.kind(n)) for n in (operand.id, condition.id, y)]
        if alone and steady and shapes[0] is not None and shapes[0] == shapes[1] == shapes[2]:
            self.found[operand.id] = Mask(condition.id, holds)


def is_condition(kind: Kind) -> bool:
    return (isinstance(kind, Array) and kind.dtype == "bool") or (
        isinstance(kind, Scalar) and kind.type == "bool"
    )


def shape_of(kind: Kind) -> tuple | None:
    if isinstance(kind, Scalar):
        return ()
    return kind.dims if isinstance(kind, Array) else None
