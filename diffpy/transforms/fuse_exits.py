"""How loops are left: a loop whose exits have work to do in; one that is left at its end alone out."""

from __future__ import annotations

from typing import Any

from diffpy.transforms.fuse_text import Block, Line

BREAK = "break"


def left_at_end(body: list[Any], done: str) -> list[Any]:
    """The body of a loop, with a flag where a branch writes something before it leaves.

    Numba takes such a branch for code behind the loop, and what the rest of the round writes for what it wrote.
    """
    if not _has_work(body):
        return body
    flagged, _ = _flagged(body, done)
    return [_set(done, False), *flagged, Block(f"if {done}:", [Line(BREAK)])]


def _has_work(body: list[Any]) -> bool:
    """Whether a branch of this loop leaves it after other lines."""
    inner = [one for one in body if _is_branch(one)]
    last = any(isinstance(one, Line) and one.text == BREAK for one in body)
    return (last and len(body) > 1) or any(_has_work(one.body) for one in inner)


def _is_branch(one: Any) -> bool:
    return isinstance(one, Block) and not one.head.startswith(("for ", "while "))


def _set(done: str, value: bool) -> Line:
    return Line(f"{done} = {value}", frozenset({done}))


def _flagged(body: list[Any], done: str) -> tuple[list[Any], bool]:
    """The same with the flag in place of exits; whether there was one."""
    out: list[Any] = []
    for place, one in enumerate(body):
        if isinstance(one, Line) and one.text == BREAK:
            return [*out, _set(done, True)], True
        if not _is_branch(one):
            out.append(one)
            continue
        inner, leaves = _flagged(one.body, done)
        out.append(Block(one.head, inner))
        behind = body[place + 1 :]
        if behind and isinstance(behind[0], Block) and behind[0].head == "else:":
            other, leaves_too = _flagged(behind[0].body, done)
            out.append(Block("else:", other))
            leaves, behind = leaves or leaves_too, behind[1:]
            if not leaves:
                rest, leaves = _flagged(behind, done)
                return [*out, *rest], leaves
        if leaves:
            rest, _ = _flagged(behind, done)
            return [*out, *([Block(f"if not {done}:", rest)] if rest else [])], True
    return out, False
