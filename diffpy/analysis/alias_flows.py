"""Which objects a name may be: what came to be what in a function, in its direction, in; sets of objects out.

Two names of a class may be one object, but need not both be all that the class may be: after `k = f(y)` with an f of
which nothing is known k may be y or something that f holds, and still y is nothing of f's. The sets are those of
inclusion constraints (Andersen, 1994): a name may be what the names are that flow into it, and what is stored in one
of the objects of a container is held by each of them. A set is an integer with a bit for each object: programs of some
size have thousands of them, and what is asked of sets is what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import gast

from diffpy.analysis.alias_classes import Aliases, Held, Made

Thing = tuple[str, int]  # what a name is made as, or is given as (0); what that holds to begin with (1)
Things = int  # a bit for each


class Objects:
    """The objects that each name may be, and those that each of them may hold."""

    def __init__(self, found: Aliases) -> None:
        self.found = found
        self.places: dict[Thing, int] = {}
        self.named: dict[str, Things] = {}
        self.held: dict[int, Things] = {}
        self.held_by: dict[Things, Things] = {}  # of sets, until more is held
        self.origins: list[str] = []  # by place, whose object it is
        self.reached: dict[str, Things] = {}  # once nothing flows any more
        self.changing: dict[Things, list[gast.AST]] = {}
        flows = [*((array, view) for view, array in found.brief.items()), *found.flows]
        while self._spread(flows):
            pass

    def of(self, name: str) -> Things:
        """The objects that a name may be, or that a container may hold."""
        if isinstance(name, Held):
            return self._held_by(self.of(name.container))
        if name not in self.named:
            self.named[name] = self._made(name)
        return self.named[name]

    def reach(self, name: str) -> Things:
        """The same with all that they hold."""
        if name not in self.reached:
            found, new = 0, self.of(name)
            while new:
                found |= new
                new = self._held_by(new) & ~found
            self.reached[name] = found
        return self.reached[name]

    def meet(self, a: str, b: str) -> bool:
        """Whether two names may be one object, hold one or share its memory."""
        return bool(self.reach(a) & self.reach(b))

    def is_left_alone(self, name: str) -> bool:
        """Whether nothing changes the object or what it holds, by whatever name."""
        return not self.reach(name) & self._changed

    def changes(self, name: str) -> list[gast.AST]:
        """The statements that change the object or what it holds, by whatever name."""
        reached = self.reach(name)
        if reached not in self.changing:
            self.changing[reached] = [where for one, where in self.found.changes if reached & self.of(one)]
        return self.changing[reached]

    def is_only_read(self, result: str) -> bool:
        """Whether nothing changes what a call made, or may have taken out of what it was given."""
        made = self._made(result) | (1 << self._place((result, 1)))
        return not self._changed & made

    @cached_property
    def _changed(self) -> Things:
        changed = 0
        for name in {*(name for name, _ in self.found.changes), *self.found.touched}:
            changed |= self.of(name)
        return changed

    def _place(self, one: Thing) -> int:
        if one not in self.places:
            self.places[one] = len(self.origins)
            self.origins.append(one[0])
        return self.places[one]

    def _inside(self, place: int) -> Things:
        if place not in self.held:
            self.held[place] = 1 << self._place((self.origins[place], 1))
        return self.held[place]

    def _held_by(self, things: Things) -> Things:
        if things not in self.held_by:
            found = 0
            for place in _places(things):
                found |= self._inside(place)
            self.held_by[things] = found
        return self.held_by[things]

    def _spread(self, flows: Iterable[tuple[str, str]]) -> bool:
        """Let objects flow once; whether any were new where they came to."""
        grew = False
        for source, target in flows:
            given = self.of(source)
            if isinstance(target, Held | Made):
                containers = self.of(target.container) if isinstance(target, Held) else self._made(target)
                grew |= self._put(given, containers)
            else:
                grew |= bool(given & ~self.of(target))
                self.named[target] |= given
        return grew

    def _put(self, given: Things, containers: Things) -> bool:
        """Whether one of the containers did not hold it."""
        new = [place for place in _places(containers) if given & ~self._inside(place)]
        for place in new:
            self.held[place] |= given
        if new:
            self.held_by.clear()
        return bool(new)

    def _made(self, name: str) -> Things:
        return 1 << self._place((name, 0))


def _places(things: Things) -> Iterator[int]:
    """The bits that are set."""
    while things:
        lowest = things & -things
        yield lowest.bit_length() - 1
        things ^= lowest
