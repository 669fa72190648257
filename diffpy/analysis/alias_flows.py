"""Which objects a name may be: what came to be what in a function, in its direction, in; sets of objects out.

Two names of a class may be one object, but need not both be all that the class may be: after `k = f(y)` with an f of
which nothing is known k may be y or something that f holds, and still y is nothing of f's. The sets are those of
inclusion constraints (Andersen, 1994): a name may be what the names are that flow into it, and what is stored in one
of the objects of a container is held by each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import gast

from diffpy.analysis.alias_classes import Aliases, Held, Made

Thing = tuple[str, int]  # what a name is made as, or is given as (0); what that holds to begin with (1)


class Objects:
    """The objects that each name may be, and those that each of them may hold."""

    def __init__(self, found: Aliases) -> None:
        self.found = found
        self.named: dict[str, set[Thing]] = {}
        self.held: dict[Thing, set[Thing]] = {}
        flows = [*((array, view) for view, array in found.brief.items()), *found.flows]
        while self._spread(flows):
            pass

    def of(self, name: str) -> set[Thing]:
        """The objects that a name may be, or that a container may hold."""
        if isinstance(name, Held):
            return set().union(*map(self._inside, self.of(name.container)))
        return self.named.setdefault(name, {(name, 0)})

    def reach(self, name: str) -> set[Thing]:
        """The same with all that they hold."""
        found: set[Thing] = set()
        waiting = [*self.of(name)]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self._inside(one)
        return found

    def meet(self, a: str, b: str) -> bool:
        """Whether two names may be one object, hold one or share its memory."""
        return not self.reach(a).isdisjoint(self.reach(b))

    def is_left_alone(self, name: str) -> bool:
        """Whether nothing changes the object or what it holds, by whatever name."""
        return self.reach(name).isdisjoint(self._changed)

    def changes(self, name: str) -> list[gast.AST]:
        """The statements that change the object or what it holds, by whatever name."""
        reached = self.reach(name)
        return [where for one, where in self.found.changes if not reached.isdisjoint(self.of(one))]

    def is_only_read(self, result: str) -> bool:
        """Whether nothing changes what a call made, or may have taken out of what it was given."""
        return self._changed.isdisjoint([(result, 0), (result, 1)])

    @cached_property
    def _changed(self) -> set[Thing]:
        changes = [name for name, _ in self.found.changes]
        return set().union(*map(self.of, [*changes, *self.found.touched]))

    def _inside(self, one: Thing) -> set[Thing]:
        return self.held.setdefault(one, {(one[0], 1)})

    def _spread(self, flows: Iterable[tuple[str, str]]) -> bool:
        """Let objects flow once; whether any were new where they came to."""
        grew = False
        for source, target in flows:
            given = self.of(source)
            for place in self._places(target):
                grew |= not given <= place
                place |= given
        return grew

    def _places(self, target: str) -> Iterable[set[Thing]]:
        if isinstance(target, Held):
            return [self._inside(one) for one in self.of(target.container)]
        return [self._inside((target, 0))] if isinstance(target, Made) else [self.of(target)]
