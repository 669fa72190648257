"""Calls that a reverse sweep makes twice: a derivative in, the same that makes them once out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, load
from diffpy.syntax.trees import Rewriter, children, nodes
from diffpy.transforms.simplify_facts import Derivative, Purity, bound_names, reverse_blocks, scopes

# Functions that give a new array for each call: what they are given is no part of it.
_MAKING = frozenset("outer vdot dot matmul sum where multiply add subtract".split())
_CHEAP = frozenset("shape size ndim zeros ones empty zeros_like ones_like empty_like copy".split())


def share_calls(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A call that stands twice, with nothing changed in between, is made once.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         a_bar = -np.outer(np.linalg.solve(a.T, y_bar), y)
    ...         b_bar = np.linalg.solve(a.T, y_bar)
    ... ''', share_calls))
    def f(x):
        with reverse:
            b_bar = np.linalg.solve(a.T, y_bar)
            a_bar = -np.outer(b_bar, y)
    """
    for scope in scopes(tree):
        purity = Purity(known, bound_names(scope))
        for block in reverse_blocks(scope):
            if _repeats(block):
                _share(block, known, purity)
    return tree


class _Place(NamedTuple):
    """Where a call stands: the statement's position, and the name that is given the call itself."""

    position: int
    call: gast.Call
    name: str | None


def _repeats(block: list[gast.stmt]) -> bool:
    """Whether two calls of the block may be one."""
    calls = (one for s in block if isinstance(s, gast.Assign) for one in nodes(s.value))
    named = Counter(one.func.attr for one in calls if _is_costly(one))
    return any(count > 1 for count in named.values())


def _is_costly(node: gast.AST) -> bool:
    match node:
        case gast.Call(func=gast.Attribute(attr=attr)):
            return attr not in _CHEAP
    return False


def _groups(block: list[gast.stmt], purity: Purity) -> Iterator[list[_Place]]:
    """The places of each call that gives the same wherever it stands."""
    known: dict[str, list[_Place]] = {}
    reading: dict[str, dict[str, None]] = {}  # by the names that they read
    for k, s in enumerate(block):
        name = s.targets[0].id if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name) else None
        if name is None or not purity.is_pure(s.value):
            yield from known.values()
            known, reading = {}, {}
            continue
        for call, given in _places(s.value, name):
            key = gast.dump(call)
            if key not in known:
                known[key] = []
                for one in flow.names_read(call):
                    reading.setdefault(one, {})[key] = None
            known[key].append(_Place(k, call, given))
        for key in reading.pop(name, {}):
            if key in known:
                yield known.pop(key)
    yield from known.values()


def _places(value: gast.expr, name: str) -> Iterator[tuple[gast.Call, str | None]]:
    """The costly calls of a statement that may be shared: the value itself, and what a new value is computed of."""
    if _is_costly(value):
        yield value, name
    for node in nodes(value):
        for one in children(node) if _makes_new(node) else ():
            if _is_costly(one):
                yield one, None


def _makes_new(node: gast.AST) -> bool:
    match node:
        case gast.Call(func=gast.Attribute(attr=attr)):
            return attr in _MAKING
    return isinstance(node, gast.BinOp | gast.UnaryOp)


def _share(block: list[gast.stmt], known: Derivative, purity: Purity) -> None:
    while found := next((one for one in _groups(block, purity) if _may_be_one(one, block)), None):
        _make_once(block, found, known)


def _may_be_one(places: list[_Place], block: list[gast.stmt]) -> bool:
    """Whether the call may be made at its first place: a name that is given it must not mean something else there."""
    named = [one for one in places if one.name is not None]
    if len(places) == 1 or len(named) > 1:
        return False
    first, last = places[0].position, places[-1].position
    return not named or not any(
        named[0].name in flow.names_written(s) | flow.names_read(s)
        for k, s in enumerate(block[first : last + 1], first)
        if k != named[0].position
    )


def _make_once(block: list[gast.stmt], places: list[_Place], known: Derivative) -> None:
    first = places[0].position
    named = next((one for one in places if one.name is not None), None)
    name = known.names.temporary() if named is None or named.name is None else named.name
    once = {id(one.call) for one in places if one is not named}
    sharing = _Sharing(once, name)
    for one in places:
        if one is not named:
            sharing.visit(block[one.position])
    given = assign(name, places[0].call, block[first]) if named is None else block.pop(named.position)
    block.insert(first, given)


class _Sharing(Rewriter):
    def __init__(self, once: set[int], name: str) -> None:
        self.once, self.name = once, name

    def visit_Call(self, node: gast.Call) -> gast.expr:
        return load(self.name, node) if id(node) in self.once else self.generic_visit(node)
