"""Nests over one shape become one: the lines of a kernel in; fewer loops, and arrays that never exist, out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_text import REDO, Block, Deed, Line, Made, Nest, names_in, printed, written_in


def merged(body: list[Any], results: Iterable[str]) -> list[Any]:
    """The same with neighbouring nests in one, and without arrays of which each element lives for one round only."""
    body = _merged(body)
    counts = Counter(name for line in printed(body) for name in names_in(line))
    return _contracted(body, {*results}, counts)


def _merged(body: list[Any]) -> list[Any]:
    out: list[Any] = []
    nest: int | None = None  # where the nest is that the next one may join
    for one in body:
        if isinstance(one, Block):
            one = replace(one, body=_merged(one.body))
        after = [] if nest is None else out[nest + 1 :]
        if isinstance(one, Nest):
            if nest is not None and _may_join(out[nest], one) and all(_is_apart(one, line) for line in after):
                out[nest] = _joined(out[nest], one)
            else:
                nest = len(out)
                out.append(one)
        elif nest is not None and _is_movable(one) and all(_is_apart(other, one) for other in out[nest:]):
            out.insert(nest, one)
            nest += 1
        else:
            out.append(one)
            nest = nest if isinstance(one, Line) and not isinstance(one, Deed) else None
    return out


def _is_movable(one: Any) -> bool:
    return (isinstance(one, Line | Made) and not isinstance(one, Deed)) or (
        isinstance(one, Block) and all(isinstance(line, Line) and line.text == REDO for line in one.body)
    )


def _names(one: Any) -> frozenset[str]:
    return frozenset().union(*(names_in(line) for line in printed([one])))


def _is_apart(one: Any, other: Any) -> bool:
    """Whether the two may change places."""
    return not (_names(one) & _written(other)) and not (_names(other) & _written(one))


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
    element = _element(name, places.pop())
    lines = printed(nest.body)
    if any(name in names_in(_replaced(line, element, "")) for line in lines):
        return False
    first = next(line for line in lines if name in names_in(line)).strip()
    is_stored = first.startswith(f"{element} = ") and name not in names_in(
        first.removeprefix(f"{element} = ")
    )
    return is_stored and counts[name] == sum(name in names_in(line) for line in lines) + 1


def _replaced(text: str, element: str, name: str) -> str:
    """The text with a number in place of an element; names may end like that of the array."""
    return re.sub(rf"(?<!\w){re.escape(element)}", name, text)


def _element(name: str, places: tuple[str, ...]) -> str:
    return f"{name}[{', '.join(places) or '()'}]"


def _as_number(nest: Nest, name: str) -> Nest:
    places = next(a.places for a in nest.stores if a.name == name)
    element = _element(name, places)

    def changed(one: Any) -> Any:
        if isinstance(one, Block):
            return replace(one, head=_replaced(one.head, element, name), body=list(map(changed, one.body)))
        return replace(one, text=_replaced(one.text, element, name))

    loads = [a for a in nest.loads if a.name != name]
    stores = [a for a in nest.stores if a.name != name]
    return replace(nest, body=list(map(changed, nest.body)), loads=loads, stores=stores)
