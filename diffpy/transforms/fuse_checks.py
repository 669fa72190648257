"""Checks of a kernel that say nothing new: its lines in; the same without checks that were made before, out."""

from __future__ import annotations

from typing import Any

from diffpy.transforms.fuse_text import is_check, names_in, written_in


def checked_once(body: list[Any]) -> list[Any]:
    """The lines of a block without `if n == 0: raise ValueError` where that was asked, of the same n, further up.

    >>> from diffpy.transforms.fuse_text import REDO, Block, Line
    >>> check = Block("if n == 0:", [Line(REDO)])
    >>> change = Line("n = n + 1", frozenset({"n"}))
    >>> [one is check for one in checked_once([check, check, change, check])]
    [True, False, True]
    """
    known: dict[str, frozenset[str]] = {}
    kept: list[Any] = []
    for one in body:
        if is_check(one):
            if one.head in known:
                continue
            known[one.head] = names_in(one.head)
        written = written_in([one])
        known = {head: names for head, names in known.items() if not names & written}
        kept.append(one)
    return kept
