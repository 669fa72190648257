"""Nests over one shape become one: the lines of a kernel in; fewer loops, and arrays that never exist, out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_begun import begun_with_zeros
from diffpy.transforms.fuse_text import (
    Block,
    Deed,
    Line,
    Made,
    Nest,
    element_of,
    is_check,
    names_in,
    printed,
    replaced,
    written_in,
)

_FAR = 48  # lines that one thing moves over


def merged(body: list[Any], results: Iterable[str]) -> list[Any]:
    """The same with nests of one shape in one, and without arrays of which each element lives for one round only."""
    body = begun_with_zeros(_merged(body, _Names(_reshaped(body))))
    counts = Counter(name for line in printed(body) for name in names_in(line))
    return _contracted(body, {*results}, counts)


class _Names:
    """The names that things read or write, and those that they write, each looked for once."""

    def __init__(self, shared: dict[str, str]) -> None:
        self.shared = shared  # arrays in another shape, and the array that they are
        self.known: dict[int, tuple[Any, frozenset[str], frozenset[str]]] = {}

    def of(self, one: Any) -> tuple[Any, frozenset[str], frozenset[str]]:
        if id(one) not in self.known:
            self.known[id(one)] = one, self.whose(_names(one)), self.whose(_written(one))
        return self.known[id(one)]

    def whose(self, names: frozenset[str]) -> frozenset[str]:
        return names | {self.shared[name] for name in names if name in self.shared}

    def are_apart(self, one: Any, other: Any) -> bool:
        """Whether the two may change places."""
        (_, names, written), (_, others, others_written) = self.of(one), self.of(other)
        if names & others_written or others & written:
            return False
        return not (isinstance(one, Nest) and isinstance(other, Nest)) or not _may_meet(one, other)


def _reshaped(body: list[Any]) -> dict[str, str]:
    """Arrays that are others in another shape: for each of them one name for all of these."""
    roots: dict[str, str] = {}
    for line in printed(body):
        found = _RESHAPE.search(line)
        if found:
            name, other = found.groups()
            roots[other] = roots.get(other, other)
            roots[name] = roots[other]
    return roots


_RESHAPE = re.compile(r"(\w+) = (\w+)\.reshape\(")


def _merged(body: list[Any], names: _Names) -> list[Any]:
    out: list[Any] = []
    for one in body:
        if isinstance(one, Block):
            one = replace(one, body=_merged(one.body, names))
        places = _passed(out, one, names) if isinstance(one, Nest) or _is_movable(one) else []
        nests = [n for n in places if isinstance(out[n], Nest)]
        if isinstance(one, Nest):
            partner = next((n for n in _reached(out, one, places) if _may_join(out[n], one)), None)
            if partner is None:
                out.append(one)
            else:
                out[partner] = _joined(out[partner], one)
        elif nests:
            out.insert(nests[-1], one)
        else:
            out.append(one)
    return out


def _passed(out: list[Any], one: Any, names: _Names) -> list[int]:
    """The places, from the end, of what a thing may move over."""
    places = []
    for n in range(len(out) - 1, max(len(out) - _FAR, 0) - 1, -1):
        if not (isinstance(out[n], Nest) or _is_movable(out[n])) or not names.are_apart(out[n], one):
            break
        if isinstance(out[n], Block) and _looks(one):
            break  # It may be this check that says that there is something to look at.
        places.append(n)
    return places


def _looks(one: Any) -> bool:
    """Whether elements of arrays are read or written."""
    return isinstance(one, Nest) or (isinstance(one, Line) and "[" in one.text)


def _reached(out: list[Any], nest: Nest, places: list[int]) -> list[int]:
    """Where nests are that it may join: behind all that it moves over, or among them."""
    last = (places[-1] if places else len(out)) - 1
    every = [*places, *([last] if last >= 0 else [])]
    return [n for n in every if isinstance(out[n], Nest) and out[n].dims == nest.dims]


def _may_meet(nest: Nest, other: Nest) -> bool:
    """Whether one may write what the other one reads or writes."""
    pairs = [(s, x) for s in nest.stores for x in (*other.loads, *other.stores)]
    pairs += [(s, x) for s in other.stores for x in nest.loads]
    return any(s.may_meet(x) for s, x in pairs)


def _is_movable(one: Any) -> bool:
    if isinstance(one, Line) and one.text in ("break", "continue"):
        return False
    return (isinstance(one, Line | Made) and not isinstance(one, Deed)) or is_check(one)


def _names(one: Any) -> frozenset[str]:
    return frozenset().union(*(names_in(line) for line in printed([one])))


def _written(one: Any) -> frozenset[str]:
    if isinstance(one, Nest):
        stored = {access.name for access in one.stores}
        return frozenset(stored | one.sums | written_in(one.body))
    return frozenset(written_in([one]))


def _may_join(nest: Nest, other: Nest) -> bool:
    if nest.dims != other.dims or _names(other) & nest.sums:
        return False
    pairs = [(s, x) for s in nest.stores for x in (*other.loads, *other.stores)]
    pairs += [(s, x) for s in other.stores for x in nest.loads]
    return all(s.is_same(x) for s, x in pairs if s.may_meet(x))


def _joined(nest: Nest, other: Nest) -> Nest:
    return Nest(
        nest.dims,
        [*nest.body, *other.body],
        [*nest.loads, *other.loads],
        [*nest.stores, *other.stores],
        nest.sums | other.sums,
    )


def _contracted(body: list[Any], results: set[str], counts: Counter[str]) -> list[Any]:
    made = {one.name for one in body if isinstance(one, Made)} - results
    gone: set[str] = set()
    out: list[Any] = []
    for one in body:
        if isinstance(one, Block):
            one = replace(one, body=_contracted(one.body, results, counts))
        if isinstance(one, Nest):
            for name in [s.name for s in one.stores if s.name in made]:
                if name not in gone and _is_brief(one, name, counts):
                    one = _as_number(one, name)
                    gone.add(name)
        out.append(one)
    return [one for one in out if not (isinstance(one, Made) and one.name in gone)]


def _is_brief(nest: Nest, name: str, counts: Counter[str]) -> bool:
    """Whether an array is used in this nest alone, always at the place of the nest, and written first."""
    accesses = [a for a in (*nest.loads, *nest.stores) if a.name == name]
    places = {a.places for a in accesses}
    if len(places) != 1 or not all(a.is_full for a in accesses):
        return False
    element = element_of(name, places.pop())
    lines = printed(nest.body)
    if any(name in names_in(replaced(line, element, "")) for line in lines):
        return False
    first = next(line for line in lines if name in names_in(line)).strip()
    is_stored = first.startswith(f"{element} = ") and name not in names_in(
        first.removeprefix(f"{element} = ")
    )
    return is_stored and counts[name] == sum(name in names_in(line) for line in lines) + 1


def _as_number(nest: Nest, name: str) -> Nest:
    places = next(a.places for a in nest.stores if a.name == name)
    element = element_of(name, places)

    def changed(one: Any) -> Any:
        if isinstance(one, Block):
            return replace(one, head=replaced(one.head, element, name), body=list(map(changed, one.body)))
        return replace(one, text=replaced(one.text, element, name))

    loads = [a for a in nest.loads if a.name != name]
    stores = [a for a in nest.stores if a.name != name]
    return replace(nest, body=list(map(changed, nest.body)), loads=loads, stores=stores)
