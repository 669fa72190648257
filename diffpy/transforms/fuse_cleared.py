"""Arrays of zeros that rounds leave as they find them: the lines of a kernel in; numbers in their place out.

The way back of a store adds to the cotangent of an element, takes it, and clears it. Where a round does all of that
at one place, what it finds there is zero, as it was in the round before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_text import Block, Line, Nest, Zeros, element_of, names_in, printed, replaced


def without_cleared(body: list[Any], fresh: Callable[[str], str]) -> list[Any]:
    """The same where such an element is a number of its round."""
    out: list[Any] = []
    for one in body:
        if isinstance(one, Block):
            one = replace(one, body=without_cleared(one.body, fresh))
        out.append(one)
    for place, one in enumerate(out):
        if isinstance(one, Zeros):
            first = next((n for n in range(place + 1, len(out)) if _names(out[n], one.name)), place)
            found = _cleared(out[first], one)
            if found is not None:
                out[first] = _changed(out[first], found, _as_number(found, one, fresh(f"{one.name}_part")))
    return out


def _names(one: Any, name: str) -> bool:
    return any(name in names_in(line) for line in printed([one]))


def _cleared(one: Any, zeros: Zeros) -> Nest | None:
    """The only nest of a loop that looks at the array; it clears the only element that it looks at."""
    if not isinstance(one, Block) or not one.head.startswith(("for ", "while ")):
        return None
    users = [part for part in _parts(one.body) if _names(part, zeros.name) or _meets(part, zeros)]
    match users:
        case [Nest(body=[*_, Line() as last]) as nest]:
            accesses = [a for a in (*nest.loads, *nest.stores) if zeros.name in (a.name, *a.memory)]
            elements = {element_of(zeros.name, a.places) for a in accesses}
            if len(elements) != 1 or not all(a.is_full and a.name == zeros.name for a in accesses):
                return None
            (element,) = elements
            clearing = [n for n, line in enumerate(nest.body) if _text(line) == f"{element} = {zeros.zero}"]
            behind = nest.body[clearing[-1] + 1 :] if clearing else [last]
            rest = (
                line for line in printed(nest.body) if zeros.name in names_in(replaced(line, element, ""))
            )
            if clearing and not any(_names(line, zeros.name) for line in behind) and not any(rest):
                return nest
    return None


def _text(line: Any) -> str:
    return line.text if isinstance(line, Line) else ""


def _parts(body: list[Any]) -> Iterator[Any]:
    """Nests and lines, also those of the loops and branches in it; of these their heads."""
    for one in body:
        if isinstance(one, Block):
            yield Line(one.head)
            yield from _parts(one.body)
        else:
            yield one


def _meets(one: Any, zeros: Zeros) -> bool:
    return isinstance(one, Nest) and any(zeros.name in a.memory for a in (*one.loads, *one.stores))


def _as_number(nest: Nest, zeros: Zeros, name: str) -> Nest:
    places = next(a.places for a in (*nest.loads, *nest.stores) if a.name == zeros.name)
    element = element_of(zeros.name, places)

    def changed(one: Any) -> Any:
        if isinstance(one, Block):
            return replace(one, head=replaced(one.head, element, name), body=list(map(changed, one.body)))
        writes = one.writes - {zeros.name} | ({name} if one.text.startswith(f"{element} = ") else set())
        return replace(one, text=replaced(one.text, element, name), writes=frozenset(writes))

    clearing = [n for n, line in enumerate(nest.body) if _text(line) == f"{element} = {zeros.zero}"][-1]
    body = [changed(line) for n, line in enumerate(nest.body) if n != clearing]
    loads = [a for a in nest.loads if a.name != zeros.name]
    stores = [a for a in nest.stores if a.name != zeros.name]
    first = Line(f"{name} = {zeros.zero}", frozenset({name}))
    return replace(nest, body=[first, *body], loads=loads, stores=stores)


def _changed(one: Any, nest: Nest, other: Nest) -> Any:
    if one is nest:
        return other
    return (
        replace(one, body=[_changed(part, nest, other) for part in one.body])
        if isinstance(one, Block)
        else one
    )
