"""What nobody reads: the lines of a kernel in; the same without variables and arrays that are only written, out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from diffpy.transforms.fuse_text import Block, Deed, Line, Made, Nest, names_in

_TARGET = re.compile(r"([A-Za-z_]\w*)(\[.*?\])? (?:\+)?= ", re.DOTALL)


def without_unread(body: list[Any], read_later: Iterable[str]) -> list[Any]:
    """The lines whose results matter: for what is read later, for a branch, or for whether Python would raise."""
    groups = _groups(body)
    while True:
        read = {*read_later} | set(_reads(body, groups))
        read |= {name for group in groups if group & read for name in group}
        kept = _kept(body, read)
        if _count(kept) == _count(body):
            return kept
        body = kept


_ARRAY = re.compile(r"([A-Za-z_]\w*)(?:\[| = np\.)")
_IN_LISTS = re.compile(r"\w+(?= = array_at\()|(?<= = place_of\()\w+")  # any of them may be any other
_HANDED = re.compile(r"([A-Za-z_]\w*) = ([A-Za-z_]\w*)(\.reshape\((.*)\))?$")


def _groups(body: list[Any]) -> list[set[str]]:
    """Names of which one is written where another one is: arrays that are handed on, as they are or in another shape."""
    lines = [*_lines(body)]
    arrays = {name for line in lines for name in _ARRAY.findall(line.text)}
    groups: list[set[str]] = [{name for line in lines for name in _IN_LISTS.findall(line.text)}]
    for line in lines:
        handed = _HANDED.match(line.text)
        if handed and (handed.group(3) or arrays & {handed.group(1), handed.group(2)}):
            pair = {handed.group(1), handed.group(2)}
            groups = [one for one in groups if not one & pair] + [
                pair.union(*(one for one in groups if one & pair))
            ]
    return groups


def _lines(body: list[Any]) -> Iterator[Line]:
    for one in body:
        if isinstance(one, Block | Nest):
            yield from _lines(one.body)
        elif isinstance(one, Line):
            yield one


def _count(body: list[Any]) -> int:
    return sum(1 + _count(one.body) if isinstance(one, Block | Nest) else 1 for one in body)


def target_of(line: Line | Made) -> str | None:
    """The name that a line writes to, as a whole or an element of it; of anything else nothing is known."""
    if isinstance(line, Made):
        return line.name
    found = None if isinstance(line, Deed) else _TARGET.match(line.text)
    return found.group(1) if found else None


def _reads(body: list[Any], groups: list[set[str]]) -> Iterator[str]:
    """The names that lines read for something else than to write the same name anew."""
    for one in body:
        match one:
            case Line() | Made():
                own = target_of(one)
                if own is None:
                    yield from names_in(one.text)
                    continue
                handed = _HANDED.match(one.text)
                if handed and any({handed.group(1), handed.group(2)} <= group for group in groups):
                    yield from names_in(handed.group(4) or "")  # Who reads the one reads the other.
                    continue
                whole = _TARGET.match(one.text)
                text = one.text if whole is None else f"{whole.group(2) or ''} {one.text[whole.end() :]}"
                yield from (name for name in names_in(text) if name != own)
            case Block():
                own = _room_of(one)
                yield from (name for name in names_in(one.head) if name != own)
                yield from _reads(one.body, groups)
            case Nest():
                yield from (name for dim in one.dims for name in names_in(dim))
                yield from _reads(one.body, groups)


def _room_of(block: Block) -> str | None:
    """The tape that a block makes room in: it looks at its length, and does nothing else."""
    match block.body:
        case [Line() as line] if (name := target_of(line)) and line.text.startswith(f"{name} = room({name},"):
            return name
    return None


def _kept(body: list[Any], read: set[str]) -> list[Any]:
    out: list[Any] = []
    for place, one in enumerate(body):
        match one:
            case Line() | Made():
                if target_of(one) in read or target_of(one) is None:
                    out.append(one)
            case Nest():
                inner = _kept(one.body, read)
                if inner:
                    gone = {target_of(line) for line in one.body if isinstance(line, Line)} - read
                    loads = [a for a in one.loads if a.name not in gone]
                    stores = [a for a in one.stores if a.name not in gone]
                    out.append(replace(one, body=inner, loads=loads, stores=stores, sums=one.sums & read))
            case Block():
                inner = _kept(one.body, read)
                following = body[place + 1] if place + 1 < len(body) else None
                is_first = isinstance(following, Block) and following.head == "else:"
                if inner or is_first or not _may_go(one, read):
                    out.append(replace(one, body=inner))
    return out


def _may_go(block: Block, read: set[str]) -> bool:
    """Whether a block that does nothing may be left out."""
    if block.head.startswith("for "):
        return block.head.split()[1] not in read
    return not block.head.startswith("while ")
