"""Which statements may run after which: a function in, its order out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow

SOME_TIME = gast.Pass()  # where what may happen after any statement happens


class Order:
    """Which statements may run after which: later ones, and all in a loop around both."""

    def __init__(self, tree: gast.FunctionDef) -> None:
        self.number: dict[int, int] = {}
        self.loops: dict[int, frozenset[int]] = {id(tree): frozenset()}  # what is done outside comes last
        self.block(tree.body, frozenset())
        self.number[id(tree)] = len(self.number)

    def block(self, block: list, loops: frozenset[int]) -> None:
        for s in block:
            self.number[id(s)] = len(self.number)
            self.loops[id(s)] = loops
            if not isinstance(s, gast.FunctionDef):
                inside = loops | {id(s)} if isinstance(s, gast.For | gast.While) else loops
                self.block(flow.blocks_of(s), inside)

    def may_follow(self, later: gast.AST, s: gast.AST) -> bool:
        if id(later) not in self.number or id(s) not in self.number:
            return True
        return self.number[id(later)] > self.number[id(s)] or bool(self.loops[id(later)] & self.loops[id(s)])
