"""Choices by the keys that a function gives which may change what it holds: sorted, max and min, written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from diffpy.runtime.absent import not_given
from diffpy.runtime.storing import may_store
from diffpy.runtime.written import write


def sorted_by(iterable: Iterable, /, *, key: Callable, reverse: bool = False) -> list:
    items = list(iterable)
    keys = []
    for item in items:
        keys.append(key(item))
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
    return [items[place] for place in order]


def greatest_by(*args: Any, key: Callable, default: Any = not_given) -> Any:
    """max(xs, key=...), max(a, b, key=...)"""
    items = args if len(args) > 1 else list(args[0])
    if len(items) == 0:
        return max(items) if default is not_given else default
    greatest = items[0]
    most = key(greatest)
    for item in items[1:]:
        found = key(item)
        if found > most:
            greatest, most = item, found
    return greatest


def least_by(*args: Any, key: Callable, default: Any = not_given) -> Any:
    """min(xs, key=...), min(a, b, key=...)"""
    items = args if len(args) > 1 else list(args[0])
    if len(items) == 0:
        return min(items) if default is not_given else default
    least = items[0]
    lowest = key(least)
    for item in items[1:]:
        found = key(item)
        if found < lowest:
            least, lowest = item, found
    return least


def asks_changing_key(args: tuple, keywords: dict) -> bool:
    """Whether the key is a function that may change what it holds, as an operation's rule does not see."""
    return keywords.get("key") is not None and may_store(keywords["key"])


_TEXTS: dict[Callable, Callable] = {sorted: sorted_by, max: greatest_by, min: least_by}
for _function, _text in _TEXTS.items():
    write(_function, _text, once=True, when=asks_changing_key)
