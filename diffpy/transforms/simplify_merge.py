"""Names that hold one value after another: a derivative in; the same with the user's own names out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import gast

from diffpy.analysis import flow
from diffpy.analysis.flow import names_read
from diffpy.syntax.trees import nodes
from diffpy.transforms.binding import own_nodes
from diffpy.transforms.blocks import blocks, every_statement
from diffpy.transforms.simplify_copies import is_idle
from diffpy.transforms.simplify_facts import Derivative, scopes, shared_names
from diffpy.transforms.simplify_liveness import Liveness


def merge_names(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Versions of a name, and what temporaries are copied to, become one name where their lives do not overlap.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     z = x
    ...     z_1 = z
    ...     for i in r:
    ...         z_2 = z_1 * x
    ...         z_1 = z_2
    ...     z_3 = z_1
    ...     return z_3
    ... ''', merge_names))
    def f(x):
        z = x
        for i in r:
            z = z * x
        return z
    """
    for scope in scopes(tree):
        mentioned = {one.id for one in nodes(tree) if isinstance(one, gast.Name)}
        _Merging(scope, known, mentioned).scope_merged()
    return tree


class _Merging:
    def __init__(self, scope: gast.FunctionDef, known: Derivative, mentioned: set[str]) -> None:
        self.scope, self.known, self.mentioned = scope, known, mentioned
        self.live = Liveness(scope, shared_names(scope))
        self.order = list(dict.fromkeys(_bound_in_order(scope)))
        self.parent = {name: name for name in self.order}
        self.fixed = shared_names(scope) | _fixed_names(scope) | set(self.live.numbers) - set(self.order)
        self.bits = {name: self.live.bit(name) for name in self.order}  # of all names of a class
        self.against = dict.fromkeys(self.order, 0)  # what a class must not be merged with
        self.copies: list[tuple[str, str]] = []

    def scope_merged(self) -> None:
        self.parameters()
        for s in every_statement(self.scope.body):
            self.definitions(s)
        for target, source in self.copies:
            if self.may_share(target, source):
                self.merge(source, target)
        self.merge_versions()
        self.rename()

    # What must not share a name

    def parameters(self) -> None:
        own = sorted(flow.argument_names(self.scope))
        every = self.live.entry | self.live.bits(own)
        for name in own:
            self.clash(name, every)

    def definitions(self, s: gast.stmt) -> None:
        live = self.live.start[id(s)] if isinstance(s, gast.For) else self.live.after[id(s)]
        written = flow.names_written(s)
        match s:
            case gast.Assign(targets=[gast.Name(id=target)], value=gast.Name(id=source)):
                if source in self.parent:
                    self.copies.append((target, source))
                    live &= ~self.live.bit(source)
        every = live | self.live.bits(written)
        for name in written:
            self.clash(name, every)

    def clash(self, name: str, others: int) -> None:
        self.against[name] |= others & ~self.live.bit(name)

    # Classes

    def find(self, name: str) -> str:
        while self.parent[name] != name:
            self.parent[name] = self.parent[self.parent[name]]
            name = self.parent[name]
        return name

    def may_share(self, one: str, other: str) -> bool:
        a, b = self.find(one), self.find(other)
        if a == b or one in self.fixed or other in self.fixed:
            return False
        roots = self.origin(one) == self.origin(other)
        return (roots or self.known.is_made(one) or self.known.is_made(other)) and self.fit(a, b)

    def origin(self, name: str) -> tuple[str, bool]:
        """The user's name that one is a version of; whether it is a cotangent (the user may have an x_bar too)."""
        return self.known.root(name), self.known.is_generated(name)

    def fit(self, a: str, b: str) -> bool:
        return not self.against[a] & self.bits[b] and not self.against[b] & self.bits[a]

    def merge(self, one: str, other: str) -> None:
        a, b = self.find(one), self.find(other)
        self.parent[b] = a
        self.bits[a] |= self.bits[b]
        self.against[a] |= self.against[b]

    def merge_versions(self) -> None:
        """Versions of one name share it, also those that no copy links."""
        classes: dict[tuple[str, bool], list[str]] = {}
        for name in self.order:
            if not self.known.is_made(name) and name not in self.fixed:
                classes.setdefault(self.origin(name), []).append(name)
        for versions in classes.values():
            first = versions[0]
            for other in versions[1:]:
                if self.find(first) != self.find(other) and self.fit(self.find(first), self.find(other)):
                    self.merge(first, other)

    # Names

    def rename(self) -> None:
        members: dict[str, list[str]] = {}
        for name in self.order:
            members.setdefault(self.find(name), []).append(name)
        chosen = {name: new for names in members.values() for new in [self.name_for(names)] for name in names}
        _renamed(self.scope, {old: new for old, new in chosen.items() if old != new})

    def name_for(self, names: list[str]) -> str:
        """A parameter's name; else the user's name of which these are versions, where it is free."""
        if len(names) == 1 and names[0] in self.fixed:
            return names[0]
        parameters = [n for n in names if n in flow.argument_names(self.scope)]
        own = [n for n in names if not self.known.is_made(n)]
        if parameters or not own:
            return (parameters or names)[0]
        for root in dict.fromkeys(map(self.known.root, own)):
            if root in names:
                return root
            if root not in self.known.names.taken or (
                root in self.known.primals and root not in self.mentioned
            ):
                self.known.names.taken.add(root)
                self.mentioned.add(root)
                return root
        return own[0]


def _bound_in_order(scope: gast.FunctionDef) -> Iterator[str]:
    yield from sorted(flow.argument_names(scope))
    yield from _bound_by(scope.body)


def _bound_by(block: list[gast.stmt]) -> Iterator[str]:
    for s in block:
        yield from sorted(flow.names_written(s))
        for inner in blocks(s):
            yield from _bound_by(inner)


def _fixed_names(scope: gast.FunctionDef) -> set[str]:
    """Names that are bound otherwise than by assignments and loops."""
    found: set[str] = set()
    for s in every_statement(scope.body):
        match s:
            case gast.FunctionDef() | gast.Import() | gast.ImportFrom():
                found |= flow.names_written(s)
            case gast.With():
                found |= {n for i in s.items if i.optional_vars for n in flow.names_written(i.optional_vars)}
            case gast.Try() | gast.TryStar():
                found |= {h.name.id for h in s.handlers if isinstance(h.name, gast.Name)}
            case gast.Delete():
                found |= names_read(s)
    found |= {n.target.id for n in nodes(scope) if isinstance(n, gast.NamedExpr)}
    return found


def _renamed(scope: gast.FunctionDef, names: dict[str, str]) -> None:
    """Every occurrence of the names, but in nested functions, which share none; copies of a name to itself go."""
    for node in own_nodes(scope.body):
        if isinstance(node, gast.Name):
            node.id = names.get(node.id, node.id)
    for block in _every_block(scope.body):
        block[:] = [s for s in block if not is_idle(s)]


def _every_block(block: list[gast.stmt]) -> Iterable[list[gast.stmt]]:
    waiting = [block]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [inner for s in one for inner in blocks(s)]
