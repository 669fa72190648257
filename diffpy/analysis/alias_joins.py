"""How values come to be one object, or part of one: views, items, what a container takes in."""

from __future__ import annotations

import gast

from diffpy.analysis.alias_classes import Aliases, Place, Way
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import (
    Array,
    DictOf,
    Kind,
    ListOf,
    Mover,
    TupleOf,
)
from diffpy.analysis.mutability import may_hold, mutable


class Joins:
    """The ways in which one name comes to share an object with another, each by what the kinds allow."""

    def __init__(self, facts: Facts, found: Aliases) -> None:
        self.facts, self.found = facts, found
        self.moving: dict[str, list[gast.expr]] = {}  # with_differential(f, x_dot): the tangents in it

    def same(self, a: str | None, b: gast.AST | str) -> None:
        b = b.id if isinstance(b, gast.Name) else b
        if (
            a is not None
            and isinstance(b, str)
            and mutable(self.facts.kind(a))
            and mutable(self.facts.kind(b))
        ):
            self.found.union(a, b)

    def moving_on(self, y: str | None, x: str) -> None:
        if y is not None and holds_mover(self.facts.kind(y)):
            self.moving[y] = self.moving.get(x, [])

    def view(self, y: str | None, x: object) -> None:
        """y may be a view of the array x, or hold such views: what np.split and np.broadcast_arrays give."""
        if not isinstance(x, gast.Name) or isinstance(self.facts.kind(x), ListOf | TupleOf):
            return
        self.same(y, x)
        if y is not None and not isinstance(self.facts.kind(y), Array):
            self.hold(y, x)

    def hold(self, container: str | None, item: gast.AST, place: Place = None) -> None:
        if isinstance(item, gast.Starred):
            self.element_of_both(container, item.value)
        elif container is not None and isinstance(item, gast.Name) and mutable(self.facts.kind(item)):
            self.found.union(self.found.content(container, place), item.id)

    def element_of_both(self, container: str | None, other: gast.AST) -> None:
        if container is not None and isinstance(other, gast.Name) and mutable(self.facts.kind(other)):
            self.found.union(self.found.content(container), self.found.content(other.id))

    def take_in(self, container: str, other: gast.AST) -> None:
        """container += other: a list takes in items, an object of a class of its own perhaps the other itself."""
        kind = self.facts.kind(container)
        if not isinstance(kind, Array):
            self.element_of_both(container, other)
        if not isinstance(kind, Array | ListOf | DictOf):
            self.hold(container, other)

    def element(self, name: str, container: str, place: Place = None) -> None:
        """Rows of an array are views of it; items of a container are its content."""
        self.moving_on(name, container)
        if not mutable(self.facts.kind(name)):
            return
        if not isinstance(self.facts.kind(container), Array):
            self.found.union(name, self.found.content(container, place))
        if isinstance(self.facts.kind(container), Array) or type(self.facts.kind(container)) is Kind:
            self.found.union(name, container)

    def gather(self, y: str | None, a: gast.expr, in_tuples: bool, place: int | None) -> None:
        """A new container of a's items; rows of an array are views of it."""
        if y is not None and not may_hold(self.facts.kind(y)):
            return
        if not in_tuples:
            self.element_of_both(y, a)
        if y is None or not isinstance(a, gast.Name) or not mutable(self.facts.kind(a)):
            return
        inside = self.found.content(self.found.content(y), place) if in_tuples else self.found.content(y)
        self.found.union(inside, self.found.content(a.id))
        if isinstance(self.facts.kind(a), Array) or type(self.facts.kind(a)) is Kind:
            self.found.union(inside, a.id)

    def move(self, y: str | None, a: gast.expr, depth: int, depths: tuple[int, ...]) -> None:
        """Items at a depth of an argument that a new container holds at some depths; rows of an array are views."""
        if isinstance(a, gast.Starred):
            a, depth = a.value, depth + 1
        if y is None or not isinstance(a, gast.Name) or not mutable(self.facts.kind(a)):
            return
        may_be_array = isinstance(self.facts.kind(a), Array) or type(self.facts.kind(a)) is Kind
        for inside in depths:
            held, item = y, a.id
            for _ in range(inside):
                held = self.found.content(held)
            for _ in range(depth):
                item = self.found.content(item)
            self.found.union(held, item)
            if may_be_array:
                self.found.union(held, a.id)

    def item_or_inside(self, y: str, x: str) -> None:
        """Items of x; rows of an array are views of it."""
        kind = self.facts.kind(x)
        if isinstance(kind, Array) or type(kind) is Kind:
            self.same_or_inside(y, x)
        elif mutable(self.facts.kind(y)) and may_hold(kind):
            inside = self.found.content(x)
            self.found.union(y, inside)
            self.found.union(self.found.content(y), inside)

    def copied(self, y: str | None, x: str, s: gast.stmt) -> None:
        """y = x: of what nothing changes no other name needs to know."""
        if y is not None and self.may_share(y, x, Way(copy=s)):
            self.found.union(y, x)

    def given_back(self, y: str | None, x: str, is_compared: bool = False) -> None:
        """What a call gives may be an argument, a part of it, or hold it."""
        if y is not None and self.may_share(y, x, Way(is_compared=is_compared)):
            self.same_or_inside(y, x)
        elif y is not None and (y, x) in self.found.apart:
            self.found.flows += self.found.loose(y)

    def may_share(self, y: str, x: str, way: Way) -> bool:
        """Note how y came to be x; whether the two are of one class then."""
        if not (mutable(self.facts.kind(x)) and mutable(self.facts.kind(y))):
            return False
        self.found.gotten.setdefault((y, x), []).append(way)
        if (y, x) not in self.found.apart:
            return True
        self.found.flows.append((x, y))
        return False

    def same_or_inside(self, y: str | None, x: str) -> None:
        if y is not None and mutable(self.facts.kind(x)) and mutable(self.facts.kind(y)):
            self.found.union(y, x)
            if any(may_hold(self.facts.kind(n)) for n in (x, y)):
                self.found.loosen(y)


def holds_mover(kind: Kind) -> bool:
    if isinstance(kind, TupleOf):
        return any(map(holds_mover, kind.items))
    return isinstance(kind, Mover)
