"""How control leaves blocks: statements in, kinds of their exits, and whether their end is reached, out."""

from __future__ import annotations

import gast

EXITS = (gast.Return, gast.Break, gast.Continue)

Block = list[gast.stmt]
NONE: frozenset[str] = frozenset()


def kind_of(statement: gast.stmt) -> str:
    if isinstance(statement, gast.Return):
        return "return"
    return "break" if isinstance(statement, gast.Break) else "continue"


class Exits:
    """Answers are kept: each statement is looked into once."""

    def __init__(self) -> None:
        self._known: dict[gast.stmt, tuple[frozenset[str], bool]] = {}

    def leaving(self, statement: gast.stmt) -> frozenset[str]:
        """The kinds of exits by which control may leave the statement."""
        return self._answer(statement)[0]

    def kinds(self, statements: Block) -> frozenset[str]:
        found = NONE
        for one in statements:
            kinds, falls = self._answer(one)
            found |= kinds
            if not falls:
                break
        return found

    def falls(self, statements: Block) -> bool:
        """Whether control may reach the end of the block."""
        return all(self._answer(one)[1] for one in statements)

    def _answer(self, statement: gast.stmt) -> tuple[frozenset[str], bool]:
        if statement not in self._known:
            self._known[statement] = self._look(statement)
        return self._known[statement]

    def _look(self, statement: gast.stmt) -> tuple[frozenset[str], bool]:
        match statement:
            case gast.Return() | gast.Break() | gast.Continue():
                return frozenset([kind_of(statement)]), False
            case gast.Raise():
                return NONE, False
            case gast.If():
                kinds = self.kinds(statement.body) | self.kinds(statement.orelse)
                return kinds, self.falls(statement.body) or self.falls(statement.orelse)
            case gast.For():
                return self.kinds(statement.body) & {"return"}, True
            case gast.While():
                kinds = self.kinds(statement.body)
                return kinds & {"return"}, "break" in kinds
            case gast.With():
                # Its context manager may swallow an exception that comes before the exit.
                return self.kinds(statement.body), True
            case gast.Try() | gast.TryStar():
                return self._try(statement)
        return NONE, True

    def _try(self, statement: gast.Try) -> tuple[frozenset[str], bool]:
        falls = self.falls(statement.body)
        kinds = self.kinds(statement.finalbody) | self.kinds(statement.body)
        kinds |= self.kinds(statement.orelse) if falls else NONE
        falls = falls and self.falls(statement.orelse)
        for one in statement.handlers:
            kinds |= self.kinds(one.body)
            falls = falls or self.falls(one.body)
        if self.kinds(statement.finalbody):
            # what comes before it, an exception too, is held back
            return kinds, self.falls(statement.finalbody)
        return kinds, falls and self.falls(statement.finalbody)
