"""Classes of names that may be one object, what these hold, and which of them the function changes."""

from __future__ import annotations

from typing import NamedTuple

import gast

from diffpy.analysis.facts import Facts, Unseen
from diffpy.analysis.kinds import (
    Array,
    DictOf,
    Kind,
    ListOf,
    Struct,
    TupleOf,
)
from diffpy.analysis.mutability import held_kind, may_hold
from diffpy.analysis.order import SOME_TIME, Order

Place = int | str | None  # an index of a tuple, a key of a dict; None: any


class Held(str):
    """The class of what a container holds, as against a name that may be one of these objects."""

    container: str

    def __new__(cls, root: str, container: str) -> Held:
        found = super().__new__(cls, root)
        found.container = container
        return found


class Made(str):
    """A name as the object that a call made, as against others that the name may be."""


class Way(NamedTuple):
    """How one name came to be another, or a part of it."""

    copy: gast.stmt | None = None  # by y = x
    is_compared: bool = False  # by a call whose result the run compares with what is changed


class Aliases:
    """Classes of names by union and find.

    `content` is the class of what a container holds, at a place of a tuple, or of a dict as it is written. `flows`
    says in which direction names came to share objects.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.parent: dict[str, str] = {}
        self.flows: list[tuple[str, str]] = []  # the second may be the first, or what the first holds
        self.contents: dict[str, dict[Place, str]] = {}  # None: at any place
        self.changes: list[tuple[str, gast.AST]] = []  # each statement that changes an object
        # statement, call, what the callee captured
        self.read_by_calls: list[tuple[gast.stmt, gast.AST, str]] = []
        self.changed: dict[str, gast.AST] = {}  # class -> the first statement that changes it
        self.changed_deep: list[tuple[str, gast.AST]] = []  # names of what is changed with all that it holds
        self.given_back: list[tuple[gast.stmt, gast.AST, str, str]] = []  # statement, call, argument, result
        # statement, call, name of what the call changes
        self.by_calls: list[tuple[gast.stmt, gast.AST, str]] = []
        # the same of calls that Python makes by itself
        self.by_unseen: list[tuple[gast.stmt, Unseen, str]] = []

        # names of what calls change though it holds nothing that has a derivative: a list of strings, a set
        self.touched: list[str] = []
        self.opened: list[str] = []  # names of what is given to calls of which nothing is known
        self.exposed: list[str] = []  # those of them that such a call may change: it is not one of a library
        self.passed: set[str] = set()  # those of them that are arguments, and not what a method is called of
        # statement, call, name of what a function captured that is handed on, and gives to such calls
        self.opened_inside: list[tuple[gast.stmt, gast.AST, str]] = []
        self.gathering: list[str] = []  # names of buffers that take in cotangents, and whatever these hold
        self.brief: dict[str, str] = {}  # views that are last read before their arrays change: view -> array
        # y, x: the ways in which y came to be x, or a part of x
        self.gotten: dict[tuple[str, str], list[Way]] = {}
        self.apart: frozenset[tuple[str, str]] = frozenset()  # those of them whose classes stay apart
        self.whole = self  # the classes before any stay apart: what values reach goes by these

    def find(self, name: str) -> str:
        root = name
        while self.parent.get(root, root) != root:
            root = self.parent[root]
        while self.parent.get(name, name) != root:
            self.parent[name], name = root, self.parent[name]
        return root

    def union(self, a: str, b: str) -> None:
        """From now on a may be b, or share its memory."""
        self.flows.append((b, a))
        self._unite(a, b)

    def name_too(self, new: str, y: str) -> None:
        """A new name for what y is: what is known by classes stays true, for they keep their names."""
        self.flows.append((y, new))
        self._unite(y, new)

    def loosen(self, y: str) -> None:
        """y may be a part of what it may be, or a new object that holds it."""
        self.flows += self.loose(y)
        self._unite(self.content(y), y)

    @staticmethod
    def loose(y: str) -> list[tuple[str, str]]:
        return [(Held(y, y), y), (y, Made(y))]

    def _unite(self, a: str, b: str) -> None:
        one, other = self.find(a), self.find(b)
        if one == other:
            return
        self.parent[other] = one
        if other in self.changed:
            self.changed.setdefault(one, self.changed.pop(other))
        for place, inside in self.contents.pop(other, {}).items():
            held = self.contents.setdefault(self.find(one), {})
            if None in held or place in held or (place is None and held):
                self._unite(self.content(one, place), inside)
            else:
                held[place] = inside

    def content(self, name: str, place: Place = None) -> Held:
        root = self.find(name)
        held = self.contents.setdefault(root, {})
        if place is None and held and None not in held:  # from now on places are not told apart
            first, *others = held.values()
            self.contents[root] = {None: first}
            for other in others:
                self._unite(first, other)
            return self.content(name)
        key = None if None in held else place
        if key not in held:
            held[key] = f"{root}[{'' if key is None else key}]"
        return Held(self.find(held[key]), name)

    def is_changed(self, name: str) -> bool:
        return self.memory(name) in self.changed

    def memory(self, name: str) -> str:
        """The class of what a name shares memory with at some time: of a brief view that of its array."""
        while name in self.brief:
            name = self.brief[name]
        return self.find(name)

    def is_shadowed(self, name: str) -> bool:
        """Whether the object, or anything it holds, is changed somewhere."""
        return not self.changed.keys().isdisjoint(self.reach(name))

    def is_opened(self, name: str) -> bool:
        """Whether the object, or anything it holds, gets to a call of which nothing is known."""
        return not self.whole.reach(name).isdisjoint(self.whole.roots_opened())

    def is_exposed(self, name: str) -> bool:
        """Whether the object, or anything it holds, gets to a call that may change it for all one knows."""
        return not self.reach(name).isdisjoint(set().union(*map(self.reach, self.exposed)))

    def roots_opened(self) -> set[str]:
        """The classes of what gets to calls of which nothing is known, and of what that holds."""
        return set().union(*map(self.reach, self.opened))

    def opened_objects(self) -> set[str]:
        """The classes of what such calls may change, and of what that holds."""
        structs = (n for n, kind in self.facts.kinds.items() if isinstance(kind, Struct))
        found = set().union(*map(self.reach, structs)) & self.roots_opened() if self.opened else set()
        return found.union(*(self.reach(n) for n in self.opened if self.may_be_given(n)))

    def may_be_given(self, name: str) -> bool:
        """Whether what is opened is an array or a container, or an argument of no known kind."""
        kind = self.facts.kind(name)
        return isinstance(kind, Array | ListOf | DictOf | TupleOf) or (
            type(kind) is Kind and name in self.passed
        )

    def is_left_changed(self, name: str) -> bool:
        """Whether the object, or anything it holds, is changed somewhere, be it of no concern to derivatives."""
        touched = set().union(*map(self.reach, self.touched))
        return self.is_shadowed(name) or not self.reach(name).isdisjoint(touched)

    def where_changed(self, name: str) -> gast.AST | None:
        """The first statement that changes the object, or one that it may be."""
        return self.changed.get(self.find(name))

    def is_changed_inside(self, name: str) -> bool:
        """Whether something that the object holds is changed somewhere."""
        return not self.changed.keys().isdisjoint(self.held(name))

    def change_inside(self, name: str, kind: Kind, where: gast.AST) -> None:
        """All that an object of this kind holds may be changed."""
        if not may_hold(kind):
            return
        places = enumerate(kind.items) if isinstance(kind, TupleOf) else [(None, held_kind(kind))]
        for place, held in places:
            inside = self.content(name, place)
            self.change(inside, where)
            if type(held) is not Kind:
                self.change_inside(inside, held, where)
            else:
                self.changed_deep.append((inside, where))

    def change_deep(self) -> None:
        """Of what was changed and is of no known kind, all that it came to hold may be changed."""
        for name, where in self.changed_deep:
            for root in sorted(self.held(name)):
                self.change(root, where)

    def change_some_time(self, name: str, where: gast.AST) -> None:
        """From this statement on the object may be changed at any time."""
        for when in (where, SOME_TIME):
            self.change(name, when)

    def change_inside_some_time(self, name: str, where: gast.AST) -> None:
        """The same of all that it holds."""
        for when in (where, SOME_TIME):
            self.change_inside(name, self.facts.kind(name), when)

    def change(self, name: str, where: gast.AST) -> None:
        self.changed.setdefault(self.find(name), where)
        self.changes.append((name, where))

    def may_change_after(self, roots: set[str], s: gast.AST, order: Order) -> bool:
        """Whether an object of these classes may be changed when the statement has run."""
        return any(self.find(one) in roots and order.may_follow(where, s) for one, where in self.changes)

    def changes_in(self, loop: gast.AST, root: str, order: Order) -> list[tuple[str, gast.AST]]:
        """The changes of an object of the class that the body of a loop may make: by which name, and where."""
        changes = [(one, where) for one, where in self.changes if self.find(one) == root]
        return [(one, where) for one, where in changes if id(loop) in order.loops.get(id(where), (id(loop),))]

    def reach(self, name: str) -> set[str]:
        """The classes of the object and of what it holds."""
        found: set[str] = set()
        todo = [self.find(name)]
        while todo:
            root = todo.pop()
            if root not in found:
                found.add(root)
                todo += [self.find(one) for one in self.contents.get(root, {}).values()]
        return found

    def held(self, name: str) -> set[str]:
        """The classes of what the object holds, and of what that holds."""
        return set().union(*map(self.reach, self.contents.get(self.find(name), {}).values()))
